"""Whether the market is dear or cheap against its own last years: context, never a trigger (METHODOLOGY 5.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import polars as pl

from transforms.thresholds import threshold
from warehouse.tables.mart import MART_VALUATIONS_DAILY

VALUATION_SCHEMA: Final = pl.Schema({"known_from_date": pl.Date(), "measure": pl.String(), "value": pl.Float64()})
# Which measure speaks for the market where several are supplied: the first of these, else the first by name.
PREFERRED_MEASURES: Final = ("pcf", "pe10", "pe")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuationRules:
    """Where a valuation is RICH or CHEAP, and against what."""

    NAME: ClassVar[str] = "valuation"

    window_years: int = threshold(5, unit="years", says="Valuation: percentile among the last", ref="METHODOLOGY 5.5")
    at_least_values: int = threshold(36, unit="monthly values", says="Valuation: percentile only from", ref="house")
    rich_frac: float = threshold(0.80, unit="fraction", says="RICH from percentile", ref="METHODOLOGY 5.5")
    cheap_frac: float = threshold(0.20, unit="fraction", says="CHEAP at percentile of or below", ref="METHODOLOGY 5.5")
    stale_days: int = threshold(120, unit="calendar days", says="Valuation: too old after", ref="house")


RULES: Final = ValuationRules()


def valuations(sessions: pl.DataFrame, monthly: pl.DataFrame, rules: ValuationRules = RULES) -> pl.DataFrame:
    """Place each measure's latest known value among what was known in the five years before.

    From `session_date` and `known_from_date, measure, value` (a value counts from the day it could be known); rows of
    mart.valuations_daily, one per session and measure, sorted. `percentile_5y_frac` is the share of the values known in
    the five years up to then, the latest included, that are not above it; `valuation_state` RICH, CHEAP or NEUTRAL;
    `staleness_days` since the latest was known. Null with `reason` for too few values or too old a latest one.
    """
    known = _known(sessions, monthly, rules)
    ranked = known.join(_ranks(known, rules), on=["measure", "known_from_date"], how="left", maintain_order="left")
    measures = known.select("measure").unique().sort("measure")
    latest = (
        sessions.select("session_date")
        .sort("session_date")
        .join(measures, how="cross", maintain_order="left_right")
        .join_asof(
            ranked.sort("known_from_date"),
            left_on="session_date",
            right_on="known_from_date",
            by="measure",
            coalesce=False,
            check_sortedness=False,
        )
    )
    return MART_VALUATIONS_DAILY.conform(_judged(latest, rules).sort("session_date", "measure"))


def _known(sessions: pl.DataFrame, monthly: pl.DataFrame, rules: ValuationRules) -> pl.DataFrame:
    """What the sessions can look back on; of two months known on one day the later line."""
    first = pl.lit(sessions["session_date"].min(), dtype=pl.Date).dt.offset_by(f"-{2 * rules.window_years}y")
    return (
        monthly.select(VALUATION_SCHEMA.names())
        .drop_nulls()
        .filter(pl.col("known_from_date") >= first)
        .sort("measure", "known_from_date", maintain_order=True)
        .unique(subset=["measure", "known_from_date"], keep="last", maintain_order=True)
    )


def _ranks(known: pl.DataFrame, rules: ValuationRules) -> pl.DataFrame:
    """Rank each value among those known in the years up to it: monthly series, so every pair is looked at."""
    pairs = known.join(known, on="measure", suffix="_earlier").filter(
        pl.col("known_from_date_earlier") <= pl.col("known_from_date"),
        pl.col("known_from_date_earlier") > pl.col("known_from_date").dt.offset_by(f"-{rules.window_years}y"),
    )
    return pairs.group_by("measure", "known_from_date").agg(
        rank_frac=(pl.col("value_earlier") <= pl.col("value")).mean(),
        median_5y=pl.col("value_earlier").median(),
        values_qty=pl.len(),
    )


def _judged(latest: pl.DataFrame, rules: ValuationRules) -> pl.DataFrame:
    staleness = (pl.col("session_date") - pl.col("known_from_date")).dt.total_days()
    is_few = pl.col("values_qty") < rules.at_least_values
    rank = pl.when(~is_few & (staleness <= rules.stale_days)).then("rank_frac")
    state = (
        pl.when(rank >= rules.rich_frac)
        .then(pl.lit("RICH"))
        .when(rank <= rules.cheap_frac)
        .then(pl.lit("CHEAP"))
        .when(rank.is_not_null())
        .then(pl.lit("NEUTRAL"))
    )
    return latest.select(
        "session_date",
        "measure",
        "value",
        "known_from_date",
        "median_5y",
        staleness_days=staleness,
        percentile_5y_frac=rank,
        valuation_state=state,
        reason=pl.when(pl.col("value").is_null())
        .then(pl.lit("no value was known yet"))
        .when(is_few)
        .then(pl.format("{} of {} values in five years", "values_qty", pl.lit(rules.at_least_values)))
        .when(rank.is_null())
        .then(pl.format("the latest value is {} days old", staleness)),
    )
