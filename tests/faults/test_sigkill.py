"""A night killed as by a power cut, at every kind of step boundary: what readers see is whole, and running again heals.

The hard case is a session that is built already and is being restated by a newer chain: then a half-done night could
mix two builds. Two undisturbed homes give the expected states: `old` (before the newer chain) and `new` (after it).
A *build* of a table is its content hash. Nothing is mixed when

- the published snapshot is old in every table, or new in every table;
- in the writer's own file the tables of one stage, which are written in one transaction, are all old or all new.
"""

import os
import shutil
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.faults.builds import STAGES, Hashes, published_hashes, written_hashes
from warehouse.store import open_writer, published_path

Run = Callable[..., CompletedProcess[str]]
Command = Callable[[Path, Path], list[object]]

# Boundaries in the order a night passes them, and the stages that are committed by then.
BOUNDARIES = {
    "ingest.written": (),
    "series.begin": ("ingest",),
    "series.written": ("ingest",),
    "series.committed": ("ingest", "series"),
    "core.written": ("ingest", "series"),
    "book.written": ("ingest", "series", "core", "market"),
    "book.committed": ("ingest", "series", "core", "market", "book"),
    "capital.written": ("ingest", "series", "core", "market", "book", "actions"),
    "publish.written": tuple(STAGES),
    "publish.committed": (*STAGES, "publish"),
    "render.committed": (*STAGES, "publish"),
}
# One boundary of each kind every time, all of them in the soak.
FEW_BOUNDARIES = ("series.written", "book.written", "capital.written", "publish.written", "render.committed")
REPORTS = ("hedge-status.html", "hedge-status.pdf", "hedge-status.json")


def changed(before: Hashes, after: Hashes, names: Iterable[str]) -> set[str]:
    return {name for name in names if before[name] != after[name]}


def test_the_newer_chain_restates_every_stage(old: Hashes, new: Hashes) -> None:
    for stage, tables in STAGES.items():
        assert changed(old, new, [table.full_name for table in tables]), stage


def assert_nothing_is_mixed(home: Path, boundary: str, old: Hashes, new: Hashes) -> None:
    """Each stage and the published snapshot hold the build they must hold at a boundary, in every table."""
    assert published_hashes(home) == (new if "publish" in BOUNDARIES[boundary] else old), boundary
    written = written_hashes(home)
    for stage, tables in STAGES.items():
        expected = new if stage in BOUNDARIES[boundary] else old
        names = [table.full_name for table in tables]
        assert {name: written[name] for name in names} == {name: expected[name] for name in names}, (boundary, stage)
    for name in REPORTS:
        assert_whole(next(home.glob(f"reports/*/{name}")))


@pytest.mark.parametrize(
    "boundaries", [FEW_BOUNDARIES, pytest.param(tuple(BOUNDARIES), marks=pytest.mark.soak)], ids=["few", "all"]
)
def test_a_restatement_killed_at_one_boundary_after_the_other_mixes_nothing(
    *,
    boundaries: tuple[str, ...],
    condorwatch: Run,
    condorwatch_here: Run,
    night: Command,
    restated_landing: Path,
    old_home: Path,
    old: Hashes,
    new: Hashes,
    tmp_path: Path,
) -> None:
    """Each run resumes what the one before left, and gets a boundary further: so every kill is also healed from."""
    home = Path(shutil.copytree(old_home, tmp_path / "home"))
    command = night(home, restated_landing)
    for boundary in boundaries:
        killed = condorwatch(*command, CONDORWATCH_FAULT_AT=boundary)
        assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, ""), (boundary, killed.stderr)
        assert_nothing_is_mixed(home, boundary, old, new)

    healed = condorwatch_here(*command)

    assert healed.returncode == 0, healed.stderr
    assert published_hashes(home) == written_hashes(home) == new
    assert not list(home.rglob("*.publishing"))


@pytest.mark.parametrize(
    ("boundary", "exit_code"), [("book.written", 0), pytest.param("night.done", 4, marks=pytest.mark.soak)]
)
def test_one_kill_then_running_again_is_as_if_undisturbed(
    *,
    boundary: str,
    exit_code: int,
    condorwatch: Run,
    condorwatch_here: Run,
    night: Command,
    restated_landing: Path,
    old_home: Path,
    new: Hashes,
    tmp_path: Path,
) -> None:
    """A night killed after its last boundary is done already: exit 4."""
    home = Path(shutil.copytree(old_home, tmp_path / "home"))
    command = night(home, restated_landing)
    assert condorwatch(*command, CONDORWATCH_FAULT_AT=boundary).returncode == -signal.SIGKILL
    again = condorwatch_here(*command)
    assert (again.returncode, again.stderr) == (exit_code, "")
    assert published_hashes(home) == new


def assert_whole(report: Path) -> None:
    """A report file is the old one or the new one to its last byte, never half of one."""
    content = report.read_bytes()
    endings = {".html": b"</html>", ".pdf": b"%%EOF", ".json": b"}"}
    assert content.rstrip().endswith(endings[report.suffix])


@pytest.mark.parametrize("boundary", [pytest.param("ingest.written", marks=pytest.mark.soak), "publish.written"])
def test_a_first_night_killed_publishes_nothing_and_running_again_is_as_if_undisturbed(
    *,
    boundary: str,
    condorwatch: Run,
    condorwatch_here: Run,
    night: Command,
    landing: Path,
    old: Hashes,
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    killed = condorwatch(*night(home, landing), CONDORWATCH_FAULT_AT=boundary)
    assert killed.returncode == -signal.SIGKILL
    assert not published_path(home).exists()
    assert not list(home.glob("reports/*/*"))
    assert condorwatch_here(*night(home, landing)).returncode == 0
    assert published_hashes(home) == old


def test_the_same_night_again_is_done_already_and_forced_gives_equal_tables(
    *, condorwatch_here: Run, night: Command, landing: Path, old_home: Path, old: Hashes, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(old_home, tmp_path / "home"))
    command = night(home, landing)
    forced = condorwatch_here(*command, "--force")
    again = condorwatch_here(*command)
    assert (forced.returncode, again.returncode) == (0, 4)
    assert again.stdout == forced.stdout
    assert len(again.stdout.splitlines()) == 4  # status line and three paths
    assert published_hashes(home) == written_hashes(home) == old


def test_a_second_writer_is_turned_away_and_told_who_holds_the_lock(
    condorwatch: Run, night: Command, landing: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with open_writer(home, f"evening-desk:{os.getpid()}"):
        second = condorwatch(*night(home, landing))
    assert second.returncode == 1
    assert second.stdout == ""
    assert f"evening-desk:{os.getpid()}" in second.stderr
    assert "Hint: " in second.stderr
    assert "Traceback" not in second.stderr
    assert not published_path(home).exists()
