"""A few sessions written and read by whatever DuckDB runs this: `python -m tests.soak.some_sessions write|read HOME`.

Prints the version of DuckDB and the content hashes as JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from tests.flows.invented_rows import row_of
from warehouse.publish import publish
from warehouse.store import open_reader, open_writer
from warehouse.tables import core, mart, meta

if TYPE_CHECKING:
    from warehouse.connection import Connection
    from warehouse.store import Store

SESSION, NEXT, LAST = dt.date(2024, 3, 14), dt.date(2024, 3, 15), dt.date(2024, 3, 18)
COMPARED = (core.CORE_INDEX_LEVELS_DAILY, core.CORE_OPTION_MARKS_DAILY, mart.MART_BOOK_DAILY, meta.META_LOADS)


def rows_of_session(store: Store, day: dt.date) -> None:
    """A row of each kind of table, with text beyond ASCII, nulls, an instant, a boolean."""
    row = {"session_date": day, "account": "DESK é", "is_data_hold": True, "pnl_usd": 0.1}
    store.replace(mart.MART_BOOK_DAILY, row_of(mart.MART_BOOK_DAILY, **row), day)
    level = {"session_date": day, "symbol": "VIX", "close_pts": 14.41}
    store.replace(core.CORE_INDEX_LEVELS_DAILY, row_of(core.CORE_INDEX_LEVELS_DAILY, **level), day)
    mark = {"session_date": day, "root": "SPXW", "expiry_date": NEXT, "settlement": "PM", "right": "P"}
    marks = row_of(core.CORE_OPTION_MARKS_DAILY, **mark, strike_pts=5100.0, iv_vol=0.1234567890123456, iv_status="ok")
    store.replace(core.CORE_OPTION_MARKS_DAILY, marks, day)
    at = dt.datetime(2024, 3, 14, 21, 0, 0, 123456, tzinfo=dt.UTC)
    store.append(meta.META_LOADS, row_of(meta.META_LOADS, load_id=f"load-{day}", loaded_at=at))


def hashes(connection: Connection) -> dict[str, str]:
    """Content hashes of what is written here."""
    return {table.full_name: connection.content_hash(table) for table in COMPARED}


def main(what: str, home: Path) -> None:
    """Write the first session that is not there yet, or read what there is."""
    if what == "read":
        with open_reader(home) as reader:
            found = hashes(reader)
    else:
        with open_writer(home, "the other") as store:
            there = store.read(mart.MART_BOOK_DAILY)["session_date"]
            rows_of_session(store, SESSION if there.is_empty() else LAST)
            publish(store, home)
            found = hashes(store)
    sys.stdout.write(json.dumps([duckdb.__version__, found]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
