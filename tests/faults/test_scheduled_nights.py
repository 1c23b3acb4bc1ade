"""The schedule on a warehouse and a mail server: outages, late data, crashes; each night once, each e-mail once.

In the first part a night is only its ledger and its e-mail, so that many fit into a test; in the second it is whole.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from flows.delivery import Post
from flows.errors import ExitCode, NothingToDo, UsageError
from flows.night import NightOutcome, NightRequest
from flows.nightly import run_direct
from flows.scheduled import ScheduleOutcome, run_due
from flows.settings import Settings, load_settings
from tests.faults.mailbox import Mailbox, mail_server
from tests.flows.mail.invented_mail import letter, mail_settings
from tests.new_home import open_home
from transforms.simulated.market import FEATURE_SESSION
from warehouse.ledger import Ledger, this_holder
from warehouse.outbox import Outbox
from warehouse.store import open_reader, open_writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (dt.date(2025, 5, day) for day in range(19, 24))
WENT_WELL, HELD, KILLED, BROKEN = "done", "held", "killed", "broken"


class _PowerCutError(BaseException):
    """What no handler of the program sees."""


@dataclass
class Desk:
    """A machine with a clock that stands still unless it is slept or set, and nights that end as they are told."""

    settings: Settings
    port: int
    now: dt.datetime = dt.datetime(2025, 5, 19, 22, 0, tzinfo=dt.UTC)
    endings: dict[dt.date, list[str]] = field(default_factory=dict)
    tries: list[tuple[str, str]] = field(default_factory=list)

    def at(self, day: dt.date, time: str = "17:45") -> Desk:
        self.now = dt.datetime.fromisoformat(f"{day}T{time}-04:00")
        return self

    def look(self) -> ScheduleOutcome:
        return run_due(self.settings, clock=lambda: self.now, sleep=self._sleep, run_night=self._night)

    def _sleep(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)

    def _night(self, request: NightRequest, settings: Settings, *, clock: Any) -> NightOutcome:  # noqa: ANN401 - the program's own
        day = request.session_date
        endings = self.endings.get(day, [])
        ending = endings.pop(0) if endings else WENT_WELL
        self.tries.append((f"{day}", f"{self.now:%H:%M}"))
        with open_home(settings.home, this_holder()) as store:
            ledger = Ledger(store)
            ledger.start(
                day, holder="gone:1" if ending == KILLED else this_holder(), now=clock(), lease=dt.timedelta(0)
            )
            if ending == KILLED:
                raise _PowerCutError
            if ending == BROKEN:
                raise OSError("the disk is full")
            code = ExitCode.DATA_HOLD if ending == HELD else ExitCode.DONE
            ledger.finish("done", exit_code=code, status_line=f"{day} {ending}", paths=(), now=clock())
            if request.sends_email and (request.mails_data_hold or ending != HELD):
                post = Post(Outbox(store), mail_settings(self.port), clock)
                post.deliver([letter(session_date=day, subject=f"{day} {ending}")])
        return NightOutcome(code, f"{day} {ending}", (), is_data_hold=ending == HELD)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("CONDORWATCH_")]:
        monkeypatch.delenv(name)
    return tmp_path / "home"


@pytest.fixture
def desk(home: Path) -> Iterator[tuple[Desk, Mailbox]]:
    with mail_server() as (mailbox, port):
        yield Desk(load_settings(None, home=home, schedule={"source": "files"}, landing=home.parent), port), mailbox


def statuses(home: Path) -> Counter[tuple[str, str]]:
    with open_writer(home, "test") as store:
        runs = store.query("select session_date, status from meta.runs")
    return Counter((f"{day}", status) for day, status in runs.iter_rows())


def test_an_outage_is_caught_up_in_order_and_nobody_gets_a_mail_twice(desk: tuple[Desk, Mailbox], home: Path) -> None:
    machine, mailbox = desk
    assert machine.at(MONDAY).look().exit_code == ExitCode.DONE
    with pytest.raises(NothingToDo, match="No session is due: 2025-05-19 is done"):
        machine.at(MONDAY, "18:30").look()
    outcome = machine.at(FRIDAY, "09:00").look()  # three evenings without power
    assert outcome.lines == tuple(f"{day} done" for day in (TUESDAY, WEDNESDAY, THURSDAY))
    assert machine.at(FRIDAY).look().lines == (f"{FRIDAY} done",)
    with pytest.raises(NothingToDo):
        machine.at(dt.date(2025, 5, 26)).look()  # Memorial Day
    assert mailbox.subjects == [f"{day} done" for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)]
    assert set(statuses(home).values()) == {1}


def test_a_night_that_was_killed_is_run_again_and_its_dead_run_buried(desk: tuple[Desk, Mailbox], home: Path) -> None:
    machine, mailbox = desk
    machine.at(MONDAY).look()
    machine.endings = {TUESDAY: [KILLED]}
    with pytest.raises(_PowerCutError):
        machine.at(TUESDAY).look()
    assert statuses(home)[f"{TUESDAY}", "running"] == 1
    assert machine.at(WEDNESDAY, "14:45").look().lines == (f"{TUESDAY} done",)
    assert (statuses(home)[f"{TUESDAY}", "abandoned"], statuses(home)[f"{TUESDAY}", "done"]) == (1, 1)
    assert mailbox.subjects == [f"{MONDAY} done", f"{TUESDAY} done"]


def test_a_night_on_hold_is_tried_again_until_the_deadline_and_only_then_mailed(desk: tuple[Desk, Mailbox]) -> None:
    machine, mailbox = desk
    half_hours = machine.settings.schedule.model_copy(update={"retry_minutes": 30})
    machine.settings = machine.settings.model_copy(update={"schedule": half_hours})
    machine.endings = {MONDAY: [HELD] * 100}
    outcome = machine.at(MONDAY).look()
    assert outcome.exit_code == ExitCode.DATA_HOLD
    times = ["17:45", "18:15", "18:45", "19:15", "19:45", "20:15", "20:45", "21:15", "21:45", "22:00"]
    assert [time for _, time in machine.tries] == times
    assert mailbox.subjects == [f"{MONDAY} held"]
    with pytest.raises(NothingToDo):
        machine.at(TUESDAY, "14:45").look()  # settled: what came of it has been sent


def test_late_data_end_the_hold_at_the_next_try(desk: tuple[Desk, Mailbox]) -> None:
    machine, mailbox = desk
    machine.endings = {MONDAY: [HELD, BROKEN, WENT_WELL]}  # a failure that passes, too
    assert machine.at(MONDAY).look().exit_code == ExitCode.DONE
    assert [time for _, time in machine.tries] == ["17:45", "18:00", "18:15"]
    assert mailbox.subjects == [f"{MONDAY} done"]


def test_a_power_cut_while_waiting_for_data_does_not_swallow_the_mail(desk: tuple[Desk, Mailbox]) -> None:
    machine, mailbox = desk
    machine.endings = {MONDAY: [HELD, KILLED, HELD]}
    with pytest.raises(_PowerCutError):
        machine.at(MONDAY).look()
    assert mailbox.subjects == []
    assert machine.at(TUESDAY, "14:45").look().exit_code == ExitCode.DATA_HOLD
    assert mailbox.subjects == [f"{MONDAY} held"]


def test_a_night_that_fails_for_good_is_told_and_does_not_keep_the_next_from_being_run(
    desk: tuple[Desk, Mailbox],
) -> None:
    machine, mailbox = desk
    machine.at(MONDAY).look()
    machine.endings = {TUESDAY: [BROKEN]}
    outcome = machine.at(WEDNESDAY).look()
    assert outcome.exit_code == ExitCode.UNEXPECTED
    assert outcome.lines == (f"condorwatch {TUESDAY} failed: the disk is full", f"{WEDNESDAY} done")
    assert mailbox.subjects == [f"{MONDAY} done", f"{WEDNESDAY} done"]


def test_two_looks_at_one_home_do_not_work_at_once(desk: tuple[Desk, Mailbox], home: Path) -> None:
    machine, _ = desk
    home.mkdir()
    with FileLock(home / "schedule.lock"), pytest.raises(NothingToDo, match="Another scheduled run"):
        machine.at(MONDAY).look()
    assert machine.look().exit_code == ExitCode.DONE


def test_what_only_a_person_can_mend_is_not_tried_all_evening(home: Path) -> None:
    with pytest.raises(UsageError, match="nowhere to take"):
        Desk(load_settings(None, home=home), port=1).at(MONDAY).look()
    settings = load_settings(None, home=home, landing=home / "nowhere")
    with pytest.raises(UsageError):
        NightRequest.build(settings, source=None, session_date=MONDAY, seed=7, book=None, is_forced=False,
                           now=dt.datetime(2025, 5, 19, 22, 0, tzinfo=dt.UTC))  # fmt: skip
    outcome = Desk(settings, port=1).at(MONDAY).look()
    assert outcome.exit_code == ExitCode.USAGE
    assert "nowhere" in outcome.lines[0]


@pytest.mark.soak
def test_a_whole_night_waits_for_the_file_that_is_late_and_is_mailed_once(
    home: Path, landing: Path, book: Path, tmp_path: Path
) -> None:
    """The VX settlements arrive at 18:00; readers saw DATA_HOLD until then, no mail said so."""
    folder = tmp_path / "landing"
    shutil.copytree(landing, folder)
    shutil.copy(book, folder / "book.csv")
    late = [path for path in folder.rglob("vx_contracts*.csv") if not path.parent.name.startswith("before")]
    away = tmp_path / "away"
    away.mkdir()
    for number, path in enumerate(late):
        shutil.move(path, away / f"{number}.csv")
    clock = [dt.datetime.combine(FEATURE_SESSION, dt.time(21, 45), dt.UTC)]
    seen: list[str] = []

    def sleep(seconds: float) -> None:
        with open_reader(home) as reader:
            seen.extend(reader.query("select distinct status from mart.book_daily")["status"])
        for path in away.iterdir():
            shutil.copy(path, folder / f"vx_{path.name}")
        clock[0] += dt.timedelta(seconds=seconds)

    with mail_server() as (mailbox, port):
        config = tmp_path / "condorwatch.toml"
        config.write_text(
            f'landing = "{folder}"\n[email]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
            'sender = "desk@sender.example"\n[email.recipients.ALL]\nto = "a@one.example"\n'
        )
        settings = load_settings(config, home=home)
        outcome = run_due(settings, clock=lambda: clock[0], sleep=sleep, run_night=run_direct)
        assert (outcome.exit_code, seen) == (ExitCode.DONE, ["DATA_HOLD"]), outcome.lines
        with pytest.raises(NothingToDo):
            run_due(settings, clock=lambda: clock[0], sleep=sleep, run_night=run_direct)
    assert mailbox.subjects == [outcome.lines[0]]
