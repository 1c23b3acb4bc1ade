"""The scenario grid: every cell by another route, bounds no repricing may leave, legs that cannot be repriced."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.book.toy_book import (
    FRIDAY,
    ToyMarket,
    ToyNight,
    condor_fills,
    fill,
    fills_of,
    night,
    priced_legs,
    scenario_market,
    unit_fills,
)
from tests.transforms.risk.brute_force import RESPONSES, Cell, Market, value
from transforms.market.elasticity import ElasticityPrior
from transforms.risk.repricing import (
    BASE,
    Cells,
    Passed,
    Response,
    ScenarioMarket,
    law_move,
    leg_values,
    reprice,
    with_strike_vols_held,
)
from transforms.risk.scenario_rules import ScenarioRules
from transforms.risk.scenarios import NO_CONDOR, SPOT_SHOCKS_FRAC, scenarios

SHOCKS = np.array(SPOT_SHOCKS_FRAC)
TICK_PTS = 0.05
BASE_NOW = {"vol_response": "base", "horizon": "now"}
MARKET = scenario_market(ToyMarket())
# METHODOLOGY 4.18 by hand for the toy night: condors settle 2026-06-08 16:00, 31 days after 16:15 of the Friday.
CONDOR_YEARS = (31 * 1440 - 15) / 525_600
HORIZONS = {"now": (0.0, 0), "1d": (1 / 365, 1), "5d": (5 / 365, 5), "condor_expiry": (CONDOR_YEARS, 31)}
BY_HAND = Market(
    spot=6000.0,
    vix=16.0,
    smile=lambda _, k: max(0.08, 0.16 - 0.4 * k),
    curve=[(30.0, 18.3), (60.0, 18.6)],
)


def market_of(vix_pts: float | None = 16.0) -> ScenarioMarket:
    return scenario_market(ToyMarket(vix_pts=vix_pts))


@pytest.fixture(scope="module")
def every_kind() -> ToyNight:
    """Condors, a unit, a diagonal, a future, a VIX call and an SPX put that settle within five days."""
    fills = [
        *condor_fills(),
        *unit_fills(),
        fill("VIX 2026-08-19 C 22", 2, 2.4, structure="diagonal"),
        fill("VIX 2026-06-17 C 25", -2, 0.9, structure="diagonal"),
        fill("VX 2026-06-17", 1, 18.0, structure="future"),
        fill("VIX 2026-05-13 C 19", 3, 0.4, structure=None),
        fill("SPXW 2026-05-11 P 5900", -1, 4.0, structure="put"),
    ]
    return night(fills_of(*fills))


def test_every_cell_is_what_quantlib_makes_of_it_leg_by_leg(every_kind: ToyNight) -> None:
    legs = every_kind.legs.to_dicts()
    now = {
        leg["instrument_id"]: value(leg, Cell(shock=0.0, response="base", passed_years=0.0, passed_days=0), BY_HAND)
        for leg in legs
    }
    grid = {
        (row["part"], row["spot_shock_frac"], row["vol_response"], row["horizon"]): row
        for row in every_kind.scenarios.to_dicts()
    }
    assert len(grid) == 8 * 15 * 4 * 4
    for shock in SPOT_SHOCKS_FRAC:
        for response in RESPONSES:
            for horizon, (years, days) in HORIZONS.items():
                cell = Cell(shock=shock, response=response, passed_years=years, passed_days=days)
                expected = dict.fromkeys(("pnl", "sticky", "low", "delta"), 0.0)
                by_part: dict[str, float] = {}
                for leg in legs:
                    size, was = leg["quantity_qty"] * leg["multiplier_usd"], now[leg["instrument_id"]]
                    found = value(leg, cell, BY_HAND)
                    expected["pnl"] += size * (found.carried - was.carried)
                    expected["sticky"] += size * (found.sticky - was.sticky)
                    expected["low"] += size * (found.held_points - was.held_points)
                    expected["delta"] += size * found.delta_per_1pct
                    by_part[leg["part"]] = by_part.get(leg["part"], 0.0) + size * (found.carried - was.carried)
                total = grid["total", shock, response, horizon]
                assert total["pnl_usd"] == pytest.approx(expected["pnl"], abs=1e-6)
                assert total["sticky_strike_pnl_usd"] == pytest.approx(expected["sticky"], abs=1e-6)
                assert total["low_elasticity_pnl_usd"] == pytest.approx(expected["low"], abs=1e-6)
                assert total["delta_usd_per_1pct"] == pytest.approx(expected["delta"], abs=1e-6)
                for part, usd in by_part.items():
                    assert grid[part, shock, response, horizon]["pnl_usd"] == pytest.approx(usd, abs=1e-6), part


def test_every_leg_in_every_cell_is_quantlibs_to_a_hundred_millionth(every_kind: ToyNight) -> None:
    """In points per contract, where no sum hides a difference."""
    for horizon, (years, days) in HORIZONS.items():
        for name, (path, vol) in RESPONSES.items():
            response = Response(name=name, path_multiple=path, vix_option_vol_multiple=vol)
            found = leg_values(every_kind.legs, MARKET, response, SHOCKS, Passed(years, days))
            cells = [Cell(shock=shock, response=name, passed_years=years, passed_days=days) for shock in SHOCKS]
            expected = [[value(leg, cell, BY_HAND) for cell in cells] for leg in every_kind.legs.to_dicts()]
            where = f"{horizon} {name}"
            assert found.carried == pytest.approx(np.array([[v.carried for v in row] for row in expected]), abs=1e-8), (
                where
            )
            law = Cells.of(SHOCKS, Passed(years, days), vix_option_vol_multiple=vol)
            sticky = with_strike_vols_held(found.carried, every_kind.legs, MARKET, law, law_move(MARKET, law, path))
            assert sticky == pytest.approx(np.array([[v.sticky for v in row] for row in expected]), abs=1e-8), where
            deltas = np.array([[v.delta_per_1pct for v in row] for row in expected])
            assert found.delta_pts_per_1pct == pytest.approx(deltas, abs=1e-8), where


def test_what_settles_on_the_way_settles_at_the_scenarios_own_level(every_kind: ToyNight) -> None:
    """The put of Monday settles at SPX, the VIX call of Wednesday at its own future, rolled down and shocked."""
    legs = every_kind.legs.filter(pl.col("expiry_date") <= dt.date(2026, 5, 13)).sort("root")
    put, call = leg_values(legs, MARKET, BASE, np.array([-0.10]), Passed.of_days(5)).carried[:, 0]
    assert put == pytest.approx(5900 - 6000 * 0.9)
    future_now, tau = 18.0 + 0.01 * 5, 5  # the toy curve: 18 and a hundredth a day
    rolled = future_now - 0.01 * tau
    assert call == pytest.approx(rolled * 0.9 ** (-6.0 * 20 / rolled) - 19.0)


def test_nothing_moves_but_time_at_shock_zero_a_day_later(every_kind: ToyNight) -> None:
    """At the inverse response and no shock the condors earn a day: what theta, a repricing too, says of it."""
    grid = every_kind.scenarios.filter(spot_shock_frac=0.0, vol_response="inverse", horizon="1d")
    found = dict(grid.select("part", "pnl_usd").iter_rows())
    theta = every_kind.legs.filter(part="condor")["theta_usd_per_day"].sum()
    # Theta holds the forward, the scenario SPX itself: a day's carry of the delta lies between them.
    carry_usd = every_kind.legs.filter(part="condor")["delta_usd_per_pt"].sum() * 6000 * (math.exp(-0.029 / 365) - 1)
    assert found["condor"] == pytest.approx(theta + carry_usd, rel=0.02)


def test_the_delta_at_no_shock_is_tonights(every_kind: ToyNight) -> None:
    grid = every_kind.scenarios.filter(spot_shock_frac=0.0, part="total", **BASE_NOW)
    assert grid["delta_usd_per_1pct"].item() == pytest.approx(
        every_kind.book["net_delta_usd_per_1pct"].item(), rel=1e-9
    )


def test_the_worst_cell_is_named_once_a_part() -> None:
    """And never in a part that holds nothing."""
    grid = night(fills_of(*condor_fills(), *unit_fills())).scenarios
    for part in ("condor", "L1", "hedge", "total"):
        of_part = grid.filter(part=part)
        (worst,) = of_part.filter("is_worst").to_dicts()
        assert worst["pnl_usd"] == of_part["pnl_usd"].min()
    assert not grid.filter(part="second_engine")["is_worst"].any()


def test_pnl_is_held_against_net_liquidation_where_it_is_known() -> None:
    legs = night(fills_of(*condor_fills(), *unit_fills(account="B"))).legs
    grid = scenarios(legs, MARKET, ["A", "B", "ALL"], net_liq_usd={"A": 200_000.0, "B": None, "ALL": -1.0})
    known = grid.filter(account="A")
    assert known["net_liq_frac"].to_list() == pytest.approx((known["pnl_usd"] / 200_000).to_list())
    assert grid.filter(pl.col("account") != "A")["net_liq_frac"].null_count() == 2 * 8 * 240


def test_a_condor_expiry_is_each_accounts_own_and_the_sum_has_the_nearest() -> None:
    early = [
        fill(*leg, account="B", structure="c")
        for leg in (
            ("SPXW 2026-05-22 P 5650", 1, 20.0),
            ("SPXW 2026-05-22 P 5700", -1, 27.0),
            ("SPXW 2026-05-22 C 6250", -1, 12.0),
            ("SPXW 2026-05-22 C 6300", 1, 7.0),
        )
    ]
    grid = night(fills_of(*condor_fills(), *early, *unit_fills(account="C"))).scenarios.filter(horizon="condor_expiry")
    days = dict(grid.select("account", "horizon_days").unique().iter_rows())
    assert days == {"A": 31, "B": 14, "C": None, "ALL": 14}
    assert set(grid.filter(account="C")["reason"]) == {NO_CONDOR}
    assert grid.filter(pl.col("account") != "C")["pnl_usd"].null_count() == 0


class MeasuredElasticity:
    """A night's estimate: half the law, give or take a tenth."""

    def eps(self, tau_days: float, future_pts: float) -> np.ndarray:
        return np.asarray(-3.0 * (1 + np.asarray(tau_days) / 25) ** -0.67 * 20 / np.asarray(future_pts))

    def eps_band(self, tau_days: float, future_pts: float) -> tuple[np.ndarray, np.ndarray]:
        return 1.1 * self.eps(tau_days, future_pts), 0.9 * self.eps(tau_days, future_pts)


