"""The nightly job: the same functions with and without the Prefect engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.night import open_night

if TYPE_CHECKING:
    from flows.night import Clock, NightOutcome, NightRequest
    from flows.settings import Settings


def run_direct(request: NightRequest, settings: Settings, *, clock: Clock) -> NightOutcome:
    """The whole night as plain function calls."""
    with open_night(request, settings, clock) as night:
        night.ingest()
        done = night.already_done()
        if done is not None:
            return done
        night.build()
        return night.publish_and_render()


def run_with_prefect(request: NightRequest, settings: Settings, *, clock: Clock) -> NightOutcome:
    """The whole night as a Prefect flow."""
    from flows.engine import nightly_flow

    return nightly_flow(request, settings, clock)
