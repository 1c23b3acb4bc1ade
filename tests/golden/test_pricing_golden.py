"""Golden numbers T1, T2 and T6 of the domain specification (section 11), at the digits printed there.

They were computed by a program that shares nothing with this one (closed formulas
with scipy.stats, discounting at 4.2%).
T2 is a hand sum: exp(-0.042 * 30/365) = 0.9965539, times 20 - 22.
"""

import math

import numpy as np
import pytest

from transforms.pricing.black76 import delta_forward, price
from transforms.pricing.greeks import greeks

RATE = 0.042
T1_YEARS = 30 / 365
T1 = {"vol": 0.90, "years": T1_YEARS, "discount_factor": math.exp(-RATE * T1_YEARS)}
# T6: four, four and two VIX calls of about 30, 110 and 220 days, each on its own future.
T6_CALLS = np.array([4, 4, 2])
T6_FORWARD = np.array([19.0, 20.2, 20.8])
T6_STRIKE = np.array([19.5, 21.5, 22.5])
T6_YEARS = np.array([30, 110, 220]) / 365
T6 = {"vol": np.array([0.90, 0.65, 0.52]), "years": T6_YEARS, "cp": 1, "discount_factor": np.exp(-RATE * T6_YEARS)}


def test_t1_prices_a_call_and_its_put() -> None:
    call, put = price(20, 22, cp=np.array([1, -1]), **T1)

    assert (round(call, 6), round(put, 6)) == (1.295668, 3.288776)


@pytest.mark.parametrize(
    ("greek", "expected"),
    [
        ("delta_b76", (0.403623, -0.592931)),
        ("gamma_b76", (0.074847, 0.074847)),
        ("vega_per_volpt", (0.022147, 0.022147)),
        ("prob_itm", (0.309101, 1 - 0.309101)),
    ],
)
def test_t1_greeks_of_a_call_and_its_put(greek: str, expected: tuple[float, float]) -> None:
    answers = getattr(greeks(20, 22, cp=np.array([1, -1]), **T1), greek)

    assert tuple(np.round(answers, 6)) == pytest.approx(expected, abs=1e-12)


def test_t1_a_call_loses_this_much_over_one_night() -> None:
    assert round(float(greeks(20, 22, cp=1, **T1).theta_per_day), 6) == -0.033322


def test_t2_call_less_put_is_the_discounted_distance_of_forward_and_strike() -> None:
    call, put = price(20, 22, cp=np.array([1, -1]), **T1)

    assert round(call - put, 6) == -1.993108


def test_t6_prices_of_the_hedge_unit() -> None:
    assert price(T6_FORWARD, T6_STRIKE, **T6).round(3).tolist() == [1.730, 2.317, 2.611]


def test_t6_deltas_of_the_hedge_unit_are_discounted() -> None:
    answers = greeks(T6_FORWARD, T6_STRIKE, **T6)

    assert answers.delta_b76.round(3).tolist() == [0.510, 0.495, 0.490]
    assert np.all(delta_forward(T6_FORWARD, T6_STRIKE, vol=T6["vol"], years=T6_YEARS, cp=1) > answers.delta_b76)


def test_t6_premium_and_theta_of_the_hedge_unit_in_dollars() -> None:
    premium_usd = 100 * T6_CALLS @ price(T6_FORWARD, T6_STRIKE, **T6)
    theta_usd_per_day = 100 * T6_CALLS @ greeks(T6_FORWARD, T6_STRIKE, **T6).theta_per_day

    assert round(premium_usd) == 2141
    assert round(theta_usd_per_day, 2) == -19.52
