"""Write the published warehouse as Parquet files: only what has changed since the last export into the same folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Final

from warehouse.ddl import quoted
from warehouse.errors import FileRefused
from warehouse.exchange import (
    MANIFEST,
    Entry,
    Piece,
    content_sha256,
    exported_tables,
    read_entries,
    read_manifest,
    schema_of,
    value_of,
    write_entries,
    write_manifest,
)
from warehouse.files import write_whole

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from warehouse.connection import Connection
    from warehouse.tables.types import Table

# A killed export has so many files at most to write again.
FILES_A_MANIFEST: Final = 200
# A series file says which dates it has, a chain stands in its session; a load that is neither belongs to all.
_LOADS_IN_RANGE: Final = """
    load_id in (
        select l.load_id
        from meta.loads as l
        left join core.option_chains as c on c.load_id = l.load_id
        where coalesce(l.last_date, c.session_date, $last) >= $first
            and coalesce(l.first_date, c.session_date, $first) <= $last
    )
"""


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions to export, both ends included."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Change:
    """A file to write, with the fingerprint its rows have now."""

    piece: Piece
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an export will do."""

    changes: tuple[Change, ...]
    gone: tuple[Piece, ...]
    unchanged_qty: int
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export has written."""

    files_qty: int
    rows_qty: int
    size_bytes: int


def plan_export(reader: Connection, folder: Path, tables: Sequence[Table], sessions: Sessions | None) -> Plan:
    """Hold the snapshot against what the folder has already; one query a table, nothing is written.

    Tables without a session are exported whole; raw rows belong to the sessions of their load.

    Raises:
        FileRefused: the folder holds something else, or an export of another schema that this one does not cover.
    """
    is_same_schema = _is_continued(reader, folder, tables, sessions)
    changes: list[Change] = []
    gone: list[Piece] = []
    unchanged_qty = 0
    for table in tables:
        entries = read_entries(folder, table)
        present = {change.piece.path: change for change in _present(reader, table, sessions)}
        for path, change in present.items():
            if is_same_schema and _is_there(folder / path, entries.get(path), change.fingerprint):
                unchanged_qty += 1
            else:
                changes.append(change)
        gone += [
            Piece(table, value_of(table, entry.value))
            for path, entry in entries.items()
            if path not in present and _is_within(table, entry, sessions)
        ]
    return Plan(tuple(changes), tuple(gone), unchanged_qty, tuple(tables))


def carry_out(reader: Connection, folder: Path, plan: Plan, advance: Callable[[str], None]) -> Exported:
    """Write what has changed, remove what is gone. A killed export goes on where it was; a file is whole or not there.

    Raises:
        OSError: there is no room or no leave to write.
    """
    write_manifest(folder, schema_of(reader))
    written: list[Entry] = []
    for table, of_table in groupby(plan.changes, key=lambda change: change.piece.table):
        changes = list(of_table)
        entries = _without(folder, table, {change.piece.path for change in changes})
        for number, change in enumerate(changes, start=1):
            entry = _write(reader, folder, change)
            entries[change.piece.path] = entry
            written.append(entry)
            advance(change.piece.path)
            if number % FILES_A_MANIFEST == 0:
                write_entries(folder, table, entries)
        write_entries(folder, table, entries)
    for table, pieces in groupby(plan.gone, key=lambda piece: piece.table):
        _remove(folder, table, list(pieces))
    for table in {*plan.tables} - {*exported_tables(folder)}:  # one without rows is in the export too
        write_entries(folder, table, {})
    return Exported(len(written), sum(entry.rows_qty for entry in written), sum(entry.size_bytes for entry in written))


def parquet_of(piece: Piece, rows: pl.DataFrame) -> bytes:
    """A file of rows, the partition's column left to the folder's name. The same rows give the same bytes."""
    buffer = BytesIO()
    held = rows if piece.value is None else rows.drop(piece.table.partition)
    held.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _write(reader: Connection, folder: Path, change: Change) -> Entry:
    piece = change.piece
    rows = piece.read_from(reader)
    content = parquet_of(piece, rows)
    write_whole(folder / piece.path, content, what="export.piece")
    return Entry(
        value=None if piece.value is None else str(piece.value),
        rows_qty=rows.height,
        size_bytes=len(content),
        content_sha256=content_sha256(piece.table, rows),
        file_sha256=hashlib.sha256(content).hexdigest(),
        fingerprint=change.fingerprint,
    )


def _remove(folder: Path, table: Table, pieces: list[Piece]) -> None:
    """First out of the list, then from the disk: a file that is listed is there."""
    gone = {piece.path for piece in pieces}
    _without(folder, table, gone)
    for path in gone:
        (folder / path).unlink(missing_ok=True)
        if not any((folder / path).parent.iterdir()):
            (folder / path).parent.rmdir()


def _without(folder: Path, table: Table, paths: set[str]) -> dict[str, Entry]:
    """Take files out of a table's list before they change: what is listed is what lies there, whenever it ends."""
    before = read_entries(folder, table)
    entries = {path: entry for path, entry in before.items() if path not in paths}
    if len(entries) < len(before):
        write_entries(folder, table, entries)
    return entries


def _present(reader: Connection, table: Table, sessions: Sessions | None) -> Iterator[Change]:
    """What the snapshot holds of a table, file by file; a fingerprint is the rows counted and two sums of hashes."""
    row_hash = f"hash({', '.join(map(quoted, table.column_names))})"
    sums = f"count(*) as rows_qty, sum({row_hash})::varchar as added, bit_xor({row_hash})::varchar as mixed"
    if not table.partition:
        rows_qty, added, mixed = reader.query(f"select {sums} from {table.full_name}").row(0)
        yield Change(Piece(table, None), f"{rows_qty}-{added}-{mixed}")
        return
    partition = quoted(table.partition)
    where, params = _range_of(table, sessions)
    found = reader.query(
        f"select {partition} as value, {sums} from {table.full_name}{where} group by 1 order by 1", params
    )
    for value, rows_qty, added, mixed in found.iter_rows():
        yield Change(Piece(table, value), f"{rows_qty}-{added}-{mixed}")


def _range_of(table: Table, sessions: Sessions | None) -> tuple[str, dict[str, object] | None]:
    if sessions is None:
        return "", None
    params: dict[str, object] = {"first": sessions.first, "last": sessions.last}
    if table.partition == "load_id":
        return f" where {_LOADS_IN_RANGE}", params
    return f" where {quoted(table.partition)} between $first and $last", params


def _is_within(table: Table, entry: Entry, sessions: Sessions | None) -> bool:
    """Whether what is missing from the snapshot was asked for; of a load that is gone nobody knows its sessions."""
    value = value_of(table, entry.value)
    if sessions is None or value is None:
        return True
    return not isinstance(value, str) and sessions.first <= value <= sessions.last


def _is_there(path: Path, entry: Entry | None, fingerprint: str) -> bool:
    if entry is None or entry.fingerprint != fingerprint:
        return False
    try:
        return path.stat().st_size == entry.size_bytes
    except OSError:
        return False


def _is_continued(reader: Connection, folder: Path, tables: Sequence[Table], sessions: Sessions | None) -> bool:
    """Whether the folder has an export of the same schema."""
    if not (folder / MANIFEST).is_file():
        if folder.exists() and any(folder.iterdir()):
            raise FileRefused(folder, "it holds files and is no export; name an empty folder")
        return False
    if read_manifest(folder) == schema_of(reader):
        return True
    if sessions is not None or set(exported_tables(folder)) - set(tables):
        raise FileRefused(folder, "it holds an export of another schema; name an empty folder, or export everything")
    return False
