"""The past of a warehouse as a list of what happened to it, and doing it again from the archived files.

What a figure depends on came in a certain order: files, withdrawals, and the nights that were built in between from
what was known then. Done again in that order into an empty home, it must give the same tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, TypeAlias

from flows.ingest import ArchivedFileName, ingest_archived
from flows.rules import Rules
from flows.series import apply_series
from flows.sources.naming import configured_series
from flows.stages import build_session
from flows.withdrawals import withdraw_loads
from warehouse.tables import meta

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from flows.settings import Settings
    from warehouse.archive import Archive
    from warehouse.connection import Connection
    from warehouse.store import Store

# A run whose last stage is committed has built its night, even where it was killed while publishing or rendering.
_RUNS: Final = """
    select session_date, started_at
    from meta.runs
    where status = 'done' or step = 'states.committed' or split_part(step, '.', 1) in ('publish', 'render', 'night')
    order by started_at, run_id
"""
# A member of an archive is named behind its archive; a file name has no stroke.
_FILES: Final = """
    select
        content_sha256,
        split_part(source_file, '/', 1) as name,
        loaded_at as came_at,
        max(case when series_from = 'configuration' then series end) as series_hint,
        false as is_refused
    from meta.loads
    group by all
    union all
    select content_sha256, split_part(source_file, '/', 1), refused_at, null, true
    from meta.refused_files
    order by came_at, name, content_sha256
"""
_WITHDRAWALS: Final = "select load_id, withdrawn_at from meta.withdrawn_loads order by withdrawn_at, load_id"


@dataclass(frozen=True, slots=True)
class FileCame:
    """A file was taken in, or refused."""

    at: dt.datetime
    file: ArchivedFileName

    @property
    def name(self) -> str:
        """What a progress bar calls it."""
        return self.file.name


@dataclass(frozen=True, slots=True)
class LoadWithdrawn:
    """A load was taken back."""

    at: dt.datetime
    load_id: str

    @property
    def name(self) -> str:
        """What a progress bar calls it."""
        return f"withdrawal of {self.load_id}"


@dataclass(frozen=True, slots=True)
class NightBuilt:
    """All stages of a session were run."""

    at: dt.datetime
    session_date: dt.date

    @property
    def name(self) -> str:
        """What a progress bar calls it."""
        return str(self.session_date)


Happened: TypeAlias = FileCame | LoadWithdrawn | NightBuilt
# What one instant brings is in place before the night that was begun at that instant is built.
_ORDER: Final[tuple[type[Happened], ...]] = (FileCame, LoadWithdrawn, NightBuilt)


def files_taken_in(connection: Connection, settings: Settings) -> list[FileCame]:
    """Every file that was loaded or refused, in the order they came."""
    rows = connection.query(_FILES).iter_rows()
    return [
        FileCame(at, ArchivedFileName(sha256, name, configured_series(PurePath(name), settings.sources)))
        if is_refused
        else FileCame(at, ArchivedFileName(sha256, name, series_hint))
        for sha256, name, at, series_hint, is_refused in rows
    ]


def loads_withdrawn(connection: Connection) -> list[LoadWithdrawn]:
    """Every withdrawal, in order."""
    return [LoadWithdrawn(at, load_id) for load_id, at in connection.query(_WITHDRAWALS).iter_rows()]


def nights_built(connection: Connection) -> list[NightBuilt]:
    """Every time a session was built to the end, in order.

    A night that was built again counts too: later nights looked back on it, and core.expiries remembers its series.
    """
    return [NightBuilt(at, session_date) for session_date, at in connection.query(_RUNS).iter_rows()]


def in_order(events: Iterable[Happened]) -> list[Happened]:
    """By instant; of one instant files first, nights last."""
    return sorted(events, key=lambda event: (event.at, _ORDER.index(type(event))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Where the past is done again: `present` is asked for what no file holds, the answers of the live sources.

    `after_night` is told of each night right after it was built.
    """

    present: Connection
    store: Store
    archive: Archive
    settings: Settings
    after_night: Callable[[NightBuilt], None] = lambda _: None

    def run(self, events: Sequence[Happened], advance: Callable[[str], None]) -> None:
        """Do it all again; nights are built by the settings and the program of today.

        Raises:
            NotArchived: a file is not in the archive.
            ArchiveDamaged: its bytes have changed.
            UsageError: a load that was withdrawn cannot be made from its file any more.
        """
        rules = Rules.of(self.settings)
        for kind, group in groupby(events, key=type):
            batch = list(group)
            if kind is FileCame:
                self._take_in(batch, advance)  # type: ignore[arg-type]  # grouped by that type
                continue
            apply_series(self.store, rules, now=batch[0].at)
            for event in batch:
                if isinstance(event, NightBuilt):
                    self._build(event.session_date, rules)
                    self.after_night(event)
                elif isinstance(event, LoadWithdrawn):
                    withdraw_loads(self.store, [event.load_id], rules, now=event.at)
                advance(event.name)
        if events:
            apply_series(self.store, rules, now=events[-1].at)

    def _take_in(self, batch: Sequence[FileCame], advance: Callable[[str], None]) -> None:
        for at, came in groupby(batch, key=attrgetter("at")):
            ingest_archived(
                self.store,
                self.archive,
                [event.file for event in came],
                chain_rules=self.settings.chain_rules,
                now=at,
                advance=advance,
            )

    def _build(self, session_date: dt.date, rules: Rules) -> None:
        answers = self.present.read(meta.META_LIVE_ANSWERS, "session_date = $day", {"day": session_date})
        self.store.replace(meta.META_LIVE_ANSWERS, answers, session_date)
        build_session(self.store, session_date, rules)
