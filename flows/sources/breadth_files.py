"""NYSE breadth: a TradingView export of one ticker, or the Unicorn archive (`YYYYMMDD, value`, no header).

Which of advances, declines, ... a file holds stands only in its name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import compact_date, iso_date
from flows.sources.naming import BREADTH_SERIES, series_by_name
from flows.sources.rules import RowRule, must_be_date, must_be_number, number
from flows.sources.series_file import SeriesFormat, header_of, read_series
from transforms.market.typing_rules import said
from warehouse.tables.raw import RAW_BREADTH

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

TRADINGVIEW_FORMAT = "tradingview_export"
UNICORN_FORMAT = "unicorn_breadth"
_TRADINGVIEW_START = ("time", "open", "high", "low", "close")
_UNICORN_ROW = re.compile(r"^[0-9]{8},\s*-?[0-9]+(?:\.[0-9]+)?,*\s*$")


def recognises(file: TextFile) -> bool:
    """True for TradingView's header, or rows of a compact date and one number."""
    return _is_tradingview(file) or bool(_UNICORN_ROW.match(file.head[0][1]))


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a breadth file: one raw row a date; of TradingView's bars the close.

    Raises:
        SeriesUnknown: neither configuration nor name tells what is counted.
        ContentRefused: `truncated`, `no_usable_row`.
    """
    series = series_by_name(file, BREADTH_SERIES, holds="NYSE breadth")
    loaded = read_series(file, _tradingview(file) if _is_tradingview(file) else _unicorn(file), series)
    return [replace(loaded, rows=loaded.rows.with_columns(series=pl.lit(series.name)))]


def _is_tradingview(file: TextFile) -> bool:
    return header_of(file)[: len(_TRADINGVIEW_START)] == _TRADINGVIEW_START


def _tradingview(file: TextFile) -> SeriesFormat:
    date = iso_date(pl.col("date"))
    return SeriesFormat(
        kind="breadth",
        format=TRADINGVIEW_FORMAT,
        table=RAW_BREADTH,
        header=header_of(file),
        first_index=file.head[0][0] + 1,
        columns={"time": "date", "close": "value", "open": "open", "high": "high", "low": "low"},
        rules=(must_be_date("date", "time", date), must_be_number("value", "close"), _impossible_bar()),
        date=date,
    )


def _impossible_bar() -> RowRule:
    """A bar whose close or open lies outside high and low has lost or gained a field; blanks tell nothing."""
    low, high = number("low"), number("high")
    is_outside = ~number("value").is_between(low, high) | ~number("open").is_between(low, high)
    reason = said("open {}, high {}, low {}, close {} cannot be.", "open", "high", "low", "value")
    return RowRule("impossible_ohlc", "close", is_outside.fill_null(value=False), reason)


def _unicorn(file: TextFile) -> SeriesFormat:
    date = compact_date(pl.col("date"))
    return SeriesFormat(
        kind="breadth",
        format=UNICORN_FORMAT,
        table=RAW_BREADTH,
        header=("date", "value"),
        first_index=file.head[0][0],
        columns={"date": "date", "value": "value"},
        rules=(must_be_date("date", "date", date), must_be_number("value", "value")),
        date=date,
    )
