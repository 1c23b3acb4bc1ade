"""How much hedge is wanted, what it may cost, and when a gain is taken: thresholds of METHODOLOGY 2, 4.14 and 4.21."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from transforms.thresholds import HOUSE_DEFAULT, STANDARD, VENDOR_RULE, threshold

ALWAYS_ON: Final = "always_on"
TRIGGERED: Final = "triggered"
HYBRID: Final = "hybrid"


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeSizingRules:
    """How many units are wanted, and how many of them at each signal."""

    NAME: ClassVar[str] = "hedge_sizing"

    mode: str = threshold(
        HYBRID,
        unit="",
        says="Hedge mode: always_on, triggered or hybrid",
        ref="METHODOLOGY 2.1",
        choices=(ALWAYS_ON, TRIGGERED, HYBRID),
    )
    target_days: tuple[int, int, int] = threshold(
        (30, 110, 220),
        unit="calendar days",
        says="Hedge: days of L1, L2, L3 at entry",
        source=VENDOR_RULE,
        ref="V1 V20",
    )
    budget_annual_frac: float = threshold(
        0.015, unit="fraction", says="Hedge carry a year, of net liquidation, up to", source=VENDOR_RULE, ref="V1-V8"
    )
    target_offset_frac: float = threshold(
        0.40, unit="fraction", says="Hedge: covers of the condor loss", source=VENDOR_RULE, ref="V33"
    )
    offset_shock_frac: float = threshold(
        -0.05, unit="fraction", says="Hedge: sized at an SPX move of", ref="METHODOLOGY 2.3"
    )
    hybrid_base_frac: float = threshold(
        0.50, unit="fraction", says="Hybrid: held always, of the full hedge", ref="METHODOLOGY 2.1"
    )
    caution_base_frac: float = threshold(
        0.75, unit="fraction", says="Hybrid: held always where valuation calls for caution", ref="METHODOLOGY 5.5"
    )
    triggered_armed_frac: float = threshold(
        0.50, unit="fraction", says="Triggered: held when ARMED, of the full hedge", ref="METHODOLOGY 2.1"
    )
    partial_below_frac: float = threshold(
        0.90, unit="fraction", says="Layer PARTIAL: held of its target, below", ref="METHODOLOGY 6.3"
    )
    over_above_frac: float = threshold(
        1.10, unit="fraction", says="Layer OVER: held of its target, above", ref="METHODOLOGY 6.3"
    )
    reference_risk_frac: float = threshold(
        0.02,
        unit="fraction",
        says="Without a condor: sized for one that risks, of net liquidation",
        ref="METHODOLOGY 2.3",
    )
    reference_short_delta: float = threshold(
        0.20, unit="delta", says="Reference condor: short options at", source=STANDARD, ref="Cboe CNDR"
    )
    reference_long_delta: float = threshold(
        0.05, unit="delta", says="Reference condor: long options at", source=STANDARD, ref="Cboe CNDR"
    )
    reference_days: int = threshold(
        30, unit="calendar days", says="Reference condor: the monthly nearest", source=STANDARD, ref="Cboe CNDR"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeCostRules:
    """What the hedge may cost of the condors' credit."""

    NAME: ClassVar[str] = "hedge_cost"

    green_to_frac: float = threshold(
        0.25, unit="fraction", says="Hedge cost of credit: GREEN to", source=HOUSE_DEFAULT, ref="METHODOLOGY 4.14"
    )
    amber_to_frac: float = threshold(
        0.35, unit="fraction", says="Hedge cost of credit: AMBER to", ref="METHODOLOGY 4.14"
    )
    red_to_frac: float = threshold(0.50, unit="fraction", says="Hedge cost of credit: RED to", ref="METHODOLOGY 4.14")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonetiseRules:
    """When a gain of the first layer is taken, and when that would lay the book open."""

    NAME: ClassVar[str] = "monetise"

    gain_frac: float = threshold(
        1.50, unit="fraction", says="L1 lot: sell from a gain of", source=VENDOR_RULE, ref="V34-V36"
    )
    forward_multiple: float = threshold(
        1.50, unit="multiple", says="L1 lot: sell from its future at, of entry", ref="METHODOLOGY 4.21"
    )
    sold_frac: float = threshold(0.50, unit="fraction", says="L1 lot: sell of it", source=VENDOR_RULE, ref="V34-V36")
    least_offset_frac: float = threshold(
        0.20,
        unit="fraction",
        says="Selling is blocked on a breach where the offset would fall below",
        ref="METHODOLOGY 4.21",
    )


SIZING: Final = HedgeSizingRules()
COST: Final = HedgeCostRules()
MONETISE: Final = MonetiseRules()
