"""The simulated market of a seed: every session's levels, and the state that prices its options."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from transforms.simulated.breadth import BreadthPath, breadth_path
from transforms.simulated.listings import STRIKE_MEMORY_SESSIONS
from transforms.simulated.par_rates import ParRates, rate_path
from transforms.simulated.path import Path, walk
from transforms.simulated.smile import Smile
from transforms.simulated.story import FEATURE_SESSION, all_sessions, moods
from transforms.simulated.streams import Stream, generator
from transforms.simulated.surface import (
    GRID_DAYS,
    THIRTY_DAYS_YEARS,
    SessionState,
    cumulated_variance_grid,
    strip_variance,
    vix_like_pts,
    vvix_pts,
)

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["FEATURE_SESSION", "Bars", "NotSimulatedError", "SimulatedMarket", "simulate"]

STRIP_HORIZONS_DAYS: Final = {"VIX9D": 9.0, "VIX": 30.0, "VIX3M": 93.0, "VIX6M": 184.0}
VIX_SMILE: Final = Smile(rho=0.62, eta=0.50)
_TYPICAL_STRIP_SHARE: Final = 1.2
_AFTER_CLOSE_FRAC: Final = 0.0003  # how far SPX options move on between 16:00 and 16:15, one sd


class NotSimulatedError(LookupError):
    """A session lies outside the simulated market's years."""

    def __init__(self, *, session_date: dt.date, first: dt.date, last: dt.date) -> None:
        self.session_date = session_date
        super().__init__(
            f"The simulated market has no session {session_date}. Hint: its sessions run from {first} to {last}."
        )


@dataclass(frozen=True, slots=True)
class Bars:
    """Open, high, low and close of every session, in points to the cent."""

    open_pts: Floats
    high_pts: Floats
    low_pts: Floats
    close_pts: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedMarket:
    """All sessions of one seed, in order; arrays have one row a session.

    `bars` by symbol: SPX, VIX, VIX9D, VIX3M, VIX6M; `vvix_pts` and `skew_pts` have closes only. `states` price options.
    """

    seed: int
    sessions: tuple[dt.date, ...]
    positions: dict[dt.date, int]
    log_return: Floats
    bars: dict[str, Bars]
    vvix_pts: Floats
    skew_pts: Floats
    breadth: BreadthPath
    rates: list[ParRates]
    states: tuple[SessionState, ...]

    def position(self, session_date: dt.date) -> int:
        """Give the row of a session.

        Raises:
            NotSimulatedError: the date is no session of this market.
        """
        try:
            return self.positions[session_date]
        except KeyError:
            raise NotSimulatedError(session_date=session_date, first=self.sessions[0], last=self.sessions[-1]) from None

    def state(self, session_date: dt.date) -> SessionState:
        """Give what prices a session's options."""
        return self.states[self.position(session_date)]

    def strike_range_pts(self, session_date: dt.date) -> tuple[float, float]:
        """Give the lowest and highest SPX close that still have strikes about them."""
        last = self.position(session_date) + 1
        closes = self.bars["SPX"].close_pts[max(last - STRIKE_MEMORY_SESSIONS, 0) : last]
        return float(closes.min()), float(closes.max())

    def vix_settlement_pts(self, expiry_date: dt.date) -> float:
        """Give the VRO of a VIX expiry: VIX at that morning's opening prints."""
        return float(self.bars["VIX"].open_pts[self.position(expiry_date)])

    def spx_opening_pts(self, expiry_date: dt.date) -> float:
        """Give the SET of an AM expiry: SPX at that morning's opening prints."""
        return float(self.bars["SPX"].open_pts[self.position(expiry_date)])


