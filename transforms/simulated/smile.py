"""The smile of the simulated market: one family of total-variance slices without static arbitrage.

SSVI (Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces", 2014, section 4):
w(k, theta) = theta/2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2)), k = ln(K/F), theta the total variance at the
money, phi(theta) = eta / sqrt(theta (1 + theta)). With eta (1 + |rho|) <= 2 no slice has butterfly arbitrage, and
slices with rising theta have no calendar arbitrage (their remark 4.4, gamma = 1/2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

ARBITRAGE_BOUND: Final = 2.0
_SQRT_TWO_PI: Final = float(np.sqrt(2.0 * np.pi))
_LEAST_VARIANCE: Final = 1e-12  # a slice at its settlement has none; keeps the division defined


@dataclass(frozen=True, slots=True)
class Smile:
    """Slope and strength of a smile: `rho` in (-1, 1), negative for SPX and positive for VIX; `eta` > 0.

    Either a number each, or a column each for many smiles at once.
    """

    rho: float | Floats
    eta: float | Floats

    @property
    def is_free_of_arbitrage(self) -> bool:
        """True where no slice of this smile can be arbitraged."""
        return bool(np.all(self.eta * (1.0 + np.abs(self.rho)) <= ARBITRAGE_BOUND))


@dataclass(frozen=True, slots=True)
class ForwardPrices:
    """Undiscounted prices in points, and the Greeks of the call: delta N(d1) and gamma per forward point."""

    call_pts: Floats
    put_pts: Floats
    call_delta: Floats
    gamma: Floats


def total_variance(log_moneyness: npt.ArrayLike, theta: npt.ArrayLike, smile: Smile) -> Floats:
    """Give the total implied variance at k = ln(K/F) of a slice whose at-the-money variance is theta."""
    k, at_the_money = np.asarray(log_moneyness, dtype=np.float64), np.asarray(theta, dtype=np.float64)
    phi_k = smile.eta / np.sqrt(at_the_money * (1.0 + at_the_money)) * k
    root = np.sqrt((phi_k + smile.rho) ** 2 + 1.0 - smile.rho**2)
    return np.asarray(0.5 * at_the_money * (1.0 + smile.rho * phi_k + root), dtype=np.float64)


def forward_prices(forward_pts: npt.ArrayLike, strike_pts: npt.ArrayLike, variance: npt.ArrayLike) -> ForwardPrices:
    """Price calls and puts on a forward (Black 1976), undiscounted; call less put is forward less strike exactly.

    The out-of-the-money side is computed, the other follows by parity.
    """
    forward, strike = np.asarray(forward_pts, dtype=np.float64), np.asarray(strike_pts, dtype=np.float64)
    total_vol = np.sqrt(np.maximum(np.asarray(variance, dtype=np.float64), _LEAST_VARIANCE))
    d1 = np.log(forward / strike) / total_vol + 0.5 * total_vol
    side = np.where(strike >= forward, 1.0, -1.0)
    out_of_the_money = side * (forward * ndtr(side * d1) - strike * ndtr(side * (d1 - total_vol)))
    out_of_the_money = np.maximum(out_of_the_money, 0.0)
    gamma = np.exp(-0.5 * d1**2) / (_SQRT_TWO_PI * forward * total_vol)
    return ForwardPrices(
        call_pts=out_of_the_money + np.maximum(forward - strike, 0.0),
        put_pts=out_of_the_money + np.maximum(strike - forward, 0.0),
        call_delta=np.asarray(ndtr(d1), dtype=np.float64),
        gamma=np.asarray(gamma, dtype=np.float64),
    )
