"""What must hold of a home whenever its program was killed, held against what the program had acknowledged."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.faults.builds import Hashes, hashes_of, published_hashes, written_hashes
from tests.faults.program_server import is_commit
from warehouse.home import WarehousePaths
from warehouse.store import open_writer, published_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.faults.mailbox import Mailbox

REPORT_ENDINGS = {".html": b"</html>", ".pdf": b"%%EOF", ".json": b"}"}
RUNS = "select count(*) from meta.runs where status = 'done'"
ACCEPTED = "select address from meta.outbox_recipients where state = 'accepted' order by address"


@cache
def _empty_items() -> tuple[tuple[str, str], ...]:
    with TemporaryDirectory() as folder, open_writer(Path(folder), "the test") as store:
        return tuple(hashes_of(store).items())


def empty_hashes() -> Hashes:
    """The build of a home in which nothing has happened."""
    return dict(_empty_items())


@dataclass
class Findings:
    """What was counted over many kills; every one of the lists must stay empty."""

    kills: int = 0
    mixed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """The figures in one line."""
        return (
            f"{self.kills} kills, {len(self.mixed)} mixed sessions, {len(self.lost)} acknowledged commits lost, "
            f"{len(self.torn)} torn files"
        )

    @property
    def is_clean(self) -> bool:
        return not (self.mixed or self.lost or self.torn)


@dataclass(frozen=True)
class Course:
    """The builds the writer's file goes through in an undisturbed run: the one before, and one after each commit.

    `commits` are the boundaries after which they stood, each with the number of nights that were done before it.
    """

    builds: tuple[Hashes, ...]
    commits: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, before: Hashes, steps: Iterable[str], states: Path) -> Course:
        """Read off the copies an undisturbed run has left."""
        commits = tuple(_commits(steps))
        kept = sorted(states.iterdir())
        assert len(kept) == len(commits)
        return cls((before, *map(written_hashes, kept)), commits)

    def acknowledged(self, passed: Iterable[str]) -> int:
        """The first of the builds a home may hold whose runs have passed these boundaries, one run after the other."""
        known = {commit: number for number, commit in enumerate(self.commits, start=1)}
        return max((known.get(commit, 0) for commit in _commits(passed)), default=0)


def _commits(steps: Iterable[str]) -> Iterator[tuple[int, str]]:
    nights_done = 0
    for step in steps:
        if is_commit(step):
            yield nights_done, step
            nights_done += step == "night.done"


@dataclass
class Episode:
    """One home from its beginning to its undisturbed end: the builds it goes through, and what was acknowledged.

    `passed` are the boundaries of all its runs so far.
    """

    home: Path
    course: Course
    findings: Findings
    mailbox: Mailbox | None = None
    passed: list[str] = field(default_factory=list)
    seen: tuple[tuple[int, int], Hashes] | None = None

    def look(self, steps: Iterable[str], where: str) -> None:
        """Hold the home, just killed, against all that was acknowledged in it."""
        self.findings.kills += 1
        self.passed += steps
        self._look_at_published(where)
        self._look_at_written(where)
        self._look_at_files(where)

    @property
    def before(self) -> Hashes:
        """What stands at the beginning."""
        return self.course.builds[0]

    @property
    def after(self) -> Hashes:
        """What stands at the end."""
        return self.course.builds[-1]

    def _look_at_published(self, where: str) -> None:
        acknowledged = "publish.renamed" in self.passed
        found = self._published()
        if found is None:
            if acknowledged or self.before != empty_hashes():
                self.findings.lost.append(f"{where}: the snapshot")
        elif found != self.after:
            if found != self.before:
                self.findings.mixed.append(f"{where}: published")
            elif acknowledged:
                self.findings.lost.append(f"{where}: the snapshot")

    def _published(self) -> Hashes | None:
        """What readers see; a file that is still the same one is not hashed again."""
        path = published_path(self.home)
        if not path.exists():
            return None
        status = path.stat()
        if self.seen is None or self.seen[0] != (status.st_ino, status.st_mtime_ns):
            self.seen = (status.st_ino, status.st_mtime_ns), published_hashes(self.home)
        return self.seen[1]

    def _look_at_written(self, where: str) -> None:
        """The writer's own file is, in all tables, as it was between two commits, and after all that were told."""
        with TemporaryDirectory() as folder:
            paths, copy = WarehousePaths(self.home), WarehousePaths(Path(folder))
            copy.folder.mkdir()
            for file in paths.folder.glob("build.duckdb*"):
                shutil.copy(file, copy.folder)
            with open_writer(copy.home, "the test") as store:
                found = hashes_of(store)
                runs = store.query(RUNS).item()
                accepted = store.query(ACCEPTED)["address"].to_list()
        acknowledged = self.course.acknowledged(self.passed)
        if found not in self.course.builds:
            self.findings.mixed.append(f"{where}: {self._differing(found, acknowledged)}")
        elif found not in self.course.builds[acknowledged:]:
            self.findings.lost.append(f"{where}: {self._differing(found, acknowledged)}")
        if "night.done" in self.passed and not runs:
            self.findings.lost.append(f"{where}: the night's end")
        if "outbox-accepted.committed" in self.passed and not accepted:
            self.findings.lost.append(f"{where}: an e-mail taken")
        if self.mailbox is not None and not set(accepted) <= set(self.mailbox.times_taken):
            self.findings.mixed.append(f"{where}: an e-mail said to be taken that nobody has")

    def _differing(self, found: Hashes, acknowledged: int) -> str:
        """The tables that are not as the nearest build has them that the file may hold."""
        differing = [[name for name in found if found[name] != build[name]] for build in self.course.builds]
        return ", ".join(min(differing[acknowledged:], key=len))

    def _look_at_files(self, where: str) -> None:
        """Every file with a final name is whole: archived ones by their hash, reports by their end."""
        kept = [path for path in (self.home / "raw").glob("??/*") if not path.name.startswith(".")]
        self.findings.torn += [
            f"{where}: {path}" for path in kept if hashlib.sha256(path.read_bytes()).hexdigest() != path.name
        ]
        if len(kept) < self.passed.count("archive.kept"):
            self.findings.lost.append(f"{where}: an archived file")
        for path in self.home.glob("reports/*/hedge-status*"):
            if not path.read_bytes().rstrip().endswith(REPORT_ENDINGS[path.suffix]):
                self.findings.torn.append(f"{where}: {path}")
