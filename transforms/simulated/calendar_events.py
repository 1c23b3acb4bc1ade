"""What was on the simulated calendar: Fed meetings and minutes, inflation and jobs releases, expirations.

Releases follow a rule close to the real ones (jobs on the first Friday, CPI and PPI in mid-month, eight Fed meetings a
year with minutes three weeks later); expirations follow the exchange's.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.market.calendar import is_session, next_session
from transforms.market.expirations import FRIDAY, spx_monthly_expiration, third_friday, vix_expiration

if TYPE_CHECKING:
    from collections.abc import Iterator

    Row = tuple[dt.date, str, str, str, str, str]

FED_MONTHS: Final = frozenset({1, 3, 5, 6, 7, 9, 11, 12})
QUARTER_MONTHS: Final = frozenset({3, 6, 9, 12})
_MINUTES_AFTER: Final = dt.timedelta(days=21)
_COLUMNS: Final = ("date", "event", "detail", "ref_period", "time_et", "source")


def event_rows(first: dt.date, last: dt.date) -> pl.DataFrame:
    """List the events from one day to another, in the vendor's columns, in order of date."""
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    rows = [row for month in months for row in _month_rows(month // 12, month % 12 + 1) if first <= row[0] <= last]
    return pl.DataFrame(rows, schema=_COLUMNS, orient="row").sort("date", "time_et", "event")


def _month_rows(year: int, month: int) -> Iterator[Row]:
    before = dt.date(year, month, 1) - dt.timedelta(days=1)
    period = f"{before:%B} {before.year}"
    jobs = _open_day(dt.date(year, month, 1 + (FRIDAY - dt.date(year, month, 1).weekday()) % 7))
    prices = _open_day(dt.date(year, month, 12))
    yield jobs, "nfp", "Employment Situation release", period, "08:30", "simulated"
    yield prices, "cpi", "Consumer Price Index release", period, "08:30", "simulated"
    yield next_session(prices), "ppi", "Producer Price Indexes release", period, "08:30", "simulated"
    if month in FED_MONTHS:
        decision = _open_day(third_friday(year, month) - dt.timedelta(days=2))
        yield decision, "fomc_decision", "FOMC statement", "", "14:00", "simulated"
        yield _open_day(decision + _MINUTES_AFTER), "fomc_minutes", "FOMC minutes", "", "14:00", "simulated"
    yield spx_monthly_expiration(year, month), "opex", "monthly option expiration", "", "16:00", "computed"
    if month in QUARTER_MONTHS:
        yield spx_monthly_expiration(year, month), "quad_witching", "quad witching", "", "16:00", "computed"
    expiry = vix_expiration(year, month)
    yield expiry, "vix_expiry", "VIX futures/options expiration (SOQ at the open)", "", "09:30", "computed"


def _open_day(day: dt.date) -> dt.date:
    return day if is_session(day) else next_session(day)
