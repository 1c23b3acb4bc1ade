"""What ingest knows of earlier files and holds of new ones: many small files are stored in one transaction.

Every file is in the archive, on disk, before a row of it is stored. What was not stored when the program died is found
in the landing folder again; nothing of it is half there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import polars as pl

from warehouse.journal import FILE
from warehouse.tables.meta import META_LOADS, META_REFUSED_FILES, META_REJECTED_ROWS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from flows.sources.errors import FileRefused
    from flows.sources.parsed import ParsedFile
    from warehouse.archive import ArchivedFile
    from warehouse.store import Store
    from warehouse.tables.types import Table

LOAD_ID_DIGITS: Final = 16
STAGE: Final = "ingest"
# Content held before it is stored: a night's small files together, a folder of chains one or two at a time.
MOST_HELD_BYTES: Final = 4_000_000
# The name of an archive's member is part of the archive's content.
_KNOWN: Final = """
    select
        content_sha256, load_id, series,
        case when source_file like '%/%' then 'content' else series_from end as known_from,
        read_by
    from meta.loads
    order by load_id
"""


def load_ids_of(loads: Sequence[ParsedFile]) -> list[str]:
    """The identity of each load of a file.

    Its kind, series and content, its part where one content holds several dates, and what of the configuration it was
    read by. A content of many sessions is hashed once.
    """
    begun: dict[tuple[str, str | None, int], hashlib._Hash] = {}
    ids = []
    for load in loads:
        key = (load.kind, load.series.name, id(load.content))
        if key not in begun:
            begun[key] = hashlib.sha256(f"{load.kind}\0{load.series.name or ''}\0".encode())
            begun[key].update(load.content)
        digest = begun[key].copy()
        digest.update("".join(f"\0{said}" for said in (load.part, load.read_by) if said).encode())
        ids.append(digest.hexdigest()[:LOAD_ID_DIGITS])
    return ids


def source_file_of(name: str, load: ParsedFile) -> str:
    """The name of a load for people: its file, and within an archive its member."""
    return f"{name}/{load.member_name}" if load.member_name else name


def load_row(
    archived: ArchivedFile, name: str, load: ParsedFile, *, load_id: str, now: dt.datetime
) -> dict[str, object]:
    """The row of meta.loads for one load of a file that came under a name."""
    return {
        "load_id": load_id,
        "kind": load.kind,
        "format": load.format,
        "series": load.series.name,
        "series_from": load.series.known_from,
        "source_file": source_file_of(name, load),
        "content_sha256": archived.sha256,
        "size_bytes": archived.size_bytes,
        "rows_qty": load.rows.height,
        "rejected_qty": load.rejected.height,
        "first_date": load.stated.first_date,
        "last_date": load.stated.last_date,
        "stated_at": load.stated.stated_at,
        "stated_date": load.stated.stated_date,
        "last_print_at": load.stated.last_print_at,
        "header_level_pts": load.stated.header_level_pts,
        "read_by": load.read_by or None,
        "is_simulated": load.is_simulated,
        "loaded_at": now,
    }


@dataclass(slots=True)
class KnownLoads:
    """Which contents have been loaded, and under which names.

    `readings` is what a load can be read by as the configuration stands.
    """

    readings: frozenset[str]
    load_ids: set[str] = field(default_factory=set)
    # By the hash of their content: series, where its name came from, and what the load was read by.
    _of_content: dict[str, list[tuple[str | None, str, str | None]]] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store, readings: frozenset[str]) -> Self:
        """Read them from meta.loads."""
        known = cls(readings)
        for sha256, load_id, name, known_from, read_by in store.query(_KNOWN).iter_rows():
            known.load_ids.add(load_id)
            known._of_content.setdefault(sha256, []).append((name, known_from, read_by))
        return known

    def add(self, sha256: str, load: ParsedFile, load_id: str) -> bool:
        """Remember a load; False when it was known."""
        if load_id in self.load_ids:
            return False
        self.load_ids.add(load_id)
        known_from = "content" if load.member_name else load.series.known_from
        self._of_content.setdefault(sha256, []).append((load.series.name, known_from, load.read_by or None))
        return True

    def is_loaded(self, sha256: str, series_by_name: str | None) -> bool:
        """True for a content loaded before; a new name matters only where the content does not tell the series.

        A content refused before, or read by what the configuration no longer says, is read again: the configuration or
        the program may have learnt to read it.
        """
        loads = self._of_content.get(sha256, [])
        return bool(loads) and all(
            (known_from == "content" or name == series_by_name) and (read_by is None or read_by in self.readings)
            for name, known_from, read_by in loads
        )

    def series_of(self, sha256: str) -> set[str]:
        """The names under which a content was loaded before, where it does not say them itself."""
        known = self._of_content.get(sha256, [])
        return {name for name, known_from, _ in known if name is not None and known_from != "content"}


@dataclass(slots=True)
class Inbox:
    """Where new loads and refusals wait to be stored. Nothing is stored before `store_held`."""

    store: Store
    now: dt.datetime
    known: KnownLoads
    _refused: pl.DataFrame
    _is_refused_changed: bool = False
    _rows: dict[str, tuple[Table, list[pl.DataFrame]]] = field(default_factory=dict)
    _load_rows: list[dict[str, object]] = field(default_factory=list)
    _held_bytes: int = 0
    # What the journal is told once it is stored.
    _arrived: list[dict[str, object]] = field(default_factory=list)

    @classmethod
    def of(cls, store: Store, now: dt.datetime, readings: frozenset[str]) -> Self:
        """Read what is known already; `now` is the instant recorded for new loads and refusals."""
        return cls(store, now, KnownLoads.of(store, readings), store.read(META_REFUSED_FILES))

    def arrive(self, archived: ArchivedFile, name: str, series_hint: str | None) -> None:
        """Remember by what name a content came that is going to be held or refused."""
        came: dict[str, object] = {
            "content_sha256": archived.sha256,
            "name": name,
            "series_hint": series_hint,
            "at": self.now,
        }
        self._arrived.append(came)

    def refuse(self, archived: ArchivedFile, refusal: FileRefused) -> None:
        """Hold why a file was refused, in place of an earlier reason; the instant of the first refusal stays."""
        is_same = pl.col("content_sha256") == archived.sha256
        if not self._refused.filter(is_same).is_empty():  # the journal has it
            self._arrived = [came for came in self._arrived if came["content_sha256"] != archived.sha256]
        row = {
            "content_sha256": archived.sha256,
            "source_file": refusal.source_file,
            "source_line": refusal.source_line,
            "column_name": refusal.column_name,
            "rule_id": refusal.rule_id,
            "reason": refusal.sentence,
            "refused_at": self._refused.filter(is_same)["refused_at"].min() or self.now,
        }
        refused = pl.DataFrame([row], schema=META_REFUSED_FILES.polars_schema)
        self._refused = pl.concat([self._refused.filter(~is_same), refused])
        self._is_refused_changed = True

    def forget_refusal(self, sha256: str) -> None:
        """Take a content that loads now off the list of the refused."""
        kept = self._refused.filter(pl.col("content_sha256") != sha256)
        self._is_refused_changed |= kept.height < self._refused.height
        self._refused = kept

    def hold(self, archived: ArchivedFile, name: str, loads: Sequence[ParsedFile]) -> list[bool]:
        """Hold the loads of one file, those already there left out; say of each whether it is new."""
        ids = load_ids_of(loads)
        are_new = [self._hold_if_new(archived, name, load, load_id) for load, load_id in zip(loads, ids, strict=True)]
        self.forget_refusal(archived.sha256)
        self._held_bytes += archived.size_bytes
        if self._held_bytes >= MOST_HELD_BYTES:
            self.store_held()
        return are_new

    def store_held(self) -> None:
        """Store everything held in one transaction."""
        if self._load_rows or self._is_refused_changed:
            with self.store.stage(STAGE):
                self.write_held()
        self.tell_journal()

    def tell_journal(self) -> None:
        """Tell the journal what came with the rows that are committed now."""
        self.store.journal.append(FILE, *self._arrived)
        self._arrived.clear()

    def write_held(self) -> None:
        """Write everything held; within a stage."""
        for table, frames in self._rows.values():
            self.store.append_new(table, pl.concat(frames))
        if self._load_rows:
            self.store.append(META_LOADS, pl.DataFrame(self._load_rows, schema=META_LOADS.polars_schema))
        if self._is_refused_changed:
            self.store.replace_all(META_REFUSED_FILES, self._refused)
        self._rows, self._load_rows, self._held_bytes, self._is_refused_changed = {}, [], 0, False

    def _hold_if_new(self, archived: ArchivedFile, name: str, load: ParsedFile, load_id: str) -> bool:
        if not self.known.add(archived.sha256, load, load_id):
            return False
        self._hold_rows(load.table, load.rows.with_columns(load_id=pl.lit(load_id)))
        if load.rejected.height:
            self._hold_rows(
                META_REJECTED_ROWS, load.rejected.with_columns(load_id=pl.lit(load_id), stage=pl.lit(STAGE))
            )
        self._load_rows.append(load_row(archived, name, load, load_id=load_id, now=self.now))
        return True

    def _hold_rows(self, table: Table, rows: pl.DataFrame) -> None:
        _, frames = self._rows.setdefault(table.full_name, (table, []))
        frames.append(table.conform(rows))
