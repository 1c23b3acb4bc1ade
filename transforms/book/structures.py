"""Which open legs belong together, and the part each plays in the book (METHODOLOGY 2.2, 4.1, 4.10).

A label binds legs: the trader's own, or the one their opening implies (implied.py). Legs without one are matched by
geometry. No leg is ever dropped: what is no bounded SPX spread, covered VIX call or diagonal is `other`, and why.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from transforms.book.shapes import (
    DIAGONAL,
    FUTURE_ROOTS,
    OTHER,
    SPX_SPREADS,
    VIX_CALL,
    VIX_CALL_SPREAD,
    VX_FUTURE,
    LegKey,
    OpenLeg,
    Shape,
    shape_id,
    spx_shape,
    vix_shape,
    without_extra_longs,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Sequence

# Calendar days to expiry, both ends included: METHODOLOGY 2.2.
LAYER_DAYS: Final = {"L1": (1, 69), "L2": (70, 164), "L3": (165, 400)}
CONDOR_PART: Final = "condor"
SECOND_ENGINE: Final = "second_engine"
OTHER_PART: Final = "other"
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Membership:
    """Where a leg belongs, what it does there, and what its structure is."""

    structure_id: str
    part: str
    reason: str | None = None
    kind: str = OTHER


def group_legs(legs: Sequence[OpenLeg], session_date: dt.date) -> dict[LegKey, Membership]:
    """Give every open leg its structure, its part (condor, L1, L2, L3, second_engine or other) and its kind.

    Legs with one label belong together; legs without are matched by geometry within their account.
    """
    groups: defaultdict[tuple[str, str], list[OpenLeg]] = defaultdict(list)
    for leg in sorted(legs, key=lambda leg: leg.key):
        groups[leg.account, leg.label].append(leg)
    memberships: dict[LegKey, Membership] = {}
    for (_, label), group in groups.items():
        placed = _declared(label, group, session_date) if label else _inferred(group, session_date)
        memberships.update(placed)
    return memberships


def layer_of(dte_days: int) -> str | None:
    """Name the hedge layer of a VIX position by its days to expiry; none outside 1 to 400 days."""
    return next((layer for layer, (first, last) in LAYER_DAYS.items() if first <= dte_days <= last), None)


def _declared(label: str, legs: list[OpenLeg], session_date: dt.date) -> Iterator[tuple[LegKey, Membership]]:
    spx = _by(lambda leg: (leg.root, leg.expiry_date), [leg for leg in legs if leg.is_spx_option])
    parted = {series: list(_parted(series_legs)) for series, series_legs in spx.items()}
    # One label on two spreads at once: the expiry tells them apart.
    has_spread = {series: any(shape.kind in SPX_SPREADS for _, shape in groups) for series, groups in parted.items()}
    for series, groups in parted.items():
        root, expiry_date = series
        is_shared = has_spread[series] and sum(has_spread.values()) > 1
        for group, shape in groups:
            yield from _of_shape(group, f"{label} {root} {expiry_date}" if is_shared else label, shape)
    vix = [leg for leg in legs if not leg.is_spx_option]
    if vix_shape(vix).kind == DIAGONAL:
        yield from ((leg.key, Membership(label, SECOND_ENGINE, kind=DIAGONAL)) for leg in vix)
    else:
        yield from _layer_legs(vix, session_date, name=label)


def _parted(legs: list[OpenLeg]) -> Iterator[tuple[list[OpenLeg], Shape]]:
    """The legs of one series under one label: one spread, else each side by itself; what only adds to it apart."""
    core, extra = without_extra_longs(legs)
    shape = spx_shape(core)
    if extra:
        yield extra, Shape(OTHER, "long options beyond those that cover the short ones")
    if shape.kind in SPX_SPREADS:
        yield core, shape
        return
    for side in _by(lambda leg: leg.right, core).values():
        of_side = spx_shape(side)
        yield side, of_side if of_side.kind in SPX_SPREADS else Shape(OTHER, of_side.fault if extra else shape.fault)


def _of_shape(legs: Iterable[OpenLeg], structure_id: str, shape: Shape) -> Iterator[tuple[LegKey, Membership]]:
    part = CONDOR_PART if shape.kind in SPX_SPREADS else OTHER_PART
    for leg in legs:
        yield leg.key, Membership(structure_id, part, shape.fault, shape.kind)


def _layer_legs(legs: Sequence[OpenLeg], session_date: dt.date, *, name: str) -> Iterator[tuple[LegKey, Membership]]:
    """Put long VIX calls, call spreads and long VIX futures into their layer; everything else is other, and why."""
    calls_qty: defaultdict[dt.date, int] = defaultdict(int)
    has_short: set[dt.date] = set()
    for leg in legs:
        if leg.is_vix_call:
            calls_qty[leg.expiry_date] += leg.quantity
            has_short |= {leg.expiry_date} if leg.quantity < 0 else set()
    for leg in legs:
        layer = layer_of((leg.expiry_date - session_date).days)
        reason = _not_a_hedge(leg, is_covered=calls_qty[leg.expiry_date] >= 0)
        kind = OTHER if reason else _vix_kind(leg, is_spread=leg.expiry_date in has_short)
        if layer is None and reason is None:
            reason = f"{(leg.expiry_date - session_date).days} days to expiry: no layer (1 to 400 days)"
        yield leg.key, Membership(name, layer if layer and not reason else OTHER_PART, reason, kind)


def _vix_kind(leg: OpenLeg, *, is_spread: bool) -> str:
    if leg.root in FUTURE_ROOTS:
        return VX_FUTURE
    return VIX_CALL_SPREAD if is_spread else VIX_CALL


def _not_a_hedge(leg: OpenLeg, *, is_covered: bool) -> str | None:
    if leg.root in FUTURE_ROOTS:
        return None if leg.quantity > 0 else "a short VIX future is no hedge layer"
    if not leg.is_vix_call:
        return "a VIX put is no hedge layer"
    if leg.quantity < 0 and not is_covered:
        return "short VIX call without a long call of the same expiry in its structure"
    return None


def _inferred(legs: list[OpenLeg], session_date: dt.date) -> Iterator[tuple[LegKey, Membership]]:
    series = _by(lambda leg: (leg.root, leg.expiry_date), [leg for leg in legs if leg.is_spx_option])
    for series_legs in series.values():
        yield from _inferred_spreads(series_legs)
    yield from _inferred_vix([leg for leg in legs if not leg.is_spx_option], session_date)


def _inferred_spreads(legs: list[OpenLeg]) -> Iterator[tuple[LegKey, Membership]]:
    """Find spreads among legs of one series that nothing binds.

    In all of it, by quantity, by quantity and opening instant; then the same among the puts and among the calls.
    """
    rest = legs
    groupings: tuple[Callable[[OpenLeg], object], ...] = (
        lambda _: 0,
        lambda leg: abs(leg.quantity),
        lambda leg: (abs(leg.quantity), leg.opened_at),
        lambda leg: leg.right,
        lambda leg: (leg.right, abs(leg.quantity)),
        lambda leg: (leg.right, abs(leg.quantity), leg.opened_at),
    )
    for grouping in groupings:
        found = [(group, spx_shape(group)) for group in _by(grouping, rest).values()]
        spreads = [(group, shape) for group, shape in found if shape.kind in SPX_SPREADS]
        for group, shape in spreads:
            yield from _of_shape(group, shape_id(group, shape.kind), shape)
        taken = {leg.key for group, _ in spreads for leg in group}
        rest = [leg for leg in rest if leg.key not in taken]
    for leg in rest:
        reason = f"nothing binds it to other legs, and alone it is no spread: {spx_shape(rest).fault}"
        yield leg.key, Membership(leg.instrument_id, OTHER_PART, reason)


def _inferred_vix(legs: list[OpenLeg], session_date: dt.date) -> Iterator[tuple[LegKey, Membership]]:
    """Pair short VIX calls that nothing binds: within their expiry a call spread, across expiries a diagonal."""
    names: dict[LegKey, str] = {}
    free = [leg for leg in legs if leg.is_vix_call and leg.quantity > 0]
    shorts = sorted((leg for leg in legs if leg.is_vix_call and leg.quantity < 0), key=_by_expiry_and_strike)
    diagonals: set[LegKey] = set()
    for is_diagonal in (False, True):  # spreads first: a spread's long leg must not be lent to a diagonal
        for short in [leg for leg in shorts if leg.key not in names]:
            long = _partner(short, free, is_diagonal=is_diagonal)
            if long is None:
                continue
            free.remove(long)
            name = shape_id([long, short], DIAGONAL if is_diagonal else VIX_CALL_SPREAD)
            names |= {long.key: name, short.key: name}
            if is_diagonal:
                diagonals |= {long.key, short.key}
    in_diagonals = [leg for leg in legs if leg.key in diagonals]
    yield from ((leg.key, Membership(names[leg.key], SECOND_ENGINE, kind=DIAGONAL)) for leg in in_diagonals)
    layered = _by(lambda leg: names.get(leg.key, leg.instrument_id), [leg for leg in legs if leg.key not in diagonals])
    for name, group in layered.items():
        yield from _layer_legs(group, session_date, name=name)


def _partner(short: OpenLeg, free: Sequence[OpenLeg], *, is_diagonal: bool) -> OpenLeg | None:
    """The long call nothing binds that a short one was sold against: same quantity, nearest in time, then in strike."""
    candidates = [
        leg for leg in free if leg.quantity == -short.quantity and (leg.expiry_date != short.expiry_date) == is_diagonal
    ]
    return min(
        candidates,
        key=lambda leg: (
            abs(leg.opened_at - short.opened_at),
            leg.expiry_date,
            abs(leg.strike - short.strike),
            leg.instrument_id,
        ),
        default=None,
    )


def _by_expiry_and_strike(leg: OpenLeg) -> tuple[dt.date, float, str]:
    return leg.expiry_date, leg.strike, leg.instrument_id


def _by(key: Callable[[OpenLeg], Key], legs: Iterable[OpenLeg]) -> dict[Key, list[OpenLeg]]:
    groups: defaultdict[Key, list[OpenLeg]] = defaultdict(list)
    for leg in legs:
        groups[key(leg)].append(leg)
    return groups
