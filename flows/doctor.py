"""Is this machine, this configuration and this home fit for the night? Every finding is one line."""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse.errors import CannotOpen, NotPublished, QueryFailed
from warehouse.store import open_reader, published_path

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from flows.settings import Settings

# What WeasyPrint loads when it draws a PDF.
_LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    subject: str
    message: str
    is_fine: bool

    @property
    def line(self) -> str:
        """The finding as printed."""
        return f"{'ok  ' if self.is_fine else 'BAD '} {self.subject}: {self.message}"


def examine(settings: Settings, *, expected: dt.date | None) -> list[Finding]:
    """Look at Python, libraries, the folders of the configuration and the published snapshot."""
    return [*_machine(), _home(settings), *_landing(settings), *_snapshot(settings, expected)]


def _machine() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", version, is_fine=sys.version_info >= (3, 11))
    for library in _LIBRARIES:
        try:
            ctypes.CDLL(library)
        except OSError:
            yield Finding(library, "missing, and the PDF needs it; make setup installs it", is_fine=False)
        else:
            yield Finding(library, "found", is_fine=True)


def _home(settings: Settings) -> Finding:
    """A home that is not there yet is made by the first night, where its folder can be written."""
    folder = settings.home.absolute()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    is_writable = existing.is_dir() and os.access(existing, os.W_OK)
    return Finding("home", f"{folder} {'can' if is_writable else 'cannot'} be written", is_fine=is_writable)


def _landing(settings: Settings) -> Iterator[Finding]:
    if settings.landing is not None:
        is_there = settings.landing.is_dir()
        message = f"{settings.landing.absolute()} {'is there' if is_there else 'is not a folder'}"
        yield Finding("landing", message, is_fine=is_there)


def _snapshot(settings: Settings, expected: dt.date | None) -> Iterator[Finding]:
    try:
        with open_reader(settings.home) as reader:
            newest = reader.query("select max(session_date) as session_date from mart.book_daily")["session_date"][0]
            failed = reader.query(
                "select check_id, message from meta.checks "
                "where session_date = $day and severity = 'critical' and not is_passed order by check_id",
                {"day": newest},
            )
    except NotPublished:
        message = f"none at {published_path(settings.home)}; condorwatch nightly makes one"
        yield Finding("snapshot", message, is_fine=expected is None)
        return
    except (CannotOpen, QueryFailed) as problem:
        yield Finding("snapshot", str(problem), is_fine=False)
        return
    yield Finding("snapshot", f"newest session {newest}", is_fine=newest is not None)
    if expected is not None:
        is_fresh = newest is not None and newest >= expected
        yield Finding("freshness", f"expected {expected}, have {newest}", is_fine=is_fresh)
    for check_id, message in failed.iter_rows():
        yield Finding(f"check {check_id}", message, is_fine=False)
