"""The scenario grid: bounds that no repricing may leave, and what happens to a leg that cannot be repriced."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.book.toy_book import (
    ToyMarket,
    ToySmile,
    condor_fills,
    fill,
    fills_of,
    night,
    priced_legs,
    unit_fills,
)
from transforms.risk.scenarios import (
    BASE,
    SPOT_SHOCKS_FRAC,
    Response,
    ScenarioMarket,
    leg_values,
    scenarios,
)

SHOCKS = np.array(SPOT_SHOCKS_FRAC)
TICK_PTS = 0.05


def market_of(vix_pts: float | None = 16.0) -> ScenarioMarket:
    return ScenarioMarket(session_date=ToyMarket().session_date, spot_pts=6000.0, vix_pts=vix_pts, smiles=ToySmile())


@settings(max_examples=30)
@given(
    short_put=st.integers(1040, 1180),
    put_width=st.integers(1, 20),
    gap=st.integers(2, 120),
    call_width=st.integers(1, 20),
    vix_pts=st.floats(9.5, 80.0),
)
def test_a_condor_is_worth_between_minus_its_wider_side_and_nothing(
    short_put: int, put_width: int, gap: int, call_width: int, vix_pts: float
) -> None:
    """METHODOLOGY 4.18 E, on the position's value: one unit within [-max width, 0] points, one tick of tolerance."""
    short_call = short_put + gap
    strikes = {
        ("P", 5 * (short_put - put_width)): 1,
        ("P", 5 * short_put): -1,
        ("C", 5 * short_call): -1,
        ("C", 5 * (short_call + call_width)): 1,
    }
    fills = [fill(f"SPXW 2026-06-08 {right} {strike}", size, 1.0) for (right, strike), size in strikes.items()]
    legs = priced_legs(fills_of(*fills), ToyMarket())
    assert legs["part"].unique().to_list() == ["condor"]
    values = leg_values(legs, market_of(vix_pts), BASE, SHOCKS)
    for per_leg in (values.carried, values.sticky_strike):
        unit = legs["quantity_qty"].to_numpy() @ per_leg
        assert (unit <= TICK_PTS).all()
        assert (unit >= -5 * max(put_width, call_width) - TICK_PTS).all()


@settings(max_examples=30)
@given(strike=st.integers(8, 90), tenor=st.sampled_from(["2026-05-20", "2026-08-19", "2027-03-17"]))
def test_a_long_vix_option_is_never_worth_less_than_nothing(strike: int, tenor: str) -> None:
    fills = fills_of(fill(f"VIX {tenor} C {strike}", 1, 1.0), fill(f"VIX {tenor} P {strike}", 1, 1.0))
    legs = priced_legs(fills, ToyMarket())
    values = leg_values(legs, market_of(), BASE, SHOCKS).carried
    assert (values >= 0).all()
    # Put-call parity at each shocked future: the difference falls as SPX rises.
    call, put = (values[legs["right"].to_numpy() == right][0] for right in "CP")
    assert (np.diff(call - put) <= 1e-9).all()


def test_spx_put_call_parity_holds_at_every_shock() -> None:
    """C - P = DF (F1 - K): both rights of a strike are read on one smile."""
    legs = night(fills_of(fill("SPXW 2026-06-08 C 5800", 1, 1.0), fill("SPXW 2026-06-08 P 5800", 1, 1.0))).legs
    call, put = legs.filter(right="C").to_dicts()[0], legs.filter(right="P")
    values = leg_values(legs, market_of(), BASE, SHOCKS).carried
    found = values[legs["right"].to_numpy() == "C"][0] - values[legs["right"].to_numpy() == "P"][0]
    expected = call["discount_factor_frac"] * (call["forward_pts"] * (1 + SHOCKS) - 5800)
    assert put.height == 1
    assert found == pytest.approx(expected, abs=1e-8)


def test_the_grid_has_every_account_part_and_shock_once() -> None:
    grid = night(fills_of(*condor_fills(), *unit_fills(account="B"))).scenarios
    assert grid.height == 3 * 8 * 15
    assert grid.select("account", "part", "spot_shock_frac").is_unique().all()
    assert grid["pnl_usd"].null_count() == 0


def test_no_shock_no_gain() -> None:
    grid = night(fills_of(*condor_fills(), *unit_fills())).scenarios.filter(spot_shock_frac=0.0)
    assert grid["pnl_usd"].abs().max() == 0.0
    assert grid["sticky_strike_pnl_usd"].abs().max() == 0.0


def test_a_fall_pays_the_hedge_and_hurts_the_condor() -> None:
    grid = night(fills_of(*condor_fills(), *unit_fills())).scenarios.filter(spot_shock_frac=-0.10)
    pnl = dict(grid.select("part", "pnl_usd").iter_rows())
    assert pnl["condor"] < 0 < min(pnl["L1"], pnl["L2"], pnl["L3"])
    assert pnl["total"] == pytest.approx(pnl["condor"] + pnl["hedge"])
    assert (pnl["second_engine"], pnl["other"]) == (0.0, 0.0)


def test_an_unpriced_leg_empties_its_part_the_hedge_and_the_total_by_name() -> None:
    market = ToyMarket(crossed=("VIX 2026-08-19 C 21",))
    grid = night(fills_of(*condor_fills(), *unit_fills()), market).scenarios.filter(spot_shock_frac=-0.05)
    reasons = dict(grid.filter(pl.col("pnl_usd").is_null()).select("part", "reason").iter_rows())
    named = "VIX 2026-08-19 AM C 21 (no mark: CROSSED quote)"
    assert reasons == {"L2": named, "hedge": named, "total": named}
    assert grid.filter(pl.col("pnl_usd").is_not_null())["reason"].null_count() == 5


def test_without_a_vix_close_the_condor_is_unknown_and_the_hedge_is_not() -> None:
    grid = night(fills_of(*condor_fills(), *unit_fills()), ToyMarket(vix_pts=None)).scenarios
    cell = grid.filter(spot_shock_frac=-0.05)
    assert cell["vix_pts"].null_count() == cell.height
    unknown = cell.filter(pl.col("pnl_usd").is_null())
    assert unknown["part"].sort().to_list() == ["condor", "total"]
    assert unknown["reason"].str.contains("no VIX close tonight").all()


def test_a_future_moves_by_its_path_and_a_cap_never_lowers_it() -> None:
    future = night(fills_of(fill("VX 2026-06-17", 1, 18.0))).legs
    values = leg_values(future, market_of(), BASE, SHOCKS).carried[0]
    assert values[SHOCKS == 0.0].item() == pytest.approx(18.4)
    assert (np.diff(values) < 0).all()
    panic = future.with_columns(forward_pts=90.0, mark_pts=90.0)
    assert leg_values(panic, market_of(), BASE, np.array([-0.10])).carried.item() == pytest.approx(90.0)


def test_another_response_starts_from_the_same_value() -> None:
    """METHODOLOGY 4.18: the inverse response moves no volatility, so only the spot moves the book."""
    legs = night(fills_of(*unit_fills())).legs
    grid = scenarios(legs, market_of(), ["A"], responses=(BASE, Response(name="inverse", path_multiple=0.0)))
    hedge = grid.filter(vol_response="inverse", part="hedge")
    assert hedge["pnl_usd"].abs().max() == pytest.approx(0.0, abs=1e-9)
    assert grid.height == 2 * 8 * 15
