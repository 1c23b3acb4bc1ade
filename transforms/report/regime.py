"""Volatility regime, scores item by item, breadth and valuation (METHODOLOGY 5; 8, P6 and P7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.report.market_charts import breadth_chart, signal_history, vix_curve
from transforms.report.mart_rows import MartRow, of_session, only_row, rows_of
from transforms.report.section_models import Breadth, Reading, Regime, Score, ScoreItem
from warehouse.tables.mart import (
    MART_SIGNAL_ITEMS_DAILY,
    MART_SIGNALS_DAILY,
    MART_SMILES_DAILY,
    MART_VALUATIONS_DAILY,
)

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

SCORES: Final = {
    "arm": "Arming",
    "accel": "Acceleration",
    "vol_expansion": "Volatility expansion",
    "press": "Cash press (checklist)",
}
NOT_SUPPLIED = "not supplied"
# Name, column, column of the reason or a reason, column of the words beside it.
_VOL: Final = (
    ("VIX", "vix_pts", NOT_SUPPLIED, ""),
    ("VIX9D / VIX", "vix9d_to_vix", NOT_SUPPLIED, ""),
    ("VIX / VIX3M", "vix_to_vix3m", NOT_SUPPLIED, ""),
    ("VVIX", "vvix_pts", NOT_SUPPLIED, ""),
    ("Realised vol, 20 sessions", "hv20_vol", "SPX history missing", ""),
    ("VX contango, M2 over M1", "contango_frac", "vx_reason", "vx_regime"),
    ("VX basis, M1 less VIX", "basis_pts", "vx_reason", ""),
    ("VX at 30 days", "cm30_pts", "vx_reason", "cm30_method"),
    ("Its MACD", "macd_pts", "macd_reason", ""),
    ("Its MACD histogram", "macd_histogram_pts", "macd_reason", ""),
    ("Sessions since its last cross", "macd_bars_since_cross_sessions", "macd_reason", ""),
    ("RSI(14) of VIX", "rsi14_vix", "rsi_reason", "rsi14_vix_zone"),
    ("RSI(14) of SPX", "rsi14_spx", "SPX history missing", ""),
    ("25-delta skew, 30 days", "skew_25d_vol", "skew_reason", ""),
    ("Its change since the session before", "skew_change_vol", "skew_reason", ""),
    ("Its percentile of a year", "skew_percentile_frac", "skew_reason", ""),
    ("Expected daily range", "edr_pts", "VIX or SPX history missing", "edr_method"),
    ("Expected daily range by VIX alone", "edr_simple_frac", "VIX close not loaded", ""),
)
_BREADTH: Final = (
    ("NYSE advances", "advances_qty", NOT_SUPPLIED, ""),
    ("NYSE declines", "declines_qty", NOT_SUPPLIED, ""),
    ("McClellan oscillator", "mcclellan_osc", "breadth_reason", ""),
    ("A/D line against its mean", "ad_z", "breadth_reason", ""),
    ("Divergence from SPX", "divergence_sessions", "breadth_reason", "breadth_state"),
)


def regime_of(inputs: ReportInputs) -> Regime:
    """Levels, curve, momentum and skew, and every item of the four scores."""
    signals = _signals(inputs)
    items = of_session(inputs.signal_items, inputs.stamp.session_date)
    scores = (_score(key, name, signals, items) for key, name in SCORES.items())
    return Regime(
        readings=(*_readings(signals, _VOL), *_expected_move(inputs)),
        scores=tuple(score for score in scores if score.items),
        curve=vix_curve(inputs),
        history=signal_history(inputs),
    )


def breadth_of(inputs: ReportInputs) -> Breadth:
    """Advances, McClellan and divergence; valuations with their place in five years."""
    signals = _signals(inputs)
    readings = _readings(signals, _BREADTH)
    frame = of_session(inputs.valuations, inputs.stamp.session_date).sort("measure")
    is_known = any(reading.value.value is not None for reading in readings)
    return Breadth(
        readings=readings if is_known else (),
        breadth_reason="" if is_known else signals.text("breadth_reason") or NOT_SUPPLIED,
        valuations=tuple(map(_valuation, rows_of(MART_VALUATIONS_DAILY, frame))),
        valuation_reason="" if frame.height else signals.text("valuation_reason") or NOT_SUPPLIED,
        picture=breadth_chart(inputs),
    )


def _signals(inputs: ReportInputs) -> MartRow:
    frame = of_session(inputs.signals, inputs.stamp.session_date)
    return only_row(MART_SIGNALS_DAILY, frame, absence="no signals for this session")


def _readings(row: MartRow, wanted: tuple[tuple[str, str, str, str], ...]) -> tuple[Reading, ...]:
    return tuple(
        Reading(
            name=name,
            value=row.measure(column, reason=row.text(why) if why.endswith("_reason") else why),
            note=row.text(words) if words else "",
        )
        for name, column, why, words in wanted
    )


def _expected_move(inputs: ReportInputs) -> tuple[Reading, ...]:
    """What options price to the nearest PM expiry, beside the expected daily range."""
    nearest = (
        of_session(inputs.smiles, inputs.stamp.session_date)
        .filter(pl.col("root") == "SPXW", pl.col("dte_days") > 0, pl.col("expected_move_pts").is_not_null())
        .sort("dte_days")
        .head(1)
    )
    return tuple(
        Reading(
            name=f"Expected move to {row.day('expiry_date')}, one standard deviation",
            value=row.measure("expected_move_pts"),
            note="",
        )
        for row in rows_of(MART_SMILES_DAILY, nearest)
    )


def _score(key: str, name: str, signals: MartRow, items: pl.DataFrame) -> Score:
    rows = rows_of(MART_SIGNAL_ITEMS_DAILY, items.filter(pl.col("score") == key).sort("item"))
    return Score(
        name=name,
        hits=signals.measure(f"{key}_score"),
        available=signals.measure(f"{key}_n_available"),
        items=tuple(map(_item, rows)),
    )


def _item(row: MartRow) -> ScoreItem:
    unit = row.text("unit")
    return ScoreItem(
        item=row.text("item"),
        value=row.measure("value", unit=unit, reason=row.text("reason") or NOT_SUPPLIED),
        comparison=row.text("comparison"),
        threshold=row.measure("threshold", unit=unit),
        verdict=("hit" if row.values["is_hit"] else "no") if row.values["is_available"] else "not known",
        has_information=bool(row.values["has_measured_information"]),
        reason=row.text("reason"),
    )


def _valuation(row: MartRow) -> Reading:
    percentile = row.measure("percentile_5y_frac", reason=row.text("reason"))
    return Reading(name=row.text("measure"), value=percentile, note=row.text("valuation_state"))
