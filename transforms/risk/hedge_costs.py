"""What the hedge costs beside the condors' credit: the premium outstanding, and what it costs over a condor's life.

METHODOLOGY 4.14. Both are shown: "a small percentage of the credit" can hold of the second only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.carry import carry
from transforms.book.legs import IS_FUTURE, SIZE_USD, named_reasons, sum_or_null
from transforms.book.lots import CARRY_DAYS
from transforms.book.positions import LAYERS, in_scopes
from transforms.book.states import SETTLED_STATE
from transforms.risk.hedge_rules import COST, HedgeCostRules
from warehouse.tables.mart import MART_HEDGE_COSTS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

CONDOR: Final = ("account", "condor_id")
TOTAL: Final = "ALL"


@dataclass(frozen=True, slots=True, kw_only=True)
class CostInputs:
    """Tonight's condors, the priced legs of which the layers are the hedge, and the VX curve."""

    session_date: dt.date
    scopes: Sequence[str]
    condors: pl.DataFrame
    legs: pl.DataFrame
    vx_curve: pl.DataFrame


def hedge_costs(inputs: CostInputs, rules: HedgeCostRules = COST) -> pl.DataFrame:
    """Hold the hedge's cost against the credit: one row per condor, and one per scope for all its condors (`ALL`).

    Rows of mart.hedge_costs_daily; a cost is positive. A hedge shared by several condors is theirs in proportion to
    their maximum losses. Over a condor's life each leg passes the smaller of its own days and the condor's, down
    tonight's curve.
    """
    hedge = inputs.legs.filter(pl.col("part").is_in(LAYERS)).sort("account", "structure_id", "instrument_id")
    condors = _with_costs(_condors(inputs), hedge, inputs.vx_curve)
    accounts = pl.DataFrame({"account": inputs.scopes}, schema={"account": pl.String})
    totals = accounts.join(_totals(condors, inputs.scopes), on="account", how="left", maintain_order="left").join(
        _carry_per_day(hedge, inputs), on="account", how="left", maintain_order="left"
    )
    rows = pl.concat([condors, totals.with_columns(condor_id=pl.lit(TOTAL))], how="diagonal")
    return MART_HEDGE_COSTS_DAILY.conform(
        rows.with_columns(session_date=pl.lit(inputs.session_date), **_ratios())
        .with_columns(
            net_credit_to_hedge=pl.col("credit_to_hedge") - 1.0,
            band=cost_band(pl.col("amortised_frac"), rules),
        )
        .select(MART_HEDGE_COSTS_DAILY.column_names)
    ).sort(*CONDOR)


def _condors(inputs: CostInputs) -> pl.DataFrame:
    """The condors held tonight: credit of their campaigns, days left, and their share of the account's hedge."""
    total_loss = pl.col("max_loss_usd").sum().over("account")
    return (
        inputs.condors.filter(pl.col("state").ne_missing(SETTLED_STATE))
        .sort(*CONDOR)
        .select(
            *CONDOR,
            "max_loss_usd",
            credit_usd="max_profit_usd",
            horizon_days="dte_days",
            share_frac=pl.when(total_loss > 0).then(pl.col("max_loss_usd") / total_loss),
        )
    )


def _with_costs(condors: pl.DataFrame, hedge: pl.DataFrame, vx_curve: pl.DataFrame) -> pl.DataFrame:
    """Add what each condor's share of the hedge was bought for, and what it costs over that condor's life."""
    paired = condors.select(*CONDOR, "horizon_days", "share_frac").join(
        hedge, on="account", how="inner", maintain_order="left_right"
    )
    carried = carry(paired, vx_curve, paired["horizon_days"].cast(pl.Float64).to_numpy())
    share = pl.col("share_frac")
    costs = (
        pl.concat([paired, carried], how="horizontal")
        .with_columns(
            premium_usd=share * _premium(),
            amortised_usd=-share * (pl.col("decay_usd") + pl.col("rolldown_usd")),
        )
        .group_by(CONDOR, maintain_order=True)
        .agg(
            premium_usd=sum_or_null("premium_usd"),
            amortised_usd=sum_or_null("amortised_usd"),
            cost_reason=named_reasons(reason="carry_reason"),
        )
    )
    unhedged = pl.col("account").is_in(hedge["account"].unique().implode()).not_()
    return condors.join(costs, on=CONDOR, how="left", validate="1:1", maintain_order="left").with_columns(
        premium_usd=pl.when(unhedged).then(0.0).otherwise("premium_usd"),
        amortised_usd=pl.when(unhedged).then(0.0).otherwise("amortised_usd"),
    )


def _premium() -> pl.Expr:
    return pl.when(IS_FUTURE).then(0.0).otherwise(SIZE_USD * pl.col("entry_price_pts"))


def _totals(condors: pl.DataFrame, scopes: Sequence[str]) -> pl.DataFrame:
    return (
        in_scopes(condors, scopes)
        .sort(*CONDOR)
        .group_by("account", maintain_order=True)
        .agg(
            credit_usd=pl.col("credit_usd").sum(),
            max_loss_usd=pl.col("max_loss_usd").sum(),
            premium_usd=sum_or_null("premium_usd"),
            amortised_usd=sum_or_null("amortised_usd"),
            cost_reason=pl.col("cost_reason").drop_nulls().unique().sort().str.join(", "),
        )
        .with_columns(pl.col("cost_reason").replace("", None))
    )


def _carry_per_day(hedge: pl.DataFrame, inputs: CostInputs) -> pl.DataFrame:
    """What the hedge of each scope earns a day over the next 30; shown where no condor's credit pays for it."""
    carried = pl.concat([hedge, carry(hedge, inputs.vx_curve, CARRY_DAYS)], how="horizontal").with_columns(
        per_day=(pl.col("decay_usd") + pl.col("rolldown_usd")) / CARRY_DAYS
    )
    return (
        in_scopes(carried, inputs.scopes)
        .sort("account", "structure_id", "instrument_id")
        .group_by("account", maintain_order=True)
        .agg(carry_usd_per_day=sum_or_null("per_day"))
    )


def _ratios() -> dict[str, pl.Expr]:
    credit, amortised = pl.col("credit_usd"), pl.col("amortised_usd")
    is_paid, is_cost = credit > 0, amortised > 0
    reason = (
        pl.when(credit.is_null())
        .then(pl.lit("no condor is held"))
        .when(~is_paid)
        .then(pl.lit("the condors brought no credit"))
        .when(amortised.is_null())
        .then(pl.coalesce("cost_reason", pl.lit("the condors risk nothing: no share of the hedge")))
        .when(pl.col("premium_usd") == 0.0, amortised == 0.0)
        .then(pl.lit("no hedge is held"))
        .when(~is_cost)
        .then(pl.lit("the hedge earns its carry"))
    )
    return {
        "gross_frac": pl.when(is_paid).then(pl.col("premium_usd") / credit),
        "amortised_frac": pl.when(is_paid & is_cost).then(amortised / credit),
        "credit_to_hedge": pl.when(is_paid & is_cost).then(credit / amortised),
        "reason": reason,
    }


def cost_band(cost: pl.Expr, rules: HedgeCostRules = COST) -> pl.Expr:
    """Name the band of a cost held against a credit: GREEN, AMBER, RED or OVER."""
    return (
        pl.when(cost <= rules.green_to_frac)
        .then(pl.lit("GREEN"))
        .when(cost <= rules.amber_to_frac)
        .then(pl.lit("AMBER"))
        .when(cost <= rules.red_to_frac)
        .then(pl.lit("RED"))
        .when(cost > rules.red_to_frac)
        .then(pl.lit("OVER"))
    )
