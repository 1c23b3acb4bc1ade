"""The nightly audit finds what is wrong with a vol, names it, and is not alarmed by prices that imply nothing."""

import math

import numpy as np
import pytest

from transforms.pricing.audit import IvAudit, audit_implied_vol
from transforms.pricing.black76 import price
from transforms.pricing.implied_vol import implied_vol

STRIKES = np.arange(4000.0, 6000.0, 5.0)
MARKET = {"strike": STRIKES, "years": 30 / 365, "cp": np.where(STRIKES > 5000, 1, -1), "discount_factor": 0.9966}


@pytest.fixture(scope="module")
def prices() -> np.ndarray:
    return price(5000, vol=0.15 + np.abs(np.log(STRIKES / 5000)), **MARKET)


@pytest.fixture(scope="module")
def vols(prices: np.ndarray) -> np.ndarray:
    return implied_vol(prices, 5000, **MARKET).vol


def test_a_sound_chain_passes(prices: np.ndarray, vols: np.ndarray) -> None:
    audit = audit_implied_vol(prices, 5000, vol=vols, seed=1, **MARKET)

    assert audit.checked_qty == 200
    assert audit.max_difference_vol is not None
    assert audit.max_difference_vol < 1e-12


def test_one_spoiled_vol_is_found_and_named(prices: np.ndarray, vols: np.ndarray) -> None:
    spoiled = vols.copy()
    spoiled[123] += 0.001

    audit = audit_implied_vol(prices, 5000, vol=spoiled, seed=1, sample_size=STRIKES.size, **MARKET)

    assert audit.worst_index == 123
    assert audit.max_difference_vol == pytest.approx(0.001)


def test_the_same_seed_draws_the_same_contracts(prices: np.ndarray, vols: np.ndarray) -> None:
    spoiled = vols + 1e-6 * np.random.default_rng(0).uniform(size=vols.size)
    draws = [audit_implied_vol(prices, 5000, vol=spoiled, seed=seed, sample_size=20, **MARKET) for seed in (5, 5, 6)]

    assert draws[0] == draws[1]
    assert draws[0] != draws[2]


def test_contracts_without_a_vol_are_not_drawn(prices: np.ndarray) -> None:
    nothing = np.full(STRIKES.size, np.nan)

    audit = audit_implied_vol(prices, 5000, vol=nothing, seed=1, **MARKET)

    assert audit == IvAudit(max_difference_vol=None, worst_index=None, checked_qty=0)


def test_a_vol_where_the_reference_finds_none_is_an_infinite_difference() -> None:
    # A call at 30 on a forward of 20 is worth more than the forward.
    audit = audit_implied_vol([30.0], 20, strike=20, years=0.5, cp=1, discount_factor=1, vol=0.5, seed=1)

    assert audit == IvAudit(max_difference_vol=math.inf, worst_index=0, checked_qty=1)


def test_a_price_whose_last_bit_moves_the_vol_is_not_compared() -> None:
    # Two thousand points in the money with an hour to go: any vol gives this price.
    audit = audit_implied_vol([2000.0], 5000, strike=3000, years=1e-4, cp=1, discount_factor=1, vol=0.3, seed=1)

    assert audit.checked_qty == 0
