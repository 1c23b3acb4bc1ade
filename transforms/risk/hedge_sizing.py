"""How many hedge units are wanted: what the offset asks for, what the budget pays for, and which of them binds.

METHODOLOGY 2.3. Never from contracts: the loss of the condors at -5% says how many units repay 40% of it, the account
says how many may be carried for a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.accounts import latest_statements
from transforms.book.legs import sum_or_null
from transforms.book.positions import ALL_ACCOUNTS
from transforms.risk.hedge_rules import SIZING, HedgeSizingRules
from warehouse.tables.mart import MART_HEDGE_SIZING_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from transforms.risk.reference_condor import ReferenceCondor

DAYS_PER_YEAR: Final = 365.0
NO_ACCOUNT: Final = "no account figures: net liquidation value unknown"
IN_UNIT: Final = (
    *("premium_usd", "ask_usd", "spx_delta_usd_per_pt", "theta_usd_per_day", "decay_30d_usd"),
    *("rolldown_30d_usd", "shock_gain_usd"),
)
RICH: Final = "RICH"
SAME_SHOCK: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingInputs:
    """What sizes the hedge of each account.

    `unit` as mart.hedge_units_daily, `scenarios` as mart.scenarios_daily, `condors` those held tonight, `accounts` rows
    of core.accounts_daily. `valuation_state` is RICH where the market's valuation calls for caution, null if unknown.
    `hold_reason` says why tonight's figures are not to be acted on.
    """

    session_date: dt.date
    scopes: Sequence[str]
    unit: pl.DataFrame
    scenarios: pl.DataFrame
    condors: pl.DataFrame
    accounts: pl.DataFrame
    reference: ReferenceCondor
    valuation_state: str | None = None
    hold_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss the hedge is sized by, positive, whose it is; null with reason."""

    usd: float | None
    sized_by: str
    reason: str | None = None


def hedge_sizing(inputs: SizingInputs, rules: HedgeSizingRules = SIZING) -> pl.DataFrame:
    """Size the hedge of each account: one row per scope, as mart.hedge_sizing_daily declares.

    Units stay fractional. The smaller of the two numbers binds; where the account is unknown, so is the budget, and the
    offset alone sizes. Where the offset cannot be known there is no recommendation.
    """
    unit = _unit(inputs.unit)
    statements = latest_statements(inputs.accounts, inputs.scopes, session_date=inputs.session_date)
    rows = [_of_scope(inputs, scope, unit, statements[scope].net_liq_usd, rules) for scope in inputs.scopes]
    return MART_HEDGE_SIZING_DAILY.conform(pl.DataFrame(rows, infer_schema_length=None)).sort("account")


def _unit(unit: pl.DataFrame) -> dict[str, Any]:
    """The unit as a whole; a figure that one layer lacks is null, and the reasons say why."""
    whole: dict[str, float | None] = {name: unit.select(sum_or_null(name)).item() for name in IN_UNIT}
    reasons = [f"{layer}: {reason}" for layer, reason in unit.select("layer", "reason").iter_rows() if reason]
    theta = whole["theta_usd_per_day"]
    return {
        **{f"unit_{name}": value for name, value in whole.items()},
        "unit_annual_carry_usd": None if theta is None else -DAYS_PER_YEAR * theta,
        "unit_reason": "; ".join(reasons) or None,
    }


def _of_scope(
    inputs: SizingInputs, scope: str, unit: dict[str, Any], net_liq: float | None, rules: HedgeSizingRules
) -> dict[str, Any]:
    loss = _loss(inputs, scope, net_liq, rules)
    budget_usd = None if net_liq is None else rules.budget_annual_frac * net_liq
    by_budget = _ratio(budget_usd, unit["unit_annual_carry_usd"])
    by_offset = _ratio(loss.usd, unit["unit_shock_gain_usd"], rules.target_offset_frac)
    no_unit = unit["unit_reason"] or "a call of the unit cannot be repriced"
    offset_reason = None if by_offset is not None else loss.reason or no_unit
    return {
        "session_date": inputs.session_date,
        "account": scope,
        "mode": rules.mode,
        **unit,
        "net_liq_usd": net_liq,
        "budget_usd": budget_usd,
        "sized_by": loss.sized_by,
        "shock_frac": rules.offset_shock_frac,
        "target_offset_frac": rules.target_offset_frac,
        "shock_loss_usd": loss.usd,
        "units_by_budget": by_budget,
        "budget_reason": None if by_budget is not None else NO_ACCOUNT if net_liq is None else no_unit,
        "units_by_offset": by_offset,
        "offset_reason": offset_reason,
        "base_frac": _base_frac(inputs.valuation_state, rules),
        "sizing_reason": inputs.hold_reason or offset_reason,
        **_recommended(by_budget, by_offset, None if inputs.hold_reason else loss.usd, unit, rules),
        **_to_target(inputs, scope, by_offset, unit, rules),
    }


