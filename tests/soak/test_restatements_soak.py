"""The cases of `tests/flows/test_restatements.py` that are not run every time."""

from pathlib import Path

import pytest

from flows.settings import Settings
from tests.flows.landed_nights import Landing
from tests.flows.restatement_cases import CASES, EVERY_TIME
from tests.flows.restatements import Figures, assert_told, first_landing, first_night, outcome_of, page

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
