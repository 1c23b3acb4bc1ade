"""What the doctor looks at, and that it finds what is wrong without breaking on it."""

import datetime as dt
from pathlib import Path

import pytest

from flows.doctor import Finding, examine
from flows.settings import Settings, load_settings
from tests.flows.invented_rows import row_of
from warehouse.home import WarehousePaths
from warehouse.publish import publish
from warehouse.store import open_writer, published_path
from warehouse.tables import mart
from warehouse.tables.meta import META_CHECKS

THURSDAY, FRIDAY, MONDAY = dt.date(2024, 3, 14), dt.date(2024, 3, 15), dt.date(2024, 3, 18)


def findings(settings: Settings, expected: dt.date | None = None) -> dict[str, Finding]:
    return {found.subject: found for found in examine(settings, expected=expected)}


def wrong(settings: Settings, expected: dt.date | None = None) -> list[str]:
    return [found.line for found in examine(settings, expected=expected) if not found.is_fine]


def publish_session(home: Path, day: dt.date, *, is_passed: bool = True) -> None:
    """A night with one critical check."""
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
    with open_writer(home, "test") as store:
        store.replace(mart.MART_BOOK_DAILY, book, day)
        store.replace(META_CHECKS, check, day)
        publish(store, home)


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
    assert wrong(settings, expected=MONDAY) == ["BAD  freshness: expected 2024-03-18, have 2024-03-15"]


def test_a_new_home_is_fine_until_a_session_is_expected(settings: Settings) -> None:
    assert wrong(settings) == []
    (finding,) = wrong(settings, expected=FRIDAY)
    assert finding == f"BAD  snapshot: none at {published_path(settings.home)}; condorwatch nightly makes one"
    assert not settings.home.exists()  # looking makes nothing


def test_a_held_night_is_named_by_its_failed_check(settings: Settings) -> None:
    publish_session(settings.home, THURSDAY, is_passed=False)
    assert wrong(settings) == ["BAD  check vix_close: VIX close missing."]
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
    assert wrong(settings) == ["BAD  snapshot: newest session None"]


def test_a_home_that_is_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    settings = load_settings(None, home=tmp_path / "home")
    assert not findings(settings)["home"].is_fine


def test_a_landing_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = load_settings(None, home=tmp_path, landing=tmp_path / "gone")
    assert findings(settings)["landing"].line == f"BAD  landing: {tmp_path / 'gone'} is not a folder"
    (tmp_path / "gone").mkdir()
    assert findings(settings)["landing"].is_fine
    assert "landing" not in findings(load_settings(None, home=tmp_path))


def test_looking_takes_no_writers_lock(settings: Settings) -> None:
    publish_session(settings.home, FRIDAY)
    with open_writer(settings.home, "desk:1"):
        assert wrong(settings) == []
        assert WarehousePaths(settings.home).holder.read_text() == "desk:1"
