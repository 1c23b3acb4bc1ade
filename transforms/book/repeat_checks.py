"""The gates that ask whether a series has moved on: a level copied from the session before is stale under a new date.

Measured on the real histories: of 9,216 SPX bars since 1990 none repeats the one before, of 9,202 VIX bars one does (a
flat one, 1991-09-19), and never both closes on one day; of 5,048 sessions of VX futures two repeat every settlement,
both in January 2007 with two contracts; of 15,411 sessions of breadth one repeats advances and declines (2010-07-30).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from transforms.book.night_facts import Check, Wording
from transforms.thresholds import threshold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transforms.book.night_facts import NightFacts, Severity

PRICES: Final = ("open_pts", "high_pts", "low_pts", "close_pts")
FEWEST_PRICES: Final = 3
DRIVERS: Final = ("SPX", "VIX")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatRules:
    """How much of a series may repeat the session before."""

    NAME: ClassVar[str] = "repeat_checks"

    vx_unchanged_frac: float = threshold(
        0.90,
        unit="fraction",
        says="Data: VX settlements that repeat the session before, at most",
        ref="docs/metrics.md",
    )
    vx_contracts_qty: int = threshold(
        3, unit="contracts", says="Data: the VX curve is judged by at least", ref="docs/metrics.md"
    )


RULES: Final = RepeatRules()


def repeat_checks(facts: NightFacts, rules: RepeatRules = RULES) -> Iterator[Check]:
    """Hold tonight's series against those of the latest session before that has them."""
    yield _vx_curve_changed(facts, rules)
    yield from _index_levels_changed(facts)
    yield _breadth_changed(facts)


def _both_sessions(rows: pl.DataFrame, facts: NightFacts, key: str) -> pl.DataFrame:
    """Tonight's rows with those of the latest earlier session beside them (`_before`), where both have the key."""
    tonight = rows.filter(session_date=facts.session_date)
    earlier = rows.filter(pl.col("session_date") < facts.session_date)
    before = earlier.filter(pl.col("session_date") == pl.col("session_date").max())
    return tonight.join(before, on=key, suffix="_before").sort(key)


def _vx_curve_changed(facts: NightFacts, rules: RepeatRules) -> Check:
    both = _both_sessions(facts.recent.vx_settlements, facts, "expiry_date").filter(
        pl.col("expiry_date") > facts.session_date, pl.col("settle_pts").is_not_null()
    )
    if both.height < rules.vx_contracts_qty:
        why = "Too few VX futures have settlements of tonight and of the session before."
        return Check.not_applicable("vx_curve_changed", why, severity="critical")
    unchanged = both.filter(pl.col("settle_pts") == pl.col("settle_pts_before")).height
    return Check(
        check_id="vx_curve_changed",
        severity="critical",
        is_passed=unchanged / both.height <= rules.vx_unchanged_frac,
        value=unchanged / both.height,
        limit_value=rules.vx_unchanged_frac,
        unit="fraction",
        rows_qty=unchanged,
        message=f"{unchanged} of {both.height} VX settlements repeat those of {both['session_date_before'][0]}.",
    )


def _index_levels_changed(facts: NightFacts) -> Iterator[Check]:
    """SPX and VIX hold the night, for states, Greeks and the hedge rest on them; the others warn."""
    both = _both_sessions(facts.recent.index_levels, facts, "symbol")
    repeated = _repeated_symbols(both)
    others = tuple(symbol for symbol in both["symbol"] if symbol not in DRIVERS)
    gates: tuple[tuple[str, Severity, tuple[str, ...]], ...] = (
        ("index_levels_changed", "critical", DRIVERS),
        ("other_levels_changed", "warning", others),
    )
    for check_id, severity, symbols in gates:
        judged = both.filter(pl.col("symbol").is_in(symbols))
        if judged.is_empty():
            why = "There are no two sessions of such indices to compare."
            yield Check.not_applicable(check_id, why, severity=severity)
            continue
        day = judged["session_date_before"][0]
        wording = Wording(
            unit="indices",
            at_fault=f"The prices of {day} again, for",
            all_well=f"The prices of {', '.join(judged['symbol'])} are not those of {day}.",
        )
        faults = [symbol for symbol in repeated if symbol in symbols]
        yield Check.of_faults(check_id, faults, wording, severity=severity)


def _repeated_symbols(both: pl.DataFrame) -> list[str]:
    """Indices whose whole bar repeats; a flat bar or a lone close may by chance, but not SPX and VIX together."""
    is_same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_before")) for name in PRICES)
    is_bar = (pl.sum_horizontal(pl.col(name).is_not_null() for name in PRICES) >= FEWEST_PRICES) & (
        pl.max_horizontal(PRICES) > pl.min_horizontal(PRICES)
    )
    bars = both.filter(is_same & is_bar)["symbol"].to_list()
    closes = both.filter(pl.col("symbol").is_in(DRIVERS), pl.col("close_pts") == pl.col("close_pts_before"))["symbol"]
    return sorted({*bars, *(closes.to_list() if closes.len() == len(DRIVERS) else [])})


def _breadth_changed(facts: NightFacts) -> Check:
    both = _both_sessions(facts.recent.breadth, facts, "universe").drop_nulls(["advances_qty", "declines_qty"])
    if both.is_empty():
        return Check.not_applicable("breadth_changed", "There are no two sessions of breadth to compare.")
    same = both.filter(
        pl.col("advances_qty") == pl.col("advances_qty_before"), pl.col("declines_qty") == pl.col("declines_qty_before")
    )
    wording = Wording(
        unit="universes",
        at_fault=f"Advances and declines of {both['session_date_before'][0]} again, for",
        all_well=f"Advances and declines are not those of {both['session_date_before'][0]}.",
    )
    return Check.of_faults("breadth_changed", same["universe"].to_list(), wording)
