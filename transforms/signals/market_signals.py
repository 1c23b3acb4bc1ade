"""Tonight's levels and the signals read from them, one row a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from transforms.market.calendar import previous_session
from transforms.market.edr import EDR_RULE, EdrRule, add_edr, add_hv20
from transforms.market.term_structure import CURVE_RULES, CurveRules, term_structure
from transforms.signals.events import next_high_impact_event
from transforms.thresholds import VENDOR_RULE, threshold
from warehouse.tables.mart import MART_SIGNALS_DAILY

if TYPE_CHECKING:
    import datetime as dt

LEVEL_OF_SYMBOL: Final = {
    "SPX": "index_close_pts",
    "VIX": "vix_pts",
    "VIX9D": "vix9d_pts",
    "VIX3M": "vix3m_pts",
    "VVIX": "vvix_pts",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    """The vendor's entry gate, T1: which new condors a level of VIX lets in."""

    NAME: ClassVar[str] = "entry_gate"

    open_all_below_vix_pts: float = threshold(
        15.0,
        unit="index points",
        says="Entry gate: all entries open below VIX",
        source=VENDOR_RULE,
        ref="V20 (METHODOLOGY 6.2)",
    )
    no_aggressive_to_vix_pts: float = threshold(
        20.0,
        unit="index points",
        says="Entry gate: no aggressive entries up to VIX",
        source=VENDOR_RULE,
        ref="V20 (METHODOLOGY 6.2)",
    )
    hold_new_to_vix_pts: float = threshold(
        25.0,
        unit="index points",
        says="Entry gate: hold new entries up to VIX, none above",
        source=VENDOR_RULE,
        ref="V20 (METHODOLOGY 6.2)",
    )


GATE: Final = GateRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketInputs:
    """What one night's signals are read from.

    `spot_pts` is the parity-implied index at the mark and `spot_reason` where it comes from, or why there is none.
    `index_levels` holds core.index_levels_daily with at least 21 sessions of SPX up to the session, `vx_curve` the
    session's mart.vx_curve_daily, `breadth` and `events` rows of core.breadth_daily and core.events. Later rows are
    not looked at.
    """

    session_date: dt.date
    spot_pts: float | None
    spot_reason: str
    index_levels: pl.DataFrame
    vx_curve: pl.DataFrame
    breadth: pl.DataFrame
    events: pl.DataFrame
    mark_at: dt.datetime
    edr_rule: EdrRule = EDR_RULE
    gate_rules: GateRules = GATE
    curve_rules: CurveRules = CURVE_RULES


def market_signals(inputs: MarketInputs) -> pl.DataFrame:
    """Read tonight's levels, ranges, contango, breadth, gate and next event.

    One row of mart.signals_daily; fractions, vols as decimals. Null where the session itself lacks the print: an older
    one never stands in. Changes are against the previous session's close, null without it.
    """
    beside = (
        term_structure(inputs.vx_curve, inputs.curve_rules),
        inputs.breadth.select("session_date", "advances_qty", "declines_qty"),
    )
    levels = _levels(inputs).lazy()
    signals = (
        add_edr(levels.with_columns(spot_pts=pl.lit(inputs.spot_pts, dtype=pl.Float64)), inputs.edr_rule)
        .with_columns(
            spot_reason=pl.lit(inputs.spot_reason),
            close_difference_pts=pl.col("spot_pts") - pl.col("index_close_pts"),
            gate=entry_gate(pl.col("vix_pts"), inputs.gate_rules),
        )
        .collect()
    )
    for frame in beside:
        signals = signals.join(frame, on="session_date", how="left", validate="1:1")
    return MART_SIGNALS_DAILY.conform(
        _with_next_event(signals, inputs).select(name for name in MART_SIGNALS_DAILY.column_names)
    )


def entry_gate(vix_pts: pl.Expr, rules: GateRules = GATE) -> pl.Expr:
    """Say what the vendor's entry gate (T1) lets in at this VIX; null without a VIX. METHODOLOGY 6.2."""
    return (
        pl.when(vix_pts < rules.open_all_below_vix_pts)
        .then(pl.lit("OPEN_ALL"))
        .when(vix_pts <= rules.no_aggressive_to_vix_pts)
        .then(pl.lit("NO_AGGRESSIVE"))
        .when(vix_pts <= rules.hold_new_to_vix_pts)
        .then(pl.lit("HOLD_NEW"))
        .when(vix_pts > rules.hold_new_to_vix_pts)
        .then(pl.lit("CLOSED"))
    )


def _levels(inputs: MarketInputs) -> pl.DataFrame:
    """The session's closes, their changes from the previous session, and the realised vol up to it."""
    history = inputs.index_levels.filter(pl.col("session_date") <= inputs.session_date)
    tonight = pl.DataFrame({"session_date": [inputs.session_date]}, schema={"session_date": pl.Date})
    before = previous_session(inputs.session_date)
    closes = _closes_on(history, inputs.session_date)
    earlier = _closes_on(history, before)
    spx = history.filter(pl.col("symbol") == "SPX").select("session_date", index_close_pts="close_pts").lazy()
    return tonight.with_columns(
        **{column: pl.lit(closes.get(symbol), dtype=pl.Float64) for symbol, column in LEVEL_OF_SYMBOL.items()},
        spx_return_frac=pl.lit(_change_frac(closes.get("SPX"), earlier.get("SPX")), dtype=pl.Float64),
        vix_change_frac=pl.lit(_change_frac(closes.get("VIX"), earlier.get("VIX")), dtype=pl.Float64),
    ).join(add_hv20(spx).select("session_date", "hv20_vol").collect(), on="session_date", how="left", validate="1:1")


def _closes_on(levels: pl.DataFrame, session_date: dt.date) -> dict[str, float]:
    rows = levels.filter(pl.col("session_date") == session_date).select("symbol", "close_pts")
    return dict(rows.iter_rows())


def _change_frac(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now / before - 1.0


def _with_next_event(signals: pl.DataFrame, inputs: MarketInputs) -> pl.DataFrame:
    following = next_high_impact_event(inputs.events, inputs.mark_at)
    event = following.row(0, named=True) if following.height else {"kind": None, "event_at": None}
    return signals.with_columns(
        next_event_kind=pl.lit(event["kind"], dtype=pl.String),
        next_event_at=pl.lit(event["event_at"], dtype=pl.Datetime("us", "UTC")),
    )
