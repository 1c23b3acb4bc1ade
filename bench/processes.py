"""A program run as a whole process: wall time, processor time and peak memory, as the operating system counted them.

This module and those that import it use the standard library only: a child's peak starts from its parent's size.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PYTHON = sys.executable
PROGRAM = str(Path(PYTHON).with_name("condorwatch"))
ROOT = Path(__file__).resolve().parent.parent
ACCEPTED = (0, 3)  # done; done with a data hold


class FailedRunError(RuntimeError):
    """A measured program ended badly: its time means nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a program."""

    wall_s: float
    cpu_s: float  # of the process and of the children it waited for
    peak_mb: float  # the largest single process among them
    output: str


def spent_s(pid: int) -> float:
    """Processor time a process that runs has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Memory a process that runs holds now, files it has mapped among it."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def run(argv: list[str], *, environment: Mapping[str, str] | None = None) -> Run:
    """Run a program to its end.

    Raises:
        FailedRunError: its exit code is neither 0 nor 3; the message ends with what it wrote.
    """
    begin = time.perf_counter()
    with subprocess.Popen(  # noqa: S603  our own programs, with arguments we wrote
        argv,
        cwd=ROOT,
        env=own_environment(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        output = process.stdout.read() if process.stdout else ""
        usage = ended(process)
    wall_s = time.perf_counter() - begin
    if process.returncode not in ACCEPTED:
        raise FailedRunError(f"{' '.join(argv)} ended with {process.returncode}:\n{output[-2000:]}")
    return Run(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def ended(process: subprocess.Popen[str]) -> resource.struct_rusage:
    """Wait for a child and take what the system counted for it alone."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def own_environment(more: Mapping[str, str] | None) -> dict[str, str]:
    """Our environment without what would redirect the program, and with what the run wants."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CONDORWATCH_", "PREFECT_"))}
    return kept | {"PYTHONWARNINGS": "ignore", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"} | dict(more or {})
