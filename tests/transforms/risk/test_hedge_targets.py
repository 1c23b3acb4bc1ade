"""What the rules ask of a layer by mode and signal, what is missing, and what is said when it cannot be known."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from tests.transforms.book.toy_book import FRIDAY, MONDAY, ToyMarket, ToyNight, condor_fills, fill, fills_of, night
from tests.transforms.book.toy_book import unit_fills as whole_unit
from transforms.book.layer_signals import MarketScores
from transforms.risk.hedge_ledger import LedgerRules
from transforms.risk.hedge_rules import HedgeSizingRules
from warehouse.tables.core import CORE_ACCOUNTS_DAILY
from warehouse.tables.mart import (
    MART_HEDGE_COSTS_DAILY,
    MART_HEDGE_LAYERS_DAILY,
    MART_HEDGE_LOTS_DAILY,
    MART_HEDGE_SIZING_DAILY,
    MART_HEDGE_UNITS_DAILY,
)

CHAIN = ("VIX 2026-06-17 C 18", "VIX 2026-08-19 C 19", "VIX 2026-12-16 C 20")
DORMANT = MarketScores(arm_score=0, accel_score=0, vix_pts=16.0, contango_frac=0.05, vix_mean_5_pts=16.0)
ARMED = replace(DORMANT, accel_score=2)
ACTIVE = replace(DORMANT, accel_score=5, vix_pts=35.0, contango_frac=-0.08)


def account(net_liq_usd: float) -> pl.DataFrame:
    row = {"session_date": FRIDAY, "account": "A", "net_liq_usd": net_liq_usd, "margin_used_usd": 0.0}
    return CORE_ACCOUNTS_DAILY.conform(pl.DataFrame([row]))


def market(scores: MarketScores = DORMANT, **facts: object) -> ToyMarket:
    return ToyMarket(quoted_too=CHAIN, scores=scores, **facts)  # type: ignore[arg-type]


def with_mode(mode: str, **facts: object) -> LedgerRules:
    return LedgerRules(sizing=HedgeSizingRules(mode=mode, **facts))  # type: ignore[arg-type]


def shares(tonight: ToyNight) -> list[float]:
    wanted = tonight.ledger.sizing["units_recommended"].item()
    return [target / wanted for target in tonight.layers["units_target"]]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("always_on", {"DORMANT": 1.0, "ARMED": 1.0, "ACTIVE": 1.0}),
        ("triggered", {"DORMANT": 0.0, "ARMED": 0.5, "ACTIVE": 1.0}),
        ("hybrid", {"DORMANT": 0.5, "ARMED": 0.5, "ACTIVE": 1.0}),
    ],
)
def test_the_target_of_each_mode_by_signal(mode: str, expected: dict[str, float]) -> None:
    """METHODOLOGY 2.1. Accel 2 arms L1 and L2 and leaves L3 dormant; the crisis of 5 makes all three active."""
    for scores, states in (
        (DORMANT, ["DORMANT"] * 3),
        (ARMED, ["ARMED", "ARMED", "DORMANT"]),
        (ACTIVE, ["ACTIVE"] * 3),
    ):
        tonight = night(fills_of(*condor_fills()), market(scores, rules=with_mode(mode)))
        assert tonight.layers["signal_state"].to_list() == states
        assert shares(tonight) == pytest.approx([expected[state] for state in states])


def test_the_reference_unit_gap_and_its_cost() -> None:
    """Nothing held: the gap is the target; it costs the layer's contracts of a unit at the ask (mark + 0.05)."""
    tonight = night(fills_of(*condor_fills()), market(ACTIVE))
    wanted = tonight.ledger.sizing["units_recommended"].item()
    for row, unit, weight in zip(tonight.layers.to_dicts(), tonight.ledger.units.to_dicts(), (4, 4, 2), strict=True):
        assert row["gap_units"] == row["units_target"] == pytest.approx(wanted)
        assert row["gap_cost_usd"] == pytest.approx(wanted * weight * 100 * (unit["mark_pts"] + 0.05))
        assert row["gap_instrument_id"] == unit["instrument_id"]
        assert (row["position_state"], row["position_reason"]) == ("NONE", "nothing held in this layer")


@pytest.mark.parametrize(("contracts", "state"), [(7, "PARTIAL"), (8, "FULL"), (9, "FULL"), (10, "OVER")], ids=str)
def test_held_against_target(contracts: int, state: str) -> None:
    """6.3: PARTIAL below 90% of the target, FULL to 110%, OVER beyond; sized so that L1 wants 8.4 calls."""
    plain = night(fills_of(*condor_fills()), market(ACTIVE)).ledger.sizing["units_recommended"].item()
    rules = with_mode("hybrid", target_offset_frac=0.40 * (8.4 / 4) / plain)
    fills = [*condor_fills(), fill("VIX 2026-06-17 C 18", contracts, 2.0, structure=None)]
    row = night(fills_of(*fills), market(ACTIVE, rules=rules)).layers.filter(layer="L1").row(0, named=True)
    assert row["units_target"] == pytest.approx(2.1)
    assert row["position_state"] == state
    assert row["gap_units"] == pytest.approx(max(0.0, 2.1 - contracts / 4))


