"""What brokers call SPX and VIX options and VIX futures, read into root, expiry, right and strike.

An option's root tells how it settles (SPX in the morning, SPXW at the close), so it is read from the OCC symbol and
never guessed from the underlying.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from transforms.market.calendar import FIRST_DAY, LAST_DAY, previous_session, settlement_session
from transforms.market.expirations import MONTH_CODES, vix_expirations, vx_symbol

OPTION_ROOTS: Final = frozenset({"SPX", "SPXW", "VIX", "VIXW"})
MULTIPLIER: Final = {"SPX": 100, "SPXW": 100, "VIX": 100, "VIXW": 100, "VX": 1000, "VXM": 100}
# CFE lists VX nine months ahead; what settles is booked within days.
LISTED_AHEAD: Final = dt.timedelta(days=366)
BOOKED_WITHIN: Final = dt.timedelta(days=7)

_OCC = re.compile(r"^(?P<root>[A-Z]{1,6}) *(?P<day>\d{6})(?P<right>[CP])(?P<strike>\d{8})$")
_FUTURE = re.compile(rf"^/?(?P<root>VXM?)(?P<week>\d{{2}})?(?P<month>[{MONTH_CODES}])(?P<year>\d{{1,2}})$")


@dataclass(frozen=True, slots=True)
class Instrument:
    """One contract of ours; a future has neither right nor strike."""

    root: str
    expiry: dt.date
    right: str = ""
    strike: Decimal | None = None

    @property
    def multiplier(self) -> int:
        """USD a point."""
        return MULTIPLIER[self.root]

    @property
    def strike_text(self) -> str:
        """The strike as digits, empty for a future."""
        return "" if self.strike is None else f"{self.strike.normalize():f}"

    def __str__(self) -> str:
        """As people say it: `SPXW 2023-03-17 P 3850`."""
        return " ".join(filter(None, (self.root, f"{self.expiry}", self.right, self.strike_text)))


def occ_option(symbol: str) -> Instrument | None:
    """Read `SPXW  230317P03850000`; none when it is no option symbol or the option is not on SPX or VIX."""
    match = _OCC.match(symbol.strip())
    if match is None or match["root"] not in OPTION_ROOTS:
        return None
    try:
        expiry = dt.datetime.strptime(match["day"], "%y%m%d").date()  # noqa: DTZ007 - a date without a time
    except ValueError:
        return None
    return Instrument(match["root"], expiry, match["right"], Decimal(match["strike"]) / 1000)


def names_ours(symbol: str) -> bool:
    """True when a symbol is built on one of our roots: it must then be read, or the file refused."""
    text = symbol.strip()
    is_option = re.match(r"^(SPXW?|VIXW?)(?![A-Z])", text)
    return bool(is_option or _FUTURE.match(text))


def vix_future(symbol: str, *, traded_on: dt.date) -> Instrument | None:
    """Read `/VXH3` or `VXH3`, and the weekly `VX12H3`: both settle by CFE's calendar.

    A one-digit year is the one in which the contract was listed when it was traded, or had just settled. None when the
    symbol is no VIX future, or none that was listed then.
    """
    match = _FUTURE.match(symbol.strip())
    if match is None:
        return None
    month = MONTH_CODES.index(match["month"]) + 1
    spelled = f"VX{match['week'] or ''}/{match['month']}"
    for year in _years(match["year"], traded_on):
        first = dt.date(year, month, 1)
        for day in vix_expirations(first, first + dt.timedelta(days=31)):
            is_listed = traded_on - BOOKED_WITHIN <= day <= traded_on + LISTED_AHEAD
            if is_listed and day.month == month and (vx_symbol(day) or "")[:-1] == spelled:
                return Instrument(match["root"], day)
    return None


def is_expiry_or_eve(stated: dt.date, contract: Instrument) -> bool:
    """True when a broker's expiration date is the contract's, or its last evening of trading."""
    settles_on = settlement_session(contract.root, contract.expiry)
    return stated in {contract.expiry, settles_on, previous_session(settles_on)}


def _years(digits: str, traded_on: dt.date) -> list[int]:
    """The years a one- or two-digit year may mean, the nearest first."""
    step = 10 ** len(digits)
    first = traded_on.year - traded_on.year % step + int(digits)
    return [year for year in (first, first + step) if max(traded_on, FIRST_DAY).year <= year < LAST_DAY.year]
