"""A process that has PDFs drawn by others: it says what came of it, or waits to be killed. See test_printing."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import sys
import time
from typing import TYPE_CHECKING

from flows.printing import PrinterEndedError, Printers
from templates.render import FetchRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

OUTSIDE = '<html lang="en"><body><img src="https://example.org/x.png" alt=""></body></html>'


def page(number: int) -> str:
    """A page like no other."""
    return f'<html lang="en"><head><title>Page {number}</title></head><body><p>This is page {number}.</p></body></html>'


def pids() -> list[int]:
    """The processes that draw."""
    return [process.pid for process in multiprocessing.active_children() if process.pid]


def told() -> dict[str, object]:
    """Draw several pages, one that is refused, and one while whoever draws it is killed."""
    found: dict[str, object] = {}
    with Printers() as printers:

        def another() -> bytes:
            return printers.draw(page(1), "Letter")()

        printers.get_ready()
        drawings = [printers.draw(page(number), "Letter") for number in range(3)]
        found["sha256"] = [hashlib.sha256(pdf()).hexdigest() for pdf in drawings]
        try:
            printers.draw(OUTSIDE, "Letter")()
        except FetchRefusedError as refused:
            found["refused"] = str(refused)
        waited_for = printers.draw(page(1) * 300, "Letter")
        for pid in pids():
            os.kill(pid, 9)
        found["ended"] = [_ending(waited_for), _ending(another)]
    found["left"] = pids()
    return found | {"has_engine": "weasyprint" in sys.modules}


def _ending(drawing: Callable[[], bytes]) -> str:
    try:
        return f"{len(drawing())} bytes"
    except PrinterEndedError as ended:
        return ended.sentence


def wait_to_be_killed() -> None:
    """Say who draws, then do nothing."""
    with Printers() as printers:
        printers.draw(page(0), "Letter")()
        print(json.dumps(pids()), flush=True)  # noqa: T201 - how the two ends talk
        time.sleep(600)


if __name__ == "__main__":
    os.cpu_count = lambda: 2  # on whatever machine
    if sys.argv[1:] == ["wait"]:
        wait_to_be_killed()
    else:
        print(json.dumps(told()))  # noqa: T201 - as above
