"""What the book earns on the money tied up in it, a year: XIRR where it has one answer, MIRR where it has several.

METHODOLOGY 4.13. Under 30 days nothing is annualised: a credit of 0.70 on a 50-point width for a day would be 17,000%.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from scipy.optimize import brentq

from transforms.thresholds import threshold

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

DAYS_PER_YEAR: Final = 365.0
# ln(1 + R) is looked for between these: from losing all but 2e-9 to 4.9e8 times the money a year.
LOG_RETURN_BOUNDS: Final = (-20.0, 20.0)
XIRR: Final = "XIRR"
MIRR: Final = "MIRR"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRules:
    """How long money must be at work before a year's return is spoken of."""

    NAME: ClassVar[str] = "returns"

    least_days: int = threshold(
        30, unit="calendar days", says="No annual return for a holding period under", ref="METHODOLOGY 4.13"
    )


RULES: Final = ReturnRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Effective annual rates: what money at rest earns, and what money at work costs; null where not known."""

    risk_free_frac: float | None
    wacc_frac: float | None


@dataclass(frozen=True, slots=True)
class AnnualReturn:
    """A return a year, 0.31 = 31%, and the method that found it; null with a reason."""

    frac: float | None = None
    method: str | None = None
    reason: str | None = None


def annual_return(
    days: npt.ArrayLike, flows_usd: npt.ArrayLike, rates: Rates, rules: ReturnRules = RULES
) -> AnnualReturn:
    """Give the annual return of cash flows, received +, paid -, `days` after the first.

    XIRR unless the cumulative flows change sign more than once, or no rate balances them: then MIRR. Sign changes of
    the single flows are no test.
    """
    at, flow = np.asarray(days, dtype=np.float64), np.asarray(flows_usd, dtype=np.float64)
    if flow.size == 0:
        return AnnualReturn(reason="no cash has flowed yet")
    held_days = at.max() - at.min()
    if held_days < rules.least_days:
        return AnnualReturn(
            reason=f"{held_days:.0f} days: under {rules.least_days} only the return on margin of the period is given"
        )
    found = None if cumulative_sign_changes(flow) > 1 else xirr(at, flow)
    return mirr(at, flow, rates) if found is None else AnnualReturn(found, XIRR)


def cumulative_sign_changes(flows_usd: npt.ArrayLike) -> int:
    """Count how often the running sum of the flows passes from paid to received or back; zeros are passed over."""
    signs = np.sign(np.cumsum(np.asarray(flows_usd, dtype=np.float64)))
    return int(np.count_nonzero(np.diff(signs[signs != 0.0])))


def xirr(days: npt.ArrayLike, flows_usd: npt.ArrayLike) -> float | None:
    """Give R with sum CF_i / (1 + R)^(days_i / 365) = 0, by Brent in ln(1 + R); none where no such R is bracketed."""
    years = np.asarray(days, dtype=np.float64) / DAYS_PER_YEAR
    flow = np.asarray(flows_usd, dtype=np.float64)

    def present_value(log_return: float) -> float:
        return float(np.sum(flow * np.exp(-log_return * years)))

    low, high = (present_value(bound) for bound in LOG_RETURN_BOUNDS)
    if not low * high < 0.0:
        return None
    return float(np.expm1(brentq(present_value, *LOG_RETURN_BOUNDS, xtol=1e-14)))


def mirr(days: npt.ArrayLike, flows_usd: npt.ArrayLike, rates: Rates) -> AnnualReturn:
    """Give (FV of what came in, carried to the end at rf / PV of what went out, at wacc)^(365/days) - 1."""
    if rates.risk_free_frac is None or rates.wacc_frac is None:
        missing = "the risk-free rate" if rates.risk_free_frac is None else "WACC"
        return AnnualReturn(reason=f"XIRR has no single answer, and MIRR needs {missing}")
    at, flow = np.asarray(days, dtype=np.float64), np.asarray(flows_usd, dtype=np.float64)
    first, last = at.min(), at.max()
    received = np.sum(np.maximum(flow, 0.0) * (1.0 + rates.risk_free_frac) ** ((last - at) / DAYS_PER_YEAR))
    paid = -np.sum(np.minimum(flow, 0.0) * (1.0 + rates.wacc_frac) ** (-(at - first) / DAYS_PER_YEAR))
    if paid <= 0.0:
        return AnnualReturn(reason="no money was put in: nothing to measure a return on")
    return AnnualReturn(float((received / paid) ** (DAYS_PER_YEAR / (last - first)) - 1.0), MIRR)
