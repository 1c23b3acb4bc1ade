"""Where the book's delta lies, and what the hedge has covered and cost over the last sessions (METHODOLOGY 8, P4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.structures import LAYER_DAYS
from transforms.report.chart_models import Chart, Point, Series
from transforms.report.hedge import hold_reason
from transforms.report.history import dated, on_record
from transforms.report.mart_rows import MartRow, of_session, only_row, rows_of, summed_for
from warehouse.tables.mart import (
    MART_BOOK_DAILY,
    MART_HEDGE_COSTS_DAILY,
    MART_HEDGE_LAYERS_DAILY,
    MART_HEDGE_SIZING_DAILY,
)

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

ALL_CONDORS: Final = "ALL"
ONE_SESSION: Final = "history begins with a second session"


def delta_bars(inputs: ReportInputs) -> Chart:
    """SPX delta of the condors, of each layer, the second engine, the rest, and of all together."""
    session_date, account = inputs.stamp.session_date, inputs.stamp.account
    book = only_row(MART_BOOK_DAILY, summed_for(of_session(inputs.book, session_date), account), absence="no book row")
    layers = {
        row.text("layer"): row
        for row in rows_of(MART_HEDGE_LAYERS_DAILY, summed_for(of_session(inputs.hedge_layers, session_date), account))
    }
    named = [("Condors", book, "condor_delta_usd_per_pt")]
    named += [(layer, layers[layer], "spx_delta_usd_per_pt") for layer in LAYER_DAYS if layer in layers]
    named += [("Second engine", book, "second_engine_delta_usd_per_pt"), ("Other", book, "other_delta_usd_per_pt")]
    named += [("Net", book, "net_delta_usd_per_pt")]
    bars = tuple(_bar(at, name, row, column) for at, (name, row, column) in enumerate(named) if _says(row, column))
    is_drawn = any(bar.y for bar in bars)
    missing = [name for name, row, column in named if not _says(row, column)]
    return Chart(
        chart_id="deltas",
        title="Delta by part of the book",
        x_title="SPX-equivalent delta, USD per SPX point",
        y_title="",
        series=(Series(name="Delta", points=bars),) if is_drawn else (),
        note=f"Not known: {', '.join(missing)}." if missing else "Long VIX calls are short SPX delta.",
        reason="" if is_drawn else "no part has a delta tonight",
    )


def _says(row: MartRow, column: str) -> bool:
    return row.values.get(column) is not None


def _bar(at: int, name: str, row: MartRow, column: str) -> Point:
    return Point(x=float(at), y=row.values[column], label=name, is_marked=name == "Net")


def coverage_history(inputs: ReportInputs) -> Chart:
    """What the hedge would repay at SPX -5%, and its cost as a share of the credit, session by session."""
    account = inputs.stamp.account
    books = summed_for(on_record(inputs.book_history, inputs), account)
    costs = summed_for(on_record(inputs.costs_history, inputs), account).filter(pl.col("condor_id") == ALL_CONDORS)
    days = books["session_date"].unique().sort().to_list()
    lines = (
        Series(name="Repays", points=dated(rows_of(MART_BOOK_DAILY, books), "offset_m5_frac", days)),
        Series(name="Costs", points=dated(rows_of(MART_HEDGE_COSTS_DAILY, costs), "amortised_frac", days)),
    )
    held = hold_reason(inputs)
    is_drawn = not held and any(len(line.points) > 1 for line in lines)
    target = _target(inputs, len(days)) if is_drawn else ()
    return Chart(
        chart_id="coverage",
        title="Cover against cost, session by session",
        x_title="",
        y_title="Per cent",
        series=(*lines, *target) if is_drawn else (),
        note="Repays: share of the condor loss at SPX −5%. Costs: amortised, of the credit. Hairline: the target.",
        reason="" if is_drawn else (held or ONE_SESSION),
    )


def _target(inputs: ReportInputs, sessions: int) -> tuple[Series, ...]:
    """The share the hedge is to repay, across all sessions."""
    frame = summed_for(of_session(inputs.hedge_sizing, inputs.stamp.session_date), inputs.stamp.account)
    target = only_row(MART_HEDGE_SIZING_DAILY, frame, absence="not sized").values.get("target_offset_frac")
    if target is None:
        return ()
    ends = (Point(x=0.0, y=target, label="first session"), Point(x=float(sessions - 1), y=target, label="tonight"))
    return (Series(name="Target", points=ends, panel="target"),)
