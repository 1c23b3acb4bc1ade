"""The level that states and Greeks are measured against (METHODOLOGY 3.3)."""

import datetime as dt

import polars as pl
import pytest

from transforms.market.spot import NO_INDEX_CLOSE, NO_SPXW_FORWARD, MarkSpot, mark_spot

QUARTER_PAST_FOUR = dt.datetime(2023, 2, 7, 21, 15, tzinfo=dt.UTC)
FOUR = dt.datetime(2023, 2, 7, 21, 0, tzinfo=dt.UTC)


def forwards(*rows: tuple[str, int, float | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["root", "dte_days", "forward_pts"], orient="row").with_columns(
        expiry_date=pl.lit(dt.date(2023, 2, 7)) + pl.duration(days=pl.col("dte_days"))
    )


def test_the_parity_forward_of_the_nearest_spxw_expiry_of_at_least_a_day() -> None:
    listed = forwards(
        ("SPXW", 2, 4157.2), ("SPXW", 0, 4164.0), ("SPXW", 1, 4156.4), ("SPX", 1, 4150.0), ("VIXW", 1, 19.0)
    )
    assert mark_spot(listed, 4164.0, QUARTER_PAST_FOUR) == MarkSpot(spot_pts=4156.4, spot_from="parity")


def test_an_expiry_without_a_forward_is_passed_over() -> None:
    assert mark_spot(forwards(("SPXW", 1, None), ("SPXW", 2, 4157.2)), None, QUARTER_PAST_FOUR).spot_pts == 4157.2


def test_no_spxw_forward_is_no_spot_with_a_reason() -> None:
    assert mark_spot(forwards(("SPX", 10, 4160.0)), 4164.0, QUARTER_PAST_FOUR) == MarkSpot(reason=NO_SPXW_FORWARD)


@pytest.mark.parametrize(
    "close_at",
    [FOUR, dt.datetime(2023, 11, 24, 18, 0, tzinfo=dt.UTC)],  # the day after Thanksgiving closes at 13:00
)
def test_a_chain_quoted_at_the_close_takes_the_official_close(close_at: dt.datetime) -> None:
    assert mark_spot(forwards(("SPXW", 1, 4156.4)), 4164.0, close_at) == MarkSpot(
        spot_pts=4164.0, spot_from="official_close"
    )


def test_a_chain_quoted_at_the_close_waits_for_the_official_close() -> None:
    assert mark_spot(forwards(("SPXW", 1, 4156.4)), None, FOUR) == MarkSpot(reason=NO_INDEX_CLOSE)
