"""Where things lie in a home folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


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
