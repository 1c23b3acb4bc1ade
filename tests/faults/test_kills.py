"""SIGKILL at every named boundary of a first night, of a restatement and of a backfill, and 200 times at random.

Each episode is one home. Every run of it is killed and the next one resumes what it left, so every kill is healed from;
the last run goes undisturbed and must give the content hashes of a home in which nothing ever happened. Meanwhile
a reader in a process of its own polls the published snapshot, and a real mail server counts what it is given.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from flows.mail import is_shown
from tests.faults.builds import Hashes, digest_of, published_hashes, written_hashes
from tests.faults.kill_checks import Course, Episode, Findings, empty_hashes
from tests.faults.mailbox import Mailbox, mail_server
from tests.faults.program_server import Ended, Program
from tests.faults.watcher import MOVED, THERE, Watcher
from transforms.market.calendar import previous_session
from transforms.simulated.files import files_for
from transforms.simulated.market import FEATURE_SESSION, simulate
from warehouse.store import open_writer

Run = Callable[..., CompletedProcess[str]]
Command = Callable[[Path, Path], list[object]]

pytestmark = pytest.mark.soak

ADDRESS = "desk@one.example"
CONFIGURATION = """
[email]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "desk@sender.example"
attempts = 1
backoff_seconds = 0
[email.recipients.ALL]
to = "desk@one.example"
"""
DONE, NOTHING_TO_DO, DELIVERY_FAILED = 0, 4, 5
FEWEST_POINTS = 40
# The files of a report and the steps of an e-mail are the same in every mode: each is killed at in the re-run, in the
# others at some, for a night that gets that far costs most.
LATE_STEPS = ("render.report", "render.index", "render.manifest", "outbox")
SOME_LATE_POINTS = frozenset(
    {
        "render.manifest.renamed",
        "render.report.renamed",
        "render.index.renamed",
        "outbox-queued.committed",
        "outbox-sending.committed",
    }
)
# When a run dies at random: so many boundaries on, then within so many seconds. Most die before the report is drawn,
# where the commits are; some while it is, or after.
LATE_SHARE, LONGEST_DELAY_SECONDS = 0.1, 0.5
MOST_KILLS_A_HOME = 25
FIGURES_BEGIN = frozenset({"core.begin", "market.begin"})


@dataclass(frozen=True)
class Mode:
    """A way to run: what stands before (None: nothing), the command, and the builds before it and after it."""

    name: str
    base: Path | None
    command: tuple[object, ...]
    before: Hashes
    after: Hashes
    is_mailed: bool


@dataclass
class Stand:
    """A home that is killed in, one episode after the other, always at the same path."""

    program: Program
    mode: Mode
    home: Path
    mailbox: Mailbox
    findings: Findings
    endings: Counter[str]
    course: Course | None = None
    episodes: int = 0

    def undisturbed(self) -> Ended:
        """One run to its end in a fresh home, from which the course is read off."""
        self.fresh()
        states = self.home.with_name("states")
        ended = self.run(states=(self.home, states))
        assert ended.code == DONE, ended.stderr
        self.end(ended)
        self.course = Course.of(self.mode.before, ended.steps, states)
        assert self.course.builds[-1] == self.mode.after
        shutil.rmtree(states)
        return ended

    def begin(self) -> Episode:
        """An episode in a fresh home."""
        assert self.course is not None
        self.fresh()
        return Episode(self.home, self.course, self.findings, self.mailbox)

    def fresh(self) -> None:
        """A fresh home, put in the place of the one before in one step, for a reader is looking."""
        self.episodes += 1
        fresh = self.home.with_name(f"episode-{self.episodes}")
        if self.mode.base is not None:
            shutil.copytree(self.mode.base, fresh)
        else:
            fresh.mkdir()
        beside = self.home.with_name("beside")
        beside.symlink_to(fresh)
        beside.replace(self.home)
        shutil.rmtree(self.home.with_name(f"episode-{self.episodes - 1}"), ignore_errors=True)
        self.mailbox.clear()

    def run(
        self,
        *,
        kill_at: tuple[int, float] | None = None,
        fault_at: str = "",
        states: tuple[Path, Path] | None = None,
    ) -> Ended:
        """One run of the mode's command."""
        command = (*self.mode.command, "--home", self.home)
        return self.program.run(*command, kill_at=kill_at, states=states, CONDORWATCH_FAULT_AT=fault_at)

    def end(self, ended: Ended) -> None:
        """What an undisturbed last run must have come to."""
        unknown = self.mode.is_mailed and not self.mailbox.times_taken[ADDRESS]
        may_end = {DELIVERY_FAILED} if unknown else {DONE, NOTHING_TO_DO, DELIVERY_FAILED}
        assert ended.code in may_end, (ended.code, ended.stderr)
        if ended.code == DELIVERY_FAILED:
            assert "may or may not have arrived" in ended.stderr
        assert published_hashes(self.home) == self.mode.after
        assert written_hashes(self.home) == self.mode.after
        assert not list(self.home.rglob("*.publishing"))
        with open_writer(self.home, "the test") as store:
            assert is_shown(store, self.home)
        self.endings[f"exit {ended.code}, mailed {self.mailbox.times_taken[ADDRESS]} times"] += 1
        assert max(self.mailbox.times_taken.values(), default=0) <= 1


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with Program(tmp_path_factory.mktemp("program"), {"OPENBLAS_NUM_THREADS": "1"}) as started:
        yield started


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mailbox, Path]]:
    with mail_server() as (mailbox, port):
        config = tmp_path_factory.mktemp("config") / "condorwatch.toml"
        config.write_text(CONFIGURATION.format(port=port))
        yield mailbox, config


