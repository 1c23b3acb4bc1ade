"""A published warehouse as the beginning of another one, which is a file whatever the first one is."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from warehouse.errors import NotPublished
from warehouse.home import LAKE_FILE, WarehousePaths
from warehouse.store import open_writer, published_path
from warehouse.tables import ALL_TABLES
from warehouse.tables.meta import META_MIGRATIONS

if TYPE_CHECKING:
    from pathlib import Path


def copy_published(home: Path, target: Path) -> None:
    """Begin the warehouse of an empty home with what another one has published.

    Raises:
        NotPublished: nothing has been.
        WriteFailed: there is no room.
    """
    published = published_path(home)
    if not published.is_file():
        raise NotPublished(published)
    if published.name == LAKE_FILE:
        _take_everything(published, target)
        return
    build = WarehousePaths(target).build
    build.parent.mkdir(parents=True)
    shutil.copyfile(published, build)


def _take_everything(published: Path, target: Path) -> None:
    with open_writer(target, "copy") as store, store.beside(published) as other, store.stage("copy"):
        for table in ALL_TABLES:
            if table is not META_MIGRATIONS:  # the copy was migrated when it was made
                store.take_over(table, other)
