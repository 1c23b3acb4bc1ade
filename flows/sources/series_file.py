"""The shape all series files share: a header, then one dated row a line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

import polars as pl

from flows.sources.errors import Finding, HeaderNotUnderstood
from flows.sources.parsed import ParsedFile, Statement, raw_rows
from flows.sources.rules import Sifted, in_line_order, refuse_without_rows, reject_misfits, sift
from flows.sources.text_file import read_grid, split_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flows.sources.parsed import Series
    from flows.sources.rules import RowRule
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
    may_be_empty: bool = False


def header_of(file: TextFile) -> tuple[str, ...]:
    """The names of the first line that is not blank, lower-cased."""
    return tuple(name.lower() for name in split_fields(file.head[0][1])) if file.head else ()


def require_columns(file: TextFile, expected: tuple[str, ...]) -> None:
    """Refuse one of our own files whose header is not exactly as laid down.

    Raises:
        HeaderNotUnderstood: `header_differs`, naming the first column that differs.
    """
    found = header_of(file)
    if found == expected:
        return
    pairs = zip_longest(expected, found, fillvalue="nothing")
    wanted, given = next((wanted, given) for wanted, given in pairs if wanted != given)
    raise HeaderNotUnderstood(
        file.name,
        Finding(
            "header_differs",
            f"The header has {given} where {wanted} is expected.",
            f"the header is {','.join(expected)}",
            file.head[0][0] + 1,
            given,
        ),
    )


def require_once(file: TextFile, header: Sequence[str], used: Iterable[str], header_line: int) -> None:
    """Refuse a header in which a column that is read stands twice: nothing says which of the two is meant.

    Raises:
        HeaderNotUnderstood: `column_repeated`, naming the column.
    """
    names = list(header)
    repeated = next((name for name in used if names.count(name) > 1), None)
    if repeated is None:
        return
    found = f"The header has {names.count(repeated)} columns {repeated}."
    hint = "take the file as its vendor hands it out, or leave one of them out"
    raise HeaderNotUnderstood(file.name, Finding("column_repeated", found, hint, header_line, repeated))


def read_series(file: TextFile, layout: SeriesFormat, series: Series) -> ParsedFile:
    """Read a series file, one raw row a line, text as received.

    Raises:
        ContentRefused: `truncated`, `no_usable_row`.
    """
    sifted = sift_series(file, layout)
    return series_load(file, layout, series, sifted)


def sift_series(file: TextFile, layout: SeriesFormat) -> Sifted:
    """The rows of a series file under our column names, those that break a rule set aside.

    Raises:
        HeaderNotUnderstood: `column_repeated`.
        ContentRefused: `truncated`, `no_usable_row`.
    """
    width = len(layout.header)
    require_once(file, layout.header, layout.columns, layout.first_index)
    grid = read_grid(file, first_index=layout.first_index, width=width, may_be_empty=layout.may_be_empty)
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
    rejected = in_line_order([reject_misfits(file, grid, width=width), sifted.rejected])
    refuse_without_rows(file, sifted.rows, rejected)
    return Sifted(sifted.rows, rejected)


def series_load(file: TextFile, layout: SeriesFormat, series: Series, sifted: Sifted) -> ParsedFile:
    """Bundle the accepted and rejected rows of a series file with the span of its dates."""
    first, last = sifted.rows.select(first=layout.date.min(), last=layout.date.max()).row(0)
    return ParsedFile(
        kind=layout.kind,
        format=layout.format,
        series=series,
        table=layout.table,
        rows=raw_rows(layout.table, sifted.rows),
        rejected=sifted.rejected,
        content=file.content,
        stated=Statement(first_date=first, last_date=last),
        is_simulated=file.is_simulated,
    )
