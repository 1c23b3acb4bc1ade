"""The hedge lot by lot, what size the rules ask for, and what it costs beside the credit (METHODOLOGY 8, P4 and P8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.report.hedge import hold_reason, withheld
from transforms.report.mart_rows import MartRow, listed_for, of_session, rows_of, summed_for
from transforms.report.models import HedgeSize
from transforms.report.section_models import HedgeCost, HedgeLot, HedgeSection, HedgeSizing
from warehouse.tables.mart import MART_HEDGE_COSTS_DAILY, MART_HEDGE_LOTS_DAILY, MART_HEDGE_SIZING_DAILY

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

LOTS_IN_REPORT = 40  # all lots are in mart.hedge_lots_daily
COSTS_IN_REPORT = 25
ALL_CONDORS = "ALL"


def hedge_section(inputs: ReportInputs) -> HedgeSection:
    """Lots, sizing and costs; under DATA_HOLD without what one would buy, sell or roll."""
    held = hold_reason(inputs)
    lots = listed_for(of_session(inputs.hedge_lots, inputs.stamp.session_date), inputs.stamp.account).sort(
        "current_layer", "expiry_date", "strike_pts", "account", "lot_id"
    )
    sizing = summed_for(of_session(inputs.hedge_sizing, inputs.stamp.session_date), inputs.stamp.account)
    costs = _costs(inputs)
    return HedgeSection(
        lots=tuple(_lot(row, held) for row in rows_of(MART_HEDGE_LOTS_DAILY, lots.head(LOTS_IN_REPORT))),
        more_lots_qty=max(0, lots.height - LOTS_IN_REPORT),
        sizing=next((_sizing(row) for row in rows_of(MART_HEDGE_SIZING_DAILY, sizing) if not held), None),
        costs=tuple(_cost(row) for row in rows_of(MART_HEDGE_COSTS_DAILY, costs.head(COSTS_IN_REPORT))),
        more_costs_qty=max(0, costs.height - COSTS_IN_REPORT),
    )


def hedge_size(inputs: ReportInputs) -> HedgeSize | None:
    """What size the rules ask for, in one line."""
    sizing = summed_for(of_session(inputs.hedge_sizing, inputs.stamp.session_date), inputs.stamp.account)
    if hold_reason(inputs) or sizing.is_empty():
        return None
    row = next(iter(rows_of(MART_HEDGE_SIZING_DAILY, sizing)))
    return HedgeSize(
        recommended=row.measure("units_recommended", reason=row.text("sizing_reason")),
        by_offset=row.measure("units_by_offset", reason=row.text("unit_reason") or row.text("offset_reason")),
        target_offset=row.measure("target_offset_frac"),
        binding=row.text("binding"),
    )


def _lot(row: MartRow, held: str) -> HedgeLot:
    unpriced = row.text("unpriced_reason")
    carry = row.text("carry_reason") or unpriced
    return HedgeLot(
        account=row.text("account"),
        instrument_id=row.text("instrument_id"),
        entry_layer=row.text("entry_layer"),
        current_layer=row.text("current_layer"),
        quantity=row.measure("quantity_qty", unit="contracts"),
        dte=row.measure("dte_days"),
        forward=row.measure("forward_pts", reason=unpriced),
        forward_method=row.text("forward_method"),
        iv=row.measure("iv_vol", reason=unpriced),
        delta=row.measure("spx_delta_usd_per_pt", reason=unpriced),
        gain=row.measure("gain_frac", reason=unpriced),
        extrinsic=row.measure("extrinsic_frac", reason=unpriced),
        decay_30d=row.measure("decay_30d_usd", reason=carry),
        rolldown_30d=row.measure("rolldown_30d_usd", reason=carry),
        roll_date=row.values.get("roll_date"),
        is_roll_due=bool(row.values.get("is_roll_due")),
        roll_cost=withheld(row.measure("roll_cost_usd", reason=row.text("roll_cost_reason")), held),
        is_monetise_candidate=bool(row.values.get("is_monetise_candidate")) and not held,
        monetise=withheld(row.measure("monetise_qty", unit="contracts", reason="no rule is met"), held),
        monetise_proceeds=withheld(row.measure("monetise_proceeds_usd", reason="no rule is met"), held),
        monetise_reason=held or row.text("monetise_reason"),
    )


def _sizing(row: MartRow) -> HedgeSizing:
    unit, offset = row.text("unit_reason"), row.text("offset_reason")
    none = row.text("sizing_reason")
    return HedgeSizing(
        mode=row.text("mode"),
        sized_by=row.text("sized_by"),
        budget=row.measure("budget_usd", reason=row.text("budget_reason") or "no accounts file"),
        unit_carry=row.measure("unit_annual_carry_usd", reason=unit),
        unit_ask=row.measure("unit_ask_usd", reason=unit),
        unit_gain=row.measure("unit_shock_gain_usd", reason=unit or offset),
        shock=row.measure("shock_frac"),
        shock_loss=row.measure("shock_loss_usd", reason=offset),
        target_offset=row.measure("target_offset_frac"),
        by_budget=row.measure("units_by_budget", reason=row.text("budget_reason")),
        by_offset=row.measure("units_by_offset", reason=offset),
        recommended=row.measure("units_recommended", reason=none),
        binding=row.text("binding"),
        bought_offset=row.measure("bought_offset_frac", reason=none or offset),
        to_target=row.measure("units_to_target", reason=row.text("to_target_reason")),
        to_target_cost=row.measure("units_to_target_usd", reason=row.text("to_target_reason")),
        says=row.text("says"),
    )


def _costs(inputs: ReportInputs) -> pl.DataFrame:
    """The row of all condors first, then one for each condor."""
    frame, account = of_session(inputs.hedge_costs, inputs.stamp.session_date), inputs.stamp.account
    is_sum = pl.col("condor_id") == ALL_CONDORS
    together = summed_for(frame, account).filter(is_sum)
    return pl.concat([together, listed_for(frame, account).filter(~is_sum).sort("account", "condor_id")])


def _cost(row: MartRow) -> HedgeCost:
    why, is_sum = row.text("reason"), row.text("condor_id") == ALL_CONDORS
    return HedgeCost(
        account=row.text("account"),
        condor_id="" if is_sum else row.text("condor_id"),
        credit=row.measure("credit_usd", reason="no condor is held"),
        premium=row.measure("premium_usd", reason=why),
        gross=row.measure("gross_frac", reason=why),
        amortised=row.measure("amortised_usd", reason=why),
        amortised_frac=row.measure("amortised_frac", reason=why),
        net_ratio=row.measure("net_credit_to_hedge", reason=why),
        band=row.text("band"),
        reason=why,
    )
