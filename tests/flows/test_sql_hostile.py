"""`condorwatch sql` reads the snapshot and does nothing else, whatever it is asked."""

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from flows import sql_command
from flows.errors import UsageError
from flows.settings import load_settings
from flows.sql_command import Question, ask
from tests.flows.hostile_statements import ENDLESS, STATEMENTS, TOO_MUCH
from tests.new_home import open_home
from warehouse.publish import publish
from warehouse.reading import TABLE_FUNCTIONS, called_names

ROOT = Path(__file__).resolve().parents[2]
PROBE = Path(__file__).with_name("hostile_probe.py")


def content_of(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    with open_home(folder, "test") as store:
        publish(store, folder)
    return folder


@pytest.fixture(scope="module")
def bait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bait")
    (folder / "bait.csv").write_text("a\n1\n")
    (folder / "bait.duckdb_extension").write_bytes(b"\x7fELF")
    pl.DataFrame({"a": [1]}).write_parquet(folder / "bait.parquet")
    duckdb.connect(str(folder / "bait.duckdb")).close()
    return folder


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


@pytest.fixture(scope="module")
def told(home: Path, bait: Path, listener: socket.socket) -> dict[str, Any]:
    """What came of every statement, and that nothing in home and bait folder has changed."""
    before = content_of(home), content_of(bait)
    host, port = listener.getsockname()
    ended = subprocess.run(
        [sys.executable, PROBE, home, bait, host, str(port)],
        cwd=bait,
        env={"PATH": os.environ["PATH"], "HOME": str(bait), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    assert (content_of(home), content_of(bait)) == before
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_the_instruments_see_a_file_and_a_connection(told: dict[str, Any]) -> None:
    stirred, events_qty = told["control"]
    assert stirred
    assert events_qty >= 2


def test_at_least_sixty_statements_are_asked() -> None:
    assert len(set(STATEMENTS)) == len(STATEMENTS) >= 60


@pytest.mark.parametrize("number", range(len(STATEMENTS)), ids=lambda number: STATEMENTS[number][:60])
def test_a_hostile_statement_is_refused_and_leaves_no_trace(told: dict[str, Any], number: int) -> None:
    outcome = told["outcomes"][number]
    assert outcome["code"] == 2, outcome["sentence"]
    assert "\n" not in outcome["sentence"]
    assert outcome["hint"]
    assert outcome["again"] is True  # a reader that has answered before refuses it too
    assert outcome["heard"] == []
    assert not outcome["stirred"]
    assert outcome["settings"]


def test_only_the_control_has_called_the_server(told: dict[str, Any], listener: socket.socket) -> None:
    assert told["outcomes"]
    listener.accept()[0].close()
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_what_is_too_much_is_refused_by_the_limit_it_meets(told: dict[str, Any]) -> None:
    sentences = dict(zip(STATEMENTS, (outcome["sentence"] for outcome in told["outcomes"]), strict=True))
    time, rows, memory = "0.2 seconds a query may run", "10,000 rows an answer", "256 MB of memory"
    assert [time in sentences[statement] for statement in ENDLESS] == [True] * len(ENDLESS)
    met = [next(limit for limit in (rows, memory) if limit in sentences[statement]) for statement in TOO_MUCH]
    assert met == [rows] * 4 + [memory] * 4


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        # Neither looks up before it is done: half a minute, eight gigabytes.
        ("select levenshtein(repeat('a', 300000), repeat('b', 300000))", "0.2 seconds"),
        ("select list_sum(range(1000000000))", "256 MB"),
    ],
)
def test_a_function_that_does_not_look_up_is_ended_with_its_process(
    home: Path, monkeypatch: pytest.MonkeyPatch, query: str, limit: str
) -> None:
    monkeypatch.setattr(sql_command, "GRACE_SECONDS", 4.0)
    settings = load_settings(None, home=home, sql={"time_limit_seconds": 0.2, "memory_limit_mb": 256})
    with pytest.raises(UsageError, match=limit):
        ask(settings, Question(query=query))


def test_every_function_that_may_look_at_something_is_one_of_duckdb() -> None:
    with duckdb.connect(":memory:") as connection:
        known = connection.sql(
            "select function_name from duckdb_functions() where function_type in ('table', 'table_macro')"
        ).fetchall()
    assert {name for (name,) in known} >= TABLE_FUNCTIONS


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("select 1", []),
        ("select \"Write_Log\" /* ( */ ('é('), main.f(x), 'x'.g()", ["write_log", "f", "g"]),
        ("select '-- h(' || i(1) -- j(", ["i"]),
    ],
)
def test_the_functions_of_a_query_are_found(query: str, names: list[str]) -> None:
    assert list(called_names(query)) == names
