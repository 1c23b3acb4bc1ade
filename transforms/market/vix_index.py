"""The VIX recomputed from tonight's own SPX chain: the proof that the chain is whole, synchronous and rightly read.

Cboe's method (VIX white paper; METHODOLOGY 7 and 3.8): a strip of out-of-the-money options for each of two Fridays
around 30 days, each a variance, interpolated to 30 days in minutes. Not computable is a result with a reason, no error.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.market.calendar import MINUTES_PER_YEAR, add_settlement_clock, is_session
from transforms.market.expirations import FRIDAY, is_spx_monthly
from transforms.market.rates import ParCurve, rate_at

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Positions = npt.NDArray[np.intp]

MINUTES_PER_DAY: Final = 1440
THIRTY_DAYS_MINUTES: Final = 30 * MINUTES_PER_DAY
WINDOW_MINUTES: Final = (23 * MINUTES_PER_DAY, 37 * MINUTES_PER_DAY)  # both ends left out
MIN_STRIKES: Final = 2  # a strike gap needs two

NO_EXPIRY_PAIR: Final = "no two Friday SPX expiries bracket 30 days between 23 and 37 days"
NO_PARITY_STRIKE: Final = "no strike has a bid on both its call and its put"
NO_STRIKE_AT_FORWARD: Final = "the strike at or next below the forward is not quoted on both sides"
TOO_FEW_STRIKES: Final = "fewer than two strikes carry a bid"
NOT_POSITIVE: Final = "the 30-day variance is not positive"


@dataclass(frozen=True, slots=True, kw_only=True)
class StripQuotes:
    """Call and put quotes of one expiry by ascending strike, in points; a missing quote is 0.

    A side without a bid, or with its ask below its bid, counts as a zero bid.
    """

    strikes_pts: Floats
    call_bid_pts: Floats
    call_ask_pts: Floats
    put_bid_pts: Floats
    put_ask_pts: Floats

    @property
    def call_mid_pts(self) -> Floats:
        """Mid of each call."""
        return (self.call_bid_pts + self.call_ask_pts) / 2.0

    @property
    def put_mid_pts(self) -> Floats:
        """Mid of each put."""
        return (self.put_bid_pts + self.put_ask_pts) / 2.0

    @property
    def has_call(self) -> Flags:
        """Where a call is bid."""
        return (self.call_bid_pts > 0.0) & (self.call_ask_pts >= self.call_bid_pts)

    @property
    def has_put(self) -> Flags:
        """Where a put is bid."""
        return (self.put_bid_pts > 0.0) & (self.put_ask_pts >= self.put_bid_pts)


@dataclass(frozen=True, slots=True, kw_only=True)
class StripVariance:
    """The variance one strip implies, annualised, and what it was read from."""

    forward_pts: float
    k0_pts: float
    strikes_qty: int
    variance: float
    k_min_pts: float
    k_max_pts: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NoStrip:
    """Why a strip gives no variance."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StripExpiry:
    """An expiry chosen for a strip, and the minutes to its settlement."""

    root: str
    expiry_date: dt.date
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StripPair:
    """The two expiries around 30 days; both null with a reason where there is no such pair."""

    near: StripExpiry | None = None
    next: StripExpiry | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermVariance:
    """One term of the 30-day interpolation."""

    minutes: int
    variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StripTerm:
    """One strip of the recomputed VIX: its expiry, its rate (continuous, a fraction), its variance."""

    expiry: StripExpiry
    rate_frac: float
    strip: StripVariance


@dataclass(frozen=True, slots=True, kw_only=True)
class RecomputedVix:
    """The VIX of the chain, in points, with both its strips; null with a reason where it cannot be computed."""

    vix_pts: float | None = None
    near: StripTerm | None = None
    next: StripTerm | None = None
    reason: str | None = None


