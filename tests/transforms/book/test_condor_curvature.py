"""Gamma against delta and theta, and the repriced condor, against Black (1976) written out here (METHODOLOGY 4.3)."""

import datetime as dt
import math
from statistics import NormalDist
from typing import Any

import polars as pl
import pytest

from tests.transforms.book.toy_book import ToyMarket, condor_fills, fills_of, night
from transforms.book.condor_curvature import NO_DELTA, NO_SMILE, NO_THETA, with_curvature
from transforms.book.condor_distances import NO_RANGE, NO_SPOT
from warehouse.tables.mart import MART_LEGS_DAILY

N, DENSITY = NormalDist().cdf, NormalDist().pdf
SPOT = 6000.0


def black(forward: float, strike: float, vol: float, years: float, *, cp: int, discount: float) -> tuple[float, float]:
    """Price and discounted delta of one option; points."""
    sd = vol * math.sqrt(years)
    d1 = math.log(forward / strike) / sd + sd / 2
    value = discount * cp * (forward * N(cp * d1) - strike * N(cp * (d1 - sd)))
    return value, discount * cp * N(cp * d1)


def row_of(**facts: Any) -> pl.DataFrame:  # noqa: ANN401 - any column
    """One open condor with its Greeks."""
    known = {
        "account": "A",
        "structure_id": "c",
        "standing": "OPEN",
        "unpriced_reason": None,
        "delta_usd_per_1pct": 600.0,
        "gamma_usd_per_pt2": -0.5,
        "theta_usd_per_day": 200.0,
    }
    text = {"unpriced_reason": pl.String, "delta_usd_per_1pct": pl.Float64, "gamma_usd_per_pt2": pl.Float64}
    return pl.DataFrame([known | facts], schema_overrides=text | {"theta_usd_per_day": pl.Float64})


def curved(
    row: pl.DataFrame, *, spot_pts: float | None = SPOT, edr_pts: float | None = 60.0, legs: pl.DataFrame | None = None
) -> dict[str, Any]:
    legs = MART_LEGS_DAILY.empty() if legs is None else legs
    return with_curvature(row, legs, spot_pts=spot_pts, edr_pts=edr_pts).row(0, named=True)


def test_acceleration_is_the_share_of_todays_delta_a_fall_of_one_per_cent_adds() -> None:
    """Gamma -0.5 $/pt^2 at 6,000: a move of 60 points changes the delta per 1% by -0.5 x 60 x 60 = -1,800 USD."""
    found = curved(row_of())
    assert found["gamma_usd_per_1pct"] == pytest.approx(-1800.0)
    assert found["gamma_accel_ratio"] == pytest.approx(3.0)
    assert curved(row_of(delta_usd_per_1pct=-600.0))["gamma_accel_ratio"] == pytest.approx(3.0)
    assert curved(row_of(gamma_usd_per_pt2=0.5))["gamma_accel_ratio"] == pytest.approx(-3.0)  # long gamma


def test_a_sessions_range_is_held_against_a_sessions_theta() -> None:
    """Range 60 points: 0.5 x 0.5 x 3,600 = 900 USD; theta 200 a calendar day is 289.68 a session."""
    found = curved(row_of())
    assert found["dollar_gamma_day_usd"] == pytest.approx(-900.0)
    assert found["gamma_theta_ratio"] == pytest.approx(900 / (200 * 365 / 252))


def test_a_fairly_priced_straddle_scores_one() -> None:
    """Short call and put at the forward, 30 days, 16%, no rates; the range is what 16% implies for one session."""
    vol, years = 0.16, 30 / 365
    sd = vol * math.sqrt(years)
    gamma = -200 * DENSITY(sd / 2) / (SPOT * sd)
    today, tomorrow = (
        sum(black(SPOT, SPOT, vol, left, cp=cp, discount=1.0)[0] for cp in (1, -1)) for left in (years, years - 1 / 365)
    )
    row = row_of(gamma_usd_per_pt2=gamma, theta_usd_per_day=100 * (today - tomorrow))
    assert curved(row, edr_pts=SPOT * vol / math.sqrt(252))["gamma_theta_ratio"] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("theta", [0.0, -3.0])
def test_when_time_does_not_pay_there_is_no_ratio_and_it_says_so(theta: float) -> None:
    found = curved(row_of(theta_usd_per_day=theta))
    assert (found["gamma_theta_ratio"], found["curvature_reason"].split("; ")[-1]) == (None, NO_THETA)
    assert found["gamma_accel_ratio"] is not None


