"""How many stocks rise and fall with the simulated index: NYSE advances, declines, new highs and lows.

Measured on the NYSE 2013-2026: atanh of the net share of advances is 0.46 times the SPX return in VIX units, with a
noise of 0.22 (correlation with the return 0.78); some 3,060 issues, 105 unchanged; 67 new highs and 24 new lows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from transforms.simulated.path import SESSIONS_PER_YEAR
from transforms.simulated.streams import Stream, generator

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

ISSUES: Final = 3064
_NET_PER_MOVE: Final = 0.46
_NET_DRIFT: Final = 0.012
_NET_NOISE: Final = 0.217
_SMOOTHING: Final = 0.1


@dataclass(frozen=True, slots=True)
class BreadthPath:
    """Issues by session."""

    advances: Counts
    declines: Counts
    unchanged: Counts
    new_highs: Counts
    new_lows: Counts


def breadth_path(seed: int, log_return: Floats, vix_pts: Floats) -> BreadthPath:
    """Draw breadth for every session from its SPX return in units of the VIX of the day before."""
    chance = generator(seed, Stream.BREADTH).standard_normal((len(log_return), 4))
    vix_before = np.concatenate([vix_pts[:1], vix_pts[:-1]])
    move = log_return / (vix_before / 100.0 / np.sqrt(SESSIONS_PER_YEAR))
    net = np.tanh(_NET_DRIFT + _NET_PER_MOVE * move + _NET_NOISE * chance[:, 0])
    unchanged = np.round(105.0 + 15.0 * chance[:, 1]).clip(50.0)
    advances = np.round((ISSUES - unchanged) * (1.0 + net) / 2.0)
    trend = _smoothed(net)
    highs = np.round(64.0 * np.exp(4.0 * (trend - 0.03) + 0.35 * chance[:, 2])).clip(1.0, 900.0)
    lows = np.round(24.0 * np.exp(-5.0 * (trend - 0.03) + 0.03 * (vix_pts - 16.0) + 0.35 * chance[:, 3]))
    return BreadthPath(
        _counts(advances),
        _counts(ISSUES - unchanged - advances),
        _counts(unchanged),
        _counts(highs),
        _counts(lows.clip(1.0, 1500.0)),
    )


def _smoothed(net: Floats) -> Floats:
    level, levels = 0.03, np.empty_like(net)
    for position, value in enumerate(net):
        level += _SMOOTHING * (value - level)
        levels[position] = level
    return levels


def _counts(values: Floats) -> Counts:
    return np.asarray(values, dtype=np.int64)
