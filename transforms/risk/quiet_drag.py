"""What the hedge costs while nothing happens, and how many spikes a year pay for it (METHODOLOGY 4.13, 4.14).

Quiet days and the others stand apart and are never netted: a hedge that earned in a crash was not free before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import polars as pl

from transforms.book.states import SEVERITY, STATES
from transforms.thresholds import HOUSE_DEFAULT, VENDOR_RULE, threshold

SESSIONS_PER_WEEK: Final = 5.0
WEEKS_PER_YEAR: Final = 52.0
SESSIONS_PER_YEAR: Final = 252.0
BASIS_POINT: Final = 1e-4
OK: Final = "OK"
WATCH: Final = "WATCH"
OVER: Final = "OVER"
REF: Final = "METHODOLOGY 4.13"


@dataclass(frozen=True, slots=True, kw_only=True)
class DragRules:
    """What a quiet day is, what a spike is, over how long both are measured, and what drag is too much."""

    NAME: ClassVar[str] = "quiet_drag"

    vix_below_pts: float = threshold(20.0, unit="index points", says="Quiet day: VIX below", ref=REF)
    contango_above_frac: float = threshold(0.0, unit="fraction", says="Quiet day: contango above", ref=REF)
    spx_move_below_frac: float = threshold(0.01, unit="fraction", says="Quiet day: SPX moves less than", ref=REF)
    state_below: str = threshold(
        "TESTED", unit="", says="Quiet day: every condor better than", ref=REF, choices=STATES[1:]
    )
    spike_vix_change_frac: float = threshold(
        0.15, unit="fraction", says="Spike day: VIX up in a day by", ref="METHODOLOGY 4.8"
    )
    window_sessions: int = threshold(252, unit="trading sessions", says="Quiet drag: measured over", ref="house")
    least_sessions: int = threshold(
        20, unit="trading sessions", says="No drag, cost or drawdown from fewer sessions than", ref="house"
    )
    cost_sessions: int = threshold(
        63, unit="trading sessions", says="Realised hedge cost: measured over", ref="METHODOLOGY 4.14"
    )
    watch_year_frac: float = threshold(
        0.02, unit="fraction", says="Quiet drag WATCH: a year above", source=VENDOR_RULE, ref="1-2% a year"
    )
    over_year_frac: float = threshold(
        0.04, unit="fraction", says="Quiet drag OVER: a year above", source=HOUSE_DEFAULT, ref=REF
    )
    watch_week_bp: float = threshold(
        4.0, unit="bp a week", says="Quiet drag WATCH: a week above", source=VENDOR_RULE, ref="V32"
    )
    over_week_bp: float = threshold(
        8.0, unit="bp a week", says="Quiet drag OVER: a week above", source=VENDOR_RULE, ref="V32"
    )


RULES: Final = DragRules()


def judged_days(history: pl.DataFrame, rules: DragRules = RULES) -> pl.DataFrame:
    """Say of each session whether it was quiet, whether VIX spiked, and whether the hedge's P&L of it is known.

    `history` has one row per account and session: `hedge_pnl_usd`, `vix_pts`, `vix_change_frac`, `contango_frac`,
    `spx_return_frac`, `worst_state` (of the condors held; null when one is unknown, OK when none is held),
    `net_liq_usd`. Adds `is_quiet` and `is_spike` (null where the market of the day is not known) and `is_measured`.
    """
    severity = pl.col("worst_state").replace_strict(SEVERITY, default=None, return_dtype=pl.Int64)
    is_quiet = (
        (pl.col("vix_pts") < rules.vix_below_pts)
        & (pl.col("contango_frac") > rules.contango_above_frac)
        & (severity < SEVERITY[rules.state_below])
        & (pl.col("spx_return_frac").abs() < rules.spx_move_below_frac)
    )
    is_spike = pl.col("vix_change_frac") >= rules.spike_vix_change_frac
    return history.with_columns(
        is_quiet=is_quiet,
        is_spike=is_spike,
        is_measured=pl.col("hedge_pnl_usd").is_not_null() & is_quiet.is_not_null() & is_spike.is_not_null(),
    ).sort("account", "session_date")


def quiet_drag(days: pl.DataFrame, rules: DragRules = RULES) -> pl.DataFrame:
    """Give what the hedge cost on quiet days, beside what it made on the others: one row per account.

    `days` of `judged_days` up to the session. Drag is positive when the hedge costs: basis points of the average net
    liquidation value per five quiet sessions, and 52 times that a year. A week of quiet days, not of all days: a stormy
    quarter would make the hedge look cheap. A session whose P&L or market is unknown is left out and counted.
    """
    quiet, measured = pl.col("is_quiet") & pl.col("is_measured"), pl.col("is_measured")
    pnl, spike = pl.col("hedge_pnl_usd"), pl.col("is_spike") & pl.col("is_measured")
    summed = (
        days.group_by("account", maintain_order=True)
        .tail(rules.window_sessions)
        .group_by("account", maintain_order=True)
        .agg(
            history_sessions=pl.len().cast(pl.Int64),
            unmeasured_sessions=(~measured).sum().cast(pl.Int64),
            quiet_sessions=quiet.sum().cast(pl.Int64),
            quiet_hedge_pnl_usd=pnl.filter(quiet).sum(),
            other_hedge_pnl_usd=pnl.filter(measured & ~quiet).sum(),
            spike_sessions=spike.sum().cast(pl.Int64),
            spike_median_usd=pnl.filter(spike).median(),
            average_net_liq_usd=pl.col("net_liq_usd").filter(quiet).mean(),
        )
    )
    return _with_break_even(_with_drag(summed, rules))


def realised_hedge_cost(days: pl.DataFrame, credits_usd: pl.DataFrame, rules: DragRules = RULES) -> pl.DataFrame:
    """Give what the hedge cost outside of spikes for each dollar of credit taken: one row per account.

    `days` of `judged_days`; `credits_usd` has `account, session_date, credit_usd` of every campaign, on the session it
    was first held. Both over the trailing sessions of the rules.
    """
    window = days.group_by("account", maintain_order=True).tail(rules.cost_sessions)
    calm = pl.col("is_measured") & ~pl.col("is_spike")
    costs = window.group_by("account", maintain_order=True).agg(
        first_date=pl.col("session_date").min(),
        cost_sessions=pl.col("is_measured").sum().cast(pl.Int64),
        calm_hedge_pnl_usd=pl.col("hedge_pnl_usd").filter(calm).sum(),
    )
    taken = (
        credits_usd.join(costs.select("account", "first_date"), on="account", how="inner", maintain_order="left")
        .filter(pl.col("session_date") >= pl.col("first_date"))
        .group_by("account", maintain_order=True)
        .agg(credits_usd=pl.col("credit_usd").sort().sum())
    )
    has_credit = pl.col("credits_usd").fill_null(0.0) > 0.0
    too_few = pl.format("{} sessions with a known hedge P&L, {} needed", "cost_sessions", pl.lit(rules.least_sessions))
    reason = (
        pl.when(pl.col("cost_sessions") < rules.least_sessions)
        .then(too_few)
        .when(~has_credit)
        .then(pl.lit("no credit was taken in these sessions"))
    )
    return (
        costs.join(taken, on="account", how="left", maintain_order="left", validate="1:1")
        .with_columns(credits_usd=pl.col("credits_usd").fill_null(0.0), realised_cost_reason=reason)
        .with_columns(
            realised_cost_frac=pl.when(pl.col("realised_cost_reason").is_null()).then(
                -pl.col("calm_hedge_pnl_usd") / pl.col("credits_usd")
            )
        )
        .drop("first_date")
    )


def _with_drag(summed: pl.DataFrame, rules: DragRules) -> pl.DataFrame:
    weeks = pl.col("quiet_sessions") / SESSIONS_PER_WEEK
    share = -pl.col("quiet_hedge_pnl_usd") / pl.col("average_net_liq_usd") / weeks
    reason = (
        pl.when(pl.col("quiet_sessions") < rules.least_sessions)
        .then(
            pl.format(
                "{} quiet sessions with a known hedge P&L, {} needed",
                "quiet_sessions",
                pl.lit(rules.least_sessions),
            )
        )
        .when(pl.col("average_net_liq_usd").is_null())
        .then(pl.lit("no net liquidation value on a quiet session: accounts file"))
        .when(pl.col("average_net_liq_usd") <= 0.0)
        .then(pl.lit("net liquidation value is not positive"))
    )
    per_week, per_year = pl.col("quiet_drag_bp_per_week"), pl.col("quiet_drag_frac_per_year")
    return (
        summed.with_columns(quiet_drag_reason=reason)
        .with_columns(quiet_drag_bp_per_week=pl.when(pl.col("quiet_drag_reason").is_null()).then(share / BASIS_POINT))
        .with_columns(quiet_drag_frac_per_year=per_week * BASIS_POINT * WEEKS_PER_YEAR)
        .with_columns(
            quiet_drag_band=pl.when((per_year > rules.over_year_frac) | (per_week > rules.over_week_bp))
            .then(pl.lit(OVER))
            .when((per_year > rules.watch_year_frac) | (per_week > rules.watch_week_bp))
            .then(pl.lit(WATCH))
            .when(per_week.is_not_null())
            .then(pl.lit(OK))
        )
    )


def _with_break_even(drag: pl.DataFrame) -> pl.DataFrame:
    """Add how many spike days a year, each worth the median of those seen, pay for the quiet ones."""
    measured = pl.col("history_sessions") - pl.col("unmeasured_sessions")
    yearly = -pl.col("quiet_hedge_pnl_usd") * SESSIONS_PER_YEAR / measured
    reason = (
        pl.when(pl.col("quiet_sessions") == 0)
        .then(pl.lit("no quiet session with a known hedge P&L"))
        .when(yearly <= 0.0)
        .then(pl.lit("the hedge cost nothing on quiet days"))
        .when(pl.col("spike_sessions") == 0)
        .then(pl.lit("no spike day on record"))
        .when(pl.col("spike_median_usd") <= 0.0)
        .then(pl.lit("the median spike day earned nothing"))
    )
    return drag.with_columns(break_even_reason=reason).with_columns(
        break_even_spikes_per_year=pl.when(pl.col("break_even_reason").is_null()).then(
            yearly / pl.col("spike_median_usd")
        )
    )
