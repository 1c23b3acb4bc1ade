"""Free money in quotes: bounds by hand on a few strikes, none in the simulated market, a planted one found alone.

The bounds are those of Merton 1973, "Theory of Rational Option Pricing", and Stoll 1969 for parity; every expected gain
is a sum of bids and asks one can redo on paper.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl
import pytest

from transforms.market.arbitrage import GAINS, executable_gains
from transforms.simulated.chain_quotes import expiry_slice, quote_expiry
from transforms.simulated.listings import spx_expiries, spx_strikes, vix_expiries, vix_strikes
from transforms.simulated.market import simulate
from transforms.simulated.story import nights
from warehouse.tables.core import CORE_OPTION_MARKS_DAILY

if TYPE_CHECKING:
    from transforms.simulated.chain_quotes import ExpiryQuotes
    from transforms.simulated.listings import Expiry, Size

EXPIRY = dt.date(2025, 10, 17)
# C - P = 0.98 (100 - K): 19.6, 9.8, 0, -9.8, -19.6.
DISCOUNT = 0.98
FAIR = {80.0: (20.0, 0.4), 90.0: (11.4, 1.6), 100.0: (5.0, 5.0), 110.0: (1.6, 11.4), 120.0: (0.4, 20.0)}

NOTHING: dict[str, list[tuple[str, float]]] = {name: [] for name in GAINS}

Quote = tuple[str, float, float, float]


def marks(*quotes: Quote, **changes: object) -> pl.DataFrame:
    """Rows of core.option_marks_daily of one expiry: right, strike, bid, ask."""
    frame = pl.DataFrame(quotes, schema=["right", "strike_pts", "bid_pts", "ask_pts"], orient="row")
    terms = {"underlying": "SPX", "root": "SPXW", "expiry_date": EXPIRY, "settlement": "PM", "t_years": 0.1}
    known = terms | {"discount_factor_frac": DISCOUNT} | changes
    return CORE_OPTION_MARKS_DAILY.conform(frame.with_columns(**{name: pl.lit(value) for name, value in known.items()}))


def fair_quotes(half_spread: float = 0.1) -> dict[tuple[str, float], Quote]:
    """Both rights at five strikes, on prices that keep every bound."""
    return {
        (right, strike): (right, strike, price - half_spread, price + half_spread)
        for strike, prices in FAIR.items()
        for right, price in zip("CP", prices, strict=True)
    }


def gain(frame: pl.DataFrame, column: str, right: str, strike: float) -> float | None:
    found: float | None = executable_gains(frame).filter(right=right, strike_pts=strike)[column].item()
    return found


def at_fault(frame: pl.DataFrame) -> dict[str, list[tuple[str, float]]]:
    """Contracts at fault by bound."""
    gains = executable_gains(frame)
    return {name: gains.filter(pl.col(name) > 0).select("right", "strike_pts").rows() for name in GAINS}


def test_fair_quotes_give_nothing_away() -> None:
    assert at_fault(marks(*fair_quotes().values())) == NOTHING


def test_each_side_of_parity_loses_the_spreads_of_both_legs_halved() -> None:
    """Mids on the line: selling at bids and buying at asks costs 0.1 a leg."""
    gains = executable_gains(marks(*fair_quotes().values()))["parity_gain_pts"]
    assert gains.to_list() == pytest.approx([-0.2] * 10)


def test_a_conversion_earns_what_the_call_is_bid_too_high() -> None:
    """Sell the call at 12.3, buy the put at 1.7, and 0.98 x 10 is carried: 12.3 - 1.7 - 9.8 = 0.8."""
    quotes = fair_quotes() | {("C", 90.0): ("C", 90.0, 12.3, 12.5)}
    frame = marks(*quotes.values())
    assert gain(frame, "parity_gain_pts", "C", 90.0) == pytest.approx(0.8)
    assert at_fault(frame)["parity_gain_pts"] == [("C", 90.0), ("P", 90.0)]


def test_a_reversal_earns_what_the_call_is_offered_too_low() -> None:
    """Buy the call at 1.0, sell the put at 11.3: 0.98 x (100 - 110) is -9.8, less (1.0 - 11.3) leaves 0.5."""
    quotes = fair_quotes() | {("C", 110.0): ("C", 110.0, 0.9, 1.0)}
    frame = marks(*quotes.values())
    assert gain(frame, "parity_gain_pts", "P", 110.0) == pytest.approx(0.5)
    assert at_fault(frame)["parity_gain_pts"] == [("C", 110.0), ("P", 110.0)]


@pytest.mark.parametrize("error_pts", [1.0, 30.0, 1000.0])
@pytest.mark.parametrize("strike", FAIR)
def test_one_quote_astray_does_not_pull_the_line(strike: float, error_pts: float) -> None:
    quotes = fair_quotes()
    _, _, bid, ask = quotes["C", strike]
    quotes["C", strike] = ("C", strike, bid + error_pts, ask + error_pts)
    assert at_fault(marks(*quotes.values()))["parity_gain_pts"] == [("C", strike), ("P", strike)]


def test_parity_does_not_ask_what_the_treasury_pays() -> None:
    quotes = fair_quotes().values()
    told = [executable_gains(marks(*quotes, discount_factor_frac=factor)) for factor in (0.9, 1.0, None)]
    assert all(gains["parity_gain_pts"].to_list() == pytest.approx([-0.2] * 10) for gains in told)


@pytest.mark.parametrize(
    ("quotes", "at", "expected"),
    [
        # The higher call is bid at 5.3, the lower offered at 5.0.
        ((("C", 100.0, 4.8, 5.0), ("C", 105.0, 5.3, 5.5)), ("C", 105.0), 0.3),
        # The lower put is bid at 5.3, the higher offered at 5.0.
        ((("P", 100.0, 5.3, 5.5), ("P", 105.0, 4.8, 5.0)), ("P", 100.0), 0.3),
        # Sold for 9.0 - 3.9 = 5.1, it can cost 5 at expiry: 4.9 today.
        ((("C", 100.0, 9.0, 9.2), ("C", 105.0, 3.7, 3.9)), ("C", 100.0), 0.2),
        ((("P", 100.0, 3.7, 3.9), ("P", 105.0, 9.0, 9.2)), ("P", 105.0), 0.2),
    ],
)
def test_a_vertical_may_not_cost_less_than_nothing_nor_bring_more_than_its_width(
    quotes: tuple[Quote, ...], at: tuple[str, float], expected: float
) -> None:
    frame = marks(*quotes)
    assert gain(frame, "vertical_gain_pts", *at) == pytest.approx(expected)
    assert at_fault(frame)["vertical_gain_pts"] == [at]


@pytest.mark.parametrize("right", ["C", "P"])
@pytest.mark.parametrize(
    ("higher", "chord_pts"),
    [(105.0, 3.2), (110.0, 3.8)],  # 0.5 x 5.0 + 0.5 x 1.4; 2/3 x 5.0 + 1/3 x 1.4
)
def test_a_butterfly_earns_what_the_middle_is_bid_above_the_chord(right: str, higher: float, chord_pts: float) -> None:
    frame = marks((right, 95.0, 4.8, 5.0), (right, 100.0, 4.0, 4.2), (right, higher, 1.2, 1.4))
    assert gain(frame, "butterfly_gain_pts", right, 100.0) == pytest.approx(4.0 - chord_pts)
    assert gain(frame, "butterfly_gain_pts", right, 95.0) is None


def test_a_bid_at_the_bound_earns_nothing() -> None:
    frame = marks(("C", 95.0, 4.8, 5.0), ("C", 100.0, 3.2, 3.4), ("C", 105.0, 1.2, 1.4))
    assert gain(frame, "butterfly_gain_pts", "C", 100.0) == 0.0


@pytest.mark.parametrize(
    "unusable", [("C", 100.0, 7.0, 0.0), ("C", 100.0, 7.0, 6.0)], ids=["without an ask", "crossed"]
)
def test_what_cannot_be_traded_is_passed_over(unusable: Quote) -> None:
    quotes = fair_quotes() | {("C", 100.0): unusable}
    gains = executable_gains(marks(*quotes.values()))
    assert gains.height == 9
    assert gain(marks(*quotes.values()), "parity_gain_pts", "P", 100.0) is None
    assert gains.select((pl.col(GAINS) > 0).any()).row(0) == (False, False, False)


@pytest.mark.parametrize("t_years", [0.0, -0.01, None])
def test_a_settled_expiry_is_not_tested(t_years: float | None) -> None:
    assert executable_gains(marks(*fair_quotes().values(), t_years=t_years)).is_empty()


def test_an_empty_chain_and_a_lone_pair_have_nothing_to_test() -> None:
    assert executable_gains(CORE_OPTION_MARKS_DAILY.empty()).is_empty()
    lone = executable_gains(marks(("C", 100.0, 4.9, 5.1), ("P", 100.0, 4.9, 5.1)))
    assert lone.select(GAINS).rows() == [(None, None, None)] * 2


def simulated_marks(seed: int, day: dt.date, size: Size) -> pl.DataFrame:
    """The quotes of every live expiry of a simulated session."""
    market = simulate(seed)
    state, (low, high) = market.state(day), market.strike_range_pts(day)
    frames = [CORE_OPTION_MARKS_DAILY.empty()]
    for expiry in (*spx_expiries(day, size), *vix_expiries(day, size)):
        terms = expiry_slice(state, expiry)
        days = (expiry.expiry_date - day).days
        is_vix = expiry.root.startswith("VIX")
        strikes = vix_strikes(size) if is_vix else spx_strikes(expiry, days, low_pts=low, high_pts=high, size=size)
        frames.append(
            marks(
                *_both_rights(quote_expiry(state, expiry, strikes)),
                **_terms(expiry),
                t_years=terms.years,
                discount_factor_frac=terms.discount,
            )
        )
    return pl.concat(frames)


def _both_rights(quotes: ExpiryQuotes) -> list[Quote]:
    sides = (("C", quotes.call_bid_pts, quotes.call_ask_pts), ("P", quotes.put_bid_pts, quotes.put_ask_pts))
    return [
        (right, *map(float, row))
        for right, bids, asks in sides
        for row in zip(quotes.strikes_pts, bids, asks, strict=True)
    ]


def _terms(expiry: Expiry) -> dict[str, object]:
    return {
        "underlying": expiry.root[:3],
        "root": expiry.root,
        "expiry_date": expiry.expiry_date,
        "settlement": "PM" if expiry.root == "SPXW" else "AM",
    }


@pytest.mark.parametrize("seed", [7, 1, 2])
def test_the_simulated_market_gives_nothing_away(seed: int) -> None:
    """Twenty sessions of each of three seeds, small; one of them full."""
    sampled = nights()[:: len(nights()) // 20]
    assert len(sampled) >= 20
    for day, size in [*((day, "small") for day in sampled), (sampled[7], "full")]:
        frame = simulated_marks(seed, day, size)
        assert at_fault(frame) == NOTHING, day
        assert frame.height > 500
