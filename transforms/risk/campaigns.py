"""A campaign over its whole life: the credit it was begun for, and how much of its expected theta it has earned.

A condor and what it was rolled into count once: a loss rolled away must not look like new credit (METHODOLOGY 12).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.book.legs import sum_or_null
from transforms.book.positions import in_scopes

LEG: Final = ("account", "structure_id", "instrument_id")
CAMPAIGN: Final = ("account", "campaign")
IN_CAMPAIGN: Final = pl.coalesce("campaign_id", "condor_id")


def campaign_credits(condors: pl.DataFrame, scopes: list[str]) -> pl.DataFrame:
    """Give each campaign's credit on its first session: `account, session_date, credit_usd`.

    `condors` are rows of mart.condors_daily up to the session. The credit is the chain credit less fees, rolls
    included, as of the last session it was held; under ALL too for several accounts.
    """
    by_night = (
        condors.with_columns(campaign=IN_CAMPAIGN)
        .sort(*CAMPAIGN, "session_date", "condor_id")
        .group_by(*CAMPAIGN, "session_date", maintain_order=True)
        .agg(credit_usd=(pl.col("max_profit_usd") - pl.col("fees_usd")).sum())
    )
    credits_usd = by_night.group_by(CAMPAIGN, maintain_order=True).agg(
        session_date=pl.col("session_date").first(), credit_usd=pl.col("credit_usd").last()
    )
    return in_scopes(credits_usd, scopes).select("account", "session_date", "credit_usd")


def campaign_thetas(condors: pl.DataFrame, attributed: pl.DataFrame, legs: pl.DataFrame) -> pl.DataFrame:
    """Hold the theta earned by a campaign against what its evenings promised: one row per condor, `account, condor_id`.

    `condors` are rows of mart.condors_daily up to the session; `attributed` of mart.attribution_daily and `legs` of
    mart.legs_daily, of the same structures. `expected_theta_usd` is theta a day x calendar days to the next session,
    over the leg-days whose theta is known on both sides; `realised_theta_usd` what attribution found for them.
    """
    campaigns = condors.select("account", structure_id="condor_id", campaign=IN_CAMPAIGN).unique()
    promised = legs.select(*LEG, "session_date", "theta_usd_per_day", evening_date="session_date").sort("session_date")
    leg_days = (
        attributed.filter(pl.col("theta_usd").is_not_null())
        .select(*LEG, "session_date", "theta_usd")
        .sort("session_date")
        .join_asof(
            promised, on="session_date", by=LEG, strategy="backward", allow_exact_matches=False, check_sortedness=False
        )
        .with_columns(
            expected_usd=pl.col("theta_usd_per_day") * (pl.col("session_date") - pl.col("evening_date")).dt.total_days()
        )
        .filter(pl.col("expected_usd").is_not_null())
    )
    earned = (
        leg_days.join(campaigns, on=["account", "structure_id"], how="inner", maintain_order="left")
        .sort(*CAMPAIGN, *LEG, "session_date")
        .group_by(CAMPAIGN, maintain_order=True)
        .agg(realised_theta_usd=sum_or_null("theta_usd"), expected_theta_usd=sum_or_null("expected_usd"))
    )
    return (
        campaigns.sort("account", "structure_id")
        .join(earned, on=CAMPAIGN, how="left", validate="m:1", maintain_order="left")
        .select("account", "realised_theta_usd", "expected_theta_usd", condor_id="structure_id")
    )
