"""How fast a condor's delta runs away: gamma against delta and against theta, and the condor repriced after a move.

METHODOLOGY 4.3. Repricing is instant and keeps each strike's vol, as gamma does: what is added by the smile and VIX
moving along stands in the scenarios (4.18).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.book.condor_distances import HAS_SETTLED, NO_RANGE, NO_SPOT
from transforms.book.condor_legs import CONDOR, said
from transforms.book.legs import PRICED_SIZE_USD, sum_or_null
from transforms.book.positions import OPEN
from transforms.pricing.black76 import delta_forward, price

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

DELTA_AFTER: Final = {"m1": -0.01, "m2": -0.02, "m3": -0.03, "m5": -0.05}
PNL_AFTER: Final = {"m1": -0.01, "p1": 0.01}
SESSIONS_A_YEAR: Final = 252
DAYS_A_YEAR: Final = 365
NO_SMILE: Final = "its expiry has no forward or no smile"
NO_DELTA: Final = "no acceleration: its delta is 0"
NO_THETA: Final = "no gamma/theta: time does not pay, theta is 0 or less"


def with_curvature(
    condor_rows: pl.DataFrame, legs: pl.DataFrame, *, spot_pts: float | None, edr_pts: float | None
) -> pl.DataFrame:
    """Add gamma per 1%, its acceleration, what a session's range costs against theta, and the condor after a move.

    `condor_rows` carry the position's Greeks; `legs` are of `condor_legs`. Rows and their order stay. A short condor's
    acceleration is positive: how much of today's delta a move of 1% adds. A session's range costs half of gamma times
    EDR squared, and a session earns 365/252 of a calendar day's theta: a fairly priced straddle scores 1. A figure that
    is null says why in `curvature_reason`.
    """
    moved = _moved(legs, float("nan") if spot_pts is None else spot_pts)
    spot, edr = pl.lit(spot_pts, dtype=pl.Float64), pl.lit(edr_pts, dtype=pl.Float64)
    is_open = pl.col("standing") == OPEN
    delta_1pct, theta = pl.col("delta_usd_per_1pct"), pl.col("theta_usd_per_day")
    session_theta = theta * (DAYS_A_YEAR / SESSIONS_A_YEAR)
    return (
        condor_rows.join(moved, on=CONDOR, how="left", validate="1:1", maintain_order="left")
        .with_columns(
            gamma_usd_per_1pct=pl.col("gamma_usd_per_pt2") * (0.01 * spot).pow(2),
            dollar_gamma_day_usd=0.5 * pl.col("gamma_usd_per_pt2") * edr.pow(2),
        )
        .with_columns(
            gamma_accel_ratio=pl.when(delta_1pct != 0.0).then(-pl.col("gamma_usd_per_1pct") / delta_1pct.abs()),
            gamma_theta_ratio=pl.when(theta > 0.0).then(pl.col("dollar_gamma_day_usd").abs() / session_theta),
            curvature_reason=pl.when(is_open).then(_reason(spot_pts, edr_pts)).otherwise(pl.lit(HAS_SETTLED)),
        )
    )


def _reason(spot_pts: float | None, edr_pts: float | None) -> pl.Expr:
    no_greeks = pl.col("gamma_usd_per_pt2").is_null() & pl.col("unpriced_reason").is_null()
    return said(
        pl.col("unpriced_reason"),
        pl.lit(None if spot_pts is not None else NO_SPOT, dtype=pl.String),
        pl.when(no_greeks & pl.lit(spot_pts is not None)).then(pl.lit(NO_SMILE)),
        pl.lit(None if edr_pts is not None else NO_RANGE, dtype=pl.String),
        pl.when(pl.col("delta_usd_per_1pct") == 0.0).then(pl.lit(NO_DELTA)),
        pl.when(pl.col("theta_usd_per_day") <= 0.0).then(pl.lit(NO_THETA)),
    )


def _moved(legs: pl.DataFrame, spot_pts: float) -> pl.DataFrame:
    """One row per condor: its delta, and its P&L, right after SPX has moved by so much; null if a leg has no price."""
    size_usd = legs.select(PRICED_SIZE_USD.cast(pl.Float64)).to_series().to_numpy()
    slope = _column(legs, "forward_pts") / spot_pts
    figures: dict[str, Floats] = {
        f"delta_at_{name}_usd_per_pt": size_usd * slope * _delta(legs, shock) for name, shock in DELTA_AFTER.items()
    }
    now = _price(legs, 0.0)
    figures |= {f"pnl_at_{name}_usd": size_usd * (_price(legs, shock) - now) for name, shock in PNL_AFTER.items()}
    return (
        legs.select(CONDOR)
        .with_columns(**{name: pl.Series(values, nan_to_null=True) for name, values in figures.items()})
        .group_by(CONDOR, maintain_order=True)
        .agg(**{name: sum_or_null(name) for name in figures})
    )


def _delta(legs: pl.DataFrame, shock_frac: float) -> Floats:
    """Discounted delta of one contract to its forward, the forward moved with SPX."""
    terms = _terms(legs)
    discount = terms.pop("discount_factor")
    forward = _column(legs, "forward_pts") * (1.0 + shock_frac)
    return np.asarray(discount * delta_forward(forward, _column(legs, "strike_pts"), **terms))


def _price(legs: pl.DataFrame, shock_frac: float) -> Floats:
    forward = _column(legs, "forward_pts") * (1.0 + shock_frac)
    return price(forward, _column(legs, "strike_pts"), **_terms(legs))


def _terms(legs: pl.DataFrame) -> dict[str, Any]:
    return {
        "vol": _column(legs, "iv_vol"),
        "years": _column(legs, "t_years"),
        "cp": np.where(legs["right"].to_numpy() == "C", 1.0, -1.0),
        "discount_factor": _column(legs, "discount_factor_frac"),
    }


def _column(legs: pl.DataFrame, name: str) -> Floats:
    return np.asarray(legs[name].cast(pl.Float64).to_numpy(), dtype=np.float64)
