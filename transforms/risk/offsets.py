"""How much of a condor's loss the hedge covers: by delta here, by full repricing at -3, -5 and -10% (METHODOLOGY 4.5).

Never asserted, always measured, and null with a reason where the ratio has no meaning: a condor that gains, a loss too
small to divide by, a threatened call side, a leg without a price. No hedge held is a true 0: nothing is covered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from transforms.book.states import SEVERITY
from transforms.thresholds import threshold

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

OFFSET_SHOCKS_FRAC: Final = {"m3": -0.03, "m5": -0.05, "m10": -0.10}
CALL_SIDE: Final = "n/a - call side"
NO_CONDOR: Final = "no condor is held"
# A side is threatened from here on: METHODOLOGY 4.6.
THREATENED: Final = SEVERITY["TESTED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetRules:
    """When an offset means something."""

    NAME: ClassVar[str] = "offsets"

    smallest_loss_frac: float = threshold(
        0.05,
        unit="fraction",
        says="Offset is given only for a condor loss of at least, of maximum loss",
        ref="METHODOLOGY 3.8",
    )


RULES: Final = OffsetRules()


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure of one part of the book, or why it has none."""

    usd: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The same figure of the parts an offset is made of: P&L after a shock, or delta."""

    condor: Amount
    hedge: Amount
    second_engine: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class CondorExposure:
    """What the condors of a book stand for: how many, their maximum loss, their worst state on each side."""

    condors_qty: int
    max_loss_usd: float
    put_severity: int
    call_severity: int

    @property
    def is_call_side(self) -> bool:
        """Whether the trouble is on the call side only, which VIX calls do not hedge."""
        return self.call_severity >= THREATENED > self.put_severity


@dataclass(frozen=True, slots=True)
class Offset:
    """An offset ratio, 0.4 = 40% covered, without and with the second engine; null with a reason."""

    frac: float | None = None
    with_second_engine_frac: float | None = None
    reason: str | None = None


def exposure_of(condors: pl.DataFrame) -> CondorExposure:
    """Read from the condors held what an offset is judged by; rows of mart.condors_daily of one account or of all."""

    def worst(side: str) -> int:
        return max((SEVERITY.get(state or "OK", 0) for state in condors[f"{side}_state"]), default=0)

    # In an order of our own: the same condors give the same sum to the last digit, however they arrive.
    max_loss_usd = float(condors.sort("account", "condor_id")["max_loss_usd"].sum())
    return CondorExposure(
        condors_qty=condors.height,
        max_loss_usd=max_loss_usd,
        put_severity=worst("put"),
        call_severity=worst("call"),
    )


def local_offset(delta: Parts, exposure: CondorExposure) -> Offset:
    """Give -hedge delta / condor delta, where the condors are long delta and a put side is threatened."""
    condor = delta.condor.usd
    if exposure.condors_qty == 0:
        return Offset(reason=NO_CONDOR)
    if exposure.is_call_side:
        return Offset(reason=CALL_SIDE)
    if condor is None:
        return Offset(reason=delta.condor.reason)
    if condor <= 0:
        return Offset(reason=f"the condors are short delta ({condor:,.1f} USD per point): nothing to offset on a fall")
    if exposure.put_severity < THREATENED:
        return Offset(reason="no put side is TESTED or worse")
    return _ratio(delta)


def shock_offset(pnl: Parts, exposure: CondorExposure, shock_frac: float, *, rules: OffsetRules = RULES) -> Offset:
    """Give -hedge P&L / condor P&L after a shock, where the condors lose enough of their maximum loss (5%)."""
    condor = pnl.condor.usd
    if exposure.condors_qty == 0:
        return Offset(reason=NO_CONDOR)
    if condor is None:
        return Offset(reason=pnl.condor.reason)
    if condor >= 0:
        return Offset(reason=CALL_SIDE if exposure.is_call_side else f"the condors do not lose at {shock_frac:+.0%}")
    if -condor < rules.smallest_loss_frac * exposure.max_loss_usd:
        lost = f"the condors lose {-condor / exposure.max_loss_usd:.1%} of their maximum loss at {shock_frac:+.0%}"
        return Offset(reason=f"{lost}, under {100 * rules.smallest_loss_frac:g}%")
    return _ratio(pnl)


def offset_columns(offsets: Mapping[str, Offset]) -> dict[str, Any]:
    """Spell the shock offsets as columns of mart.book_daily."""
    return {
        name: value
        for key, offset in offsets.items()
        for name, value in (
            (f"offset_{key}_frac", offset.frac),
            (f"offset_{key}_with_second_engine_frac", offset.with_second_engine_frac),
            (f"offset_{key}_reason", offset.reason),
        )
    }


def _ratio(parts: Parts) -> Offset:
    """Divide; a hedge leg without a price leaves the ratio null, and the reason names it."""
    condor, hedge, engine = parts.condor.usd, parts.hedge.usd, parts.second_engine.usd
    if condor is None or hedge is None:
        return Offset(reason=parts.condor.reason if condor is None else parts.hedge.reason)
    alone = -hedge / condor + 0.0  # no hedge covers 0, not minus 0
    if engine is None:
        return Offset(alone, None, f"with second engine: {parts.second_engine.reason}")
    return Offset(alone, -(hedge + engine) / condor + 0.0)
