"""Hash what a table holds, not how it was written: two equal tables hash alike, whatever the order of insertion.

Rows are read in key order and every column is hashed as four streams (nulls, values, text lengths, text bytes), floats
by their bits. Streams do not depend on how DuckDB cuts the rows into batches.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from warehouse.ddl import quoted
from warehouse.tables.types import BOOL, DATE, FLOAT, INSTANT, INTEGER, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse.tables.types import Column, SqlType, Table

_VALUE_TYPES: dict[SqlType, pl.DataType] = {
    INTEGER: pl.Int64(),
    DATE: pl.Int32(),
    INSTANT: pl.Int64(),
    BOOL: pl.UInt8(),
}


def hashed_columns(table: Table) -> tuple[Column, ...]:
    """The columns that must agree between two equal runs."""
    return tuple(column for column in table.columns if column.name not in table.volatile)


def ordered_rows_sql(table: Table, clause: str) -> str:
    """The query for the hashed columns in key order; in order of all of them when the key itself is volatile."""
    names = [column.name for column in hashed_columns(table)]
    is_key_stable = not set(table.grain) & set(table.volatile)
    order = table.grain if is_key_stable else names
    return (
        f"select {', '.join(map(quoted, names))} from {table.full_name}{clause} "
        f"order by {', '.join(f'{quoted(name)} nulls first' for name in order)}"
    )


def hash_of_batches(table: Table, batches: Iterable[pl.DataFrame]) -> str:
    """SHA-256 over the hashed columns of ordered rows, as 64 hex digits."""
    streams = [_ColumnStreams(column) for column in hashed_columns(table)]
    for batch in batches:
        for stream, series in zip(streams, batch.get_columns(), strict=True):
            stream.update(series)
    whole = hashlib.sha256(table.full_name.encode())
    for stream in streams:
        whole.update(stream.digest())
    return whole.hexdigest()


class _ColumnStreams:
    def __init__(self, column: Column) -> None:
        self._column = column
        self._nulls = hashlib.sha256(f"{column.name} {column.type.value}".encode())
        self._values = hashlib.sha256()
        self._text = hashlib.sha256()

    def update(self, series: pl.Series) -> None:
        self._nulls.update(series.is_null().cast(pl.UInt8).to_numpy().tobytes())
        if self._column.type is TEXT:
            text = series.fill_null("")
            self._values.update(text.str.len_bytes().cast(pl.UInt64).to_numpy().tobytes())
            self._text.update("".join(text.to_list()).encode())
        elif self._column.type is FLOAT:
            # Adding 0.0 makes -0.0 the 0.0 that SQL says it is.
            values = series.cast(pl.Float64).fill_null(0.0).to_numpy() + np.float64(0.0)
            self._values.update(values.astype("<f8").tobytes())
        else:
            physical = series.to_physical().cast(_VALUE_TYPES[self._column.type]).fill_null(0)
            self._values.update(physical.to_numpy().tobytes())

    def digest(self) -> bytes:
        return self._nulls.digest() + self._values.digest() + self._text.digest()
