"""The mechanical stop beside the decisions: when closing has come to cost three times the credit (METHODOLOGY 4.16).

A reference line, no rule of ours: the vendor's own pages contradict each other about it.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.risk.roll_eligibility import CONDOR
from transforms.risk.roll_prices import SPX_MULTIPLIER_USD
from transforms.risk.roll_rules import STOP, StopRules

NO_CREDIT: Final = "it was not sold for a credit"


def stop_reference(history: pl.DataFrame, condors: pl.DataFrame, rules: StopRules = STOP) -> pl.DataFrame:
    """Say of each condor whether the stop is hit tonight, and when it would have fired first.

    `condors` of tonight and `history` up to tonight, both as mart.condors_daily. One row per condor: `account,
    condor_id, stop_close_cost_usd` (what closing costs at the mark), `stop_level_usd`, `is_stop_hit`, `stop_fired_date`
    of the nights on record, null with `stop_reason`.
    """
    cost = -pl.col("value_usd")
    level = (1.0 + rules.loss_credits) * pl.col("credit_pts") * SPX_MULTIPLIER_USD * pl.col("quantity_qty")
    has_credit = pl.col("credit_pts") > 0.0
    measured = {"stop_close_cost_usd": cost, "stop_level_usd": pl.when(has_credit).then(level)}
    is_hit = pl.col("stop_close_cost_usd") >= pl.col("stop_level_usd")
    fired = (
        history.with_columns(**measured)
        .filter(is_hit)
        .group_by(CONDOR)
        .agg(stop_fired_date=pl.col("session_date").min())
    )
    return (
        condors.with_columns(**measured)
        .with_columns(is_stop_hit=is_hit)
        .join(fired, on=CONDOR, how="left", validate="1:1", maintain_order="left")
        .select(
            *CONDOR,
            "stop_close_cost_usd",
            "stop_level_usd",
            "is_stop_hit",
            "stop_fired_date",
            stop_reason=pl.when(~has_credit).then(pl.lit(NO_CREDIT)).when(cost.is_null()).then("unpriced_reason"),
        )
    )
