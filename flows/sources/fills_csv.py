"""Our own fills file, the book as the trader writes it down. A file with only its header is a valid empty book.

Columns are found by their names, in any order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date
from flows.sources.header_signatures import is_near, require_known, signature
from flows.sources.parsed import Series
from flows.sources.rules import must_be_filled
from flows.sources.series_file import SeriesFormat, header_of, read_series
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


SIGNATURES = (signature("our own fills file", "1", HEADER),)


def recognises(file: TextFile) -> bool:
    """True for a table with a fill_id, or nearly our columns."""
    header = header_of(file)
    return "fill_id" in header or is_near(header, SIGNATURES)


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a fills file: one raw row a fill.

    Raises:
        HeaderNotUnderstood: `header_unknown`, naming the columns that differ.
        ContentRefused: `truncated`, `no_usable_row`.
    """
    header = header_of(file)
    require_known(file, file.head[0][0], header, SIGNATURES)
    layout = SeriesFormat(
        kind="fills",
        format=FORMAT,
        table=RAW_FILLS,
        header=header,
        first_index=file.head[0][0] + 1,
        columns={name: "option_right" if name == "right" else name for name in HEADER},
        rules=(must_be_filled("fill_id", "fill_id"),),
        date=iso_date(pl.col("filled_at").str.head(len("2023-06-09"))),
        may_be_empty=True,
    )
    return [read_series(file, layout, Series(None))]
