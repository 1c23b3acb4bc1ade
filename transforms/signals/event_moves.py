"""How far SPX options expect the index to move on an event: the variance the expiries around it price beyond usual.

METHODOLOGY 5.6: event variance = s2^2 T2 - s1^2 T1 - base (T2 - T1), s and T of the last PM expiry before the event and
the first after it; move = S sqrt(max(event variance, 0)).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from warehouse.tables.mart import MART_UPCOMING_EVENTS_DAILY

DAYS_PER_YEAR: Final = 365.0
ROOT: Final = "SPXW"  # an event of the morning lies between two PM settlements
NO_EXPIRY: Final = "no SPXW expiry after the event has an ATM vol"
NO_BASE: Final = "no neighbouring SPXW expiries without an event between them"
NO_SPOT: Final = "no spot"


def implied_event_moves(upcoming: pl.DataFrame, forwards: pl.DataFrame, spot_pts: float | None) -> pl.DataFrame:
    """Give the move that options imply for each high-impact event still ahead.

    From mart.upcoming_events_daily and core.forwards_daily rows of one session; one row per event, unchanged, with
    `implied_move_pts`, `implied_bracket_days` and `implied_move_reason`. The base is the median variance a year between
    neighbouring expiries that have no high-impact event between them. Several events between two expiries share one
    move. Null for other events; null with a reason where an expiry, the base or the spot is missing.
    """
    steps = _steps(forwards)
    events = upcoming.filter(pl.col("is_high_impact") & ~pl.col("is_past")).drop_nulls("event_at").sort("event_at")
    moves = events.select("event_id", "event_at").join_asof(
        steps, left_on="event_at", right_on="settle_at", strategy="forward", coalesce=False
    )
    base = _base(steps, events)
    priced = moves.select(
        "event_id",
        implied_move_pts=pl.lit(spot_pts, dtype=pl.Float64)
        * (pl.col("step_variance") - base * pl.col("step_years")).clip(lower_bound=0.0).sqrt(),
        implied_bracket_days=DAYS_PER_YEAR * pl.col("step_years"),
        implied_move_reason=pl.coalesce(
            pl.when(pl.col("step_variance").is_null()).then(pl.lit(NO_EXPIRY)),
            pl.lit(NO_BASE if base is None else None, dtype=pl.String),
            pl.lit(NO_SPOT if spot_pts is None else None, dtype=pl.String),
        ),
    )
    bare = upcoming.drop(priced.columns[1:], strict=False)
    joined = bare.join(priced, on="event_id", how="left", maintain_order="left")
    return MART_UPCOMING_EVENTS_DAILY.conform(joined)


def _steps(forwards: pl.DataFrame) -> pl.DataFrame:
    """Each living SPXW expiry with the variance and time since the one before; the first counts from the mark."""
    variance = pl.col("atm_iv_vol") ** 2 * pl.col("t_years")
    return (
        forwards.filter(pl.col("root") == ROOT, pl.col("t_years") > 0)
        .drop_nulls("atm_iv_vol")
        .sort("settle_at")
        .select(
            "settle_at",
            begins_at=pl.col("settle_at").shift(),
            step_variance=variance.diff().fill_null(variance),
            step_years=pl.col("t_years").diff().fill_null(pl.col("t_years")),
        )
    )


def _base(steps: pl.DataFrame, events: pl.DataFrame) -> float | None:
    """The usual variance a year: the median over steps that hold no event."""
    held = steps.select("settle_at").join_asof(
        events.select("event_at"), left_on="settle_at", right_on="event_at", strategy="backward", coalesce=False
    )
    is_free = pl.col("event_at").is_null() | (pl.col("event_at") <= pl.col("begins_at"))
    free = steps.with_columns(event_at=held["event_at"]).filter(is_free)
    median = (free["step_variance"] / free["step_years"]).median()
    return float(median) if isinstance(median, float) else None
