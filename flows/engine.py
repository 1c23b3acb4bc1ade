"""The night as a Prefect flow: tasks only where I/O, retries or a look from outside earn it.

Settings are never a parameter of a flow: Prefect stores and shows parameters, and an address may hold somebody's key.
"""

from __future__ import annotations

import datetime as dt
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from prefect import flow, task
from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.backfill import BackfillRequest, run_backfill
from flows.cli import now
from flows.errors import CondorwatchError, ExitCode, NothingToDo
from flows.night import Night, NightOutcome, NightRequest, open_night
from flows.publish import book_rows
from flows.scheduled import run_due, times_of
from flows.settings import Settings, load_settings
from flows.warehouse_settings import settle_warehouse
from transforms.market.calendar import NEW_YORK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from flows.night import Clock

# What stops a flow of the schedule as failed, so that an automation sees it.
_FAILURES: Final = frozenset({ExitCode.UNEXPECTED, ExitCode.USAGE, ExitCode.DELIVERY_FAILED})


# Files may still be arriving when the schedule fires: a second look a little later is worth it.
@task(cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5, name="ingest")
def ingest_task(night: Night) -> None:
    """Take in what landed."""
    report = night.ingest()
    create_table_artifact(
        key="ingested-files",
        table=[{"file": entry.source_file, "outcome": entry.outcome, "what": entry.line} for entry in report.entries],
        description="What each file was, and what became of it.",
    )


@task(cache_policy=NO_CACHE, name="build")
def build_task(night: Night) -> None:
    """Facts, then figures, each stage one transaction."""
    night.build()


@task(cache_policy=NO_CACHE, name="publish-and-render")
def publish_task(night: Night) -> NightOutcome:
    """Issue the snapshot and the report, and show both where Prefect is looked at."""
    outcome = night.publish_and_render()
    paths = "\n".join(f"- `{path}`" for path in outcome.report_paths)
    create_markdown_artifact(key="hedge-status", markdown=f"# {outcome.status_line}\n\n{paths}\n")
    day = night.request.session_date
    create_table_artifact(
        key="book", table=book_rows(night.settings, day), description=f"The book of {day}, by account."
    )
    for path in outcome.report_paths[:1]:
        create_link_artifact(key="report", link=Path(path).absolute().as_uri(), link_text=f"Hedge status of {day}")
    return outcome


# Never retried by the engine: the outbox alone knows what may be sent once more.
@task(cache_policy=NO_CACHE, retries=0, name="deliver")
def deliver_task(night: Night, outcome: NightOutcome) -> NightOutcome:
    """Send the report by e-mail, where that is configured."""
    return night.deliver(outcome)


def nightly_flow(request: NightRequest, settings: Settings, clock: Clock) -> NightOutcome:
    """Ingest, build, check, publish, render, deliver."""

    @flow(name="nightly", persist_result=False)
    def nightly(session: str, source: str) -> NightOutcome:  # noqa: ARG001 - what Prefect shows of a run
        """One night."""
        with open_night(request, settings, clock) as night:
            ingest_task(night)
            done = night.already_done()
            if done is not None:
                return night.deliver(done)
            night.printers.get_ready()
            build_task(night)
            outcome = publish_task(night)
            return deliver_task(night, outcome) if settings.email and request.sends_email else outcome

    return nightly(f"{request.session_date}", request.source)


def night_in_flow(request: NightRequest, settings: Settings, *, clock: Clock) -> NightOutcome:
    """One night as a flow inside the flow of the schedule."""
    return nightly_flow(request, settings, clock)


@flow(name="scheduled-nights", persist_result=False)
def scheduled_flow(config: str | None = None, home: str | None = None) -> str:
    """Run every night that is due; fails where one failed, so that an automation can tell somebody."""
    settings = _settings(config, home)
    try:
        outcome = run_due(settings, clock=now, sleep=time.sleep, run_night=night_in_flow, progress=progress_artifact)
    except NothingToDo as nothing:
        return nothing.sentence
    said = "\n".join(outcome.lines)
    if outcome.exit_code in _FAILURES:
        raise CondorwatchError(said)
    return said


@flow(name="backfill", persist_result=False)
def backfill_flow(  # noqa: PLR0913 - the parameters a person fills in where Prefect is looked at
    *,
    first: str | None = None,
    last: str | None = None,
    count: int | None = None,
    source: str | None = None,
    reports: str = "last",
    jobs: int = 1,
    config: str | None = None,
    home: str | None = None,
) -> str:
    """Run many sessions, as `condorwatch backfill` does, with its progress as an artifact."""
    request = BackfillRequest(
        first=_date(first),
        last=_date(last),
        count=count,
        source=source,
        seed=7,
        reports=reports,
        is_forced=False,
        jobs=jobs,
    )
    return run_backfill(request, _settings(config, home), clock=now, progress=progress_artifact).line


@contextmanager
def progress_artifact(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show in Prefect how many of `total` are done; the yielded function counts one and names it."""
    artifact = cast("UUID", create_progress_artifact(key="progress", progress=0.0, description=f"0 of {total} {what}"))
    done_qty = 0

    def advance(name: str) -> None:
        nonlocal done_qty
        done_qty += 1
        described = f"{done_qty} of {total} {what}, the last {name}"
        update_progress_artifact(artifact, progress=100 * done_qty / total, description=described)

    yield advance


def serve(settings: Settings, *, config: Path | None, home: Path | None) -> None:
    """Run what is due now, then serve the deployment until stopped."""
    parameters = {"config": _absolute(config), "home": _absolute(home)}
    scheduled_flow(**parameters, return_state=True)  # what went wrong stands in Prefect; the schedule goes on
    scheduled_flow.serve(
        name="nightly",
        schedules=[
            Cron(line, timezone=NEW_YORK.key, slug=slug)
            for slug, line in zip(("half-days", "whole-days"), times_of(settings.schedule).cron_lines, strict=True)
        ],
        parameters=parameters,
        global_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        limit=1,
        pause_on_shutdown=False,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def _settings(config: str | None, home: str | None) -> Settings:
    return settle_warehouse(load_settings(Path(config) if config else None, home=Path(home) if home else None))


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
