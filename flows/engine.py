"""The night as a Prefect flow: tasks only where I/O, retries or a look from outside earn it."""

from __future__ import annotations

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.night import Clock, Night, NightOutcome, NightRequest, open_night
from flows.settings import Settings  # noqa: TC001 - Prefect reads the annotations of a flow at run time


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
    """Issue the snapshot and the report."""
    outcome = night.publish_and_render()
    paths = "\n".join(f"- `{path}`" for path in outcome.report_paths)
    create_markdown_artifact(key="hedge-status", markdown=f"# {outcome.status_line}\n\n{paths}\n")
    return outcome


# Never retried by the engine: the outbox alone knows what may be sent once more.
@task(cache_policy=NO_CACHE, retries=0, name="deliver")
def deliver_task(night: Night, outcome: NightOutcome) -> NightOutcome:
    """Send the report by e-mail, where that is configured."""
    return night.deliver(outcome)


@flow(name="nightly", validate_parameters=False, persist_result=False)
def nightly_flow(request: NightRequest, settings: Settings, clock: Clock) -> NightOutcome:
    """Ingest, build, check, publish, render, deliver."""
    with open_night(request, settings, clock) as night:
        ingest_task(night)
        done = night.already_done()
        if done is not None:
            return night.deliver(done)
        build_task(night)
        outcome = publish_task(night)
        return deliver_task(night, outcome) if settings.email and request.sends_email else outcome
