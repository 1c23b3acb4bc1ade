"""A year of the timer: whole nights, on a clock that is ours, each e-mail to a real server over STARTTLS.

The twelve months share one home where they run after each other; any of them runs alone as well:
`pytest -s -m soak tests/soak/test_scheduled_year.py -k 2025-03`. What is expected is written here, from the calendar
of the NYSE (closed days and early closes of 2025) and the law (15 USC 260a: clocks change on 9 March and 2 November).
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import trustme
from filelock import FileLock

from flows.errors import ExitCode
from tests.flows.mail.tls_server import PASSWORD, USER, context_of, parsed, real_server
from tests.soak.landing_year import Landing
from tests.soak.one_look import look, looks_at_once
from warehouse.store import open_writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.flows.mail.tls_server import Kept

pytestmark = pytest.mark.soak

CLOSED = frozenset(
    {
        *("2025-01-01", "2025-01-09", "2025-01-20", "2025-02-17", "2025-04-18", "2025-05-26"),  # 9 January: mourning
        *("2025-06-19", "2025-07-04", "2025-09-01", "2025-11-27", "2025-12-25"),
    }
)
HALF_DAYS = frozenset({"2025-07-03", "2025-11-28", "2025-12-24"})
SUMMER_FROM, SUMMER_TO = dt.date(2025, 3, 9), dt.date(2025, 11, 2)
# The timer's two instants of New York in UTC, in summer and in winter, all four on every day; and two at night.
LOOKS_UTC = (5, 13, 18, 19, 21, 22)
MINUTE = 45
STATUS_LINE = re.compile(r"\[[A-Z_]+\] (\d{4}-\d{2}-\d{2}) ")
MONTHS = [f"2025-{month:02}" for month in range(1, 13)]


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


# The machine is off: three whole nights; and over Thanksgiving, with a whole day and a half day.
OUTAGES = ((utc("2025-03-10T23:00"), utc("2025-03-14T12:00")), (utc("2025-11-26T12:00"), utc("2025-12-01T12:00")))
# The program is started twice at once: on a night, on the look that catches up after the outage, and in summer.
TWICE = frozenset({utc("2025-02-18T22:45"), utc("2025-03-14T13:45"), utc("2025-09-02T21:45")})


def is_open(day: dt.date) -> bool:
    return day.weekday() <= 4 and f"{day}" not in CLOSED


def due_at(day: dt.date) -> dt.datetime:
    """17:45 of New York, 14:45 on half days, in UTC by the dates of the law."""
    hour = (14 if f"{day}" in HALF_DAYS else 17) + (4 if SUMMER_FROM <= day < SUMMER_TO else 5)
    return dt.datetime(day.year, day.month, day.day, hour, MINUTE, tzinfo=dt.UTC)


def arrives_at(day: dt.date) -> dt.datetime:
    return due_at(day) - dt.timedelta(hours=1)


def ticks(first: dt.date, last: dt.date) -> Iterator[dt.datetime]:
    """Every look of the timer; every hour on the two days the clocks change."""
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        for hour in range(24) if day in {SUMMER_FROM, SUMMER_TO} else LOOKS_UTC:
            yield dt.datetime(day.year, day.month, day.day, hour, MINUTE, tzinfo=dt.UTC)


def is_off(at: dt.datetime) -> bool:
    return any(began <= at < ended for began, ended in OUTAGES)


@dataclass
class Desk:
    """A home, its landing folder and its mail server."""

    config: Path
    home: Path
    landing: Landing
    mail: Kept
    expected: dict[dt.date, dt.datetime] = field(default_factory=dict)
    looks_qty: int = 0
    # What has arrived and is not run yet: an outage may go beyond a month.
    owed: list[dt.date] = field(default_factory=list)

    def live_through(self, first: dt.date, last: dt.date) -> None:
        """Let the clock run; the vendors' files arrive whether the machine runs or not."""
        if self.landing.last is None:  # a new home begins with the session before
            self.landing.arrive(before := _session_before(first))
            self.owed.append(before)
        days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
        coming = [day for day in days if is_open(day)]
        for at in ticks(first, last):
            while coming and arrives_at(coming[0]) <= at:
                self.landing.arrive(coming[0])
                self.owed.append(coming.pop(0))
            if is_off(at):
                continue
            due = [day for day in self.owed if due_at(day) <= at]
            self.owed = [day for day in self.owed if day not in due]
            self.expected |= dict.fromkeys(due, at)
            self._look(at, due)

    def _look(self, at: dt.datetime, due: list[dt.date]) -> None:
        if at in TWICE:
            ended = looks_at_once(self.config, self.home, at, count=2)
            idle = [one for one in ended if one.exit_code == ExitCode.NOTHING_TO_DO]
            assert len(idle) == 1, ended
            assert re.search("Another scheduled run|No session is due", idle[0].lines[0])
            (seen,) = [one for one in ended if one not in idle]
        else:
            seen = look(self.config, self.home, at)
        self.looks_qty += 1
        assert seen.exit_code == (ExitCode.DONE if due else ExitCode.NOTHING_TO_DO), (at, seen)
        told = [found[1] for line in seen.lines if (found := STATUS_LINE.match(line))]
        assert told == [f"{day}" for day in due], (at, seen)


