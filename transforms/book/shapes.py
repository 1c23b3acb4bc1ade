"""What legs are together: condors and what is left of them, call spreads, diagonals, and why legs are none of these.

An SPX spread is watched when its risk is bounded: on each side with a short option one short strike and one long strike
beyond it, at least as many long as short. A side with only a long option left adds nothing to the risk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

CONDOR: Final = "CONDOR"
BROKEN_WING: Final = "BROKEN_WING_CONDOR"
PUT_VERTICAL: Final = "PUT_VERTICAL"
CALL_VERTICAL: Final = "CALL_VERTICAL"
VIX_CALL: Final = "VIX_CALL"
VIX_CALL_SPREAD: Final = "VIX_CALL_SPREAD"
VX_FUTURE: Final = "VX_FUTURE"
DIAGONAL: Final = "DIAGONAL"
OTHER: Final = "OTHER"
KINDS: Final = (
    CONDOR,
    BROKEN_WING,
    PUT_VERTICAL,
    CALL_VERTICAL,
    VIX_CALL,
    VIX_CALL_SPREAD,
    VX_FUTURE,
    DIAGONAL,
    OTHER,
)
SPX_SPREADS: Final = (CONDOR, BROKEN_WING, PUT_VERTICAL, CALL_VERTICAL)

SPX_ROOTS: Final = frozenset({"SPX", "SPXW"})
VIX_ROOTS: Final = frozenset({"VIX", "VIXW"})
FUTURE_ROOTS: Final = frozenset({"VX", "VXM"})
PAIR: Final = 2

LegKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLeg:
    """One open leg: `label` is empty when nothing binds it, `right` and strike are null for a future."""

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
        return self.root in VIX_ROOTS and self.right == "C"


@dataclass(frozen=True, slots=True)
class Shape:
    """What legs are together; `fault` says why they are OTHER, null otherwise."""

    kind: str
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class _Side:
    """The puts, or the calls, of one series."""

    name: str
    shorts: tuple[OpenLeg, ...]
    longs: tuple[OpenLeg, ...]

    @property
    def fault(self) -> str | None:
        """Why the side is no covered short spread; none when it is one, or holds nothing short."""
        for word, legs in (("short", self.shorts), ("long", self.longs)):
            if len(legs) > 1:
                return f"{len(legs)} {word} {self.name}s of different strikes"
        if not self.shorts:
            return None
        short = self.shorts[0]
        if not self.longs:
            return f"no long {self.name} covers the short {short.strike:g}"
        long = self.longs[0]
        if (long.strike < short.strike) != (self.name == "put") or long.strike == short.strike:
            return f"the long {self.name} {long.strike:g} does not lie beyond the short {short.strike:g}"
        if long.quantity < -short.quantity:
            return f"{-short.quantity} short {self.name}s are covered by {long.quantity} only"
        return None


def spx_shape(legs: Sequence[OpenLeg]) -> Shape:
    """Say what the SPX options of one series are together: a condor, what is left of one, or OTHER and why."""
    put, call = _side(legs, "P", "put"), _side(legs, "C", "call")
    if not put.shorts and not call.shorts:
        return Shape(OTHER, "no short option: " + ", ".join(_said(leg) for leg in _in_order(legs)))
    faults = [side.fault for side in (put, call) if side.fault]
    if faults:
        return Shape(OTHER, "; ".join(faults))
    if not call.shorts:
        return Shape(PUT_VERTICAL)
    if not put.shorts:
        return Shape(CALL_VERTICAL)
    if put.shorts[0].strike >= call.shorts[0].strike:
        rising = "/".join(f"{leg.strike:g}" for leg in (*put.longs, *put.shorts, *call.shorts, *call.longs))
        return Shape(OTHER, f"strikes do not rise from long put to long call: {rising}")
    widths = {abs(side.longs[0].strike - side.shorts[0].strike) for side in (put, call)}
    quantities = {abs(leg.quantity) for leg in legs}
    return Shape(CONDOR if len(widths) == 1 and len(quantities) == 1 else BROKEN_WING)


def without_extra_longs(legs: Sequence[OpenLeg]) -> tuple[list[OpenLeg], list[OpenLeg]]:
    """Part the legs of a series from long options that only add to it: the nearest covering long is the wing.

    They are parted only where a side has one short strike and several long ones.
    """
    extra: list[OpenLeg] = []
    for side in (_side(legs, "P", "put"), _side(legs, "C", "call")):
        if len(side.shorts) != 1 or len(side.longs) < PAIR:
            continue
        covering = [long for long in side.longs if _Side(side.name, side.shorts, (long,)).fault is None]
        if covering:
            wing = min(covering, key=lambda long: abs(long.strike - side.shorts[0].strike))
            extra += [long for long in side.longs if long is not wing]
    return [leg for leg in legs if leg not in extra], extra


def vix_shape(legs: Sequence[OpenLeg]) -> Shape:
    """Say what VIX calls are as a pair: a call spread (one expiry), a diagonal (two), or OTHER."""
    if len(legs) != PAIR or not all(leg.is_vix_call for leg in legs):
        return Shape(OTHER)
    one, other = legs
    if (one.quantity > 0) == (other.quantity > 0):
        return Shape(OTHER)
    if one.expiry_date != other.expiry_date:
        return Shape(DIAGONAL)
    return Shape(VIX_CALL_SPREAD if one.quantity + other.quantity >= 0 else OTHER)


def shape_id(legs: Sequence[OpenLeg], kind: str) -> str:
    """Name a structure by its contracts: `SPXW 2023-03-17 3850/3900/4300/4350`, a vertical with its right."""
    if legs[0].is_spx_option:
        right = {PUT_VERTICAL: "P ", CALL_VERTICAL: "C "}.get(kind, "")
        strikes = "/".join(f"{leg.strike:g}" for leg in _in_order(legs))
        return f"{legs[0].root} {legs[0].expiry_date} {right}{strikes}"
    long = next(leg for leg in legs if leg.quantity > 0)
    short = next(leg for leg in legs if leg.quantity < 0)
    return f"{'diagonal' if kind == DIAGONAL else 'spread'} {long.instrument_id} / {short.instrument_id}"


def _side(legs: Sequence[OpenLeg], right: str, name: str) -> _Side:
    of_right = [leg for leg in legs if leg.right == right]
    return _Side(
        name,
        tuple(leg for leg in of_right if leg.quantity < 0),
        tuple(leg for leg in of_right if leg.quantity > 0),
    )


def _in_order(legs: Sequence[OpenLeg]) -> list[OpenLeg]:
    return sorted(legs, key=lambda leg: (leg.strike, leg.instrument_id))


def _said(leg: OpenLeg) -> str:
    return f"{leg.quantity:+d} {leg.right} {leg.strike:g}"
