"""Take an export into an empty warehouse: every file is proved, every rule of its table too, or nothing is taken in."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl

from warehouse.errors import BadRows, FileRefused, HomeNotEmpty, WrongPartition
from warehouse.exchange import (
    EXPORTED_TABLES,
    MANIFEST,
    TABLE_MANIFESTS,
    Entry,
    Piece,
    content_sha256,
    exported_tables,
    is_unfinished,
    read_entries,
    read_manifest,
    schema_of,
    value_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warehouse.store import Store


def require_empty(store: Store, home: Path) -> None:
    """Refuse a warehouse that holds anything.

    Raises:
        HomeNotEmpty: for the first table with rows.
    """
    counts = [
        f"select {place} as place, count(*) as rows_qty from {table.full_name}"
        for place, table in enumerate(EXPORTED_TABLES)
    ]
    counted = store.query(f"{' union all '.join(counts)} order by place")
    for table, rows_qty in zip(EXPORTED_TABLES, counted["rows_qty"], strict=True):
        if rows_qty:
            raise HomeNotEmpty(home, table, rows_qty)


def listed_files(store: Store, folder: Path) -> dict[Piece, Entry]:
    """The files of an export, all of which are there and no other.

    Raises:
        FileRefused: the export is of another schema, a file is missing, or one is no part of it.
    """
    theirs, ours = read_manifest(folder), schema_of(store)
    if theirs != ours:
        raise FileRefused(
            folder / MANIFEST,
            f"the export is of schema version {len(theirs)} ({_newest(theirs)}), this program has {len(ours)} "
            f"({_newest(ours)})",
        )
    entries = {
        Piece(table, value_of(table, entry.value)): entry
        for table in exported_tables(folder)
        for entry in read_entries(folder, table).values()
    }
    paths = {piece.path for piece in entries}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_manifest = name == MANIFEST or name.startswith(f"{TABLE_MANIFESTS}/")
        if path.is_file() and name not in paths and not is_manifest and not is_unfinished(path):
            raise FileRefused(path, "it is no part of this export")
    return entries


def take_in(store: Store, folder: Path, files: dict[Piece, Entry], advance: Callable[[str], None]) -> int:
    """Store every file in one transaction and prove that what is stored is what was exported; the rows taken in.

    Raises:
        FileRefused: a file is damaged, or its rows break a rule of their table.
    """
    rows_qty = 0
    with store.stage("import"):
        for piece, entry in files.items():
            path = folder / piece.path
            rows = _proved(path, piece, entry)
            try:
                _put(store, piece, rows)
            except (BadRows, WrongPartition) as error:
                raise FileRefused(path, error.finding.rstrip(".")) from error
            if content_sha256(piece.table, piece.read_from(store)) != entry.content_sha256:
                raise FileRefused(path, "what was stored of it is not what it holds")
            rows_qty += rows.height
            advance(piece.path)
    return rows_qty


def _put(store: Store, piece: Piece, rows: pl.DataFrame) -> None:
    if piece.value is None:
        store.replace_all(piece.table, rows)
    else:
        store.replace(piece.table, rows, piece.value)


def _proved(path: Path, piece: Piece, entry: Entry) -> pl.DataFrame:
    """The rows of a file, which is what its manifest says."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileRefused(path, f"it cannot be read ({error.strerror})") from error
    if hashlib.sha256(content).hexdigest() != entry.file_sha256:
        raise FileRefused(path, f"its bytes are not those exported ({len(content):,} of {entry.size_bytes:,})")
    try:
        held = pl.read_parquet(BytesIO(content))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FileRefused(path, "it is no Parquet file") from error
    rows = _with_partition(held, piece)
    if rows.schema != piece.table.polars_schema:
        raise FileRefused(path, f"its columns are not those of {piece.table.full_name}")
    if rows.height != entry.rows_qty or content_sha256(piece.table, rows) != entry.content_sha256:
        raise FileRefused(path, "its rows are not those its manifest lists")
    return rows


def _with_partition(held: pl.DataFrame, piece: Piece) -> pl.DataFrame:
    """Give the rows the column that stands in the folder's name; columns in declared order where they are known."""
    table = piece.table
    if piece.value is not None and table.partition not in held.columns:
        value = pl.lit(piece.value, dtype=table.polars_schema[table.partition])
        held = held.with_columns(**{table.partition: value})
    known = [name for name in table.column_names if name in held.columns]
    return held.select(*known, *(name for name in held.columns if name not in known))


def _newest(schema: list[list[object]]) -> str:
    return str(schema[-1][1]) if schema else "none"
