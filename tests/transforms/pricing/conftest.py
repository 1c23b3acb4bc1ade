"""The oracle of the pricing tests: Black-76 written out in 50-digit arithmetic, from the paper and nothing else."""

from types import SimpleNamespace

import mpmath
import pytest

mpmath.mp.dps = 50


def exact_price(  # noqa: PLR0917  the six numbers of the formula
    forward: float, strike: float, vol: float, years: float, cp: float, discount_factor: float
) -> mpmath.mpf:
    """DF * cp * (F N(cp d1) - K N(cp d2)): Black (1976), equation 16, with the discount factor given."""
    forward, strike, years = mpmath.mpf(forward), mpmath.mpf(strike), mpmath.mpf(years)
    total = mpmath.mpf(vol) * mpmath.sqrt(years)
    d1 = mpmath.log(forward / strike) / total + total / 2
    terms = forward * normal_cdf(cp * d1) - strike * normal_cdf(cp * (d1 - total))
    return mpmath.mpf(discount_factor) * cp * terms


def exact_prob_itm(forward: float, strike: float, vol: float, years: float, cp: float) -> mpmath.mpf:
    """N(cp d2), the probability of exercise under the pricing measure."""
    total = mpmath.mpf(vol) * mpmath.sqrt(mpmath.mpf(years))
    return normal_cdf(cp * (mpmath.log(mpmath.mpf(forward) / mpmath.mpf(strike)) / total - total / 2))


def normal_cdf(z: mpmath.mpf) -> mpmath.mpf:
    """N(z) without cancellation in either tail."""
    return mpmath.erfc(-z / mpmath.sqrt(2)) / 2


def exact_vol(  # noqa: PLR0917  the six numbers of the formula and where to begin
    price: float, forward: float, strike: float, years: float, cp: float, discount_factor: float, start: float
) -> mpmath.mpf:
    """Solve for the vol of the very double that was given, by the secant method on the log of the time value."""
    strike, intrinsic = mpmath.mpf(strike), max(int(cp) * (mpmath.mpf(forward) - mpmath.mpf(strike)), mpmath.mpf(0))
    target = mpmath.log(mpmath.mpf(price) / mpmath.mpf(discount_factor) - intrinsic)
    otm_cp = 1 if forward < strike else -1

    def error(vol: mpmath.mpf) -> mpmath.mpf:
        return mpmath.log(exact_price(forward, strike, vol, years, otm_cp, 1.0)) - target

    return mpmath.findroot(error, (mpmath.mpf(start), mpmath.mpf(start) * mpmath.mpf("1.0001")), tol=1e-30)


@pytest.fixture(scope="session")
def exact() -> SimpleNamespace:
    return SimpleNamespace(price=exact_price, vol=exact_vol, prob_itm=exact_prob_itm)
