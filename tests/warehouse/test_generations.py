"""The snapshots before the present one stay for a while, whole, and readers that hold one open never notice."""

import datetime as dt
import os
from pathlib import Path

import duckdb
import polars as pl
import pytest

from warehouse.generations import generations, keep_generation
from warehouse.publish import publish
from warehouse.store import Store, open_reader, published_path
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY

SESSION = dt.date(2023, 3, 13)
CLOSE = "select max(close_pts) from core.index_levels_daily"


def publish_close(store: Store, home: Path, levels: pl.DataFrame, close_pts: float, *, kept_qty: int) -> None:
    store.replace(CORE_INDEX_LEVELS_DAILY, levels.with_columns(close_pts=pl.lit(close_pts)), SESSION)
    publish(store, home, generations_qty=kept_qty)


def closes_of(paths: tuple[Path, ...]) -> list[float]:
    """What each snapshot holds, asked as an analyst would: another program, read-only."""
    found = []
    for path in paths:
        with duckdb.connect(path, read_only=True) as connection:
            found.append(connection.sql(CLOSE).fetchall()[0][0])
    return found


def test_the_last_three_stay_in_order_and_a_reader_of_an_older_one_goes_on(
    store: Store, levels: pl.DataFrame, tmp_path: Path
) -> None:
    publish_close(store, tmp_path, levels, 1.0, kept_qty=3)
    published = published_path(tmp_path)
    assert generations(published) == ()
    with open_reader(tmp_path) as first:
        for close_pts in (2.0, 3.0, 4.0, 5.0, 6.0):
            publish_close(store, tmp_path, levels, close_pts, kept_qty=3)
        assert first.query(CLOSE).item() == 1.0
    os.link(published, published.parent / "generations" / "year-end.duckdb")  # somebody's own
    kept = generations(published)
    assert [path.name for path in kept] == ["000005.duckdb", "000004.duckdb", "000003.duckdb"]
    assert closes_of((published, *kept)) == [6.0, 5.0, 4.0, 3.0]

    publish_close(store, tmp_path, levels, 7.0, kept_qty=0)
    assert [path.name for path in (published.parent / "generations").iterdir()] == ["year-end.duckdb"]


def test_a_publishing_killed_before_its_rename_leaves_no_second_copy(
    store: Store, levels: pl.DataFrame, tmp_path: Path
) -> None:
    publish_close(store, tmp_path, levels, 1.0, kept_qty=3)
    published = published_path(tmp_path)
    keep_generation(published)  # as far as the one that was killed came
    publish_close(store, tmp_path, levels, 2.0, kept_qty=3)
    publish_close(store, tmp_path, levels, 3.0, kept_qty=3)
    assert closes_of(generations(published)) == [2.0, 1.0]


def test_where_nothing_can_be_kept_the_night_is_published_all_the_same(
    store: Store, levels: pl.DataFrame, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file lies where the folder would."""
    publish_close(store, tmp_path, levels, 1.0, kept_qty=3)
    published = published_path(tmp_path)
    (published.parent / "generations").touch()
    publish_close(store, tmp_path, levels, 2.0, kept_qty=3)
    assert closes_of((published,)) == [2.0]
    assert "the snapshot before this one is not kept" in caplog.text


def test_a_snapshot_says_of_which_schema_it_is(store: Store, tmp_path: Path) -> None:
    publish(store, tmp_path)
    with open_reader(tmp_path) as reader:
        applied = reader.query("select max(migration_number) as version_number from meta.migrations").item()
    shipped = Path(__file__).resolve().parents[2] / "warehouse" / "migrations"
    assert applied == len(list(shipped.glob("*.sql")))
