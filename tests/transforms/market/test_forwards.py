"""The forward and the discount factor of an expiry: by parity, by the VX future, and by what else is left."""

import datetime as dt
import math
from collections.abc import Iterable

import numpy as np
import polars as pl
import pytest

from transforms.market import forwards as fw
from transforms.market.quotes import type_quotes
from transforms.market.rates import par_curve
from warehouse.tables.core import CORE_FORWARDS_DAILY, CORE_VX_SETTLEMENTS_DAILY
from warehouse.tables.raw import RAW_OPTION_QUOTES

NIGHT = dt.date(2023, 2, 7)
QUARTER_PAST_FOUR = dt.datetime(2023, 2, 7, 21, 15, tzinfo=dt.UTC)
MARCH = dt.date(2023, 3, 17)
YEARS_TO_MARCH = 54_705 / 525_600  # 38 days less a quarter of an hour, to 16:00
# A flat par yield of 4.5% is this rate at every tenor: r = 2 ln(1 + y/2).
FLAT_CURVE = par_curve(NIGHT, {30: 0.045, 3650: 0.045})
RATE = 2 * math.log(1.0225)

Line = tuple[str, dt.date, str, float, float, float]


def mark(*vx: tuple[dt.date, float | None], fills: frozenset[dt.date] = frozenset()) -> fw.Mark:
    """Futures as (expiry, settlement); those of `fills` have no price of their own."""
    settlements = pl.DataFrame(
        [(NIGHT, expiry, settle, "fill" if expiry in fills else "settle") for expiry, settle in vx],
        schema=["session_date", "expiry_date", "settle_pts", "settle_method"],
        orient="row",
    )
    vx_rows = CORE_VX_SETTLEMENTS_DAILY.conform(settlements)
    return fw.Mark(session_date=NIGHT, quote_at=QUARTER_PAST_FOUR, curve=FLAT_CURVE, vx=vx_rows)


def quotes(lines: Iterable[Line]) -> pl.DataFrame:
    """Contracts as (root, expiry, right, strike, mid, half spread)."""
    raw = pl.DataFrame(
        [
            ("a", line, root, str(expiry), right, str(strike), repr(mid - half), repr(mid + half))
            for line, (root, expiry, right, strike, mid, half) in enumerate(lines)
        ],
        schema=["load_id", "source_line", "root", "expiry", "option_right", "strike", "bid", "ask"],
        orient="row",
    )
    return type_quotes(RAW_OPTION_QUOTES.conform(raw).with_columns(source_file=pl.lit("chain.csv"))).rows


def parity(strike: float, gap: float, half: float = 0.5, root: str = "SPXW", expiry: dt.date = MARCH) -> list[Line]:
    """A call and a put whose mids differ by `gap`."""
    return [(root, expiry, "C", strike, 60.0 + gap / 2, half), (root, expiry, "P", strike, 60.0 - gap / 2, half)]


def on_parity(forward: float, discount: float, strikes: Iterable[float]) -> list[Line]:
    return [line for strike in strikes for line in parity(strike, discount * (forward - strike))]


def only(found: pl.DataFrame) -> dict[str, object]:
    (row,) = found.to_dicts()
    return row


def test_exact_parity_gives_back_forward_and_discount_factor() -> None:
    discount = math.exp(-0.047 * YEARS_TO_MARCH)
    found = fw.forwards(quotes(on_parity(4166.9, discount, range(4100, 4235, 5))), mark())
    row = only(found)
    assert found.schema == CORE_FORWARDS_DAILY.polars_schema
    assert (row["method"], row["method_reason"]) == ("fit", None)
    assert row["forward_pts"] == row["fit_forward_pts"] == pytest.approx(4166.9, abs=1e-9)
    assert row["discount_factor_frac"] == pytest.approx(discount, abs=1e-12)
    assert row["fit_residual_pts"] == pytest.approx(0.0, abs=1e-6)
    assert row["fit_strikes_qty"] == 10
    assert row["t_years"] == pytest.approx(YEARS_TO_MARCH, abs=1e-12)
    assert row["rate_frac"] == pytest.approx(RATE, abs=1e-12)
    assert (row["dte_days"], row["settlement"]) == (38, "PM")
    # Cboe's rule: the strike where call and put are closest is 4165
    assert row["parity_forward_pts"] == pytest.approx(4165 + math.exp(RATE * YEARS_TO_MARCH) * discount * 1.9)
    assert row["parity_half_spread_pts"] == pytest.approx(1.0)


