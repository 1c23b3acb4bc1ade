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

from warehouse.ddl import create_everything
from warehouse.errors import MigrationError
from warehouse.queries import view_scripts
from warehouse.tables import ALL_TABLES

if TYPE_CHECKING:
    from warehouse.connection import WritingConnection

FILE_NAME = re.compile(r"^(?P<number>\d{4})_[a-z0-9_]+\.sql$")
FIRST_NAME = "0001_create_tables.sql"


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
    found = [
        Migration(int(match["number"]), file.name, file.read_text(encoding="utf-8"))
        for file in files
        if (match := FILE_NAME.match(file.name))
    ]
    return tuple(sorted(found, key=lambda migration: migration.number))


def migrate(database: WritingConnection, migrations: tuple[Migration, ...] | None = None) -> None:
    """Apply what is missing, then put the views in place.

    Raises:
        MigrationError: an applied migration is not the one shipped, or is not shipped at all.
    """
    shipped = shipped_migrations() if migrations is None else migrations
    applied = _applied(database)
    _require_same(applied, shipped)
    for migration in shipped:
        if migration.number not in applied:
            _apply(database, migration)
    create_views(database)


def create_views(database: WritingConnection) -> None:
    """Put the shipped views in place and drop those that are no longer shipped."""
    shipped = view_scripts()
    present = database.query("select view_name from duckdb_views() where not internal").get_column("view_name")
    drops = [f"drop view {name};" for name in present if name not in shipped]
    database.execute("\n".join(["begin transaction;", *drops, *shipped.values(), "commit;"]))


def _applied(database: WritingConnection) -> dict[int, tuple[str, str]]:
    tables = database.query("select 1 from duckdb_tables() where schema_name = 'meta' and table_name = 'migrations'")
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


def main(arguments: list[str]) -> int:
    """Write the next migration, or the first one anew."""
    if arguments == ["--rewrite-first"]:
        path = Path(__file__).parent / "migrations" / FIRST_NAME
        path.parent.mkdir(exist_ok=True)
        path.write_text(create_everything(ALL_TABLES), encoding="utf-8")
        sys.stdout.write(f"{path}\n")
        return 0
    sys.stderr.write(f"{__doc__}\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
