"""Odds of settling above a strike, and expected payoffs, read off tonight's smiles. METHODOLOGY 4.15.

| method | P(S_T > K) | when |
|---|---|---|
| fitted | slope of the fitted call curve: N(d2) - F sqrt(T) n(d1) dIV/dK of the fitted smile | the expiry is fitted |
| quoted | that formula on the quoted smile, its slope taken across the strike | not fitted |
| flat | N(d2) at the quoted vol of the strike | the quoted smile gives odds outside 0 to 1, or rising with the strike |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from transforms.pricing.black76 import price, prob_above
from transforms.pricing.call_spline import masses_of

if TYPE_CHECKING:
    import numpy.typing as npt
    import polars as pl

    from transforms.market.fitted_surface import FittedSurface
    from transforms.market.surface import Smiles

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Positions = npt.NDArray[np.intp]

EXPIRY: Final = ("root", "expiry_date", "settlement")
# Across this share of a standard deviation on either side the quoted smile's slope is taken: wider than a strike gap.
SLOPE_REACH_SD: Final = 0.1
ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SmileNight:
    """The smiles of a session: its rows of core.forwards_daily, the quoted smiles and the fit."""

    forwards: pl.DataFrame
    smiles: Smiles
    surface: FittedSurface


@dataclass(frozen=True, slots=True, eq=False)
class SmileOdds:
    """The smile of each row of a frame, one row a position: every reader takes strikes of shape (rows, any).

    Attributes:
        forward: forward of the row's expiry; NaN where there is none.
        years: time to settlement.
        atm_vol: quoted vol at the forward.
        fit_index: curve of the row; -1 where it is not fitted, or its density misses mass 1.
        smile_index: quoted smile of the row; -1 where there is none.
    """

    night: SmileNight
    forward: Floats
    years: Floats
    atm_vol: Floats
    fit_index: Positions
    smile_index: Positions

    @staticmethod
    def of_rows(rows: pl.DataFrame, night: SmileNight, *, mass_tolerance_frac: float) -> SmileOdds:
        """Find the smile of each row by `root, expiry_date, settlement`."""
        found = rows.select(EXPIRY).join(
            night.forwards.select(*EXPIRY, "forward_pts", "t_years", "atm_iv_vol"),
            on=EXPIRY,
            how="left",
            maintain_order="left",
            validate="m:1",
        )
        fit_index = night.surface.index_of(rows)
        mass = masses_of(night.surface.splines.controls, night.surface.splines.axis).sum(axis=1)
        is_whole = np.append(np.abs(mass - 1.0) <= mass_tolerance_frac, False)
        return SmileOdds(
            night=night,
            forward=_column(found, "forward_pts"),
            years=_column(found, "t_years"),
            atm_vol=_column(found, "atm_iv_vol"),
            fit_index=np.where(is_whole[fit_index], fit_index, -1),
            smile_index=night.smiles.index_of(rows),
        )

    @property
    def is_fitted(self) -> Flags:
        """Rows read on the fitted surface."""
        return self.fit_index >= 0

    @property
    def is_alive(self) -> Flags:
        """Rows whose expiry is not settled and has a smile of either kind."""
        return (self.years > 0.0) & (self.is_fitted | (self.smile_index >= 0))

    def above(self, strikes: Floats) -> tuple[Floats, Flags]:
        """Give P(S_T > K) of every strike, and which rows had to be read flat."""
        fitted = self.night.surface.survival_at(self.fit_index[:, None], strikes)
        quoted = self._quoted_above(strikes)
        falling = np.diff(np.take_along_axis(quoted, np.argsort(strikes, axis=1), axis=1), axis=1)
        is_sound = np.all((quoted >= 0.0) & (quoted <= 1.0), axis=1) & np.all(falling <= ROUNDING, axis=1)
        is_flat = ~self.is_fitted & ~is_sound & (self.smile_index >= 0)
        unfitted = np.where(is_flat[:, None], self.flat_above(strikes), quoted)
        return np.where(self.is_fitted[:, None], fitted, unfitted), is_flat

    def flat_above(self, strikes: Floats) -> Floats:
        """Give N(d2) at each strike's own vol, as if the smile were flat there."""
        return prob_above(self.forward[:, None], strikes, vol=self.vol(strikes), years=self.years[:, None])

    def vol(self, strikes: Floats) -> Floats:
        """Read the vol of every strike: fitted, else quoted; flat beyond the quotes."""
        fitted = self.night.surface.vol_at(self.fit_index[:, None], strikes)
        return np.where(self.is_fitted[:, None], fitted, self._quoted_vol(strikes))

    def expected_payoffs(self, strikes: Floats, cp: npt.ArrayLike) -> Floats:
        """Expect what a call (cp +1) or put (-1) at each strike pays at settlement, in points: payoff times density."""
        fitted = self.night.surface.undiscounted_pts(self.fit_index[:, None], strikes, cp)
        scaled = self.scaled_payoffs(strikes, cp, vol_ratio=np.ones_like(self.forward))
        return np.where(self.is_fitted[:, None], fitted, scaled)

    def scaled_payoffs(self, strikes: Floats, cp: npt.ArrayLike, *, vol_ratio: Floats) -> Floats:
        """Expect the same were every vol of the smile multiplied by a ratio, the forward unmoved."""
        vol = self.vol(strikes) * vol_ratio[:, None]
        return price(self.forward[:, None], strikes, vol=vol, years=self.years[:, None], cp=cp, discount_factor=1.0)

    def is_quoted_around(self, strikes: Floats) -> Flags:
        """Say of each row whether out-of-the-money quotes enclose all its strikes."""
        k = np.log(strikes / self.forward[:, None])
        smiles = self.night.smiles
        if smiles.k.size == 0:
            return np.zeros(self.forward.shape, dtype=bool)
        row = np.maximum(self.smile_index, 0)
        first, last = smiles.k[smiles.starts[row]], smiles.k[smiles.starts[row + 1] - 1]
        within = (k >= first[:, None] - ROUNDING) & (k <= last[:, None] + ROUNDING)
        return np.asarray(within.all(axis=1) & (self.smile_index >= 0), dtype=np.bool_)

    def _quoted_vol(self, strikes: Floats) -> Floats:
        return self.night.smiles.vol_at(self.smile_index[:, None], np.log(strikes / self.forward[:, None]))

    def _quoted_above(self, strikes: Floats) -> Floats:
        """Take the smile's slope per point from the vols a tenth of a standard deviation to either side."""
        reach = SLOPE_REACH_SD * (self.atm_vol * np.sqrt(np.maximum(self.years, 0.0)))[:, None]
        lower, upper = strikes * np.exp(-reach), strikes * np.exp(reach)
        slope = (self._quoted_vol(upper) - self._quoted_vol(lower)) / (upper - lower)
        return prob_above(
            self.forward[:, None],
            strikes,
            vol=self._quoted_vol(strikes),
            years=self.years[:, None],
            slope_per_pt=slope,
        )


def _column(frame: pl.DataFrame, name: str) -> Floats:
    return np.asarray(frame[name].to_numpy(), dtype=np.float64)
