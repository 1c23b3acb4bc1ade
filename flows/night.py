"""One night: what it is asked, what it does step by step, what it says when it ends."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from flows import inputs, live, mail, publish, series
from flows.delivery import Delivery
from flows.errors import ExitCode, NothingToDo, UsageError
from flows.ingest import IngestReport, ingest_paths
from flows.issue import keep_first_issue
from flows.printing import Printers
from flows.recovery import opened_warehouse
from flows.rules import Rules
from flows.sources.live.session import LiveFiles, fetch_session
from flows.stages import build_session
from transforms.market.calendar import is_session, session_close_at, session_on_or_before
from warehouse.archive import Archive
from warehouse.errors import WarehouseError
from warehouse.ledger import Ledger, this_holder
from warehouse.steps import step

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence

    from flows.email_settings import EmailSettings
    from flows.settings import Settings
    from flows.sources.live.session import SourceAnswer
    from warehouse.store import Store


Clock: TypeAlias = "Callable[[], dt.datetime]"

# Longer than any stage takes; a night that is killed is known to be dead at once when it ran on this host.
LEASE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class NightRequest:
    """What one night is asked to do.

    `mails_data_hold` is off while better data are still waited for.
    """

    session_date: dt.date
    source: str
    seed: int
    book: Path | None
    is_forced: bool
    sends_email: bool = False
    mails_data_hold: bool = True

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
        sends_email: bool = False,
        mails_data_hold: bool = True,
    ) -> NightRequest:
        """Fill in what was not said, and refuse what cannot be.

        Raises:
            UsageError: a folder or file is missing.
            NothingToDo: the date is not a trading session.
        """
        source = source or ("files" if settings.landing else "simulated")
        if source == "files" and settings.landing is None:
            raise UsageError("The source is files, but there is no landing folder.", hint="Name it with --landing.")
        if source != "simulated" and settings.landing is not None and not settings.landing.exists():
            raise UsageError(f"The landing folder {settings.landing} does not exist.", hint="Name it with --landing.")
        if book is not None and not book.is_file():
            raise UsageError(f"The book {book} does not exist.", hint="Name a fills CSV, or leave --book out.")
        if session_date is None:
            session_date = simulated_session() if source == "simulated" else last_closed_session(now)
        if not is_session(session_date):
            raise NothingToDo(
                f"{session_date} is not a trading session.", hint="Name a day on which the NYSE was open."
            )
        return cls(session_date, source, seed, book, is_forced, sends_email, mails_data_hold)


def last_closed_session(now: dt.datetime) -> dt.date:
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
    is_data_hold: bool = False


@dataclass(slots=True)
class Night:
    """One night under way: the open store, its request, and what has been found so far."""

    request: NightRequest
    settings: Settings
    store: Store
    ledger: Ledger
    clock: Clock
    rules: Rules
    printers: Printers
    inputs_hash: str = ""
    ingested: IngestReport | None = None
    notes: list[str] = field(default_factory=list)
    bag: mail.Mailbag | None = None

    def ingest(self) -> IngestReport:
        """Take in what the live sources give and what landed, and the book, and weigh them."""
        began_at = self.clock()
        fetched = self._fetched(began_at)
        paths = [*fetched.paths, *source_paths(self.request, self.settings)]
        if self.request.book is not None:
            paths.append(self.request.book)
        self.ingested = ingest_paths(
            self.store,
            Archive(self.settings.home),
            paths,
            sources=fetched.series_hints | self.settings.sources,
            chain_rules=self.settings.chain_rules,
            now=self.clock(),
        )
        self.notes += [entry.line for entry in self.ingested.refused]
        series.apply_series(self.store, self.rules, now=self.clock())
        self.weigh_inputs(fetched.answers, asked_at=began_at)
        return self.ingested

    def weigh_inputs(self, answers: Sequence[SourceAnswer] = (), *, asked_at: dt.datetime) -> None:
        """Keep what became of the live sources, and hash all the night is built from; every file is in."""
        kept = live.record_answers(self.store, self.request.session_date, answers, asked_at=asked_at)
        self.notes += live.missing_lines(kept, self.rules)
        self.inputs_hash = inputs.inputs_hash(self.store, self.settings, self.request.session_date)

    def _fetched(self, now: dt.datetime) -> LiveFiles:
        """What the live sources give, where they are asked at all."""
        if self.request.source != "cboe":
            return LiveFiles()
        return fetch_session(
            self.settings.cboe,
            self.settings.home,
            self.request.session_date,
            latest_session=last_closed_session(now),
        )

    def already_done(self, *, is_reported: bool = True) -> NightOutcome | None:
        """The last outcome, when nothing it was built from has changed since and its report, if wanted, is there."""
        done = self.ledger.last_done(self.request.session_date)
        if self.request.is_forced or done is None or done.inputs_hash != self.inputs_hash:
            return None
        if is_reported and not (done.report_paths and all(Path(path).is_file() for path in done.report_paths)):
            return None
        return NightOutcome(
            ExitCode.NOTHING_TO_DO,
            done.status_line,
            done.report_paths,
            tuple(self.notes),
            is_data_hold=done.exit_code == ExitCode.DATA_HOLD,
        )

    def build(self, *, is_priced: bool = False) -> None:
        """Facts, unless they are in place, then figures; each stage renews the lease."""
        session = self.request.session_date
        self.ledger.start(session, holder=this_holder(), now=self.clock(), lease=LEASE)
        self.ledger.record_inputs(self.inputs_hash)
        build_session(self.store, session, self.rules, is_priced=is_priced, after_stage=self._renew)

    def _renew(self) -> None:
        self.ledger.renew(now=self.clock(), lease=LEASE)

    def publish_and_render(self) -> NightOutcome:
        """Issue the snapshot readers open, then the report, read from that snapshot."""
        self._keep_first_issue()
        publish.publish_snapshot(self.store, self.settings)
        self._renew()
        issued = publish.write_reports(self.settings, self.request.session_date, printers=self.printers)
        self._queue_email(issued)
        return self._finish(issued)

    def deliver(self, outcome: NightOutcome) -> NightOutcome:
        """Send the report, or what an earlier run has left to send; whatever goes wrong, the report is published.

        An e-mail that did not reach everyone weighs more in the exit code than a night on hold: nobody was told of it.
        """
        email, day = self._email_for(is_data_hold=outcome.is_data_hold), self.request.session_date
        if email is None:
            return outcome
        try:
            post = mail.opened_post(self.store, email, self.clock)
            delivery = mail.sent(post, self.bag or mail.mailbag(self.settings, email, day), day)
        except Exception as problem:  # noqa: BLE001 - the night itself is done, and must not be taken for failed
            hint = getattr(problem, "hint", "")
            line = f"The e-mail of {day} was not sent: {problem} {hint} condorwatch send --session {day} tries again."
            delivery = Delivery((line,), is_complete=False)
        notes = (*outcome.notes, *delivery.lines, *self._shown_as_mailed())
        if not delivery.is_complete:
            return replace(outcome, exit_code=ExitCode.DELIVERY_FAILED, notes=notes)
        if outcome.exit_code == ExitCode.NOTHING_TO_DO and delivery.is_anything_sent:
            done = ExitCode.DATA_HOLD if outcome.is_data_hold else ExitCode.DONE
            return replace(outcome, exit_code=done, notes=notes)
        return replace(outcome, notes=notes)

    def _shown_as_mailed(self) -> tuple[str, ...]:
        """Publish what has become of the e-mails, where readers do not see it; say what was in the way.

        A run that died between the mail server and the snapshot leaves that to the next one.
        """
        try:
            if not mail.is_shown(self.store, self.settings.home):
                publish.publish_snapshot(self.store, self.settings)
        except (OSError, WarehouseError) as problem:
            return (f"The published snapshot does not show yet what became of the e-mails: {problem}",)
        return ()

    def _email_for(self, *, is_data_hold: bool) -> EmailSettings | None:
        """How the night's report is sent; None where it is not to be."""
        is_wanted = self.request.sends_email and (self.request.mails_data_hold or not is_data_hold)
        return self.settings.email if is_wanted else None

    def _queue_email(self, issued: publish.Issued) -> None:
        """Before the night counts as done, its e-mail stands in the outbox: from then on it is sent or named."""
        email = self._email_for(is_data_hold=issued.is_data_hold)
        if email is None:
            return
        with suppress(Exception):  # it comes again in `deliver`, where it is told and ends in exit code 5
            self.bag = mail.mailbag(self.settings, email, self.request.session_date)
            post = mail.opened_post(self.store, email, self.clock)
            for letter in self.bag.letters:
                post.queue(letter)

    def finish_without_report(self) -> NightOutcome:
        """End the night in the warehouse only; whoever asked for many nights publishes them together."""
        self._keep_first_issue()
        return self._finish(publish.without_report(self.store, self.settings, self.request.session_date))

    def _keep_first_issue(self) -> None:
        keep_first_issue(self.store, self.request.session_date, now=self.clock())

    def _finish(self, issued: publish.Issued) -> NightOutcome:
        exit_code = ExitCode.DATA_HOLD if issued.is_data_hold else ExitCode.DONE
        self.ledger.finish(
            "done", exit_code=exit_code, status_line=issued.status_line, paths=issued.paths, now=self.clock()
        )
        step("night.done")
        return NightOutcome(exit_code, issued.status_line, issued.paths, tuple(self.notes), issued.is_data_hold)


