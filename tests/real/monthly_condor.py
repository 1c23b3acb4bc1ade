"""The put side of one 45-day 16-delta condor a month, roughly: what METHODOLOGY 6.3 measured its frequencies with.

There is no chain for most days, so the put is valued at a vol of VIX at the money that rises by half its own relative
log moneyness: enough to say how often a put side is in which state, not what a condor was worth. States by 6.1, written
anew.
"""

import datetime as dt
import math
from dataclasses import dataclass
from statistics import NormalDist

WIDTH_PTS = 50.0
LIFE = dt.timedelta(days=45)
SKEW = 0.5
STATES = ("OK", "WATCH", "TESTED", "ITM", "BREACHED", "WING")
_n = NormalDist().cdf


@dataclass
class PutSpread:
    """A short put spread with half of a condor's credit on each side, and the rank of its state last night."""

    expiry: dt.date
    short: float
    long: float
    break_even: float
    rank: int = 0


def put_sides(closes: list[dict[str, object]]) -> list[str]:
    """The worst put-side state on each close; `session_date, index_close_pts, vix_pts, edr_frac` in order."""
    held: list[PutSpread] = []
    worst: list[str] = []
    month = None
    for close in closes:
        day, spot, vix = close["session_date"], float(str(close["index_close_pts"])), float(str(close["vix_pts"]))
        assert isinstance(day, dt.date)
        edr = float(str(close["edr_frac"])) * spot
        if (day.year, day.month) != month:
            month = (day.year, day.month)
            held.append(sold(day, spot, vix))
        for spread in held:
            spread.rank = state(spread, day, spot=spot, vix=vix, edr=edr)
        worst.append(STATES[max((spread.rank for spread in held), default=0)])
        held = [spread for spread in held if spread.expiry > day]
    return worst


def sold(day: dt.date, spot: float, vix: float) -> PutSpread:
    years = LIFE.days / 365
    low, high = 0.4 * spot, spot
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if chances(spot, middle, vix, years)[0] > 0.16 else (middle, high)
    short = 5.0 * round(low / 5)
    credit = 2 * (put(spot, short, vix, years) - put(spot, short - WIDTH_PTS, vix, years))
    return PutSpread(day + LIFE, short, short - WIDTH_PTS, short - credit)


def state(spread: PutSpread, day: dt.date, *, spot: float, vix: float, edr: float) -> int:
    days = (spread.expiry - day).days
    if spot <= spread.long:
        return 5
    if spot < spread.break_even:
        return 4
    if spot < spread.short:
        return 3
    if days <= 0:  # settled out of the money
        return 0
    delta, itm = chances(spot, spread.short, vix, days / 365)
    distance, range_ = spot - spread.short, edr if days > 2 else 0.5 * edr

    def is_on(delta_from: float, ranges: float, slack: float) -> bool:
        return delta >= delta_from * (1 - slack) or distance <= ranges * range_ * (1 + slack)

    slack = 0.1 if spread.rank >= 2 else 0.0
    if is_on(0.35, 1, slack) or (days > 2 and distance / spot <= 0.01 * (1 + slack)):
        return 2
    slack = 0.1 if spread.rank >= 1 else 0.0
    return 1 if is_on(0.25, 2, slack) or min(1.0, 2 * itm) >= 0.6 * (1 - slack) else 0


def chances(spot: float, strike: float, vix: float, years: float) -> tuple[float, float]:
    """The put's delta, and its chance to end in the money."""
    k = math.log(strike / spot)
    sd = vol(vix, k, years) * math.sqrt(years)
    return _n(k / sd - sd / 2), _n(k / sd + sd / 2)


def put(spot: float, strike: float, vix: float, years: float) -> float:
    delta, itm = chances(spot, strike, vix, years)
    return strike * itm - spot * delta


def vol(vix: float, k: float, years: float) -> float:
    return max(0.05, vix / 100 * (1 - SKEW * k / math.sqrt(max(years, 7 / 365))))
