"""How far VIX and its futures move when SPX moves: the prior law, and the shocked level of the scenario grid.

Elasticity is dln(VIX future)/dln(SPX), negative, and smaller the longer the tenor and the higher the level:
eps(tau, F) = A(tau) * 20 / F (METHODOLOGY 4.4, measured 2008-2023). `tau_days` is whole calendar days to settlement.
Levels are index points. Everything broadcasts over arrays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from transforms.thresholds import threshold

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElasticityPrior:
    """The law's parameters; the defaults are METHODOLOGY 4.4 and 4.18."""

    NAME: ClassVar[str] = "elasticity"

    eps_a: float = threshold(
        -6.0, unit="elasticity", says="VIX future on SPX: elasticity of the nearest", ref="METHODOLOGY 4.4, measured"
    )
    eps_tau0_days: float = threshold(
        25.0, unit="days", says="VIX future on SPX: tenor scale of the decay", ref="METHODOLOGY 4.4, measured"
    )
    eps_power: float = threshold(
        0.67, unit="as power", says="VIX future on SPX: decay with tenor", ref="METHODOLOGY 4.4, measured"
    )
    eps_ref_pts: float = threshold(
        20.0, unit="index points", says="VIX future on SPX: level the elasticity is of", ref="METHODOLOGY 4.4"
    )
    eps_spot_a: float = threshold(
        -6.1, unit="elasticity", says="Spot VIX on SPX: elasticity", ref="METHODOLOGY 4.4, measured"
    )
    eps_up_mult: float = threshold(
        0.85, unit="of the elasticity", says="VIX when SPX rises: moves by", ref="METHODOLOGY 4.18, measured"
    )
    vix_share_tau0_days: float = threshold(
        17.9, unit="days", says="VIX future on spot VIX: tenor scale of the decay", ref="METHODOLOGY 4.5"
    )
    vix_share_power: float = threshold(
        0.67, unit="as power", says="VIX future on spot VIX: decay with tenor", ref="METHODOLOGY 4.5"
    )
    iv_share: float = threshold(
        0.85, unit="of a VIX point", says="SPX 30-day vol per point of VIX: moves by", ref="METHODOLOGY 4.18"
    )
    iv_power: float = threshold(
        0.40, unit="as power", says="SPX vol on VIX: decay with tenor", ref="METHODOLOGY 4.18, measured"
    )
    iv_ref_days: float = threshold(
        30.0, unit="calendar days", says="SPX vol on VIX: tenor with the whole share", ref="METHODOLOGY 4.18"
    )
    iv_floor_days: float = threshold(
        7.0, unit="calendar days", says="SPX vol on VIX: shorter tenors answer as one of", ref="METHODOLOGY 4.18"
    )
    level_cap_pts: float = threshold(
        85.0, unit="index points", says="Scenario: VIX and its futures rise to at most", ref="METHODOLOGY 4.18"
    )
    level_floor_pts: float = threshold(
        9.0, unit="index points", says="Scenario: VIX and its futures fall to at least", ref="METHODOLOGY 4.18"
    )


PRIOR: Final = ElasticityPrior()


def reference_elasticity(tau_days: npt.ArrayLike, prior: ElasticityPrior = PRIOR) -> Floats:
    """Give A(tau), the elasticity a VIX future of this tenor has at 20 points: -6.0 * (1 + tau/25)^-0.67."""
    decay = (1.0 + _floats(tau_days) / prior.eps_tau0_days) ** -prior.eps_power
    return _floats(prior.eps_a * decay)


def future_elasticity(tau_days: npt.ArrayLike, future_pts: npt.ArrayLike, prior: ElasticityPrior = PRIOR) -> Floats:
    """Give the elasticity of a VIX future at its own price: A(tau) * 20 / F."""
    return _floats(reference_elasticity(tau_days, prior) * prior.eps_ref_pts / _floats(future_pts))


def spot_elasticity(vix_pts: npt.ArrayLike, prior: ElasticityPrior = PRIOR) -> Floats:
    """Give the elasticity of spot VIX at its own level: -6.1 * 20 / VIX."""
    return _floats(prior.eps_spot_a * prior.eps_ref_pts / _floats(vix_pts))


def share_of_spot_vix(tau_days: npt.ArrayLike, prior: ElasticityPrior = PRIOR) -> Floats:
    """Give gV(tau), the points a VIX future moves per point of spot VIX.

    For nominal VIX exposure only (METHODOLOGY 4.5): an SPX beta of spot VIX times this attenuates twice.
    """
    return _floats((1.0 + _floats(tau_days) / prior.vix_share_tau0_days) ** -prior.vix_share_power)


