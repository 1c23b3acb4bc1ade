"""Take files in: archive each, recognise it, load its rows or keep why it was refused.

The same content is loaded once, whatever it is called; a refused file never stops the others. Small files are stored
together (flows/inbox.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from flows.inbox import Inbox, source_file_of
from flows.sources import recognise
from flows.sources.account_names import account_by_name
from flows.sources.chain_rules import NO_CHAIN_RULES
from flows.sources.errors import ContentRefused, FileRefused, Finding
from flows.sources.naming import configured_series, vendor_series
from warehouse.archive import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from flows.sources.chain_rules import ChainRules
    from flows.sources.parsed import ParsedFile
    from warehouse.archive import Archive, ArchivedFile
    from warehouse.store import Store

LOADED, ALREADY, REFUSED = "loaded", "already loaded", "refused"


class Parser(Protocol):
    """Reads one file into loads, or refuses it; `series_hint` is what the trader says it holds."""

    def __call__(self, name: str, content: bytes, *, series_hint: str | None) -> list[ParsedFile]:
        """Read it."""


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
class ArchivedFileName:
    """A file of the archive, the name it came by, and the series the configuration gave it then, where it did."""

    sha256: str
    name: str
    series_hint: str | None


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


def ingest_paths(  # noqa: PLR0913 - two things the configuration says, two places, what and when
    store: Store,
    archive: Archive,
    paths: Sequence[Path],
    *,
    sources: Mapping[str, str],
    now: datetime,
    chain_rules: ChainRules = NO_CHAIN_RULES,
    parse: Parser | None = None,
) -> IngestReport:
    """Load files and folders of files (all below them), in order of their paths.

    `sources` maps file globs to series names, `chain_rules` says how chains are read that do not explain themselves;
    `now` is the instant recorded for new loads and refusals. `parse` reads one file: any that is known, unless the
    caller wants some kind alone.
    """
    inbox = Inbox.of(store, now, chain_rules.readings)
    read = parse or partial(recognise.parse, chain_rules=chain_rules)
    entries = [
        entry
        for path in files_of(paths)
        for entry in _ingest_file(inbox, archive, path, configured_series(path, sources), read)
    ]
    inbox.store_held()
    return IngestReport(tuple(entries))


def ingest_archived(  # noqa: PLR0913 - two places, what, how it is read, when, and who is told
    store: Store,
    archive: Archive,
    files: Sequence[ArchivedFileName],
    *,
    chain_rules: ChainRules,
    now: datetime,
    advance: Callable[[str], None],
) -> None:
    """Load files from the archive under the names they once came by, as of the instant they came.

    `advance` is told each name.

    Raises:
        NotArchived: a file is not in the archive.
        ArchiveDamaged: its bytes have changed.
    """
    inbox = Inbox.of(store, now, chain_rules.readings)
    read = partial(recognise.parse, chain_rules=chain_rules)
    for file in files:
        _ingest_content(inbox, archive, file.name, archive.open(file.sha256), hint=file.series_hint, parse=read)
        advance(file.name)
    inbox.store_held()


def files_of(paths: Sequence[Path]) -> Iterator[Path]:
    """The files named and those below folders named, hidden ones left out."""
    for path in paths:
        if path.is_dir():
            below = (file for file in path.rglob("*") if file.is_file())
            yield from sorted(file for file in below if not _is_hidden(file.relative_to(path)))
        else:
            yield path


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _ingest_file(inbox: Inbox, archive: Archive, path: Path, hint: str | None, parse: Parser) -> list[FileEntry]:
    try:
        content = path.read_bytes()
    except OSError as error:
        finding = Finding("unreadable", f"The file cannot be read: {error.strerror}.", "is the path right?")
        return [FileEntry(path.name, REFUSED, refusal=FileRefused(str(path), finding))]
    return _ingest_content(inbox, archive, path.name, content, hint=hint, parse=parse)


def _ingest_content(  # noqa: PLR0913 - what it is, what is said about it, and where it goes
    inbox: Inbox, archive: Archive, name: str, content: bytes, *, hint: str | None, parse: Parser
) -> list[FileEntry]:
    if inbox.known.is_loaded(sha256_of(content), hint or vendor_series(name) or account_by_name(name)):
        return [FileEntry(name, ALREADY)]
    archived = archive.put(content, name)
    inbox.arrive(archived, name, hint)
    try:
        loads = parse(name, content, series_hint=hint)
        _same_account(inbox, archived, name, loads)
    except FileRefused as refusal:
        inbox.refuse(archived, refusal)
        return [FileEntry(name, REFUSED, refusal=refusal)]
    are_new = inbox.hold(archived, name, loads)
    return [_entry(name, load, is_new=is_new) for load, is_new in zip(loads, are_new, strict=True)]


def _same_account(inbox: Inbox, archived: ArchivedFile, name: str, loads: Sequence[ParsedFile]) -> None:
    """Refuse a statement that was loaded as another account's: its trades would count twice."""
    for load in loads:
        others = inbox.known.series_of(archived.sha256) - {load.series.name}
        if load.kind == "fills" and others:
            reason = f"This statement is in the book as that of {', '.join(sorted(others))}, not of {load.series.name}."
            hint = "a statement belongs to one account; name it as before"
            raise ContentRefused(name, Finding("account_differs", reason, hint))


def _entry(name: str, load: ParsedFile, *, is_new: bool) -> FileEntry:
    source_file = source_file_of(name, load)
    if not is_new:
        return FileEntry(source_file, ALREADY)
    return FileEntry(
        source_file=source_file,
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
