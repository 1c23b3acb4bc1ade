"""The writer and the readers of a warehouse.

Everything of a stage happens in one transaction: prove the rows, delete the partition, insert it sorted by its key,
commit. Readers open the published snapshot only, and can do nothing but read it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

import duckdb
import polars as pl
import pyarrow as pa
from filelock import FileLock, Timeout

from warehouse.checks import require_sound
from warehouse.connection import Connection, WritingConnection, plain_reason, where_clause
from warehouse.ddl import literal, quoted
from warehouse.errors import (
    CannotOpen,
    Damaged,
    NotPublished,
    QueryFailed,
    StageOpen,
    WriteFailed,
    WriterBusy,
    WrongPartition,
    is_damage,
)
from warehouse.home import WarehousePaths
from warehouse.journal import Journal
from warehouse.migrate import migrate
from warehouse.reading import FAILURES, ReadingLimits, bounded, bounded_rows, require_reading
from warehouse.steps import step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from warehouse.connection import Params
    from warehouse.tables.types import Table

    PartitionValue = date | str

# Readable by duckdb 1.4 and later, and 2.x goes on writing it: an analyst's own tools can open the published file.
STORAGE_VERSION = "v1.4.0"
INCOMING = "incoming_rows"
BESIDE = "other_warehouse"
NOTHING = "false"
COPY_BYTES = 1 << 26
READER_THREADS = 4
READER_BATCH_ROWS = 10_000


def open_writer(home: Path, holder: str) -> Store:
    """Become the one writer of a home: take the lock, open or create the database, migrate it.

    Raises:
        WriterBusy: another process is writing.
        CannotOpen: the database file is in use by another program, or damaged.
        MigrationError: the database does not fit this program.
    """
    paths = WarehousePaths(home)
    paths.folder.mkdir(parents=True, exist_ok=True)
    lock = taken_lock(paths, holder)
    try:
        store = Store(paths, _created_or_opened(paths.build), lock)
    except BaseException:
        lock.release()
        raise
    try:
        migrate(store)
    except BaseException:
        store.close()
        raise
    return store


def _created_or_opened(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), config={"storage_compatibility_version": STORAGE_VERSION})
    except duckdb.Error as error:
        raise cannot_open(path, error) from error


def cannot_open(path: Path, error: duckdb.Error) -> CannotOpen:
    """Why a file does not open: damaged, or in use or out of reach."""
    reason = plain_reason(error)
    return Damaged(path, reason) if is_damage(reason) else CannotOpen(path, reason)


def published_path(home: Path) -> Path:
    """The published snapshot of a home: the only database file readers open."""
    return WarehousePaths(home).folder / "condorwatch.duckdb"


def open_reader(home: Path, limits: ReadingLimits = ReadingLimits()) -> Reader:  # noqa: B008 - it is frozen
    """Open the published snapshot for reading only, within limits.

    Raises:
        NotPublished: nothing has been published yet.
        CannotOpen: the file cannot be opened.
    """
    path = published_path(home)
    if not path.is_file():
        raise NotPublished(path)
    # Attached rather than connected to: DuckDB shares one instance per path and process, so a second reader would be
    # given the first one's old snapshot.
    connection = duckdb.connect(":memory:")
    try:
        connection.execute(f"attach {literal(str(path))} as condorwatch (read_only)")
    except duckdb.Error as error:
        connection.close()
        raise cannot_open(path, error) from error
    return Reader(connection, limits)


class Reader(Connection):
    """An analyst's view of the published snapshot: it reads, and can reach nothing else."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, limits: ReadingLimits) -> None:
        """Shut every door but reading; `open_reader` makes the connection."""
        super().__init__(connection)
        self._limits = limits
        # Without a temporary directory nothing is spilled to disk: a reader writes no file, and its memory has an end.
        connection.execute(
            f"""
            use condorwatch;
            detach memory;
            set memory_limit = '{limits.memory_mb}MiB';
            set threads = {READER_THREADS};
            set temp_directory = '';
            set autoload_known_extensions = false;
            set autoinstall_known_extensions = false;
            set enable_external_access = false;
            set lock_configuration = true;
            """
        )

    def query(self, sql: str, params: Params | None = None) -> pl.DataFrame:
        """The rows of one select.

        Raises:
            ReadOnlyQuery: the query wants to do more than read.
            LimitReached: it took more time, rows or memory than it may.
            QueryFailed: DuckDB refused it.
        """
        try:
            require_reading(self._connection, sql)
            with bounded(self._connection, self._limits):
                return self._rows(sql, params)
        except FAILURES as error:
            raise QueryFailed(plain_reason(error)) from error

    def _rows(self, sql: str, params: Params | None) -> pl.DataFrame:
        relation = self._relation(sql, params)
        if relation is None:
            return pl.DataFrame()
        answer = relation.to_arrow_reader(READER_BATCH_ROWS)
        return pl.DataFrame(pa.Table.from_batches(bounded_rows(answer, self._limits), schema=answer.schema))