def _recommended(
    by_budget: float | None,
    by_offset: float | None,
    loss_usd: float | None,
    unit: dict[str, Any],
    rules: HedgeSizingRules,
) -> dict[str, Any]:
    """The smaller of the two numbers, which of them it is, and what it buys; nothing on hold or without an offset."""
    if by_offset is None or loss_usd is None:
        return {}
    is_budget = by_budget is not None and by_budget < by_offset
    wanted = min(by_offset, by_offset if by_budget is None else by_budget)
    bought = wanted * unit["unit_shock_gain_usd"] / loss_usd if loss_usd else None
    return {
        "units_recommended": wanted,
        "binding": "budget" if is_budget else "offset",
        "bought_offset_frac": bought,
        "is_below_one_unit": is_budget and wanted < 1.0,
        "says": _sentence(wanted, bought, rules, is_budget=is_budget),
    }


def _to_target(
    inputs: SizingInputs, scope: str, by_offset: float | None, unit: dict[str, Any], rules: HedgeSizingRules
) -> dict[str, Any]:
    """How many more units reach the target offset beside what the hedge held gains there, and what they cost (4.5)."""
    held_usd, reason = _shock_pnl(inputs, scope, "hedge", rules)
    has_condor = not _condors_of(inputs, scope).is_empty()
    if by_offset is None or held_usd is None or not has_condor or inputs.hold_reason:
        why = inputs.hold_reason or (None if has_condor else "no condor is held") or reason
        return {"to_target_reason": why or "the target itself is not known"}
    more = max(0.0, by_offset - held_usd / unit["unit_shock_gain_usd"])
    return {"units_to_target": more, "units_to_target_usd": more * unit["unit_ask_usd"]}


def _condors_of(inputs: SizingInputs, scope: str) -> pl.DataFrame:
    return inputs.condors if scope == ALL_ACCOUNTS else inputs.condors.filter(account=scope)


def _loss(inputs: SizingInputs, scope: str, net_liq: float | None, rules: HedgeSizingRules) -> Loss:
    """What the condors of an account lose at the sizing shock; without one, what the reference condor would."""
    if _condors_of(inputs, scope).is_empty():
        return _reference_loss(inputs.reference, net_liq, rules)
    pnl, reason = _shock_pnl(inputs, scope, "condor", rules)
    return Loss(None, "condors", reason) if pnl is None else Loss(max(0.0, -pnl), "condors")


def _shock_pnl(inputs: SizingInputs, scope: str, part: str, rules: HedgeSizingRules) -> tuple[float | None, str | None]:
    """The P&L of a part of the book at the sizing shock, or why there is none."""
    cell = inputs.scenarios.filter(
        pl.col("account") == scope,
        pl.col("part") == part,
        (pl.col("spot_shock_frac") - rules.offset_shock_frac).abs() < SAME_SHOCK,
        pl.col("vol_response") == "base",
        pl.col("horizon") == "now",
    )
    if cell.is_empty():
        return None, f"{rules.offset_shock_frac:+.1%} is no move of the scenario grid"
    pnl, reason = cell.select("pnl_usd", "reason").row(0)
    return pnl, reason


def _reference_loss(reference: ReferenceCondor, net_liq: float | None, rules: HedgeSizingRules) -> Loss:
    named = (
        f"{reference.name}, {rules.reference_risk_frac:.0%} of net liquidation"
        if reference.name
        else "reference condor"
    )
    if net_liq is None:
        return Loss(None, named, f"no condor is held, and the reference condor needs the account: {NO_ACCOUNT}")
    if reference.shock_loss_usd is None or reference.max_loss_usd is None or reference.max_loss_usd <= 0:
        return Loss(None, named, f"no condor is held, and {reference.reason or 'the reference condor risks nothing'}")
    condors = rules.reference_risk_frac * net_liq / reference.max_loss_usd
    return Loss(condors * reference.shock_loss_usd, named)


def _ratio(above: float | None, below: float | None, share: float = 1.0) -> float | None:
    return None if above is None or below is None or below <= 0.0 else share * above / below


def _base_frac(valuation_state: str | None, rules: HedgeSizingRules) -> float:
    return rules.caution_base_frac if valuation_state == RICH else rules.hybrid_base_frac


def _sentence(wanted: float, bought: float | None, rules: HedgeSizingRules, *, is_budget: bool) -> str:
    if not is_budget:
        return f"{wanted:.2f} units repay {rules.target_offset_frac:.0%} of the loss at {rules.offset_shock_frac:+.0%}"
    short = f"budget buys {bought or 0.0:.0%} offset, target {rules.target_offset_frac:.0%}"
    return f"{short}; budget buys < 1 unit" if wanted < 1.0 else short
