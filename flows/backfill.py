"""Many sessions, one after the other, in one open store: resumable, with a progress bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows import publish
from flows.errors import ExitCode, NothingToDo, UsageError
from flows.night import Clock, NightOutcome, NightRequest, last_closed_session, night_in, simulated_session
from flows.progress import progress_bar
from flows.recovery import opened_warehouse
from transforms.market.calendar import previous_session, sessions_between

if TYPE_CHECKING:
    import datetime as dt

    from flows.progress import ProgressOf
    from flows.settings import Settings
    from warehouse.store import Store


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
    request: BackfillRequest, settings: Settings, *, clock: Clock, progress: ProgressOf = progress_bar
) -> BackfillOutcome:
    """Run every session that is not done, then publish once; a killed backfill goes on where it stopped."""
    source = request.source or ("files" if settings.landing else "simulated")
    last_known = simulated_session() if source == "simulated" else last_closed_session(clock())
    days = request.sessions(last_known)
    outcomes: list[NightOutcome] = []
    with opened_warehouse(settings) as store, progress("sessions", len(days)) as advance:
        for day in days:
            asked = NightRequest.build(
                settings,
                source=source,
                session_date=day,
                seed=request.seed,
                book=None,
                is_forced=request.is_forced,
                now=clock(),
            )
            is_reported = request.reports == "all" or (request.reports == "last" and day == days[-1])
            outcomes.append(_run_one(store, asked, settings, clock, is_reported=is_reported))
            advance(str(day))
        publish.publish_snapshot(store, settings)
    return _summary(outcomes)


def _run_one(
    store: Store, request: NightRequest, settings: Settings, clock: Clock, *, is_reported: bool
) -> NightOutcome:
    with night_in(store, request, settings, clock) as night:
        night.ingest()
        done = night.already_done(is_reported=is_reported)
        if done is not None:
            return done
        night.build()
        return night.publish_and_render() if is_reported else night.finish_without_report()


def _summary(outcomes: list[NightOutcome]) -> BackfillOutcome:
    skipped = sum(outcome.exit_code == ExitCode.NOTHING_TO_DO for outcome in outcomes)
    held = sum(outcome.is_data_hold for outcome in outcomes)
    line = f"{len(outcomes)} sessions: {len(outcomes) - skipped} built, {skipped} already done, {held} on data hold."
    paths = tuple(path for outcome in outcomes for path in outcome.report_paths)
    if skipped == len(outcomes):
        return BackfillOutcome(line, paths, ExitCode.NOTHING_TO_DO)
    return BackfillOutcome(line, paths, ExitCode.DATA_HOLD if held else ExitCode.DONE)
