"""The second engine: VIX call diagonals, two calls on two different futures (METHODOLOGY 4.10).

Their two VIX deltas are never added up into one: the far and the near future do not move together. After the near leg
has settled the structure is a plain long call: it leaves this part, with all it has earned, for the layer of its days
to expiry (a short far call is `other`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.book.legs import SIZE_USD, both_reasons, named_reasons, sum_or_null
from transforms.book.payoffs import past_of_held
from warehouse.tables.mart import MART_SECOND_ENGINE_DAILY

DIAGONAL: Final = ("session_date", "account", "structure_id")


def second_engine(held: pl.DataFrame, legs: pl.DataFrame) -> pl.DataFrame:
    """Describe each diagonal: one row per account and structure, as mart.second_engine_daily declares.

    `held` are the `holdings` with their payoffs, `legs` of `price_legs`. `debit_usd` is what was paid for the two legs
    held, negative for a credit; `pnl_usd` includes what earlier legs of the diagonal have earned, closed or settled.
    """
    past = (
        past_of_held(held)
        .filter(pl.col("part") == "second_engine")
        .sort("account", "structure_id", "instrument_id")
        .group_by("account", "structure_id", maintain_order=True)
        .agg(
            has_past=pl.lit(value=True),
            past_usd=sum_or_null("past_pnl_usd"),
            past_reason=named_reasons(reason="payoff_reason"),
        )
    )
    rows = (
        legs.filter(pl.col("part") == "second_engine")
        .sort(*DIAGONAL, "expiry_date")
        .group_by(DIAGONAL, maintain_order=True)
        .agg(
            far_instrument_id=pl.col("instrument_id").last(),
            near_instrument_id=pl.col("instrument_id").first(),
            debit_usd=(SIZE_USD * pl.col("entry_price_pts")).sum(),
            value_usd=sum_or_null("value_usd"),
            pnl_usd=sum_or_null("pnl_usd"),
            spx_delta_usd_per_pt=sum_or_null("delta_usd_per_pt"),
            far_vix_delta_usd_per_vx_pt=pl.col("vix_delta_usd_per_vx_pt").last(),
            near_vix_delta_usd_per_vx_pt=pl.col("vix_delta_usd_per_vx_pt").first(),
            theta_usd_per_day=sum_or_null("theta_usd_per_day"),
            unpriced_reason=named_reasons(),
        )
        .join(past, on=["account", "structure_id"], how="left", validate="1:1", maintain_order="left")
        .with_columns(
            pnl_usd=pl.col("pnl_usd") + pl.when("has_past").then("past_usd").otherwise(0.0),
            unpriced_reason=both_reasons("unpriced_reason", "past_reason"),
        )
        .drop("has_past", "past_usd", "past_reason")
    )
    return MART_SECOND_ENGINE_DAILY.conform(rows).sort(DIAGONAL)
