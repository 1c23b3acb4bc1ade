"""The simulated VIX is the VIX of the simulated chain: our recompute, which it never saw, must find it again.

The issue's bound: within 0.15 on 95% and 0.3 on all of 320 sessions, for five seeds. On a few sessions before a Friday
the exchange is closed, Cboe's window holds no pair around 30 days: nothing to compare (METHODOLOGY 3.8).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from transforms.market.calendar import quote_table_instant
from transforms.market.rates import TENOR_DAYS, par_curve
from transforms.market.vix_index import NO_EXPIRY_PAIR, recompute_vix
from transforms.simulated.chain_quotes import quote_expiry
from transforms.simulated.listings import Size, spx_expiries, spx_strikes
from transforms.simulated.market import SimulatedMarket, simulate
from transforms.simulated.par_rates import TENOR_YEARS, par_yield_pct
from transforms.simulated.story import FEATURE_SESSION, nights


def vix_difference_pts(market: SimulatedMarket, day: dt.date, size: Size) -> float:
    """Recomputed from the quotes of the session, less the published close."""
    quoted, (low, high) = [], market.strike_range_pts(day)
    for expiry in spx_expiries(day, size):
        days = (expiry.expiry_date - day).days
        if 22 <= days <= 38:
            strikes = spx_strikes(expiry, days, low_pts=low, high_pts=high, size=size)
            quotes = quote_expiry(market.state(day), expiry, strikes)
            sides = (("C", quotes.call_bid_pts, quotes.call_ask_pts), ("P", quotes.put_bid_pts, quotes.put_ask_pts))
            quoted += [
                pl.DataFrame({"strike_pts": strikes, "bid_pts": bid, "ask_pts": ask}).with_columns(
                    root=pl.lit(expiry.root), expiry_date=pl.lit(expiry.expiry_date), right=pl.lit(right)
                )
                for right, bid, ask in sides
            ]
    rates = market.rates[market.position(day)]
    yields = {
        TENOR_DAYS[name]: round(float(par_yield_pct(rates, years)), 2) / 100 for name, years in TENOR_YEARS.items()
    }
    found = recompute_vix(pl.concat(quoted), quote_table_instant(day), par_curve(day, yields))
    if found.vix_pts is None:
        assert found.reason == NO_EXPIRY_PAIR, (day, found.reason)
        return np.nan
    return found.vix_pts - float(market.bars["VIX"].close_pts[market.position(day)])


@pytest.mark.parametrize("size", ["full", "small"])
def test_the_recomputed_vix_is_the_published_one(market: SimulatedMarket, size: Size) -> None:
    days = [*nights()[::40], FEATURE_SESSION]
    assert max(abs(vix_difference_pts(market, day, size)) for day in days) < 0.1


@pytest.mark.soak
@pytest.mark.parametrize("seed", [7, 1, 2, 3, 4])
def test_the_recomputed_vix_is_the_published_one_on_every_night(seed: int) -> None:
    market = simulate(seed)
    for size in ("full", "small"):
        found = np.array([vix_difference_pts(market, day, size) for day in nights()])
        difference = np.abs(found[np.isfinite(found)])
        assert difference.size >= 320
        print(f"\nseed {seed} {size}: median, 95%, max", np.percentile(difference, [50, 95, 100]).round(4))  # noqa: T201
        assert np.percentile(difference, 95) <= 0.15
        assert difference.max() <= 0.3


def test_the_vix_family_orders_itself_by_the_curve(market: SimulatedMarket) -> None:
    calm, stress = market.position(dt.date(2025, 9, 15)), market.position(FEATURE_SESSION)
    names = ("VIX9D", "VIX", "VIX3M", "VIX6M")
    assert np.all(np.diff([market.bars[name].close_pts[calm] for name in names]) > 0)
    assert np.all(np.diff([market.bars[name].close_pts[stress] for name in names]) < 0)


def test_a_vix_future_ends_as_vix(market: SimulatedMarket) -> None:
    vix = market.bars["VIX"].close_pts
    at_settlement = np.array([float(state.vix_future_pts(0.0)) for state in market.states])
    assert np.abs(at_settlement - vix).max() < 0.25  # VIX leaves out strikes nobody bids for, the future does not
