"""The warnings about what is held: unpriced legs, condors off their worth, positions and fills off the trades."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.alerts import BOOK
from transforms.book.legs import CONTRACT, IS_SPX_OPTION
from transforms.book.night_facts import Check, CheckLimits, NightFacts, Wording
from transforms.book.positions import instrument_id
from transforms.book.states import SETTLED_STATE
from transforms.market.calendar import add_settlement_clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

USD_PER_CONDOR_PT: Final = 100.0


def book_warnings(facts: NightFacts, limits: CheckLimits) -> Iterator[Check]:
    """Warn about VIX legs without a mark, condors outside their bounds, positions and fills that are not the trades."""
    yield _held_vix_legs(facts)
    yield _condor_values(facts, limits)
    yield _positions_against_trades(facts)
    yield fills_understood(facts.rejected_fills, has_fills=not facts.fills.is_empty())
    yield _closes_have_opens(facts)


def fills_understood(rejected: Sequence[str], *, has_fills: bool) -> Check:
    """Every line of the fills files is in the book: a line left out may be a leg that nobody sees."""
    if not (has_fills or rejected):
        return Check.not_applicable("fills_understood", "There are no fills.", subject=BOOK)
    wording = Wording(
        unit="lines",
        at_fault="Lines of the fills files are not in the book",
        all_well="Every line of the fills files is in the book.",
    )
    return replace(Check.of_faults("fills_understood", rejected, wording), subject=BOOK)


def _closes_have_opens(facts: NightFacts) -> Check:
    """No broker closed contracts that no fill opened: those are held the wrong way round until the opening comes."""
    if facts.fills.is_empty():
        return Check.not_applicable("closes_have_opens", "There are no fills.", subject=BOOK)
    wording = Wording(
        unit="instruments",
        at_fault="Contracts were closed that no fill opened (import the earlier statements)",
        all_well="Every close has its opening.",
    )
    return replace(Check.of_faults("closes_have_opens", facts.unopened, wording), subject=BOOK)


def _held_vix_legs(facts: NightFacts) -> Check:
    held = facts.legs.filter(~IS_SPX_OPTION)
    if held.is_empty():
        return Check.not_applicable("held_vix_legs_priced", "No VIX leg is held.")
    wording = Wording(unit="legs", at_fault="Held VIX legs without a mark", all_well="Every held VIX leg has a mark.")
    unpriced = held.filter(~pl.col("is_priced"))["instrument_id"].unique().to_list()
    return Check.of_faults("held_vix_legs_priced", unpriced, wording)


def _condor_values(facts: NightFacts, limits: CheckLimits) -> Check:
    """A condor is worth between minus its wider side and zero; marks outside that are noise of wide quotes.

    A side with more long options than short ones may be worth something.
    """
    alive = facts.condors.filter(pl.col("state").ne_missing(SETTLED_STATE))
    if alive.is_empty():
        return Check.not_applicable("condor_value_in_bounds", "No condor is held.")
    size = {side: pl.coalesce(f"{side}_quantity_qty", "quantity_qty") for side in ("put", "call")}
    sides = [pl.col(f"width_{side}_pts") * contracts for side, contracts in size.items()]
    slack_usd = limits.condor_tick_pts * USD_PER_CONDOR_PT * pl.col("quantity_qty")
    is_outside = (pl.col("value_usd") > slack_usd) & ~pl.col("has_more_long").fill_null(value=False)
    is_outside |= pl.col("value_usd") < -USD_PER_CONDOR_PT * pl.max_horizontal(sides) - slack_usd
    more_long = (
        facts.legs.filter(pl.col("part") == "condor")
        .group_by("account", "structure_id", "right")
        .agg(is_more=pl.col("quantity_qty").sum() > 0)
        .group_by("account", condor_id="structure_id")
        .agg(has_more_long=pl.col("is_more").any())
    )
    wording = Wording(
        unit="condors",
        at_fault="Marks put these condors outside what they can be worth",
        all_well="No condor is marked outside minus its wider side and zero.",
    )
    judged = alive.join(more_long, on=["account", "condor_id"], how="left", validate="1:1")
    outside = judged.filter(is_outside)["condor_id"].unique().to_list()
    return Check.of_faults("condor_value_in_bounds", outside, wording)


def _positions_against_trades(facts: NightFacts) -> Check:
    """The fills of each instrument that has not settled add up to what is held of it, account by account."""
    if facts.fills.is_empty():
        return Check.not_applicable("positions_against_trades", "There are no trades.")
    key = ["account", *CONTRACT]
    traded = (
        facts.fills.filter(pl.col("filled_at") <= facts.mark_at)
        .lazy()
        .pipe(add_settlement_clock, mark_at=facts.mark_at)
        .filter(pl.col("settle_at") > facts.mark_at)
        .group_by(key)
        .agg(traded_qty=pl.col("quantity_qty").sum())
        .collect()
    )
    held = facts.positions.group_by(key).agg(held_qty=pl.col("quantity_qty").sum())
    apart = (
        traded.join(held, on=key, how="full", coalesce=True, nulls_equal=True)
        .with_columns(pl.col("traded_qty", "held_qty").fill_null(0))
        .filter(pl.col("traded_qty") != pl.col("held_qty"))
    )
    wording = Wording(
        unit="instruments",
        at_fault="Positions differ from the sum of their trades",
        all_well="What is held is what the trades add up to.",
    )
    named = [
        f"{row['account']} {instrument_id(row)} (held {row['held_qty']}, traded {row['traded_qty']})"
        for row in apart.iter_rows(named=True)
    ]
    return Check.of_faults("positions_against_trades", named, wording)
