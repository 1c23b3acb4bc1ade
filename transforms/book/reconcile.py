"""Where the book and what the broker says part ways, and what in the book rests on guesses or still waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.broker_rows import ASSIGNMENT, CANCEL, CASH_SETTLEMENT, EXERCISE, EXPIRATION
from transforms.book.legs import SIZE_USD
from transforms.book.positions import OPEN, SETTLED, SETTLED_TODAY, instrument_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from transforms.book.positions import HeldBook

DIFFERENCE: Final = "difference"
NOTE: Final = "note"
CONTRACT: Final = ("root", "expiry_date", "settlement", "right", "strike_pts")
CENT_USD: Final = 0.005


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One sentence about an account and, mostly, an instrument; a difference is something at fault, a note is not."""

    severity: str
    account: str
    subject: str
    says: str

    @property
    def line(self) -> str:
        """One line for a terminal."""
        return f"{self.severity:<10} {self.account}: {self.subject}: {self.says}"


def position_differences(book: HeldBook, broker: pl.DataFrame, accounts: Collection[str]) -> list[Finding]:
    """List every instrument of which book and broker hold different numbers, account by account.

    `broker` has one row per position: account, root, expiry_date, settlement, right, strike_pts, quantity_qty;
    `accounts` are those it speaks of, with or without positions. What settled today may still stand at the broker, who
    books it out overnight.
    """
    keys, standing = ["account", *CONTRACT], pl.col("standing")
    held = book.holdings.group_by(keys).agg(
        held_qty=pl.col("quantity_qty").filter(standing == OPEN).sum(),
        today_qty=pl.col("quantity_qty").filter(standing == SETTLED_TODAY).sum(),
    )
    stated = broker.group_by(keys).agg(broker_qty=pl.col("quantity_qty").sum())
    both = held.join(stated, on=keys, how="full", coalesce=True, nulls_equal=True).with_columns(
        pl.col("held_qty", "today_qty", "broker_qty").fill_null(0)
    )
    is_apart = ~pl.col("broker_qty").is_in(pl.concat_list("held_qty", pl.col("held_qty") + pl.col("today_qty")))
    covered = pl.col("account").is_in(list(accounts))
    found = [
        Finding(DIFFERENCE, row["account"], instrument_id(row), _apart(row))
        for row in both.filter(covered, is_apart).iter_rows(named=True)
    ]
    left_out = both.filter(~covered, pl.col("held_qty") != 0)["account"].unique()
    missing = [
        Finding(NOTE, account, "positions", "the broker's file does not speak of this account") for account in left_out
    ]
    return sorted([*found, *missing])


def internal_findings(book: HeldBook, paid: pl.DataFrame, events: pl.DataFrame) -> list[Finding]:
    """List what is amiss in the book itself: closes without opens, broker's cash, what waits, what was inferred.

    `paid` are the holdings with their payoffs, `events` as core.broker_events.
    """
    return sorted(
        [
            *_unmatched(book),
            *_settlement_cash(paid, events),
            *_kept_fees(events),
            *_waiting(paid),
            *_inferred(book.holdings),
        ]
    )


def _apart(row: dict[str, Any]) -> str:
    held, stated = (f"{row[name]:+d}" if row[name] else "none" for name in ("held_qty", "broker_qty"))
    return f"{held} by the fills, {stated} by the broker"


def _unmatched(book: HeldBook) -> Iterator[Finding]:
    for account, instrument, quantity in book.unmatched.iter_rows():
        says = f"{quantity} contracts were closed that no fill opened: import the earlier statements"
        yield Finding(DIFFERENCE, account, instrument, says)


