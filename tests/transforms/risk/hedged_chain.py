"""The hedge beside the threatened condors: VIX calls quoted a tick to either side, lots, units and layers by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from tests.transforms.book.toy_book import ToyMarket, fill, fills_of, marks_of, vx_curve_of
from tests.transforms.market.known_smiles import FORWARD, NIGHT
from tests.transforms.risk.rolled_chain import inputs_of, smiles
from transforms.book.carry import VxLine
from transforms.book.legs import price_legs
from transforms.book.positions import positions
from transforms.market.elasticity_curve import PRIOR_CURVE
from transforms.risk.decision_book import BookNight
from transforms.risk.decision_hedge import HedgeNight
from transforms.risk.decisions import DecisionInputs
from transforms.risk.hedge_rolls import hedge_rolls
from transforms.risk.hedge_unit import VixNight
from transforms.risk.repricing import ScenarioMarket
from transforms.risk.rolls import rolls
from warehouse.tables.core import CORE_VX_SETTLEMENTS_DAILY
from warehouse.tables.mart import (
    MART_BOOK_DAILY,
    MART_CONDORS_DAILY,
    MART_HEDGE_LAYERS_DAILY,
    MART_HEDGE_LOTS_DAILY,
    MART_HEDGE_UNITS_DAILY,
    MART_SCENARIOS_DAILY,
)

if TYPE_CHECKING:
    from transforms.risk.rolls import RollInputs
    from warehouse.tables.types import Table

VIX_PTS = 18.0
TICK = 0.05  # half the spread of every VIX quote
OLD, NEAR, MIDDLE, FAR = (dt.date(2023, *day) for day in ((2, 15), (3, 8), (6, 21), (9, 20)))
CALLS = {"L1": (NEAR, 20.0), "L2": (MIDDLE, 21.0), "L3": (FAR, 22.0)}
WEIGHTS = {"L1": 4.0, "L2": 4.0, "L3": 2.0}
OLD_CALL = (OLD, 19.0)


def vix_call(expiry: dt.date, strike: float) -> dict[str, object]:
    return fill(f"VIX {expiry} C {strike:g}", 1, 1.0, on=dt.date(2023, 1, 31))


def vix_marks() -> pl.DataFrame:
    market = ToyMarket(session_date=NIGHT)
    return marks_of(fills_of(*(vix_call(*call) for call in (OLD_CALL, *CALLS.values()))), market)


def mark_of(expiry: dt.date, strike: float) -> dict[str, Any]:
    (row,) = vix_marks().filter(expiry_date=expiry, strike_pts=strike).to_dicts()
    return row


def rows_of(table: Table, *rows: dict[str, Any]) -> pl.DataFrame:
    return table.conform(pl.DataFrame(list(rows), infer_schema_length=None)) if rows else table.empty()


def units(**changed: dict[str, Any]) -> pl.DataFrame:
    """The unit of the night: one call a layer; `changed` by layer."""
    rows = []
    for layer, (expiry, strike) in CALLS.items():
        mark, weight = mark_of(expiry, strike), WEIGHTS[layer]
        row = {
            "session_date": NIGHT,
            "layer": layer,
            "weight_contracts": weight,
            "instrument_id": f"VIX {expiry} AM C {strike:g}",
            "root": "VIX",
            "expiry_date": expiry,
            "settlement": "AM",
            "strike_pts": strike,
            "dte_days": (expiry - NIGHT).days,
            "delta": mark["delta"],
            "bid_pts": mark["bid_pts"],
            "ask_pts": mark["ask_pts"],
            "mark_pts": mark["mark_pts"],
            "ask_usd": weight * 100 * mark["ask_pts"],
            "spx_delta_usd_per_pt": -0.5 * weight,
            "theta_usd_per_day": -2.0 * weight,
        }
        rows.append(row | changed.get(layer, {}))
    return rows_of(MART_HEDGE_UNITS_DAILY, *rows)


def lot(lot_id: str = "H1", *, quantity: int = 6, is_due: bool = True, **changed: object) -> dict[str, Any]:
    """A call of 2023-02-15 bought as L1 at 1.50: 8 days are left."""
    mark = mark_of(*OLD_CALL)
    row = {
        "session_date": NIGHT,
        "account": "A",
        "lot_id": lot_id,
        "structure_id": "hedge-1",
        "instrument_id": "VIX 2023-02-15 AM C 19",
        "entry_layer": "L1",
        "current_layer": "L1",
        "root": "VIX",
        "expiry_date": OLD,
        "settlement": "AM",
        "right": "C",
        "strike_pts": 19.0,
        "quantity_qty": quantity,
        "multiplier_usd": 100.0,
        "dte_days": (OLD - NIGHT).days,
        "opened_at": dt.datetime(2023, 1, 17, 20, tzinfo=dt.UTC),
        "entry_price_pts": 1.50,
        "bid_pts": mark["bid_pts"],
        "ask_pts": mark["ask_pts"],
        "mark_pts": mark["mark_pts"],
        "spx_delta_usd_per_pt": -0.7 * quantity,
        "theta_usd_per_day": -9.0 * quantity,
        "pnl_usd": quantity * 100 * (mark["mark_pts"] - 1.50),
        "roll_date": OLD - dt.timedelta(days=15),
        "is_roll_due": is_due,
        "is_monetise_candidate": False,
    }
    return row | changed


def layers(**gaps: float | None) -> pl.DataFrame:
    """Three layers of account A and what each lacks of its target; a gap of None has none, for want of a signal."""
    rows = [
        {
            "session_date": NIGHT,
            "account": "A",
            "layer": layer,
            "gap_units": gaps.get(layer, 0.0),
            "target_reason": None if gaps.get(layer, 0.0) is not None else "the layer has no signal",
        }
        for layer in WEIGHTS
    ]
    return rows_of(MART_HEDGE_LAYERS_DAILY, *rows)


def scenario_cells(**pnl_usd: float | None) -> pl.DataFrame:
    """Cells of account A by `part_horizon_shock`, e.g. `condor_now_m5=-9_000`."""
    shocks = {"m5": -0.05, "p3": 0.03}
    rows = []
    for name, pnl in pnl_usd.items():
        *part, horizon, shock = name.split("_")
        rows.append(
            {
                "session_date": NIGHT,
                "account": "A",
                "part": "_".join(part),
                "spot_shock_frac": shocks[shock],
                "vol_response": "base",
                "horizon": horizon,
                "pnl_usd": pnl,
                "reason": "a leg is unpriced" if pnl is None else None,
            }
        )
    return rows_of(MART_SCENARIOS_DAILY, *rows)


CELLS = {
    "condor_now_m5": -9_000.0,
    "hedge_now_m5": 2_000.0,
    "second_engine_now_m5": 0.0,
    "total_1d_m5": -7_500.0,
    "total_1d_p3": 800.0,
}


def decision_inputs(
    *fills: dict[str, object],
    lots: tuple[dict[str, Any], ...] = (),
    gaps: dict[str, float | None] | None = None,
    cells: dict[str, float | None] | None = None,
    history: pl.DataFrame | None = None,
    inputs: RollInputs | None = None,
    net_delta: float | None = 30.0,
    unit: pl.DataFrame | None = None,
) -> DecisionInputs:
    """What decisions are made of on the night of `rolled_chain`, with VIX calls beside it."""
    asked = inputs or inputs_of(*fills)
    marks = pl.concat([asked.marks, vix_marks()], how="diagonal")
    night = rolls(replace(asked, marks=marks))
    held = rows_of(MART_HEDGE_LOTS_DAILY, *lots)
    unit = units() if unit is None else unit
    book = {"session_date": NIGHT, "account": "A", "spot_pts": FORWARD, "net_delta_usd_per_pt": net_delta}
    prices = VixNight(
        marks=marks,
        forwards=asked.smiles.forwards,
        vx=CORE_VX_SETTLEMENTS_DAILY.empty(),
        vx_curve=vx_curve_of(ToyMarket(session_date=NIGHT)),
        elasticity=PRIOR_CURVE,
    )
    open_legs = positions(asked.fills, NIGHT, asked.mark_at)
    return DecisionInputs(
        rolls=night,
        hedge=HedgeNight(
            layers=layers(**(gaps or {})), units=unit, lots=held, rolls=hedge_rolls(held, unit, asked.mark_at)
        ),
        legs=price_legs(open_legs, marks, prices.forwards, vx=prices.vx, spot_pts=FORWARD),
        history=MART_CONDORS_DAILY.empty() if history is None else history,
        book=BookNight(
            summary=rows_of(MART_BOOK_DAILY, book),
            scenarios=scenario_cells(**(CELLS if cells is None else cells)),
            condors=asked.condors,
        ),
        prices=prices,
        market=ScenarioMarket(
            session_date=NIGHT,
            spot_pts=FORWARD,
            vix_pts=VIX_PTS,
            smiles=smiles().smiles,
            vx_line=VxLine.of_curve(prices.vx_curve),
        ),
        smiles=asked.smiles,
        hv20_vol=asked.hv20_vol,
    )
