"""Implied volatility of a whole chain at once: the vol at which Black-76 gives back the quoted price.

A closed-form inversion of the normal model guesses, two third-order Householder steps on the log price finish. Nothing
is iterated further: a lane that has not settled goes to vollib's scalar solver and has to reprice there, or is refused.

Sources: Jaeckel, "Implied Normal Volatility", Wilmott, 2017 (the rational guess); Jaeckel, "Let's Be Rational", 2015
(the scaled form of the price and the Householder step); Hagan et al., "Managing smile risk", Wilmott, 2002 (normal to
lognormal vol).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import erfcx

from transforms.pricing.black76 import FloatArray, chunks, lanes, require_rights
from transforms.pricing.reference_solver import total_vol_of_otm_call

BoolArray = npt.NDArray[np.bool_]
StatusArray = npt.NDArray[np.uint8]

INV_SQRT_TWO = 0.7071067811865476
INV_SQRT_TWO_PI = 0.3989422804014327

# A put worth less than this share of its distance from the money takes the second rational function of the 2017 paper.
FAR_FROM_THE_MONEY = 0.001882039271
# On the strike itself the distance is zero; this stands for it, and cancels.
NEAREST_DISTANCE = 1e-100

# The steps are of fourth order: after a last one of 1e-4, what is left is under the rounding of the price.
LARGEST_SETTLED_STEP = 1e-4
# Beyond, the price saturates, its logarithm is flat and the steps lose their order.
LARGEST_SETTLED_TOTAL_VOL = 4.0
# What vollib returns has to give the price back this closely, in parts of the total vol.
REPRICING_TOLERANCE = 1e-10
ROUNDING_OF_PRICE = 2.0**-51


class IvStatus(IntEnum):
    """Why a contract has an implied vol or has none; the lowercase name is what `iv_status` stores."""

    OK = 0
    ZERO_BID = 1  # set by the quotes, before pricing
    NO_QUOTE = 2  # price, forward, strike, time or discount factor missing or negative
    CROSSED = 3  # set by the quotes, before pricing
    BELOW_INTRINSIC = 4  # no time value
    ABOVE_MAXIMUM = 5  # time value of min(forward, strike) or more
    EXPIRED = 6
    NOT_CONVERGED = 7  # the price does not pin a vol down


@dataclass(frozen=True, slots=True, eq=False)
class ImpliedVols:
    """The implied vols of a chain with the reason beside each one that is missing.

    Attributes:
        vol: annualised decimals; NaN exactly where `status` is not OK. Leaves the arrays through `to_series`, as null.
        status: `IvStatus` codes, one a lane.
    """

    vol: FloatArray
    status: StatusArray

    def to_series(self) -> tuple[pl.Series, pl.Series]:
        """Hand over the columns `iv_vol` (null where there is none, never NaN) and `iv_status` (lowercase text)."""
        names = pl.Series("iv_status", [status.name.lower() for status in IvStatus], dtype=pl.String)
        return (
            pl.Series("iv_vol", self.vol.reshape(-1), dtype=pl.Float64, nan_to_null=True),
            names.gather(pl.Series(self.status.reshape(-1), dtype=pl.UInt32)),
        )


class QuotedContracts(NamedTuple):
    """What a quoted price, discounted and in points, is read against; one lane a contract."""

    price: FloatArray
    forward: FloatArray
    strike: FloatArray
    years: FloatArray
    cp: FloatArray
    discount_factor: FloatArray


class _OtmOptions(NamedTuple):
    """The out-of-the-money twin of each contract, undiscounted and per sqrt(forward * strike)."""

    value: FloatArray
    log_distance: FloatArray  # |ln(F/K)|
    distance: FloatArray  # |F - K|


def implied_vol(  # noqa: PLR0913  the six numbers of the formula
    price: npt.ArrayLike,
    forward: npt.ArrayLike,
    *,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    cp: npt.ArrayLike,
    discount_factor: npt.ArrayLike,
) -> ImpliedVols:
    """Read off each quoted price the vol the market pays, with a status for every price that implies none.

    Prices are discounted points per unit of the underlying; `cp` is +1 for a call, -1 for a put. All arguments are
    broadcast together. No price raises: each edge is a value of `IvStatus`.

    Raises:
        UnknownRightError: a `cp` other than +1 or -1.
    """
    contracts = QuotedContracts(*lanes(price, forward, strike, years, cp, discount_factor))
    require_rights(contracts.cp)
    shape = contracts.price.shape
    contracts = QuotedContracts(*(lane.reshape(-1) for lane in contracts))
    vol = np.empty(contracts.price.size)
    status = np.empty(contracts.price.size, dtype=np.uint8)
    with np.errstate(all="ignore"):  # a lane without an answer runs along as NaN and is told by its status
        for chunk in chunks(vol.size):
            vol[chunk], status[chunk] = _solve(QuotedContracts(*(lane[chunk] for lane in contracts)))
    return ImpliedVols(vol=vol.reshape(shape), status=status.reshape(shape))


def _solve(contracts: QuotedContracts) -> tuple[FloatArray, StatusArray]:
    price, forward, strike, years, cp, discount_factor = contracts
    undiscounted = price / discount_factor
    time_value = undiscounted - np.maximum(cp * (forward - strike), 0.0)
    scale = np.sqrt(forward * strike)
    options = _OtmOptions(
        value=time_value / scale,
        log_distance=np.abs(np.log(forward / strike)),
        distance=np.maximum(np.abs(forward - strike) / scale, NEAREST_DISTANCE),
    )
    total = _guess_total_vol(options)
    total += _householder_step(total, options)
    last_step = _householder_step(total, options)
    total += last_step

    status = np.full(price.shape, IvStatus.OK, dtype=np.uint8)
    status[time_value >= np.minimum(forward, strike)] = IvStatus.ABOVE_MAXIMUM
    # A price at intrinsic value misses it by the rounding of the division above: that is no time value.
    status[time_value <= ROUNDING_OF_PRICE * undiscounted] = IvStatus.BELOW_INTRINSIC
    status[years <= 0.0] = IvStatus.EXPIRED
    status[~_is_quoted(contracts)] = IvStatus.NO_QUOTE

    settled = (np.abs(last_step) <= LARGEST_SETTLED_STEP * total) & (total <= LARGEST_SETTLED_TOTAL_VOL)
    for lane in np.flatnonzero((status == IvStatus.OK) & ~settled):
        total[lane] = _verified_total_vol(options, lane)
        if np.isnan(total[lane]):
            status[lane] = IvStatus.NOT_CONVERGED
    return np.where(status == IvStatus.OK, total / np.sqrt(years), np.nan), status


def _is_quoted(contracts: QuotedContracts) -> BoolArray:
    price, forward, strike, _, _, discount_factor = contracts
    positive = (price >= 0.0) & (forward > 0.0) & (strike > 0.0) & (discount_factor > 0.0)
    return positive & np.isfinite(sum(contracts))  # one missing number makes the sum missing


def _guess_total_vol(options: _OtmOptions) -> FloatArray:
    """Invert the normal model in closed form, then turn its vol into a lognormal one.

    x solves N(x) + n(x)/x = -value/distance by the rational functions of "Implied Normal Volatility" (2017); the one
    correction the paper adds is left to the steps that follow.
    """
    ratio = options.value / options.distance
    g = -1.0 / (ratio + 0.5)
    g2 = g * g
    xi = (0.032114372355 - g2 * (0.016969777977 - g2 * (2.6207332461e-3 - 9.6066952861e-5 * g2))) / (
        1.0 - g2 * (0.6635646938 - g2 * (0.14528712196 - 0.010472855461 * g2))
    )
    near = g * (INV_SQRT_TWO_PI + xi * g2)
    h = np.sqrt(-np.log(ratio))
    far = (9.4883409779 - h * (9.6320903635 - h * (0.58556997323 + 2.1464093351 * h))) / (
        1.0 - h * (0.65174820867 + h * (1.5120247828 + 6.6437847132e-5 * h))
    )
    normal = options.distance / np.abs(np.where(ratio > FAR_FROM_THE_MONEY, near, far))
    return normal * (1.0 + normal * normal / 24.0) / (1.0 + options.log_distance * options.log_distance / 24.0)


def _log_price_error_and_slope(total: FloatArray, h: FloatArray, value: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Compare the model's log price at a total vol with the quoted one; the slope is d ln(price) / d(total vol).

    With h = log distance/s and t = s/2 the price is exp(-(h^2 + t^2)/2) * D, and its vega n(0) times the same
    exponential: the slope needs only D, which two scaled complementary error functions give without an exponential.
    """
    t = 0.5 * total
    scaled_price = 0.5 * (erfcx((h - t) * INV_SQRT_TWO) - erfcx((h + t) * INV_SQRT_TWO))
    error = np.log(scaled_price / value) - 0.5 * (h * h + t * t)
    return error, INV_SQRT_TWO_PI / scaled_price


