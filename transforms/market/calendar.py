"""When SPX and VIX trade, when their options settle, and how much time is left.

Sessions are those of the NYSE, frozen in session_table.py from exchange_calendars with the Cboe half days it may lack.
Dates are exchange-local, instants are aware UTC datetimes. Settlement conventions: METHODOLOGY 3.1 and 3.2.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

import polars as pl

from transforms.market import session_table

Settlement = Literal["AM", "PM"]

DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
DAY_AND_TIME: Final = re.compile(r"(\d{4}-\d{2}-\d{2})\s+(\d{2}:\d{2})")
NEW_YORK: Final = ZoneInfo("America/New_York")
MINUTES_PER_YEAR: Final = 525_600
FIRST_DAY: Final = dt.date.fromisoformat(session_table.FIRST_DAY)
LAST_DAY: Final = dt.date.fromisoformat(session_table.LAST_DAY)
SATURDAY: Final = 5
REGULAR_CLOSE_TIME: Final = dt.time(16)
AM_SETTLEMENT_TIME: Final = dt.time(9, 30)
QUOTES_AFTER_CLOSE: Final = dt.timedelta(minutes=15)
FRIDAY: Final = 4

SETTLEMENT_OF_ROOT: Final[dict[str, Settlement]] = {
    "SPX": "AM",
    "SPXW": "PM",
    "VIX": "AM",
    "VIXW": "AM",
    "VX": "AM",
    "VXM": "AM",
}
# VX futures still trade on the morning they settle (CFE: until 09:00 ET); AM options stop on the evening before.
TRADES_ON_SETTLEMENT_MORNING: Final = frozenset({"VX", "VXM"})


class OutsideCalendarError(LookupError):
    """A date lies before the first or after the last day of the session calendar."""

    def __init__(self, *, day: dt.date) -> None:
        self.day = day
        super().__init__(
            f"{day} is outside the session calendar, {FIRST_DAY} to {LAST_DAY}. Hint: is the year mistyped?"
        )


class NotASessionError(LookupError):
    """The exchange is closed on a date that was taken for a session."""

    def __init__(self, *, day: dt.date) -> None:
        self.day = day
        super().__init__(
            f"{day} ({day:%A}) is not a session. "
            f"Hint: the sessions around it are {previous_session(day)} and {next_session(day)}."
        )


class UnknownRootError(LookupError):
    """A root has no settlement convention here."""

    def __init__(self, *, root: str) -> None:
        self.root = root
        super().__init__(
            f"{root!r} has no settlement convention. Hint: known roots are {', '.join(SETTLEMENT_OF_ROOT)}."
        )


@dataclass(frozen=True, slots=True)
class _Sessions:
    """All sessions in order, and when each one closes, as New York time."""

    days: tuple[dt.date, ...]
    close_time: dict[dt.date, dt.time]


@cache
def _sessions() -> _Sessions:
    closed = {dt.date.fromisoformat(day) for day in DAY.findall(session_table.CLOSED_WEEKDAYS)}
    irregular = {
        dt.date.fromisoformat(day): dt.time.fromisoformat(close)
        for day, close in DAY_AND_TIME.findall(session_table.IRREGULAR_CLOSES)
    }
    every_day = (FIRST_DAY + dt.timedelta(days=number) for number in range((LAST_DAY - FIRST_DAY).days + 1))
    days = tuple(day for day in every_day if day.weekday() < SATURDAY and day not in closed)
    return _Sessions(days=days, close_time=dict.fromkeys(days, REGULAR_CLOSE_TIME) | irregular)


def _instant(day: dt.date, local_time: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, local_time, tzinfo=NEW_YORK).astimezone(dt.UTC)


def _require_inside(day: dt.date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise OutsideCalendarError(day=day)


def is_session(day: dt.date) -> bool:
    """Say whether the exchange trades on this day."""
    _require_inside(day)
    return day in _sessions().close_time


def previous_session(day: dt.date) -> dt.date:
    """Give the last session before this day, the day itself left out."""
    _require_inside(day)
    days = _sessions().days
    position = bisect_left(days, day)
    if position == 0:
        raise OutsideCalendarError(day=day)
    return days[position - 1]


def next_session(day: dt.date) -> dt.date:
    """Give the first session after this day, the day itself left out."""
    _require_inside(day)
    days = _sessions().days
    position = bisect_right(days, day)
    if position == len(days):
        raise OutsideCalendarError(day=day)
    return days[position]


def sessions_between(start: dt.date, end: dt.date) -> list[dt.date]:
    """List the sessions from start to end, both included."""
    _require_inside(start)
    _require_inside(end)
    days = _sessions().days
    return list(days[bisect_left(days, start) : bisect_right(days, end)])


def session_close_at(session_date: dt.date) -> dt.datetime:
    """Give the instant the cash market closes: 16:00 ET, or 13:00 on a half day."""
    if not is_session(session_date):
        raise NotASessionError(day=session_date)
    return _instant(session_date, _sessions().close_time[session_date])


def is_early_close(session_date: dt.date) -> bool:
    """Say whether this session is a half day."""
    if not is_session(session_date):
        raise NotASessionError(day=session_date)
    return _sessions().close_time[session_date] < REGULAR_CLOSE_TIME


def quote_table_instant(session_date: dt.date) -> dt.datetime:
    """Give the instant of Cboe's end-of-day quote table: 15 minutes after the close of stocks."""
    return session_close_at(session_date) + QUOTES_AFTER_CLOSE


