"""Several processes write one lake at once while others read it: nothing is lost, nothing is seen half."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import psycopg
import pytest

from tests.lake.desk import MONDAY, TABLES, put
from warehouse.errors import MigrationError, WriteConflict, WriteFailed, WriterBusy
from warehouse.home import WarehousePaths
from warehouse.lake import Lake
from warehouse.lake_store import in_stage
from warehouse.publish import publish
from warehouse.store import open_reader, open_writer
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY

pytestmark = pytest.mark.soak
WRITERS, READERS = 3, 2
SESSIONS, TURNS = 3, 5
TUESDAY = MONDAY + dt.timedelta(days=1)


def started(*arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.lake.desk", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def told(process: subprocess.Popen[str]) -> dict[str, int]:
    answer, _ = process.communicate(timeout=900)
    assert process.returncode == 0
    found: dict[str, int] = json.loads(answer)
    return found


def test_writers_of_other_sessions_and_readers_at_once(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with open_writer(tmp_path, "first") as store:
        publish(store, tmp_path)
    stop = tmp_path / "stop"
    readers = [started("read", tmp_path, stop) for _ in range(READERS)]
    writers = [started("write", tmp_path, number * SESSIONS, SESSIONS, TURNS) for number in range(WRITERS)]
    written = [told(writer) for writer in writers]
    stop.touch()
    read = [told(reader) for reader in readers]
    stages, tries = (sum(one[name] for one in written) for name in ("stages", "tries"))
    reads, torn = (sum(one[name] for one in read) for name in ("reads", "torn"))
    print(f"\n{stages} stages of {WRITERS} writers in {tries} tries; {reads} reads of two tables, {torn} torn.")  # noqa: T201
    assert stages == WRITERS * SESSIONS * TURNS
    assert torn == 0
    assert reads >= 20

    alone = tmp_path_factory.mktemp("alone") / "file"
    with open_writer(alone, "alone") as store:
        for number in range(WRITERS * SESSIONS):
            put(store, MONDAY + dt.timedelta(days=number), TURNS - 1)
        publish(store, alone)
    assert (alone / "warehouse" / "condorwatch.duckdb").is_file()
    with open_reader(alone) as in_file, open_reader(tmp_path) as in_lake:
        for table in TABLES:
            assert in_lake.content_hash(table) == in_file.content_hash(table), table.full_name


def test_a_session_has_one_writer_and_who_wants_everything_waits_for_all(tmp_path: Path) -> None:
    open_writer(tmp_path, "first").close()
    with open_writer(tmp_path, "desk:1", session_date=MONDAY):
        with pytest.raises(WriterBusy, match="written by desk:1"):
            open_writer(tmp_path, "desk:2", session_date=MONDAY)
        with pytest.raises(WriterBusy, match="written by desk:1"):
            open_writer(tmp_path, "desk:3")
        open_writer(tmp_path, "desk:4", session_date=TUESDAY).close()
    with open_writer(tmp_path, "desk:5"), pytest.raises(WriterBusy, match="written by desk:5"):
        open_writer(tmp_path, "desk:6", session_date=TUESDAY)


def test_the_slower_of_two_stages_is_undone_and_told_so(tmp_path: Path) -> None:
    """DuckLake refuses a commit that touches a table others have changed, whatever the rows."""
    open_writer(tmp_path, "first").close()
    with (
        open_writer(tmp_path, "a", session_date=MONDAY) as slow,
        open_writer(tmp_path, "b", session_date=TUESDAY) as fast,
    ):
        put(slow, MONDAY, 0)
        put(fast, TUESDAY, 0)

        def overtaken() -> None:
            with slow.stage("levels"):
                put(slow, MONDAY, 1)
                put(fast, TUESDAY, 1)

        with pytest.raises(WriteConflict, match="Another writer changed the lake while levels was written"):
            overtaken()
        closes = slow.query("select distinct session_date, close_pts from core.index_levels_daily order by all").rows()
        assert closes == [(MONDAY, 1.0), (TUESDAY, 2.0)]
        assert in_stage(slow, "levels", lambda store: put(store, MONDAY, 1)) == 1
        assert slow.query("select distinct close_pts from core.index_levels_daily").rows() == [(2.0,)]


def test_kill_9_frees_the_session_and_leaves_nothing_of_its_stage(tmp_path: Path) -> None:
    open_writer(tmp_path, "first").close()
    script = (
        "import sys; from pathlib import Path; from tests.lake.desk import MONDAY, put\n"
        "from warehouse.store import open_writer\n"
        "with open_writer(Path(sys.argv[1]), 'doomed', session_date=MONDAY) as store, store.stage('levels'):\n"
        "    put(store, MONDAY, 0)"
    )
    environment = {**os.environ, "CONDORWATCH_FAULT_AT": "levels.written"}
    died = subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=environment, check=False, timeout=120)
    assert died.returncode == -signal.SIGKILL
    with open_writer(tmp_path, "desk:2", session_date=MONDAY) as store:
        assert store.read(CORE_INDEX_LEVELS_DAILY).is_empty()


def test_a_writer_whose_lock_is_lost_commits_nothing_more(tmp_path: Path) -> None:
    with open_writer(tmp_path, "cut off") as store:
        put(store, MONDAY, 0)
        with psycopg.connect(Lake.read(WarehousePaths(tmp_path).lake).conninfo, autocommit=True) as administrator:
            administrator.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut off'"
            )
        with pytest.raises(WriteFailed, match="the lock of the lake is lost"), store.stage("levels"):
            put(store, MONDAY, 1)
        assert store.query("select distinct close_pts from core.index_levels_daily").item() == 1.0


def test_a_writer_of_one_session_does_not_migrate(tmp_path: Path) -> None:
    with open_writer(tmp_path, "first") as store:
        store.execute("delete from meta.migrations where migration_number = 2")
    with pytest.raises(MigrationError, match="run `condorwatch nightly` once"):
        open_writer(tmp_path, "desk:1", session_date=MONDAY)


def test_an_analyst_reaches_neither_postgresql_nor_the_files(tmp_path: Path) -> None:
    with open_writer(tmp_path, "first") as store:
        put(store, MONDAY, 0)
        publish(store, tmp_path)
    password = os.environ.get("PGPASSWORD", "no password is set")
    with open_reader(tmp_path) as reader:
        assert reader.query("select count(*) from core.index_levels_daily").item() == 400
        shown = str(reader.query("from duckdb_databases()").to_dicts()) + str(reader.query("from duckdb_settings()"))
        assert password not in shown
        for query in (
            "from lake_catalog_condorwatch.pg_catalog.pg_authid",
            'from "LAKE_CATALOG_condorwatch".condorwatch.ducklake_snapshot',
            "from postgres_query('lake_catalog_condorwatch', 'select 1')",
            "from ducklake_snapshots('condorwatch')",
            "from condorwatch.snapshots()",
            "from set_option('data_inlining_row_limit', 1)",
            "from merge_adjacent_files()",
            f"from read_parquet('{tmp_path}/warehouse/lake/**/*.parquet')",
            "from postgres_scan('host=localhost', 'public', 't')",
            "select * from '/etc/passwd'",
            "drop table core.index_levels_daily",
        ):
            with pytest.raises(Exception, match=r"Only reading is possible here|The query failed"):
                reader.query(query)


def test_a_reader_keeps_its_snapshot_while_the_lake_goes_on(tmp_path: Path) -> None:
    with open_writer(tmp_path, "first") as store:
        put(store, MONDAY, 0)
        publish(store, tmp_path)
        with open_reader(tmp_path) as early:
            put(store, MONDAY, 1)
            put(store, TUESDAY, 1)
            publish(store, tmp_path)
            with open_reader(tmp_path) as late:
                counted = "select session_date, any_value(close_pts) as pts from core.index_levels_daily group by all"
                assert early.query(counted).rows() == [(MONDAY, 1.0)]
                assert late.query(counted).sort(pl.col("session_date")).rows() == [(MONDAY, 2.0), (TUESDAY, 2.0)]


def test_the_last_ten_published_snapshots_stay_those_of_a_day_and_the_newest_always(tmp_path: Path) -> None:
    with open_writer(tmp_path, "first") as store:
        for turn in range(12):
            put(store, MONDAY, turn)
            publish(store, tmp_path, generations_qty=9)
            if turn == 3:
                oldest_kept = open_reader(tmp_path)
        with psycopg.connect(Lake.read(WarehousePaths(tmp_path).lake).conninfo) as administrator:
            published = administrator.execute("select count(*) from condorwatch.condorwatch_published").fetchone()
            assert published == (12,)
            administrator.execute(
                "update condorwatch.condorwatch_published set published_at = published_at - interval '25 hours'"
            )
        put(store, MONDAY, 12)
        publish(store, tmp_path, generations_qty=9)
        put(store, MONDAY, 99)
        # What stands: ten published, and the one after the newest of them.
        assert store.query("select count(*) from condorwatch.snapshots()").item() == 10 + 2
    close = "select any_value(close_pts) from core.index_levels_daily"
    with open_reader(tmp_path) as reader:
        assert reader.query(close).item() == 13.0
    with oldest_kept:
        assert oldest_kept.query(close).item() == 4.0
