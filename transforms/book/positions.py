"""What the book holds at the mark: fills matched first in first out, settled series out, every leg in its structure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.structures import OpenLeg, group_legs, layer_of
from transforms.market.calendar import NEW_YORK, settlement_instant, settlement_session
from warehouse.tables.mart import MART_POSITIONS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from transforms.book.structures import LegKey, Membership

ALL_ACCOUNTS: Final = "ALL"
MULTIPLIER_USD: Final = {"SPX": 100.0, "SPXW": 100.0, "VIX": 100.0, "VIXW": 100.0, "VX": 1000.0, "VXM": 100.0}
LAYERS: Final = ("L1", "L2", "L3")
PARTS: Final = ("condor", *LAYERS, "second_engine", "other")

LEG: Final = ("account", "label", "instrument_id")

OPEN: Final = "OPEN"
CLOSED: Final = "CLOSED"
SETTLED: Final = "SETTLED"
SETTLED_TODAY: Final = "SETTLED_TODAY"

# What positions knows beyond the open legs: `part` may be null for what is gone.
HOLDINGS_SCHEMA: Final = pl.Schema(
    {
        **MART_POSITIONS_DAILY.polars_schema,
        "label": pl.String(),
        "standing": pl.String(),
        "pool": pl.String(),
        "settle_date": pl.Date(),
        "settle_at": pl.Datetime("us", "UTC"),
    }
)


@dataclass(frozen=True, slots=True)
class Lot:
    """Contracts of one fill that are still open."""

    quantity: int
    price_pts: float
    filled_at: dt.datetime
    fill_id: str


def positions(fills: pl.DataFrame, session_date: dt.date, mark_at: dt.datetime) -> pl.DataFrame:
    """Say what is held at the mark: one row per account, structure and instrument, as mart.positions_daily declares.

    A fill at the mark counts, one after it does not; what has settled by the mark is gone.
    """
    held = holdings(fills, session_date, mark_at).filter(pl.col("standing") == OPEN)
    return MART_POSITIONS_DAILY.conform(held.drop("label", "standing", "pool", "settle_date", "settle_at"))


def holdings(fills: pl.DataFrame, session_date: dt.date, mark_at: dt.datetime) -> pl.DataFrame:
    """Say what the book holds and has held: the open legs, and beside them the closed and the settled ones.

    One row per account, structure and instrument: columns of mart.positions_daily and `label` (empty without one),
    `standing` (OPEN, CLOSED, SETTLED_TODAY, SETTLED), `pool` (what rolls share: campaign, else structure),
    `settle_date`, `settle_at`. `part` is null for a closed or settled leg whose structure holds nothing any more;
    otherwise it is where the open legs are today: the past of a diagonal whose near leg has settled is in the layer
    of its far call.
    """
    legs = [_leg(of_leg, session_date, mark_at) for of_leg in fills_by_leg(fills, mark_at)]
    # A condor is shown once more on the day it settles; a VIX structure has already become what is left of it.
    present = [
        leg
        for leg in legs
        if leg["standing"] == OPEN or (leg["standing"] == SETTLED_TODAY and _is_spx(leg["instrument_id"]))
    ]
    memberships = group_legs([_open_leg(leg) for leg in present], session_date)
    campaigns = _campaigns(legs)
    rows = [_placed(leg, memberships, campaigns) for leg in legs]
    frame = pl.DataFrame(rows, schema=HOLDINGS_SCHEMA, orient="row")
    # Two unlabelled closed legs never share an instrument, so the key is unique; the order is for reproducibility.
    return frame.sort("account", "structure_id", "instrument_id", "standing")


def account_scopes(held: pl.DataFrame) -> list[str]:
    """List the accounts of a book, and ALL where the sum is not one account's own row (several accounts, or none)."""
    accounts: list[str] = held["account"].unique().sort().to_list()
    return accounts if len(accounts) == 1 else [*accounts, ALL_ACCOUNTS]


def in_scopes(rows: pl.DataFrame, scopes: Sequence[str]) -> pl.DataFrame:
    """Repeat the rows of a multi-account book under ALL, so that one group_by gives accounts and sum alike."""
    if ALL_ACCOUNTS not in scopes:
        return rows
    return pl.concat([rows, rows.with_columns(account=pl.lit(ALL_ACCOUNTS))])


def instrument_id(fill: dict[str, Any]) -> str:
    """Spell an instrument as a trader reads it: `SPXW 2023-03-17 PM P 3845`, a future `VX 2023-03-22`."""
    if fill["strike_pts"] is None:
        return f"{fill['root']} {fill['expiry_date']:%Y-%m-%d}"
    return (
        f"{fill['root']} {fill['expiry_date']:%Y-%m-%d} {fill['settlement']} {fill['right']} {fill['strike_pts']:.15g}"
    )


def fills_by_leg(fills: pl.DataFrame, mark_at: dt.datetime) -> Iterator[list[dict[str, Any]]]:
    """Give the fills up to the mark leg by leg, in time order: one account, label and instrument each."""
    for _, of_leg in groupby(_sorted_fills(fills, mark_at), key=itemgetter(*LEG)):
        yield list(of_leg)


