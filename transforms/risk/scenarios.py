"""What the book loses and the hedge earns when SPX jumps: every leg repriced, the smile and VIX moving with it.

METHODOLOGY 4.18: fifteen moves of SPX, four responses of volatility, four horizons. P&L is against the model price now,
so that a stale quote is not a scenario's gain. Beside it: each strike's own vol held, the smile of the fitted surface,
and the edges of the elasticity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.book.legs import IS_SPX_OPTION
from transforms.book.positions import ALL_ACCOUNTS
from transforms.risk.part_sums import SCENARIO_PARTS, HeldLegs, is_worst, summed_by_group
from transforms.risk.repricing import (
    NOW,
    Cells,
    Passed,
    law_move,
    reprice,
    responses,
    values_now,
    with_strike_vols_held,
)
from transforms.risk.vol_moves import Futures
from warehouse.tables.mart import MART_SCENARIOS_DAILY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from transforms.risk.repricing import LegValues, Response, ScenarioMarket
    from transforms.risk.vol_moves import LawMove

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

SPOT_SHOCKS_FRAC: Final = (
    *(-0.20, -0.15, -0.10, -0.07, -0.05, -0.03, -0.02, -0.01),
    *(0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.10),
)
CONDOR_EXPIRY: Final = "condor_expiry"
FIXED_HORIZONS: Final = {"now": NOW, "1d": Passed.of_days(1), "5d": Passed.of_days(5)}
HORIZONS: Final = (*FIXED_HORIZONS, CONDOR_EXPIRY)
NO_CONDOR: Final = "no condor is held"
NO_CONDOR_CLOCK: Final = "the nearest condor is not quoted tonight, so its time to settlement is not known"
NO_STANDARD_ERROR: Final = (
    "no standard error of the elasticity: the low edge holds points per 1%, there is no high edge"
)
CONSTANT_MATURITY_DAYS: Final = np.array([[30.0]])


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Every contract in every cell: values in points, contracts down, cells across.

    Cells lie by time passed, within it by response, within it by shock. In `sticky_strike` each strike keeps its vol.
    `high` is NaN where no standard error is known, and `is_band_known` false. `fitted` and `fitted_base` have SPX
    options on the fitted surface, after and now; NaN where their expiry is not fitted. `horizon_of` gives each
    account's horizons their place among `passes`, or why not; `nearest` is the time until its first condor settles.
    """

    held: HeldLegs
    market: ScenarioMarket
    responses: tuple[Response, ...]
    passes: tuple[Passed, ...]
    horizon_of: Mapping[str, Mapping[str, int | str]]
    nearest: Mapping[str, Passed | str]
    cells: Cells
    base: Floats
    values: LegValues
    sticky_strike: Floats
    fitted_base: Floats
    fitted: Floats
    low: Floats
    high: Floats
    is_band_known: bool
    vix_pts: Floats
    vx30_pts: Floats

    def pnl_usd(self, contract_pts: Floats) -> Floats:
        """P&L of each leg in each cell, against the model price now."""
        return self.held.usd(contract_pts - self.base)

    @property
    def fitted_pnl_usd(self) -> Floats:
        """P&L of each leg in each cell on the fitted surface, against its value on that surface now."""
        return self.held.usd(self.fitted - self.fitted_base)


def scenarios(
    legs: pl.DataFrame,
    market: ScenarioMarket,
    scopes: Sequence[str],
    *,
    net_liq_usd: Mapping[str, float | None] | None = None,
) -> pl.DataFrame:
    """Reprice the book for every move of SPX, response and horizon.

    `legs` of `price_legs`. One row per scope (`account_scopes`), part and cell, as mart.scenarios_daily declares; a
    part without legs gains nothing. A leg that cannot be repriced makes its part, hedge and total null, and the reason
    names it.
    """
    return scenario_rows(reprice_grid(legs, market, scopes), net_liq_usd or {})


def reprice_grid(legs: pl.DataFrame, market: ScenarioMarket, scopes: Sequence[str]) -> Grid:
    """Value every contract held in every cell, once, however many legs are in it."""
    held = HeldLegs.of(legs, scopes)
    nearest = {scope: nearest_condor_expiry(held.legs, scope) for scope in held.scopes}
    passes, horizon_of = _horizons(nearest)
    every_response = responses(market.rules)
    cells, path_multiple = _cells(passes, every_response)
    move = law_move(market, cells, path_multiple)
    is_band_known = not np.isnan(market.elasticity.eps_band(CONSTANT_MATURITY_DAYS, CONSTANT_MATURITY_DAYS)[0]).any()
    low_move = replace(move, edge="low") if is_band_known else replace(move, holds_points=True)
    low = reprice(held.contracts, market, cells, low_move).carried
    high = reprice(held.contracts, market, cells, replace(move, edge="high")).carried if is_band_known else None
    base, values = values_now(held.contracts, market), reprice(held.contracts, market, cells, move)
    return Grid(
        held=held,
        market=market,
        responses=every_response,
        passes=passes,
        horizon_of=horizon_of,
        nearest=nearest,
        cells=cells,
        base=base,
        values=values,
        sticky_strike=with_strike_vols_held(values.carried, held.contracts, market, cells, move),
        fitted_base=_on_fit(base, held.contracts, market, values_now),
        fitted=_on_fit(
            values.carried, held.contracts, market, lambda legs, fitted: reprice(legs, fitted, cells, move).carried
        ),
        low=low,
        high=np.full_like(low, np.nan) if high is None else high,
        is_band_known=is_band_known,
        vix_pts=move.vix_after_pts,
        vx30_pts=_constant_maturity_pts(market, move),
    )


