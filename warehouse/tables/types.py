"""How a table is declared: once, with type, unit, description, grain and checks.

DDL, Polars schemas, the data dictionary, DuckDB comments and the audits are all read from these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from polars._typing import PolarsDataType


class SqlType(Enum):
    """A column type, as DuckDB spells it."""

    TEXT = "VARCHAR"
    FLOAT = "DOUBLE"
    INTEGER = "BIGINT"
    BOOL = "BOOLEAN"
    DATE = "DATE"
    INSTANT = "TIMESTAMPTZ"

    @property
    def polars(self) -> PolarsDataType:
        """The Polars type that holds the same values."""
        return _POLARS[self]


TEXT, FLOAT, INTEGER, BOOL, DATE, INSTANT = SqlType

_POLARS: dict[SqlType, PolarsDataType] = {
    TEXT: pl.String(),
    FLOAT: pl.Float64(),
    INTEGER: pl.Int64(),
    BOOL: pl.Boolean(),
    DATE: pl.Date(),
    INSTANT: pl.Datetime("us", "UTC"),
}

# A column's name ends in its unit, so the unit is written once: in the name. Longest suffix first.
SUFFIX_UNITS: tuple[tuple[str, str], ...] = (
    ("_usd_per_volpt", "USD per vol point (0.01)"),
    ("_usd_per_1pct", "USD per 1% of SPX"),
    ("_usd_per_pt2", "USD per SPX point squared"),
    ("_usd_per_day", "USD per calendar day"),
    ("_usd_per_pt", "USD per SPX point"),
    ("_usd_per_vx_pt", "USD per point of the option's own VX future"),
    ("_sessions", "trading sessions"),
    ("_hours", "hours"),
    ("_years", "years of 525,600 minutes"),
    ("_days", "calendar days"),
    ("_frac", "fraction (0.01 = 1%)"),
    ("_usd", "USD"),
    ("_pts", "index points"),
    ("_vol", "annualised volatility, decimal"),
    ("_qty", "count; contracts are signed, + long"),
    ("_date", "date, exchange-local"),
    ("_at", "instant, UTC"),
)


def unit_of(column_name: str) -> str:
    """The unit a column name carries in its ending; empty when it carries none."""
    return next((unit for suffix, unit in SUFFIX_UNITS if column_name.endswith(suffix)), "")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name ends in its unit, its description is a sentence for an analyst."""

    name: str
    type: SqlType
    description: str
    unit: str = ""
    is_required: bool = False

    @property
    def full_unit(self) -> str:
        """The unit, from the declaration or else from the name's ending."""
        return self.unit or unit_of(self.name)


@dataclass(frozen=True, slots=True)
class Audit:
    """A rule every row obeys: `violation` is a SQL condition that is true for a bad row."""

    audit_id: str
    violation: str
    description: str


@dataclass(frozen=True)
class Table:
    """One table: what one row is, its columns, the rules its rows obey.

    `grain` names the columns that identify a row; they are required and unique together. `partition` is the column a
    stage deletes and inserts by. `volatile` names columns that differ between two equal runs (clock times, host
    names) and therefore stay out of content hashes.
    """

    schema: str
    name: str
    description: str
    grain: tuple[str, ...]
    columns: tuple[Column, ...]
    audits: tuple[Audit, ...] = ()
    partition: str = ""
    volatile: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a declaration that names a column it does not have."""
        unknown = {*self.grain, *self.volatile, *filter(None, [self.partition])} - set(self.column_names)
        if unknown:
            message = f"{self.full_name} declares {sorted(unknown)} but has no such column."
            raise ValueError(message)

    @property
    def full_name(self) -> str:
        """Schema and name, as SQL spells it."""
        return f"{self.schema}.{self.name}"

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Column names in stored order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def polars_schema(self) -> pl.Schema:
        """The Polars schema of a frame that fits this table."""
        return pl.Schema({column.name: column.type.polars for column in self.columns})

    def empty(self) -> pl.DataFrame:
        """A frame of this table without rows."""
        return pl.DataFrame(schema=self.polars_schema)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Put a frame into this table's column order and types, with null for what it does not bring.

        Raises:
            ValueError: the frame brings a column the table does not have.
        """
        if frame.schema == self.polars_schema:  # in order too
            return frame
        unknown = sorted(set(frame.columns) - set(self.column_names))
        if unknown:
            message = f"{self.full_name} has no column {', '.join(unknown)}."
            raise ValueError(message)
        present = set(frame.columns)
        if present:  # the engine would plan an expression a column, and most are right as they are
            return pl.DataFrame([_fitting(frame, column) for column in self.columns])
        return frame.select(
            **{
                column.name: (pl.col(column.name) if column.name in present else pl.lit(None)).cast(column.type.polars)
                for column in self.columns
            }
        )


def _fitting(frame: pl.DataFrame, column: Column) -> pl.Series:
    """A column of a frame as its table has it; nulls where the frame has none."""
    if column.name not in frame.columns:
        return pl.Series(column.name, [None], dtype=column.type.polars).new_from_index(0, frame.height)
    values = frame.get_column(column.name)
    return values if values.dtype == column.type.polars else values.cast(column.type.polars)
