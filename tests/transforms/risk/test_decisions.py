"""The decision table by hand: cash, realised P&L, worst loss, expected value and what the account is left with."""

import math
from functools import cache
from typing import Any

import polars as pl
import pytest

from tests.transforms.market.known_smiles import FORWARD, NIGHT, RATE, black_pts, years
from tests.transforms.risk.hedged_chain import (
    CALLS,
    OLD_CALL,
    VIX_PTS,
    decision_inputs,
    lot,
    mark_of,
    rows_of,
    units,
)
from tests.transforms.risk.rolled_chain import (
    HALF,
    MARCH,
    MARCH_24,
    THREATENED_CALL,
    THREATENED_PUT,
    Contract,
    condor,
    condor_value_pts,
    inputs_of,
    smile,
    value_pts,
)
from transforms.risk.decision_ranking import compared
from transforms.risk.decisions import DecisionInputs, decisions
from transforms.risk.roll_ranking import EventWindow
from transforms.risk.stop_reference import stop_reference
from warehouse.tables.mart import MART_CONDORS_DAILY

STRIKES = THREATENED_PUT[0]
SLIP, FEE, VIX_FEE = 0.25 * HALF, 1.15, 1.07
R1 = "R1 SPXW 2023-03-24 4125/4175/4350/4400"
ENTRY_FEES = 20.0  # four fills of 5
ROW = dict[str, Any]


def table(inputs: DecisionInputs) -> dict[str, ROW]:
    return {row["decision"]: row for row in decisions(inputs).to_dicts()}


@cache
def hedged_inputs() -> DecisionInputs:
    return decision_inputs(*condor(*THREATENED_PUT), lots=(lot(),), gaps={"L1": 0.5, "L3": 0.25})


@cache
def hedged() -> dict[str, ROW]:
    return table(hedged_inputs())


def candidates(inputs: DecisionInputs) -> dict[str, ROW]:
    return {row["candidate"]: row for row in inputs.rolls.candidates.to_dicts()}


def debit_pts() -> float:
    return condor_value_pts(STRIKES, MARCH) + 4 * SLIP


def test_there_are_six_ways_to_go_on() -> None:
    assert set(hedged()) == {"HOLD", "CLOSE", "REDUCE", "ROLL", "ROLL_AND_HEDGE", "ADD_HEDGE"}
    assert {row["reason"] for row in hedged().values()} == {None}
    assert hedged()["ROLL"]["candidate"] == R1


def test_cash_and_what_is_locked_in() -> None:
    """Credit 20 x 1,000 USD was taken in; fees of 20 were paid then, 4 or 8 x 10 x 1.15 are tonight."""
    rows, roll = hedged(), candidates(hedged_inputs())[R1]
    assert (rows["HOLD"]["cash_today_usd"], rows["HOLD"]["realised_pnl_usd"]) == (0, pytest.approx(-ENTRY_FEES))
    close_usd = -1000 * debit_pts() - 40 * FEE
    assert rows["CLOSE"]["cash_today_usd"] == pytest.approx(close_usd, abs=1e-6)
    assert rows["CLOSE"]["realised_pnl_usd"] == pytest.approx(20_000 + close_usd - ENTRY_FEES, abs=1e-6)
    assert rows["REDUCE"]["cash_today_usd"] == pytest.approx(close_usd / 2, abs=1e-6)
    assert rows["REDUCE"]["realised_pnl_usd"] == pytest.approx(10_000 + close_usd / 2 - ENTRY_FEES, abs=1e-6)
    assert rows["ROLL"]["cash_today_usd"] == pytest.approx(roll["roll_net_usd"])
    locked = 1000 * (20 - debit_pts()) - 80 * FEE - ENTRY_FEES
    assert rows["ROLL"]["realised_pnl_usd"] == pytest.approx(locked, abs=1e-6)


def test_the_worst_that_can_still_come() -> None:
    rows, roll = hedged(), candidates(hedged_inputs())[R1]
    assert rows["HOLD"]["max_loss_after_usd"] == pytest.approx(30_000)
    assert rows["CLOSE"]["max_loss_after_usd"] == pytest.approx(1000 * (debit_pts() - 20), abs=1e-6)
    # Five condors kept: 50 x 500 can be lost, less 20 x 1,000 taken in, and what closing five cost.
    assert rows["REDUCE"]["max_loss_after_usd"] == pytest.approx(25_000 - 20_000 + 500 * debit_pts(), abs=1e-6)
    assert rows["ROLL"]["max_loss_after_usd"] == pytest.approx(roll["max_loss_after_usd"])
    assert [rows[name]["margin_usd"] for name in ("HOLD", "CLOSE", "REDUCE", "ROLL")] == [50_000, 0, 25_000, 50_000]
    assert [rows[name]["dte_days"] for name in ("HOLD", "CLOSE", "REDUCE", "ROLL")] == [38, None, 38, 45]


