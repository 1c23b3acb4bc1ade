"""DuckDB as the rest of the warehouse sees it: SQL in, Polars frames out, instants in UTC, plain errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import duckdb
import polars as pl

from warehouse.ddl import quoted
from warehouse.errors import CannotOpen, Damaged, QueryFailed, WriteFailed, is_damage
from warehouse.hashing import hash_of_batches, ordered_rows_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from warehouse.tables.types import Table

    Params = Mapping[str, object]

HASH_BATCH_ROWS = 100_000


def where_clause(where: str) -> str:
    """A condition as a where clause; nothing when there is none."""
    return f" where {where}" if where else ""


class Connection:
    """A connection that reads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take over an open connection."""
        self._connection = connection
        # A misspelt table is an error, not a Python variable that happens to have that name.
        connection.execute("set TimeZone = 'UTC'; set python_enable_replacements = false;")

    def query(self, sql: str, params: Params | None = None) -> pl.DataFrame:
        """The rows of a query; a statement without rows gives an empty frame.

        Raises:
            QueryFailed: DuckDB refused it.
        """
        try:
            relation = self._relation(sql, params)
            return pl.DataFrame() if relation is None else relation.pl()
        except duckdb.Error as error:
            raise QueryFailed(plain_reason(error)) from error

    def read(self, table: Table, where: str = "", params: Params | None = None) -> pl.DataFrame:
        """The rows of a declared table in its declared order and types, sorted by its grain."""
        columns = ", ".join(map(quoted, table.column_names))
        rows = self.query(f"select {columns} from {table.full_name}{where_clause(where)}", params)
        return table.conform(rows).sort(table.grain)

    def content_hash(self, table: Table, where: str = "", params: Params | None = None) -> str:
        """SHA-256 of a table's rows, whatever order they were written in; volatile columns stay out."""
        try:
            return hash_of_batches(table, self._batches(ordered_rows_sql(table, where_clause(where)), params))
        except duckdb.Error as error:
            raise QueryFailed(plain_reason(error)) from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Use the connection for a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it at the end of the block."""
        self.close()

    def _relation(self, sql: str, params: Params | None) -> duckdb.DuckDBPyRelation | None:
        return self._connection.sql(sql, params=dict(params)) if params else self._connection.sql(sql)

    def _batches(self, sql: str, params: Params | None) -> Iterator[pl.DataFrame]:
        relation = self._relation(sql, params)
        if relation is not None:
            for batch in relation.to_arrow_reader(HASH_BATCH_ROWS):
                yield pl.DataFrame(batch)


class WritingConnection(Connection):
    """A connection that may also change things."""

    describes_view_columns = True  # DuckLake keeps comments on tables, their columns and views, not on columns of views

    def execute(self, sql: str, params: Params | None = None) -> None:
        """Run statements for their effect.

        Raises:
            WriteFailed: DuckDB refused one.
        """
        try:
            self._connection.execute(sql, dict(params) if params else None)
        except duckdb.Error as error:
            raise WriteFailed(plain_reason(error)) from error


def plain_reason(error: Exception) -> str:
    """The first line of what DuckDB said, without its stack trace."""
    return str(error).strip().split("\n", maxsplit=1)[0]


def cannot_open(path: Path, error: duckdb.Error) -> CannotOpen:
    """Why a file does not open: damaged, or in use or out of reach."""
    reason = plain_reason(error)
    return Damaged(path, reason) if is_damage(reason) else CannotOpen(path, reason)
