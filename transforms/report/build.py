"""From the night's marts to the one report that HTML, PDF and JSON print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.report.actions import actions_of, roll_verdict
from transforms.report.attribution import attribution_of
from transforms.report.calendar import calendar_of
from transforms.report.changes import changes_of
from transforms.report.combined_risk import risk_section, scenario_rows
from transforms.report.data_quality import quality_of
from transforms.report.definitions import definitions
from transforms.report.economics import economics_of
from transforms.report.exposure_charts import coverage_history, delta_bars
from transforms.report.hedge import layer_tiles
from transforms.report.hedge_section import hedge_section, hedge_size
from transforms.report.market_charts import curve_rows
from transforms.report.models import Method, Report, VerdictPage
from transforms.report.payoff_charts import book_payoff
from transforms.report.positions import condor_rows, leg_table, unpriced_legs
from transforms.report.regime import breadth_of, regime_of
from transforms.report.restatement import restated_figures, restated_note
from transforms.report.second_engine import second_engine_of, second_engine_tile
from transforms.report.thresholds import thresholds_in_force
from transforms.report.verdict import (
    alert_rows,
    condor_table,
    header_of,
    market_of,
    status_of,
    totals_of,
)

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

UNPRICED_NAMES_ON_PAGE_ONE = 6


def build_report(inputs: ReportInputs) -> Report:
    """The report of one session for one account, or for ALL of them together.

    Pure: equal frames give an equal report. Under DATA_HOLD the figures one would act on (offsets, hedge targets and
    gaps, scenarios, rolls, decisions) are withheld, with that as their reason; everything stays in SQL.
    """
    condors = condor_rows(inputs)
    unpriced = unpriced_legs(inputs)
    return Report(
        verdict=VerdictPage(
            header=header_of(inputs),
            status=status_of(inputs),
            market=market_of(inputs),
            totals=totals_of(inputs),
            condors=condor_table(condors),
            roll=roll_verdict(inputs),
            layers=layer_tiles(inputs),
            hedge_size=hedge_size(inputs),
            second_engine=second_engine_tile(inputs),
            changes=changes_of(inputs),
            restated=restated_note(inputs),
            unpriced_names=tuple(leg.instrument_id for leg in unpriced[:UNPRICED_NAMES_ON_PAGE_ONE]),
        ),
        charts=(book_payoff(inputs), delta_bars(inputs), coverage_history(inputs)),
        actions=actions_of(inputs),
        scenarios=scenario_rows(inputs),
        risk=risk_section(inputs),
        curve=curve_rows(inputs),
        condors=condors,
        hedge=hedge_section(inputs),
        second_engine=second_engine_of(inputs),
        regime=regime_of(inputs),
        breadth=breadth_of(inputs),
        attribution=attribution_of(inputs),
        calendar=calendar_of(inputs),
        economics=economics_of(inputs),
        alerts=alert_rows(inputs),
        legs=leg_table(inputs),
        unpriced=unpriced,
        restated=restated_figures(inputs),
        quality=quality_of(inputs),
        method=Method(
            definitions=definitions(),
            thresholds=thresholds_in_force(inputs),
            data_hash=inputs.stamp.data_hash,
            config_hash=inputs.stamp.config_hash,
            code_version=inputs.stamp.code_version,
        ),
    )
