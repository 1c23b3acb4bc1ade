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

ROOT = Path(__file__).resolve().parents[2]
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
    store: Store, levels: pl.DataFrame, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publish_close(store, tmp_path, levels, 1.0, kept_qty=3)
    published = published_path(tmp_path)
    assert generations(published) == ()
    with open_reader(tmp_path) as first:
        for close_pts in (2.0, 3.0, 4.0, 5.0, 6.0):
            publish_close(store, tmp_path, levels, close_pts, kept_qty=3)
        assert first.query(CLOSE).item() == 1.0
        # A snapshot says of which schema it is.
        applied = first.query("select max(migration_number) as version_number from meta.migrations").item()
    assert applied == len(list((ROOT / "warehouse" / "migrations").glob("*.sql")))
    folder = published.parent / "generations"
    os.link(published, folder / "year-end.duckdb")  # somebody's own
    kept = generations(published)
    assert [path.name for path in kept] == ["000005.duckdb", "000004.duckdb", "000003.duckdb"]
    assert closes_of((published, *kept)) == [6.0, 5.0, 4.0, 3.0]

    keep_generation(published)  # a publishing that is killed before its rename leaves no second copy
    publish_close(store, tmp_path, levels, 7.0, kept_qty=2)
    assert closes_of((published, *generations(published))) == [7.0, 6.0, 5.0]

    publish_close(store, tmp_path, levels, 8.0, kept_qty=0)
    assert [path.name for path in folder.iterdir()] == ["year-end.duckdb"]

    # Where nothing can be kept (a file lies where the folder would), the night is published all the same.
    (folder / "year-end.duckdb").unlink()
    folder.rmdir()
    folder.touch()
    publish_close(store, tmp_path, levels, 9.0, kept_qty=3)
    assert closes_of((published,)) == [9.0]
    assert "the snapshot before this one is not kept" in caplog.text
