"""Which nights are to be run at an instant: every session once, after an outage in order, on no other day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from transforms.market.calendar import (
    NEW_YORK,
    REGULAR_CLOSE_TIME,
    next_session,
    previous_session,
    session_close_at,
    session_on_or_before,
    sessions_between,
)

HALF_DAY_CLOSE_TIME: Final = dt.time(13)


@dataclass(frozen=True, slots=True, kw_only=True)
class NightTimes:
    """When a night runs, counted from the close of its session, and how many missed ones are caught up."""

    after_close: dt.timedelta
    deadline: dt.timedelta
    catch_up_sessions_qty: int

    def due_at(self, session_date: dt.date) -> dt.datetime:
        """The instant a session's night is due."""
        return session_close_at(session_date) + self.after_close

    def deadline_at(self, session_date: dt.date) -> dt.datetime:
        """The instant from which a session's data are no longer waited for."""
        return session_close_at(session_date) + self.deadline

    @property
    def cron_lines(self) -> tuple[str, ...]:
        """The instants of half days and of whole ones, as cron lines of New York on weekdays.

        Both lines look every weekday; what is due is decided by `due_sessions`, so that a half day is run early, a
        holiday not at all, and a night that was missed at the next look.
        """
        return tuple(self._cron_line(close) for close in (HALF_DAY_CLOSE_TIME, REGULAR_CLOSE_TIME))

    def _cron_line(self, close: dt.time) -> str:
        at = dt.datetime.combine(dt.date.min, close) + self.after_close
        return f"{at.minute} {at.hour} * * 1-5"


def latest_due_session(now: dt.datetime, times: NightTimes) -> dt.date:
    """The last session whose night should have begun by now."""
    session = session_on_or_before(now.astimezone(NEW_YORK).date())
    return session if times.due_at(session) <= now else previous_session(session)


def due_sessions(now: dt.datetime, last_done: dt.date | None, times: NightTimes) -> list[dt.date]:
    """The sessions to be run now, oldest first.

    All since the last one done, but no more than `catch_up_sessions_qty`, the latest. Where no night is on record only
    the latest session is due: what lies before the first night is the affair of a backfill.
    """
    latest = latest_due_session(now, times)
    if last_done is None:
        return [latest]
    if last_done >= latest:
        return []
    return sessions_between(next_session(last_done), latest)[-times.catch_up_sessions_qty :]


def given_up_sessions(now: dt.datetime, last_done: dt.date | None, times: NightTimes) -> list[dt.date]:
    """The missed sessions that lie too far back to be caught up, oldest first."""
    if last_done is None:
        return []
    due = due_sessions(now, last_done, times)
    return sessions_between(next_session(last_done), previous_session(due[0])) if due else []
