"""One session of the simulated market: what each forward, discount factor and variance is at the mark.

A session has one curve of cumulated variance. The SPX smile, the VIX family and the VIX futures all read it, so they
agree with each other by construction: VIX is the strip of that smile over 30 days, a VIX future the forward 30-day
volatility less a convexity, and at-the-money variance rises with time because forward variance is positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from transforms.market.calendar import quote_table_instant, settlement_instant, years_to
from transforms.simulated.par_rates import continuous_rate
from transforms.simulated.path import forward_vol_pts
from transforms.simulated.quoting import SPX_STYLE, half_spread_pts
from transforms.simulated.smile import Smile, forward_prices, total_variance

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import numpy.typing as npt

    from transforms.simulated.par_rates import ParRates

    Floats = npt.NDArray[np.float64]

DIVIDEND_YIELD: Final = 0.013
DAYS_PER_YEAR: Final = 365.0
THIRTY_DAYS_YEARS: Final = 30.0 / DAYS_PER_YEAR
GRID_DAYS: Final = np.unique(
    np.concatenate([np.arange(0.0, 60.0, 0.5), np.arange(60.0, 420.0, 2.0), np.arange(420.0, 2600.0, 14.0)])
)
CONVEXITY: Final = 0.03
CONVEXITY_YEARS: Final = 0.4
_STRIP_SD: Final = np.linspace(-16.0, 9.0, 501)
_VIX_VOL_LONG: Final = 0.42
_VIX_VOL_FALL: Final = 0.62
_VIX_VOL_DAYS: Final = 55.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """All that prices a session's options.

    `variance_grid` is cumulated variance at `GRID_DAYS`, per unit; `strip_share` is the strip variance of a slice over
    its at-the-money variance. `spot_pts` is SPX at the quote instant (16:15), not the close. `vix_vol_level` scales the
    implied vols of VIX options, 1 on average.
    """

    session_date: dt.date
    spot_pts: float
    variance_grid: Floats
    strip_share: float
    smile: Smile
    vix_smile: Smile
    vix_vol_level: float
    rates: ParRates

    def years_to(self, root: str, expiry_date: dt.date) -> float:
        """Years to settlement from the quotes; negative once settled."""
        return _years_to(self.session_date, root, expiry_date)

    def discount_factor(self, years: float) -> float:
        """What a dollar at settlement is worth today."""
        return float(np.exp(-continuous_rate(self.rates, years) * max(years, 0.0)))

    def spx_forward_pts(self, years: float) -> float:
        """The SPX forward to settlement."""
        carry = continuous_rate(self.rates, years) - DIVIDEND_YIELD
        return float(self.spot_pts * np.exp(carry * max(years, 0.0)))

    def cumulated_variance(self, years: npt.ArrayLike) -> Floats:
        """Variance from the mark to a horizon, as the log contract pays it."""
        days = np.maximum(np.asarray(years, dtype=np.float64), 0.0) * DAYS_PER_YEAR
        return np.asarray(np.interp(days, GRID_DAYS, self.variance_grid), dtype=np.float64)

    def at_the_money_variance(self, years: npt.ArrayLike) -> Floats:
        """Total variance of the SPX smile at the forward; rises with time."""
        return self.cumulated_variance(years) / self.strip_share

    def vix_future_pts(self, years: npt.ArrayLike) -> Floats:
        """The VIX future that settles at a horizon: forward 30-day volatility less a convexity, unrounded."""
        horizon = np.maximum(np.asarray(years, dtype=np.float64), 0.0)
        forward = self.cumulated_variance(horizon + THIRTY_DAYS_YEARS) - self.cumulated_variance(horizon)
        convexity = CONVEXITY * (1.0 - np.exp(-horizon / CONVEXITY_YEARS))
        return np.asarray(100.0 * np.sqrt(forward / THIRTY_DAYS_YEARS) * (1.0 - convexity), dtype=np.float64)

    def vix_future_at(self, expiry_date: dt.date) -> float:
        """The settlement of the VIX future of a date, to four decimals as the exchange publishes it."""
        return float(self.vix_futures_at([expiry_date])[0])

    def vix_futures_at(self, expiry_dates: Sequence[dt.date]) -> Floats:
        """The settlements of the VIX futures of several dates."""
        years = [self.years_to("VX", expiry_date) for expiry_date in expiry_dates]
        return np.round(self.vix_future_pts(years), 4)

    def vix_option_variance(self, years: float) -> float:
        """Total variance of the VIX smile at its forward: the vol of a VIX future rises as it nears settlement."""
        days = max(years, 0.0) * DAYS_PER_YEAR / _VIX_VOL_DAYS
        share = -np.expm1(-days) / days if days > 0.0 else 1.0
        return float((self.vix_vol_level * (_VIX_VOL_LONG + _VIX_VOL_FALL * share)) ** 2 * max(years, 0.0))


@lru_cache(maxsize=1 << 13)  # the whole story asks for 3,500, each night for 80 more
def _years_to(session_date: dt.date, root: str, expiry_date: dt.date) -> float:
    return years_to(settlement_instant(root, expiry_date), quote_table_instant(session_date))


def vix_like_pts(states: Sequence[SessionState], days: float) -> Floats:
    """Give the strip of each session's SPX smile over a horizon as the VIX is quoted: only strikes with a bid."""
    years = days / DAYS_PER_YEAR
    theta = np.array([float(state.at_the_money_variance(years)) for state in states])
    money = np.array([state.spx_forward_pts(years) * state.discount_factor(years) for state in states])
    smile = Smile(
        rho=np.array([[state.smile.rho] for state in states]), eta=np.array([[state.smile.eta] for state in states])
    )
    variance = strip_variance(theta, smile, quoted_on=QuotedOn(money, years))
    return np.asarray(100.0 * np.sqrt(variance / years), dtype=np.float64)


