"""Who is working on which night: runs with leases.

A run that was killed stays `running` in the table; it counts as dead once its lease has passed or its process is gone,
and the next run of that session marks it abandoned.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import polars as pl

from warehouse.errors import RunAlive
from warehouse.journal import RUN
from warehouse.steps import current_step
from warehouse.tables.meta import META_RUNS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime, timedelta

    from warehouse.store import Store


def this_holder() -> str:
    """How this process signs its leases and locks: host:pid."""
    return f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """How a run of a session ended."""

    run_id: str
    exit_code: int
    status_line: str
    report_paths: tuple[str, ...]
    inputs_hash: str | None
    finished_at: datetime


class Ledger:
    """The runs of one warehouse; holds the run this process has started."""

    def __init__(self, store: Store) -> None:
        """Keep the ledger in an open store."""
        self._store = store
        self.run_id: str | None = None

    def start(self, session_date: date, *, holder: str, now: datetime, lease: timedelta) -> str:
        """Begin a run of a session and take its lease; dead predecessors are marked abandoned.

        Raises:
            RunAlive: another run of this session is at work.
        """
        self._bury_the_dead(session_date, holder=holder, now=now)
        self.run_id = f"{session_date:%Y-%m-%d}-{uuid4().hex[:8]}"
        row = {
            "run_id": self.run_id,
            "session_date": session_date,
            "status": "running",
            "step": "start",
            "holder": holder,
            "started_at": now,
            "lease_until_at": now + lease,
        }
        self._store.append(META_RUNS, pl.DataFrame([row]))
        return self.run_id

    def renew(self, *, now: datetime, lease: timedelta) -> None:
        """Stay alive for another lease, and record the last boundary passed."""
        self._store.execute(
            "update meta.runs set lease_until_at = $until, step = coalesce($step, step) where run_id = $run_id",
            {"until": now + lease, "step": current_step(), "run_id": self.run_id},
        )

    def record_inputs(self, inputs_hash: str) -> None:
        """Record what this run was built from."""
        self._store.execute(
            "update meta.runs set inputs_hash = $inputs_hash where run_id = $run_id",
            {"inputs_hash": inputs_hash, "run_id": self.run_id},
        )

    def finish(self, status: str, *, exit_code: int, status_line: str, paths: Iterable[object], now: datetime) -> None:
        """End this run: `done` or `failed`, with what it printed and wrote."""
        self._store.execute(
            "update meta.runs set status = $status, exit_code = $exit_code, status_line = $status_line, "
            "report_paths = $paths, finished_at = $now, step = coalesce($step, step) where run_id = $run_id",
            {
                "status": status,
                "exit_code": exit_code,
                "status_line": status_line,
                "paths": "\n".join(str(path) for path in paths),
                "now": now,
                "step": current_step(),
                "run_id": self.run_id,
            },
        )
        if status == "done":
            ended = self._store.read(META_RUNS, "run_id = $run_id", {"run_id": self.run_id})
            self._store.journal.append(RUN, *ended.to_dicts())

    def last_done(self, session_date: date) -> FinishedRun | None:
        """The latest run of a session that ended well; None when none did."""
        runs = self._store.query(
            "select run_id, exit_code, status_line, report_paths, inputs_hash, finished_at from meta.runs "
            "where session_date = $session_date and status = 'done' order by finished_at desc, run_id limit 1",
            {"session_date": session_date},
        )
        if runs.is_empty():
            return None
        run = runs.row(0, named=True)
        return FinishedRun(**{**run, "report_paths": tuple((run["report_paths"] or "").splitlines())})

    def latest_done(self) -> tuple[date, FinishedRun] | None:
        """The latest session with a run that ended well, and its last such run; None when there is none."""
        day: date | None = self._store.query("select max(session_date) from meta.runs where status = 'done'").item()
        run = None if day is None else self.last_done(day)
        return None if day is None or run is None else (day, run)

    def _bury_the_dead(self, session_date: date, *, holder: str, now: datetime) -> None:
        running = self._store.query(
            "select run_id, holder, lease_until_at from meta.runs "
            "where session_date = $session_date and status = 'running' order by started_at",
            {"session_date": session_date},
        )
        for run_id, other, lease_until_at in running.iter_rows():
            if lease_until_at > now and other != holder and not _is_gone(other):
                raise RunAlive(session_date, other, lease_until_at)
            self._store.execute(
                "update meta.runs set status = 'abandoned', finished_at = $now where run_id = $run_id",
                {"now": now, "run_id": run_id},
            )


def _is_gone(holder: str) -> bool:
    """Whether a holder is a process of this host that no longer exists; of another host we cannot know."""
    host, _, pid = holder.rpartition(":")
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
