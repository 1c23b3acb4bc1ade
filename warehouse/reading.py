"""What a reader may ask and how much of it: one select, functions that stay inside the snapshot, limits."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pyarrow as pa

from warehouse.errors import LimitReached, ReadOnlyQuery
from warehouse.home import LAKE_CATALOG
from warehouse.lake import load_extensions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

MEGABYTE = 1 << 20
# Rows leave DuckDB through Arrow, which wraps its errors; Arrow and Polars have limits of their own, such as 2 GB of
# text in a batch.
FAILURES = (duckdb.Error, MemoryError, OSError, pa.ArrowException, pl.exceptions.PolarsError)
OUT_OF_MEMORY = "Out of Memory Error"
READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
# Table functions that look at nothing but the query and the snapshot. The others read files, run SQL given as text,
# follow memory addresses or change settings, and DuckDB lets some of them through with every door shut:
# enable_profiling() in a plain select changes a setting. A function of a later DuckDB is refused until it is here.
TABLE_FUNCTIONS = frozenset(
    {
        *("duckdb_columns", "duckdb_constraints", "duckdb_databases", "duckdb_functions", "duckdb_indexes"),
        *("duckdb_keywords", "duckdb_memory", "duckdb_schemas", "duckdb_sequences", "duckdb_settings"),
        *("duckdb_table_sample", "duckdb_tables", "duckdb_types", "duckdb_views", "generate_series", "histogram"),
        *("histogram_values", "icu_calendar_names", "json_each", "json_tree", "pg_timezone_names", "pragma_collations"),
        *("pragma_database_size", "pragma_show", "pragma_storage_info", "pragma_table_info", "pragma_version", "range"),
        *("repeat", "repeat_row", "summary", "test_all_types", "unnest"),
    }
)
# The scalar functions that do more than compute.
SCALAR_FUNCTIONS_REFUSED = frozenset({"getenv", "nextval", "setval", "write_log"})


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """How much one query may take; unset is unlimited, but memory always has an end."""

    memory_mb: int = 2048
    time_seconds: float | None = None
    rows_qty: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a reader has before it: when it was published, and where the rows of a lake lie."""

    published_at: dt.datetime
    lake_folder: str = ""

    @property
    def is_lake(self) -> bool:
        """Whether it is a lake's."""
        return bool(self.lake_folder)


def require_reading(connection: duckdb.DuckDBPyConnection, sql: str, *, is_lake: bool = False) -> None:
    """Let one select (or its explanation) pass, whose functions stay inside the snapshot.

    Raises:
        ReadOnlyQuery: it is something else.
        duckdb.Error: it is no SQL.
    """
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise ReadOnlyQuery(f"{len(statements)} statements")
    kind = _kind(statements[0])
    if kind not in READING:
        raise ReadOnlyQuery(f"a {kind.name} statement" if kind else "a statement of another kind")
    words = _words(sql)
    refused = _refused_functions(is_lake=is_lake)
    for name in _called_names(words):
        if name in refused:
            raise ReadOnlyQuery(f"a call of {name}(), which reaches beyond the snapshot")
    if any(LAKE_CATALOG in word.lower() for word in words):
        raise ReadOnlyQuery(f"{LAKE_CATALOG}, which is PostgreSQL and not the snapshot")


def called_names(sql: str) -> Iterator[str]:
    """The names in a query that an opening bracket follows: its functions, and a few words more."""
    return _called_names(_words(sql))


def _called_names(words: list[str]) -> Iterator[str]:
    for word, following in pairwise(words):
        if following.startswith("("):
            yield word.strip('"').lower()


def _words(sql: str) -> list[str]:
    """The tokens of a query but its comments."""
    text = sql.encode()  # tokens stand at byte offsets
    tokens = duckdb.tokenize(sql)
    ends = [*(start for start, _ in tokens[1:]), len(text)]
    return [
        text[start:end].decode().strip()
        for (start, kind), end in zip(tokens, ends, strict=bool(tokens))
        if kind != duckdb.token_type.comment
    ]


@contextmanager
def bounded(connection: duckdb.DuckDBPyConnection, limits: ReadingLimits) -> Iterator[None]:
    """Interrupt what runs on a connection when its time is up; say of what failed for a limit that it was the limit.

    Raises:
        LimitReached: the time was up, or more memory was needed than there may be.
    """
    is_over = threading.Event()

    def end() -> None:
        is_over.set()
        connection.interrupt()

    clock = threading.Timer(limits.time_seconds or threading.TIMEOUT_MAX, end)
    clock.daemon = True
    if limits.time_seconds is not None:
        clock.start()
    try:
        yield
    except FAILURES as problem:
        if is_over.is_set() and limits.time_seconds is not None:
            raise LimitReached.of_time(limits.time_seconds) from problem
        if isinstance(problem, MemoryError) or str(problem).startswith(OUT_OF_MEMORY):
            raise LimitReached.of_memory(limits.memory_mb) from problem
        raise
    finally:
        clock.cancel()


def bounded_rows(batches: Iterable[pa.RecordBatch], limits: ReadingLimits) -> Iterator[pa.RecordBatch]:
    """Pass batches on as long as they are within the limits.

    Raises:
        LimitReached: there are more rows or bytes than there may be.
    """
    rows, size = 0, 0
    for batch in batches:
        rows += batch.num_rows
        size += batch.nbytes
        if limits.rows_qty is not None and rows > limits.rows_qty:
            raise LimitReached.of_rows(limits.rows_qty)
        if size > limits.memory_mb * MEGABYTE:
            raise LimitReached.of_memory(limits.memory_mb)
        yield batch


def _kind(statement: duckdb.Statement) -> duckdb.StatementType | None:
    """The kind of a statement; none for kinds that DuckDB knows and its Python package does not."""
    try:
        return statement.type
    except ValueError:
        return None


@cache
def _refused_functions(*, is_lake: bool) -> frozenset[str]:
    """What this DuckDB can do beyond computing: its table functions that are not known to stay inside."""
    with duckdb.connect(":memory:") as connection:
        if is_lake:
            load_extensions(connection)
        kinds = connection.sql("select distinct function_name, function_type from duckdb_functions()").fetchall()
    reaching = {name for name, kind in kinds if kind in {"table", "table_macro"}}
    # Within a lake each of its functions has a second name: set_option() for ducklake_set_option().
    reaching |= {name.removeprefix("ducklake_") for name in reaching}
    computing = {name for name, kind in kinds if kind in {"scalar", "aggregate", "macro"}}
    return frozenset(reaching - computing - TABLE_FUNCTIONS) | SCALAR_FUNCTIONS_REFUSED
