"""What breadth says: A/D line, McClellan oscillator, divergence from SPX, and a state. METHODOLOGY 5.4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import polars as pl

from transforms.signals.breadth import UNIVERSE
from transforms.signals.indicators import streak
from transforms.signals.runs import add_runs
from transforms.thresholds import STANDARD, VENDOR_RULE, threshold

ISSUES: Final = 1000.0  # ratio-adjusted net advances are per thousand issues that moved


@dataclass(frozen=True, slots=True, kw_only=True)
class BreadthRules:
    """How breadth is measured, and where its states begin."""

    NAME: ClassVar[str] = "breadth"

    fast_alpha: float = threshold(
        0.10, unit="weight of today", says="McClellan: fast average", source=STANDARD, ref="McClellan"
    )
    slow_alpha: float = threshold(
        0.05, unit="weight of today", says="McClellan: slow average", source=STANDARD, ref="McClellan"
    )
    warm_up_sessions: int = threshold(
        150, unit="trading sessions", says="McClellan is published from", ref="METHODOLOGY 5.4"
    )
    mean_sessions: int = threshold(
        50, unit="trading sessions", says="A/D line against its mean and high of", ref="METHODOLOGY 5.4"
    )
    deviation_sessions: int = threshold(
        252, unit="trading sessions", says="A/D line: standard deviation over", ref="METHODOLOGY 5.4"
    )
    near_high_frac: float = threshold(
        0.01, unit="fraction", says="Divergence: SPX within, of its 50-session high", ref="METHODOLOGY 5.4"
    )
    gap_deviations: float = threshold(
        0.5, unit="standard deviations", says="Divergence: A/D line below its own high by", ref="METHODOLOGY 5.4"
    )
    divergence_sessions: int = threshold(
        5, unit="trading sessions", says="DIVERGING after", source=VENDOR_RULE, ref="V84"
    )
    deteriorating_z: float = threshold(
        -1.0, unit="standard deviations", says="DETERIORATING at A/D z-score of or below", ref="METHODOLOGY 5.4"
    )
    deteriorating_osc: float = threshold(
        -70.0, unit="per thousand issues", says="DETERIORATING at McClellan of or below", ref="METHODOLOGY 5.4"
    )
    thrust_osc: float = threshold(60.0, unit="per thousand issues", says="THRUST from McClellan", ref="METHODOLOGY 5.4")


RULES: Final = BreadthRules()


def breadth_states(breadth: pl.DataFrame, spx: pl.DataFrame, rules: BreadthRules = RULES) -> pl.DataFrame:
    """Measure breadth on every session that has advances and declines.

    From core.breadth_daily (NYSE) and `session_date, index_close_pts`; one row per session, in order.
    `rana` = 1000 (adv - dec)/(adv + dec); `mcclellan_osc` its fast less its slow average, seeded by the first value,
    and `mcclellan_raw_osc` that of net advances themselves. `mcclellan_summation` is the sum of the oscillator, counted
    so that it is 0 where both averages are (19 slow - 9 fast: its daily change is the oscillator, and it does not
    depend on the first day loaded). `ad_z` = (A/D line - its 50-session mean) / standard deviation of that distance
    over 252 sessions: the line's own level has an arbitrary base and is not given. `divergence_sessions` counts how
    long SPX has stood near its high without the line. `breadth_state` is the first that holds of DISTRIBUTION,
    DETERIORATING, DIVERGING, THRUST, CONFIRMING, NEUTRAL; null with `breadth_reason` before the averages are warm.
    """
    counted = (
        breadth.filter(pl.col("universe") == UNIVERSE, pl.col("advances_qty") + pl.col("declines_qty") > 0)
        .sort("session_date")
        .join(_near_highs(spx, rules), on="session_date", how="left", maintain_order="left")
        .with_columns(net_advances_qty=pl.col("advances_qty") - pl.col("declines_qty"))
    )
    measured = _measured(add_runs(counted), rules)
    return measured.with_columns(breadth_state=_state(rules), breadth_reason=_reason(rules)).select(
        "session_date",
        "advances_qty",
        "declines_qty",
        "unchanged_qty",
        "net_advances_qty",
        "rana",
        "mcclellan_osc",
        "mcclellan_raw_osc",
        "mcclellan_summation",
        "ad_z",
        "divergence_sessions",
        "breadth_state",
        "breadth_reason",
    )


def _near_highs(spx: pl.DataFrame, rules: BreadthRules) -> pl.DataFrame:
    """Whether each close of SPX stands near its own high; null before there are 50."""
    close = pl.col("index_close_pts")
    high = close.rolling_max(rules.mean_sessions).over("run")
    prints = add_runs(spx.drop_nulls("index_close_pts").sort("session_date"))
    return prints.select("session_date", is_near_high=close >= (1.0 - rules.near_high_frac) * high)


def _measured(counted: pl.DataFrame, rules: BreadthRules) -> pl.DataFrame:
    line = pl.col("net_advances_qty").cum_sum()
    distance = line - line.rolling_mean(rules.mean_sessions)
    deviation = distance.rolling_std(rules.deviation_sessions, ddof=1)
    is_line_below = line.rolling_max(rules.mean_sessions) - line >= rules.gap_deviations * deviation
    is_warm = pl.col("bar") >= rules.warm_up_sessions
    return (
        counted.with_columns(
            rana=ISSUES * pl.col("net_advances_qty") / (pl.col("advances_qty") + pl.col("declines_qty")),
            ad_z=(distance / deviation).over("run"),
            divergence_sessions=streak(pl.col("is_near_high") & is_line_below).over("run"),
        )
        .with_columns(
            **{
                f"{name}_{speed}": pl.col(of).ewm_mean(alpha=alpha, adjust=False).over("run")
                for name, of in (("ratio", "rana"), ("raw", "net_advances_qty"))
                for speed, alpha in (("fast", rules.fast_alpha), ("slow", rules.slow_alpha))
            }
        )
        .with_columns(
            mcclellan_osc=pl.when(is_warm).then(pl.col("ratio_fast") - pl.col("ratio_slow")),
            mcclellan_raw_osc=pl.when(is_warm).then(pl.col("raw_fast") - pl.col("raw_slow")),
            mcclellan_summation=pl.when(is_warm).then(
                (1.0 / rules.slow_alpha - 1.0) * pl.col("ratio_slow")
                - (1.0 / rules.fast_alpha - 1.0) * pl.col("ratio_fast")
            ),
        )
    )


def _state(rules: BreadthRules) -> pl.Expr:
    is_diverging = pl.col("divergence_sessions") >= rules.divergence_sessions
    is_low = (pl.col("ad_z") <= rules.deteriorating_z) | (pl.col("mcclellan_osc") <= rules.deteriorating_osc)
    state = (
        pl.when(is_diverging & (pl.col("mcclellan_osc") < 0.0))
        .then(pl.lit("DISTRIBUTION"))
        .when(is_low)
        .then(pl.lit("DETERIORATING"))
        .when(is_diverging)
        .then(pl.lit("DIVERGING"))
        .when(pl.col("mcclellan_osc") >= rules.thrust_osc)
        .then(pl.lit("THRUST"))
        .when(pl.col("ad_z") > 0.0)
        .then(pl.lit("CONFIRMING"))
        .otherwise(pl.lit("NEUTRAL"))
    )
    return pl.when(_is_complete()).then(state)


def _is_complete() -> pl.Expr:
    return pl.all_horizontal(pl.col("ad_z", "mcclellan_osc", "divergence_sessions").is_not_null())


def _reason(rules: BreadthRules) -> pl.Expr:
    needed = rules.mean_sessions + rules.deviation_sessions - 1
    too_few = pl.format("{} of {} sessions of breadth without a gap", pl.col("bar"), pl.lit(needed))
    return (
        pl.when(_is_complete())
        .then(None)
        .when(pl.col("ad_z").is_null() | pl.col("mcclellan_osc").is_null())
        .then(too_few)
        .otherwise(pl.lit("no SPX close, or not 50 of them"))
    )
