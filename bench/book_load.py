"""Seconds a night spends on a book of 40 legs and of 500, beside the same night with an empty book.

Prints JSON for `bench.run`. Two consecutive sessions of the simulated market: the one before the recorded session, and
the recorded one, in which SPX stands below most short puts, so that nearly every condor has rolls to price. The stages
of the second night are timed, the first round not counted. No report is written.
"""

import argparse
import cProfile
import datetime as dt
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.books import book_of
from bench.loads import SEED, write
from flows import actions, book, build, capital, states
from flows.night import NightRequest, night_in
from flows.printing import Printers
from flows.settings import Settings
from transforms.market.calendar import previous_session
from transforms.simulated.files import files_before, session_files
from transforms.simulated.listings import Size
from transforms.simulated.market import FEATURE_SESSION, simulate
from warehouse.store import Store, open_writer

NOW = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
BOOKS = {
    "empty": {"accounts": 0, "condors": 0, "layers": 0},
    "40 legs": {"accounts": 2, "condors": 4, "layers": 2},
    "500 legs": {"accounts": 20, "condors": 5, "layers": 3},
}
STAGES = {
    "core": build.build_core,
    "market": build.build_market,
    "book": book.build_book,
    "actions": actions.build_actions,
    "capital": capital.build_capital,
    "states": states.build_states,
}
# What a stage calls, by the name it calls it: timed where it stands, so that a stage's figure contains its pieces'.
PIECES: dict[str, tuple[ModuleType, tuple[str, ...]]] = {
    "reading, fills matched": (book, ("read_evening",)),
    "legs": (book, ("price_legs",)),
    "condors": (book, ("condors_of",)),
    "hedge": (book, ("hedge_of",)),
    "judgement": (book, ("judge",)),
    "grid": (book, ("reprice_grid", "scenario_rows")),
    "stress sets and replays": (book, ("stress", "stress_rows")),
    "drill": (book, ("drill_of",)),
    "attribution": (book, ("attribution",)),
    "rolls": (actions, ("rolls",)),
    "decisions": (actions, ("decisions",)),
}
COUNTS = """
    select
        (select count(*) from mart.legs_daily where session_date = $day) as legs_qty,
        (select count(*) from mart.condors_daily where session_date = $day) as condors_qty,
        (select count(*) from core.fills) as fills_qty,
        (select count(*) from core.option_marks_daily where session_date = $day) as contracts_qty,
        (select count(*) from mart.roll_candidates_daily where session_date = $day) as candidates_qty,
        (select bool_or(is_data_hold) from mart.book_daily where session_date = $day) as is_held
"""
Spent = dict[str, dict[str, float]]
Found = dict[str, dict[str, list[float]]]


def main() -> None:
    """Measure every book and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="small chains")
    parser.add_argument("--book", choices=BOOKS, action="append", help="only this one")
    parser.add_argument("--profile", type=Path, help="where to write a profile of one more round")
    asked = parser.parse_args()
    found = {}
    for name in asked.book or BOOKS:
        with (
            tempfile.TemporaryDirectory(prefix="condorwatch-books-") as folder,
            prepared(Path(folder), name, "small" if asked.quick else "full") as store,
        ):
            found[name] = measure(store, rounds=asked.rounds)
            if asked.profile:
                profile = cProfile.Profile()
                profile.runcall(measure, store, rounds=0)
                profile.dump_stats(asked.profile)
    print(json.dumps(found))


@contextmanager
def prepared(folder: Path, name: str, size: Size) -> Iterator[Store]:
    """Run both nights of a book."""
    before = previous_session(FEATURE_SESSION)
    market = simulate(SEED)
    files = {file.name: file.content for file in files_before(market, before)}
    invented = book_of(market, before, **BOOKS[name])
    with open_writer(folder / "home", "bench") as store:
        for session in (before, FEATURE_SESSION):
            files |= {file.name: file.content for file in session_files(market, session, size=size)}
            landing = folder / f"{session}"
            write(landing, [*invented.items(), *(file for file in files.items() if not _is_of_sample_book(file[0]))])
            request = NightRequest(session, "files", SEED, None, is_forced=False)
            with night_in(
                store, request, Settings(home=folder / "home", landing=landing), lambda: NOW, Printers()
            ) as night:
                night.ingest()
                night.build()
        yield store


def _is_of_sample_book(name: str) -> bool:
    return Path(name).name in {"fills.csv", "accounts.csv"}


def measure(store: Store, *, rounds: int) -> dict[str, object]:
    """Run the stages of the second night again and again."""
    found: Found = {}
    for number in range(rounds + 1):
        spent: Spent = {}
        with pieces_timed(spent):
            held = None
            for stage, build_stage in STAGES.items():
                more = {"held": held} if stage == "actions" else {}
                found_by_stage = timed(spent, stage, build_stage)(store, FEATURE_SESSION, **more)
                held = found_by_stage if stage == "book" else held
        if number:
            for name, units in spent.items():
                for unit, seconds in units.items():
                    found.setdefault(name, {}).setdefault(unit, []).append(seconds)
    counts = store.query(COUNTS, {"day": FEATURE_SESSION}).row(0, named=True)
    return {"counts": counts, "spent": found}


@contextmanager
def pieces_timed(spent: Spent) -> Iterator[None]:
    """Time what the stages call, for as long as the block lasts."""
    kept = [(module, name, getattr(module, name)) for module, names in PIECES.values() for name in names]
    for piece, (module, names) in PIECES.items():
        for name in names:
            setattr(module, name, timed(spent, piece, getattr(module, name)))
    try:
        yield
    finally:
        for module, name, function in kept:
            setattr(module, name, function)


def timed(spent: Spent, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Add up the wall and the processor time of every call, all threads of this process counted."""

    def call(*args: object, **more: object) -> object:
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            return function(*args, **more)
        finally:
            so_far = spent.setdefault(name, {"wall_s": 0.0, "cpu_s": 0.0})
            so_far["wall_s"] += time.perf_counter() - wall
            so_far["cpu_s"] += time.process_time() - cpu

    return call


if __name__ == "__main__":
    main()