def vvix_pts(states: Sequence[SessionState]) -> Floats:
    """Give the strip of each session's VIX smile over 30 days."""
    theta = np.array([state.vix_option_variance(THIRTY_DAYS_YEARS) for state in states])
    variance = strip_variance(theta, states[0].vix_smile)
    return np.asarray(100.0 * np.sqrt(variance / THIRTY_DAYS_YEARS), dtype=np.float64)


def cumulated_variance_grid(factors_pts: Floats) -> Floats:
    """Add up forward variance over `GRID_DAYS`; one row a session."""
    rate = (forward_vol_pts(factors_pts, GRID_DAYS) / 100.0) ** 2 / DAYS_PER_YEAR
    steps = 0.5 * (rate[:, 1:] + rate[:, :-1]) * np.diff(GRID_DAYS)
    return np.concatenate([np.zeros((rate.shape[0], 1)), np.cumsum(steps, axis=1)], axis=1)


@dataclass(frozen=True, slots=True)
class QuotedOn:
    """What turns prices per unit of forward into points: the discounted forward of each session, and the years."""

    discounted_forward_pts: Floats
    years: float


def strip_variance(theta: Floats, smile: Smile, *, quoted_on: QuotedOn | None = None) -> Floats:
    """Integrate slices' out-of-the-money options, 2 int Q(K)/K^2 dK: what each log contract costs, undiscounted.

    One value a slice. With `quoted_on` the integral stops where a market maker shows no bid.
    """
    variance = np.asarray(theta, dtype=np.float64)[:, np.newaxis]
    k = _STRIP_SD * np.sqrt(variance)
    prices = forward_prices(1.0, np.exp(k), total_variance(k, variance, smile))
    value = np.where(k < 0.0, prices.put_pts, prices.call_pts)
    if quoted_on is not None:
        price_pts = value * quoted_on.discounted_forward_pts[:, np.newaxis]
        bid = price_pts - half_spread_pts(price_pts, 0.0, years=quoted_on.years, style=SPX_STYLE)
        value = np.where(bid >= SPX_STYLE.small_tick_pts, value, 0.0)
    integrand = 2.0 * value * np.exp(-k)
    return np.asarray(np.sum(0.5 * (integrand[:, 1:] + integrand[:, :-1]) * np.diff(k), axis=1), dtype=np.float64)
