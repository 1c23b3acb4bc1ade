"""Take files in: archive each, recognise it, load its rows or keep why it was refused.

The same content is loaded once, whatever it is called; a refused file never stops the others.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from flows.sources import recognise
from flows.sources.errors import FileRefused, Finding
from flows.sources.naming import configured_series, vendor_series
from warehouse.tables.meta import META_LOADS, META_REFUSED_FILES, META_REJECTED_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from flows.sources.parsed import ParsedFile
    from warehouse.archive import Archive, ArchivedFile
    from warehouse.store import Store

LOADED, ALREADY, REFUSED = "loaded", "already loaded", "refused"
LOAD_ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class FileEntry:
    """What became of one load of one file; a refused or already loaded file has one entry without rows.

    `session_date` is what a chain states outright, `first_date` to `last_date` the span of a series.
    """

    source_file: str
    outcome: str
    format: str = ""
    series: str | None = None
    rows_qty: int = 0
    rejected_qty: int = 0
    stated_at: datetime | None = None
    session_date: date | None = None
    first_date: date | None = None
    last_date: date | None = None
    refusal: FileRefused | None = None

    @property
    def line(self) -> str:
        """One line for a terminal: what the file was and what became of it."""
        if self.refusal is not None:
            return f"{REFUSED:<14} {self.refusal}"
        if self.outcome == ALREADY:
            return f"{ALREADY:<14} {self.source_file}"
        what = " ".join(filter(None, (self.format, self.series, self._when)))
        rejected = f", {self.rejected_qty:,} rejected" if self.rejected_qty else ""
        return f"{LOADED:<14} {self.source_file}: {what}; {self.rows_qty:,} rows{rejected}"

    @property
    def _when(self) -> str:
        if self.session_date is not None:
            return f"of {self.session_date}"
        if self.stated_at is not None:
            return f"stated {self.stated_at:%Y-%m-%d %H:%M} UTC"
        return f"{self.first_date} to {self.last_date}" if self.first_date is not None else ""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of each file, in the order they were taken in."""

    entries: tuple[FileEntry, ...]

    @property
    def loaded(self) -> tuple[FileEntry, ...]:
        """What is new in the warehouse."""
        return tuple(entry for entry in self.entries if entry.outcome == LOADED)

    @property
    def refused(self) -> tuple[FileEntry, ...]:
        """What was not taken, with the reasons."""
        return tuple(entry for entry in self.entries if entry.outcome == REFUSED)


@dataclass(frozen=True, slots=True)
class _Inbox:
    """Where files go, and what is known already."""

    store: Store
    archive: Archive
    sources: Mapping[str, str]
    now: datetime


def ingest_paths(
    store: Store, archive: Archive, paths: Sequence[Path], *, sources: Mapping[str, str], now: datetime
) -> IngestReport:
    """Load files and folders of files (all below them), in order of their paths.

    `sources` maps file globs to series names; `now` is the instant recorded for new loads and refusals.
    """
    inbox = _Inbox(store, archive, sources, now)
    return IngestReport(tuple(entry for path in _files_of(paths) for entry in _ingest_file(inbox, path)))


def load_id_of(load: ParsedFile) -> str:
    """The identity of a load: its kind, series and content, and its part where one content holds several dates."""
    digest = hashlib.sha256(f"{load.kind}\0{load.series.name or ''}\0".encode())
    digest.update(load.content)
    if load.part:
        digest.update(f"\0{load.part}".encode())
    return digest.hexdigest()[:LOAD_ID_DIGITS]


def _files_of(paths: Sequence[Path]) -> Iterator[Path]:
    """The files named and those below folders named, hidden ones left out."""
    for path in paths:
        if path.is_dir():
            below = (file for file in path.rglob("*") if file.is_file())
            yield from sorted(file for file in below if not _is_hidden(file.relative_to(path)))
        else:
            yield path


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _ingest_file(inbox: _Inbox, path: Path) -> list[FileEntry]:
    try:
        content = path.read_bytes()
    except OSError as error:
        finding = Finding("unreadable", f"The file cannot be read: {error.strerror}.", "is the path right?")
        return [FileEntry(path.name, REFUSED, refusal=FileRefused(str(path), finding))]
    hint = configured_series(path, inbox.sources)
    if _is_loaded(inbox.store, hashlib.sha256(content).hexdigest(), hint or vendor_series(path.name)):
        return [FileEntry(path.name, ALREADY)]
    archived = inbox.archive.put(content, path.name)
    try:
        loads = recognise.parse(path.name, content, series_hint=hint)
    except FileRefused as refusal:
        _keep_refusal(inbox, archived, refusal)
        return [FileEntry(path.name, REFUSED, refusal=refusal)]
    return _keep_loads(inbox, archived, path.name, loads)


