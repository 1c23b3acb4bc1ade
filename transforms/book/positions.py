"""What the book holds at the mark: fills matched first in first out, settled series out, every leg in its structure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import polars as pl

from transforms.book.first_in_first_out import entry_layer, lots_of, match_first_in_first_out
from transforms.book.implied import with_implied_labels
from transforms.book.rolls import with_implied_campaigns
from transforms.book.shapes import OpenLeg
from transforms.book.structures import group_legs
from transforms.market.calendar import settlement_instant, settlement_session
from warehouse.tables.mart import MART_POSITIONS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from transforms.book.shapes import LegKey
    from transforms.book.structures import Membership

FillsByLeg: TypeAlias = "list[list[dict[str, Any]]]"

ALL_ACCOUNTS: Final = "ALL"
MULTIPLIER_USD: Final = {"SPX": 100.0, "SPXW": 100.0, "VIX": 100.0, "VIXW": 100.0, "VX": 1000.0, "VXM": 100.0}
LAYERS: Final = ("L1", "L2", "L3")
PARTS: Final = ("condor", *LAYERS, "second_engine", "other")

LEG: Final = ("account", "label", "instrument_id")
_leg_key = itemgetter(*LEG)

# What matching and grouping look at in a fill.
OF_FILL: Final = (
    *(*LEG, "campaign", "root", "expiry_date", "settlement", "right", "strike_pts", "fill_id", "order_ref"),
    *("filled_at", "is_time_known", "effect", "quantity_qty", "price_pts", "fees_usd"),
)

OPEN: Final = "OPEN"
CLOSED: Final = "CLOSED"
SETTLED: Final = "SETTLED"
SETTLED_TODAY: Final = "SETTLED_TODAY"

# What positions knows beyond the open legs: `part` may be null for what is gone.
BEYOND_POSITIONS: Final = pl.Schema(
    {
        "label": pl.String(),
        "standing": pl.String(),
        "pool": pl.String(),
        "campaign_grouping": pl.String(),
        "settle_date": pl.Date(),
        "settle_at": pl.Datetime("us", "UTC"),
    }
)
HOLDINGS_SCHEMA: Final = pl.Schema({**MART_POSITIONS_DAILY.polars_schema, **BEYOND_POSITIONS})
_OF_FIRST_FILL: Final = (*LEG, "root", "expiry_date", "settlement", "right", "strike_pts")
UNMATCHED_SCHEMA: Final = pl.Schema({"account": pl.String, "instrument_id": pl.String, "unmatched_qty": pl.Int64})


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBook:
    """The book at the mark: `holdings` as the function of that name, `lots` as mart.lots_daily, and what is amiss.

    `unmatched` lists contracts that a broker says were closed and that no fill opened: one row per account and
    instrument with `unmatched_qty`. `fills_by_leg` are the fills it was made of, as the function of that name, and
    `matched` what first in first out makes of each of them.
    """

    holdings: pl.DataFrame
    lots: pl.DataFrame
    unmatched: pl.DataFrame
    fills_by_leg: FillsByLeg
    matched: list[dict[str, Any]]

    @property
    def positions(self) -> pl.DataFrame:
        """The open legs, as mart.positions_daily declares."""
        held = self.holdings.filter(pl.col("standing") == OPEN)
        return MART_POSITIONS_DAILY.conform(held.drop(*BEYOND_POSITIONS.names()))


def unopened_of(unmatched: pl.DataFrame, held: pl.DataFrame) -> tuple[str, ...]:
    """Name the instruments still held of which contracts were closed that no fill opened, and how many."""
    still_held = unmatched.join(held, on=["account", "instrument_id"], how="semi").sort("account", "instrument_id")
    return tuple(f"{account} {instrument} ({contracts})" for account, instrument, contracts in still_held.iter_rows())


def positions(fills: pl.DataFrame, session_date: dt.date, mark_at: dt.datetime) -> pl.DataFrame:
    """Say what is held at the mark: one row per account, structure and instrument, as mart.positions_daily declares.

    A fill at the mark counts, one after it does not; what has settled by the mark is gone.
    """
    return held_book(fills, session_date, mark_at).positions


def holdings(fills: pl.DataFrame, session_date: dt.date, mark_at: dt.datetime) -> pl.DataFrame:
    """Say what the book holds and has held: the open legs, and beside them the closed and the settled ones.

    One row per account, structure and instrument: columns of mart.positions_daily and `label` (empty where nothing
    binds the leg), `standing` (OPEN, CLOSED, SETTLED_TODAY, SETTLED), `pool` (what rolls share: campaign, else
    structure), `campaign_grouping` (DECLARED, INFERRED, null without a campaign), `settle_date`, `settle_at`. `part`
    is null for a closed or settled leg whose structure holds nothing any more; otherwise it is where the open legs are
    today: the past of a diagonal whose near leg has settled is in the layer of its far call. `kind` is null for a
    closed leg.
    """
    return held_book(fills, session_date, mark_at).holdings


def held_book(fills: pl.DataFrame, session_date: dt.date, mark_at: dt.datetime) -> HeldBook:
    """Match all fills up to the mark, and put every leg and lot in its structure."""
    by_leg = fills_by_leg(fills, mark_at)
    return _book_of(by_leg, [_matched(of_leg) for of_leg in by_leg], session_date, mark_at)


def held_before(book: HeldBook, fills: pl.DataFrame, session_date: dt.date, mark_at: dt.datetime) -> HeldBook:
    """Say what was held at an earlier mark than `book`, of whose `fills` those made since do not count yet.

    As `held_book`, but only what accounts have traded since is matched again: every other fill was matched alike.
    """
    traded = {fill["account"] for of_leg in book.fills_by_leg for fill in of_leg if fill["filled_at"] > mark_at}
    again = fills_by_leg(fills.filter(pl.col("account").is_in(traded)), mark_at)
    alike = zip(book.fills_by_leg, book.matched, strict=True)
    pairs = [pair for pair in alike if pair[1]["account"] not in traded]
    pairs += [(of_leg, _matched(of_leg)) for of_leg in again]
    pairs.sort(key=lambda pair: _leg_key(pair[1]))
    return _book_of([of_leg for of_leg, _ in pairs], [leg for _, leg in pairs], session_date, mark_at)


def _book_of(
    by_leg: FillsByLeg, matched: list[dict[str, Any]], session_date: dt.date, mark_at: dt.datetime
) -> HeldBook:
    """Put every matched leg and its lots where they stand at the mark."""
    series = {(leg["root"], leg["expiry_date"]) for leg in matched}
    settles = {one: (settlement_session(*one), settlement_instant(*one)) for one in series}
    legs = [
        leg | _standing(leg["quantity_qty"], *settles[leg["root"], leg["expiry_date"]], session_date, mark_at)
        for leg in matched
    ]
    # A condor is shown once more on the day it settles; a VIX structure has already become what is left of it.
    present = [
        leg
        for leg in legs
        if leg["standing"] == OPEN or (leg["standing"] == SETTLED_TODAY and _is_spx(leg["instrument_id"]))
    ]
    memberships = group_legs([_open_leg(leg) for leg in present], session_date)
    campaigns, past_kinds = _campaigns(legs), _past_kinds(legs, memberships)
    parts = _parts(memberships)
    rows = [_placed(leg, memberships, campaigns, past_kinds, parts) for leg in legs]
    frame = pl.DataFrame(rows, schema=HOLDINGS_SCHEMA, orient="row")
    unmatched = [(leg["account"], leg["instrument_id"], leg["unmatched_qty"]) for leg in legs if leg["unmatched_qty"]]
    return HeldBook(
        # Two unlabelled closed legs never share an instrument, so the key is unique; the order is for reproducibility.
        holdings=frame.sort("account", "structure_id", "instrument_id", "standing"),
        lots=lots_of(zip(legs, rows, strict=True)),
        unmatched=pl.DataFrame(unmatched, schema=UNMATCHED_SCHEMA, orient="row").sort("account", "instrument_id"),
        fills_by_leg=by_leg,
        matched=matched,
    )


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


def instrument_ids(fills: pl.DataFrame) -> list[str]:
    """Spell the instrument of each fill; a contract that is traded often is spelt once."""
    contracts = fills.select("root", "expiry_date", "settlement", "right", "strike_pts")
    spelt = {
        contract: instrument_id(dict(zip(contracts.columns, contract, strict=True)))
        for contract in set(contracts.rows())
    }
    return [spelt[contract] for contract in contracts.rows()]


def fills_by_leg(fills: pl.DataFrame, mark_at: dt.datetime) -> FillsByLeg:
    """Give the fills up to the mark leg by leg, in time order: one account, label and instrument each."""
    return [list(of_leg) for _, of_leg in groupby(_sorted_fills(fills, mark_at), key=_leg_key)]


def _sorted_fills(fills: pl.DataFrame, mark_at: dt.datetime) -> list[dict[str, Any]]:
    """The fills that count, labelled, by leg and in time order within it."""
    counted = fills.filter(pl.col("filled_at") <= mark_at).sort(
        "filled_at", pl.col("place").fill_null(0), "fill_id", maintain_order=True
    )
    named = counted.with_columns(
        label=pl.col("structure").fill_null(""), instrument_id=pl.Series(instrument_ids(counted), dtype=pl.String)
    )
    bound = with_implied_campaigns(with_implied_labels(named.select(OF_FILL).to_dicts()))
    return sorted(bound, key=_leg_key)  # stable: time order stays within a leg


def _matched(fills: list[dict[str, Any]]) -> dict[str, Any]:
    """Turn the fills of one leg into what is open of it, and what it has earned."""
    first = fills[0]
    matched = match_first_in_first_out(fills)
    lots = matched.lots
    quantity = sum(lot.quantity for lot in lots)
    cost_pts = sum(lot.quantity * lot.price_pts for lot in lots)
    multiplier = MULTIPLIER_USD[first["root"]]
    return {
        **{name: first[name] for name in _OF_FIRST_FILL},
        "quantity_qty": quantity,
        "multiplier_usd": multiplier,
        "entry_price_pts": cost_pts / quantity if quantity else 0.0,
        "opened_at": lots[0].filled_at if lots else first["filled_at"],
        "fees_usd": sum(fill["fees_usd"] for fill in fills),
        "realised_pnl_usd": matched.realised_pts * multiplier,
        "lots": lots,
        "unmatched_qty": matched.unmatched_qty,
        "is_implied": first["is_implied"],
        "is_campaign_implied": any(fill["is_campaign_implied"] for fill in fills),
        "campaign_id": next((fill["campaign"] for fill in reversed(fills) if fill["campaign"]), None),
        "last_filled_at": fills[-1]["filled_at"],
    }


def _standing(
    quantity: int, settle_date: dt.date, settle_at: dt.datetime, session_date: dt.date, mark_at: dt.datetime
) -> dict[str, Any]:
    """What has become of a leg by the mark, and when it settles."""
    if quantity == 0:
        standing = CLOSED
    elif settle_at > mark_at:
        standing = OPEN
    else:
        standing = SETTLED_TODAY if settle_date == session_date else SETTLED
    return {"session_date": session_date, "settle_date": settle_date, "settle_at": settle_at, "standing": standing}


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


def _past_kinds(legs: list[dict[str, Any]], memberships: dict[LegKey, Membership]) -> dict[LegKey, str]:
    """What settled legs were together, as of the day they settled."""
    settled = [leg for leg in legs if leg["quantity_qty"] and leg["standing"] != OPEN]
    days = {leg["settle_date"] for leg in settled}
    kinds: dict[LegKey, str] = {}
    for day in sorted(days):
        of_day = [_open_leg(leg) for leg in settled if leg["settle_date"] == day]
        kinds |= {key: member.kind for key, member in group_legs(of_day, day).items() if key not in memberships}
    return kinds


def _parts(memberships: dict[LegKey, Membership]) -> dict[tuple[str, str, bool], str]:
    """The part that a label's open legs play, SPX and VIX apart; condors first."""
    played: dict[tuple[str, str, bool], set[str]] = {}
    for (account, label, instrument), member in memberships.items():
        if label:
            played.setdefault((account, label, _is_spx(instrument)), set()).add(member.part)
    return {key: next(part for part in PARTS if part in parts) for key, parts in played.items()}


