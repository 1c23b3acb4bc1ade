"""Prices and probabilities against 50-digit arithmetic, QuantLib and the limits a trader knows by heart."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import QuantLib
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.pricing.black76 import UnknownRightError, d1_d2, delta_forward, price, prob_above, prob_itm

CHAIN_QTY = 300


@pytest.fixture(scope="module")
def chain() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(20240119)
    years = rng.choice(np.geomspace(15 / 525_600, 3.0, 43), CHAIN_QTY)
    return {
        "forward": rng.uniform(10.0, 6000.0, CHAIN_QTY),
        "moneyness": rng.uniform(0.4, 1.6, CHAIN_QTY),
        "vol": rng.uniform(0.05, 2.0, CHAIN_QTY),
        "years": years,
        "cp": rng.choice([-1.0, 1.0], CHAIN_QTY),
        "discount_factor": np.exp(-0.042 * years),
    }


@pytest.fixture(scope="module")
def contracts(chain: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    others = {name: lane for name, lane in chain.items() if name != "moneyness"}
    return {**others, "strike": chain["forward"] * chain["moneyness"]}


def test_prices_agree_with_fifty_digits_to_a_few_ulps_of_the_forward(
    contracts: dict[str, np.ndarray], exact: SimpleNamespace
) -> None:
    names = ("forward", "strike", "vol", "years", "cp", "discount_factor")
    expected = [float(exact.price(*row)) for row in zip(*(contracts[n].tolist() for n in names), strict=True)]

    assert np.abs(price(**contracts) - expected).max() < 5e-15 * 6000
    assert np.all(np.abs(price(**contracts) - expected) <= 1e-15 * (contracts["forward"] + contracts["strike"]))


def test_prices_and_deltas_agree_with_quantlib(contracts: dict[str, np.ndarray]) -> None:
    names = ("forward", "strike", "vol", "years", "cp", "discount_factor")
    prices, deltas = [], []
    for forward, strike, vol, years, cp, discount in zip(*(contracts[n].tolist() for n in names), strict=True):
        right = QuantLib.Option.Call if cp > 0 else QuantLib.Option.Put
        calculator = QuantLib.BlackCalculator(
            QuantLib.PlainVanillaPayoff(right, strike), forward, vol * years**0.5, discount
        )
        prices.append(calculator.value())
        deltas.append(calculator.deltaForward() / discount)
    formula = {name: lane for name, lane in contracts.items() if name != "discount_factor"}

    np.testing.assert_allclose(price(**contracts), prices, rtol=0, atol=1e-11)
    np.testing.assert_allclose(delta_forward(**formula), deltas, rtol=0, atol=1e-13)


def test_prob_itm_is_n_of_d2(contracts: dict[str, np.ndarray], exact: SimpleNamespace) -> None:
    formula = {name: lane for name, lane in contracts.items() if name != "discount_factor"}
    names = ("forward", "strike", "vol", "years", "cp")
    expected = [float(exact.prob_itm(*row)) for row in zip(*(contracts[n].tolist() for n in names), strict=True)]

    np.testing.assert_allclose(prob_itm(**formula), expected, rtol=0, atol=1e-13)


def test_d1_and_d2_by_hand() -> None:
    # T1: s = 0.9 * sqrt(30/365) = 0.2580221; ln(20/22) = -0.0953102; d1 = -0.3693875 + 0.1290111 = -0.2403764.
    d1, d2 = d1_d2(20, 22, vol=0.90, years=30 / 365)

    assert float(d1) == pytest.approx(-0.2403764, abs=5e-7)
    assert float(d2) == pytest.approx(-0.4983985, abs=5e-7)


@pytest.mark.parametrize("years", [0.0, -1 / 365])
@pytest.mark.parametrize("vol", [0.2, np.nan])
def test_an_expired_option_is_worth_its_discounted_exercise_whatever_its_vol(years: float, vol: float) -> None:
    forward = np.array([95.0, 100.0, 105.0])

    calls = price(forward, 100, vol=vol, years=years, cp=1, discount_factor=0.5)
    puts = price(forward, 100, vol=vol, years=years, cp=-1, discount_factor=0.5)

    assert calls.tolist() == [0.0, 0.0, 2.5]
    assert puts.tolist() == [2.5, 0.0, 0.0]


def test_an_option_is_never_worth_less_than_its_exercise() -> None:
    strike = np.linspace(1, 400, 4000)

    for cp in (-1, 1):
        worth = price(100, strike, vol=0.1, years=0.01, cp=cp, discount_factor=0.9)
        assert np.all(worth >= 0.9 * np.maximum(cp * (100 - strike), 0))


def test_at_expiry_on_the_strike_both_rights_are_even() -> None:
    assert delta_forward(100, 100, vol=0.2, years=0, cp=[1, -1]).tolist() == [0.5, -0.5]
    assert prob_itm(100, [90, 100, 110], vol=0.2, years=0, cp=1).tolist() == [1.0, 0.5, 0.0]


@pytest.mark.parametrize("missing", ["forward", "strike", "vol", "years", "discount_factor"])
def test_a_missing_number_gives_no_price(missing: str) -> None:
    numbers = {"forward": 100.0, "strike": 100.0, "vol": 0.2, "years": 0.5, "cp": 1, "discount_factor": 0.98}

    assert np.isnan(price(**{**numbers, missing: np.nan}))


def test_a_right_that_is_neither_call_nor_put_is_refused_by_place_and_value() -> None:
    with pytest.raises(UnknownRightError, match=r"2 values .* first 0.0 at index 1\. Hint"):
        price(100, 100, vol=0.2, years=0.5, cp=[1, 0, -1, 2], discount_factor=1)


def test_odds_above_a_strike_are_a_call_spread_of_two_close_strikes_whose_vol_moves_with_them() -> None:
    forward, years, slope = 4166.9, 0.104, -0.00008  # vol falls by 0.8 points from one 100 to the next

    def call(strike: float) -> float:
        vol = 0.18 + slope * (strike - 4000.0)
        return float(QuantLib.blackFormula(QuantLib.Option.Call, strike, forward, vol * math.sqrt(years)))

    digital = (call(3999.995) - call(4000.005)) / 0.01
    assert float(prob_above(forward, 4000.0, vol=0.18, years=years, slope_per_pt=slope)) == pytest.approx(
        digital, abs=1e-7
    )
    flat = float(prob_above(forward, 4000.0, vol=0.18, years=years))
    assert flat == float(prob_itm(forward, 4000.0, vol=0.18, years=years, cp=1.0))
    assert digital > flat


def test_odds_of_an_expired_contract_are_a_step() -> None:
    assert prob_above(100.0, [99.0, 101.0], vol=0.2, years=0.0, slope_per_pt=-0.1).tolist() == [1.0, 0.0]


@settings(max_examples=60)
@given(
    forward=st.floats(5.0, 8000.0),
    vol=st.floats(0.03, 3.0),
    years=st.floats(15 / 525_600, 4.0),
    rate=st.floats(0.0, 0.15),
    spacing=st.floats(0.001, 0.05),
)
def test_prices_of_a_ladder_allow_no_arbitrage(
    *, forward: float, vol: float, years: float, rate: float, spacing: float
) -> None:
    """What holds without any model (Merton 1973): parity, bounds, monotone and convex in the strike.

    An error of some ulps of the forward is allowed, as in the first test of this file.
    """
    discount = math.exp(-rate * years)
    strikes = forward * np.exp(spacing * np.arange(-20, 21))
    call, put = (price(forward, strikes, vol=vol, years=years, cp=cp, discount_factor=discount) for cp in (1.0, -1.0))
    slack = 16 * np.spacing(strikes[-1])
    assert np.abs(call - put - discount * (forward - strikes)).max() <= slack
    assert (call >= discount * np.maximum(forward - strikes, 0.0) - slack).all()
    assert (call <= discount * forward + slack).all()
    assert (put >= discount * np.maximum(strikes - forward, 0.0) - slack).all()
    assert (put <= discount * strikes + slack).all()
    for prices, falls in ((call, -1.0), (put, 1.0)):
        slopes = np.diff(prices) / np.diff(strikes)
        steepest = discount + 2 * slack / np.diff(strikes)
        assert (falls * slopes >= -2 * slack / np.diff(strikes)).all()
        assert (np.abs(slopes) <= steepest).all()
        assert (np.diff(slopes) >= -4 * slack / np.diff(strikes)[:-1]).all()
