"""Where VIX, its futures and SPX vols go in a scenario: by the law, by points, by a factor, or as given.

A move says it for several cells at once, in the order of the cells. Futures come legs down, cells across.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from transforms.market.elasticity import (
    PRIOR,
    ElasticityPrior,
    future_elasticity,
    held_points_level_pts,
    iv_shift_vol,
    reference_elasticity,
    shocked_level_pts,
    spot_elasticity,
    within_limits_pts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Edge = Literal["used", "low", "high"]


class TenorElasticity(Protocol):
    """The elasticity of a VIX future of any tenor at its own price: the prior law, or an estimate of the night."""

    def eps(self, tau_days: npt.ArrayLike, future_pts: npt.ArrayLike) -> Floats:
        """Give the elasticity the headline uses."""

    def eps_band(self, tau_days: npt.ArrayLike, future_pts: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Give the estimate less and plus a standard error, the stronger answer first; NaN where there is none."""


@dataclass(frozen=True, slots=True)
class PriorElasticity:
    """The law of METHODOLOGY 4.4, which knows no error of its own."""

    prior: ElasticityPrior = PRIOR

    def eps(self, tau_days: npt.ArrayLike, future_pts: npt.ArrayLike) -> Floats:
        """Give A(tau) * 20 / F."""
        return future_elasticity(tau_days, future_pts, self.prior)

    def eps_band(self, tau_days: npt.ArrayLike, future_pts: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Give nothing: no standard error is known."""
        unknown = np.full_like(self.eps(tau_days, future_pts), np.nan)
        return unknown, unknown


@dataclass(frozen=True, slots=True, eq=False)
class Futures:
    """The VIX futures legs hang on: days and price now (one column), days and price once time has passed."""

    tau_days: Floats
    level_pts: Floats
    tau_after_days: Floats
    rolled_pts: Floats


class VolMove(Protocol):
    """How volatility answers in a row of cells."""

    @property
    def vix_after_pts(self) -> Floats:
        """Spot VIX in each cell; NaN where it is not known."""

    def futures_after_pts(self, futures: Futures) -> Floats:
        """Give each future's price in each cell."""

    def spx_vol(self, smile_vol: Floats, tenor_days: Floats) -> Floats:
        """Give the vol an SPX option is priced at, from what the smile says and the days it has left."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LawMove:
    """Each level down its own path as SPX jumps: a power of 1 + dS, or its points per 1% held (METHODOLOGY 4.18).

    `edge` low and high take the estimate's standard error, spot VIX the relative one of the nearest tenor.
    """

    vix_pts: float
    spot_shock_frac: Floats
    path_multiple: Floats
    elasticity: TenorElasticity
    prior: ElasticityPrior = PRIOR
    edge: Edge = "used"
    holds_points: bool = False

    @property
    def vix_after_pts(self) -> Floats:
        """Spot VIX down its path."""
        used = self.elasticity.eps(0.0, self.vix_pts)
        return self._after(
            self.vix_pts, spot_elasticity(self.vix_pts, self.prior) * self._eps(0.0, self.vix_pts) / used
        )

    def futures_after_pts(self, futures: Futures) -> Floats:
        """Each future from where it has rolled to, at the elasticity it has there."""
        return self._after(futures.rolled_pts, self._eps(futures.tau_after_days, futures.rolled_pts))

    def spx_vol(self, smile_vol: Floats, tenor_days: Floats) -> Floats:
        """The smile, shifted with VIX."""
        shift = iv_shift_vol(
            tenor_days, vix_before_pts=self.vix_pts, vix_after_pts=self.vix_after_pts, prior=self.prior
        )
        return np.asarray(smile_vol + shift, dtype=np.float64)

    def _eps(self, tau_days: npt.ArrayLike, level_pts: npt.ArrayLike) -> Floats:
        if self.edge == "used":
            return self.elasticity.eps(tau_days, level_pts)
        stronger, weaker = self.elasticity.eps_band(tau_days, level_pts)
        return weaker if self.edge == "low" else stronger

    def _after(self, level_pts: npt.ArrayLike, eps: Floats) -> Floats:
        path = held_points_level_pts if self.holds_points else shocked_level_pts
        return path(level_pts, eps, spot_shock_frac=self.spot_shock_frac, response=self.path_multiple, prior=self.prior)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FactorMove:
    """VIX, its futures and SPX vols each by a factor of their own, whatever SPX does."""

    vix_pts: float
    future_multiple: Floats
    spx_vol_multiple: Floats

    @property
    def vix_after_pts(self) -> Floats:
        """Spot VIX as its futures."""
        return np.asarray(self.vix_pts * self.future_multiple, dtype=np.float64)

    def futures_after_pts(self, futures: Futures) -> Floats:
        """Every future by the same factor."""
        return np.asarray(futures.rolled_pts * self.future_multiple, dtype=np.float64)

    def spx_vol(self, smile_vol: Floats, tenor_days: Floats) -> Floats:  # noqa: ARG002 - one factor for every tenor
        """The smile by the factor."""
        return np.asarray(smile_vol * self.spx_vol_multiple, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TermMove:
    """A nominal move of spot VIX, handed on to every tenor by a response VR(t) that decreases from 1.

    VR(t) = A(t) / A(0), the points a tenor moves per point of the nearest (METHODOLOGY 4.4, 7).
    """

    vix_pts: float
    vix_after_pts: Floats
    prior: ElasticityPrior = PRIOR

    def futures_after_pts(self, futures: Futures) -> Floats:
        """Each future by its share of the points."""
        moved = futures.rolled_pts + self._share(futures.tau_after_days) * (self.vix_after_pts - self.vix_pts)
        return within_limits_pts(moved, futures.rolled_pts, self.prior)

    def spx_vol(self, smile_vol: Floats, tenor_days: Floats) -> Floats:
        """The smile by its share of the points, as vol."""
        return np.asarray(
            smile_vol + self._share(tenor_days) * (self.vix_after_pts - self.vix_pts) / 100.0, dtype=np.float64
        )

    def _share(self, tau_days: Floats) -> Floats:
        return reference_elasticity(tau_days, self.prior) / reference_elasticity(0.0, self.prior)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReplayMove:
    """A past day once more: the log change of VIX and of every VX contract by its days, SPX vols by the move of VIX.

    The change of SPX vols is a proxy: it is read from VIX, not from that day's options.
    """

    vix_pts: float
    vix_log_change: Floats
    tenors_days: Sequence[Floats]
    log_changes: Sequence[Floats]
    prior: ElasticityPrior = PRIOR

    @property
    def vix_after_pts(self) -> Floats:
        """Spot VIX by that day's change."""
        return np.asarray(self.vix_pts * np.exp(self.vix_log_change), dtype=np.float64)

    def futures_after_pts(self, futures: Futures) -> Floats:
        """Each future by the change at its days, linear between that day's contracts and flat beyond them."""
        changes = [
            np.interp(futures.tau_after_days[:, cell], tenors, changes)
            for cell, (tenors, changes) in enumerate(zip(self.tenors_days, self.log_changes, strict=True))
        ]
        return np.asarray(futures.rolled_pts * np.exp(np.stack(changes, axis=1)), dtype=np.float64)

    def spx_vol(self, smile_vol: Floats, tenor_days: Floats) -> Floats:
        """The smile, shifted with VIX."""
        shift = iv_shift_vol(
            tenor_days, vix_before_pts=self.vix_pts, vix_after_pts=self.vix_after_pts, prior=self.prior
        )
        return np.asarray(smile_vol + shift, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GivenMove:
    """VIX futures at prices somebody names, by the days each has today; SPX vols as they are. One price for all cells.

    Raises:
        KeyError: a leg hangs on a future that is not named.
    """

    futures_pts: Mapping[int, float]
    cells_qty: int = 1

    @property
    def vix_after_pts(self) -> Floats:
        """Not said."""
        return np.full(self.cells_qty, np.nan)

    def futures_after_pts(self, futures: Futures) -> Floats:
        """As named."""
        named = [self.futures_pts[int(days)] for days in futures.tau_days.ravel()]
        return np.repeat(np.array(named)[:, np.newaxis], self.cells_qty, axis=1)

    def spx_vol(self, smile_vol: Floats, tenor_days: Floats) -> Floats:  # noqa: ARG002 - no move of SPX vols
        """The smile as it is."""
        return smile_vol