def _sorted_fills(fills: pl.DataFrame, mark_at: dt.datetime) -> list[dict[str, Any]]:
    counted = fills.filter(pl.col("filled_at") <= mark_at).sort("filled_at", "fill_id")
    rows = [
        row | {"label": row["structure"] or "", "instrument_id": instrument_id(row)}
        for row in counted.iter_rows(named=True)
    ]
    return sorted(rows, key=itemgetter(*LEG))  # stable: time order stays within a leg


def _leg(fills: list[dict[str, Any]], session_date: dt.date, mark_at: dt.datetime) -> dict[str, Any]:
    """Turn the fills of one leg into what is open of it, and what it has earned."""
    first = fills[0]
    lots, realised_pts = match_first_in_first_out(fills)
    quantity = sum(lot.quantity for lot in lots)
    cost_pts = sum(lot.quantity * lot.price_pts for lot in lots)
    settle_at = settlement_instant(first["root"], first["expiry_date"])
    settle_date = settlement_session(first["root"], first["expiry_date"])
    multiplier = MULTIPLIER_USD[first["root"]]
    return {
        "session_date": session_date,
        **{key: first[key] for key in ("account", "label", "instrument_id", "root", "expiry_date", "settlement")},
        "right": first["right"],
        "strike_pts": first["strike_pts"],
        "quantity_qty": quantity,
        "multiplier_usd": multiplier,
        "entry_price_pts": cost_pts / quantity if quantity else 0.0,
        "opened_at": lots[0].filled_at if lots else first["filled_at"],
        "fees_usd": sum(fill["fees_usd"] for fill in fills),
        "realised_pnl_usd": realised_pts * multiplier,
        "campaign_id": next((fill["campaign"] for fill in reversed(fills) if fill["campaign"]), None),
        "last_filled_at": fills[-1]["filled_at"],
        "settle_date": settle_date,
        "settle_at": settle_at,
        "standing": _standing(quantity, settle_at=settle_at, mark_at=mark_at, is_today=settle_date == session_date),
    }


def match_first_in_first_out(fills: Iterable[dict[str, Any]]) -> tuple[list[Lot], float]:
    """Match the fills of one instrument, oldest lot first.

    Fills in time order, signed quantities. Returns the open lots (all of one sign) and realised points x contracts.
    """
    lots: deque[Lot] = deque()
    realised_pts = 0.0
    for fill in fills:
        quantity, price = fill["quantity_qty"], fill["price_pts"]
        while quantity and lots and (lots[0].quantity > 0) != (quantity > 0):
            oldest = lots.popleft()
            size = min(abs(oldest.quantity), abs(quantity))
            closed = size if oldest.quantity > 0 else -size
            realised_pts += closed * (price - oldest.price_pts)
            quantity += closed
            if oldest.quantity != closed:
                lots.appendleft(replace(oldest, quantity=oldest.quantity - closed))
        if quantity:
            lots.append(Lot(quantity, price, fill["filled_at"], fill["fill_id"]))
    return list(lots), realised_pts


def _standing(quantity: int, *, settle_at: dt.datetime, mark_at: dt.datetime, is_today: bool) -> str:
    if quantity == 0:
        return CLOSED
    if settle_at > mark_at:
        return OPEN
    return SETTLED_TODAY if is_today else SETTLED


def _open_leg(leg: dict[str, Any]) -> OpenLeg:
    return OpenLeg(
        account=leg["account"],
        label=leg["label"],
        instrument_id=leg["instrument_id"],
        root=leg["root"],
        expiry_date=leg["expiry_date"],
        right=leg["right"],
        strike_pts=leg["strike_pts"],
        quantity=leg["quantity_qty"],
        opened_at=leg["opened_at"],
    )


def _campaigns(legs: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """The campaign of each declared structure: the one its latest fill names."""
    named = sorted(
        (leg for leg in legs if leg["label"] and leg["campaign_id"]), key=itemgetter("last_filled_at", "campaign_id")
    )
    return {(leg["account"], leg["label"]): leg["campaign_id"] for leg in named}


def _is_spx(instrument: str) -> bool:
    return instrument.startswith("SPX")


def _placed(
    leg: dict[str, Any], memberships: dict[LegKey, Membership], campaigns: dict[tuple[str, str], str]
) -> dict[str, Any]:
    """Give a leg its structure, part and campaign; what is gone keeps its label and the part its structure plays."""
    account, label, instrument = leg["account"], leg["label"], leg["instrument_id"]
    membership = memberships.get((account, label, instrument))
    # A closed leg of a labelled structure belongs to the part that its structure's open legs play, condors first.
    siblings = {
        member.part
        for key, member in memberships.items()
        if label and key[:2] == (account, label) and _is_spx(key[2]) == _is_spx(instrument)
    }
    part = membership.part if membership else next((part for part in PARTS if part in siblings), None)
    campaign = campaigns.get((account, label), leg["campaign_id"]) if label else leg["campaign_id"]
    structure_id = membership.structure_id if membership else label or instrument
    entered = leg["opened_at"].astimezone(NEW_YORK).date()
    return {column: leg.get(column) for column in HOLDINGS_SCHEMA.names()} | {
        "structure_id": structure_id,
        "campaign_id": campaign,
        "pool": f"campaign {campaign}" if campaign else f"structure {label or structure_id}",
        "part": part,
        "part_reason": membership.reason if membership else None,
        "grouping": "DECLARED" if label else "INFERRED",
        "entry_layer": layer_of((leg["expiry_date"] - entered).days) if part in LAYERS else None,
    }
