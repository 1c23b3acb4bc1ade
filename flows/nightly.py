"""The night of one session: ingest, build, check, publish, render. The same functions with and without Prefect."""

from __future__ import annotations

import hashlib
import importlib.metadata
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from flows import book, build, publish, series
from flows.errors import ExitCode, NothingToDo, UsageError
from flows.ingest import IngestReport, ingest_paths
from transforms.market.calendar import is_session, session_close_at, session_on_or_before
from warehouse.archive import Archive
from warehouse.ledger import Ledger, step, this_holder
from warehouse.store import Store, open_writer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from flows.settings import Settings


Clock: TypeAlias = "Callable[[], dt.datetime]"

# Longer than any stage takes; a night that is killed is known to be dead at once when it ran on this host.
LEASE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class NightRequest:
    """What one night is asked to do."""

    session_date: dt.date
    source: str
    seed: int
    book: Path | None
    is_forced: bool

    @classmethod
    def build(  # noqa: PLR0913 - one argument an option of the command
        cls,
        settings: Settings,
        *,
        source: str | None,
        session_date: dt.date | None,
        seed: int,
        book: Path | None,
        is_forced: bool,
        now: dt.datetime,
    ) -> NightRequest:
        """Fill in what was not said, and refuse what cannot be.

        Raises:
            UsageError: a folder or file is missing, or the source is not built yet.
            NothingToDo: the date is not a trading session.
        """
        source = source or ("files" if settings.landing else "simulated")
        if source == "cboe":
            raise UsageError("The live source is not built yet.", hint="Use --source files with downloaded files.")
        if source == "files" and (settings.landing is None or not settings.landing.exists()):
            raise UsageError(f"The landing folder {settings.landing} does not exist.", hint="Name it with --landing.")
        if book is not None and not book.is_file():
            raise UsageError(f"The book {book} does not exist.", hint="Name a fills CSV, or leave --book out.")
        if session_date is None:
            session_date = simulated_session() if source == "simulated" else _last_closed_session(now)
        if not is_session(session_date):
            raise NothingToDo(
                f"{session_date} is not a trading session.", hint="Name a day on which the NYSE was open."
            )
        return cls(session_date, source, seed, book, is_forced)


def _last_closed_session(now: dt.datetime) -> dt.date:
    """The last session whose close has passed."""
    session = session_on_or_before(now.date())
    return session if session_close_at(session) <= now else session_on_or_before(session - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class NightOutcome:
    """What the night says when it ends."""

    exit_code: int
    status_line: str
    report_paths: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Night:
    """One night under way: the open store, its request, and what has been found so far."""

    request: NightRequest
    settings: Settings
    store: Store
    ledger: Ledger
    clock: Clock
    inputs_hash: str = ""
    ingested: IngestReport | None = None
    notes: list[str] = field(default_factory=list)

    def ingest(self) -> IngestReport:
        """Take in what landed, and the book."""
        paths = source_paths(self.request, self.settings)
        if self.request.book is not None:
            paths.append(self.request.book)
        self.ingested = ingest_paths(
            self.store, Archive(self.settings.home), paths, sources=self.settings.sources, now=self.clock()
        )
        self.notes += [entry.line for entry in self.ingested.refused]
        series.apply_series(self.store, now=self.clock())
        self.inputs_hash = _inputs_hash(self.store, self.settings)
        return self.ingested

    def already_done(self) -> NightOutcome | None:
        """The last outcome, when nothing it was built from has changed since."""
        done = self.ledger.last_done(self.request.session_date)
        if self.request.is_forced or done is None or done.inputs_hash != self.inputs_hash:
            return None
        if not all(Path(path).is_file() for path in done.report_paths):
            return None
        return NightOutcome(ExitCode.NOTHING_TO_DO, done.status_line, done.report_paths)

    def build(self) -> None:
        """Facts, then figures; each stage renews the lease."""
        session = self.request.session_date
        self.ledger.start(session, holder=this_holder(), now=self.clock(), lease=LEASE)
        self.ledger.record_inputs(self.inputs_hash)
        for stage in (build.build_core, build.build_market, book.build_book):
            stage(self.store, session)
            self.ledger.renew(now=self.clock(), lease=LEASE)

    def publish_and_render(self) -> NightOutcome:
        """Issue the snapshot readers open, then the report, read from that snapshot."""
        publish.publish_snapshot(self.store, self.settings)
        self.ledger.renew(now=self.clock(), lease=LEASE)
        written = publish.write_reports(self.settings, self.request.session_date)
        exit_code = ExitCode.DATA_HOLD if written.is_data_hold else ExitCode.DONE
        self.ledger.finish(
            "done", exit_code=exit_code, status_line=written.status_line, paths=written.paths, now=self.clock()
        )
        step("night.done")
        return NightOutcome(exit_code, written.status_line, written.paths, tuple(self.notes))


@contextmanager
def open_night(request: NightRequest, settings: Settings, clock: Clock) -> Iterator[Night]:
    """Hold the writer's lock for one night; a night that breaks says so in the ledger."""
    with open_writer(settings.home, this_holder()) as store:
        night = Night(request, settings, store, Ledger(store), clock)
        try:
            yield night
        except Exception as problem:
            if night.ledger.run_id is not None:
                night.ledger.finish(
                    "failed", exit_code=ExitCode.UNEXPECTED, status_line=str(problem), paths=(), now=clock()
                )
            raise


def source_paths(request: NightRequest, settings: Settings) -> list[Path]:
    """The files of the night's source."""
    if request.source == "simulated":
        from flows.sources.simulated import simulated_files

        return simulated_files(settings.home, request.session_date, seed=request.seed)
    return [settings.landing] if settings.landing else []


def simulated_session() -> dt.date:
    """The session a newcomer sees: the short put is in the money, whatever the clock says."""
    from transforms.simulated.market import FEATURE_SESSION

    return FEATURE_SESSION


def run_direct(request: NightRequest, settings: Settings, *, clock: Clock) -> NightOutcome:
    """The whole night as plain function calls."""
    with open_night(request, settings, clock) as night:
        night.ingest()
        done = night.already_done()
        if done is not None:
            return done
        night.build()
        return night.publish_and_render()


def run_with_prefect(request: NightRequest, settings: Settings, *, clock: Clock) -> NightOutcome:
    """The whole night as a Prefect flow."""
    from flows.engine import nightly_flow

    return nightly_flow(request, settings, clock)


def _inputs_hash(store: Store, settings: Settings) -> str:
    """Hash of everything the figures depend on: loads, settings, code version."""
    loads = store.query("select load_id from meta.loads order by load_id")["load_id"].to_list()
    version = importlib.metadata.version("condorwatch")
    return hashlib.sha256("\n".join([version, settings.fingerprint(), *loads]).encode()).hexdigest()
