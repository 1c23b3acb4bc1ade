"""Tonight's chain beside the chain of the session before: what is gone, what has not moved.

A quote that repeats yesterday's proves nothing by itself: cheap options often do. It is stale where the strikes on both
sides of it have moved, the same way, by more than an unchanged quote can be wrong about.

Measured, quotes with a bid: of five pairs of real downloads one or two sessions apart (2023-06-05 to 06-12, SPX) up to
3.0% repeat, of those above one point up to 0.5%; of two downloads of one day (2023-06-09, 13:40 and close) 7.9% and
2.9%. Of the simulated market's SPX up to 9% and 5.4%, of its VIX 28% and 22%. None of these is stale by the rule below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from transforms.market.arbitrage import CONTRACT, EXPIRY, LEG
from transforms.thresholds import STANDARD, threshold

if TYPE_CHECKING:
    import datetime as dt

NO_CHAIN_BEFORE: Final = "no chain of the sessions before is loaded"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRules:
    """When an unchanged quote is stale, and which quotes tell whether a chain has changed at all."""

    NAME: ClassVar[str] = "chain_history"

    look_back_sessions: int = threshold(
        5, unit="trading sessions", says="Quote: the chain before is at most this old", ref="METHODOLOGY 9.6"
    )
    stale_spreads: float = threshold(
        0.25,
        unit="times the quote's spread",
        says="Quote: stale where the strikes beside have moved by",
        ref="docs/metrics.md",
    )
    stale_ticks: float = threshold(
        3.0, unit="ticks", says="Quote: stale where the strikes beside have moved by at least", ref="docs/metrics.md"
    )
    telling_spx_pts: float = threshold(
        1.0,
        unit="index points",
        says="Quote: an SPX mid above this tells whether a chain has changed",
        ref="docs/metrics.md",
    )
    telling_vix_pts: float = threshold(
        0.5,
        unit="index points",
        says="Quote: a VIX mid above this tells whether a chain has changed",
        ref="docs/metrics.md",
    )
    tick_change_pts: float = threshold(
        3.0, unit="index points", says="Quote: ticks are small below", source=STANDARD, ref="METHODOLOGY 3.1"
    )


RULES: Final = HistoryRules()
# Minimum ticks, below and from the change on (METHODOLOGY 3.1).
_SMALL_TICK: Final = {"SPX": 0.05, "SPXW": 0.05, "VIX": 0.01, "VIXW": 0.01}
_LARGE_TICK: Final = {"SPX": 0.10, "SPXW": 0.10, "VIX": 0.05, "VIXW": 0.01}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainBefore:
    """The latest chain of one underlying before tonight's: contracts by key with `bid_pts` and `ask_pts`."""

    underlying: str
    session_date: dt.date
    quotes: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainHistory:
    """What a chain looks like beside the one before.

    `faults`: one row per contract and `flag` (`stale`, `missing`), with its quote (the last one where it is missing)
    and `size_pts`: how far the strikes beside have moved; null where missing.
    `expiries`: one row per expiry that was listed before and is still alive: `before_qty` contracts then,
    `compared_qty` telling quotes of both sessions, `unchanged_qty` of them.
    """

    faults: pl.DataFrame
    expiries: pl.DataFrame


