"""What parsing one file gives: raw rows as text, the rows rejected, and what the file says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from warehouse.tables.meta import META_REJECTED_ROWS

if TYPE_CHECKING:
    from datetime import date, datetime

    from warehouse.tables.types import Table

# Which load and which stage a rejected row belongs to is known where it is stored.
REJECTED_SCHEMA = pl.Schema(
    {name: dtype for name, dtype in META_REJECTED_ROWS.polars_schema.items() if name not in {"load_id", "stage"}}
)


@dataclass(frozen=True, slots=True)
class Series:
    """Which series a file holds, and how that is known: content, configuration or file_name.

    `name` is None where the rows say it themselves.
    """

    name: str | None
    known_from: str = "content"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a file says about itself beside its rows; None where it says nothing.

    `stated_at` is the UTC instant of its date line or quote-time column, `stated_date` the session of a quote-date
    column, `last_print_at` the instant of the underlying's last print, `header_level_pts` the index level above the
    rows, `first_date` and `last_date` the span of a series.
    """

    stated_at: datetime | None = None
    stated_date: date | None = None
    last_print_at: datetime | None = None
    header_level_pts: float | None = None
    first_date: date | None = None
    last_date: date | None = None


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One load: the raw rows of one series and date of one file.

    `rows` has the columns of `table` but load_id; `rejected` is of REJECTED_SCHEMA. `member_name` is
    the path inside an archive (empty outside one) and `content` the bytes of that member. `part` tells loads of the
    same bytes and series apart (a file with several quote dates); else it is empty. `read_by` names what of the
    configuration the rows depend on; it is empty where the content alone decides.
    """

    kind: str
    format: str
    series: Series
    table: Table
    rows: pl.DataFrame
    rejected: pl.DataFrame
    content: bytes
    stated: Statement = Statement()
    is_simulated: bool = False
    member_name: str = ""
    part: str = ""
    read_by: str = ""


def raw_rows(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Put a frame into a raw table's columns but load_id; empty text becomes null, missing columns are null."""
    present = [name for name in table.column_names if name in frame.columns]
    return table.conform(
        frame.select(present).with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep())
    ).drop("load_id")
