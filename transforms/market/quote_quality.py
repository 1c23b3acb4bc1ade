"""What is wrong with each quote of a chain, and how often: mart.quote_flags_daily and mart.quote_quality_daily.

The rule of each kind stands at its column of mart.quote_quality_daily. What one quote shows by itself is read off
`mark_quality` (transforms/market/quotes.py); bounds are those of transforms/market/arbitrage.py and calendar_bounds.py;
what takes a look at the chain before is in chain_history.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.market.arbitrage import CONTRACT, EXPIRY, executable_gains
from transforms.market.calendar_bounds import RULES as CALENDAR_RULES
from transforms.market.calendar_bounds import calendar_faults
from transforms.market.chain_history import NO_CHAIN_BEFORE, beside_before
from transforms.market.chain_history import RULES as HISTORY_RULES
from transforms.market.wrong_quotes import wrong_quotes
from warehouse.tables.mart import MART_QUOTE_FLAGS_DAILY, MART_QUOTE_QUALITY_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from transforms.market.calendar_bounds import CalendarRules
    from transforms.market.chain_history import ChainBefore, HistoryRules

ALREADY_SETTLED: Final = "settled before the quotes"
FUTURE_OF_ITS_OWN: Final = "calendar not tested: each VIX expiry is on a future of its own"
GONE: Final = "no contract of the expiry is listed"

_BID, _ASK = pl.col("bid_pts"), pl.col("ask_pts")
_QUALITY: Final = pl.col("mark_quality")
# What a quote shows by itself, and what measures it.
_OWN_FAULTS: Final[dict[str, tuple[pl.Expr, pl.Expr]]] = {
    "crossed": (_QUALITY == "CROSSED", _ASK - _BID),
    "locked": (_QUALITY == "LOCKED", _ASK - _BID),
    "no_quote": (_QUALITY == "NO_QUOTE", pl.lit(None, pl.Float64)),
    "zero_bid": ((_BID == 0.0) & (_ASK > 0.0), _ASK),
    "one_sided": (_QUALITY == "ONE_SIDED", _ASK),
    "wide": (_QUALITY == "WIDE", _ASK - _BID),
    "unpaired": (pl.len().over(*EXPIRY, "strike_pts") == 1, pl.lit(None, pl.Float64)),
}
_BOUNDS: Final = ("parity", "vertical", "butterfly", "calendar")
_HISTORY: Final = ("stale", "missing")
FLAGS: Final = (*_OWN_FAULTS, *_BOUNDS, *_HISTORY)
_FAULT: Final = (*CONTRACT, "bid_pts", "ask_pts", "flag", "size_pts")
_UNDERLYING: Final = pl.col("root").str.slice(0, 3)


_BEFORE: Final = pl.Schema(
    {
        "root": pl.String(),
        "expiry_date": pl.Date(),
        "settlement": pl.String(),
        "before_date": pl.Date(),
        "before_qty": pl.Int64(),
        "compared_qty": pl.Int64(),
        "unchanged_qty": pl.Int64(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QuoteQuality:
    """Rows of mart.quote_flags_daily and of mart.quote_quality_daily."""

    flags: pl.DataFrame
    counts: pl.DataFrame


def quote_quality(
    marks: pl.DataFrame,
    before: Sequence[ChainBefore],
    session_date: dt.date,
    *,
    calendar: CalendarRules = CALENDAR_RULES,
    history: HistoryRules = HISTORY_RULES,
) -> QuoteQuality:
    """Judge every quote of the session's chains.

    `marks` are rows of core.option_marks_daily of one session, `before` the latest earlier chain of each underlying
    that has one. An underlying without a chain tonight has no rows.
    """
    bounds = _broken_bounds(marks, calendar)
    chains = {underlying: chain for (underlying,), chain in marks.partition_by("underlying", as_dict=True).items()}
    beside = [
        (chain, beside_before(chains[chain.underlying], chain, session_date, wrong=bounds, rules=history))
        for chain in before
        if chain.underlying in chains
    ]
    faults = pl.concat([_own_faults(marks), bounds, *(found.faults.select(bounds.columns) for _, found in beside)])
    flags = MART_QUOTE_FLAGS_DAILY.conform(
        faults.with_columns(session_date=pl.lit(session_date), underlying=_UNDERLYING)
    ).sort(MART_QUOTE_FLAGS_DAILY.grain)
    listed_before = [found.expiries.with_columns(before_date=pl.lit(chain.session_date)) for chain, found in beside]
    return QuoteQuality(flags=flags, counts=_counts(marks, flags, listed_before, session_date))


def _broken_bounds(marks: pl.DataFrame, rules: CalendarRules) -> pl.DataFrame:
    """The quotes that break a bound, one row per contract and kind."""
    within = wrong_quotes(executable_gains(marks))
    across = calendar_faults(marks, within, rules).select(*CONTRACT, "size_pts", flag=pl.lit("calendar"))
    return (
        pl.concat([within, across.select(within.columns)])
        .join(marks.select(*CONTRACT, "bid_pts", "ask_pts"), on=CONTRACT, how="left")
        .select(_FAULT)
    )


def _own_faults(marks: pl.DataFrame) -> pl.DataFrame:
    """What each quote shows by itself, one row per contract and kind."""
    shown = marks.select(
        *CONTRACT, "bid_pts", "ask_pts", **{flag: is_shown for flag, (is_shown, _) in _OWN_FAULTS.items()}
    )
    return pl.concat(
        [
            shown.filter(flag).select(*_FAULT[:-2], flag=pl.lit(flag), size_pts=size)
            for flag, (_, size) in _OWN_FAULTS.items()
        ]
    )


def _counts(
    marks: pl.DataFrame, flags: pl.DataFrame, listed_before: list[pl.DataFrame], session_date: dt.date
) -> pl.DataFrame:
    """Count contracts, flags and what was there before by expiry."""
    expiries = marks.group_by(EXPIRY).agg(contracts_qty=pl.len(), years=pl.col("t_years").first())
    flagged = flags.group_by(EXPIRY).agg(**{f"{flag}_qty": (pl.col("flag") == flag).sum() for flag in FLAGS})
    before = pl.concat([_BEFORE.to_frame(), *(frame.select(_BEFORE.names()).cast(_BEFORE) for frame in listed_before)])
    compared = before.select("before_date", underlying=_UNDERLYING).unique()
    is_compared = pl.col("before_date").is_not_null()
    return (
        expiries.join(flagged, on=EXPIRY, how="full", coalesce=True)
        .join(before.drop("before_date"), on=EXPIRY, how="left")
        .with_columns(
            pl.col("contracts_qty", *(f"{flag}_qty" for flag in FLAGS)).fill_null(0),
            session_date=pl.lit(session_date),
            underlying=_UNDERLYING,
            dte_days=(pl.col("expiry_date") - session_date).dt.total_days(),
        )
        .join(compared, on="underlying", how="left")
        .with_columns(pl.when(is_compared).then(pl.col("before_qty", "compared_qty", "unchanged_qty").fill_null(0)))
        .with_columns(**_nulls(is_compared))
        .drop("years")
        .pipe(MART_QUOTE_QUALITY_DAILY.conform)
        .sort(MART_QUOTE_QUALITY_DAILY.grain)
    )


def _nulls(is_compared: pl.Expr) -> dict[str, pl.Expr]:
    """Null what was not tested, with the reason."""
    is_tested, is_spx = (pl.col("years") > 0.0).fill_null(value=False), pl.col("underlying") == "SPX"
    bounds = {f"{flag}_qty": pl.when(is_tested).then(f"{flag}_qty") for flag in _BOUNDS if flag != "calendar"}
    return bounds | {
        "calendar_qty": pl.when(is_tested, is_spx).then("calendar_qty"),
        **{f"{flag}_qty": pl.when(is_compared).then(f"{flag}_qty") for flag in _HISTORY},
        "bounds_reason": pl.when(pl.col("contracts_qty") == 0)
        .then(pl.lit(GONE))
        .when(~is_tested)
        .then(pl.lit(ALREADY_SETTLED))
        .when(~is_spx)
        .then(pl.lit(FUTURE_OF_ITS_OWN)),
        "history_reason": pl.when(~is_compared).then(pl.lit(NO_CHAIN_BEFORE)),
    }
