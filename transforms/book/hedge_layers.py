"""The three hedge layers: what is held in each, what it is worth, and how it answers SPX (METHODOLOGY 2, 6.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import polars as pl

from transforms.book.legs import IS_FUTURE, SIZE_USD, both_reasons, named_reasons, sum_or_null
from transforms.book.payoffs import past_of_held
from transforms.book.positions import LAYERS, OPEN, in_scopes
from transforms.thresholds import VENDOR_RULE, threshold
from warehouse.tables.mart import MART_HEDGE_LAYERS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

LAYER: Final = ("account", "layer")
LAYER_LEG: Final = ("account", "structure_id", "instrument_id")
ADDED_UP: Final = (
    *("units_held", "contracts_qty", "legs_qty", "unpriced_legs_qty", "value_usd", "liq_value_usd", "cost_usd"),
    *("pnl_usd", "fees_usd", "spx_delta_usd_per_pt", "spx_delta_low_usd_per_pt", "spx_delta_high_usd_per_pt"),
    *("vix_delta_usd_per_vx_pt", "theta_usd_per_day"),
    "volvol_vega_usd_per_volpt",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeRules:
    """What a hedge unit is, and when a layer has to be rolled: METHODOLOGY 2.3 and 4.6."""

    NAME: ClassVar[str] = "hedge"

    weights_contracts: tuple[float, float, float] = threshold(
        (4.0, 4.0, 2.0),
        unit="contracts",
        says="Hedge unit: VIX calls in L1, L2, L3",
        source=VENDOR_RULE,
        ref="V5 V6 V7 (METHODOLOGY 1.1)",
    )
    entry_delta: float = threshold(
        0.50,
        unit="per 1.00 of the forward",
        says="Hedge: option delta at entry",
        source=VENDOR_RULE,
        ref="V3 V4 V6 V21 (METHODOLOGY 1.1)",
    )
    roll_days: tuple[int, int, int] = threshold(
        (15, 70, 165), unit="calendar days", says="Hedge L1, L2, L3: due for a roll from", ref="METHODOLOGY 4.6"
    )
    expiring_frac: float = threshold(
        0.50, unit="fraction", says="Hedge layer EXPIRING: contracts due for a roll, more than", ref="METHODOLOGY 6.3"
    )


RULES: Final = HedgeRules()


def hedge_layers(  # noqa: PLR0913 - what is held, what the rules say, and for whom
    held: pl.DataFrame,
    legs: pl.DataFrame,
    signals: pl.DataFrame,
    *,
    session_date: dt.date,
    scopes: Sequence[str],
    rules: HedgeRules = RULES,
) -> pl.DataFrame:
    """Describe each layer of each account, held or not: three rows per scope of mart.hedge_layers_daily.

    `held` are the `holdings` with their payoffs, `legs` the priced legs, `signals` of `layer_signals`. Target, gap,
    carry and rolls are not known here: `transforms.risk.hedge_targets` completes the rows. A layer is by today's days
    to expiry; EXPIRING looks at the contracts that were bought as this layer, wherever they have drifted since. P&L
    includes what closed and settled legs of structures still held have earned, also the near leg of what was a
    diagonal.
    """
    every_layer = pl.DataFrame({"account": scopes}, schema={"account": pl.String}).join(
        _rules_by_layer(rules), how="cross"
    )
    rows = (
        every_layer.join(_held(legs, scopes, rules), on=LAYER, how="left", maintain_order="left")
        .join(_past(held, scopes), on=LAYER, how="left", maintain_order="left")
        .join(_drift(held, scopes, rules), on=LAYER, how="left", maintain_order="left")
        .join(signals, on=LAYER, how="left", validate="1:1", maintain_order="left")
        .with_columns(is_empty=pl.col("legs_qty").is_null())
        .with_columns(**{column: _zero_when_empty(column) for column in ADDED_UP})
        .with_columns(
            session_date=pl.lit(session_date),
            pnl_usd=pl.col("pnl_usd") + pl.when("has_past").then("past_usd").otherwise(0.0),
            fees_usd=pl.col("fees_usd") + pl.col("past_fees_usd").fill_null(0.0),
            unpriced_reason=both_reasons("unpriced_reason", "past_reason"),
        )
        .with_columns(**_position_state(rules))
    )
    known = [column for column in MART_HEDGE_LAYERS_DAILY.column_names if column in rows.columns]
    return MART_HEDGE_LAYERS_DAILY.conform(rows.select(known)).sort("account", "layer")


def _rules_by_layer(rules: HedgeRules) -> pl.DataFrame:
    return pl.DataFrame({"layer": LAYERS, "weight": rules.weights_contracts, "roll_days": rules.roll_days})


def _zero_when_empty(column: str) -> pl.Expr:
    """A layer without legs holds nothing, which is a number; null is for what cannot be known."""
    return pl.when(pl.col("is_empty")).then(0).otherwise(column)


def _held(legs: pl.DataFrame, scopes: Sequence[str], rules: HedgeRules) -> pl.DataFrame:
    """One row per layer that holds something today."""
    of_layers = (
        legs.filter(pl.col("part").is_in(LAYERS))
        .with_columns(layer="part")
        .join(_rules_by_layer(rules), on="layer", how="left", maintain_order="left")
        .with_columns(
            units=_full_contracts(rules) / pl.col("weight"),
            cost_usd=pl.when(IS_FUTURE).then(0.0).otherwise(SIZE_USD * pl.col("entry_price_pts")),
            long_options_qty=pl.when(~IS_FUTURE).then(pl.col("quantity_qty").clip(lower_bound=0)).otherwise(0),
            volvol_vega_usd_per_volpt=pl.when(IS_FUTURE).then(0.0).otherwise("volvol_vega_usd_per_volpt"),
        )
    )
    return (
        in_scopes(of_layers, scopes)
        .sort(LAYER_LEG)
        .group_by(LAYER, maintain_order=True)
        .agg(
            units_held=sum_or_null("units"),
            contracts_qty=pl.col("long_options_qty").sum(),
            legs_qty=pl.len(),
            unpriced_legs_qty=(~pl.col("is_priced")).sum(),
            unpriced_reason=named_reasons(),
            value_usd=sum_or_null("value_usd"),
            liq_value_usd=sum_or_null("liq_value_usd"),
            cost_usd=pl.col("cost_usd").sum(),
            pnl_usd=sum_or_null("pnl_usd"),
            fees_usd=pl.col("fees_usd").sum(),
            spx_delta_usd_per_pt=sum_or_null("delta_usd_per_pt"),
            spx_delta_low_usd_per_pt=sum_or_null("delta_low_usd_per_pt"),
            spx_delta_high_usd_per_pt=sum_or_null("delta_high_usd_per_pt"),
            vix_delta_usd_per_vx_pt=sum_or_null("vix_delta_usd_per_vx_pt"),
            theta_usd_per_day=sum_or_null("theta_usd_per_day"),
            volvol_vega_usd_per_volpt=sum_or_null("volvol_vega_usd_per_volpt"),
        )
    )


def _full_contracts(rules: HedgeRules) -> pl.Expr:
    """How many at-the-money calls a leg stands for: calls by number, futures and call spreads by their VIX delta."""
    in_spread = (pl.col("quantity_qty") < 0).any().over("account", "structure_id", "expiry_date", "part")
    unit_delta_usd = 100.0 * rules.entry_delta
    return (
        pl.when(IS_FUTURE)  # counts even without a settlement: a future's delta is its size
        .then(SIZE_USD / unit_delta_usd)
        .when(in_spread)
        .then(pl.col("vix_delta_usd_per_vx_pt") / unit_delta_usd)
        .otherwise("quantity_qty")
    )


def _past(held: pl.DataFrame, scopes: Sequence[str]) -> pl.DataFrame:
    """One row per layer: what legs sold out of structures that are still held, or settled in them, have earned."""
    return (
        in_scopes(past_of_held(held).filter(pl.col("part").is_in(LAYERS)), scopes)
        .sort(LAYER_LEG)
        .group_by("account", layer="part", maintain_order=True)
        .agg(
            has_past=pl.lit(value=True),
            past_usd=sum_or_null("past_pnl_usd"),
            past_fees_usd=pl.col("fees_usd").sum(),
            past_reason=named_reasons(reason="payoff_reason"),
        )
    )


def _drift(held: pl.DataFrame, scopes: Sequence[str], rules: HedgeRules) -> pl.DataFrame:
    """One row per layer: contracts bought as this layer, and how many of them have reached its roll days."""
    days = (pl.col("expiry_date") - pl.col("session_date")).dt.total_days()
    size = pl.col("quantity_qty").abs()
    bought_as = (
        held.filter((pl.col("standing") == OPEN) & pl.col("part").is_in(LAYERS) & pl.col("entry_layer").is_not_null())
        .rename({"entry_layer": "layer"})
        .join(_rules_by_layer(rules).select("layer", "roll_days"), on="layer", how="left")
    )
    return (
        in_scopes(bought_as, scopes)
        .group_by(LAYER)
        .agg(entered_qty=size.sum(), due_qty=size.filter(days <= pl.col("roll_days")).sum())
    )


def _position_state(rules: HedgeRules) -> dict[str, Any]:
    """What can be said without a target: nothing held, or most of it due for its roll."""
    is_expiring = (pl.col("due_qty") > rules.expiring_frac * pl.col("entered_qty")).fill_null(value=False)
    due = pl.format(
        "{} of {} contracts bought as {} have {} days or less to expiry: roll due",
        "due_qty",
        "entered_qty",
        "layer",
        "roll_days",
    )
    state = pl.when(is_expiring).then(pl.lit("EXPIRING")).when(pl.col("is_empty")).then(pl.lit("NONE"))
    reason = pl.when(is_expiring).then(due).when(pl.col("is_empty")).then(pl.lit("nothing held in this layer"))
    return {"position_state": state, "position_reason": reason}
