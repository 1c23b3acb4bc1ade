"""When the second engine is wanted, when it is in trouble, and what it is held against: METHODOLOGY 4.11 and 6.4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from transforms.thresholds import threshold

STATES_REF: Final = "METHODOLOGY 6.4"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRules:
    """Thresholds of the states of the second engine, and its reference spread."""

    NAME: ClassVar[str] = "second_engine"

    candidate_contango_frac: float = threshold(
        0.035, unit="fraction", says="Second engine CANDIDATE: contango from", ref=STATES_REF
    )
    candidate_arm_score: int = threshold(
        2, unit="points", says="Second engine CANDIDATE: arming score from", ref=STATES_REF
    )
    candidate_vix_pts: float = threshold(
        20.0, unit="index points", says="Second engine CANDIDATE: VIX below", ref=STATES_REF
    )
    stressed_loss_frac: float = threshold(
        0.25,
        unit="fraction",
        says="Second engine STRESSED: worst loss above, of the larger of condor maximum loss and debit",
        ref=STATES_REF,
    )
    warned_loss_multiple: float = threshold(
        3.0, unit="times the debit", says="Second engine warning: worst loss above", ref=STATES_REF
    )
    expiring_days: int = threshold(
        7, unit="calendar days", says="Second engine EXPIRING: near leg within", ref=STATES_REF
    )
    reference_width_pts: float = threshold(
        8.0,
        unit="index points",
        says="Second engine: reference debit spread, short strike above",
        ref="METHODOLOGY 4.11",
    )


RULES: Final = EngineRules()
