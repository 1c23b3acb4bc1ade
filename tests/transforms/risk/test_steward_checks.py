"""S1 to S10 of METHODOLOGY 4.17: each fails at its limit and no earlier, and says so; what is missing is NA."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from tests.transforms.book.toy_book import (
    FRIDAY,
    MONDAY,
    ToyMarket,
    ToyNight,
    condor_fills,
    fill,
    fills_of,
    night,
    unit_fills,
)
from transforms.book.layer_signals import MarketScores
from transforms.risk.campaign_past import campaign_past
from transforms.risk.steward_checks import StewardInputs, steward_alerts, steward_checks
from transforms.risk.steward_rules import StewardRules
from transforms.risk.steward_sizes import tier_of
from warehouse.tables.mart import MART_ALERTS_DAILY, MART_CONDORS_DAILY

# Ten condors: (50 - 12) x 100 x 10.
MAX_LOSS_USD = 38_000.0


def inputs_of(*fills: dict[str, object], market: ToyMarket | None = None, **changes: object) -> StewardInputs:
    market = market or ToyMarket()
    book = fills_of(*fills)
    tonight: ToyNight = night(book, market)
    calm: dict[str, object] = {
        "session_date": market.session_date,
        "accounts": {"A": (1_000_000.0, 100_000.0)},
        "condors": tonight.condors,
        "history": MART_CONDORS_DAILY.empty(),
        "past": campaign_past(tonight.holdings, book, market.mark_at),
        "legs": tonight.legs,
        "layers": tonight.layers,
        "costs": tonight.ledger.costs,
        "failed": MART_ALERTS_DAILY.empty(),
        "critical_qty": 0,
        "event_state": "CLEAR",
        "gate": "OPEN_ALL",
    }
    return StewardInputs(**(calm | changes))  # type: ignore[arg-type]


def found(inputs: StewardInputs, check_id: str) -> dict[str, object]:
    return steward_checks(inputs).filter(check_id=check_id).row(0, named=True)


def verdict(inputs: StewardInputs, check_id: str) -> tuple[object, object]:
    row = found(inputs, check_id)
    return row["verdict"], row["value"]


@pytest.mark.parametrize(
    ("net_liq_usd", "expected", "alerts"),
    [
        (2_000_000.0, ("PASS", 0.019), []),
        (1_000_000.0, ("PASS", 0.038), [("steward_s1_advice", "INFO", 0.02)]),
        (380_000.0, ("PASS", 0.10), [("steward_s1_advice", "INFO", 0.02)]),
        (379_999.0, ("FAIL", MAX_LOSS_USD / 379_999), [("steward_s1", "AMBER", 0.10)]),
        (0.0, ("FAIL", None), [("steward_s1", "AMBER", 0.10)]),
        (None, ("NA", None), []),
    ],
)
def test_s1_a_condor_may_lose_a_tenth(
    net_liq_usd: float | None, expected: tuple[str, float | None], alerts: list[tuple[str, str, float]]
) -> None:
    inputs = inputs_of(*condor_fills(), accounts={"A": (net_liq_usd, None)})
    status, value = verdict(inputs, "S1")
    assert (status, value) == (expected[0], pytest.approx(expected[1]) if expected[1] is not None else None)
    raised = steward_alerts(steward_checks(inputs)).filter(pl.col("rule_id").str.starts_with("steward_s1"))
    assert raised.select("rule_id", "severity", "threshold").rows() == alerts


@pytest.mark.parametrize(
    ("before_qty", "before_pnl_usd", "expected"),
    [(8, -500.0, ("FAIL", 2.0)), (8, 500.0, ("PASS", 0.0)), (10, -500.0, ("PASS", 0.0)), (12, -500.0, ("PASS", 0.0))],
)
def test_s2_a_losing_campaign_is_not_enlarged(
    before_qty: int, before_pnl_usd: float, expected: tuple[str, float]
) -> None:
    tonight = inputs_of(*condor_fills(campaign="c"), market=ToyMarket(session_date=MONDAY))
    changed = {"session_date": FRIDAY, "quantity_qty": before_qty, "pnl_usd": before_pnl_usd, "condor_id": "first"}
    history = tonight.condors.with_columns(**{name: pl.lit(value) for name, value in changed.items()})
    inputs = replace(tonight, history=MART_CONDORS_DAILY.conform(history))
    assert verdict(inputs, "S2") == expected
    assert found(inputs, "S2")["is_promoter_flag"] == (expected[0] == "FAIL")


@pytest.mark.parametrize(("rolls_qty", "status"), [(3, "PASS"), (4, "FAIL")])
def test_s3_three_rolls_are_allowed(rolls_qty: int, status: str) -> None:
    calm = inputs_of(*condor_fills())
    inputs = replace(calm, past=calm.past.with_columns(rolls_qty=pl.lit(rolls_qty, dtype=pl.Int64)))
    assert verdict(inputs, "S3") == (status, float(rolls_qty))


@pytest.mark.parametrize(
    ("event_state", "session_date", "expected"),
    [
        ("PRE", FRIDAY, ("FAIL", 1.0)),
        ("EVENT_DAY", FRIDAY, ("FAIL", 1.0)),
        ("POST", FRIDAY, ("PASS", 0.0)),
        (None, FRIDAY, ("NA", None)),
        ("PRE", MONDAY, ("PASS", 0.0)),  # held, not opened
    ],
)
def test_s4_nothing_is_opened_in_an_event_window(
    event_state: str | None, session_date: dt.date, expected: tuple[str, float | None]
) -> None:
    inputs = inputs_of(*condor_fills(), market=ToyMarket(session_date=session_date), event_state=event_state)
    assert verdict(inputs, "S4") == expected


@pytest.mark.parametrize(
    ("gate", "credit_pts", "dte_days", "status"),
    [
        ("OPEN_ALL", 1.60, 1, "PASS"),
        ("NO_AGGRESSIVE", 1.60, 1, "FAIL"),
        ("NO_AGGRESSIVE", 1.15, 1, "PASS"),
        ("NO_AGGRESSIVE", 2.50, 1, "PASS"),  # of no tier
        ("NO_AGGRESSIVE", 1.60, 30, "PASS"),  # no 1DTE condor, so of no tier
        ("HOLD_NEW", 0.70, 1, "FAIL"),
        ("CLOSED", 12.0, 30, "FAIL"),
        (None, 12.0, 30, "NA"),
    ],
)
def test_s5_the_gate_lets_the_tier_in(gate: str | None, credit_pts: float, dte_days: int, status: str) -> None:
    calm = inputs_of(*condor_fills(), gate=gate)
    condors = calm.condors.with_columns(credit_pts=pl.lit(credit_pts), dte_days=pl.lit(dte_days, dtype=pl.Int64))
    assert verdict(replace(calm, condors=condors), "S5")[0] == status


@pytest.mark.parametrize(
    ("credit_pts", "tier"),
    [
        (0.55, "OTHER"),  # 0.70 less a fifth is 0.56
        (0.57, "CONSERVATIVE"),
        (0.92, "OTHER"),  # 0.70 is nearest, and more than a fifth away
        (1.20, "BALANCED"),
        (1.91, "AGGRESSIVE"),
        (1.93, "OTHER"),
    ],
)
def test_a_tier_is_the_nearest_credit_within_a_fifth(credit_pts: float, tier: str) -> None:
    assert tier_of({"credit_pts": credit_pts, "dte_days": 1}, StewardRules()) == tier


@pytest.mark.parametrize(
    ("amortised_usd", "credit_usd", "expected"),
    [
        (350.0, 1000.0, ("PASS", 0.35)),
        (351.0, 1000.0, ("FAIL", 0.351)),
        (-50.0, 1000.0, ("PASS", -0.05)),
        (None, 1000.0, ("NA", None)),
        (100.0, None, ("NA", None)),
    ],
)
def test_s6_the_hedge_costs_up_to_35_per_cent(
    amortised_usd: float | None, credit_usd: float | None, expected: tuple[str, float | None]
) -> None:
    calm = inputs_of(*condor_fills(), *unit_fills())
    amounts = {"amortised_usd": amortised_usd, "credit_usd": credit_usd, "reason": "why"}
    costs = calm.costs.with_columns(**{name: pl.lit(value) for name, value in amounts.items()})
    assert verdict(replace(calm, costs=costs), "S6") == expected
    assert verdict(replace(calm, costs=costs, hold_reason="data on hold"), "S6") == ("NA", None)


@pytest.mark.parametrize(
    ("legs", "naked_qty"),
    [
        ((("SPXW 2026-06-08 P 5500", -2), ("SPXW 2026-06-08 P 5400", 2)), 0.0),
        ((("SPXW 2026-06-08 P 5500", -2), ("SPXW 2026-06-08 P 5400", 1)), 1.0),
        ((("SPXW 2026-06-08 P 5500", -2), ("SPXW 2026-06-05 P 5400", 2)), 2.0),  # the long is gone first
        ((("SPXW 2026-06-08 P 5500", -2), ("SPXW 2026-06-08 C 6400", 2)), 2.0),  # of the other right
        ((("VIX 2026-06-17 C 25", -3), ("VIX 2026-08-19 C 22", 3)), 0.0),  # a diagonal
        ((("VIX 2026-08-19 C 25", -3), ("VIX 2026-06-17 C 22", 3)), 3.0),  # the same after its long leg
        ((("VX 2026-06-17", -1),), 1.0),
    ],
)
def test_s7_no_leg_is_short_without_cover(legs: tuple[tuple[str, int], ...], naked_qty: float) -> None:
    inputs = inputs_of(*(fill(leg, quantity, 2.0, structure="s") for leg, quantity in legs))
    assert verdict(inputs, "S7") == ("FAIL" if naked_qty else "PASS", naked_qty)
    raised = steward_alerts(steward_checks(inputs)).filter(rule_id="steward_s7")
    assert raised["severity"].to_list() == ["RED"] * bool(naked_qty)


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ((100_000.0, 50_000.0), ("PASS", 0.5)),
        ((100_000.0, 50_001.0), ("FAIL", 0.50001)),
        ((-1.0, 1.0), ("FAIL", None)),
        ((100_000.0, None), ("NA", None)),
        ((None, 1.0), ("NA", None)),
    ],
)
def test_s8_half_of_the_net_liquidation_value_carries_margin(
    figures: tuple[float | None, float | None], expected: tuple[str, float | None]
) -> None:
    assert verdict(inputs_of(*condor_fills(), accounts={"A": figures}), "S8") == expected


def test_s9_an_active_layer_has_no_gap_and_raises_nothing_twice() -> None:
    calm = inputs_of(*condor_fills())
    gap = calm.layers.with_columns(
        signal_state=pl.when(pl.col("layer") == "L1").then(pl.lit("ACTIVE")).otherwise(pl.lit("ARMED")),
        gap_units=pl.when(pl.col("layer") == "L1").then(1.5).otherwise(7.0),
    )
    assert verdict(replace(calm, layers=gap), "S9") == ("FAIL", 1.5)
    assert steward_alerts(steward_checks(replace(calm, layers=gap))).filter(rule_id="steward_s9").is_empty()
    assert verdict(replace(calm, layers=gap.with_columns(gap_units=pl.lit(0.0))), "S9") == ("PASS", 0.0)
    unknown = gap.with_columns(gap_units=pl.lit(None, dtype=pl.Float64), target_reason=pl.lit("no account figures"))
    assert verdict(replace(calm, layers=unknown), "S9") == ("NA", None)
    blind = inputs_of(*condor_fills(), market=ToyMarket(scores=MarketScores(arm_score=None, accel_score=None)))
    assert verdict(blind, "S9") == ("NA", None)


def test_s10_counts_failed_checks_about_what_is_held() -> None:
    calm = inputs_of(*condor_fills())
    failed = MART_ALERTS_DAILY.conform(pl.DataFrame({"account": ["A", "B"], "rule_id": ["check_parity"] * 2}))
    assert verdict(calm, "S10") == ("PASS", 0.0)
    assert verdict(replace(calm, failed=failed), "S10") == ("FAIL", 1.0)
    assert verdict(replace(calm, critical_qty=2), "S10") == ("FAIL", 2.0)


def test_an_empty_book_passes_what_can_be_judged() -> None:
    rows = steward_checks(inputs_of(accounts={"ALL": (None, None)}))
    assert rows.height == 10
    assert dict(rows.select("check_id", "verdict").iter_rows()) == dict.fromkeys(
        ("S1", "S2", "S3", "S4", "S5", "S7", "S9", "S10"), "PASS"
    ) | {"S6": "NA", "S8": "NA"}


def test_every_verdict_says_its_limit_and_whose_it_is() -> None:
    rows = steward_checks(inputs_of(*condor_fills()))
    assert rows["check_id"].to_list() == [f"S{number}" for number in range(1, 11)]
    assert rows["threshold"].to_list() == [0.10, 0.0, 3.0, 0.0, 0.0, 0.35, 0.0, 0.50, 0.0, 0.0]
    assert set(rows["source_tier"]) == {"vendor rule", "house default"}
