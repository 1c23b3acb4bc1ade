"""The nightly job: the same functions with and without the Prefect engine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from flows.night import open_night

if TYPE_CHECKING:
    from flows.night import Clock, NightOutcome, NightRequest
    from flows.settings import Settings


# Prefect reads its settings when it is imported; what the user has set wins.
PREFECT_DEFAULTS: Final = {
    # The engine starts its own server when none is configured; its default patience is too short for a slow machine.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "WARNING",
}


def run_direct(request: NightRequest, settings: Settings, *, clock: Clock) -> NightOutcome:
    """The whole night as plain function calls."""
    with open_night(request, settings, clock) as night:
        night.ingest()
        done = night.already_done()
        if done is not None:
            return night.deliver(done)
        night.printers.get_ready()
        night.build()
        return night.deliver(night.publish_and_render())


def run_with_prefect(request: NightRequest, settings: Settings, *, clock: Clock) -> NightOutcome:
    """The whole night as a Prefect flow."""
    set_prefect_defaults()
    from flows.engine import nightly_flow

    return nightly_flow(request, settings, clock)


def set_prefect_defaults() -> None:
    """Say before Prefect is imported what it is to do where the user has not said."""
    for name, value in PREFECT_DEFAULTS.items():
        os.environ.setdefault(name, value)
