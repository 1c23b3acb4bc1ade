"""The view model says what the marts say, names what is missing, and withholds what nobody may act on."""

import datetime as dt
from dataclasses import replace
from types import ModuleType

import polars as pl
import pytest

from transforms.report.build import build_report
from transforms.report.models import Measure, Report


def _report(invented: ModuleType, **night: object) -> Report:
    return build_report(invented.invented_inputs(invented.Invention(**night)))


def test_a_figure_carries_the_unit_its_table_declares(invented: ModuleType) -> None:
    totals = _report(invented).verdict.totals
    assert totals.net_delta == Measure(713.4, "USD per SPX point")
    assert totals.net_delta_1pct == Measure(43662.0, "USD per 1% of SPX")
    assert totals.pnl == Measure(-21478.0, "USD")
    assert totals.offsets[1].offset == Measure(0.123, "fraction (0.01 = 1%)")


def test_the_worst_condor_comes_first_and_the_ninth_is_counted(invented: ModuleType) -> None:
    report = _report(invented, condors_qty=11)
    assert [row.state for row in report.verdict.condors.first_page[:3]] == ["BREACHED", "TESTED", "OK"]
    assert len(report.verdict.condors.first_page) == 8
    assert report.verdict.condors.more_qty == 3
    assert len(report.condors) == 11


def test_the_distance_is_to_the_threatened_side_else_to_the_nearer_one(invented: ModuleType) -> None:
    breached, tested, ok = _report(invented, condors_qty=3).condors
    assert (breached.nearest_side, breached.distance.value) == ("PUT", pytest.approx(6120.40 - 6150))
    assert (tested.nearest_side, tested.distance.value) == ("CALL", pytest.approx(6190 - 6120.40))
    assert (ok.nearest_side, ok.distance.value) == ("PUT", pytest.approx(6120.40 - 5950))  # call is 279.60 away


def test_three_alerts_stand_on_page_one_red_before_amber(invented: ModuleType) -> None:
    report = _report(invented)
    assert [alert.severity for alert in report.alerts] == ["RED", "RED", "RED", "AMBER", "INFO"]
    assert len(report.verdict.status.top_alerts) == 3
    assert report.verdict.status.more_alerts_qty == 2


def test_a_check_that_could_not_be_made_is_not_counted_as_passed(invented: ModuleType) -> None:
    inputs = invented.invented_inputs(invented.Invention())
    before = build_report(inputs).verdict.status
    first = inputs.checks.with_row_index().with_columns(
        is_applicable=pl.col("is_applicable") & (pl.col("index") != pl.col("index").filter("is_passed").min())
    )
    after = build_report(replace(inputs, checks=first.drop("index"))).verdict.status
    assert before.not_applicable_checks_qty == 0
    assert (after.passed_checks_qty, after.not_applicable_checks_qty) == (before.passed_checks_qty - 1, 1)


def test_data_hold_withholds_what_one_would_act_on(invented: ModuleType) -> None:
    report = _report(invented, is_data_hold=True)
    assert report.verdict.status.status == "DATA_HOLD"
    assert [check.check_id for check in report.verdict.status.failed_critical] == ["spx_chain_end_of_day"]
    assert {offset.offset.reason for offset in report.verdict.totals.offsets} == {"withheld: data on hold"}
    assert all(tile.gap.value is None and tile.units_target.value is None for tile in report.verdict.layers)
    assert report.alerts == ()
    assert report.scenarios == ()
    payoff, deltas, coverage = report.charts
    assert payoff.reason == coverage.reason == "withheld: data on hold"
    assert deltas.series  # as page one, which shows the same deltas under a hold


def test_a_layer_says_signal_position_gap_and_what_closing_it_costs(invented: ModuleType) -> None:
    first, second, third = _report(invented).verdict.layers
    assert (first.signal_state, first.position_state, first.reading) == ("ACTIVE", "PARTIAL", "coverage gap")
    assert first.signal_reason == "ACTIVE since the put side is BREACHED"
    assert (first.units_held, first.units_target) == (Measure(1.0, "hedge units"), Measure(2.0, "hedge units"))
    assert (first.gap, first.gap_cost) == (Measure(1.0, "hedge units"), Measure(1180.0, "USD"))
    assert (second.reading, third.reading) == ("armed and ready", "quiet, nothing held")
    held = _report(invented, is_data_hold=True).verdict.layers[0]
    assert (held.gap_cost, held.gap_name) == (Measure(None, "USD", "withheld: data on hold"), "")


