"""Seconds to take files in: years of series into an empty warehouse, and one full chain from its file to core.

Prints JSON for `bench.run`. The chain is the simulated market's full SPX quote table; each round lands it under another
content (an empty line more), and the first, which fills caches, is not counted. The series are the real ones where they
are on this machine (CONDORWATCH_REAL_DATA, else ../shared/data), else the simulated market's.
"""

import argparse
import datetime as dt
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.build import build_core
from flows.ingest import ingest_paths
from flows.series import apply_series
from transforms.simulated.files import files_before, session_files
from transforms.simulated.market import FEATURE_SESSION, simulate
from warehouse.archive import Archive
from warehouse.store import Store, open_writer

SEED = 7
CHAIN = "spx_quotedata.csv"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
Seconds = dict[str, list[float]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a small chain")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="condorwatch-loads-") as folder:
        series = load_series(Path(folder) / "series", rounds=1 if asked.quick else 3)
        chain = load_chain(Path(folder) / "chain", rounds=asked.rounds, size="small" if asked.quick else "full")
    print(json.dumps({"series": series, "chain": chain}))


@contextmanager
def timed(found: Seconds) -> Iterator[None]:
    """Note the wall and the processor time of a block, all threads of this process counted."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    found.setdefault("wall_s", []).append(time.perf_counter() - wall)
    found.setdefault("cpu_s", []).append(time.process_time() - cpu)


def take_in(store: Store, home: Path, path: Path) -> None:
    """Files to raw rows to facts by date."""
    ingest_paths(store, Archive(home), [path], sources={}, now=NOW)
    apply_series(store, now=NOW)


def load_series(folder: Path, *, rounds: int) -> dict[str, object]:
    """Every series there is into a fresh home, opened beforehand."""
    real = Path(os.environ.get("CONDORWATCH_REAL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    source = real / "series"
    if not source.is_dir():
        source = folder / "files"
        write(source, ((file.name, file.content) for file in files_before(simulate(SEED), FEATURE_SESSION)))
    seconds: Seconds = {}
    for number in range(rounds):
        home = folder / f"home-{number}"
        with open_writer(home, "bench") as store:
            with timed(seconds):
                take_in(store, home, source)
            span = store.query(
                "select min(session_date), max(session_date), count(*) from core.index_levels_daily"
            ).row(0)
    years = (span[1] - span[0]).days / 365.25
    return {"is_real": real.is_dir(), "years": years, "levels_qty": span[2], **seconds}


def load_chain(home: Path, *, rounds: int, size: str) -> dict[str, object]:
    """A chain from its file to core.option_marks_daily, its series already there."""
    files = {file.name: file.content for file in session_files(simulate(SEED), FEATURE_SESSION, size=size)}  # type: ignore[arg-type]  # one of two words
    chain = files.pop(CHAIN)
    write(home / "series", files.items())
    seconds: Seconds = {}
    with open_writer(home, "bench") as store:
        take_in(store, home, home / "series")
        for number in range(rounds + 1):
            write(home / "landing", [(f"{number}-{CHAIN}", chain + b"\n" * number)])
            with timed(seconds):
                take_in(store, home, home / "landing" / f"{number}-{CHAIN}")
                build_core(store, FEATURE_SESSION)
        rows = "select count(*) from core.option_marks_daily where session_date = $day and underlying = 'SPX'"
        contracts_qty = store.query(rows, {"day": FEATURE_SESSION}).item()
    return {"contracts_qty": contracts_qty, **{name: values[1:] for name, values in seconds.items()}}


def write(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write files by name, folders made."""
    for name, content in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
