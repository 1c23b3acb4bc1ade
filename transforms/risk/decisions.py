"""The decision table: never just hold or exit (METHODOLOGY 4.16).

Six ways to go on with every condor that is TESTED or worse, in the same figures. Expected values are a model assumption
(EV_P, vols scaled to realised), VIX calls count for what the market expects them to pay: the mark over the discount
factor. Where the spreads leave all of them within reach of each other, no order is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.legs import CONTRACT
from transforms.risk.decision_book import BookNight, with_book
from transforms.risk.decision_hedge import HedgeNight, HedgeOptions, hedge_adds_option, hedge_rolls_option
from transforms.risk.decision_options import FIGURES, KEY, condor_options
from transforms.risk.decision_ranking import compared
from transforms.risk.decision_trades import TRADED, of_condors, of_trades
from transforms.risk.roll_eligibility import CONDOR
from transforms.risk.roll_prices import SPX_MULTIPLIER_USD
from transforms.risk.roll_rules import ActionRules
from transforms.risk.single_contracts import one_of_each, with_moves
from transforms.risk.stop_reference import stop_reference
from warehouse.tables.mart import MART_DECISIONS_DAILY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transforms.market.smile_odds import SmileNight
    from transforms.risk.hedge_unit import VixNight
    from transforms.risk.repricing import ScenarioMarket
    from transforms.risk.rolls import RollNight

DECISIONS: Final = ("HOLD", "CLOSE", "REDUCE", "ROLL", "ROLL_AND_HEDGE", "ADD_HEDGE")
WITH_HEDGE: Final = {"ROLL_AND_HEDGE": "ROLL", "ADD_HEDGE": "HOLD"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionInputs:
    """What is decided on: the rolls of the night, the book as it is, and the market it is repriced in.

    `legs` as tonight's mart.legs_daily, `history` mart.condors_daily of every night up to tonight.
    """

    rolls: RollNight
    hedge: HedgeNight
    legs: pl.DataFrame
    history: pl.DataFrame
    book: BookNight
    prices: VixNight
    market: ScenarioMarket
    smiles: SmileNight
    hv20_vol: float | None


def decisions(inputs: DecisionInputs, rules: ActionRules | None = None) -> pl.DataFrame:
    """Lay the ways to go on side by side: six rows per condor, as mart.decisions_daily declares."""
    rules, condors = rules or ActionRules(), inputs.rolls.condors
    accounts = condors["account"].unique().sort().to_list()
    hedges = {
        "ROLL_AND_HEDGE": hedge_rolls_option(inputs.hedge, accounts),
        "ADD_HEDGE": hedge_adds_option(inputs.hedge, accounts, rules.costs),
    }
    own = condor_options(inputs.rolls, inputs.smiles, hv20_vol=inputs.hv20_vol, rules=rules.odds)
    beside = [_beside(own.rows, hedge, decision) for decision, hedge in hedges.items()]
    rows = pl.concat([own.rows, *beside], how="diagonal")
    trades = _all_trades(own.trades, rows, hedges)
    held = inputs.legs.filter(part="condor")
    ones = with_moves(
        one_of_each(pl.concat([trades.select(CONTRACT), held.select(CONTRACT)]), inputs.prices, inputs.market),
        inputs.market,
    )
    found = (
        rows.join(of_trades(trades, ones, inputs.legs), on=KEY, how="left", validate="1:1", maintain_order="left")
        .join(of_condors(held, ones), on=CONDOR, how="left", validate="m:1", maintain_order="left")
        .join(_facts(condors), on=CONDOR, how="left", validate="m:1", maintain_order="left")
        .pipe(_with_outcomes)
        .pipe(with_book, inputs.book)
        .pipe(compared)
        .join(
            stop_reference(inputs.history, condors, rules.stop),
            on=CONDOR,
            how="left",
            validate="m:1",
            maintain_order="left",
        )
    )
    known = [name for name in MART_DECISIONS_DAILY.column_names if name in found.columns]
    return MART_DECISIONS_DAILY.conform(found.select(known)).sort(KEY)


def _beside(rows: pl.DataFrame, hedge: HedgeOptions, decision: str) -> pl.DataFrame:
    """Do something with the hedge beside a decision about the condor; cash put into the hedge counts as lost."""
    base = rows.filter(decision=WITH_HEDGE[decision])
    both = base.join(hedge.rows, on="account", how="left", validate="m:1", maintain_order="left")
    reason = pl.coalesce("reason", "hedge_reason")
    figures = {name: pl.col(name) for name in FIGURES} | {
        "cash_today_usd": pl.col("cash_today_usd") + pl.col("hedge_cash_usd"),
        "fees_usd": pl.col("fees_usd") + pl.col("hedge_fees_usd"),
        "max_loss_after_usd": pl.col("max_loss_after_usd") - pl.col("hedge_cash_usd"),
        "hedge_cash_usd": pl.col("hedge_cash_usd"),
        "hedge_realised_usd": pl.col("hedge_realised_usd"),
    }
    return both.select(
        *(*CONDOR, "candidate", "prob_reason"),
        decision=pl.lit(decision),
        reason=reason,
        **{name: pl.when(reason.is_null()).then(value) for name, value in figures.items()},
    )


def _all_trades(own: pl.DataFrame, rows: pl.DataFrame, hedges: Mapping[str, HedgeOptions]) -> pl.DataFrame:
    """List every contract that each possible decision trades."""
    possible = rows.filter(pl.col("reason").is_null()).select(KEY)
    of_hedge = [
        possible.filter(decision=decision).join(hedge.trades, on="account", how="inner", maintain_order="left")
        for decision, hedge in hedges.items()
    ]
    rolled_too = own.filter(decision="ROLL").with_columns(decision=pl.lit("ROLL_AND_HEDGE"))
    every = pl.concat([own, rolled_too, *of_hedge], how="diagonal")
    return every.join(possible, on=KEY, how="semi", maintain_order="left").with_columns(
        pl.col("is_closing").fill_null(value=False)
    )


def _facts(condors: pl.DataFrame) -> pl.DataFrame:
    """What is true of a condor whatever is decided; `realised_before_usd` is its campaign's past, all fees paid."""
    credit_usd = pl.col("credit_pts") * SPX_MULTIPLIER_USD * pl.col("quantity_qty")
    return condors.select(
        *(*CONDOR, "session_date", "campaign_id", "state"),
        realised_before_usd=pl.col("max_profit_usd") - credit_usd - pl.col("fees_usd"),
    )


