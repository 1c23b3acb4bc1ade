"""The data of the three charts: payoff with and without the hedge, the VIX curve, the scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.report.hedge import hold_reason
from transforms.report.mart_rows import MartRow, listed_for, of_session, only_row, rows_of, summed_for
from transforms.report.models import FRACTION, INDEX_POINTS, USD, Chart, CurveRow, Measure, Point, ScenarioRow, Series
from warehouse.tables.mart import (
    MART_BOOK_DAILY,
    MART_CONDORS_DAILY,
    MART_SCENARIOS_DAILY,
    MART_SIGNALS_DAILY,
    MART_VX_CURVE_DAILY,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from transforms.report.inputs import ReportInputs

PAYOFF_SHOCKS = (-0.10, 0.07)  # far enough to see the wings, near enough to read the strikes
BAR_SHOCKS = (-0.10, -0.05, -0.03, -0.01, 0.01, 0.03, 0.05)
NO_SCENARIOS = "no scenarios for this session"
SAME_SHOCK = 1e-9


def charts_of(inputs: ReportInputs) -> tuple[Chart, ...]:
    """Payoff, scenarios, VIX curve, in the order the report shows them."""
    return _payoff(inputs), _scenario_bars(inputs), _vix_curve(inputs)


def _cells(inputs: ReportInputs, part: str) -> tuple[MartRow, ...]:
    """The base-response cells of one part, repriced now, from the deepest fall up."""
    frame = summed_for(of_session(inputs.scenarios, inputs.stamp.session_date), inputs.stamp.account).filter(
        pl.col("part") == part, pl.col("vol_response") == "base", pl.col("horizon") == "now"
    )
    return rows_of(MART_SCENARIOS_DAILY, frame.sort("spot_shock_frac"))


def _payoff(inputs: ReportInputs) -> Chart:
    chart = Chart(
        chart_id="payoff",
        title="Profit and loss by SPX level, with and without the hedge",
        x_title="SPX, index points",
        y_title="P&L since entry, USD",
        series=(),
    )
    held = hold_reason(inputs)
    condors = rows_of(
        MART_CONDORS_DAILY, listed_for(of_session(inputs.condors, inputs.stamp.session_date), inputs.stamp.account)
    )
    reason = held or ("" if condors else "no condor is held")
    return _without_data(chart, reason) if reason else _payoff_drawn(inputs, chart, condors)


def _payoff_drawn(inputs: ReportInputs, chart: Chart, condors: tuple[MartRow, ...]) -> Chart:
    book = only_row(
        MART_BOOK_DAILY,
        summed_for(of_session(inputs.book, inputs.stamp.session_date), inputs.stamp.account),
        absence="no book row",
    )
    spot = book.measure("spot_pts").value
    no_pnl = "a leg has no mark" if book.count("unpriced_legs_qty") else book.text("pnl_reason")
    expiry = min(row.day("expiry_date") for row in condors)
    expiring = tuple(row for row in condors if row.day("expiry_date") == expiry)
    return Chart(
        chart_id=chart.chart_id,
        title=chart.title,
        x_title=chart.x_title,
        y_title=chart.y_title,
        series=(
            Series(name="Condors at expiry", points=_at_expiry(expiring, spot)),
            _now("Now, without hedge", _cells(inputs, "condor"), book.measure("condor_pnl_usd")),
            _now("Now, with hedge", _cells(inputs, "total"), book.measure("pnl_usd", reason=no_pnl)),
        ),
        marker_x=spot,
        marker_label="SPX now",
        note=_payoff_note(expiry, expiring, condors),
    )


def _payoff_note(expiry: dt.date, expiring: tuple[MartRow, ...], condors: tuple[MartRow, ...]) -> str:
    counted = "all condors" if len(expiring) == len(condors) else f"{len(expiring)} of {len(condors)} condors"
    return (
        f"“Condors at expiry” counts {counted} (expiry {expiry:%Y-%m-%d}) by their strikes alone, net of fees and "
        "without the hedge. “Now” reprices the book after a sudden move."
    )


def _at_expiry(condors: tuple[MartRow, ...], spot: float | None) -> tuple[Point, ...]:
    """Payoff by strikes: straight between its corners, so the corners are enough."""
    corners = {
        row.values[name]
        for row in condors
        for name in ("long_put_pts", "short_put_pts", "short_call_pts", "long_call_pts")
        if row.values[name] is not None
    }
    around = [spot * (1 + shock) for shock in PAYOFF_SHOCKS] if spot else []
    low, high = min([*corners, *around]), max([*corners, *around])
    margin = 0.0 if spot else 0.5 * (high - low)
    levels = sorted({low - margin, high + margin, *corners})
    return tuple(Point(x=level, y=sum(_condor_payoff(row, level) for row in condors)) for level in levels)


def _condor_payoff(row: MartRow, level: float) -> float:
    """P&L of one condor position at expiry: chain credit less what the threatened side costs, less fees (4.1).

    A side without a size of its own has the condor's: nights computed before sides had sizes say no more.
    """
    value = row.values
    lost_pts = 0.0
    for side, sign in (("put", -1), ("call", 1)):
        short, long = value[f"short_{side}_pts"], value[f"long_{side}_pts"]
        if short is not None:
            beyond = max(sign * (level - short), 0) - max(sign * (level - long), 0)
            lost_pts += beyond * (value[f"{side}_quantity_qty"] or value["quantity_qty"])
    return float((value["chain_credit_pts"] * value["quantity_qty"] - lost_pts) * 100 - (value["fees_usd"] or 0.0))


def _now(name: str, cells: Iterable[MartRow], pnl: Measure) -> Series:
    """P&L since entry across the shocks: tonight's P&L plus what the shock adds."""
    if pnl.value is None:
        return Series(name=name, points=(), reason=pnl.reason or "P&L unknown")
    low, high = PAYOFF_SHOCKS
    points = tuple(
        Point(x=cell.values["spx_pts"], y=pnl.value + cell.values["pnl_usd"])
        for cell in cells
        if low - SAME_SHOCK <= cell.values["spot_shock_frac"] <= high + SAME_SHOCK
        and cell.values["pnl_usd"] is not None
        and cell.values["spx_pts"] is not None
    )
    return Series(name=name, points=points, reason="" if points else NO_SCENARIOS)