def test_half_of_an_odd_number_closes_the_odd_one_and_one_condor_cannot_be_halved() -> None:
    of_three = table(decision_inputs(*condor(*THREATENED_PUT, qty=3)))
    assert of_three["REDUCE"]["cash_today_usd"] == pytest.approx(-200 * debit_pts() - 8 * FEE, abs=1e-6)
    assert of_three["REDUCE"]["margin_usd"] == 5_000
    of_one = table(decision_inputs(*condor(*THREATENED_PUT, qty=1)))["REDUCE"]
    assert (of_one["cash_today_usd"], of_one["reason"]) == (None, "one condor cannot be halved")


def test_expected_value_is_cash_and_what_is_then_expected() -> None:
    rows, found = hedged(), candidates(hedged_inputs())
    hold = found["R7 hold"]["ev_p_payoff_usd"]
    assert rows["HOLD"]["ev_p_usd"] == pytest.approx(hold)
    assert rows["CLOSE"]["ev_p_usd"] == pytest.approx(rows["CLOSE"]["cash_today_usd"])
    assert rows["REDUCE"]["ev_p_usd"] == pytest.approx(rows["REDUCE"]["cash_today_usd"] + hold / 2)
    assert rows["ROLL"]["ev_p_usd"] == pytest.approx(rows["ROLL"]["cash_today_usd"] + found[R1]["ev_p_payoff_usd"])
    # Half of every spread held or traded: four legs of 0.2, or eight.
    for name, legs in (("HOLD", 4), ("CLOSE", 4), ("REDUCE", 4), ("ROLL", 8)):
        reach = (rows[name]["ev_p_high_usd"] - rows[name]["ev_p_low_usd"]) / 2
        assert reach == pytest.approx(1000 * legs * HALF), name


def test_more_hedge_costs_the_ask_and_counts_for_what_the_market_expects_of_it() -> None:
    """Half a unit of L1 is 2 calls, a quarter of L3 half a call: contracts stay fractional (METHODOLOGY 2.3)."""
    row, hold = hedged()["ADD_HEDGE"], hedged()["HOLD"]
    quotes = {"L1": (2.0, mark_of(*CALLS["L1"])), "L3": (0.5, mark_of(*CALLS["L3"]))}
    paid = sum(100 * qty * (mark["mark_pts"] + 0.05) for qty, mark in quotes.values()) + 2.5 * VIX_FEE
    expected = sum(100 * qty * mark["mark_pts"] / mark["discount_factor_frac"] for qty, mark in quotes.values())
    assert row["cash_today_usd"] == pytest.approx(-paid)
    assert row["ev_p_usd"] == pytest.approx(hold["ev_p_usd"] - paid + expected)
    assert row["max_loss_after_usd"] == pytest.approx(30_000 + paid)
    assert (row["margin_usd"], row["pop_frac"]) == (hold["margin_usd"], hold["pop_frac"])
    assert row["realised_pnl_usd"] == pytest.approx(-ENTRY_FEES - 2.5 * VIX_FEE)
    reach = (row["ev_p_high_usd"] - row["ev_p_low_usd"]) / 2
    assert reach == pytest.approx(1000 * 4 * HALF + 2.5 * 100 * 0.05)


def test_a_roll_with_the_hedges_adds_both() -> None:
    row, roll = hedged()["ROLL_AND_HEDGE"], hedged()["ROLL"]
    old, new = mark_of(*OLD_CALL)["mark_pts"], mark_of(*CALLS["L1"])["mark_pts"]
    cost = 600 * (new + 0.05 - old + 0.05) + 12 * VIX_FEE
    assert row["cash_today_usd"] == pytest.approx(roll["cash_today_usd"] - cost)
    assert row["max_loss_after_usd"] == pytest.approx(roll["max_loss_after_usd"] + cost)
    gained = 600 * (old - 0.05 - 1.50) - 12 * VIX_FEE
    assert row["realised_pnl_usd"] == pytest.approx(roll["realised_pnl_usd"] + gained)


