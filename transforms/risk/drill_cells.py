"""The cells a drill stops at, each valued once: what the condors, the layers and tonight's unit are worth there.

Many condors stop at many levels; what is held is one book. A cell is a jump of SPX after some time, and all of the book
is repriced in it by the engine of METHODOLOGY 4.18 at the base response.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.book.positions import LAYERS
from transforms.risk.part_sums import HEDGE, HeldLegs, summed
from transforms.risk.repricing import Cells, LegValues, ScenarioMarket, law_move, reprice, values_now
from transforms.risk.vol_moves import Futures

if TYPE_CHECKING:
    import numpy.typing as npt

    from transforms.risk.vol_moves import LawMove

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

CONDOR: Final = "condor"
# The tenors of the curve a drill shows: the layers' and two months.
CURVE_DAYS: Final = (30, 60, 110, 220)
# Contracts times cells valued at once: bounds what a large book needs of memory.
BLOCK_SIZE: Final = 250_000


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """A group of legs in every cell: its P&L since tonight's model price, its delta there, what is worth tonight."""

    pnl_usd: Floats
    delta_usd_per_pt: Floats
    now_usd: float


@dataclass(frozen=True, slots=True, eq=False)
class DrillCells:
    """Everything the drill reads off: sums by scope and part, by condor, the unit by layer, the market, the reasons."""

    parts: dict[tuple[str, str], Sums]
    condors: dict[tuple[str, str], Sums]
    unit: dict[str, Sums]
    spx_pts: Floats
    vix_pts: Floats
    curve_pts: Floats
    missing: dict[str, list[str | None]]


def value_cells(held: HeldLegs, unit: pl.DataFrame, market: ScenarioMarket, cells: Cells) -> DrillCells:
    """Value the book and one hedge unit in every cell; `unit` of `unit_legs`.

    A group with a leg that cannot be repriced is NaN there, a group without legs 0. `missing` names, by scope and cell,
    the legs of condors and layers without a value.
    """
    groups = {(scope, part): held.members(scope, part) for scope in held.scopes for part in (CONDOR, *LAYERS)}
    of_condor = _condor_members(held)
    size = held.size_usd
    unit_size = (unit["weight_contracts"] * unit["multiplier_usd"]).cast(pl.Float64).to_numpy()
    base, unit_base = values_now(held.contracts, market), values_now(unit, market)
    blocks = [_block(held, unit, market, part) for part in _blocks(cells, held.contracts.height + unit.height)]
    spx = market.spot * (1.0 + cells.spot_shock_frac)
    pnl = held.usd(np.concatenate([values.carried for values, _ in blocks], axis=1) - base)
    delta = held.usd(np.concatenate([values.delta_pts_per_1pct for values, _ in blocks], axis=1)) / (0.01 * spx)
    unit_pnl = np.concatenate([of_unit.carried for _, of_unit in blocks], axis=1) - unit_base
    unit_delta = np.concatenate([of_unit.delta_pts_per_1pct for _, of_unit in blocks], axis=1) / (0.01 * spx)
    now = size * base[held.contract_of_leg, 0]
    move = law_move(market, cells, 1.0)
    return DrillCells(
        parts={key: _sums(pnl, delta, now, members) for key, members in groups.items()},
        condors={key: _sums(pnl, delta, now, members) for key, members in of_condor.items()},
        unit={
            layer: _sums(
                unit_size[:, np.newaxis] * unit_pnl,
                unit_size[:, np.newaxis] * unit_delta,
                unit_size * unit_base[:, 0],
                np.flatnonzero((unit["part"] == layer).to_numpy()),
            )
            for layer in LAYERS
        },
        spx_pts=spx,
        vix_pts=np.asarray(move.vix_after_pts, dtype=np.float64),
        curve_pts=_curve(market, move, cells),
        missing={
            scope: held.reasons(
                pnl, market, np.concatenate([held.members(scope, CONDOR), held.members(scope, HEDGE)]).astype(np.intp)
            )
            for scope in held.scopes
        },
    )


def _blocks(cells: Cells, contracts_qty: int) -> list[Cells]:
    """Cut the cells into pieces of a bounded size."""
    count = max(1, -(-cells.spot_shock_frac.size * contracts_qty // BLOCK_SIZE))
    pieces = (
        np.array_split(values, count)
        for values in (cells.spot_shock_frac, cells.passed_years, cells.passed_days, cells.vix_option_vol_multiple)
    )
    return [Cells(*piece) for piece in zip(*pieces, strict=True)]


def _block(held: HeldLegs, unit: pl.DataFrame, market: ScenarioMarket, cells: Cells) -> tuple[LegValues, LegValues]:
    move = law_move(market, cells, 1.0)
    return reprice(held.contracts, market, cells, move), reprice(unit, market, cells, move)


def _condor_members(held: HeldLegs) -> dict[tuple[str, str], Positions]:
    numbered = held.legs.with_row_index("row").filter(pl.col("part") == CONDOR)
    keyed = numbered.group_by("account", "structure_id", maintain_order=True).agg("row")
    return {(account, condor): np.array(rows, dtype=np.intp) for account, condor, rows in keyed.iter_rows()}


def _sums(pnl: Floats, delta: Floats, now: Floats, members: Positions) -> Sums:
    return Sums(summed(pnl, members), summed(delta, members), float(now[members].sum()))


def _curve(market: ScenarioMarket, move: LawMove, cells: Cells) -> Floats:
    """VIX futures of constant maturity in each cell, by the law from tonight's curve, which has not rolled."""
    days = np.array(CURVE_DAYS, dtype=np.float64)[:, np.newaxis]
    level = market.vx_line.at(days)
    after = move.futures_after_pts(Futures(days, level, days, level))
    return np.broadcast_to(after, (days.size, cells.spot_shock_frac.size))