def third_friday(year: int, month: int) -> dt.date:
    """Give the third Friday of a month, holiday or not."""
    fifteenth = dt.date(year, month, 15)
    return fifteenth + dt.timedelta(days=(FRIDAY - fifteenth.weekday()) % 7)


def spx_monthly_expiration(year: int, month: int) -> dt.date:
    """Give the day the monthly SPX options settle: the third Friday, or the session before where that is a holiday."""
    return session_on_or_before(third_friday(year, month))


def vix_expiration(year: int, month: int) -> dt.date:
    """Give the monthly VIX expiration: 30 days before the next month's SPX expiration.

    The session before where that day is a holiday (Cboe's VIX contract specification).
    Weekly VIX expirations are not rule-based here: use the listed ones.
    """
    next_month = dt.date(year, month, 1) + dt.timedelta(days=31)
    return session_on_or_before(spx_monthly_expiration(next_month.year, next_month.month) - dt.timedelta(days=30))


def session_on_or_before(day: dt.date) -> dt.date:
    """Give this day where it is a session, else the last session before it."""
    return day if is_session(day) else previous_session(day)


def settlement_of(root: str) -> Settlement:
    """Say whether a root settles on the opening prints (AM) or at the close (PM)."""
    try:
        return SETTLEMENT_OF_ROOT[root]
    except KeyError:
        raise UnknownRootError(root=root) from None


def settlement_instant(root: str, expiry_date: dt.date) -> dt.datetime:
    """Give the instant an expiry settles: AM 09:30 ET, PM the close.

    An expiry listed on a closed day (the Saturdays of SPX monthlies before 2015) settles on the session before.
    """
    settlement_session = session_on_or_before(expiry_date)
    if settlement_of(root) == "AM":
        return _instant(settlement_session, AM_SETTLEMENT_TIME)
    return session_close_at(settlement_session)


def last_trade_date(root: str, expiry_date: dt.date) -> dt.date:
    """Give the last day an expiry trades: the eve for AM options, the day itself for PM options and VX futures."""
    settlement_session = session_on_or_before(expiry_date)
    if settlement_of(root) == "AM" and root not in TRADES_ON_SETTLEMENT_MORNING:
        return previous_session(settlement_session)
    return settlement_session