@pytest.mark.parametrize(
    ("gaps", "reason"),
    [({}, "the layers hold their targets"), ({"L2": None, "L1": 0.5}, "L2: the layer has no signal")],
)
def test_what_cannot_be_done_with_the_hedge_says_why(gaps: dict[str, float | None], reason: str) -> None:
    rows = table(decision_inputs(*condor(*THREATENED_PUT), gaps=gaps))
    assert (rows["ADD_HEDGE"]["cash_today_usd"], rows["ADD_HEDGE"]["reason"]) == (None, reason)
    assert (rows["ADD_HEDGE"]["ev_p_usd"], rows["ADD_HEDGE"]["net_delta_usd_per_1pct"]) == (None, None)
    assert rows["ROLL_AND_HEDGE"]["reason"] == "no hedge lot is due for a roll"


def test_a_gap_in_a_layer_without_a_call_cannot_be_bought() -> None:
    no_l1 = units(L1={"instrument_id": None, "ask_pts": None, "ask_usd": None, "root": None, "reason": "no VIX chain"})
    row = table(decision_inputs(*condor(*THREATENED_PUT), gaps={"L1": 0.5}, unit=no_l1))["ADD_HEDGE"]
    assert (row["cash_today_usd"], row["reason"]) == (None, "L1: no VIX chain")


def test_without_a_feasible_roll_the_row_says_what_blocks_them() -> None:
    blocked = inputs_of(*condor(*THREATENED_PUT), event=EventWindow("PRE", "cpi tomorrow"))
    row = table(decision_inputs(inputs=blocked, lots=(lot(),)))
    assert row["ROLL"]["reason"].startswith("none of 70 rolls is feasible: 68 by EVENT, ")
    assert row["ROLL_AND_HEDGE"]["reason"] == row["ROLL"]["reason"]
    tested = condor((4100.0, 4150.0, 4350.0, 4400.0), THREATENED_PUT[1])
    calm = table(decision_inputs(inputs=inputs_of(*tested, edr_frac=0.009, vix_pts=15.0)))
    assert calm["ROLL"]["reason"] == "no roll is looked for: TESTED; EDR 0.90% <= 0.94%, VIX 15.00 <= 16.00"
    assert calm["CLOSE"]["reason"] is None


def test_a_condor_that_cannot_be_closed_can_only_be_held() -> None:
    missing: dict[Contract, dict[str, Any]] = {
        ("SPXW", MARCH, "C", 4400.0): {"mark_quality": "NO_QUOTE", "mid_pts": None, "mark_pts": None}
    }
    rows = table(decision_inputs(inputs=inputs_of(*condor(*THREATENED_PUT), changed=missing)))
    assert rows["CLOSE"]["reason"] == "QUOTES: SPXW 2023-03-17 PM C 4400 (NO_QUOTE quote)"
    assert rows["REDUCE"]["reason"] == rows["CLOSE"]["reason"]
    assert rows["HOLD"]["reason"] is None
    assert rows["HOLD"]["pnl_m5_tomorrow_usd"] is None  # a leg without a mark


def priced_tomorrow(right: str, strike: float, expiry: Any, shock: float) -> float:  # noqa: ANN401 - a date
    """METHODOLOGY 4.18 written out: the smile travels with moneyness and shifts with VIX on its power path."""
    exponent = -6.1 * 20 / VIX_PTS * (0.85 if shock > 0 else 1.0)
    days = (expiry - MARCH).days + 38 - 1
    shift = 0.85 * (30 / max(days, 7)) ** 0.40 * (VIX_PTS * (1 + shock) ** exponent - VIX_PTS) / 100
    after, left = FORWARD * (1 + shock), years("SPXW", expiry) - 1 / 365
    vol = max(smile(math.log(strike / after)) + shift, 0.05)
    # Black is homogeneous: the known chain's pricer stands on its own forward.
    return (1 + shock) * black_pts(right, strike / (1 + shock), vol, left, math.exp(-RATE * left))


def gain_tomorrow(expiry: Any, shock: float) -> float:  # noqa: ANN401 - a date
    signs = zip("PPCC", STRIKES, (1, -1, -1, 1), strict=True)
    return 1000 * sum(
        sign * (priced_tomorrow(right, strike, expiry, shock) - value_pts(right, strike, expiry))
        for right, strike, sign in signs
    )