def _scenario_bars(inputs: ReportInputs) -> Chart:
    held = hold_reason(inputs)
    series = tuple(_bars(name, _cells(inputs, part)) for name, part in _BARS)
    has_points = any(part.points for part in series)
    reason = held or ("" if has_points else NO_SCENARIOS)
    return Chart(
        chart_id="scenarios",
        title="What a sudden SPX move does to the book tonight",
        x_title="SPX move",
        y_title="P&L of the move, USD",
        series=() if reason else series,
        note="Every leg repriced, with the base response of volatility; the second engine is in the total only.",
        reason=reason,
    )


_BARS = (("Condors", "condor"), ("Hedge", "hedge"), ("Total", "total"))


def _bars(name: str, cells: tuple[MartRow, ...]) -> Series:
    points = tuple(
        Point(x=cell.values["spot_shock_frac"], y=cell.values["pnl_usd"])
        for cell in cells
        if cell.values["pnl_usd"] is not None
        and any(abs(cell.values["spot_shock_frac"] - shock) < SAME_SHOCK for shock in BAR_SHOCKS)
    )
    reasons = dict.fromkeys(cell.text("reason") for cell in cells if cell.text("reason"))
    return Series(name=name, points=points, reason="" if points else "; ".join(reasons) or NO_SCENARIOS)


def _vix_curve(inputs: ReportInputs) -> Chart:
    signals = only_row(MART_SIGNALS_DAILY, of_session(inputs.signals, inputs.stamp.session_date), absence="no signals")
    points = tuple(
        Point(x=row.days.value, y=row.settle.value, label=f"{row.expiry_date:%Y-%m-%d}")
        for row in curve_rows(inputs)
        if row.days.value and row.settle.value is not None  # the contract that settles today is no part of the curve
    )
    vix = signals.measure("vix_pts").value
    spot = () if vix is None else (Point(x=0, y=vix, label="VIX close"),)
    return Chart(
        chart_id="vix-curve",
        title="VIX futures curve against spot VIX",
        x_title="Calendar days to settlement",
        y_title="Index points",
        series=(Series(name="VX settlement", points=points), Series(name="VIX close", points=spot)) if points else (),
        reason="" if points else "no VX settlements for this session",
    )


def _without_data(chart: Chart, reason: str) -> Chart:
    return Chart(
        chart_id=chart.chart_id,
        title=chart.title,
        x_title=chart.x_title,
        y_title=chart.y_title,
        series=(),
        reason=reason,
    )


def curve_rows(inputs: ReportInputs) -> tuple[CurveRow, ...]:
    """The live monthly VX contracts, nearest first."""
    frame = of_session(inputs.vx_curve, inputs.stamp.session_date).sort("rank")
    return tuple(
        CurveRow(
            expiry_date=row.day("expiry_date"),
            days=row.measure("days_to_expiry_days"),
            settle=row.measure("settle_pts", reason="not settled"),
            method=row.text("settle_method"),
        )
        for row in rows_of(MART_VX_CURVE_DAILY, frame)
    )


def scenario_rows(inputs: ReportInputs) -> tuple[ScenarioRow, ...]:
    """The scenario table: one row per SPX move, one column per part."""
    if hold_reason(inputs):
        return ()
    parts = {
        part: {cell.values["spot_shock_frac"]: cell for cell in _cells(inputs, part)}
        for part in ("condor", "hedge", "second_engine", "other", "total")
    }
    return tuple(_scenario(shock, parts) for shock in parts["total"])


def _scenario(shock: float, parts: dict[str, dict[float, MartRow]]) -> ScenarioRow:
    total = parts["total"][shock]

    def pnl(part: str) -> Measure:
        cell = parts[part].get(shock)
        if cell is None:
            return Measure(value=None, unit=USD, reason="none held")
        return cell.measure("pnl_usd", reason=cell.text("reason"))

    return ScenarioRow(
        shock=Measure(value=shock, unit=FRACTION),
        spx=total.measure("spx_pts", unit=INDEX_POINTS),
        vix=total.measure("vix_pts", unit=INDEX_POINTS),
        condor=pnl("condor"),
        hedge=pnl("hedge"),
        second_engine=pnl("second_engine"),
        other=pnl("other"),
        total=pnl("total"),
        sticky_strike_total=total.measure("sticky_strike_pnl_usd", reason=total.text("reason")),
    )
