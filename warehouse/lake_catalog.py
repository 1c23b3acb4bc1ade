"""The PostgreSQL side of a lake that DuckLake does not have: who may write, and what is published.

Locks are PostgreSQL's advisory locks: they go with the connection, so with the process, as a file lock does.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Self

import psycopg
from psycopg import sql

from warehouse.connection import plain_reason
from warehouse.errors import CannotOpen, WriteFailed, WriterBusy

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from warehouse.lake import Lake

PUBLISHED: Final = "condorwatch_published"
_LONGEST_NAME: Final = 63  # bytes PostgreSQL keeps of an application's name
_HOLDERS: Final = """
    select activity.application_name
    from pg_locks as locks
    join pg_stat_activity as activity using (pid)
    where
        locks.locktype = 'advisory' and locks.granted
        and locks.database = (select oid from pg_database where datname = current_database())
        and (locks.classid::bigint << 32) | locks.objid::bigint = any(%s)
    order by activity.backend_start
"""


class LakeCatalog:
    """A connection to the PostgreSQL database of a lake."""

    def __init__(self, path: Path, lake: Lake, holder: str) -> None:
        """Connect under the holder's name.

        Raises:
            CannotOpen: PostgreSQL cannot be reached.
        """
        self._path, self._lake = path, lake
        self._table = sql.Identifier(lake.schema, PUBLISHED)
        name = holder.encode()[:_LONGEST_NAME].decode(errors="ignore")
        try:
            self._connection = psycopg.connect(lake.conninfo, autocommit=True, application_name=name)
        except psycopg.Error as error:
            raise CannotOpen(path, plain_reason(error)) from error

    def lock(self, session_date: dt.date | None) -> None:
        """Become the one writer of the lake, or of one session: then other sessions may be written meanwhile.

        Raises:
            WriterBusy: somebody else is writing what we want to write.
        """
        whole = _key(self._lake.schema)
        wanted = [("pg_try_advisory_lock", whole)]
        if session_date is not None:
            of_session = _key(f"{self._lake.schema} {session_date}")
            wanted = [("pg_try_advisory_lock_shared", whole), ("pg_try_advisory_lock", of_session)]
        for function, key in wanted:
            row = self._connection.execute(sql.SQL("select {}(%s)").format(sql.Identifier(function)), (key,)).fetchone()
            if row is None or not row[0]:
                raise WriterBusy(self._path, self._holder_of(key))

    def require_lock(self) -> None:
        """Refuse to go on where the connection that held the lock is gone, and the lock with it.

        Raises:
            WriteFailed: it is.
        """
        try:
            self._connection.execute("select 1")
        except psycopg.Error as error:
            raise WriteFailed(f"the lock of the lake is lost ({plain_reason(error)})") from error

    def _holder_of(self, key: int) -> str:
        rows = self._connection.execute(_HOLDERS, ([key],)).fetchall()
        own = self._connection.info.parameter_status("application_name")
        return next((name for (name,) in rows if name and name != own), "another process")

    def prepare(self) -> None:
        """Make the list of what is published, where it is missing."""
        self._connection.execute(
            sql.SQL(
                "create table if not exists {} (published_id bigint generated always as identity primary key, "
                "snapshot_id bigint not null, published_at timestamptz not null default now(), holder text not null)"
            ).format(self._table)
        )

    def publish(self, snapshot_id: int, holder: str) -> None:
        """Show a snapshot to readers: one row, so that they see the one before it or this one."""
        insert = sql.SQL("insert into {} (snapshot_id, holder) values (%s, %s)").format(self._table)
        self._connection.execute(insert, (snapshot_id, holder))

    def published(self) -> tuple[int, dt.datetime] | None:
        """The snapshot readers see and when it was published; none before the first."""
        # Not the last entry: of two writers that publish at once the one with the older snapshot may come second.
        newest = sql.SQL(
            "select snapshot_id, published_at from {} order by snapshot_id desc, published_id desc limit 1"
        )
        try:
            row: tuple[int, dt.datetime] | None = self._connection.execute(newest.format(self._table)).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
        return row

    def keep_generations(self, kept_qty: int) -> list[int]:
        """Strike from the list of what was published all but the last so many and those of the last day; what stays.

        A reader cannot hold a snapshot as it holds a file: for a day it may count on the one it has opened.
        """
        strike = sql.SQL(
            "delete from {0} where published_at < now() - interval '1 day' and snapshot_id not in "
            "(select distinct snapshot_id from {0} order by snapshot_id desc limit %s)"
        )
        self._connection.execute(strike.format(self._table), (kept_qty,))
        kept = sql.SQL("select distinct snapshot_id from {}").format(self._table)
        return [snapshot_id for (snapshot_id,) in self._connection.execute(kept).fetchall()]

    def close(self) -> None:
        """Let go of everything."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Use the connection for a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it at the end of the block."""
        self.close()


def _key(text: str) -> int:
    """The number of an advisory lock: 63 bits, for PostgreSQL shows a lock's number in two unsigned halves."""
    return int.from_bytes(hashlib.sha256(f"condorwatch {text}".encode()).digest()[:8], "big") >> 1
