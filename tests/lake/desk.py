"""What the processes of the lake tests do: `python -m tests.lake.desk write|read HOME ...`, one JSON line as answer."""

import datetime as dt
import json
import sys
import time
from functools import partial
from pathlib import Path

import polars as pl

from warehouse.lake_store import in_stage
from warehouse.ledger import this_holder
from warehouse.publish import publish
from warehouse.store import Store, open_reader, open_writer
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY
from warehouse.tables.mart import MART_VX_CURVE_DAILY

MONDAY = dt.date(2023, 3, 13)
SYMBOLS = 400  # more than DuckLake keeps within the catalog: rows lie in Parquet files
TABLES = (CORE_INDEX_LEVELS_DAILY, MART_VX_CURVE_DAILY)
# One number a session in each table, so that two halves of different rounds show.
ROUNDS = (
    "select session_date, min({0}) as low, max({0}) as high, count(*) as rows_qty from {1} group by all order by all"
)


def put(store: Store, day: dt.date, turn: int) -> None:
    """Write a turn's number into both tables of a session."""
    value = float(turn + 1)
    levels = pl.DataFrame({"symbol": [f"S{number}" for number in range(SYMBOLS)]}).with_columns(
        session_date=pl.lit(day), close_pts=pl.lit(value), load_id=pl.lit("a")
    )
    curve = pl.DataFrame({"rank": [1, 2]}).with_columns(
        session_date=pl.lit(day),
        settle_pts=pl.lit(value),
        expiry_date=pl.lit(day),
        days_to_expiry_days=9,
        settle_method=pl.lit("settle"),
    )
    store.replace(CORE_INDEX_LEVELS_DAILY, levels, day)
    store.replace(MART_VX_CURVE_DAILY, curve, day)


def write(home: Path, first: int, sessions: int, turns: int) -> dict[str, int]:
    """Write sessions turn after turn, each as the one writer of its session, and publish after each stage."""
    told = {"stages": 0, "tries": 0}
    for number in range(first, first + sessions):
        day = MONDAY + dt.timedelta(days=number)
        with open_writer(home, this_holder(), session_date=day) as store:
            for turn in range(turns):
                told["tries"] += in_stage(store, "levels", partial(put, day=day, turn=turn))
                told["stages"] += 1
                publish(store, home)
    return told


def read(home: Path, stop: Path) -> dict[str, int]:
    """Read both tables of the newest snapshot until a file says stop."""
    told = {"reads": 0, "torn": 0, "sessions": 0}
    while not stop.exists():
        with open_reader(home) as reader:
            halves = [
                reader.query(ROUNDS.format(column, table.full_name))
                for column, table in zip(("close_pts", "settle_pts"), TABLES, strict=True)
            ]
        same = halves[0].drop("rows_qty").equals(halves[1].drop("rows_qty"))
        whole = all((half["low"] == half["high"]).all() for half in halves) and set(halves[0]["rows_qty"]) <= {SYMBOLS}
        told["torn"] += not (same and whole)
        told["reads"] += 1
        told["sessions"] = max(told["sessions"], halves[0].height)
        time.sleep(0.05)
    return told


if __name__ == "__main__":
    home = Path(sys.argv[2])
    answer = write(home, *map(int, sys.argv[3:6])) if sys.argv[1] == "write" else read(home, Path(sys.argv[3]))
    sys.stdout.write(json.dumps(answer))
