"""The path of the simulated market: SPX returns, and the three factors that move its variance curve.

The factors are points of forward volatility that decay over 10, 60 and 500 days. Each takes its share of every SPX
move, so that a VIX future of tenor tau moves by about 0.2 |A(tau)| points per per cent of SPX: the law of METHODOLOGY
4.4. A noise of their own keeps the R2 of that law where it is measured, at about 0.6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from transforms.simulated.story import SCRIPT_NOISE_FRAC, Mood
from transforms.simulated.streams import Stream, generator

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

FIRST_SPX_PTS: Final = 5200.0
SESSIONS_PER_YEAR: Final = 252

DECAY_DAYS: Final = np.array([10.0, 60.0, 500.0])
# Non-negative least squares of 1.22 (1 + tau/25)^-0.67 points per per cent on the three decays, tau from -15 to 300;
# the fastest raised from 0.24 to 0.39, for VIX is an average over 30 days and the floor takes its part.
POINTS_PER_PERCENT: Final = np.array([0.390, 0.580, 0.381])
REVERSION_PER_SESSION: Final = np.array([1.0 / 8.0, 1.0 / 25.0, 1.0 / 70.0])
DOWN_SHARE: Final = 1.10  # down moves count more than up moves: A(r<0) / A(r>0) = 1 / 0.85
UP_SHARE: Final = 0.92
SHARED_NOISE: Final = 0.66
OWN_NOISE: Final = np.array([0.70, 0.35, 0.35])

LONG_LEVEL_PTS: Final = 21.3
LEVEL_DROP_PTS: Final = 4.8  # how far the spot end of the average curve lies below its long end
LEVEL_DECAY_DAYS: Final = 45.0
LEVEL_POWER: Final = 0.9
FLOOR_PTS: Final = 9.6
FLOOR_SOFTNESS_PTS: Final = 2.2
REALISED_TO_IMPLIED: Final = 0.86  # before the calm of the chapters; real 2013-2026: return over VIX has an sd of 0.79


@dataclass(frozen=True, slots=True)
class Path:
    """One row a session: SPX log return (0 on the first), close in points, the three factors in points."""

    log_return: Floats
    close_pts: Floats
    factors_pts: Floats


def forward_vol_pts(factors_pts: Floats, days: Floats) -> Floats:
    """Give the forward volatility of each day ahead, in points: rows are sessions, columns days from the mark.

    Softly floored: VIX does not fall below some nine points. Shifted by 15 days, so that the 30 days after tau have
    the level the factors give at tau.
    """
    tau = np.asarray(days, dtype=np.float64) - 15.0
    level = LONG_LEVEL_PTS - LEVEL_DROP_PTS * (1.0 + tau / LEVEL_DECAY_DAYS) ** -LEVEL_POWER
    raw = level + np.atleast_2d(factors_pts) @ np.exp(-np.outer(1.0 / DECAY_DAYS, tau))
    return np.asarray(FLOOR_PTS + FLOOR_SOFTNESS_PTS * np.logaddexp(0.0, (raw - FLOOR_PTS) / FLOOR_SOFTNESS_PTS))


def walk(seed: int, moods: Sequence[Mood]) -> Path:
    """Walk through the story: each session's return, then what the factors make of it."""
    count = len(moods)
    returns = generator(seed, Stream.SPX_RETURNS).standard_t(5, count) / math.sqrt(5.0 / 3.0)
    shocks = generator(seed, Stream.VOL_FACTORS).standard_normal((count, 1 + len(DECAY_DAYS)))
    log_return, factors = np.zeros(count), np.zeros((count, len(DECAY_DAYS)))
    state, script_noise = np.zeros(len(DECAY_DAYS)), 0.0
    for step, mood in enumerate(moods):
        if step:
            daily_vol = _daily_vol(state) * mood.noise
            if math.isnan(mood.script_frac):
                move, script_noise = mood.drift_frac + daily_vol * returns[step], 0.0
            else:  # noise around the script does not add up: the chapter ends where it was written to end
                noise_before, script_noise = script_noise, SCRIPT_NOISE_FRAC * returns[step]
                move = mood.script_frac + script_noise - noise_before
            state = _next_factors(state, move, shocks[step], daily_vol, mood)
            log_return[step] = move
        factors[step] = state
    return Path(log_return, np.round(FIRST_SPX_PTS * np.exp(np.cumsum(log_return)), 2), factors)


def _daily_vol(state: Floats) -> float:
    level_pts = float(np.mean(forward_vol_pts(state, np.array([7.5, 15.0, 22.5]))))
    return REALISED_TO_IMPLIED * level_pts / 100.0 / math.sqrt(SESSIONS_PER_YEAR)


def _next_factors(state: Floats, move: float, shock: Floats, daily_vol: float, mood: Mood) -> Floats:
    share = DOWN_SHARE if move < 0.0 else UP_SHARE
    target = mood.vix_pull_pts * POINTS_PER_PERCENT / POINTS_PER_PERCENT.sum()
    noise = SHARED_NOISE * shock[0] + OWN_NOISE * shock[1:]
    response = POINTS_PER_PERCENT * 100.0 * (-share * move + daily_vol * noise)
    return np.asarray(state + REVERSION_PER_SESSION * (target - state) + response, dtype=np.float64)