def iv_tenor_response(expiry_days: npt.ArrayLike, prior: ElasticityPrior = PRIOR) -> Floats:
    """Give h(T), how much of a VIX move the implied vol of an SPX expiry takes, 1 at 30 days: (30 / max(T, 7))^0.40."""
    return _floats((prior.iv_ref_days / np.maximum(_floats(expiry_days), prior.iv_floor_days)) ** prior.iv_power)


def iv_shift_vol(
    expiry_days: npt.ArrayLike,
    *,
    vix_before_pts: npt.ArrayLike,
    vix_after_pts: npt.ArrayLike,
    prior: ElasticityPrior = PRIOR,
) -> Floats:
    """Give the parallel shift of an SPX smile when VIX moves, an annualised decimal: 0.85 * h(T) * dVIX / 100."""
    vix_move_vol = (_floats(vix_after_pts) - _floats(vix_before_pts)) / 100.0
    return _floats(prior.iv_share * iv_tenor_response(expiry_days, prior) * vix_move_vol)


def shocked_level_pts(
    level_pts: npt.ArrayLike,
    elasticity: npt.ArrayLike,
    *,
    spot_shock_frac: npt.ArrayLike,
    response: npt.ArrayLike = 1.0,
    prior: ElasticityPrior = PRIOR,
) -> Floats:
    """Give where VIX or a VIX future goes when SPX jumps: F * (1 + dS)^(response * eps), METHODOLOGY 4.18.

    `elasticity` is that of the level before the shock, held along the path; up moves of SPX take 0.85 of it. Capped at
    85 and floored at 9, but neither ever moves a level that starts beyond it. `response`: muted 0.5, base 1, severe 2,
    inverse 0.
    """
    level, shock = _floats(level_pts), _floats(spot_shock_frac)
    path = level * (1.0 + shock) ** _exponent(elasticity, shock, response, prior)
    return within_limits_pts(path, level, prior)


def held_points_level_pts(
    level_pts: npt.ArrayLike,
    elasticity: npt.ArrayLike,
    *,
    spot_shock_frac: npt.ArrayLike,
    response: npt.ArrayLike = 1.0,
    prior: ElasticityPrior = PRIOR,
) -> Floats:
    """Give the same level when the points per 1% of SPX stay as they are: F * (1 + response * eps * ln(1 + dS)).

    The low edge of the error band where no standard error is known (METHODOLOGY 4.18): at -20% a 30-day 19.0 goes to
    34.8, on the power path to 43.6.
    """
    level, shock = _floats(level_pts), _floats(spot_shock_frac)
    path = level * (1.0 + _exponent(elasticity, shock, response, prior) * np.log1p(shock))
    return within_limits_pts(path, level, prior)


def within_limits_pts(path_pts: npt.ArrayLike, level_pts: npt.ArrayLike, prior: ElasticityPrior = PRIOR) -> Floats:
    """Cap and floor a shocked level; neither ever moves a level that starts beyond it."""
    level = _floats(level_pts)
    capped = np.minimum(_floats(path_pts), np.maximum(prior.level_cap_pts, level))
    return _floats(np.maximum(capped, np.minimum(prior.level_floor_pts, level)))


def _exponent(elasticity: npt.ArrayLike, shock: Floats, response: npt.ArrayLike, prior: ElasticityPrior) -> Floats:
    return _floats(_floats(response) * _floats(elasticity) * np.where(shock > 0.0, prior.eps_up_mult, 1.0))


def points_per_spx_point(level_pts: npt.ArrayLike, elasticity: npt.ArrayLike, spot_pts: npt.ArrayLike) -> Floats:
    """Give dF/dS = eps * F / S: VIX points per SPX point, negative."""
    return _floats(_floats(elasticity) * _floats(level_pts) / _floats(spot_pts))


def points_per_spx_point_squared(
    level_pts: npt.ArrayLike, elasticity: npt.ArrayLike, spot_pts: npt.ArrayLike
) -> Floats:
    """Give d2F/dS2 = eps * (eps - 1) * F / S^2, the convexity of the power path with eps held."""
    eps = _floats(elasticity)
    return _floats(eps * (eps - 1.0) * _floats(level_pts) / _floats(spot_pts) ** 2)


def realised_elasticity(*, level_move_frac: float, spot_move_frac: float) -> float | None:
    """Give the elasticity one day showed, ln(1 + v) / ln(1 + s); none on a day SPX did not move."""
    if spot_move_frac == 0.0:
        return None
    return math.log1p(level_move_frac) / math.log1p(spot_move_frac)


def _floats(values: npt.ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
