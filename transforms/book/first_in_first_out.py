"""Lots: what is still open of each opening fill, first in first out. They add up to the positions exactly."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from transforms.book.structures import layer_of
from transforms.market.calendar import NEW_YORK
from warehouse.tables.mart import MART_LOTS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

Fill = dict[str, Any]
_OF_POSITION = (
    *("account", "structure_id", "instrument_id", "campaign_id", "part", "kind", "grouping"),
    *("root", "expiry_date", "settlement", "right", "strike_pts", "multiplier_usd"),
)


@dataclass(frozen=True, slots=True)
class Lot:
    """Contracts of one fill that are still open, with their share of its fees."""

    quantity: int
    price_pts: float
    filled_at: dt.datetime
    fill_id: str = ""
    fees_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Matched:
    """The fills of one instrument matched: open lots (all of one sign), and realised points x contracts.

    `unmatched_qty` counts contracts of fills that say they close and found nothing to close.
    """

    lots: tuple[Lot, ...]
    realised_pts: float
    unmatched_qty: int = 0


def match_first_in_first_out(fills: Iterable[Fill]) -> Matched:
    """Match the fills of one instrument, oldest lot first; fills in time order, signed quantities."""
    lots: deque[Lot] = deque()
    realised_pts, unmatched = 0.0, 0
    for fill in fills:
        quantity, price = fill["quantity_qty"], fill["price_pts"]
        while quantity and lots and (lots[0].quantity > 0) != (quantity > 0):
            oldest = lots.popleft()
            size = min(abs(oldest.quantity), abs(quantity))
            closed = size if oldest.quantity > 0 else -size
            realised_pts += closed * (price - oldest.price_pts)
            quantity += closed
            if oldest.quantity != closed:
                lots.appendleft(_rest(oldest, oldest.quantity - closed))
        if quantity:
            unmatched += abs(quantity) if fill.get("effect") == "CLOSE" else 0
            fees_usd = fill["fees_usd"] * quantity / fill["quantity_qty"]
            lots.append(Lot(quantity, price, fill["filled_at"], fill["fill_id"], fees_usd))
    return Matched(tuple(lots), realised_pts, unmatched)


def _rest(lot: Lot, quantity: int) -> Lot:
    return replace(lot, quantity=quantity, fees_usd=lot.fees_usd * quantity / lot.quantity)


def entry_layer(expiry_date: dt.date, opened_at: dt.datetime) -> str | None:
    """Name the hedge layer a VIX position was bought as: by its days to expiry on the New York day it was opened."""
    return layer_of((expiry_date - opened_at.astimezone(NEW_YORK).date()).days)


def lots_of(legs: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> pl.DataFrame:
    """List the open lots of every open leg: one row per account, structure and lot, as mart.lots_daily declares.

    `legs` are pairs of a matched leg (with its `lots`) and its row of holdings. A lot is named after the fill that
    opened it; quantities, prices and USD of a leg's lots add up to its position.
    """
    rows = [
        {
            "session_date": placed["session_date"],
            **{name: placed[name] for name in _OF_POSITION},
            "lot_id": lot.fill_id,
            "quantity_qty": lot.quantity,
            "entry_price_pts": lot.price_pts,
            "opened_at": lot.filled_at,
            "fees_usd": lot.fees_usd,
            "entry_layer": entry_layer(leg["expiry_date"], lot.filled_at) if placed["entry_layer"] else None,
        }
        for leg, placed in legs
        if placed["standing"] == "OPEN"
        for lot in leg["lots"]
    ]
    schema = MART_LOTS_DAILY.polars_schema
    return pl.DataFrame(rows, schema=schema, orient="row").sort(MART_LOTS_DAILY.grain)
