"""A year of simulated nights: every stored state equals the slow reading of METHODOLOGY 6, and the moves replay it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.flows.slow_states import History, all_states, moves_between, slow_states, stored_states
from warehouse.store import open_reader

pytestmark = pytest.mark.soak

SESSIONS = 250


@pytest.fixture(scope="module", params=[7, 1])
def history(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> History:
    """The year of a seed up to the end of its story, in a process of its own."""
    home = tmp_path_factory.mktemp(f"states-{request.param}") / "home"
    program = Path(sys.executable).with_name("condorwatch")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONDORWATCH_")}
    sessions = ("--last", str(SESSIONS), "--seed", str(request.param), "--reports", "none", "--home", home)
    ended = subprocess.run(
        [program, "backfill", "--source", "simulated", *sessions],
        env=inherited | {"CONDORWATCH_SIMULATED_SIZE": "small"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == f"{SESSIONS} sessions: {SESSIONS} built, 0 already done, 0 on data hold.\n", ended.stderr
    with open_reader(home) as reader:
        return History.of(reader)


def test_every_stored_state_is_that_of_the_slow_reading(history: History) -> None:
    stored, slow = stored_states(history), slow_states(history)
    counted = Counter((key[2], state) for key, state in stored.items())
    print("\nstates compared", len(stored), dict(sorted(counted.items(), key=str)))  # noqa: T201
    assert {key: (state, slow.get(key)) for key, state in stored.items() if slow.get(key) != state} == {}
    assert slow.keys() == stored.keys()
    assert {"OK", "ITM", "BREACHED", "SETTLED"} <= {state for key, state in stored.items() if key[2] == "condor"}


def test_the_moves_are_the_differences_and_replay_every_state(history: History) -> None:
    before: dict[tuple[str, str, str], str | None] = {}
    replayed: dict[tuple[str, str, str], str | None] = {}
    moves_qty = 0
    for day in history.sessions:
        tonight = all_states(history, day)
        moves = {
            (row["account"], row["subject_kind"], row["subject"]): (row["from_state"], row["to_state"])
            for row in history.on("state_changes", day)
        }
        assert moves == moves_between(before, tonight), day
        replayed |= {key: now for key, (_, now) in moves.items()}
        assert {key: replayed.get(key) for key in tonight} == tonight, day
        before, moves_qty = tonight, moves_qty + len(moves)
    print("\nmoves", moves_qty)  # noqa: T201
