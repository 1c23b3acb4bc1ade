"""The same proofs over a year of another seed's nights: calm, breach and recovery. Each prints what it compared."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.flows import book_invariants as invariants
from warehouse.store import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.soak

FIRST, LAST, SESSIONS = "2025-07-01", "2026-06-30", 251
CHECKS = (
    invariants.check_condor_bounds,
    invariants.check_chain_credit,
    invariants.check_day_pnl,
    invariants.check_broker_statements,
    invariants.check_broker_margin,
    invariants.check_positions_to_book,
    invariants.check_states_in_time,
    invariants.check_measures,
    invariants.check_scenarios_on_the_fit,
)


@pytest.fixture(scope="module", params=[1])
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> invariants.Book:
    """A year of a seed, in a process of its own."""
    home = tmp_path_factory.mktemp(f"book-{request.param}") / "home"
    program = Path(sys.executable).with_name("condorwatch")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONDORWATCH_")}
    sessions = ("--from", FIRST, "--to", LAST, "--seed", str(request.param), "--reports", "none", "--home", home)
    ended = subprocess.run(
        [program, "backfill", "--source", "simulated", *sessions],
        env=inherited | {"CONDORWATCH_SIMULATED_SIZE": "small"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == f"{SESSIONS} sessions: {SESSIONS} built, 0 already done, 0 on data hold.\n", ended.stderr
    with open_reader(home) as reader:
        return invariants.Book.of(reader)


def test_the_year_has_calm_breach_and_recovery(book: invariants.Book) -> None:
    states = dict(book.condors["state"].value_counts().iter_rows())
    print("\ncondor-nights by state", states)  # noqa: T201
    assert set(states) == {*invariants.STATES, "SETTLED"}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_night_holds(book: invariants.Book, check: Callable[[invariants.Book], object]) -> None:
    print("\ncompared", check(book))  # noqa: T201


def test_lots_add_up_to_positions(book: invariants.Book) -> None:
    invariants.check_lots_to_positions(book, book.sessions)
