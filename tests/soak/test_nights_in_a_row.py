"""A thousand nights in a row, and fifty at full size: nothing grows that should not, and no night is much slower.

Half an hour of processor time for the thousand. CONDORWATCH_SOAK_FOLDER names a folder in which an interrupted run is
gone on with; without it everything is made anew. Bounds are the issue's: memory and file handles grow by less than 5%,
the database along a line, the 95th percentile of the night's time below 1.2 times the median.

Along a line goes what the tables take of the database file. The file itself goes in steps: a night's blocks are
written before those they replace are freed, and the next night writes on the freed ones. So it may be larger by that
room, but by a share of it that is bounded and does not grow: every freed block is written on again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
import pytest

from tests.soak.nights_in_a_row import measured

pytestmark = pytest.mark.soak

MOST_GROWTH = 0.05
SLOW_TO_USUAL = 1.2
OFF_THE_LINE = 0.05  # of what the database holds in the end
MOST_FREE = 0.5  # of the file: as large again as what it holds
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
    seconds = np.array([night["processor_s"] for night in nights])
    usual, slow = np.median(seconds), np.percentile(seconds, 95)
    said = f"median {usual:.2f} s, 95th percentile {slow:.2f} s, {slow / usual:.2f} times"
    print(f"\n{size}: {len(nights)} nights, {said}")  # noqa: T201
    for seed, of_seed in groupby(nights, key=itemgetter("seed")):
        _assert_database_is_linear(f"{size}, seed {seed:.0f}", list(of_seed))
    assert grown
    assert all(last / first - 1 < MOST_GROWTH for _, _, first, last in grown)
    assert slow < SLOW_TO_USUAL * usual


def _growth(nights: list[dict[str, float]]) -> list[tuple[float, str, float, float]]:
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


def _assert_database_is_linear(whose: str, nights: list[dict[str, float]]) -> None:
    used, file = (np.array([night[what] for night in nights]) for what in ("database_used_mb", "database_mb"))
    numbers = np.arange(used.size)
    off = np.abs(used - np.polyval(np.polyfit(numbers, used, 1), numbers)).max() / used[-1]
    free = 1 - used[WARM_NIGHTS:] / file[WARM_NIGHTS:]
    before, after = np.median(free[:COMPARED_NIGHTS]), np.median(free[-COMPARED_NIGHTS:])
    said = f"{used[0]:.0f} to {used[-1]:.0f} MB in use, at most {off:.1%} off a line, in a file of {file[-1]:.0f} MB"
    print(f"\n{whose}: {said}, of it free {before:.0%}, then {after:.0%}, at most {free.max():.0%}")  # noqa: T201
    assert off < OFF_THE_LINE
    assert free.max() < MOST_FREE
    assert after <= before