def _with_outcomes(rows: pl.DataFrame) -> pl.DataFrame:
    """Add realised P&L, expected value and P&L tomorrow; `trading_usd` is what trading costs beside the marks."""
    is_possible = pl.col("reason").is_null()
    trades_nothing = is_possible & (pl.col("decision") == "HOLD")
    return (
        rows.with_columns(pl.when(trades_nothing).then(0.0).otherwise(pl.col(TRADED)).name.keep())
        .with_columns(
            trading_usd=pl.col("cash_today_usd") + pl.col("marks_usd"),
            realised_pnl_usd=pl.col("realised_before_usd")
            + pl.col("closed_usd")
            + pl.col("hedge_realised_usd").fill_null(0.0)
            - pl.col("fees_usd"),
            ev_p_usd=pl.col("cash_today_usd") + pl.col("ev_p_payoff_usd") + pl.col("hedge_payoff_usd"),
            ev_p_half_width_usd=pl.col("half_spread_usd") + pl.col("hedge_half_spread_usd"),
        )
        .with_columns(
            pnl_m5_tomorrow_usd=pl.col("trading_usd")
            + pl.col("held_fall_tomorrow_usd")
            + pl.col("traded_fall_tomorrow_usd"),
            pnl_p3_tomorrow_usd=pl.col("trading_usd")
            + pl.col("held_rise_tomorrow_usd")
            + pl.col("traded_rise_tomorrow_usd"),
        )
    )
