"""What a Parquet export is: where each file lies, and the manifest that says what each holds.

A table without a partition is one file, `core/fills.parquet`. One with a partition is a folder in Hive's spelling,
`core/option_marks_daily/session_date=2026-01-02/part-0.parquet`; its column stands in the folder's name only.
`manifest.json` names the schema; `manifests/<table>.json` lists the table's files with hashes of bytes and of rows.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from warehouse.errors import FileRefused
from warehouse.files import write_whole
from warehouse.hashing import hash_of_batches
from warehouse.tables import ALL_TABLES
from warehouse.tables.meta import META_MIGRATIONS
from warehouse.tables.types import DATE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from warehouse.connection import Connection
    from warehouse.tables.types import Table

    PartitionValue = dt.date | str

# The migrations are the schema, which manifest.json names; every warehouse has its own.
EXPORTED_TABLES: Final[tuple[Table, ...]] = tuple(table for table in ALL_TABLES if table is not META_MIGRATIONS)
FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
TABLE_MANIFESTS: Final = "manifests"
PART: Final = "part-0.parquet"


@dataclass(frozen=True, slots=True)
class Piece:
    """What one file holds: a partition of a table, or the whole of a table that has none."""

    table: Table
    value: PartitionValue | None

    @property
    def path(self) -> str:
        """Where it lies in the export."""
        place = f"{self.table.schema}/{self.table.name}"
        if self.value is None:
            return f"{place}.parquet"
        return f"{place}/{self.table.partition}={quote(str(self.value), safe='')}/{PART}"

    def read_from(self, database: Connection) -> pl.DataFrame:
        """Its rows in the order of their key."""
        if self.value is None:
            return database.read(self.table)
        return database.read(self.table, f"{self.table.partition} = $value", {"value": self.value})


@dataclass(frozen=True, slots=True)
class Entry:
    """What a manifest says of one file.

    `fingerprint` tells cheaply, in one query a table, whether a later snapshot holds other rows; the hashes prove it.
    """

    value: str | None
    rows_qty: int
    size_bytes: int
    content_sha256: str
    file_sha256: str
    fingerprint: str


def content_sha256(table: Table, rows: pl.DataFrame) -> str:
    """SHA-256 of rows in the order of their key, clock times included: a copy has those too."""
    return hash_of_batches(replace(table, volatile=()), [rows])


def value_of(table: Table, spelled: str | None) -> PartitionValue | None:
    """A partition's value as the manifest spells it.

    Raises:
        ValueError: it is none.
    """
    if (spelled is None) != (not table.partition):
        raise ValueError(f"{table.full_name} has a partition or not")
    if spelled is None:
        return None
    is_date = table.polars_schema[table.partition] == DATE.polars
    return dt.date.fromisoformat(spelled) if is_date else spelled


def schema_of(database: Connection) -> list[list[object]]:
    """The migrations a database has, which are its schema."""
    rows = database.query("select migration_number, name, content_sha256 from meta.migrations order by 1")
    return [list(row) for row in rows.rows()]


def write_manifest(folder: Path, schema: list[list[object]]) -> None:
    """Say of which schema the export is."""
    content = {"format": FORMAT, "schema_version": len(schema), "migrations": schema}
    write_whole(folder / MANIFEST, _json(content), what="export.manifest")


def read_manifest(folder: Path) -> list[list[object]]:
    """The schema an export is of.

    Raises:
        FileRefused: there is no manifest, or it is none of ours.
    """
    path = folder / MANIFEST
    content = _read_json(path)
    if content.get("format") != FORMAT or not isinstance(content.get("migrations"), list):
        raise FileRefused(path, f"it is no manifest of format {FORMAT}")
    migrations: list[list[object]] = content["migrations"]
    return migrations


def write_entries(folder: Path, table: Table, entries: Mapping[str, Entry]) -> None:
    """List a table's files by path, whole or not at all."""
    files = {path: asdict(entries[path]) for path in sorted(entries)}
    write_whole(_entries_path(folder, table), _json({"table": table.full_name, "files": files}), what="export.entries")


def read_entries(folder: Path, table: Table) -> dict[str, Entry]:
    """A table's files by path; nothing where it was not exported.

    Raises:
        FileRefused: the list is none of ours, or names a file elsewhere than where it belongs.
    """
    path = _entries_path(folder, table)
    if not path.is_file():
        return {}
    try:
        entries = {name: Entry(**entry) for name, entry in _read_json(path)["files"].items()}
        misplaced = [name for name, entry in entries.items() if Piece(table, value_of(table, entry.value)).path != name]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FileRefused(path, f"it is no list of the files of {table.full_name}") from error
    if misplaced:
        raise FileRefused(path, f"it names {misplaced[0]}, which is no place of {table.full_name}")
    return entries


def exported_tables(folder: Path) -> tuple[Table, ...]:
    """The tables an export has.

    Raises:
        FileRefused: it lists a table that is not known.
    """
    known = {_entries_path(folder, table): table for table in EXPORTED_TABLES}
    found = sorted((folder / TABLE_MANIFESTS).glob("*"))
    for path in found:
        if path not in known and not is_unfinished(path):
            raise FileRefused(path, "it is of no table this program knows")
    return tuple(table for path, table in known.items() if path in found)


def is_unfinished(path: Path) -> bool:
    """What a killed export leaves beside the files, see `warehouse.files.write_whole`."""
    return path.name.startswith(".incoming-")


def _entries_path(folder: Path, table: Table) -> Path:
    return folder / TABLE_MANIFESTS / f"{table.full_name}.json"


def _json(content: Mapping[str, object]) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise FileRefused(path, "it is not there") from error
    except (OSError, ValueError) as error:
        raise FileRefused(path, "it cannot be read as JSON") from error
    if not isinstance(content, dict):
        raise FileRefused(path, "it is no JSON object")
    return content