def test_what_is_missing_is_named() -> None:
    unpriced = curved(row_of(unpriced_reason="P 5650 (no mark)", gamma_usd_per_pt2=None))
    assert unpriced["curvature_reason"] == "P 5650 (no mark)"
    assert curved(row_of(gamma_usd_per_pt2=None))["curvature_reason"] == NO_SMILE
    assert curved(row_of(), edr_pts=None)["curvature_reason"] == NO_RANGE
    assert curved(row_of(), edr_pts=None)["gamma_theta_ratio"] is None
    blind = row_of(gamma_usd_per_pt2=None, delta_usd_per_1pct=None)
    assert curved(blind, spot_pts=None)["curvature_reason"] == NO_SPOT
    flat = curved(row_of(delta_usd_per_1pct=0.0))
    assert (flat["gamma_accel_ratio"], flat["curvature_reason"]) == (None, NO_DELTA)


# Ten condors: strikes, contracts and strike vols; 31 days to settlement, 4.2%, forward a little above spot.
OPTIONS = (("P", 5650.0, 10, 0.20), ("P", 5700.0, -10, 0.19), ("C", 6250.0, -10, 0.14), ("C", 6300.0, 10, 0.135))
YEARS, DISCOUNT, FORWARD = 31 / 365, math.exp(-0.042 * 31 / 365), 6012.0


def legs_of(spot: float = SPOT) -> pl.DataFrame:
    rows = [
        {
            "session_date": dt.date(2026, 5, 8),
            "account": "A",
            "structure_id": "c",
            "instrument_id": f"{right} {strike}",
            "part": "condor",
            "right": right,
            "strike_pts": strike,
            "quantity_qty": contracts,
            "multiplier_usd": 100.0,
            "mark_pts": 1.0,
            "iv_vol": vol,
            "forward_pts": FORWARD * spot / SPOT,
            "t_years": YEARS,
            "discount_factor_frac": DISCOUNT,
        }
        for right, strike, contracts, vol in OPTIONS
    ]
    return MART_LEGS_DAILY.conform(pl.DataFrame(rows))


def by_hand(spot: float) -> tuple[float, float]:
    """Value in USD and delta in USD per SPX point of the ten condors when SPX stands at `spot`."""
    forward = FORWARD * spot / SPOT
    priced = [
        (100 * contracts, black(forward, strike, vol, YEARS, cp=1 if right == "C" else -1, discount=DISCOUNT))
        for right, strike, contracts, vol in OPTIONS
    ]
    return sum(size * value for size, (value, _) in priced), sum(
        size * delta * forward / spot for size, (_, delta) in priced
    )


def test_delta_after_a_fall_is_that_of_the_condor_down_there() -> None:
    found = curved(row_of(), legs=legs_of())
    for name, shock in (("m1", -0.01), ("m2", -0.02), ("m3", -0.03), ("m5", -0.05)):
        assert found[f"delta_at_{name}_usd_per_pt"] == pytest.approx(by_hand(SPOT * (1 + shock))[1], abs=1e-9), name
    # A short put side gets longer all the way down to the middle of its spread.
    deltas = [found[f"delta_at_{name}_usd_per_pt"] for name in ("m1", "m2", "m3", "m5")]
    assert deltas == sorted(deltas)
    assert deltas[-1] > 0


def test_a_move_of_one_per_cent_either_way_is_repriced() -> None:
    found = curved(row_of(), legs=legs_of())
    now = by_hand(SPOT)[0]
    assert found["pnl_at_m1_usd"] == pytest.approx(by_hand(0.99 * SPOT)[0] - now, abs=1e-6)
    assert found["pnl_at_p1_usd"] == pytest.approx(by_hand(1.01 * SPOT)[0] - now, abs=1e-6)


def test_one_leg_without_a_mark_leaves_no_repricing() -> None:
    legs = legs_of().with_columns(mark_pts=pl.when(pl.col("strike_pts") == 5650.0).then(None).otherwise("mark_pts"))
    found = curved(row_of(unpriced_reason="P 5650 (no mark)"), legs=legs)
    assert found["delta_at_m1_usd_per_pt"] is None
    assert found["pnl_at_p1_usd"] is None


def test_the_night_stores_them_and_they_grow_from_tonights_delta() -> None:
    (row,) = night(fills_of(*condor_fills()), ToyMarket(spot_pts=5750.0)).condors.to_dicts()
    assert row["curvature_reason"] is None
    assert row["gamma_usd_per_1pct"] == pytest.approx(row["gamma_usd_per_pt2"] * 57.5**2)
    # Down 1%: delta plus gamma times 57.5 points, to first order.
    first_order = row["delta_usd_per_pt"] - 57.5 * row["gamma_usd_per_pt2"]
    assert row["delta_at_m1_usd_per_pt"] == pytest.approx(first_order, rel=0.15)
    assert row["pnl_at_m1_usd"] < 0 < row["pnl_at_p1_usd"]
