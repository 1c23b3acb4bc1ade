import datetime as dt
import math
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from transforms.market.calendar import quote_table_instant
from transforms.market.rates import par_curve
from transforms.market.vix_index import (
    NO_EXPIRY_PAIR,
    NO_PARITY_STRIKE,
    NO_STRIKE_AT_FORWARD,
    TOO_FEW_STRIKES,
    NoStrip,
    StripExpiry,
    StripQuotes,
    StripVariance,
    TermVariance,
    choose_strip_expiries,
    recompute_vix,
    strip_variance,
    vix_from_terms,
)

D = dt.date

# strike, call bid, call ask, put bid, put ask
HAND_MADE_STRIP = [
    (60, 40.0, 41.0, 0.05, 0.10),  # bid, but beyond two zero bids in a row: out
    (65, 35.0, 36.0, 0.00, 0.10),  # second zero bid: the strip ended
    (70, 30.0, 31.0, 0.00, 0.10),  # first of two zero bids
    (75, 25.0, 26.0, 0.05, 0.15),  # in
    (80, 20.0, 21.0, 0.00, 0.10),  # a single zero bid: skipped, does not end the strip
    (90, 10.5, 11.5, 0.30, 0.50),  # in
    (95, 6.00, 6.80, 0.80, 1.00),  # in
    (100, 2.9, 3.10, 2.40, 2.60),  # K0: the mean of both mids
    (105, 0.9, 1.10, 5.00, 6.00),  # in
    (110, 0.2, 0.40, 9.50, 10.5),  # in
    (115, 0.0, 0.10, 14.5, 15.5),  # first of two zero bids
    (120, 0.0, 0.10, 19.5, 20.5),  # second
    (125, 0.05, 0.1, 24.5, 25.5),  # out
]


def strip_of(rows: Sequence[tuple[float, ...]]) -> StripQuotes:
    strikes, call_bid, call_ask, put_bid, put_ask = np.array(rows, dtype=np.float64).T
    return StripQuotes(
        strikes_pts=strikes,
        call_bid_pts=call_bid,
        call_ask_pts=call_ask,
        put_bid_pts=put_bid,
        put_ask_pts=put_ask,
    )


def test_a_hand_made_strip_keeps_the_strikes_of_the_white_paper_and_sums_to_its_variance() -> None:
    strip = strip_variance(strip_of(HAND_MADE_STRIP), years=0.1, rate_frac=0.0)
    assert isinstance(strip, StripVariance)
    # forward: 100 + (3.0 - 2.5); strikes 75 90 95 100 105 110, gaps 15 10 5 5 5 5 (half the neighbours', whole at ends)
    contributions = [
        15 / 75**2 * 0.10,
        10 / 90**2 * 0.40,
        5 / 95**2 * 0.90,
        5 / 100**2 * 2.75,
        5 / 105**2 * 1.00,
        5 / 110**2 * 0.30,
    ]
    assert strip.forward_pts == pytest.approx(100.5)
    assert (strip.k0_pts, strip.strikes_qty, strip.k_min_pts, strip.k_max_pts) == (100, 6, 75, 110)
    assert strip.variance == pytest.approx((2 * sum(contributions) - 0.005**2) / 0.1, rel=1e-12)


def test_the_rate_grows_the_parity_difference_and_the_option_prices() -> None:
    plain = strip_variance(strip_of(HAND_MADE_STRIP), years=0.1, rate_frac=0.0)
    grown = strip_variance(strip_of(HAND_MADE_STRIP), years=0.1, rate_frac=0.5)
    assert isinstance(plain, StripVariance)
    assert isinstance(grown, StripVariance)
    growth = math.exp(0.05)
    cost = plain.variance * 0.1 + 0.005**2
    assert grown.forward_pts == pytest.approx(100 + 0.5 * growth)
    assert grown.variance == pytest.approx((cost * growth - (0.005 * growth) ** 2) / 0.1)


def test_a_forward_on_a_strike_takes_that_strike_as_k0() -> None:
    rows = [row if row[0] != 100 else (100, 2.4, 2.6, 2.4, 2.6) for row in HAND_MADE_STRIP]
    strip = strip_variance(strip_of(rows), years=0.1, rate_frac=0.0)
    assert isinstance(strip, StripVariance)
    assert (strip.forward_pts, strip.k0_pts) == (100.0, 100.0)


