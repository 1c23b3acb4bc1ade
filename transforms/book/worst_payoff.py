"""The least a handful of options can be worth when they expire: at zero, at a strike, or without bound above."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

Leg = dict[str, Any]


def worst_payoff_usd(legs: Iterable[Leg]) -> float | None:
    """Give the worst payoff in USD, before what was paid or received; null when there is no bound.

    Each expiry settles at a level of its own, so the worst of each is added up. Payoffs are straight between strikes.
    """
    by_expiry: defaultdict[dt.date, list[Leg]] = defaultdict(list)
    for leg in legs:
        by_expiry[leg["expiry_date"]].append(leg)
    worst = [_worst_of_expiry(of_expiry) for of_expiry in by_expiry.values()]
    known = [usd for usd in worst if usd is not None]
    return sum(known) if len(known) == len(worst) else None


def _worst_of_expiry(legs: list[Leg]) -> float | None:
    if sum(leg["quantity_qty"] for leg in legs if leg["right"] == "C") < 0:
        return None
    levels = [0.0, *(leg["strike_pts"] for leg in legs)]
    return min(sum(_payoff_usd(leg, level) for leg in legs) for level in levels)


def _payoff_usd(leg: Leg, level_pts: float) -> float:
    sign = 1.0 if leg["right"] == "C" else -1.0
    intrinsic_pts = max(sign * (level_pts - leg["strike_pts"]), 0.0)
    return float(leg["quantity_qty"] * leg["multiplier_usd"] * intrinsic_pts)
