"""The database file is written to its smallest without a row lost, and a kill on the way costs nothing."""

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from warehouse.drift import drifts
from warehouse.errors import StageOpen
from warehouse.home import WarehousePaths
from warehouse.store import Store, open_writer
from warehouse.tables import ALL_TABLES
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY

SESSION = dt.date(2023, 3, 13)
DAYS, SYMBOLS = 20, 20_000


def many(day: dt.date) -> pl.DataFrame:
    return CORE_INDEX_LEVELS_DAILY.conform(
        pl.DataFrame({"symbol": [f"X{number * 7919 % SYMBOLS:05d}" for number in range(SYMBOLS)]}).with_columns(
            session_date=pl.lit(day),
            close_pts=pl.int_range(1, SYMBOLS + 1).cast(pl.Float64).sqrt(),
            load_id=pl.lit("a1"),
        )
    )


def test_room_of_deleted_rows_is_given_back_and_all_else_stays(store: Store, tmp_path: Path) -> None:
    for number in range(DAYS):
        store.replace(CORE_INDEX_LEVELS_DAILY, many(SESSION + dt.timedelta(number)), SESSION + dt.timedelta(number))
    store.execute("checkpoint")
    store.execute("delete from core.index_levels_daily where session_date > $day", {"day": SESSION})
    store.execute("checkpoint")
    build = WarehousePaths(tmp_path).build
    before = build.stat().st_size
    content = store.content_hash(CORE_INDEX_LEVELS_DAILY)
    with pytest.raises(StageOpen), store.stage("core"):
        store.compact()

    store.compact()

    assert build.stat().st_size < before / 2
    assert sorted(path.name for path in build.parent.iterdir()) == ["build.duckdb", "writer.holder", "writer.lock"]
    assert store.content_hash(CORE_INDEX_LEVELS_DAILY) == content
    assert drifts(store, ALL_TABLES) == ()  # comments and required columns are still there
    assert store.query("select count(*) as views_qty from duckdb_views() where not internal").item() > 0
    assert store.query("select current_setting('TimeZone') as zone").item() == "UTC"
    # It is still the one writer, on the new file.
    store.replace(CORE_INDEX_LEVELS_DAILY, many(SESSION).head(1), SESSION)
    assert store.query("select count(*) as rows_qty from core.index_levels_daily").item() == 1
    store.execute("checkpoint")
    tags = store.query("select tags from duckdb_databases() where not internal")["tags"].to_list()
    assert "v1.4.0" in str(tags)


@pytest.mark.soak
@pytest.mark.parametrize("step", ["compact.begin", "compact.written", "compact.committed"])
def test_kill_9_while_compacting_loses_nothing(tmp_path: Path, levels: pl.DataFrame, step: str) -> None:
    with open_writer(tmp_path, "desk:1") as store:
        store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
        content = store.content_hash(CORE_INDEX_LEVELS_DAILY)
    script = (
        "import sys; from pathlib import Path; from warehouse.store import open_writer\n"
        "with open_writer(Path(sys.argv[1]), 'doomed') as store: store.compact()"
    )
    environment = {**os.environ, "CONDORWATCH_FAULT_AT": step}
    died = subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=environment, check=False, timeout=120)
    assert died.returncode == -signal.SIGKILL
    with open_writer(tmp_path, "desk:2") as store:
        assert store.content_hash(CORE_INDEX_LEVELS_DAILY) == content
        store.compact()
        assert store.content_hash(CORE_INDEX_LEVELS_DAILY) == content
    assert sorted(path.name for path in WarehousePaths(tmp_path).folder.iterdir()) == ["build.duckdb", "writer.lock"]
