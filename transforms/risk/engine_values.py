"""A VIX call diagonal in every cell of the grid, and at near expiry with its two futures where a spike would put them.

METHODOLOGY 4.10, 4.11, 4.18. The near future moves more than the far one: with the near future at a multiple of its
price the far one is at that multiple to the power of the ratio of their elasticities. P&L is since tonight's model
price.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from transforms.risk.repricing import BASE, NOW, Cells, Passed, law_move, reprice, responses, values_now
from transforms.risk.scenarios import SPOT_SHOCKS_FRAC
from transforms.risk.vol_moves import GivenMove

if TYPE_CHECKING:
    import numpy.typing as npt
    import polars as pl

    from transforms.risk.repricing import ScenarioMarket

    Floats = npt.NDArray[np.float64]

NEAR_MULTIPLES: Final = {"x15": 1.5, "x20": 2.0, "x30": 3.0}
NEAR_EXPIRY: Final = "near expiry"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Path:
    """The two futures when the near leg settles, and what the diagonal has made since tonight."""

    near_pts: float
    far_pts: float
    pnl_usd: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Diagonal:
    """One diagonal wherever SPX and the curve go: P&L by the name of the cell, NaN where it cannot be repriced."""

    exponent: float
    paths: dict[str, Path]
    grid: dict[str, float]
    shocks: dict[float, float]

    @property
    def cells(self) -> dict[str, float]:
        """Every cell of the grid and every path."""
        paths = {
            f"{NEAR_EXPIRY}, futures {path.near_pts:.2f} and {path.far_pts:.2f}": path.pnl_usd
            for path in self.paths.values()
        }
        return self.grid | paths


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DiagonalPoints:
    """The contracts of a diagonal wherever SPX and the curve go: points made by each since tonight, contracts down.

    Accounts that hold the same contracts share it, whatever their quantities. `paths` has the two futures, and one
    column; `grid` a column for each of `cell_names`.
    """

    exponent: float
    paths: dict[str, tuple[float, float, Floats]]
    cell_names: tuple[str, ...]
    grid: Floats

    def of_size(self, size_usd_per_pt: Floats) -> Diagonal:
        """The diagonal in so many contracts of each leg, times the multiplier."""
        grid = dict(zip(self.cell_names, (size_usd_per_pt @ self.grid).tolist(), strict=True))
        return Diagonal(
            exponent=self.exponent,
            paths={
                name: Path(near_pts=near, far_pts=far, pnl_usd=float(size_usd_per_pt @ made[:, 0]))
                for name, (near, far, made) in self.paths.items()
            },
            grid=grid,
            shocks={shock: grid[_cell(shock, BASE.name, "now")] for shock in SPOT_SHOCKS_FRAC},
        )


def size_of(legs: pl.DataFrame) -> Floats:
    """USD a point of each leg."""
    return np.asarray((legs["quantity_qty"] * legs["multiplier_usd"]).cast(float).to_numpy(), dtype=np.float64)


def diagonal_points(legs: pl.DataFrame, market: ScenarioMarket) -> DiagonalPoints:
    """Value the contracts of one diagonal, the nearest first; rows of mart.legs_daily."""
    near, far = legs.row(0, named=True), legs.row(-1, named=True)
    base = values_now(legs, market)
    eps = {
        name: float(market.elasticity.eps(float(leg["dte_days"]), _number(leg["forward_pts"])))
        for name, leg in (("near", near), ("far", far))
    }
    exponent = eps["far"] / eps["near"]
    near_expiry = Passed(_number(near["t_years"]), near["dte_days"])
    paths: dict[str, tuple[float, float, Floats]] = {}
    for name, multiple in NEAR_MULTIPLES.items():
        near_pts = multiple * _number(near["forward_pts"])
        far_pts = _number(far["forward_pts"]) * multiple**exponent
        move = GivenMove(futures_pts={near["dte_days"]: near_pts, far["dte_days"]: far_pts})
        there = reprice(legs, market, Cells.of(0.0, near_expiry), move).carried
        paths[name] = (near_pts, far_pts, there - base)
    names, grid = _grid(legs, market, base, near_expiry)
    return DiagonalPoints(exponent=exponent, paths=paths, cell_names=names, grid=grid)


def _grid(
    legs: pl.DataFrame, market: ScenarioMarket, base: Floats, near_expiry: Passed
) -> tuple[tuple[str, ...], Floats]:
    """The cells of METHODOLOGY 4.18, with the settlement of the near leg as its last horizon."""
    horizons = {"now": NOW, "in 1 day": Passed.of_days(1), "in 5 days": Passed.of_days(5), NEAR_EXPIRY: near_expiry}
    every = list(product(horizons, responses(market.rules), SPOT_SHOCKS_FRAC))
    passed = [horizons[horizon] for horizon, _, _ in every]
    cells = Cells(
        np.array([shock for _, _, shock in every]),
        np.array([time.years for time in passed]),
        np.array([float(time.days) for time in passed]),
        np.array([response.vix_option_vol_multiple for _, response, _ in every]),
    )
    move = law_move(market, cells, [response.path_multiple for _, response, _ in every])
    names = tuple(_cell(shock, response.name, horizon) for horizon, response, shock in every)
    return names, reprice(legs, market, cells, move).carried - base


def _cell(shock: float, response: str, horizon: str) -> str:
    return f"SPX {shock:+.0%}, {response}, {horizon}"


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
