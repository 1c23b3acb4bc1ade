"""From chain files to `core`, session after session: ours with so many workers, and a plain loop beside it.

    python -m bench.facts ours --home HOME --last N --jobs J     the files lie in HOME already (bench.landing)
    python -m bench.facts plain --home HOME --last N             pandas and vollib's loop over the same files

Prints JSON. Ours: archive, raw rows, typing, forwards, vols, Greeks, marks, the fitted surface, all stored. Plain:
read, forwards, vols and Greeks in memory; it stores nothing.
"""

import argparse
import datetime as dt
import json
import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import active_children
from pathlib import Path

from bench.landing import SEED
from bench.processes import resident_mb, spent_s
from transforms.market.calendar import previous_session
from transforms.simulated.market import FEATURE_SESSION

NOW = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("which", choices=("ours", "plain"))
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--last", type=int, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    days = [FEATURE_SESSION]
    while len(days) < asked.last:
        days.append(previous_session(days[-1]))
    found = ours(asked.home, days[::-1], asked.jobs) if asked.which == "ours" else plain(asked.home, days)
    print(json.dumps(found))


def ours(home: Path, days: list[dt.date], jobs: int) -> dict[str, object]:
    """Everything a backfill does before the first figure; `batches` says how things stood when each was stored.

    `cpu_s` is the processor time of loader and workers until then, `loader_mb` and `workers_mb` what they hold.
    """
    from flows.backfill import take_in_facts
    from flows.night import NightRequest
    from flows.settings import load_settings
    from warehouse.store import open_writer

    settings = load_settings(None, home=home)
    nights = [
        NightRequest.build(
            settings, source="simulated", session_date=day, seed=SEED, book=None, is_forced=False, now=NOW
        )
        for day in days
    ]
    batches: list[dict[str, float]] = []
    began_s = 0.0

    @contextmanager
    def timed(_what: str, _total: int) -> Iterator[Callable[[str], None]]:
        nonlocal began_s
        began_s = time.perf_counter() - begin  # all but the chains is in
        yield stored

    def stored(_name: str) -> None:
        pids = [child.pid for child in active_children() if child.pid is not None]
        batches.append(
            {
                "end_s": time.perf_counter() - begin,
                "rows_qty": store.query(count).item(),
                "cpu_s": time.process_time() - cpu + sum(map(spent_s, pids)),
                "loader_mb": resident_mb(os.getpid()),
                "workers_mb": max(map(resident_mb, pids), default=0.0),
            }
        )

    count = "select count(*) from core.option_marks_daily"
    with open_writer(home, "bench") as store:
        begin, cpu = time.perf_counter(), time.process_time()
        take_in_facts(store, nights, settings, jobs=jobs, now=NOW, progress=timed)
        wall_s, loader_s = time.perf_counter() - begin, time.process_time() - cpu
        rows_qty = store.query(count).item()
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "sessions_qty": len(days),
        "rows_qty": rows_qty,
        "wall_s": wall_s,
        "before_chains_s": began_s,
        "loader_cpu_s": loader_s,
        "workers_cpu_s": workers.ru_utime + workers.ru_stime,
        "batches": batches,
        "loader_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "worker_peak_mb": workers.ru_maxrss / 1024,
        "warehouse_mb": (home / "warehouse" / "build.duckdb").stat().st_size / 1e6,
    }


def plain(home: Path, days: list[dt.date]) -> dict[str, object]:
    """What a script does with the same files, a session after the other."""
    from bench import plain_night

    spent_s: list[float] = []
    rows_qty = 0
    for day in days:
        cpu = time.process_time()
        night = plain_night.read_night(home / "simulated" / str(SEED) / str(day))
        rows_qty += len(night.chain)
        plain_night.add_forwards(night)
        plain_night.add_vols(night)
        plain_night.add_greeks(night)
        spent_s.append(time.process_time() - cpu)
    return {"sessions_qty": len(days), "rows_qty": rows_qty, "cpu_s": spent_s}


if __name__ == "__main__":
    main()
