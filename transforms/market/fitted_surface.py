"""The fitted surface of SPX as it is read: prices, probabilities and vols at any strike of any fitted expiry.

How it is fitted, and why so: surface_fit.py. Every use of it is labelled `fitted`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.pricing.call_spline import CallSplines, moneyness_axis
from transforms.pricing.implied_vol import implied_vol

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

EXPIRY: Final = ("root", "expiry_date", "settlement")


@dataclass(frozen=True, slots=True, eq=False)
class FittedSurface:
    """The fitted curves of a session, read at any moneyness of any fitted expiry at once.

    Attributes:
        expiries: one row per fitted expiry in the order of `splines`: key, `fit_index, forward_pts, t_years,
            atm_iv_vol, low_strike_pts, high_strike_pts`; the last two bound what quotes support.
        splines: their call curves.
    """

    expiries: pl.DataFrame
    splines: CallSplines

    @staticmethod
    def of_tables(fits: pl.DataFrame, nodes: pl.DataFrame) -> FittedSurface:
        """Read a surface back from rows of core.smile_fits_daily and core.smile_nodes_daily of one session."""
        axis = moneyness_axis()
        fitted = fits.filter(pl.col("method").is_not_null()).sort("root", "t_years", "expiry_date")
        controls = (
            fitted.select(EXPIRY)
            .join(nodes.sort("node"), on=EXPIRY, how="left", maintain_order="left_right")
            .get_column("control_frac")
            .to_numpy()
        )
        expiries = fitted.with_row_index("fit_index").select(
            pl.col("fit_index").cast(pl.Int64),
            *EXPIRY,
            "forward_pts",
            "t_years",
            "atm_iv_vol",
            "low_strike_pts",
            "high_strike_pts",
        )
        return FittedSurface(expiries, CallSplines(controls.reshape(fitted.height, axis.nodes.size), axis))

    def index_of(self, contracts: pl.DataFrame) -> Positions:
        """Say which curve each row is read on, in the order of the rows; -1 where its expiry is not fitted."""
        found = contracts.select(EXPIRY).join(
            self.expiries.select(*EXPIRY, "fit_index"), on=EXPIRY, how="left", maintain_order="left"
        )
        return np.asarray(found["fit_index"].fill_null(-1).to_numpy(), dtype=np.intp)

    def undiscounted_pts(self, fit_index: npt.ArrayLike, strike_pts: npt.ArrayLike, cp: npt.ArrayLike) -> Floats:
        """Price calls (cp +1) and puts (-1) without discounting, in points: the expected payoff at settlement."""
        index, strike, right = np.broadcast_arrays(
            np.asarray(fit_index, np.intp), np.asarray(strike_pts, np.float64), np.asarray(cp, np.float64)
        )
        forward = self._of_expiry("forward_pts", index)
        call = forward * self.splines.call_at(index, strike / forward)
        return np.where(right > 0.0, call, call - (forward - strike))

    def values_and_vols(self, fit_index: Positions, strike_pts: Floats, cp: Floats) -> tuple[Floats, Floats]:
        """Price contracts as `undiscounted_pts` and read their vols as `vol_at` does, off one reading of the curve.

        The vol is NaN where `supports` says that the quotes say nothing.
        """
        forward = self._of_expiry("forward_pts", fit_index)
        call = forward * self.splines.call_at(fit_index, strike_pts / forward)
        put = call - (forward - strike_pts)
        known = self.supports(fit_index, strike_pts)
        is_put_side = strike_pts[known] < forward[known]
        vol = np.full(strike_pts.shape, np.nan)
        vol[known] = implied_vol(
            np.where(is_put_side, put[known], call[known]),
            forward[known],
            strike=strike_pts[known],
            years=self._of_expiry("t_years", fit_index[known]),
            cp=np.where(is_put_side, -1.0, 1.0),
            discount_factor=1.0,
        ).vol
        return np.where(cp > 0.0, call, put), vol

    def survival_at(self, fit_index: npt.ArrayLike, strike_pts: npt.ArrayLike) -> Floats:
        """Give P(S_T > K) under the pricing measure; NaN where the expiry is not fitted."""
        index, strike = np.broadcast_arrays(np.asarray(fit_index, np.intp), np.asarray(strike_pts, np.float64))
        return self.splines.survival_at(index, strike / self._of_expiry("forward_pts", index))

    def supports(self, fit_index: npt.ArrayLike, strike_pts: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Say whether out-of-the-money quotes stand on both sides of a strike."""
        index, strike = np.broadcast_arrays(np.asarray(fit_index, np.intp), np.asarray(strike_pts, np.float64))
        low, high = (self._of_expiry(name, index) for name in ("low_strike_pts", "high_strike_pts"))
        return (strike >= low) & (strike <= high)

    def vol_at(self, fit_index: npt.ArrayLike, strike_pts: npt.ArrayLike) -> Floats:
        """Read the fitted vol at a strike, flat beyond the quotes; NaN where the expiry is not fitted."""
        index, strike = np.broadcast_arrays(np.asarray(fit_index, np.intp), np.asarray(strike_pts, np.float64))
        low, high = (self._of_expiry(name, index) for name in ("low_strike_pts", "high_strike_pts"))
        within = np.clip(strike, low, high)
        forward = self._of_expiry("forward_pts", index)
        cp = np.where(within < forward, -1.0, 1.0)
        value = self.undiscounted_pts(index, within, cp)
        years = self._of_expiry("t_years", index)
        return implied_vol(value, forward, strike=within, years=years, cp=cp, discount_factor=1.0).vol

    def vol_at_moneyness(self, fit_index: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
        """Read the fitted vol at k = ln(K/F), F the forward the curve is scaled by; NaN where it is not fitted."""
        index, moneyness = np.broadcast_arrays(np.asarray(fit_index, np.intp), np.asarray(k, np.float64))
        return self.vol_at(index, self._of_expiry("forward_pts", index) * np.exp(moneyness))

    def _of_expiry(self, column: str, index: Positions) -> Floats:
        if self.expiries.is_empty():
            return np.full(index.shape, np.nan)
        values = np.asarray(self.expiries[column].to_numpy(), dtype=np.float64)
        return np.where(index >= 0, values[np.maximum(index, 0)], np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class FittedSmiles:
    """A fitted surface asked by moneyness, as the quoted smiles are."""

    surface: FittedSurface

    def index_of(self, contracts: pl.DataFrame) -> Positions:
        """Say which curve each row is read on, in the order of the rows; -1 where its expiry is not fitted."""
        return self.surface.index_of(contracts)

    def vol_at(self, expiry_index: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
        """Read the fitted vol at k = ln(K/F); arguments are broadcast. NaN where the expiry is not fitted."""
        return self.surface.vol_at_moneyness(expiry_index, k)
