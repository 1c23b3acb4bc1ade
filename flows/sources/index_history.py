"""Daily levels of an index: Cboe's `{SYM}_History.csv` and plain date/open/high/low/close files."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date, us_date
from flows.sources.errors import Finding, SeriesUnknown
from flows.sources.fred import is_yield
from flows.sources.naming import INDEX_SYMBOLS, series_by_name
from flows.sources.parsed import Series
from flows.sources.rules import must_be_date, must_be_number
from flows.sources.series_file import SeriesFormat, header_of, read_series
from flows.sources.valuation import is_measure
from warehouse.tables.raw import RAW_INDEX_LEVELS

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

FORMAT = "index_history"
_COLUMNS = {"date": "date", "open": "open", "high": "high", "low": "low", "close": "close"}
_IGNORED = {"prior_close", "adj close", "volume"}
_VALUE_COLUMN_AT = 1
_CBOE_HEADER = re.compile(r"^DATE,[A-Z0-9]+,*$")


def recognises(file: TextFile) -> bool:
    """True for `date` with open/high/low/close columns, or `DATE,<SYMBOL>`."""
    header = header_of(file)
    if not header or header[0] != "date":
        return False
    if _is_single_value(header):
        if is_yield(header[_VALUE_COLUMN_AT]) or is_measure(header[_VALUE_COLUMN_AT]):
            return False
        return header[_VALUE_COLUMN_AT].upper() in INDEX_SYMBOLS or bool(_CBOE_HEADER.match(file.head[0][1]))
    return "close" in header and set(header) <= {*_COLUMNS, *_IGNORED}


def parse(file: TextFile) -> list[ParsedFile]:
    """Read an index history: one raw row a date.

    Raises:
        SeriesUnknown: the symbol is not one we store, or nothing tells it.
        ContentRefused: `truncated`, `no_usable_row`.
    """
    header = header_of(file)
    series = _series_of_column(file, header) if _is_single_value(header) else _series_of_name(file)
    text = pl.col("date")
    date = pl.coalesce(iso_date(text), us_date(text))
    columns = {"date": "date", header[_VALUE_COLUMN_AT]: "close"} if _is_single_value(header) else _COLUMNS
    levels = [name for name in ("open", "high", "low", "close") if name in columns.values()]
    present = [name for name in levels if name in header or name == "close"]
    layout = SeriesFormat(
        kind="index_levels",
        format=FORMAT,
        table=RAW_INDEX_LEVELS,
        header=header,
        first_index=file.head[0][0] + 1,
        columns=columns,
        rules=(
            must_be_date("date", "Date", date),
            *(must_be_number(name, name.title(), may_be_blank=name != "close") for name in present),
        ),
        date=date,
    )
    loaded = read_series(file, layout, series)
    return [_with_symbol(loaded)]


def _is_single_value(header: tuple[str, ...]) -> bool:
    return len(header) == _VALUE_COLUMN_AT + 1 and header[_VALUE_COLUMN_AT] != "close"


def _series_of_column(file: TextFile, header: tuple[str, ...]) -> Series:
    """The column that holds the levels is called by the symbol."""
    symbol = header[_VALUE_COLUMN_AT].upper()
    if symbol in INDEX_SYMBOLS:
        return Series(symbol)
    raise SeriesUnknown(
        file.name,
        Finding(
            "unknown_series",
            f"The file holds {symbol}; the indices read are {', '.join(sorted(INDEX_SYMBOLS))}.",
            "nothing to do: the report does not use this index",
            file.head[0][0] + 1,
            symbol,
        ),
    )


def _series_of_name(file: TextFile) -> Series:
    return series_by_name(file, INDEX_SYMBOLS, holds="index levels")


def _with_symbol(loaded: ParsedFile) -> ParsedFile:
    return replace(loaded, rows=loaded.rows.with_columns(symbol=pl.lit(loaded.series.name)))
