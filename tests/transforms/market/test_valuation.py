"""Valuation month by month: what zeros mean, which file is believed, from when on a month may be used. Invented."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from transforms.market.valuation import type_valuation
from warehouse.tables.raw import RAW_VALUATION

Loaded = Callable[..., pl.DataFrame]

MAY = dt.date(2024, 5, 31)


def cell(date: str, measure: str, value: str, line: int = 2) -> dict[str, str | int]:
    return {"date": date, "measure": measure, "value": value, "source_line": line}


def month_of_shiller(date: str, price: str, earnings: str, pe10: str, line: int = 2) -> list[dict[str, str | int]]:
    values = (("SP500", price), ("Earnings", earnings), ("PE10", pe10))
    return [cell(date, name, value, line) for name, value in values]


def shiller(loaded: Loaded, rows: list[dict[str, str | int]], **load: object) -> pl.DataFrame:
    return loaded(RAW_VALUATION, rows, vendor="shiller_csv", **load)


@pytest.mark.parametrize("date", ["2024-05", "2024-05-01", "2024-05-17", "2024-05-31", "5/31/2024"])
def test_a_date_stands_for_its_month_which_is_known_the_day_after_it_ended(loaded: Loaded, date: str) -> None:
    typed = type_valuation(loaded(RAW_VALUATION, [cell(date, "pcf", "17.2")], vendor="valuation_csv"))
    assert typed.rows.rows() == [(MAY, "pcf", 17.2, dt.date(2024, 6, 1), "valuation_csv", "a")]


@pytest.mark.parametrize(
    ("column", "measure"),
    {"pcf": "pcf", "P/CF": "pcf", "pe": "pe", "P/E": "pe", "PE10": "pe10", "cape": "pe10"}.items(),
)
def test_measures_have_more_than_one_name(loaded: Loaded, column: str, measure: str) -> None:
    assert type_valuation(loaded(RAW_VALUATION, [cell("2024-05", column, "20")])).rows["measure"].to_list() == [measure]


def test_shillers_trailing_pe_is_price_over_earnings_and_is_known_a_quarter_later(loaded: Loaded) -> None:
    typed = type_valuation(shiller(loaded, month_of_shiller("2023-05-01", "4146.0", "180", "29.1")))
    # May ends on the 31st, 91 days on is 30 August
    known = dt.date(2023, 8, 30)
    assert typed.rows.select("measure", "known_from_date").rows() == [("pe", known), ("pe10", known)]
    assert typed.rows["value"].to_list() == pytest.approx([4146 / 180, 29.1])
    assert typed.rejected.is_empty()


def test_a_zero_is_no_figure(loaded: Loaded) -> None:
    rows = [
        *month_of_shiller("1871-01-01", "4.44", "0.4", "0.0"),
        *month_of_shiller("2026-06-01", "7450.03", "0.0", "0.0", line=3),
    ]
    typed = type_valuation(shiller(loaded, rows))
    assert typed.rows.select("period_end_date", "measure").rows() == [(dt.date(1871, 1, 31), "pe")]
    assert typed.rejected.select("source_line", "row_key", "rule_id").rows() == [
        (2, "PE10", "zero_means_missing"),
        (3, "Earnings", "zero_means_missing"),
        (3, "PE10", "zero_means_missing"),
    ]


@pytest.mark.parametrize(
    ("row", "rule_id"),
    [
        (cell("May 24", "pcf", "17"), "bad_date"),
        (cell("2024-13", "pcf", "17"), "bad_date"),
        (cell("2024-05", "pbook", "4"), "unknown_measure"),
        (cell("2024-05", "pcf", ""), "missing"),
        (cell("2024-05", "pcf", "n/a"), "not_a_number"),
        (cell("2024-05", "pcf", "-3"), "not_positive"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_measure(loaded: Loaded, row: dict[str, str], rule_id: str) -> None:
    typed = type_valuation(loaded(RAW_VALUATION, [row]))
    assert typed.rows.is_empty()
    assert typed.rejected.select("rule_id", "row_key").row(0) == (rule_id, row["measure"])


def test_a_file_of_ones_own_is_believed_before_shiller_and_a_later_one_before_an_earlier(loaded: Loaded) -> None:
    older = loaded(RAW_VALUATION, [cell("2023-05", "pe10", "28")], load_id="b", vendor="valuation_csv")
    newer = loaded(RAW_VALUATION, [cell("2023-05", "pe10", "28.5")], load_id="c", day=2, vendor="valuation_csv")
    theirs = shiller(loaded, [cell("2023-05-01", "PE10", "29.1")], day=3)
    typed = type_valuation(pl.concat([theirs, newer, older])).rows
    assert typed.select("value", "vendor").rows() == [(28.5, "valuation_csv")]


def test_of_two_lines_for_one_month_the_later_is_kept(loaded: Loaded) -> None:
    rows = [cell("2024-05", "pcf", "17", 2), cell("2024-05-31", "pcf", "17.5", 3)]
    typed = type_valuation(loaded(RAW_VALUATION, rows))
    assert typed.rows["value"].to_list() == [17.5]
    assert typed.rejected.select("source_line", "rule_id").rows() == [(2, "repeated_in_file")]
