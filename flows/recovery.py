"""A warehouse that is damaged, or has lost commits, is moved aside, never deleted, and made again.

It begins with the published snapshot, where that is whole, else with nothing; what the journal has beyond it is done
again from the archive, in the order in which it happened. It is made beside and put in place in one step.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Self

from flows.ingest import ArchivedFileName
from flows.issue import keep_first_issue
from flows.progress import progress_bar
from flows.replay import FileCame, LoadWithdrawn, NightBuilt, Replay, in_order
from warehouse.archive import Archive
from warehouse.errors import CannotOpen, Damaged, NotPublished, QueryFailed, is_damage
from warehouse.file_store import taken_lock
from warehouse.home import WarehousePaths
from warehouse.journal import FILE, MAIL, RUN, WITHDRAWN, Journal, canonical, rows_of
from warehouse.ledger import this_holder
from warehouse.outbox import Outbox
from warehouse.publish import publish
from warehouse.quarantine import move_aside, put_in_place, unreadable
from warehouse.store import open_reader, open_writer, published_path
from warehouse.tables import meta

if TYPE_CHECKING:
    from flows.settings import Settings
    from warehouse.store import Store

_FILES: Final = """
    select distinct
        content_sha256, split_part(source_file, '/', 1) as name,
        case when series_from = 'configuration' then series end as series_hint, loaded_at as "at"
    from meta.loads
    union
    select content_sha256, split_part(source_file, '/', 1), null, refused_at from meta.refused_files
    order by "at", name, content_sha256
"""


def opened_warehouse(settings: Settings, *, is_read_whole: bool = False) -> Store:
    """Become the writer; what is damaged is moved aside and made again first, and said so.

    A lake is opened as it is: its files are PostgreSQL's and DuckLake's to keep whole.

    Damage that only reading shows is looked for where `is_read_whole` asks for it.

    Raises:
        WriterBusy: another process is writing.
        CannotOpen: the database is in use, or out of reach.
        MigrationError: the database does not fit this program.
        NotArchived, ArchiveDamaged: a file that is needed is not in the archive, or not what it was.
    """
    home, holder = settings.home, this_holder()
    if WarehousePaths(home).is_lake:
        return open_writer(home, holder)
    damage = _missing(home)
    if not damage:
        try:
            store = open_writer(home, holder)
        except Damaged as problem:
            damage = problem.finding
        else:
            damage = _damage_of(store, is_read_whole=is_read_whole)
            if not damage:
                _publish_where_damaged(store, home, is_read_whole=is_read_whole)
                return store
            with suppress(Exception):  # of a damaged file nothing better can be expected
                store.close()
    _say(f"The warehouse is damaged, and is made again. {damage}")
    aside, origin = _made_again(settings)
    store = open_writer(home, holder)
    publish(store, home)
    _say(f"It was made again from {origin}. What was there {f'is kept in {aside}' if aside else 'was gone'}.")
    return store


def _say(sentence: str) -> None:
    sys.stderr.write(f"condorwatch: {sentence}\n")


def _missing(home: Path) -> str:
    """A database that is not there, though something was published or committed; a new home has neither."""
    build = WarehousePaths(home).build
    is_new = not published_path(home).exists() and not Journal(home).path.exists()
    return "" if build.exists() or is_new else f"{build} is missing."


@dataclass(frozen=True, slots=True)
class Committed:
    """What was committed and no file tells: entries of a journal, or what a database would have told one."""

    files: list[dict[str, Any]]
    withdrawals: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    mails: list[dict[str, Any]]

    @classmethod
    def by_journal(cls, journal: Journal) -> Self:
        """All that was ever told."""
        told = journal.entries()
        return cls(*(told.get(kind, []) for kind in (FILE, WITHDRAWN, RUN, MAIL)))

    @classmethod
    def by_database(cls, store: Store) -> Self:
        """All that stands in it."""
        return cls(
            store.query(_FILES).to_dicts(),
            store.read(meta.META_WITHDRAWN_LOADS).to_dicts(),
            store.read(meta.META_RUNS, "status = 'done'").to_dicts(),
            list(Outbox(store).entries().values()),
        )

    def beyond(self, journal: Self) -> Self:
        """What a database has and the journal was not told."""
        told = {entry["message_id"]: canonical(entry) for entry in journal.mails}
        return type(self)(
            _without(self.files, journal.files, "content_sha256"),
            _without(self.withdrawals, journal.withdrawals, "load_id"),
            _without(self.runs, journal.runs, "run_id"),
            [entry for entry in self.mails if told.get(entry["message_id"]) != canonical(entry)],
        )

    def lost_in(self, database: Self) -> Self:
        """What the journal was told and a database does not have."""
        return type(self)(
            _without(self.files, database.files, "content_sha256"),
            _without(self.withdrawals, database.withdrawals, "load_id"),
            _without(self.runs, database.runs, "run_id"),
            _lost_mails(self.mails, database.mails),
        )

    @property
    def said(self) -> str:
        """How much of what; empty for nothing."""
        counts = {
            "files": len(self.files),
            "withdrawals": len(self.withdrawals),
            "nights": len(self.runs),
            "states of e-mails": len(self.mails),
        }
        return ", ".join(f"{qty} {what}" for what, qty in counts.items() if qty)

    def tell(self, journal: Journal) -> None:
        """Add it all to a journal."""
        for kind, entries in zip(
            (FILE, WITHDRAWN, RUN, MAIL), (self.files, self.withdrawals, self.runs, self.mails), strict=True
        ):
            journal.append(kind, *entries)


def _without(entries: list[dict[str, Any]], others: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    known = {other[key] for other in others}
    return [entry for entry in entries if entry[key] not in known]


def _lost_mails(told: list[dict[str, Any]], stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last entry of each e-mail that is not there, or stands where an earlier entry of it stood.

    One that stands where no entry has it is ahead of the journal: the program died between the two.
    """
    by_mail: dict[str, list[dict[str, Any]]] = {}
    for entry in told:
        by_mail.setdefault(entry["message_id"], []).append(entry)
    stands = {entry["message_id"]: canonical(entry) for entry in stored}
    return [
        entries[-1]
        for message_id, entries in by_mail.items()
        if stands.get(message_id) != canonical(entries[-1])
        and stands.get(message_id) in {None, *map(canonical, entries[:-1])}
    ]


