"""The signals of a session: what they are read from, and the tables they are kept in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.rules import RULES, Rules
from transforms.market.constant_maturities import constant_maturities
from transforms.market.elasticity_estimate import estimate_elasticities
from transforms.market.term_structure import vx_curves
from transforms.signals.event_moves import implied_event_moves
from transforms.signals.event_windows import upcoming_events
from transforms.signals.history import SignalInputs
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
SKEW_TENOR_DAYS = 30


def signal_inputs(
    rows: SessionRows, tenors_tonight: pl.DataFrame | None = None, *, days: int | None = HISTORY_DAYS
) -> SignalInputs:
    """The series signals are read from, by default back to where every average has forgotten its beginning.

    `tenors_tonight` are tonight's rows of mart.smile_tenors_daily where they are not stored yet.
    """
    return SignalInputs(
        index_levels=rows.up_to(core.CORE_INDEX_LEVELS_DAILY, days=days),
        vx=rows.up_to(core.CORE_VX_SETTLEMENTS_DAILY, days=days),
        breadth=rows.up_to(core.CORE_BREADTH_DAILY, days=days),
        events=rows.connection.read(core.CORE_EVENTS),
        skew=_skew(rows, tenors_tonight, days),
        valuation=rows.connection.read(
            core.CORE_VALUATION_MONTHLY, "known_from_date <= $day", {"day": rows.session_date}
        ),
    )


def _skew(rows: SessionRows, tenors_tonight: pl.DataFrame | None, days: int | None) -> pl.DataFrame:
    """The 30-day skew of SPX, session by session."""
    stored = rows.up_to(mart.MART_SMILE_TENORS_DAILY, days=days)
    if tenors_tonight is not None:
        stored = pl.concat([stored.filter(pl.col("session_date") < rows.session_date), tenors_tonight])
    of_spx = (pl.col("underlying") == "SPX") & (pl.col("tenor_days") == SKEW_TENOR_DAYS)
    return stored.filter(of_spx).select("session_date", "skew_25d_vol")


def signal_tables(
    rows: SessionRows, series: SignalInputs, *, spot: MarkSpot, mark_at: dt.datetime, rules: Rules = RULES
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
            rules=rules.signals,
        )
    )
    curves, is_tonight = vx_curves(series.vx), pl.col("session_date") == session_date
    maturities = constant_maturities(curves, rules.vx_curve)
    upcoming = upcoming_events(series.events, session_date, mark_at=mark_at, rules=rules.events)
    return {
        mart.MART_VX_CURVE_DAILY: curves.filter(is_tonight),
        mart.MART_VX_CONSTANT_MATURITIES_DAILY: maturities.filter(is_tonight),
        mart.MART_ELASTICITIES_DAILY: estimate_elasticities(
            maturities,
            spx_returns(series.index_levels),
            session_date,
            rules=rules.elasticity_estimate,
            prior=rules.elasticity,
        ),
        mart.MART_SIGNALS_DAILY: tonight.signals,
        mart.MART_SIGNAL_ITEMS_DAILY: tonight.items,
        mart.MART_VALUATIONS_DAILY: valuations(tonight.signals, series.valuation, rules.valuation),
        mart.MART_UPCOMING_EVENTS_DAILY: implied_event_moves(
            upcoming, rows.tonight(core.CORE_FORWARDS_DAILY), spot.spot_pts
        ),
    }


def spx_returns(index_levels: pl.DataFrame) -> pl.DataFrame:
    """The log return of SPX from each close to the next."""
    closes = index_levels.filter(pl.col("symbol") == "SPX").sort("session_date")
    return closes.select("session_date", log_return=pl.col("close_pts").log().diff())