@pytest.fixture(scope="module")
def two_nights(landing: Path, book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The landing of the small night, its book, and the files of the session before."""
    folder = Path(shutil.copytree(landing, tmp_path_factory.mktemp("two") / "landing"))
    shutil.copy(book, folder / "book.csv")
    for file in files_for(simulate(7), previous_session(FEATURE_SESSION), size="small"):
        if not file.name.startswith("before") and not file.name.endswith(("fills.csv", "accounts.csv")):
            path = folder / "earlier" / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
    return folder


@pytest.fixture(scope="module")
def modes(
    *,
    program: Program,
    mail: tuple[Mailbox, Path],
    night: Command,
    landing: Path,
    restated_landing: Path,
    two_nights: Path,
    old_home: Path,
    old: Hashes,
    new: Hashes,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Mode]:
    nightly = [
        [argument for argument in night(Path(), folder) if argument not in {"--no-email", "--home", Path()}]
        for folder in (landing, restated_landing)
    ]
    first, restated = ((*command, "--config", mail[1]) for command in nightly)
    earlier, undisturbed = previous_session(FEATURE_SESSION), tmp_path_factory.mktemp("undisturbed") / "home"
    from_files = ("backfill", "--source", "files", "--landing", two_nights, "--from", earlier)
    backfill = (*from_files, "--to", FEATURE_SESSION, "--reports", "last")
    ran = program.run(*backfill, "--home", undisturbed)
    assert (ran.code, ran.stdout[:24]) == (DONE, "2 sessions: 2 built, 0 a"), ran.stderr
    nothing, both = empty_hashes(), published_hashes(undisturbed)
    return {
        "first run": Mode("first run", None, first, nothing, old, is_mailed=True),
        "re-run": Mode("re-run", old_home, restated, old, new, is_mailed=True),
        "backfill": Mode("backfill", None, backfill, nothing, both, is_mailed=False),
    }


@contextmanager
def stand(program: Program, mode: Mode, mailbox: Mailbox, folder: Path) -> Iterator[Stand]:
    """A stand that is watched by a reader; what the reader has found is judged and printed at the end."""
    built = Stand(program, mode, folder / "home", mailbox, Findings(), Counter())
    built.fresh()
    began = time.monotonic()
    with Watcher(folder / "home", folder / "watched") as watcher:
        yield built
    names = {digest_of(mode.before): "old", digest_of(mode.after): "new", "asked True": "asked"}
    names |= {"nothing": "nothing", MOVED: MOVED, THERE: THERE}
    seen = Counter({names.get(found, found): times for found, times in watcher.found.items()})
    print(  # noqa: T201 - the figures are what this is for
        f"\n{mode.name}: {built.findings.line}; {built.episodes} homes, {program.runs} runs so far, "
        f"{time.monotonic() - began:.0f} s; endings {dict(built.endings)}; the reader saw {dict(seen)}"
    )
    assert set(seen) <= set(names.values()), seen
    assert seen["asked"], seen
    assert mode.base is None or not seen["nothing"], seen
    assert built.findings.is_clean, built.findings


@dataclass(frozen=True)
class Point:
    """A boundary to die at, as a run passes it that resumes what was killed just before, and one in a fresh home.

    A night that is done is passed over by the runs that resume it: there the boundaries are counted from its end on.
    """

    step: str
    resumed: str
    fresh: str

    @property
    def is_of_every_mode(self) -> bool:
        return self.step in SOME_LATE_POINTS or not self.step.startswith(LATE_STEPS)


def points_of(steps: tuple[str, ...]) -> list[Point]:
    """Every boundary each time it is passed; of archived and rendered files the first of a night alone."""
    passed: Counter[str] = Counter()
    tonight: Counter[str] = Counter()
    points = []
    for step in steps:
        passed[step] += 1
        tonight[step] += 1
        if tonight[step] == 1 or not step.startswith(("archive", "render")):
            resumed, fresh = (f"{step}:{counted[step]}".removesuffix(":1") for counted in (tonight, passed))
            points.append(Point(step, resumed, fresh))
        if step == "night.done":
            tonight.clear()
    return points


@pytest.mark.parametrize("name", ["first run", "re-run", "backfill"])
def test_killed_at_every_boundary_nothing_is_mixed_lost_or_sent_twice(
    name: str, program: Program, modes: dict[str, Mode], mail: tuple[Mailbox, Path], tmp_path: Path
) -> None:
    with stand(program, modes[name], mail[0], tmp_path) as at:
        undisturbed = at.undisturbed()
        points = [point for point in points_of(undisturbed.steps) if name == "re-run" or point.is_of_every_mode]
        episode = at.begin()
        resets = 0
        for point in points:
            ended = at.run(fault_at=point.resumed)
            if not ended.is_killed:  # what an earlier kill has left needs this step no more: it has healed
                resets += 1
                at.end(ended)
                episode = at.begin()
                ended = at.run(fault_at=point.fresh)
            assert ended.is_killed, (point, ended)
            print(point.fresh, end=" ", flush=True)  # noqa: T201 - progress of what takes minutes
            episode.look(ended.steps, point.fresh)
            assert at.findings.is_clean, at.findings
        at.end(at.run())
        names = {point.step for point in points}
        print(f"\n{name}: {len(points)} crash points under {len(names)} names, {resets} homes healed between")  # noqa: T201
        assert at.findings.kills == len(points)
        assert len(names) >= FEWEST_POINTS


@pytest.mark.parametrize(("name", "kills"), [("first run", 60), ("re-run", 90), ("backfill", 50)])
def test_killed_at_random_nothing_is_mixed_lost_or_sent_twice(
    *, name: str, kills: int, program: Program, modes: dict[str, Mode], mail: tuple[Mailbox, Path], tmp_path: Path
) -> None:
    chance = random.Random(f"{name} {os.environ.get('KILL_SEED', '7')}")  # noqa: S311 - when to kill
    with stand(program, modes[name], mail[0], tmp_path) as at:
        undisturbed = at.undisturbed()
        # A run that resumes what a killed one has left takes nothing in: it begins with the first stage of the figures.
        resumed = undisturbed.steps[min(map(undisturbed.steps.index, FIGURES_BEGIN & {*undisturbed.steps})) :]
        died_after: Counter[str] = Counter()
        while at.findings.kills < kills:
            episode = at.begin()
            for number in range(MOST_KILLS_A_HOME):
                ahead = resumed if number else undisturbed.steps
                is_late = chance.random() < LATE_SHARE
                boundaries = chance.randrange(len(ahead) if is_late else ahead.index("render.begin"))
                ended = at.run(kill_at=(boundaries, chance.uniform(0, LONGEST_DELAY_SECONDS)))
                if not ended.is_killed:
                    break
                died_after[ended.steps[-1] if ended.steps else "the start"] += 1
                print(f"{at.findings.kills}:{ended.steps[-1:]}", end=" ", flush=True)  # noqa: T201 - progress
                episode.look(ended.steps, f"kill {at.findings.kills}")
                assert at.findings.is_clean, at.findings
            at.end(ended if not ended.is_killed else at.run())
        print(f"\n{name}: the last boundary before each death: {len(died_after)} different: {dict(died_after)}")  # noqa: T201
