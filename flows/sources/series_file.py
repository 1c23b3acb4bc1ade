"""The shape all series files share: a header, then one dated row a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from flows.sources.parsed import ParsedFile, Series, Statement, raw_rows
from flows.sources.rules import RowRule, in_line_order, refuse_without_rows, reject_misfits, sift
from flows.sources.text_file import read_grid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.sources.text_file import TextFile
    from warehouse.tables.types import Table


@dataclass(frozen=True, slots=True)
class SeriesFormat:
    """One vendor's series file.

    `header` holds the column names as found, lower-cased; `columns` maps such a name to ours; `rules` are what a row
    must obey; `date` reads a row's date (for the span of the file).
    """

    kind: str
    format: str
    table: Table
    header: tuple[str, ...]
    first_index: int
    columns: Mapping[str, str]
    rules: tuple[RowRule, ...]
    date: pl.Expr


def read_series(file: TextFile, layout: SeriesFormat, series: Series) -> ParsedFile:
    """Read a series file, one raw row a line, text as received.

    Raises:
        ContentRefused: `truncated`, `no_usable_row`.
    """
    grid = read_grid(file, first_index=layout.first_index, width=len(layout.header))
    named = grid.rows.select(
        "source_line",
        "row_text",
        "row_key",
        **{
            ours: pl.col(f"f{layout.header.index(theirs)}")
            for theirs, ours in layout.columns.items()
            if theirs in layout.header
        },
    )
    sifted = sift(file, named, layout.rules)
    rejected = in_line_order([reject_misfits(file, grid, width=len(layout.header)), sifted.rejected])
    refuse_without_rows(file, sifted.rows, rejected)
    return series_load(file, layout, series, (sifted.rows, rejected))


def series_load(
    file: TextFile, layout: SeriesFormat, series: Series, sifted: tuple[pl.DataFrame, pl.DataFrame]
) -> ParsedFile:
    """Bundle the accepted and rejected rows of a series file with the span of its dates."""
    rows, rejected = sifted
    first, last = rows.select(first=layout.date.min(), last=layout.date.max()).row(0)
    return ParsedFile(
        kind=layout.kind,
        format=layout.format,
        series=series,
        table=layout.table,
        rows=raw_rows(layout.table, rows),
        rejected=rejected,
        content=file.content,
        stated=Statement(first_date=first, last_date=last),
        is_simulated=file.is_simulated,
    )
