"""How volatility answers SPX in a scenario, which fixed stress sets are run, and how far a scenario may be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from transforms.thresholds import STANDARD, threshold

REF: Final = "METHODOLOGY 4.18"
OF_PATH: Final = "of the path exponent"
OF_VOL: Final = "of its vol"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRules:
    """The four responses of the grid: multiples of the path exponent of VIX and its futures, and of VIX-option vols."""

    NAME: ClassVar[str] = "scenarios"

    muted_path: float = threshold(0.5, unit=OF_PATH, says="Scenario muted: VIX moves by", ref=REF)
    severe_path: float = threshold(2.0, unit=OF_PATH, says="Scenario severe: VIX moves by", ref=REF)
    inverse_path: float = threshold(0.0, unit=OF_PATH, says="Scenario inverse: VIX moves by", ref=REF)
    muted_vix_option_vol: float = threshold(0.9, unit=OF_VOL, says="Scenario muted: a VIX option is priced at", ref=REF)
    severe_vix_option_vol: float = threshold(
        1.2, unit=OF_VOL, says="Scenario severe: a VIX option is priced at", ref=REF
    )
    vol_floor: float = threshold(
        0.05, unit="annualised volatility", says="Scenario: SPX vol falls to at least", ref=REF
    )


RULES: Final = ScenarioRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class StressRules:
    """The fixed sets that stand beside the grid."""

    NAME: ClassVar[str] = "stress_sets"

    tims_frac: tuple[float, float] = threshold(
        (-0.08, 0.06), unit="of SPX", says="Stress, TIMS-like: points between", source=STANDARD, ref="OCC, unconfirmed"
    )
    broker_frac: tuple[float, float] = threshold(
        (-0.12, 0.10),
        unit="of SPX",
        says="Stress, brokers’ range: points between",
        source=STANDARD,
        ref="METHODOLOGY 7",
    )
    points_qty: int = threshold(
        10, unit="points", says="Stress, TIMS-like and brokers’: equidistant", source=STANDARD, ref="FINRA 4210(g)"
    )
    price_frac: tuple[float, float, float] = threshold(
        (0.10, 0.20, 0.30),
        unit="of SPX",
        says="Stress, price and vol: SPX up and down by",
        source=STANDARD,
        ref="IBKR Risk Navigator",
    )
    vol_frac: tuple[float, float] = threshold(
        (0.15, 0.30),
        unit="of the vol",
        says="Stress, price and vol: vols up and down by",
        source=STANDARD,
        ref="IBKR Risk Navigator",
    )
    vix_multiple: float = threshold(
        4.0, unit="of today’s price", says="Stress: VIX futures go to", source=STANDARD, ref="IBKR margin, VIX +300%"
    )
    worst_days_qty: int = threshold(5, unit="sessions", says="Stress: worst SPX days replayed", ref=REF)


STRESS_RULES: Final = StressRules()
