"""What views and their columns mean, as comments in the database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from warehouse.ddl import column_comment, literal, quoted
from warehouse.tables import ALL_TABLES
from warehouse.tables.types import TEXT, Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warehouse.queries import NamedQuery

TABLE_NAME = re.compile(r"\b(?:meta|raw|core|mart)\.[a-z0-9_]+")
_TABLES = {table.full_name: table for table in ALL_TABLES}


def view_comments(view: NamedQuery, columns: Iterable[str]) -> Iterator[str]:
    """The statements that describe a view and its columns."""
    yield f"comment on view {view.name} is {literal(view.description)};"
    inherited = _inherited(view.sql)
    for name in columns:
        meaning = view.column_meanings.get(name)
        comment = column_comment(Column(name, TEXT, meaning)) if meaning else inherited.get(name)
        if comment:
            yield f"comment on column {view.name}.{quoted(name)} is {literal(comment)};"


def _inherited(sql: str) -> dict[str, str]:
    """The comments of the tables a view reads, by column; of a name in several the table named first."""
    comments: dict[str, str] = {}
    for name in dict.fromkeys(TABLE_NAME.findall(sql)):
        if name in _TABLES:
            comments = {column.name: column_comment(column) for column in _TABLES[name].columns} | comments
    return comments
