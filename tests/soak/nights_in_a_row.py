"""Nights of the simulated market, one after the other in one process, each measured as it ends.

    python -m tests.soak.nights_in_a_row FOLDER --seeds 7 8 --sessions 500 --size small

Every night is whole but for its report: files in, facts, figures, ledger. A line of JSON a night goes to
FOLDER/nights.jsonl; run again after an interruption, it goes on behind the last of them. `load` is that of the machine,
as processor time is dearer where many share the processors.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from flows.night import NightRequest, night_in
from flows.printing import Printers
from flows.settings import load_settings
from transforms.simulated.book_files import ledgers_of
from transforms.simulated.market import FEATURE_SESSION, simulate
from warehouse.ledger import this_holder
from warehouse.store import open_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from transforms.simulated.listings import Size

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 1e6


def nights_in_a_row(
    folder: Path, *, seeds: list[int], sessions_qty: int, size: Size, say: Callable[[str], object]
) -> None:
    """Run so many sessions of each seed, up to the one shown by default, a home a seed.

    Raises:
        RuntimeError: a night ended on hold.
    """
    os.environ["CONDORWATCH_SIMULATED_SIZE"] = size
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:  # each market is kept in memory, 6 MB: from the first night on, not from its own first night
        ledgers_of(seed)
    with (folder / "nights.jsonl").open("a", encoding="utf-8") as records:
        for seed in seeds:
            home = folder / f"seed-{seed}"
            done_qty = sum(record["seed"] == seed for record in measured(folder))
            days = [day for day in simulate(seed).sessions if day <= FEATURE_SESSION][-sessions_qty:]
            for number, day in enumerate(days[done_qty:], start=done_qty + 1):
                record = {"pid": os.getpid(), "seed": seed, "number": number, **_night(home, seed, day)}
                records.write(json.dumps(record) + "\n")
                records.flush()
                if number % 25 == 0:
                    say(f"seed {seed}: {number} of {len(days)} nights, {json.dumps(record)}")


def measured(folder: Path) -> list[dict[str, float]]:
    """What was noted of each night so far."""
    path = folder / "nights.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def _night(home: Path, seed: int, day: dt.date) -> dict[str, float | str]:
    settings = load_settings(None, home=home)
    wall, processor = time.perf_counter(), time.process_time()
    request = NightRequest.build(
        settings, source="simulated", session_date=day, seed=seed, book=None, is_forced=False, now=_now()
    )
    with open_writer(home, this_holder()) as store, night_in(store, request, settings, _now, Printers()) as night:
        night.ingest()
        night.build()
        outcome = night.finish_without_report()
    if outcome.is_data_hold:
        raise RuntimeError(outcome.status_line)
    path = home / "warehouse" / "build.duckdb"
    took = {"wall_s": time.perf_counter() - wall, "processor_s": time.process_time() - processor}
    return {
        "session": str(day),
        **took,
        "memory_mb": _resident_bytes() / MEGABYTE,
        "handles": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - of this process
        "database_mb": path.stat().st_size / MEGABYTE,
        "database_used_mb": _used_bytes(path) / MEGABYTE,
        "load": os.getloadavg()[0],
    }


def _used_bytes(database: Path) -> int:
    """What its tables take of a database file; the rest are blocks that the next night writes on."""
    with duckdb.connect(str(database), read_only=True) as connection:
        (bytes_qty,) = connection.sql("select used_blocks * block_size from pragma_database_size()").fetchall()[0]
    return int(bytes_qty)


def _now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8])
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--size", choices=("small", "full"), default="small")
    asked = parser.parse_args()
    nights_in_a_row(
        asked.folder,
        seeds=asked.seeds,
        sessions_qty=asked.sessions,
        size=asked.size,
        say=lambda line: sys.stderr.write(f"{line}\n"),
    )