class Store(WritingConnection):
    """The writer: the one process that may change the warehouse, for as long as it holds the lock."""

    def __init__(self, paths: WarehousePaths, connection: duckdb.DuckDBPyConnection, lock: FileLock) -> None:
        """Take over the open database and its lock; `open_writer` makes both."""
        super().__init__(connection)
        self._paths = paths
        self._lock = lock
        self._stage = ""
        self.journal = Journal(paths.home)
        # Closing any descriptor of a file drops all POSIX locks this process has on it, DuckDB's too. Publishing
        # therefore copies through this one, which stays open until DuckDB has closed the file.
        self._descriptor = os.open(paths.build, os.O_RDONLY)

    @contextmanager
    def stage(self, name: str) -> Iterator[Self]:
        """One stage of the night as one transaction: all of it is stored, or none.

        Raises:
            StageOpen: a stage is already open.
        """
        if self._stage:
            raise StageOpen(name, self._stage)
        with self._transaction(name):
            step(f"{name}.begin")
            yield self
            step(f"{name}.written")
        step(f"{name}.committed")

    def replace(self, table: Table, frame: pl.DataFrame, partition_value: PartitionValue) -> None:
        """Put a frame in the place of one partition (usually a session) of a table.

        Raises:
            WrongPartition: the frame holds rows of another partition.
            DuplicateGrain: two rows have one key.
            AuditFailed: a row breaks a rule of the table.
        """
        self.replace_range(table, frame, partition_value, partition_value)

    def replace_range(self, table: Table, frame: pl.DataFrame, first: PartitionValue, last: PartitionValue) -> None:
        """Put a frame in the place of the partitions from first to last, both included. Raises as `replace`."""
        rows = table.conform(frame)
        _require_partition(table, rows, first, last)
        where = f"{quoted(table.partition)} between $first and $last"
        self._put(table, rows, where, {"first": first, "last": last})

    def replace_all(self, table: Table, frame: pl.DataFrame) -> None:
        """Put a frame in the place of everything in a table. Raises as `replace`."""
        self._put(table, table.conform(frame), "", None)

    def append(self, table: Table, frame: pl.DataFrame) -> None:
        """Add rows to a table. Raises as `replace`; a key that is already there counts as a duplicate."""
        self._put(table, table.conform(frame), NOTHING, None)

    @contextmanager
    def beside(self, snapshot: Path) -> Iterator[str]:
        """See another warehouse's published snapshot for a while, under the name this gives; never within a stage.

        Raises:
            WriteFailed: it cannot be opened.
        """
        self.execute(f"attach {literal(str(snapshot))} as {BESIDE} (read_only)")
        try:
            yield BESIDE
        finally:
            self.execute(f"detach {BESIDE}")

    def take_over(self, table: Table, other: str, where: str = "", params: Params | None = None) -> None:
        """Put the rows that another warehouse `beside` holds in the place of our own."""
        columns, keys = (", ".join(map(quoted, names)) for names in (table.column_names, table.grain))
        clause = where_clause(where)
        self.execute(f"delete from {table.full_name}{clause}", params)
        self.execute(
            f"insert into {table.full_name} ({columns}) select {columns} from {other}.{table.full_name}{clause} "
            f"order by {keys}",
            params,
        )

    def copy_to(self, path: Path) -> None:
        """Bring the database file up to date and copy it, byte by byte, to a new synced file.

        Raises:
            StageOpen: a stage is not finished.
        """
        if self._stage:
            raise StageOpen("publish", self._stage)
        self.execute("checkpoint")
        step("publish.checkpointed")
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            _copy_bytes(self._descriptor, target)
            step("publish.copied")
            os.fsync(target)
        finally:
            os.close(target)

    def close(self) -> None:
        """Close the database, then let go of the lock."""
        super().close()
        os.close(self._descriptor)
        with suppress(OSError):  # a name in words; the lock is what counts
            self._paths.holder.unlink(missing_ok=True)
        self._lock.release()

    @contextmanager
    def _transaction(self, name: str) -> Iterator[None]:
        self._stage = name
        try:
            self.execute("begin transaction")
            try:
                yield
                self.execute("commit")
            except BaseException:
                # A commit that failed has rolled back already, and a second rollback would hide its error.
                with suppress(WriteFailed):
                    self.execute("rollback")
                raise
        finally:
            self._stage = ""

    @contextmanager
    def _transaction_of_its_own(self, table: Table) -> Iterator[None]:
        """Join the open stage, or be a transaction of one's own."""
        if self._stage:
            yield
        else:
            with self._transaction(table.full_name):
                yield

    def _put(self, table: Table, rows: pl.DataFrame, where: str, params: Params | None) -> None:
        with self._transaction_of_its_own(table), self._incoming(table, rows):
            # Proven before the table is touched: a caller that survives the error cannot commit half a change.
            if rows.height:
                keys_source = _with_same_keys(table) if where == NOTHING else INCOMING
                require_sound(self.query, table, INCOMING, keys_source=keys_source)
            if where != NOTHING:
                self.execute(f"delete from {table.full_name}{where_clause(where)}", params)
            if rows.height:
                columns = ", ".join(map(quoted, table.column_names))
                self.execute(f"insert into {table.full_name} ({columns}) select {columns} from {INCOMING}")

    @contextmanager
    def _incoming(self, table: Table, rows: pl.DataFrame) -> Iterator[None]:
        """Let SQL see the rows that are about to enter a table, in the order of its key."""
        if rows.is_empty():
            yield
            return
        self._connection.register(INCOMING, rows.sort(table.grain).to_arrow())
        try:
            yield
        finally:
            # Where DuckDB has given the transaction up, this fails too and would hide why; the rollback undoes it.
            with suppress(duckdb.Error):
                self._connection.unregister(INCOMING)


