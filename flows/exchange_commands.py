"""`condorwatch export` and `condorwatch import`: the published warehouse as Parquet, and back into an empty home."""

from __future__ import annotations

import datetime as dt
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from flows.errors import FileNotTaken, NothingToDo, UsageError
from flows.progress import progress_bar
from flows.publish import publish_snapshot
from transforms.thresholds import nearest_name
from warehouse.errors import FileRefused, HomeNotEmpty
from warehouse.exchange import EXPORTED_TABLES
from warehouse.exporting import Sessions, carry_out, plan_export
from warehouse.importing import listed_files, require_empty, take_in
from warehouse.ledger import this_holder
from warehouse.store import open_reader, open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from flows.settings import Settings
    from warehouse.tables.types import Table


def export_warehouse(
    settings: Settings, folder: Path, *, tables: str | None, first: dt.date | None, last: dt.date | None
) -> str:
    """Bring a folder of Parquet files to the published snapshot, and say what was written.

    Raises:
        UsageError: the folder or the tables are none, or the folder cannot be written.
        NothingToDo: the folder has it all already.
    """
    if folder.resolve().is_relative_to(settings.home.resolve()):
        raise UsageError(
            f"{folder} lies in the home {settings.home}, which is the program's own.", hint="Name another."
        )
    if first is not None and last is not None and first > last:
        raise UsageError(f"There is no session from {first} to {last}.", hint="--from is the earlier one.")
    asked = _asked(tables)
    sessions = None if first is None and last is None else Sessions(first or dt.date.min, last or dt.date.max)
    with open_reader(settings.home) as reader:
        try:
            plan = plan_export(reader, folder, asked, sessions)
        except FileRefused as refusal:
            raise UsageError(refusal.finding, hint="Name a new folder, or one of an earlier export.") from refusal
        if not plan.changes and not plan.gone:
            raise NothingToDo(f"{folder} has it all already: {plan.unchanged_qty:,} files, unchanged.")
        try:
            with progress_bar("files", len(plan.changes)) as advance:
                done = carry_out(reader, folder, plan, advance)
        except OSError as problem:
            reason = problem.strerror or problem
            raise UsageError(f"{folder} cannot be written: {reason}.", hint="Run again; it goes on.") from problem
    return (
        f"{folder}: {done.files_qty:,} files written ({done.rows_qty:,} rows, {done.size_bytes / 1e6:,.1f} MB), "
        f"{plan.unchanged_qty:,} unchanged, {len(plan.gone):,} removed."
    )


def import_warehouse(settings: Settings, folder: Path) -> str:
    """Take an export into an empty home, publish it, and say what came.

    Raises:
        UsageError: the home is not empty, or there is no such folder.
        FileNotTaken: a file is damaged, foreign or of another schema; nothing was taken in.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.", hint="Name one that condorwatch export has written.")
    with open_writer(settings.home, this_holder()) as store:
        try:
            require_empty(store, settings.home)
            files = listed_files(store, folder)
            with progress_bar("files", len(files)) as advance:
                rows_qty = take_in(store, folder, files, advance)
        except HomeNotEmpty as problem:
            raise UsageError(problem.finding, hint=problem.hint) from problem
        except FileRefused as problem:
            raise FileNotTaken(problem.finding, hint=problem.hint) from problem
        publish_snapshot(store, settings)
    return f"{len(files):,} files taken in and published: {rows_qty:,} rows, equal content hashes."


def _asked(patterns: str | None) -> tuple[Table, ...]:
    """The tables whose name fits a pattern, in declared order; all where none is given."""
    if patterns is None:
        return EXPORTED_TABLES
    wanted = [pattern.strip() for pattern in patterns.split(",") if pattern.strip()]
    names = [table.full_name for table in EXPORTED_TABLES]
    for pattern in wanted or [patterns]:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UsageError(
                f"There is no table {pattern!r}; the nearest is {nearest_name(pattern, names)!r}.",
                hint="docs/data-dictionary.md lists them.",
            )
    return tuple(table for table in EXPORTED_TABLES if any(fnmatchcase(table.full_name, pattern) for pattern in wanted))
