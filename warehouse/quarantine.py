"""Damaged files: found by reading them, moved aside, never deleted."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

from warehouse.ddl import quoted
from warehouse.errors import QueryFailed
from warehouse.files import sync_folder
from warehouse.steps import step

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.connection import Connection

_TABLES: Final = """
    select schema_name, table_name from duckdb_tables() where not internal and not temporary
    order by schema_name, table_name
"""


def unreadable(connection: Connection) -> str:
    """Read every value of every table; what DuckDB says of the first that cannot be read, or nothing."""
    try:
        for schema, table in connection.query(_TABLES).iter_rows():
            connection.query(f"select count(hash(t)) as rows_qty from {quoted(schema)}.{quoted(table)} as t")
    except QueryFailed as problem:
        return problem.finding
    return ""


def move_aside(home: Path, *files: Path) -> Path | None:
    """Move files to a new folder of home/quarantine, and say which; None where none of them is there."""
    there = [file for file in files if file.exists()]
    if not there:
        return None
    folder = next(path for number in count(1) if not (path := home / "quarantine" / f"{number}").exists())
    folder.mkdir(parents=True)
    for file in there:
        file.rename(folder / file.name)
    for changed in (folder, folder.parent, home, *{file.parent for file in there}):
        sync_folder(changed)
    step("quarantine.moved")
    return folder


def put_in_place(draft: Path, place: Path) -> None:
    """Put a finished database where it belongs, in one step."""
    draft.rename(place)
    sync_folder(place.parent)
    step("quarantine.replaced")