def strip_variance(quotes: StripQuotes, *, years: float, rate_frac: float) -> StripVariance | NoStrip:
    """Measure the variance a strip of out-of-the-money options costs, annualised.

    (2/T) sum dK/K^2 e^{RT} Q(K) - (1/T)(F/K0 - 1)^2, Q the put's mid below K0, the call's above it, both at it.
    dK is half the gap between a strike's neighbours in the strip, the whole gap at its ends.
    """
    both = np.flatnonzero(quotes.has_call & quotes.has_put)
    if both.size == 0:
        return NoStrip(reason=NO_PARITY_STRIKE)
    growth = math.exp(rate_frac * years)
    forward = _forward_pts(quotes, both, growth)
    k0 = int(np.searchsorted(quotes.strikes_pts, forward, side="right")) - 1
    if k0 not in both:
        return NoStrip(reason=NO_STRIKE_AT_FORWARD)
    chosen = _strip_positions(quotes, k0)
    if chosen.size < MIN_STRIKES:
        return NoStrip(reason=TOO_FEW_STRIKES)
    strikes = quotes.strikes_pts[chosen]
    put_share = np.select([chosen < k0, chosen == k0], [1.0, 0.5], default=0.0)
    price = put_share * quotes.put_mid_pts[chosen] + (1.0 - put_share) * quotes.call_mid_pts[chosen]
    k0_pts = float(quotes.strikes_pts[k0])
    cost = 2.0 * growth * float(np.sum(_strike_gaps(strikes) / strikes**2 * price))
    return StripVariance(
        forward_pts=forward,
        k0_pts=k0_pts,
        strikes_qty=int(chosen.size),
        variance=(cost - (forward / k0_pts - 1.0) ** 2) / years,
        k_min_pts=float(strikes[0]),
        k_max_pts=float(strikes[-1]),
    )


def _forward_pts(quotes: StripQuotes, both: Positions, growth: float) -> float:
    """Read the forward off parity at the strike where call and put mids are closest."""
    call_less_put = (quotes.call_mid_pts - quotes.put_mid_pts)[both]
    nearest = np.argmin(np.abs(call_less_put))
    return float(quotes.strikes_pts[both][nearest] + growth * call_less_put[nearest])


def _strip_positions(quotes: StripQuotes, k0: int) -> Positions:
    """Choose puts below K0, K0 itself and calls above it."""
    puts = k0 - 1 - _before_two_zero_bids(quotes.has_put[:k0][::-1])
    calls = k0 + 1 + _before_two_zero_bids(quotes.has_call[k0 + 1 :])
    return np.concatenate([puts[::-1], [k0], calls])


def _before_two_zero_bids(has_bid: Flags) -> Positions:
    """Walk outwards and give the positions with a bid, up to the first two in a row without."""
    ends = np.flatnonzero(~has_bid[:-1] & ~has_bid[1:])
    return np.flatnonzero(has_bid[: ends[0]] if ends.size else has_bid)


def _strike_gaps(strikes: Floats) -> Floats:
    return np.concatenate(
        [strikes[1:2] - strikes[:1], (strikes[2:] - strikes[:-2]) / 2.0, strikes[-1:] - strikes[-2:-1]]
    )


def vix_from_terms(near_term: TermVariance, next_term: TermVariance) -> float | None:
    """Interpolate two variances to 30 days and quote the result as the VIX does, in points.

    100 sqrt((T1 s1^2 w + T2 s2^2 (1 - w)) * 365/30), w by minutes; none where the total is not positive.
    """
    weight = (next_term.minutes - THIRTY_DAYS_MINUTES) / (next_term.minutes - near_term.minutes)
    total_minutes = (
        weight * near_term.minutes * near_term.variance + (1.0 - weight) * next_term.minutes * next_term.variance
    )
    if total_minutes <= 0.0:
        return None
    return 100.0 * math.sqrt(total_minutes / THIRTY_DAYS_MINUTES)


