"""`make bench`: every figure of docs/benchmarks.md from one run, ours beside a peer, in turns.

    python -m bench.run [--quick] [--rounds N] [--json FILE] [--only kernels|loads|books|nights|backfill|warehouse]

Nothing here is a test: a benchmark that fails a build teaches people to ignore it.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.nights import DIRECT, PLAIN, Nights, measure_backfill, measure_facts, measure_nights, measure_pdf
from bench.processes import PYTHON, run
from bench.table import median, print_rows, row

SECTIONS = ("kernels", "loads", "books", "nights", "backfill", "warehouse")
PACKAGES = (
    "condorwatch",
    "polars",
    "duckdb",
    "prefect",
    "weasyprint",
    "lets-plot",
    "pandas",
    "matplotlib",
    "py_vollib",
)
# The stages of a night after ingest, and what the issue asks of 40 and of 500 legs.
STAGES = ("core", "market", "book", "actions", "capital", "states")
GOAL_PIECES = ("grid", "stress sets and replays", "drill", "rolls", "attribution")
# What is done with a big warehouse, and what the issue asks of it.
ASKED_OF_WAREHOUSE = {
    "replace": ("replace a day", "goal 0.2"),
    "chain": ("a one-day chain, all columns", "goal 0.05"),
    "contract": ("one contract's history", "goal 0.1"),
    "vol": ("ten-year ATM vol, from its mart", "goal 0.5"),
    "chain_vol": ("six-year ATM vol, from the chains", ""),
    "publish": ("publish", "goal 5"),
    "open": ("open the published file", ""),
    "export_plan": ("find what an export would write", ""),
}
Found = dict[str, Any]
PDFS = {
    "ten_charts": "PDF, ten charts, processor",
    "pdf": "PDF of the night, processor",
    "fifty_condors": "PDF, fifty condors, processor",
}


def main() -> None:
    """Measure the sections asked for, print each when it is done."""
    sys.stdout.reconfigure(line_buffering=True)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the contracts, a small chain, one round")
    parser.add_argument("--rounds", type=int, help="rounds of nights (default 3, quick 1)")
    parser.add_argument("--sessions", type=int, help="sessions of the backfill (default 10, quick 2)")
    parser.add_argument("--jobs", type=int, default=2, help="workers of the backfill (default 2)")
    parser.add_argument("--facts-only", action="store_true", help="of the backfill only files to core")
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="measure only this; may be repeated")
    asked = parser.parse_args()
    rounds = asked.rounds or (1 if asked.quick else 3)
    sections = asked.only or SECTIONS
    found: Found = {"machine": machine(), "versions": {name: version(name) for name in PACKAGES}, "quick": asked.quick}
    print(found["machine"])
    print(", ".join(f"{name} {number}" for name, number in found["versions"].items()))
    if asked.quick:
        print("QUICK: for development, not for the record.")
    try:
        with tempfile.TemporaryDirectory(prefix="condorwatch-bench-") as folder:
            if "kernels" in sections:
                found["kernels"] = kernels(is_quick=asked.quick)
            if "loads" in sections:
                found["loads"] = loads(is_quick=asked.quick)
            if "books" in sections:
                found["books"] = books(rounds=rounds, is_quick=asked.quick)
            if "nights" in sections:
                found["nights"] = nights(Path(folder), rounds=rounds, is_quick=asked.quick)
            if "backfill" in sections:
                sessions_qty = asked.sessions or (2 if asked.quick else 10)
                found["backfill"] = backfill(
                    Path(folder), sessions_qty=sessions_qty, jobs=asked.jobs, is_facts_only=asked.facts_only
                )
            if "warehouse" in sections:
                found["warehouse"] = warehouse(is_quick=asked.quick)
    finally:  # a section that fails does not take with it what the others measured
        if asked.json:
            asked.json.write_text(json.dumps(found, indent=1, default=str) + "\n")


def machine() -> str:
    """The machine in plain words, and how busy it is: on a busy one only ratios mean something."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [
            line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    python = f"{platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {model}, {memory_gb:.0f} GB; {python}; load {load:.1f} at the start"


def say(line: str) -> None:
    """Tell where the run is, apart from the result."""
    sys.stderr.write(f"  .. {line}\n")


def kernels(*, is_quick: bool) -> Found:
    """Section 1: implied vol and Greeks."""
    say("implied vol and Greeks")
    asked = ["--quick", "--rounds", "3"] if is_quick else []
    answer = run([PYTHON, "-m", "bench.kernels", *asked])
    found: Found = json.loads(answer.output.splitlines()[-1])
    vols, wrong, greeks = found["implied_vol"], found["wrong_qty"], found["greeks"]
    of = f"{found['determined_qty']:,} of {found['contracts_qty']:,} contracts determine their vol"
    print_rows(
        f"Implied vol, ns a contract ({of})",
        [row(name, samples, vols["condorwatch"], note=f"{wrong[name]} wrong") for name, samples in vols.items()],
    )
    ours = next(iter(greeks.values()))
    print_rows("Greeks, ns a set", [row(name, samples, ours) for name, samples in greeks.items()])
    return found