def test_an_estimate_with_an_error_gives_both_edges_of_the_band() -> None:
    legs = priced_legs(fills_of(*unit_fills(), fill("VX 2026-06-17", 1, 18.0, structure=None)), ToyMarket())
    market = replace(MARKET, estimate=MeasuredElasticity())
    rows = scenarios(legs, market, ["A"]).filter(part="L1", spot_shock_frac=-0.10, **BASE_NOW)
    assert rows["band_reason"].null_count() == 1
    (cell,) = rows.to_dicts()
    assert 0 < cell["low_elasticity_pnl_usd"] < cell["pnl_usd"] < cell["high_elasticity_pnl_usd"]
    future = leg_values(legs.filter(root="VX"), market, BASE, np.array([-0.10])).carried.item()
    assert future == pytest.approx(18.4 * 0.9 ** (-3.0 * (1 + 40 / 25) ** -0.67 * 20 / 18.4))


def test_without_an_error_the_low_edge_holds_points_and_there_is_no_high_one() -> None:
    grid = night(fills_of(*unit_fills())).scenarios
    assert grid["high_elasticity_pnl_usd"].null_count() == grid.height
    assert grid["band_reason"].n_unique() == 1
    falls = grid.filter(pl.col("spot_shock_frac") < 0, part="hedge", **BASE_NOW)
    assert (falls["low_elasticity_pnl_usd"] < falls["pnl_usd"]).all()


