"""A writer on a fresh home, and index levels to write."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from tests.new_home import open_home
from warehouse.store import Store
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY

SESSION = dt.date(2023, 3, 13)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_home(tmp_path, "desk:1") as writer:
        yield writer


@pytest.fixture
def levels() -> pl.DataFrame:
    """Three closes of one session, out of key order."""
    return CORE_INDEX_LEVELS_DAILY.conform(
        pl.DataFrame(
            {
                "session_date": [SESSION] * 3,
                "symbol": ["VIX", "SPX", "VVIX"],
                "close_pts": [26.52, 3855.76, 112.5],
                "load_id": ["a1"] * 3,
            }
        )
    )
