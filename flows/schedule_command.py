"""`condorwatch schedule`: serve the deployment on a Prefect server, or run once what is due."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from flows.errors import UsageError
from flows.nightly import run_direct, set_prefect_defaults
from flows.scheduled import run_due
from flows.sources.live.addresses import masked
from flows.web_hooks import answers

if TYPE_CHECKING:
    from pathlib import Path

    from flows.night import Clock
    from flows.scheduled import ScheduleOutcome, Sleep
    from flows.settings import Settings

HEALTH_SECONDS: Final = 10
START_PREFECT: Final = (
    "Run `prefect server start` and set PREFECT_API_URL=http://127.0.0.1:4200/api; or run "
    "`condorwatch schedule --once` from cron or systemd (docs/schedule.md)."
)


def run_once(settings: Settings, *, clock: Clock, sleep: Sleep = time.sleep) -> ScheduleOutcome:
    """Run every night that is due, as plain function calls.

    Raises:
        NothingToDo: no session is due, or another look is at work.
    """
    return run_due(settings, clock=clock, sleep=sleep, run_night=run_direct)


def serve_schedule(settings: Settings, *, config: Path | None, home: Path | None) -> None:
    """Run what is due, then serve until stopped.

    Raises:
        UsageError: no Prefect server is configured (the engine's own ends with each run and keeps no schedule), or it
            does not answer.
    """
    set_prefect_defaults()
    from prefect.settings import PREFECT_API_URL

    address = PREFECT_API_URL.value()
    if not address:
        raise UsageError("The schedule needs a Prefect server, and PREFECT_API_URL names none.", hint=START_PREFECT)
    reason = answers(f"{address}/health", timeout_seconds=HEALTH_SECONDS)
    if reason is not None:
        raise UsageError(f"The Prefect server at {masked(address)} does not answer: {reason}.", hint=START_PREFECT)
    from flows.engine import serve

    serve(settings, config=config, home=home)
