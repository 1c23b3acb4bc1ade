"""A disk that fails: every kind of call on every kind of file, once, under the whole program; and one that is full.

The faults are injected below the program by a library of our own, preloaded into its process (failing_disk.c): DuckDB's
calls fail as Python's do. Whatever fails: the last published snapshot and the archive stay whole, the program says in
one sentence what to do, and a later run ends as if nothing had happened.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.faults.builds import Hashes, published_hashes, written_hashes
from tests.faults.disk_faults import DiskFault, compiled, faults_of
from tests.faults.kill_checks import REPORT_ENDINGS
from tests.faults.program_server import Ended, Program
from transforms.simulated.market import FEATURE_SESSION
from warehouse.store import published_path

Run = Callable[..., CompletedProcess[str]]
Command = Callable[[Path, Path], list[object]]

pytestmark = pytest.mark.soak

DONE, FAILED, NOTHING_TO_DO = 0, 1, 4
FEWEST_FAULTS = 60
GENERIC_HINT = "--debug"


@pytest.fixture(scope="session")
def failing_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that fails calls, compiled for this machine."""
    library = compiled(tmp_path_factory.mktemp("disk"))
    return library or pytest.skip("no C compiler on this machine, so no disk that fails")


@pytest.fixture(scope="module")
def program(failing_disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    environment = {"OPENBLAS_NUM_THREADS": "1", "LD_PRELOAD": str(failing_disk)}
    with Program(tmp_path_factory.mktemp("program"), environment) as started:
        yield started


@dataclass
class Bench:
    """A command that is run on a copy of a home while one call fails, then run again."""

    program: Program
    base: Path | None
    command: tuple[object, ...]
    expected: tuple[Hashes, ...]
    final: Hashes
    folder: Path
    count: int = 0
    wrong: list[str] = field(default_factory=list)
    endings: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def fresh_home(self) -> Path:
        self.count += 1
        home = self.folder / f"home-{self.count}"
        if self.base is None:
            home.mkdir()
        else:
            shutil.copytree(self.base, home)
        return home

    def run(self, home: Path, **environment: str) -> Ended:
        return self.program.run(*self.command, "--home", home, **environment)

    def calls(self) -> list[str]:
        """What an undisturbed run asks of the disk."""
        home, log = self.fresh_home(), self.folder / "calls"
        ended = self.run(home, FAILING_DISK_HOME=str(home), FAILING_DISK_LOG=str(log))
        assert ended.code == DONE, ended.stderr
        assert published_hashes(home) == self.final
        shutil.rmtree(home)
        return log.read_text().splitlines()

    def inject(self, fault: DiskFault) -> None:
        """One call fails; then the same command again, on a disk that works."""
        home, log = self.fresh_home(), self.folder / f"log-{self.count}"
        ended = self.run(home, FAILING_DISK_HOME=str(home), FAILING_DISK_FAULT=fault.setting, FAILING_DISK_LOG=str(log))
        found = list(self._problems(home, ended))
        if "\nFAULT " not in log.read_text():
            found.append("the fault was not met")
        healed = self.run(home)
        if healed.code not in {DONE, NOTHING_TO_DO}:
            found.append(f"running again ends with {healed.code}: {healed.stderr[-300:]}")
        elif published_hashes(home) != self.final or written_hashes(home) != self.final:
            found.append("running again gives other figures")
        self.wrong += [f"{fault}: {problem}" for problem in found]
        self.endings[f"exit {ended.code}"] += 1
        self.errors[str(fault).rsplit("#", maxsplit=1)[-1].split(" ", maxsplit=1)[1]] += 1
        shutil.rmtree(home)

    def _problems(self, home: Path, ended: Ended) -> Iterator[str]:
        """What must not be after a fault, however the run ended."""
        if "Traceback" in ended.stderr or ended.code not in {DONE, FAILED}:
            yield f"ends with {ended.code}: {ended.stderr[-400:]}"
        if ended.code == FAILED and not ("\nHint: " in ended.stderr and GENERIC_HINT not in ended.stderr):
            yield f"does not say what to do: {ended.stderr}"
        if ended.code == DONE and published_hashes(home) != self.final:
            yield f"is said to be done, and is not: {ended.stderr}"
        yield from unreadable(home, self.expected)


def unreadable(home: Path, expected: tuple[Hashes, ...]) -> Iterator[str]:
    """What of the published snapshot, the archive and the reports is not whole."""
    if published_path(home).exists() and published_hashes(home) not in expected:
        yield "the published snapshot is none that was ever issued"
    for path in (home / "raw").glob("??/*"):
        if not path.name.startswith(".") and hashlib.sha256(path.read_bytes()).hexdigest() != path.name:
            yield f"{path} is not whole"
    for path in home.glob("reports/*/hedge-status*"):
        if not path.read_bytes().rstrip().endswith(REPORT_ENDINGS[path.suffix]):
            yield f"{path} is not whole"


@pytest.fixture(scope="module")
def benches(
    *,
    program: Program,
    landing: Path,
    restated_landing: Path,
    old_home: Path,
    new_home: Path,
    old: Hashes,
    new: Hashes,
    condorwatch_here: Run,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Bench]:
    """A restatement, a first night without a book, and a report drawn again."""
    day = ("--from", FEATURE_SESSION, "--to", FEATURE_SESSION, "--reports", "none", "--source", "files")
    first = tmp_path_factory.mktemp("first") / "home"
    assert condorwatch_here("backfill", *day, "--landing", landing, "--home", first).returncode == DONE
    folder, bookless = tmp_path_factory.mktemp("bench"), published_hashes(first)
    restated = ("backfill", *day, "--landing", restated_landing)
    return {
        "re-run": Bench(program, old_home, restated, (old, new), new, folder),
        "first run": Bench(program, None, ("backfill", *day, "--landing", landing), (bookless,), bookless, folder),
        "report": Bench(program, new_home, ("report", "--session", FEATURE_SESSION), (new,), new, folder),
    }


# In a first run only what a re-run does not do: folders, and files that are not there yet.
ONLY_FIRST = ("mkdir", "open", "rename")


@pytest.mark.parametrize("name", ["re-run", "first run", "report"])
def test_whatever_call_fails_what_was_published_stays_and_a_later_run_recovers(
    name: str, benches: dict[str, Bench]
) -> None:
    bench = benches[name]
    began = time.monotonic()
    calls = bench.calls()
    faults = [fault for fault in faults_of(calls) if name != "first run" or fault.call in ONLY_FIRST]
    only = os.environ.get("DISK_FAULT")
    for fault in faults:
        if only is None or only in str(fault):
            bench.inject(fault)
    print(  # noqa: T201 - the figures are what this is for
        f"\n{name}: {len(calls)} calls, {len(faults)} injections in {time.monotonic() - began:.0f} s; "
        f"{dict(bench.endings)}; {dict(bench.errors)}; {len(bench.wrong)} wrong"
    )
    assert not bench.wrong, "\n".join(bench.wrong)
    assert name != "re-run" or len(faults) >= FEWEST_FAULTS


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own that can be full."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    mounted = subprocess.run(["mount", *options], check=False, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no disk of its own can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_on_a_full_disk_nothing_is_lost_and_with_room_again_the_night_ends_well(
    benches: dict[str, Bench], tmp_path: Path
) -> None:
    """Of less and less room: the night dies at another place each time, at last before its first byte."""
    bench = benches["re-run"]
    outcomes: list[str] = []
    for room_kb in (16_000, 8_000, 3_000, 1_000, 300, 100, 20, 0):
        with small_disk(tmp_path / f"disk-{room_kb}", 200) as disk:
            home = Path(shutil.copytree(bench.base or disk, disk / "home"))
            free_kb = shutil.disk_usage(disk).free // 1024
            with (disk / "ballast").open("wb") as ballast:
                os.posix_fallocate(ballast.fileno(), 0, (free_kb - room_kb) * 1024)
            ended = bench.run(home)
            said = list(bench._problems(home, ended))  # noqa: SLF001 - of this very file
            (disk / "ballast").unlink()
            healed = bench.run(home)
            outcomes.append(f"{room_kb} KB: exit {ended.code}, then {healed.code}")
            assert not said, (room_kb, said)
            assert healed.code in {DONE, NOTHING_TO_DO}, healed.stderr
            assert published_hashes(home) == written_hashes(home) == bench.final
    print(f"\na full disk: {outcomes}")  # noqa: T201 - the figures are what this is for
    assert sum("exit 1" in outcome for outcome in outcomes) >= 5