@pytest.mark.parametrize("quote", [(110, 0.2, 0.0, 9.5, 10.5), (110, 0.4, 0.2, 9.5, 10.5)])
def test_a_bid_without_an_ask_or_above_it_counts_as_a_zero_bid(quote: tuple[float, ...]) -> None:
    rows = [row if row[0] != 110 else quote for row in HAND_MADE_STRIP]
    strip = strip_variance(strip_of(rows), years=0.1, rate_frac=0.0)
    assert isinstance(strip, StripVariance)
    assert strip.k_max_pts == 105


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(95, 0.0, 0.1, 1.0, 2.0), (100, 1.0, 2.0, 0.0, 0.1)], NO_PARITY_STRIKE),
        ([(100, 1.0, 1.2, 4.0, 4.2), (105, 0.5, 0.7, 8.0, 8.2)], NO_STRIKE_AT_FORWARD),
        ([(98, 0.0, 0.1, 1.0, 1.2), (99, 3.0, 3.2, 0.0, 0.1), (100, 1.0, 1.2, 1.5, 1.7)], NO_STRIKE_AT_FORWARD),
        ([(100, 1.0, 1.2, 1.0, 1.2), (105, 0.0, 0.1, 5.0, 5.2)], TOO_FEW_STRIKES),
    ],
)
def test_a_strip_that_cannot_be_measured_says_why(rows: list[tuple[float, ...]], reason: str) -> None:
    assert strip_variance(strip_of(rows), years=0.1, rate_frac=0.0) == NoStrip(reason=reason)


def test_equal_variances_interpolate_to_themselves_and_a_near_term_of_30_days_is_taken_whole() -> None:
    assert vix_from_terms(
        TermVariance(minutes=36_000, variance=0.04), TermVariance(minutes=46_000, variance=0.04)
    ) == pytest.approx(20.0)
    assert vix_from_terms(
        TermVariance(minutes=43_200, variance=0.09), TermVariance(minutes=53_000, variance=0.01)
    ) == pytest.approx(30.0)


def test_a_variance_that_is_not_positive_has_no_vix() -> None:
    assert (
        vix_from_terms(TermVariance(minutes=36_000, variance=-0.04), TermVariance(minutes=46_000, variance=0.01))
        is None
    )


def listed(*expiries: tuple[str, dt.date]) -> pl.DataFrame:
    return pl.DataFrame(expiries, schema={"root": pl.String, "expiry_date": pl.Date}, orient="row")


def chosen(expiries: pl.DataFrame, session_date: dt.date) -> list[tuple[str, dt.date, int]]:
    pair = choose_strip_expiries(expiries, quote_table_instant(session_date))
    return [(term.root, term.expiry_date, term.minutes) for term in (pair.near, pair.next) if term is not None]


def test_only_fridays_count_and_each_term_is_the_closest_to_30_days() -> None:
    wednesdays = [("SPXW", D(2023, 3, 8)), ("SPXW", D(2023, 3, 15))]
    fridays = [("SPXW", D(2023, 3, day)) for day in (3, 10, 24)] + [("SPX", D(2023, 3, 17)), ("VIX", D(2023, 3, 10))]
    # minutes by hand: 24 and 31 days of 1,440 less the quarter hour after the close
    assert chosen(listed(*fridays, *wednesdays), D(2023, 2, 7)) == [
        ("SPXW", D(2023, 3, 3), 24 * 1440 - 15),
        ("SPXW", D(2023, 3, 10), 31 * 1440 - 15),
    ]


def test_a_third_friday_is_read_from_spx_where_listed_else_from_spxw() -> None:
    week_after = ("SPXW", D(2023, 3, 24))
    both = listed(("SPX", D(2023, 3, 17)), ("SPXW", D(2023, 3, 17)), week_after)
    only_pm = listed(("SPXW", D(2023, 3, 17)), week_after)
    # 30 days less 6:45 to the AM settlement, less 0:15 to the PM one; 37 days less a quarter hour is inside the window
    assert [term[::2] for term in chosen(both, D(2023, 2, 15))] == [("SPX", 30 * 1440 - 405), ("SPXW", 37 * 1440 - 15)]
    assert [term[::2] for term in chosen(only_pm, D(2023, 2, 15))] == [
        ("SPXW", 30 * 1440 - 15),
        ("SPXW", 37 * 1440 - 15),
    ]