def _session_before(day: dt.date) -> dt.date:
    day -= dt.timedelta(days=1)
    while not is_open(day):
        day -= dt.timedelta(days=1)
    return day


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("year")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    with pytest.MonkeyPatch.context() as patch, real_server(context_of(authority.issue_cert("127.0.0.1"))) as served:
        mail, port = served
        patch.setenv("CONDORWATCH_SMTP_PASSWORD", PASSWORD)
        config = folder / "condorwatch.toml"
        config.write_text(
            f'landing = "{folder / "landing"}"\n[schedule]\nsource = "files"\n'
            f'[email]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "starttls"\nca_file = "{folder / "ca.pem"}"\n'
            f'user = "{USER}"\nsender = "desk@sender.example"\n[email.recipients.ALL]\nto = "a@one.example"\n'
        )
        yield Desk(config, folder / "home", Landing(folder / "landing"), mail)


def assert_each_session_was_run_once_and_mailed_once(desk: Desk) -> None:
    with open_writer(desk.home, "the test") as store:  # nobody holds the writer's lock
        runs = store.query("select session_date, status, exit_code, started_at from meta.runs order by started_at")
        outbox = store.query("select session_date, account, state, message_id from meta.outbox order by session_date")
    with FileLock(desk.home / "schedule.lock").acquire(timeout=0):
        pass  # and nobody holds the schedule's
    started = {day: at.replace(second=0, microsecond=0) for day, _, _, at in runs.iter_rows()}
    assert runs["session_date"].to_list() == list(desk.expected)  # once each, in order, on no other day
    assert started == desk.expected
    assert set(zip(runs["status"], runs["exit_code"], strict=True)) == {("done", ExitCode.DONE)}  # no lease is left

    messages = [parsed(envelope) for envelope in desk.mail.envelopes]
    mailed = [part.get_filename() for message in messages for part in message.iter_attachments()]
    assert mailed == [f"hedge-status-{day}.pdf" for day in desk.expected]
    assert Counter(message["Message-ID"] for message in messages) == Counter(outbox["message_id"])
    assert set(Counter(outbox["message_id"]).values()) == {1}
    assert outbox["session_date"].to_list() == list(desk.expected)
    assert set(zip(outbox["account"], outbox["state"], strict=True)) == {("ALL", "accepted")}


@pytest.mark.parametrize("month", MONTHS)
def test_every_session_of_the_year_is_run_once_at_its_time_and_mailed_once(month: str, desk: Desk) -> None:
    first = dt.date.fromisoformat(f"{month}-01")
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    began, cpu, looked, known = time.perf_counter(), time.process_time(), desk.looks_qty, len(desk.expected)
    desk.live_through(first, last)
    took_seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    assert_each_session_was_run_once_and_mailed_once(desk)
    nights, looks = len(desk.expected) - known, desk.looks_qty - looked
    print(  # noqa: T201 - the figures of a soak test
        f"\n{month}: {looks} looks, {nights} nights, {len(desk.mail.envelopes)} e-mails since the first; "
        f"{took_seconds / 60:.1f} min, {cpu_seconds:.0f} s of processor time, {cpu_seconds / nights:.2f} s a night"
    )
