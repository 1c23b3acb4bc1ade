"""All nights on record, as a calendar and as a table: where a reader of many reports begins."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from transforms.market.calendar import sessions_between
from transforms.report.mart_rows import rows_of
from transforms.report.models import FRACTION, Measure
from warehouse.tables.mart import MART_BOOK_DAILY

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from transforms.report.mart_rows import MartRow

WEEKDAYS = 5


@dataclass(frozen=True, slots=True)
class NightRow:
    """One night of the whole book; `href` leads to its report, empty when none was written."""

    session_date: dt.date
    status: str
    status_reason: str
    spot: Measure
    condors_qty: int
    condors_itm_qty: int
    net_delta: Measure
    offset_5pct: Measure
    day_pnl: Measure
    pnl: Measure
    href: str


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One weekday of a month. `night` is null where none is on record; then `is_session` says whether one could be."""

    day: dt.date
    is_session: bool
    night: NightRow | None


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """Weeks of five weekdays; null where the weekday belongs to another month."""

    first: dt.date
    weeks: tuple[tuple[CalendarDay | None, ...], ...]


@dataclass(frozen=True, slots=True)
class NightIndex:
    """Every night on record, the newest first."""

    nights: tuple[NightRow, ...]
    months: tuple[CalendarMonth, ...]
    status_counts: tuple[tuple[str, int], ...]
    is_simulated: bool
    code_version: str


def night_index(
    book: pl.DataFrame, hrefs: Mapping[dt.date, str], *, is_simulated: bool, code_version: str
) -> NightIndex:
    """The index of the nights in `book`.

    Args:
        book: rows of `mart.book_daily` of one account, or of the sum of all: one a session.
        hrefs: where the report of a session lies, relative to the index.
        is_simulated: whether any night comes from the invented market.
        code_version: the program's version.
    """
    nights = [_night(row, hrefs) for row in rows_of(MART_BOOK_DAILY, book.sort("session_date", descending=True))]
    severity = ("DATA_HOLD", "CRITICAL", "ALERT", "WATCH", "OK")
    counts = {status: sum(night.status == status for night in nights) for status in severity}
    return NightIndex(
        nights=tuple(nights),
        months=_months(nights),
        status_counts=tuple((status, count) for status, count in counts.items() if count),
        is_simulated=is_simulated,
        code_version=code_version,
    )


def _night(row: MartRow, hrefs: Mapping[dt.date, str]) -> NightRow:
    session_date = row.day("session_date")
    is_withheld = row.values["is_data_hold"]
    return NightRow(
        session_date=session_date,
        status=row.text("status"),
        status_reason=row.text("status_reason"),
        spot=row.measure("spot_pts", reason="no SPX level"),
        condors_qty=row.count("condors_qty"),
        condors_itm_qty=row.count("condors_itm_qty"),
        net_delta=row.measure("net_delta_usd_per_pt", reason=row.text("net_delta_reason")),
        offset_5pct=Measure(None, FRACTION, "withheld: data hold") if is_withheld else _offset(row),
        day_pnl=row.measure("day_pnl_usd", reason=row.text("day_pnl_reason")),
        pnl=row.measure("pnl_usd", reason=row.text("pnl_reason")),
        href=hrefs.get(session_date, ""),
    )


def _offset(row: MartRow) -> Measure:
    return row.measure("offset_m5_frac", reason=row.text("offset_m5_reason"))


def _months(nights: list[NightRow]) -> tuple[CalendarMonth, ...]:
    """The months with a night in them, the newest first."""
    months = []
    for (year, month), of_month in groupby(
        nights, key=lambda night: (night.session_date.year, night.session_date.month)
    ):
        months.append(_month(dt.date(year, month, 1), {night.session_date: night for night in of_month}))
    return tuple(months)


def _month(first: dt.date, nights: Mapping[dt.date, NightRow]) -> CalendarMonth:
    after = (first + dt.timedelta(days=31)).replace(day=1)
    sessions = set(sessions_between(first, after - dt.timedelta(days=1)))
    monday = first - dt.timedelta(days=first.weekday())
    weeks = []
    while monday < after:
        days = [monday + dt.timedelta(days=weekday) for weekday in range(WEEKDAYS)]
        week = tuple(
            CalendarDay(day, day in sessions, nights.get(day)) if day.month == first.month else None for day in days
        )
        if any(week):
            weeks.append(week)
        monday += dt.timedelta(days=7)
    return CalendarMonth(first, tuple(weeks))
