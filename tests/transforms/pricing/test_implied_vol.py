"""Implied vols against 50-digit arithmetic and vollib, and a status for every price that implies none."""

import subprocess
import sys
from types import SimpleNamespace

import mpmath
import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from transforms.pricing.black76 import CHUNK_QTY, UnknownRightError, price
from transforms.pricing.greeks import greeks
from transforms.pricing.implied_vol import ImpliedVols, IvStatus, implied_vol

RIGHT_WITHIN = 1e-10  # relative or absolute
SMALLEST_QUOTE = 1e-4  # a hundredth of the smallest tick; a double's price under it is the rounding of two large terms
SMALLEST_NORMAL = 2.3e-308  # below, a double has lost digits
Contracts = dict[str, np.ndarray]


def quoted(contracts: Contracts) -> Contracts:
    """The arguments of implied_vol for a chain priced at its vols."""
    return {"price": price(**contracts), **{name: lane for name, lane in contracts.items() if name != "vol"}}


def determined(contracts: Contracts, smallest_price: float) -> np.ndarray:
    """True where the price pins the vol down: its last bit moves the vol by less than 1e-13."""
    vega = 100 * greeks(**contracts).vega_per_volpt
    quotes = price(**contracts)
    return (quotes >= smallest_price) & (quotes * 2.0**-52 < 1e-13 * vega)


