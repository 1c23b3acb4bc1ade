"""The contracts the kernels are measured on: 20,000 of SPX and 1,500 of VIX, with the vol each price was made from.

Prices are Black-76 to 40 digits, rounded once. Each expiry is listed from 0.4 to 1.6 times its forward, but no further
than 12 at-the-money standard deviations under and 8 over it: 15 minutes before settlement nobody lists half the index.
The far wings are worth less than any tick, on purpose: a solver that stops at a price tolerance is found out there.
"""

from typing import NamedTuple

import mpmath
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

MINUTES_A_YEAR = 525_600
DIGITS = 40
LAST_BIT_FRAC = 2.0**-52
DETERMINED_WITHIN_VOL = 1e-13
RATE_FRAC = 0.043
DEEPEST_PUT, FARTHEST_CALL = 7.0, 5.5  # at-the-money standard deviations from the forward


class Contracts(NamedTuple):
    """One lane a contract: what a solver is given, and the vol it should find."""

    price: FloatArray
    forward: FloatArray
    strike: FloatArray
    years: FloatArray
    cp: FloatArray
    discount_factor: FloatArray
    vol: FloatArray

    @property
    def rate(self) -> FloatArray:
        """The continuous rate, for peers that want one instead of a discount factor."""
        return -np.log(self.discount_factor) / self.years

    def take(self, lanes: slice | npt.NDArray[np.bool_]) -> "Contracts":
        """Some of the contracts."""
        return Contracts(*(numbers[lanes] for numbers in self))

    def determined(self) -> npt.NDArray[np.bool_]:
        """Where the price, a double, pins the vol down to 1e-13: elsewhere no solver can be wrong."""
        total = self.vol * np.sqrt(self.years)
        d1 = np.log(self.forward / self.strike) / total + 0.5 * total
        density = np.exp(-0.5 * d1 * d1) / np.sqrt(2.0 * np.pi)
        vega = self.discount_factor * self.forward * density * np.sqrt(self.years)
        return self.price * LAST_BIT_FRAC < DETERMINED_WITHIN_VOL * vega


class Listing(NamedTuple):
    """How an underlying is listed: expiries, strikes in all, and its smile at one standard deviation."""

    forward: float
    years: FloatArray
    strikes_qty: int
    atm_vol: float
    long_vol: float
    skew_frac: float


SPX = Listing(4150.0, np.geomspace(15 / MINUTES_A_YEAR, 3.0, 43), 10_000, 0.16, 0.20, -0.06)
VIX = Listing(21.0, np.geomspace(1 / 365, 0.75, 12), 750, 1.10, 0.60, 0.05)


def make_contracts(*, every: int = 1) -> Contracts:
    """Make the set, or each `every`-th contract of it."""
    listed = [_listed(SPX), _listed(VIX)]
    lanes = [np.concatenate(parts)[::every] for parts in zip(*listed, strict=True)]
    return Contracts(_prices(*lanes), *lanes)


def _listed(listing: Listing) -> tuple[FloatArray, ...]:
    """Forward, strike, years, cp, discount factor and vol; both rights of each strike."""
    frames: list[tuple[FloatArray, ...]] = []
    sizes = [len(part) for part in np.array_split(np.arange(listing.strikes_qty), len(listing.years))]
    for years, strikes_qty in zip(listing.years, sizes, strict=True):
        atm = listing.long_vol + (listing.atm_vol - listing.long_vol) * np.exp(-4.0 * years)
        deviation = atm * np.sqrt(years)
        k = np.linspace(
            max(np.log(0.4), -DEEPEST_PUT * deviation), min(np.log(1.6), FARTHEST_CALL * deviation), strikes_qty
        )
        z = k / deviation
        vol = np.repeat(atm * (1.0 + listing.skew_frac * z + 0.010 * z * z), 2)
        forward = np.full(vol.size, listing.forward * np.exp(0.025 * years))
        strike = np.round(forward * np.exp(np.repeat(k, 2)), 3)
        cp = np.tile([1.0, -1.0], strikes_qty)
        same = np.ones(vol.size)
        frames.append((forward, strike, same * years, cp, same * np.exp(-RATE_FRAC * years), vol))
    return tuple(np.concatenate(parts) for parts in zip(*frames, strict=True))


def _prices(*lanes: FloatArray) -> FloatArray:
    with mpmath.workdps(DIGITS):
        return np.array([_price(*contract) for contract in zip(*(lane.tolist() for lane in lanes), strict=True)])


def _price(*contract: float) -> float:
    forward, strike, years, cp, discount_factor, vol = map(mpmath.mpf, contract)
    total = vol * mpmath.sqrt(years)
    d1 = mpmath.log(forward / strike) / total + total / 2
    undiscounted = cp * (forward * mpmath.ncdf(cp * d1) - strike * mpmath.ncdf(cp * (d1 - total)))
    return float(discount_factor * undiscounted)
