"""The slow proofs of a backfill in several processes: any order, any number of workers, any death, the same warehouse.

Facts are compared for CONDORWATCH_SOAK_SESSIONS sessions (40; measured with 250), figures too for the last 40 of them.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from flows.backfill import BackfillRequest, run_backfill, take_in_facts
from flows.night import NightRequest
from flows.settings import load_settings
from flows.sources.simulated import simulated_files
from flows.workers import SCRATCH
from transforms.market.calendar import previous_session
from transforms.simulated.market import FEATURE_SESSION
from warehouse.store import open_reader, open_writer
from warehouse.tables import CORE_TABLES, MART_TABLES, RAW_TABLES, meta

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.settings import Settings
    from warehouse.connection import Connection
    from warehouse.tables.types import Table

pytestmark = pytest.mark.soak

FACTS: Final = (
    *RAW_TABLES,
    *CORE_TABLES,
    meta.META_LOADS,
    meta.META_APPLIED_LOADS,
    meta.META_REJECTED_ROWS,
    meta.META_REFUSED_FILES,
)
EVERYTHING: Final = (*FACTS, *MART_TABLES, meta.META_CHECKS, meta.META_THRESHOLDS, meta.META_ISSUED_FIGURES)
SESSIONS: Final = int(os.environ.get("CONDORWATCH_SOAK_SESSIONS", "40"))
WHOLE_SESSIONS: Final = min(SESSIONS, 40)
OTHER_WAYS: Final = ((1, 1), (4, 2), (4, 3))  # how many workers take in the files, in which order
FOUR_SESSIONS: Final = ("--from", "2026-04-29", "--to", "2026-05-04")
NOW: Final = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


def hashes_of(connection: Connection, tables: tuple[Table, ...]) -> dict[str, str]:
    return {table.full_name: connection.content_hash(table) for table in tables}


def last_sessions(count: int) -> list[dt.date]:
    days = [FEATURE_SESSION]
    while len(days) < count:
        days.append(previous_session(days[-1]))
    return days[::-1]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for the files of small sessions, made when they are first asked for."""
    return tmp_path_factory.mktemp("made")


def landed(made: Path, home: Path, days: list[dt.date], order: int | None) -> Settings:
    """A home and a landing folder with the files of some sessions, laid down in an order of their own."""
    files = list(dict.fromkeys(path for day in days for path in simulated_files(made, day, seed=7, size="small")))
    if order is not None:
        random.Random(order).shuffle(files)  # noqa: S311 - no secret
    landing = home / "landing"
    for number, path in enumerate(files):
        (landing / f"{number:05d}").mkdir(parents=True)
        shutil.copyfile(path, landing / f"{number:05d}" / path.name)
    return load_settings(None, home=home, landing=landing)


def facts_of(made: Path, home: Path, *, jobs: int, order: int | None) -> dict[str, str]:
    """The facts of all sessions."""
    days = last_sessions(SESSIONS)
    settings = landed(made, home, days, order)
    nights = [
        NightRequest.build(settings, source="files", session_date=day, seed=7, book=None, is_forced=False, now=NOW)
        for day in days
    ]
    began = time.perf_counter()
    with open_writer(home, "the soak") as store:
        take_in_facts(store, nights, settings, jobs=jobs, now=NOW)
        found = hashes_of(store, FACTS)
    print(f"\nfacts of {SESSIONS} sessions, {jobs} jobs, order {order}: {time.perf_counter() - began:.1f} s")  # noqa: T201
    shutil.rmtree(home)
    return found


def test_three_orders_of_the_files_and_four_workers_give_the_same_facts(made: Path, tmp_path: Path) -> None:
    expected = facts_of(made, tmp_path / "serial", jobs=1, order=None)
    for jobs, order in OTHER_WAYS:
        assert facts_of(made, tmp_path / f"{jobs}-{order}", jobs=jobs, order=order) == expected, (jobs, order)


