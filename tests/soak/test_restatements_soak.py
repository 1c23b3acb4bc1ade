"""The cases of `tests/flows/test_restatements.py` that are not run every time."""

import datetime as dt
from pathlib import Path

import pytest

from flows.backfill import BackfillRequest, run_backfill
from flows.errors import ExitCode
from flows.issue import page_figures
from flows.known_at import as_known
from flows.rebuild_command import rebuild
from flows.settings import Settings
from tests.flows.landed_nights import Landing
from tests.flows.restatement_cases import CASES, EVERY_TIME
from tests.flows.restatements import (
    Figures,
    assert_told,
    first_landing,
    first_night,
    land,
    outcome_of,
    page,
    settings_of,
)
from transforms.market.calendar import previous_session
from transforms.simulated.market import FEATURE_SESSION
from warehouse.store import open_reader, open_writer

FIRST, SECOND = dt.datetime(2026, 4, 30, 1, tzinfo=dt.UTC), dt.datetime(2026, 4, 30, 12, tzinfo=dt.UTC)

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def landing() -> Landing:
    return first_landing()


@pytest.fixture(scope="module")
def first(landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return first_night(tmp_path_factory.mktemp("first") / "home", landing)


@pytest.fixture(scope="module")
def first_page(first: Settings) -> Figures:
    return page(first)[0]


@pytest.mark.parametrize("case", [case for case in CASES if case not in EVERY_TIME])
def test_a_restatement_is_told(
    case: str, landing: Landing, first: Settings, first_page: Figures, tmp_path: Path
) -> None:
    restatement = CASES[case](landing)
    assert_told(first_page, outcome_of(first, tmp_path / "home", restatement), restatement)


def test_a_night_before_is_restated_as_known_then_it_is_not_and_everything_can_be_made_again(tmp_path: Path) -> None:
    """VIX closed at 30.00 on the first of two nights, a late file says: both are built again."""
    settings = settings_of(tmp_path / "home")
    request = BackfillRequest(
        first=None, last=None, count=2, source="simulated", seed=7, reports="none", is_forced=False
    )
    night = FEATURE_SESSION
    run_backfill(request, settings, clock=lambda: FIRST)
    issued = _figures(settings, night)
    with open_writer(settings.home, "test") as store:
        close = f"DATE,OPEN,HIGH,LOW,CLOSE\n{previous_session(night):%m/%d/%Y},30,30,30,30.00\n".encode()
        land(store, settings, {"VIX_History.csv": close}, now=SECOND)
    run_backfill(request, settings, clock=lambda: SECOND)

    now = _figures(settings, night)
    key = ("", "market.vix_change", "")
    assert now[key] == pytest.approx(issued["", "market.vix", ""] / 30.0 - 1, rel=1e-9)
    assert now[key] != issued[key]
    with as_known(settings, night, known_at=FIRST) as back_then:
        assert _figures(back_then, night) == issued
    said: list[str] = []
    assert rebuild(settings, session_date=None, is_replacing=False, echo=said.append) == ExitCode.DONE, said


def _figures(settings: Settings, session_date: dt.date) -> dict[tuple[str, str, str], float]:
    with open_reader(settings.home) as reader:
        rows = page_figures(reader, session_date).drop_nulls("value")
    return {(row["account"], row["figure"], row["subject"]): row["value"] for row in rows.iter_rows(named=True)}
