"""One writer at a time, and what a killed one leaves behind."""

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.new_home import open_home
from warehouse.errors import CannotOpen, WriterBusy
from warehouse.publish import publish
from warehouse.store import open_writer
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY

SESSION = dt.date(2023, 3, 13)

OPEN_ELSEWHERE = """
import duckdb, sys
try:
    duckdb.connect(sys.argv[1], read_only=True)
except duckdb.IOException:
    sys.exit(9)
"""
WRITE_AND_DIE = """
import datetime as dt, sys
from pathlib import Path
import polars as pl
from warehouse.store import open_writer
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY

session = dt.date(2023, 3, 13)
with open_writer(Path(sys.argv[1]), "doomed:1") as store, store.stage("series"):
    frame = pl.DataFrame({"session_date": [session], "symbol": ["SPX"], "close_pts": [1.0], "load_id": ["z"]})
    store.replace(CORE_INDEX_LEVELS_DAILY, frame, session)
"""

RUN_OUT_OF_ROOM = """
import resource, sys
from pathlib import Path
import polars as pl
from warehouse.errors import WriteFailed
from warehouse.store import open_writer
from warehouse.tables.raw import RAW_INDEX_LEVELS

with open_writer(Path(sys.argv[1]), "desk:1") as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 1_000_000_000))
    numbers = pl.int_range(200_000, eager=True).hash()
    frame = pl.DataFrame({"load_id": "a", "close": numbers.cast(pl.String)}).with_row_index("source_line")
    try:
        with store.stage("series"):
            store.execute("delete from core.index_levels_daily")
            store.replace(RAW_INDEX_LEVELS, frame, "a")
    except WriteFailed as error:
        print(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000_000, 1_000_000_000))
        store.replace(RAW_INDEX_LEVELS, frame, "a")
        sys.exit(7)
"""


def run_python(script: str, argument: Path, fault_at: str = "") -> int:
    environment = {**os.environ, "CONDORWATCH_FAULT_AT": fault_at}
    command = [sys.executable, "-c", script, str(argument)]
    return subprocess.run(command, env=environment, check=False, timeout=120).returncode


def test_a_second_writer_is_told_who_is_writing(tmp_path: Path) -> None:
    with open_writer(tmp_path, "desk:4711"), pytest.raises(WriterBusy, match="being written by desk:4711") as refusal:
        open_writer(tmp_path, "desk:4712")
    assert "Hint: wait until it has finished" in str(refusal.value)
    open_writer(tmp_path, "desk:4712").close()


def test_a_refused_writer_does_not_disturb_the_first(tmp_path: Path, levels: pl.DataFrame) -> None:
    with open_home(tmp_path, "desk:1") as store:
        for _ in range(2):
            with pytest.raises(WriterBusy, match="desk:1"):
                open_writer(tmp_path, "desk:2")
        store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)


@pytest.mark.file
def test_a_foreign_program_on_the_file_is_named_and_frees_the_lock(tmp_path: Path) -> None:
    open_writer(tmp_path, "desk:1").close()
    build = tmp_path / "warehouse" / "build.duckdb"
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", script, str(build)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(CannotOpen, match=r"build\.duckdb cannot be opened"):
            open_writer(tmp_path, "desk:1")
        other.communicate()
    open_writer(tmp_path, "desk:1").close()


@pytest.mark.file
def test_publishing_does_not_let_go_of_the_database_file(tmp_path: Path) -> None:
    """POSIX drops a process's locks on a file when it closes any descriptor of it: fcntl(2)."""
    with open_home(tmp_path, "desk:1") as store:
        publish(store, tmp_path)
        assert run_python(OPEN_ELSEWHERE, tmp_path / "warehouse" / "build.duckdb") == 9
    assert run_python(OPEN_ELSEWHERE, tmp_path / "warehouse" / "build.duckdb") == 0


@pytest.mark.parametrize(
    ("boundary", "closes"),
    [
        ("series.begin", [26.52, 3855.76, 112.5]),
        ("series.written", [26.52, 3855.76, 112.5]),
        ("series.committed", [1.0]),
    ],
)
def test_kill_9_leaves_the_state_before_or_after_a_stage(
    tmp_path: Path, levels: pl.DataFrame, boundary: str, closes: list[float]
) -> None:
    with open_home(tmp_path, "desk:1") as store:
        store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
    assert run_python(WRITE_AND_DIE, tmp_path, fault_at=boundary) == -signal.SIGKILL
    with open_writer(tmp_path, "desk:2") as store:
        rows = store.read(CORE_INDEX_LEVELS_DAILY)
        assert sorted(rows.get_column("close_pts")) == sorted(closes)


def test_without_the_fault_variable_nobody_dies(tmp_path: Path) -> None:
    assert run_python(WRITE_AND_DIE, tmp_path) == 0


@pytest.mark.file
def test_a_database_that_is_no_database_is_a_plain_error(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    folder.mkdir()
    (folder / "build.duckdb").write_bytes(b"not a database, and longer than a header" * 200)
    with pytest.raises(CannotOpen) as refusal:
        open_writer(tmp_path, "desk:1")
    assert not isinstance(refusal.value, duckdb.Error)


def test_a_disk_that_fills_up_undoes_the_stage_and_the_writer_goes_on_once_there_is_room(
    tmp_path: Path, levels: pl.DataFrame
) -> None:
    """A limit on file size stops the write half way, as a full disk does: setrlimit(2)."""
    with open_home(tmp_path, "desk:1") as store:
        store.replace(CORE_INDEX_LEVELS_DAILY, levels, SESSION)
        before = store.content_hash(CORE_INDEX_LEVELS_DAILY)
    assert run_python(RUN_OUT_OF_ROOM, tmp_path) == 7
    with open_writer(tmp_path, "desk:2") as store:
        assert store.content_hash(CORE_INDEX_LEVELS_DAILY) == before
        assert store.query("select count(*) from raw.index_levels").item() == 200_000
