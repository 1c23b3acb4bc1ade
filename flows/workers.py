"""Work for several processes: each does a piece of it by itself, and the pieces come back in order.

A worker runs on one thread, so that workers do not take each other's processors. Rows are handed over in files of a
scratch folder; at most one piece more than there are workers is on its way, so memory does not grow with the work.
"""

from __future__ import annotations

import os
import pickle
import shutil
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import polars as pl
import pyarrow as pa

from flows.chain_facts import ChainFacts, LandedFile, Reading, read_chains
from flows.child_process import end_with_the_parent
from flows.errors import CondorwatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

Piece = TypeVar("Piece")
Answer = TypeVar("Answer")
Given_co = TypeVar("Given_co", covariant=True)

SCRATCH: Final = "backfill"
WORKER_ENVIRONMENT: Final = {
    **dict.fromkeys(("POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    # Else the C library gives the arrays of each chain back to the system, and the next chain fetches every page anew.
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
}


class Pending(Protocol[Given_co]):
    """A piece of work under way."""

    def result(self) -> Given_co:
        """Its answer, once it is there."""


class Pool(Protocol):
    """What work is handed to: processes of this machine, or a cluster."""

    def submit(self, work: Callable[[Piece], Answer], piece: Piece, /) -> Pending[Answer]:
        """Begin a piece of work."""


class Workers:
    """So many processes, or this one alone."""

    def __init__(self, pool: Pool | None, jobs: int, scratch: Path) -> None:
        """Keep what `workers` made."""
        self.is_alone = pool is None
        self._pool = pool
        self._jobs = jobs
        self._scratch = scratch

    def each(self, work: Callable[[Piece], Answer], pieces: Iterable[Piece]) -> Iterator[Answer]:
        """Do each piece of the work; the answers come in the order of the pieces.

        Raises:
            CondorwatchError: a worker was killed.
        """
        if self._pool is None:
            yield from map(work, pieces)
            return
        under_way: deque[Pending[Answer]] = deque()
        try:
            for piece in pieces:
                under_way.append(self._pool.submit(work, piece))
                if len(under_way) > self._jobs:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        except BrokenProcessPool as problem:
            raise CondorwatchError(
                "A worker process of the backfill was ended from outside.",
                hint="Run the same command again: it goes on where it stopped. Fewer --jobs need less memory.",
            ) from problem

    def read_chains(self, batches: Iterable[Sequence[LandedFile]], reading: Reading) -> Iterator[ChainFacts]:
        """Read batches of chain files, in their order."""
        if self._pool is None:
            for batch in batches:
                yield read_chains(batch, reading)
            return
        kept = self._scratch / "reading.pickle"
        kept.write_bytes(pickle.dumps(reading))
        work = ((kept, self._scratch / f"{number:06d}", batch) for number, batch in enumerate(batches))
        before: Path | None = None
        for folder, facts in self.each(_read_in_worker, work):
            yield _taken_up(folder, facts)
            # Not this one: whoever asks for the next still holds its rows, and a shared disk keeps files that are held.
            if before is not None:
                shutil.rmtree(before)
            before = folder


@contextmanager
def workers(home: Path, jobs: int, pool: Pool | None = None) -> Iterator[Workers]:
    """Start so many processes for the work of a home; a single one means this one. Or use a pool that is there.

    What a killed run left in the scratch folder goes first.
    """
    scratch = home / SCRATCH
    shutil.rmtree(scratch, ignore_errors=True)
    if pool is None and jobs == 1:
        yield Workers(None, jobs, scratch)
        return
    scratch.mkdir(parents=True)
    try:
        if pool is not None:
            yield Workers(pool, jobs, scratch)
            return
        with (
            one_thread_each(),
            ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=end_with_the_parent) as processes,
        ):
            try:
                yield Workers(processes, jobs, scratch)
            except BaseException:
                processes.shutdown(wait=False, cancel_futures=True)
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Let the libraries of processes started meanwhile use one thread; they read the environment when imported."""
    before = {name: os.environ.get(name) for name in WORKER_ENVIRONMENT}
    os.environ.update(WORKER_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _read_in_worker(work: tuple[Path, Path, Sequence[LandedFile]]) -> tuple[Path, ChainFacts]:
    """Read a batch in a worker: the rows go into files of the folder, the rest comes back."""
    kept, folder, batch = work
    facts = read_chains(batch, _reading(kept))
    folder.mkdir()
    for name, rows in facts.tables.items():
        _hand_over(rows, folder / name)
    return folder, replace(facts, tables={})


def _hand_over(rows: pl.DataFrame, path: Path) -> None:
    """Write rows as they lie in memory: whoever takes them up maps the file, and nothing is copied or converted."""
    table = rows.to_arrow(compat_level=pl.CompatLevel.newest())
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as file:
        file.write_table(table)


@cache
def _reading(kept: Path) -> Reading:
    reading: Reading = pickle.loads(kept.read_bytes())  # noqa: S301 - our own, of this run
    return reading


def _taken_up(folder: Path, facts: ChainFacts) -> ChainFacts:
    """The facts with their rows as mapped files, which stay readable when the folder is gone."""
    tables = {file.name: _mapped(file) for file in sorted(folder.iterdir())}
    return replace(facts, tables=tables)


def _mapped(path: Path) -> pl.DataFrame:
    rows = pl.from_arrow(pa.ipc.open_file(pa.memory_map(str(path))).read_all(), rechunk=False)
    assert isinstance(rows, pl.DataFrame)  # noqa: S101 - of a table, never a column; for the type checker
    return rows
