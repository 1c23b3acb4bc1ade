"""A lake: the same tables as Parquet files in a shared folder, with their catalog in PostgreSQL (DuckLake).

Several machines write and read it. What a home has of it is one small file that names it; no password is ever in it:
PostgreSQL's own library takes that from PGPASSWORD or PGPASSFILE.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, dataclass
from importlib import resources
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Self

from warehouse.ddl import literal, quoted
from warehouse.errors import CannotOpen, LakeUnavailable
from warehouse.files import write_whole
from warehouse.home import LAKE_CATALOG

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

PREFIX: Final = "postgres:"
_EXTENSIONS: Final = (
    ("duckdb_extension_postgres_scanner", "postgres_scanner"),
    ("duckdb_extension_ducklake", "ducklake"),
)
_DRIVER: Final = "psycopg"
_PASSWORD: Final = re.compile(r"\bpass(word|file)?\s*=|://[^/@]*:[^/@]*@", re.IGNORECASE)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Lake:
    """Where a lake is: `catalog` is `postgres:` and what libpq connects by, `schema` is its schema there."""

    catalog: str
    data_path: str
    schema: str = "condorwatch"

    def __post_init__(self) -> None:
        """Refuse an address of another kind, or one with a password in it.

        Raises:
            ValueError: as a sentence that does not repeat the address.
        """
        if not self.catalog.startswith(PREFIX):
            raise ValueError(f"a lake's catalog begins with {PREFIX}, then dbname=... host=... user=...")
        if _PASSWORD.search(self.catalog):
            raise ValueError(
                "a password is no setting: put it into the environment variable PGPASSWORD, or a PGPASSFILE"
            )
        if not _NAME.fullmatch(self.schema):
            raise ValueError("the schema of a lake is lower-case letters, digits and underscores")

    @classmethod
    def read(cls, path: Path) -> Self:
        """The lake that a file names.

        Raises:
            CannotOpen: the file is not one that `write` wrote.
        """
        try:
            return cls(**tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, TypeError, ValueError) as error:
            raise CannotOpen(path, f"it names no lake ({error})") from error

    def write(self, path: Path) -> None:
        """Write the file that names this lake."""
        lines = [f"{name} = {_toml(value)}" for name, value in asdict(self).items()]
        write_whole(path, ("\n".join(lines) + "\n").encode(), what="lake")

    @property
    def conninfo(self) -> str:
        """What libpq connects by."""
        return self.catalog.removeprefix(PREFIX)

    def attach(self, connection: duckdb.DuckDBPyConnection, name: str, *options: str) -> None:
        """Attach the lake under a name.

        Raises:
            duckdb.Error: it cannot be reached.
        """
        load_extensions(connection)
        more = (
            f"metadata_schema {literal(self.schema)}",
            f"metadata_catalog {literal(f'{LAKE_CATALOG}_{name}')}",
            *options,
        )
        target = literal(f"ducklake:{self.catalog}")
        connection.execute(f"attach {target} as {quoted(name)} ({', '.join(more)})")


def require_installed() -> None:
    """Refuse an installation without the extra `lake`.

    Raises:
        LakeUnavailable: it names the first package that is missing.
    """
    for package in (_DRIVER, *(package for package, _ in _EXTENSIONS)):
        if find_spec(package) is None:
            raise LakeUnavailable(package)


def load_extensions(connection: duckdb.DuckDBPyConnection) -> None:
    """Load both extensions from their packages; DuckDB proves their signatures, and fetches nothing."""
    for package, extension in _EXTENSIONS:
        folder = resources.files(package).joinpath("extensions")
        # A folder a version of DuckDB: the one that is running.
        file = folder.joinpath(connection.sql("select version()").fetchall()[0][0], f"{extension}.duckdb_extension")
        connection.execute(f"load {literal(str(file))}")


def _toml(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
