"""Black-76: what a European option on a forward is worth, and how likely it is to finish in the money.

SPX and SPXW options are priced on the parity forward of their expiry, VIX options on the VX future that settles with
them, never on spot VIX. Conventions shared by the whole package: every argument is an array or a number and all are
broadcast together; `cp` is +1 for a call and -1 for a put; `vol` is an annualised decimal, at least 0; a null of a data
frame arrives as NaN and leaves as NaN, but an expired contract needs no vol.

Source: Black, "The pricing of commodity contracts", Journal of Financial Economics 3 (1976), 167-179.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

FloatArray = npt.NDArray[np.float64]

INV_SQRT_TWO_PI = 0.3989422804014327
CHUNK_QTY = 8192  # temporaries of 64 kB: in cache, and under what malloc takes from the kernel anew each time


class UnknownRightError(ValueError):
    """A `cp` that is neither +1 (call) nor -1 (put) reached a pricing function."""

    def __init__(self, *, count: int, first_index: int, value: float) -> None:
        self.count = count
        self.first_index = first_index
        self.value = value
        super().__init__(
            f"cp: {count} values are neither +1 (call) nor -1 (put), first {value!r} at index {first_index}."
            " Hint: map the right before pricing; a null right belongs among the rejected rows."
        )


def lanes(*numbers: npt.ArrayLike) -> tuple[FloatArray, ...]:
    """Lay numbers side by side, one lane a contract: float64 arrays of one common shape, read-only views."""
    return np.broadcast_arrays(*(np.asarray(number, dtype=np.float64) for number in numbers))


def chunks(qty: int) -> Iterator[slice]:
    """Cut a long chain into pieces that a kernel works through in cache."""
    return (slice(start, start + CHUNK_QTY) for start in range(0, qty, CHUNK_QTY))


def require_rights(cp: FloatArray) -> None:
    """Refuse a `cp` that is neither call nor put: its intrinsic value would silently be wrong.

    Raises:
        UnknownRightError: how many, where the first one is and what it says.
    """
    unknown = np.abs(cp) != 1.0
    if unknown.any():
        first = int(np.flatnonzero(unknown)[0])
        raise UnknownRightError(count=int(unknown.sum()), first_index=first, value=float(cp.reshape(-1)[first]))


def total_vol(vol: FloatArray, years: FloatArray) -> FloatArray:
    """Say how wide the distribution at settlement is: vol * sqrt(years), and 0 once expired, whatever the vol."""
    return np.where(years <= 0.0, 0.0, vol * np.sqrt(np.maximum(years, 0.0)))


def d1_d2(
    forward: npt.ArrayLike, strike: npt.ArrayLike, *, vol: npt.ArrayLike, years: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Measure how far the forward stands from the strike, in standard deviations.

    d1 = ln(F/K)/s + s/2 and d2 = d1 - s, with s = vol * sqrt(years). Once s = 0 both are +inf above the strike, -inf
    below it and 0 on it, so that every step function of the expired contract follows from the same formula.
    """
    forward, strike, vol, years = lanes(forward, strike, vol, years)
    return _d1_d2(forward, strike, total_vol(vol, years))


def price(  # noqa: PLR0913  the six numbers of the formula
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    *,
    vol: npt.ArrayLike,
    years: npt.ArrayLike,
    cp: npt.ArrayLike,
    discount_factor: npt.ArrayLike,
) -> FloatArray:
    """Price European options on their forward, in points per unit of the underlying (multiplier and quantity excluded).

    DF * cp * (F N(cp d1) - K N(cp d2)), never under the discounted intrinsic value; exactly that value when years <= 0.

    Raises:
        UnknownRightError: a `cp` other than +1 or -1.
    """
    forward, strike, vol, years, cp, discount_factor = lanes(forward, strike, vol, years, cp, discount_factor)
    require_rights(cp)
    d1, d2 = _d1_d2(forward, strike, total_vol(vol, years))
    return discount_factor * undiscounted_price(forward, strike, n_d1=ndtr(cp * d1), n_d2=ndtr(cp * d2), cp=cp)


def delta_forward(
    forward: npt.ArrayLike, strike: npt.ArrayLike, *, vol: npt.ArrayLike, years: npt.ArrayLike, cp: npt.ArrayLike
) -> FloatArray:
    """Give the delta a trader picks strikes by: cp * N(cp d1), undiscounted, positive for calls, negative for puts.

    Raises:
        UnknownRightError: a `cp` other than +1 or -1.
    """
    forward, strike, vol, years, cp = lanes(forward, strike, vol, years, cp)
    require_rights(cp)
    d1, _ = _d1_d2(forward, strike, total_vol(vol, years))
    return np.asarray(cp * ndtr(cp * d1))


def prob_itm(
    forward: npt.ArrayLike, strike: npt.ArrayLike, *, vol: npt.ArrayLike, years: npt.ArrayLike, cp: npt.ArrayLike
) -> FloatArray:
    """Say how likely the option finishes in the money under the pricing measure: N(cp d2), 0 to 1.

    Risk-neutral: it prices, it does not forecast. On the strike at expiry it is one half, the limit of years -> 0.

    Raises:
        UnknownRightError: a `cp` other than +1 or -1.
    """
    forward, strike, vol, years, cp = lanes(forward, strike, vol, years, cp)
    require_rights(cp)
    _, d2 = _d1_d2(forward, strike, total_vol(vol, years))
    return np.asarray(ndtr(cp * d2))


def prob_above(
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    *,
    vol: npt.ArrayLike,
    years: npt.ArrayLike,
    slope_per_pt: npt.ArrayLike = 0.0,
) -> FloatArray:
    """Say how likely settlement is above a strike when vol changes along the smile: the digital call, undiscounted.

    N(d2) - F sqrt(T) n(d1) dIV/dK, with `slope_per_pt` = dIV/dK per index point at the strike; without a slope the flat
    N(d2). It is -dC/dK (Breeden and Litzenberger 1978) and leaves 0 to 1 where the smile itself has arbitrage. Once
    expired the slope says nothing.
    """
    forward, strike, vol, years, slope = lanes(forward, strike, vol, years, slope_per_pt)
    d1, d2 = _d1_d2(forward, strike, total_vol(vol, years))
    density = INV_SQRT_TWO_PI * np.exp(-0.5 * d1 * d1)
    return np.asarray(ndtr(d2) - forward * np.sqrt(np.maximum(years, 0.0)) * density * slope)


def undiscounted_price(
    forward: FloatArray, strike: FloatArray, *, n_d1: FloatArray, n_d2: FloatArray, cp: FloatArray
) -> FloatArray:
    """Price from N(cp d1) and N(cp d2) already at hand, in points paid at settlement; never under intrinsic value."""
    value = cp * (forward * n_d1 - strike * n_d2)
    # Far from the money the two terms cancel to a few ulps of either sign: an option is worth at least its exercise.
    return np.asarray(np.maximum(value, np.maximum(cp * (forward - strike), 0.0)))


def _d1_d2(forward: FloatArray, strike: FloatArray, total: FloatArray) -> tuple[FloatArray, FloatArray]:
    with np.errstate(divide="ignore", invalid="ignore"):  # s = 0 is the expired contract, defined in `d1_d2`
        log_moneyness = np.log(forward / strike)
        d1 = np.where(log_moneyness == 0.0, 0.0, log_moneyness / total) + 0.5 * total
    return d1, d1 - total
