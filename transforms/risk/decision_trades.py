"""What the trades of a decision change, contract by contract: marks, delta, what they gain where SPX moves (4.16)."""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.book.legs import CONTRACT, IS_SPX_OPTION, IS_VIX_OPTION, sum_or_null
from transforms.risk.decision_options import KEY
from transforms.risk.roll_eligibility import CONDOR
from transforms.risk.single_contracts import MOVES

TRADED: Final = (
    *("marks_usd", "delta_change_usd_per_pt", "closed_usd", "hedge_payoff_usd", "hedge_half_spread_usd"),
    *("condor_fall_now_usd", "hedge_fall_now_usd", *(f"traded_{name}" for name in MOVES)),
)


def of_trades(trades: pl.DataFrame, ones: pl.DataFrame, legs: pl.DataFrame) -> pl.DataFrame:
    """Add up what the trades of each decision change: one row per decision that trades anything, in USD.

    `trades`: `account, condor_id, decision`, the contract, `change_qty, trade_pts, is_closing`; `ones` of `with_moves`;
    `legs` as mart.legs_daily. `marks_usd` is the value at the marks of what is bought less what is sold, `closed_usd`
    what closing realises before fees, `hedge_payoff_usd` what the market expects the VIX calls to pay. Null as soon as
    one contract has no figure.
    """
    entries = legs.select("account", *CONTRACT, "entry_price_pts", condor_id="structure_id")
    size = pl.col("change_qty") * pl.col("multiplier_usd")
    spread = pl.col("ask_pts") - pl.col("bid_pts")
    valued = (
        trades.join(
            ones.drop(KEY[0], "entry_price_pts"), on=CONTRACT, how="left", validate="m:1", maintain_order="left"
        )
        .join(entries, on=["account", "condor_id", *CONTRACT], how="left", validate="m:1", maintain_order="left")
        .with_columns(
            marks_usd=size * pl.col("mark_pts"),
            delta_change_usd_per_pt=pl.col("change_qty") * pl.col("delta_usd_per_pt"),
            closed_usd=_only("is_closing", size * (pl.col("entry_price_pts") - pl.col("trade_pts"))),
            hedge_payoff_usd=_only(IS_VIX_OPTION, size * pl.col("mark_pts") / pl.col("discount_factor_frac")),
            hedge_half_spread_usd=_only(IS_VIX_OPTION, size.abs() * spread / 2.0),
            condor_fall_now_usd=_only(IS_SPX_OPTION, pl.col("change_qty") * pl.col("fall_now_usd")),
            hedge_fall_now_usd=_only(IS_VIX_OPTION, pl.col("change_qty") * pl.col("fall_now_usd")),
            **{f"traded_{name}": pl.col("change_qty") * pl.col(name) for name in MOVES},
        )
        .sort(*KEY, *CONTRACT, "change_qty")  # equal sums whatever the order of the trades
    )
    return valued.group_by(KEY, maintain_order=True).agg(**{name: sum_or_null(name) for name in TRADED})


def of_condors(legs: pl.DataFrame, ones: pl.DataFrame) -> pl.DataFrame:
    """Add up what each condor gains as it stands: one row per condor, `held_fall_tomorrow_usd` and so on."""
    return (
        legs.filter(part="condor")
        .select("account", *CONTRACT, "quantity_qty", condor_id="structure_id")
        .join(ones.select(*CONTRACT, *MOVES), on=CONTRACT, how="left", validate="m:1", maintain_order="left")
        .with_columns(**{f"held_{name}": pl.col("quantity_qty") * pl.col(name) for name in MOVES})
        .sort(*CONDOR, *CONTRACT)
        .group_by(CONDOR, maintain_order=True)
        .agg(**{f"held_{name}": sum_or_null(f"held_{name}") for name in MOVES})
    )


def _only(condition: pl.Expr | str, value: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(value).otherwise(0.0)
