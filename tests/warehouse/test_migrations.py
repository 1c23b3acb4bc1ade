"""A migrated database is the declared one, and an applied migration never changes."""

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import polars as pl
import pytest

from warehouse.connection import WritingConnection
from warehouse.ddl import create_everything
from warehouse.drift import drifts
from warehouse.errors import MigrationError, WriteFailed
from warehouse.migrate import FIRST_NAME, Migration, apply_missing, migrate, next_migration, shipped_migrations
from warehouse.tables import ALL_TABLES
from warehouse.tables.types import DATE, FLOAT, INTEGER, TEXT, Column, Table

PRICES = Table(
    "core", "prices", "One row per day.", ("day",), (Column("day", DATE, "Day."), Column("close_pts", FLOAT, "Close."))
)
FIRST = Migration(1, "0001_prices.sql", create_everything([*(t for t in ALL_TABLES if t.schema == "meta"), PRICES]))
# A value of each type, other on each row.
VALUES = {
    "VARCHAR": "'é {}'",
    "DOUBLE": "{}.1",
    "BIGINT": "{}",
    "BOOLEAN": "{} = 1",
    "DATE": "date '2024-03-1{}'",
    "TIMESTAMP WITH TIME ZONE": "timestamptz '2024-03-1{} 21:00:00.123456+00'",
}
META = tuple(table for table in ALL_TABLES if table.schema == "meta")


@pytest.fixture
def database() -> Iterator[WritingConnection]:
    with WritingConnection(duckdb.connect(":memory:")) as connection:
        yield connection


def test_a_migrated_database_is_the_declared_one(database: WritingConnection) -> None:
    migrate(database)
    found = [drift.finding for drift in drifts(database, ALL_TABLES)]
    assert found == [], (
        f"warehouse/tables declares what no migration brings: {found}. Run `python -m warehouse.migrate --write NAME` "
        "(before the first release: `python -m warehouse.migrate --rewrite-first`) and commit the file."
    )


@pytest.mark.skipif(len(shipped_migrations()) > 1, reason="0001 is history once a second migration stands")
def test_the_first_migration_is_generated_from_the_declarations() -> None:
    assert [migration.name for migration in shipped_migrations()] == [FIRST_NAME]
    assert shipped_migrations()[0].sql == create_everything(ALL_TABLES), (
        "run `python -m warehouse.migrate --rewrite-first`"
    )


