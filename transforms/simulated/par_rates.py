"""Treasury par yields of the simulated market, and the one discount curve that follows from them.

The curve is drawn from two numbers, a short and a long yield; the file holds it at the Treasury's tenors, rounded to a
hundredth of a per cent as published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from transforms.simulated.streams import Stream, generator

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

TENOR_YEARS: Final = {
    "1 Mo": 30 / 365,
    "2 Mo": 60 / 365,
    "3 Mo": 91 / 365,
    "4 Mo": 121 / 365,
    "6 Mo": 182 / 365,
    "1 Yr": 1.0,
    "2 Yr": 2.0,
    "3 Yr": 3.0,
    "5 Yr": 5.0,
    "7 Yr": 7.0,
    "10 Yr": 10.0,
    "20 Yr": 20.0,
    "30 Yr": 30.0,
}
SHORTEST_YEARS: Final = TENOR_YEARS["1 Mo"]  # flat before the first tenor, as the VIX method has it
_TURN_YEARS: Final = 2.5


@dataclass(frozen=True, slots=True)
class ParRates:
    """The par curve of a session: its yields at both ends, in per cent."""

    short_pct: float
    long_pct: float


def par_yield_pct(rates: ParRates, years: npt.ArrayLike) -> Floats:
    """Give the par yield at a tenor: from the short to the long yield, half the way after some two years."""
    tenor = np.maximum(np.asarray(years, dtype=np.float64), SHORTEST_YEARS)
    return np.asarray(rates.long_pct + (rates.short_pct - rates.long_pct) * np.exp(-tenor / _TURN_YEARS))


def continuous_rate(rates: ParRates, years: float) -> float:
    """Give the continuous rate to a horizon: the par yield taken as compounded twice a year."""
    return float(2.0 * np.log1p(par_yield_pct(rates, years) / 200.0))


def rate_path(seed: int, count: int) -> list[ParRates]:
    """Walk both yields through the story: the short end comes down from 5.3 to 3.6 per cent, the long end wanders."""
    steps = generator(seed, Stream.RATES).standard_normal((count, 2))
    progress = np.linspace(0.0, 1.0, count)
    short = 5.3 - 1.7 / (1.0 + np.exp(-10.0 * (progress - 0.5))) + _wander(steps[:, 0], 0.012, 0.02)
    long = 4.4 + _wander(steps[:, 1], 0.05, 0.01)
    return [ParRates(round(float(low), 3), round(float(high), 3)) for low, high in zip(short, long, strict=True)]


def _wander(steps: Floats, size: float, reversion: float) -> Floats:
    level, levels = 0.0, np.empty_like(steps)
    for position, step in enumerate(steps):
        level += size * step - reversion * level
        levels[position] = level
    return levels
