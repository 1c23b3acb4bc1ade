"""`condorwatch ingest`: take files in and say what each was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.ingest import ingest_paths
from flows.rules import Rules
from flows.series import apply_series
from warehouse.archive import Archive
from warehouse.ledger import this_holder
from warehouse.store import open_writer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from flows.settings import Settings


def ingest_files(paths: list[Path], settings: Settings, *, now: dt.datetime, echo: Callable[[str], object]) -> int:
    """Load what is recognised, report every file, and return how many were refused."""
    rules = Rules.of(settings)
    with open_writer(settings.home, this_holder()) as store:
        report = ingest_paths(
            store,
            Archive(settings.home),
            paths,
            sources=settings.sources,
            chain_rules=settings.chain_rules,
            now=now,
        )
        apply_series(store, rules, now=now)
    for entry in report.entries:
        echo(entry.line)
    return len(report.refused)
