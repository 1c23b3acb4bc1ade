"""When SPX and VIX trade, when their options settle, and how much time is left.

Sessions are those of the NYSE, frozen in session_table.py from exchange_calendars with the Cboe half days it may lack.
What is rule and what is overlay: docs/calendar.md. On which days series expire: expirations.py.
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
from transforms.market.expirations import dates_in, settled_later

Settlement = Literal["AM", "PM"]

DAY_AND_TIME: Final = re.compile(r"(\d{4}-\d{2}-\d{2})\s+(\d{2}:\d{2})")
NEW_YORK: Final = ZoneInfo("America/New_York")
MINUTES_PER_YEAR: Final = 525_600
FIRST_DAY: Final = dt.date.fromisoformat(session_table.FIRST_DAY)
LAST_DAY: Final = dt.date.fromisoformat(session_table.LAST_DAY)
SATURDAY: Final = 5
REGULAR_CLOSE_TIME: Final = dt.time(16)
AM_SETTLEMENT_TIME: Final = dt.time(9, 30)
FUTURES_LAST_TRADE_TIME: Final = dt.time(9)
QUOTES_AFTER_CLOSE: Final = dt.timedelta(minutes=15)

SETTLEMENT_OF_ROOT: Final[dict[str, Settlement]] = {
    "SPX": "AM",
    "SPXW": "PM",
    "VIX": "AM",
    "VIXW": "AM",
    "VX": "AM",
    "VXM": "AM",
}
FUTURES: Final = frozenset({"VX", "VXM"})
# AM options stop on the evening before they settle. VX futures trade until 09:00 ET on the morning itself, since the
# contract of 2014-11-19; before, only that of 2011-12-21 did (CFE circular IC11-73, taken back the month after).
# Evidence: no other contract of 2008-2014 has volume in the row of its expiry day, every one since has.
MORNING_TRADING_SINCE: Final = dt.date(2014, 11, 19)
MORNING_TRADING_TRIED: Final = dt.date(2011, 12, 21)


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
    closed = set(dates_in(session_table.CLOSED_WEEKDAYS))
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


def session_on_or_before(day: dt.date) -> dt.date:
    """Give this day where it is a session, else the last session before it."""
    return day if is_session(day) else previous_session(day)


def settlement_of(root: str) -> Settlement:
    """Say whether a root settles on the opening prints (AM) or at the close (PM)."""
    try:
        return SETTLEMENT_OF_ROOT[root]
    except KeyError:
        raise UnknownRootError(root=root) from None


def settlement_session(root: str, expiry_date: dt.date) -> dt.date:
    """Give the session whose opening (AM) or close (PM) an expiry settles on.

    An expiry listed on a closed day (the Saturdays of SPX monthlies before 2015, a day of mourning) settles on the
    session before; the VIX weekly of 2018-12-05 on the morning after.
    """
    if settlement_of(root) == "AM" and expiry_date in settled_later():
        return settled_later()[expiry_date]
    return session_on_or_before(expiry_date)


def settlement_instant(root: str, expiry_date: dt.date) -> dt.datetime:
    """Give the instant an expiry settles: AM 09:30 ET, PM the close, of its settlement session."""
    day = settlement_session(root, expiry_date)
    return _instant(day, AM_SETTLEMENT_TIME) if settlement_of(root) == "AM" else session_close_at(day)


def last_trade_date(root: str, expiry_date: dt.date) -> dt.date:
    """Give the last day an expiry trades: the eve for AM options, the day itself for PM options and VX futures.

    VX futures stopped on the eve too until the contract of 2014-11-19, but for that of 2011-12-21.
    """
    day = settlement_session(root, expiry_date)
    if root in FUTURES and _trades_on_its_morning(expiry_date):
        return min(day, expiry_date)
    return previous_session(day) if settlement_of(root) == "AM" else day


def last_trade_instant(root: str, expiry_date: dt.date) -> dt.datetime:
    """Give the instant an expiry trades for the last time.

    AM options 16:15 ET on the eve (13:15 on half days), PM options at the close they settle on, VX futures at 09:00 ET
    on the morning they settle.
    """
    day = last_trade_date(root, expiry_date)
    if root in FUTURES and _trades_on_its_morning(expiry_date):
        return _instant(day, FUTURES_LAST_TRADE_TIME)
    return session_close_at(day) if settlement_of(root) == "PM" else quote_table_instant(day)


def _trades_on_its_morning(expiry_date: dt.date) -> bool:
    return expiry_date >= MORNING_TRADING_SINCE or expiry_date == MORNING_TRADING_TRIED


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


def _new_york_instant(day: pl.Expr, time_of_day: pl.Expr) -> pl.Expr:
    """The instant of a New York time of day."""
    return day.dt.combine(time_of_day).dt.replace_time_zone(NEW_YORK.key).dt.convert_time_zone("UTC")


def _opening_day() -> pl.Expr:
    """The session an AM series listed on `expiry_date` settles on."""
    by_rule = pl.col("session_date")
    return pl.col("expiry_date").replace_strict(settled_later(), default=by_rule, return_dtype=pl.Date)


@cache
def session_clock() -> pl.DataFrame:
    """Give every session of the calendar: `session_date`, its `session_number` in order, and `close_at` (UTC)."""
    close_time = _sessions().close_time
    sessions = pl.DataFrame(
        {"session_date": list(close_time), "close_time": list(close_time.values())},
        schema={"session_date": pl.Date, "close_time": pl.Time},
    )
    return sessions.select(
        "session_date",
        session_number=pl.int_range(pl.len()),
        close_at=_new_york_instant(pl.col("session_date"), pl.col("close_time")),
    )


@cache
def _settlement_days() -> pl.DataFrame:
    """One row per calendar day and settlement style: the instant an expiry listed on that day settles."""
    calendar_days = pl.DataFrame({"expiry_date": pl.date_range(FIRST_DAY, LAST_DAY, eager=True)})
    settled = calendar_days.join_asof(
        session_clock(), left_on="expiry_date", right_on="session_date", strategy="backward"
    ).with_columns(open_at=_new_york_instant(_opening_day(), pl.lit(AM_SETTLEMENT_TIME)))
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
    # A join looks its right side over first: better some dozen days than all there are.
    days = _settlement_days().lazy().join(expiries.select("expiry_date"), on="expiry_date", how="semi")
    return (
        expiries.with_columns(settlement=settlement)
        .join(
            days,
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


def add_session_number(rows: pl.DataFrame) -> pl.DataFrame:
    """Add which session of the calendar each row's `session_date` is, so that neighbours differ by one; order kept."""
    numbers = session_clock().select("session_date", "session_number")
    return rows.join(numbers, on="session_date", how="left", validate="m:1", maintain_order="left")
