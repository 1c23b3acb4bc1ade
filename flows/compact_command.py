"""`condorwatch compact`: drop what the retention settings allow, then write the database to its smallest."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING

from flows.errors import ExitCode
from flows.manifest import NAME as MANIFEST
from flows.publish import write_index
from flows.recovery import opened_warehouse
from warehouse.archive import Archive
from warehouse.errors import NotPublished
from warehouse.generations import drop_generations
from warehouse.home import WarehousePaths
from warehouse.retention import drop_raw_quotes, oldest_kept
from warehouse.store import published_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flows.settings import Settings

MEGABYTE = 1e6


def compact(settings: Settings, *, echo: Callable[[str], object]) -> ExitCode:
    """Shrink a home, and say by how much. The raw archive stays; what readers see changes with the next night.

    Raises:
        WriterBusy: a night is at work.
        WriteFailed: there is no room for a second database file.
    """
    kept, build = settings.retention, WarehousePaths(settings.home).build
    size_before = build.stat().st_size if build.is_file() else 0
    with opened_warehouse(settings) as store:
        oldest = oldest_kept(store, kept.raw_quotes_days)
        if oldest is not None:
            rows_qty, staying = drop_raw_quotes(store, Archive(settings.home), oldest)
            echo(f"raw quotes     {rows_qty:,} rows of sessions before {oldest} dropped")
            if staying:
                echo(f"kept           {len(staying)} loads whose file is not in the archive, {staying[0]} first")
        oldest_report = oldest_kept(store, kept.reports_days)
        store.compact()
    if oldest_report is not None:
        echo(_without_old_reports(settings, oldest_report))
    drop_generations(published_path(settings.home), kept.generations_qty)
    echo(f"build.duckdb   {size_before / MEGABYTE:,.1f} MB before, {build.stat().st_size / MEGABYTE:,.1f} MB now")
    return ExitCode.DONE


def _without_old_reports(settings: Settings, oldest: dt.date) -> str:
    """Remove the report files of old sessions. Their manifests stay: a report in the mail can still be verified."""
    files = [path for folder in _old_folders(settings.home / "reports", oldest) for path in folder.rglob("*")]
    removed = [path for path in files if path.is_file() and path.name != MANIFEST]
    size = sum(path.stat().st_size for path in removed)
    for path in removed:
        path.unlink()
    if removed:
        with suppress(NotPublished):  # then there is no page of all nights yet
            write_index(settings)
    return f"reports        {len(removed):,} files of sessions before {oldest} removed, {size / MEGABYTE:,.1f} MB"


def _old_folders(reports: Path, oldest: dt.date) -> Iterator[Path]:
    for folder in sorted(reports.glob("*-*-*")):
        try:
            day = dt.date.fromisoformat(folder.name)
        except ValueError:
            continue  # somebody's own
        if day < oldest:
            yield folder
