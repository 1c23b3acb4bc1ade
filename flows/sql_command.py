"""`condorwatch sql`: a question to the published warehouse, asked in a process that can be ended.

DuckDB ends a query that is out of time where it looks up: between batches of rows. One function at work on one huge
value does not, and what a function allocates is not in DuckDB's count of memory. So the query runs in a process of its
own, which the system limits and this one can kill.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.errors import CondorwatchError, ExitCode, UsageError
from warehouse.errors import LimitReached, WarehouseError

if TYPE_CHECKING:
    import datetime as dt
    from multiprocessing.connection import Connection
    from pathlib import Path

    from flows.settings import Settings
    from flows.sql_settings import SqlSettings

# Over the time of the query: to start, to print, and to end by itself.
GRACE_SECONDS = 10.0
# DuckDB keeps to the limit itself; the answer is there again as a frame and as text, and a function may forget itself.
PROCESS_TO_QUERY_MEMORY = 4
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, and how the answer is wanted."""

    query: str | None = None
    name: str | None = None
    session_date: dt.date | None = None
    output: str = "table"
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no answer, as it comes from the other process."""

    sentence: str
    hint: str
    is_askers: bool

    def error(self) -> CondorwatchError:
        """The same as an error."""
        return (UsageError if self.is_askers else CondorwatchError)(self.sentence, hint=self.hint)


def ask(settings: Settings, question: Question) -> str:
    """Answer a question in a process of its own, within the limits of the settings.

    Raises:
        UsageError: the question is none, wants more than to read, or takes more than it may.
        CondorwatchError: there is no snapshot, or it cannot be opened.
    """
    _require_place(settings, question)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(theirs, settings.home, question, settings.sql), daemon=True)
    worker.start()
    theirs.close()
    try:
        if not ours.poll(settings.sql.time_limit_seconds + GRACE_SECONDS):
            raise _problem(LimitReached.of_time(settings.sql.time_limit_seconds)).error()
        told = ours.recv()
    except EOFError:
        # The process is gone without a word: the system had no more memory for it.
        raise _problem(LimitReached.of_memory(settings.sql.memory_limit_mb)).error() from None
    finally:
        worker.kill()
        worker.join()
        ours.close()
    if isinstance(told, Problem):
        raise told.error()
    return str(told)


def _require_place(settings: Settings, question: Question) -> None:
    """An answer goes to a file of the user's, never over one of the program's."""
    if question.out is None:
        if question.output == "parquet":
            raise UsageError("Parquet is no text.", hint="Add --out FILE.")
        return
    if question.out.resolve().is_relative_to(settings.home.resolve()):
        raise UsageError(
            f"{question.out} lies in the home {settings.home}, which is the program's own.", hint="Name another folder."
        )


def _work(theirs: Connection, home: Path, question: Question, settings: SqlSettings) -> None:
    """Answer in this process and tell the other one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that was asked ends this one
    # What a library says while it dies of a limit is no sentence; the other process says one.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (PROCESS_TO_QUERY_MEMORY * settings.memory_limit_mb * MEGABYTE, most))
    told: str | Problem
    try:
        from flows.sql_answer import answer

        told = answer(home, question, settings.limits)
    except Exception as problem:  # noqa: BLE001 - whatever it is, the other process says it in a sentence
        told = _problem(problem)
    theirs.send(told)
    theirs.close()


def _problem(problem: Exception) -> Problem:
    """What went wrong, in a form that passes from process to process."""
    if isinstance(problem, CondorwatchError):
        return Problem(problem.sentence, problem.hint, is_askers=problem.exit_code == ExitCode.USAGE)
    if isinstance(problem, WarehouseError):
        return Problem(problem.finding, problem.hint, is_askers=isinstance(problem, LimitReached))
    return Problem(f"The query failed: {str(problem) or type(problem).__name__}".split("\n")[0], "", is_askers=False)