def _settlement_cash(paid: pl.DataFrame, events: pl.DataFrame) -> Iterator[Finding]:
    """The broker's cash at settlement against our settlement value, and contracts it settled against those held."""
    keys = ["account", *CONTRACT]
    settled = paid.filter(pl.col("standing").is_in([SETTLED, SETTLED_TODAY]), pl.col("quantity_qty") != 0)
    ours = settled.group_by(keys).agg(
        held_qty=pl.col("quantity_qty").sum(),
        ours_usd=pl.when(pl.col("payoff_pts").is_null().any())
        .then(None)
        .otherwise((SIZE_USD * pl.col("payoff_pts")).sum()),
    )
    # Of the day itself: a broker may have booked what settles only after the mark.
    still_open = paid.filter(pl.col("standing") == OPEN).select(keys)
    of_broker = (
        events.filter(pl.col("event") != CANCEL)
        .join(still_open, on=keys, how="anti", nulls_equal=True)
        .group_by(keys)
        .agg(
            broker_usd=pl.col("amount_usd").sum(),
            has_cash=pl.col("amount_usd").is_not_null().any(),
            removed_qty=_removed("event"),
        )
    )
    both = of_broker.join(ours, on=keys, how="left", nulls_equal=True).sort(keys, nulls_last=True)
    for row in both.iter_rows(named=True):
        subject = instrument_id(row)
        held, removed = abs(row["held_qty"] or 0), row["removed_qty"]
        if removed is not None and removed != held:
            says = f"the broker settled {removed} contracts, the fills leave {held}"
            yield Finding(DIFFERENCE, row["account"], subject, says)
        # A future pays from day to day: what it moved on the last one is not what it paid.
        is_option, ours_usd = row["right"] is not None, row["ours_usd"]
        if is_option and row["has_cash"] and ours_usd is not None and abs(row["broker_usd"] - ours_usd) > CENT_USD:
            of_ours = f"our settlement value gives {ours_usd + 0.0:,.2f}"  # never minus zero
            says = f"the broker settled for {row['broker_usd'] + 0.0:,.2f} USD, {of_ours}"
            yield Finding(DIFFERENCE, row["account"], subject, says)


def _removed(event: str) -> pl.Expr:
    """Contracts taken off; a cash settlement may come with a removal of its own, which then counts alone."""
    removals = pl.col(event).is_in([EXPIRATION, ASSIGNMENT, EXERCISE])
    size = pl.col("quantity_qty").abs()
    of_cash = size.filter((pl.col(event) == CASH_SETTLEMENT) & (size > 0)).sum()
    counted = pl.when(removals.any()).then(size.filter(removals).sum()).otherwise(of_cash)
    return pl.when(counted > 0).then(counted)


def _kept_fees(events: pl.DataFrame) -> Iterator[Finding]:
    for row in events.filter(pl.col("event") == CANCEL).sort("event_id").iter_rows(named=True):
        says = f"cancelled, and {row['fees_usd']:,.2f} USD of its fees were not given back: they are in no P&L"
        yield Finding(NOTE, row["account"], instrument_id(row), says)


def _waiting(paid: pl.DataFrame) -> Iterator[Finding]:
    waiting = paid.filter(
        pl.col("standing").is_in([SETTLED, SETTLED_TODAY]),
        pl.col("quantity_qty") != 0,
        pl.col("payoff_reason").is_not_null(),
    )
    for row in waiting.sort("account", "instrument_id", "structure_id").iter_rows(named=True):
        yield Finding(NOTE, row["account"], row["instrument_id"], f"{row['quantity_qty']:+d}, {row['payoff_reason']}")


def _inferred(held: pl.DataFrame) -> Iterator[Finding]:
    open_legs = held.filter(pl.col("standing") == OPEN)
    inferred = (
        open_legs.filter((pl.col("grouping") == "INFERRED") & ~pl.col("kind").is_in(["VIX_CALL", "VX_FUTURE", "OTHER"]))
        .group_by("account", "structure_id", "kind")
        .agg(legs_qty=pl.len())
        .sort("account", "structure_id", "kind")
    )
    for account, structure_id, kind, legs_qty in inferred.iter_rows():
        yield Finding(NOTE, account, structure_id, f"{kind} of {legs_qty} legs is inferred: no label binds them")
    rolled = open_legs.filter(pl.col("campaign_grouping") == "INFERRED").select(
        "account", "structure_id", "campaign_id"
    )
    for account, structure_id, campaign in rolled.unique().sort("account", "structure_id").iter_rows():
        yield Finding(NOTE, account, structure_id, f"rolled from {campaign}, which is inferred from its order")
    alone = open_legs.filter(pl.col("kind") == "OTHER").sort("account", "structure_id", "instrument_id")
    for row in alone.iter_rows(named=True):
        yield Finding(NOTE, row["account"], row["instrument_id"], f"OTHER: {row['part_reason']}")