def test_the_law_and_the_responses_are_the_rule_sets() -> None:
    legs = priced_legs(fills_of(*unit_fills()), ToyMarket())
    rules = ScenarioRules(severe_path=1.0, severe_vix_option_vol=1.0)
    grid = scenarios(legs, replace(MARKET, rules=rules), ["A"])
    base, severe = (grid.filter(vol_response=name).drop("vol_response", "is_worst") for name in ("base", "severe"))
    assert severe.equals(base)
    flat = scenarios(legs, replace(MARKET, prior=ElasticityPrior(eps_a=-1e-9)), ["A"])
    assert flat.filter(part="hedge", horizon="now", vol_response="base")["pnl_usd"].abs().max() < 1e-3


@settings(max_examples=30)
@given(
    short_put=st.integers(1040, 1180),
    put_width=st.integers(1, 20),
    gap=st.integers(2, 120),
    call_width=st.integers(1, 20),
    vix_pts=st.floats(9.5, 80.0),
    passed_days=st.integers(0, 40),
)
def test_a_condor_is_worth_between_minus_its_wider_side_and_nothing(  # noqa: PLR0917 - drawn by hypothesis
    short_put: int, put_width: int, gap: int, call_width: int, vix_pts: float, passed_days: int
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
    market, cells = market_of(vix_pts), Cells.of(SHOCKS, Passed.of_days(passed_days))
    move = law_move(market, cells, 1.0)
    carried = reprice(legs, market, cells, move).carried
    for per_leg in (carried, with_strike_vols_held(carried, legs, market, cells, move)):
        unit = legs["quantity_qty"].to_numpy() @ per_leg
        assert (unit <= TICK_PTS).all()
        assert (unit >= -5 * max(put_width, call_width) - TICK_PTS).all()


@settings(max_examples=30)
@given(strike=st.integers(8, 90), tenor=st.sampled_from(["2026-05-20", "2026-08-19", "2027-03-17"]))
def test_a_long_vix_option_is_never_worth_less_than_nothing(strike: int, tenor: str) -> None:
    legs = priced_legs(
        fills_of(fill(f"VIX {tenor} C {strike}", 1, 1.0), fill(f"VIX {tenor} P {strike}", 1, 1.0)), ToyMarket()
    )
    values = leg_values(legs, market_of(), BASE, SHOCKS).carried
    assert (values >= 0).all()
    # Put-call parity at each shocked future: the difference falls as SPX rises.
    call, put = (values[legs["right"].to_numpy() == right][0] for right in "CP")
    assert (np.diff(call - put) <= 1e-9).all()


def test_spx_put_call_parity_holds_at_every_shock() -> None:
    """C - P = DF (F1 - K): both rights of a strike are read on one smile."""
    legs = priced_legs(
        fills_of(fill("SPXW 2026-06-08 C 5800", 1, 1.0), fill("SPXW 2026-06-08 P 5800", 1, 1.0)), ToyMarket()
    )
    call, put = legs.filter(right="C").to_dicts()[0], legs.filter(right="P")
    values = leg_values(legs, market_of(), BASE, SHOCKS).carried
    found = values[legs["right"].to_numpy() == "C"][0] - values[legs["right"].to_numpy() == "P"][0]
    expected = call["discount_factor_frac"] * (call["forward_pts"] * (1 + SHOCKS) - 5800)
    assert put.height == 1
    assert found == pytest.approx(expected, abs=1e-8)


def test_the_grid_has_every_account_part_and_cell_once() -> None:
    grid = night(fills_of(*condor_fills(), *unit_fills(account="B"))).scenarios
    assert grid.height == 3 * 8 * 15 * 4 * 4
    assert grid.select("account", "part", "spot_shock_frac", "vol_response", "horizon").is_unique().all()
    assert set(grid.filter(pl.col("pnl_usd").is_null())["reason"]) == {NO_CONDOR}  # B holds none


def test_no_shock_no_gain() -> None:
    grid = night(fills_of(*condor_fills(), *unit_fills())).scenarios.filter(spot_shock_frac=0.0, **BASE_NOW)
    for column in ("pnl_usd", "sticky_strike_pnl_usd", "low_elasticity_pnl_usd"):
        assert grid[column].abs().max() == 0.0


def test_a_fall_pays_the_hedge_and_hurts_the_condor() -> None:
    grid = night(fills_of(*condor_fills(), *unit_fills())).scenarios.filter(spot_shock_frac=-0.10, **BASE_NOW)
    pnl = dict(grid.select("part", "pnl_usd").iter_rows())
    assert pnl["condor"] < 0 < min(pnl["L1"], pnl["L2"], pnl["L3"])
    assert pnl["total"] == pytest.approx(pnl["condor"] + pnl["hedge"])
    assert (pnl["second_engine"], pnl["other"]) == (0.0, 0.0)


def test_an_unpriced_leg_empties_its_part_the_hedge_and_the_total_by_name() -> None:
    market = ToyMarket(crossed=("VIX 2026-08-19 C 21",))
    grid = night(fills_of(*condor_fills(), *unit_fills()), market).scenarios.filter(spot_shock_frac=-0.05, **BASE_NOW)
    reasons = dict(grid.filter(pl.col("pnl_usd").is_null()).select("part", "reason").iter_rows())
    named = "VIX 2026-08-19 AM C 21 (no mark: CROSSED quote)"
    assert reasons == {"L2": named, "hedge": named, "total": named}
    assert grid.filter(pl.col("pnl_usd").is_not_null())["reason"].null_count() == 5


def test_without_a_vix_close_the_condor_is_unknown_and_the_hedge_is_not() -> None:
    grid = night(fills_of(*condor_fills(), *unit_fills()), ToyMarket(vix_pts=None)).scenarios
    cell = grid.filter(spot_shock_frac=-0.05, **BASE_NOW)
    assert cell["vix_pts"].null_count() == cell.height
    unknown = cell.filter(pl.col("pnl_usd").is_null())
    assert unknown["part"].sort().to_list() == ["condor", "total"]
    assert unknown["reason"].str.contains("no VIX close tonight").all()


def test_without_a_vx_curve_only_what_would_roll_is_unknown() -> None:
    grid = night(fills_of(*condor_fills(), *unit_fills()), ToyMarket(unquoted=("VX",))).scenarios
    unknown = grid.filter(pl.col("pnl_usd").is_null())
    assert "now" not in set(unknown["horizon"])
    assert set(unknown["part"]) == {"L1", "L2", "L3", "hedge", "total"}
    assert unknown["reason"].str.contains("fewer than two VX contracts").all()


def test_a_leg_beyond_the_last_future_cannot_roll_and_is_named() -> None:
    far = fill("VIX 2027-03-17 C 22", 1, 3.0, structure=None)
    grid = night(fills_of(*condor_fills(), *unit_fills(), far)).scenarios
    unknown = grid.filter(pl.col("pnl_usd").is_null())
    assert set(unknown["horizon"]) == {"1d", "5d", "condor_expiry"}
    named = "VIX 2027-03-17 AM C 22 (beyond the last VX contract of tonight's curve)"
    assert set(unknown["reason"]) == {named}
    assert set(unknown["part"]) == {"L3", "hedge", "total"}


def test_a_future_moves_by_its_path_and_a_cap_never_lowers_it() -> None:
    future = priced_legs(fills_of(fill("VX 2026-06-17", 1, 18.0)), ToyMarket())
    values = leg_values(future, market_of(), BASE, SHOCKS).carried[0]
    assert values[SHOCKS == 0.0].item() == pytest.approx(18.4)
    assert (np.diff(values) < 0).all()
    panic = future.with_columns(forward_pts=90.0, mark_pts=90.0)
    assert leg_values(panic, market_of(), BASE, np.array([-0.10])).carried.item() == pytest.approx(90.0)


def test_an_empty_book_gains_nothing_anywhere_it_is_known() -> None:
    grid = night(fills_of()).scenarios
    assert grid["session_date"].unique().to_list() == [FRIDAY]
    known = grid.filter(pl.col("horizon") != "condor_expiry")
    assert (known["pnl_usd"].abs().max(), known["reason"].null_count()) == (0.0, known.height)
