"""The default seed tells its story: calm, a pullback that stays minor, a selloff through the short put, a recovery.

The acceleration score is counted here from METHODOLOGY 5.1-5.7, without transforms.signals.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pytest

from transforms.simulated.book import quote
from transforms.simulated.book_files import ledgers_of, open_legs
from transforms.simulated.listings import vx_expiries
from transforms.simulated.story import CHAPTERS, FEATURE_SESSION, chapter_of, nights

if TYPE_CHECKING:
    import numpy.typing as npt

    from transforms.simulated.market import SimulatedMarket

    Floats = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def accel(market: SimulatedMarket) -> dict[dt.date, int]:
    return dict(zip(market.sessions, accel_score(market), strict=True))


def sessions_of(name: str) -> list[dt.date]:
    return [day for day in nights() if chapter_of(day).name == name]


def test_there_are_at_least_320_nights_after_a_year_of_history(market: SimulatedMarket) -> None:
    assert len(nights()) >= 320
    assert market.position(nights()[0]) >= 350
    assert [chapter.start for chapter in CHAPTERS] == sorted(chapter.start for chapter in CHAPTERS)


def test_the_calm_is_calm(market: SimulatedMarket, accel: dict[dt.date, int]) -> None:
    calm = sessions_of("calm")
    vix = market.bars["VIX"].close_pts[[market.position(day) for day in calm]]
    assert len(calm) > 100
    assert np.median(vix) < 17
    assert vix.max() < 25
    assert np.mean([accel[day] >= 4 for day in calm]) < 0.03


def test_the_minor_pullback_never_accelerates(market: SimulatedMarket, accel: dict[dt.date, int]) -> None:
    pullback = sessions_of("minor pullback")
    before = market.bars["SPX"].close_pts[market.position(pullback[0]) - 1]
    low = market.bars["SPX"].low_pts[[market.position(day) for day in pullback]].min()
    assert -0.035 < low / before - 1 < -0.015
    # METHODOLOGY 6.3: L2 needs acceleration of 4 to become ACTIVE, and L3 needs L2; L1 alone needs 4 without a condor.
    assert max(accel[day] for day in pullback) <= 3


def test_the_selloff_accelerates_and_the_recovery_does_not(accel: dict[dt.date, int]) -> None:
    """METHODOLOGY 6.3: two items arm L1 and L2 a week before; four with the put in the money make both ACTIVE."""
    armed = [day for day in sessions_of("selloff") if accel[day] >= 2]
    assert armed[0] == dt.date(2026, 4, 21)
    assert accel[dt.date(2026, 4, 28)] >= 4
    assert accel[FEATURE_SESSION] >= 3
    assert max(accel[day] for day in sessions_of("after") if day <= dt.date(2026, 6, 15)) <= 3


def test_the_selloff_takes_spx_through_the_short_put_and_not_through_the_wing(market: SimulatedMarket) -> None:
    expected = {
        dt.date(2026, 4, 27): "above",
        dt.date(2026, 4, 28): "ITM",
        dt.date(2026, 4, 29): "BREACHED",
        dt.date(2026, 4, 30): "ITM",
        dt.date(2026, 5, 1): "BREACHED",
        dt.date(2026, 5, 4): "ITM",
    }
    assert {day: put_side(market, day) for day in expected} == expected
    assert dt.date(2026, 4, 29) == FEATURE_SESSION


def test_the_recovery_comes_back(market: SimulatedMarket) -> None:
    close = market.bars["SPX"].close_pts
    bottom = close[market.position(dt.date(2026, 4, 16)) : market.position(dt.date(2026, 5, 6))].min()
    assert close[market.position(dt.date(2026, 5, 29))] > 1.04 * bottom
    assert market.bars["VIX"].close_pts[market.position(dt.date(2026, 6, 15))] < 20


def test_the_hedge_works_on_the_feature_session(market: SimulatedMarket) -> None:
    """L1 calls are worth more than they cost, and what the calls gained exceeds half of what the condor lost."""
    gains = {"condor": 0.0, "L1": 0.0, "L2": 0.0, "L3": 0.0}
    ledger = ledgers_of(7)["MAIN"]
    legs = open_legs(ledger, FEATURE_SESSION)
    for fill in ledger.fills:
        part = fill.structure.split("-")[0]
        if part in gains and fill.session_date <= FEATURE_SESSION and fill.option in legs:
            bid, ask = quote(market, FEATURE_SESSION, fill.option)
            gains[part] += 100 * fill.quantity * ((bid + ask) / 2 - fill.price_pts)
    assert gains["condor"] < -1000
    assert gains["L1"] > 1000
    assert gains["L1"] + gains["L2"] + gains["L3"] > -0.5 * gains["condor"]


def put_side(market: SimulatedMarket, day: dt.date) -> str:
    """State of the May condor's put side, METHODOLOGY 6.1."""
    ledger = ledgers_of(7)["MAIN"]
    fills = [fill for fill in ledger.fills if fill.structure == "condor-2026-05" and fill.session_date < day]
    credit = -sum(fill.price_pts * np.sign(fill.quantity) for fill in fills)
    strikes = sorted(fill.option.strike_pts for fill in fills if fill.option.right == "P")
    spot = market.state(day).spot_pts
    if spot >= strikes[1]:
        return "above"
    if spot <= strikes[0]:
        return "WING"
    return "BREACHED" if spot < strikes[1] - credit else "ITM"


