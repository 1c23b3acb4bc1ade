"""The scenario engine on the reference books of three real nights: every leg in every cell as QuantLib has it."""

import datetime as dt
import functools
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.real.test_book_oracle import NIGHTS, Night, night_of, read
from tests.transforms.risk.brute_force import RESPONSES, Cell, Market, value
from transforms.risk.repricing import NOW, Cells, Passed, Response, law_move, leg_values, with_strike_vols_held
from transforms.risk.scenario_checks import scenario_checks
from transforms.risk.scenarios import CONDOR_EXPIRY, SPOT_SHOCKS_FRAC, nearest_condor_expiry, reprice_grid

pytestmark = pytest.mark.real

SHOCKS = np.array(SPOT_SHOCKS_FRAC)
HORIZONS = pytest.mark.parametrize("horizon", ["now", "1d", "5d", CONDOR_EXPIRY])


@pytest.fixture(scope="module")
def nights(real_data: Path, oracle_dir: Path) -> "functools._lru_cache_wrapper[Night]":
    @functools.cache
    def build(session_date: dt.date) -> Night:
        return night_of(session_date, real_data / "chains", oracle_dir)

    return build


def by_hand(night: Night, oracle_dir: Path) -> Market:
    """The same night for the brute force: smiles from the quotes themselves, the curve from the oracle's table."""
    otm = night.marks.filter(
        pl.col("bid_pts") > 0,
        pl.col("iv_vol").is_not_null(),
        (pl.col("right") == "P") == (pl.col("strike_pts") < pl.col("forward_pts")),
    ).sort("strike_pts")
    smiles = {
        key: ((quotes["strike_pts"] / quotes["forward_pts"]).log().to_list(), quotes["iv_vol"].to_list())
        for key, quotes in otm.group_by("root", "expiry_date", maintain_order=True)
    }
    curve = read(oracle_dir, "vx_curve", night.market.session_date).filter(pl.col("rank") >= 1).sort("rank")
    assert night.market.spot_pts is not None
    assert night.market.vix_pts is not None
    return Market(
        spot=night.market.spot_pts,
        vix=night.market.vix_pts,
        smile=lambda leg, k: float(np.interp(k, *smiles[leg["root"], leg["expiry_date"]])),
        curve=[((expiry - today).days, pts) for today, expiry, pts in curve.select("night", "expiry", "settle").rows()],
    )


@HORIZONS
@NIGHTS
def test_every_leg_in_every_cell_is_quantlibs(
    nights: "functools._lru_cache_wrapper[Night]", oracle_dir: Path, night: dt.date, horizon: str
) -> None:
    """All moves and responses, in points, to a hundred millionth."""
    built = nights(night)
    legs, market = built.legs.to_dicts(), by_hand(built, oracle_dir)
    nearest = nearest_condor_expiry(built.legs, "ALL")
    assert isinstance(nearest, Passed)
    after = {"now": NOW, "1d": Passed.of_days(1), "5d": Passed.of_days(5), CONDOR_EXPIRY: nearest}[horizon]
    for name, (path, vol) in RESPONSES.items():
        response = Response(name=name, path_multiple=path, vix_option_vol_multiple=vol)
        found = leg_values(built.legs, built.market, response, SHOCKS, after)
        law = Cells.of(SHOCKS, after, vix_option_vol_multiple=vol)
        move = law_move(built.market, law, path)
        cells = [Cell(shock=shock, response=name, passed_years=after.years, passed_days=after.days) for shock in SHOCKS]
        expected = [[value(leg, cell, market) for cell in cells] for leg in legs]
        for ours, theirs in (
            (found.carried, [[one.carried for one in row] for row in expected]),
            (
                with_strike_vols_held(found.carried, built.legs, built.market, law, move),
                [[one.sticky for one in row] for row in expected],
            ),
            (found.delta_pts_per_1pct, [[one.delta_per_1pct for one in row] for row in expected]),
        ):
            assert np.abs(ours - np.array(theirs)).max() < 1e-8, name


@NIGHTS
def test_no_cell_values_a_position_out_of_its_bounds(
    nights: "functools._lru_cache_wrapper[Night]", night: dt.date
) -> None:
    built = nights(night)
    grid = reprice_grid(built.legs, built.market, ["ALL"])
    values = {"grid": grid.values.carried, "strikes": grid.sticky_strike}
    (check,) = scenario_checks(grid.held, values, night).to_dicts()
    assert check["is_passed"], check["message"]
