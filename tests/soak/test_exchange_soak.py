"""Everything a few nights write goes out as Parquet and comes into another home the same. Run by `make soak`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from warehouse.exchange import EXPORTED_TABLES
from warehouse.store import open_reader
from warehouse.tables.core import CORE_OPTION_MARKS_DAILY

pytestmark = pytest.mark.soak

NIGHTS = 3


def run(*arguments: object, code: int = 0) -> str:
    program = Path(sys.executable).with_name("condorwatch")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONDORWATCH_")}
    done = subprocess.run(
        [program, *map(str, arguments)],
        env=inherited | {"CONDORWATCH_SIMULATED_SIZE": "small"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_nights_go_out_and_come_in_the_same(tmp_path: Path) -> None:
    home, second, lake = tmp_path / "home", tmp_path / "second", tmp_path / "lake"
    run("backfill", "--source", "simulated", "--last", NIGHTS, "--reports", "none", "--home", home)
    # A first export is killed on the way; the second one goes on and ends with the same files.
    program = Path(sys.executable).with_name("condorwatch")
    process = subprocess.Popen([program, "export", "--parquet", lake, "--home", home])
    while not list(lake.glob("core/*/*/*.parquet")) and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    begun = time.perf_counter()
    said = run("export", "--parquet", lake, "--home", home)
    took_out = time.perf_counter() - begun
    assert "unchanged" in run("export", "--parquet", lake, "--home", home, code=4)
    whole = tmp_path / "whole"
    run("export", "--parquet", whole, "--home", home)
    names = sorted(path.relative_to(whole) for path in whole.rglob("*.parquet"))
    assert names == sorted(path.relative_to(lake) for path in lake.rglob("*.parquet"))
    assert all((whole / name).read_bytes() == (lake / name).read_bytes() for name in names)

    begun = time.perf_counter()
    came = run("import", lake, "--home", second)
    took_in = time.perf_counter() - begun
    print(f"\n{said.strip()} {took_out:.0f} s; {came.strip()} {took_in:.0f} s")  # noqa: T201
    with open_reader(home) as theirs, open_reader(second) as ours:
        for table in EXPORTED_TABLES:
            assert ours.content_hash(table) == theirs.content_hash(table), table.full_name
        marks = pl.scan_parquet(lake / "core" / "option_marks_daily", hive_partitioning=True).collect()
        assert (
            CORE_OPTION_MARKS_DAILY.conform(marks.select(CORE_OPTION_MARKS_DAILY.column_names))
            .sort(CORE_OPTION_MARKS_DAILY.grain)
            .equals(theirs.read(CORE_OPTION_MARKS_DAILY))
        )
