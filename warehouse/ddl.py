"""The SQL that creates what is declared: schemas, tables, comments.

Grain and required columns are NOT NULL. There is no primary key: DuckDB would keep an index for it, which makes bulk
inserts into big tables many times slower; the store proves uniqueness itself in the transaction that writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse.tables.types import Column, Table


def quoted(name: str) -> str:
    """A column name as SQL takes it, whatever word it is."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def literal(text: str) -> str:
    """A text as a SQL literal."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def is_not_null(table: Table, column: Column) -> bool:
    """Whether every row must bring this column: it is part of the key, or declared required."""
    return column.is_required or column.name in table.grain


def column_definition(table: Table, column: Column) -> str:
    """Name, type and nullability of one column."""
    nullability = " not null" if is_not_null(table, column) else ""
    return f"{quoted(column.name)} {column.type.value.lower()}{nullability}"


def table_comment(table: Table) -> str:
    """What one row is, and which columns say which row it is."""
    return f"{table.description} Grain: {', '.join(table.grain)}."


def column_comment(column: Column) -> str:
    """The column's meaning, with its unit in brackets."""
    return f"{column.description} [{column.full_unit}]" if column.full_unit else column.description


def create_schema(schema: str) -> str:
    """The statement that creates a schema."""
    return f"create schema {schema};"


def create_table(table: Table) -> str:
    """The statement that creates a table."""
    columns = ",\n".join(f"    {column_definition(table, column)}" for column in table.columns)
    return f"create table {table.full_name} (\n{columns}\n);"


def comment_on_table(table: Table) -> str:
    """The statement that describes a table."""
    return f"comment on table {table.full_name} is {literal(table_comment(table))};"


def comment_on_column(table: Table, column: Column) -> str:
    """The statement that describes a column."""
    target = f"{table.full_name}.{quoted(column.name)}"
    return f"comment on column {target} is {literal(column_comment(column))};"


def create_with_comments(table: Table) -> str:
    """Everything that creates one table and describes it."""
    comments = [comment_on_table(table), *(comment_on_column(table, column) for column in table.columns)]
    return "\n".join([create_table(table), *comments])


def create_everything(tables: Iterable[Table]) -> str:
    """Everything that creates the declared warehouse from nothing, in declared order."""
    declared = tuple(tables)
    schemas = [create_schema(schema) for schema in dict.fromkeys(table.schema for table in declared)]
    return "\n\n".join(["\n".join(schemas), *(create_with_comments(table) for table in declared)]) + "\n"
