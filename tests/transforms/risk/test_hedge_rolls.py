"""Hedge lots that are due: sold at the bid, the layer's call bought at the ask, and what is no such roll says so."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from tests.transforms.market.known_smiles import QUOTED_AT
from tests.transforms.risk.hedged_chain import CALLS, OLD_CALL, lot, mark_of, rows_of, units
from transforms.risk.hedge_rolls import hedge_gains, hedge_rolls
from warehouse.tables.mart import MART_HEDGE_LOTS_DAILY

FEE = 0.65 + 0.42  # broker and exchange, VIX


def lots(*rows: dict[str, Any]) -> pl.DataFrame:
    return rows_of(MART_HEDGE_LOTS_DAILY, *rows)


def roll_of(row: dict[str, Any], unit: pl.DataFrame | None = None, at: dt.datetime = QUOTED_AT) -> dict[str, Any]:
    (found,) = hedge_rolls(lots(row), units() if unit is None else unit, at).to_dicts()
    return found


def test_a_roll_sells_at_the_bid_and_buys_the_layers_call_at_the_ask() -> None:
    row, old, new = roll_of(lot(quantity=6)), mark_of(*OLD_CALL), mark_of(*CALLS["L1"])
    assert (row["status"], row["reason"], row["reason_text"]) == ("FEASIBLE", None, None)
    assert row["proceeds_usd"] == pytest.approx(600 * (old["mark_pts"] - 0.05))
    assert row["premium_usd"] == pytest.approx(600 * (new["mark_pts"] + 0.05))
    assert row["fees_usd"] == pytest.approx(12 * FEE)
    assert row["hedge_roll_cost_usd"] == pytest.approx(row["premium_usd"] - row["proceeds_usd"] + 12 * FEE)
    assert (row["new_instrument_id"], row["days_added_days"]) == ("VIX 2023-03-08 AM C 20", 21)
    # Six calls of -0.5 $/pt each for six of -0.7: less hedge; theta of -2 a day for one of -9.
    assert row["spx_delta_change_usd_per_pt"] == pytest.approx(6 * 0.2)
    assert row["theta_change_usd_per_day"] == pytest.approx(6 * 7.0)


def test_the_call_is_that_of_the_layer_the_lot_was_bought_as() -> None:
    row = roll_of(lot(entry_layer="L3"))
    assert (row["current_layer"], row["new_instrument_id"]) == ("L1", "VIX 2023-09-20 AM C 22")


def test_only_what_is_due_is_rolled() -> None:
    found = hedge_rolls(lots(lot("H1"), lot("H2", is_due=False)), units(), QUOTED_AT)
    assert found["lot_id"].to_list() == ["H1"]
    assert hedge_rolls(lots(), units(), QUOTED_AT).is_empty()


@pytest.mark.parametrize(
    ("changed", "status", "reason", "said"),
    [
        ({"unpriced_reason": "no mark: CROSSED quote"}, "BLOCKED", "QUOTES", "CROSSED"),
        ({"entry_layer": "L2"}, "BLOCKED", "QUOTES", "no priced VIX call"),
        ({"expiry_date": dt.date(2023, 2, 8)}, "BLOCKED", "EXPIRED", "trades no more"),
        ({"quantity_qty": -4}, "NONE", None, "only long calls"),
        ({"root": "VX", "right": None, "strike_pts": None}, "NONE", None, "only long calls"),
    ],
)
def test_what_cannot_be_rolled_has_no_cost_and_says_why(
    changed: dict[str, Any], status: str, reason: str | None, said: str
) -> None:
    no_l2 = {"L2": {"instrument_id": None, "ask_pts": None, "reason": "no priced VIX call of 70 to 164 days"}}
    row = roll_of(lot(**changed), units(**no_l2))
    assert (row["status"], row["reason"], row["hedge_roll_cost_usd"]) == (status, reason, None)
    assert said in row["reason_text"]


def test_a_lot_nobody_bids_for_brings_nothing_and_can_be_rolled() -> None:
    row = roll_of(lot(bid_pts=0.0))
    assert (row["status"], row["proceeds_usd"]) == ("FEASIBLE", 0.0)


def test_gains_are_those_of_every_lot_or_unknown() -> None:
    book = lots(lot("H1"), lot("H2", is_due=False), lot("H3", account="B", pnl_usd=None, unpriced_reason="no mark"))
    found = {row["account"]: row for row in hedge_gains(book, ["A", "B", "C"]).to_dicts()}
    assert found["A"]["hedge_gain_usd"] == pytest.approx(12 * 100 * (mark_of(*OLD_CALL)["mark_pts"] - 1.50))
    assert found["B"]["hedge_gain_usd"] is None
    assert "no mark" in found["B"]["hedge_gain_reason"]
    assert (found["C"]["hedge_gain_usd"], found["C"]["hedge_gain_reason"]) == (0.0, None)
