"""Layers, second engine and alerts: held or not, by name, never silently."""

import datetime as dt

import polars as pl
import pytest

from tests.transforms.book.toy_book import MONDAY, ToyMarket, condor_fills, fill, fills_of, night, unit_fills
from warehouse.tables.meta import META_CHECKS


def layers_of(*fills: dict[str, object], market: ToyMarket | None = None) -> dict[str, dict[str, object]]:
    return {row["layer"]: row for row in night(fills_of(*fills), market).layers.filter(account="A").to_dicts()}


def test_every_account_has_three_layers_held_or_not() -> None:
    layers = layers_of(*condor_fills())
    assert list(layers) == ["L1", "L2", "L3"]
    for row in layers.values():
        assert (row["position_state"], row["units_held"], row["value_usd"], row["legs_qty"]) == ("NONE", 0.0, 0.0, 0)
        assert row["signal_state"] == "DORMANT"
        assert row["signal_reason"] == "first day on record; arm score 0, accel score 0, put side OK"


def test_a_unit_is_four_four_two() -> None:
    layers = layers_of(*unit_fills())
    assert [row["units_held"] for row in layers.values()] == [1.0, 1.0, 1.0]
    assert [row["contracts_qty"] for row in layers.values()] == [4, 4, 2]
    assert [row["cost_usd"] for row in layers.values()] == [800.0, 1000.0, 550.0]
    assert all(row["position_state"] is None and row["position_reason"] for row in layers.values())


def test_futures_and_call_spreads_count_by_their_vix_delta() -> None:
    """METHODOLOGY 2.3: units = vix_delta / (100 * 0.5 * weight); one VX is 1000 USD a point, five units of L1."""
    assert layers_of(fill("VX 2026-06-17", 1, 18.0, structure=None))["L1"]["units_held"] == pytest.approx(5.0)
    spread = [fill("VIX 2026-06-17 C 20", 4, 2.0, structure="s"), fill("VIX 2026-06-17 C 28", -4, 0.7, structure="s")]
    row = layers_of(*spread)["L1"]
    assert row["units_held"] == pytest.approx(float(str(row["vix_delta_usd_per_vx_pt"])) / 200)
    crossed = layers_of(*spread, market=ToyMarket(crossed=("VIX 2026-06-17 C 28",)))["L1"]
    assert crossed["units_held"] is None


def test_an_unpriced_leg_leaves_the_layer_without_value_and_names_itself() -> None:
    row = layers_of(*unit_fills(), market=ToyMarket(unquoted=("VIX",)))["L1"]
    assert (row["value_usd"], row["pnl_usd"], row["spx_delta_usd_per_pt"]) == (None, None, None)
    assert row["unpriced_reason"] == "VIX 2026-06-17 AM C 20 (no VIX chain for this session)"
    assert (row["units_held"], row["cost_usd"]) == (1.0, 800.0)


@pytest.mark.parametrize(("day", "state"), [(dt.date(2026, 6, 1), None), (dt.date(2026, 6, 2), "EXPIRING")])
def test_a_layer_expires_from_its_roll_days_on(day: dt.date, state: str | None) -> None:
    row = layers_of(*unit_fills(), market=ToyMarket(session_date=day))["L1"]  # 16 and 15 days to 2026-06-17
    assert row["position_state"] == state


def test_contracts_that_drifted_out_of_their_layer_make_it_expiring_though_it_is_empty() -> None:
    layers = layers_of(*unit_fills(), market=ToyMarket(session_date=dt.date(2026, 6, 26)))
    assert layers["L2"]["units_held"] == 0.0
    assert layers["L2"]["position_state"] == "EXPIRING"
    assert layers["L1"]["units_held"] == 1.0


