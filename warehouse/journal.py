"""The journal beside the archive: what was committed and no file tells. With it the archive is enough to start over.

One JSON a line, appended and synced after the commit it tells of, never changed: `home/raw/journal.jsonl`. Its entries:

- `file`: a content of the archive was taken in: its name, the series the configuration gave it, and when;
- `withdrawn`: a load was taken back;
- `run`: a night ended well; its row of meta.runs;
- `mail`: an e-mail has come into another state; its rows of meta.outbox and meta.outbox_recipients.

A database that lacks what the journal says was committed is not the one that was left.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from warehouse.files import sync_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from warehouse.tables.types import Table

FILE: Final = "file"
WITHDRAWN: Final = "withdrawn"
RUN: Final = "run"
MAIL: Final = "mail"
READABLE_BY_OWNER: Final = 0o600  # it names the recipients of e-mails


class Journal:
    """The journal of one home."""

    def __init__(self, home: Path) -> None:
        """Know where it is; it is made with its first entry."""
        self.path = home / "raw" / "journal.jsonl"

    def append(self, kind: str, *entries: Mapping[str, object]) -> None:
        """Add entries for good; one that a power cut has broken off is left behind on a line of its own.

        Raises:
            OSError: there is no room or no leave to write.
        """
        if not entries:
            return
        is_new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{canonical({'kind': kind, **entry})}\n" for entry in entries).encode()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, READABLE_BY_OWNER)
        try:
            size = os.fstat(descriptor).st_size
            broken_off = size and os.pread(descriptor, 1, size - 1) != b"\n"
            _write_all(descriptor, b"\n" + lines if broken_off else lines)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            sync_folder(self.path.parent)

    def entries(self) -> dict[str, list[dict[str, Any]]]:
        """All whole entries by their kind, in the order they were made."""
        found: dict[str, list[dict[str, Any]]] = {}
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return found
        for entry in filter(None, map(_entry, lines)):
            found.setdefault(entry.pop("kind", ""), []).append(entry)
        return found


def canonical(entry: Mapping[str, object]) -> str:
    """An entry as text: equal entries, equal text."""
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, default=_as_text)


def rows_of(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a table as the journal keeps them; a column the journal does not know is null."""
    schema = table.polars_schema
    typed = [{name: _typed(row.get(name), schema[name]) for name in schema} for row in rows]
    return pl.DataFrame(typed, schema=schema)


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _as_text(value: object) -> str:
    if isinstance(value, dt.date):  # an instant is one too
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in the journal.")


def _typed(value: object, dtype: pl.DataType) -> object:
    if isinstance(value, str):
        if dtype == pl.Date:
            return dt.date.fromisoformat(value)
        if isinstance(dtype, pl.Datetime):
            return dt.datetime.fromisoformat(value)
    return value
