"""Two tables with the same rows hash alike; any difference that matters changes the hash."""

import datetime as dt

import polars as pl
import pytest

from warehouse.hashing import hash_of_batches
from warehouse.store import Store
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY
from warehouse.tables.meta import META_APPLIED_LOADS, META_RUNS

SESSION = dt.date(2023, 3, 13)
NEXT = dt.date(2023, 3, 14)


def hash_after(store: Store, frame: pl.DataFrame) -> str:
    store.replace_all(CORE_INDEX_LEVELS_DAILY, frame)
    return store.content_hash(CORE_INDEX_LEVELS_DAILY)


def test_the_order_of_insertion_does_not_matter(store: Store, levels: pl.DataFrame) -> None:
    other_day = levels.with_columns(session_date=pl.lit(NEXT))
    store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
    store.replace(CORE_INDEX_LEVELS_DAILY, other_day, NEXT)
    first = store.content_hash(CORE_INDEX_LEVELS_DAILY)
    store.replace_all(CORE_INDEX_LEVELS_DAILY, CORE_INDEX_LEVELS_DAILY.empty())
    store.replace(CORE_INDEX_LEVELS_DAILY, other_day.reverse(), NEXT)
    store.replace(CORE_INDEX_LEVELS_DAILY, levels.sample(fraction=1, shuffle=True, seed=7), SESSION)
    assert store.content_hash(CORE_INDEX_LEVELS_DAILY) == first


def test_how_the_rows_are_cut_into_batches_does_not_matter(levels: pl.DataFrame) -> None:
    whole = hash_of_batches(CORE_INDEX_LEVELS_DAILY, [levels])
    assert hash_of_batches(CORE_INDEX_LEVELS_DAILY, levels.iter_slices(1)) == whole


@pytest.mark.parametrize(
    "changed",
    [
        pl.col("close_pts") * (1 + 2**-52),
        pl.col("close_pts").reverse(),
    ],
    ids=["by the last bit", "swapped between rows"],
)
def test_a_changed_value_changes_the_hash(store: Store, levels: pl.DataFrame, changed: pl.Expr) -> None:
    assert hash_after(store, levels) != hash_after(store, levels.with_columns(close_pts=changed))


def test_null_is_not_zero(store: Store, levels: pl.DataFrame) -> None:
    assert hash_after(store, levels) != hash_after(store, levels.with_columns(open_pts=pl.lit(0.0)))


def test_minus_zero_is_zero(store: Store, levels: pl.DataFrame) -> None:
    zero, minus_zero = (levels.with_columns(open_pts=pl.lit(value)) for value in (0.0, -0.0))
    assert hash_after(store, zero) == hash_after(store, minus_zero)


def test_text_that_joins_to_the_same_letters_differs(store: Store, levels: pl.DataFrame) -> None:
    first, second = (
        levels.head(2).with_columns(symbol=pl.Series(["SPX", "VIX"]), load_id=pl.Series(ids))
        for ids in (["ab", "c"], ["a", "bc"])
    )
    assert hash_after(store, first) != hash_after(store, second)


def test_a_condition_hashes_one_session(store: Store, levels: pl.DataFrame) -> None:
    alone = hash_after(store, levels)
    store.replace(CORE_INDEX_LEVELS_DAILY, levels.with_columns(session_date=pl.lit(NEXT)), NEXT)
    assert store.content_hash(CORE_INDEX_LEVELS_DAILY) != alone
    assert store.content_hash(CORE_INDEX_LEVELS_DAILY, "session_date = $day", {"day": SESSION}) == alone


def test_clock_times_stay_out(store: Store) -> None:
    hashes = []
    for hour in (1, 2):
        at = dt.datetime(2023, 3, 13, hour, tzinfo=dt.UTC)
        store.replace_all(META_APPLIED_LOADS, pl.DataFrame({"load_id": ["a"], "applied_at": [at]}))
        hashes.append(store.content_hash(META_APPLIED_LOADS))
    assert hashes[0] == hashes[1]


def test_a_table_with_a_random_key_hashes_by_its_other_columns(store: Store) -> None:
    at = dt.datetime(2023, 3, 13, tzinfo=dt.UTC)
    hashes = []
    for names in (["x", "y"], ["q", "p"]):
        runs = pl.DataFrame({"run_id": names, "session_date": [SESSION, NEXT], "status": ["done", "failed"]})
        runs = runs.with_columns(holder=pl.lit("h"), started_at=pl.lit(at), lease_until_at=pl.lit(at))
        store.replace_all(META_RUNS, runs)
        hashes.append(store.content_hash(META_RUNS))
    assert hashes[0] == hashes[1]
