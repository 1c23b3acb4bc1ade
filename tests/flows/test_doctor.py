"""What the doctor looks at, and that it finds what is wrong without breaking on it."""

import datetime as dt
import os
import sys
from email import message_from_bytes
from pathlib import Path

import polars as pl
import pytest

from flows.cli import main
from flows.doctor import Finding, examine
from flows.doctor_report import NotMailed, report_text, send_report
from flows.settings import Settings, load_settings
from tests.flows.invented_rows import row_of
from tests.flows.mail.faulty_server import Fault, FaultyServer
from tests.new_home import open_home
from warehouse.home import WarehousePaths
from warehouse.publish import publish
from warehouse.store import open_writer, published_path
from warehouse.tables import core, mart, meta
from warehouse.tables.meta import META_CHECKS

THURSDAY, FRIDAY, MONDAY = dt.date(2024, 3, 14), dt.date(2024, 3, 15), dt.date(2024, 3, 18)
MORNING = dt.datetime(2024, 3, 18, 11, 30, tzinfo=dt.UTC)  # Monday, 07:30 in New York
TABLES = {
    "chains": core.CORE_OPTION_CHAINS,
    "levels": core.CORE_INDEX_LEVELS_DAILY,
    "loads": meta.META_LOADS,
    "answers": meta.META_LIVE_ANSWERS,
    "outbox": meta.META_OUTBOX,
}
MAIL = {"host": "127.0.0.1", "port": 1, "security": "none", "sender": "desk@sender.example", "attempts": 1,
        "recipients": {"ALL": {"to": "a@one.example"}}}  # fmt: skip


def findings(settings: Settings, expected: dt.date | None = None, now: dt.datetime = MORNING) -> dict[str, Finding]:
    return {found.subject: found for found in examine(settings, expected=expected, now=now)}


def wrong(settings: Settings, expected: dt.date | None = None, now: dt.datetime = MORNING) -> list[str]:
    return [found.line for found in examine(settings, expected=expected, now=now) if not found.is_fine]


