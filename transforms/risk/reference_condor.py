"""The condor a book without one is sized by: Cboe's CNDR, 20-delta shorts and 5-delta wings of the next monthly SPX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.book.legs import price_legs
from transforms.book.positions import MULTIPLIER_USD, instrument_id
from transforms.risk.reference_contracts import cndr_condor
from transforms.risk.repricing import BASE, NO_SHOCK, ScenarioMarket, leg_values
from warehouse.tables.core import CORE_VX_SETTLEMENTS_DAILY
from warehouse.tables.mart import MART_POSITIONS_DAILY

if TYPE_CHECKING:
    from transforms.risk.hedge_rules import HedgeSizingRules

REFERENCE: Final = "reference condor"


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
    """Build it from tonight's SPX chain as `cndr_condor` chooses it, one contract sold at the marks (METHODOLOGY 7)."""
    chosen = cndr_condor(marks, rules)
    if chosen.reason is not None:
        return ReferenceCondor(reason=chosen.reason)
    legs = price_legs(
        _positions(chosen.legs, market), marks, forwards, vx=CORE_VX_SETTLEMENTS_DAILY.empty(), spot_pts=market.spot_pts
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
    name = f"{legs['root'][0]} {legs['expiry_date'][0]} {'/'.join(f'{strike:g}' for strike in strikes)}"
    return ReferenceCondor(name, (width_pts - credit_pts) * 100.0, max(0.0, -pnl_usd))


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
