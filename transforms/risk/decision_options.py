"""What can be done with a threatened condor itself: hold, close, halve, or its best roll (METHODOLOGY 4.16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.legs import CONTRACT
from transforms.market.condor_odds import RULES, OddsRules
from transforms.risk.roll_eligibility import CONDOR
from transforms.risk.roll_moves import CLOSE, HOLD, REFERENCES
from transforms.risk.roll_outcomes import with_odds
from transforms.risk.roll_prices import CLOSING, SPX_MULTIPLIER_USD
from transforms.risk.roll_ranking import BLOCKED

if TYPE_CHECKING:
    from transforms.market.smile_odds import SmileNight
    from transforms.risk.rolls import RollNight

KEY: Final = (*CONDOR, "decision")
NOT_HALVED: Final = "one condor cannot be halved"
FIGURES: Final = (
    *("cash_today_usd", "fees_usd", "max_loss_after_usd", "pop_frac", "ev_p_payoff_usd", "margin_usd"),
    *("half_spread_usd", "dte_days"),
)


@dataclass(frozen=True, slots=True, eq=False)
class CondorOptions:
    """What can be done with each condor, and what it trades.

    `rows`: one per `account, condor_id, decision`, with `FIGURES`, `candidate, prob_reason` and `reason`: why it cannot
    be done, its figures then null. `trades`: one per contract traded: `change_qty` signed, `trade_pts` its price,
    `is_closing`.
    """

    rows: pl.DataFrame
    trades: pl.DataFrame


def condor_options(
    night: RollNight, smiles: SmileNight, *, hv20_vol: float | None, rules: OddsRules = RULES
) -> CondorOptions:
    """Give HOLD, CLOSE, REDUCE and ROLL of every threatened condor; without a feasible roll only the reason."""
    last_expiry = pl.max_horizontal("put_expiry_date", "call_expiry_date")
    found = night.candidates.with_columns(
        cash_today_usd="roll_net_usd", dte_days=(last_expiry - pl.col("session_date")).dt.total_days()
    )
    halved = _halved(found, smiles, hv20_vol=hv20_vol, rules=rules)
    best = _decided(found.filter(pl.col("rank") == 1), "ROLL")
    missing = _no_roll(night).join(best, on=CONDOR, how="anti", maintain_order="left")
    rows = [
        _decided(found.filter(move=HOLD), "HOLD"),
        _decided(found.filter(move=CLOSE), "CLOSE"),
        _decided(halved, "REDUCE"),
        pl.concat([best, missing], how="diagonal"),
    ]
    trades = [
        _trades(night, found.filter(move=CLOSE), "CLOSE", pl.col("quantity_qty")),
        _trades(night, found.filter(move=CLOSE), "REDUCE", _halved_qty()),
        _trades(night, found.filter(pl.col("rank") == 1), "ROLL", pl.col("quantity_qty")),
    ]
    every_row, every_trade = pl.concat(rows, how="diagonal"), pl.concat(trades)
    possible = every_row.filter(pl.col("reason").is_null()).select(KEY)
    return CondorOptions(every_row, every_trade.join(possible, on=KEY, how="semi", maintain_order="left"))


def _decided(candidates: pl.DataFrame, decision: str) -> pl.DataFrame:
    """Read a decision off a candidate; one that is blocked keeps its reason and loses its figures."""
    is_possible = pl.col("status") != BLOCKED
    return candidates.select(
        *CONDOR,
        "candidate",
        *(pl.when(is_possible).then(pl.col(name)).name.keep() for name in (*FIGURES, "prob_reason")),
        decision=pl.lit(decision),
        reason=pl.when(~is_possible).then("reason_text"),
    )


def _halved_qty() -> pl.Expr:
    """Half of the condors, the odd one closed too."""
    return pl.col("quantity_qty") - pl.col("quantity_qty") // 2


def _halved(found: pl.DataFrame, smiles: SmileNight, *, hv20_vol: float | None, rules: OddsRules) -> pl.DataFrame:
    """Close half of each condor and keep the rest: the whole campaign's credit then stands behind fewer condors."""
    costs = found.filter(move=CLOSE).select(
        *CONDOR, "close_debit_pts", close_status="status", close_reason="reason_text", closing_fees_usd="fees_usd"
    )
    gone, kept = _halved_qty(), pl.col("quantity_qty") // 2
    left_pts = pl.col("chain_credit_pts") * pl.col("quantity_qty") - pl.col("close_debit_pts") * gone
    cash_usd = -SPX_MULTIPLIER_USD * pl.col("close_debit_pts") * gone
    halves = (
        found.filter(move=HOLD)
        .drop(
            "close_debit_pts",
            "fees_usd",
            "pop_frac",
            "ev_q_payoff_usd",
            "ev_p_payoff_usd",
            "prob_method",
            "prob_reason",
        )
        .join(costs, on=CONDOR, how="left", validate="1:1", maintain_order="left")
        .with_columns(
            candidate=pl.lit(None, dtype=pl.String),
            fees_usd=pl.col("closing_fees_usd") * gone / pl.col("quantity_qty"),
            chain_credit_after_pts=pl.when(kept > 0).then(left_pts / kept),
            max_loss_after_usd=SPX_MULTIPLIER_USD * (pl.col("owed_pts") * kept - left_pts),
            margin_usd=SPX_MULTIPLIER_USD * pl.col("owed_pts") * kept,
        )
        .with_columns(
            cash_today_usd=cash_usd - pl.col("fees_usd"),
            break_even_put_pts=pl.col("put_short_pts") - pl.col("chain_credit_after_pts"),
            break_even_call_pts=pl.col("call_short_pts") + pl.col("chain_credit_after_pts"),
            status=pl.when(kept == 0).then(pl.lit(BLOCKED)).otherwise("close_status"),
            reason_text=pl.when(kept == 0).then(pl.lit(NOT_HALVED)).otherwise("close_reason"),
            quantity_qty=kept,
        )
    )
    return with_odds(halves, smiles, hv20_vol=hv20_vol, rules=rules)


