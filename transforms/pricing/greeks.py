"""Greeks of one contract: how an option's value answers its forward, its vol and one night.

Per unit of the underlying: multiplier, quantity and the way from a VX future to SPX are the book's business.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from transforms.pricing.black76 import (
    INV_SQRT_TWO_PI,
    FloatArray,
    chunks,
    d1_d2,
    lanes,
    require_rights,
    total_vol,
    undiscounted_price,
)

ONE_DAY_YEARS = 1 / 365
VOLPTS_PER_UNIT_VOL = 100


@dataclass(frozen=True, slots=True, eq=False)
class Greeks:
    """What moves one long option, one lane a contract, in points (calls +, puts - for deltas; a decaying long is -).

    Attributes:
        delta_forward: cp * N(cp d1), undiscounted; strikes are picked by this one.
        delta_b76: points per point of the forward, DF * cp * N(cp d1).
        gamma_b76: change of `delta_b76` per point of the forward, DF * n(d1) / (F s), s = vol * sqrt(years).
        vega_per_volpt: points per vol point (0.01), DF * F * n(d1) * sqrt(years) / 100.
        theta_per_day: points over the next calendar day at the same forward and vol, by repricing; within the last
            day, points to settlement.
        prob_itm: N(cp d2), risk-neutral, 0 to 1.
    """

    delta_forward: FloatArray
    delta_b76: FloatArray
    gamma_b76: FloatArray
    vega_per_volpt: FloatArray
    theta_per_day: FloatArray
    prob_itm: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class SecondOrderVolGreeks:
    """How delta and vega of one long option answer its vol, one lane a contract; vol in decimals (1.00 = 100 points).

    Attributes:
        vanna: change of `delta_b76` per unit of vol, and of vega per point of the forward: -DF n(d1) d2 / vol.
        volga: change of vega (points per unit of vol) per unit of vol: DF F n(d1) sqrt(years) d1 d2 / vol.
    """

    vanna: FloatArray
    volga: FloatArray


def second_order_vol_greeks(  # noqa: PLR0913  the six numbers of the formula
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    *,
    vol: npt.ArrayLike,
    years: npt.ArrayLike,
    cp: npt.ArrayLike,
    discount_factor: npt.ArrayLike,
) -> SecondOrderVolGreeks:
    """Say how delta and vega change with the vol; the same for calls and puts, 0 once expired. Black (1976).

    Raises:
        UnknownRightError: a `cp` other than +1 or -1.
    """
    forward, strike, vol, years, cp, discount_factor = lanes(forward, strike, vol, years, cp, discount_factor)
    require_rights(cp)
    d1, d2 = d1_d2(forward, strike, vol=vol, years=years)
    density = discount_factor * INV_SQRT_TWO_PI * np.exp(-0.5 * d1 * d1)
    is_over = total_vol(vol, years) == 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        vanna = np.where(is_over, 0.0, -density * d2 / vol)
        volga = np.where(is_over, 0.0, density * forward * np.sqrt(np.maximum(years, 0.0)) * d1 * d2 / vol)
    return SecondOrderVolGreeks(vanna=vanna, volga=volga)


def greeks(  # noqa: PLR0913  the six numbers of the formula
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    *,
    vol: npt.ArrayLike,
    years: npt.ArrayLike,
    cp: npt.ArrayLike,
    discount_factor: npt.ArrayLike,
) -> Greeks:
    """Say how one long option answers its forward, its vol and the coming day.

    Expired (years <= 0): deltas and `prob_itm` are steps (one half on the strike itself), gamma, vega and theta are 0.
    A NaN vol gives NaN in every Greek of a living contract. Formulas: Black (1976) and its derivatives.

    Raises:
        UnknownRightError: a `cp` other than +1 or -1.
    """
    contracts = lanes(forward, strike, vol, years, cp, discount_factor)
    shape = contracts[0].shape
    contracts = tuple(lane.reshape(-1) for lane in contracts)
    require_rights(contracts[4])
    answers = {field.name: np.empty(contracts[0].size) for field in fields(Greeks)}
    for chunk in chunks(contracts[0].size):
        for name, lane in _greeks_of_chunk(*(numbers[chunk] for numbers in contracts)).items():
            answers[name][chunk] = lane
    return Greeks(**{name: lane.reshape(shape) for name, lane in answers.items()})


def _greeks_of_chunk(*contracts: FloatArray) -> dict[str, FloatArray]:
    forward, strike, vol, years, cp, discount_factor = contracts
    total = total_vol(vol, years)
    d1, d2 = d1_d2(forward, strike, vol=vol, years=years)
    n_d1, n_d2 = ndtr(cp * d1), ndtr(cp * d2)
    discounted_density = discount_factor * INV_SQRT_TWO_PI * np.exp(-0.5 * d1 * d1)
    with np.errstate(divide="ignore", invalid="ignore"):
        gamma = np.where(total == 0.0, 0.0, discounted_density / (forward * total))
    value_now = discount_factor * undiscounted_price(forward, strike, n_d1=n_d1, n_d2=n_d2, cp=cp)
    value_next_day = _price_next_day(forward, strike, vol=vol, years=years, cp=cp, discount_factor=discount_factor)
    return {
        "delta_forward": cp * n_d1,
        "delta_b76": discount_factor * cp * n_d1,
        "gamma_b76": gamma,
        "vega_per_volpt": discounted_density * forward * np.sqrt(np.maximum(years, 0.0)) / VOLPTS_PER_UNIT_VOL,
        "theta_per_day": value_next_day - value_now,
        "prob_itm": n_d2,
    }


def _price_next_day(  # noqa: PLR0913  the six numbers of the formula
    forward: FloatArray,
    strike: FloatArray,
    *,
    vol: FloatArray,
    years: FloatArray,
    cp: FloatArray,
    discount_factor: FloatArray,
) -> FloatArray:
    # Repricing, not the analytic theta: inside two days the latter promises more decay than there is value left.
    years_next_day = np.maximum(years - ONE_DAY_YEARS, 0.0)
    # The discount factor rolls at its own rate, exp(-r T') with r = -ln DF / T; an expired contract keeps its own.
    remaining_frac = np.divide(years_next_day, years, out=np.ones(years.shape), where=years > 0.0)
    d1, d2 = d1_d2(forward, strike, vol=vol, years=years_next_day)
    value = undiscounted_price(forward, strike, n_d1=ndtr(cp * d1), n_d2=ndtr(cp * d2), cp=cp)
    return np.asarray(discount_factor**remaining_frac * value)
