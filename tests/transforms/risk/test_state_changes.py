"""What counts as a move: on hold nothing but a settlement, unknown states, what appears and what is gone."""

import datetime as dt

import polars as pl
import pytest

from tests.transforms.book.toy_book import (
    FRIDAY,
    MONDAY,
    ToyMarket,
    ToyNight,
    condor_fills,
    fills_of,
    night,
    unit_fills,
)
from transforms.book.layer_signals import MarketScores
from transforms.risk.state_changes import StateNight, state_changes
from warehouse.tables.mart import MART_SIGNALS_DAILY, MART_STATE_CHANGES_DAILY

NONE_YET = MART_STATE_CHANGES_DAILY.empty()
BOOK = fills_of(*condor_fills(), *unit_fills())


def moves(tonight: ToyNight, moved: pl.DataFrame, *, vix_pts: float | None = 16.0, hold: bool = False) -> pl.DataFrame:
    day: dt.date = tonight.book["session_date"][0]
    gate = None if vix_pts is None else "NO_AGGRESSIVE" if vix_pts <= 20 else "HOLD_NEW"
    signals = pl.DataFrame(
        {"session_date": [day], "vix_pts": [vix_pts], "gate": [gate]}, schema_overrides={"vix_pts": pl.Float64}
    )
    return state_changes(
        StateNight(
            session_date=day,
            condors=tonight.condors,
            layers=tonight.layers,
            second_engine=tonight.engine,
            engine_states=tonight.engine_states,
            signals=MART_SIGNALS_DAILY.conform(signals.cast({"gate": pl.String})),
            book=tonight.book.with_columns(is_data_hold=pl.lit(hold)),
            moved=moved,
        )
    )


def of(rows: pl.DataFrame, kind: str) -> list[tuple[object, ...]]:
    names = ("subject", "from_state", "to_state", "rule_id", "value", "threshold", "source_tier")
    return rows.filter(subject_kind=kind).select(names).rows()


def test_the_first_night_puts_everything_on_record() -> None:
    rows = moves(night(BOOK), NONE_YET)
    assert rows["from_state"].is_null().all()
    assert dict(rows.group_by("subject_kind").len().iter_rows()) == {
        "book": 1,
        "condor": 1,
        "gate": 1,
        "layer position": 3,
        "layer signal": 3,
        "second_engine": 1,
    }


def test_a_move_says_from_what_to_what_and_by_which_rule() -> None:
    first = night(BOOK)
    before = moves(first, NONE_YET)
    hot = MarketScores(arm_score=0, accel_score=2, vix_pts=16.0, contango_frac=0.05)
    second = night(BOOK, ToyMarket(session_date=MONDAY, spot_pts=5660.0, scores=hot), before=first)
    rows = moves(second, before, vix_pts=20.01)
    # Break-even by hand: 5700 - (27 - 20 + 12 - 7) = 5688.
    assert of(rows, "condor") == [("condor-1", "OK", "BREACHED", "condor_breached", 5660.0, 5688.0, "vendor rule")]
    # L1 leaps on a gap day; L2 is armed by its own score, for L1 is ACTIVE; L3 stays.
    assert of(rows, "layer signal") == [
        ("L1", "DORMANT", "ACTIVE", "l1_breach", 4.0, 4.0, "vendor rule"),
        ("L2", "DORMANT", "ARMED", "l2_arm_l1", 2.0, 2.0, "house default"),
    ]
    assert of(rows, "gate") == [
        ("VIX", "NO_AGGRESSIVE", "HOLD_NEW", "entry_gate.hold_new_to_vix_pts", 20.01, 25.0, "vendor rule")
    ]
    assert rows.filter(subject_kind="condor")["from_date"].to_list() == [FRIDAY]


def test_nothing_moves_where_nothing_has_changed() -> None:
    first = night(BOOK)
    before = moves(first, NONE_YET)
    assert moves(night(BOOK, ToyMarket(session_date=MONDAY), before=first), before).is_empty()


def test_on_hold_nothing_moves_and_the_next_night_is_held_against_the_last_one_before() -> None:
    first = night(BOOK)
    before = moves(first, NONE_YET)
    held = night(BOOK, ToyMarket(session_date=MONDAY, spot_pts=5660.0), before=first)
    assert moves(held, before, vix_pts=30.0, hold=True).is_empty()
    breached = night(BOOK, ToyMarket(session_date=dt.date(2026, 5, 12), spot_pts=5660.0), before=first)
    rows = moves(breached, before)
    assert [row[:3] for row in of(rows, "condor")] == [("condor-1", "OK", "BREACHED")]


def test_what_settles_moves_even_on_hold_and_then_is_gone_without_a_word() -> None:
    before = moves(night(BOOK), NONE_YET)
    settled = night(BOOK, ToyMarket(session_date=dt.date(2026, 6, 8)))
    rows = moves(settled, before, hold=True)
    assert [row[:3] for row in of(rows, "condor")] == [("condor-1", "OK", "SETTLED")]
    assert rows.height == 1
    after = moves(night(BOOK, ToyMarket(session_date=dt.date(2026, 6, 9))), pl.concat([before, rows]))
    assert of(after, "condor") == []


def test_a_condor_that_was_closed_is_no_longer_held() -> None:
    before = moves(night(BOOK), NONE_YET)
    rows = moves(night(fills_of(*unit_fills()), ToyMarket(session_date=MONDAY)), before).filter(subject_kind="condor")
    assert rows.select("from_state", "to_state", "reason").row(0) == ("OK", None, "no longer held")


@pytest.mark.parametrize(("vix_pts", "height"), [(None, 1), (16.0, 0)])
def test_without_a_vix_the_gate_is_not_known(vix_pts: float | None, height: int) -> None:
    first = night(BOOK)
    before = moves(first, NONE_YET)
    rows = moves(night(BOOK, ToyMarket(session_date=MONDAY), before=first), before, vix_pts=vix_pts)
    assert rows.filter(subject_kind="gate").height == height
    assert rows.filter(subject_kind="gate")["to_state"].is_null().all()
