"""Every Greek against what it is the derivative of: central differences of the 50-digit price."""

from collections.abc import Callable
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest

from transforms.pricing.greeks import greeks

Row = tuple[float, ...]
BUMP = mpmath.mpf("1e-15")  # leaves 1e-30 of the third derivative, and 20 of the 50 digits to the second difference
CONTRACTS_QTY = 250


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """SPX-like and VIX-like contracts as (forward, strike, vol, years, cp, discount factor), from 15 minutes up."""
    rng = np.random.default_rng(7)
    years = rng.choice(np.geomspace(15 / 525_600, 3.0, 43), CONTRACTS_QTY)
    vol = rng.uniform(0.08, 1.5, CONTRACTS_QTY)
    forward = rng.choice([18.0, 5000.0], CONTRACTS_QTY) * rng.uniform(0.8, 1.2, CONTRACTS_QTY)
    strike = forward * np.exp(vol * np.sqrt(years) * rng.uniform(-4, 4, CONTRACTS_QTY))
    cp = rng.choice([-1.0, 1.0], CONTRACTS_QTY)
    return list(
        zip(*(lane.tolist() for lane in (forward, strike, vol, years, cp, np.exp(-0.042 * years))), strict=True)
    )


def slope(price: Callable[..., mpmath.mpf], row: Row, place: int) -> mpmath.mpf:
    """Slope of the price in one of its numbers, by a central difference."""
    bump = BUMP * mpmath.mpf(row[place])
    up, down = (price(*row[:place], mpmath.mpf(row[place]) + way * bump, *row[place + 1 :]) for way in (1, -1))
    return (up - down) / (2 * bump)


def curvature(price: Callable[..., mpmath.mpf], row: Row) -> mpmath.mpf:
    """Change of that slope in the forward, by a central second difference."""
    bump = BUMP * mpmath.mpf(row[0])
    up, down = (price(mpmath.mpf(row[0]) + way * bump, *row[1:]) for way in (1, -1))
    return (up - 2 * price(*row) + down) / bump**2


def one_day_later(price: Callable[..., mpmath.mpf], row: Row) -> mpmath.mpf:
    """Price after one calendar day, the discount factor rolled at its own rate -ln DF / T; exercise once expired."""
    forward, strike, vol, years, cp, discount = row
    left = mpmath.mpf(years) - mpmath.mpf(1) / 365
    if left <= 0:
        return max(cp * (mpmath.mpf(forward) - mpmath.mpf(strike)), mpmath.mpf(0))
    rate = -mpmath.log(mpmath.mpf(discount)) / mpmath.mpf(years)
    return price(forward, strike, vol, left, cp, mpmath.exp(-rate * left))


EXPECTED: dict[str, Callable[[Callable[..., mpmath.mpf], Row], mpmath.mpf]] = {
    "delta_forward": lambda price, row: slope(price, row, 0) / row[5],
    "delta_b76": lambda price, row: slope(price, row, 0),
    "gamma_b76": curvature,
    "vega_per_volpt": lambda price, row: slope(price, row, 2) / 100,
    "theta_per_day": lambda price, row: one_day_later(price, row) - price(*row),
    # Breeden and Litzenberger (1978): the slope in the strike is minus the discounted probability of exercise.
    "prob_itm": lambda price, row: -row[4] * slope(price, row, 1) / row[5],
}


@pytest.mark.parametrize("greek", EXPECTED)
def test_a_greek_is_the_difference_quotient_of_the_price(greek: str, rows: list[Row], exact: SimpleNamespace) -> None:
    forward, strike, vol, years, cp, discount = np.array(rows).T
    ours = getattr(greeks(forward, strike, vol=vol, years=years, cp=cp, discount_factor=discount), greek)
    expected = np.array([float(EXPECTED[greek](exact.price, row)) for row in rows])
    rounding = {"theta_per_day": 1e-15 * (forward + strike)}.get(greek, np.zeros(len(rows)))

    assert np.all(np.abs(ours - expected) <= 1e-11 * np.abs(expected) + rounding)


def test_a_day_before_expiry_theta_is_the_whole_time_value() -> None:
    # Four hours left: 0.05 of exercise against the price; both sides of "to settlement".
    contract = {"vol": 0.3, "years": 4 / 24 / 365, "cp": -1, "discount_factor": 0.99998}
    answers = greeks(99.95, 100, **contract)

    assert float(answers.theta_per_day) == pytest.approx(0.05 - exercise_price_of(answers_of=contract), abs=1e-12)


def exercise_price_of(answers_of: dict[str, float]) -> float:
    """The price of the contract above by mpmath's own normal distribution."""
    total = answers_of["vol"] * mpmath.sqrt(answers_of["years"])
    d1 = mpmath.log(mpmath.mpf("99.95") / 100) / total + total / 2
    return float(
        answers_of["discount_factor"] * (100 * mpmath.ncdf(total - d1) - mpmath.mpf("99.95") * mpmath.ncdf(-d1))
    )


@pytest.mark.parametrize("years", [0.0, -0.01])
@pytest.mark.parametrize("vol", [0.2, np.nan])
def test_an_expired_option_has_a_step_for_a_delta_and_no_other_greek(years: float, vol: float) -> None:
    answers = greeks([95, 100, 105] * 2, 100, vol=vol, years=years, cp=[1, 1, 1, -1, -1, -1], discount_factor=0.5)

    assert answers.delta_forward.tolist() == [0, 0.5, 1, -1, -0.5, 0]
    assert answers.delta_b76.tolist() == [0, 0.25, 0.5, -0.5, -0.25, 0]
    assert answers.prob_itm.tolist() == [0, 0.5, 1, 1, 0.5, 0]
    for greek in ("gamma_b76", "vega_per_volpt", "theta_per_day"):
        assert getattr(answers, greek).tolist() == [0.0] * 6


@pytest.mark.parametrize("missing", ["forward", "vol", "years"])
def test_a_living_option_without_a_number_has_no_greeks(missing: str) -> None:
    numbers = {"forward": 100.0, "strike": 100.0, "vol": 0.2, "years": 0.5, "cp": 1, "discount_factor": 0.98}
    answers = greeks(**{**numbers, missing: np.nan})

    assert all(np.isnan(getattr(answers, greek)) for greek in EXPECTED)


def test_signs_are_those_of_a_long_option() -> None:
    call, put = (greeks(100, 100, vol=0.2, years=0.25, cp=cp, discount_factor=0.99) for cp in (1, -1))

    assert call.delta_b76 > 0 > put.delta_b76
    assert min(call.gamma_b76, put.gamma_b76, call.vega_per_volpt, put.vega_per_volpt) > 0
    assert max(call.theta_per_day, put.theta_per_day) < 0


def test_a_chain_longer_than_a_chunk_equals_its_contracts_one_by_one() -> None:
    strike = np.linspace(60, 140, 2 * 2500).reshape(2, 2500)
    market = {"vol": 0.4, "years": 0.5, "cp": 1, "discount_factor": 0.98}

    whole = greeks(100, strike, **market)

    for greek in EXPECTED:
        lane = getattr(whole, greek)
        assert lane.shape == (2, 2500)
        assert lane[1, 2000] == pytest.approx(float(getattr(greeks(100, strike[1, 2000], **market), greek)), rel=1e-14)
