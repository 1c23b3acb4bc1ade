"""VIX futures of constant maturity. Prices are round, so that each expected value is a sum done by hand."""

import datetime as dt
import math

import polars as pl
import pytest

from transforms.market.constant_maturities import constant_maturities
from transforms.market.term_structure import CurveRules, vx_curves
from warehouse.tables.core import CORE_VX_SETTLEMENTS_DAILY

SESSION, BEFORE = dt.date(2023, 2, 15), dt.date(2023, 2, 14)


def settlements(*contracts: tuple[int, float], on: dt.date = SESSION) -> pl.DataFrame:
    """Contracts as (calendar days from 2023-02-15 to expiry, settlement)."""
    rows = [
        {"session_date": on, "expiry_date": SESSION + dt.timedelta(days=days), "settle_pts": settle}
        for days, settle in contracts
    ]
    return CORE_VX_SETTLEMENTS_DAILY.conform(
        pl.DataFrame(rows).with_columns(settle_method=pl.lit("settle"), is_monthly=True, load_id=pl.lit("a"))
    )


def maturities(*sessions: pl.DataFrame, tenor: int = 30) -> dict[str, object]:
    found = constant_maturities(vx_curves(pl.concat(sessions)))
    return found.filter(pl.col("session_date") == SESSION, pl.col("tenor_days") == tenor).row(0, named=True)


@pytest.mark.parametrize(
    ("contracts", "price_pts", "method", "near_weight"),
    [
        (((12, 24.0), (39, 26.7)), 24.0 + 2.7 * 18 / 27, "bracket", 9 / 27),
        # A contract in its last days still brackets.
        (((2, 18.0), (37, 21.5)), 18.0 + 3.5 * 28 / 35, "bracket", 7 / 35),
        (((2, 18.0), (30, 20.0), (65, 30.0)), 20.0, "bracket", 1.0),
        # First live contract 35 days off: the line of M1 and M2, drawn back to 30 days.
        (((0, 9.0), (35, 20.0), (63, 22.8)), 20.0 - 2.8 * 5 / 28, "extrapolated", 1 + 5 / 28),
        (((2, 18.0), (20, 19.0), (28, 19.8)), 19.0 + 0.8 * 10 / 8, "extrapolated", -2 / 8),
    ],
)
def test_price_of_thirty_days(
    contracts: tuple[tuple[int, float], ...], price_pts: float, method: str, near_weight: float
) -> None:
    row = maturities(settlements(*contracts))
    assert row["price_pts"] == pytest.approx(price_pts, rel=1e-12)
    assert row["method"] == method
    assert row["near_weight_frac"] == pytest.approx(near_weight)


def test_other_tenors_are_not_drawn_beyond_the_contracts() -> None:
    found = constant_maturities(vx_curves(settlements((35, 20.0), (63, 22.8), (91, 24.0))))
    assert found.select("tenor_days", "method").rows() == [
        (30, "extrapolated"),
        (60, "bracket"),
        (90, "bracket"),
        (120, None),
        (150, None),
        (180, None),
        (220, None),
    ]
    assert found.filter(pl.col("tenor_days") > 90)["reason"].unique().to_list() == [
        "no two monthly settlements around this tenor"
    ]


def test_a_return_is_that_of_the_same_two_contracts() -> None:
    row = maturities(
        settlements((20, 10.0), (40, 20.0)),
        settlements((0, 5.0), (20, 8.0), (40, 25.0), on=BEFORE),
    )
    assert row["log_return"] == pytest.approx(0.5 * math.log(10 / 8) + 0.5 * math.log(20 / 25))


def test_a_roll_is_no_return() -> None:
    """Yesterday 30 days lay between the contracts of 0 and 35 days, today beyond 35: prices did not move."""
    steep = ((0, 10.0), (35, 20.0), (63, 25.0))
    row = maturities(settlements(*steep), settlements(*steep, on=BEFORE))
    assert row["method"] == "extrapolated"
    assert row["log_return"] == 0.0


def test_a_contract_without_yesterday_has_a_price_and_no_return() -> None:
    row = maturities(settlements((20, 10.0), (40, 20.0)), settlements((40, 25.0), on=BEFORE))
    assert (row["price_pts"], row["log_return"]) == (15.0, None)
    assert row["reason"] == "a contract of the pair has no settlement on the session before"


def test_two_sessions_apart_is_no_daily_return() -> None:
    both = ((20, 10.0), (40, 20.0))
    assert maturities(settlements(*both), settlements(*both, on=dt.date(2023, 2, 13)))["log_return"] is None


def test_contracts_a_season_apart_say_nothing_of_the_months_between() -> None:
    assert maturities(settlements((10, 10.0), (101, 20.0)))["price_pts"] == pytest.approx(10.0 + 10.0 * 20 / 91)
    lone = maturities(settlements((10, 10.0), (111, 20.0)))
    assert (lone["price_pts"], lone["method"]) == (None, None)


def test_tenors_are_a_rule() -> None:
    rules = CurveRules(tenors_days=(30, 40, 50, 60, 70, 80, 90))
    found = constant_maturities(vx_curves(settlements((10, 10.0), (60, 20.0))), rules)
    assert found["tenor_days"].to_list() == [30, 40, 50, 60, 70, 80, 90]
    assert found["price_pts"].to_list() == pytest.approx([14.0, 16.0, 18.0, 20.0, None, None, None])


def test_no_curve_no_rows() -> None:
    assert constant_maturities(vx_curves(settlements((20, 10.0)).clear())).is_empty()
