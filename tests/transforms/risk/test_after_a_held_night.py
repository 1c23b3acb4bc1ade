"""A night on DATA_HOLD is no yesterday to compare with, and its states are yesterday's, not those of bad quotes."""

import polars as pl
import pytest

from tests.transforms.book.toy_book import FRIDAY, MONDAY, ToyMarket, condor_fills, fill, fills_of, night, unit_fills
from transforms.book.condor_states import held_states
from transforms.book.layer_signals import MarketScores
from transforms.risk.engine_on_hold import held_accounts, held_diagonals
from transforms.risk.offsets import Amount, CondorExposure, Parts, local_offset
from warehouse.tables.meta import META_CHECKS

INTRADAY = META_CHECKS.conform(
    pl.DataFrame(
        {
            "session_date": [FRIDAY],
            "check_id": ["spx_end_of_day"],
            "subject": [""],
            "severity": ["critical"],
            "is_passed": [False],
            "is_applicable": [True],
            "message": ["The SPX chain is not an end of day."],
        }
    )
)
BOOK = fills_of(*condor_fills(), *unit_fills())


def test_the_day_has_no_pnl_against_marks_that_were_not_trusted() -> None:
    held = night(BOOK, ToyMarket(checks=INTRADAY))
    after = night(BOOK, ToyMarket(session_date=MONDAY), before=held).book.row(0, named=True)
    assert after["day_pnl_usd"] is None
    assert after["day_pnl_reason"] == f"the session before, {FRIDAY}, was on data hold"


def test_a_held_night_carries_the_states_forward() -> None:
    before = night(BOOK, ToyMarket(spot_pts=5690.0)).condors
    tonight = night(BOOK, ToyMarket(session_date=MONDAY, spot_pts=6000.0)).condors
    (row,) = held_states(tonight, before, reason="the quotes are intraday").to_dicts()
    assert (row["state"], row["side"], row["put_state"]) == ("ITM", "PUT", "ITM")
    assert row["state_reason"] == f"stale, carried forward from {FRIDAY}: the quotes are intraday"
    assert (row["flags"], row["days_in_state_sessions"]) == ("STALE", 1)
    assert row["value_usd"] == tonight["value_usd"].item()


def test_a_held_first_night_knows_no_state() -> None:
    tonight = night(BOOK, ToyMarket(spot_pts=6310.0)).condors
    assert "UNHEDGED_BY_ALVH" in tonight["flags"].item()
    (row,) = held_states(tonight, None, reason="the quotes are intraday").to_dicts()
    assert (row["state"], row["side"], row["flags"]) == (None, None, "")
    assert row["state_reason"] == "unknown: the quotes are intraday"


def test_no_hedge_offsets_nothing_and_not_minus_nothing() -> None:
    parts = Parts(condor=Amount(50.0), hedge=Amount(0.0), second_engine=Amount(0.0))
    exposure = CondorExposure(condors_qty=1, max_loss_usd=1.0, put_severity=3, call_severity=0)
    offset = local_offset(parts, exposure)
    assert str(offset.frac) == "0.0"
    assert offset.with_second_engine_frac == pytest.approx(0.0)
    assert str(offset.with_second_engine_frac) == "0.0"


def test_a_held_night_carries_the_second_engines_states_forward() -> None:
    """Curve inverted on Friday, quotes of Monday not to be trusted: still STRESSED, still with Friday's figures."""
    book = fills_of(
        *condor_fills(),
        fill("VIX 2026-08-19 C 21", 1, 2.5, structure="d"),
        fill("VIX 2026-06-17 C 25", -1, 0.5, structure="d"),
    )
    inverted = MarketScores(arm_score=0, accel_score=0, vix_pts=16.0, contango_frac=-0.02)
    friday = night(book, ToyMarket(scores=inverted))
    monday = night(book, ToyMarket(session_date=MONDAY, hold_reason="data on hold"))
    assert monday.engine["state"].to_list() == [None]
    diagonals = held_diagonals(monday.engine, friday.engine)
    accounts = held_accounts(monday.engine_states, friday.engine_states)
    for held in (diagonals, accounts):
        (row,) = held.to_dicts()
        assert (row["state"], row["state_rule"], row["state_value"]) == ("STRESSED", "M1 above M2", -0.02)
        assert (row["session_date"], row["is_state_stale"], row["structure_id"]) == (MONDAY, True, "d")
        assert row["state_reason"].startswith(f"stale, carried forward from {FRIDAY}: ")
    # A second night on hold still names the night the state is of; a diagonal that is new has none.
    (again,) = held_diagonals(monday.engine, diagonals).to_dicts()
    assert again["state_reason"] == diagonals["state_reason"].item()
    assert held_diagonals(monday.engine, friday.engine.clear())["state"].to_list() == [None]
    assert held_accounts(monday.engine_states, friday.engine_states.clear())["reason"].to_list() == ["data on hold"]
