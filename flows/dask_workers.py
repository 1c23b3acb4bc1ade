"""A backfill whose chains are read and priced on a Dask cluster, as tasks of a Prefect flow (extra `dask`).

The processes of the cluster do what those of `--jobs` do (flows/workers.py), so the result is the same. They see the
home folder under the path it has here: a cluster of several machines shares it.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS, temporary_settings
from prefect_dask import DaskTaskRunner

from flows.backfill import BackfillOutcome, run_backfill
from flows.errors import UsageError
from flows.workers import one_thread_each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flows.backfill import BackfillRequest
    from flows.night import Clock
    from flows.settings import Settings
    from flows.workers import Pending

Piece = TypeVar("Piece")
Answer = TypeVar("Answer")

LOCAL: Final = "local"
LOOPBACK: Final = "127.0.0.1"


@task(cache_policy=NO_CACHE, persist_result=False, name="piece-of-backfill")
def do_piece(work: Callable[[Any], Any], piece: Any) -> Any:  # noqa: ANN401 - whatever the work is of
    """One piece of the work, in a process of the cluster."""
    return work(piece)


class DaskPool:
    """Hands pieces of work to the task runner of the flow it is used in."""

    def submit(self, work: Callable[[Piece], Answer], piece: Piece, /) -> Pending[Answer]:
        """Begin a piece; its answer is waited for later."""
        return do_piece.submit(work, piece)


def backfill_on_dask(request: BackfillRequest, settings: Settings, *, clock: Clock, address: str) -> BackfillOutcome:
    """Run a backfill as a flow on the cluster of a scheduler, or on one of this machine with a process a job.

    Raises as `run_backfill`.
    """
    if address == LOCAL:
        # Whatever listens, listens on this machine alone, and on a port that is free.
        local = {
            "n_workers": request.jobs,
            "threads_per_worker": 1,
            "host": LOOPBACK,
            "dashboard_address": f"{LOOPBACK}:0",
        }
        runner = DaskTaskRunner(cluster_kwargs=local)
    else:
        runner = DaskTaskRunner(address=address)

    @flow(name="backfill", task_runner=runner, persist_result=False)
    def backfill(source: str) -> BackfillOutcome:  # noqa: ARG001 - what Prefect shows of a run
        """Many sessions."""
        return run_backfill(request, settings, clock=clock, pool=DaskPool())

    logging.getLogger("distributed").setLevel(logging.WARNING)
    with one_thread_each(), _one_server(address):
        return backfill(request.source or "")


@contextmanager
def _one_server(address: str) -> Iterator[None]:
    """Let the processes of the cluster use the Prefect server that this one uses, not start one each.

    Raises:
        UsageError: they may be on other machines, and the server would be on this one only.
    """
    if PREFECT_API_URL.value():
        yield
        return
    if address != LOCAL:
        raise UsageError(
            "A Dask cluster needs a Prefect server that its machines reach.",
            hint="Start one (prefect server start) and set PREFECT_API_URL, here and there.",
        )
    server = SubprocessASGIServer()
    server.start(timeout=PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS.value())
    try:
        with temporary_settings({PREFECT_API_URL: server.api_url}):
            yield
    finally:
        server.stop()