def loads(*, is_quick: bool) -> Found:
    """Section 2: years of series and one chain, from files to core."""
    say("series and a chain, from files to core")
    answer = run([PYTHON, "-m", "bench.loads", *(["--quick"] if is_quick else [])])
    found: Found = json.loads(answer.output.splitlines()[-1])
    series, chain = found["series"], found["chain"]
    kind = "real" if series["is_real"] else "simulated"
    for title, measured in (
        (f"{series['years']:.0f} years of {kind} series into an empty warehouse, seconds", series),
        (f"A chain of {chain['contracts_qty']:,} contracts from its file to core, warm, seconds", chain),
    ):
        print_rows(title, [row("wall time", measured["wall_s"]), row("processor time", measured["cpu_s"])])
    return found


def books(*, rounds: int, is_quick: bool) -> Found:
    """What a night spends on its book: stages and their pieces, then what is over an empty book's night."""
    say("nights of three books")
    answer = run([PYTHON, "-m", "bench.book_load", "--rounds", str(rounds), *(["--quick"] if is_quick else [])])
    found: Found = json.loads(answer.output.splitlines()[-1])
    for unit, what in (("cpu_s", "processor time"), ("wall_s", "wall time")):
        nothing = total(found["empty"], STAGES, unit)
        for name, book in found.items():
            counts = book["counts"]
            rows = [row(piece, spent[unit]) for piece, spent in book["spent"].items()]
            rows += [row("six stages", total(book, STAGES, unit)), row("goal's pieces", total(book, GOAL_PIECES, unit))]
            over = median(total(book, STAGES, unit)) - median(nothing)
            print_rows(
                f"A night with {counts['legs_qty']} open legs of {counts['fills_qty']:,} fills,"
                f" {counts['contracts_qty']:,} contracts, {counts['candidates_qty']:,} rolls, seconds of {what}",
                rows,
            )
            print(f"{name}: {over:.2f} s over an empty book")
    return found


def total(book: Found, names: Iterable[str], unit: str) -> list[float]:
    """Several pieces of one book added up, round by round."""
    spent = [book["spent"][name][unit] for name in names if name in book["spent"]]
    return [sum(of_round) for of_round in zip(*spent, strict=True)]


def nights(work: Path, *, rounds: int, is_quick: bool) -> Found:
    """Sections 3 and 4, and the PDF: whole processes."""
    measured = measure_nights(work, rounds=rounds, is_quick=is_quick, say=say)
    pdf = measure_pdf(measured, rounds=max(rounds, 2), say=say)
    ours = measured.runs[DIRECT]
    title = f"{measured.session}, {measured.contracts_qty:,} contracts, {measured.reports_qty} reports"
    for unit, what in (
        ("wall_s", "seconds of wall time"),
        ("cpu_s", "seconds of processor time"),
        ("peak_mb", "MB at peak"),
    ):
        rows = [
            row(name, [getattr(one, unit) for one in runs], [getattr(one, unit) for one in ours])
            for name, runs in measured.runs.items()
        ]
        print_rows(f"One night, whole process, {what} ({title})", rows)
    print_rows("One report of it, seconds", [row("HTML", pdf["html"]), *map(partial(pdf_row, pdf), PDFS)])
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in measured.plain_stages.items())
    print(f"plain script's stages, last round, s: {stages}")
    print(f"Prefect server: {measured.server_peak_mb:.0f} MB at peak, beside the night's own")
    print(_verdict(measured))
    return {"nights": asdict(measured), "pdf": pdf}


def pdf_row(pdf: dict[str, Any], name: str) -> tuple[str, ...]:
    """One kind of PDF: processor time, with its pages and the peak of the process after it."""
    note = f"{pdf[f'{name}_pages']} pages, {pdf[f'{name}_peak_mb']:.0f} MB at peak so far"
    return row(PDFS[name], pdf[f"{name}_cpu"], note=note)


def _verdict(measured: Nights) -> str:
    ours, plain = (median([one.wall_s for one in measured.runs[name]]) for name in (DIRECT, PLAIN))
    return f"--direct takes {ours / plain:.2f} of the plain script's wall time (goal: 0.25 at most)"


