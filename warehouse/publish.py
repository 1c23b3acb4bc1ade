"""Show the night's work: a whole, synced copy of the database in the place readers open.

A reader that has the previous snapshot open keeps it; nobody ever sees a half file. The last few snapshots stay under
`generations/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse import ledger
from warehouse.files import sync_folder
from warehouse.generations import drop_generations, keep_generation
from warehouse.store import published_path

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.store import Store


def publish(store: Store, home: Path, *, generations_qty: int = 0) -> Path:
    """Publish the warehouse as it is now and say where; so many earlier snapshots stay.

    Raises:
        StageOpen: a stage is not finished.
    """
    published = published_path(home)
    beside = published.with_suffix(".publishing")
    ledger.step("publish.begin")
    try:
        store.copy_to(beside)
        ledger.step("publish.written")
        if generations_qty:
            keep_generation(published)
        beside.replace(published)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(published.parent)
    drop_generations(published, generations_qty)
    ledger.step("publish.committed")
    return published
