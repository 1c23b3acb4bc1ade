"""A thousand nights in a row, and fifty at full size: nothing grows that should not, and no night is much slower.

Half an hour of processor time for the thousand. CONDORWATCH_SOAK_FOLDER names a folder in which an interrupted run is
gone on with; without it everything is made anew. Bounds are the issue's: memory and file handles grow by less than 5%,
the database along a line, the 95th percentile of the night's time below 1.2 times the median.

Of times and of the database like is held against like: until its story sells the first condor, eight months in, the
simulated book is empty, and a night without positions stores half as much and takes two thirds of the time.

Along a line goes what the tables take of the database file. The file itself goes in steps: a night's blocks are
written before those they replace are freed, and the next night writes on the freed ones. So it is larger by that room,
but never as large again as what it holds: freed blocks are written on again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from tests.soak.nights_in_a_row import measured

pytestmark = pytest.mark.soak

MOST_GROWTH = 0.05
SLOW_TO_USUAL = 1.2
OFF_THE_LINE = 0.05  # of what the database holds in the end
MOST_FREE = 0.5  # of the file
WARM_NIGHTS = 20  # caches fill and libraries load
COMPARED_NIGHTS = 15  # at the beginning and at the end


@pytest.mark.parametrize(("size", "seeds", "sessions_qty"), [("small", (7, 8), 500), ("full", (7,), 50)])
def test_nights_in_a_row(size: str, seeds: tuple[int, ...], sessions_qty: int, tmp_path: Path) -> None:
    folder = Path(os.environ.get("CONDORWATCH_SOAK_FOLDER", tmp_path)) / size
    command = [sys.executable, "-m", "tests.soak.nights_in_a_row", str(folder), "--seeds", *map(str, seeds)]
    subprocess.run([*command, "--sessions", str(sessions_qty), "--size", size], check=True)
    nights = measured(folder)
    assert len(nights) == len(seeds) * sessions_qty
    grown = [growth for _, of_process in groupby(nights, key=itemgetter("pid")) for growth in _growth(list(of_process))]
    for process, what, first, last in grown:
        print(f"\n{size}, process {process:.0f}: {what} {first:.0f} to {last:.0f}, {last / first - 1:+.1%}")  # noqa: T201
    homes = {seed: list(of_seed) for seed, of_seed in groupby(nights, key=itemgetter("seed"))}
    times = []
    for seed, of_seed in homes.items():
        for of_what, stretch in _alike(folder / f"seed-{seed}", of_seed).items():
            whose = f"{size}, seed {seed}, {of_what}"
            times.append(_times(whose, stretch))
            _assert_database_is_linear(whose, stretch, end_mb=of_seed[-1]["database_used_mb"])
    assert grown
    assert all(last / first - 1 < MOST_GROWTH for _, _, first, last in grown)
    assert all(slow < SLOW_TO_USUAL * usual for usual, slow in times)


def _alike(home: Path, nights: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The nights of a home before its book is begun, and those from then on, where they are enough to be compared."""
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        (begun,) = connection.sql("select min(session_date)::varchar from mart.legs_daily").fetchall()[0]
    stretches = {
        "no positions": [night for night in nights if night["session"] < begun],
        "with positions": [night for night in nights if night["session"] >= begun],
    }
    return {of_what: stretch for of_what, stretch in stretches.items() if len(stretch) >= WARM_NIGHTS}


def _times(whose: str, nights: list[dict[str, Any]]) -> tuple[float, float]:
    """Median and 95th percentile of the processor's seconds."""
    seconds, load = (np.array([night[what] for night in nights]) for what in ("processor_s", "load"))
    usual, slow = float(np.median(seconds)), float(np.percentile(seconds, 95))
    said = (
        f"median {usual:.2f} s, 95th percentile {slow:.2f} s, {slow / usual:.2f} times, at a load of {load.mean():.1f}"
    )
    print(f"\n{whose}: {len(nights)} nights, {said}")  # noqa: T201
    return usual, slow


def _growth(nights: list[dict[str, Any]]) -> list[tuple[float, str, float, float]]:
    """Process, what, its usual value in the first and in the last nights of a process; none of one that ended early."""
    warm = nights[WARM_NIGHTS:]
    if len(warm) < 2 * COMPARED_NIGHTS:
        return []
    return [
        (
            nights[0]["pid"],
            what,
            float(np.median([night[what] for night in warm[:COMPARED_NIGHTS]])),
            float(np.median([night[what] for night in warm[-COMPARED_NIGHTS:]])),
        )
        for what in ("memory_mb", "handles")
    ]


def _assert_database_is_linear(whose: str, nights: list[dict[str, Any]], *, end_mb: float) -> None:
    used, file = (np.array([night[what] for night in nights]) for what in ("database_used_mb", "database_mb"))
    numbers = np.arange(used.size)
    off = np.abs(used - np.polyval(np.polyfit(numbers, used, 1), numbers)).max() / end_mb
    free = 1 - used / file
    said = f"{used[0]:.0f} to {used[-1]:.0f} MB in use, at most {off:.1%} off a line, in a file of {file[-1]:.0f} MB"
    print(f"\n{whose}: {said}; free of it {np.median(free):.0%}, at most {free.max():.0%}")  # noqa: T201
    assert off < OFF_THE_LINE
    assert free.max() < MOST_FREE