def test_the_fit_weighs_each_strike_by_its_spreads() -> None:
    strikes = np.arange(4120.0, 4215.0, 10.0)
    half_spreads = np.array([0.2, 0.4, 0.1, 0.3, 0.1, 0.2, 0.5, 0.1, 0.3, 0.2])
    gaps = 0.995 * (4166.9 - strikes) + np.array([0.3, -0.2, 0.1, 0.25, -0.1, 0.0, -0.4, 0.05, 0.2, -0.15])
    lines = [line for row in zip(strikes, gaps, half_spreads, strict=True) for line in parity(*map(float, row))]
    row = only(fw.forwards(quotes(lines), mark()))
    # numpy weighs the residual, so the root of 1 / (call spread + put spread)^2
    slope, intercept = np.polyfit(strikes, gaps, 1, w=1 / (4 * half_spreads))
    assert row["fit_discount_factor_frac"] == pytest.approx(-slope, rel=1e-9)
    assert row["fit_forward_pts"] == pytest.approx(-intercept / slope, rel=1e-9)
    residuals = gaps - (intercept + slope * strikes)
    assert row["fit_residual_pts"] == pytest.approx(
        math.sqrt(np.average(residuals**2, weights=half_spreads**-2.0)), rel=1e-6
    )


def test_only_the_ten_strikes_nearest_the_money_are_fitted_and_ties_take_the_lower() -> None:
    discount = math.exp(-RATE * YEARS_TO_MARCH)
    lines = on_parity(4165.0, discount, range(4120, 4215, 5))
    # 4140..4185 are the ten nearest: 4140 and 4190 are both 25 away
    spoilt = [line for line in lines if line[3] not in {4135.0, 4190.0}]
    spoilt += parity(4135.0, 55.0) + parity(4190.0, 5.0)
    assert only(fw.forwards(quotes(spoilt), mark()))["fit_forward_pts"] == pytest.approx(4165.0, abs=1e-9)


def test_strikes_bid_on_one_side_or_crossed_are_not_fitted() -> None:
    discount = math.exp(-RATE * YEARS_TO_MARCH)
    good = on_parity(4166.0, discount, range(4100, 4235, 10))
    no_bid: list[Line] = [("SPXW", MARCH, "C", 4165.0, 1.0, 1.0), ("SPXW", MARCH, "P", 4165.0, 2.0, 0.5)]
    crossed: list[Line] = [("SPXW", MARCH, "C", 4155.0, 60.0, -0.5), ("SPXW", MARCH, "P", 4155.0, 60.0, 0.5)]
    assert only(fw.forwards(quotes(good + no_bid + crossed), mark()))["forward_pts"] == pytest.approx(4166.0)


def test_a_locked_call_over_a_locked_put_weighs_much_but_not_infinitely() -> None:
    discount = math.exp(-RATE * YEARS_TO_MARCH)
    around = on_parity(4166.0, discount, [4150, 4155, 4165, 4170])
    locked = parity(4160.0, discount * 6.0 + 0.1, half=0.0)
    row = only(fw.forwards(quotes(around + locked), mark()))
    assert row["fit_strikes_qty"] == 5
    assert row["forward_pts"] == pytest.approx(4166.1, abs=0.01)


def test_a_discount_factor_far_from_the_treasury_is_not_believed() -> None:
    # METHODOLOGY 3.5: |ln DF + rT| <= 0.002 + 0.005 T; here T = 0.104, so at most 0.0025
    accepted = math.exp(-RATE * YEARS_TO_MARCH + 0.0024)
    refused = math.exp(-RATE * YEARS_TO_MARCH + 0.0027)
    near = only(fw.forwards(quotes(on_parity(4166.9, accepted, range(4100, 4235, 5))), mark()))
    far = only(fw.forwards(quotes(on_parity(4166.9, refused, range(4100, 4235, 5))), mark()))
    assert near["method"] == "fit"
    assert (far["method"], far["method_reason"]) == ("treasury", fw.OFF_TREASURY)
    assert far["discount_factor_frac"] == pytest.approx(math.exp(-RATE * YEARS_TO_MARCH), abs=1e-12)
    assert far["fit_discount_factor_frac"] == pytest.approx(refused, abs=1e-12)
    # mean of K + (C - P)/DF over 4145..4190 by hand: K mean 4167.5, and 4166.9 lies 0.6 below it
    assert far["forward_pts"] == pytest.approx(4167.5 - 0.6 * math.exp(0.0027), abs=1e-9)


def test_two_strikes_are_no_fit() -> None:
    row = only(fw.forwards(quotes(on_parity(4166.9, 0.9, [4160, 4170])), mark()))
    assert (row["method"], row["method_reason"]) == ("treasury", fw.NO_FIT)
    assert row["fit_discount_factor_frac"] is None


def test_an_expiry_without_a_two_sided_strike_has_no_forward() -> None:
    row = only(fw.forwards(quotes([("SPXW", MARCH, "C", 4165.0, 60.0, 0.5)]), mark()))
    assert (row["method"], row["method_reason"], row["forward_pts"]) == ("none", fw.NO_PARITY_STRIKE, None)


