"""Files that are whole or not there: written beside, synced, then renamed into place."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from warehouse.steps import step

READABLE_BY_ALL = 0o644


def write_whole(path: Path, content: bytes, *, what: str, mode: int = READABLE_BY_ALL) -> None:
    """Put a file in its place in one step: a reader sees the old content or the new one, never half of one.

    The folder is made where it is missing. A failed write leaves what was there, and nothing beside it. `what` is the
    file's name in the boundaries passed: archive.written, archive.synced, archive.renamed, archive.kept.

    Raises:
        OSError: there is no room or no leave to write.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".incoming-", delete=False) as incoming:
        beside = Path(incoming.name)
        try:
            incoming.write(content)
            incoming.flush()
            step(f"{what}.written")
            os.fsync(incoming.fileno())
            step(f"{what}.synced")
            beside.chmod(mode)
            beside.replace(path)
            step(f"{what}.renamed")
        except BaseException:
            with suppress(OSError):  # it would hide why
                beside.unlink(missing_ok=True)
            raise
    sync_folder(path.parent)
    step(f"{what}.kept")


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder survive a power cut."""
    sync_file(folder)


def sync_file(path: Path) -> None:
    """Make what was written to a file survive a power cut, whoever wrote it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