def test_a_target_of_nothing_makes_what_is_held_too_much() -> None:
    tonight = night(fills_of(*condor_fills(), *whole_unit()), market(DORMANT, rules=with_mode("triggered")))
    assert tonight.layers["units_target"].to_list() == [0.0] * 3
    assert tonight.layers["position_state"].to_list() == ["OVER"] * 3


def test_without_a_vix_chain_there_is_no_target_and_it_says_so() -> None:
    fills = fills_of(*condor_fills(), *whole_unit())
    tonight = night(fills, ToyMarket(unquoted=("VIX",), scores=ACTIVE))
    for row in tonight.layers.to_dicts():
        assert (row["units_target"], row["gap_units"], row["gap_cost_usd"]) == (None, None, None)
        assert "no VIX chain for this session" in row["target_reason"]
        assert row["position_state"] is None
        assert row["position_reason"].startswith("no target to hold against")
        assert row["signal_state"] == "ACTIVE"  # the signal needs no chain


def test_a_chain_without_a_layer_has_no_whole_unit() -> None:
    tonight = night(fills_of(*condor_fills()), ToyMarket(quoted_too=CHAIN[:2]))
    assert tonight.ledger.units["reason"].to_list() == [None, None, "no priced VIX call of 165 to 400 days"]
    assert tonight.ledger.sizing["sizing_reason"].item() == "L3: no priced VIX call of 165 to 400 days"
    assert tonight.layers["units_target"].null_count() == 3


def test_a_valuation_that_calls_for_caution_raises_the_base() -> None:
    """METHODOLOGY 5.5: RICH raises the hybrid base from 50% to 75%, and never what an ACTIVE layer wants."""
    rich = night(fills_of(*condor_fills()), market(ARMED, valuation_state="RICH"))
    assert shares(rich) == pytest.approx([0.75] * 3)
    cheap = night(fills_of(*condor_fills()), market(ARMED, valuation_state="CHEAP"))
    assert shares(cheap) == pytest.approx([0.50] * 3)
    assert shares(night(fills_of(*condor_fills()), market(ACTIVE, valuation_state="RICH"))) == pytest.approx([1.0] * 3)


def test_on_hold_nothing_is_asked_for_and_yesterdays_states_stand() -> None:
    fills = fills_of(*condor_fills(), *whole_unit())
    first = night(fills, market(ACTIVE))
    held = night(fills, market(DORMANT, session_date=MONDAY, hold_reason="data on hold"), before=first)
    for was, now in zip(first.layers.to_dicts(), held.layers.to_dicts(), strict=True):
        assert (now["signal_state"], now["position_state"]) == (was["signal_state"], was["position_state"])
        assert now["is_signal_stale"]
        assert now["position_reason"] == f"stale, carried forward from {FRIDAY}: data on hold"
        assert (now["units_target"], now["target_reason"]) == (None, "data on hold")
        assert now["is_monetise_candidate"] is False
    after = night(fills, market(DORMANT, session_date=dt.date(2026, 5, 12)), before=held)
    assert after.layers["active_quiet_closes"].to_list() == [1, 1, 0]  # the held close is no close
    assert not after.layers["is_signal_stale"].any()


def test_an_expiring_layer_says_what_its_roll_costs() -> None:
    """4.6: sell at the bid, buy the unit's call of the layer at the ask: 4 x 100 x (ask - bid)."""
    fills = fills_of(*condor_fills(), fill("VIX 2026-06-17 C 18", 4, 2.0, structure=None))
    quoted = ("VIX 2026-07-22 C 18", *CHAIN[1:])
    tonight = night(fills, ToyMarket(session_date=dt.date(2026, 6, 5), quoted_too=quoted))
    row = tonight.layers.filter(layer="L1").row(0, named=True)
    (lot,) = tonight.ledger.lots.to_dicts()
    unit = tonight.ledger.units.row(0, named=True)
    assert (row["position_state"], unit["instrument_id"]) == ("EXPIRING", "VIX 2026-07-22 AM C 18")
    assert row["roll_cost_usd"] == pytest.approx(400 * (unit["ask_pts"] - lot["bid_pts"]))
    assert row["next_roll_date"] == dt.date(2026, 6, 2)
    later = night(fills, ToyMarket(session_date=dt.date(2026, 6, 5)))
    assert later.layers.filter(layer="L1")["roll_cost_reason"].item() is None  # the held call itself is the nearest


@pytest.mark.parametrize(("kind", "fills"), [("whole", [*condor_fills(), *whole_unit()]), ("empty", [])])
def test_every_frame_fits_its_table_and_passes_its_audits(kind: str, fills: list[dict[str, object]]) -> None:
    ledger = night(fills_of(*fills), market(ACTIVE)).ledger
    for frame, table in (
        (ledger.units, MART_HEDGE_UNITS_DAILY),
        (ledger.sizing, MART_HEDGE_SIZING_DAILY),
        (ledger.lots, MART_HEDGE_LOTS_DAILY),
        (ledger.layers, MART_HEDGE_LAYERS_DAILY),
        (ledger.costs, MART_HEDGE_COSTS_DAILY),
    ):
        assert frame.schema == table.polars_schema, kind
        required = [*table.grain, *(column.name for column in table.columns if column.is_required)]
        assert frame.select(required).null_count().sum_horizontal().item() == 0
        assert frame.n_unique(list(table.grain)) == frame.height
        for audit in table.audits:
            assert pl.SQLContext(rows=frame).execute(f"select * from rows where {audit.violation}").collect().is_empty()
