"""What the writer stores, and what it refuses."""

import datetime as dt
import math
from pathlib import Path

import polars as pl
import pytest

from warehouse.errors import AuditFailed, DuplicateGrain, QueryFailed, StageOpen, WriteFailed, WrongPartition
from warehouse.store import Store, open_writer
from warehouse.tables import ALL_TABLES
from warehouse.tables.core import CORE_EVENTS, CORE_INDEX_LEVELS_DAILY
from warehouse.tables.meta import META_APPLIED_LOADS

SESSION = dt.date(2023, 3, 13)
NEXT = dt.date(2023, 3, 14)
NOON = dt.datetime(2023, 3, 13, 12, tzinfo=dt.UTC)


def test_a_partition_is_read_back_in_key_order(store: Store, levels: pl.DataFrame) -> None:
    store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
    rows = store.read(CORE_INDEX_LEVELS_DAILY)
    assert rows.schema == CORE_INDEX_LEVELS_DAILY.polars_schema
    assert rows.get_column("symbol").to_list() == ["SPX", "VIX", "VVIX"]
    assert rows.get_column("close_pts").to_list() == [3855.76, 26.52, 112.5]


def test_replacing_a_partition_leaves_the_others(store: Store, levels: pl.DataFrame) -> None:
    store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
    store.replace(CORE_INDEX_LEVELS_DAILY, levels.with_columns(session_date=pl.lit(NEXT)), NEXT)
    store.replace(CORE_INDEX_LEVELS_DAILY, levels.head(1), SESSION)
    rows = store.read(CORE_INDEX_LEVELS_DAILY)
    assert rows.group_by("session_date").len().sort("session_date").get_column("len").to_list() == [1, 3]


def test_replacing_a_range_takes_out_every_partition_in_it(store: Store, levels: pl.DataFrame) -> None:
    for day in (SESSION, NEXT):
        store.replace(CORE_INDEX_LEVELS_DAILY, levels.with_columns(session_date=pl.lit(day)), day)
    store.replace_range(CORE_INDEX_LEVELS_DAILY, levels, SESSION, NEXT)
    assert store.read(CORE_INDEX_LEVELS_DAILY).get_column("session_date").to_list() == [SESSION] * 3


def test_an_empty_frame_empties_its_partition(store: Store, levels: pl.DataFrame) -> None:
    store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
    store.replace(CORE_INDEX_LEVELS_DAILY, CORE_INDEX_LEVELS_DAILY.empty(), SESSION)
    assert store.read(CORE_INDEX_LEVELS_DAILY).is_empty()


def test_a_frame_may_leave_out_optional_columns(store: Store) -> None:
    frame = pl.DataFrame({"session_date": [SESSION], "symbol": ["SPX"], "close_pts": [1.0], "load_id": ["a"]})
    store.replace(CORE_INDEX_LEVELS_DAILY, frame, SESSION)
    assert store.read(CORE_INDEX_LEVELS_DAILY).get_column("open_pts").to_list() == [None]


def test_rows_of_another_partition_are_refused(store: Store, levels: pl.DataFrame) -> None:
    with pytest.raises(WrongPartition, match="2023-03-14 were announced, but the frame also holds 2023-03-13"):
        store.replace(CORE_INDEX_LEVELS_DAILY, levels, NEXT)


def test_a_repeated_key_is_refused_by_name(store: Store, levels: pl.DataFrame) -> None:
    with pytest.raises(DuplicateGrain) as refusal:
        store.replace(CORE_INDEX_LEVELS_DAILY, pl.concat([levels, levels.head(1)]), SESSION)
    assert str(refusal.value).startswith(
        "core.index_levels_daily: 1 keys repeat (session_date, symbol), "
        "e.g. session_date 2023-03-13, symbol VIX, rows_qty 2."
    )
    assert refusal.value.sample.get_column("symbol").to_list() == ["VIX"]


def test_appending_a_key_that_is_there_is_refused(store: Store) -> None:
    loads = pl.DataFrame({"load_id": ["a", "b"], "applied_at": [NOON, NOON]})
    store.append(META_APPLIED_LOADS, loads.head(1))
    store.append(META_APPLIED_LOADS, loads.tail(1))
    with pytest.raises(DuplicateGrain, match="load_id a"):
        store.append(META_APPLIED_LOADS, loads.head(1))
    assert store.read(META_APPLIED_LOADS).get_column("load_id").to_list() == ["a", "b"]


def test_a_missing_required_value_is_refused(store: Store, levels: pl.DataFrame) -> None:
    with pytest.raises(AuditFailed) as refusal:
        store.replace(CORE_INDEX_LEVELS_DAILY, levels.with_columns(close_pts=pl.lit(None)), SESSION)
    assert (refusal.value.audit_id, refusal.value.count) == ("close_pts_required", 3)


def test_nan_is_refused_in_every_float_column(store: Store, levels: pl.DataFrame) -> None:
    with pytest.raises(AuditFailed, match="open_pts_not_nan"):
        store.replace(CORE_INDEX_LEVELS_DAILY, levels.with_columns(open_pts=pl.lit(math.nan)), SESSION)


