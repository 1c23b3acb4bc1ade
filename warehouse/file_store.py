"""The warehouse in one DuckDB file of one machine: the writer's file, its lock, its copy for readers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import duckdb
from filelock import FileLock, Timeout

from warehouse import ledger
from warehouse.connection import plain_reason
from warehouse.errors import CannotOpen, WriterBusy
from warehouse.files import sync_folder
from warehouse.store import Store

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
    lock = _taken_lock(paths, holder)
    try:
        return FileStore(paths, _created_or_opened(paths.build), lock)
    except BaseException:
        lock.release()
        raise


def _created_or_opened(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), config={"storage_compatibility_version": STORAGE_VERSION})
    except duckdb.Error as error:
        raise CannotOpen(path, plain_reason(error)) from error


class FileStore(Store):
    """The writer of a database file of one machine; its lock is a file's."""

    def __init__(self, paths: WarehousePaths, connection: duckdb.DuckDBPyConnection, lock: FileLock) -> None:
        """Take over the open database and its lock; `open_writer` makes both."""
        super().__init__(connection)
        self._paths = paths
        self._lock = lock
        # Closing any descriptor of a file drops all POSIX locks this process has on it, DuckDB's too. Publishing
        # therefore copies through this one, which stays open until DuckDB has closed the file.
        self._descriptor = os.open(paths.build, os.O_RDONLY)

    def show(self, published: Path) -> None:
        """Put a whole, synced copy of the database file in the place readers open. Raises as `Store.show`."""
        beside = published.with_suffix(".publishing")
        try:
            self.copy_to(beside)
            ledger.step("publish.written")
            beside.replace(published)
        finally:
            beside.unlink(missing_ok=True)
        sync_folder(published.parent)

    def copy_to(self, path: Path) -> None:
        """Bring the database file up to date and copy it, byte by byte, to a new synced file.

        Raises:
            StageOpen: a stage is not finished.
        """
        self.require_no_stage("publish")
        self.execute("checkpoint")
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            _copy_bytes(self._descriptor, target)
            os.fsync(target)
        finally:
            os.close(target)

    def close(self) -> None:
        """Close the database, then let go of the lock."""
        super().close()
        os.close(self._descriptor)
        self._paths.holder.unlink(missing_ok=True)
        self._lock.release()


def _taken_lock(paths: WarehousePaths, holder: str) -> FileLock:
    lock = FileLock(paths.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise WriterBusy(paths.lock, _named_holder(paths)) from None
    paths.holder.write_text(holder, encoding="utf-8")
    return lock


def _named_holder(paths: WarehousePaths) -> str:
    try:
        return paths.holder.read_text(encoding="utf-8") or "another process"
    except OSError:
        return "another process"


def _copy_bytes(source: int, target: int) -> None:
    size = os.fstat(source).st_size
    offset = 0
    while offset < size:
        offset += os.sendfile(target, source, offset, min(COPY_BYTES, size - offset))
