"""How far spot stands from a condor's strikes and break-evens: points, of spot, daily ranges, expected moves.

METHODOLOGY 4.1, 4.23. Positive = out of the money, or inside the break-even.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.condor_legs import said
from transforms.book.positions import OPEN
from transforms.market.edr import expected_move_pts

if TYPE_CHECKING:
    from transforms.book.condors import SpxNight

SERIES: Final = ("root", "expiry_date", "settlement")
# Name of the distance, the level it is measured to, and the side it lies on.
LEVELS: Final = (
    ("short_put", "short_put_pts", 1.0),
    ("short_call", "short_call_pts", -1.0),
    ("break_even_put", "break_even_put_pts", 1.0),
    ("break_even_call", "break_even_call_pts", -1.0),
)
HAS_SETTLED: Final = "settled"
NO_SPOT: Final = "no mark spot"
NO_RANGE: Final = "no expected daily range"
NO_MOVE: Final = "its expiry has no forward or no vol at it: no expected move"


def with_distances(condor_rows: pl.DataFrame, night: SpxNight, forwards: pl.DataFrame) -> pl.DataFrame:
    """Add spot, the expected move to expiry, and how far spot stands from every level that matters.

    `forwards` are the session's rows of core.forwards_daily. What has settled has no distance any more; a distance that
    is null says why in `distance_reason`.
    """
    is_open = pl.col("standing") == OPEN
    spot = pl.when(is_open).then(pl.lit(night.spot_pts, dtype=pl.Float64))
    hours = (pl.col("settle_at") - night.mark_at).dt.total_seconds() / 3600
    edr = pl.lit(night.edr_pts, dtype=pl.Float64)
    placed = _with_expected_move(condor_rows, forwards).with_columns(
        spot_pts=pl.lit(night.spot_pts, dtype=pl.Float64),
        spot_reason=pl.lit(night.spot_reason, dtype=pl.String),
        index_close_pts=pl.lit(night.index_close_pts, dtype=pl.Float64),
        hours_to_settle_hours=pl.when(is_open).then(hours),
        expected_move_pts=pl.when(is_open).then("expected_move_pts"),
        **{f"{name}_distance_pts": side * (spot - pl.col(level)) for name, level, side in LEVELS},
    )
    return placed.with_columns(
        delta_usd_per_1pct=0.01 * spot * pl.col("delta_usd_per_pt"),
        distance_reason=_reason(is_open, night),
        **{f"{name}_distance_frac": pl.col(f"{name}_distance_pts") / spot for name, _, _ in LEVELS},
        **{f"{name}_distance_edr": pl.col(f"{name}_distance_pts") / edr for name, _, _ in LEVELS},
        **{
            f"{name}_distance_em": pl.col(f"{name}_distance_pts") / pl.col("expected_move_pts") for name, _, _ in LEVELS
        },
    )


def _with_expected_move(condor_rows: pl.DataFrame, forwards: pl.DataFrame) -> pl.DataFrame:
    """Add one standard deviation of SPX to the condor's expiry: F x ATM vol x sqrt(T)."""
    move = expected_move_pts(
        forwards["forward_pts"].to_numpy(),
        iv_vol=forwards["atm_iv_vol"].to_numpy(),
        years=forwards["t_years"].clip(lower_bound=0.0).to_numpy(),
    )
    positive = pl.when(pl.col("expected_move_pts") > 0.0).then("expected_move_pts")
    moves = (
        forwards.select(*SERIES)
        .with_columns(expected_move_pts=pl.Series(move, dtype=pl.Float64, nan_to_null=True))
        .with_columns(expected_move_pts=positive)
    )
    return condor_rows.join(moves, on=SERIES, how="left", validate="m:1", maintain_order="left")


def _reason(is_open: pl.Expr, night: SpxNight) -> pl.Expr:
    missing = said(
        pl.lit(None if night.spot_pts is not None else night.spot_reason or NO_SPOT, dtype=pl.String),
        pl.lit(None if night.edr_pts is not None else NO_RANGE, dtype=pl.String),
        pl.when(pl.col("expected_move_pts").is_null()).then(pl.lit(NO_MOVE)),
    )
    return pl.when(is_open).then(missing).otherwise(pl.lit(HAS_SETTLED))
