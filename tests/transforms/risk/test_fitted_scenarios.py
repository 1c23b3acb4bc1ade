"""Scenarios on the fitted surface: every leg and cell by QuantLib, as quoted where the smile is flat, null unfitted."""

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
import QuantLib
from scipy.interpolate import BSpline

from tests.transforms.book.toy_book import ToyMarket, fill, fills_of, priced_legs, scenario_market
from tests.transforms.market.known_smiles import NIGHT, quoted
from tests.transforms.risk.brute_force import RESPONSES, Cell, Market, value
from transforms.market.fitted_surface import FittedSmiles, FittedSurface
from transforms.market.surface_fit import FittedChain, fit_surface
from transforms.risk.repricing import ScenarioMarket
from transforms.risk.scenario_checks import scenario_checks
from transforms.risk.scenarios import SPOT_SHOCKS_FRAC, Grid, reprice_grid, scenario_rows, scenarios

FRIDAY = dt.date(2023, 2, 10)
MARCH = dt.date(2023, 3, 17)
SPOT = 4160.0
TOY = ToyMarket(session_date=NIGHT, spot_pts=SPOT)
CONDOR = tuple(
    fill(f"SPXW 2023-03-17 {right} {strike}", size, 10.0, on=NIGHT)
    for right, strike, size in (("P", 3700, 1), ("P", 3750, -1), ("C", 4450, -1), ("C", 4500, 1))
)
HEDGE = fill("VIX 2023-03-22 C 20", 4, 2.0, on=NIGHT, structure=None)
# One settles within the five days, one is the morning series of the condor's date.
LONE_PUTS = tuple(
    fill(name, size, 4.0, on=NIGHT, structure=name)
    for name, size in (("SPXW 2023-02-10 P 4100", -2), ("SPX 2023-03-17 P 3900", 1))
)
# The condor settles at 16:00, 38 days after 16:15 of the night on the wall clock.
CONDOR_YEARS = (38 * 1440 - 15) / 525_600
PASSES = ((0.0, 0), (1 / 365, 1), (5 / 365, 5), (CONDOR_YEARS, 38))


def skewed(k: float) -> float:
    return 0.18 - 0.35 * k + 0.4 * k * k


@dataclass(frozen=True, slots=True)
class Flat:
    """One vol everywhere."""

    def index_of(self, contracts: pl.DataFrame) -> npt.NDArray[np.intp]:
        return np.zeros(contracts.height, dtype=np.intp)

    def vol_at(self, expiry_index: npt.ArrayLike, k: npt.ArrayLike) -> npt.NDArray[np.float64]:
        return np.full(np.broadcast_shapes(np.shape(expiry_index), np.shape(k)), 0.20)


@pytest.fixture(scope="module")
def chain() -> FittedChain:
    return fit_surface(quoted({("SPXW", FRIDAY): skewed, ("SPXW", MARCH): skewed, ("SPX", MARCH): skewed}))


def market_on(surface: FittedSurface) -> ScenarioMarket:
    return replace(scenario_market(TOY), fitted_smiles=FittedSmiles(surface))


@pytest.fixture(scope="module")
def grid(chain: FittedChain) -> Grid:
    legs = priced_legs(fills_of(*CONDOR, HEDGE, *LONE_PUTS), TOY)
    return reprice_grid(legs, market_on(FittedSurface.of_tables(chain.fits, chain.nodes)), ["A"])


def by_scipy(chain: FittedChain, root: str, expiry: dt.date) -> tuple[dict[str, Any], BSpline]:
    """The stored curve as the B-spline that docs say it is, read by scipy."""
    fit = chain.fits.row(by_predicate=(pl.col("root") == root) & (pl.col("expiry_date") == expiry), named=True)
    controls = chain.nodes.filter(root=root, expiry_date=expiry).sort("node")["control_frac"].to_numpy()
    return fit, BSpline(chain.surface.splines.axis.knots, controls, 3)


def fitted_vols(chain: FittedChain) -> Market:
    """The night of the brute force, its smile the fitted one: vols of the stored curves by QuantLib."""
    curves = {
        (root, expiry): by_scipy(chain, root, expiry)
        for root, expiry in (("SPXW", FRIDAY), ("SPXW", MARCH), ("SPX", MARCH))
    }

    def smile(leg: dict[str, Any], k: float) -> float:
        fit, call = curves[leg["root"], leg["expiry_date"]]
        forward = fit["forward_pts"]
        strike = min(max(forward * math.exp(k), fit["low_strike_pts"]), fit["high_strike_pts"])
        is_put = strike < forward
        price = forward * float(call(strike / forward)) - (forward - strike if is_put else 0.0)
        right = QuantLib.Option.Put if is_put else QuantLib.Option.Call
        deviation = QuantLib.blackFormulaImpliedStdDev(
            right, strike, forward, price, 1.0, 0.0, 0.2 * math.sqrt(fit["t_years"]), 1e-15, 1000
        )
        return float(deviation / math.sqrt(fit["t_years"]))

    return Market(spot=SPOT, vix=16.0, smile=smile, curve=[(30.0, 18.3), (60.0, 18.6)])


