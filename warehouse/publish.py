"""Show the night's work: a whole, synced copy of the database in the place readers open.

A reader that has the previous snapshot open keeps it; nobody ever sees a half file.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from warehouse.files import sync_folder
from warehouse.steps import step
from warehouse.store import published_path

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.store import Store


def publish(store: Store, home: Path) -> Path:
    """Publish the warehouse as it is now and say where.

    Raises:
        StageOpen: a stage is not finished.
    """
    published = published_path(home)
    beside = published.with_suffix(".publishing")
    step("publish.begin")
    try:
        store.copy_to(beside)
        step("publish.written")
        beside.replace(published)
        step("publish.renamed")
    finally:
        with suppress(OSError):  # the next one overwrites it
            beside.unlink(missing_ok=True)
    sync_folder(published.parent)
    step("publish.committed")
    return published