def test_the_month_to_date_and_the_events_window_stand_beside_the_day(invented: ModuleType) -> None:
    verdict = _report(invented).verdict
    assert verdict.totals.month_pnl == Measure(-26406.0, "USD")  # three times -8,802
    assert _report(invented, has_vix_chain=False).verdict.totals.month_pnl.reason.startswith("hedge legs have no mark")
    assert (verdict.market.event_window, verdict.market.next_event_kind) == ("PRE", "fomc_decision")
    assert verdict.market.next_event_move == Measure(41.5, "index points")


def test_a_failed_critical_check_holds_the_report_even_if_the_book_says_otherwise(invented: ModuleType) -> None:
    inputs = invented.invented_inputs(invented.Invention(is_data_hold=True))
    book = inputs.book.with_columns(is_data_hold=pl.lit(value=False), status=pl.lit("OK"))
    assert build_report(replace(inputs, book=book)).verdict.status.status == "DATA_HOLD"


def test_without_a_vix_chain_every_leg_without_a_mark_is_named(invented: ModuleType) -> None:
    report = _report(invented, has_vix_chain=False)
    assert [leg.instrument_id for leg in report.unpriced] == [
        "VIXW 2031-04-16 AM C 15",
        "VIXW 2031-06-18 AM C 25",
        "VIXW 2031-04-16 AM C 25.5",
        "VIXW 2031-06-18 AM C 22",
    ]
    assert {leg.reason for leg in report.unpriced} == {"no VIX chain tonight"}
    assert report.verdict.layers[0].value == Measure(None, "USD", "VIXW 2031-04-16 AM C 15: no VIX chain tonight")
    assert report.verdict.totals.offsets_reason == "L1 and L2 legs have no mark: no VIX chain tonight"
    assert report.charts[0].series[2].reason == "a leg has no mark"


def test_an_empty_book_is_a_report_too(invented: ModuleType) -> None:
    report = _report(invented, is_empty=True)
    assert report.verdict.status.status == "OK"
    assert report.condors == ()
    assert report.charts[0].reason == "no condor is held"
    assert report.verdict.layers[0].reading == "nothing held"
    assert report.verdict.second_engine.structures_qty == 0


def test_no_book_row_at_all_is_a_book_without_positions(invented: ModuleType) -> None:
    inputs = invented.invented_inputs(invented.Invention(is_empty=True))
    report = build_report(replace(inputs, book=inputs.book.clear()))
    assert report.verdict.status.reason == "There are no positions, so nothing can be in trouble."
    assert report.verdict.totals.pnl == Measure(None, "USD", "no positions")


def test_changes_name_what_is_not_as_it_was(invented: ModuleType) -> None:
    changes = _report(invented).verdict.changes.rows
    assert [(change.subject, change.was, change.now) for change in changes] == [
        ("Book", "WATCH", "CRITICAL"),
        ("Condor IC-0", "TESTED put", "BREACHED put"),
        ("Condor IC-1", "not held", "TESTED call"),
        ("L1 signal", "ARMED", "ACTIVE"),
        ("L3 signal", "ARMED", "DORMANT"),
    ]


def test_the_first_night_has_nothing_to_compare_with(invented: ModuleType) -> None:
    report = _report(invented, is_first=True)
    assert report.verdict.changes.reason == "No earlier session to compare with."
    assert report.verdict.header.previous_session_date is None


def test_the_payoff_at_expiry_is_the_hand_sum(invented: ModuleType) -> None:
    line = _report(invented, condors_qty=1).charts[0].series[0]
    payoff = {point.x: point.y for point in line.points}
    # Ten condors, credit 6.50, wings 50 wide, $48 of fees: 6.50 x 1,000 - 48 inside, (6.50 - 50) x 1,000 - 48 outside.
    assert payoff[6150.0] == pytest.approx(6452.0)
    assert payoff[6100.0] == pytest.approx(-43548.0)
    assert payoff[6450.0] == pytest.approx(-43548.0)


