"""The layers' signals: one step a close, quiet closes in a row, and nothing remembered but last night's row."""

import datetime as dt
import random
from dataclasses import replace

import polars as pl
import pytest

from tests.transforms.book.slow_layers import PUT, Row, SlowLayers
from transforms.book.layer_rules import RULES, PutSide
from transforms.book.layer_signals import MarketScores
from transforms.book.layer_states import SignalInputs, layer_signals, put_side
from transforms.market.calendar import sessions_between
from warehouse.tables.mart import MART_CONDORS_DAILY, MART_HEDGE_LAYERS_DAILY

SESSIONS = sessions_between(dt.date(2008, 6, 2), dt.date(2023, 12, 29))
NOTHING = MART_HEDGE_LAYERS_DAILY.empty()


def condors_of(put: str | None, *, account: str = "A", state: str | None = None, condor_id: str = "c") -> pl.DataFrame:
    row = {"account": account, "condor_id": condor_id, "state": state or put, "put_state": put}
    return MART_CONDORS_DAILY.conform(
        pl.DataFrame([row], schema_overrides={"put_state": pl.String, "state": pl.String})
    )


def inputs_of(row: Row, day: dt.date, previous: pl.DataFrame = NOTHING) -> SignalInputs:
    return SignalInputs(
        session_date=day,
        scores=MarketScores(
            arm_score=row.arm,
            accel_score=row.accel,
            vix_pts=row.vix,
            contango_frac=row.contango,
            vix_mean_5_pts=row.mean5,
        ),
        condors=condors_of(row.put),
        previous=previous,
        scopes=["A"],
    )


