"""The second engine: VIX call diagonals, two calls on two different futures (METHODOLOGY 4.10).

Their two VIX deltas are never added up into one: the far and the near future do not move together.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.book.legs import SIZE_USD, named_reasons, sum_or_null
from warehouse.tables.mart import MART_SECOND_ENGINE_DAILY

DIAGONAL: Final = ("session_date", "account", "structure_id")


def second_engine(legs: pl.DataFrame) -> pl.DataFrame:
    """Describe each diagonal: one row per account and structure, as mart.second_engine_daily declares.

    `legs` of `price_legs`. `debit_usd` is what was paid, negative for a credit.
    """
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
    )
    return MART_SECOND_ENGINE_DAILY.conform(rows).sort(DIAGONAL)
