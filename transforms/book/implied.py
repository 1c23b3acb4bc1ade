"""The labels that fills imply where the trader gave none: what was opened together as a spread belongs together.

Broker statements carry no labels. Fills of one order (of one instant where no order is named) that open a condor, a
vertical, a call spread or a diagonal get its name; verticals of one day and size that make a condor get the condor's.
What closes them later, first in first out, bears the same name, so that a spread half bought back remembers what the
other half earned, and a roll what it cost. Everything found here says `INFERRED`.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from transforms.book.shapes import (
    CALL_VERTICAL,
    DIAGONAL,
    OTHER,
    PUT_VERTICAL,
    SPX_ROOTS,
    SPX_SPREADS,
    VIX_CALL_SPREAD,
    VIX_ROOTS,
    OpenLeg,
    shape_id,
    spx_shape,
    vix_shape,
    without_extra_longs,
)
from transforms.market.calendar import NEW_YORK

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

Fill = dict[str, Any]
FOUND: Final = (*SPX_SPREADS, VIX_CALL_SPREAD, DIAGONAL)


@dataclass(slots=True)
class _Opening:
    """The part of a fill that opened contracts, the name it gets, and how much of it is still open."""

    fill: Fill
    quantity: int
    left: int
    label: str = ""


@dataclass(slots=True)
class _Piece:
    """A part of a fill: it opens `opening`, or closes contracts of it."""

    fill: Fill
    quantity: int
    opening: _Opening

    @property
    def opens(self) -> bool:
        """Whether the part opened contracts."""
        return self.fill is self.opening.fill


def with_implied_labels(fills: Sequence[Fill]) -> list[Fill]:
    """Give unlabelled fills the names their opening implies, split where one fill closes contracts of several names.

    `fills` in time order with `label` and `instrument_id`. Returns them in time order; the parts of a split fill share
    its fees by contracts. `is_implied` says where a name was found here, `opens` whether a part opened contracts.
    """
    unlabelled = [fill for fill in fills if not fill["label"]]
    pieces: dict[int, list[_Piece]] = defaultdict(list)
    openings: list[_Opening] = []
    by_instrument = itemgetter("account", "instrument_id")
    for _, of_instrument in groupby(sorted(unlabelled, key=by_instrument), key=by_instrument):
        for piece in _matched(of_instrument):
            pieces[id(piece.fill)].append(piece)
            if piece.opens:
                openings.append(piece.opening)
    _name(openings)
    return [row for fill in fills for row in _parts(fill, pieces.get(id(fill), []))]


def _matched(fills: Iterable[Fill]) -> Iterator[_Piece]:
    """Take the fills of one instrument apart into what they close, oldest first, and what they open."""
    lots: deque[_Opening] = deque()
    for fill in fills:
        quantity = fill["quantity_qty"]
        while quantity and lots and (lots[0].left > 0) != (quantity > 0):
            size = min(abs(lots[0].left), abs(quantity))
            closed = size if quantity > 0 else -size
            yield _Piece(fill, closed, lots[0])
            lots[0].left += closed
            quantity -= closed
            if not lots[0].left:
                lots.popleft()
        if quantity:
            opening = _Opening(fill, quantity, quantity)
            lots.append(opening)
            yield _Piece(fill, quantity, opening)


def _parts(fill: Fill, pieces: Sequence[_Piece]) -> list[Fill]:
    """The fill once for each name it touches; fees by contracts, the last part taking what is left of them."""
    if not pieces:
        return [fill | {"is_implied": False, "opens": None}]
    sizes: dict[tuple[str, bool], int] = defaultdict(int)
    for piece in pieces:
        sizes[piece.opening.label, piece.opens] += piece.quantity
    parts, left_usd = [], fill["fees_usd"]
    for number, ((label, opens), quantity) in enumerate(sizes.items(), start=1):
        share = fill["fees_usd"] * quantity / fill["quantity_qty"]
        fees_usd = left_usd if number == len(sizes) else share
        left_usd -= fees_usd
        terms = {"label": label, "quantity_qty": quantity, "fees_usd": fees_usd}
        parts.append(fill | terms | {"is_implied": bool(label), "opens": opens})
    return parts


def _name(openings: Sequence[_Opening]) -> None:
    """Name what was opened together; a name that no longer describes what is left of it is taken back."""
    series = defaultdict[tuple[Any, ...], list[_Opening]](list)
    for opening in openings:
        root, account = opening.fill["root"], opening.fill["account"]
        if root in SPX_ROOTS:
            series[account, root, opening.fill["expiry_date"]].append(opening)
        elif root in VIX_ROOTS and opening.fill["right"] == "C":
            series[account, "VIX"].append(opening)
    for of_series in series.values():
        _name_orders(of_series)
        if of_series[0].fill["root"] in SPX_ROOTS:
            _name_days(of_series)
            _take_back_broken(of_series)


def _name_orders(openings: Sequence[_Opening]) -> None:
    """By order, then by instant what no order has named."""
    for group in _grouped(openings, _order).values():
        _name_group(group)
    unnamed = [opening for opening in openings if not opening.label]
    for group in _grouped(unnamed, lambda opening: opening.fill["filled_at"]).values():
        _name_group(group)


def _name_days(openings: Sequence[_Opening]) -> None:
    """What one day left unnamed, or named as two verticals of one size, may be a condor that was legged into."""
    for of_day in _grouped(openings, lambda opening: _new_york_day(opening.fill)).values():
        unnamed = [opening for opening in of_day if not opening.label]
        if unnamed:
            _name_group(unnamed)
        named = _grouped([opening for opening in of_day if opening.label], lambda opening: opening.label)
        puts = [group for group in named.values() if _kind(group) == PUT_VERTICAL]
        calls = [group for group in named.values() if _kind(group) == CALL_VERTICAL]
        for put in puts:
            call = next((call for call in calls if _is_one_size([*put, *call])), None)
            if call is not None:
                calls.remove(call)
                _name_group([*put, *call])


def _is_one_size(group: Sequence[_Opening]) -> bool:
    return len({abs(leg.quantity) for leg in _legs(group)}) == 1 and _kind(group) in SPX_SPREADS


def _take_back_broken(openings: Sequence[_Opening]) -> None:
    """Where what is left under a name is no spread, contracts were netted across names: geometry decides instead."""
    for group in _grouped([opening for opening in openings if opening.label], lambda found: found.label).values():
        left = _legs(group, is_left=True)
        if left and spx_shape(without_extra_longs(left)[0]).kind == OTHER:
            for opening in openings:
                opening.label = ""
            return


def _name_group(group: Sequence[_Opening]) -> None:
    legs, kind = _legs(group), _kind(group)
    if kind in FOUND:
        for opening in group:
            opening.label = shape_id(legs, kind)


def _kind(group: Sequence[_Opening]) -> str:
    legs = _legs(group)
    if not legs:
        return OTHER
    return (spx_shape(legs) if legs[0].is_spx_option else vix_shape(legs)).kind


def _legs(group: Sequence[_Opening], *, is_left: bool = False) -> list[OpenLeg]:
    """The contracts of a group added up by instrument: as opened, or what is left of them."""
    by_instrument = _grouped(group, lambda opening: opening.fill["instrument_id"])
    legs = []
    for instrument, of_instrument in sorted(by_instrument.items()):
        quantity = sum(opening.left if is_left else opening.quantity for opening in of_instrument)
        fill = of_instrument[0].fill
        if quantity:
            legs.append(
                OpenLeg(
                    account=fill["account"],
                    label="",
                    instrument_id=instrument,
                    root=fill["root"],
                    expiry_date=fill["expiry_date"],
                    right=fill["right"],
                    strike_pts=fill["strike_pts"],
                    quantity=quantity,
                    opened_at=fill["filled_at"],
                )
            )
    return legs


def _order(opening: _Opening) -> object:
    """The order a fill belongs to: its number, else its instant."""
    return opening.fill.get("order_ref") or opening.fill["filled_at"]


def _new_york_day(fill: Fill) -> dt.date:
    day: dt.date = fill["filled_at"].astimezone(NEW_YORK).date()
    return day


def _grouped(openings: Iterable[_Opening], key: Any) -> dict[Any, list[_Opening]]:  # noqa: ANN401 - any key
    groups: dict[Any, list[_Opening]] = defaultdict(list)
    for opening in openings:
        groups[key(opening)].append(opening)
    return groups
