"""Tonight's elasticity of a VX future of any tenor, at its own price: what the figures use, and the measured band."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.market.elasticity import PRIOR, ElasticityPrior, future_elasticity
from transforms.market.elasticity_estimate import FROM_PRIOR

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

NOT_ESTIMATED: Final = "no elasticity was estimated for this session"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ElasticityCurve:
    """A(tau) of tonight as multiples of the prior's A(tau), by tenor; one that was not estimated is NaN.

    Between tenors the multiple is linear in days, beyond them flat: the curve keeps the prior's shape.
    """

    tenors_days: Floats = field(default_factory=lambda: np.array([30.0]))
    used: Floats = field(default_factory=lambda: np.ones(1))
    estimated: Floats = field(default_factory=lambda: np.full(1, np.nan))
    low: Floats = field(default_factory=lambda: np.full(1, np.nan))
    high: Floats = field(default_factory=lambda: np.full(1, np.nan))
    source: str = FROM_PRIOR
    reason: str | None = NOT_ESTIMATED
    prior: ElasticityPrior = PRIOR

    def eps(self, tau_days: npt.ArrayLike, future_pts: npt.ArrayLike) -> Floats:
        """Give the elasticity tonight's deltas and scenarios use."""
        return self._scaled(self.used, tau_days, future_pts)

    def eps_estimated(self, tau_days: npt.ArrayLike, future_pts: npt.ArrayLike) -> Floats:
        """Give the estimate, whatever the headline uses; NaN without one."""
        return self._scaled(self.estimated, tau_days, future_pts)

    def eps_band(self, tau_days: npt.ArrayLike, future_pts: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Give the estimate less and plus a standard error, the stronger answer first; NaN without an estimate."""
        low, high = (self._scaled(multiples, tau_days, future_pts) for multiples in (self.low, self.high))
        return low, high

    def _scaled(self, multiples: Floats, tau_days: npt.ArrayLike, future_pts: npt.ArrayLike) -> Floats:
        law = future_elasticity(tau_days, future_pts, self.prior)
        known = np.isfinite(multiples)
        if not known.any():
            return np.full_like(law, np.nan)
        days = np.asarray(tau_days, dtype=np.float64)
        return np.asarray(law * np.interp(days, self.tenors_days[known], multiples[known]), dtype=np.float64)


PRIOR_CURVE: Final = ElasticityCurve()


def elasticity_curve(elasticities: pl.DataFrame, prior: ElasticityPrior = PRIOR) -> ElasticityCurve:
    """Read tonight's curve from the session's rows of mart.elasticities_daily; without rows it is the prior."""
    if elasticities.is_empty():
        return ElasticityCurve(prior=prior)
    rows = elasticities.sort("tenor_days")

    def multiples(column: str) -> Floats:
        scaled = rows.select(pl.col(column) / pl.col("a_prior")).to_series()
        return np.asarray(scaled.fill_null(float("nan")).to_numpy(), dtype=np.float64)

    sources = rows["source"].unique().sort().to_list()
    return ElasticityCurve(
        tenors_days=rows["tenor_days"].cast(pl.Float64).to_numpy(),
        used=multiples("a_used"),
        estimated=multiples("a_estimated"),
        low=multiples("a_low"),
        high=multiples("a_high"),
        source=" and ".join(sources),
        reason=_reason(rows),
        prior=prior,
    )


def _reason(rows: pl.DataFrame) -> str | None:
    """Why there is no band at all; none when at least one tenor has one."""
    if rows["a_estimated"].is_not_null().any():
        return None
    reason: str = rows["reason"][0]
    return reason
