"""When a roll is looked for, which ones are, what trading costs, and what a roll may not do. METHODOLOGY 4.6, 6.5."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final

from transforms.market.condor_odds import OddsRules
from transforms.thresholds import VENDOR_RULE, threshold

REF: Final = "METHODOLOGY 4.6"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollRules:
    """When a roll is looked for, and where: expiries and strikes of what replaces a threatened condor."""

    NAME: ClassVar[str] = "rolls"

    edr_above_frac: float = threshold(
        0.0094, unit="fraction", says="A TESTED condor may be rolled: EDR above", source=VENDOR_RULE, ref="V44 V113"
    )
    vix_above_pts: float = threshold(
        16.0, unit="index points", says="A TESTED condor may be rolled: VIX above", source=VENDOR_RULE, ref="V44 V113"
    )
    short_dated_entry_days: int = threshold(
        7, unit="calendar days", says="Profile 1dte: opened with days to expiry up to", ref=REF
    )
    short_dated_days: tuple[int, int] = threshold(
        (1, 7),
        unit="calendar days",
        says="Profile 1dte: rolled to days to expiry from, to",
        source=VENDOR_RULE,
        ref="V44 V113",
    )
    monthly_added_days: tuple[int, int] = threshold(
        (7, 45), unit="calendar days", says="Profile monthly: rolled out by days from, to", ref=REF
    )
    monthly_expiries_qty: int = threshold(3, unit="expiries", says="Profile monthly: the next", ref=REF)
    short_delta: tuple[float, float, float] = threshold(
        (0.25, 0.20, 0.15), unit="delta", says="A short strike is moved to", ref=REF
    )
    expected_moves: float = threshold(0.5, unit="of the expected move", says="A short strike is moved out by", ref=REF)
    wing_step_frac: float = threshold(0.5, unit="of the width", says="A wing is moved by", ref=REF)
    shown_qty: int = threshold(3, unit="rolls a condor", says="Rolls shown", ref="METHODOLOGY 6.5")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRules:
    """What trading costs beyond the mid, per contract."""

    NAME: ClassVar[str] = "trading_costs"

    slip_frac: float = threshold(0.25, unit="of the half spread", says="A fill is worse than the mid by", ref=REF)
    broker_fee_usd: float = threshold(0.65, unit="USD a contract", says="Broker’s fee", ref=REF)
    exchange_fee_usd: tuple[float, float, float] = threshold(
        (0.59, 0.50, 0.42), unit="USD a contract", says="Exchange’s fee of SPX, SPXW, VIX", ref="house"
    )

    @property
    def fee_of_root_usd(self) -> dict[str, float]:
        """Both fees of one contract."""
        spx, spxw, vix = self.exchange_fee_usd
        exchange = {"SPX": spx, "SPXW": spxw, "VIX": vix, "VIXW": vix}
        return {root: self.broker_fee_usd + fee for root, fee in exchange.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeasibilityRules:
    """What a roll may not do. The vendor's own aims are shown beside, and block nothing."""

    NAME: ClassVar[str] = "roll_limits"

    least_net_usd: float = threshold(0.0, unit="USD", says="A roll brings in, fees paid, at least", ref=REF)
    most_loss_multiple: float = threshold(
        1.0, unit="of the campaign’s first maximum loss", says="A roll leaves a maximum loss of at most", ref=REF
    )
    most_rolls_qty: int = threshold(3, unit="rolls", says="A campaign is rolled at most", ref="METHODOLOGY 4.17 S3")
    event_blocks: bool = threshold(
        default=True, unit="", says="No roll is opened around a high-impact event", ref="METHODOLOGY 4.17 S4"
    )
    cover_cushion_frac: float = threshold(
        0.20,
        unit="of the debit",
        says="Vendor’s aim: the new credit covers the debit and",
        source=VENDOR_RULE,
        ref="V44 V113 V114",
    )
    target_net_usd: float = threshold(
        250.0, unit="USD a condor", says="Vendor’s aim: a roll brings in at least", source=VENDOR_RULE, ref="V44 V113"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRules:
    """Where the mechanical stop stands that the decisions show for reference."""

    NAME: ClassVar[str] = "stop_reference"

    loss_credits: float = threshold(
        2.0, unit="of the credit", says="Stop for reference: at a loss of", source=VENDOR_RULE, ref="V57"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRules:
    """Every rule set behind rolls and decisions."""

    rolls: RollRules = field(default_factory=RollRules)
    costs: CostRules = field(default_factory=CostRules)
    limits: FeasibilityRules = field(default_factory=FeasibilityRules)
    stop: StopRules = field(default_factory=StopRules)
    odds: OddsRules = field(default_factory=OddsRules)


RULES: Final = RollRules()
COSTS: Final = CostRules()
LIMITS: Final = FeasibilityRules()
STOP: Final = StopRules()
