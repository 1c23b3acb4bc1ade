"""The warehouse in one DuckDB file of one machine: the writer's file, its lock, its copy for readers."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import duckdb
from filelock import FileLock, Timeout

from warehouse.connection import cannot_open
from warehouse.ddl import literal, quoted
from warehouse.errors import WriteFailed, WriterBusy
from warehouse.files import sync_file, sync_folder
from warehouse.generations import drop_generations, keep_generation
from warehouse.steps import step
from warehouse.store import BESIDE, Store

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.home import WarehousePaths

# Readable by duckdb 1.4 and later, and 2.x goes on writing it: an analyst's own tools can open the published file.
STORAGE_VERSION = "v1.4.0"
COPY_BYTES = 1 << 26


def open_file(paths: WarehousePaths, holder: str) -> FileStore:
    """Take the lock of a home, then open or create its database file.

    Raises:
        WriterBusy: another process is writing.
        CannotOpen: the file is in use by another program, or damaged.
    """
    lock = taken_lock(paths, holder)
    try:
        return FileStore(paths, _created_or_opened(paths.build), lock)
    except BaseException:
        lock.release()
        raise


def _created_or_opened(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), config={"storage_compatibility_version": STORAGE_VERSION})
    except duckdb.Error as error:
        raise cannot_open(path, error) from error


class FileStore(Store):
    """The writer of a database file of one machine; its lock is a file's."""

    def __init__(self, paths: WarehousePaths, connection: duckdb.DuckDBPyConnection, lock: FileLock) -> None:
        """Take over the open database and its lock; `open_writer` makes both."""
        super().__init__(connection, paths.home)
        self._paths = paths
        self._lock = lock
        # Closing any descriptor of a file drops all POSIX locks this process has on it, DuckDB's too. Publishing
        # therefore copies through this one, which stays open until DuckDB has closed the file.
        self._descriptor = os.open(paths.build, os.O_RDONLY)

    def show(self, published: Path, *, generations_qty: int) -> None:
        """Put a whole, synced copy of the database file in the place readers open. Raises as `Store.show`."""
        beside = published.with_suffix(".publishing")
        try:
            self.copy_to(beside)
            step("publish.written")
            if generations_qty:
                keep_generation(published)
            beside.replace(published)
            step("publish.renamed")
        finally:
            with suppress(OSError):  # the next one overwrites it
                beside.unlink(missing_ok=True)
        sync_folder(published.parent)
        drop_generations(published, generations_qty)

    def copy_to(self, path: Path) -> None:
        """Bring the database file up to date and copy it, byte by byte, to a new synced file.

        Raises:
            StageOpen: a stage is not finished.
        """
        self.require_no_stage("publish")
        self.execute("checkpoint")
        step("publish.checkpointed")
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            _copy_bytes(self._descriptor, target)
            step("publish.copied")
            os.fsync(target)
        finally:
            os.close(target)

    def compact(self) -> None:
        """Write the database file anew, without the room that deleted rows have left in it, and put it in its place.

        Killed at any point it leaves the file as it was, or the new one; the lock is held throughout.

        Raises:
            StageOpen: a stage is not finished.
            WriteFailed: there is no room for the second file, or what was written is not all of it.
        """
        self.require_no_stage("compact")
        step("compact.begin")
        beside = self._paths.build.with_suffix(".compacting")
        _forget(beside)
        try:
            self._copy_database(beside)
            step("compact.written")
            self._put_in_place(beside)
        finally:
            _forget(beside)
        step("compact.committed")

    def close(self) -> None:
        """Close the database, then let go of the lock."""
        super().close()
        os.close(self._descriptor)
        with suppress(OSError):  # as in `taken_lock`
            self._paths.holder.unlink(missing_ok=True)
        self._lock.release()

    def _copy_database(self, path: Path) -> None:
        self.execute("checkpoint")
        self.execute(f"attach {literal(str(path))} as {BESIDE} (storage_version {literal(STORAGE_VERSION)})")
        try:
            own: str = self.query("select current_database() as name").item()
            self.execute(f"copy from database {quoted(own)} to {BESIDE}")
            self.execute(f"checkpoint {BESIDE}")
        finally:
            self.execute(f"detach {BESIDE}")
        sync_file(path)

    def _put_in_place(self, path: Path) -> None:
        """Exchange the file under a closed database. Its log must be gone: it would be applied to the other file."""
        self._connection.close()
        os.close(self._descriptor)
        try:
            if _log_of(self._paths.build).exists() or _log_of(path).exists():
                raise WriteFailed("a write-ahead log is left, the file is not exchanged")
            path.replace(self._paths.build)
            sync_folder(self._paths.folder)
        finally:
            super().__init__(_created_or_opened(self._paths.build), self._paths.home)
            self._descriptor = os.open(self._paths.build, os.O_RDONLY)


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
    with suppress(OSError):  # a name in words; the lock is what counts
        paths.holder.write_text(holder, encoding="utf-8")
    return lock


def _named_holder(paths: WarehousePaths) -> str:
    try:
        return paths.holder.read_text(encoding="utf-8") or "another process"
    except OSError:
        return "another process"


def _log_of(path: Path) -> Path:
    """The write-ahead log DuckDB keeps beside a file."""
    return path.with_name(f"{path.name}.wal")


def _forget(path: Path) -> None:
    path.unlink(missing_ok=True)
    _log_of(path).unlink(missing_ok=True)


def _copy_bytes(source: int, target: int) -> None:
    size = os.fstat(source).st_size
    # The room is taken first: a full disk is known before anything is copied, and the file lies in one piece.
    os.posix_fallocate(target, 0, size)
    offset = 0
    while offset < size:
        copied = os.sendfile(target, source, offset, min(COPY_BYTES, size - offset))
        # The disk begins at once; else the sync at the end waits for all of it. 4 GB: 1.3 s instead of 2.1 to 4.0 s.
        os.posix_fadvise(target, offset, copied, os.POSIX_FADV_DONTNEED)
        offset += copied
