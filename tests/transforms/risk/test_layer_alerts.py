"""Alerts of the hedge layers: the pair of signal and position says which, METHODOLOGY 6.3."""

import datetime as dt

import pytest

from tests.transforms.book.toy_book import ToyMarket, ToyNight, condor_fills, fill, fills_of, night
from tests.transforms.risk.test_hedge_targets import ACTIVE, ARMED, CHAIN, account, market, with_mode


def alert(tonight: ToyNight, rule_id: str, subject: str = "L1") -> dict[str, object] | None:
    rows = tonight.alerts.filter(rule_id=rule_id, subject=subject).to_dicts()
    return rows[0] if rows else None


def calls(contracts: int) -> dict[str, object]:
    return fill("VIX 2026-06-17 C 18", contracts, 2.0, structure=None)


@pytest.mark.parametrize("contracts", [0, 2])
def test_an_active_layer_with_too_little_is_red_with_the_gap_and_its_cost(contracts: int) -> None:
    hedge = [calls(contracts)] if contracts else []
    tonight = night(fills_of(*condor_fills(), *hedge), market(ACTIVE))
    row = tonight.layers.filter(layer="L1").row(0, named=True)
    found = alert(tonight, "layer_gap")
    assert found
    assert (found["severity"], found["value"], found["threshold"]) == ("RED", row["units_held"], row["units_target"])
    assert found["message"] == (
        f"L1 ACTIVE: coverage gap {round(row['gap_units'], 2)} units of {round(row['units_target'], 2)} wanted, "
        f"about {row['gap_cost_usd']:.0f} USD at the ask"
    )
    assert tonight.book["status"].item() == "ALERT"


def test_an_armed_layer_with_nothing_is_amber_and_with_something_is_not() -> None:
    bare = night(fills_of(*condor_fills()), market(ARMED))
    assert (alert(bare, "layer_armed_unhedged") or {})["severity"] == "AMBER"
    assert bare.book["status"].item() == "WATCH"
    assert alert(night(fills_of(*condor_fills(), calls(1)), market(ARMED)), "layer_armed_unhedged") is None


def test_a_gap_of_unknown_size_is_an_alarm_beside_a_condor_only() -> None:
    found = alert(night(fills_of(*condor_fills()), ToyMarket(scores=ACTIVE)), "layer_gap")
    assert found
    assert "coverage gap of unknown size: L1: no VIX chain for this session" in str(found["message"])
    engine = [fill("VX 2026-06-17", -1, 18.0, structure="short")]
    assert alert(night(fills_of(*engine), ToyMarket(scores=ACTIVE)), "layer_gap") is None


def test_nothing_wanted_is_no_gap() -> None:
    rules = with_mode("hybrid", target_offset_frac=0.0)
    tonight = night(fills_of(*condor_fills()), market(ACTIVE, rules=rules))
    assert tonight.layers["gap_units"].to_list() == [0.0] * 3
    assert alert(tonight, "layer_gap") is None


def test_more_than_a_dormant_layer_should_hold_is_carry_for_information() -> None:
    tonight = night(fills_of(*condor_fills(), calls(40)), market())
    found = alert(tonight, "layer_over")
    assert found
    assert found["severity"] == "INFO"
    carry = tonight.layers.filter(layer="L1")["carry_30d_usd"].item()
    assert str(found["message"]).endswith(f"carry {carry:.0f} USD in 30 days")
    assert tonight.book["status"].item() == "OK"


def test_a_layer_due_for_a_roll_says_what_it_costs() -> None:
    quoted = ("VIX 2026-07-22 C 18", *CHAIN[1:])
    tonight = night(fills_of(*condor_fills(), calls(4)), ToyMarket(session_date=dt.date(2026, 6, 5), quoted_too=quoted))
    found = alert(tonight, "layer_expiring")
    assert found
    cost = tonight.layers.filter(layer="L1")["roll_cost_usd"].item()
    assert found["severity"] == "AMBER"
    assert str(found["message"]).endswith(f"rolling what is due costs {cost:.0f} USD")


def test_a_budget_under_one_unit_says_what_it_buys() -> None:
    tonight = night(fills_of(*condor_fills()), market(accounts=account(100_000)))
    found = alert(tonight, "hedge_budget", "hedge")
    assert found
    assert found["severity"] == "INFO"
    assert "budget buys < 1 unit" in str(found["message"])
    assert alert(night(fills_of(*condor_fills()), market(accounts=account(9_000_000))), "hedge_budget", "hedge") is None
