"""The limits a steward of the book keeps (METHODOLOGY 4.17); those of rolls and hedge cost stand in 4.6 and 4.14."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final

from transforms.risk.hedge_rules import HedgeCostRules
from transforms.risk.roll_rules import FeasibilityRules
from transforms.thresholds import VENDOR_RULE, threshold

REF: Final = "METHODOLOGY 4.17"


@dataclass(frozen=True, slots=True, kw_only=True)
class StewardRules:
    """How much one condor may risk, how much margin the book may use, and which tier of a 1DTE condor is which."""

    NAME: ClassVar[str] = "steward"

    position_cap_frac: float = threshold(
        0.10,
        unit="fraction",
        says="Steward S1: a condor may lose of net liquidation, at most",
        source=VENDOR_RULE,
        ref="V55 V56",
    )
    position_advice_frac: float = threshold(
        0.02,
        unit="fraction",
        says="Steward S1, advice: a condor may lose of net liquidation, at most",
        source=VENDOR_RULE,
        ref="V57 V58",
    )
    tier_credits_pts: tuple[float, float, float] = threshold(
        (0.70, 1.15, 1.60),
        unit="index points",
        says="1DTE condor: credit of the conservative, balanced, aggressive tier",
        source=VENDOR_RULE,
        ref="METHODOLOGY 4.23",
    )
    tier_within_frac: float = threshold(
        0.20, unit="fraction", says="1DTE condor: is of the nearest tier within", ref="METHODOLOGY 4.23"
    )
    tier_days: int = threshold(
        1, unit="calendar days", says="1DTE condor: has days to expiry at entry up to", ref="METHODOLOGY 4.23"
    )
    margin_cap_frac: float = threshold(
        0.50, unit="fraction", says="Steward S8: margin in use of net liquidation, at most", ref=REF
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StewardRuleSets:
    """Every rule set behind the steward checks."""

    steward: StewardRules = field(default_factory=StewardRules)
    limits: FeasibilityRules = field(default_factory=FeasibilityRules)
    cost: HedgeCostRules = field(default_factory=HedgeCostRules)


RULES: Final = StewardRuleSets()
