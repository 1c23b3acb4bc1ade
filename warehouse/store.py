"""The writer and the readers of a warehouse.

Everything of a stage happens in one transaction: prove the rows, delete the partition, insert it sorted by its key,
commit. Readers open the published snapshot only, and can do nothing but read it.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

import duckdb
import polars as pl
import pyarrow as pa

from warehouse.checks import require_sound
from warehouse.connection import Connection, WritingConnection, cannot_open, plain_reason, where_clause
from warehouse.ddl import literal, quoted
from warehouse.errors import (
    NotPublished,
    QueryFailed,
    StageOpen,
    WriteFailed,
    WrongPartition,
)
from warehouse.home import LAKE_FILE, WarehousePaths
from warehouse.journal import Journal
from warehouse.lake import require_installed
from warehouse.memory import give_back_freed_memory
from warehouse.migrate import migrate
from warehouse.reading import FAILURES, ReadingLimits, Snapshot, bounded, bounded_rows, require_reading
from warehouse.steps import step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warehouse.connection import Params
    from warehouse.tables.types import Table

    PartitionValue = dt.date | str

INCOMING = "incoming_rows"
BESIDE = "other_warehouse"
READER_THREADS = 4
KEPT_MB = 256
READER_BATCH_ROWS = 10_000


def open_writer(home: Path, holder: str, *, session_date: dt.date | None = None) -> Store:
    """Become the one writer of a home: take the lock, open or create the database, migrate it.

    With a session: the one writer of that session. In a lake others may then write other sessions meanwhile; a file
    has one writer whatever it writes.

    Raises:
        WriterBusy: another process is writing.
        CannotOpen: the database file is in use by another program, or damaged; the lake cannot be reached.
        MigrationError: the database does not fit this program.
    """
    paths = WarehousePaths(home)
    paths.folder.mkdir(parents=True, exist_ok=True)
    store: Store
    if paths.is_lake:
        require_installed()
        from warehouse.lake_store import open_lake  # not importable without the extra `lake`

        store = open_lake(paths, holder, session_date)
    else:
        from warehouse.file_store import open_file

        store = open_file(paths, holder)
    try:
        store.bring_up_to_date()
    except BaseException:
        store.close()
        raise
    return store


def published_path(home: Path) -> Path:
    """What readers of a home open, and nothing else: the published database file, or the file that names the lake."""
    paths = WarehousePaths(home)
    return paths.lake if paths.is_lake else paths.folder / "condorwatch.duckdb"


def has_warehouse(home: Path) -> bool:
    """Whether anything has ever been written in a home."""
    paths = WarehousePaths(home)
    return paths.is_lake or paths.build.is_file()


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
        snapshot = _attach(connection, path, "condorwatch")
    except duckdb.Error as error:
        connection.close()
        raise cannot_open(path, error) from error
    except BaseException:
        connection.close()
        raise
    return Reader(connection, limits, snapshot)


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> Snapshot:
    """Attach what was published at a path, read-only."""
    if path.name == LAKE_FILE:
        require_installed()
        from warehouse.lake_store import attach_published  # not importable without the extra `lake`

        return attach_published(connection, path, name)
    connection.execute(f"attach {literal(str(path))} as {name} (read_only)")
    return Snapshot(dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC))


class Reader(Connection):
    """An analyst's view of the published snapshot: it reads, and can reach nothing else."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, limits: ReadingLimits, snapshot: Snapshot) -> None:
        """Shut every door but reading, and that of the folder of a lake; `open_reader` makes the connection."""
        super().__init__(connection)
        self._limits = limits
        self._is_lake = snapshot.is_lake
        self.published_at = snapshot.published_at
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
            set allowed_directories = [{literal(snapshot.lake_folder) if snapshot.is_lake else ""}];
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
            require_reading(self._connection, sql, is_lake=self._is_lake)
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


