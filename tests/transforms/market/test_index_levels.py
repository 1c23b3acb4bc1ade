"""Index levels: which print is believed, and what is kept out with a reason."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from transforms.market.index_levels import type_index_levels
from transforms.market.typing_rules import DataFixMismatchError
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY
from warehouse.tables.meta import META_REJECTED_ROWS
from warehouse.tables.raw import RAW_INDEX_LEVELS

Loaded = Callable[..., pl.DataFrame]


def vix(date: str, *prices: str) -> dict[str, str]:
    return {"symbol": "VIX", "date": date} | dict(zip(("open", "high", "low", "close"), prices, strict=True))


def spx(date: str, close: str, **prices: str) -> dict[str, str]:
    return {"symbol": "SPX", "date": date, "close": close} | prices


def test_us_and_iso_dates_are_one_print(loaded: Loaded) -> None:
    prices = ("17.42", "19.49", "16.64", "16.64")
    us = type_index_levels(loaded(RAW_INDEX_LEVELS, [vix("07/22/2026", *prices)])).rows
    iso = type_index_levels(loaded(RAW_INDEX_LEVELS, [vix("2026-07-22", *prices)])).rows
    assert us.equals(iso)
    assert us.row(0) == (dt.date(2026, 7, 22), "VIX", 17.42, 19.49, 16.64, 16.64, "a")


def test_print_of_a_closed_day_is_rejected(loaded: Loaded) -> None:
    # VIX printed on Memorial Day 2022; the NYSE was closed.
    typed = type_index_levels(loaded(RAW_INDEX_LEVELS, [vix("05/30/2022", "26.06", "26.64", "25.87", "26.54")]))
    assert typed.rows.is_empty()
    assert typed.rejected.select("rule_id", "source_line", "column_name").row(0) == ("not_a_session", 2, "date")
    assert typed.rejected["row_text"][0] == "VIX,05/30/2022,26.06,26.64,25.87,26.54"


def test_impossible_range_keeps_the_close_and_says_so(loaded: Loaded) -> None:
    # Cboe's VIX of 1992-02-11 opens above its own high.
    typed = type_index_levels(loaded(RAW_INDEX_LEVELS, [vix("02/11/1992", "19.24", "18.57", "17.61", "17.70")]))
    assert typed.rows.row(0)[2:6] == (None, None, None, 17.70)
    assert typed.rejected["rule_id"].to_list() == ["impossible_ohlc"]


def test_the_finer_of_two_roundings_is_kept_whichever_came_last(loaded: Loaded) -> None:
    fine = [spx("2022-02-04", "4500.52978515625", high="4539.66015625", low="4451.5")]
    rough = [spx("2022-02-04", "4500.5298", open="4482.79", high="4539.6602", low="4451.5")]
    one_order = pl.concat([loaded(RAW_INDEX_LEVELS, fine), loaded(RAW_INDEX_LEVELS, rough, load_id="b", day=2)])
    other_order = pl.concat([loaded(RAW_INDEX_LEVELS, fine, day=2), loaded(RAW_INDEX_LEVELS, rough, load_id="b")])
    assert type_index_levels(one_order).rows.equals(type_index_levels(other_order).rows)
    assert type_index_levels(one_order).rows["close_pts"].to_list() == [4500.52978515625]


def test_a_restated_level_is_believed_from_the_newest_load(loaded: Loaded) -> None:
    first = loaded(RAW_INDEX_LEVELS, [spx("2022-02-04", "4500.53")])
    restated = loaded(RAW_INDEX_LEVELS, [spx("2022-02-04", "4500.35")], load_id="b", day=2)
    assert type_index_levels(pl.concat([restated, first])).rows["close_pts"].to_list() == [4500.35]


def test_vvix_before_its_history_is_rejected(loaded: Loaded) -> None:
    rows = [{"symbol": "VVIX", "date": "03/15/2006", "close": "15.71"}, spx("2006-03-15", "1303.02")]
    typed = type_index_levels(loaded(RAW_INDEX_LEVELS, rows))
    assert typed.rejected["rule_id"].to_list() == ["vvix_before_2007"]
    assert typed.rows["symbol"].to_list() == ["SPX"]


def test_more_vvix_rows_than_the_evidence_counted_are_a_surprise(loaded: Loaded) -> None:
    sessions = pl.date_range(dt.date(2005, 1, 3), dt.date(2006, 12, 29), eager=True).dt.strftime("%Y-%m-%d")
    rows = [{"symbol": "VVIX", "date": date, "close": "80"} for date in sessions]
    with pytest.raises(DataFixMismatchError, match="at most 150"):
        type_index_levels(loaded(RAW_INDEX_LEVELS, rows))


@pytest.mark.parametrize(
    ("row", "rule_id"),
    [
        (spx("2022-02-30", "4500"), "bad_date"),
        (spx("2022-02-04", ""), "missing"),
        (spx("2022-02-04", "n/a"), "not_a_number"),
        (spx("2022-02-04", "0"), "not_positive"),
    ],
)
def test_rows_that_cannot_be_read_are_named(loaded: Loaded, row: dict[str, str], rule_id: str) -> None:
    typed = type_index_levels(loaded(RAW_INDEX_LEVELS, [row]))
    assert (typed.rows.height, typed.rejected["rule_id"].to_list()) == (0, [rule_id])


def test_a_date_twice_in_a_file_believes_the_later_line(loaded: Loaded) -> None:
    typed = type_index_levels(loaded(RAW_INDEX_LEVELS, [spx("2022-02-04", "1"), spx("2022-02-04", "2")]))
    assert typed.rows["close_pts"].to_list() == [2.0]
    assert typed.rejected.select("rule_id", "source_line").row(0) == ("repeated_in_file", 2)


def test_no_rows_give_empty_tables(loaded: Loaded) -> None:
    typed = type_index_levels(loaded(RAW_INDEX_LEVELS, [spx("2022-02-04", "1")]).clear())
    assert typed.rows.schema == CORE_INDEX_LEVELS_DAILY.polars_schema
    assert typed.rejected.schema == META_REJECTED_ROWS.polars_schema
    assert typed.rows.is_empty()


def test_a_number_beyond_any_market_is_none_though_all_are_plainly_written(loaded: Loaded) -> None:
    rows = [spx("2022-02-04", "4500.53"), spx("2022-02-07", "44838745008945012345")]
    typed = type_index_levels(loaded(RAW_INDEX_LEVELS, rows))
    assert typed.rows["session_date"].to_list() == [dt.date(2022, 2, 4)]
    assert typed.rejected.select("rule_id", "source_line").rows() == [("not_a_number", 3)]