def publish_session(home: Path, day: dt.date, *, is_passed: bool = True, **tables: pl.DataFrame) -> None:
    """A night with one critical check, written that evening; other tables by name."""
    book = row_of(mart.MART_BOOK_DAILY, session_date=day, account="DESK")
    check = row_of(
        META_CHECKS,
        session_date=day,
        check_id="vix_close",
        subject="",
        severity="critical",
        is_applicable=True,
        is_passed=is_passed,
        message="VIX close missing.",
    )
    with open_home(home, "test") as store:
        store.replace(mart.MART_BOOK_DAILY, book, day)
        store.replace(META_CHECKS, check, day)
        for name, rows in tables.items():
            store.append(TABLES[name], rows)
        publish(store, home)
    evening = dt.datetime.combine(day, dt.time(21, 50), dt.UTC).timestamp()
    os.utime(published_path(home), (evening, evening))


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("CONDORWATCH_", "PREFECT_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(None, home=tmp_path / "home")


def test_a_fresh_home_is_fine(settings: Settings) -> None:
    publish_session(settings.home, FRIDAY)
    assert wrong(settings, expected=FRIDAY) == []
    found = findings(settings, expected=FRIDAY)
    assert found["snapshot"].line == "ok   snapshot: newest session 2024-03-15"
    assert found["home"].line == f"ok   home: {settings.home} can be written"
    assert found["freshness"].is_fine


def test_the_session_expected_may_be_older_and_not_newer_than_the_newest(settings: Settings) -> None:
    publish_session(settings.home, FRIDAY)
    assert wrong(settings, expected=THURSDAY) == []
    (line,) = wrong(settings, expected=MONDAY)
    assert line.startswith(
        "BAD  freshness: expected 2024-03-18, have 2024-03-15. Hint: condorwatch nightly --session 2024"
    )


def test_a_new_home_is_fine_until_a_session_is_expected(settings: Settings) -> None:
    assert wrong(settings) == []
    (finding,) = wrong(settings, expected=FRIDAY)
    assert finding == f"BAD  snapshot: none at {published_path(settings.home)}. Hint: condorwatch nightly makes one"
    assert not settings.home.exists()  # looking makes nothing


def test_a_held_night_is_named_by_its_failed_check(settings: Settings) -> None:
    publish_session(settings.home, THURSDAY, is_passed=False)
    assert wrong(settings) == ["BAD  check vix_close: VIX close missing. Hint: docs/runbook.md, vix_close"]
    publish_session(settings.home, FRIDAY)
    assert wrong(settings) == []  # the newest night is judged


def test_a_damaged_snapshot_is_a_finding_and_the_other_findings_stand(settings: Settings) -> None:
    publish_session(settings.home, FRIDAY)
    published_path(settings.home).write_bytes(b"not a database")
    (finding,) = wrong(settings)
    assert finding.startswith("BAD  snapshot: ")
    assert "cannot be opened" in finding
    assert findings(settings)["python"].is_fine


def test_a_snapshot_without_a_session_is_not_fine(settings: Settings) -> None:
    with open_writer(settings.home, "test") as store:
        publish(store, settings.home)
    os.utime(published_path(settings.home), (0, 0))
    assert wrong(settings) == ["BAD  snapshot: newest session None. Hint: run condorwatch nightly"]


def test_a_home_that_is_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    settings = load_settings(None, home=tmp_path / "home")
    assert not findings(settings)["home"].is_fine


def test_a_landing_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = load_settings(None, home=tmp_path, landing=tmp_path / "gone")
    assert findings(settings)["landing"].line.startswith(f"BAD  landing: {tmp_path / 'gone'} is not a folder. Hint: ")
    (tmp_path / "gone").mkdir()
    assert findings(settings)["landing"].is_fine
    assert "landing" not in findings(load_settings(None, home=tmp_path))


def test_looking_takes_no_writers_lock(settings: Settings) -> None:
    publish_session(settings.home, FRIDAY)
    with open_writer(settings.home, "desk:1"):
        assert wrong(settings) == []
        assert WarehousePaths(settings.home).holder.read_text() == "desk:1"


def chain(day: dt.date, underlying: str = "SPX", load_id: str = "L1") -> pl.DataFrame:
    at = dt.datetime.combine(day, dt.time(20, 15), dt.UTC)
    return row_of(core.CORE_OPTION_CHAINS, load_id=load_id, underlying=underlying, session_date=day, quote_at=at)


def load(load_id: str = "L1", *, is_simulated: bool = False) -> pl.DataFrame:
    return row_of(meta.META_LOADS, load_id=load_id, is_simulated=is_simulated, loaded_at=MORNING)


def test_every_wrong_finding_has_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").write_text("")
    monkeypatch.setenv("CONDORWATCH_HOEM", "x")
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    settings = load_settings(
        None,
        home=tmp_path / "home",
        landing=tmp_path / "gone",
        doctor={"free_disk_gb": 10**9, "calendar_days": 10**6},
        email=MAIL | {"user": "desk", "security": "starttls"},
    )
    found = [one for one in examine(settings, expected=FRIDAY, now=MORNING) if not one.is_fine]
    subjects = {"home", "disk", "landing", "environment", "e-mail", "prefect", "calendar", "snapshot"}
    assert {one.subject for one in found} == subjects
    assert [one.subject for one in found if not one.remedy] == []


def test_a_disk_that_is_nearly_full_and_a_calendar_that_ends_soon_are_named(tmp_path: Path) -> None:
    settings = load_settings(None, home=tmp_path, doctor={"free_disk_gb": 10**9, "calendar_days": 10**6})
    found = findings(settings)
    assert "1e+09 wanted" in found["disk"].message
    assert not found["disk"].is_fine
    assert not found["calendar"].is_fine
    assert findings(load_settings(None, home=tmp_path))["calendar"].is_fine


def test_a_misspelt_variable_is_named_with_the_nearest(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONDORWATCH_SMTP_PASSWORD", "CONDORWATCH_SCHEDULE__SOURCE", "CONDORWATCH_PAPER"):
        monkeypatch.setenv(name, "files")
    assert wrong(settings) == []
    monkeypatch.setenv("CONDORWATCH_LANDNIG", "in")
    (line,) = wrong(settings)
    assert "CONDORWATCH_LANDNIG is no setting" in line
    assert "the nearest is CONDORWATCH_LANDING" in line


def test_a_password_that_is_not_there_is_missed_before_the_night_and_none_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = MAIL | {"user": "desk", "security": "starttls", "encrypt_pdf": True}
    settings = load_settings(None, home=tmp_path, email=email)
    assert "no password for desk" in findings(settings)["e-mail"].line
    monkeypatch.setenv("CONDORWATCH_SMTP_PASSWORD", "hush-hush")
    assert "PDF is to be encrypted" in findings(settings)["e-mail"].line
    monkeypatch.setenv("CONDORWATCH_PDF_PASSWORD", "hush-hush")
    assert findings(settings)["e-mail"].line == "ok   e-mail: through 127.0.0.1:1 as desk, its password is there"
    lost = load_settings(None, home=tmp_path, email=email | {"ca_file": tmp_path / "ca.pem"})
    assert "ca.pem is not there" in findings(lost)["e-mail"].line


def test_a_clock_behind_what_it_has_written_itself_or_behind_the_exchange_is_wrong(settings: Settings) -> None:
    publish_session(settings.home, FRIDAY, chains=chain(FRIDAY), loads=load())
    assert wrong(settings) == []
    set_back = dt.datetime(2024, 3, 15, 12, 0, tzinfo=dt.UTC)
    lines = [line for line in wrong(settings, now=set_back) if line.startswith("BAD  clock")]
    assert len(lines) == 2
    assert "quotes of 2024-03-15 20:15" in lines[0] + lines[1]


def test_quotes_of_the_simulated_market_say_nothing_about_the_clock(settings: Settings) -> None:
    publish_session(settings.home, FRIDAY, chains=chain(dt.date(2026, 4, 29)), loads=load(is_simulated=True))
    assert [line for line in wrong(settings) if line.startswith("BAD  clock")] == []


def test_a_source_that_has_stopped_is_named_with_its_last_day(settings: Settings) -> None:
    level = row_of(core.CORE_INDEX_LEVELS_DAILY, session_date=dt.date(2024, 3, 13), symbol="VIX", close_pts=14)
    publish_session(settings.home, FRIDAY, chains=chain(FRIDAY), levels=level, loads=load())
    (line,) = wrong(settings)
    assert line.startswith("BAD  source VIX level: up to 2024-03-13, 2 sessions behind the night of 2024-03-15")
    assert findings(settings)["source SPX chain"].is_fine
    assert "source breadth" not in findings(settings)  # never given, never missed


def test_what_a_live_source_failed_to_give_is_named_with_its_hint(settings: Settings) -> None:
    answer = row_of(
        meta.META_LIVE_ANSWERS,
        session_date=FRIDAY,
        asked_at=MORNING,
        outcome="none",
        source="VIX chain",
        reason="it answered 503",
        hint="run the night again later",
        latest_date=THURSDAY,
    )
    publish_session(settings.home, FRIDAY, answers=answer)
    assert wrong(settings) == ["BAD  live source VIX chain: it answered 503. Hint: run the night again later"]


def test_an_e_mail_that_is_owed_is_named_for_ten_days(settings: Settings) -> None:
    owed = row_of(meta.META_OUTBOX, message_id="<1@a.example>", session_date=THURSDAY, account="ALL", state="unknown",
                  queued_at=MORNING, state_at=MORNING)  # fmt: skip
    publish_session(settings.home, FRIDAY, outbox=owed)
    (line,) = wrong(settings)
    assert line.startswith(
        "BAD  e-mail of 2024-03-14: for ALL it is unknown. Hint: condorwatch send --session 2024-03-14"
    )
    assert wrong(settings, now=MORNING + dt.timedelta(days=10)) == []


def test_a_home_of_a_newer_program_is_named(settings: Settings) -> None:
    with open_writer(settings.home, "test") as store:
        store.execute("insert into meta.migrations values (9999, '9999_later.sql', 'x', now())")
        publish(store, settings.home)
    os.utime(published_path(settings.home), (0, 0))
    assert "9999_later.sql, which this program does not know" in findings(settings)["schema"].line


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["condorwatch", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_yesterday_is_the_last_session_before_today_in_new_york(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Monday asks for Friday, Sunday evening too; at 03:00 UTC of Tuesday New York is still on Monday."""
    publish_session(settings.home, THURSDAY)
    for now, day in (("18T11:30", FRIDAY), ("17T23:00", FRIDAY), ("19T03:00", FRIDAY), ("19T11:00", MONDAY)):
        monkeypatch.setattr("flows.cli.now", lambda now=now: dt.datetime.fromisoformat(f"2024-03-{now}+00:00"))
        assert run(monkeypatch, "doctor", "--expect-session", "yesterday", "--home", settings.home) == 1
        assert f"BAD  freshness: expected {day}" in capsys.readouterr().out


def test_the_doctor_mails_what_is_wrong_even_while_the_night_holds_the_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home, config = tmp_path / "home", tmp_path / "condorwatch.toml"
    publish_session(home, THURSDAY)
    monkeypatch.setattr("flows.cli.now", lambda: MORNING)
    with FaultyServer() as server, open_writer(home, "a night that hangs"):
        config.write_text(
            f'[email]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nsender = "d@sender.example"\n'
            '[email.operator]\nto = "ops@one.example"\n[email.recipients.ALL]\nto = "client@two.example"\n'
        )
        doctor = ("doctor", "--email", "--config", config, "--home", home)
        assert run(monkeypatch, *doctor) == 0
        assert server.taken == []  # all is well: nobody is troubled
        assert run(monkeypatch, *doctor, "--expect-session", "yesterday") == 1
        (mail,) = server.taken
    assert mail.recipients == ("ops@one.example",)
    message = message_from_bytes(mail.content)
    assert "1 of" in str(message["Subject"])
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().startswith("BAD  freshness: expected 2024-03-15, have 2024-03-14. Hint: condorwatch nightly")
    assert "Mailed to ops@one.example." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("rcpt", "550 no such user"), "a@one.example: 550 no such user"),
        (Fault("mail", "451 later"), "a@one.example: 451 later"),
        (Fault("dot", "drop"), "a@one.example: no answer to the whole message"),
    ],
)
def test_findings_that_did_not_reach_the_operator_are_said(fault: Fault, said: str, settings: Settings) -> None:
    found = examine(settings, expected=FRIDAY, now=MORNING)
    with FaultyServer((fault,)) as server:
        mailing = load_settings(None, home=settings.home, email=MAIL | {"port": server.port})
        with pytest.raises(NotMailed, match=said):
            send_report(mailing, found, now=MORNING)


def test_a_mail_that_is_put_off_is_tried_again(settings: Settings) -> None:
    found = examine(settings, expected=FRIDAY, now=MORNING)
    with FaultyServer((Fault("mail", "451 later", times=1),)) as server:
        email = MAIL | {"port": server.port, "attempts": 2, "backoff_seconds": 0}
        assert send_report(load_settings(None, email=email), found, now=MORNING) == "Mailed to a@one.example."


def test_without_e_mail_the_findings_are_not_mailed_and_that_is_said(settings: Settings) -> None:
    found = examine(settings, expected=FRIDAY, now=MORNING)
    with pytest.raises(NotMailed, match="no \\[email\\] is configured"):
        send_report(settings, found, now=MORNING)
    subject, body = report_text(found)
    assert f"1 of {len(found)} wrong" in subject
    assert body.splitlines()[0].startswith("BAD  snapshot")
