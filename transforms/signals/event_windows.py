"""Where each session stands beside the calendar's high-impact events: before, on the day, after. METHODOLOGY 5.6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from transforms.market.calendar import NEW_YORK, QUOTES_AFTER_CLOSE, session_clock
from transforms.thresholds import threshold
from warehouse.tables.mart import MART_UPCOMING_EVENTS_DAILY

if TYPE_CHECKING:
    import datetime as dt

CALENDAR_ENDS: Final = "the calendar of events ends before the next session's close"
# What opens a window, and with NFP what is named as the next event, in order of weight: it decides between two events
# of one instant. METHODOLOGY 5.6, where NFP is optional.
WINDOW_KINDS: Final = ("fomc_decision", "fomc_minutes", "cpi", "ppi")
HIGH_IMPACT_KINDS: Final = (*WINDOW_KINDS, "nfp")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRules:
    """Which releases open a window, and how far ahead events are listed."""

    NAME: ClassVar[str] = "events"

    nfp_opens_window: bool = threshold(
        default=False, unit="yes or no", says="Events: NFP opens a window too", ref="METHODOLOGY 5.6"
    )
    listed_ahead_days: int = threshold(45, unit="calendar days", says="Events: listed ahead", ref="house")


RULES: Final = EventRules()


def event_windows(
    sessions: pl.DataFrame,
    events: pl.DataFrame,
    rules: EventRules = RULES,
    *,
    last_mark_at: dt.datetime | None = None,
) -> pl.DataFrame:
    """Say of each session whether a high-impact event lies just before or behind it.

    From `session_date` in order and core.events; one row per session. `event_state`: PRE where the next event comes
    after the mark and not later than the next session's close; else EVENT_DAY where one came since the mark before;
    else POST on the session after; else CLEAR. Marks are 15 minutes after the close, `last_mark_at` that of the last
    session where it was another. `next_event_kind, next_event_at` name the first event after the mark, NFP included; of
    several at one instant the weightiest. Where the calendar has none ahead `is_event_pre` is null, and so is the
    state, with `event_reason`, unless it is the event's own day. Postponed and cancelled events do not count.
    """
    kinds = HIGH_IMPACT_KINDS if rules.nfp_opens_window else WINDOW_KINDS
    last_session: dt.date | None = sessions["session_date"].max()  # type: ignore[assignment] # a date column
    clock, opening = _marks(last_session, last_mark_at), _instants(events, kinds)
    of_its_own = opening.join_asof(clock, left_on="instant", right_on="mark_at", strategy="forward")
    is_event_day = pl.col("session_date").is_in(of_its_own["session_date"].drop_nulls().unique().to_list())
    windows = (
        _with_next(clock, opening.select("instant"))
        .with_columns(
            is_event_pre=pl.col("instant") <= pl.col("next_close_at"),
            is_event_day=is_event_day,
            is_event_post=is_event_day.shift().fill_null(value=False),
        )
        .with_columns(event_state=_state())
        .drop("instant")
    )
    named = _with_next(windows, _instants(events, HIGH_IMPACT_KINDS)).select(
        "session_date",
        "event_state",
        "is_event_pre",
        "next_event_kind",
        "next_event_at",
        event_reason=pl.when(pl.col("event_state").is_null()).then(pl.lit(CALENDAR_ENDS)),
    )
    return sessions.select("session_date").join(named, on="session_date", how="left", maintain_order="left")


def _with_next(clock: pl.DataFrame, ahead: pl.DataFrame) -> pl.DataFrame:
    """The first event strictly after each mark."""
    return clock.join_asof(
        ahead, left_on="mark_at", right_on="instant", strategy="forward", allow_exact_matches=False, coalesce=False
    )


def upcoming_events(
    events: pl.DataFrame, session_date: dt.date, *, mark_at: dt.datetime, rules: EventRules = RULES
) -> pl.DataFrame:
    """List the calendar from tonight on: what is due in the next 45 days, and the next event of every kind.

    Rows of mart.upcoming_events_daily, moves apart, in the order they are due; events of the session itself included,
    whether past the mark or not. An event without a time is past on its own day. Postponed and cancelled ones are not
    listed.
    """
    days = (pl.col("event_date") - pl.lit(session_date)).dt.total_days()
    is_past = _instant() <= pl.lit(mark_at).dt.cast_time_unit("us")
    is_next = (~pl.col("is_past")) & ((~pl.col("is_past")).cast(pl.Int64).cum_sum().over("kind") == 1)
    listed = (
        events.filter(pl.col("status") == "scheduled", pl.col("event_date") >= session_date)
        .with_columns(is_past=is_past, days_to_days=days)
        .sort("event_date", "event_at", "event_id", nulls_last=True)
        .with_columns(is_next_of_kind=is_next, is_high_impact=pl.col("kind").is_in(HIGH_IMPACT_KINDS))
        .filter((pl.col("days_to_days") <= rules.listed_ahead_days) | pl.col("is_next_of_kind"))
    )
    return MART_UPCOMING_EVENTS_DAILY.conform(
        listed.select(
            "event_id",
            "kind",
            "event_date",
            "event_at",
            "days_to_days",
            "is_past",
            "is_next_of_kind",
            "is_high_impact",
            session_date=pl.lit(session_date),
        )
    )


def _state() -> pl.Expr:
    return (
        pl.when("is_event_pre")
        .then(pl.lit("PRE"))
        .when("is_event_day")
        .then(pl.lit("EVENT_DAY"))
        .when(pl.col("is_event_pre").is_null())
        .then(None)
        .when("is_event_post")
        .then(pl.lit("POST"))
        .otherwise(pl.lit("CLEAR"))
    )


def _marks(last_session: dt.date | None, last_mark_at: dt.datetime | None) -> pl.DataFrame:
    """Every session of the calendar with its mark and the next session's close."""
    usual = pl.col("close_at") + QUOTES_AFTER_CLOSE
    is_last = pl.col("session_date") == pl.lit(last_session, dtype=pl.Date)
    given = pl.when(is_last).then(pl.lit(last_mark_at, dtype=pl.Datetime("us", "UTC")))
    return session_clock().select(
        "session_date", mark_at=pl.coalesce(given, usual), next_close_at=pl.col("close_at").shift(-1)
    )


def _instants(events: pl.DataFrame, kinds: tuple[str, ...]) -> pl.DataFrame:
    """Events of these kinds that stand in the calendar, in order; of several at one instant the weightiest."""
    weight = {kind: place for place, kind in enumerate(HIGH_IMPACT_KINDS)}
    return (
        events.filter(pl.col("kind").is_in(kinds), pl.col("status") == "scheduled")
        .with_columns(instant=_instant())
        .sort("instant", pl.col("kind").replace_strict(weight, default=None))
        .unique(subset="instant", keep="first", maintain_order=True)
        .select("instant", next_event_kind="kind", next_event_at="event_at")
    )


def _instant() -> pl.Expr:
    """When an event comes; without a time it counts from the start of its day in New York."""
    day = pl.col("event_date").cast(pl.Datetime("us"))
    return pl.coalesce("event_at", day.dt.replace_time_zone(NEW_YORK.key).dt.convert_time_zone("UTC"))
