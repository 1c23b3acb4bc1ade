"""The events of the next fifteen sessions: releases, expirations, settlements (METHODOLOGY 8, P10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.report.mart_rows import MartRow, of_session, rows_of
from transforms.report.section_models import Calendar, Event
from warehouse.tables.mart import MART_UPCOMING_EVENTS_DAILY

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

AHEAD_DAYS: Final = 21  # fifteen sessions
EVENTS_IN_REPORT: Final = 24


def calendar_of(inputs: ReportInputs) -> Calendar:
    """What is still ahead of tonight's mark, the nearest first."""
    frame = of_session(inputs.upcoming_events, inputs.stamp.session_date).filter(
        ~pl.col("is_past"), pl.col("days_to_days") <= AHEAD_DAYS
    )
    rows = rows_of(MART_UPCOMING_EVENTS_DAILY, frame.sort("event_date", "event_at", "event_id", nulls_last=True))
    return Calendar(events=tuple(map(_event, rows[:EVENTS_IN_REPORT])), more_qty=max(0, len(rows) - EVENTS_IN_REPORT))


def _event(row: MartRow) -> Event:
    return Event(
        kind=row.text("kind"),
        day=row.day("event_date"),
        at=row.values["event_at"],
        is_high_impact=bool(row.values["is_high_impact"]),
        move=row.measure("implied_move_pts", reason=row.text("implied_move_reason")),
    )
