"""Measures of the quoted smile: by hand on four quotes, and on a smile whose wings are known in closed form."""

import datetime as dt
import math
from statistics import NormalDist
from typing import Any

import polars as pl
import pytest
from scipy.optimize import brentq

from tests.transforms.market.known_smiles import quoted, years
from transforms.market.smile_measures import NO_SMILE, SETTLED, SmileRules, smile_measures
from transforms.market.surface import PricedChain
from warehouse.tables.mart import MART_SMILES_DAILY

MARCH = dt.date(2023, 3, 17)
TODAY = dt.date(2023, 2, 7)
SPXW_MARCH = ("SPXW", MARCH)


def skewed(k: float) -> float:
    return 0.18 - 0.35 * k + 0.4 * k * k


def measured(chain: PricedChain, rules: SmileRules | None = None) -> dict[str, Any]:
    rows = smile_measures(chain.marks, chain.forwards, rules or SmileRules())
    assert rows.schema == MART_SMILES_DAILY.polars_schema
    return rows.filter(pl.col("expiry_date") == MARCH).row(0, named=True)


def test_wings_of_a_dense_smile_are_those_of_the_smile_itself() -> None:
    row = measured(quoted({SPXW_MARCH: skewed}, half=0.01, step=5.0))
    t_years = years(*SPXW_MARCH)

    def at_delta(cp: int, delta: float) -> float:
        def miss(k: float) -> float:
            sd = skewed(k) * math.sqrt(t_years)
            return NormalDist().cdf(cp * (-k / sd + sd / 2)) - delta

        return skewed(brentq(miss, *((-0.3, 0.0) if cp < 0 else (0.0, 0.2))))

    for column, cp, delta in (
        ("put_25d_iv_vol", -1, 0.25),
        ("call_25d_iv_vol", 1, 0.25),
        ("put_10d_iv_vol", -1, 0.10),
        ("call_10d_iv_vol", 1, 0.10),
    ):
        assert row[column] == pytest.approx(at_delta(cp, delta), abs=2e-5)
    assert row["skew_25d_vol"] == pytest.approx(at_delta(-1, 0.25) - at_delta(1, 0.25), abs=4e-5)
    assert row["atm_iv_vol"] == pytest.approx(0.18, abs=1e-5)
    assert row["put_wing_ratio"] == pytest.approx(at_delta(-1, 0.10) / 0.18, abs=1e-3)
    assert row["skew_slope"] == pytest.approx(-0.35, abs=0.002)
    assert row["reason"] is None


def test_expected_move_and_straddle_by_hand() -> None:
    """METHODOLOGY T8: forward 6,000, 16%, 30 days: 275.22; the straddle about 219.60."""
    forwards = pl.DataFrame(
        {
            "session_date": [TODAY],
            "root": ["SPXW"],
            "expiry_date": [MARCH],
            "settlement": ["PM"],
            "underlying": ["SPX"],
            "t_years": [30 / 365],
            "dte_days": [30],
            "forward_pts": [6000.0],
            "atm_iv_vol": [0.16],
            "smile_quotes_qty": [0],
        }
    )
    row = smile_measures(quoted({SPXW_MARCH: skewed}).marks.clear(), forwards).row(0, named=True)
    assert row["expected_move_pts"] == pytest.approx(275.22, abs=0.005)
    assert row["straddle_pts"] == pytest.approx(219.60, abs=0.01)


def otm(right: str, strike: float, vol: float, delta: float) -> dict[str, Any]:
    quote = {"bid_pts": 1.0, "ask_pts": 1.1, "iv_vol": vol, "t_years": 0.1, "forward_pts": 4000.0}
    return (
        {"root": "SPXW", "expiry_date": MARCH, "settlement": "PM", "right": right}
        | quote
        | {
            "strike_pts": strike,
            "delta": delta,
        }
    )


def by_hand(*quotes: dict[str, Any], rules: SmileRules | None = None) -> dict[str, Any]:
    forwards = quoted({SPXW_MARCH: skewed}).forwards
    return smile_measures(pl.DataFrame(quotes), forwards, rules or SmileRules()).row(0, named=True)


def test_a_wings_vol_is_linear_in_delta_between_two_quotes() -> None:
    row = by_hand(
        otm("P", 3900.0, 0.20, -0.30),
        otm("P", 3800.0, 0.24, -0.20),
        otm("C", 4100.0, 0.15, 0.26),
        otm("C", 4150.0, 0.14, 0.16),
    )
    assert row["put_25d_iv_vol"] == pytest.approx(0.22)  # halfway from 0.30 to 0.20
    assert row["call_25d_iv_vol"] == pytest.approx(0.149)  # a tenth of the way from 0.26 to 0.16
    assert row["skew_25d_vol"] == pytest.approx(0.071)


def test_a_wing_that_is_not_quoted_that_far_is_null_and_named() -> None:
    row = by_hand(otm("P", 3900.0, 0.20, -0.30), otm("C", 4100.0, 0.15, 0.26), otm("C", 4150.0, 0.14, 0.16))
    assert (row["put_25d_iv_vol"], row["skew_25d_vol"], row["put_wing_ratio"]) == (None, None, None)
    assert row["call_25d_iv_vol"] is not None
    assert "25-delta put is not quoted" in row["reason"]
    assert "25-delta call" not in row["reason"]
    assert "10-delta call is not quoted" in row["reason"]


def test_a_wing_with_a_hole_around_the_delta_is_null() -> None:
    hole = (otm("P", 3950.0, 0.19, -0.40), otm("P", 3800.0, 0.24, -0.20))
    assert by_hand(*hole)["put_25d_iv_vol"] is None
    assert by_hand(*hole, rules=SmileRules(widest_delta_gap=0.25))["put_25d_iv_vol"] == pytest.approx(0.2275)


def test_an_in_the_money_quote_has_no_say() -> None:
    row = by_hand(otm("P", 3900.0, 0.20, -0.30), otm("P", 3800.0, 0.24, -0.20), otm("C", 3850.0, 0.90, 0.75))
    assert row["put_25d_iv_vol"] == pytest.approx(0.22)


def test_an_expiry_without_quotes_or_already_settled_says_so() -> None:
    chain = quoted({SPXW_MARCH: skewed, ("SPXW", TODAY): skewed})
    rows = smile_measures(chain.marks, chain.forwards)
    reasons = dict(rows.select("expiry_date", "reason").iter_rows())
    assert reasons[TODAY] == SETTLED
    without = smile_measures(chain.marks, chain.forwards.with_columns(atm_iv_vol=pl.lit(None, dtype=pl.Float64)))
    assert dict(without.select("expiry_date", "reason").iter_rows())[MARCH] == NO_SMILE
