"""What a steward asks of sizes and entries: was a losing campaign enlarged, and of which tier is a new condor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from transforms.book.states import SETTLED_STATE
from transforms.risk.campaigns import IN_CAMPAIGN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transforms.risk.steward_rules import StewardRules

TIERS = ("CONSERVATIVE", "BALANCED", "AGGRESSIVE")
OTHER_TIER = "OTHER"


def increases_under_loss(history: pl.DataFrame, tonight: pl.DataFrame) -> pl.DataFrame:
    """List the nights on which a campaign still held had more contracts than the night before, which ended in a loss.

    Both as mart.condors_daily. One row per account, campaign and such night: `account, campaign, session_date,
    added_qty, before_pnl_usd`. A night whose P&L is not known is no loss.
    """
    columns = ("session_date", "account", "condor_id", "campaign_id", "quantity_qty", "pnl_usd", "state")
    nights = (
        pl.concat([history.select(columns), tonight.select(columns)])
        .filter(pl.col("state").ne_missing(SETTLED_STATE))
        .with_columns(campaign=IN_CAMPAIGN)
        .sort("account", "campaign", "session_date", "condor_id")
        .group_by("account", "campaign", "session_date", maintain_order=True)
        .agg(contracts_qty=pl.col("quantity_qty").sum(), pnl_usd=pl.col("pnl_usd").sum())
    )
    held = tonight.filter(pl.col("state").ne_missing(SETTLED_STATE)).select("account", campaign=IN_CAMPAIGN)
    return (
        nights.join(held.unique(), on=["account", "campaign"], how="semi", maintain_order="left")
        .with_columns(
            added_qty=pl.col("contracts_qty")
            - pl.col("contracts_qty").shift().over("account", "campaign", order_by="session_date"),
            before_pnl_usd=pl.col("pnl_usd").shift().over("account", "campaign", order_by="session_date"),
        )
        .filter(pl.col("added_qty") > 0, pl.col("before_pnl_usd") < 0)
        .select("account", "campaign", "session_date", "added_qty", "before_pnl_usd")
        .sort("account", "session_date", "campaign", descending=[False, True, False])
    )


def tier_of(condor: Mapping[str, Any], rules: StewardRules) -> str | None:
    """Name the tier of a 1DTE condor by its credit: the nearest within a fifth, else OTHER; none for longer ones."""
    if condor["dte_days"] > rules.tier_days:
        return None
    credit = condor["credit_pts"]
    level, name = min(zip(rules.tier_credits_pts, TIERS, strict=True), key=lambda pair: abs(pair[0] - credit))
    return name if abs(credit - level) <= rules.tier_within_frac * level else OTHER_TIER