def test_what_a_layer_realised_in_a_structure_still_held_stays_in_its_pnl() -> None:
    fills = [
        fill("VIX 2026-06-17 C 20", 4, 2.0, structure="hedge"),
        fill("VIX 2026-06-17 C 20", -4, 5.0, on=MONDAY, structure="hedge", fees=3.0),
        fill("VIX 2026-06-24 C 20", 4, 2.0, on=MONDAY, structure="hedge"),
    ]
    tonight = night(fills_of(*fills), ToyMarket(session_date=MONDAY))
    (leg,) = tonight.legs.to_dicts()
    row = tonight.layers.filter(layer="L1").to_dicts()[0]
    assert row["pnl_usd"] == pytest.approx(leg["pnl_usd"] + 1200 - 3)
    assert tonight.book["hedge_pnl_usd"].item() == pytest.approx(row["pnl_usd"])


def test_the_sum_row_adds_the_accounts() -> None:
    rows = night(fills_of(*unit_fills(), *unit_fills(account="B"))).layers
    assert rows["account"].unique().sort().to_list() == ["A", "ALL", "B"]
    value = dict(rows.filter(layer="L1").select("account", "value_usd").iter_rows())
    assert value["ALL"] == pytest.approx(value["A"] + value["B"])


def test_one_row_per_diagonal_with_two_deltas_apart() -> None:
    fills = [fill("VIX 2026-08-19 C 21", 2, 2.5, structure="d"), fill("VIX 2026-06-17 C 25", -2, 0.5, structure="d")]
    tonight = night(fills_of(*fills))
    (row,) = tonight.engine.to_dicts()
    assert row["debit_usd"] == pytest.approx(400.0)
    assert (row["far_instrument_id"], row["near_instrument_id"]) == ("VIX 2026-08-19 AM C 21", "VIX 2026-06-17 AM C 25")
    assert row["far_vix_delta_usd_per_vx_pt"] > 0 > row["near_vix_delta_usd_per_vx_pt"]
    assert tonight.layers["units_held"].to_list() == [0.0, 0.0, 0.0]


def test_alerts_by_severity_and_the_day_they_were_first_seen() -> None:
    fills = fills_of(*condor_fills(), *unit_fills())
    first = night(fills, ToyMarket(spot_pts=5690.0, unquoted=("VIX",)))
    second = night(fills, ToyMarket(session_date=MONDAY, spot_pts=5690.0, unquoted=("VIX",)), before=first)
    found = second.alerts.select("rule_id", "severity", "first_seen_date").unique().sort("rule_id").rows()
    friday = dt.date(2026, 5, 8)
    assert found == [("condor_itm", "RED", friday), ("leg_unpriced", "AMBER", friday)]
    condor = second.alerts.filter(rule_id="condor_itm").to_dicts()[0]
    assert (condor["value"], condor["threshold"], condor["unit"]) == (5690.0, 5700.0, "index points")
    worse = night(fills, ToyMarket(session_date=MONDAY, spot_pts=5640.0), before=first).alerts
    assert worse["rule_id"].to_list() == ["condor_wing", "layer_gap"]
    assert worse["first_seen_date"].to_list() == [MONDAY, MONDAY]


def test_a_failed_warning_alerts_only_where_a_held_leg_is_touched() -> None:
    rows = [
        ("calendar_arbitrage", "SPX", "warning", False),
        ("vix_parity", "VIX 2026-06-17", "warning", False),
        ("vix_parity", "VIX 2026-09-16", "warning", False),
        ("stale_breadth", "", "warning", False),
        ("one_sided_quotes", "VIX", "warning", True),
    ]
    checks = META_CHECKS.conform(
        pl.DataFrame(rows, schema=["check_id", "subject", "severity", "is_passed"], orient="row").with_columns(
            is_applicable=pl.lit(value=True), message=pl.lit("found something")
        )
    )
    found = night(fills_of(*condor_fills(), *unit_fills()), ToyMarket(checks=checks)).alerts
    assert found.select("rule_id", "subject").rows() == [
        ("check_calendar_arbitrage", "SPX"),
        ("check_vix_parity", "VIX 2026-06-17"),
    ]