def built(made: Path, home: Path, *, jobs: int, order: int | None) -> dict[str, str]:
    """The facts and figures of the last sessions, built as the command builds them."""
    days = last_sessions(WHOLE_SESSIONS)
    settings = landed(made, home, days, order)
    request = BackfillRequest(
        first=days[0], last=days[-1], count=None, source="files", seed=7, reports="none", is_forced=False, jobs=jobs
    )
    began = time.perf_counter()
    outcome = run_backfill(request, settings, clock=lambda: NOW)
    print(f"\n{outcome.line} {jobs} jobs, order {order}: {time.perf_counter() - began:.1f} s")  # noqa: T201
    assert outcome.line == f"{WHOLE_SESSIONS} sessions: {WHOLE_SESSIONS} built, 0 already done, 0 on data hold."
    found = everything_in(home)
    shutil.rmtree(home)
    return found


def test_three_orders_of_the_files_and_four_workers_give_the_same_figures(made: Path, tmp_path: Path) -> None:
    """One process makes them, session by session: only rows that are stored in another order could tell."""
    expected = built(made, tmp_path / "serial", jobs=1, order=None)
    for jobs, order in OTHER_WAYS:
        assert built(made, tmp_path / f"{jobs}-{order}", jobs=jobs, order=order) == expected, (jobs, order)


def start(home: Path, *more: str, **environment: str) -> subprocess.Popen[str]:
    """`condorwatch backfill` of four small sessions, without the configuration of this machine."""
    program = Path(sys.executable).with_name("condorwatch")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONDORWATCH_")}
    return subprocess.Popen(
        [program, "backfill", "--source", "simulated", *FOUR_SESSIONS, "--reports", "none", "--home", home, *more],
        env={**inherited, "CONDORWATCH_SIMULATED_SIZE": "small", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def everything_in(home: Path) -> dict[str, str]:
    with open_reader(home) as reader:
        return hashes_of(reader, EVERYTHING)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every table of a backfill by a single process."""
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    process = start(home)
    _, err = process.communicate()
    assert process.returncode == 0, err
    return everything_in(home)


def test_the_same_sessions_five_times_change_nothing(undisturbed: dict[str, str], tmp_path: Path) -> None:
    for number in range(5):
        process = start(tmp_path, "--jobs", "2", *(["--force"] if number else []))
        _, err = process.communicate()
        assert process.returncode == 0, err
        assert everything_in(tmp_path) == undisturbed


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """The worker processes of a run."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        return []
    found = []
    for child in map(int, children.read_text().split()):
        try:
            command = Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        if b"spawn_main" in command:
            found.append(child)
    return found


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def wait_until(is_done: Callable[[], object], *, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def test_a_killed_worker_ends_the_run_with_a_sentence_and_the_next_one_goes_on(
    undisturbed: dict[str, str], tmp_path: Path
) -> None:
    process = start(tmp_path, "--jobs", "2")
    wait_until(lambda: workers_of(process))
    os.kill(workers_of(process)[0], signal.SIGKILL)
    _, err = process.communicate()
    assert process.returncode == 1
    assert "A worker process of the backfill was ended from outside." in err
    assert not (tmp_path / SCRATCH).exists()
    again = start(tmp_path, "--jobs", "2")
    _, err = again.communicate()
    assert again.returncode == 0, err
    assert everything_in(tmp_path) == undisturbed


def test_a_killed_loader_leaves_no_worker_behind_and_the_next_run_goes_on(
    undisturbed: dict[str, str], tmp_path: Path
) -> None:
    process = start(tmp_path, "--jobs", "2", CONDORWATCH_FAULT_AT="chains.written")
    wait_until(lambda: workers_of(process))
    left = workers_of(process)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert (tmp_path / SCRATCH).exists()
    wait_until(lambda: all(map(is_gone, left)))
    again = start(tmp_path, "--jobs", "2")
    _, err = again.communicate()
    assert again.returncode == 0, err
    assert everything_in(tmp_path) == undisturbed
    assert not (tmp_path / SCRATCH).exists()
