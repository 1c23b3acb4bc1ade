"""What the book earns with and without its hedge, what the vendor claims, and whether the book keeps its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.report.chart_models import Chart, Series
from transforms.report.economics_models import CondorEconomy, Economics, Economy, StewardCheck, VendorClaim
from transforms.report.exposure_charts import ONE_SESSION
from transforms.report.history import dated, on_record
from transforms.report.mart_rows import MartRow, listed_for, of_session, only_row, rows_of, summed_for
from warehouse.tables.mart import (
    MART_BENCHMARKS_DAILY,
    MART_CAPITAL_DAILY,
    MART_CONDOR_ECONOMICS_DAILY,
    MART_CUSHIONS_DAILY,
    MART_STEWARD_CHECKS_DAILY,
    MART_VENDOR_CLAIMS_DAILY,
)

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

# Name, column, column of its reason, column of its band.
FIGURES = (
    ("Annual return of the book", "irr_book_frac", "irr_reason", ""),
    ("The same without the hedge", "irr_without_hedge_frac", "irr_without_hedge_reason", ""),
    ("Return the hedge costs", "irr_drag_frac", "irr_drag_reason", ""),
    ("Hurdle: cost of capital a year", "wacc_frac", "wacc_reason", ""),
    (
        "Hedge cost outside of spikes, of the credits",
        "realised_cost_frac",
        "realised_cost_reason",
        "realised_cost_band",
    ),
    ("Quiet drag", "quiet_drag_bp_per_week", "quiet_drag_reason", "quiet_drag_band"),
    ("Quiet drag a year", "quiet_drag_frac_per_year", "quiet_drag_reason", ""),
)
PATIENCE = (
    ("Open gain of the hedge", "hedge_gain_usd", "funded_reason"),
    ("pays its theta and rolls for", "funded_days", "funded_reason"),
    ("Hedge with SPX unchanged and VIX down 25%", "vix_drop_hedge_pnl_usd", "vix_drop_reason"),
    ("Book with every vol down 20%", "vol_crush_pnl_usd", "vol_crush_reason"),
    ("Theta of the condors on their margin", "theta_press_bp_per_day", "theta_press_reason"),
)
CUSHION = (
    ("Hedge has repaid since the breach", "mtm_cushion_frac", "cushion_reason"),
    ("Repaid on losing days, last 20 sessions", "effectiveness_frac", "effectiveness_reason"),
    ("Hedge against condors, daily slope", "hedge_beta", "effectiveness_reason"),
)
CONDORS_IN_REPORT = 12  # the rest is in mart.condor_economics_daily
BENCHMARKS = ("CNDR", "VXTH")
NO_CUSHION = "no cushion on record"
NO_CAPITAL = "no capital row for this session"
CHECKS = tuple(f"S{number}" for number in range(1, 11))


def economics_of(inputs: ReportInputs) -> Economics:
    """Figures and claims of the account (for ALL of the sum), steward checks of each account, S1 first."""
    session_date, account = inputs.stamp.session_date, inputs.stamp.account
    capital = only_row(
        MART_CAPITAL_DAILY, summed_for(of_session(inputs.capital, session_date), account), absence=NO_CAPITAL
    )
    claims = summed_for(of_session(inputs.vendor_claims, session_date), account).sort("claim_id")
    order = pl.col("check_id").replace_strict({name: at for at, name in enumerate(CHECKS)}, default=len(CHECKS))
    checks = listed_for(of_session(inputs.steward_checks, session_date), account).sort("account", order, "check_id")
    condors = rows_of(
        MART_CONDOR_ECONOMICS_DAILY,
        listed_for(of_session(inputs.condor_economics, session_date), account).sort("account", "condor_id"),
    )
    return Economics(
        figures=tuple(
            Economy(name, capital.measure(column, reason=capital.text(reason)), capital.text(band) if band else "")
            for name, column, reason, band in FIGURES
        ),
        patience=_patience(inputs, capital),
        condors=tuple(map(_condor, condors[:CONDORS_IN_REPORT])),
        more_condors_qty=max(0, len(condors) - CONDORS_IN_REPORT),
        benchmarks=_benchmarks(inputs),
        claims=tuple(_claim(row) for row in rows_of(MART_VENDOR_CLAIMS_DAILY, claims)),
        steward=tuple(_check(row) for row in rows_of(MART_STEWARD_CHECKS_DAILY, checks)),
    )


def _patience(inputs: ReportInputs, capital: MartRow) -> tuple[Economy, ...]:
    """For how long the hedge pays for waiting, and what it has repaid so far."""
    cushions = summed_for(of_session(inputs.cushions, inputs.stamp.session_date), inputs.stamp.account)
    cushion = only_row(MART_CUSHIONS_DAILY, cushions, absence=NO_CUSHION)
    named = [(name, capital, column, reason) for name, column, reason in PATIENCE]
    named += [(name, cushion, column, reason) for name, column, reason in CUSHION]
    return tuple(Economy(name, row.measure(column, reason=row.text(why)), "") for name, row, column, why in named)


def _condor(row: MartRow) -> CondorEconomy:
    odds = row.text("odds_reason")
    return CondorEconomy(
        account=row.text("account"),
        condor_id=row.text("condor_id"),
        hold_edge=row.measure("hold_edge_usd", reason=row.text("hold_edge_reason")),
        expectancy=row.measure("expectancy_usd", reason=row.text("expectancy_reason")),
        theta_press=row.measure("theta_press_bp_per_day", reason=row.text("theta_press_reason")),
        theta_capture=row.measure("theta_capture_frac", reason=row.text("theta_capture_reason")),
        half_life=row.measure("half_life_days", reason=row.text("half_life_reason")),
        need=row.measure("reversion_need_frac", reason="no put break-even, or SPX unknown"),
        chance=row.measure("above_break_even_frac", reason=odds),
        time_bought=row.measure("time_bought_days", reason="holding has no edge, or the hedge no gain"),
    )


def _benchmarks(inputs: ReportInputs) -> Chart:
    """The published rules carried on in our own evening quotes, each 100 at its start."""
    rows = rows_of(MART_BENCHMARKS_DAILY, on_record(inputs.benchmarks_history, inputs))
    days = sorted({row.day("session_date") for row in rows})
    lines = tuple(
        Series(name=name, points=dated((row for row in rows if row.text("benchmark") == name), "index_level", days))
        for name in BENCHMARKS
    )
    is_drawn = any(len(line.points) > 1 for line in lines)
    return Chart(
        chart_id="benchmarks",
        title="Benchmark rules in our own evening quotes",
        x_title="",
        y_title="100 at its start",
        series=lines if is_drawn else (),
        note="CNDR: condors over bills. VXTH: SPX with VIX calls. By the published rules: not the indices, no advice.",
        reason="" if is_drawn else ONE_SESSION,
    )


def _claim(row: MartRow) -> VendorClaim:
    unit = row.text("unit")
    return VendorClaim(
        text=row.text("claim_text"),
        source_ref=row.text("source_ref"),
        status=row.text("status"),
        low=row.measure("claimed_low", unit=unit, reason="no number"),
        high=row.measure("claimed_high", unit=unit, reason="no number"),
        measured=row.measure("measured", unit=unit, reason=row.text("reason")),
        measured_as=row.text("measured_as"),
        sessions=row.measure("sessions_qty"),
    )


def _check(row: MartRow) -> StewardCheck:
    unit = row.text("unit")
    return StewardCheck(
        account=row.text("account"),
        check_id=row.text("check_id"),
        verdict=row.text("verdict"),
        value=row.measure("value", unit=unit, reason=row.text("reason")),
        limit=row.measure("threshold", unit=unit),
        source_tier=row.text("source_tier"),
        message=row.text("message"),
        is_promoter_flag=bool(row.values["is_promoter_flag"]),
    )
