"""How far SPX options expect the index to move on each event ahead: the expiries around it, and what is usual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.market.event_move import AtmTerm, implied_event_move
from warehouse.tables.mart import MART_UPCOMING_EVENTS_DAILY

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS_PER_YEAR: Final = 365.0
ROOT: Final = "SPXW"  # an event of the morning lies between two PM settlements
NO_EXPIRY: Final = "no SPXW expiry after the event has an ATM vol"
NO_BASE: Final = "no neighbouring SPXW expiries without an event between them"
NO_SPOT: Final = "no spot"
_MOVE_SCHEMA: Final = {
    "event_id": pl.String,
    "implied_move_pts": pl.Float64,
    "implied_bracket_days": pl.Float64,
    "implied_move_reason": pl.String,
}


def implied_event_moves(upcoming: pl.DataFrame, forwards: pl.DataFrame, spot_pts: float | None) -> pl.DataFrame:
    """Give the move that options imply for each high-impact event still ahead. METHODOLOGY 5.6.

    From mart.upcoming_events_daily and core.forwards_daily rows of one session; one row per event, unchanged, with
    `implied_move_pts`, `implied_bracket_days` and `implied_move_reason`. The base is the median variance a year between
    neighbouring expiries that have no high-impact event between them. Several events between two expiries share one
    move. Null for other events; null with a reason where an expiry, the base or the spot is missing; 0 with a reason
    where the day of the event costs less than a usual one.
    """
    events = upcoming.filter(pl.col("is_high_impact") & ~pl.col("is_past")).drop_nulls("event_at").sort("event_at")
    steps = _steps(forwards)
    around = events.select("event_id", "event_at").join_asof(
        steps, left_on="event_at", right_on="settle_at", strategy="forward", coalesce=False
    )
    moves = pl.DataFrame(list(_moves(around, _base_vol(steps, events), spot_pts)), schema=_MOVE_SCHEMA)
    bare = upcoming.drop(moves.columns[1:], strict=False)
    return MART_UPCOMING_EVENTS_DAILY.conform(bare.join(moves, on="event_id", how="left", maintain_order="left"))


def _moves(around: pl.DataFrame, base_vol: float | None, spot_pts: float | None) -> Iterator[dict[str, Any]]:
    for event_id, vol, years, earlier_vol, earlier_years in around.select(
        "event_id", "atm_iv_vol", "t_years", "earlier_vol", "earlier_years"
    ).iter_rows():
        if vol is None or base_vol is None or spot_pts is None:
            missing = NO_EXPIRY if vol is None else NO_BASE if base_vol is None else NO_SPOT
            yield {"event_id": event_id, "implied_move_reason": missing}
            continue
        move = implied_event_move(
            before=AtmTerm(atm_iv_vol=earlier_vol, t_years=earlier_years),
            after=AtmTerm(atm_iv_vol=vol, t_years=years),
            base_vol=base_vol,
            spot_pts=spot_pts,
        )
        yield {
            "event_id": event_id,
            "implied_move_pts": move.move_pts,
            "implied_bracket_days": DAYS_PER_YEAR * (years - earlier_years),
            "implied_move_reason": move.reason,
        }


def _steps(forwards: pl.DataFrame) -> pl.DataFrame:
    """Each living SPXW expiry beside the one before; the first beside the mark, with no variance behind it."""
    return (
        forwards.filter(pl.col("root") == ROOT, pl.col("t_years") > 0)
        .drop_nulls("atm_iv_vol")
        .sort("settle_at")
        .select(
            "settle_at",
            "atm_iv_vol",
            "t_years",
            begins_at=pl.col("settle_at").shift(),
            earlier_vol=pl.col("atm_iv_vol").shift().fill_null(0.0),
            earlier_years=pl.col("t_years").shift().fill_null(0.0),
        )
    )


def _base_vol(steps: pl.DataFrame, events: pl.DataFrame) -> float | None:
    """The usual vol: of the median variance a year over steps that hold no event."""
    held = steps.select("settle_at").join_asof(
        events.select("event_at"), left_on="settle_at", right_on="event_at", strategy="backward", coalesce=False
    )
    is_free = pl.col("event_at").is_null() | (pl.col("event_at") <= pl.col("begins_at"))
    grown = pl.col("atm_iv_vol") ** 2 * pl.col("t_years") - pl.col("earlier_vol") ** 2 * pl.col("earlier_years")
    a_year = grown / (pl.col("t_years") - pl.col("earlier_years"))
    median = steps.with_columns(event_at=held["event_at"]).filter(is_free).select(a_year.median()).item()
    return None if median is None else float(max(median, 0.0)) ** 0.5