def test_the_thursday_stands_in_for_good_friday() -> None:
    expiries = listed(
        ("SPXW", D(2022, 4, 8)), ("SPX", D(2022, 4, 14)), ("SPXW", D(2022, 4, 14)), ("SPXW", D(2022, 4, 22))
    )
    assert [term[:2] for term in chosen(expiries, D(2022, 3, 16))] == [
        ("SPX", D(2022, 4, 14)),
        ("SPXW", D(2022, 4, 22)),
    ]


def test_the_window_is_measured_in_minutes_and_leaves_its_ends_out() -> None:
    # at the 16:15 mark 23 days off is 23 * 1440 - 15 minutes: too near
    expiries = listed(("SPXW", D(2023, 3, 10)), ("SPXW", D(2023, 3, 24)))
    pair = choose_strip_expiries(expiries, quote_table_instant(D(2023, 2, 15)))
    assert (pair.near, pair.next, pair.reason) == (None, None, NO_EXPIRY_PAIR)


def flat_vol_chain(*, spot: float, vol: float, rate: float, expiries: dict[dt.date, float]) -> pl.DataFrame:
    strikes = np.arange(1500.0, 8000.0, 5.0)
    frames = []
    for expiry_date, years in expiries.items():
        sd = vol * math.sqrt(years)
        d1 = np.log(spot * math.exp(rate * years) / strikes) / sd + sd / 2
        call = spot * norm.cdf(d1) - strikes * math.exp(-rate * years) * norm.cdf(d1 - sd)
        put = strikes * math.exp(-rate * years) * norm.cdf(sd - d1) - spot * norm.cdf(-d1)
        frames += [
            pl.DataFrame({"strike_pts": strikes, "bid_pts": price, "ask_pts": price}).with_columns(
                root=pl.lit("SPXW"), expiry_date=pl.lit(expiry_date), right=pl.lit(right)
            )
            for right, price in (("C", call), ("P", put))
        ]
    return pl.concat(frames).sample(fraction=1.0, shuffle=True, seed=1)


EXPIRIES = {D(2023, 3, 3): (24 * 1440 - 15) / 525_600, D(2023, 3, 10): (31 * 1440 - 15) / 525_600}


def test_a_market_of_one_vol_has_that_vix() -> None:
    # Black-Scholes prices at 20% and 5% continuous, whatever the strike: the fair variance is 0.04
    curve = par_curve(D(2023, 2, 7), dict.fromkeys((30, 365), 2 * math.expm1(0.05 / 2)))
    chain = flat_vol_chain(spot=4000, vol=0.20, rate=0.05, expiries=EXPIRIES)
    result = recompute_vix(chain, quote_table_instant(D(2023, 2, 7)), curve)
    assert result.vix_pts == pytest.approx(20.0, abs=0.005)
    assert result.reason is None
    assert result.near is not None
    assert result.near.expiry == StripExpiry(root="SPXW", expiry_date=D(2023, 3, 3), minutes=24 * 1440 - 15)
    assert result.near.rate_frac == pytest.approx(0.05)
    assert result.near.strip.forward_pts == pytest.approx(4000 * math.exp(0.05 * EXPIRIES[D(2023, 3, 3)]))


def test_a_chain_without_two_fridays_around_30_days_has_no_vix_and_says_why() -> None:
    curve = par_curve(D(2023, 2, 7), {30: 0.05, 365: 0.05})
    chain = flat_vol_chain(spot=4000, vol=0.20, rate=0.05, expiries={D(2023, 3, 3): 0.0657})
    result = recompute_vix(chain, quote_table_instant(D(2023, 2, 7)), curve)
    assert (result.vix_pts, result.near, result.next, result.reason) == (None, None, None, NO_EXPIRY_PAIR)


@pytest.mark.parametrize(("dead_date", "has_near"), [(D(2023, 3, 3), False), (D(2023, 3, 10), True)])
def test_a_strip_without_bids_is_named_in_the_reason(dead_date: dt.date, *, has_near: bool) -> None:
    curve = par_curve(D(2023, 2, 7), {30: 0.05, 365: 0.05})
    chain = flat_vol_chain(spot=4000, vol=0.20, rate=0.05, expiries=EXPIRIES).with_columns(
        bid_pts=pl.when(pl.col("expiry_date") != dead_date).then("bid_pts")
    )
    result = recompute_vix(chain, quote_table_instant(D(2023, 2, 7)), curve)
    assert (result.vix_pts, result.reason) == (None, f"SPXW {dead_date}: {NO_PARITY_STRIKE}")
    assert (result.near is not None) is has_near
