"""A Parquet file as the same grid of text a CSV is: it is looked over before it is read."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.sources.archive_members import MAX_TOTAL_BYTES
from flows.sources.errors import ContentRefused, Finding, FormatUnknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.sources.text_file import SourceFile

PARQUET_MAGIC = b"PAR1"
MAX_ROWS = 5_000_000  # ten times a month of chains
_MAX_COLUMNS = 500
# A row of equal values packs to nothing, and unpacks to a row of text; a chain's quotes take ten bytes or more.
_FEW_ROWS, _LEAST_BYTES_A_ROW = 100_000, 2
_FLAT = (pl.String, pl.Boolean, pl.Date, pl.Time, pl.Datetime, pl.Categorical)


def parquet_header(file: SourceFile) -> tuple[str, ...]:
    """The names of the columns.

    Raises:
        FormatUnknown: the file cannot be read as Parquet.
        ContentRefused: `parquet_too_large`: it holds more than is allowed, by its own footer; `parquet_ratio`.
    """
    try:
        footer = pq.ParquetFile(io.BytesIO(file.content))
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = f"The file begins like Parquet, but cannot be read: {str(error).splitlines()[0]}."
        raise FormatUnknown(file.name, Finding("unknown_format", reason, "was the download complete?")) from error
    meta = footer.metadata
    size = sum(meta.row_group(group).total_byte_size for group in range(meta.num_row_groups))
    if meta.num_rows > MAX_ROWS or meta.num_columns > _MAX_COLUMNS or size > MAX_TOTAL_BYTES:
        found = (
            f"The table has {meta.num_rows:,} rows, {meta.num_columns} columns and {size:,} bytes: more than is read."
        )
        raise ContentRefused(file.name, Finding("parquet_too_large", found, "split it into smaller ones"))
    if meta.num_rows > _FEW_ROWS and len(file.content) < _LEAST_BYTES_A_ROW * meta.num_rows:
        found = f"The table has {meta.num_rows:,} rows in {len(file.content):,} bytes: more than quotes can be packed."
        raise ContentRefused(file.name, Finding("parquet_ratio", found, "was the export complete?"))
    return tuple(footer.schema_arrow.names)


def parquet_rows(file: SourceFile, columns: Sequence[str], *, date_format: str) -> pl.DataFrame:
    """The columns named, as text f0, f1, ... with `source_line` (the row, from 1), `row_text` and `row_key` (empty).

    Dates are written as `date_format` says and times as HH:MM:SS, numbers as the shortest digits that give them back.

    Raises:
        ContentRefused: `unreadable`: the data do not keep what the footer promised; `column_nested`.
    """
    try:  # by Arrow: the reader of Polars 2.1 panics on a damaged page
        table = pq.ParquetFile(io.BytesIO(file.content), page_checksum_verification=True).read(
            columns=list(columns), use_threads=False
        )
        table.validate(full=True)
        series = [pl.Series(values=table.column(name), name=name) for name in columns]
    except (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError) as error:
        finding = Finding(
            "unreadable", f"The rows cannot be read: {str(error).splitlines()[0]}.", "fetch the file again"
        )
        raise ContentRefused(file.name, finding) from error
    texts = {f"f{position}": _text(file, column, date_format) for position, column in enumerate(series)}
    return (
        pl.DataFrame(texts)
        .with_columns(row_text=pl.concat_str(list(texts), separator=","), row_key=pl.lit(""))
        .with_row_index("source_line", offset=1)
        .with_columns(pl.col("source_line").cast(pl.Int64))
    )


def _text(file: SourceFile, column: pl.Series, date_format: str) -> pl.Series:
    dtype = column.dtype
    if not (dtype.is_numeric() or dtype in _FLAT):
        finding = Finding(
            "column_nested", f"Its values are {dtype}, not numbers, text or dates.", "", None, column.name
        )
        raise ContentRefused(file.name, finding)
    if dtype in (pl.Date, pl.Datetime):
        written = column.dt.to_string(date_format)
    elif dtype == pl.Time:
        written = column.dt.to_string("%H:%M:%S")
    else:
        written = column.cast(pl.String)
    return written.fill_null("").str.strip_chars()