def is_right(vol: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.abs(vol - truth) <= RIGHT_WITHIN * np.maximum(1.0, truth)


def vollib_vols(quotes: Contracts) -> np.ndarray:
    from vollib.black.implied_volatility import implied_volatility_of_undiscounted_option_price as solve

    names = ("forward", "strike", "years")
    rows = zip(
        (quotes["price"] / quotes["discount_factor"]).tolist(), *(quotes[n].tolist() for n in names), strict=True
    )
    flags = np.where(quotes["cp"] > 0, "c", "p").tolist()
    return np.array([solve(*row, flag) for row, flag in zip(rows, flags, strict=True)])


def exact_vols(exact: SimpleNamespace, quotes: Contracts, start: np.ndarray) -> np.ndarray:
    names = ("price", "forward", "strike", "years", "cp", "discount_factor")
    rows = zip(*(quotes[n].tolist() for n in names), start.tolist(), strict=True)
    return np.array([float(exact.vol(*row)) for row in rows])


def at(contracts: Contracts, index: np.ndarray) -> Contracts:
    return {name: lane[index] for name, lane in contracts.items()}


@pytest.fixture(scope="module")
def grid() -> Contracts:
    """43 expiries from 15 minutes to 3 years, 0.4 to 1.6 of the forward, SPX and VIX levels, both rights."""
    rng = np.random.default_rng(42)
    qty = 20_000
    years = rng.choice(np.geomspace(15 / 525_600, 3.0, 43), qty)
    forward = rng.choice([5000.0, 20.0], qty, p=[0.9, 0.1]) * rng.uniform(0.9, 1.1, qty)
    moneyness = np.where(
        rng.uniform(size=qty) < 0.5,
        rng.uniform(0.4, 1.6, qty),
        np.clip(np.exp(0.4 * np.sqrt(years) * rng.standard_normal(qty)), 0.4, 1.6),
    )
    return {
        "forward": forward,
        "strike": forward * moneyness,
        "vol": rng.uniform(0.05, 1.5, qty),
        "years": years,
        "cp": rng.choice([-1.0, 1.0], qty),
        "discount_factor": np.exp(-0.042 * years),
    }


def test_no_vol_of_the_grid_differs_from_vollib(grid: Contracts) -> None:
    sound = at(grid, np.flatnonzero(determined(grid, SMALLEST_QUOTE)))
    quotes = quoted(sound)
    solved = implied_vol(**quotes)

    assert len(sound["vol"]) > 13_000
    assert set(solved.status.tolist()) == {IvStatus.OK}
    assert np.all(is_right(solved.vol, vollib_vols(quotes)))


def test_no_vol_of_the_grid_differs_from_fifty_digits(grid: Contracts, exact: SimpleNamespace) -> None:
    sample = np.random.default_rng(1).permutation(np.flatnonzero(determined(grid, SMALLEST_QUOTE)))[:300]
    quotes = quoted(at(grid, sample))
    solved = implied_vol(**quotes)

    assert np.all(is_right(solved.vol, exact_vols(exact, quotes, start=grid["vol"][sample])))


def test_every_price_of_the_grid_has_a_vol_or_a_reason(grid: Contracts) -> None:
    solved = implied_vol(**quoted(grid))

    assert np.array_equal(np.isnan(solved.vol), solved.status != IvStatus.OK)
    # Priced from a vol, a quote can only have lost its time value to rounding.
    assert set(np.unique(solved.status)) <= {IvStatus.OK, IvStatus.BELOW_INTRINSIC, IvStatus.NOT_CONVERGED}


@settings(derandomize=True, deadline=None, max_examples=150)
@given(
    log_moneyness=st.floats(-2.0, 2.0),
    total=st.floats(1e-4, 3.9),
    years=st.floats(1e-5, 5.0),
    forward=st.sampled_from([0.5, 17.35, 5432.1]),
    cp=st.sampled_from([-1.0, 1.0]),
    discount=st.floats(0.8, 1.01),
)
def test_any_price_that_determines_a_vol_gives_it_back(  # noqa: PLR0917  hypothesis passes by name
    exact: SimpleNamespace, log_moneyness: float, total: float, years: float, forward: float, cp: float, discount: float
) -> None:
    strike, vol = forward * np.exp(log_moneyness), total / np.sqrt(years)
    quote = exact.price(forward, strike, vol, years, cp, discount)
    bump = vol * mpmath.mpf("1e-12")
    vega = (exact.price(forward, strike, vol + bump, years, cp, discount) - quote) / bump
    assume(quote > SMALLEST_NORMAL)
    assume(quote * mpmath.mpf(2) ** -52 < 1e-13 * vega)

    solved = implied_vol(float(quote), forward, strike=strike, years=years, cp=cp, discount_factor=discount)

    assert solved.status == IvStatus.OK
    assert is_right(solved.vol, vol)


@pytest.mark.parametrize(
    ("total_range", "log_distance_range"),
    [((4.0, 8.0), (0.0, 5.0)), ((8.0, 40.0), (0.0, 12.0)), ((0.13, 4.0), (5.0, 12.0)), ((1.0, 12.0), (12.0, 60.0))],
    ids=["wide", "saturated", "far", "far and wide"],
)
def test_beyond_the_market_a_vol_is_right_or_not_converged(
    total_range: tuple[float, float], log_distance_range: tuple[float, float], exact: SimpleNamespace
) -> None:
    rng = np.random.default_rng(99)
    qty = 200
    years = rng.uniform(0.01, 3.0, qty)
    signed_distance = rng.choice([-1, 1], qty) * rng.uniform(*log_distance_range, qty)
    contracts = {
        "forward": np.full(qty, 100.0),
        "strike": 100.0 * np.exp(signed_distance),
        "vol": rng.uniform(*total_range, qty) / np.sqrt(years),
        "years": years,
        "cp": rng.choice([-1.0, 1.0], qty),
        "discount_factor": np.exp(-0.042 * years),
    }
    names = ("forward", "strike", "vol", "years", "cp", "discount_factor")
    rows = list(zip(*(contracts[n].tolist() for n in names), strict=True))
    quotes = {**quoted(contracts), "price": np.array([float(exact.price(*row)) for row in rows])}
    solved = implied_vol(**quotes)
    ok = solved.status == IvStatus.OK

    assert set(np.unique(solved.status[~ok])) <= {
        IvStatus.NOT_CONVERGED,
        IvStatus.ABOVE_MAXIMUM,  # the price rounds to its bound
        IvStatus.BELOW_INTRINSIC,  # the price underflows to zero
    }
    vega = 100 * greeks(**contracts).vega_per_volpt
    pinned = (quotes["price"] > SMALLEST_NORMAL) & (quotes["price"] * 2.0**-52 < 1e-13 * vega)
    assert np.all(ok[pinned])
    # Out of the money the price is all time value; in the money rounding may leave a vol that nobody can know.
    known = np.flatnonzero(ok & (pinned | (contracts["cp"] == np.sign(signed_distance))))
    truth = exact_vols(exact, at(quotes, known), start=contracts["vol"][known])
    assert np.all(is_right(solved.vol[known], truth))


EDGES = {
    "a fair quote": ({}, IvStatus.OK),
    "no price": ({"price": np.nan}, IvStatus.NO_QUOTE),
    "an infinite price": ({"price": np.inf}, IvStatus.NO_QUOTE),
    "a negative price": ({"price": -0.05}, IvStatus.NO_QUOTE),
    "no forward": ({"forward": np.nan}, IvStatus.NO_QUOTE),
    "a forward of zero": ({"forward": 0.0}, IvStatus.NO_QUOTE),
    "a negative strike": ({"strike": -1.0}, IvStatus.NO_QUOTE),
    "no time": ({"years": np.nan}, IvStatus.NO_QUOTE),
    "no discount factor": ({"discount_factor": np.nan}, IvStatus.NO_QUOTE),
    "a discount factor of zero": ({"discount_factor": 0.0}, IvStatus.NO_QUOTE),
    "a price of zero out of the money": ({"price": 0.0, "strike": 120.0}, IvStatus.BELOW_INTRINSIC),
    "a call under its exercise": ({"strike": 90.0, "price": 9.0}, IvStatus.BELOW_INTRINSIC),
    "a put under its exercise": ({"strike": 110.0, "price": 9.0, "cp": -1}, IvStatus.BELOW_INTRINSIC),
    "a call at the forward": ({"price": 98.0}, IvStatus.ABOVE_MAXIMUM),
    "a put at its strike": ({"price": 0.98 * 80, "strike": 80.0, "cp": -1}, IvStatus.ABOVE_MAXIMUM),
    "a call over the forward": ({"price": 130.0}, IvStatus.ABOVE_MAXIMUM),
    "settled today": ({"years": 0.0}, IvStatus.EXPIRED),
    "settled yesterday": ({"years": -1 / 365}, IvStatus.EXPIRED),
    "settled, and under its exercise": ({"years": 0.0, "price": 1.0, "strike": 50.0}, IvStatus.EXPIRED),
    "settled, and without a price": ({"years": 0.0, "price": np.nan}, IvStatus.NO_QUOTE),
    "a hair under the forward": ({"price": np.nextafter(98.0, 0)}, IvStatus.NOT_CONVERGED),
}


@pytest.mark.parametrize(("change", "status"), EDGES.values(), ids=EDGES)
def test_every_edge_has_its_status_and_only_a_fair_quote_a_vol(change: dict[str, float], status: IvStatus) -> None:
    quote = {"price": 4.0, "forward": 100.0, "strike": 100.0, "years": 0.25, "cp": 1, "discount_factor": 0.98}

    solved = implied_vol(**{**quote, **change})

    assert IvStatus(int(solved.status)) is status
    assert np.isnan(solved.vol) == (status is not IvStatus.OK)


def test_a_price_at_discounted_exercise_has_no_time_value_despite_rounding() -> None:
    rng = np.random.default_rng(3)
    strike, discount = rng.uniform(1, 99, 2000), rng.uniform(0.8, 1.0, 2000)

    solved = implied_vol(discount * (100 - strike), 100, strike=strike, years=0.1, cp=1, discount_factor=discount)

    assert set(solved.status.tolist()) == {IvStatus.BELOW_INTRINSIC}


def test_on_the_strike_itself_the_vol_is_exact() -> None:
    # F = K: the price is F * erf(s / (2 sqrt 2)), inverted in closed form.
    totals = [1e-6, 1e-3, 0.1, 1.0, 3.0]
    quotes = [float(100 * mpmath.erf(mpmath.mpf(total) / (2 * mpmath.sqrt(2)))) for total in totals]

    solved = implied_vol(quotes, 100, strike=100, years=1.0, cp=-1, discount_factor=1.0)

    np.testing.assert_allclose(solved.vol, totals, rtol=1e-11, atol=1e-15)


def test_call_and_put_of_one_strike_imply_one_vol() -> None:
    market = {"strike": [90, 100, 115], "years": 0.2, "discount_factor": 0.99}
    calls, puts = (implied_vol(price(100, vol=0.3, cp=cp, **market), 100, cp=cp, **market).vol for cp in (1, -1))

    np.testing.assert_allclose(calls, puts, rtol=1e-12)


def test_the_shape_of_the_answer_is_the_broadcast_of_the_questions() -> None:
    smile = implied_vol([[4.0], [5.0]], 100, strike=[95, 100, 105], years=0.25, cp=1, discount_factor=0.98)
    none = implied_vol([], 100, strike=[], years=0.25, cp=1, discount_factor=0.98)

    assert smile.vol.shape == smile.status.shape == (2, 3)
    assert none.vol.shape == none.status.shape == (0,)


def test_a_chain_longer_than_a_chunk_equals_its_contracts_one_by_one() -> None:
    strike = np.linspace(60, 140, CHUNK_QTY + 500)
    market = {"years": 0.5, "cp": 1, "discount_factor": 0.98}
    quotes = price(100, strike, vol=0.4, **market)
    picked = [0, CHUNK_QTY - 1, CHUNK_QTY, strike.size - 1]

    whole = implied_vol(quotes, 100, strike=strike, **market).vol

    assert whole[picked].tolist() == [
        float(implied_vol(quotes[i], 100, strike=strike[i], **market).vol) for i in picked
    ]


def test_a_right_that_is_neither_call_nor_put_is_refused() -> None:
    with pytest.raises(UnknownRightError):
        implied_vol(4, 100, strike=100, years=0.25, cp=np.nan, discount_factor=0.98)


def test_the_columns_hold_null_with_a_reason_and_never_nan() -> None:
    solved = implied_vol([4.0, np.nan, 200.0], 100, strike=100, years=0.25, cp=1, discount_factor=0.98)
    iv_vol, iv_status = solved.to_series()

    assert (iv_vol.name, iv_vol.dtype, iv_status.name, iv_status.dtype) == (
        "iv_vol",
        pl.Float64,
        "iv_status",
        pl.String,
    )
    assert iv_vol.is_null().to_list() == [False, True, True]
    assert not iv_vol.drop_nulls().is_nan().any()
    assert iv_status.to_list() == ["ok", "no_quote", "above_maximum"]


def test_every_status_is_spelt_as_the_warehouse_stores_it() -> None:
    # The list of the domain specification, in the order of the codes.
    every = ImpliedVols(vol=np.full(8, np.nan), status=np.arange(8, dtype=np.uint8))

    assert every.to_series()[1].to_list() == [
        "ok",
        "zero_bid",
        "no_quote",
        "crossed",
        "below_intrinsic",
        "above_maximum",
        "expired",
        "not_converged",
    ]


def test_an_ordinary_chain_does_not_pay_for_the_import_of_the_reference_solver() -> None:
    program = (
        "import sys; from transforms.pricing.implied_vol import implied_vol;"
        "assert implied_vol(4.0, 100, strike=100, years=0.25, cp=1, discount_factor=1).status == 0;"
        "assert not any('vollib' in name or 'lets_be' in name for name in sys.modules)"
    )

    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
