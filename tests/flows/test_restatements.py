"""What a night was built from is put right: as known then it is the first issue, now another, and the report says how.

`tests/soak/test_restatements_soak.py` runs the rest of the cases.
"""

from pathlib import Path

import pytest

from flows.errors import UsageError
from flows.known_at import as_known
from flows.settings import Settings
from tests.flows.landed_nights import SESSION, Landing
from tests.flows.restatement_cases import CASES, EVERY_TIME
from tests.flows.restatements import (
    FIRST_EVENING,
    LEASE,
    Figures,
    assert_told,
    first_landing,
    first_night,
    outcome_of,
    page,
)


@pytest.fixture(scope="module")
def landing() -> Landing:
    return first_landing()


@pytest.fixture(scope="module")
def first(landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return first_night(tmp_path_factory.mktemp("first") / "home", landing)


@pytest.fixture(scope="module")
def first_page(first: Settings) -> Figures:
    return page(first)[0]


def test_there_are_thirty_cases() -> None:
    assert len(CASES) >= 30


@pytest.mark.parametrize("case", EVERY_TIME)
def test_a_restatement_is_told(
    case: str, landing: Landing, first: Settings, first_page: Figures, tmp_path: Path
) -> None:
    restatement = CASES[case](landing)
    assert_told(first_page, outcome_of(first, tmp_path / "home", restatement), restatement)


def test_before_the_first_file_nothing_was_known(first: Settings) -> None:
    with (
        pytest.raises(
            UsageError, match="Nothing was known at 2026-04-23 21:45 UTC: the first file came at 2026-04-23 22:00"
        ),
        as_known(first, SESSION, known_at=FIRST_EVENING - LEASE),
    ):
        pass
