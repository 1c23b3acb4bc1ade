"""The simulated market as a source: its files written to the home folder, once, and their paths.

Nothing is downloaded and nothing depends on the clock. Files lie in `simulated/<seed>/<session>/`
(with `-small` for the small size); what was known before the session's month began lies beside, for all that month.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from transforms.simulated.files import files_before, folder_before, session_files
from transforms.simulated.market import FEATURE_SESSION, simulate
from warehouse.steps import step

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from transforms.simulated.listings import Size
    from transforms.simulated.vendor_file import VendorFile

__all__ = ["FEATURE_SESSION", "simulated_files"]


def simulated_files(home: Path, session_date: dt.date, *, seed: int, size: Size = "full") -> list[Path]:
    """Write the files of a session where they are absent, and list them for ingest, older ones first.

    Raises:
        NotSimulatedError: the date lies outside the simulated market's years.
    """
    root = home / "simulated" / str(seed)
    market = simulate(seed)
    before = root / folder_before(session_date)
    _write_once(before, lambda: files_before(market, session_date))
    name = f"{session_date}" if size == "full" else f"{session_date}-{size}"
    _write_once(root / name, lambda: session_files(market, session_date, size=size))
    return sorted(before.iterdir()) + sorted((root / name).iterdir())


def _write_once(folder: Path, make: Callable[[], list[VendorFile]]) -> None:
    """Fill a folder beside its place and move it there whole: where the folder is, all its files are."""
    if folder.is_dir():
        return
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for file in make():
        (draft / file.name.rsplit("/", 1)[-1]).write_bytes(file.content)
    step("simulated.drafted")
    try:
        draft.rename(folder)
    except OSError:  # another night of the same home was quicker, with the same bytes
        if not folder.is_dir():
            raise
        shutil.rmtree(draft)
    step("simulated.placed")
