"""What one hedge unit is tonight: 4 + 4 + 2 VIX calls near 0.50 delta, its price, its answer to SPX, and its carry.

METHODOLOGY 2.3, K1. The unit is what targets are counted in and gaps are priced by; nobody need hold it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.book.carry import carry
from transforms.book.hedge_layers import RULES, HedgeRules
from transforms.book.legs import price_legs
from transforms.book.lots import CARRY_DAYS
from transforms.book.positions import LAYERS, MULTIPLIER_USD, instrument_id
from transforms.book.structures import LAYER_DAYS
from transforms.risk.hedge_rules import HedgeSizingRules
from transforms.risk.repricing import BASE, NO_SHOCK, ScenarioMarket, leg_values
from warehouse.tables.mart import MART_HEDGE_UNITS_DAILY, MART_POSITIONS_DAILY

if TYPE_CHECKING:
    from transforms.market.elasticity_curve import ElasticityCurve

UNIT: Final = "hedge unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class VixNight:
    """Tonight's option marks and what VIX options are valued on: forwards, VX settlements, curve, elasticity."""

    marks: pl.DataFrame
    forwards: pl.DataFrame
    vx: pl.DataFrame
    vx_curve: pl.DataFrame
    elasticity: ElasticityCurve


def hedge_unit(
    night: VixNight, market: ScenarioMarket, rules: HedgeRules = RULES, sizing: HedgeSizingRules | None = None
) -> pl.DataFrame:
    """Choose and value the unit: one row per layer, as mart.hedge_units_daily declares.

    Of each layer the expiry nearest its target days, any root, within the layer's days; of that expiry the call whose
    forward delta is nearest 0.50, the lower strike on a tie. A layer without such a call has none, and says why.
    """
    sizing = sizing or HedgeSizingRules()
    legs = unit_legs(night, market, rules, sizing)
    gain = leg_values(legs, market, BASE, np.array([sizing.offset_shock_frac])).carried[:, 0]
    now = leg_values(legs, market, BASE, NO_SHOCK).carried[:, 0]
    valued = pl.concat([legs, carry(legs, night.vx_curve, CARRY_DAYS)], how="horizontal").with_columns(
        gain_usd=pl.Series(gain - now).fill_nan(None) * pl.col("multiplier_usd")
    )
    every_layer = pl.DataFrame({"layer": LAYERS}).join(_of_unit(valued), on="layer", how="left", maintain_order="left")
    rows = every_layer.with_columns(
        session_date=pl.lit(market.session_date),
        weight_contracts=pl.Series(rules.weights_contracts),
        reason=pl.when(pl.col("instrument_id").is_null()).then(_absence(night.marks)),
    )
    return MART_HEDGE_UNITS_DAILY.conform(rows).sort("layer")


def unit_legs(
    night: VixNight, market: ScenarioMarket, rules: HedgeRules = RULES, sizing: HedgeSizingRules | None = None
) -> pl.DataFrame:
    """Price one contract of each call of the unit: rows of `price_legs` by layer, with `weight_contracts` of each."""
    chosen = _chosen(night.marks, market, rules, sizing or HedgeSizingRules())
    legs = price_legs(
        _positions(chosen, market),
        night.marks,
        night.forwards,
        vx=night.vx,
        spot_pts=market.spot_pts,
        elasticity=night.elasticity,
    ).sort("part")
    weight = pl.Series([rules.weights_contracts[LAYERS.index(layer)] for layer in legs["part"]], dtype=pl.Float64)
    return legs.with_columns(weight_contracts=weight)


def _of_unit(legs: pl.DataFrame) -> pl.DataFrame:
    """Scale one contract's figures to what a unit holds of it."""
    weight = pl.col("weight_contracts")
    return legs.select(
        *("instrument_id", "root", "expiry_date", "settlement", "strike_pts", "dte_days", "forward_pts"),
        *("forward_method", "iv_vol", "delta", "bid_pts", "ask_pts", "mark_pts", "eps", "eps_source", "carry_reason"),
        layer="part",
        premium_usd=weight * pl.col("value_usd"),
        ask_usd=weight * pl.col("multiplier_usd") * pl.col("ask_pts"),
        spx_delta_usd_per_pt=weight * pl.col("delta_usd_per_pt"),
        vix_delta_usd_per_vx_pt=weight * pl.col("vix_delta_usd_per_vx_pt"),
        volvol_vega_usd_per_volpt=weight * pl.col("volvol_vega_usd_per_volpt"),
        theta_usd_per_day=weight * pl.col("theta_usd_per_day"),
        decay_30d_usd=weight * pl.col("decay_usd"),
        rolldown_30d_usd=weight * pl.col("rolldown_usd"),
        shock_gain_usd=weight * pl.col("gain_usd"),
    )


def _chosen(marks: pl.DataFrame, market: ScenarioMarket, rules: HedgeRules, sizing: HedgeSizingRules) -> pl.DataFrame:
    calls = marks.filter(
        pl.col("session_date") == market.session_date,
        pl.col("underlying") == "VIX",
        pl.col("right") == "C",
        pl.all_horizontal(pl.col("mark_pts", "delta", "smile_vol").is_not_null()),
        pl.col("ask_pts") > 0,
    ).with_columns(dte=(pl.col("expiry_date") - pl.col("session_date")).dt.total_days())
    return pl.concat(
        _of_layer(calls, layer, target, rules.entry_delta)
        for layer, target in zip(LAYERS, sizing.target_days, strict=True)
    )


def _of_layer(calls: pl.DataFrame, layer: str, target_days: int, delta: float) -> pl.DataFrame:
    first, last = LAYER_DAYS[layer]
    of_layer = calls.filter(pl.col("dte").is_between(first, last))
    return (
        of_layer.with_columns(
            part=pl.lit(layer),
            off_target=(pl.col("dte") - target_days).abs(),
            off_delta=(pl.col("delta") - delta).abs(),
        )
        .sort("off_target", "expiry_date", "root", "off_delta", "strike_pts")
        .head(1)
    )


def _positions(chosen: pl.DataFrame, market: ScenarioMarket) -> pl.DataFrame:
    """One contract of each call, bought tonight at its mark."""
    rows: list[dict[str, Any]] = [
        {
            **{key: row[key] for key in ("root", "expiry_date", "settlement", "right", "strike_pts", "part")},
            "session_date": market.session_date,
            "account": UNIT,
            "structure_id": UNIT,
            "instrument_id": instrument_id(row),
            "grouping": "INFERRED",
            "quantity_qty": 1,
            "multiplier_usd": MULTIPLIER_USD[row["root"]],
            "entry_price_pts": row["mark_pts"],
            "fees_usd": 0.0,
            "realised_pnl_usd": 0.0,
        }
        for row in chosen.to_dicts()
    ]
    frame = pl.DataFrame(rows) if rows else MART_POSITIONS_DAILY.empty()
    return MART_POSITIONS_DAILY.conform(frame)


def _absence(marks: pl.DataFrame) -> pl.Expr:
    if marks.filter(pl.col("underlying") == "VIX").is_empty():
        return pl.lit("no VIX chain for this session")
    spans = {layer: f"no priced VIX call of {first} to {last} days" for layer, (first, last) in LAYER_DAYS.items()}
    return pl.col("layer").replace_strict(spans, return_dtype=pl.String)
