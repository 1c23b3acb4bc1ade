"""One look of the schedule at an instant that is given: what the systemd timer starts, with another clock.

Also as a process of its own, so that the program can be started twice at the same instant.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.errors import NothingToDo
from flows.schedule_command import run_once
from flows.settings import load_settings

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

PATIENCE_SECONDS = 600
READING = dt.timedelta(milliseconds=100)


@dataclass
class Clock:
    """Stands at an instant, and goes on by a tenth of a second each time it is read."""

    now: dt.datetime

    def __call__(self) -> dt.datetime:
        self.now += READING
        return self.now


@dataclass(frozen=True)
class Seen:
    """How a look ended: exit code and what it says; 4 is nothing to do."""

    exit_code: int
    lines: tuple[str, ...]


def look(config: Path, home: Path, at: dt.datetime) -> Seen:
    """Run `condorwatch schedule --once` at an instant; no night of these tests has to wait for its data."""
    try:
        outcome = run_once(load_settings(config, home=home), clock=Clock(at), sleep=_no_waiting)
    except NothingToDo as nothing:
        return Seen(nothing.exit_code, (nothing.sentence,))
    return Seen(outcome.exit_code, outcome.lines)


def looks_at_once(config: Path, home: Path, at: dt.datetime, *, count: int) -> list[Seen]:
    """Start the program so many times at the same instant, each in a process of its own."""
    processes = multiprocessing.get_context("spawn")
    with processes.Pool(count, _expect, (processes.Barrier(count),)) as pool:
        started = [pool.apply_async(_look_together, (config, home, at)) for _ in range(count)]
        return [one.get(PATIENCE_SECONDS) for one in started]


_meet: list[Barrier] = []  # of a process of its own: where it waits until the others have come as far


def _expect(barrier: Barrier) -> None:
    _meet.append(barrier)


def _look_together(config: Path, home: Path, at: dt.datetime) -> Seen:
    _meet[0].wait(PATIENCE_SECONDS)
    return look(config, home, at)


def _no_waiting(seconds: float) -> None:
    raise AssertionError(f"a night would wait {seconds} seconds for its data")
