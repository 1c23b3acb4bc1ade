"""A warehouse written by the oldest DuckDB we accept opens under the one we ship, and the other way round.

Run by `make soak`. duckdb 1.5.5 is installed from the configured index into an environment of its own; where it cannot
be, the test is skipped and says why.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import duckdb
import pytest

from tests.soak.some_sessions import NEXT, hashes, rows_of_session
from warehouse.drift import drifts
from warehouse.home import WarehousePaths
from warehouse.publish import publish
from warehouse.store import open_reader, open_writer
from warehouse.tables import ALL_TABLES

pytestmark = pytest.mark.soak

ROOT = Path(__file__).resolve().parents[2]
OLDEST = "1.5.5"
BESIDE_DUCKDB = ("filelock", "numpy", "polars", "pyarrow")  # what warehouse/ imports


@pytest.fixture(scope="module")
def oldest_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the oldest DuckDB and what else the warehouse needs, in the versions of this environment."""
    folder = tmp_path_factory.mktemp("oldest")
    uv = Path(sys.executable).with_name("uv")
    wanted = [f"duckdb=={OLDEST}", *(f"{name}=={version(name)}" for name in BESIDE_DUCKDB)]
    python = folder / "bin" / "python"
    for command in (
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder],
        [uv, "pip", "install", "--quiet", "--python", python, *wanted],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no word"])[-1]
            pytest.skip(f"duckdb {OLDEST} cannot be installed here: {reason}")
    return python


def under_oldest(python: Path, what: str, home: Path) -> tuple[str, dict[str, str]]:
    """Let the other DuckDB write or read a home; its version and the hashes it finds."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONDORWATCH_")}
    done = subprocess.run(
        [python, "-m", "tests.soak.some_sessions", what, home],
        env=inherited | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found, theirs = json.loads(done.stdout)
    return found, theirs


def test_there_and_back_again(oldest_python: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    theirs, written = under_oldest(oldest_python, "write", home)
    assert (theirs, duckdb.__version__.split(".")[0]) == (OLDEST, "2")
    with open_reader(home) as reader:
        assert hashes(reader) == written
    with open_writer(home, "ours") as store:
        assert hashes(store) == written
        assert drifts(store, ALL_TABLES) == ()
        rows_of_session(store, NEXT)
        store.compact()
        publish(store, home)
        ours = hashes(store)
    assert ours != written
    assert under_oldest(oldest_python, "read", home) == (OLDEST, ours)
    # The published file is the way back: it takes the place of the writer's own.
    shutil.copyfile(WarehousePaths(home).folder / "condorwatch.duckdb", WarehousePaths(home).build)
    _, went_on = under_oldest(oldest_python, "write", home)
    with open_reader(home) as reader:
        assert hashes(reader) == went_on
        days = reader.query("select count(distinct session_date) as days_qty from mart.book_daily").item()
    print(f"\nduckdb {theirs} wrote, {duckdb.__version__} went on, {theirs} went on: {days} sessions, equal hashes")  # noqa: T201
    assert days == 3
