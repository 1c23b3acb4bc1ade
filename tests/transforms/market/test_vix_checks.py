"""The row that sets the chain's own VIX beside the published one."""

import datetime as dt
import math

import polars as pl
import pytest

from transforms.market.forwards import Mark
from transforms.market.quotes import type_quotes
from transforms.market.rates import par_curve
from transforms.market.vix_checks import vix_check
from transforms.market.vix_index import NO_EXPIRY_PAIR
from warehouse.tables.mart import MART_VIX_CHECKS_DAILY
from warehouse.tables.raw import RAW_OPTION_QUOTES

NIGHT = dt.date(2023, 2, 7)
MARK = Mark(
    session_date=NIGHT,
    quote_at=dt.datetime(2023, 2, 7, 21, 15, tzinfo=dt.UTC),
    curve=par_curve(NIGHT, {30: 0.0, 3650: 0.0}),
    vx=pl.DataFrame(schema={"session_date": pl.Date, "expiry_date": pl.Date, "settle_pts": pl.Float64}),
)
# Strikes 90, 100, 110 of forward 100, no interest: calls and puts as (strike, call, put), half a point wide.
LADDER = ((90, 10.5, 0.5), (100, 2.0, 2.0), (110, 0.5, 10.5))


def quotes(*expiries: str) -> pl.DataFrame:
    raw = pl.DataFrame(
        [
            ("a", expiry, right, str(strike), str(mid - 0.25), str(mid + 0.25))
            for expiry in expiries
            for strike, call, put in LADDER
            for right, mid in (("C", call), ("P", put))
        ],
        schema=["load_id", "expiry", "option_right", "strike", "bid", "ask"],
        orient="row",
    ).with_columns(root=pl.lit("SPXW"), source_line=pl.int_range(pl.len()))
    return type_quotes(RAW_OPTION_QUOTES.conform(raw).with_columns(source_file=pl.lit("chain.csv"))).rows


# By hand: F = K0 = 100, every gap is 10, so T * variance = 2 * 10 * (0.5/90^2 + 2/100^2 + 0.5/110^2) in both strips.
# Minutes to 3 March and 10 March, 16:00: 24 and 31 days less a quarter of an hour.
NEAR, NEXT, MONTH = 34_545, 44_625, 43_200
TOTAL_VARIANCE = 20 * (0.5 / 8100 + 2 / 10_000 + 0.5 / 12_100)
VIX = 100 * math.sqrt(TOTAL_VARIANCE * 525_600 / MONTH)  # the same total at both ends, so at 30 days too


@pytest.mark.parametrize(
    ("published_pts", "limit_pts"),
    [(VIX + 0.1, max(0.25, 0.01 * (VIX + 0.1))), (12.0, 0.25), (40.0, 0.4)],  # METHODOLOGY 7: max(0.25, 1% of VIX)
)
def test_the_chains_vix_beside_the_published_one(published_pts: float, limit_pts: float) -> None:
    row = vix_check(quotes("2023-03-03", "2023-03-10"), MARK, published_pts).row(0, named=True)
    assert row["vix_recomputed_pts"] == pytest.approx(VIX, rel=1e-12)
    assert row["difference_pts"] == pytest.approx(VIX - published_pts, rel=1e-9)
    assert row["limit_pts"] == pytest.approx(limit_pts)
    assert row["reason"] is None
    assert (row["near_minutes"], row["next_minutes"]) == (NEAR, NEXT)
    assert (row["near_root"], row["near_expiry_date"]) == ("SPXW", dt.date(2023, 3, 3))
    assert row["near_variance"] == pytest.approx(TOTAL_VARIANCE * 525_600 / NEAR)
    assert (row["next_k0_pts"], row["next_forward_pts"], row["next_strikes_qty"]) == (100.0, 100.0, 3)


def test_without_two_expiries_around_thirty_days_the_vix_is_null_with_a_reason() -> None:
    check = vix_check(quotes("2023-02-17", "2023-02-24"), MARK, 13.83)
    assert check.schema == MART_VIX_CHECKS_DAILY.polars_schema
    row = check.row(0, named=True)
    assert (row["vix_recomputed_pts"], row["difference_pts"], row["reason"]) == (None, None, NO_EXPIRY_PAIR)
    assert row["vix_published_pts"] == 13.83


def test_without_a_published_close_there_is_nothing_to_compare() -> None:
    row = vix_check(quotes("2023-03-03", "2023-03-10"), MARK, None).row(0, named=True)
    assert row["vix_recomputed_pts"] is not None
    assert (row["difference_pts"], row["limit_pts"]) == (None, None)