def _is_loaded(store: Store, sha256: str, series_by_name: str | None) -> bool:
    """True for a content loaded before; a new name matters only where the content does not tell the series.

    A content refused before is read again: the configuration or the program may have learnt to read it.
    """
    loads = store.query(
        "select series, series_from from meta.loads where content_sha256 = $sha256", {"sha256": sha256}
    ).rows()
    return bool(loads) and all(known_from == "content" or series == series_by_name for series, known_from in loads)


def _keep_refusal(inbox: _Inbox, archived: ArchivedFile, refusal: FileRefused) -> None:
    """Record why a file was refused, in place of an earlier reason; the instant of the first refusal stays."""
    known = inbox.store.read(META_REFUSED_FILES)
    is_same = pl.col("content_sha256") == archived.sha256
    row = {
        "content_sha256": archived.sha256,
        "source_file": refusal.source_file,
        "source_line": refusal.source_line,
        "column_name": refusal.column_name,
        "rule_id": refusal.rule_id,
        "reason": refusal.sentence,
        "refused_at": known.filter(is_same)["refused_at"].min() or inbox.now,
    }
    refused = pl.DataFrame([row], schema=META_REFUSED_FILES.polars_schema)
    with inbox.store.stage("ingest"):
        inbox.store.replace_all(META_REFUSED_FILES, pl.concat([known.filter(~is_same), refused]))


def _forget_refusal(inbox: _Inbox, archived: ArchivedFile) -> None:
    """Take a content that loads now off the list of the refused."""
    known = inbox.store.read(META_REFUSED_FILES)
    kept = known.filter(pl.col("content_sha256") != archived.sha256)
    if kept.height < known.height:
        inbox.store.replace_all(META_REFUSED_FILES, kept)


def _keep_loads(inbox: _Inbox, archived: ArchivedFile, name: str, loads: list[ParsedFile]) -> list[FileEntry]:
    """Store the loads of one file in one transaction, those already there left out."""
    present = set(
        inbox.store.query(
            "select load_id from meta.loads where list_contains($ids, load_id)",
            {"ids": [load_id_of(load) for load in loads]},
        )["load_id"]
    )
    entries = []
    with inbox.store.stage("ingest"):
        for load in loads:
            is_new = load_id_of(load) not in present
            if is_new:
                _keep_load(inbox, archived, name, load)
                present.add(load_id_of(load))
            entries.append(_entry(name, load, is_new=is_new))
        _forget_refusal(inbox, archived)
    return entries


def _keep_load(inbox: _Inbox, archived: ArchivedFile, name: str, load: ParsedFile) -> None:
    load_id = pl.lit(load_id_of(load))
    inbox.store.append(load.table, load.rows.with_columns(load_id=load_id))
    if load.rejected.height:
        inbox.store.append(META_REJECTED_ROWS, load.rejected.with_columns(load_id=load_id, stage=pl.lit("ingest")))
    inbox.store.append(META_LOADS, _load_row(inbox, archived, name, load))


def _load_row(inbox: _Inbox, archived: ArchivedFile, name: str, load: ParsedFile) -> pl.DataFrame:
    row = {
        "load_id": load_id_of(load),
        "kind": load.kind,
        "format": load.format,
        "series": load.series.name,
        "series_from": load.series.known_from,
        "source_file": _source_file(name, load),
        "content_sha256": archived.sha256,
        "size_bytes": archived.size_bytes,
        "rows_qty": load.rows.height,
        "rejected_qty": load.rejected.height,
        "first_date": load.stated.first_date,
        "last_date": load.stated.last_date,
        "stated_at": load.stated.stated_at,
        "stated_date": load.stated.stated_date,
        "header_level_pts": load.stated.header_level_pts,
        "is_simulated": load.is_simulated,
        "loaded_at": inbox.now,
    }
    return pl.DataFrame([row], schema=META_LOADS.polars_schema)


def _entry(name: str, load: ParsedFile, *, is_new: bool) -> FileEntry:
    if not is_new:
        return FileEntry(_source_file(name, load), ALREADY)
    return FileEntry(
        source_file=_source_file(name, load),
        outcome=LOADED,
        format=load.format,
        series=load.series.name,
        rows_qty=load.rows.height,
        rejected_qty=load.rejected.height,
        stated_at=load.stated.stated_at,
        session_date=load.stated.stated_date,
        first_date=load.stated.first_date,
        last_date=load.stated.last_date,
    )


def _source_file(name: str, load: ParsedFile) -> str:
    return f"{name}/{load.member_name}" if load.member_name else name