def test_a_series_that_settled_before_the_quotes_has_no_forward() -> None:
    lines = [line for strike in range(4100, 4235, 5) for line in parity(strike, 4160.0 - strike, expiry=NIGHT)]
    row = only(fw.forwards(quotes(lines), mark()))
    assert (row["method"], row["method_reason"], row["discount_factor_frac"]) == ("none", fw.ALREADY_SETTLED, None)
    assert row["t_years"] == pytest.approx(-15 / 525_600)


def test_am_and_pm_series_of_one_date_each_have_their_own_forward() -> None:
    discount = math.exp(-RATE * YEARS_TO_MARCH)
    am = [("SPX", *line[1:]) for line in on_parity(4160.0, discount, range(4100, 4235, 5))]
    found = fw.forwards(quotes(am + on_parity(4166.9, discount, range(4100, 4235, 5))), mark())
    assert found.select("root", "settlement").rows() == [("SPX", "AM"), ("SPXW", "PM")]
    assert found["forward_pts"].to_list() == pytest.approx([4160.0, 4166.9])


FEBRUARY_VX, MARCH_VX, APRIL_VX = dt.date(2023, 2, 15), dt.date(2023, 3, 22), dt.date(2023, 4, 19)
FUTURES = ((FEBRUARY_VX, 19.2146), (MARCH_VX, 20.3507), (APRIL_VX, 21.2))


def vix_parity(expiry: dt.date, gap: float = 0.3, root: str = "VIXW") -> list[Line]:
    return [(root, expiry, "C", 20.0, 2.0 + gap, 0.05), (root, expiry, "P", 20.0, 2.0, 0.1)]


def test_a_vix_option_is_priced_on_the_future_that_settles_with_it() -> None:
    row = only(fw.forwards(quotes(vix_parity(MARCH_VX, root="VIX")), mark(*FUTURES)))
    assert (row["method"], row["method_reason"]) == ("future", None)
    assert row["forward_pts"] == row["future_pts"] == 20.3507
    discount = row["discount_factor_frac"]
    assert discount == pytest.approx(math.exp(-RATE * (43 * 1440 - 405) / 525_600), abs=1e-12)  # 16:15 to 09:30
    assert row["parity_difference_pts"] == pytest.approx(20 + 0.3 / float(str(discount)) - 20.3507)
    assert row["parity_half_spread_pts"] == pytest.approx(0.15)


def test_a_weekly_vix_expiry_falls_back_on_parity() -> None:
    row = only(fw.forwards(quotes(vix_parity(dt.date(2023, 3, 1))), mark(*FUTURES)))
    assert (row["method"], row["method_reason"]) == ("parity", fw.NO_MATCHING_FUTURE)
    assert row["forward_pts"] == row["parity_forward_pts"] == pytest.approx(20.3, abs=0.01)
    assert row["future_pts"] is None


def test_without_parity_the_vx_curve_is_read_in_calendar_days() -> None:
    call_only = vix_parity(dt.date(2023, 3, 1))[:1]
    row = only(fw.forwards(quotes(call_only), mark(*FUTURES)))
    assert (row["method"], row["method_reason"]) == ("curve", fw.NO_FUTURE_NO_PARITY)
    # 14 of the 35 days from 15 February to 22 March
    assert row["forward_pts"] == pytest.approx(19.2146 + 14 / 35 * (20.3507 - 19.2146))


@pytest.mark.parametrize("futures", [FUTURES, (), ((MARCH_VX, None),)])
def test_beyond_the_vx_curve_there_is_no_forward(futures: tuple[tuple[dt.date, float | None], ...]) -> None:
    row = only(fw.forwards(quotes(vix_parity(dt.date(2023, 5, 3))[:1]), mark(*futures)))
    assert (row["method"], row["method_reason"], row["forward_pts"]) == ("none", fw.OUTSIDE_VX_CURVE, None)


def test_a_weekly_future_with_a_price_of_its_own_is_the_forward_of_its_options() -> None:
    weekly = dt.date(2023, 3, 1)
    row = only(fw.forwards(quotes(vix_parity(weekly)), mark(*FUTURES, (weekly, 20.025))))
    assert (row["method"], row["method_reason"], row["forward_pts"]) == ("future", None, 20.025)


def test_a_weekly_future_that_repeats_a_monthlys_price_is_no_forward() -> None:
    weekly, far = dt.date(2023, 3, 1), dt.date(2023, 3, 29)
    futures = mark(*FUTURES, (weekly, 19.2146), (far, 20.3507), fills=frozenset({weekly, far}))
    row = only(fw.forwards(quotes(vix_parity(weekly)), futures))
    assert (row["method"], row["method_reason"]) == ("parity", fw.FUTURE_IS_FILL)
    assert (row["future_pts"], row["parity_difference_pts"]) == (None, None)
    # nor does it bend the curve: 14 of the 35 days between the monthlies, and nothing beyond the last of them
    on_curve = only(fw.forwards(quotes(vix_parity(weekly)[:1]), futures))
    assert on_curve["forward_pts"] == pytest.approx(19.2146 + 14 / 35 * (20.3507 - 19.2146))
