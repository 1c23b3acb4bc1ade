"""Hedge, combined risk, regime, breadth and attribution: the sections after page one say what the marts say."""

from types import ModuleType

import pytest

from transforms.report.build import build_report
from transforms.report.models import Measure, Report


def _report(invented: ModuleType, **night: object) -> Report:
    return build_report(invented.invented_inputs(invented.Invention(**night)))


def test_the_heat_map_holds_every_response_and_frames_the_worst_of_each_part(invented: ModuleType) -> None:
    whole, condors, hedge = _report(invented).risk.heat_map.series
    assert {point.label for point in whole.points} == {"muted", "base", "severe", "inverse"}
    assert len(whole.points) == 15 * 4
    # +10%, severe: condors -20,000 x 0.01 x 50 = -10,000, hedge -12,000 x 0.1 x 2 = -2,400, second engine +60.
    assert [(p.x, p.label, p.y) for p in whole.points if p.is_marked] == [(0.10, "severe", pytest.approx(-12340.0))]
    assert {p.x for p in condors.points if p.is_marked} == {-0.20}  # the same under every response
    assert [(p.x, p.label) for p in hedge.points if p.is_marked] == [(0.10, "severe")]


def test_the_worst_cell_is_split_into_condors_and_hedge(invented: ModuleType) -> None:
    worst = _report(invented).risk.worst
    assert worst is not None
    assert (worst.shock.value, worst.vol_response, worst.horizon) == (0.10, "severe", "now")
    assert (worst.condor.value, worst.hedge.value) == (pytest.approx(-10000.0), pytest.approx(-2400.0))


def test_a_stress_set_shows_the_cell_where_the_book_loses_most(invented: ModuleType) -> None:
    (row,) = _report(invented).risk.stress
    assert (row.name, row.cells.value, row.worst_cell) == ("Exchange margin range", 2, "SPX -8.0%")
    assert (row.condor.value, row.hedge.value, row.total.value) == (-5100.0, 0.0, -5100.0)
    (unknown,) = _report(invented, has_vix_chain=False).risk.stress
    assert unknown.total == Measure(None, "USD", "hedge legs have no mark: no VIX chain tonight")
    assert unknown.worst_cell == ""


def test_break_evens_say_on_which_side_the_book_loses(invented: ModuleType) -> None:
    levels = _report(invented).risk.break_evens
    assert [(row.part, row.level.value, row.loses) for row in levels] == [
        ("Condors alone", 6143.5, "below"),
        ("Condors alone", 6406.5, "above"),
        ("Whole book", 5702.25, "above"),
        ("Whole book", 6131.75, "below"),
    ]


def test_a_lot_keeps_decay_and_roll_down_apart_and_says_what_to_sell(invented: ModuleType) -> None:
    first, second = _report(invented).hedge.lots
    assert (first.decay_30d, first.rolldown_30d) == (Measure(-510.0, "USD"), Measure(84.0, "USD"))
    assert first.gain == Measure(1.53, "fraction (0.01 = 1%)")
    assert (first.is_monetise_candidate, first.monetise.value, first.monetise_proceeds.value) == (True, 2, 2420.0)
    assert (second.is_monetise_candidate, second.monetise.reason) == (False, "no rule is met")
    unpriced = _report(invented, has_vix_chain=False).hedge.lots[0]
    assert unpriced.decay_30d.reason == "no VIX chain tonight"


def test_sizing_names_the_rule_that_binds_and_costs_stand_beside_the_credit(invented: ModuleType) -> None:
    hedge = _report(invented).hedge
    assert hedge.sizing is not None
    assert (hedge.sizing.by_budget.value, hedge.sizing.by_offset.value, hedge.sizing.binding) == (0.5, 2.0, "budget")
    assert [(row.condor_id, row.amortised_frac.value, row.band) for row in hedge.costs] == [
        ("", 0.317, "AMBER"),
        ("IC-0", 0.317, "AMBER"),
    ]


def test_data_hold_withholds_sizing_sales_rolls_and_risk(invented: ModuleType) -> None:
    report = _report(invented, is_data_hold=True)
    assert report.hedge.sizing is None
    assert not any(lot.is_monetise_candidate or lot.monetise_proceeds.value for lot in report.hedge.lots)
    assert (report.risk.reason, report.risk.stress, report.risk.break_evens) == ("withheld: data on hold", (), ())
    assert (report.risk.heat_map.series, report.risk.worst) == ((), None)


def test_an_am_condor_on_its_last_evening_says_what_set_would_pay(invented: ModuleType) -> None:
    report = _report(invented)
    payoffs = {condor.condor_id: [payoff.value for payoff in condor.set_payoffs] for condor in report.condors}
    assert payoffs["IC-1"] == [-50000.0, -11300.0, 0.0, 0.0, -50000.0]
    assert payoffs["IC-0"] == []


def test_a_score_lists_what_was_hit_what_was_not_and_what_nobody_knows(invented: ModuleType) -> None:
    arm, accel = _report(invented).regime.scores
    assert (arm.name, arm.hits.value, arm.available.value) == ("Arming", 2, 2)
    assert [(item.item, item.verdict, item.has_information) for item in arm.items] == [
        ("contango", "hit", True),
        ("macd_bull", "hit", False),
        ("skew_pressure", "not known", True),
    ]
    assert arm.items[2].value == Measure(None, "vol", "1 of 60 sessions of skew")
    assert (accel.items[0].value.value, accel.items[0].threshold.value, accel.items[0].verdict) == (66.4, 70.0, "no")


def test_what_nobody_supplied_is_said(invented: ModuleType) -> None:
    report = _report(invented)
    readings = {reading.name: reading.value for reading in (*report.regime.readings, *report.breadth.readings)}
    assert readings["VVIX"] == Measure(None, "index points", "not supplied")
    assert readings["NYSE declines"].value == 2190
    assert readings["McClellan oscillator"].reason == "26 of 150 sessions of breadth"
    assert report.breadth.valuation_reason == "not supplied"


def test_the_waterfall_ends_at_the_pnl(invented: ModuleType) -> None:
    today, month = _report(invented).attribution.waterfall.series
    *steps, whole = today.points
    # Condors -14,700 and hedge +5,898.
    assert (whole.label, whole.base, whole.y) == ("P&L", 0.0, pytest.approx(-8802.0))
    assert steps[-1].base + steps[-1].y == pytest.approx(-8802.0)
    assert [(point.label, point.y) for point in steps[:2]] == [("Delta", -9800.0), ("Gamma", -1860.0)]
    assert month.points[-1].y == pytest.approx(-26406.0)
    assert "Trades" not in {point.label for point in steps}  # nothing was traded


def test_attribution_lists_each_part_that_moved_or_one_reason(invented: ModuleType) -> None:
    rows = _report(invented).attribution.rows
    assert [(row.period, row.part, row.actual.value) for row in rows[:3]] == [
        ("day", "condor", pytest.approx(-14700.0)),
        ("day", "hedge", pytest.approx(5898.0)),
        ("day", "total", pytest.approx(-8802.0)),
    ]
    without = _report(invented, has_vix_chain=False).attribution
    assert [row.part for row in without.rows] == ["condor", "total", "condor", "total"]
    assert without.waterfall.reason == "hedge legs have no mark: no VIX chain tonight"


def test_an_empty_book_collapses(invented: ModuleType) -> None:
    report = _report(invented, is_empty=True)
    assert (report.hedge.lots, report.hedge.costs, report.attribution.rows) == ((), (), ())
    assert report.attribution.waterfall.reason == "no attribution for this session"
