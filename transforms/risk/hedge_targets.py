"""From the units wanted and the signals to what each layer should hold, what is missing, and what that would cost.

METHODOLOGY 2.1, 6.3. Signal and position are two things: the pair says whether a gap is an alarm or carry is running.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.layer_rules import ACTIVE, ARMED, DORMANT
from transforms.book.legs import sum_or_null
from transforms.book.positions import in_scopes
from transforms.risk.hedge_rules import ALWAYS_ON, SIZING, TRIGGERED, HedgeSizingRules
from warehouse.tables.mart import MART_HEDGE_LAYERS_DAILY

if TYPE_CHECKING:
    from collections.abc import Sequence

LAYER: Final = ("account", "layer")
NO_SIGNAL: Final = "the layer has no signal"
FROM_LOTS: Final = ("decay_30d_usd", "rolldown_30d_usd")
FILLED: Final = (
    *("units_target", "target_reason", "gap_units", "gap_cost_usd", "gap_instrument_id", *FROM_LOTS, "carry_30d_usd"),
    *("carry_reason", "next_roll_date", "roll_cost_usd", "roll_cost_reason", "is_monetise_candidate"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetInputs:
    """What is held, what is wanted, and what a unit costs.

    `layers` of `hedge_layers`, `sizing` of `hedge_sizing`, `unit` of `hedge_unit`, `lots` of `hedge_lots`; `previous`
    the rows of mart.hedge_layers_daily of the last night on record, whose position states stand while data are on hold.
    """

    layers: pl.DataFrame
    sizing: pl.DataFrame
    unit: pl.DataFrame
    lots: pl.DataFrame
    previous: pl.DataFrame
    scopes: Sequence[str]
    hold_reason: str | None = None


def with_targets(inputs: TargetInputs, rules: HedgeSizingRules = SIZING) -> pl.DataFrame:
    """Complete the layers: target, gap and its cost, position state, carry, rolls; rows of mart.hedge_layers_daily."""
    wanted = inputs.sizing.select("account", "units_recommended", "base_frac", "sizing_reason")
    unit = inputs.unit.select("layer", gap_instrument_id="instrument_id", unit_ask_usd="ask_usd")
    share = _share(rules)
    target = pl.col("units_recommended") * share
    rows = (
        inputs.layers.drop(FILLED)
        .join(wanted, on="account", how="left", validate="m:1", maintain_order="left")
        .join(unit, on="layer", how="left", validate="m:1", maintain_order="left")
        .pipe(_with_lots, inputs)
        .with_columns(
            units_target=target,
            target_reason=pl.when(target.is_null()).then(pl.coalesce("sizing_reason", pl.lit(NO_SIGNAL))),
        )
        .with_columns(gap_units=(pl.col("units_target") - pl.col("units_held")).clip(lower_bound=0.0))
        .with_columns(
            gap_cost_usd=pl.col("gap_units") * pl.col("unit_ask_usd"),
            carry_30d_usd=pl.col("decay_30d_usd") + pl.col("rolldown_30d_usd"),
            **_position_state(rules),
        )
    )
    judged = rows if inputs.hold_reason is None else _held_positions(rows, inputs)
    known = [column for column in MART_HEDGE_LAYERS_DAILY.column_names if column in judged.columns]
    return MART_HEDGE_LAYERS_DAILY.conform(judged.select(known)).sort(LAYER)


def _share(rules: HedgeSizingRules) -> pl.Expr:
    """The part of the full hedge a layer should hold, by mode and signal; null without a signal that is needed."""
    signal = pl.col("signal_state")
    if rules.mode == ALWAYS_ON:
        return pl.lit(1.0)
    if rules.mode == TRIGGERED:
        shares = {DORMANT: 0.0, ARMED: rules.triggered_armed_frac, ACTIVE: 1.0}
        return signal.replace_strict(shares, default=None, return_dtype=pl.Float64)
    return pl.when(signal == ACTIVE).then(1.0).when(signal.is_not_null()).then("base_frac")


def _position_state(rules: HedgeSizingRules) -> dict[str, pl.Expr]:
    """What is held against the target; EXPIRING and NONE are known without one."""
    held, target = pl.col("units_held"), pl.col("units_target")
    is_known = pl.col("position_state").is_in(["EXPIRING", "NONE"]).fill_null(value=False)
    against = (
        pl.when(held < rules.partial_below_frac * target)
        .then(pl.lit("PARTIAL"))
        .when(held <= rules.over_above_frac * target)
        .then(pl.lit("FULL"))
        .when(target.is_not_null() & held.is_not_null())
        .then(pl.lit("OVER"))
    )
    measured = pl.format("{} units held, {} wanted", held.round(2), target.round(2))
    unknown = pl.coalesce(pl.format("no target to hold against: {}", "target_reason"), "unpriced_reason")
    return {
        "position_state": pl.when(is_known).then("position_state").otherwise(against),
        "position_reason": pl.when(is_known)
        .then("position_reason")
        .when(against.is_not_null())
        .then(measured)
        .otherwise(unknown),
    }


def _with_lots(layers: pl.DataFrame, inputs: TargetInputs) -> pl.DataFrame:
    """Add up what is known by lot: carry where the lots stand today, rolls and gains where they were bought."""
    lots = in_scopes(inputs.lots, inputs.scopes).sort("account", "lot_id")
    carried = lots.group_by("account", layer="current_layer", maintain_order=True).agg(
        **{name: sum_or_null(name) for name in FROM_LOTS},
        carry_reason=pl.col("carry_reason").drop_nulls().unique().sort().str.join("; "),
    )
    due = pl.col("is_roll_due")
    bought = lots.group_by("account", layer="entry_layer", maintain_order=True).agg(
        next_roll_date=pl.col("roll_date").min(),
        is_monetise_candidate=pl.col("is_monetise_candidate").any(),
        roll_cost_usd=pl.when(due.any()).then(
            pl.when(pl.col("roll_cost_usd").filter(due).is_null().any())
            .then(None)
            .otherwise(pl.col("roll_cost_usd").filter(due).sum())
        ),
        roll_cost_reason=pl.col("roll_cost_reason").filter(due).drop_nulls().unique().sort().str.join("; "),
    )
    nothing = pl.col("carry_reason").is_null()
    return (
        layers.join(carried, on=LAYER, how="left", validate="1:1", maintain_order="left")
        .join(bought, on=LAYER, how="left", validate="1:1", maintain_order="left")
        .with_columns(
            **{name: pl.when(nothing).then(0.0).otherwise(name) for name in FROM_LOTS},
            is_monetise_candidate=pl.col("is_monetise_candidate").fill_null(value=False),
        )
        .with_columns(pl.col("carry_reason", "roll_cost_reason").replace("", None))
    )


def _held_positions(rows: pl.DataFrame, inputs: TargetInputs) -> pl.DataFrame:
    """On hold the position states of the last night on record stand, marked stale (METHODOLOGY 6.6)."""
    earlier = inputs.previous.select(
        *LAYER, earlier_state="position_state", earlier_date=pl.col("session_date").cast(pl.String)
    )
    stale = pl.format("stale, carried forward from {}: {}", "earlier_date", pl.lit(inputs.hold_reason))
    unknown = pl.format("unknown: {}", pl.lit(inputs.hold_reason))
    return rows.join(earlier, on=LAYER, how="left", validate="1:1", maintain_order="left").with_columns(
        position_state="earlier_state",
        position_reason=pl.when(pl.col("earlier_state").is_not_null()).then(stale).otherwise(unknown),
        is_monetise_candidate=pl.lit(value=False),
    )
