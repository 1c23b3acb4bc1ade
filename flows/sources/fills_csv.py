"""Our own fills file, the book as the trader writes it down. A file with only its header is a valid empty book."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date
from flows.sources.parsed import Series
from flows.sources.rules import must_be_filled
from flows.sources.series_file import SeriesFormat, header_of, read_series, require_columns
from warehouse.tables.raw import RAW_FILLS

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

FORMAT = "fills_csv"
HEADER = (
    "fill_id",
    "account",
    "filled_at",
    "root",
    "expiry",
    "right",
    "strike",
    "quantity",
    "price",
    "fees",
    "structure",
    "campaign",
    "note",
)


def recognises(file: TextFile) -> bool:
    """True for a table whose first column is fill_id."""
    return header_of(file)[:1] == HEADER[:1]


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a fills file: one raw row a fill.

    Raises:
        HeaderNotUnderstood: `header_differs`.
        ContentRefused: `truncated`, `no_usable_row`.
    """
    require_columns(file, HEADER)
    layout = SeriesFormat(
        kind="fills",
        format=FORMAT,
        table=RAW_FILLS,
        header=HEADER,
        first_index=file.head[0][0] + 1,
        columns={name: "option_right" if name == "right" else name for name in HEADER},
        rules=(must_be_filled("fill_id", "fill_id"),),
        date=iso_date(pl.col("filled_at").str.head(len("2023-06-09"))),
        may_be_empty=True,
    )
    return [read_series(file, layout, Series(None))]
