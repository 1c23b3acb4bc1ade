"""A backfill on a Dask cluster, through Prefect, into a lake: what one process writes into a file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.store import open_reader
from warehouse.tables import ALL_TABLES

pytestmark = pytest.mark.soak


def backfilled(home: Path, *options: str) -> None:
    command = [Path(sys.executable).with_name("condorwatch"), "backfill", "--last", "3", "--reports", "none"]
    environment = {**os.environ, "CONDORWATCH_SIMULATED_SIZE": "small", "PREFECT_HOME": f"{home}-prefect"}
    told = subprocess.run(
        [*command, "--home", home, *options], env=environment, capture_output=True, text=True, check=False, timeout=900
    )
    assert told.returncode == 0, told.stderr
    assert "3 sessions: 3 built" in told.stdout


def test_on_dask_into_a_lake_it_is_what_one_process_writes_into_a_file(tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    backfilled(tmp_path, "--dask", "local", "--jobs", "2")
    backfilled(alone)
    assert (tmp_path / "warehouse" / "lake.toml").is_file()
    assert (alone / "warehouse" / "build.duckdb").is_file()
    with open_reader(tmp_path) as on_dask, open_reader(alone) as in_one_process:
        differing = [
            table.full_name for table in ALL_TABLES if on_dask.content_hash(table) != in_one_process.content_hash(table)
        ]
        rows_qty = sum(
            in_one_process.query(f"select count(*) as rows_qty from {table.full_name}").item() for table in ALL_TABLES
        )
    print(f"\n{len(ALL_TABLES)} tables, {rows_qty:,} rows, {len(differing)} differ.")  # noqa: T201 - the script shows it
    assert differing == []
