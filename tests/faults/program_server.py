"""The program as a process that is started hundreds of times: forked from one that has imported it already.

Run as a module it reads orders from its input, one JSON a line, and for each forks a child that becomes `condorwatch`:
same entry point, own process, own environment; only the seconds of importing are saved. `Program` is the other end.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

MODULES = (
    "flows.settings",
    "flows.nightly",
    "flows.backfill",
    "flows.notices",
    "flows.mail",
    "flows.sources.simulated",
    "flows.rebuild_command",
    "templates.render",
    "weasyprint",
    "templates.index_page",
    "templates.email_bodies",
)
STEPS_LOGGER = "condorwatch.steps"
LONGEST_SECONDS = 300


class _AtOnce(logging.Handler):
    """Hands each boundary to the kernel before the program goes on: what is written there survives SIGKILL."""

    def __init__(self, path: str, states: str, home: str) -> None:
        super().__init__()
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._states, self._home = states, Path(home)
        self._kept_qty = 0

    def emit(self, record: logging.LogRecord) -> None:
        name: str = record.step  # type: ignore[attr-defined]  # of warehouse.steps
        os.write(self._descriptor, f"{name}\n".encode())
        if self._states and is_commit(name):
            self._keep_state()

    def _keep_state(self) -> None:
        """Copy the database as it lies there; by another process, for closing a file drops this one's locks on it."""
        place = Path(self._states) / f"{self._kept_qty:03}" / "warehouse"
        place.mkdir(parents=True)
        subprocess.run(["cp", *(self._home / "warehouse").glob("build.duckdb*"), place], check=True)
        self._kept_qty += 1


def is_commit(step: str) -> bool:
    """Whether passing a boundary acknowledges a commit to the writer's file."""
    return (step.endswith(".committed") and not step.startswith(("publish", "render"))) or step == "night.done"


def _become_the_program(order: Mapping[str, object]) -> NoReturn:
    from flows.cli import main

    for stream, number in (("stdout", 1), ("stderr", 2)):
        os.dup2(os.open(str(order[stream]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.update(order["environment"])  # type: ignore[call-overload]  # a mapping, from our own end
    logger = logging.getLogger(STEPS_LOGGER)
    logger.setLevel(logging.INFO)
    logger.addHandler(_AtOnce(str(order["steps"]), str(order["states"]), str(order["home"])))
    sys.argv = ["condorwatch", *order["arguments"]]  # type: ignore[misc]  # strings, from our own end
    code = 0
    try:
        main()
    except SystemExit as ending:
        code = int(ending.code or 0)
    except BaseException:  # noqa: BLE001 - what no door has caught is what the tests look for
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def serve() -> None:
    """Fork a child for every order; say its number, then how it ended."""
    import_module("flows.cli")
    for module in MODULES:
        import_module(module)
    warnings.filterwarnings("ignore", message=".*multi-threaded.*fork", category=DeprecationWarning)
    print("ready", flush=True)  # noqa: T201 - how the two ends talk
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            _become_the_program(order)
        print(child, flush=True)  # noqa: T201 - as above
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - as above


@dataclass(frozen=True)
class Ended:
    """How a run ended, what it said, and the boundaries it had passed."""

    code: int
    stdout: str
    stderr: str
    steps: tuple[str, ...]

    @property
    def is_killed(self) -> bool:
        return self.code == -signal.SIGKILL


@dataclass
class Program:
    """Starts runs one after the other; use it as a context."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    runs: int = 0

    def __enter__(self) -> Self:
        """Begin."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONDORWATCH_")}
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.program_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**inherited, **self.environment},
            text=True,
            bufsize=1,
        )
        assert self._line() == "ready"
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(60)
        assert self._server.stdout is not None
        self._server.stdout.close()

    def run(
        self,
        *arguments: object,
        kill_at: tuple[int, float] | None = None,
        states: tuple[Path, Path] | None = None,
        **environment: str,
    ) -> Ended:
        """Run to the end, or for so many boundaries and, from then on, so many seconds.

        `states` are a home and a folder: there, a home each, the database is kept as it stood after every commit.
        """
        pid = self._start(arguments, environment, states)
        if kill_at is not None:
            self._kill(pid, *kill_at)
        code = int(self._line())
        said = {name: (self.folder / name).read_text() for name in ("stdout", "stderr")}
        return Ended(code, said["stdout"], said["stderr"], self._steps())

    def _start(
        self, arguments: tuple[object, ...], environment: Mapping[str, str], states: tuple[Path, Path] | None
    ) -> int:
        assert self._server.stdin is not None
        self.runs += 1
        for name in ("stdout", "stderr", "steps"):
            (self.folder / name).write_text("")
        order = {name: str(self.folder / name) for name in ("stdout", "stderr", "steps")}
        home, kept = map(str, states or ("", ""))
        told = {"arguments": [*map(str, arguments)], "environment": environment, "home": home, "states": kept}
        self._server.stdin.write(json.dumps({**order, **told}) + "\n")
        return int(self._line())

    def _kill(self, pid: int, boundaries: int, seconds: float) -> None:
        end = time.monotonic() + LONGEST_SECONDS
        while len(self._steps()) < boundaries and time.monotonic() < end and not self._has_ended(0.004):
            pass
        if not self._has_ended(seconds):
            os.kill(pid, signal.SIGKILL)

    def _has_ended(self, within_seconds: float) -> bool:
        return bool(select.select([self._server.stdout], [], [], within_seconds)[0])

    def _steps(self) -> tuple[str, ...]:
        return tuple((self.folder / "steps").read_text().split())

    def _line(self) -> str:
        assert self._server.stdout is not None
        assert self._has_ended(LONGEST_SECONDS), "the program does not end"
        return self._server.stdout.readline().strip()


if __name__ == "__main__":
    serve()
