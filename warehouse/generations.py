"""The snapshots published before the present one: kept for a while, so that an analyst can look back, or go back.

They lie beside the published file under `generations/`, numbered in the order they were published. A generation is a
second name of the file that was published, so keeping it copies nothing; a reader that still has it open after it was
removed goes on reading.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from warehouse.files import sync_folder

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "generations"
SUFFIX = ".duckdb"

_log = logging.getLogger("condorwatch.generations")


def generations(published: Path) -> tuple[Path, ...]:
    """The earlier snapshots of a published file, the newest first."""
    numbered = {
        int(path.stem): path
        for path in (published.parent / FOLDER).glob(f"*{SUFFIX}")
        if path.stem.isdecimal()  # what somebody has put there under another name is theirs
    }
    return tuple(numbered[number] for number in sorted(numbered, reverse=True))


def keep_generation(published: Path) -> None:
    """Give the published file a second name, under which it outlives the next one.

    Where the file system knows no second names nothing is kept: a night is worth more than its predecessors.
    """
    earlier = generations(published)
    # A publishing that was killed after this step comes here again with the same file.
    if not published.exists() or (earlier and earlier[0].samefile(published)):
        return
    number = int(earlier[0].stem) + 1 if earlier else 1
    path = published.parent / FOLDER / f"{number:06d}{SUFFIX}"
    try:
        path.parent.mkdir(exist_ok=True)
        path.hardlink_to(published)
        sync_folder(path.parent)
    except OSError as error:
        _log.warning("the snapshot before this one is not kept: %s", error.strerror or error)


def drop_generations(published: Path, kept_qty: int) -> None:
    """Remove all but the newest earlier snapshots."""
    for path in generations(published)[kept_qty:]:
        path.unlink(missing_ok=True)
