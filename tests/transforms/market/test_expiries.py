"""What is known of each series: rows by hand from Cboe's specifications and calendars."""

import datetime as dt

import polars as pl

from transforms.market.expiries import expiries
from warehouse.tables.core import CORE_EXPIRIES

D = dt.date


def utc(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=dt.UTC)


def series(*pairs: tuple[str, dt.date]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"root": pl.String, "expiry_date": pl.Date}, orient="row")


def test_the_two_series_of_a_third_friday_are_two_rows_and_a_vix_expiry_names_its_future() -> None:
    friday, tuesday, wednesday = D(2023, 3, 17), D(2023, 3, 7), D(2023, 3, 22)
    listed = series(
        ("SPXW", friday), ("SPX", friday), ("VIXW", tuesday), ("VIX", wednesday), ("VX", wednesday), ("VXM", wednesday)
    )
    assert expiries(pl.concat([listed, listed]), CORE_EXPIRIES.empty()).rows() == [
        ("SPX", friday, "AM", utc(friday, 13, 30), utc(D(2023, 3, 16), 20, 15), None, True),
        ("SPXW", friday, "PM", utc(friday, 20), utc(friday, 20), None, False),
        ("VIX", wednesday, "AM", utc(wednesday, 13, 30), utc(D(2023, 3, 21), 20, 15), "VX/H3", True),
        ("VIXW", tuesday, "AM", utc(tuesday, 14, 30), utc(D(2023, 3, 6), 21, 15), "VX10/H3", False),
        ("VX", wednesday, "AM", utc(wednesday, 13, 30), utc(wednesday, 13), "VX/H3", True),
        ("VXM", wednesday, "AM", utc(wednesday, 13, 30), utc(wednesday, 13), "VX/H3", True),
    ]


def test_a_monthly_of_the_old_saturday_listing_is_a_monthly() -> None:
    (row,) = expiries(series(("SPX", D(2014, 4, 19))), CORE_EXPIRIES.empty()).rows(named=True)
    assert (row["settle_at"], row["is_monthly"]) == (utc(D(2014, 4, 17), 13, 30), True)


def test_series_of_other_nights_stay_and_those_of_tonight_are_described_anew() -> None:
    known = expiries(series(("SPXW", D(2023, 3, 16)), ("SPXW", D(2023, 3, 17))), CORE_EXPIRIES.empty())
    wrong = known.with_columns(settle_at=pl.col("settle_at") + dt.timedelta(hours=1))
    again = expiries(series(("SPXW", D(2023, 3, 17)), ("SPXW", D(2023, 3, 20))), wrong)
    assert again["expiry_date"].to_list() == [D(2023, 3, 16), D(2023, 3, 17), D(2023, 3, 20)]
    assert again["settle_at"].to_list() == [utc(D(2023, 3, 16), 21), utc(D(2023, 3, 17), 20), utc(D(2023, 3, 20), 20)]