def backfill(work: Path, *, sessions_qty: int, jobs: int, is_facts_only: bool) -> Found:
    """Section 5: rows a second to core beside a plain loop, then the whole backfill."""
    facts = measure_facts(work / "facts", sessions_qty=sessions_qty, jobs=jobs, say=say)
    print_facts(facts, jobs=jobs)
    found: Found = {"facts": facts}
    if not is_facts_only:
        measured = measure_backfill(work / "backfill", sessions_qty=sessions_qty, jobs=jobs, say=say)
        done = measured.run
        print(
            f"\nBackfill, {sessions_qty} full-size sessions from files, {jobs} jobs, no report:"
            f" {done.wall_s:.1f} s wall, {done.cpu_s:.1f} s processor, {done.peak_mb:.0f} MB at peak;"
            f" {done.wall_s / sessions_qty:.2f} s a session"
        )
        found |= asdict(measured)
    return found


def print_facts(facts: Found, *, jobs: int) -> None:
    """Rows a second, processor time a session and its ratio to the plain loop's, and whether it grows."""
    done, plain = facts["ours"], facts["plain"]
    sessions_qty, rows_qty = done["sessions_qty"], done["rows_qty"]
    cpu_s = done["loader_cpu_s"] + done["workers_cpu_s"]
    plain_us = 1e6 * sum(plain["cpu_s"]) / plain["rows_qty"]
    chains_s = done["wall_s"] - done["before_chains_s"]
    print(
        f"\nFiles to core, {sessions_qty} full-size sessions, {rows_qty:,} option rows, {jobs} jobs:"
        f" {done['wall_s']:.1f} s wall, {rows_qty / done['wall_s']:,.0f} rows/s"
        f" ({rows_qty / chains_s:,.0f} from where the series are in);"
        f" {cpu_s:.1f} s processor ({done['loader_cpu_s']:.1f} the loader), {cpu_s / sessions_qty:.3f} s a session,"
        f" {rows_qty * os.cpu_count() / cpu_s:,.0f} rows/s if {os.cpu_count()} cores were ours alone"
    )
    print(
        f"plain loop (pandas, vollib): {sum(plain['cpu_s']) / plain['sessions_qty']:.2f} s of processor time a session,"
        f" {plain_us * rows_qty / cpu_s / 1e6:.1f} times ours a row"
    )
    print(
        f"peak loader {done['loader_peak_mb']:.0f} MB, worker {done['worker_peak_mb']:.0f} MB;"
        f" warehouse {done['warehouse_mb'] / sessions_qty:.2f} MB a session"
    )
    print(growth(done["batches"], rows_a_session=rows_qty / sessions_qty, jobs=jobs))


def growth(batches: list[dict[str, float]], *, rows_a_session: float, jobs: int) -> str:
    """What a session costs and what the processes hold, in the first and in the last fifth of the batches.

    Workers are a batch each ahead of what is stored: that many at either end say nothing of what a batch costs.
    """
    steady = batches[jobs : len(batches) - jobs]
    fifth = len(steady) // 5
    if not fifth:
        return "too few batches to say whether their cost grows"
    parts = {"first": steady[: fifth + 1], "last": steady[-fifth - 1 :]}

    def a_session(what: str, part: list[dict[str, float]]) -> float:
        of_rows = part[-1]["rows_qty"] - part[0]["rows_qty"]
        return (part[-1][what] - part[0][what]) / of_rows * rows_a_session

    said = [
        f"{name} fifth {a_session('cpu_s', part):.3f} s of processor time a session, {a_session('end_s', part):.3f} s"
        f" by the clock, loader {median([one['loader_mb'] for one in part]):.0f} MB,"
        f" worker {median([one['workers_mb'] for one in part]):.0f} MB"
        for name, part in parts.items()
    ]
    return "; ".join(said)


def warehouse(*, is_quick: bool) -> Found:
    """Section 6: what is asked of a warehouse of 30 million chain rows, and how big it is."""
    say("a warehouse of 30 million chain rows")
    answer = run([PYTHON, "-m", "bench.warehouse", *(["--quick"] if is_quick else [])])
    found: Found = json.loads(answer.output.splitlines()[-1])
    rows_qty, size = found["rows_qty"], found["build_bytes"]
    print_rows(
        f"A warehouse of {rows_qty:,} chain rows in {found['sessions_qty']:,} sessions, seconds by the clock",
        [row(name, found[f"{of}_s"], note=goal) for of, (name, goal) in ASKED_OF_WAREHOUSE.items()],
    )
    print(
        f"{size / 1e9:.2f} GB, {size / rows_qty:.0f} bytes a row; a day of {found['chain_rows_qty']:,} rows as Parquet "
        f"{found['bytes_a_chain_parquet'] / 1e6:.2f} MB; filled in {found['fill_s']:.0f} s"
    )
    return found


if __name__ == "__main__":
    main()
