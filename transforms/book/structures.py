"""Which legs belong together: condors, hedge layers, diagonals, and everything that only looks like one of them.

A label binds legs; without labels the geometry does (METHODOLOGY 2.2, 4.1, 4.10). No leg is ever dropped: what is not a
whole condor, a covered VIX call or a diagonal is `other`, with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Sequence

SPX_ROOTS: Final = frozenset({"SPX", "SPXW"})
FUTURE_ROOTS: Final = frozenset({"VX", "VXM"})
# Calendar days to expiry, both ends included: METHODOLOGY 2.2.
LAYER_DAYS: Final = {"L1": (1, 69), "L2": (70, 164), "L3": (165, 400)}
PAIR: Final = 2
CONDOR_LEGS: Final = 4

LegKey = tuple[str, str, str]
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLeg:
    """One open leg: `label` is empty when the fills declare no structure, `right` and strike are null for a future."""

    account: str
    label: str
    instrument_id: str
    root: str
    expiry_date: dt.date
    right: str | None
    strike_pts: float | None
    quantity: int
    opened_at: dt.datetime

    @property
    def key(self) -> LegKey:
        """What identifies the leg before it has a structure."""
        return self.account, self.label, self.instrument_id

    @property
    def strike(self) -> float:
        """The strike; a future has 0, which orders it first."""
        return self.strike_pts or 0.0

    @property
    def is_spx_option(self) -> bool:
        """True for an option on SPX."""
        return self.root in SPX_ROOTS

    @property
    def is_vix_call(self) -> bool:
        """True for a call on VIX."""
        return self.root in {"VIX", "VIXW"} and self.right == "C"


@dataclass(frozen=True, slots=True)
class Membership:
    """Where a leg belongs and what it does there."""

    structure_id: str
    part: str
    reason: str | None = None


def group_legs(legs: Sequence[OpenLeg], session_date: dt.date) -> dict[LegKey, Membership]:
    """Give every open leg its structure and its part: condor, L1, L2, L3, second_engine or other.

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


def condor_fault(legs: Sequence[OpenLeg]) -> str | None:
    """Say why legs of one root and expiry are not a short iron condor; none when they are one.

    Long put below short put below short call below long call, the same quantity each. Wings may differ in width.
    """
    by_role = {
        "long put": [leg for leg in legs if leg.right == "P" and leg.quantity > 0],
        "short put": [leg for leg in legs if leg.right == "P" and leg.quantity < 0],
        "short call": [leg for leg in legs if leg.right == "C" and leg.quantity < 0],
        "long call": [leg for leg in legs if leg.right == "C" and leg.quantity > 0],
    }
    wrong = [f"{len(role_legs) or 'no'} {role}" for role, role_legs in by_role.items() if len(role_legs) != 1]
    if wrong:
        return "not a whole condor: " + ", ".join(wrong)
    in_order = [role_legs[0] for role_legs in by_role.values()]
    if len({abs(leg.quantity) for leg in in_order}) != 1:
        return "quantities differ: " + ", ".join(f"{role} {abs(by_role[role][0].quantity)}" for role in by_role)
    strikes = [leg.strike for leg in in_order]
    if strikes != sorted(set(strikes)):
        return "strikes do not rise from long put to long call: " + "/".join(f"{strike:g}" for strike in strikes)
    return None


def _declared(label: str, legs: list[OpenLeg], session_date: dt.date) -> Iterator[tuple[LegKey, Membership]]:
    spx = _by(lambda leg: (leg.root, leg.expiry_date), [leg for leg in legs if leg.is_spx_option])
    faults = {series: condor_fault(series_legs) for series, series_legs in spx.items()}
    # One label on two condors at once: the expiry tells them apart.
    condors_qty = sum(fault is None for fault in faults.values())
    for (root, expiry_date), series_legs in spx.items():
        fault = faults[root, expiry_date]
        structure_id = f"{label} {root} {expiry_date}" if fault is None and condors_qty > 1 else label
        for leg in series_legs:
            yield leg.key, Membership(structure_id, "other" if fault else "condor", fault)
    vix = [leg for leg in legs if not leg.is_spx_option]
    if _is_diagonal(vix):
        yield from ((leg.key, Membership(label, "second_engine")) for leg in vix)
    else:
        yield from _layer_legs(vix, session_date, name=label)


