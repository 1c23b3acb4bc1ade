"""What an AM-settled condor pays tomorrow morning: its payoff at SET, last seen from its last trading evening.

It can be traded no more, and an overnight gap lies between the close and the opening prints it settles on (METHODOLOGY
3.2, 6.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.condor_distances import HAS_SETTLED, NO_SPOT
from transforms.book.condor_legs import CONDOR
from transforms.book.legs import SIZE_USD
from transforms.book.positions import SETTLED_TODAY

if TYPE_CHECKING:
    from collections.abc import Mapping

# SET over the mark spot, less one, by the column that has the payoff there.
SET_MOVES_FRAC: Final[Mapping[str, float]] = {
    "set_payoff_m2_usd": -0.02,
    "set_payoff_m1_usd": -0.01,
    "set_payoff_0_usd": 0.0,
    "set_payoff_p1_usd": 0.01,
    "set_payoff_p2_usd": 0.02,
}
NOT_LAST_EVENING: Final = "not an AM series on its last trading evening"


def with_set_payoffs(condor_rows: pl.DataFrame, legs: pl.DataFrame, *, spot_pts: float | None) -> pl.DataFrame:
    """Add what the legs pay should SET be -2, -1, 0, +1 or +2% off tonight's spot: USD, at most 0, without the credit.

    One row per row of `condor_rows`, unchanged; `legs` of `condor_legs`. Null with `set_payoff_reason` on any other
    evening, and for PM series, which settle on a close.
    """
    is_last = pl.col("is_am_gap_risk").fill_null(value=False)
    spot = pl.lit(spot_pts, dtype=pl.Float64)
    payoffs = legs.group_by(CONDOR, maintain_order=True).agg(
        **{name: (SIZE_USD * _paid_pts(spot * (1.0 + move))).sum() for name, move in SET_MOVES_FRAC.items()}
    )
    reason = (
        pl.when(pl.col("standing") == SETTLED_TODAY)
        .then(pl.lit(HAS_SETTLED))
        .when(~is_last)
        .then(pl.lit(NOT_LAST_EVENING))
        .when(spot.is_null())
        .then(pl.lit(NO_SPOT))
    )
    return (
        condor_rows.join(payoffs, on=CONDOR, how="left", validate="1:1", maintain_order="left")
        .with_columns(set_payoff_reason=reason)
        .with_columns(**{name: pl.when(pl.col("set_payoff_reason").is_null()).then(name) for name in SET_MOVES_FRAC})
    )


def _paid_pts(level: pl.Expr) -> pl.Expr:
    """What one contract pays at a level."""
    strike = pl.col("strike_pts")
    in_the_money = pl.when(pl.col("right") == "C").then(level - strike).otherwise(strike - level)
    return pl.max_horizontal(in_the_money, 0.0)
