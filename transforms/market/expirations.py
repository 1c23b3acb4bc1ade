"""On which days SPX and VIX series expire, and which VX future settles with a VIX expiry.

The dates are frozen in expiration_table.py: Cboe's rules applied to the exchange's holidays, and the exceptions.
docs/calendar.md says which is which. Dates are those listed, exchange-local.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cache
from typing import Final

from transforms.market import expiration_table

DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
WEDNESDAY: Final = 2
FRIDAY: Final = 4
MONTH_CODES: Final = "FGHJKMNQUVXZ"
NEW_YEAR: Final = (1, 1)


class OutsideExpirationsError(LookupError):
    """A month lies before the first or after the last one of the table of expirations."""

    def __init__(self, *, year: int, month: int, known: tuple[dt.date, ...]) -> None:
        self.year, self.month = year, month
        super().__init__(
            f"{year}-{month:02d} is outside the expirations known, {known[0]} to {known[-1]}. "
            "Hint: is the year mistyped?"
        )


@dataclass(frozen=True, slots=True)
class _Expirations:
    """Monthly expirations by year and month, all of VIX in order, and the AM series that settled after their date."""

    spx_monthly: dict[tuple[int, int], dt.date]
    vix_monthly: dict[tuple[int, int], dt.date]
    vix: tuple[dt.date, ...]
    settled_later: dict[dt.date, dt.date]


@cache
def _expirations() -> _Expirations:
    spx, monthly, weekly, later = map(
        dates_in,
        (
            expiration_table.SPX_MONTHLY,
            expiration_table.VIX_MONTHLY,
            expiration_table.VIX_WEEKLY,
            expiration_table.SETTLED_LATER,
        ),
    )
    return _Expirations(
        spx_monthly=_by_month(spx),
        vix_monthly=_by_month(monthly),
        vix=tuple(sorted(monthly + weekly)),
        settled_later=dict(zip(later[::2], later[1::2], strict=True)),
    )


def dates_in(text: str) -> list[dt.date]:
    """Read every date of a frozen table's text."""
    return [dt.date.fromisoformat(day) for day in DATE.findall(text)]


def _by_month(days: list[dt.date]) -> dict[tuple[int, int], dt.date]:
    return {(day.year, day.month): day for day in days}


def third_friday(year: int, month: int) -> dt.date:
    """Give the third Friday of a month, holiday or not."""
    fifteenth = dt.date(year, month, 15)
    return fifteenth + dt.timedelta(days=(FRIDAY - fifteenth.weekday()) % 7)


def spx_monthly_expiration(year: int, month: int) -> dt.date:
    """Give the day the monthly SPX options settle: the third Friday, or the session before where that is a holiday."""
    return _of_month(_expirations().spx_monthly, year, month)


def vix_expiration(year: int, month: int) -> dt.date:
    """Give the monthly expiration of VIX options and VX futures.

    The Wednesday 30 days before the next month's third Friday; where one of the two is a holiday, the session before
    that Wednesday (Cboe's VX contract specification).
    """
    return _of_month(_expirations().vix_monthly, year, month)


def _of_month(expirations: dict[tuple[int, int], dt.date], year: int, month: int) -> dt.date:
    try:
        return expirations[year, month]
    except KeyError:
        raise OutsideExpirationsError(year=year, month=month, known=tuple(expirations.values())) from None


def is_vix_monthly(day: dt.date) -> bool:
    """Say whether the VIX options and VX futures of the month settle on this day."""
    return _expirations().vix_monthly.get((day.year, day.month)) == day


def is_spx_monthly(day: dt.date) -> bool:
    """Say whether the AM-settled SPX options of the month settle on this day."""
    return _expirations().spx_monthly.get((day.year, day.month)) == day


def vix_expirations(first: dt.date, last: dt.date) -> list[dt.date]:
    """List the VIX expirations from one day to another, both included; weekly ones from 2015-08-05 on."""
    days = _expirations().vix
    return list(days[bisect_left(days, first) : bisect_right(days, last)])


def settled_later() -> dict[dt.date, dt.date]:
    """Give the AM expirations that took their settlement value after the date listed, and on which day."""
    return _expirations().settled_later


def vx_symbol(day: dt.date) -> str | None:
    """Spell the VX future that settles on a VIX expiration as CFE does: `VX/V6` of the month, `VX38/U6` of a week.

    None where no VX future settles. The number counts the weeks of the year from its first Wednesday that is not New
    Year's Day; the last digit of the year repeats every ten years.
    """
    if day not in _expirations().vix:
        return None
    week = "" if is_vix_monthly(day) else f"{_week_of_year(day):02d}"
    return f"VX{week}/{MONTH_CODES[day.month - 1]}{day.year % 10}"


def _week_of_year(day: dt.date) -> int:
    """Count by the Wednesday of the week, also where the contract settles on the Tuesday before it."""
    first = dt.date(day.year, 1, 1)
    while first.weekday() != WEDNESDAY or (first.month, first.day) == NEW_YEAR:
        first += dt.timedelta(days=1)
    wednesday = day + dt.timedelta(days=(WEDNESDAY - day.weekday()) % 7)
    return (wednesday - first).days // 7 + 1