def test_now_is_tonights_pnl_plus_what_the_move_adds(invented: ModuleType) -> None:
    _, without_hedge, with_hedge = _report(invented).charts[0].series
    at_minus_5 = next(point for point in with_hedge.points if point.x == pytest.approx(6120.40 * 0.95))
    # Invented total at -5%: condors -3,000, hedge +600, second engine -30; P&L tonight -21,478.
    assert at_minus_5.y == pytest.approx(-21478 - 3000 + 600 - 30)
    condors_at_minus_5 = next(point for point in without_hedge.points if point.x == pytest.approx(6120.40 * 0.95))
    assert condors_at_minus_5.y == pytest.approx(-27400 - 3000)


def test_only_the_forwards_of_expiries_held_are_listed(invented: ModuleType) -> None:
    forwards = _report(invented).quality.forwards
    assert [(row.root, row.expiry_date) for row in forwards] == [
        ("SPXW", dt.date(2031, 3, 21)),
        ("VIXW", dt.date(2031, 4, 16)),
    ]


def test_all_lists_the_condors_of_every_account_and_sums_none_itself(invented: ModuleType) -> None:
    inputs = invented.invented_inputs(invented.Invention())
    second = inputs.condors.head(1).with_columns(account=pl.lit("Second"))
    total = inputs.book.with_columns(account=pl.lit("ALL"), pnl_usd=pl.lit(-35178.0))
    report = build_report(
        replace(
            inputs,
            stamp=replace(inputs.stamp, account="ALL"),
            condors=pl.concat([inputs.condors, second]),
            book=pl.concat([inputs.book, inputs.book.with_columns(account=pl.lit("Second")), total]),
        )
    )
    assert [(row.account, row.condor_id) for row in report.condors] == [
        ("Main", "IC-0"),
        ("Second", "IC-0"),
        ("Main", "IC-1"),
    ]
    assert report.verdict.totals.pnl.value == -35178.0
    assert report.verdict.header.accounts == ("Main", "Second")


def test_an_account_sees_nothing_of_another(invented: ModuleType) -> None:
    inputs = invented.invented_inputs(invented.Invention())
    report = build_report(replace(inputs, stamp=replace(inputs.stamp, account="Second")))
    assert report.condors == ()
    assert report.legs.rows == ()
    assert report.alerts == ()


def test_rows_of_another_session_are_left_out(invented: ModuleType) -> None:
    inputs = invented.invented_inputs(invented.Invention())
    older = inputs.condors.with_columns(session_date=pl.lit(dt.date(2031, 3, 10)))
    report = build_report(replace(inputs, condors=pl.concat([older, inputs.condors])))
    assert len(report.condors) == 2


def test_equal_frames_give_an_equal_report(invented: ModuleType) -> None:
    inputs = invented.invented_inputs(invented.Invention())
    names = ("legs", "condors", "checks", "alerts", "scenarios", "hedge_layers", "loads", "vx_curve")
    backwards = {name: getattr(inputs, name).reverse() for name in names}
    assert build_report(inputs) == build_report(replace(inputs, **backwards))


def test_the_contract_that_settles_today_is_no_part_of_the_drawn_curve(invented: ModuleType) -> None:
    inputs = invented.invented_inputs(invented.Invention())
    settling = inputs.vx_curve.head(1).with_columns(rank=pl.lit(0), days_to_expiry_days=pl.lit(0))
    curve = pl.concat([settling.cast(dict(inputs.vx_curve.schema)), inputs.vx_curve])
    report = build_report(replace(inputs, vx_curve=curve))
    assert [point.x for point in report.regime.curve.series[0].points] == [7, 35, 70, 98, 126]
    assert len(report.curve) == 6


def test_thresholds_say_whose_they_are(invented: ModuleType) -> None:
    listed = _report(invented).method.thresholds
    # What the user has set comes first, with the default it replaces.
    assert [(row.rule_id, row.value.value, row.text, row.source_tier, row.default) for row in listed] == [
        ("hedge.roll_days", None, "10, 70, 165 calendar days", "house default", "15, 70, 165"),
        ("gate.open_below_vix_pts", 15.0, "", "vendor rule", ""),
        ("hedge.mode", None, "hybrid", "house default", ""),
        ("momentum.rsi_days", 14.0, "", "standard", ""),
    ]
