"""Our own settlement values: SET (AM-settled SPX), VRO (VIX) and official closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date
from flows.sources.parsed import Series
from flows.sources.rules import must_be_date, must_be_filled, must_be_number
from flows.sources.series_file import SeriesFormat, header_of, read_series, require_columns
from warehouse.tables.raw import RAW_SETTLEMENT_VALUES

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

FORMAT = "settlement_csv"
HEADER = ("date", "symbol", "value_pts")


def recognises(file: TextFile) -> bool:
    """True for a table with a symbol and a value_pts column."""
    return {"symbol", "value_pts"} <= set(header_of(file))


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a settlement file: one raw row a date and symbol.

    Raises:
        HeaderNotUnderstood: `header_differs`.
        ContentRefused: `truncated`, `no_usable_row`.
    """
    require_columns(file, HEADER)
    date = iso_date(pl.col("date"))
    layout = SeriesFormat(
        kind="settlement_values",
        format=FORMAT,
        table=RAW_SETTLEMENT_VALUES,
        header=HEADER,
        first_index=file.head[0][0] + 1,
        columns={name: name for name in HEADER},
        rules=(
            must_be_date("date", "date", date),
            must_be_filled("symbol", "symbol"),
            must_be_number("value_pts", "value_pts"),
        ),
        date=date,
        may_be_empty=True,
    )
    return [read_series(file, layout, Series(None))]
