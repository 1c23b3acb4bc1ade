"""The signals of a session: what they are read from, and the tables they are kept in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.market.constant_maturities import constant_maturities
from transforms.market.term_structure import vx_curves
from transforms.signals.event_moves import implied_event_moves
from transforms.signals.event_windows import upcoming_events
from transforms.signals.history import RULES, SignalInputs, SignalRules
from transforms.signals.market_signals import MarketInputs, market_signals
from transforms.signals.valuation import valuations
from warehouse.tables import core, mart

if TYPE_CHECKING:
    import datetime as dt

    from flows.session_rows import SessionRows
    from transforms.market.spot import MarkSpot
    from warehouse.tables.types import Table

# What signals look back on: 620 sessions. The slowest average (weight 0.05 a session) keeps 2e-14 of what lies before.
HISTORY_DAYS = 900


def signal_inputs(
    rows: SessionRows,
    *,
    days: int | None = HISTORY_DAYS,
    skew: pl.DataFrame | None = None,
    valuation: pl.DataFrame | None = None,
) -> SignalInputs:
    """The series signals are read from, by default back to where every average has forgotten its beginning.

    `skew` and `valuation` are those of `SignalInputs`; without one, what needs it is null with a reason.
    """
    beside = {"skew": skew, "valuation": valuation}
    return SignalInputs(
        index_levels=rows.up_to(core.CORE_INDEX_LEVELS_DAILY, days=days),
        vx=rows.up_to(core.CORE_VX_SETTLEMENTS_DAILY, days=days),
        breadth=rows.up_to(core.CORE_BREADTH_DAILY, days=days),
        events=rows.connection.read(core.CORE_EVENTS),
        **{name: frame for name, frame in beside.items() if frame is not None},
    )


def signal_tables(
    rows: SessionRows, series: SignalInputs, *, spot: MarkSpot, mark_at: dt.datetime, rules: SignalRules = RULES
) -> dict[Table, pl.DataFrame]:
    """The session's rows of every table of curve, signals, valuation and events."""
    session_date = rows.session_date
    tonight = market_signals(
        MarketInputs(
            session_date=session_date,
            spot_pts=spot.spot_pts,
            spot_reason=spot.spot_from or spot.reason or "",
            mark_at=mark_at,
            series=series,
            rules=rules,
        )
    )
    curves, is_tonight = vx_curves(series.vx), pl.col("session_date") == session_date
    upcoming = upcoming_events(series.events, session_date, mark_at=mark_at, rules=rules.events)
    return {
        mart.MART_VX_CURVE_DAILY: curves.filter(is_tonight),
        mart.MART_VX_CONSTANT_MATURITIES_DAILY: constant_maturities(curves, rules.vx_curve).filter(is_tonight),
        mart.MART_SIGNALS_DAILY: tonight.signals,
        mart.MART_SIGNAL_ITEMS_DAILY: tonight.items,
        mart.MART_VALUATIONS_DAILY: valuations(tonight.signals, series.valuation, rules.valuation),
        mart.MART_UPCOMING_EVENTS_DAILY: implied_event_moves(
            upcoming, rows.tonight(core.CORE_FORWARDS_DAILY), spot.spot_pts
        ),
    }
