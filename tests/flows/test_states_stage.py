"""The stored states of a run of nights are those a slow reading of METHODOLOGY 6 gives, and the moves replay them.

Ten sessions: a put in the money, a break-even breach, a roll, and the way back. The same over a year is in tests/soak.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from flows import book, build, states
from flows.night import NightRequest, night_in
from flows.printing import Printers
from flows.settings import load_settings
from tests.flows.slow_states import History, all_states, moves_between, slow_states, stored_states
from tests.new_home import open_home
from transforms.market.calendar import sessions_between

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warehouse.store import Store

FIRST, LAST = dt.date(2026, 4, 27), dt.date(2026, 5, 8)
STAGES = (build.build_core, build.build_market, book.build_book, states.build_states)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The sample book through the selloff: the stages that states need, and no others."""
    home = tmp_path_factory.mktemp("states") / "home"
    settings = load_settings(None, home=home, simulated_size="small")
    now = dt.datetime(2026, 6, 30, tzinfo=dt.UTC)
    with open_home(home, "the test") as opened:
        for day in sessions_between(FIRST, LAST):
            request = NightRequest.build(
                settings, source="simulated", session_date=day, seed=7, book=None, is_forced=False, now=now
            )
            with night_in(opened, request, settings, lambda: now, Printers()) as night:
                night.ingest()
                for stage in STAGES:
                    stage(opened, day, night.rules)
        yield opened


@pytest.fixture(scope="module")
def history(store: Store) -> History:
    return History.of(store)


def test_the_run_sees_breach_and_recovery(history: History) -> None:
    condors = {state for key, state in stored_states(history).items() if key[2] == "condor"}
    signals = {state for key, state in stored_states(history).items() if key[2] == "layer signal"}
    assert len(history.sessions) == 10
    assert {"OK", "ITM", "BREACHED"} <= condors
    assert {"ARMED", "ACTIVE"} <= signals


def test_every_stored_state_is_that_of_the_slow_reading(history: History) -> None:
    stored, slow = stored_states(history), slow_states(history)
    assert {key: (state, slow.get(key)) for key, state in stored.items() if slow.get(key) != state} == {}
    assert slow.keys() == stored.keys()


def test_the_sample_nights_diagonal_is_stressed_by_hand(store: Store) -> None:
    """The short May 24 and the long July 19 call: M1 is above M2, and May at three times its price costs too much."""
    day = {"day": dt.date(2026, 4, 29)}
    curve = "select expiry_date, settle_pts from core.vx_settlements_daily where session_date = $day order by all"
    futures = dict(store.query(curve, day).iter_rows())
    may, june = (futures[dt.date(2026, *expiry)] for expiry in ((5, 19), (6, 17)))
    assert may > june
    (engine,) = store.query("select * from mart.second_engine_daily where session_date = $day", day).to_dicts()
    long_usd, short_usd = 100 * (engine["path_x30_far_pts"] - 19), 100 * (3 * may - 24)
    # The long call is deep in the money: its intrinsic value but for two months' discount and time value.
    assert engine["path_x30_pnl_usd"] == pytest.approx(long_usd - short_usd - engine["value_usd"], abs=25)
    assert -engine["path_x30_pnl_usd"] > 0.25 * 7440
    assert (engine["state"], engine["state_rule"]) == ("STRESSED", "M1 above M2")
    books = dict(store.query("select account, status from mart.book_daily where session_date = $day", day).iter_rows())
    assert books == {"ALL": "CRITICAL", "FAMILY": "ALERT", "MAIN": "CRITICAL"}


def test_the_moves_are_what_differs_between_consecutive_nights(history: History) -> None:
    before: dict[tuple[str, str, str], str | None] = {}
    for day in history.sessions:
        tonight = all_states(history, day)
        stored = {
            (row["account"], row["subject_kind"], row["subject"]): (row["from_state"], row["to_state"])
            for row in history.on("state_changes", day)
        }
        assert stored == moves_between(before, tonight), day
        before = tonight


def test_the_moves_alone_replay_every_state(history: History) -> None:
    replayed: dict[tuple[str, str, str], str | None] = {}
    for day in history.sessions:
        for row in history.on("state_changes", day):
            replayed[row["account"], row["subject_kind"], row["subject"]] = row["to_state"]
        tonight = all_states(history, day)
        assert {key: replayed.get(key) for key in tonight} == tonight, day


def test_a_move_carries_the_rule_of_the_row_that_moved(history: History) -> None:
    for day in history.sessions:
        layers = {(row["account"], row["layer"]): row for row in history.on("hedge_layers", day)}
        condors = {(row["account"], row["condor_id"]): row for row in history.on("condors", day)}
        for row in history.on("state_changes", day):
            told, who = (row["rule_id"], row["value"], row["threshold"]), (row["account"], row["subject"])
            if row["subject_kind"] == "layer signal":
                layer = layers[who]
                assert told == (layer["signal_rule_id"], layer["signal_value"], layer["signal_threshold"])
                assert row["from_state"] is None or layer["signal_since_date"] == day
            elif row["subject_kind"] == "condor" and row["to_state"] not in {None, "SETTLED"}:
                condor = condors[who]
                assert told[1:] == (condor["trigger_value"], condor["trigger_threshold"])
                assert told[0] == f"condor_{row['to_state'].lower()}"
                assert (row["value"] is None) == (row["to_state"] == "OK")
            elif row["subject_kind"] == "gate":
                assert told[2] in {15.0, 20.0, 25.0}


def test_a_night_run_again_moves_the_same(store: Store, history: History) -> None:
    day = history.sessions[5]
    states.build_states(store, day)
    again = store.query("select * from mart.state_changes_daily where session_date = $day order by all", {"day": day})
    assert again.to_dicts() == history.on("state_changes", day)


def test_the_view_has_the_moves_that_had_something_before(store: Store, history: History) -> None:
    moved = sum(row["from_date"] is not None for day in history.sessions for row in history.on("state_changes", day))
    assert store.query("select count(*) from v_state_transitions").item() == moved > 0


def test_ten_steward_checks_an_account_and_night(store: Store, history: History) -> None:
    checks = store.query(
        "select session_date, account, count(*) as checks_qty from mart.steward_checks_daily group by all order by all"
    )
    assert set(checks["account"]) == {"FAMILY", "MAIN"}
    assert checks["checks_qty"].unique().to_list() == [10]
    assert checks.height == 2 * len(history.sessions)