@lru_cache(maxsize=4)
def simulate(seed: int) -> SimulatedMarket:
    """Walk through the story of a seed: the same seed, the same market, to the last byte of its files."""
    sessions = all_sessions()
    path = walk(seed, moods(sessions))
    rates = rate_path(seed, len(sessions))
    states = _states(seed, sessions, path, rates)
    closes = {symbol: np.round(vix_like_pts(states, days), 2) for symbol, days in STRIP_HORIZONS_DAYS.items()}
    chance = generator(seed, Stream.INTRADAY).standard_normal((len(sessions), 4))
    bars = {symbol: _bars(values, 0.035, chance) for symbol, values in closes.items()}
    return SimulatedMarket(
        seed=seed,
        sessions=sessions,
        positions={session_date: position for position, session_date in enumerate(sessions)},
        log_return=path.log_return,
        bars={"SPX": _bars(path.close_pts, 0.0035, -chance), **bars},
        vvix_pts=np.round(vvix_pts(states), 2),
        skew_pts=np.round([_skew_pts(state) for state in states], 2),
        breadth=breadth_path(seed, path.log_return, closes["VIX"]),
        rates=rates,
        states=states,
    )


def _states(seed: int, sessions: tuple[dt.date, ...], path: Path, rates: list[ParRates]) -> tuple[SessionState, ...]:
    grids = cumulated_variance_grid(path.factors_pts)
    chance = generator(seed, Stream.SMILE).standard_normal((len(sessions), 4))
    slope, strength, vix_vol = (_wandering(chance[:, column], 0.08) for column in range(3))
    spots = path.close_pts * np.exp(_AFTER_CLOSE_FRAC * chance[:, 3])
    level_pts = np.array([100.0 * np.sqrt(np.interp(30.0, GRID_DAYS, grid) / THIRTY_DAYS_YEARS) for grid in grids])
    rho = np.clip(-0.72 - 0.025 * slope, -0.82, -0.60)
    eta = np.clip(0.94 + 0.035 * strength, 0.80, 1.08)
    shares = _strip_shares(level_pts, Smile(rho[:, np.newaxis], eta[:, np.newaxis]))
    vix_vol_level = np.clip(1.0 + 0.021 * (level_pts - 17.0) + 0.055 * vix_vol, 0.72, 2.2)
    return tuple(
        SessionState(
            session_date=session_date,
            spot_pts=round(float(spots[position]), 2),
            variance_grid=grids[position],
            strip_share=float(shares[position]),
            smile=Smile(rho=float(rho[position]), eta=float(eta[position])),
            vix_smile=VIX_SMILE,
            vix_vol_level=float(vix_vol_level[position]),
            rates=rates[position],
        )
        for position, session_date in enumerate(sessions)
    )


def _strip_shares(level_pts: Floats, smile: Smile) -> Floats:
    """Give how much a 30-day strip costs over the variance at the money: nearly the same at every tenor."""
    theta = (level_pts / 100.0) ** 2 * THIRTY_DAYS_YEARS / _TYPICAL_STRIP_SHARE
    return strip_variance(theta, smile) / theta


def _wandering(steps: Floats, reversion: float) -> Floats:
    """Walk with a pull to 0; unit variance in the long run."""
    size, level, levels = np.sqrt(reversion * (2.0 - reversion)), 0.0, np.empty_like(steps)
    for position, step in enumerate(steps):
        level += size * step - reversion * level
        levels[position] = level
    return levels


def _bars(close_pts: Floats, range_frac: float, chance: Floats) -> Bars:
    """Draw a day around each close: it opens between two closes, and ranges beyond both."""
    before = np.concatenate([close_pts[:1], close_pts[:-1]])
    opened = before * (close_pts / before) ** 0.35 * np.exp(0.5 * range_frac * chance[:, 0])
    top, bottom = np.maximum(opened, close_pts), np.minimum(opened, close_pts)
    return Bars(
        np.round(opened, 2),
        np.round(top * np.exp(range_frac * np.abs(chance[:, 1])), 2),
        np.round(bottom * np.exp(-range_frac * np.abs(chance[:, 2])), 2),
        close_pts,
    )


def _skew_pts(state: SessionState) -> float:
    """Give a level like Cboe's SKEW: higher where the smile leans more to the puts. Not read from the strip."""
    lean = float(np.abs(state.smile.rho) * state.smile.eta)
    return 100.0 + 34.0 * (lean / 0.677) ** 3
