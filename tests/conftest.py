"""Where the tests find real market data and the values computed from it elsewhere. Neither is part of the project."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# The same examples on every machine: a failure in CI is a failure at the desk.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real vendor files."""
    folder = Path(os.environ.get("CONDORWATCH_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("real market data is not on this machine (set CONDORWATCH_REAL_DATA)")
    return folder


@pytest.fixture(scope="session")
def oracle_dir(real_data: Path) -> Path:
    """Values for the real nights, computed by a program that shares no code with this project."""
    folder = real_data.parent / "oracles" / "dev"
    if not folder.is_dir():
        pytest.skip("the independently computed values are not on this machine")
    return folder
