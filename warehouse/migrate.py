"""Bring a warehouse file to the declared tables: numbered SQL files, each applied once, in one transaction.

`python -m warehouse.migrate --write NAME` writes the next migration from what is declared but not yet migrated (new
tables, new optional columns, changed comments). `--rewrite-first` makes 0001 anew; only before the first release.
"""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from warehouse.connection import Connection, WritingConnection
from warehouse.ddl import create_everything, literal
from warehouse.drift import drifts
from warehouse.errors import MigrationError, QueryFailed
from warehouse.queries import list_views
from warehouse.tables import ALL_TABLES
from warehouse.view_comments import view_comments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.tables.types import Table

FILE_NAME = re.compile(r"^(?P<number>\d{4})_[a-z0-9_]+\.sql$")
FIRST_NAME = "0001_create_tables.sql"
VIEWS_IN_PLACE = "meta.views_in_place"  # a macro: the fingerprint of the views that were put in place last


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step, as shipped."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Hash of its text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped_migrations() -> tuple[Migration, ...]:
    """The migrations of this program, in order."""
    files = resources.files("warehouse").joinpath("migrations").iterdir()
    found = (
        Migration(int(match["number"]), file.name, file.read_text(encoding="utf-8"))
        for file in files
        if (match := FILE_NAME.match(file.name))
    )
    return tuple(sorted(found, key=lambda migration: migration.number))


def migrate(database: WritingConnection) -> None:
    """Apply the shipped migrations that are missing, then put the views in place.

    Raises:
        MigrationError: an applied migration is not the one shipped, or is not shipped at all.
    """
    apply_missing(database, shipped_migrations())
    create_views(database)


def apply_missing(database: WritingConnection, migrations: tuple[Migration, ...]) -> None:
    """Apply the migrations a database does not have yet, each in its own transaction. Raises as `migrate`."""
    applied = _applied(database)
    _require_same(applied, migrations)
    for migration in migrations:
        if migration.number not in applied:
            _apply(database, migration)


def missing_migrations(database: Connection) -> tuple[Migration, ...]:
    """The shipped migrations a database does not have yet. Raises as `migrate`."""
    applied, shipped = _applied(database), shipped_migrations()
    _require_same(applied, shipped)
    return tuple(migration for migration in shipped if migration.number not in applied)


def create_views(database: WritingConnection) -> None:
    """Put the shipped views in place and drop those that are no longer shipped; nothing is done where all is so."""
    shipped = list_views()
    names = {view.name for view in shipped}
    present = set(
        database.query(
            "select view_name from duckdb_views() where not internal and database_name = current_database()"
        ).get_column("view_name")
    )
    # A view and its comments follow from its text and from the tables, and those from the migrations.
    texts = [*(migration.sha256 for migration in shipped_migrations()), *(view.sql for view in shipped)]
    fingerprint = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    if present == names and _fingerprint_in_place(database) == fingerprint:
        return
    drops = [f"drop view {name};" for name in sorted(present - names)]
    creations = [view.sql for view in shipped]
    database.execute("\n".join(["begin transaction;", *drops, *creations, "commit;"]))
    columns = _columns_of_views(database) if database.describes_view_columns else {}
    comments = [comment for view in shipped for comment in view_comments(view, columns.get(view.name, ()))]
    # Last, in the transaction of the comments: whoever dies before it leaves views that are put in place again.
    mark = f"create or replace macro {VIEWS_IN_PLACE}() as {literal(fingerprint)};"
    database.execute("\n".join(["begin transaction;", *comments, mark, "commit;"]))


def _fingerprint_in_place(database: WritingConnection) -> str | None:
    try:
        found: str = database.query(f"select {VIEWS_IN_PLACE}()").item()
    except QueryFailed:
        return None  # no views were put in place yet
    return found


def _columns_of_views(database: WritingConnection) -> dict[str, list[str]]:
    found = database.query(
        "select table_name, list(column_name order by column_index) from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'main' group by all"
    )
    return dict(found.iter_rows())


def _applied(database: Connection) -> dict[int, tuple[str, str]]:
    tables = database.query(
        "select 1 from duckdb_tables() "
        "where database_name = current_database() and schema_name = 'meta' and table_name = 'migrations'"
    )
    if tables.is_empty():
        return {}
    rows = database.query("select migration_number, name, content_sha256 from meta.migrations order by all")
    return {number: (name, sha256) for number, name, sha256 in rows.iter_rows()}


def _require_same(applied: dict[int, tuple[str, str]], shipped: tuple[Migration, ...]) -> None:
    by_number = {migration.number: migration for migration in shipped}
    for number, (name, sha256) in applied.items():
        migration = by_number.get(number)
        if migration is None:
            raise MigrationError(
                f"This warehouse has migration {name}, which this program does not know.",
                "update condorwatch; a newer version wrote this home.",
            )
        if migration.sha256 != sha256:
            raise MigrationError(
                f"Migration {name} was applied with other content than the one shipped now.",
                "applied migrations never change: undo the change and write the next one, or rebuild this home.",
            )


def _apply(database: WritingConnection, migration: Migration) -> None:
    database.execute("begin transaction")
    try:
        database.execute(migration.sql)
        database.execute(
            "insert into meta.migrations (migration_number, name, content_sha256, applied_at) "
            "values ($number, $name, $sha256, current_timestamp)",
            {"number": migration.number, "name": migration.name, "sha256": migration.sha256},
        )
        database.execute("commit")
    except BaseException:
        database.execute("rollback")
        raise


def next_migration(name: str, migrations: tuple[Migration, ...], tables: Sequence[Table]) -> Migration | None:
    """The migration that brings migrated databases to the declared tables; None when they are there already.

    Raises:
        MigrationError: a difference that SQL alone cannot heal, such as a changed type or a new required column.
    """
    number = len(migrations) + 1
    with WritingConnection(duckdb.connect(":memory:")) as database:
        apply_missing(database, migrations)
        found = drifts(database, tables)
    by_hand = [drift.finding for drift in found if not drift.sql]
    if by_hand:
        raise MigrationError(
            f"No migration can be written for: {'; '.join(by_hand)}.",
            f"write warehouse/migrations/{number:04d}_{name}.sql by hand.",
        )
    sql = "\n\n".join(drift.sql for drift in found)
    return Migration(number, f"{number:04d}_{name}.sql", f"{sql}\n") if found else None


def main(arguments: list[str]) -> int:
    """Write the next migration, or the first one anew."""
    match arguments:
        case ["--write", name]:
            migration = next_migration(name, shipped_migrations(), ALL_TABLES)
        case ["--rewrite-first"] if len(shipped_migrations()) <= 1:
            migration = Migration(1, FIRST_NAME, create_everything(ALL_TABLES))
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    if migration is None:
        sys.stdout.write("Every declared table is migrated already.\n")
        return 0
    path = Path(__file__).parent / "migrations" / migration.name
    path.write_text(migration.sql, encoding="utf-8")
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
