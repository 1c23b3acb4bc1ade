"""What the schedule does at each look: every night that is due, in order; one on hold again until its deadline."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from flows.errors import CondorwatchError, ExitCode, NothingToDo, UsageError
from flows.night import NightOutcome, NightRequest
from flows.notices import announced
from flows.progress import progress_bar
from flows.recovery import opened_warehouse
from transforms.market.calendar import previous_session
from transforms.market.due_sessions import NightTimes, due_sessions, given_up_sessions
from warehouse.ledger import Ledger

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from flows.operation_settings import ScheduleSettings
    from flows.progress import ProgressOf
    from flows.settings import Settings

    Clock = Callable[[], dt.datetime]
    Sleep = Callable[[float], object]
    RunNight = Callable[..., NightOutcome]

SEED: Final = 7  # of the simulated market, as on the command line
# What weighs most comes first: a scheduler sees one code for all the nights of a look.
_WORST_FIRST: Final = (
    ExitCode.UNEXPECTED,
    ExitCode.USAGE,
    ExitCode.DELIVERY_FAILED,
    ExitCode.DATA_HOLD,
    ExitCode.DONE,
    ExitCode.NOTHING_TO_DO,
)


@dataclass(frozen=True, slots=True)
class ScheduleOutcome:
    """How the nights of one look ended: a line or more each."""

    exit_code: int
    lines: tuple[str, ...]
    report_paths: tuple[str, ...] = ()


def times_of(schedule: ScheduleSettings) -> NightTimes:
    """The times of the configuration."""
    return NightTimes(
        after_close=timedelta(minutes=schedule.after_close_minutes),
        deadline=timedelta(minutes=schedule.deadline_minutes),
        catch_up_sessions_qty=schedule.catch_up_sessions_qty,
    )


def run_due(
    settings: Settings, *, clock: Clock, sleep: Sleep, run_night: RunNight, progress: ProgressOf = progress_bar
) -> ScheduleOutcome:
    """Run every night that is due.

    A night that fails does not keep the later ones from being run: tonight's report matters more than yesterday's.

    Raises:
        NothingToDo: no session is due, or another look is still at work in this home.
        UsageError: nobody has said where the files come from; the simulated market has no tonight.
    """
    if settings.schedule.source is None and settings.landing is None:
        raise UsageError(
            "The schedule has nowhere to take a night's files from.",
            hint='Set schedule.source = "cboe", or landing to the folder your files arrive in.',
        )
    times = times_of(settings.schedule)
    with _only_one(settings):
        settled, now = _last_settled(settings, times), clock()
        days = due_sessions(now, settled, times)
        if not days:
            raise NothingToDo(f"No session is due: {settled} is done.", hint="The schedule looks again by itself.")
        look = _Look(settings, times, clock, sleep, run_night)
        outcomes = []
        with progress("sessions", len(days)) as advance:
            for day in days:
                outcomes.append(look.run(day))
                advance(str(day))
    return ScheduleOutcome(
        min((outcome.exit_code for outcome in outcomes), key=_WORST_FIRST.index),
        (*_given_up(now, settled, times), *(line for one in outcomes for line in (one.status_line, *one.notes))),
        tuple(path for outcome in outcomes for path in outcome.report_paths),
    )


def _given_up(now: dt.datetime, settled: dt.date | None, times: NightTimes) -> Iterator[str]:
    days = given_up_sessions(now, settled, times)
    if days:
        yield (
            f"{len(days)} sessions from {days[0]} to {days[-1]} were missed and are not caught up "
            "(schedule.catch_up_sessions_qty); condorwatch backfill does it."
        )


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """One look at a time: a night on hold sleeps between its tries and holds no writer's lock then."""
    settings.home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.home / "schedule.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise NothingToDo(
            "Another scheduled run is at work in this home.", hint="It runs what is due; wait for it, or stop it."
        ) from None
    try:
        yield
    finally:
        lock.release()


def _last_settled(settings: Settings, times: NightTimes) -> dt.date | None:
    """The last session that needs no more; one left on hold before its deadline does."""
    with opened_warehouse(settings) as store:
        done = Ledger(store).latest_done()
    if done is None:
        return None
    day, run = done
    is_waiting = run.exit_code == ExitCode.DATA_HOLD and run.finished_at < times.deadline_at(day)
    return previous_session(day) if is_waiting else day


@dataclass(frozen=True, slots=True)
class _Look:
    """One look of the schedule."""

    settings: Settings
    times: NightTimes
    clock: Clock
    sleep: Sleep
    run_night: RunNight

    def run(self, day: dt.date) -> NightOutcome:
        """One session to its end, and who is to know of it told."""
        return announced(self.settings, day, lambda: self._until_settled(day), is_error_raised=False)

    def _until_settled(self, day: dt.date) -> NightOutcome:
        """Try again while the data are on hold, or something went wrong that may pass, until the deadline."""
        deadline, is_again = self.times.deadline_at(day), False
        while (now := self.clock()) < deadline:
            try:
                outcome = self._once(day, is_final=False)
            except CondorwatchError:
                raise  # what only a person can mend does not pass
            except Exception:  # noqa: BLE001 - the last try says what went wrong
                outcome = None
            if outcome is not None and not outcome.is_data_hold:
                return outcome
            is_again = True
            left_seconds = (deadline - now).total_seconds()
            self.sleep(min(self.settings.schedule.retry_minutes * 60, left_seconds))
        outcome = self._once(day, is_final=True, is_forced=is_again)
        if outcome.is_data_hold and outcome.exit_code == ExitCode.NOTHING_TO_DO:
            return replace(outcome, exit_code=ExitCode.DATA_HOLD)
        return outcome

    def _once(self, day: dt.date, *, is_final: bool, is_forced: bool = False) -> NightOutcome:
        request = NightRequest.build(
            self.settings,
            source=self.settings.schedule.source,
            session_date=day,
            seed=SEED,
            book=None,
            is_forced=is_forced,
            now=self.clock(),
            sends_email=True,
            mails_data_hold=is_final,
        )
        return self.run_night(request, self.settings, clock=self.clock)