def beside_before(
    marks: pl.DataFrame,
    before: ChainBefore,
    session_date: dt.date,
    *,
    wrong: pl.DataFrame,
    rules: HistoryRules = RULES,
) -> ChainHistory:
    """Hold tonight's chain of one underlying against the one before.

    `marks` are rows of core.option_marks_daily of that underlying; `wrong` names contracts (by key) whose quotes break
    a bound and say nothing about where the market has moved. Only contracts that expire after tonight count.
    """
    is_alive = pl.col("expiry_date") > session_date
    then = before.quotes.filter(is_alive).select(*CONTRACT, bid_before_pts="bid_pts", ask_before_pts="ask_pts")
    now = marks.filter(is_alive).select(*CONTRACT, "bid_pts", "ask_pts")
    both = now.join(then, on=CONTRACT, how="inner", validate="1:1").sort(CONTRACT).with_columns(**_changes())
    least_pts = rules.telling_spx_pts if before.underlying == "SPX" else rules.telling_vix_pts
    is_telling = pl.col("is_two_sided") & ((pl.col("bid_pts") + pl.col("ask_pts")) / 2.0 > least_pts)
    compared = (
        both.filter(is_telling).group_by(EXPIRY).agg(compared_qty=pl.len(), unchanged_qty=pl.col("is_same").sum())
    )
    listed = then.group_by(EXPIRY).agg(before_qty=pl.len())
    return ChainHistory(
        faults=pl.concat([_missing(then, now), _stale(both, wrong, rules)]).sort(*CONTRACT, "flag"),
        expiries=listed.join(compared, on=EXPIRY, how="left")
        .with_columns(pl.col("compared_qty", "unchanged_qty").fill_null(0))
        .sort(EXPIRY),
    )


def _missing(then: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    return then.join(now, on=CONTRACT, how="anti").select(
        *CONTRACT,
        bid_pts="bid_before_pts",
        ask_pts="ask_before_pts",
        flag=pl.lit("missing"),
        size_pts=pl.lit(None, pl.Float64),
    )


def _changes() -> dict[str, pl.Expr]:
    bid, ask, bid_before, ask_before = (pl.col(f"{side}_pts") for side in ("bid", "ask", "bid_before", "ask_before"))
    is_two_sided = (pl.min_horizontal(bid, bid_before) > 0.0) & (ask >= bid) & (ask_before >= bid_before)
    return {
        "is_two_sided": is_two_sided,
        "is_same": (bid == bid_before) & (ask == ask_before),
        "move_pts": (bid + ask - bid_before - ask_before) / 2.0,
    }


def _stale(both: pl.DataFrame, wrong: pl.DataFrame, rules: HistoryRules) -> pl.DataFrame:
    """Find the unchanged quotes between strikes that have moved: the nearest changed ones below and above."""
    known_wrong = wrong.select(CONTRACT).unique().with_columns(is_wrong=pl.lit(value=True))
    has_moved = ~pl.col("is_same") & pl.col("is_wrong").is_null()
    beside = {
        f"{name}_{where}": nearest.over(LEG)
        for name in ("strike", "move")
        for where, nearest in (
            ("below", pl.when(has_moved).then(f"{name}_pts").forward_fill()),
            ("above", pl.when(has_moved).then(f"{name}_pts").backward_fill()),
        )
    }
    share_below = (pl.col("strike_above") - pl.col("strike_pts")) / (pl.col("strike_above") - pl.col("strike_below"))
    due = share_below * pl.col("move_below") + (1.0 - share_below) * pl.col("move_above")
    is_small = pl.col("bid_pts") < rules.tick_change_pts
    tick = pl.when(is_small).then(_tick(_SMALL_TICK)).otherwise(_tick(_LARGE_TICK))
    least = pl.max_horizontal(
        rules.stale_spreads * (pl.col("ask_pts") - pl.col("bid_pts")), (rules.stale_ticks * tick).round(6)
    )
    return (
        both.filter("is_two_sided")
        .join(known_wrong, on=CONTRACT, how="left", maintain_order="left")
        .with_columns(**beside)
        .filter("is_same", pl.col("move_below") * pl.col("move_above") > 0.0)
        .with_columns(size_pts=due.abs().round(6))
        .filter(pl.col("size_pts") > least)
        .select(*CONTRACT, "bid_pts", "ask_pts", flag=pl.lit("stale"), size_pts="size_pts")
    )


def _tick(of_root: dict[str, float]) -> pl.Expr:
    return pl.col("root").replace_strict(of_root, return_dtype=pl.Float64)
