"""Show the night's work: readers see it whole, in the place they open, or what was published before.

A reader that has the previous snapshot open keeps it; nobody ever sees a half one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse import ledger
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
    ledger.step("publish.begin")
    store.show(published)
    ledger.step("publish.committed")
    return published