def _damage_of(store: Store, *, is_read_whole: bool) -> str:
    """What is wrong with a database that has opened; one that is as it was left tells the journal what it has not."""
    try:
        told, stored = Committed.by_journal(store.journal), Committed.by_database(store)
    except QueryFailed as problem:
        if not is_damage(problem.reason):
            raise
        return problem.finding
    lost = told.lost_in(stored).said
    if lost:
        return f"It lacks what was committed: {lost} (a write-ahead log cut short, or an older copy?)."
    damage = unreadable(store) if is_read_whole else ""
    if not damage:
        # A home older than the journal, or a death between a commit and the journal.
        stored.beyond(told).tell(store.journal)
    return damage


def _publish_where_damaged(store: Store, home: Path, *, is_read_whole: bool) -> None:
    """Readers get a whole snapshot again where theirs is damaged."""
    damage = _damage_of_snapshot(home, is_read_whole=is_read_whole)
    if damage:
        aside = move_aside(home, published_path(home))
        publish(store, home)
        _say(f"The published snapshot was damaged, and is published again; it is kept in {aside}. {damage}")


def _damage_of_snapshot(home: Path, *, is_read_whole: bool) -> str:
    try:
        with open_reader(home) as reader:
            return unreadable(reader) if is_read_whole else ""
    except NotPublished:
        return ""
    except CannotOpen as problem:
        if isinstance(problem, Damaged):
            return problem.finding
        raise


def _made_again(settings: Settings) -> tuple[Path | None, str]:
    """Make the warehouse again and put it in place; where the damaged files are, and from what it was made."""
    home, holder = settings.home, this_holder()
    paths, snapshot = WarehousePaths(home), published_path(home)
    paths.folder.mkdir(parents=True, exist_ok=True)
    lock = taken_lock(paths, holder)
    try:
        for left in home.glob("recovering-*"):  # by one that died at it
            shutil.rmtree(left)
        is_whole = snapshot.exists() and not _damage_of_snapshot(home, is_read_whole=True)
        with TemporaryDirectory(prefix="recovering-", dir=home) as folder:
            draft = WarehousePaths(Path(folder))
            draft.folder.mkdir()
            if is_whole:
                shutil.copyfile(snapshot, draft.build)
            with open_writer(draft.home, holder) as store:
                said = _caught_up(store, settings, is_from_nothing=not is_whole)
            damaged = sorted(paths.folder.glob("build.duckdb*")) + ([] if is_whole else [snapshot])
            aside = move_aside(home, *damaged)
            put_in_place(draft.build, paths.build)
    finally:
        lock.release()
    begun = f"the snapshot of {_written_at(snapshot)}" if is_whole else "the archive"
    return aside, f"{begun}{f' and, from the archive, {said}' if said else ''}"


def _written_at(path: Path) -> str:
    return f"{dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC):%Y-%m-%d %H:%M} UTC"


def _caught_up(store: Store, settings: Settings, *, is_from_nothing: bool) -> str:
    """Do again what the journal has beyond a database; say what it was."""
    archive, told = Archive(settings.home), Committed.by_journal(Journal(settings.home))
    lost = told.lost_in(Committed.by_database(store))
    files = [
        FileCame(_instant(one["at"]), ArchivedFileName(one["content_sha256"], one["name"], one["series_hint"]))
        for one in lost.files
    ]
    unnamed = _unnamed(archive, {entry["content_sha256"] for entry in told.files}) if is_from_nothing else []
    withdrawn = [LoadWithdrawn(_instant(one["withdrawn_at"]), one["load_id"]) for one in lost.withdrawals]
    runs = rows_of(meta.META_RUNS, lost.runs)
    nights = [NightBuilt(at, day) for at, day in runs.select("started_at", "session_date").iter_rows()]
    events = in_order([*files, *unnamed, *withdrawn, *nights])
    issued = partial(_issued, store)
    replay = Replay(present=store, store=store, archive=archive, settings=settings, after_night=issued)
    with progress_bar("files and nights", len(events)) as advance:
        replay.run(events, advance)
    for run_id in runs["run_id"]:
        store.execute("delete from meta.runs where run_id = $run_id", {"run_id": run_id})
    store.append(meta.META_RUNS, runs)
    for entry in lost.mails:
        Outbox(store).restore(entry)
    of_files = f"{len(unnamed)} files without their names" if unnamed else ""
    return ", ".join(filter(None, (lost.said, of_files)))


def _issued(store: Store, night: NightBuilt) -> None:
    keep_first_issue(store, night.session_date, now=night.at)


def _unnamed(archive: Archive, known: set[str]) -> list[FileCame]:
    """Archived files of which no journal tells, under their hashes, in the order they were written."""
    paths = (path for path in archive.root.glob("??/*") if not path.name.startswith(".") and path.name not in known)
    found = [(dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC), path.name) for path in paths]
    return [FileCame(at, ArchivedFileName(sha256, sha256, None)) for at, sha256 in sorted(found)]


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
