"""Time sold for less than nothing: by whole expiries and single quotes, against QuantLib's Black prices."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
import QuantLib

from transforms.market.arbitrage import CONTRACT
from transforms.market.calendar_bounds import CalendarRules, calendar_faults
from warehouse.tables.core import CORE_OPTION_MARKS_DAILY

FORWARD, HALF_SPREAD = 5000.0, 0.1
STRIKES = [4700.0 + 25 * step for step in range(25)]
EXPIRIES = [dt.date(2025, 10, 3) + dt.timedelta(days=7 * week) for week in range(4)]
YEARS = [(week + 1) * 7 / 365 for week in range(4)]

Symbol = tuple[dt.date, str, float]


def marks(
    vols: list[float], quotes: dict[Symbol, tuple[float, float]] | None = None, root: str = "SPXW"
) -> pl.DataFrame:
    """Four weekly expiries at a flat vol each; some quotes replaced."""
    rows = []
    for expiry, years, vol in zip(EXPIRIES, YEARS, vols, strict=True):
        for strike in STRIKES:
            for right, kind in (("C", QuantLib.Option.Call), ("P", QuantLib.Option.Put)):
                fair = QuantLib.blackFormula(kind, strike, FORWARD, vol * years**0.5, 1.0)
                bid, ask = (quotes or {}).get(
                    (expiry, right, strike), (max(fair - HALF_SPREAD, 0.0), fair + HALF_SPREAD)
                )
                rows.append((expiry, years, right, strike, bid, ask))
    names = ["expiry_date", "t_years", "right", "strike_pts", "bid_pts", "ask_pts"]
    terms = {
        "root": root,
        "underlying": root[:3],
        "settlement": "PM",
        "forward_pts": FORWARD,
        "discount_factor_frac": 1.0,
    }
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return CORE_OPTION_MARKS_DAILY.conform(frame.with_columns(**{name: pl.lit(value) for name, value in terms.items()}))


def faults(frame: pl.DataFrame, wrong: pl.DataFrame | None = None) -> pl.DataFrame:
    return calendar_faults(frame, frame.select(CONTRACT).clear() if wrong is None else wrong)


def test_rising_variance_has_no_fault() -> None:
    assert faults(marks([0.20, 0.18, 0.17, 0.165])).is_empty()


def test_an_expiry_sold_below_the_one_before_is_named_and_not_its_neighbours() -> None:
    """Three weeks at 10% hold 0.00058 of variance, two weeks at 18% hold 0.00124; the fourth week is at 16%."""
    found = faults(marks([0.20, 0.18, 0.10, 0.16]))
    assert set(found["expiry_date"]) == {EXPIRIES[2]}
    # At the money the ask of three weeks against the price that the bid of two weeks makes of them.
    at_the_money = found.filter(strike_pts=5000.0)["size_pts"].to_list()
    dear, cheap = (
        QuantLib.blackFormula(QuantLib.Option.Call, 5000.0, FORWARD, vol * years**0.5, 1.0)
        for vol, years in ((0.18, YEARS[1]), (0.10, YEARS[2]))
    )
    assert at_the_money == [pytest.approx(dear - HALF_SPREAD - cheap - HALF_SPREAD, abs=0.01)]


def test_an_expiry_bid_above_the_one_after_is_named_and_not_its_neighbours() -> None:
    """Two weeks at 40% between one at 20% and three at 18%."""
    assert set(faults(marks([0.20, 0.40, 0.18, 0.17]))["expiry_date"]) == {EXPIRIES[1]}


def test_the_last_expiry_is_blamed_where_none_follows() -> None:
    assert set(faults(marks([0.20, 0.19, 0.185, 0.10]))["expiry_date"]) == {EXPIRIES[3]}


def test_a_single_quote_that_is_asked_too_low_is_named_alone() -> None:
    """The three-week 5100 call asked at what the two-week one is bid, less a point."""
    fair = QuantLib.blackFormula(QuantLib.Option.Call, 5100.0, FORWARD, 0.18 * YEARS[1] ** 0.5, 1.0)
    found = faults(marks([0.20, 0.18, 0.17, 0.165], {(EXPIRIES[2], "C", 5100.0): (fair - 1.5, fair - 1.1)}))
    assert found.select("expiry_date", "right", "strike_pts").rows() == [(EXPIRIES[2], "C", 5100.0)]
    # Sold at the two-week bid of the same moneyness.
    assert found["size_pts"].item() == pytest.approx(1.0, abs=1e-3)


def test_a_single_quote_that_is_bid_too_high_is_named_and_not_what_it_stands_above() -> None:
    fair = QuantLib.blackFormula(QuantLib.Option.Put, 4900.0, FORWARD, 0.17 * YEARS[2] ** 0.5, 1.0)
    quotes = {(EXPIRIES[1], "P", 4900.0): (fair + 1.1, fair + 1.5)}
    found = faults(marks([0.20, 0.18, 0.17, 0.165], quotes))
    assert found.select("expiry_date", "right", "strike_pts").rows() == [(EXPIRIES[1], "P", 4900.0)]


def test_a_quote_known_to_be_wrong_sets_no_bound_for_others() -> None:
    """Two neighbours astray together pass for a smile, and of the last pair the later expiry is blamed."""
    fair = {
        strike: QuantLib.blackFormula(QuantLib.Option.Call, strike, FORWARD, 0.12, 1.0) for strike in (5100.0, 5125.0)
    }
    quotes = {(EXPIRIES[2], "C", strike): (price, price + 0.2) for strike, price in fair.items()}
    frame = marks([0.20, 0.18, 0.17, 0.165], quotes)
    wrong = frame.filter(pl.col("strike_pts").is_in(list(fair)), expiry_date=EXPIRIES[2], right="C").select(CONTRACT)
    assert set(faults(frame)["expiry_date"]) == {EXPIRIES[3]}
    assert faults(frame, wrong).select("expiry_date", "strike_pts").rows() == [
        (EXPIRIES[2], 5100.0),
        (EXPIRIES[2], 5125.0),
    ]


def test_within_the_tolerance_variance_may_fall() -> None:
    """Total variance 0.4% lower a week later is no fault; without tolerance, at quotes without spread, it is."""
    level = 0.996**0.5
    vols = [0.20, 0.18, 0.18 * (YEARS[1] / YEARS[2]) ** 0.5 * level, 0.17]
    tight = marks(vols).with_columns(bid_pts=(pl.col("bid_pts") + pl.col("ask_pts")) / 2.0)
    tight = tight.with_columns(ask_pts=pl.col("bid_pts"))
    assert faults(tight).is_empty()
    nobody = tight.select(CONTRACT).clear()
    assert set(calendar_faults(tight, nobody, CalendarRules(tolerance_frac=0.0))["expiry_date"]) == {EXPIRIES[2]}


def test_vix_expiries_are_on_futures_of_their_own() -> None:
    assert faults(marks([0.90, 0.40, 0.30, 0.20], root="VIX")).is_empty()
