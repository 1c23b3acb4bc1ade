"""Whether puts are being bid up against calls: the 25-delta skew of SPX, its change, its place in a year (4.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import polars as pl

from transforms.market.calendar import add_session_number
from transforms.signals.indicators import percentile_rank
from transforms.signals.runs import add_runs
from transforms.thresholds import threshold

SKEW_SCHEMA: Final = pl.Schema({"session_date": pl.Date(), "skew_25d_vol": pl.Float64()})


@dataclass(frozen=True, slots=True, kw_only=True)
class SkewRules:
    """How long skew is looked back on."""

    NAME: ClassVar[str] = "skew"

    window_sessions: int = threshold(
        252, unit="trading sessions", says="Skew: percentile among the last", ref="METHODOLOGY 4.7"
    )
    at_least_sessions: int = threshold(
        60, unit="trading sessions", says="Skew: percentile only from this many", ref="house"
    )


RULES: Final = SkewRules()


def skew_pressure(skew: pl.DataFrame, rules: SkewRules = RULES) -> pl.DataFrame:
    """Measure how the 30-day 25-delta skew of SPX has moved and how high it stands.

    From `session_date, skew_25d_vol` (25-delta put vol less 25-delta call vol, decimal); one row per session that has
    it. `skew_change_vol` is since the session before, null without it; `skew_percentile_frac` the share of the last 252
    values, tonight's included, that are not above tonight's, null before there are 60.
    """
    measured = add_runs(skew.drop_nulls("skew_25d_vol").sort("session_date"))
    is_next = pl.col("session_number").diff() == 1
    rank = percentile_rank(pl.col("skew_25d_vol"), window=rules.window_sessions, at_least=rules.at_least_sessions)
    return (
        add_session_number(measured)
        .with_columns(
            skew_change_vol=pl.when(is_next).then(pl.col("skew_25d_vol").diff()),
            skew_percentile_frac=rank.over("run"),
        )
        .select(
            "session_date",
            "skew_25d_vol",
            "skew_change_vol",
            "skew_percentile_frac",
            skew_reason=pl.when(pl.col("skew_percentile_frac").is_null())
            .then(pl.format("{} of {} sessions of skew", "bar", pl.lit(rules.at_least_sessions)))
            .when(pl.col("skew_change_vol").is_null())
            .then(pl.lit("no skew on the session before")),
        )
    )
