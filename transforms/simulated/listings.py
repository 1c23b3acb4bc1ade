"""Which options the simulated exchange lists: expiries as Cboe lists them, strikes that never vanish while alive.

Strikes follow the highest and lowest SPX close of the last sessions, so a strike once listed stays while a position in
it can be alive. The small size lists fewer expiries and wider strikes through the same rules; every strike and expiry
of the sample book is in both.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from transforms.market.calendar import last_trade_date, session_on_or_before, sessions_between
from transforms.market.expirations import (
    FRIDAY,
    is_spx_monthly,
    is_vix_monthly,
    spx_monthly_expiration,
    vix_expiration,
    vix_expirations,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Size = Literal["full", "small"]

VX_CONTRACTS: Final = 9
VIX_MONTHLIES: Final = 9
STRIKE_MEMORY_SESSIONS: Final = 45  # a condor of the book is alive for some 32
BOOK_STRIKE_STEP_PTS: Final = 25.0
_BOOK_DAYS: Final = 66  # condors are sold no further ahead
KEPT_SESSIONS: Final = 64  # whose listings are kept at hand
BOOK_VIX_STRIKES_PTS: Final = (*map(float, range(10, 25)), 26.0, 28.0, 30.0, 35.0, 40.0, 50.0, 70.0)
_WEEKLIES_AHEAD: Final = dt.timedelta(days=60)


@dataclass(frozen=True, slots=True, order=True)
class Expiry:
    """A listed expiry."""

    expiry_date: dt.date
    root: str


@dataclass(frozen=True, slots=True)
class _SizeRule:
    """How far ahead each kind of expiry is listed, in calendar days."""

    daily_days: int
    friday_days: int
    month_end_days: int
    monthly_days: int
    monthly_pm_days: int
    leap_years: int
    vix_weeklies: int
    fine_step_pts: float


_RULES: Final[dict[str, _SizeRule]] = {
    "full": _SizeRule(36, 64, 380, 380, 200, 5, 4, 5.0),
    "small": _SizeRule(5, 37, 0, 66, 66, 0, 1, 25.0),
}


def _months_from(day: dt.date, count: int) -> list[tuple[int, int]]:
    first = day.year * 12 + day.month - 1
    return [divmod(month, 12) for month in range(first, first + count)]


@lru_cache(maxsize=KEPT_SESSIONS)
def spx_expiries(session_date: dt.date, size: Size) -> tuple[Expiry, ...]:
    """List SPX and SPXW expiries alive at the quotes of a session, the one that settled at its close included."""
    rule = _RULES[size]
    pm = _pm_dates(session_date, rule)
    am = {
        spx_monthly_expiration(year, month + 1)
        for year, month in _months_from(session_date, 12 * rule.leap_years + 14)
        if _is_listed_monthly(spx_monthly_expiration(year, month + 1), session_date, rule)
    }
    expiries = [Expiry(day, "SPXW") for day in pm if day >= session_date]
    expiries += [Expiry(day, "SPX") for day in am if last_trade_date("SPX", day) >= session_date]
    return tuple(sorted(expiries))


def _is_listed_monthly(day: dt.date, session_date: dt.date, rule: _SizeRule) -> bool:
    ahead = (day - session_date).days
    is_leap = day.month in {6, 12} and ahead <= 365 * rule.leap_years
    return ahead <= rule.monthly_days or is_leap


def _pm_dates(session_date: dt.date, rule: _SizeRule) -> set[dt.date]:
    """Dates of PM-settled expiries: every session soon, then Fridays, month ends and third Fridays."""
    ahead = dt.timedelta(days=1)
    soon = set(sessions_between(session_date, session_date + ahead * rule.daily_days))
    fridays = {
        session_on_or_before(session_date + ahead * days)
        for days in range(rule.friday_days + 1)
        if (session_date + ahead * days).weekday() == FRIDAY
    }
    months = _months_from(session_date, 14)
    ends = {session_on_or_before(_month_end(year, month + 1)) for year, month in months}
    thirds = {spx_monthly_expiration(year, month + 1) for year, month in months}
    listed_ends = {day for day in ends if (day - session_date).days <= rule.month_end_days}
    listed_thirds = {day for day in thirds if (day - session_date).days <= rule.monthly_pm_days}
    return soon | fridays | listed_ends | listed_thirds


def _month_end(year: int, month: int) -> dt.date:
    return (dt.date(year, month, 1) + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def vx_expiries(session_date: dt.date) -> tuple[dt.date, ...]:
    """List the monthly VIX futures of a session: the one that settled that morning, if any, and nine alive."""
    dates = [vix_expiration(year, month + 1) for year, month in _months_from(session_date, VX_CONTRACTS + 2)]
    alive = [day for day in dates if day >= session_date]
    return tuple(alive[: VX_CONTRACTS + (alive[0] == session_date)])


@lru_cache(maxsize=KEPT_SESSIONS)
def vix_expiries(session_date: dt.date, size: Size) -> tuple[Expiry, ...]:
    """List VIX and VIXW expiries alive at the quotes of a session: those that settled that morning are gone."""
    monthlies = [day for day in vx_expiries(session_date) if day > session_date][:VIX_MONTHLIES]
    ahead = vix_expirations(session_date + dt.timedelta(days=1), session_date + _WEEKLIES_AHEAD)
    weeklies = [day for day in ahead if not is_vix_monthly(day)][: _RULES[size].vix_weeklies]
    return tuple(sorted([Expiry(day, "VIX") for day in monthlies] + [Expiry(day, "VIXW") for day in weeklies]))


def spx_strikes(expiry: Expiry, days: int, *, low_pts: float, high_pts: float, size: Size) -> Floats:
    """List the strikes of one SPX expiry: fine about the money, then coarser.

    `low_pts` and `high_pts` are the extremes of the closes within memory. Third Fridays reach further than the rest.
    """
    reach = 1.25 if is_spx_monthly(expiry.expiry_date) else 0.80
    core = max(_RULES[size].fine_step_pts, _step_pts(days))
    near = _ladder(low_pts * (1.0 - 0.09 * reach), high_pts * (1.0 + 0.04 * reach), core)
    middle_step = BOOK_STRIKE_STEP_PTS if days <= _BOOK_DAYS else max(BOOK_STRIKE_STEP_PTS, core)
    middle = _ladder(low_pts * (1.0 - 0.19 * reach), high_pts * (1.0 + 0.07 * reach), middle_step)
    outer_step = 100.0 if size == "small" else max(50.0, 2.0 * core)
    outer = _ladder(low_pts * (1.0 - 0.40 * reach), high_pts * (1.0 + 0.12 * reach), outer_step)
    far = _ladder(low_pts * (0.15 if expiry.root == "SPX" else 0.30), high_pts * (1.2 + 0.3 * (reach > 1.0)), 200.0)
    return np.unique(np.concatenate([near, middle, outer, far]))


def _step_pts(days: int) -> float:
    """Strikes are added as an expiry comes near and none goes: within 64 days the wider ladder keeps the 25s."""
    return next(
        step for limit, step in ((30, 5.0), (64, 10.0), (180, 25.0), (400, 50.0), (9999, 100.0)) if days <= limit
    )


def _ladder(low: float, high: float, step: float) -> Floats:
    return np.asarray(np.arange(np.floor(low / step), np.ceil(high / step) + 1.0) * step, dtype=np.float64)


def vix_strikes(size: Size) -> Floats:
    """List the strikes of every VIX expiry, 10 to 120: half points to 20, points to 40, fives beyond."""
    if size == "small":
        return np.array(BOOK_VIX_STRIKES_PTS)
    return np.concatenate([np.arange(10.0, 20.0, 0.5), np.arange(20.0, 41.0), np.arange(45.0, 101.0, 5.0), [120.0]])