def test_every_leg_in_every_cell_is_quantlibs_with_the_fitted_vols(chain: FittedChain, grid: Grid) -> None:
    """In points per contract, now and after; its sum in USD is the column."""
    by_hand = fitted_vols(chain)
    contracts = grid.held.contracts.to_dicts()
    still = Cell(shock=0.0, response="base", passed_years=0.0, passed_days=0)
    now = np.array([[value(leg, still, by_hand).carried] for leg in contracts])
    cells = [
        Cell(shock=shock, response=response, passed_years=years, passed_days=days)
        for years, days in PASSES
        for response in RESPONSES
        for shock in SPOT_SHOCKS_FRAC
    ]
    after = np.array([[value(leg, cell, by_hand).carried for cell in cells] for leg in contracts])
    assert grid.fitted_base == pytest.approx(now, abs=1e-8)
    assert grid.fitted == pytest.approx(after, abs=1e-8)
    size = {leg["instrument_id"]: leg["quantity_qty"] * leg["multiplier_usd"] for leg in grid.held.legs.to_dicts()}
    usd = np.array([size[leg["instrument_id"]] for leg in contracts]) @ (after - now)
    rows = scenario_rows(grid, {}).filter(part="total")
    column = {
        (row["horizon"], row["vol_response"], row["spot_shock_frac"]): row["fitted_surface_pnl_usd"]
        for row in rows.to_dicts()
    }
    places = [(horizon, *at) for horizon in ("now", "1d", "5d", "condor_expiry") for at in _of_a_pass()]
    assert [column[place] for place in places] == pytest.approx(usd.tolist(), abs=1e-6)


def _of_a_pass() -> list[tuple[str, float]]:
    return [(response, shock) for response in RESPONSES for shock in SPOT_SHOCKS_FRAC]


def test_it_starts_from_its_own_value_and_leaves_what_has_no_spx_leg_alone(grid: Grid) -> None:
    rows = scenario_rows(grid, {})
    still = rows.filter(spot_shock_frac=0.0, vol_response="base", horizon="now")
    assert still["fitted_surface_pnl_usd"].abs().max() == 0.0
    hedge, condor = (rows.filter(part=part) for part in ("hedge", "condor"))
    assert hedge["pnl_usd"].abs().max() > 0.0
    assert hedge["fitted_surface_pnl_usd"].equals(hedge["pnl_usd"])
    # The toy's quoted smile is not the fitted chain's.
    assert (condor["fitted_surface_pnl_usd"] - condor["pnl_usd"]).abs().max() > 10.0


def test_no_condor_leaves_its_bounds_on_the_fit(grid: Grid) -> None:
    """And the check sees this variant: a tenth more on the short put, and it says so."""
    (sound,) = scenario_checks(grid.held, {"fitted surface": grid.fitted}, NIGHT).to_dicts()
    assert (sound["is_passed"], sound["value"]) == (True, 0)
    planted = grid.fitted * np.where(grid.held.contracts["strike_pts"] == 3750.0, 1.1, 1.0)[:, np.newaxis]
    (faulty,) = scenario_checks(grid.held, {"fitted surface": planted}, NIGHT).to_dicts()
    assert not faulty["is_passed"]
    assert "fitted surface" in faulty["message"]


def test_on_an_exactly_flat_smile_both_variants_agree() -> None:
    """To the bit where both are one flat vol; within the fit's own error where a fit of flat quotes stands in."""
    legs = priced_legs(fills_of(*CONDOR, HEDGE), TOY)
    flat = replace(scenario_market(TOY), smiles=Flat(), fitted_smiles=Flat())
    rows = scenarios(legs, flat, ["A"])
    assert rows["pnl_usd"].null_count() == 0
    assert rows["fitted_surface_pnl_usd"].equals(rows["pnl_usd"])
    fitted = FittedSmiles(fit_surface(quoted({("SPXW", MARCH): lambda _: 0.20})).surface)
    near = scenarios(legs, replace(flat, fitted_smiles=fitted), ["A"])
    # Quotes a tenth of a point apart bind no curve closer: half a percent of the 5,000 USD a wing can lose.
    assert (near["fitted_surface_pnl_usd"] - near["pnl_usd"]).abs().max() < 25.0


def test_an_expiry_without_a_fit_is_null_in_its_part_and_the_total_and_nowhere_else(chain: FittedChain) -> None:
    unfitted = fill("SPXW 2023-04-21 P 3900", 1, 30.0, on=NIGHT, structure="put")
    legs = priced_legs(fills_of(*CONDOR, HEDGE, unfitted), TOY)
    rows = scenarios(legs, market_on(chain.surface), ["A"])
    assert rows["pnl_usd"].null_count() == 0
    empty = rows.filter(pl.col("fitted_surface_pnl_usd").is_null())
    assert set(empty["part"]) == {"other", "total"}
    assert empty.height == 2 * 240


def test_without_a_fitted_surface_only_parts_with_spx_legs_are_null() -> None:
    rows = scenarios(priced_legs(fills_of(*CONDOR, HEDGE), TOY), scenario_market(TOY), ["A"])
    empty = rows.filter(pl.col("fitted_surface_pnl_usd").is_null())
    assert set(empty["part"]) == {"condor", "total"}
    assert empty.height == 2 * 240
