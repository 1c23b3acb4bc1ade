"""What holding a VIX position costs while nothing happens: time decay, and the roll down the curve, apart (4.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.pricing.black76 import price

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

DAYS_PER_YEAR: Final = 365.0
LEAST_CONTRACTS: Final = 2
NO_CURVE: Final = "fewer than two VX contracts on tonight's curve"


@dataclass(frozen=True, slots=True, eq=False)
class VxLine:
    """Tonight's curve of VIX futures as a line in calendar days.

    Before the first contract the line of the first two is drawn on; beyond the last there is nothing (NaN).
    """

    days: Floats
    pts: Floats

    @classmethod
    def of_curve(cls, curve: pl.DataFrame) -> VxLine:
        """Read the live contracts of one session's mart.vx_curve_daily."""
        live = curve.filter(pl.col("rank") >= 1).sort("days_to_expiry_days")
        return cls(live["days_to_expiry_days"].cast(pl.Float64).to_numpy(), live["settle_pts"].to_numpy())

    def at(self, days: Floats) -> Floats:
        """The price of a VIX future with so many days left."""
        if self.days.size < LEAST_CONTRACTS:
            return np.full_like(days, np.nan)
        slope = (self.pts[1] - self.pts[0]) / (self.days[1] - self.days[0])
        before_first = self.pts[0] + slope * (days - self.days[0])
        inside = np.interp(days, self.days, self.pts, right=np.nan)
        return np.asarray(np.where(days < self.days[0], before_first, inside), dtype=np.float64)


def carry(legs: pl.DataFrame, curve: pl.DataFrame, horizon_days: npt.ArrayLike) -> pl.DataFrame:
    """Say what each VIX leg earns in so many days if the curve of futures stays as it is; costs are negative.

    `legs` as mart.legs_daily, VIX options and futures; `curve` the session's mart.vx_curve_daily. One row per leg, in
    order. `decay_usd`: time passes at the same forward and vol, the discount factor at its own rate. `rolldown_usd`:
    then the leg's own future moves by what the curve falls or rises over those days, to settlement at most; together
    they are the whole carry. Null where the leg is unpriced or the curve does not reach, `carry_reason` says which.
    """
    horizon = np.broadcast_to(np.asarray(horizon_days, dtype=np.float64), legs.height)
    dte = _column(legs, "dte_days")
    held = np.minimum(horizon, dte)
    line, forward = VxLine.of_curve(curve), _column(legs, "forward_pts")
    later_forward = forward + line.at(dte - held) - line.at(dte)
    size_usd = (legs["quantity_qty"] * legs["multiplier_usd"]).cast(pl.Float64).to_numpy()
    size_usd = np.where(legs["is_priced"].to_numpy(), size_usd, np.nan)
    now, later, rolled = (
        _values(legs, level, passed)
        for level, passed in ((forward, np.zeros_like(held)), (forward, held), (later_forward, held))
    )
    reason = pl.Series(_reasons(legs, line, later_forward), dtype=pl.String)
    return pl.DataFrame(
        {"decay_usd": size_usd * (later - now), "rolldown_usd": size_usd * (rolled - later), "carry_reason": reason}
    ).with_columns(pl.col("decay_usd", "rolldown_usd").fill_nan(None))


def _values(legs: pl.DataFrame, forward: Floats, passed_days: Floats) -> Floats:
    """Model value in points after so many days, on this forward; a future is its forward."""
    is_future = legs["strike_pts"].is_null().to_numpy()
    years = _column(legs, "t_years")
    left = np.maximum(years - passed_days / DAYS_PER_YEAR, 0.0)
    remaining = np.divide(left, years, out=np.ones_like(years), where=years > 0.0)
    option = price(
        forward,
        _column(legs, "strike_pts"),
        vol=_column(legs, "iv_vol"),
        years=left,
        cp=np.where(legs["right"].to_numpy() == "P", -1.0, 1.0),
        discount_factor=_column(legs, "discount_factor_frac") ** remaining,
    )
    return np.asarray(np.where(is_future, forward, option), dtype=np.float64)


def _reasons(legs: pl.DataFrame, line: VxLine, later_forward: Floats) -> list[str | None]:
    beyond = NO_CURVE if line.days.size < LEAST_CONTRACTS else "beyond the last VX contract of tonight's curve"
    return [
        unpriced or (beyond if np.isnan(level) else None)
        for unpriced, level in zip(legs["unpriced_reason"], later_forward, strict=True)
    ]


def _column(legs: pl.DataFrame, name: str) -> Floats:
    return np.asarray(legs[name].cast(pl.Float64).to_numpy(), dtype=np.float64)
