"""The cells a drill stops at, each valued once: what the condors, the layers and tonight's unit are worth there.

Many condors stop at many levels; what is held is one book. A cell is a jump of SPX after some time, and all of the book
is repriced in it by the engine of METHODOLOGY 4.18 at the base response.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.book.positions import LAYERS, in_scopes
from transforms.risk.part_sums import HEDGE, HeldLegs, summed_by_group
from transforms.risk.repricing import Cells, LegValues, ScenarioMarket, law_move, reprice, values_now
from transforms.risk.vol_moves import Futures

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from transforms.risk.vol_moves import LawMove

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

CONDOR: Final = "condor"
# The place of a cell that is not known.
NOTHING: Final = -1
# The tenors of the curve a drill shows: the layers' and two months.
CURVE_DAYS: Final = (30, 60, 110, 220)
# Contracts times cells valued at once: bounds what a large book needs of memory.
BLOCK_SIZE: Final = 250_000


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Groups of legs, a row each, in every cell: P&L since tonight's model price, delta there; worth tonight."""

    pnl_usd: Floats
    delta_usd_per_pt: Floats
    now_usd: Floats


@dataclass(frozen=True, slots=True, eq=False)
class DrillCells:
    """Everything the drill reads off: sums by part (a row a scope), by condor, the unit by layer, market and reasons.

    `condor_rows` says which row of `condors` an account's condor has.
    """

    parts: dict[str, Sums]
    condors: Sums
    condor_rows: dict[tuple[str, str], int]
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
    move, of_condor = law_move(market, cells, 1.0), condor_members(held)
    missing = held.missing(pnl, market)
    return DrillCells(
        parts={
            part: _sums(pnl, delta, now, [held.members(scope, part) for scope in held.scopes])
            for part in (CONDOR, *LAYERS)
        },
        condors=_sums(pnl, delta, now, list(of_condor.values())),
        condor_rows={key: row for row, key in enumerate(of_condor)},
        unit={
            layer: _sums(
                unit_size[:, np.newaxis] * unit_pnl,
                unit_size[:, np.newaxis] * unit_delta,
                unit_size * unit_base[:, 0],
                [np.flatnonzero((unit["part"] == layer).to_numpy())],
            )
            for layer in LAYERS
        },
        spx_pts=spx,
        vix_pts=np.asarray(move.vix_after_pts, dtype=np.float64),
        curve_pts=_curve(market, move, cells),
        missing={scope: missing.reasons(condors_and_hedge(held, scope)) for scope in held.scopes},
    )


def condors_and_hedge(held: HeldLegs, scope: str) -> Positions:
    """Which legs an account's condors and layers consist of."""
    return np.concatenate([held.members(scope, CONDOR), held.members(scope, HEDGE)])


def distinct_cells(wanted: pl.DataFrame) -> tuple[Cells, Positions]:
    """Lay every distinct jump and time out once, and say where each one wanted is; `NOTHING` where it is not known.

    `wanted` has three columns: how far SPX jumps, years and days that have passed.
    """
    rows = wanted.cast(pl.Float64).to_numpy()
    is_known = ~np.isnan(rows).any(axis=1)
    distinct, at = np.unique(rows[is_known], axis=0, return_inverse=True)
    place = np.full(len(rows), NOTHING, dtype=np.intp)
    place[is_known] = at.ravel()
    jumps, years, days = distinct.T
    return Cells(jumps, years, days, np.ones(jumps.size)), place


def read(values: Floats, places: Positions, rows: Positions | None = None) -> Floats:
    """The figures of the cells named, of groups in the `rows` named; NaN where there is no cell."""
    if not values.size:
        return np.full(places.shape, np.nan)
    return np.where(places == NOTHING, np.nan, values[places] if rows is None else values[rows, places])


def in_every_scope(stops: pl.DataFrame, scopes: Sequence[str]) -> pl.DataFrame:
    """Give the stops of each account's own condors, and those of all under ALL, with the place of the scope."""
    rows = in_scopes(stops.with_columns(account=pl.col("condor_account")), scopes)
    place = {scope: at for at, scope in enumerate(scopes)}
    return rows.filter(pl.col("account").is_in(scopes)).with_columns(
        scope_place=pl.col("account").replace_strict(place, return_dtype=pl.Int64)
    )


def pnl_in_cells(held: HeldLegs, market: ScenarioMarket, cells: Cells) -> Floats:
    """P&L of each leg in each cell, since tonight's model price."""
    carried = [
        reprice(held.contracts, market, part, law_move(market, part, 1.0)).carried
        for part in _blocks(cells, held.contracts.height)
    ]
    return held.usd(np.concatenate(carried, axis=1) - values_now(held.contracts, market))


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


def condor_members(held: HeldLegs) -> dict[tuple[str, str], Positions]:
    """Which legs each condor of each account consists of."""
    numbered = held.legs.with_row_index("row").filter(pl.col("part") == CONDOR)
    keyed = numbered.group_by("account", "structure_id", maintain_order=True).agg("row")
    return {(account, condor): np.array(rows, dtype=np.intp) for account, condor, rows in keyed.iter_rows()}


def _sums(pnl: Floats, delta: Floats, now: Floats, groups: Sequence[Positions]) -> Sums:
    return Sums(
        summed_by_group(pnl, groups),
        summed_by_group(delta, groups),
        np.array([now[members].sum() for members in groups], dtype=np.float64),
    )


def _curve(market: ScenarioMarket, move: LawMove, cells: Cells) -> Floats:
    """VIX futures of constant maturity in each cell, by the law from tonight's curve, which has not rolled."""
    days = np.array(CURVE_DAYS, dtype=np.float64)[:, np.newaxis]
    level = market.vx_line.at(days)
    after = move.futures_after_pts(Futures(days, level, days, level))
    return np.broadcast_to(after, (days.size, cells.spot_shock_frac.size))