def choose_strip_expiries(expiries: pl.DataFrame, mark_at: dt.datetime) -> StripPair:
    """Choose the two Fridays the VIX is read from.

    `expiries` has `root, expiry_date`, one row an expiry or more. Between 23 and 37 days in minutes; Fridays, or the
    Thursday before a closed one; SPX on third Fridays where listed, else SPXW; near <= 43,200 minutes < next, each the
    closest to 30 days.
    """
    listed = (
        expiries.lazy()
        .select("root", "expiry_date")
        .filter(pl.col("root").is_in(["SPX", "SPXW"]))
        .unique()
        .pipe(add_settlement_clock, mark_at=mark_at)
        .select("root", "expiry_date", minutes=(pl.col("t_years") * MINUTES_PER_YEAR).round().cast(pl.Int64))
        .drop_nulls("minutes")
        .sort("minutes")
        .collect()
    )
    rows = [StripExpiry(**row) for row in listed.iter_rows(named=True)]
    spx_dates = {row.expiry_date for row in rows if row.root == "SPX"}
    first, last = WINDOW_MINUTES
    eligible = [
        row for row in rows if first < row.minutes < last and row.root == _strip_root(row.expiry_date, spx_dates)
    ]
    near = [row for row in eligible if row.minutes <= THIRTY_DAYS_MINUTES]
    following = [row for row in eligible if row.minutes > THIRTY_DAYS_MINUTES]
    if not (near and following):
        return StripPair(reason=NO_EXPIRY_PAIR)
    return StripPair(near=near[-1], next=following[0])


def _strip_root(expiry_date: dt.date, spx_dates: set[dt.date]) -> str | None:
    """Name the root the VIX reads on a date; none where the date is not a week's last Friday or its stand-in."""
    friday = expiry_date + dt.timedelta(days=FRIDAY - expiry_date.weekday())
    is_week_end = expiry_date == friday or (friday - expiry_date == dt.timedelta(days=1) and not is_session(friday))
    if not is_week_end:
        return None
    return "SPX" if is_spx_monthly(expiry_date) and expiry_date in spx_dates else "SPXW"


def recompute_vix(quotes: pl.DataFrame, mark_at: dt.datetime, curve: ParCurve) -> RecomputedVix:
    """Recompute the VIX from a chain's quotes at their own instant.

    `quotes` has `root, expiry_date, right, strike_pts, bid_pts, ask_pts`, one row a contract.
    """
    pair = choose_strip_expiries(quotes, mark_at)
    if pair.near is None or pair.next is None:
        return RecomputedVix(reason=pair.reason)
    near, following = (_strip_term(quotes, expiry, curve) for expiry in (pair.near, pair.next))
    if isinstance(near, NoStrip):
        return RecomputedVix(reason=f"{_label(pair.near)}: {near.reason}")
    if isinstance(following, NoStrip):
        return RecomputedVix(near=near, reason=f"{_label(pair.next)}: {following.reason}")
    vix = vix_from_terms(_term_variance(near), _term_variance(following))
    return RecomputedVix(vix_pts=vix, near=near, next=following, reason=NOT_POSITIVE if vix is None else None)


def _label(expiry: StripExpiry) -> str:
    return f"{expiry.root} {expiry.expiry_date}"


def _term_variance(term: StripTerm) -> TermVariance:
    return TermVariance(minutes=term.expiry.minutes, variance=term.strip.variance)


def _strip_term(quotes: pl.DataFrame, expiry: StripExpiry, curve: ParCurve) -> StripTerm | NoStrip:
    rate_frac = float(rate_at(curve, expiry.minutes / MINUTES_PER_DAY))
    strip = strip_variance(_strip_quotes(quotes, expiry), years=expiry.minutes / MINUTES_PER_YEAR, rate_frac=rate_frac)
    if isinstance(strip, NoStrip):
        return strip
    return StripTerm(expiry=expiry, rate_frac=rate_frac, strip=strip)


def _strip_quotes(quotes: pl.DataFrame, expiry: StripExpiry) -> StripQuotes:
    chain = quotes.lazy().filter(root=expiry.root, expiry_date=expiry.expiry_date)
    calls, puts = (
        chain.filter(right=right).select("strike_pts", pl.col("bid_pts", "ask_pts").fill_null(0.0))
        for right in ("C", "P")
    )
    strip = (
        calls.join(puts, on="strike_pts", how="full", coalesce=True, suffix="_put", validate="1:1")
        .fill_null(0.0)
        .sort("strike_pts")
        .collect()
    )
    return StripQuotes(
        strikes_pts=strip["strike_pts"].to_numpy(),
        call_bid_pts=strip["bid_pts"].to_numpy(),
        call_ask_pts=strip["ask_pts"].to_numpy(),
        put_bid_pts=strip["bid_pts_put"].to_numpy(),
        put_ask_pts=strip["ask_pts_put"].to_numpy(),
    )
