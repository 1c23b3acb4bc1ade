"""The hedge layers as tiles, and what is withheld while the data are on hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.book.structures import LAYER_DAYS
from transforms.report.mart_rows import MartRow, of_session, only_row, summed_for
from transforms.report.models import LayerTile, Measure
from warehouse.tables.mart import MART_HEDGE_LAYERS_DAILY

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

WITHHELD = "withheld: data on hold"
UNKNOWN = "unknown"
NOTHING_HELD = "nothing held"

# What the pair of states means (METHODOLOGY 2.1 and 6.3).
READINGS = {
    ("ACTIVE", "NONE"): "coverage gap",
    ("ACTIVE", "PARTIAL"): "coverage gap",
    ("ACTIVE", "FULL"): "working",
    ("ACTIVE", "OVER"): "working, above target",
    ("ARMED", "NONE"): "armed, nothing held",
    ("ARMED", "PARTIAL"): "armed, below target",
    ("ARMED", "FULL"): "armed and ready",
    ("ARMED", "OVER"): "armed, above target",
    ("DORMANT", "NONE"): "quiet, nothing held",
    ("DORMANT", "PARTIAL"): "quiet, below target",
    ("DORMANT", "FULL"): "quiet, carry cost running",
    ("DORMANT", "OVER"): "quiet, above target: carry cost running",
}


def is_data_hold(inputs: ReportInputs) -> bool:
    """True when a critical check failed, whichever table says so."""
    session_date = inputs.stamp.session_date
    failed = of_session(inputs.checks, session_date).filter((pl.col("severity") == "critical") & ~pl.col("is_passed"))
    return not failed.is_empty() or bool(of_session(inputs.book, session_date)["is_data_hold"].any())


def hold_reason(inputs: ReportInputs) -> str:
    """Why figures one would act on are not shown; empty on a night that can be trusted."""
    return WITHHELD if is_data_hold(inputs) else ""


def withheld(measure: Measure, reason: str) -> Measure:
    """The figure, or under DATA_HOLD the reason it is not shown."""
    return Measure(value=None, unit=measure.unit, reason=reason) if reason else measure


def layer_tiles(inputs: ReportInputs) -> tuple[LayerTile, ...]:
    """The three layers, held or not."""
    frame = summed_for(of_session(inputs.hedge_layers, inputs.stamp.session_date), inputs.stamp.account)
    held = hold_reason(inputs)
    absence = NOTHING_HELD if of_session(inputs.legs, inputs.stamp.session_date).is_empty() else "layer not computed"
    return tuple(
        _layer(
            only_row(MART_HEDGE_LAYERS_DAILY, frame.filter(pl.col("layer") == layer), absence=absence),
            layer=layer,
            tenor=f"{first}–{last} days",
            held=held,
        )
        for layer, (first, last) in LAYER_DAYS.items()
    )


def _layer(row: MartRow, *, layer: str, tenor: str, held: str) -> LayerTile:
    unpriced = row.text("unpriced_reason")
    signal, position = row.text("signal_state"), row.text("position_state")
    no_target = held or row.text("target_reason") or row.text("position_reason") or "no target"
    return LayerTile(
        layer=layer,
        tenor=tenor,
        signal_state=signal,
        signal_reason=row.text("signal_reason") or row.absence,
        signal_rule=row.text("signal_rule_id"),
        signal_since_date=row.values.get("signal_since_date"),
        is_signal_stale=bool(row.values.get("is_signal_stale")),
        position_state=position,
        position_reason=row.text("position_reason") or row.absence,
        reading=held or (_reading(signal, position) if signal or position else row.absence or UNKNOWN),
        units_held=row.measure("units_held"),
        units_target=_target(row, "units_target", no_target, held=held),
        gap=_target(row, "gap_units", no_target, held=held),
        gap_cost=withheld(row.measure("gap_cost_usd", reason=no_target), held),
        gap_name="" if held else row.text("gap_instrument_id"),
        contracts=row.measure("contracts_qty", unit="contracts"),
        legs=row.measure("legs_qty"),
        unpriced_legs_qty=row.count("unpriced_legs_qty"),
        unpriced_reason=unpriced,
        value=row.measure("value_usd", reason=unpriced),
        pnl=row.measure("pnl_usd", reason=unpriced),
        delta=row.measure("spx_delta_usd_per_pt", reason=unpriced),
    )


def _target(row: MartRow, column: str, reason: str, *, held: str) -> Measure:
    return withheld(row.measure(column, reason=reason, unit="hedge units"), held)


def _reading(signal: str, position: str) -> str:
    if position == "EXPIRING":
        return "due for a roll"
    if not signal or not position:
        return "signal unknown" if not signal else "position unknown"
    return READINGS.get((signal, position), UNKNOWN)
