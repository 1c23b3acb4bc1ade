"""No free money in the simulated market: bounds held exactly by fair prices, and by quotes within their own spread.

Bounds: Merton 1973 (parity, convexity in strike); Gatheral and Jacquier 2014 (calendar: total variance rises at fixed
moneyness; butterfly: Durrleman's g is not negative).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from transforms.simulated.chain_quotes import ExpiryQuotes, expiry_slice, quote_expiry
from transforms.simulated.listings import Expiry, spx_expiries, spx_strikes, vix_expiries, vix_strikes
from transforms.simulated.market import simulate
from transforms.simulated.smile import Smile, total_variance
from transforms.simulated.story import FEATURE_SESSION

if TYPE_CHECKING:
    import numpy.typing as npt

    from transforms.simulated.market import SimulatedMarket

    Floats = npt.NDArray[np.float64]

CALM, HALF_DAY = dt.date(2025, 9, 15), dt.date(2025, 11, 28)
SESSIONS = (CALM, HALF_DAY, FEATURE_SESSION)
ROUNDING = 1e-9


@pytest.fixture(params=SESSIONS, ids=str)
def session_date(request: pytest.FixtureRequest) -> dt.date:
    day: dt.date = request.param
    return day


def alive(market: SimulatedMarket, day: dt.date) -> dict[Expiry, ExpiryQuotes]:
    state, (low, high) = market.state(day), market.strike_range_pts(day)
    spx = {
        expiry: quote_expiry(
            state,
            expiry,
            spx_strikes(expiry, (expiry.expiry_date - day).days, low_pts=low, high_pts=high, size="full"),
        )
        for expiry in spx_expiries(day, "full")
        if state.years_to(expiry.root, expiry.expiry_date) > 0
    }
    return spx | {expiry: quote_expiry(state, expiry, vix_strikes("full")) for expiry in vix_expiries(day, "full")}


@pytest.mark.parametrize("seed", [7, 1, 2, 3, 4])
def test_every_smile_of_every_session_meets_the_condition_of_its_family(seed: int) -> None:
    states = simulate(seed).states
    assert all(state.smile.is_free_of_arbitrage and state.vix_smile.is_free_of_arbitrage for state in states)


@pytest.mark.parametrize("seed", [7, 1, 2, 3, 4])
def test_variance_at_the_money_rises_with_time_on_every_session(seed: int) -> None:
    years = np.concatenate([np.linspace(0.001, 0.2, 60), np.linspace(0.25, 5.0, 60)])
    assert all(np.all(np.diff(state.at_the_money_variance(years)) > 0) for state in simulate(seed).states)


@pytest.mark.parametrize("theta", [1e-4, 3e-3, 0.02, 0.2])
@pytest.mark.parametrize("smile", [Smile(-0.82, 1.08), Smile(-0.60, 0.80), Smile(0.62, 0.50)])
def test_the_density_of_a_slice_is_not_negative(smile: Smile, theta: float) -> None:
    k = np.linspace(-12.0, 12.0, 4001) * np.sqrt(theta)
    w = total_variance(k, theta, smile)
    slope = np.gradient(w, k)
    bend = np.gradient(slope, k)
    durrleman = (1 - k * slope / (2 * w)) ** 2 - slope**2 / 4 * (1 / w + 0.25) + bend / 2
    assert durrleman[2:-2].min() > -1e-6


@pytest.mark.parametrize("smile", [Smile(-0.82, 1.08), Smile(-0.60, 0.80)])
def test_variance_rises_with_time_at_every_moneyness(smile: Smile) -> None:
    k = np.linspace(-1.5, 1.0, 251)
    surface = np.array([total_variance(k, theta, smile) for theta in np.geomspace(1e-5, 0.3, 80)])
    assert np.diff(surface, axis=0).min() > 0


def test_fair_prices_keep_parity_to_the_last_digit(market: SimulatedMarket, session_date: dt.date) -> None:
    state = market.state(session_date)
    for expiry, quotes in alive(market, session_date).items():
        terms = expiry_slice(state, expiry)
        carried = terms.discount * (terms.forward_pts - quotes.strikes_pts)
        assert np.abs(quotes.call_pts - quotes.put_pts - carried).max() < 1e-8


def test_fair_prices_are_convex_in_the_strike(market: SimulatedMarket, session_date: dt.date) -> None:
    for quotes in alive(market, session_date).values():
        for price in (quotes.call_pts, quotes.put_pts):
            slope = np.diff(price) / np.diff(quotes.strikes_pts)
            assert np.diff(slope).min() > -1e-9


def test_no_quote_breaks_parity_by_more_than_its_spread(market: SimulatedMarket, session_date: dt.date) -> None:
    state = market.state(session_date)
    for expiry, quotes in alive(market, session_date).items():
        assert broken_parity(quotes, *dataclasses.astuple(expiry_slice(state, expiry))[:2]) == 0


def test_no_butterfly_and_no_vertical_can_be_bought_for_less_than_nothing(
    market: SimulatedMarket, session_date: dt.date
) -> None:
    for quotes in alive(market, session_date).values():
        assert broken_butterflies(quotes) == 0


def test_no_calendar_spread_can_be_bought_for_less_than_nothing(market: SimulatedMarket, session_date: dt.date) -> None:
    state = market.state(session_date)
    for root in ("SPX", "SPXW"):
        listed = [(e, q) for e, q in alive(market, session_date).items() if e.root == root]
        for (near, near_quotes), (far, far_quotes) in itertools.pairwise(listed):
            ratio = expiry_slice(state, far).forward_pts / expiry_slice(state, near).forward_pts
            discount = expiry_slice(state, far).discount / expiry_slice(state, near).discount
            assert broken_calendars(near_quotes, far_quotes, ratio=ratio, discount=discount) == 0


def test_a_planted_violation_is_found(market: SimulatedMarket) -> None:
    expiry = Expiry(dt.date(2025, 10, 17), "SPXW")
    state, strikes = market.state(CALM), np.arange(4000.0, 5600.0, 25.0)
    quotes = quote_expiry(state, expiry, strikes)
    planted = dataclasses.replace(quotes, call_bid_pts=quotes.call_bid_pts.copy())
    planted.call_bid_pts[30] = quotes.call_ask_pts[30] + 5.0
    terms = expiry_slice(state, expiry)
    assert broken_parity(planted, terms.forward_pts, terms.discount) == 1
    assert broken_butterflies(planted) >= 1


def broken_parity(quotes: ExpiryQuotes, forward: float, discount: float) -> int:
    """Strikes at which a conversion or a reversal makes money at the quotes."""
    carried = discount * (forward - quotes.strikes_pts)
    sell = quotes.call_bid_pts - quotes.put_ask_pts - carried
    buy = carried - (quotes.call_ask_pts - quotes.put_bid_pts)
    return int(np.sum(np.maximum(sell, buy) > 1e-8))


def broken_butterflies(quotes: ExpiryQuotes) -> int:
    """Neighbouring strikes at which a butterfly or a vertical costs less than nothing at the quotes."""
    k = quotes.strikes_pts
    weight = (k[2:] - k[1:-1]) / (k[2:] - k[:-2])
    found = 0
    for bid, ask in ((quotes.call_bid_pts, quotes.call_ask_pts), (quotes.put_bid_pts, quotes.put_ask_pts)):
        cost = weight * ask[:-2] + (1 - weight) * ask[2:] - bid[1:-1]
        found += int(np.sum(cost < -ROUNDING))
    found += int(np.sum(quotes.call_ask_pts[:-1] - quotes.call_bid_pts[1:] < -ROUNDING))
    return found + int(np.sum(quotes.put_ask_pts[1:] - quotes.put_bid_pts[:-1] < -ROUNDING))


def broken_calendars(near: ExpiryQuotes, far: ExpiryQuotes, *, ratio: float, discount: float) -> int:
    """Near strikes whose bid beats the same moneyness bought in the far expiry.

    C(kF)/(D F) rises with time; the far strike of that moneyness is not listed, but its price is at most the chord
    between its neighbours' asks.
    """
    found = 0
    strike = near.strikes_pts * ratio
    inside = (strike >= far.strikes_pts[0]) & (strike <= far.strikes_pts[-1])
    for bid, ask in ((near.call_bid_pts, far.call_ask_pts), (near.put_bid_pts, far.put_ask_pts)):
        chord = np.interp(strike, far.strikes_pts, ask)
        found += int(np.sum((chord - bid * ratio * discount < -ROUNDING) & inside))
    return found
