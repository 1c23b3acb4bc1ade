"""How fast the time value a condor has sold is earned: the days until half of it is left (METHODOLOGY 4.22)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.pricing.black76 import price

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

CONDOR: Final = ("account", "structure_id")
DAYS_PER_YEAR: Final = 365.0
HALF: Final = 0.5
NOTHING_LEFT: Final = "no time value is left to earn"
NEVER_HALF: Final = "half of it is not earned before settlement at this spot"


def extrinsic_half_lives(legs: pl.DataFrame) -> pl.DataFrame:
    """Give the calendar days until the net time value a condor is short has halved, at the same forward and vols.

    `legs` of `price_legs`. One row per condor: `account, condor_id, half_life_days`, read between whole days, null with
    `half_life_reason`.
    """
    held = legs.filter(part="condor").sort(*CONDOR, "instrument_id")
    values = _time_values_usd(held)
    rows = []
    for key, group in held.with_row_index("row").group_by(CONDOR, maintain_order=True):
        rows.append((*key, *_half_life(values[group["row"].to_numpy()].sum(axis=0), group)))
    schema = {"account": pl.String, "condor_id": pl.String, "half_life_days": pl.Float64, "half_life_reason": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _time_values_usd(legs: pl.DataFrame) -> Floats:
    """Time value of each leg today and on every day to the last settlement: legs down, days across; NaN if unpriced."""
    if legs.is_empty():
        return np.zeros((0, 1))
    forward, strike, vol, years, discount = (
        np.asarray(legs[name].cast(pl.Float64).to_numpy(), dtype=np.float64)[:, np.newaxis]
        for name in ("forward_pts", "strike_pts", "iv_vol", "t_years", "discount_factor_frac")
    )
    cp = np.where(legs["right"].to_numpy() == "C", 1.0, -1.0)[:, np.newaxis]
    last = int(np.nan_to_num(np.nanmax(years, initial=0.0)) * DAYS_PER_YEAR) + 1
    left = np.maximum(years - np.arange(last + 1) / DAYS_PER_YEAR, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):  # T = 0 on settlement day: no discounting is left
        rolled = np.where(left > 0.0, discount ** (left / years), 1.0)
    value = price(forward, strike, vol=vol, years=left, cp=cp, discount_factor=rolled)
    intrinsic = rolled * np.maximum(cp * (forward - strike), 0.0)
    size = (legs["quantity_qty"] * legs["multiplier_usd"]).cast(pl.Float64).to_numpy()[:, np.newaxis]
    unpriced = ~legs["is_priced"].to_numpy()[:, np.newaxis]
    return np.asarray(np.where(unpriced, np.nan, size * (value - intrinsic)))


def _half_life(path_usd: Floats, legs: pl.DataFrame) -> tuple[float | None, str | None]:
    """Find the first day on which no more than half of the time value sold is left."""
    if np.isnan(path_usd[0]):
        unpriced = legs["unpriced_reason"].drop_nulls()
        return None, unpriced[0] if unpriced.len() else "a leg cannot be repriced"
    if path_usd[0] >= 0.0:
        return None, NOTHING_LEFT
    share = path_usd / path_usd[0]
    below = np.flatnonzero(share <= HALF)
    if below.size == 0:
        return None, NEVER_HALF
    day = int(below[0])
    step = share[day - 1] - share[day]
    return float(day - 1 + (share[day - 1] - HALF) / step), None
