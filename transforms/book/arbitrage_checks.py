"""The gates that look for quotes which give money away: parity, verticals and butterflies, calendars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.night_facts import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transforms.book.night_facts import CheckLimits, NightFacts

QUOTES_NAMED: Final = 4
UNIT: Final = "quotes at fault"
EXPIRY: Final = ("root", "expiry_date")
CONTRACT: Final = (*EXPIRY, "settlement", "right", "strike_pts")


def arbitrage_warnings(facts: NightFacts, limits: CheckLimits) -> Iterator[Check]:
    """Warn about every quote that lets others earn for certain.

    One verdict on all chains of the session, value = the quotes at fault; and one more for each held expiry that has
    any, with the expiry as its subject, so that its legs are seen to be touched.
    """
    held = facts.legs.select(EXPIRY).unique()
    for check_id, bound, flags in (
        ("parity_arbitrage", "put-call parity", ["parity"]),
        ("butterfly_arbitrage", "a vertical or a butterfly", ["vertical", "butterfly"]),
        ("calendar_quotes", "the expiry before or after", ["calendar"]),
    ):
        tested = facts.quote_quality.filter(pl.col(f"{flags[0]}_qty").is_not_null())
        wrong = facts.quote_flags.filter(pl.col("flag").is_in(flags)).group_by(CONTRACT).agg(pl.col("size_pts").max())
        yield from _Gate(check_id, bound, limits.arbitrage_quotes_qty).verdicts(tested, wrong, held)


@dataclass(frozen=True, slots=True)
class _Gate:
    """One bound, and how many quotes may break it."""

    check_id: str
    bound: str
    allowed_qty: int

    def verdicts(self, tested: pl.DataFrame, wrong: pl.DataFrame, held: pl.DataFrame) -> Iterator[Check]:
        """The verdict on all quotes, and on each held expiry with a quote at fault."""
        if tested.is_empty():
            yield Check.not_applicable(self.check_id, f"No quote can be held against {self.bound} tonight.")
            return
        yield self._verdict(f"Against {self.bound}", tested, wrong)
        touched = wrong.select(EXPIRY).unique().join(held, on=EXPIRY, how="semi").sort(EXPIRY)
        for root, expiry_date in touched.iter_rows():
            own = {"root": root, "expiry_date": expiry_date}
            subject = f"{root} {expiry_date}"
            opening = f"{subject}, which is held: against {self.bound}"
            yield self._verdict(opening, tested.filter(**own), wrong.filter(**own), subject=subject)

    def _verdict(self, opening: str, tested: pl.DataFrame, wrong: pl.DataFrame, *, subject: str = "") -> Check:
        """Count the quotes at fault and name the worst."""
        quotes_qty = int((tested["contracts_qty"] - tested["no_quote_qty"] - tested["crossed_qty"]).sum())
        worst = wrong.sort("size_pts", *CONTRACT, descending=[True, *(False for _ in CONTRACT)]).head(QUOTES_NAMED)
        named = "; ".join(
            f"{root} {expiry_date} {settlement} {right} {strike:g}, by {size:.2f}"
            for root, expiry_date, settlement, right, strike, size in worst.select(*CONTRACT, "size_pts").iter_rows()
        )
        more = f"; and {wrong.height - QUOTES_NAMED} more" if wrong.height > QUOTES_NAMED else ""
        return Check(
            check_id=self.check_id,
            subject=subject,
            is_passed=wrong.height <= self.allowed_qty,
            value=wrong.height,
            limit_value=self.allowed_qty,
            unit=UNIT,
            rows_qty=wrong.height,
            message=f"{opening} {wrong.height:,} of {quotes_qty:,} quotes give money away: {named}{more}."
            if wrong.height
            else f"{opening} none of {quotes_qty:,} quotes gives money away.",
        )