def _on_fit(
    quoted: Floats,
    contracts: pl.DataFrame,
    market: ScenarioMarket,
    values_of: Callable[[pl.DataFrame, ScenarioMarket], Floats],
) -> Floats:
    """Value SPX options on the fitted surface; what has no SPX smile keeps the values it has beside quoted ones."""
    is_spx = contracts.select(IS_SPX_OPTION).to_series().to_numpy()
    found = quoted.copy()
    if is_spx.any():
        smiles = market.fitted_smiles
        found[is_spx] = (
            np.nan if smiles is None else values_of(contracts.filter(IS_SPX_OPTION), replace(market, smiles=smiles))
        )
    return found


def _horizons(nearest_of: Mapping[str, Passed | str]) -> tuple[tuple[Passed, ...], dict[str, dict[str, int | str]]]:
    """List the times that pass, and say which of them each account's horizons are."""
    passes = list(FIXED_HORIZONS.values())
    horizon_of: dict[str, dict[str, int | str]] = {}
    for scope, nearest in nearest_of.items():
        fixed: dict[str, int | str] = {name: at for at, name in enumerate(FIXED_HORIZONS)}
        if isinstance(nearest, str):
            horizon_of[scope] = fixed | {CONDOR_EXPIRY: nearest}
            continue
        if nearest not in passes:
            passes.append(nearest)
        horizon_of[scope] = fixed | {CONDOR_EXPIRY: passes.index(nearest)}
    return tuple(passes), horizon_of


def nearest_condor_expiry(legs: pl.DataFrame, scope: str) -> Passed | str:
    """Give the time until the first condor of an account settles, or why it is not known."""
    own = legs if scope == ALL_ACCOUNTS else legs.filter(account=scope)
    condors = own.filter(pl.col("part") == "condor").sort("dte_days", "settlement")
    if condors.is_empty():
        return NO_CONDOR
    first = condors.filter(expiry_date=condors["expiry_date"][0], settlement=condors["settlement"][0])
    years = first["t_years"].max()
    return Passed(float(years), first["dte_days"][0]) if isinstance(years, float) else NO_CONDOR_CLOCK


def _cells(passes: Sequence[Passed], every_response: Sequence[Response]) -> tuple[Cells, Floats]:
    """Lay out time, response and shock, and the path multiple of each cell."""
    shape = (len(passes), len(every_response), len(SPOT_SHOCKS_FRAC))
    days = np.array([float(passed.days) for passed in passes])
    years = np.array([passed.years for passed in passes])
    vol, path = (
        np.array([getattr(response, name) for response in every_response])
        for name in ("vix_option_vol_multiple", "path_multiple")
    )

    def spread(values: Floats, axes: tuple[int, ...]) -> Floats:
        return np.broadcast_to(np.expand_dims(values, axes), shape).ravel()

    shocks = np.array(SPOT_SHOCKS_FRAC)
    cells = Cells(spread(shocks, (0, 1)), spread(years, (1, 2)), spread(days, (1, 2)), spread(vol, (0, 2)))
    return cells, spread(path, (0, 2))


def _constant_maturity_pts(market: ScenarioMarket, move: LawMove) -> Floats:
    """A VIX future of 30 days in each cell: by the law from tonight's curve, which has not rolled."""
    level = market.vx_line.at(CONSTANT_MATURITY_DAYS)
    future = Futures(CONSTANT_MATURITY_DAYS, level, CONSTANT_MATURITY_DAYS, level)
    return np.asarray(move.futures_after_pts(future)[0], dtype=np.float64)


