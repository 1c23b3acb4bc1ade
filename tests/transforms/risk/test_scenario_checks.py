"""A scenario that values a position outside what it can be worth fails a check of the night, by name."""

import numpy as np
import polars as pl
import pytest

from tests.transforms.book.toy_book import (
    FRIDAY,
    ToyMarket,
    condor_fills,
    fill,
    fills_of,
    night,
    scenario_market,
    unit_fills,
)
from transforms.book.night_facts import CheckLimits
from transforms.risk.part_sums import HeldLegs
from transforms.risk.scenario_checks import scenario_checks
from transforms.risk.scenarios import reprice_grid
from warehouse.tables.meta import META_CHECKS

LEGS = night(fills_of(*condor_fills(), *unit_fills())).legs
HELD = HeldLegs.of(LEGS, ["A"])


def check_of(values: np.ndarray, **limits: float) -> dict[str, object]:
    found = scenario_checks(HELD, {"grid": values}, FRIDAY, CheckLimits(**limits))
    assert found.schema == META_CHECKS.polars_schema
    return found.row(0, named=True)


def prices(**points: float) -> np.ndarray:
    """One cell: 0 for every contract but those named by right and strike."""
    named = {
        f"{right} {strike:g}": at
        for at, (right, strike) in enumerate(HELD.contracts.select("right", "strike_pts").iter_rows())
    }
    values = np.zeros((HELD.contracts.height, 1))
    for name, value in points.items():
        values[named[name.replace("_", " ")], 0] = value
    return values


def test_the_toy_grid_keeps_its_bounds() -> None:
    grid = reprice_grid(LEGS, scenario_market(ToyMarket()), ["A"])
    row = scenario_checks(grid.held, {"grid": grid.values.carried, "strikes": grid.sticky_strike}, FRIDAY).row(
        0, named=True
    )
    assert (row["check_id"], row["subject"], row["is_passed"], row["value"]) == (
        "scenario_value_in_bounds",
        "book",
        True,
        0,
    )


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ({"P_5650": 0.06}, "condor-1, grid (0.06 points, 1 cells)"),
        ({"P_5700": 50.06}, "condor-1, grid (-50.06 points, 1 cells)"),
        ({"C_20": -0.06}, "VIX 2026-06-17 AM C 20, grid (-0.06 points, 1 cells)"),
    ],
    ids=["a condor worth something", "a condor below its wider side", "a long call below nothing"],
)
def test_a_value_out_of_bounds_is_named(points: dict[str, float], said: str) -> None:
    row = check_of(prices(**points))
    assert (row["is_passed"], row["severity"], row["value"]) == (False, "warning", 1)
    assert said in str(row["message"])
    within = {name: value - np.sign(value) * 0.02 for name, value in points.items()}
    assert check_of(prices(**within))["is_passed"]
    assert check_of(prices(**points), condor_tick_pts=0.1)["is_passed"]


def test_a_value_that_is_not_known_breaks_no_bound_and_an_empty_book_has_none() -> None:
    assert check_of(np.full((HELD.contracts.height, 3), np.nan))["is_passed"]
    future = night(fills_of(fill("VX 2026-06-17", 1, 18.0, structure=None))).legs
    row = scenario_checks(HeldLegs.of(future, ["A"]), {"grid": np.array([[18.0]])}, FRIDAY).row(0, named=True)
    assert (row["is_applicable"], row["is_passed"]) == (False, True)


def test_the_wider_side_counts_and_a_condor_of_several_is_one_unit() -> None:
    wide = [
        ("SPXW 2026-06-08 P 5600", 3, 20.0),
        ("SPXW 2026-06-08 P 5700", -3, 27.0),
        ("SPXW 2026-06-08 C 6250", -3, 12.0),
        ("SPXW 2026-06-08 C 6275", 3, 7.0),
    ]
    legs = night(fills_of(*(fill(*leg) for leg in wide))).legs
    held = HeldLegs.of(legs, ["A"])
    values = np.zeros((4, 2))
    at = int(held.contracts.with_row_index().filter(pl.col("strike_pts") == 5700)["index"].item())
    values[at] = [99.0, 101.0]
    row = scenario_checks(held, {"grid": values}, FRIDAY).row(0, named=True)
    assert "(-101.00 points, 1 cells)" in row["message"]


def test_a_side_with_only_a_long_option_may_be_worth_something() -> None:
    """Ten condors whose short calls were bought back: SPX 10% up, the long 6,300 calls are 300 points in the money."""
    legs = night(fills_of(*condor_fills(), fill("SPXW 2026-06-08 C 6250", 10, 2.0))).legs
    grid = reprice_grid(legs, scenario_market(ToyMarket()), ["A"])
    assert legs["part"].unique().to_list() == ["condor"]
    assert scenario_checks(grid.held, {"grid": grid.values.carried}, FRIDAY)["is_passed"].to_list() == [True]
