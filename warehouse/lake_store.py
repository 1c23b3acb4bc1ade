"""The warehouse in a lake: opened, locked, published and read there; every stage is the same as in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from warehouse.connection import plain_reason
from warehouse.ddl import literal
from warehouse.errors import CannotOpen, MigrationError, NotPublished, WriteConflict, WriteFailed
from warehouse.lake import Lake
from warehouse.lake_catalog import LakeCatalog
from warehouse.migrate import missing_migrations
from warehouse.reading import Snapshot
from warehouse.steps import step
from warehouse.store import Store

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from warehouse.connection import Params
    from warehouse.home import WarehousePaths

CONFLICT: Final = "Transaction conflict"
# DuckLake lets one of two stages win that touch the same table at once, whatever the rows.
TRIES: Final = 30
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 2


def open_lake(paths: WarehousePaths, holder: str, session_date: dt.date | None) -> LakeStore:
    """Take the lock, then attach the lake; it is created where it is not there yet.

    Raises:
        WriterBusy: somebody else is writing.
        CannotOpen: PostgreSQL or the lake cannot be reached.
    """
    lake = Lake.read(paths.lake)
    catalog = LakeCatalog(paths.lake, lake, holder)
    connection = duckdb.connect(":memory:")
    try:
        catalog.lock(session_date)
        lake.attach(connection, "condorwatch", f"data_path {literal(lake.data_path)}")
        connection.execute("use condorwatch")
        catalog.prepare()
        return LakeStore(connection, paths.home, catalog, holder, is_whole=session_date is None)
    except BaseException as error:
        connection.close()
        catalog.close()
        if isinstance(error, duckdb.Error):
            raise CannotOpen(paths.lake, plain_reason(error)) from error
        raise


class LakeStore(Store):
    """A writer of a lake; its lock is one of the catalog's."""

    describes_view_columns = False

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, home: Path, catalog: LakeCatalog, holder: str, *, is_whole: bool
    ) -> None:
        """Take over the attached lake and the lock; `open_lake` makes both."""
        super().__init__(connection, home)
        self._catalog = catalog
        self._holder = holder
        self._is_whole = is_whole

    def bring_up_to_date(self) -> None:
        """Apply the migrations that are missing; who writes one session only does not.

        Raises:
            MigrationError: as `migrate`; or there is something to bring up to date, and others may be writing.
        """
        if self._is_whole:
            super().bring_up_to_date()
        elif missing_migrations(self):
            raise MigrationError(
                "The lake is not up to date with this program.",
                "run `condorwatch nightly` once: it has the lake alone.",
            )

    def execute(self, sql: str, params: Params | None = None) -> None:
        """Run statements for their effect.

        Raises:
            WriteConflict: another writer changed the same table meanwhile; the stage is undone.
            WriteFailed: it was refused; or the lock is lost, so somebody else may be writing by now.
        """
        if sql == "commit":
            self._catalog.require_lock()
        try:
            super().execute(sql, params)
        except WriteFailed as failure:
            if CONFLICT in str(failure.__cause__):
                raise WriteConflict(self._stage) from failure
            raise

    def show(self, published: Path, *, generations_qty: int) -> None:  # noqa: ARG002 - readers ask the catalog, not a file
        """Enter the lake's newest snapshot as the one readers open. Raises as `Store.show`."""
        self.require_no_stage("publish")
        snapshot_id: int = self.query("select id from condorwatch.current_snapshot()").item()
        step("publish.written")
        self._catalog.publish(snapshot_id, self._holder)
        if self._is_whole:
            self._forget(self._catalog.keep_generations(generations_qty + 1))

    def _forget(self, kept: list[int]) -> None:
        """Expire the snapshots before the newest published one that are not published; their files go a day later.

        Not by age, as DuckLake would: the newest published one may be old, with what came after it not published.
        """
        old = self.query(
            "select snapshot_id from condorwatch.snapshots() "
            "where snapshot_id < $newest and not list_contains($kept, snapshot_id)",
            {"newest": max(kept), "kept": kept},
        )["snapshot_id"].to_list()
        if old:
            self.execute(f"call ducklake_expire_snapshots('condorwatch', versions => {old})")
            self.execute("call ducklake_cleanup_old_files('condorwatch', older_than => now() - interval 1 day)")

    def compact(self) -> None:
        """Refuse: what a lake drops and rewrites is decided for all its machines at once. Raises as `Store.compact`."""
        self.require_no_stage("compact")
        raise WriteFailed("a lake is compacted with DuckLake's own functions, by whoever keeps it")

    def close(self) -> None:
        """Let go of the lake, then of the lock."""
        super().close()
        self._catalog.close()


def in_stage(store: Store, name: str, write: Callable[[Store], None]) -> int:
    """Write one stage, again where another writer was faster; `write` must give the same each time. Say how often.

    Raises:
        WriteConflict: others were faster every time.
    """
    attempts = Retrying(
        retry=retry_if_exception_type(WriteConflict),
        wait=wait_random_exponential(multiplier=FIRST_PAUSE_SECONDS, max=LONGEST_PAUSE_SECONDS),
        stop=stop_after_attempt(TRIES),
        reraise=True,
    )
    for attempt in attempts:
        with attempt, store.stage(name):
            write(store)
    return int(attempts.statistics["attempt_number"])


def attach_published(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> Snapshot:
    """Attach, read-only, the snapshot of a lake that was published last.

    Raises:
        NotPublished: none was.
        CannotOpen: PostgreSQL cannot be reached.
        duckdb.Error: the lake cannot.
    """
    lake = Lake.read(path)
    with LakeCatalog(path, lake, "condorwatch reader") as catalog:
        published = catalog.published()
    if published is None:
        raise NotPublished(path)
    snapshot_id, published_at = published
    lake.attach(connection, name, "read_only", f"snapshot_version {snapshot_id}")
    return Snapshot(published_at, lake.data_path)
