"""The session's P&L by cause, added up over legs to parts, and over sessions to the week and the month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.legs import named_reasons, sum_or_null
from transforms.book.positions import LAYERS, in_scopes
from transforms.risk.attribution import FACTORS, RULES, AttributionRules
from transforms.risk.part_sums import HEDGE, SCENARIO_PARTS, TOTAL
from warehouse.tables.mart import MART_ATTRIBUTION_PERIODS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

SUMMED: Final = ("actual_usd", *FACTORS, "curve_shift_spx_usd", "unexplained_usd")
PART: Final = ("account", "part")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodInputs:
    """What periods are added up from: tonight's leg rows, last night's period rows, and whose books there are.

    `previous` is null where there was no last night; `missing` says why tonight has no leg rows, null when it has.
    """

    session_date: dt.date
    session_before: dt.date
    legs: pl.DataFrame
    previous: pl.DataFrame | None
    scopes: Sequence[str]
    missing: str | None = None


def attribution_periods(inputs: PeriodInputs, rules: AttributionRules = RULES) -> pl.DataFrame:
    """Add the session up by part, and on to last night's week and month where they go on.

    One row per account, part and period, as mart.attribution_periods_daily declares; a part without legs made nothing.
    A leg or a session that is null leaves the sum null, and the reason names it.
    """
    day = _day(inputs).with_columns(from_date=pl.lit(inputs.session_date), sessions_qty=pl.lit(1, dtype=pl.Int64))
    limit = pl.max_horizontal(rules.unexplained_usd, rules.unexplained_frac * pl.col("actual_usd").abs())
    rows = [
        day.with_columns(
            period=pl.lit("day"), unexplained_limit_usd=pl.when(pl.col("actual_usd").is_not_null()).then(limit)
        )
    ]
    previous = MART_ATTRIBUTION_PERIODS_DAILY.empty() if inputs.previous is None else inputs.previous
    for period, is_same in (("week", _is_same_week(inputs)), ("month", _is_same_month(inputs))):
        earlier = previous.filter(pl.col("period") == period) if is_same else previous.clear()
        rows.append(_added(day, earlier, period))
    together = pl.concat(rows, how="diagonal").with_columns(session_date=pl.lit(inputs.session_date))
    return MART_ATTRIBUTION_PERIODS_DAILY.conform(together.select(MART_ATTRIBUTION_PERIODS_DAILY.column_names)).sort(
        "account", "part", "period"
    )


def _day(inputs: PeriodInputs) -> pl.DataFrame:
    """One row per account and part: the session's sums."""
    every = pl.DataFrame({"account": inputs.scopes}, schema={"account": pl.String}).join(
        pl.DataFrame({"part": SCENARIO_PARTS}), how="cross"
    )
    hedge = inputs.legs.filter(pl.col("part").is_in(LAYERS)).with_columns(part=pl.lit(HEDGE))
    total = inputs.legs.with_columns(part=pl.lit(TOTAL))
    summed = (
        in_scopes(pl.concat([inputs.legs, hedge, total]), inputs.scopes)
        .sort(*PART, "structure_id", "instrument_id")
        .group_by(PART, maintain_order=True)
        .agg(
            legs_qty=pl.len(),
            **{name: sum_or_null(name) for name in SUMMED},
            reason=named_reasons(reason="reason"),
        )
    )
    is_empty = pl.col("legs_qty").is_null()
    missing = pl.lit(inputs.missing, dtype=pl.String)
    nothing = pl.when(missing.is_null()).then(0.0)
    return every.join(summed, on=PART, how="left", maintain_order="left").with_columns(
        **{name: pl.when(is_empty).then(nothing).otherwise(name) for name in SUMMED},
        reason=pl.coalesce("reason", missing),
    )


def _added(day: pl.DataFrame, earlier: pl.DataFrame, period: str) -> pl.DataFrame:
    """Tonight on top of what the period held last night."""
    before = earlier.select(
        *PART, **{f"{name}_before": pl.col(name) for name in (*SUMMED, "reason", "from_date", "sessions_qty")}
    )
    joined = day.join(before, on=PART, how="left", maintain_order="left", validate="1:1")
    has_before = pl.col("from_date_before").is_not_null()
    sums: dict[str, Any] = {
        name: pl.when(has_before).then(pl.col(name) + pl.col(f"{name}_before")).otherwise(name) for name in SUMMED
    }
    tonight = pl.concat_str("from_date", pl.lit(": "), "reason")
    return joined.with_columns(
        **sums,
        period=pl.lit(period),
        reason=pl.concat_str("reason_before", tonight, separator="; ", ignore_nulls=True).replace("", None),
        sessions_qty=pl.col("sessions_qty") + pl.col("sessions_qty_before").fill_null(0),
        from_date=pl.coalesce("from_date_before", "from_date"),
    )


def _is_same_week(inputs: PeriodInputs) -> bool:
    return inputs.session_date.isocalendar()[:2] == inputs.session_before.isocalendar()[:2]


def _is_same_month(inputs: PeriodInputs) -> bool:
    return (inputs.session_date.year, inputs.session_date.month) == (
        inputs.session_before.year,
        inputs.session_before.month,
    )