def _no_roll(night: RollNight) -> pl.DataFrame:
    """Say of each condor why it has no feasible roll: none is looked for, or how many are blocked by what."""
    rolls = night.candidates.filter(~pl.col("move").is_in(REFERENCES))
    counted = (
        rolls.select(*CONDOR, code=pl.col("reason").str.split(","))
        .explode("code")
        .group_by(*CONDOR, "code")
        .agg(times_qty=pl.len())
        .sort(*CONDOR, "times_qty", "code", descending=[False, False, True, False])
        .group_by(CONDOR, maintain_order=True)
        .agg(codes=pl.format("{} by {}", "times_qty", "code").str.join(", "))
    )
    totals = rolls.group_by(CONDOR).agg(rolls_qty=pl.len())
    return (
        night.condors.select(*CONDOR, "eligibility", "eligibility_text")
        .join(counted, on=CONDOR, how="left", validate="1:1", maintain_order="left")
        .join(totals, on=CONDOR, how="left", validate="1:1", maintain_order="left")
        .select(
            *CONDOR,
            decision=pl.lit("ROLL"),
            reason=pl.when(pl.col("eligibility").is_null())
            .then(pl.format("no roll is looked for: {}", "eligibility_text"))
            .when(pl.col("codes").is_not_null())
            .then(pl.format("none of {} rolls is feasible: {}", "rolls_qty", "codes"))
            .otherwise(pl.lit("no expiry to roll to is listed")),
        )
    )


def _trades(night: RollNight, candidates: pl.DataFrame, decision: str, quantity: pl.Expr) -> pl.DataFrame:
    """List the contracts a candidate trades, for so many condors."""
    chosen = candidates.select("row", *CONDOR, size_qty=quantity)
    return (
        night.legs.filter(pl.col("trade_qty") != 0)
        .join(chosen, on="row", how="inner", validate="m:1", maintain_order="left")
        .select(
            *CONDOR,
            *CONTRACT,
            "trade_pts",
            decision=pl.lit(decision),
            change_qty=(pl.col("trade_qty") * pl.col("size_qty")).cast(pl.Float64),
            is_closing=pl.col("action") == CLOSING,
        )
    )
