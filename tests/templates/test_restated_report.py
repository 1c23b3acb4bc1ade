"""A restated report says on page one how much has changed, and lists it; one as known then says so in its head."""

import datetime as dt
from dataclasses import replace
from types import ModuleType

import polars as pl
import pytest

from templates.render import render_html
from transforms.report.build import build_report
from transforms.report.inputs import ReportInputs
from warehouse.tables.meta import META_ISSUED_FIGURES

FIRST = dt.datetime(2031, 3, 12, 22, 5, tzinfo=dt.UTC)


def figures(rows: list[tuple[str, str, str, float | None, str | None]]) -> pl.DataFrame:
    columns = ["account", "figure", "subject", "value", "state"]
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    return META_ISSUED_FIGURES.conform(
        frame.with_columns(session_date=pl.lit(dt.date(2031, 3, 12)), issued_at=pl.lit(FIRST))
    )


@pytest.fixture(scope="module")
def inputs(invented: ModuleType) -> ReportInputs:
    made: ReportInputs = invented.invented_inputs(invented.Invention())
    return replace(
        made,
        issued_figures=figures(
            [
                ("Main", "status.status", "", None, "OK"),
                ("Main", "totals.net_delta", "", 100.0, None),
                ("Main", "totals.pnl", "", 5.0, None),
                ("Main", "condors.pnl", "IC-0", -120.0, None),
                ("Other", "totals.pnl", "", 1.0, None),
                ("", "market.vix", "", 24.30, None),
            ]
        ),
        page_figures=figures(
            [
                ("Main", "status.status", "", None, "WATCH"),
                ("Main", "totals.net_delta", "", 100.0, None),
                ("Main", "totals.pnl", "", -1250.0, None),
                ("Other", "totals.pnl", "", 2.0, None),
                ("", "market.vix", "", 24.37, None),
            ]
        ),
    )


def test_what_changed_is_listed_in_the_order_of_the_page_and_what_did_not_is_left_out(inputs: ReportInputs) -> None:
    report = build_report(inputs)
    told = [
        (row.figure, row.subject, row.state_was or row.was.value, row.state_now or row.now.value)
        for row in report.restated
    ]
    assert told == [
        ("status.status", "", "OK", "WATCH"),
        ("market.vix", "", 24.30, 24.37),
        ("totals.pnl", "", 5.0, -1250.0),
        ("condors.pnl", "IC-0", -120.0, None),
    ]
    assert report.restated[-1].now.reason == "not on the page"


def test_page_one_says_how_much_and_since_when(inputs: ReportInputs) -> None:
    html = render_html(build_report(inputs))
    assert "<b>Restated:</b> 4 figures changed since the first issue of 2031-03-12 18:05 ET" in html
    assert '<td class="n w">OK</td><td class="n w">WATCH</td>' in html
    assert "as known at" not in html


def test_an_equal_issue_says_nothing(inputs: ReportInputs) -> None:
    html = render_html(build_report(replace(inputs, page_figures=inputs.issued_figures)))
    assert "Restated" not in html
    assert 'id="restated"' not in html


def test_a_report_as_known_then_says_so_in_its_head(inputs: ReportInputs) -> None:
    html = render_html(build_report(replace(inputs, stamp=replace(inputs.stamp, known_at=FIRST))))
    assert "<b>as known at 2031-03-12 18:05 ET</b>" in html
