"""What the pair of signal and position of a layer calls for: a gap to close, a roll to pay, carry that runs (6.3)."""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.book.layer_rules import ACTIVE, ARMED, DORMANT
from transforms.book.positions import ALL_ACCOUNTS
from transforms.thresholds import HOUSE_DEFAULT

UNITS: Final = "hedge units"


def layer_alerts(layers: pl.DataFrame, condors: pl.DataFrame, sizing: pl.DataFrame) -> pl.DataFrame:
    """List the alerts of the hedge layers: rows of mart.alerts_daily without dates, own rows of each account only.

    RED: ACTIVE and nothing, or too little, held. AMBER: ARMED and nothing held; a roll due. For information: more held
    than a DORMANT layer should; a budget that buys less than a unit. Where the target is unknown a gap is an alarm only
    beside a condor.
    """
    own = layers.filter(pl.col("account") != ALL_ACCOUNTS)
    has_condor = pl.col("account").is_in(condors["account"].unique().implode())
    is_open = (pl.col("gap_units") > 0).fill_null(has_condor)
    signal, position = pl.col("signal_state"), pl.col("position_state")
    return pl.concat(
        [
            _gaps(own.filter(signal == ACTIVE, position.is_in(["NONE", "PARTIAL"]), is_open), "layer_gap", "RED"),
            _gaps(own.filter(signal == ARMED, position == "NONE", is_open), "layer_armed_unhedged", "AMBER"),
            _rolls(own.filter(position == "EXPIRING")),
            _carry(own.filter(signal == DORMANT, position == "OVER")),
            _budgets(sizing.filter(pl.col("account") != ALL_ACCOUNTS)),
        ],
        how="diagonal",
    )


def _gaps(layers: pl.DataFrame, rule_id: str, severity: str) -> pl.DataFrame:
    cost = pl.coalesce(pl.format(", about {} USD at the ask", _usd("gap_cost_usd")), pl.lit(""))
    known = pl.format("coverage gap {} units of {} wanted{}", _units("gap_units"), _units("units_target"), cost)
    unknown = pl.format("coverage gap of unknown size: {}", "target_reason")
    return layers.select(
        "account",
        rule_id=pl.lit(rule_id),
        subject="layer",
        severity=pl.lit(severity),
        value="units_held",
        threshold="units_target",
        unit=pl.lit(UNITS),
        source_tier=pl.lit(HOUSE_DEFAULT),
        message=pl.format("{} {}: {}", "layer", "signal_state", pl.coalesce(known, unknown)),
    )


def _rolls(layers: pl.DataFrame) -> pl.DataFrame:
    cost = pl.coalesce(
        pl.format("; rolling what is due costs {} USD", _usd("roll_cost_usd")),
        pl.format("; cost of the roll unknown: {}", "roll_cost_reason"),
        pl.lit(""),
    )
    return layers.select(
        "account",
        rule_id=pl.lit("layer_expiring"),
        subject="layer",
        severity=pl.lit("AMBER"),
        source_tier=pl.lit(HOUSE_DEFAULT),
        message=pl.format("{}: {}{}", "layer", "position_reason", cost),
    )


def _carry(layers: pl.DataFrame) -> pl.DataFrame:
    carry = pl.coalesce(pl.format(", carry {} USD in 30 days", _usd("carry_30d_usd")), pl.lit(""))
    return layers.select(
        "account",
        rule_id=pl.lit("layer_over"),
        subject="layer",
        severity=pl.lit("INFO"),
        value="units_held",
        threshold="units_target",
        unit=pl.lit(UNITS),
        source_tier=pl.lit(HOUSE_DEFAULT),
        message=pl.format("{} DORMANT: {}{}", "layer", "position_reason", carry),
    )


def _budgets(sizing: pl.DataFrame) -> pl.DataFrame:
    return sizing.filter("is_below_one_unit").select(
        "account",
        rule_id=pl.lit("hedge_budget"),
        subject=pl.lit("hedge"),
        severity=pl.lit("INFO"),
        value="units_recommended",
        threshold=pl.lit(1.0),
        unit=pl.lit(UNITS),
        source_tier=pl.lit(HOUSE_DEFAULT),
        message=pl.format("hedge: {}", "says"),
    )


def _usd(column: str) -> pl.Expr:
    return pl.col(column).round(0).cast(pl.Int64)


def _units(column: str) -> pl.Expr:
    return pl.col(column).round(2)