def _is_spx(instrument: str) -> bool:
    return instrument.startswith("SPX")


def _placed(
    leg: dict[str, Any],
    memberships: dict[LegKey, Membership],
    campaigns: dict[tuple[str, str], str],
    past_kinds: dict[LegKey, str],
    parts: dict[tuple[str, str, bool], str],
) -> dict[str, Any]:
    """Give a leg its structure, part and campaign; what is gone keeps its label and the part its structure plays."""
    account, label, instrument = leg["account"], leg["label"], leg["instrument_id"]
    membership = memberships.get((account, label, instrument))
    # A closed leg of a labelled structure belongs to the part that its structure's open legs play.
    part = membership.part if membership else parts.get((account, label, _is_spx(instrument)))
    campaign = campaigns.get((account, label), leg["campaign_id"]) if label else leg["campaign_id"]
    structure_id = membership.structure_id if membership else label or instrument
    implied_or_not = "INFERRED" if leg["is_campaign_implied"] else "DECLARED"
    return leg | {
        "structure_id": structure_id,
        "campaign_id": campaign,
        "pool": f"campaign {campaign}" if campaign else f"structure {label or structure_id}",
        "part": part,
        "part_reason": membership.reason if membership else None,
        "kind": membership.kind if membership else past_kinds.get((account, label, instrument)),
        "campaign_grouping": implied_or_not if campaign else None,
        "grouping": "DECLARED" if label and not leg["is_implied"] else "INFERRED",
        "entry_layer": entry_layer(leg["expiry_date"], leg["opened_at"]) if part in LAYERS else None,
    }
