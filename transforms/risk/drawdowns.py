"""How much shallower the book's deepest drawdown was for its hedge: the vendor claims 35-40%, here it is measured."""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.risk.quiet_drag import RULES, DragRules

NO_DRAWDOWN: Final = "the book without its hedge had no drawdown"


def drawdown_cut(days: pl.DataFrame, rules: DragRules = RULES) -> pl.DataFrame:
    """Compare the deepest drawdown of the book with that of the book less its hedge.

    `days` has one row per account and session: `book_pnl_usd` and `hedge_pnl_usd` of the day. One row per account:
    `drawdown_frac` = 1 - with / without, 0.35 = 35% shallower, negative where the hedge deepened it; null with
    `drawdown_reason`; `drawdown_sessions` counts the sessions both P&L are known of, others are left out.
    """
    known = pl.all_horizontal(pl.col("book_pnl_usd", "hedge_pnl_usd").is_not_null())
    measured = (
        days.sort("account", "session_date")
        .group_by("account", maintain_order=True)
        .tail(rules.window_sessions)
        .filter(known)
        .with_columns(bare_pnl_usd=pl.col("book_pnl_usd") - pl.col("hedge_pnl_usd"))
    )
    deepest = measured.group_by("account", maintain_order=True).agg(
        drawdown_sessions=pl.len().cast(pl.Int64), book=_deepest("book_pnl_usd"), bare=_deepest("bare_pnl_usd")
    )
    return (
        days.select("account")
        .unique(maintain_order=True)
        .join(deepest, on="account", how="left", maintain_order="left")
        .with_columns(pl.col("drawdown_sessions").fill_null(0))
        .with_columns(reason=_reason(rules))
        .select(
            "account",
            drawdown_sessions="drawdown_sessions",
            drawdown_frac=pl.when(pl.col("reason").is_null()).then(1.0 - pl.col("book") / pl.col("bare")),
            drawdown_reason="reason",
        )
    )


def _deepest(column: str) -> pl.Expr:
    """The largest fall of the running P&L from its highest point, the start counting as 0."""
    running = pl.col(column).cum_sum()
    return (running.cum_max().clip(lower_bound=0.0) - running).max()


def _reason(rules: DragRules) -> pl.Expr:
    too_few = pl.format(
        "{} sessions with a known P&L of book and hedge, {} needed", "drawdown_sessions", pl.lit(rules.least_sessions)
    )
    return (
        pl.when(pl.col("drawdown_sessions") < rules.least_sessions)
        .then(too_few)
        .when(pl.col("bare") <= 0.0)
        .then(pl.lit(NO_DRAWDOWN))
    )
