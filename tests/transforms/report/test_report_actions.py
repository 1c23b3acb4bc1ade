"""Threatened condors: what can be done, at what price, and what is said when nothing can or need be done."""

from types import ModuleType

from transforms.report.build import build_report
from transforms.report.models import Measure, Report


def _report(invented: ModuleType, **night: object) -> Report:
    return build_report(invented.invented_inputs(invented.Invention(**night)))


def test_a_threatened_condor_is_shown_with_its_rolls_by_rank_beside_closing_and_holding(invented: ModuleType) -> None:
    actions = _report(invented).actions
    assert [condor.condor_id for condor in actions.condors] == ["IC-0", "IC-1"]  # BREACHED before TESTED
    condor = actions.condors[0]
    assert [row.candidate[:2] for row in condor.rolls] == ["R1", "R3", "R4", "R6", "R7"]
    assert (condor.feasible_qty, condor.blocked_qty, actions.reason) == (3, 1, "")
    best = condor.rolls[0]
    assert (best.close_debit.value, best.open_credit.value, best.fees.value, best.net.value) == (20460, 20800, 30, 310)
    assert best.net.unit == "USD"


def test_the_key_figures_are_those_of_the_tested_side(invented: ModuleType) -> None:
    put, call = _report(invented).actions.condors
    assert {key.name: key.figure.value for key in put.figures} == {
        "Intrinsic share of the put width": 0.517,
        "Long put covers": 0.71,
        "Call side captured": 0.913,
        "Extrinsic left in the short put": 14.25,
        "Range against theta": 1.37,
        "PoP": 0.312,
        "Short put touched": 1.0,
        "EV_P of the payoff": -17350.0,
        "EV_P total": -10850.0,
    }
    assert (call.figures[1].name, call.figures[1].figure.value) == ("Long call covers", 0.33)
    assert (call.figures[2].name, call.figures[2].figure.value) == ("Put side captured", -2.4)
    assert (put.wing_reading, call.wing_reading) == ("loss still accelerating", "")


def test_decisions_stand_in_one_order_and_a_dominated_one_names_the_better(invented: ModuleType) -> None:
    condor = _report(invented).actions.condors[0]
    assert [row.decision for row in condor.decisions] == ["HOLD", "CLOSE", "ROLL", "ADD_HEDGE"]
    assert [row.dominated_by for row in condor.decisions] == [("ROLL",), (), (), ()]
    assert condor.decisions[3].cash == Measure(None, "USD", "the layers hold their targets")
    assert (condor.stop.close_cost.value, condor.stop.level.value, condor.stop.is_hit) == (20200, 19500, True)
    assert condor.stop.fired_date == invented.BEFORE


def test_page_one_tells_the_best_roll_from_the_cheapest(invented: ModuleType) -> None:
    roll = _report(invented).verdict.roll
    assert roll is not None
    assert roll.best is not None
    assert roll.cheapest is not None
    assert (roll.best.net.value, roll.best.pop.value) == (310.0, 0.464)
    assert (roll.cheapest.net.value, roll.cheapest.pop.value) == (1240.0, 0.288)  # more cash, a smaller chance


def test_where_all_is_blocked_the_one_blocked_least_is_named_with_its_reason(invented: ModuleType) -> None:
    report = _report(invented, rolls="blocked")
    roll = report.verdict.roll
    assert roll is not None
    assert (roll.best, roll.cheapest) == (None, None)
    # One reason beside two, and of those with one the least costly.
    assert roll.reason == "IC-0, R4 SPXW 2031-03-21 6100/6150/6300/6350 is blocked: 3 rolls of 3 are used"
    rolls = report.actions.condors[0].rolls
    assert [(row.candidate[:2], row.status) for row in rolls] == [
        ("R4", "BLOCKED"),
        ("R6", "ELIGIBLE"),
        ("R7", "ELIGIBLE"),
    ]
    assert rolls[0].reason == "3 rolls of 3 are used"


def test_a_hedge_roll_that_is_due_costs_what_it_costs(invented: ModuleType) -> None:
    (roll,) = _report(invented).actions.hedge_rolls
    assert (roll.proceeds.value, roll.premium.value, roll.fees.value, roll.cost.value) == (1540, 2040, 8, 508)
    assert (roll.quantity, roll.roll_date) == (Measure(4, "contracts"), invented.BEFORE)


def test_a_quiet_night_says_so_in_one_line(invented: ModuleType) -> None:
    report = _report(invented, rolls="none")
    assert report.verdict.roll is None
    assert (report.actions.condors, report.actions.hedge_rolls) == ((), ())
    assert report.actions.reason == "no condor is TESTED or worse tonight"


def test_on_data_hold_nothing_is_proposed_whatever_the_tables_hold(invented: ModuleType) -> None:
    report = _report(invented, is_data_hold=True)
    assert report.verdict.roll is None
    assert (report.actions.condors, report.actions.hedge_rolls) == ((), ())
    assert report.actions.reason == "withheld: data on hold"
