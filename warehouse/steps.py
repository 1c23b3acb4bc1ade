"""The named boundaries a process passes; for crash tests, the place where it dies."""

from __future__ import annotations

import logging
import os
import signal
from collections import Counter

FAULT_VARIABLE = "CONDORWATCH_FAULT_AT"

_log = logging.getLogger("condorwatch.steps")
_passed: list[str] = []
_times_passed: Counter[str] = Counter()


def step(name: str) -> None:
    """Pass a named boundary: remember it, log it.

    For crash tests, the environment variable CONDORWATCH_FAULT_AT=<name> kills this process here, as a power cut would;
    <name>:3 at the third time.
    """
    _passed[:] = [name]
    _times_passed[name] += 1
    _log.info("step %s", name, extra={"step": name})
    if os.environ.get(FAULT_VARIABLE) in {name, f"{name}:{_times_passed[name]}"}:
        os.kill(os.getpid(), signal.SIGKILL)


def current_step() -> str | None:
    """The last boundary this process passed; None before the first."""
    return _passed[0] if _passed else None