def test_migrations_are_numbered_without_gaps() -> None:
    numbers = [migration.number for migration in shipped_migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_migrating_twice_applies_once(database: WritingConnection) -> None:
    migrate(database)
    before = database.query("select * from meta.migrations")
    migrate(database)
    assert database.query("select * from meta.migrations").equals(before)


def test_every_column_carries_its_description_and_unit(database: WritingConnection) -> None:
    migrate(database)
    comment = database.query(
        "select comment from duckdb_columns() where table_name = 'condors_daily' and column_name = 'max_loss_usd'"
    ).item()
    assert comment == "The larger of the two: only one side can lose. [USD]"
    bare = database.query(
        "select c.table_name, c.column_name from duckdb_columns() as c "
        "semi join duckdb_tables() as t using (schema_name, table_name) where not c.internal and c.comment is null"
    )
    assert bare.is_empty()


@pytest.mark.parametrize(
    "applied_qty",
    [1, *(pytest.param(later, marks=pytest.mark.soak) for later in range(2, len(shipped_migrations()) + 1))],
)
def test_rows_of_every_earlier_schema_are_there_after_the_upgrade(
    database: WritingConnection, applied_qty: int
) -> None:
    """Two rows in every table as it was then; afterwards they stand in the declared tables, new columns null."""
    shipped = shipped_migrations()
    apply_missing(database, shipped[:applied_qty])
    stored = database.query(
        "select c.schema_name || '.' || c.table_name as name, "
        "list('\"' || c.column_name || '\"' order by c.column_index) as columns, "
        "list(c.data_type order by c.column_index) as types "
        "from duckdb_columns() as c semi join duckdb_tables() as t using (schema_name, table_name) "
        "where not c.internal and c.table_name <> 'migrations' group by all order by all"
    )
    before = {}
    for name, columns, types in stored.iter_rows():
        rows = (", ".join(f"({VALUES[type_].format(row)})::{type_.lower()}" for type_ in types) for row in (1, 2))
        database.execute(f"insert into {name} ({', '.join(columns)}) values {', '.join(f'({row})' for row in rows)}")
        before[name] = database.query(f"select {', '.join(columns)} from {name} order by all")

    migrate(database)

    assert drifts(database, ALL_TABLES) == ()
    assert len(before) >= 30
    declared = {table.full_name: table for table in ALL_TABLES}
    for name, rows in before.items():
        columns = ", ".join(f'"{column}"' for column in rows.columns)
        assert database.query(f"select {columns} from {name} order by all").equals(rows), name
        new = [column for column in declared[name].column_names if column not in rows.columns]
        after = database.read(declared[name])
        assert after.height == 2
        assert all(after[column].null_count() == 2 for column in new), name


def test_a_changed_applied_migration_is_refused(database: WritingConnection) -> None:
    apply_missing(database, (FIRST,))
    with pytest.raises(MigrationError, match=r"0001_prices\.sql was applied with other content"):
        apply_missing(database, (replace(FIRST, sql=FIRST.sql + "-- tidied"),))


def test_a_database_of_a_newer_program_is_refused(database: WritingConnection) -> None:
    apply_missing(database, (FIRST, Migration(2, "0002_later.sql", "create table core.later (a integer);")))
    with pytest.raises(MigrationError, match=r"0002_later\.sql, which this program does not know"):
        apply_missing(database, (FIRST,))


def test_a_failing_migration_leaves_nothing(database: WritingConnection) -> None:
    broken = Migration(2, "0002_broken.sql", "create table core.half (a integer); select * from nowhere;")
    with pytest.raises(WriteFailed):
        apply_missing(database, (FIRST, broken))
    assert database.query("select * from duckdb_tables() where table_name = 'half'").is_empty()
    assert database.query("select migration_number from meta.migrations").height == 1


def test_new_columns_tables_and_comments_are_written_as_the_next_migration(database: WritingConnection) -> None:
    wider = replace(
        PRICES, description="One row per session.", columns=(*PRICES.columns, Column("note", TEXT, "Note."))
    )
    other = Table("mart", "counts", "One row per day.", ("day",), (Column("day", DATE, "Day."),))
    declared = (*META, wider, other)
    second = next_migration("notes", (FIRST,), declared)
    assert second is not None
    assert second.name == "0002_notes.sql"
    assert 'alter table core.prices add column "note" varchar;' in second.sql
    apply_missing(database, (FIRST,))
    database.execute("insert into core.prices (day, close_pts) values (date '2023-03-13', 1.0)")
    apply_missing(database, (FIRST, second))
    assert drifts(database, declared) == ()
    assert database.query("select note from core.prices").equals(pl.DataFrame({"note": [None]}, {"note": pl.String}))
    assert next_migration("again", (FIRST, second), declared) is None


def test_a_column_may_become_optional(database: WritingConnection) -> None:
    required = replace(PRICES, columns=(PRICES.columns[0], Column("close_pts", FLOAT, "Close.", is_required=True)))
    first = Migration(1, "0001_first.sql", create_everything((*META, required)))
    second = next_migration("loosen", (first,), (*META, PRICES))
    assert second is not None
    apply_missing(database, (first, second))
    database.execute("insert into core.prices (day) values (date '2023-03-13')")
    assert drifts(database, (*META, PRICES)) == ()


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ((PRICES.columns[0], Column("close_pts", INTEGER, "Close.")), "close_pts is DOUBLE, declared BIGINT"),
        ((*PRICES.columns, Column("note", TEXT, "Note.", is_required=True)), "core.prices.note is not there"),
        (PRICES.columns[:1], "core.prices.close_pts is not declared"),
        (
            (PRICES.columns[0], Column("close_pts", FLOAT, "Close.", is_required=True)),
            "core.prices.close_pts is optional, declared otherwise",
        ),
    ],
    ids=["type", "required", "dropped", "nullability"],
)
def test_what_touches_stored_rows_is_written_by_hand(changed: tuple[Column, ...], finding: str) -> None:
    with pytest.raises(MigrationError) as refusal:
        next_migration("change", (FIRST,), (*META, replace(PRICES, columns=changed)))
    assert finding in str(refusal.value)
    assert "write warehouse/migrations/0002_change.sql by hand" in str(refusal.value)
