"""From a fair price to a bid and an ask: how wide a market maker quotes, and on which ticks.

Both sides are rounded away from the fair price, so no quote can break a bound the fair prices keep by more than its own
spread. Ticks: METHODOLOGY 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_ROUNDING: Final = 1e-9  # 0.30 / 0.05 is 5.999...: a price on its tick stays there


@dataclass(frozen=True, slots=True)
class QuoteStyle:
    """How a class of options is quoted; points.

    Half the spread is `floor_pts + of_price * price`, the price being that of the out-of-the-money side, plus
    `of_intrinsic` of the intrinsic value (at most `intrinsic_cap_pts`), times 1 + `of_years` * years.
    """

    small_tick_pts: float
    large_tick_pts: float
    tick_change_pts: float
    floor_pts: float
    of_price: float
    of_intrinsic: float
    intrinsic_cap_pts: float
    of_years: float


SPX_STYLE: Final = QuoteStyle(0.05, 0.10, 3.0, 0.02, 0.006, 0.008, 3.0, 0.5)
VIX_STYLE: Final = QuoteStyle(0.01, 0.05, 3.0, 0.01, 0.015, 0.025, 0.25, 0.3)
VIXW_STYLE: Final = QuoteStyle(0.01, 0.01, 3.0, 0.015, 0.025, 0.04, 0.40, 0.3)
STYLE_OF_ROOT: Final = {"SPX": SPX_STYLE, "SPXW": SPX_STYLE, "VIX": VIX_STYLE, "VIXW": VIXW_STYLE}


def half_spread_pts(
    price_pts: npt.ArrayLike, intrinsic_pts: npt.ArrayLike, *, years: float, style: QuoteStyle
) -> Floats:
    """Give half the width a market maker asks for around a fair price."""
    price, intrinsic = np.asarray(price_pts, dtype=np.float64), np.asarray(intrinsic_pts, dtype=np.float64)
    time_value = np.maximum(price - intrinsic, 0.0)
    width = style.floor_pts + style.of_price * time_value
    width = width * (1.0 + style.of_years * years)
    return np.asarray(width + np.minimum(style.of_intrinsic * intrinsic, style.intrinsic_cap_pts), dtype=np.float64)


def bid_ask(
    price_pts: npt.ArrayLike, intrinsic_pts: npt.ArrayLike, *, years: float, style: QuoteStyle
) -> tuple[Floats, Floats]:
    """Quote fair prices: the bid down to its tick (0 where there is none), the ask up to its tick."""
    price = np.asarray(price_pts, dtype=np.float64)
    half = half_spread_pts(price, intrinsic_pts, years=years, style=style)
    bid = np.maximum(_to_tick(price - half, style, np.floor, -_ROUNDING), 0.0)
    ask = np.maximum(_to_tick(price + half, style, np.ceil, _ROUNDING), style.small_tick_pts)
    return bid, ask


def _to_tick(value: Floats, style: QuoteStyle, rounding: np.ufunc, slack: float) -> Floats:
    tick = np.where(value < style.tick_change_pts, style.small_tick_pts, style.large_tick_pts)
    return np.asarray(np.round(rounding(value / tick - slack) * tick, 2), dtype=np.float64)
