"""Contango, roll, slope and regime. Prices are round, so that each expected value is a sum done by hand."""

import datetime as dt

import polars as pl
import pytest

from transforms.market.calendar import sessions_between
from transforms.market.constant_maturities import constant_maturities
from transforms.market.curve_shape import curve_shape, regime
from transforms.market.term_structure import vx_curves
from warehouse.tables.core import CORE_VX_SETTLEMENTS_DAILY

SESSION = dt.date(2023, 2, 15)


def shape(*contracts: tuple[dt.date, int, float]) -> dict[str, object]:
    """The last session's shape, of contracts as (session, days from 2023-02-15 to expiry, settlement)."""
    rows = [
        {"session_date": on, "expiry_date": SESSION + dt.timedelta(days=days), "settle_pts": settle}
        for on, days, settle in contracts
    ]
    vx = pl.DataFrame(rows).with_columns(settle_method=pl.lit("settle"), is_monthly=True, load_id=pl.lit("a"))
    curves = vx_curves(CORE_VX_SETTLEMENTS_DAILY.conform(vx))
    return curve_shape(curves, constant_maturities(curves)).row(-1, named=True)


def test_contango_roll_and_slope() -> None:
    contracts = ((4, 30.0), (32, 20.0), (60, 21.0), (88, 22.0), (116, 23.0), (144, 24.0), (172, 25.0))
    row = shape(*((SESSION, days, settle) for days, settle in contracts))
    assert (row["m1_pts"], row["m2_pts"]) == (20.0, 21.0), "the contract of four days is pinned"
    assert row["contango_frac"] == pytest.approx(0.05)
    assert row["annual_roll_frac"] == pytest.approx(0.05 * 365 / 28)
    cm30, cm150 = 30.0 - 10.0 * 26 / 28, 24.0 + 6 / 28
    assert row["cm30_pts"] == pytest.approx(cm30)
    assert row["curve_slope_frac"] == pytest.approx(cm150 / cm30 - 1)
    assert row["cm_spread_pts"] == pytest.approx(cm30 - 21.0)
    assert (row["vx_regime"], row["vx_reason"]) == ("NORMAL", None)


def test_m1_against_its_own_mean_over_a_roll() -> None:
    """M1 rolls to the contract of 33 days, whose own 21 settlements are 20, 20, ... 41: mean 21."""
    days = sessions_between(dt.date(2023, 1, 18), SESSION)
    assert len(days) == 21
    settles = [*([20.0] * 20), 41.0]
    rolled = [(day, 33, settle) for day, settle in zip(days, settles, strict=True)]
    row = shape(*rolled, *((day, 4, 10.0) for day in days))
    assert (row["m1_pts"], row["m1_mean_pts"]) == (41.0, pytest.approx(21.0))


@pytest.mark.parametrize(
    ("m1", "m2", "rung"),
    [
        # METHODOLOGY 5.3; a bound belongs to the rung above it, but -5% to STRESS.
        (10.0, 11.2, "EXTREME_CONTANGO"),
        (10.0, 11.19, "STEEP"),
        (10.0, 10.8, "STEEP"),
        (10.0, 10.79, "NORMAL"),
        (20.0, 20.7, "NORMAL"),
        (20.0, 20.69, "FLAT"),
        (20.0, 20.0, "FLAT"),
        (20.0, 19.99, "INVERTED"),
        (20.0, 19.01, "INVERTED"),
        (20.0, 19.0, "STRESS"),
        (70.0, 67.01, "INVERTED"),
        (70.0, 67.0, "STRESS"),  # 4.3% only, but three points
        (20.0, None, None),
    ],
)
def test_the_ladder(m1: float, m2: float | None, rung: str | None) -> None:
    frame = pl.DataFrame({"m1": [m1], "m2": [m2]}, schema={"m1": pl.Float64, "m2": pl.Float64})
    assert frame.select(rung=regime(pl.col("m1"), pl.col("m2")))["rung"].to_list() == [rung]


def test_one_contract_alone_has_no_shape() -> None:
    row = shape((SESSION, 35, 20.0))
    assert (row["contango_frac"], row["cm30_pts"], row["vx_regime"]) == (None, None, None)
    assert row["vx_reason"] == "fewer than two monthly VX settlements, or the front one in its last days"


def test_without_the_month_between_m2_is_not_the_next_month() -> None:
    """The real table lacks March 2026: 56 days from the February to the April contract."""
    row = shape((SESSION, 7, 20.0), (SESSION, 63, 22.0))
    assert (row["m1_pts"], row["m2_pts"]) == (20.0, 22.0)
    assert (row["contango_frac"], row["annual_roll_frac"], row["vx_regime"]) == (None, None, None)
    assert row["vx_reason"] == "a month is missing: M1 and M2 settle 56 days apart"
    assert row["cm30_pts"] == pytest.approx(20.0 + 2.0 * 23 / 56)
