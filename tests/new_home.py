"""A new home begun as the copy of an empty one: migrating takes half a second, and hundreds of tests want one."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.home import WarehousePaths
from warehouse.store import open_writer

if TYPE_CHECKING:
    from warehouse.store import Store


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        open_writer(Path(folder), "the tests").close()
        return WarehousePaths(Path(folder)).build.read_bytes()


def begin_home(home: Path) -> Path:
    """Give a home an empty warehouse, migrated; one that has a warehouse, or names a lake, stays as it is."""
    paths = WarehousePaths(home)
    build = paths.build
    if not build.exists() and not paths.lake.exists():
        build.parent.mkdir(parents=True, exist_ok=True)
        build.write_bytes(_empty())
    return home


def open_home(home: Path, holder: str) -> Store:
    """`open_writer`; a home that is not there yet is begun."""
    return open_writer(begin_home(home), holder)