def stored(signals: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    """What the night keeps: rows of the mart table."""
    return MART_HEDGE_LAYERS_DAILY.conform(signals.with_columns(session_date=pl.lit(day)))


def run(rows: list[Row]) -> list[pl.DataFrame]:
    """Walk through closes; each night sees only what the night before has stored."""
    nights, before = [], NOTHING
    for day, row in zip(SESSIONS, rows, strict=False):
        before = stored(layer_signals(inputs_of(row, day, before)), day)
        nights.append(before)
    return nights


def states(night: pl.DataFrame) -> tuple[str, ...]:
    return tuple(night.sort("layer")["signal_state"])


CALM = Row(arm=0, accel=0, vix=13.0, contango=0.06, mean5=13.0)


def wandering(seed: int, count: int) -> list[Row]:
    """Closes that stay where they are for a while and then jump: every rule is met somewhere."""
    dice = random.Random(seed)  # noqa: S311 - a path, not a secret
    rows, row = [], CALM
    for _ in range(count):
        if dice.random() < 0.4:
            row = replace(row, accel=min(6, int(dice.expovariate(0.5))), arm=dice.randint(0, 6))
        if dice.random() < 0.3:
            vix = dice.uniform(11, 45)
            row = replace(row, vix=vix, mean5=vix * dice.uniform(0.9, 1.1), contango=dice.uniform(-0.12, 0.12))
        if dice.random() < 0.25:
            row = replace(row, put=dice.choice(["OK", "OK", "OK", *PUT]))
        rows.append(row)
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_the_counters_say_what_the_whole_past_says(seed: int) -> None:
    rows, slow = wandering(seed, 400), SlowLayers()
    expected = [slow.close(row) for row in rows]
    assert [states(night) for night in run(rows)] == expected
    assert {state for night in expected for state in night} == {"DORMANT", "ARMED", "ACTIVE"}


def test_a_gap_day_takes_the_first_layer_to_active_at_once_and_no_other() -> None:
    """METHODOLOGY 6.3: a layer moves one step a close, except L1 from DORMANT on BREACHED or WING."""
    night = run([CALM, replace(CALM, put="BREACHED", accel=5)])[1]
    assert states(night) == ("ACTIVE", "ARMED", "DORMANT")
    first = night.filter(layer="L1").row(0, named=True)
    assert first["signal_rule_id"] == "l1_breach"
    assert (first["signal_value"], first["signal_threshold"]) == (4.0, 4.0)
    assert first["signal_source_tier"] == "vendor rule"
    assert first["signal_reason"].endswith("ARMED to ACTIVE: put side BREACHED, BREACHED or worse")


def test_the_first_day_on_record_may_take_several_steps() -> None:
    (night,) = run([replace(CALM, accel=5, arm=4, vix=35.0, contango=-0.08, mean5=30.0)])
    assert states(night) == ("ACTIVE", "ACTIVE", "ACTIVE")
    assert night["signal_reason"].str.starts_with("first day on record").all()


def test_each_move_names_rule_value_threshold_and_since_when() -> None:
    nights = run([CALM, replace(CALM, accel=2), replace(CALM, accel=4), CALM, CALM, CALM, CALM, CALM])
    told = [night.filter(layer="L1").row(0, named=True) for night in nights]
    shown = [(t["signal_state"], t["signal_rule_id"], t["signal_value"], t["signal_threshold"]) for t in told]
    assert shown == [
        ("DORMANT", None, None, None),
        ("ARMED", "l1_arm_accel", 2.0, 2.0),
        ("ACTIVE", "l1_override", 4.0, 4.0),
        ("ACTIVE", "l1_override", 4.0, 4.0),
        ("ARMED", "l1_out", 2.0, 2.0),
        ("DORMANT", "l1_dormant", 3.0, 3.0),
        ("DORMANT", "l1_dormant", 3.0, 3.0),
        ("DORMANT", "l1_dormant", 3.0, 3.0),
    ]
    assert [t["signal_since_date"] for t in told] == [SESSIONS[i] for i in (0, 1, 2, 2, 4, 5, 5, 5)]
    assert told[2]["signal_reason"] == "ARMED to ACTIVE: accel score 4 >= 4"
    assert told[3]["signal_reason"].endswith("arm score 0, accel score 0, put side OK; 1 of 2 quiet closes")


def test_no_exit_on_a_close_on_which_the_entry_holds() -> None:
    """With an overridden threshold both can hold at once: the layer stays."""
    rules = replace(RULES, l1_arm=2)
    rows = [replace(CALM, arm=2)] * 6
    before = NOTHING
    for day, row in zip(SESSIONS, rows, strict=False):
        before = stored(layer_signals(inputs_of(row, day, before), rules), day)
    quiet = before.filter(layer="L1").row(0, named=True)
    assert (quiet["signal_state"], quiet["armed_quiet_closes"]) == ("ARMED", 6)
    calm = layer_signals(inputs_of(CALM, SESSIONS[6], before), rules)
    assert states(calm)[0] == "DORMANT"


def test_a_missing_session_breaks_the_row_of_quiet_closes_but_not_the_state() -> None:
    nights = run([CALM, replace(CALM, accel=4), replace(CALM, accel=4), CALM])
    assert states(nights[-1]) == ("ACTIVE", "ACTIVE", "ARMED")
    after_a_gap = layer_signals(inputs_of(CALM, SESSIONS[5], nights[-1]))
    assert states(after_a_gap)[0] == "ACTIVE"
    assert after_a_gap.filter(layer="L1")["active_quiet_closes"].item() == 1
    next_close = layer_signals(inputs_of(CALM, SESSIONS[4], nights[-1]))
    assert states(next_close)[0] == "ARMED"


def test_the_third_layer_needs_the_second_active_at_the_previous_close() -> None:
    storm = replace(CALM, accel=5, vix=25.0, mean5=20.0)
    assert [states(night) for night in run([CALM, storm, storm, storm])] == [
        ("DORMANT", "DORMANT", "DORMANT"),
        ("ARMED", "ARMED", "DORMANT"),
        ("ACTIVE", "ACTIVE", "ARMED"),
        ("ACTIVE", "ACTIVE", "ACTIVE"),
    ]


def test_a_wing_activates_the_third_layer_though_the_second_had_just_fallen_back() -> None:
    """METHODOLOGY 6.3: or put side WING and accel >= 5; the second layer was ARMED at the previous close."""
    rising, fading = replace(CALM, accel=4), replace(CALM, accel=2)
    nights = run([CALM, rising, rising, fading, fading, fading])
    assert states(nights[-1]) == ("ACTIVE", "ARMED", "ARMED")
    storm = replace(CALM, accel=5, vix=25.0)
    for put, expected in (("BREACHED", "ARMED"), ("WING", "ACTIVE")):
        tonight = layer_signals(inputs_of(replace(storm, put=put), SESSIONS[6], nights[-1]))
        assert states(tonight)[2] == expected
    assert tonight.filter(layer="L3")["signal_rule_id"].item() == "l3_wing"


def test_on_hold_and_without_scores_states_are_carried_and_marked_stale() -> None:
    nights = run([CALM, replace(CALM, accel=4), replace(CALM, accel=4)])
    tonight = inputs_of(CALM, SESSIONS[3], nights[-1])
    unscored = replace(tonight, scores=MarketScores(arm_score=None, accel_score=None))
    for inputs, why in ((replace(tonight, hold_reason="data on hold"), "data on hold"), (unscored, "no market scores")):
        held = layer_signals(inputs)
        assert states(held) == states(nights[-1])
        assert held["is_signal_stale"].all()
        assert held["signal_reason"].str.contains(f"stale, carried forward from {SESSIONS[2]}: {why}").all()
        assert held["signal_since_date"].to_list() == nights[-1]["signal_since_date"].to_list()
    first_ever = layer_signals(replace(tonight, hold_reason="data on hold", previous=NOTHING))
    assert first_ever["signal_state"].null_count() == 3
    assert first_ever["signal_reason"].to_list() == ["unknown: data on hold"] * 3


def test_an_unknown_put_side_lifts_by_what_is_known_and_never_lets_go() -> None:
    both = pl.concat([condors_of("TESTED"), condors_of(None, condor_id="d")])
    side = put_side(both, 0)
    assert side == PutSide(state="TESTED", is_complete=False)
    assert side.is_at_least("TESTED")
    assert not side.is_below("WING")


def test_a_call_vertical_has_no_put_side_and_leaves_nothing_unknown() -> None:
    vertical = condors_of(None, condor_id="d", state="OK").with_columns(kind=pl.lit("CALL_VERTICAL"))
    assert put_side(vertical, 0) == PutSide(state="OK", is_complete=True)
    assert put_side(pl.concat([condors_of("TESTED"), vertical]), 0) == PutSide(state="TESTED", is_complete=True)


@pytest.mark.parametrize(
    ("profile", "accel", "expected"), [("monthly", 0, "WING"), ("1dte", 1, "WATCH"), ("1dte", 2, "WING")]
)
def test_a_settled_breach_counts_once_by_profile(profile: str, accel: int, expected: str) -> None:
    settled = condors_of("WING", state="SETTLED")
    assert put_side(settled, accel, replace(RULES, profile=profile)).state == expected
    held = condors_of("WING", state="WING")
    assert put_side(held, accel, replace(RULES, profile=profile)).state == "WING"


def test_all_answers_to_the_worst_put_side_of_all_accounts() -> None:
    condors = pl.concat([condors_of("OK"), condors_of("BREACHED", account="B")])
    inputs = replace(inputs_of(CALM, SESSIONS[0]), condors=condors, scopes=["A", "ALL", "B"])
    signals = layer_signals(inputs)
    first = dict(signals.filter(layer="L1").select("account", "signal_state").iter_rows())
    assert first == {"A": "DORMANT", "ALL": "ACTIVE", "B": "ACTIVE"}
    assert dict(signals.filter(layer="L1").select("account", "put_side").iter_rows())["ALL"] == "BREACHED"


def test_a_lone_account_and_the_whole_book_stand_for_each_other_and_a_new_one_starts_anew() -> None:
    lone = run([CALM, replace(CALM, accel=4), replace(CALM, accel=4)])[-1]
    inputs = replace(inputs_of(CALM, SESSIONS[3], lone), scopes=["A", "ALL", "B"])
    first = dict(layer_signals(inputs).filter(layer="L1").select("account", "signal_state").iter_rows())
    assert first == {"A": "ACTIVE", "ALL": "ACTIVE", "B": "DORMANT"}
    empty_book = lone.with_columns(account=pl.lit("ALL"))
    assert states(layer_signals(inputs_of(CALM, SESSIONS[3], empty_book)))[0] == "ACTIVE"
