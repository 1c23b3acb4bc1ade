"""Constant maturities by hand: total variance on a straight line between two expiries."""

import datetime as dt
import math
from typing import Any

import polars as pl
import pytest

from transforms.market.smile_tenors import NONE_AFTER, NONE_BEFORE, TENORS_DAYS, smile_tenors
from warehouse.tables.mart import MART_SMILE_TENORS_DAILY, MART_SMILES_DAILY

NIGHT = dt.date(2023, 2, 7)


def smile(root: str, days: int, vols: tuple[float | None, float | None, float | None], **other: Any) -> dict[str, Any]:  # noqa: ANN401 - any column
    atm, put, call = vols
    row = {"session_date": NIGHT, "root": root, "expiry_date": NIGHT + dt.timedelta(days=days), "t_years": days / 365}
    row |= {"underlying": "SPX", "settlement": "PM", "dte_days": days}
    return row | {"atm_iv_vol": atm, "put_25d_iv_vol": put, "call_25d_iv_vol": call} | other


def tenors(*rows: dict[str, Any]) -> dict[int, dict[str, Any]]:
    out = smile_tenors(MART_SMILES_DAILY.conform(pl.DataFrame(rows)))
    assert out.schema == MART_SMILE_TENORS_DAILY.polars_schema
    return {row["tenor_days"]: row for row in out.iter_rows(named=True)}


def test_each_vol_is_linear_in_its_total_variance() -> None:
    at_30 = tenors(smile("SPXW", 24, (0.20, 0.24, 0.17)), smile("SPXW", 40, (0.22, 0.27, 0.18)))[30]
    # 6 of the 16 days from 24 to 40.
    for column, near, far in (
        ("atm_iv_vol", 0.20, 0.22),
        ("put_25d_iv_vol", 0.24, 0.27),
        ("call_25d_iv_vol", 0.17, 0.18),
    ):
        variance_days = near**2 * 24 + 6 / 16 * (far**2 * 40 - near**2 * 24)
        assert at_30[column] == pytest.approx(math.sqrt(variance_days / 30), rel=1e-12)
    assert at_30["skew_25d_vol"] == pytest.approx(at_30["put_25d_iv_vol"] - at_30["call_25d_iv_vol"])
    assert (at_30["near_expiry_date"], at_30["next_expiry_date"]) == (dt.date(2023, 3, 3), dt.date(2023, 3, 19))
    assert at_30["reason"] is None


def test_an_expiry_on_the_tenor_itself_is_taken_as_it_is() -> None:
    at_30 = tenors(
        smile("SPXW", 24, (0.30, 0.34, 0.27)), smile("SPXW", 30, (0.20, 0.24, 0.17)), smile("SPXW", 40, (0.3, 0.3, 0.3))
    )[30]
    assert (at_30["atm_iv_vol"], at_30["skew_25d_vol"]) == (pytest.approx(0.20), pytest.approx(0.07))


def test_spxw_wins_where_both_roots_settle_on_one_date() -> None:
    am = {"t_years": 24 / 365 - 6.5 / 24 / 365, "settlement": "AM"}
    at_30 = tenors(
        smile("SPX", 24, (0.40, 0.44, 0.37), **am),
        smile("SPXW", 24, (0.20, 0.24, 0.17)),
        smile("SPX", 40, (0.22, 0.27, 0.18)),
    )[30]
    assert (at_30["near_root"], at_30["next_root"]) == ("SPXW", "SPX")
    assert at_30["atm_iv_vol"] < 0.22


def test_a_smile_with_a_missing_wing_is_passed_over() -> None:
    at_30 = tenors(
        smile("SPXW", 24, (0.20, 0.24, 0.17)),
        smile("SPXW", 29, (0.50, None, 0.4)),
        smile("SPXW", 40, (0.2, 0.24, 0.17)),
    )[30]
    assert at_30["near_expiry_date"] == NIGHT + dt.timedelta(days=24)
    assert at_30["skew_25d_vol"] == pytest.approx(0.07)


def test_a_tenor_is_never_extrapolated() -> None:
    rows = tenors(smile("SPXW", 10, (0.20, 0.24, 0.17)), smile("SPXW", 40, (0.22, 0.27, 0.18)))
    assert tuple(rows) == TENORS_DAYS
    assert (rows[7]["skew_25d_vol"], rows[7]["reason"]) == (None, NONE_BEFORE)
    assert (rows[60]["atm_iv_vol"], rows[60]["reason"]) == (None, NONE_AFTER)


def test_a_session_without_spx_has_no_tenors() -> None:
    vix = MART_SMILES_DAILY.conform(pl.DataFrame([smile("VIX", 24, (0.9, 0.8, 1.1), underlying="VIX")]))
    assert smile_tenors(vix).height == smile_tenors(vix.clear()).height == 0
