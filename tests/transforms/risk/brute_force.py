"""METHODOLOGY 4.18 once more, leg by leg and cell by cell, priced by QuantLib. Nothing of ours is called.

Time passes, then SPX jumps. What METHODOLOGY leaves open stands in docs/metrics.md under "Scenarios".
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import QuantLib

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RESPONSES = {"muted": (0.5, 0.9), "base": (1.0, 1.0), "severe": (2.0, 1.2), "inverse": (0.0, 1.0)}
TYPE = {"C": QuantLib.Option.Call, "P": QuantLib.Option.Put}


def A(tau: float) -> float:  # noqa: N802 - its name in the methodology
    return -6.0 * (1 + tau / 25) ** -0.67


def shocked(level: float, eps: float, shock: float, multiple: float, *, holds_points: bool = False) -> float:
    exponent = multiple * eps * (0.85 if shock > 0 else 1)
    path = level * (1 + exponent * math.log(1 + shock)) if holds_points else level * (1 + shock) ** exponent
    return max(min(path, max(85, level)), min(9, level))


def black(right: str, strike: float, forward: float, deviation: float, discount: float) -> tuple[float, float]:
    """Value and delta to the forward."""
    calculator = QuantLib.BlackCalculator(
        QuantLib.PlainVanillaPayoff(TYPE[right], strike), forward, deviation, discount
    )
    return calculator.value(), calculator.deltaForward()


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """The night: smiles by (root, expiry), the VX curve as (days, price) pairs."""

    spot: float
    vix: float
    smile: Callable[[dict[str, Any], float], float]
    curve: Sequence[tuple[float, float]]

    def line(self, days: float) -> float:
        """Straight between two contracts, drawn on beyond the first and the last two."""
        nodes = [node[0] for node in self.curve]
        right = min(max(bisect_right(nodes, days), 1), len(nodes) - 1)
        (d0, p0), (d1, p1) = self.curve[right - 1], self.curve[right]
        return p0 + (days - d0) * (p1 - p0) / (d1 - d0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    shock: float
    response: str
    passed_years: float
    passed_days: int


@dataclass(frozen=True, slots=True)
class Value:
    """Points per contract: the smile carried, each strike's own vol, the path with points held; delta per 1% of SPX."""

    carried: float
    sticky: float
    held_points: float
    delta_per_1pct: float


def value(leg: dict[str, Any], cell: Cell, market: Market) -> Value:
    return _spx(leg, cell, market) if leg["root"] in {"SPX", "SPXW"} else _vix(leg, cell, market)


def _spx(leg: dict[str, Any], cell: Cell, market: Market) -> Value:
    strike, right, forward = leg["strike_pts"], leg["right"], leg["forward_pts"]
    left = max(leg["t_years"] - cell.passed_years, 0.0)
    spot = market.spot * (1 + cell.shock)
    if left == 0.0:
        payoff = max(spot - strike if right == "C" else strike - spot, 0.0)
        return Value(payoff, payoff, payoff, 0.0)
    carry = math.log(forward / market.spot) / leg["t_years"]
    after = spot * math.exp(carry * left)
    rate = -math.log(leg["discount_factor_frac"]) / leg["t_years"]
    discount = math.exp(-rate * left)
    tenor = max(leg["dte_days"] - cell.passed_days, 0)
    eps, multiple = -6.1 * 20 / market.vix, RESPONSES[cell.response][0]
    results = []
    for k, holds in (
        (math.log(strike / after), False),
        (math.log(strike / forward), False),
        (math.log(strike / after), True),
    ):
        vix_after = shocked(market.vix, eps, cell.shock, multiple, holds_points=holds)
        shift = 0.85 * (30 / max(tenor, 7)) ** 0.40 * (vix_after - market.vix) / 100
        vol = max(market.smile(leg, k) + shift, 0.05)
        results.append(black(right, strike, after, vol * math.sqrt(left), discount))
    (carried, delta), (sticky, _), (held, _) = results
    return Value(carried, sticky, held, 0.01 * delta * after)


def _vix(leg: dict[str, Any], cell: Cell, market: Market) -> Value:
    tau, level = leg["dte_days"], leg["forward_pts"]
    tau_left = max(tau - cell.passed_days, 0)
    rolled = level if cell.passed_days == 0 else level + market.line(tau_left) - market.line(tau)
    multiple, vol_multiple = RESPONSES[cell.response]
    found = []
    for holds in (False, True):
        after = shocked(rolled, A(tau_left) * 20 / rolled, cell.shock, multiple, holds_points=holds)
        per_1pct = 0.01 * A(tau_left) * 20 / after * after
        if leg["strike_pts"] is None:
            found.append((after, per_1pct if tau_left else 0.0))
            continue
        left = max(leg["t_years"] - cell.passed_years, 0.0)
        if left == 0.0:
            gain = after - leg["strike_pts"] if leg["right"] == "C" else leg["strike_pts"] - after
            found.append((max(gain, 0.0), 0.0))
            continue
        rate = -math.log(leg["discount_factor_frac"]) / leg["t_years"]
        deviation = leg["iv_vol"] * vol_multiple * math.sqrt(left)
        price, delta = black(leg["right"], leg["strike_pts"], after, deviation, math.exp(-rate * left))
        found.append((price, delta * per_1pct))
    (carried, delta), (held, _) = found
    return Value(carried, carried, held, delta)
