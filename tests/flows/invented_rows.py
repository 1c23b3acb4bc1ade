"""Rows a table accepts, of which only what a test speaks about is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from warehouse.tables.types import BOOL, DATE, FLOAT, INSTANT, INTEGER, TEXT

if TYPE_CHECKING:
    from warehouse.tables.types import Table

# What a required column holds that a test does not speak about; dates and instants have to be said.
UNSAID = {TEXT: "unsaid", FLOAT: 0.0, INTEGER: 0, BOOL: False, DATE: None, INSTANT: None}


def row_of(table: Table, **said: object) -> pl.DataFrame:
    """One row of a table, in its types."""
    unsaid = {column.name: UNSAID[column.type] for column in table.columns if column.is_required}
    return table.conform(pl.DataFrame([unsaid | said], infer_schema_length=None))
