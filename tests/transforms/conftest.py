"""Raw rows as the warehouse hands them to the typing functions: the file's text beside where it came from."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from warehouse.tables.types import Table

Loaded = Callable[..., pl.DataFrame]


@pytest.fixture
def loaded() -> Loaded:
    """Make the raw rows of one file: `loaded(RAW_X, [{...}, ...], load_id="b", day=2, vendor="...")`."""

    def rows_of_one_file(
        table: Table, rows: list[dict[str, str]], *, load_id: str = "a", day: int = 1, vendor: str = "csv"
    ) -> pl.DataFrame:
        numbered = [{"load_id": load_id, "source_line": line} | row for line, row in enumerate(rows, start=2)]
        frame = pl.DataFrame(numbered, schema_overrides={"source_line": pl.Int64})
        return table.conform(frame).with_columns(
            loaded_at=pl.lit(dt.datetime(2026, 11, day, 22, tzinfo=dt.UTC)).dt.cast_time_unit("us"),
            format=pl.lit(vendor),
            source_file=pl.lit(f"{load_id}.csv"),
        )

    return rows_of_one_file
