"""The condor a book without one is sized by: Cboe's CNDR, 20-delta shorts and 5-delta wings of the next monthly SPX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.book.legs import price_legs
from transforms.book.positions import MULTIPLIER_USD, instrument_id
from transforms.risk.repricing import BASE, NO_SHOCK, ScenarioMarket, leg_values
from warehouse.tables.core import CORE_VX_SETTLEMENTS_DAILY
from warehouse.tables.mart import MART_POSITIONS_DAILY

if TYPE_CHECKING:
    from transforms.risk.hedge_rules import HedgeSizingRules

REFERENCE: Final = "reference condor"
LEGS_QTY: Final = 4


@dataclass(frozen=True, slots=True)
class ReferenceCondor:
    """One reference condor: its strikes, what it can lose and what it loses at the sizing shock; null with reason."""

    name: str | None = None
    max_loss_usd: float | None = None
    shock_loss_usd: float | None = None
    reason: str | None = None


def reference_condor(
    marks: pl.DataFrame, forwards: pl.DataFrame, market: ScenarioMarket, rules: HedgeSizingRules
) -> ReferenceCondor:
    """Build it from tonight's SPX chain: the AM monthly nearest 30 days, strikes nearest the deltas by N(d1).

    METHODOLOGY 7. Sold at the marks, one contract; ties take the earlier expiry and the lower strike.
    """
    chosen = _chosen(marks, rules)
    if chosen.height != LEGS_QTY:
        return ReferenceCondor(reason="no monthly SPX options at 20 and 5 delta in tonight's chain")
    legs = price_legs(
        _positions(chosen, market), marks, forwards, vx=CORE_VX_SETTLEMENTS_DAILY.empty(), spot_pts=market.spot_pts
    ).sort("strike_pts")
    size = legs["quantity_qty"].to_numpy() * 100.0
    shock = np.array([rules.offset_shock_frac])
    moved = leg_values(legs, market, BASE, shock).carried - leg_values(legs, market, BASE, NO_SHOCK).carried
    pnl_usd = float((size * moved[:, 0]).sum())
    if np.isnan(pnl_usd):
        return ReferenceCondor(reason="the reference condor cannot be repriced: no VIX close, smile or forward")
    credit_pts = -float((legs["quantity_qty"] * legs["mark_pts"]).sum())
    strikes = legs["strike_pts"].to_list()
    width_pts = max(strikes[1] - strikes[0], strikes[3] - strikes[2])
    name = f"SPX {legs['expiry_date'][0]} {'/'.join(f'{strike:g}' for strike in strikes)}"
    return ReferenceCondor(name, (width_pts - credit_pts) * 100.0, max(0.0, -pnl_usd))


def _chosen(marks: pl.DataFrame, rules: HedgeSizingRules) -> pl.DataFrame:
    days = (pl.col("expiry_date") - pl.col("session_date")).dt.total_days()
    monthlies = (
        marks.filter(
            pl.col("root") == "SPX",
            days > 0,
            pl.all_horizontal(pl.col("mark_pts", "delta", "smile_vol").is_not_null()),
        )
        .with_columns(off_target=(days - rules.reference_days).abs())
        .sort("off_target", "expiry_date")
    )
    if monthlies.is_empty():
        return monthlies
    of_month = monthlies.filter(expiry_date=monthlies["expiry_date"][0])
    wanted = (
        ("P", -rules.reference_long_delta, 1),
        ("P", -rules.reference_short_delta, -1),
        ("C", rules.reference_short_delta, -1),
        ("C", rules.reference_long_delta, 1),
    )
    picked = pl.concat(
        of_month.filter(right=right)
        .with_columns(off_delta=(pl.col("delta") - delta).abs(), quantity_qty=pl.lit(quantity, dtype=pl.Int64))
        .sort("off_delta", "strike_pts")
        .head(1)
        for right, delta, quantity in wanted
    )
    return picked.unique("strike_pts", maintain_order=True)  # a chain too sparse for four strikes has no condor


def _positions(chosen: pl.DataFrame, market: ScenarioMarket) -> pl.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            **{key: row[key] for key in ("root", "expiry_date", "settlement", "right", "strike_pts", "quantity_qty")},
            "session_date": market.session_date,
            "account": REFERENCE,
            "structure_id": REFERENCE,
            "instrument_id": instrument_id(row),
            "part": "condor",
            "grouping": "INFERRED",
            "multiplier_usd": MULTIPLIER_USD[row["root"]],
            "entry_price_pts": row["mark_pts"],
            "fees_usd": 0.0,
            "realised_pnl_usd": 0.0,
        }
        for row in chosen.to_dicts()
    ]
    return MART_POSITIONS_DAILY.conform(pl.DataFrame(rows))