@pytest.mark.parametrize(("column", "shock"), [("pnl_m5_tomorrow_usd", -0.05), ("pnl_p3_tomorrow_usd", 0.03)])
def test_tomorrow_is_repriced_after_a_day_and_a_jump(column: str, shock: float) -> None:
    """Against tonight's marks, the cost of trading included: a closed condor has only that."""
    rows = hedged()
    assert rows["HOLD"][column] == pytest.approx(gain_tomorrow(MARCH, shock), rel=0.01, abs=60)
    assert rows["CLOSE"][column] == pytest.approx(-1000 * 4 * SLIP - 40 * FEE, abs=1e-6)
    assert rows["REDUCE"][column] == pytest.approx(rows["HOLD"][column] / 2 - 500 * 4 * SLIP - 20 * FEE, abs=1e-6)
    rolled = gain_tomorrow(MARCH_24, shock) - 1000 * 8 * SLIP - 80 * FEE
    assert rows["ROLL"][column] == pytest.approx(rolled, rel=0.01, abs=60)


def test_the_account_is_shown_as_it_then_is() -> None:
    """Net delta 30 $/pt; -7,500 USD at -5% and 800 at +3% tomorrow, as the scenario grid has it."""
    rows, found = hedged(), candidates(hedged_inputs())
    change = found[R1]["delta_usd_per_pt"] - found["R7 hold"]["delta_usd_per_pt"]
    assert rows["HOLD"]["net_delta_usd_per_1pct"] == pytest.approx(0.01 * FORWARD * 30)
    assert rows["ROLL"]["net_delta_usd_per_1pct"] == pytest.approx(0.01 * FORWARD * (30 + change))
    assert rows["HOLD"]["book_pnl_m5_tomorrow_usd"] == pytest.approx(-7_500)
    assert rows["HOLD"]["book_pnl_p3_tomorrow_usd"] == pytest.approx(800)
    for column, cell in (("pnl_m5_tomorrow_usd", -7_500), ("pnl_p3_tomorrow_usd", 800)):
        for name in ("CLOSE", "REDUCE", "ROLL", "ROLL_AND_HEDGE", "ADD_HEDGE"):
            beside = rows[name][column] - rows["HOLD"][column]
            assert rows[name][f"book_{column}"] == pytest.approx(cell + beside), (name, column)


def test_the_hedges_cover_is_measured_after_the_decision() -> None:
    """Condors -9,000 and hedge +2,000 at -5% now: 22% as it stands; without the condor there is nothing to cover."""
    rows = hedged()
    assert rows["HOLD"]["offset_m5_frac"] == pytest.approx(2_000 / 9_000)
    assert rows["ADD_HEDGE"]["offset_m5_frac"] > rows["HOLD"]["offset_m5_frac"]
    assert rows["REDUCE"]["offset_m5_frac"] > rows["HOLD"]["offset_m5_frac"]
    assert (rows["CLOSE"]["offset_m5_frac"], rows["CLOSE"]["offset_m5_reason"]) == (None, "no condor is held")


def test_more_hedge_gains_what_its_calls_gain_by_the_law() -> None:
    """VIX future (1 + x)^eps with eps = -6 (1 + tau/25)^-0.67 x 20/F, its call at its own vol of 0.7."""
    covered = hedged()["ADD_HEDGE"]["offset_m5_frac"] * 9_000 - 2_000
    gain = 0.0
    for quantity, (expiry, strike) in ((2.0, CALLS["L1"]), (0.5, CALLS["L3"])):
        mark = mark_of(expiry, strike)
        future, tau = mark["forward_pts"], (expiry - NIGHT).days
        after = future * 0.95 ** (-6.0 * (1 + tau / 25) ** -0.67 * 20 / future)
        # The known chain's pricer stands on its own forward: scale to it.
        value = (
            after
            / FORWARD
            * black_pts("C", strike * FORWARD / after, 0.7, mark["t_years"], mark["discount_factor_frac"])
        )
        gain += 100 * quantity * (value - mark["mark_pts"])
    assert covered == pytest.approx(gain, rel=1e-6)


def test_an_account_with_an_unpriced_leg_has_no_figures_of_its_own() -> None:
    cells = {"condor_now_m5": -9_000.0, "hedge_now_m5": None, "second_engine_now_m5": 0.0, "total_1d_m5": None}
    row = table(decision_inputs(*condor(*THREATENED_PUT), cells=cells, net_delta=None))["CLOSE"]
    unknown = ("net_delta_usd_per_1pct", "offset_m5_frac", "book_pnl_m5_tomorrow_usd", "book_pnl_p3_tomorrow_usd")
    assert [row[name] for name in unknown] == [None] * 4
    assert row["pnl_m5_tomorrow_usd"] is not None


