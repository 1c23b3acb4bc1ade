"""The quotes of one expiry of the simulated market: the one place where an option gets its bid and ask.

The chain files and the sample book's fills both read it, so a fill is what the file showed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from transforms.simulated.quoting import STYLE_OF_ROOT, bid_ask
from transforms.simulated.smile import forward_prices, total_variance

if TYPE_CHECKING:
    import numpy.typing as npt

    from transforms.simulated.listings import Expiry
    from transforms.simulated.surface import SessionState

    Floats = npt.NDArray[np.float64]

VIX_ROOTS: Final = frozenset({"VIX", "VIXW"})
VENDOR_DELAY: Final = dt.timedelta(minutes=75)  # the vendor computes its vols when the table is made, at 17:30
_SETTLED_ASK_PTS: Final = 0.05
MINUTES_PER_YEAR: Final = 525_600


@dataclass(frozen=True, slots=True)
class Slice:
    """What prices one expiry: forward, discount factor, years from the quotes (negative once settled)."""

    forward_pts: float
    discount: float
    years: float


@dataclass(frozen=True, slots=True)
class ExpiryQuotes:
    """Fair prices and quotes by strike, in points; the vendor's own IV (a fraction), delta of the call and gamma.

    `call_*` and `put_*` fair prices are before ticks and spread, discounted.
    """

    strikes_pts: Floats
    call_pts: Floats
    put_pts: Floats
    call_bid_pts: Floats
    call_ask_pts: Floats
    put_bid_pts: Floats
    put_ask_pts: Floats
    vendor_iv: Floats
    call_delta: Floats
    gamma: Floats


def expiry_slice(state: SessionState, expiry: Expiry) -> Slice:
    """Give the forward, discount factor and time of an expiry.

    VIX options are priced on the VIX future of their own date, weekly ones on the curve between the monthlies.
    """
    years = state.years_to(expiry.root, expiry.expiry_date)
    forward = state.vix_future_at(expiry.expiry_date) if expiry.root in VIX_ROOTS else state.spx_forward_pts(years)
    return Slice(forward, state.discount_factor(years), years)


def quote_expiry(state: SessionState, expiry: Expiry, strikes_pts: Floats) -> ExpiryQuotes:
    """Quote calls and puts of one expiry at the strikes named."""
    terms = expiry_slice(state, expiry)
    variance = _variance(state, expiry, terms, strikes_pts)
    fair = forward_prices(terms.forward_pts, strikes_pts, variance)
    call, put = fair.call_pts * terms.discount, fair.put_pts * terms.discount
    style = STYLE_OF_ROOT[expiry.root]
    over = terms.discount * (terms.forward_pts - strikes_pts)
    call_bid, call_ask = bid_ask(call, np.maximum(over, 0.0), years=max(terms.years, 0.0), style=style)
    put_bid, put_ask = bid_ask(put, np.maximum(-over, 0.0), years=max(terms.years, 0.0), style=style)
    return ExpiryQuotes(
        strikes_pts,
        call,
        put,
        call_bid,
        call_ask,
        put_bid,
        put_ask,
        _vendor_iv(variance, terms),
        fair.call_delta,
        fair.gamma,
    )


def _variance(state: SessionState, expiry: Expiry, terms: Slice, strikes_pts: Floats) -> Floats:
    if terms.years <= 0.0:
        return np.zeros_like(strikes_pts)
    log_moneyness = np.log(strikes_pts / terms.forward_pts)
    if expiry.root in VIX_ROOTS:
        return total_variance(log_moneyness, state.vix_option_variance(terms.years), state.vix_smile)
    return total_variance(log_moneyness, state.at_the_money_variance(terms.years), state.smile)


def _vendor_iv(variance: Floats, terms: Slice) -> Floats:
    years = terms.years - VENDOR_DELAY / dt.timedelta(minutes=MINUTES_PER_YEAR)
    if years <= 0.0:
        return np.zeros_like(variance)
    return np.asarray(np.sqrt(variance / years), dtype=np.float64)
