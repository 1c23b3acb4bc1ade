"""How far a database lies from the declared tables, and the SQL that brings it there where SQL alone can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse.ddl import (
    column_comment,
    column_definition,
    comment_on_column,
    comment_on_table,
    create_schema,
    create_with_comments,
    is_not_null,
    quoted,
    table_comment,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warehouse.connection import Connection
    from warehouse.tables.types import Column, Table

_OURS = "not internal and database_name = current_database()"
# DuckDB writes some types out in full.
_SPELLINGS = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference, in words; `sql` heals it, and is empty where a person must decide."""

    finding: str
    sql: str = ""


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column as the database has it."""

    type: str
    is_not_null: bool
    comment: str


@dataclass(frozen=True, slots=True)
class StoredSchema:
    """Schemas, table comments and columns as the database has them."""

    schemas: frozenset[str]
    table_comments: dict[str, str]
    columns: dict[tuple[str, str], StoredColumn]


def stored_schema(database: Connection) -> StoredSchema:
    """What a database holds now."""
    schemas = database.query(f"select schema_name from duckdb_schemas() where {_OURS}")
    tables = database.query(f"select schema_name || '.' || table_name, comment from duckdb_tables() where {_OURS}")
    columns = database.query(
        "select c.schema_name || '.' || c.table_name, c.column_name, c.data_type, not c.is_nullable, c.comment "
        "from duckdb_columns() as c semi join duckdb_tables() as t using (database_name, schema_name, table_name) "
        f"where {_OURS}"
    )
    return StoredSchema(
        schemas=frozenset(schemas.get_column("schema_name")),
        table_comments={name: comment or "" for name, comment in tables.iter_rows()},
        columns={
            (table, name): StoredColumn(_SPELLINGS.get(type_, type_), is_not_null, comment or "")
            for table, name, type_, is_not_null, comment in columns.iter_rows()
        },
    )


def drifts(database: Connection, tables: Iterable[Table]) -> tuple[Drift, ...]:
    """Every difference between what is declared and what a database holds, in declared order."""
    declared = tuple(tables)
    stored = stored_schema(database)
    return (*_missing_schemas(declared, stored), *_table_drifts(declared, stored), *_undeclared(declared, stored))


def _missing_schemas(declared: tuple[Table, ...], stored: StoredSchema) -> Iterator[Drift]:
    for schema in dict.fromkeys(table.schema for table in declared):
        if schema not in stored.schemas:
            yield Drift(f"schema {schema} is not there", create_schema(schema))


def _table_drifts(declared: tuple[Table, ...], stored: StoredSchema) -> Iterator[Drift]:
    for table in declared:
        if table.full_name not in stored.table_comments:
            yield Drift(f"{table.full_name} is not there", create_with_comments(table))
            continue
        for column in table.columns:
            yield from _column_drifts(table, column, stored.columns.get((table.full_name, column.name)))
        if stored.table_comments[table.full_name] != table_comment(table):
            yield Drift(f"{table.full_name} is described otherwise", comment_on_table(table))


def _column_drifts(table: Table, column: Column, stored: StoredColumn | None) -> Iterator[Drift]:
    name = f"{table.full_name}.{column.name}"
    if stored is None:
        add = f"alter table {table.full_name} add column {column_definition(table, column)};"
        # Rows that are already there have no value for it: a person says which.
        heal = "" if is_not_null(table, column) else f"{add}\n{comment_on_column(table, column)}"
        yield Drift(f"{name} is not there", heal)
        return
    if stored.type != column.type.value:
        yield Drift(f"{name} is {stored.type}, declared {column.type.value}")
    if stored.is_not_null != is_not_null(table, column):
        # What was required may always become optional; the other way a person says what the rows without it hold.
        loosened = f"alter table {table.full_name} alter column {quoted(column.name)} drop not null;"
        yield Drift(
            f"{name} is {'required' if stored.is_not_null else 'optional'}, declared otherwise",
            loosened if stored.is_not_null else "",
        )
    if stored.comment != column_comment(column):
        yield Drift(f"{name} is described otherwise", comment_on_column(table, column))


def _undeclared(declared: tuple[Table, ...], stored: StoredSchema) -> Iterator[Drift]:
    names = {table.full_name for table in declared}
    columns = {(table.full_name, column.name) for table in declared for column in table.columns}
    for table in sorted(stored.table_comments.keys() - names):
        yield Drift(f"{table} is not declared")
    for table, column in sorted(stored.columns.keys() - columns):
        if table in names:
            yield Drift(f"{table}.{column} is not declared")
