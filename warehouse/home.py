"""Where things lie in a home folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LAKE_FILE = "lake.toml"
# The name DuckDB sees the PostgreSQL of a lake under, as a beginning; readers may not name it.
LAKE_CATALOG = "lake_catalog"


@dataclass(frozen=True, slots=True)
class WarehousePaths:
    """The warehouse files of one home folder."""

    home: Path

    @property
    def folder(self) -> Path:
        """The folder of the database files."""
        return self.home / "warehouse"

    @property
    def build(self) -> Path:
        """The writer's own database file."""
        return self.folder / "build.duckdb"

    @property
    def lock(self) -> Path:
        """The writer's advisory lock."""
        return self.folder / "writer.lock"

    @property
    def holder(self) -> Path:
        """Who holds the lock, in words."""
        return self.folder / "writer.holder"

    @property
    def lake(self) -> Path:
        """Where it is said that the tables of this home lie in a lake, and in which."""
        return self.folder / LAKE_FILE

    @property
    def is_lake(self) -> bool:
        """Whether the tables of this home lie in a lake, not in a file."""
        return self.lake.is_file()