def _with_same_keys(table: Table) -> str:
    """The keys about to enter a table, and those of its rows that carry one of them."""
    keys = ", ".join(map(quoted, table.grain))
    stored = f"select {keys} from {table.full_name} semi join {INCOMING} using ({keys})"
    return f"(select {keys} from {INCOMING} union all {stored})"


def taken_lock(paths: WarehousePaths, holder: str) -> FileLock:
    """Become the only one that may touch the writer's files.

    Raises:
        WriterBusy: another process is writing.
    """
    lock = FileLock(paths.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise WriterBusy(paths.lock, _named_holder(paths)) from None
    with suppress(OSError):  # as in `close`
        paths.holder.write_text(holder, encoding="utf-8")
    return lock


def _named_holder(paths: WarehousePaths) -> str:
    try:
        return paths.holder.read_text(encoding="utf-8") or "another process"
    except OSError:
        return "another process"


def _require_partition(table: Table, rows: pl.DataFrame, first: PartitionValue, last: PartitionValue) -> None:
    partition = rows.get_column(table.partition)
    if partition.is_empty() or (
        not partition.has_nulls() and first <= partition.min() and partition.max() <= last  # type: ignore[operator]  # of the partition's type
    ):
        return
    strangers = partition.filter(~partition.is_between(first, last).fill_null(value=False)).unique().sort()
    announced = str(first) if first == last else f"{first} to {last}"
    raise WrongPartition(table, announced, tuple(str(value) for value in strangers.head(3)))


def _copy_bytes(source: int, target: int) -> None:
    size = os.fstat(source).st_size
    offset = 0
    while offset < size:
        offset += os.sendfile(target, source, offset, min(COPY_BYTES, size - offset))
