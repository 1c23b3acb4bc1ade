"""When a lot of the first layer has gained enough to sell half of it, and what the cover would be afterwards (4.21)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.book.legs import IS_FUTURE
from transforms.book.lots import POSITION
from transforms.book.positions import LAYERS
from transforms.book.states import SEVERITY
from transforms.risk.hedge_rules import MONETISE, HedgeSizingRules, MonetiseRules
from transforms.risk.offsets import RULES as OFFSET_RULES
from transforms.risk.offsets import Amount, Offset, OffsetRules, Parts, exposure_of, shock_offset
from transforms.risk.repricing import BASE, NO_SHOCK, ScenarioMarket, leg_values
from warehouse.tables.mart import MART_HEDGE_LOTS_DAILY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transforms.risk.offsets import CondorExposure

Row = dict[str, Any]
FIRST_LAYER: Final = "L1"
SALE_SCHEMA: Final = pl.Schema(
    {
        "account": pl.String(),
        "lot_id": pl.String(),
        "is_monetise_candidate": pl.Boolean(),
        "monetise_qty": pl.Int64(),
        "monetise_proceeds_usd": pl.Float64(),
        "offset_after_sale_frac": pl.Float64(),
        "monetise_reason": pl.String(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GainInputs:
    """The lots, and what selling is weighed against.

    `lots` of `hedge_lots`, `legs` the priced legs, `condors` (those held), `scenarios` and `unit` tonight's.
    `contango_frac` says whether the proceeds of a sale go into the longer layers.
    """

    lots: pl.DataFrame
    legs: pl.DataFrame
    condors: pl.DataFrame
    scenarios: pl.DataFrame
    unit: pl.DataFrame
    market: ScenarioMarket
    contango_frac: float | None
    offset_rules: OffsetRules = OFFSET_RULES


def with_sales(inputs: GainInputs, sizing: HedgeSizingRules, rules: MonetiseRules = MONETISE) -> pl.DataFrame:
    """Complete the lots: P&L at the sizing shock, the cost of a roll that is due, and what taking a gain would do.

    Rows of mart.hedge_lots_daily. Half of a lot is sold, an odd contract with it. A sale is blocked while a put side is
    breached and the offset would be below its limit afterwards, or cannot be known.
    """
    lots = inputs.lots.drop("shock_pnl_usd").join(
        _shock_pnl(inputs, sizing), on=POSITION, how="left", validate="m:1", maintain_order="left"
    )
    lots = lots.with_columns(shock_pnl_usd=pl.col("quantity_qty") * pl.col("contract_pnl_usd"))
    sales = pl.DataFrame(
        [_sale(lot, inputs, sizing, rules) for lot in lots.filter(_is_met(rules)).iter_rows(named=True)],
        schema=SALE_SCHEMA,
        orient="row",
    )
    rows = (
        lots.drop(*SALE_SCHEMA.names()[2:], "roll_cost_usd", "roll_cost_reason")
        .join(sales, on=["account", "lot_id"], how="left", validate="1:1", maintain_order="left")
        .with_columns(pl.col("is_monetise_candidate").fill_null(value=False))
        .join(
            inputs.unit.select(entry_layer="layer", unit_ask_pts="ask_pts"),
            on="entry_layer",
            how="left",
            validate="m:1",
            maintain_order="left",
        )
        .with_columns(roll_cost_usd=_roll_cost())
        .with_columns(roll_cost_reason=_roll_cost_reason())
    )
    return MART_HEDGE_LOTS_DAILY.conform(rows.select(MART_HEDGE_LOTS_DAILY.column_names)).sort("account", "lot_id")


def _shock_pnl(inputs: GainInputs, sizing: HedgeSizingRules) -> pl.DataFrame:
    """What one contract of each hedge leg earns at the sizing shock, base response, now; null where it has no price."""
    hedge = inputs.legs.filter(pl.col("part").is_in(LAYERS))
    shock = np.array([sizing.offset_shock_frac])
    moved = [leg_values(hedge, inputs.market, BASE, shocks).carried[:, 0] for shocks in (shock, NO_SHOCK)]
    return hedge.select(
        *POSITION, contract_pnl_usd=pl.Series(moved[0] - moved[1]).fill_nan(None) * pl.col("multiplier_usd")
    )


def _is_met(rules: MonetiseRules) -> pl.Expr:
    """A long call or future bought as L1 whose price, or whose future, has risen far enough."""
    has_gained = pl.col("gain_frac") >= rules.gain_frac
    has_moved = pl.col("forward_pts") >= rules.forward_multiple * pl.col("entry_forward_pts")
    met = has_gained.fill_null(value=False) | has_moved.fill_null(value=False)
    is_priced = pl.col("mark_pts").is_not_null()
    return (pl.col("entry_layer") == FIRST_LAYER) & (pl.col("quantity_qty") > 0) & is_priced & met


def _sale(lot: Row, inputs: GainInputs, sizing: HedgeSizingRules, rules: MonetiseRules) -> Row:
    quantity = math.ceil(rules.sold_frac * lot["quantity_qty"])
    exposure = exposure_of(inputs.condors.filter(account=lot["account"]))
    after = _offset_after(lot, quantity, exposure, inputs, sizing)
    is_low = after.frac is None or after.frac < rules.least_offset_frac
    is_blocked = exposure.put_severity >= SEVERITY["BREACHED"] and is_low
    bid = lot["mark_pts"] if lot["strike_pts"] is None else lot["bid_pts"]
    cover = f"offset after the sale {after.frac:.0%}" if after.frac is not None else f"offset: {after.reason}"
    blocked = f"blocked: a put side is breached and the cover must be {rules.least_offset_frac:.0%} at least"
    return {
        "account": lot["account"],
        "lot_id": lot["lot_id"],
        "is_monetise_candidate": not is_blocked,
        "monetise_qty": quantity,
        "monetise_proceeds_usd": None if bid is None else quantity * lot["multiplier_usd"] * bid,
        "offset_after_sale_frac": after.frac,
        "monetise_reason": "; ".join(
            [_rule_met(lot, rules), cover, blocked if is_blocked else _redeployment(inputs.contango_frac)]
        ),
    }


def _rule_met(lot: Row, rules: MonetiseRules) -> str:
    if lot["gain_frac"] is not None and lot["gain_frac"] >= rules.gain_frac:
        return f"gain {lot['gain_frac']:+.0%} >= {rules.gain_frac:+.0%}"
    multiple = lot["forward_pts"] / lot["entry_forward_pts"]
    return f"its future is at {multiple:.2f} times entry, {rules.forward_multiple:g} or more"


def _redeployment(contango_frac: float | None) -> str:
    if contango_frac is None:
        return "contango unknown: nothing to redeploy into"
    if contango_frac < 0.0:
        return f"curve inverted ({contango_frac:+.1%}): redeploy into L2 and L3"
    return f"contango {contango_frac:+.1%}: keep the proceeds"


def _offset_after(
    lot: Row, sold_qty: int, exposure: CondorExposure, inputs: GainInputs, sizing: HedgeSizingRules
) -> Offset:
    """The shock offset of the account once so many contracts are gone, by the rules of the offset itself."""
    parts = _parts(inputs.scenarios, lot["account"], sizing.offset_shock_frac)
    hedge = parts.get("hedge", Amount(None, "the move is not in the scenario grid"))
    lost = None if lot["contract_pnl_usd"] is None else sold_qty * lot["contract_pnl_usd"]
    left = Amount(hedge.usd - lost) if hedge.usd is not None and lost is not None else Amount(None, hedge.reason)
    pnl = Parts(
        condor=parts.get("condor", Amount(None, "the move is not in the scenario grid")),
        hedge=left,
        second_engine=Amount(0.0),
    )
    return shock_offset(pnl, exposure, sizing.offset_shock_frac, rules=inputs.offset_rules)


def _parts(scenarios: pl.DataFrame, account: str, shock_frac: float) -> Mapping[str, Amount]:
    cell = scenarios.filter(account=account, spot_shock_frac=shock_frac, vol_response="base", horizon="now")
    return {part: Amount(pnl, reason) for part, pnl, reason in cell.select("part", "pnl_usd", "reason").iter_rows()}


def _roll_cost() -> pl.Expr:
    """Buying the entry layer's unit call at the ask, less selling the lot at its bid; positive is paid."""
    is_rolled = pl.col("is_roll_due") & (pl.col("quantity_qty") > 0) & ~IS_FUTURE
    bid = pl.when(pl.col("unpriced_reason").is_null()).then("bid_pts")
    return pl.when(is_rolled).then(pl.col("quantity_qty") * pl.col("multiplier_usd") * (pl.col("unit_ask_pts") - bid))


def _roll_cost_reason() -> pl.Expr:
    is_missing = pl.col("is_roll_due") & pl.col("roll_cost_usd").is_null()
    said = (
        pl.when(IS_FUTURE | (pl.col("quantity_qty") < 0))
        .then(pl.lit("only long calls are rolled into the unit's call"))
        .when(pl.col("unit_ask_pts").is_null())
        .then(pl.format("no call of {} to roll into tonight", "entry_layer"))
        .otherwise(pl.coalesce("unpriced_reason", pl.lit("no bid")))
    )
    return pl.when(is_missing).then(said)