def scenario_rows(grid: Grid, net_liq_usd: Mapping[str, float | None]) -> pl.DataFrame:
    """Add the legs up: one row per account, part and cell, as mart.scenarios_daily declares."""
    usd = {
        "pnl_usd": grid.pnl_usd(grid.values.carried),
        "sticky_strike_pnl_usd": grid.pnl_usd(grid.sticky_strike),
        "fitted_surface_pnl_usd": grid.fitted_pnl_usd,
        "low_elasticity_pnl_usd": grid.pnl_usd(grid.low),
        "high_elasticity_pnl_usd": grid.pnl_usd(grid.high),
        "delta_usd_per_1pct": grid.held.usd(grid.values.delta_pts_per_1pct),
    }
    net_liq = pl.col("account").replace_strict(dict(net_liq_usd), default=None, return_dtype=pl.Float64)
    rows = _rows(grid, usd).with_columns(
        session_date=pl.lit(grid.market.session_date),
        band_reason=pl.lit(None if grid.is_band_known else NO_STANDARD_ERROR, dtype=pl.String),
        net_liq_frac=pl.when(net_liq > 0.0).then(pl.col("pnl_usd") / net_liq),
    )
    return MART_SCENARIOS_DAILY.conform(rows).sort("account", "part", "vol_response", "horizon", "spot_shock_frac")


def _rows(grid: Grid, usd: Mapping[str, Floats]) -> pl.DataFrame:
    """The cells of every part of every account."""
    groups = [[grid.held.members(scope, part) for part in SCENARIO_PARTS] for scope in grid.held.scopes]
    places = [_places(grid, scope) for scope in grid.held.scopes]
    missing = grid.held.missing(usd["pnl_usd"], grid.market)
    sums: dict[str, Floats] = {
        name: np.concatenate(
            [_in_places(summed_by_group(values, of), at) for of, at in zip(groups, places, strict=True)]
        )
        for name, values in usd.items()
    }
    if not grid.is_band_known:
        sums["high_elasticity_pnl_usd"] = np.full_like(sums["pnl_usd"], np.nan)
    said = [
        absence or reasons[place]
        for scope, of, at in zip(grid.held.scopes, groups, places, strict=True)
        for absences in (_absences(grid, scope),)
        for reasons in map(missing.reasons, of)
        for absence, place in zip(absences, at.tolist(), strict=True)
    ]
    members = [legs for of in groups for legs in of]
    keys = pl.DataFrame(
        [(at, scope, part) for at, scope in enumerate(grid.held.scopes) for part in SCENARIO_PARTS],
        schema={"scope_place": pl.Int64, "account": pl.String, "part": pl.String},
        orient="row",
    )
    return (
        keys.join(_labels(grid, places), on="scope_place", how="left", maintain_order="left_right")
        .drop("scope_place")
        .with_columns(**{name: pl.Series(values.ravel()) for name, values in sums.items()})
        .with_columns(
            pl.col(*sums).fill_nan(None),
            is_worst=pl.Series(is_worst(sums["pnl_usd"], members).ravel()),
            reason=pl.Series(said, dtype=pl.String),
        )
    )


def _places(grid: Grid, scope: str) -> Positions:
    """Where each cell of one account lies in the grid; -1 where a horizon is not known."""
    per_pass = len(grid.responses) * len(SPOT_SHOCKS_FRAC)
    return np.concatenate(
        [
            at * per_pass + np.arange(per_pass) if isinstance(at, int) else np.full(per_pass, -1)
            for at in grid.horizon_of[scope].values()
        ]
    )


def _absences(grid: Grid, scope: str) -> list[str | None]:
    """Why each cell of one account is not known."""
    per_pass = len(grid.responses) * len(SPOT_SHOCKS_FRAC)
    return [None if isinstance(at, int) else at for at in grid.horizon_of[scope].values() for _ in range(per_pass)]


def _in_places(values: Floats, places: Positions) -> Floats:
    """The columns of the cells named; NaN where there is no cell."""
    return np.where(places >= 0, values[:, places], np.nan)


def _labels(grid: Grid, places: Sequence[Positions]) -> pl.DataFrame:
    """What the cells of every account are called, and where SPX, VIX and its future stand in them."""
    shocks = np.tile(np.array(SPOT_SHOCKS_FRAC), len(grid.responses) * len(HORIZONS))
    responses_of = [response.name for response in grid.responses for _ in SPOT_SHOCKS_FRAC]
    names = pl.DataFrame(
        {
            "spot_shock_frac": shocks,
            "vol_response": responses_of * len(HORIZONS),
            "horizon": [name for name in HORIZONS for _ in responses_of],
            "spx_pts": _column(grid.market.spot * (1.0 + shocks)),
        }
    )
    at = np.concatenate(places)
    scopes = pl.DataFrame({"scope_place": range(len(places))}, schema={"scope_place": pl.Int64})
    return scopes.join(names, how="cross", maintain_order="left_right").with_columns(
        horizon_days=_column(_in_places(grid.cells.passed_days[np.newaxis], at)[0]).cast(pl.Int64),
        vix_pts=_column(_in_places(grid.vix_pts[np.newaxis], at)[0]),
        vx30_pts=_column(_in_places(grid.vx30_pts[np.newaxis], at)[0]),
    )


def _column(values: Floats) -> pl.Series:
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)