def years_to(settle_at: dt.datetime, mark_at: dt.datetime) -> float:
    """Give the time left as the VIX counts it: minutes over 525,600. Negative once settled.

    Minutes of the New York wall clock: the VIX method counts 1,440 for each day between (Cboe, VIX mathematics), so the
    hour that daylight saving takes or gives is not seen.
    """
    return (_new_york_wall_clock(settle_at) - _new_york_wall_clock(mark_at)) / dt.timedelta(minutes=MINUTES_PER_YEAR)


def _new_york_wall_clock(instant: dt.datetime) -> dt.datetime:
    return instant.astimezone(NEW_YORK).replace(tzinfo=None)


def dte_days(expiry_date: dt.date, session_date: dt.date) -> int:
    """Give the calendar days to expiry as traders count them."""
    return (expiry_date - session_date).days


def _new_york_instant(time_of_day: pl.Expr) -> pl.Expr:
    """The instant of a New York time of day on `session_date`."""
    local = pl.col("session_date").dt.combine(time_of_day)
    return local.dt.replace_time_zone(NEW_YORK.key).dt.convert_time_zone("UTC")


@cache
def _settlement_days() -> pl.DataFrame:
    """One row per calendar day and settlement style: the instant an expiry listed on that day settles."""
    calendar_days = pl.DataFrame({"expiry_date": pl.date_range(FIRST_DAY, LAST_DAY, eager=True)})
    close_time = _sessions().close_time
    sessions = pl.DataFrame(
        {"session_date": list(close_time), "close_time": list(close_time.values())},
        schema={"session_date": pl.Date, "close_time": pl.Time},
    )
    settled = calendar_days.join_asof(
        sessions, left_on="expiry_date", right_on="session_date", strategy="backward"
    ).with_columns(
        open_at=_new_york_instant(pl.lit(AM_SETTLEMENT_TIME)), close_at=_new_york_instant(pl.col("close_time"))
    )
    return pl.concat(
        settled.select("expiry_date", settlement=pl.lit(style), settle_at=instant)
        for style, instant in (("AM", pl.col("open_at")), ("PM", pl.col("close_at")))
    )


def add_settlement_clock(expiries: pl.LazyFrame, *, mark_at: dt.datetime) -> pl.LazyFrame:
    """Add how each expiry settles, when, and the time left from the mark.

    One row per `root, expiry_date`, unchanged and in order; adds `settlement`, `settle_at` (UTC), `t_years`
    (as `years_to`, negative once settled) and `dte_days` (from the mark's New York date). Null for an unknown root.
    """
    mark = _new_york_wall_clock(mark_at)
    time_left = pl.col("settle_at").dt.convert_time_zone(NEW_YORK.key).dt.replace_time_zone(None) - mark
    settlement = pl.col("root").replace_strict(SETTLEMENT_OF_ROOT, default=None, return_dtype=pl.String)
    return (
        expiries.with_columns(settlement=settlement)
        .join(
            _settlement_days().lazy(),
            on=["expiry_date", "settlement"],
            how="left",
            validate="m:1",
            maintain_order="left",
        )
        .with_columns(
            t_years=time_left / pl.duration(minutes=MINUTES_PER_YEAR),
            dte_days=(pl.col("expiry_date") - mark.date()).dt.total_days(),
        )
    )


@cache
def session_clock() -> pl.DataFrame:
    """Give every session of the calendar: `session_date`, its `session_number` in order, and `close_at` (UTC)."""
    close_time = _sessions().close_time
    sessions = pl.DataFrame(
        {"session_date": list(close_time), "close_time": list(close_time.values())},
        schema={"session_date": pl.Date, "close_time": pl.Time},
    )
    return sessions.select(
        "session_date", session_number=pl.int_range(pl.len()), close_at=_new_york_instant(pl.col("close_time"))
    )


def add_session_number(rows: pl.DataFrame) -> pl.DataFrame:
    """Add which session of the calendar each row's `session_date` is, so that neighbours differ by one; order kept."""
    numbers = session_clock().select("session_date", "session_number")
    return rows.join(numbers, on="session_date", how="left", validate="m:1", maintain_order="left")
