"""Return and hurdle, claims beside what was measured, and the limits the book sets itself."""

from types import ModuleType

import pytest

from templates.render import render_html
from transforms.report.build import build_report
from transforms.report.models import Measure, Report


@pytest.fixture(scope="module")
def report(invented: ModuleType) -> Report:
    return build_report(invented.invented_inputs(invented.Invention()))


def test_what_is_not_known_says_why_and_what_is_has_its_band(report: Report) -> None:
    shown = {item.name: (item.figure.value, item.figure.reason, item.band) for item in report.economics.figures}
    assert shown["Annual return of the book"] == (0.114, "", "")
    assert shown["The same without the hedge"] == (0.171, "", "")
    assert shown["Hurdle: cost of capital a year"] == (0.093, "", "")
    assert shown["Hedge cost outside of spikes, of the credits"] == (None, "12 of 63 sessions", "")
    assert shown["Quiet drag"] == (5.5, "", "WATCH")


def test_a_claim_is_labelled_and_stands_beside_what_was_measured(report: Report) -> None:
    cost, win = report.economics.claims
    assert (cost.low.value, cost.high.value, cost.measured.value) == (0.01, 0.02, 0.0286)
    assert {cost.status, win.status} == {"vendor claim, not verified"}
    assert win.measured == Measure(None, "fraction", "3 campaigns have ended")


def test_steward_checks_come_in_their_order(report: Report) -> None:
    checks = report.economics.steward
    assert [(check.check_id, check.verdict) for check in checks] == [("S2", "FAIL"), ("S8", "NA"), ("S10", "PASS")]
    assert [check.is_promoter_flag for check in checks] == [True, False, False]
    assert checks[1].value == Measure(None, "fraction", "no accounts file")


def test_every_figure_of_it_is_printed_with_its_unit(report: Report) -> None:
    page = render_html(report)
    for fact in (
        "<b>5.5 bp of net liq a week</b>",
        "vendor claim, not verified</span></th>",
        ">1.0% to 2.0%<",
        ">2.86%<",
        ">12 contracts<",
        "promoter flag",
    ):
        assert fact in page
