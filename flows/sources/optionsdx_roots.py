"""Which series an expiry label of OptionsDX stands for: its files name no root, no settlement and no symbol.

What is certain follows from what Cboe listed. SPX monthlies (AM) settle on the third Friday; SPXW (PM) has no series of
its own on a Thursday before 2022, so a label on the eve of a monthly is that monthly, named by its last trading day (as
OptionsDX did from 2010 to early 2016). On a third Friday itself SPX and SPXW share date and strikes, and the file holds
one of them: which, nothing in it tells. VIX and VIXW never share a date.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transforms.market.calendar import (
    OutsideCalendarError,
    is_session,
    next_session,
    previous_session,
)
from transforms.market.expirations import (
    OutsideExpirationsError,
    spx_monthly_expiration,
    vix_expiration,
    vix_expirations,
)

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = range(5)
# The first session on which Cboe listed SPXW series that expire on that weekday, settled at the close (before
# 2010-12-02 the weeklies settled in the morning).
WEEKLIES_SINCE = {
    FRIDAY: dt.date(2010, 12, 2),
    WEDNESDAY: dt.date(2016, 2, 23),
    MONDAY: dt.date(2016, 8, 15),
    TUESDAY: dt.date(2022, 4, 18),
    THURSDAY: dt.date(2022, 5, 11),
}


@dataclass(frozen=True, slots=True)
class Contract:
    """The series a label stands for.

    `root` is None on a third Friday, where only the configuration can say, and where `reason` says why the label stands
    for no series that is read.
    """

    root: str | None = None
    expiry_date: dt.date | None = None
    reason: str | None = None


def contract_of(underlying: str, label: dt.date, quoted_on: dt.date, listed: AbstractSet[dt.date]) -> Contract:
    """The series a label stands for in a session; `listed` are all labels of that session."""
    try:
        if not is_session(label):
            return Contract(reason=f"{label} is no session")
        return _vix_contract(label, listed) if underlying == "VIX" else _spx_contract(label, quoted_on, listed)
    except (OutsideCalendarError, OutsideExpirationsError) as problem:
        return Contract(reason=str(problem))


def _spx_contract(label: dt.date, quoted_on: dt.date, listed: AbstractSet[dt.date]) -> Contract:
    monthly = spx_monthly_expiration(label.year, label.month)
    eve = previous_session(monthly)
    is_eve_the_monthly = not _is_weekly(eve, quoted_on)
    if label == eve and is_eve_the_monthly:
        return Contract("SPX", monthly)
    if label == monthly:
        # Beside the monthly under its eve, the third Friday can only be the series of the close.
        return Contract("SPXW" if eve in listed and is_eve_the_monthly else None, monthly)
    if _is_weekly(label, quoted_on):
        return Contract("SPXW", label)
    return Contract(reason=f"Cboe listed no SPX series settled at the close of {label} on {quoted_on}")


def _is_weekly(label: dt.date, quoted_on: dt.date) -> bool:
    """Whether SPXW series could expire on a session: on its weekday, in place of a holiday's, or at the month's end."""
    weekdays = {label.weekday()}
    if label.weekday() == TUESDAY and not is_session(label - dt.timedelta(days=1)):
        weekdays.add(MONDAY)  # the only one that moves forward
    following = label + dt.timedelta(days=1)
    if following.weekday() in WEEKLIES_SINCE and not is_session(following):
        weekdays.add(following.weekday())
    if next_session(label).month != label.month:
        weekdays.add(FRIDAY)
    return any(quoted_on >= WEEKLIES_SINCE[weekday] for weekday in weekdays)


def _vix_contract(label: dt.date, listed: AbstractSet[dt.date]) -> Contract:
    monthly = vix_expiration(label.year, label.month)
    if label == monthly:
        return Contract("VIX", monthly)
    if label == previous_session(monthly) and monthly not in listed:
        return Contract("VIX", monthly)
    if vix_expirations(label, label):
        return Contract("VIXW", label)
    return Contract(reason=f"{label} is no VIX expiration")
