"""The gates that look for quotes which give money away: parity, and the vertical and butterfly bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.night_facts import Check
from transforms.market.arbitrage import executable_gains

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transforms.book.night_facts import CheckLimits, NightFacts

QUOTES_NAMED: Final = 4
UNIT: Final = "quotes at fault"


def arbitrage_warnings(facts: NightFacts, limits: CheckLimits) -> Iterator[Check]:
    """Warn about every quote that could be traded against for a certain gain.

    One verdict on all chains of the session, value = the quotes at fault; and one more for each held expiry that has
    any, with the expiry as its subject, so that its legs are seen to be touched.
    """
    gains = executable_gains(facts.marks)
    held = facts.legs.select("root", "expiry_date").unique()
    for check_id, bound, columns in (
        ("parity_arbitrage", "put-call parity", ["parity_gain_pts"]),
        ("butterfly_arbitrage", "a vertical or a butterfly", ["vertical_gain_pts", "butterfly_gain_pts"]),
    ):
        tested = gains.select(
            "root", "expiry_date", "settlement", "right", "strike_pts", gain_pts=pl.max_horizontal(columns)
        ).drop_nulls("gain_pts")
        yield from _Gate(check_id, bound, limits.arbitrage_quotes_qty).verdicts(tested, held)


@dataclass(frozen=True, slots=True)
class _Gate:
    """One bound, and how many quotes may break it."""

    check_id: str
    bound: str
    allowed_qty: int

    def verdicts(self, tested: pl.DataFrame, held: pl.DataFrame) -> Iterator[Check]:
        """The verdict on all quotes, and on each held expiry with a quote at fault."""
        if tested.is_empty():
            yield Check.not_applicable(self.check_id, f"No quote can be held against {self.bound} tonight.")
            return
        yield self._verdict(f"Against {self.bound}", tested)
        at_fault = tested.filter(pl.col("gain_pts") > 0.0).select("root", "expiry_date").unique()
        touched = at_fault.join(held, on=["root", "expiry_date"], how="semi").sort("root", "expiry_date")
        for root, expiry_date in touched.iter_rows():
            subject = f"{root} {expiry_date}"
            quotes = tested.filter(root=root, expiry_date=expiry_date)
            yield self._verdict(f"{subject}, which is held: against {self.bound}", quotes, subject=subject)

    def _verdict(self, opening: str, tested: pl.DataFrame, *, subject: str = "") -> Check:
        """Count the quotes at fault and name the worst."""
        at_fault = tested.filter(pl.col("gain_pts") > 0.0).sort(
            "gain_pts", "root", "expiry_date", "right", "strike_pts", descending=[True, False, False, False, False]
        )
        named = "; ".join(
            f"{root} {expiry_date} {settlement} {right} {strike:g}, by {gain:.2f}"
            for root, expiry_date, settlement, right, strike, gain in at_fault.head(QUOTES_NAMED).iter_rows()
        )
        earned = f"{at_fault.height:,} of {tested.height:,} quotes give money away: {named}"
        more = f"; and {at_fault.height - QUOTES_NAMED} more" if at_fault.height > QUOTES_NAMED else ""
        return Check(
            check_id=self.check_id,
            subject=subject,
            is_passed=at_fault.height <= self.allowed_qty,
            value=at_fault.height,
            limit_value=self.allowed_qty,
            unit=UNIT,
            rows_qty=at_fault.height,
            message=f"{opening} {earned}{more}."
            if at_fault.height
            else f"{opening} none of {tested.height:,} quotes gives money away.",
        )