def _is_diagonal(legs: Sequence[OpenLeg]) -> bool:
    if len(legs) != PAIR or not all(leg.is_vix_call for leg in legs):
        return False
    one, other = legs
    return one.expiry_date != other.expiry_date and (one.quantity > 0) != (other.quantity > 0)


def _layer_legs(legs: Sequence[OpenLeg], session_date: dt.date, *, name: str) -> Iterator[tuple[LegKey, Membership]]:
    """Put long VIX calls, call spreads and long VIX futures into their layer; everything else is other, and why."""
    calls_qty: defaultdict[dt.date, int] = defaultdict(int)
    for leg in legs:
        if leg.is_vix_call:
            calls_qty[leg.expiry_date] += leg.quantity
    for leg in legs:
        layer = layer_of((leg.expiry_date - session_date).days)
        reason = _not_a_hedge(leg, is_covered=calls_qty[leg.expiry_date] >= 0)
        if layer is None and reason is None:
            reason = f"{(leg.expiry_date - session_date).days} days to expiry: no layer (1 to 400 days)"
        yield leg.key, Membership(name, layer if layer and not reason else "other", reason)


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
        yield from _inferred_condors(series_legs)
    yield from _inferred_vix([leg for leg in legs if not leg.is_spx_option], session_date)


def _inferred_condors(legs: list[OpenLeg]) -> Iterator[tuple[LegKey, Membership]]:
    """Find condors among unlabelled legs of one series: in all of it, by quantity, by quantity and opening instant."""
    rest = legs
    groupings: tuple[Callable[[OpenLeg], object], ...] = (
        lambda _: 0,
        lambda leg: abs(leg.quantity),
        lambda leg: (abs(leg.quantity), leg.opened_at),
    )
    for grouping in groupings:
        found = [group for group in _by(grouping, rest).values() if condor_fault(group) is None]
        for group in found:
            strikes = "/".join(f"{strike:g}" for strike in sorted(leg.strike for leg in group))
            condor_id = f"{group[0].root} {group[0].expiry_date} {strikes}"
            yield from ((leg.key, Membership(condor_id, "condor")) for leg in group)
        taken = {leg.key for group in found for leg in group}
        rest = [leg for leg in rest if leg.key not in taken]
    fault = condor_fault(rest) if len(rest) >= CONDOR_LEGS else "no label, and not four legs of a condor"
    yield from ((leg.key, Membership(leg.instrument_id, "other", fault)) for leg in rest)


def _inferred_vix(legs: list[OpenLeg], session_date: dt.date) -> Iterator[tuple[LegKey, Membership]]:
    """Pair unlabelled short VIX calls: within their expiry a call spread, across expiries a diagonal."""
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
            name = f"{'diagonal' if is_diagonal else 'spread'} {long.instrument_id} / {short.instrument_id}"
            names |= {long.key: name, short.key: name}
            if is_diagonal:
                diagonals |= {long.key, short.key}
    yield from ((leg.key, Membership(names[leg.key], "second_engine")) for leg in legs if leg.key in diagonals)
    layered = _by(lambda leg: names.get(leg.key, leg.instrument_id), [leg for leg in legs if leg.key not in diagonals])
    for name, group in layered.items():
        yield from _layer_legs(group, session_date, name=name)


def _partner(short: OpenLeg, free: Sequence[OpenLeg], *, is_diagonal: bool) -> OpenLeg | None:
    """The unlabelled long call a short one was sold against: same quantity, opened nearest in time."""
    candidates = [
        leg for leg in free if leg.quantity == -short.quantity and (leg.expiry_date != short.expiry_date) == is_diagonal
    ]
    return min(
        candidates,
        key=lambda leg: (abs(leg.opened_at - short.opened_at), leg.expiry_date, leg.strike, leg.instrument_id),
        default=None,
    )


def _by_expiry_and_strike(leg: OpenLeg) -> tuple[dt.date, float, str]:
    return leg.expiry_date, leg.strike, leg.instrument_id


def _by(key: Callable[[OpenLeg], Key], legs: Iterable[OpenLeg]) -> dict[Key, list[OpenLeg]]:
    groups: defaultdict[Key, list[OpenLeg]] = defaultdict(list)
    for leg in legs:
        groups[key(leg)].append(leg)
    return groups
