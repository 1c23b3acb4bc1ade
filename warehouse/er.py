"""Which table's rows belong to which other table's, read off the keys: docs/er.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse.tables import ALL_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warehouse.tables.types import Table

# Tables that have a row for every value of their key that any other table speaks of.
HOLDERS = (
    "meta.loads",
    "meta.outbox",
    "mart.signals_daily",
    "mart.book_daily",
    "mart.condors_daily",
    "core.forwards_daily",
)
# The same words with another meaning: of these two, account is whose book is looked at, ALL too, and condors have an
# account of their own; costs have a row of condor ALL; cash moved before the first night on record.
NOT_OF = {
    ("mart.itm_drills_daily", "mart.condors_daily"),
    ("mart.payoffs_daily", "mart.condors_daily"),
    ("mart.hedge_costs_daily", "mart.condors_daily"),
    ("mart.cash_flows_daily", "mart.book_daily"),
    ("mart.cash_flows_daily", "mart.signals_daily"),
}
LOAD = ("load_id",)
DIAGRAMS = (
    ("Loads and what came with them", ("meta", "raw")),
    ("Facts", ("core",)),
    ("What the night computed", ("mart",)),
)
PREAMBLE = """# The tables and their keys

Written by `python -m warehouse.dictionary --write` from the declarations in `warehouse/tables`; do not edit. A box is a
table with its key and nothing else; every column stands in the [data dictionary](data-dictionary.md). A line says that
the columns named on it, parts of the key of both tables (or the load a row came with), find exactly one row of a
finished night in the table at the line's single end. A test looks up every row of simulated nights along every line.
"""


@dataclass(frozen=True, slots=True)
class Link:
    """Each row of one table belongs to one row of another, found by these columns; to none where one is null."""

    table: Table
    holder: Table

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that find the row."""
        return self.holder.grain

    @property
    def is_optional(self) -> bool:
        """Whether a row may belong to none."""
        required = {column.name for column in self.table.columns if column.is_required} | set(self.table.grain)
        return not set(self.columns) <= required

    @property
    def is_one_to_one(self) -> bool:
        """Whether the other side has at most one row too."""
        return set(self.table.grain) == set(self.columns)


def links(tables: Iterable[Table] = ALL_TABLES) -> tuple[Link, ...]:
    """The links of every table to its nearest holders, in declared order."""
    declared = tuple(tables)
    holders = [table for table in declared if table.full_name in HOLDERS]
    return tuple(Link(table, holder) for table in declared for holder in _nearest(table, holders))


def er_picture() -> str:
    """The picture as Markdown: one Mermaid diagram a layer."""
    drawn = links()
    parts = [PREAMBLE]
    for title, schemas in DIAGRAMS:
        parts.append(f"## {title}\n\n```mermaid\nerDiagram\n" + "\n".join(_diagram(schemas, drawn)) + "\n```\n")
    return "\n".join(parts)


def _nearest(table: Table, holders: list[Table]) -> Iterator[Table]:
    """The holders whose key the table carries, but those that a nearer holder leads to."""
    carried = [holder for holder in holders if _belongs(table, holder)]
    for holder in carried:
        if not any(set(holder.grain) < set(other.grain) and other is not holder for other in carried):
            yield holder


def _belongs(table: Table, holder: Table) -> bool:
    if table is holder or (table.full_name, holder.full_name) in NOT_OF:
        return False
    if holder.grain == LOAD:
        return LOAD[0] in table.column_names
    # Facts go back further than the nights that were computed.
    return set(holder.grain) <= set(table.grain) and (holder.schema != "mart" or table.schema == "mart")


def _diagram(schemas: tuple[str, ...], drawn: tuple[Link, ...]) -> Iterator[str]:
    here = [link for link in drawn if link.table.schema in schemas]
    shown = {table.full_name for table in ALL_TABLES if table.schema in schemas}
    shown |= {link.holder.full_name for link in here}
    for table in ALL_TABLES:
        if table.full_name in shown:
            yield f'    {_id(table)}["{table.full_name}"] {{'
            yield from (f"        {_type(table, name)} {name} PK" for name in table.grain)
            yield "    }"
    for link in here:
        many, one = "|o" if link.is_one_to_one else "}o", "o|" if link.is_optional else "||"
        yield f'    {_id(link.table)} {many}--{one} {_id(link.holder)} : "{", ".join(link.columns)}"'


def _id(table: Table) -> str:
    return f"{table.schema}_{table.name}"


def _type(table: Table, name: str) -> str:
    return next(column.type.value.lower() for column in table.columns if column.name == name)
