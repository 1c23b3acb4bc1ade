"""Tonight's levels and the signals read from them: the last row of the history, beside tonight's chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from transforms.signals.history import RULES, SignalRules, signal_history
from transforms.signals.scores import signal_items
from warehouse.tables.mart import MART_SIGNALS_DAILY

if TYPE_CHECKING:
    import datetime as dt

    from transforms.signals.history import SignalInputs


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketInputs:
    """What one night's signals are read from.

    `spot_pts` is the parity-implied index at the mark and `spot_reason` where it comes from, or why there is none.
    `series` reaches back as far as signals are to look; rows after the session are not looked at.
    """

    session_date: dt.date
    spot_pts: float | None
    spot_reason: str
    mark_at: dt.datetime
    series: SignalInputs
    rules: SignalRules = RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSignals:
    """The night's row of mart.signals_daily, and its items as rows of mart.signal_items_daily."""

    signals: pl.DataFrame
    items: pl.DataFrame


def market_signals(inputs: MarketInputs) -> MarketSignals:
    """Read tonight's levels, ranges, curve, indicators, breadth, gate, events and scores.

    Null where the session itself lacks the print: an older one never stands in. Changes are against the previous
    session's close, null without it.
    """
    history = signal_history(inputs.series, inputs.rules, last=inputs.session_date, last_mark_at=inputs.mark_at)
    tonight = history.filter(pl.col("session_date") == inputs.session_date)
    signals = tonight.with_columns(
        spot_pts=pl.lit(inputs.spot_pts, dtype=pl.Float64),
        spot_reason=pl.lit(inputs.spot_reason),
    ).with_columns(
        close_difference_pts=pl.col("spot_pts") - pl.col("index_close_pts"),
        edr_pts=pl.col("edr_frac") * pl.col("spot_pts"),
    )
    return MarketSignals(
        signals=MART_SIGNALS_DAILY.conform(signals.select(MART_SIGNALS_DAILY.column_names)),
        items=signal_items(tonight, inputs.rules.items),
    )
