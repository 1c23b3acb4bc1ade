"""Bytes a full session takes, layer by layer, with an empty book and with 20 accounts of 25 legs: what grows with what.

Prints JSON for `bench.run`. Two sessions of the simulated market are built as the night builds them. Of the second
the archived files are weighed, each table's rows are written as one Parquet file, and repeated over 50 sessions in a
database of their own, one a layer: a session alone would be weighed with the blocks it shares with nobody.
"""

import argparse
import json
import tempfile
from pathlib import Path

from bench.book_load import prepared
from transforms.simulated.market import FEATURE_SESSION
from warehouse.ddl import literal, quoted
from warehouse.exchange import EXPORTED_TABLES, Piece
from warehouse.exporting import parquet_of
from warehouse.file_store import STORAGE_VERSION
from warehouse.store import Store
from warehouse.tables.types import Table

BOOKS = ("empty", "500 legs")
ACCOUNTS = 20
TIMES = 50
LAYERS = ("raw", "core", "mart", "meta")
Found = dict[str, dict[str, float]]


def main() -> None:
    """Weigh and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="small chains")
    is_quick = parser.parse_args().quick
    found = {}
    for name in BOOKS:
        with (
            tempfile.TemporaryDirectory(prefix="condorwatch-sizes-") as folder,
            prepared(Path(folder), name, "small" if is_quick else "full") as store,
        ):
            found[name] = {layer: weigh(store, Path(folder), layer) for layer in LAYERS}
            found[name]["archive"] = {"database_bytes": archived_bytes(store, Path(folder) / "home")}
    print(json.dumps(found))


def weigh(store: Store, folder: Path, layer: str) -> dict[str, float]:
    """Rows of a layer that belong to the session, their bytes as Parquet and, of many such sessions, in a database."""
    tables = [table for table in EXPORTED_TABLES if table.schema == layer and table.partition]
    pieces = [piece for table in tables for piece in pieces_of(store, table)]
    rows_qty, parquet_bytes, files_qty = 0, 0, 0
    for piece in pieces:
        rows = piece.read_from(store)
        rows_qty, files_qty = rows_qty + rows.height, files_qty + 1
        parquet_bytes += len(parquet_of(piece, rows))
    path = folder / f"{layer}.duckdb"
    store.execute(f"attach {literal(str(path))} as weighed (storage_version {literal(STORAGE_VERSION)})")
    for table in tables:
        of_table = [str(piece.value) for piece in pieces if piece.table is table]
        keys = ", ".join(map(quoted, table.grain))
        store.execute(
            f"create table weighed.{table.name} as select t.* from {table.full_name} as t, range({TIMES}) as n(number) "
            f"where list_contains($values, t.{quoted(table.partition)}::varchar) order by number, {keys}",
            {"values": of_table},
        )
    store.execute("checkpoint weighed; detach weighed")
    return {
        "rows_qty": rows_qty,
        "files_qty": files_qty,
        "parquet_bytes": parquet_bytes,
        "database_bytes": path.stat().st_size / TIMES,
    }


def pieces_of(store: Store, table: Table) -> list[Piece]:
    """The session's partition of a table; of a table by load those of the session's chains."""
    value: object = FEATURE_SESSION
    query = f"select distinct {table.partition} as value from {table.full_name} where {table.partition} = $value"
    if table.partition == "load_id":
        query = "select load_id as value from core.option_chains where session_date = $value order by 1"
    return [Piece(table, found) for found in store.query(query, {"value": value})["value"]]


def archived_bytes(store: Store, home: Path) -> int:
    """The session's chain files in the archive."""
    found = store.query(
        "select distinct content_sha256 from meta.loads join core.option_chains using (load_id) "
        "where session_date = $d",
        {"d": FEATURE_SESSION},
    )["content_sha256"]
    return sum((home / "raw" / sha256[:2] / sha256).stat().st_size for sha256 in found)


if __name__ == "__main__":
    main()