def test_a_declared_audit_names_the_bad_rows(store: Store, levels: pl.DataFrame) -> None:
    bad = levels.with_columns(close_pts=pl.when(symbol="VIX").then(-1.0).otherwise("close_pts"))
    with pytest.raises(AuditFailed) as refusal:
        store.replace(CORE_INDEX_LEVELS_DAILY, bad, SESSION)
    assert (refusal.value.audit_id, refusal.value.count) == ("close_positive", 1)
    assert refusal.value.sample.get_column("symbol").to_list() == ["VIX"]


def test_a_refused_frame_leaves_what_was_there(store: Store, levels: pl.DataFrame) -> None:
    store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
    before = store.content_hash(CORE_INDEX_LEVELS_DAILY)
    with pytest.raises(AuditFailed):
        store.replace(CORE_INDEX_LEVELS_DAILY, levels.with_columns(close_pts=pl.lit(0.0)), SESSION)
    assert store.content_hash(CORE_INDEX_LEVELS_DAILY) == before


def test_a_stage_that_survives_a_refusal_commits_the_rest_only(store: Store, levels: pl.DataFrame) -> None:
    with store.stage("series"):
        store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
        with pytest.raises(AuditFailed):
            store.replace(CORE_INDEX_LEVELS_DAILY, levels.with_columns(close_pts=pl.lit(0.0)), SESSION)
    assert store.read(CORE_INDEX_LEVELS_DAILY).height == 3


def test_a_stage_is_stored_whole_or_not_at_all(store: Store, levels: pl.DataFrame) -> None:
    def stage_that_fails_at_its_second_write() -> None:
        with store.stage("series"):
            store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
            store.replace(CORE_INDEX_LEVELS_DAILY, levels, NEXT)

    with pytest.raises(WrongPartition):
        stage_that_fails_at_its_second_write()
    assert store.read(CORE_INDEX_LEVELS_DAILY).is_empty()
    with store.stage("series"):
        store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
    assert store.read(CORE_INDEX_LEVELS_DAILY).height == 3


def test_a_stage_inside_a_stage_is_refused(store: Store) -> None:
    with (
        pytest.raises(StageOpen, match="core was begun inside stage series"),
        store.stage("series"),
        store.stage("core"),
    ):
        pass


def test_a_table_without_partition_is_replaced_whole(store: Store) -> None:
    def event(name: str) -> pl.DataFrame:
        return pl.DataFrame(
            {"event_id": [name], "kind": ["cpi"], "event_date": [SESSION], "status": ["scheduled"], "load_id": ["a"]}
        )

    store.replace_all(CORE_EVENTS, event("cpi 1"))
    store.replace_all(CORE_EVENTS, event("cpi 2"))
    assert store.read(CORE_EVENTS).get_column("event_id").to_list() == ["cpi 2"]


def test_instants_come_back_in_utc(store: Store) -> None:
    new_york = dt.datetime.fromisoformat("2023-03-13T16:15:00-04:00")
    store.append(META_APPLIED_LOADS, pl.DataFrame({"load_id": ["a"], "applied_at": [new_york]}))
    answer = store.query("select applied_at from meta.applied_loads where applied_at = $at", {"at": new_york})
    assert answer.schema == {"applied_at": pl.Datetime("us", "UTC")}
    assert answer.item() == dt.datetime(2023, 3, 13, 20, 15, tzinfo=dt.UTC)


def test_a_wrong_query_is_a_plain_sentence(store: Store) -> None:
    with pytest.raises(QueryFailed, match="The query failed: Catalog Error: Table with name nowhere does not exist"):
        store.query("select * from nowhere")


def test_a_python_variable_is_not_a_table(store: Store, levels: pl.DataFrame) -> None:
    assert levels.height == 3
    with pytest.raises(QueryFailed):
        store.query("select * from levels")


def test_every_table_takes_an_empty_frame(store: Store) -> None:
    for table in ALL_TABLES:
        if table.schema != "meta":
            store.replace_all(table, table.empty())


def test_a_partition_is_part_of_the_key_so_that_keys_can_only_repeat_within_it() -> None:
    assert [table.full_name for table in ALL_TABLES if table.partition and table.partition not in table.grain] == []


@pytest.mark.file
def test_the_file_has_the_storage_format_of_duckdb_1_4(tmp_path: Path) -> None:
    open_writer(tmp_path, "desk:1").close()
    header = (tmp_path / "warehouse" / "build.duckdb").read_bytes()[8:20]
    # duckdb.org/docs/internals/storage: magic bytes at 8, version number at 12; 67 is v1.4.
    assert header[:4] == b"DUCK"
    assert int.from_bytes(header[4:], "little") == 67


def test_a_write_that_duckdb_refuses_is_a_plain_sentence(store: Store) -> None:
    with pytest.raises(WriteFailed, match="could not be written: Constraint Error: NOT NULL constraint failed"):
        store.execute("insert into meta.applied_loads (load_id) values ('a')")
    assert store.read(META_APPLIED_LOADS).is_empty()


@pytest.mark.file
def test_memory_of_what_was_written_is_let_go(store: Store) -> None:
    held = "select sum(memory_usage_bytes) / 1e6 from duckdb_memory()"
    store.execute("create table main.numbers as select random() as number from range(3_000_000); checkpoint;")
    assert store.query(held).item() > 15.0
    limit = "select current_setting('memory_limit')"
    before = store.query(limit).item()
    store.let_go(8)
    assert store.query(held).item() <= 8.4  # 8 MiB are 8.39 MB
    assert store.query(limit).item() == before
    with store.stage("writing"), pytest.raises(StageOpen):
        store.let_go()
