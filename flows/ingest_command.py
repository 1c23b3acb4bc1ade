"""`condorwatch ingest`: take files in, or back, and say what each was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.ingest import ingest_paths
from flows.recovery import opened_warehouse
from flows.rules import Rules
from flows.series import apply_series
from flows.withdrawals import withdraw_loads
from warehouse.archive import Archive

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from flows.settings import Settings


def ingest_files(paths: list[Path], settings: Settings, *, now: dt.datetime, echo: Callable[[str], object]) -> int:
    """Load what is recognised, report every file, and return how many were refused."""
    rules = Rules.of(settings)
    with opened_warehouse(settings) as store:
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


def withdraw_files(load_ids: list[str], settings: Settings, *, now: dt.datetime, echo: Callable[[str], object]) -> None:
    """Take loads back, and say which files they were. Raises as `withdraw_loads`."""
    with opened_warehouse(settings) as store:
        loads = withdraw_loads(store, load_ids, Rules.of(settings), now=now)
    for load_id, source_file in loads.select("load_id", "source_file").iter_rows():
        echo(f"{'withdrawn':<14} {source_file} ({load_id})")
    echo("Sessions built from them are built again by condorwatch nightly --session D.")
