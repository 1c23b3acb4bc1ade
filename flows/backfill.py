"""Many sessions in one open store: their files and prices in several processes, then their figures night by night."""

from __future__ import annotations

import sys
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from flows import publish
from flows.chain_facts import LandedFile, PricingSeries, Reading
from flows.chain_store import ChainStore
from flows.errors import ExitCode, NothingToDo, UsageError
from flows.inbox import Inbox, KnownLoads
from flows.ingest import files_of, ingest_paths
from flows.night import (
    Clock,
    Night,
    NightOutcome,
    NightRequest,
    last_closed_session,
    night_in,
    simulated_session,
    source_paths,
)
from flows.nightly import set_prefect_defaults
from flows.printing import Printers
from flows.progress import progress_bar
from flows.read_ahead import AheadReading, ReadAhead
from flows.recovery import opened_warehouse
from flows.rules import Rules
from flows.series import apply_series
from flows.sources.archive_members import first_bytes
from flows.sources.naming import configured_series
from flows.sources.recognise import is_chain
from flows.sources.simulated import simulated_files
from flows.workers import workers
from transforms.market.calendar import previous_session, sessions_between
from warehouse.archive import Archive

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from flows.progress import ProgressOf
    from flows.settings import Settings
    from flows.workers import Pool, Workers
    from transforms.simulated.listings import Size
    from warehouse.store import Store

# Enough for a dozen lines of any vendor's file.
HEAD_BYTES: Final = 1 << 16
# Some nineteen full chains: one transaction, and what a worker holds in memory. That is three row groups of DuckDB; of
# batches with less than that its checkpoints write most rows a second time, to join what is left over of each.
BATCH_BYTES: Final = 30_000_000
# Series files are read ahead so many together: enough work to send, few enough for all workers to have some.
SERIES_BYTES: Final = 4_000_000
SERIES_FILES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillRequest:
    """Which sessions, from where, and which of them get a report."""

    first: dt.date | None
    last: dt.date | None
    count: int | None
    source: str | None
    seed: int
    reports: str
    is_forced: bool
    jobs: int = 1

    def sessions(self, last_known: dt.date) -> list[dt.date]:
        """The sessions asked for, oldest first.

        Raises:
            UsageError: anything but --last alone, or --from and --to together.
            NothingToDo: no session lies between the dates.
        """
        if self.count is not None and self.first is None and self.last is None:
            return _last_sessions(self.count, last_known)
        if self.count is not None or self.first is None or self.last is None:
            raise UsageError("Say which sessions: --last N, or --from D --to D.", hint="For example --last 60.")
        days = sessions_between(self.first, self.last)
        if not days:
            raise NothingToDo(f"No session lies between {self.first} and {self.last}.", hint="Check the dates.")
        return days


def _last_sessions(count: int, last: dt.date) -> list[dt.date]:
    days = [last]
    while len(days) < count:
        days.append(previous_session(days[-1]))
    return days[::-1]


@dataclass(frozen=True, slots=True)
class BackfillOutcome:
    """What the backfill says when it ends."""

    line: str
    report_paths: tuple[str, ...]
    exit_code: int


def run_backfill(
    request: BackfillRequest,
    settings: Settings,
    *,
    clock: Clock,
    progress: ProgressOf = progress_bar,
    pool: Pool | None = None,
) -> BackfillOutcome:
    """Run every session that is not done, then publish once; a killed backfill goes on where it stopped.

    First the facts of all sessions, which do not depend on each other: every file is taken in, and each chain priced.
    Then the figures, session by session in their order, for they look back. With a `pool` its processes read and price.
    """
    source = request.source or ("files" if settings.landing else "simulated")
    last_known = simulated_session() if source == "simulated" else last_closed_session(clock())
    nights = [
        NightRequest.build(
            settings,
            source=source,
            session_date=day,
            seed=request.seed,
            book=None,
            is_forced=request.is_forced,
            now=clock(),
        )
        for day in request.sessions(last_known)
    ]
    with opened_warehouse(settings) as store:
        # Live sources are asked for each night by itself.
        priced = (
            None
            if source == "cboe"
            else take_in_facts(store, nights, settings, jobs=request.jobs, now=clock(), progress=progress, pool=pool)
        )
        outcomes = _run_nights(
            store, nights, settings, clock=clock, progress=progress, reports=request.reports, priced=priced
        )
        publish.publish_snapshot(store, settings)
    return _summary(outcomes)


def run_on_dask(request: BackfillRequest, settings: Settings, *, clock: Clock, address: str) -> BackfillOutcome:
    """As `run_backfill`, with the processes of a Dask cluster: its scheduler's address, or `local`.

    Raises:
        UsageError: the extra `dask` is not installed.
    """
    if find_spec("prefect_dask") is None:
        raise UsageError("--dask needs the extra `dask`.", hint="Install condorwatch[dask], or use --jobs alone.")
    set_prefect_defaults()
    from flows.dask_workers import backfill_on_dask

    return backfill_on_dask(request, settings, clock=clock, address=address)


