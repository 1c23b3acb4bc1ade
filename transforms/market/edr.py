"""How far SPX should move in a day or to an expiry: expected daily range, realised vol, expected move, straddle.

METHODOLOGY 4.23. Ranges are fractions of spot (0.0094 = 0.94%), vols annualised decimals, moves index points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import polars as pl
from scipy.special import erf

from transforms.thresholds import VENDOR_RULE, threshold

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

SESSIONS_PER_YEAR: Final = 252
HV_RETURNS: Final = 20
STRADDLE_PER_SD: Final = math.sqrt(2.0 / math.pi)  # at-the-money straddle over one sd: 0.798, to first order in sd


@dataclass(frozen=True, slots=True, kw_only=True)
class EdrRule:
    """The vendor's blend: weights of VIX9D and of realised vol, and the multiplier of each VIX regime.

    A regime holds from its lower bound (included) to the next one.
    """

    NAME: ClassVar[str] = "edr"

    vix9d_weight: float = threshold(
        0.6, unit="fraction", says="EDR: weight of VIX9D", source=VENDOR_RULE, ref="V50 V69 (METHODOLOGY 1.3)"
    )
    hv20_weight: float = threshold(
        0.4, unit="fraction", says="EDR: weight of 20-day realised vol", source=VENDOR_RULE, ref="V50 V69"
    )
    regime_from_vix_pts: tuple[float, float, float, float] = threshold(
        (0.0, 15.0, 20.0, 30.0), unit="index points", says="EDR: regimes from VIX", ref="METHODOLOGY 4.23"
    )
    regime_multiplier: tuple[float, float, float, float] = threshold(
        (0.9, 1.0, 1.25, 1.5),
        unit="of the blend",
        says="EDR: multiplier of each regime",
        ref="METHODOLOGY 4.23; the vendor says 0.8-2.0",
    )


EDR_RULE: Final = EdrRule()


def add_hv20(closes: pl.LazyFrame) -> pl.LazyFrame:
    """Add the realised vol of the last 20 daily returns of SPX.

    One row per `session_date`, returned in date order. From `index_close_pts`; adds `hv20_vol`: standard deviation
    (ddof 1) of 20 log returns times sqrt(252), null until there are 20.
    """
    return closes.sort("session_date").with_columns(hv20_vol=realised_vol(pl.col("index_close_pts"), HV_RETURNS))


def realised_vol(closes: pl.Expr, returns: int) -> pl.Expr:
    """Give the vol realised over the last so many daily log returns (ddof 1), annualised, of closes in date order."""
    return closes.log().diff().rolling_std(returns, ddof=1) * math.sqrt(SESSIONS_PER_YEAR)


def add_edr(levels: pl.LazyFrame, rule: EdrRule = EDR_RULE) -> pl.LazyFrame:
    """Add the expected daily range of SPX.

    One row per `session_date`, unchanged. From `vix_pts, vix9d_pts, hv20_vol, spot_pts`; adds `edr_multiplier` (by VIX
    regime), `edr_frac`, `edr_pts`, `edr_simple_frac` (VIX / sqrt(252), no multiplier) and `edr_method`: `blend`, or
    `blend_vix` where VIX stands in for a missing VIX9D. Null where an input is missing, `edr_method` with `edr_frac`.
    """
    implied_pts = pl.coalesce("vix9d_pts", "vix_pts")
    blend_vol = rule.vix9d_weight * implied_pts / 100.0 + rule.hv20_weight * pl.col("hv20_vol")
    per_day = 1.0 / math.sqrt(SESSIONS_PER_YEAR)
    method = pl.when(pl.col("vix9d_pts").is_not_null()).then(pl.lit("blend")).otherwise(pl.lit("blend_vix"))
    return (
        levels.with_columns(
            edr_multiplier=_regime_multiplier(rule),
            edr_simple_frac=pl.col("vix_pts") / 100.0 * per_day,
        )
        .with_columns(edr_frac=pl.col("edr_multiplier") * blend_vol * per_day)
        .with_columns(
            edr_pts=pl.col("edr_frac") * pl.col("spot_pts"),
            edr_method=pl.when(pl.col("edr_frac").is_not_null()).then(method),
        )
    )


def _regime_multiplier(rule: EdrRule) -> pl.Expr:
    multiplier = pl.lit(None, dtype=pl.Float64)
    for from_vix_pts, value in sorted(zip(rule.regime_from_vix_pts, rule.regime_multiplier, strict=True)):
        multiplier = pl.when(pl.col("vix_pts") >= from_vix_pts).then(value).otherwise(multiplier)
    return multiplier


def expected_move_pts(forward_pts: npt.ArrayLike, *, iv_vol: npt.ArrayLike, years: npt.ArrayLike) -> Floats:
    """Give the one-standard-deviation move to an expiry: F * IV * sqrt(T), in points."""
    return _floats(_floats(forward_pts) * _floats(iv_vol) * np.sqrt(_floats(years)))


def straddle_pts(move_pts: npt.ArrayLike) -> Floats:
    """Give what the at-the-money straddle is worth beside the expected move, undiscounted: 0.798 of it."""
    return _floats(STRADDLE_PER_SD * _floats(move_pts))


def probability_inside_frac(band_pts: npt.ArrayLike, *, one_sd_pts: npt.ArrayLike) -> Floats:
    """Give the chance of ending inside plus or minus a band when moves are normal: half, for 0.85 of a straddle."""
    return _floats(erf(_floats(band_pts) / _floats(one_sd_pts) / math.sqrt(2.0)))


def _floats(values: npt.ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