def _householder_step(total: FloatArray, options: _OtmOptions) -> FloatArray:
    """Move the total vol towards the quoted price by one third-order Householder step on the log price."""
    h = options.log_distance / total
    error, slope = _log_price_error_and_slope(total, h, options.value)
    newton = -error / slope
    bend = h * h / total
    second = bend - 0.25 * total  # second and third derivative of the price, each over the first
    third = second * second - 3.0 * bend / total - 0.25
    halley = second - slope
    householder = third - 3.0 * slope * second + 2.0 * slope * slope
    step = newton * (1.0 + 0.5 * halley * newton) / (1.0 + newton * (halley + householder * newton / 6.0))
    return np.minimum(np.maximum(step, -0.5 * total), total)


def _verified_total_vol(options: _OtmOptions, lane: np.intp) -> float:
    """Ask the reference for one lane, and take its answer only if it reprices; NaN otherwise.

    The rounding of the price counts as error: where it alone could move the vol, the price implies none.
    """
    one = _OtmOptions(*(numbers[lane : lane + 1] for numbers in options))
    total = total_vol_of_otm_call(float(one.value[0]), float(one.log_distance[0]))
    if total is None:
        return np.nan
    error, slope = _log_price_error_and_slope(np.array([total]), one.log_distance / total, one.value)
    uncertainty = (np.abs(error) + ROUNDING_OF_PRICE) / slope
    return total if uncertainty[0] <= REPRICING_TOLERANCE * total else np.nan