class Store(WritingConnection, ABC):
    """The writer: the one process that may change the warehouse, for as long as it holds the lock.

    Where the tables lie, how others are kept out and what publishing is: `FileStore` and `LakeStore`.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, home: Path) -> None:
        """Take over the open database of a home."""
        super().__init__(connection)
        self._stage = ""
        self.journal = Journal(home)

    @abstractmethod
    def show(self, published: Path, *, generations_qty: int) -> None:
        """Let readers see the warehouse as it is now: `warehouse.publish`. So many earlier snapshots stay.

        Raises:
            StageOpen: a stage is not finished.
        """

    @abstractmethod
    def compact(self) -> None:
        """Write what is stored to its smallest.

        Raises:
            StageOpen: a stage is not finished.
            WriteFailed: there is no room for it, or this kind of warehouse cannot.
        """

    def close(self) -> None:
        """Close the database, and give back what the work in it has freed."""
        super().close()
        give_back_freed_memory()

    def bring_up_to_date(self) -> None:
        """Apply the migrations that are missing. Raises as `migrate`."""
        migrate(self)

    @contextmanager
    def stage(self, name: str) -> Iterator[Self]:
        """One stage of the night as one transaction: all of it is stored, or none.

        Raises:
            StageOpen: a stage is already open.
        """
        self.require_no_stage(name)
        with self._transaction(name):
            step(f"{name}.begin")
            yield self
            step(f"{name}.written")
        step(f"{name}.committed")

    def require_no_stage(self, name: str) -> None:
        """Refuse what cannot be done within a stage.

        Raises:
            StageOpen: one is open.
        """
        if self._stage:
            raise StageOpen(name, self._stage)

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

    def replace_where(
        self, table: Table, frame: pl.DataFrame, where: str, params: Params, *, is_sorted: bool = False
    ) -> None:
        """Put a frame in the place of the rows a condition names; the caller answers for its own rows fitting it.

        `is_sorted` says that the frame is in the order of the key already. Raises as `replace`.
        """
        self._put(table, table.conform(frame), where, params, is_sorted=is_sorted)

    def append(self, table: Table, frame: pl.DataFrame) -> None:
        """Add rows to a table. Raises as `replace`; a key that is already there counts as a duplicate."""
        self._put(table, table.conform(frame), None, None, keys_source=_with_same_keys(table))

    def append_new(self, table: Table, frame: pl.DataFrame, *, is_sorted: bool = False) -> None:
        """Add rows whose keys nothing in the table can have, such as those of a load that is new. Raises as `replace`.

        Keys are held against each other only: looking through all that is stored would cost more with every session.
        `is_sorted` says that the frame is in the order of the key already.
        """
        self._put(table, table.conform(frame), None, None, is_sorted=is_sorted)

    def let_go(self, kept_mb: int = KEPT_MB) -> None:
        """Free what DuckDB keeps in memory of blocks it has written, all but so much; never within a stage.

        It keeps them for whoever reads them next, up to most of the machine's memory: a run that writes and does not
        read would grow with all it writes.

        Raises:
            StageOpen: a stage is not finished.
        """
        self.require_no_stage("let_go")
        self.execute(f"set memory_limit = '{kept_mb}MiB'; reset memory_limit;")

    @contextmanager
    def beside(self, snapshot: Path) -> Iterator[str]:
        """See another warehouse's published snapshot for a while, under the name this gives; never within a stage.

        Raises:
            WriteFailed: it cannot be opened.
        """
        try:
            _attach(self._connection, snapshot, BESIDE)
        except duckdb.Error as error:
            raise WriteFailed(plain_reason(error)) from error
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

    def _put(  # noqa: PLR0913 - the rows, what they replace, and what is known of them
        self,
        table: Table,
        rows: pl.DataFrame,
        where: str | None,
        params: Params | None,
        *,
        keys_source: str = INCOMING,
        is_sorted: bool = False,
    ) -> None:
        """Add rows, after taking out those a condition names: all for an empty one, none for None."""
        ordered = rows if is_sorted else rows.sort(table.grain)
        with self._transaction_of_its_own(table), self._incoming(ordered):
            # Proven before the table is touched: a caller that survives the error cannot commit half a change.
            if rows.height:
                require_sound(self.query, table, ordered, INCOMING, keys_source=keys_source)
            if where is not None:
                self.execute(f"delete from {table.full_name}{where_clause(where)}", params)
            if rows.height:
                columns = ", ".join(map(quoted, table.column_names))
                self.execute(f"insert into {table.full_name} ({columns}) select {columns} from {INCOMING}")

    @contextmanager
    def _incoming(self, rows: pl.DataFrame) -> Iterator[None]:
        """Let SQL see the rows that are about to enter a table."""
        if rows.is_empty():
            yield
            return
        self._connection.register(INCOMING, rows.to_arrow(compat_level=pl.CompatLevel.newest()))
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


def _require_partition(table: Table, rows: pl.DataFrame, first: PartitionValue, last: PartitionValue) -> None:
    partition = rows.get_column(table.partition)
    if partition.is_empty() or (
        not partition.has_nulls() and first <= partition.min() and partition.max() <= last  # type: ignore[operator]  # of the partition's type
    ):
        return
    strangers = partition.filter(~partition.is_between(first, last).fill_null(value=False)).unique().sort()
    announced = str(first) if first == last else f"{first} to {last}"
    raise WrongPartition(table, announced, tuple(str(value) for value in strangers.head(3)))
