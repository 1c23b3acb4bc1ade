"""A year of the schedule with a controlled clock: every session once, on its evening, whatever the calendar does.

Sessions and half days come from exchange_calendars (XNYS), the cron instants from Prefect's own
schedule; Cboe adds no half day to those of the NYSE in 2025.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import warnings
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import exchange_calendars
import pytest

from transforms.market.due_sessions import NightTimes, due_sessions, given_up_sessions, latest_due_session

if TYPE_CHECKING:
    from collections.abc import Iterator

NEW_YORK = ZoneInfo("America/New_York")
TIMES = NightTimes(after_close=dt.timedelta(minutes=105), deadline=dt.timedelta(minutes=360), catch_up_sessions_qty=10)
FIRST, LAST = dt.date(2025, 1, 2), dt.date(2025, 12, 31)
BEFORE = dt.date(2024, 12, 31)


@cache
def ticks() -> tuple[dt.datetime, ...]:
    """When Prefect fires the two cron lines from the first session to the last."""
    from prefect.server.schemas.schedules import CronSchedule

    begin, end = (dt.datetime(2025, 1, 2, tzinfo=NEW_YORK), dt.datetime(2026, 1, 1, tzinfo=NEW_YORK))
    schedules = [CronSchedule(cron=line, timezone=NEW_YORK.key) for line in TIMES.cron_lines]
    fired = (asyncio.run(schedule.get_dates(n=400, start=begin, end=end)) for schedule in schedules)
    return tuple(sorted(at for dates in fired for at in dates))


def year(*, off: tuple[dt.date, ...] = ()) -> Iterator[tuple[dt.datetime, dt.date]]:
    """Every night of the year with the instant it runs; on the days `off` the machine is down."""
    last_done = BEFORE
    for at in ticks():
        if at.date() in off:
            continue
        for day in due_sessions(at.astimezone(dt.UTC), last_done, TIMES):
            yield at, day
            last_done = day


@pytest.fixture(scope="module")
def nyse() -> exchange_calendars.ExchangeCalendar:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it uses what its own libraries are about to change
        return exchange_calendars.get_calendar("XNYS", start="2024-12-01", end="2026-01-31")


def test_a_year_has_exactly_one_run_a_session_in_order_on_its_own_day(
    nyse: exchange_calendars.ExchangeCalendar,
) -> None:
    runs = list(year())
    sessions = [stamp.date() for stamp in nyse.sessions_in_range(f"{FIRST}", f"{LAST}")]
    assert len(sessions) == 250  # NYSE 2025: the day of mourning of 9 January among the closed days
    assert [day for _, day in runs] == sessions
    assert all(at.date() == day for at, day in runs)


def test_half_days_run_at_1445_and_all_others_at_1745_of_new_york(nyse: exchange_calendars.ExchangeCalendar) -> None:
    early = {stamp.date() for stamp in nyse.early_closes if FIRST <= stamp.date() <= LAST}
    assert early == {dt.date(2025, 7, 3), dt.date(2025, 11, 28), dt.date(2025, 12, 24)}
    for at, day in year():
        assert at.time() == (dt.time(14, 45) if day in early else dt.time(17, 45)), day


def test_both_changes_of_the_clock_move_the_night_with_new_york() -> None:
    """Daylight saving 2025: from 9 March to 2 November. 17:45 is 22:45 UTC in winter, 21:45 in summer."""
    at_utc = {day: at.astimezone(dt.UTC).time() for at, day in year()}
    winter, summer = dt.time(22, 45), dt.time(21, 45)
    assert [at_utc[dt.date(2025, 3, day)] for day in (6, 7, 10, 11)] == [winter, winter, summer, summer]
    assert at_utc[dt.date(2025, 10, 31)] == summer
    assert at_utc[dt.date(2025, 11, 3)] == winter


def test_a_three_day_outage_is_caught_up_in_order_at_the_next_look() -> None:
    off = (dt.date(2025, 5, 20), dt.date(2025, 5, 21), dt.date(2025, 5, 22))
    runs = list(year(off=off))
    caught_up = [(at, day) for at, day in runs if day in off]
    assert [day for _, day in caught_up] == list(off)
    assert {f"{at:%m-%d %H:%M}" for at, _ in caught_up} == {"05-23 14:45"}
    assert [day for _, day in runs] == [day for _, day in year()]


def test_an_outage_longer_than_is_caught_up_gives_up_the_oldest_by_name() -> None:
    now = dt.datetime(2025, 3, 31, 22, 0, tzinfo=dt.UTC)  # Monday, 18:00 in New York
    due = due_sessions(now, dt.date(2025, 3, 10), TIMES)
    assert (due[0], due[-1], len(due)) == (dt.date(2025, 3, 18), dt.date(2025, 3, 31), 10)
    assert given_up_sessions(now, dt.date(2025, 3, 10), TIMES) == [
        dt.date(2025, 3, day) for day in (11, 12, 13, 14, 17)
    ]
    assert given_up_sessions(now, dt.date(2025, 3, 17), TIMES) == []
    assert given_up_sessions(now, dt.date(2025, 3, 31), TIMES) == given_up_sessions(now, None, TIMES) == []


def test_the_first_look_of_all_runs_the_latest_session_and_nothing_before() -> None:
    assert due_sessions(dt.datetime(2025, 3, 31, 22, 0, tzinfo=dt.UTC), None, TIMES) == [dt.date(2025, 3, 31)]


@pytest.mark.parametrize(
    ("now", "session"),
    [
        ("2025-03-31T17:44:59-04:00", "2025-03-28"),
        ("2025-03-31T17:45:00-04:00", "2025-03-31"),
        ("2025-11-28T14:44:59-05:00", "2025-11-26"),  # Thanksgiving before, a half day itself
        ("2025-11-28T14:45:00-05:00", "2025-11-28"),
        ("2025-07-05T12:00:00-04:00", "2025-07-03"),  # a Saturday after a holiday
        ("2025-03-31T23:59:00-04:00", "2025-03-31"),  # already tomorrow in UTC
        ("2025-04-01T09:00:00+09:00", "2025-03-31"),  # the same evening in Tokyo
    ],
)
def test_a_night_is_due_105_minutes_after_its_close_and_not_before(now: str, session: str) -> None:
    assert f"{latest_due_session(dt.datetime.fromisoformat(now), TIMES)}" == session


def test_a_session_ahead_of_the_clock_makes_nothing_due() -> None:
    """A clock set back after a night must not run it again."""
    assert due_sessions(dt.datetime(2025, 3, 31, 22, 0, tzinfo=dt.UTC), dt.date(2025, 4, 1), TIMES) == []
