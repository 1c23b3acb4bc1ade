"""Hedge lots whose roll is due: what selling the old call at its bid and buying the layer's call at the ask costs.

METHODOLOGY 4.6. A lot is due by the roll days of the layer it was bought as, and is rolled into that layer's unit call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.legs import IS_FUTURE, named_reasons, sum_or_null
from transforms.market.calendar import last_trade_instant
from transforms.risk.roll_ranking import BLOCKED, FEASIBLE, NONE
from transforms.risk.roll_rules import COSTS, CostRules
from warehouse.tables.mart import MART_HEDGE_ROLLS_DAILY

if TYPE_CHECKING:
    import datetime as dt

NOT_A_LONG_CALL: Final = "only long calls are rolled into the unit's call"
NEW_CALL: Final = ("instrument_id", "root", "expiry_date", "settlement", "strike_pts", "dte_days", "delta")
GAIN_SCHEMA: Final = {"account": pl.String, "hedge_gain_usd": pl.Float64, "hedge_gain_reason": pl.String}


def hedge_rolls(
    lots: pl.DataFrame, units: pl.DataFrame, mark_at: dt.datetime, rules: CostRules = COSTS
) -> pl.DataFrame:
    """Price the roll of every lot that is due: one row each, as mart.hedge_rolls_daily declares.

    `lots` as mart.hedge_lots_daily, `units` as mart.hedge_units_daily. A cost is positive. BLOCKED where the series
    trades no more or one of the two quotes is missing; what is no long call is not rolled.
    """
    size = pl.col("quantity_qty") * pl.col("multiplier_usd")
    weight = pl.col("new_weight_contracts")
    bid = pl.when(pl.col("unpriced_reason").is_null()).then("bid_pts")
    fee = pl.col("root").replace_strict(rules.fee_of_root_usd, default=None, return_dtype=pl.Float64)
    new_fee = pl.col("new_root").replace_strict(rules.fee_of_root_usd, default=None, return_dtype=pl.Float64)
    new_call = units.select(
        entry_layer="layer",
        no_call_reason="reason",
        **{f"new_{name}": name for name in (*NEW_CALL, "weight_contracts", "ask_pts", "mark_pts")},
        new_spx_delta_usd_per_pt="spx_delta_usd_per_pt",
        new_theta_usd_per_day="theta_usd_per_day",
    )
    due = lots.filter("is_roll_due").sort("account", "lot_id")
    rows = (
        due.join(new_call, on="entry_layer", how="left", validate="m:1", maintain_order="left")
        .with_columns(is_expired=_trades_no_more(due, mark_at), is_call=~IS_FUTURE & (pl.col("quantity_qty") > 0))
        .with_columns(
            gain_usd="pnl_usd",
            proceeds_usd=size * bid,
            premium_usd=size * pl.col("new_ask_pts"),
            fees_usd=pl.col("quantity_qty").abs() * (fee + new_fee),
            days_added_days=pl.col("new_dte_days") - pl.col("dte_days"),
            spx_delta_change_usd_per_pt=pl.col("quantity_qty") * pl.col("new_spx_delta_usd_per_pt") / weight
            - pl.col("spx_delta_usd_per_pt"),
            theta_change_usd_per_day=pl.col("quantity_qty") * pl.col("new_theta_usd_per_day") / weight
            - pl.col("theta_usd_per_day"),
        )
        .with_columns(hedge_roll_cost_usd=pl.col("premium_usd") - pl.col("proceeds_usd") + pl.col("fees_usd"))
        .with_columns(**_judged())
    )
    priced = (
        *("proceeds_usd", "premium_usd", "fees_usd", "hedge_roll_cost_usd", "days_added_days"),
        *("spx_delta_change_usd_per_pt", "theta_change_usd_per_day"),
    )
    known = [name for name in MART_HEDGE_ROLLS_DAILY.column_names if name in rows.columns]
    shown = rows.with_columns(pl.when(pl.col("status") == FEASIBLE).then(pl.col(priced)).name.keep())
    return MART_HEDGE_ROLLS_DAILY.conform(shown.select(known)).sort("account", "lot_id")


def hedge_gains(lots: pl.DataFrame, accounts: list[str]) -> pl.DataFrame:
    """Add up the open gain of each account's layers, fees aside: 0 without a hedge, null when a lot has no mark."""
    summed = (
        lots.sort("account", "lot_id")
        .group_by("account", maintain_order=True)
        .agg(
            hedge_gain_usd=sum_or_null("pnl_usd"),
            hedge_gain_reason=named_reasons(),
            lots_qty=pl.len(),
        )
    )
    every = pl.DataFrame({"account": accounts}, schema={"account": pl.String})
    return (
        every.join(summed, on="account", how="left", validate="1:1", maintain_order="left")
        .with_columns(hedge_gain_usd=pl.when(pl.col("lots_qty").is_null()).then(0.0).otherwise("hedge_gain_usd"))
        .select(GAIN_SCHEMA.keys())
    )


def _judged() -> dict[str, pl.Expr]:
    """Status and what stands in the way of a roll, the widest cause first."""
    no_quote = (
        pl.when(pl.col("new_ask_pts").is_null())
        .then(pl.coalesce("no_call_reason", pl.format("no call of {} to roll into tonight", "entry_layer")))
        .when(pl.col("proceeds_usd").is_null())
        .then(pl.coalesce("unpriced_reason", pl.lit("no bid")))
    )
    why = (
        pl.when(~pl.col("is_call"))
        .then(pl.lit(NOT_A_LONG_CALL))
        .when(pl.col("is_expired"))
        .then(pl.lit("the series trades no more"))
        .otherwise(no_quote)
    )
    code = pl.when(pl.col("is_expired")).then(pl.lit("EXPIRED")).when(no_quote.is_not_null()).then(pl.lit("QUOTES"))
    status = pl.when(code.is_null()).then(pl.lit(FEASIBLE)).otherwise(pl.lit(BLOCKED))
    return {
        "status": pl.when(pl.col("is_call")).then(status).otherwise(pl.lit(NONE)),
        "reason": pl.when(pl.col("is_call")).then(code),
        "reason_text": why,
    }


def _trades_no_more(lots: pl.DataFrame, mark_at: dt.datetime) -> pl.Series:
    series: list[Any] = lots.select("root", "expiry_date").rows()
    return pl.Series([last_trade_instant(*key) <= mark_at for key in series], dtype=pl.Boolean)
