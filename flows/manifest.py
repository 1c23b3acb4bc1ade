"""What the night wrote, beside what it wrote: each report's hash, and from which data, settings and program it came.

An issue that a later one replaced stays in the list, for someone may have it in the mail. It guards against accidents
and mix-ups, not against who can write into the folder.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

import polars as pl

from warehouse.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from transforms.report.inputs import ReportInputs

NAME = "manifest.json"
CLOCK_TIMES = ("loaded_at", "issued_at")  # what of the inputs differs between two equal runs
HASH_DIGITS = 16


@dataclass(frozen=True, slots=True)
class IssuedReport:
    """One file of a report as it was written; `is_current` until another was written under its name."""

    file: str
    sha256: str
    session_date: str
    account: str
    status: str
    data_hash: str
    config_hash: str
    code_version: str
    is_current: bool = True


def data_hash(inputs: ReportInputs) -> str:
    """Hash of every row the reports of a session are made from: equal rows, equal hash, on any machine."""
    digest = hashlib.sha256()
    for field in fields(inputs):
        frame = getattr(inputs, field.name)
        if isinstance(frame, pl.DataFrame):
            # Adding 0.0 makes -0.0 the 0.0 that SQL says it is; a lake does not keep the difference.
            rows = frame.drop(CLOCK_TIMES, strict=False).with_columns(pl.selectors.float() + 0.0)
            digest.update(field.name.encode())
            digest.update(rows.sort(rows.columns).write_csv(float_precision=12).encode())
    return digest.hexdigest()[:HASH_DIGITS]


def write_manifest(folder: Path, issued: Iterable[IssuedReport]) -> None:
    """Write the list, with the issues these replace; called before the files themselves are put in place."""
    now = tuple(issued)
    hashes = {one.sha256 for one in now}
    earlier = [asdict(one) | {"is_current": False} for one in read_manifest(folder) if one.sha256 not in hashes]
    content = {"version": 1, "reports": [*map(asdict, now), *earlier]}
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    write_whole(folder / NAME, text.encode(), what="render.manifest")


def read_manifest(folder: Path) -> tuple[IssuedReport, ...]:
    """The list of a folder; empty where there is none, or none that can be read."""
    try:
        content = json.loads((folder / NAME).read_text(encoding="utf-8"))
        return tuple(IssuedReport(**one) for one in content["reports"])
    except (OSError, ValueError, TypeError, KeyError):
        return ()
