"""Capital in one row an account: what it costs, what it earns, what the hedge takes (METHODOLOGY 4.12 to 4.22)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.accounts import latest_statements
from transforms.book.legs import named_reasons, sum_or_null, told_reasons, total_or_null
from transforms.book.positions import ALL_ACCOUNTS, LAYERS, in_scopes
from transforms.market.calendar import sessions_between
from transforms.risk.book_returns import ReturnInputs, book_return
from transforms.risk.cost_of_capital import CapitalRules, cost_of_capital
from transforms.risk.drawdowns import drawdown_cut
from transforms.risk.hedge_costs import cost_band
from transforms.risk.hedge_rules import HedgeCostRules
from transforms.risk.quiet_drag import DragRules, judged_days, quiet_drag, realised_hedge_cost
from transforms.risk.returns import Rates, ReturnRules
from transforms.risk.vol_alone import VIX_DROP, VOL_CRUSH
from warehouse.tables.mart import MART_CAPITAL_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from transforms.book.accounts import AccountFigures

BASIS_POINT: Final = 1e-4
NO_THETA: Final = "no condor is held"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapitalRuleSets:
    """Every rule set behind a row of mart.capital_daily."""

    capital: CapitalRules = field(default_factory=CapitalRules)
    returns: ReturnRules = field(default_factory=ReturnRules)
    drag: DragRules = field(default_factory=DragRules)
    cost: HedgeCostRules = field(default_factory=HedgeCostRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapitalInputs:
    """What the capital of one night is computed from, all scopes (`account_scopes`) at once.

    `accounts` core.accounts_daily up to the session; `legs` of `price_legs`; `margins` of `structure_margins`;
    `flows` as mart.cash_flows_daily and `values` of `open_values`; `history` for `judged_days`, with `book_pnl_usd`,
    one row per scope and session, tonight the last; `credits_usd` for `realised_hedge_cost`; `funded` of `funded_days`;
    `moves` of `vol_alone`; `economics` as mart.condor_economics_daily, `condors` as mart.condors_daily.
    """

    session_date: dt.date
    scopes: Sequence[str]
    risk_free_frac: float | None
    accounts: pl.DataFrame
    legs: pl.DataFrame
    margins: pl.DataFrame
    flows: pl.DataFrame
    values: pl.DataFrame
    history: pl.DataFrame
    credits_usd: pl.DataFrame
    funded: pl.DataFrame
    moves: pl.DataFrame
    economics: pl.DataFrame
    condors: pl.DataFrame


def capital_rows(inputs: CapitalInputs, rules: CapitalRuleSets | None = None) -> pl.DataFrame:
    """Give one row per scope, as mart.capital_daily declares."""
    rules = rules or CapitalRuleSets()
    statements = latest_statements(inputs.accounts, inputs.scopes, session_date=inputs.session_date)
    returns = pl.DataFrame(
        [_of_account(inputs, scope, statement, rules) for scope, statement in statements.items()],
        infer_schema_length=None,
    )
    days = judged_days(inputs.history, rules.drag)
    tonight = days.filter(session_date=inputs.session_date).select(
        "account", "is_quiet", hedge_day_pnl_usd="hedge_pnl_usd"
    )
    rows = returns
    for frame in (
        tonight,
        quiet_drag(days, rules.drag),
        realised_hedge_cost(days, inputs.credits_usd, rules.drag).with_columns(
            realised_cost_band=cost_band(pl.col("realised_cost_frac"), rules.cost)
        ),
        drawdown_cut(days, rules.drag),
        inputs.funded,
        _moves(inputs.moves),
        _theta_press(inputs),
    ):
        rows = rows.join(frame, on="account", how="left", validate="1:1", maintain_order="left")
    return MART_CAPITAL_DAILY.conform(rows.select(MART_CAPITAL_DAILY.column_names)).sort("account")


def _of_account(inputs: CapitalInputs, scope: str, statement: AccountFigures, rules: CapitalRuleSets) -> dict[str, Any]:
    """Cost of capital and return of one account, or of all."""
    legs, margins = (_rows_of(frame, scope) for frame in (inputs.legs, inputs.margins))
    hedge = legs.filter(pl.col("part").is_in(LAYERS)).sort("account", "structure_id", "instrument_id")
    hedge_value = total_or_null(hedge["value_usd"])
    cost = cost_of_capital(
        statement,
        risk_free=inputs.risk_free_frac,
        hedge_value_usd=hedge_value,
        rules=rules.capital,
    )
    returns = book_return(
        ReturnInputs(
            scope=scope,
            session_date=inputs.session_date,
            flows=inputs.flows,
            values=inputs.values,
            rates=Rates(risk_free_frac=inputs.risk_free_frac, wacc_frac=cost["wacc_frac"]),
            rules=rules.returns,
        )
    )
    first = returns.get("first_flow_date")
    empty = dict.fromkeys(MART_CAPITAL_DAILY.column_names[: MART_CAPITAL_DAILY.column_names.index("is_quiet")])
    return (
        empty
        | {"session_date": inputs.session_date, "account": scope, "hedge_value_usd": hedge_value}
        | cost
        | _strategy_margin(margins)
        | returns
        | {"return_sessions": len(sessions_between(first, inputs.session_date)) if first else None}
        | _hurdle(returns.get("irr_book_frac"), cost["wacc_frac"])
    )


def _rows_of(frame: pl.DataFrame, scope: str) -> pl.DataFrame:
    return (
        in_scopes(frame, [ALL_ACCOUNTS]).filter(account=scope) if scope == ALL_ACCOUNTS else frame.filter(account=scope)
    )


def _strategy_margin(margins: pl.DataFrame) -> dict[str, Any]:
    ordered = margins.sort("account", "structure_id")
    return {
        "strategy_margin_usd": total_or_null(ordered["margin_usd"]),
        "strategy_margin_reason": told_reasons(ordered, "structure_id", "margin_reason"),
    }


def _hurdle(irr_frac: float | None, wacc_frac: float | None) -> dict[str, Any]:
    if irr_frac is None or wacc_frac is None:
        return {"is_above_hurdle": None, "hurdle_gap_frac": None}
    return {"is_above_hurdle": irr_frac > wacc_frac, "hurdle_gap_frac": irr_frac - wacc_frac}


def _moves(moves: pl.DataFrame) -> pl.DataFrame:
    """One row per scope: what moves of vol alone do to hedge, condors and book."""
    columns = (
        ("vix_drop_hedge_pnl_usd", "vix_drop_reason", VIX_DROP, "hedge"),
        ("vol_crush_condor_pnl_usd", None, VOL_CRUSH, "condor"),
        ("vol_crush_hedge_pnl_usd", None, VOL_CRUSH, "hedge"),
        ("vol_crush_pnl_usd", "vol_crush_reason", VOL_CRUSH, "total"),
    )
    rows = moves.select("account").unique(maintain_order=True)
    for pnl_name, reason_name, move, group in columns:
        picked = moves.filter(move=move, group=group).rename({"pnl_usd": pnl_name, "reason": reason_name or "unused"})
        kept = ["account", pnl_name, *([reason_name] if reason_name else [])]
        rows = rows.join(picked.select(kept), on="account", how="left", validate="1:1", maintain_order="left")
    return rows


def _theta_press(inputs: CapitalInputs) -> pl.DataFrame:
    """One row per scope: theta of the condors on their margin."""
    thetas = inputs.condors.select("account", "condor_id", "theta_usd_per_day")
    held = inputs.economics.select("account", "condor_id", "margin_usd", reason="theta_press_reason").join(
        thetas, on=["account", "condor_id"], how="left", validate="1:1", maintain_order="left"
    )
    summed = (
        in_scopes(held, inputs.scopes)
        .sort("account", "condor_id")
        .group_by("account", maintain_order=True)
        .agg(
            theta=sum_or_null("theta_usd_per_day"),
            margin=sum_or_null("margin_usd"),
            why=named_reasons("condor_id", "reason"),
        )
    )
    every = pl.DataFrame({"account": inputs.scopes}, schema={"account": pl.String})
    is_known = (pl.col("why").is_null() & (pl.col("margin") > 0.0)).fill_null(value=False)
    return every.join(summed, on="account", how="left", validate="1:1", maintain_order="left").select(
        "account",
        theta_press_bp_per_day=pl.when(is_known).then(pl.col("theta") / pl.col("margin") / BASIS_POINT),
        theta_press_reason=pl.when(~is_known).then(pl.coalesce("why", pl.lit(NO_THETA))),
    )
