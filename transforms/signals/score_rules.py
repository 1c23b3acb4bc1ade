"""The thresholds of the score items, and whose they are. METHODOLOGY 1.3, 4.7, 4.8, 4.22, 5.7."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from transforms.thresholds import VENDOR_RULE, threshold

POINTS, FRACTION, RSI, RATIO = "index points", "fraction", "RSI points", "ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRules:
    """When an item of the arming score is hit."""

    NAME: ClassVar[str] = "arm"

    vix_pts: float = threshold(16.0, unit=POINTS, says="Arming: VIX above", source=VENDOR_RULE, ref="V44")
    edr_frac: float = threshold(
        0.0094, unit=FRACTION, says="Arming: expected daily range above", source=VENDOR_RULE, ref="V44"
    )
    contango_frac: float = threshold(0.035, unit=FRACTION, says="Arming: contango below", source=VENDOR_RULE, ref="V71")
    rsi_vix: float = threshold(60.0, unit=RSI, says="Arming: RSI of VIX from", source=VENDOR_RULE, ref="V77")
    skew_change_vol: float = threshold(0.01, unit="vol", says="Arming: skew up in a session by", ref="METHODOLOGY 4.7")
    skew_percentile_frac: float = threshold(
        0.80, unit=FRACTION, says="Arming: and skew from percentile", ref="METHODOLOGY 4.7"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccelRules:
    """When an item of the acceleration score is hit."""

    NAME: ClassVar[str] = "accel"

    spx_edr: float = threshold(
        -1.5, unit="previous expected daily ranges", says="Acceleration: SPX session of or below", ref="METHODOLOGY 5.7"
    )
    spx_3_sessions_frac: float = threshold(
        -0.025, unit=FRACTION, says="Acceleration: or SPX over 3 sessions of or below", ref="METHODOLOGY 5.7"
    )
    rsi_vix: float = threshold(70.0, unit=RSI, says="Acceleration: RSI of VIX from", ref="METHODOLOGY 5.1")
    rsi_vix_change: float = threshold(
        15.0, unit=RSI, says="Acceleration: or RSI of VIX up in 5 sessions by", ref="METHODOLOGY 5.1"
    )
    contango_frac: float = threshold(0.0, unit=FRACTION, says="Acceleration: contango below", ref="METHODOLOGY 5.7")
    vix_pts: float = threshold(20.0, unit=POINTS, says="Acceleration: VIX from", ref="METHODOLOGY 5.7")
    vix_change_frac: float = threshold(
        0.15, unit=FRACTION, says="Acceleration: and VIX up in a session by", ref="METHODOLOGY 5.7"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PressRules:
    """When an item of the vendor's cash-press checklist is hit."""

    NAME: ClassVar[str] = "press"

    vix_to_mean: float = threshold(
        1.0, unit=RATIO, says="Cash press: VIX to its 200-session mean above", source=VENDOR_RULE, ref="V75"
    )
    future_to_hv30: float = threshold(
        1.18, unit=RATIO, says="Cash press: front future to 30-session realised vol from", source=VENDOR_RULE, ref="V75"
    )
    contango_frac: float = threshold(
        0.12, unit=FRACTION, says="Cash press: contango from", source=VENDOR_RULE, ref="V75"
    )
    rsi_spx: float = threshold(68.0, unit=RSI, says="Cash press: RSI of SPX above", source=VENDOR_RULE, ref="V75")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpansionRules:
    """When an item of the volatility-expansion list is hit."""

    NAME: ClassVar[str] = "vol_expansion"

    vix_raised_pts: float = threshold(
        16.0, unit=POINTS, says="Vol expansion: VIX raised above", source=VENDOR_RULE, ref="V44"
    )
    vix_high_pts: float = threshold(
        20.0, unit=POINTS, says="Vol expansion: VIX high above", source=VENDOR_RULE, ref="V20"
    )
    vix_extreme_pts: float = threshold(
        25.0, unit=POINTS, says="Vol expansion: VIX extreme above", source=VENDOR_RULE, ref="V20"
    )
    vix_change_frac: float = threshold(
        0.15, unit=FRACTION, says="Vol expansion: VIX up in a session by", ref="METHODOLOGY 4.8"
    )
    vix_z: float = threshold(
        1.5, unit="standard deviations", says="Vol expansion: VIX above its 20-session mean by", ref="METHODOLOGY 4.8"
    )
    edr_frac: float = threshold(
        0.0094, unit=FRACTION, says="Vol expansion: expected daily range above", source=VENDOR_RULE, ref="V44"
    )
    future_to_mean: float = threshold(
        1.0, unit=RATIO, says="Vol expansion: M1 to its own 21-session mean above", ref="METHODOLOGY 4.8"
    )
    vix9d_to_vix: float = threshold(1.0, unit=RATIO, says="Vol expansion: VIX9D to VIX above", ref="METHODOLOGY 4.8")
    vix_to_vix3m: float = threshold(1.0, unit=RATIO, says="Vol expansion: VIX to VIX3M above", ref="METHODOLOGY 4.8")
    vvix_pts: float = threshold(110.0, unit=POINTS, says="Vol expansion: VVIX from", ref="METHODOLOGY 4.8")


ARM: Final = ArmRules()
ACCEL: Final = AccelRules()
PRESS: Final = PressRules()
EXPANSION: Final = ExpansionRules()
