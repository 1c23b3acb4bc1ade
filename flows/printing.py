"""PDFs drawn by processes of their own, beside each other: drawing them is half of a night's work.

PrinterEndedError    a process was ended from outside, as a system without memory does
"""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final, Self

from flows.child_process import end_with_the_parent
from flows.errors import CondorwatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flows.settings import Paper

# Of a quarter of a gigabyte each. More than two processors: of three reports beside each other none waits for another.
MOST_PRINTERS: Final = 3
_ENGINE: Final = "weasyprint"


class PrinterEndedError(CondorwatchError):
    """A process that drew a PDF was ended from outside."""

    def __init__(self) -> None:
        super().__init__(
            "A process that draws the PDF was ended from outside.",
            hint="Run the same command again; three at a time take up to 250 MB of memory each.",
        )


class Printers:
    """Processes that draw PDFs, started when they are needed; use it as a context.

    Where this process has loaded the engine already, or has one processor, it draws by itself: starting others would
    take longer.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes; what they have not begun is not drawn."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def get_ready(self) -> None:
        """Start a process that loads the engine, while this one does something else."""
        if self._draws_elsewhere:
            self._processes().submit(_load)

    def draw(self, html: str, paper: Paper) -> Callable[[], bytes]:
        """Begin a PDF; what is returned waits for it and gives its bytes, or raises what `render_pdf` raises.

        Raises:
            PrinterEndedError: a process was ended from outside; also when the PDF is waited for.
        """
        from templates.render import render_pdf

        if not self._draws_elsewhere:
            pdf = render_pdf(html, paper=paper)
            return lambda: pdf
        with _told_when_ended():
            drawing = self._processes().submit(render_pdf, html, paper=paper)
        return lambda: _drawn(drawing)

    @property
    def _draws_elsewhere(self) -> bool:
        return (os.cpu_count() or 1) > 1 and _ENGINE not in sys.modules

    def _processes(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(MOST_PRINTERS, mp_context=get_context("spawn"), initializer=_begin)
        return self._pool


def _drawn(drawing: Future[bytes]) -> bytes:
    with _told_when_ended():
        return drawing.result()


@contextmanager
def _told_when_ended() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool as problem:
        raise PrinterEndedError from problem


def _begin() -> None:
    """End with the night, and at once where a person stops it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    end_with_the_parent()


def _load() -> None:
    from templates.render import pdf_engine

    pdf_engine()