def accel_score(market: SimulatedMarket) -> npt.NDArray[np.int64]:
    """METHODOLOGY 5.7: six items a session."""
    spx, vix = market.bars["SPX"].close_pts, market.bars["VIX"].close_pts
    one, three = change(spx, 1), change(spx, 3)
    rsi, hist, curve = wilder_rsi(vix), macd_histogram(market), contango(market)
    rising = (hist > shifted(hist, 1)) & (shifted(hist, 1) > shifted(hist, 2))
    confirmed = (hist > 0) & (bars_since_cross(hist) <= 5) & rising
    oscillator, ad_z = breadth_measures(market)
    items = (
        (one <= -1.5 * shifted(edr_frac(market), 1)) | (three <= -0.025),
        (rsi >= 70) | (rsi - shifted(rsi, 5) >= 15),
        confirmed,
        curve < 0,
        (oscillator <= -70) | (ad_z <= -1),
        (vix >= 20) & (change(vix, 1) >= 0.15),
    )
    return np.sum(items, axis=0)


def shifted(values: Floats, by: int) -> Floats:
    return np.concatenate([np.full(by, np.nan), values[:-by]])


def change(values: Floats, by: int) -> Floats:
    return values / shifted(values, by) - 1


def ema(values: Floats, alpha: float, start: int = 0) -> Floats:
    out = np.full_like(values, np.nan)
    out[start] = values[start]
    for i in range(start + 1, len(values)):
        out[i] = out[i - 1] + alpha * (values[i] - out[i - 1])
    return out


def wilder_rsi(values: Floats) -> Floats:
    moves = np.diff(values, prepend=values[0])
    gains, losses = ema(np.maximum(moves, 0), 1 / 14), ema(np.maximum(-moves, 0), 1 / 14)
    return 100 - 100 / (1 + gains / np.maximum(losses, 1e-12))


def macd_histogram(market: SimulatedMarket) -> Floats:
    levels = []
    for day, state in zip(market.sessions, market.states, strict=True):
        alive = [expiry for expiry in vx_expiries(day) if expiry > day]
        days = [(expiry - day).days for expiry in alive]
        levels.append(np.interp(30, days, [state.vix_future_at(expiry) for expiry in alive]))
    macd = ema(np.array(levels), 2 / 13) - ema(np.array(levels), 2 / 27)
    return macd - ema(macd, 2 / 10)


def bars_since_cross(hist: Floats) -> npt.NDArray[np.int64]:
    since, out = 999, []
    for before, now in zip(np.concatenate([[0.0], hist[:-1]]), hist, strict=True):
        since = 0 if before <= 0 < now else since + 1
        out.append(since)
    return np.array(out)


def contango(market: SimulatedMarket) -> Floats:
    out = []
    for day, state in zip(market.sessions, market.states, strict=True):
        first, second = [expiry for expiry in vx_expiries(day) if (expiry - day).days >= 5][:2]
        out.append(state.vix_future_at(second) / state.vix_future_at(first) - 1)
    return np.array(out)


def edr_frac(market: SimulatedMarket) -> Floats:
    vix, vix9d = market.bars["VIX"].close_pts, market.bars["VIX9D"].close_pts
    hv20 = np.array(
        [np.std(market.log_return[max(i - 19, 0) : i + 1], ddof=1) if i > 1 else 0.01 for i in range(len(vix))]
    )
    regime = np.select([vix < 15, vix < 20, vix < 30], [0.9, 1.0, 1.25], 1.5)
    return regime * (0.6 * vix9d / 100 + 0.4 * hv20 * np.sqrt(252)) / np.sqrt(252)


def breadth_measures(market: SimulatedMarket) -> tuple[Floats, Floats]:
    net = (market.breadth.advances - market.breadth.declines).astype(float)
    share = 1000 * net / (market.breadth.advances + market.breadth.declines)
    line = np.cumsum(net)
    gap = np.array([line[i] - line[max(i - 49, 0) : i + 1].mean() for i in range(len(line))])
    z = np.array([gap[i] / np.std(gap[max(i - 251, 0) : i + 1], ddof=1) if i > 1 else 0.0 for i in range(len(line))])
    return ema(share, 0.10) - ema(share, 0.05), z
