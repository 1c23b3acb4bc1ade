"""Readers and the night at once: hundreds of snapshots under eight readers, and a night under eight that hold on.

Run by `make soak`. The bounds are the issue's: 8 readers, 500 publishes, at least 10,000 reads of two tables, none
torn, none refused.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from warehouse.generations import generations
from warehouse.publish import publish
from warehouse.store import open_reader, open_writer, published_path
from warehouse.tables.core import CORE_BREADTH_DAILY, CORE_INDEX_LEVELS_DAILY

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.soak

READERS, PUBLISHES, READS = 8, 500, 10_000
SESSION = dt.date(2024, 3, 15)

# A process that opens the snapshot, reads two tables one after the other, keeps it open and reads it again, and closes
# it. It ends when it is told to and has read enough.
READER = """
import json, sys
from pathlib import Path
from warehouse.store import open_reader
home, stop, least = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
found = {"reads": 0, "torn": 0, "errors": [], "backwards": 0, "seen": 0, "held": 0, "meanwhile": 0}
newest, seen = 0.0, set()
LEVEL = "select max(close_pts) as number from core.index_levels_daily"
BREADTH = "select max(advances_qty)::double as number from core.breadth_daily"
while not (stop.exists() and found["reads"] >= least):
    try:
        with open_reader(home) as reader:
            for again in range(4):
                first, second = reader.query(LEVEL).item(), reader.query(BREADTH).item()
                found["reads"] += 1
                found["torn"] += first != second
                found["held"] += again > 0
                found["meanwhile"] += not stop.exists()
            found["backwards"] += first < newest
            newest = first
            seen.add(first)
    except Exception as error:
        found["errors"].append(repr(error))
found["seen"] = len(seen)
print(json.dumps(found))
"""


@pytest.fixture
def readers() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are gone when the test is."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


def test_no_read_is_torn_or_refused_while_hundreds_of_snapshots_are_published(
    tmp_path: Path, readers: list[subprocess.Popen[str]]
) -> None:
    """Both tables carry the number of the publish, written one after the other in transactions of their own."""
    level = pl.DataFrame({"session_date": [SESSION], "symbol": ["VIX"], "load_id": ["a"]})
    breadth = pl.DataFrame({"session_date": [SESSION], "universe": ["NYSE"], "vendor": ["invented"], "load_id": ["a"]})
    stop = tmp_path / "stop"
    home = tmp_path / "home"
    with open_writer(home, "the test") as store:
        for number in range(1, PUBLISHES + 2):
            value = pl.lit(float(number))
            store.replace(CORE_INDEX_LEVELS_DAILY, level.with_columns(close_pts=value), SESSION)
            store.replace(CORE_BREADTH_DAILY, breadth.with_columns(advances_qty=pl.lit(number)), SESSION)
            publish(store, home, generations_qty=3)
            if number == 1:
                command = [sys.executable, "-c", READER, str(home), str(stop), str(READS // READERS)]
                readers += [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(READERS)]
                began = time.perf_counter()
        took = time.perf_counter() - began
    stop.touch()
    found = [json.loads(process.communicate()[0]) for process in readers]
    total = {name: sum(one[name] for one in found) for name in ("reads", "meanwhile", "torn", "backwards", "held")}
    errors = [error for one in found for error in one["errors"]]
    print(f"\n{READERS} readers, {PUBLISHES} publishes in {took:.0f} s ({took / PUBLISHES * 1000:.0f} ms each)")  # noqa: T201
    print(total, "errors", len(errors), "snapshots seen by each", [one["seen"] for one in found])  # noqa: T201
    assert errors == []
    assert (total["torn"], total["backwards"]) == (0, 0)
    assert total["reads"] >= READS
    assert min(one["seen"] for one in found) > 1, "a reader that saw one snapshot only has proved nothing"
    assert len(generations(published_path(home))) == 3


HOLDER = """
import sys
from pathlib import Path
from warehouse.store import open_reader
query = "select max(session_date)::varchar as day from mart.book_daily"
with open_reader(Path(sys.argv[1])) as reader:
    print(reader.query(query).item(), flush=True)
    sys.stdin.readline()
    print(reader.query(query).item(), flush=True)
with open_reader(Path(sys.argv[1])) as reader:
    print(reader.query(query).item(), flush=True)
"""


def night(home: Path, session: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("condorwatch")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONDORWATCH_")}
    return subprocess.run(
        [program, "nightly", "--direct", "--source", "simulated", "--session", session, "--home", home],
        env=inherited | {"CONDORWATCH_SIMULATED_SIZE": "small"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_a_night_finishes_while_eight_readers_hold_the_published_file(
    tmp_path: Path, readers: list[subprocess.Popen[str]]
) -> None:
    first = night(tmp_path, "2026-04-23")
    assert first.returncode == 0, first.stderr
    with ExitStack() as kept:
        command = [sys.executable, "-c", HOLDER, str(tmp_path)]
        readers += [
            kept.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for _ in range(READERS)
        ]
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "2026-04-23\n"
        second = night(tmp_path, "2026-04-24")
        assert second.returncode == 0, second.stderr
        said = [reader.communicate("\n")[0].split() for reader in readers]
    print("\nheld through the night, asked again, opened again:", said[0])  # noqa: T201
    assert said == [["2026-04-23", "2026-04-24"]] * READERS
    with open_reader(tmp_path) as now:
        assert now.query("select count(distinct session_date) from mart.book_daily").item() == 2