@contextmanager
def open_night(request: NightRequest, settings: Settings, clock: Clock) -> Iterator[Night]:
    """Hold the writer's lock for one night."""
    with (
        opened_warehouse(settings) as store,
        Printers() as printers,
        night_in(store, request, settings, clock, printers) as night,
    ):
        yield night


@contextmanager
def night_in(
    store: Store, request: NightRequest, settings: Settings, clock: Clock, printers: Printers
) -> Iterator[Night]:
    """One night in an open store; a night that breaks says so in the ledger."""
    night = Night(request, settings, store, Ledger(store), clock, Rules.of(settings), printers)
    try:
        yield night
    except Exception as problem:
        if night.ledger.run_id is not None:
            with suppress(WarehouseError):  # where nothing can be written any more, this cannot either
                night.ledger.finish(
                    "failed", exit_code=ExitCode.UNEXPECTED, status_line=str(problem), paths=(), now=clock()
                )
        raise


def source_paths(request: NightRequest, settings: Settings) -> list[Path]:
    """The files of the night's source."""
    if request.source == "simulated":
        from flows.sources.simulated import simulated_files

        return simulated_files(settings.home, request.session_date, seed=request.seed, size=settings.simulated_size)
    return [settings.landing] if settings.landing else []


def simulated_session() -> dt.date:
    """The session a newcomer sees: the short put is in the money, whatever the clock says."""
    from transforms.simulated.market import FEATURE_SESSION

    return FEATURE_SESSION