def by_hand(**measures: tuple[float | None, ...]) -> pl.DataFrame:
    names = ("ev_p_usd", "max_loss_after_usd", "margin_usd", "ev_p_half_width_usd")
    rows = [
        {"account": "A", "condor_id": "c", "decision": decision} | dict(zip(names, values, strict=True))
        for decision, values in measures.items()
    ]
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(names, pl.Float64))


def test_what_is_no_better_in_anything_and_worse_in_something_is_dominated() -> None:
    rows = by_hand(
        HOLD=(-100.0, 500.0, 1000.0, 10.0),
        CLOSE=(-140.0, 40.0, 0.0, 10.0),
        ROLL=(-90.0, 500.0, 1000.0, 10.0),
        ADD_HEDGE=(-110.0, 600.0, 1000.0, 10.0),
        REDUCE=(-100.0, 500.0, 1000.0, 10.0),
        ROLL_AND_HEDGE=(None, None, None, None),
    )
    found = {row["decision"]: row for row in compared(rows).to_dicts()}
    assert {name: row["dominated_by"] for name, row in found.items()} == {
        "HOLD": "ROLL",
        "CLOSE": None,
        "ROLL": None,
        "ADD_HEDGE": "HOLD, REDUCE, ROLL",
        "REDUCE": "ROLL",
        "ROLL_AND_HEDGE": None,
    }
    assert [found[name]["is_dominated"] for name in ("HOLD", "CLOSE", "ROLL_AND_HEDGE")] == [True, False, None]


@pytest.mark.parametrize(("reach", "is_ranked"), [(24.9, True), (25.0, False)])
def test_no_order_is_claimed_where_all_intervals_overlap(reach: float, *, is_ranked: bool) -> None:
    """-90 and -140 are 50 apart: half widths of 25 let them touch."""
    rows = compared(
        by_hand(HOLD=(-90.0, 1.0, 1.0, reach), ROLL=(-100.0, 1.0, 1.0, reach), CLOSE=(-140.0, 1.0, 1.0, reach))
    )
    assert set(rows["is_ranked"]) == {is_ranked}
    assert rows["ranking_reason"].is_null().all() == is_ranked


def condor_night(day: str, value_usd: float | None, credit_pts: float = 5.0) -> dict[str, Any]:
    """Two condors: three times a credit of 5 points is 3,000 USD."""
    row = {"session_date": pl.Series([day]).str.to_date()[0], "account": "A", "condor_id": "c", "quantity_qty": 2}
    return row | {"credit_pts": credit_pts, "value_usd": value_usd, "unpriced_reason": None if value_usd else "no mark"}


def test_the_stop_stands_at_a_loss_of_twice_the_credit_and_remembers_when_it_fired() -> None:
    nights = [("2023-02-03", -2_999.0), ("2023-02-06", -3_000.0), ("2023-02-07", -2_500.0)]
    history = rows_of(MART_CONDORS_DAILY, *(condor_night(*night) for night in nights))
    (row,) = stop_reference(history, history.tail(1)).to_dicts()
    assert (row["stop_close_cost_usd"], row["stop_level_usd"], row["is_stop_hit"]) == (2_500, 3_000, False)
    assert str(row["stop_fired_date"]) == "2023-02-06"
    (first,) = stop_reference(history.head(2), history.slice(1, 1)).to_dicts()
    assert first["is_stop_hit"] is True


@pytest.mark.parametrize(
    ("value_usd", "credit_pts", "said"), [(None, 5.0, "no mark"), (-900.0, -1.0, "it was not sold for a credit")]
)
def test_without_a_mark_or_a_credit_there_is_no_stop(value_usd: float | None, credit_pts: float, said: str) -> None:
    tonight = rows_of(MART_CONDORS_DAILY, condor_night("2023-02-07", value_usd, credit_pts))
    (row,) = stop_reference(tonight, tonight).to_dicts()
    assert (row["is_stop_hit"], row["stop_fired_date"], row["stop_reason"]) == (None, None, said)


def test_a_threatened_call_has_its_table_too() -> None:
    rows = table(decision_inputs(*condor(*THREATENED_CALL)))
    assert rows["ROLL"]["candidate"].startswith("R1 SPXW 2023-03-24")
    assert rows["CLOSE"]["reason"] is None
    assert rows["HOLD"]["pnl_p3_tomorrow_usd"] < 0 < rows["HOLD"]["pnl_m5_tomorrow_usd"] + 10_000


def test_without_a_threatened_condor_there_is_no_table() -> None:
    assert decisions(decision_inputs(*condor((3800.0, 3850.0, 4450.0, 4500.0), (5.0, 8.0, 6.0, 3.0)))).is_empty()
