"""What money costs to each expiry: the Treasury par curve as a continuous zero rate.

The VIX method's own proxy (Cboe, VIX mathematics): a natural cubic spline on par yields, converted as if they were zero
yields compounded twice a year. METHODOLOGY 3.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy.interpolate import CubicSpline

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import numpy.typing as npt

TENOR_DAYS: Final[dict[str, int]] = {
    "1 Mo": 30,
    "2 Mo": 60,
    "3 Mo": 91,
    "4 Mo": 121,
    "6 Mo": 182,
    "1 Yr": 365,
    "2 Yr": 730,
    "3 Yr": 1095,
    "5 Yr": 1825,
    "7 Yr": 2555,
    "10 Yr": 3650,
    "20 Yr": 7300,
    "30 Yr": 10950,
}
MIN_TENORS: Final = 2  # a spline needs two knots


class TooFewTenorsError(ValueError):
    """A par curve quotes too few tenors to be drawn."""

    def __init__(self, *, curve_date: dt.date, tenor_count: int) -> None:
        self.curve_date = curve_date
        self.tenor_count = tenor_count
        super().__init__(
            f"The par curve of {curve_date} quotes {tenor_count} tenors of at least {MIN_TENORS}. "
            "Hint: a bond holiday prints a blank row; use the last curve before it."
        )


@dataclass(frozen=True, slots=True)
class ParCurve:
    """The Treasury par yields of one day, by tenor in ascending days."""

    curve_date: dt.date
    tenor_days: tuple[int, ...]
    yields_frac: tuple[float, ...]


def par_curve(curve_date: dt.date, yields_frac: Mapping[int, float | None]) -> ParCurve:
    """Draw one day's par curve from the tenors that were quoted.

    `yields_frac` maps tenor days (`TENOR_DAYS`) to par yields as fractions; missing tenors are skipped.
    Raises TooFewTenorsError where fewer than two remain.
    """
    quoted = {days: y for days, y in sorted(yields_frac.items()) if y is not None}
    if len(quoted) < MIN_TENORS:
        raise TooFewTenorsError(curve_date=curve_date, tenor_count=len(quoted))
    return ParCurve(curve_date=curve_date, tenor_days=tuple(quoted), yields_frac=tuple(quoted.values()))


def curve_on(yields: pl.DataFrame, day: dt.date) -> ParCurve | None:
    """Draw the latest par curve on or before a day; a date with a single tenor is no curve. None where there is none.

    `yields` are rows of core.treasury_yields_daily, or their `curve_date, tenor_days, par_yield_frac`.
    """
    drawn = yields.filter(pl.col("curve_date") <= day, pl.len().over("curve_date") >= MIN_TENORS)
    latest = drawn.filter(pl.col("curve_date") == pl.col("curve_date").max()).sort("tenor_days")
    if latest.is_empty():
        return None
    return par_curve(latest["curve_date"][0], dict(zip(latest["tenor_days"], latest["par_yield_frac"], strict=True)))


def rate_at(curve: ParCurve, days: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Read the continuous rate for a number of days, flat before the first tenor and after the last.

    Same shape as `days`, which may be fractional (minutes / 1440). r = 2 ln(1 + y/2), a fraction a year.
    """
    tenors = np.asarray(curve.tenor_days, dtype=np.float64)
    spline = CubicSpline(tenors, np.asarray(curve.yields_frac, dtype=np.float64), bc_type="natural")
    par_yield = spline(np.clip(np.asarray(days, dtype=np.float64), tenors[0], tenors[-1]))
    return np.asarray(2.0 * np.log1p(par_yield / 2.0), dtype=np.float64)
