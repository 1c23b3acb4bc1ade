"""Show the night's work: readers see it whole, in the place they open, or what was published before.

A reader that has the previous snapshot open keeps it; nobody ever sees a half one. The last few snapshots stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.steps import step
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
    step("publish.begin")
    store.show(published, generations_qty=generations_qty)
    step("publish.committed")
    return published