def take_in_facts(  # noqa: PLR0913 - where to, what, how and by how many
    store: Store,
    nights: Sequence[NightRequest],
    settings: Settings,
    *,
    jobs: int,
    now: dt.datetime,
    progress: ProgressOf = progress_bar,
    pool: Pool | None = None,
) -> ChainStore:
    """Take in every file of some nights of one source, and price the chains of their sessions.

    The series come first, for chains are priced against them. Whatever the order of the files and the number of jobs,
    the same is stored.
    """
    rules, archive = Rules.of(settings), Archive(settings.home)
    with workers(settings.home, jobs, pool) as working:
        paths = _paths_of(nights, settings, working)
        chains, others = _apart(paths, settings)
        take_in = partial(
            ingest_paths, store, archive, sources=settings.sources, now=now, chain_rules=settings.chain_rules
        )
        take_in(others, parse=None if working.is_alone else _read_ahead(store, others, settings, working))
        apply_series(store, rules, now=now)
        found = ChainStore(store, Inbox.of(store, now, settings.chain_rules.readings))
        reading = Reading(
            home=settings.home,
            rules=rules,
            chain_rules=settings.chain_rules,
            series=PricingSeries.of(store),
            known=deepcopy(found.inbox.known),
            sessions=frozenset(night.session_date for night in nights),
            now=now,
        )
        batches = _batches(chains)
        mistaken: list[LandedFile] = []
        with progress("batches of chains", len(batches)) as advance:
            for batch, facts in zip(batches, working.read_chains(batches, reading), strict=True):
                found.put(facts)
                store.let_go()
                mistaken += facts.others
                advance(batch[-1].path.name)
    if mistaken:
        take_in([file.path for file in mistaken])
        apply_series(store, rules, now=now)
        found.forget_prices()
    return found


def _paths_of(nights: Sequence[NightRequest], settings: Settings, working: Workers) -> list[Path]:
    """The files of the nights' source; the simulated market's are made where they are absent."""
    if nights[0].source == "simulated":
        make = partial(_simulated, settings.home, size=settings.simulated_size)
        of_nights = working.each(make, [(night.session_date, night.seed) for night in nights])
    else:
        of_nights = (source_paths(night, settings) for night in nights)
    return list(files_of(list(dict.fromkeys(path for paths in of_nights for path in paths))))


def _simulated(home: Path, night: tuple[dt.date, int], *, size: Size) -> list[Path]:
    session_date, seed = night
    return simulated_files(home, session_date, seed=seed, size=size)


def _apart(paths: Sequence[Path], settings: Settings) -> tuple[list[LandedFile], list[Path]]:
    """What looks like option chains, and everything else."""
    chains, others = [], []
    for path in paths:
        try:
            looks_like_chain = is_chain(path.name, first_bytes(path, HEAD_BYTES), settings.chain_rules)
        except OSError:
            looks_like_chain = False
        if looks_like_chain:
            chains.append(LandedFile(path, configured_series(path, settings.sources)))
        else:
            others.append(path)
    return chains, others


def _read_ahead(store: Store, paths: Sequence[Path], settings: Settings, working: Workers) -> ReadAhead:
    files = [LandedFile(path, configured_series(path, settings.sources)) for path in paths if path.is_file()]
    known = KnownLoads.of(store, settings.chain_rules.readings)
    reading = AheadReading(home=settings.home, chain_rules=settings.chain_rules, known=known)
    return ReadAhead.of(working, reading, _batches(files, most_bytes=SERIES_BYTES, most_files=SERIES_FILES))


def _batches(
    files: Sequence[LandedFile], *, most_bytes: int = BATCH_BYTES, most_files: int = sys.maxsize
) -> list[list[LandedFile]]:
    """Files read and stored together."""
    batches: list[list[LandedFile]] = []
    held_bytes = 0
    for file in files:
        size_bytes = file.path.stat().st_size
        if not batches or held_bytes + size_bytes > most_bytes or len(batches[-1]) == most_files:
            batches.append([])
            held_bytes = 0
        batches[-1].append(file)
        held_bytes += size_bytes
    return batches


def _run_nights(  # noqa: PLR0913 - where, which, how and what is known
    store: Store,
    nights: Sequence[NightRequest],
    settings: Settings,
    *,
    clock: Clock,
    progress: ProgressOf,
    reports: str,
    priced: ChainStore | None,
) -> list[NightOutcome]:
    outcomes = []
    with progress("sessions", len(nights)) as advance, Printers() as printers:
        for asked in nights:
            is_reported = reports == "all" or (reports == "last" and asked is nights[-1])
            with night_in(store, asked, settings, clock, printers) as night:
                outcomes.append(_run_one(night, priced, is_reported=is_reported))
            advance(str(asked.session_date))
    return outcomes


def _run_one(night: Night, priced: ChainStore | None, *, is_reported: bool) -> NightOutcome:
    if priced is None:
        night.ingest()
    else:
        night.weigh_inputs(asked_at=night.clock())
    done = night.already_done(is_reported=is_reported)
    if done is not None:
        return done
    night.build(is_priced=priced is not None and priced.is_priced(night.request.session_date, night.rules))
    return night.publish_and_render() if is_reported else night.finish_without_report()


def _summary(outcomes: list[NightOutcome]) -> BackfillOutcome:
    skipped = sum(outcome.exit_code == ExitCode.NOTHING_TO_DO for outcome in outcomes)
    held = sum(outcome.is_data_hold for outcome in outcomes)
    line = f"{len(outcomes)} sessions: {len(outcomes) - skipped} built, {skipped} already done, {held} on data hold."
    paths = tuple(path for outcome in outcomes for path in outcome.report_paths)
    if skipped == len(outcomes):
        return BackfillOutcome(line, paths, ExitCode.NOTHING_TO_DO)
    return BackfillOutcome(line, paths, ExitCode.DATA_HOLD if held else ExitCode.DONE)
