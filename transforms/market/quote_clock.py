"""When a chain was quoted, by the vendor's own implied vols: a quote table carries a clock it does not know of.

The vendor's vol and the quoted price fix the time left that the vendor had in mind: T = (total variance from the
mid) / IV^2, and the quotes' instant is the expiry's settlement less T (METHODOLOGY 9.6). Read on the call and the put
of each strike together: the mean of their vols does not feel the vendor's forward, which is not ours.

Measured on the files in hand, ten strikes an expiry. Live downloads: the three SPXW expiries agree within 0 to 13
minutes and stand 5 to 20 minutes before the download. Closes: they differ by 26 minutes to 11 hours, or agree on a
closed hour (2022-01-07: Saturday 15:45, when the vendor computed its vols anew). With four strikes a close's median
stays where it is, but single expiries wander by an hour. VIX monthlies, six strikes: live 1 to 5 hours between the
quartiles, the one close in hand 8 hours, around 21:00.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import polars as pl

from transforms.market.calendar import NEW_YORK, is_session, session_close_at, settlement_instant
from transforms.market.forwards import EXPIRY, parity_pairs
from transforms.pricing.implied_vol import implied_vol
from transforms.thresholds import threshold

EXPIRIES_READ: Final = 3
# Mids are discounted and no rate is at hand: a reading is late by 2 r T^2, minutes for a week, hours for a month.
HIGHEST_RATE: Final = 0.06

OVERNIGHT_OPENS: Final = dt.time(20, 15)
OVERNIGHT_CLOSES: Final = dt.time(9, 25)
HOLIDAY_CLOSES: Final = dt.time(11, 30)
REGULAR_OPENS: Final = dt.time(9, 30)
SATURDAY: Final = 5
DAYS_PER_YEAR: Final = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRules:
    """Which quotes the clock is read from, and how far its readings may stand apart."""

    NAME: ClassVar[str] = "quote_clock"

    nearest_strikes_qty: int = threshold(
        10, unit="strikes", says="Quote clock: read off the nearest, of an SPXW expiry", ref="METHODOLOGY 9.6"
    )
    nearest_vix_strikes_qty: int = threshold(
        6, unit="strikes", says="Quote clock: read off the nearest, of the VIX monthly", ref="METHODOLOGY 9.6"
    )
    largest_spread_minutes: float = threshold(
        20.0, unit="minutes", says="Quote clock: three SPXW expiries agree within", ref="METHODOLOGY 9.6"
    )
    # A VIX chain has one expiry whose vols can be trusted, its monthly; single strikes of it read the hour, at best.
    largest_vix_spread_hours: float = threshold(
        6.0, unit="hours", says="Quote clock: half of the strikes of a VIX monthly agree within", ref="METHODOLOGY 9.6"
    )


RULES: Final = ClockRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteClock:
    """What a chain's vols say about the instant of its quotes.

    `clock_at` is the median reading (UTC), `spread_minutes` how far the readings stand apart. `is_trading` says that
    they agree on an instant at which the options trade: then the chain is not an end of day. A closed hour is when the
    file was made: no evidence against a close.
    """

    clock_at: dt.datetime
    spread_minutes: float
    is_trading: bool


def trading_date(instant: dt.datetime) -> dt.date | None:
    """Give the day whose trading an instant belongs to; none at an hour when SPX options do not trade.

    Overnight 20:15-09:25 ET (on a holiday to 11:30), regular 09:30 to the close of stocks; the last quarter of an hour
    is left out, for that is where the readings of a true close lie.
    """
    local = instant.astimezone(NEW_YORK)
    day, time = local.date(), local.time()
    if time >= OVERNIGHT_OPENS:
        day += dt.timedelta(days=1)
        is_open = True
    elif not is_session(day):
        is_open = time <= HOLIDAY_CLOSES
    else:
        is_open = time <= OVERNIGHT_CLOSES or (time >= REGULAR_OPENS and instant < session_close_at(day))
    return day if is_open and day.weekday() < SATURDAY else None


def read_quote_clock(quotes: pl.DataFrame, rules: ClockRules = RULES) -> QuoteClock | None:
    """Read the clock of one chain; none where the vendor gives no vols near the money.

    `quotes` are one load's rows of `type_quotes`. SPX: the first three SPXW expiries still alive, all needed (a settled
    one has no vendor vols). VIX: the nearest monthly, its strikes standing for the three; it is trading where all
    that the reading leaves open, discounting included, lies in one day's trading.
    """
    if quotes["underlying"].first() == "VIX":
        return _vix_clock(quotes.filter(root="VIX"), rules)
    spxw = quotes.filter(root="SPXW")
    alive = spxw.filter(pl.col("vendor_iv_vol").is_not_null())["expiry_date"].unique().sort().head(EXPIRIES_READ)
    readings = _readings(spxw.filter(pl.col("expiry_date").is_in(alive.implode())), rules.nearest_strikes_qty)
    by_expiry = readings.group_by("expiry_date").agg(pl.col("years").median()).sort("expiry_date")
    if by_expiry.height < EXPIRIES_READ:
        return None
    instants = sorted(_instant("SPXW", *row) for row in by_expiry.iter_rows())
    spread = instants[-1] - instants[0]
    return QuoteClock(
        clock_at=instants[1],
        spread_minutes=_minutes(spread),
        is_trading=_minutes(spread) <= rules.largest_spread_minutes and trading_date(instants[1]) is not None,
    )


def _vix_clock(monthlies: pl.DataFrame, rules: ClockRules) -> QuoteClock | None:
    readings = _readings(monthlies, rules.nearest_vix_strikes_qty).sort("expiry_date")
    nearest = readings.filter(pl.col("expiry_date") == pl.col("expiry_date").first())
    if nearest.is_empty():
        return None
    most, median, least = (float(years) for years in np.percentile(nearest["years"].to_numpy(), [75, 50, 25]))
    earliest, clock_at, latest = (_instant("VIX", nearest["expiry_date"][0], years) for years in (most, median, least))
    undiscounted = earliest - dt.timedelta(days=2.0 * HIGHEST_RATE * most**2 * DAYS_PER_YEAR)
    is_near = latest - earliest <= dt.timedelta(hours=rules.largest_vix_spread_hours)
    is_agreed = is_near and trading_date(undiscounted) == trading_date(latest)
    return QuoteClock(
        clock_at=clock_at,
        spread_minutes=_minutes(latest - earliest),
        is_trading=is_agreed and trading_date(clock_at) is not None,
    )


def _readings(quotes: pl.DataFrame, strikes: int) -> pl.DataFrame:
    """Read the vendor's time to settlement, in years, off each of the strikes nearest the money of each expiry."""
    undiscounted_forward = pl.col("strike_pts") + pl.col("call_less_put_pts")
    at_the_money = undiscounted_forward.get(pl.col("call_less_put_pts").abs().arg_min())
    near = (
        parity_pairs(quotes)
        .with_columns(distance=(pl.col("strike_pts") - at_the_money.over(EXPIRY)).abs())
        .filter(pl.col("distance").rank("ordinal").over(EXPIRY) <= strikes)
        .with_columns(forward_pts=undiscounted_forward.median().over(EXPIRY))
        .filter(pl.col("vendor_iv_vol").is_not_null(), pl.col("vendor_iv_vol_put").is_not_null())
    )
    total_vols = [
        implied_vol(
            near[mid], near["forward_pts"], strike=near["strike_pts"], years=1.0, cp=cp, discount_factor=1.0
        ).vol
        for mid, cp in (("mid_pts", 1.0), ("mid_pts_put", -1.0))
    ]
    vendor_vols = near["vendor_iv_vol"] + near["vendor_iv_vol_put"]
    years = pl.Series((sum(total_vols) / vendor_vols.to_numpy()) ** 2, dtype=pl.Float64, nan_to_null=True)
    return near.select("expiry_date", years=years).drop_nulls()


def _instant(root: str, expiry_date: dt.date, years: float) -> dt.datetime:
    return settlement_instant(root, expiry_date) - dt.timedelta(days=years * DAYS_PER_YEAR)


def _minutes(span: dt.timedelta) -> float:
    return span / dt.timedelta(minutes=1)
