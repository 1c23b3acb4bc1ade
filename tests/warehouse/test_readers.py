"""Readers see whole snapshots, and can do nothing but read."""

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.new_home import open_home
from warehouse.errors import NotPublished, QueryFailed, ReadOnlyQuery, StageOpen, WarehouseError
from warehouse.publish import publish
from warehouse.store import Store, open_reader, open_writer, published_path
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY

SESSION = dt.date(2023, 3, 13)
COUNT = "select count(*) as rows_qty from core.index_levels_daily"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a published, empty warehouse."""
    home = tmp_path_factory.mktemp("home")
    with open_home(home, "desk:1") as store:
        publish(store, home)
    return home


def test_before_the_first_night_the_reader_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotPublished, match="Hint: run `condorwatch nightly` first"):
        open_reader(tmp_path)


def test_a_snapshot_holds_what_was_written(store: Store, levels: pl.DataFrame, tmp_path: Path) -> None:
    store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
    assert publish(store, tmp_path) == published_path(tmp_path)
    with open_reader(tmp_path) as reader:
        assert reader.read(CORE_INDEX_LEVELS_DAILY).equals(store.read(CORE_INDEX_LEVELS_DAILY))
        assert reader.content_hash(CORE_INDEX_LEVELS_DAILY) == store.content_hash(CORE_INDEX_LEVELS_DAILY)


def test_an_open_reader_keeps_its_snapshot_and_a_new_one_sees_the_new(
    store: Store, levels: pl.DataFrame, tmp_path: Path
) -> None:
    publish(store, tmp_path)
    with open_reader(tmp_path) as early:
        assert early.query(COUNT).item() == 0
        store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
        publish(store, tmp_path)
        with open_reader(tmp_path) as late:
            assert late.query(COUNT).item() == 3
        assert early.query(COUNT).item() == 0


def test_a_reader_in_another_process_does_not_stop_the_night(
    store: Store, levels: pl.DataFrame, tmp_path: Path
) -> None:
    publish(store, tmp_path)
    script = (
        "import sys; from pathlib import Path; from warehouse.store import open_reader\n"
        f"r = open_reader(Path(sys.argv[1])); q = '{COUNT}'\n"
        "print(r.query(q).item(), flush=True); sys.stdin.readline(); print(r.query(q).item(), flush=True)"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "0\n"
        store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
        publish(store, tmp_path)
        assert other.communicate("\n")[0] == "0\n"


def test_kill_9_while_publishing_leaves_the_old_snapshot(tmp_path: Path, levels: pl.DataFrame) -> None:
    with open_home(tmp_path, "desk:1") as store:
        publish(store, tmp_path)
        store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
    script = (
        "import sys; from pathlib import Path; from warehouse.store import open_writer\n"
        "from warehouse.publish import publish; home = Path(sys.argv[1])\n"
        "with open_writer(home, 'doomed') as store: publish(store, home)"
    )
    environment = {**os.environ, "CONDORWATCH_FAULT_AT": "publish.written"}
    died = subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=environment, check=False, timeout=120)
    assert died.returncode == -signal.SIGKILL
    with open_reader(tmp_path) as reader:
        assert reader.query(COUNT).item() == 0
    with open_writer(tmp_path, "desk:2") as store:
        publish(store, tmp_path)
    with open_reader(tmp_path) as reader:
        assert reader.query(COUNT).item() == 3


def test_an_unfinished_stage_is_not_published(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StageOpen), store.stage("core"):
        publish(store, tmp_path)
    with pytest.raises(NotPublished):
        open_reader(tmp_path)


def test_a_snapshot_can_be_read_while_the_writer_goes_on(store: Store, levels: pl.DataFrame, tmp_path: Path) -> None:
    publish(store, tmp_path)
    with open_reader(tmp_path) as reader, store.stage("series"):
        store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
        assert reader.query(COUNT).item() == 0


@pytest.mark.parametrize(
    "query",
    [
        "select session_date, status from v_today",
        "with latest as (select 1 as a) select a from latest",
        "from meta.checks",
        "describe mart.book_daily",
        "summarize mart.book_daily",
        "show all tables",
        "explain select 1",
        "select comment from duckdb_columns() where table_name = 'book_daily' limit 1",
        "values (1)",
        "select 1 -- ; and a comment",
    ],
)
def test_reading_is_possible(published: Path, query: str) -> None:
    with open_reader(published) as reader:
        assert reader.query(query).width >= 1


@pytest.mark.parametrize(
    "query",
    [
        "copy mart.book_daily to '{folder}/out.csv'",
        "copy (select 1) to '{folder}/out.parquet' (format parquet)",
        "export database '{folder}/out'",
        "attach '{folder}/other.duckdb'",
        "attach ':memory:' as elsewhere",
        "detach condorwatch",
        "install httpfs",
        "load httpfs",
        "create table mine as select 1 as a",
        "create temp table mine as select 1 as a",
        "create view mine as select 1 as a",
        "create macro one() as 1",
        "insert into meta.runs (run_id) values ('x')",
        "update meta.runs set status = 'done'",
        "delete from meta.runs",
        "drop table meta.runs",
        "alter table meta.runs add column x integer",
        "set enable_external_access = true",
        "reset lock_configuration",
        "pragma enable_profiling",
        "call enable_logging()",
        "checkpoint",
        "begin transaction",
        "prepare p as select 1",
        "use system",
        "vacuum",
        "select 1; select 2",
        "select 1; drop table meta.runs",
        "",
        "select * from read_csv('/etc/passwd')",
        "select * from glob('/etc/*')",
        "select * from read_parquet('https://example.com/x.parquet')",
        "select * from query('copy (select 1) to ''{folder}/out.csv''')",
        "select getenv('HOME')",
        "from enable_profiling()",
    ],
)
def test_anything_else_than_one_select_is_refused(published: Path, query: str) -> None:
    with open_reader(published) as reader, pytest.raises(ReadOnlyQuery, match="Only reading is possible here"):
        reader.query(query.format(folder=published))
    assert not list(published.glob("out*"))


@pytest.mark.parametrize(
    "query",
    [
        "select * from '/etc/passwd'",
        "explain analyze insert into meta.runs (run_id) values ('x')",
        "selekt 1",
    ],
)
def test_a_select_reaches_nothing_outside_the_snapshot(published: Path, query: str) -> None:
    with open_reader(published) as reader, pytest.raises(QueryFailed) as refusal:
        reader.query(query)
    assert isinstance(refusal.value, WarehouseError)
    assert "\n" not in str(refusal.value)
