"""A backfill killed again and again and taken up again ends as if nothing had happened, over the end of a month."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from warehouse.store import open_reader, open_writer, published_path
from warehouse.tables import CORE_TABLES, MART_TABLES, RAW_TABLES
from warehouse.tables.meta import META_APPLIED_LOADS, META_CHECKS, META_LOADS, META_REJECTED_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    from warehouse.connection import Connection

    Run = Callable[..., CompletedProcess[str]]

COMPARED = (*RAW_TABLES, *CORE_TABLES, *MART_TABLES, META_CHECKS, META_LOADS, META_APPLIED_LOADS, META_REJECTED_ROWS)
FOUR_SESSIONS = ("--from", "2026-04-29", "--to", "2026-05-04")
# Where each run dies. A night that dies at `night.done` is done, so the next run gets a night further.
TWO_DEATHS = ("night.done", "book.written")
FIVE_DEATHS = ("series.written", "chains.written", "night.done", "book.written", "night.done")


def hashes_of(connection: Connection) -> dict[str, str]:
    return {table.full_name: connection.content_hash(table) for table in COMPARED}


@pytest.fixture
def backfill(condorwatch: Run) -> Callable[..., CompletedProcess[str]]:
    def run(home: Path, **environment: str) -> CompletedProcess[str]:
        command = ("backfill", "--source", "simulated", *FOUR_SESSIONS, "--reports", "none", "--home", home)
        return condorwatch(*command, CONDORWATCH_SIMULATED_SIZE="small", **environment)

    return run


@pytest.mark.parametrize(
    ("deaths", "built"), [(TWO_DEATHS, 3), pytest.param(FIVE_DEATHS, 2, marks=pytest.mark.soak)], ids=["two", "five"]
)
def test_a_backfill_killed_and_resumed_is_as_if_undisturbed(
    backfill: Run, tmp_path: Path, deaths: tuple[str, ...], built: int
) -> None:
    for boundary in deaths:
        killed = backfill(tmp_path / "killed", CONDORWATCH_FAULT_AT=boundary)
        assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, ""), (boundary, killed.stderr)
        assert not published_path(tmp_path / "killed").exists()

    healed, undisturbed = backfill(tmp_path / "killed"), backfill(tmp_path / "undisturbed")

    assert (healed.returncode, undisturbed.returncode) == (0, 0), healed.stderr + undisturbed.stderr
    assert healed.stdout == f"4 sessions: {built} built, {4 - built} already done, 0 on data hold.\n"
    assert undisturbed.stdout == "4 sessions: 4 built, 0 already done, 0 on data hold.\n"
    with open_reader(tmp_path / "undisturbed") as reader:
        expected = hashes_of(reader)
    with open_reader(tmp_path / "killed") as reader:
        assert hashes_of(reader) == expected
    with open_writer(tmp_path / "killed", "the test") as store:
        assert hashes_of(store) == expected
