"""Pictures of the market: the VX curve and where it was, signals with the layers' states, breadth beside SPX."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.structures import LAYER_DAYS
from transforms.report.chart_models import Chart, Point, Series
from transforms.report.exposure_charts import ONE_SESSION
from transforms.report.history import dated, on_record, stretches
from transforms.report.mart_rows import MartRow, of_session, only_row, rows_of, summed_for
from transforms.report.models import CurveRow
from warehouse.tables.mart import MART_HEDGE_LAYERS_DAILY, MART_SIGNALS_DAILY, MART_VX_CURVE_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from transforms.report.inputs import ReportInputs

TODAY, BEFORE, WEEK = "Tonight", "Before", "5 ago"
NO_BREADTH: Final = "no breadth on record"


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


def vix_curve(inputs: ReportInputs) -> Chart:
    """The VX curve tonight, on the session before and five sessions ago, with the VIX close."""
    tonight = _curve(of_session(inputs.vx_curve, inputs.stamp.session_date))
    signals = only_row(MART_SIGNALS_DAILY, of_session(inputs.signals, inputs.stamp.session_date), absence="no signals")
    vix = signals.measure("vix_pts").value
    lines = (
        Series(name=TODAY, points=tonight),
        Series(name=BEFORE, points=_curve(inputs.previous_curve), reason="not on record"),
        Series(name=WEEK, points=_curve(inputs.week_curve), reason="not on record"),
        Series(name="VIX close", points=() if vix is None else (Point(x=0, y=vix, label="VIX close"),)),
    )
    return Chart(
        chart_id="vix-curve",
        title="VIX futures: tonight and where they were",
        x_title="Calendar days to settlement",
        y_title="Index points",
        series=lines if tonight else (),
        note="Before: the session before, dashed. 5 ago: five sessions ago, dotted.",
        reason="" if tonight else "no VX settlements for this session",
    )


def _curve(frame: pl.DataFrame) -> tuple[Point, ...]:
    """Settlements by days left; the contract that settles on the day is no part of the curve."""
    return tuple(
        Point(x=row.values["days_to_expiry_days"], y=row.values["settle_pts"], label=f"{row.day('expiry_date')}")
        for row in rows_of(MART_VX_CURVE_DAILY, frame.sort("rank"))
        if row.values["days_to_expiry_days"] and row.values["settle_pts"] is not None
    )


def signal_history(inputs: ReportInputs) -> Chart:
    """VIX session by session, with the signal state of each layer beneath."""
    signals = rows_of(MART_SIGNALS_DAILY, on_record(inputs.signals_history, inputs))
    days = [row.day("session_date") for row in signals]
    vix = dated(signals, "vix_pts", days)
    layers = summed_for(on_record(inputs.layers_history, inputs), inputs.stamp.account)
    layers = layers.filter(pl.col("session_date").is_in(days))
    is_drawn = len(vix) > 1
    states = tuple(Series(name=layer, panel="states", points=_states(layers, layer, days)) for layer in LAYER_DAYS)
    return Chart(
        chart_id="signals",
        title="VIX and the signal of each layer",
        x_title="",
        y_title="VIX, index points",
        series=(Series(name="VIX", points=vix), *states) if is_drawn else (),
        note="Beneath: white DORMANT, light ARMED, dark ACTIVE.",
        reason="" if is_drawn else ONE_SESSION,
    )


def _states(layers: pl.DataFrame, layer: str, days: Sequence[dt.date]) -> tuple[Point, ...]:
    rows = rows_of(MART_HEDGE_LAYERS_DAILY, layers.filter(pl.col("layer") == layer).sort("session_date"))
    return stretches(rows, "signal_state", days)


def breadth_chart(inputs: ReportInputs) -> Chart:
    """SPX above, the advance-decline line beneath: net advances summed since the first session shown."""
    rows = _since_the_last_gap(rows_of(MART_SIGNALS_DAILY, on_record(inputs.signals_history, inputs)))
    days = [row.day("session_date") for row in rows]
    summed = accumulate(float(row.values["net_advances_qty"]) for row in rows)
    line = tuple(Point(x=float(at), y=total, label=f"{days[at]}") for at, total in enumerate(summed))
    is_drawn = len(line) > 1
    return Chart(
        chart_id="breadth",
        title="SPX and the advance-decline line",
        x_title="",
        y_title="",
        series=(
            Series(name="SPX close, index points", points=dated(rows, "index_close_pts", days)),
            Series(name="A/D line since the first session shown, issues", points=line),
        )
        if is_drawn
        else (),
        reason="" if is_drawn else (ONE_SESSION if line else NO_BREADTH),
    )


def _since_the_last_gap(rows: tuple[MartRow, ...]) -> tuple[MartRow, ...]:
    """The latest sessions with breadth: a sum cannot step over one that is not known."""
    gaps = [at for at, row in enumerate(rows) if row.values["net_advances_qty"] is None]
    return rows[gaps[-1] + 1 :] if gaps else rows
