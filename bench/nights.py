"""A night, a night through Prefect, a backfill and the PDF, each as the whole process a user would start."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.engine_server import prefect_server
from bench.processes import PROGRAM, PYTHON, Run, run

PLAIN = "plain script (pandas, vollib, matplotlib; PDF only)"
DIRECT = "condorwatch --direct (HTML, PDF, JSON, warehouse)"
SERVED = "condorwatch through a running Prefect server"
COLD = "condorwatch, Prefect starting its own server"


@dataclass(slots=True)
class Nights:
    """What the nights of one benchmark showed."""

    session: str
    runs: dict[str, list[Run]] = field(default_factory=dict)
    plain_stages: dict[str, float] = field(default_factory=dict)
    contracts_qty: int = 0
    reports_qty: int = 0
    server_peak_mb: float | None = None
    home: Path | None = None  # of the last direct night, for the PDF


def write_landing(folder: Path, *, is_quick: bool) -> str:
    """Write one night's files and name its session."""
    size = "small" if is_quick else "full"
    made = run([PYTHON, "-m", "bench.landing", "--landing", str(folder), "--size", size])
    return str(json.loads(made.output.splitlines()[-1])["session"])


def measure_nights(work: Path, *, rounds: int, is_quick: bool, say: Callable[[str], None]) -> Nights:
    """Let plain script, direct night, served night and cold night take turns, each into a fresh home."""
    landing = work / "landing"
    nights = Nights(write_landing(landing, is_quick=is_quick))
    with prefect_server(work / "prefect-served") as server:
        for number in range(rounds):
            turns = {
                PLAIN: ([PYTHON, "bench/plain_night.py", str(landing), str(work / f"plain-{number}")], {}),
                DIRECT: (_night(work / f"direct-{number}", landing, nights.session, "--direct"), {}),
                SERVED: (_night(work / f"served-{number}", landing, nights.session), server.environment),
                COLD: (
                    _night(work / f"cold-{number}", landing, nights.session),
                    {"PREFECT_HOME": str(work / f"prefect-cold-{number}")},
                ),
            }
            for name, (argv, environment) in turns.items():
                say(f"round {number + 1} of {rounds}: {name}")
                nights.runs.setdefault(name, []).append(run(argv, environment=environment))
            nights.home = work / f"direct-{number}"
    nights.server_peak_mb = server.peak_mb
    told = json.loads(nights.runs[PLAIN][-1].output.splitlines()[-1])
    nights.plain_stages, nights.contracts_qty, nights.reports_qty = (
        told["seconds"],
        told["contracts_qty"],
        told["reports_qty"],
    )
    return nights


def _night(home: Path, landing: Path, session: str, *more: str) -> list[str]:
    asked = ["--source", "files", "--landing", str(landing), "--session", session, "--home", str(home)]
    return [PROGRAM, "nightly", *asked, *more]


@dataclass(frozen=True, slots=True)
class Backfill:
    """One backfill: how long, and how many option rows it loaded."""

    run: Run
    sessions_qty: int
    option_rows_qty: int


def measure_facts(home: Path, *, sessions_qty: int, jobs: int, say: Callable[[str], None]) -> dict[str, Any]:
    """From files to core with so many workers, into a home that holds the files; and a plain loop over three of them.

    The processor time of the plain loop is that of its sessions alone, without its imports.
    """
    say(f"files of {sessions_qty} sessions")
    run([PYTHON, "-m", "bench.landing", "--home", str(home), "--last", str(sessions_qty)])
    found: dict[str, Any] = {}
    for which, last in (("ours", sessions_qty), ("plain", min(sessions_qty, 3))):
        say(f"{which}: {last} sessions from files to core")
        asked = ["--home", str(home), "--last", str(last), "--jobs", str(jobs)]
        found[which] = json.loads(run([PYTHON, "-m", "bench.facts", which, *asked]).output.splitlines()[-1])
    return found


def measure_backfill(home: Path, *, sessions_qty: int, jobs: int, say: Callable[[str], None]) -> Backfill:
    """Backfill full-size sessions whose files are already there, figures included."""
    say(f"backfill of {sessions_qty} sessions")
    run([PYTHON, "-m", "bench.landing", "--home", str(home), "--last", str(sessions_qty)])
    asked = ["--source", "simulated", "--last", str(sessions_qty), "--reports", "none", "--home", str(home)]
    done = run([PROGRAM, "backfill", *asked, "--jobs", str(jobs)])
    count = "select count(*) as rows_qty from raw.option_quotes"
    answer = run([PROGRAM, "sql", count, "--format", "csv", "--home", str(home)])
    return Backfill(done, sessions_qty, int(answer.output.splitlines()[-1]))


def measure_pdf(nights: Nights, *, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds of HTML and of PDF of one report, and of two that are made from it: bench.pdf_time."""
    say("HTML and PDF of one report")
    asked = ["--home", str(nights.home), "--session", nights.session, "--rounds", str(rounds)]
    found = run([PYTHON, "-m", "bench.pdf_time", *asked])
    return dict(json.loads(found.output.splitlines()[-1]))
