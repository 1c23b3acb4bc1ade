"""A disk that fails under the warehouse: nothing half is stored or shown, and with the disk mended all goes on.

The whole program on such a disk is in test_disk_faults.py, behind `make soak`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.faults.disk_faults import compiled

if TYPE_CHECKING:
    from pathlib import Path

FAULTS = (
    "write 1 28 warehouse/build.duckdb.wal",
    "write 2 5 warehouse/build.duckdb.wal",
    "fsync 1 5 warehouse/build.duckdb.wal",
    "write 2 28 warehouse/build.duckdb",
    "write 2 0 warehouse/build.duckdb",
    "fsync 1 5 warehouse/build.duckdb",
    "open 1 24 warehouse/condorwatch.publishing",
    "allocate 1 28 warehouse/condorwatch.publishing",
    "write 1 28 warehouse/condorwatch.publishing",
    "write 1 0 warehouse/condorwatch.publishing",
    "fsync 1 5 warehouse/condorwatch.publishing",
    "rename 1 13 warehouse/condorwatch.duckdb",
    "unlink 1 30 warehouse/condorwatch.publishing",
    "open 2 24 raw/*",
    "write 1 28 raw/*",
    "write 1 0 raw/*",
    "fsync 1 5 raw/*",
    "rename 1 30 raw/*",
)
# A few of them every time, all in the soak.
FEW_FAULTS = ("fsync 1 5 warehouse/build.duckdb", "rename 1 13 warehouse/condorwatch.duckdb", "write 1 28 raw/*")
# Once for each fault: write, archive and publish a value while a call fails; what readers see; then all again.
SCRIPT = """
import datetime as dt, json, os, sys
from pathlib import Path
import polars as pl
from warehouse.archive import Archive
from warehouse.errors import WarehouseError
from warehouse.publish import publish
from warehouse.store import open_reader, open_writer
from warehouse.tables.raw import RAW_INDEX_LEVELS

home = Path(sys.argv[1])

def night(close):
    with open_writer(home, "test") as store:
        Archive(home).put(f"the file of {close}".encode(), "levels.csv")
        row = {"load_id": "a", "source_line": 1, "symbol": "VIX", "date": "2026-04-29", "close": f"{close}"}
        store.replace(RAW_INDEX_LEVELS, RAW_INDEX_LEVELS.conform(pl.DataFrame([row])), "a")
        publish(store, home)

def shown():
    with open_reader(home) as reader:
        return reader.query("select close from raw.index_levels").item()

found = []
night(0)
os.environ["FAILING_DISK_HOME"] = str(home)
for number, fault in enumerate(json.loads(sys.argv[2]), start=1):
    os.environ["FAILING_DISK_FAULT"] = fault
    try:
        night(number)
        said = ""
    except (OSError, WarehouseError) as problem:
        said = str(problem)
    del os.environ["FAILING_DISK_FAULT"]
    seen = shown()
    night(number)
    found.append([fault, said, seen == str(number), seen in (str(number), str(number - 1)), shown() == str(number)])
print(json.dumps(found))
"""


@pytest.mark.parametrize("faults", [FEW_FAULTS, pytest.param(FAULTS, marks=pytest.mark.soak)], ids=["few", "all"])
def test_whatever_call_fails_readers_see_a_whole_night_and_the_next_one_succeeds(
    faults: tuple[str, ...], tmp_path: Path
) -> None:
    library = compiled(tmp_path)
    if library is None:
        pytest.skip("no C compiler on this machine, so no disk that fails")
    home, log = tmp_path / "home", tmp_path / "log"
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(home), json.dumps(faults)],
        env={**os.environ, "LD_PRELOAD": str(library), "FAILING_DISK_LOG": str(log)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert sum(line.startswith("FAULT ") for line in log.read_text().splitlines()) == len(faults)  # each was met
    for fault, said, _, is_whole, is_healed in found:
        assert (is_whole, is_healed) == (True, True), (fault, said)
    survived = [fault for fault, said, is_new, *_ in found if not said and is_new]
    failed = [(fault, said) for fault, said, *_ in found if said]
    # A write that takes only half is gone on with, and a file beside that cannot be removed is no failure.
    assert {fault.split()[2] for fault in survived} <= {"0", "30"}, survived
    assert len(failed) + len(survived) == len(faults), found
    print(f"\n{len(faults)} faults: {len(failed)} said, {len(survived)} survived")  # noqa: T201 - the figures
