"""Rows of a table that hand out their figures with the unit the table declares."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from transforms.book.positions import ALL_ACCOUNTS
from transforms.report.models import Measure

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from warehouse.tables.types import Table


@dataclass(frozen=True, slots=True)
class MartRow:
    """One row, or the absence of one: then every figure is null with `absence` as its reason."""

    table: Table
    values: Mapping[str, Any] = field(default_factory=dict)
    absence: str = ""

    def measure(self, column: str, *, reason: str = "", unit: str = "") -> Measure:
        """The figure of a column; `reason` is what to say when it is null."""
        value = self.values.get(column)
        if isinstance(value, float) and not math.isfinite(value):
            value = None
        why = "" if value is not None else (reason or self.absence)
        return Measure(value=value, unit=unit or self._unit(column), reason=why)

    def text(self, column: str) -> str:
        """The text of a column, empty for null."""
        return self.values.get(column) or ""

    def count(self, column: str) -> int:
        """A count, 0 where there is no row."""
        return self.values.get(column) or 0

    def day(self, column: str) -> dt.date:
        """A date the table requires."""
        day: dt.date = self.values[column]
        return day

    def _unit(self, column: str) -> str:
        return next(declared.full_unit for declared in self.table.columns if declared.name == column)


def rows_of(table: Table, frame: pl.DataFrame) -> tuple[MartRow, ...]:
    """Every row of a frame, in its order."""
    return tuple(MartRow(table=table, values=row) for row in frame.iter_rows(named=True))


def only_row(table: Table, frame: pl.DataFrame, *, absence: str) -> MartRow:
    """The first row of a frame, or a row without values that says why."""
    return next(iter(rows_of(table, frame)), MartRow(table=table, absence=absence))


def of_session(frame: pl.DataFrame, session_date: dt.date) -> pl.DataFrame:
    """The rows of one session."""
    return frame.filter(pl.col("session_date") == session_date)


def summed_for(frame: pl.DataFrame, account: str) -> pl.DataFrame:
    """Rows of one account in a table that carries sum rows; with a single account its rows are the sum."""
    accounts = frame["account"].unique().to_list()
    if account == ALL_ACCOUNTS and ALL_ACCOUNTS not in accounts and len(accounts) == 1:
        return frame
    return frame.filter(pl.col("account") == account)


def listed_for(frame: pl.DataFrame, account: str) -> pl.DataFrame:
    """Rows of one account in a table that lists things; for ALL the things of every account, each once."""
    if account != ALL_ACCOUNTS:
        return frame.filter(pl.col("account") == account)
    return frame.filter(pl.col("account") != ALL_ACCOUNTS)
