"""What can be done with the hedge beside a threatened condor: roll what is due, or add what the layers lack (4.16).

Bought at the ask, sold at the bid. Contracts to be added stay fractional, as the units they are counted in (2.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from transforms.book.legs import CONTRACT, sum_or_null
from transforms.risk.roll_ranking import FEASIBLE
from transforms.risk.roll_rules import COSTS, CostRules

ACCOUNT: Final = ("account",)
NO_HEDGE_ROLL: Final = "no hedge lot is due for a roll"
NOTHING_MISSING: Final = "the layers hold their targets"


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeNight:
    """The hedge of the night: mart.hedge_layers_daily, _units_daily, _lots_daily, and the rolls that are due."""

    layers: pl.DataFrame
    units: pl.DataFrame
    lots: pl.DataFrame
    rolls: pl.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class HedgeOptions:
    """One thing to do with the hedge of each account.

    `rows`: one per account: `hedge_cash_usd` (net of `hedge_fees_usd`), `hedge_realised_usd` of what is sold, before
    fees, and `hedge_reason`: why there is nothing to do. `trades`: one per account and contract: `change_qty`.
    """

    rows: pl.DataFrame
    trades: pl.DataFrame


def hedge_rolls_option(hedge: HedgeNight, accounts: list[str]) -> HedgeOptions:
    """Roll every lot that is due and can be rolled."""
    due = hedge.rolls.filter(pl.col("status") == FEASIBLE).sort("account", "lot_id")
    paid = hedge.lots.select("account", "lot_id", "multiplier_usd", "entry_price_pts", *CONTRACT)
    lots = due.join(paid, on=["account", "lot_id"], how="left", validate="1:1", maintain_order="left")
    cost_usd = pl.col("quantity_qty") * pl.col("multiplier_usd") * pl.col("entry_price_pts")
    summed = lots.group_by("account", maintain_order=True).agg(
        hedge_cash_usd=-pl.col("hedge_roll_cost_usd").sum(),
        hedge_fees_usd=pl.col("fees_usd").sum(),
        hedge_realised_usd=(pl.col("proceeds_usd") - cost_usd).sum(),
    )
    sold = lots.select(*ACCOUNT, *CONTRACT, change_qty=-pl.col("quantity_qty").cast(pl.Float64))
    bought = lots.select(
        *ACCOUNT,
        root="new_root",
        expiry_date="new_expiry_date",
        settlement=pl.lit("AM"),
        right=pl.lit("C"),
        strike_pts="new_strike_pts",
        change_qty=pl.col("quantity_qty").cast(pl.Float64),
    )
    blocked = hedge.rolls.group_by("account").agg(
        blocked_reason=pl.format("{} ({})", "instrument_id", "reason_text").unique().sort().str.join(", ")
    )
    rows = (
        _every(accounts, summed)
        .join(blocked, on="account", how="left", validate="1:1", maintain_order="left")
        .with_columns(
            hedge_reason=pl.when(pl.col("hedge_cash_usd").is_null()).then(
                pl.coalesce("blocked_reason", pl.lit(NO_HEDGE_ROLL))
            )
        )
        .drop("blocked_reason")
    )
    return HedgeOptions(rows, pl.concat([sold, bought.select(sold.columns)]))


def hedge_adds_option(hedge: HedgeNight, accounts: list[str], rules: CostRules = COSTS) -> HedgeOptions:
    """Buy what each layer lacks of its target, in the layer's unit call."""
    fee = pl.col("root").replace_strict(rules.fee_of_root_usd, default=None, return_dtype=pl.Float64)
    call = hedge.units.select(
        "layer", "root", "expiry_date", "settlement", "strike_pts", "ask_usd", "weight_contracts", no_call="reason"
    )
    missing = (
        hedge.layers.filter(pl.col("account").is_in(accounts))
        .sort("account", "layer")
        .join(call, on="layer", how="left", validate="m:1", maintain_order="left")
        .with_columns(change_qty=pl.col("gap_units") * pl.col("weight_contracts"), right=pl.lit("C"))
        .with_columns(
            fees=pl.when(pl.col("gap_units") > 0.0).then(pl.col("change_qty") * fee).otherwise(pl.col("gap_units")),
            cost=pl.when(pl.col("gap_units") > 0.0)
            .then(pl.col("gap_units") * pl.col("ask_usd"))
            .otherwise(pl.col("gap_units")),
            why=pl.when(pl.col("gap_units").is_null())
            .then("target_reason")
            .when(pl.col("gap_units") > 0)
            .then("no_call"),
        )
    )
    summed = (
        missing.group_by("account", maintain_order=True)
        .agg(
            hedge_fees_usd=sum_or_null("fees"),
            cost=sum_or_null("cost"),
            gap=sum_or_null("gap_units"),
            why=pl.format("{}: {}", "layer", "why").drop_nulls().str.join("; "),
        )
        .with_columns(hedge_cash_usd=-(pl.col("cost") + pl.col("hedge_fees_usd")), hedge_realised_usd=pl.lit(0.0))
    )
    is_nothing = pl.col("gap") == 0.0
    rows = (
        _every(accounts, summed)
        .with_columns(
            hedge_reason=pl.when(is_nothing)
            .then(pl.lit(NOTHING_MISSING))
            .when(pl.col("hedge_cash_usd").is_null())
            .then(pl.coalesce(pl.col("why").replace("", None), pl.lit("the layers have no target")))
        )
        .drop("cost", "gap", "why")
    )
    bought = missing.filter(pl.col("change_qty") > 0.0).select(*ACCOUNT, *CONTRACT, "change_qty")
    return HedgeOptions(rows, bought)


def _every(accounts: list[str], summed: pl.DataFrame) -> pl.DataFrame:
    every = pl.DataFrame({"account": accounts}, schema={"account": pl.String})
    return every.join(summed, on="account", how="left", validate="1:1", maintain_order="left")
