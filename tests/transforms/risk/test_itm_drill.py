"""The drill: every stop by QuantLib, levels by hand, the path one way, a late hedge that has gained nothing."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from tests.transforms.book.toy_book import (
    PRIOR_CURVE,
    ToyMarket,
    condor_fills,
    fill,
    fills_of,
    marks_of,
    night,
    scenario_market,
    unit_fills,
    vx_curve_of,
    vx_of,
)
from tests.transforms.risk.brute_force import Cell, value
from tests.transforms.risk.test_scenarios import BY_HAND, CONDOR_YEARS
from transforms.risk.hedge_unit import VixNight, unit_legs
from transforms.risk.itm_drill import DrillInputs, itm_drill
from transforms.risk.part_sums import HeldLegs
from warehouse.tables.core import CORE_FORWARDS_DAILY

PATH = ["NOW", "WATCH", "TESTED", "ITM", "BREACHED", "WING"]
# Five sessions after Friday 2026-05-08 is the Friday after: seven calendar days. The condor settles in 31.
HORIZONS = {"now": (0.0, 0), "5_sessions": (7 / 365, 7), "condor_expiry": (CONDOR_YEARS, 31)}
UNIT = {"VIX 2026-06-17 C 20": 4, "VIX 2026-08-19 C 21": 4, "VIX 2026-12-16 C 22": 2}
# The toy quotes every option 0.05 around its mark: ten calls, a hundred dollars a point.
HALF_SPREAD_USD = 10 * 100 * 0.05


def inputs_of(fills: pl.DataFrame, market: ToyMarket | None = None) -> DrillInputs:
    market = market or ToyMarket(quoted_too=tuple(UNIT))
    found, toy = night(fills, market), scenario_market(market)
    vix = VixNight(
        marks=marks_of(fills, market),
        forwards=CORE_FORWARDS_DAILY.empty(),
        vx=vx_of(fills, market),
        vx_curve=vx_curve_of(market),
        elasticity=PRIOR_CURVE,
    )
    accounts = sorted(found.legs["account"].unique())
    scopes = [*accounts, *(["ALL"] if len(accounts) > 1 else [])]
    held = HeldLegs.of(found.legs, scopes)
    return DrillInputs(condors=found.condors, held=held, unit=unit_legs(vix, toy), market=toy, edr_pts=market.edr_pts)


@pytest.fixture(scope="module")
def inputs() -> DrillInputs:
    return inputs_of(fills_of(*condor_fills(), *unit_fills()))


@pytest.fixture(scope="module")
def drill(inputs: DrillInputs) -> pl.DataFrame:
    return itm_drill(inputs)


def put_path(drill: pl.DataFrame, horizon: str, hedge: str, account: str = "A") -> list[dict[str, Any]]:
    rows = drill.filter(account=account, side="PUT", horizon=horizon, hedge=hedge).to_dicts()
    return sorted(rows, key=lambda row: PATH.index(row["level"]))


def by_quantlib(legs: pl.DataFrame, shock: float, horizon: str) -> dict[str, tuple[float, float]]:
    """P&L since tonight and delta per point of each part."""
    years, days = HORIZONS[horizon]
    there = Cell(shock=shock, response="base", passed_years=years, passed_days=days)
    here = Cell(shock=0.0, response="base", passed_years=0.0, passed_days=0)
    found: dict[str, tuple[float, float]] = {}
    for leg in legs.to_dicts():
        size, after = leg["quantity_qty"] * leg["multiplier_usd"], value(leg, there, BY_HAND)
        pnl, delta = found.get(leg["part"], (0.0, 0.0))
        gained = size * (after.carried - value(leg, here, BY_HAND).carried)
        found[leg["part"]] = (pnl + gained, delta + size * after.delta_per_1pct / (0.01 * 6000 * (1 + shock)))
    return found


@pytest.mark.parametrize("horizon", HORIZONS)
def test_every_stop_is_what_quantlib_makes_of_it(inputs: DrillInputs, drill: pl.DataFrame, horizon: str) -> None:
    rows = drill.filter(horizon=horizon, hedge="held").to_dicts()
    assert len(rows) == 2 * 6
    for row in rows:
        parts = by_quantlib(inputs.held.legs, row["spot_shock_frac"], horizon)
        for layer in ("L1", "L2", "L3"):
            assert row[f"{layer.lower()}_pnl_usd"] == pytest.approx(parts[layer][0], abs=1e-6)
        hedge = [sum(parts[layer][at] for layer in ("L1", "L2", "L3")) for at in (0, 1)]
        assert row["condor_pnl_usd"] == pytest.approx(parts["condor"][0], abs=1e-6)
        assert row["condor_delta_usd_per_pt"] == pytest.approx(parts["condor"][1], abs=1e-6)
        assert (row["hedge_pnl_usd"], row["hedge_delta_usd_per_pt"]) == pytest.approx(hedge, abs=1e-6)
        assert row["net_pnl_usd"] == pytest.approx(parts["condor"][0] + hedge[0], abs=1e-6)
        assert row["net_delta_usd_per_pt"] == pytest.approx(parts["condor"][1] + hedge[1], abs=1e-6)
        if row["offset_frac"] is not None:
            assert row["offset_frac"] == pytest.approx(-hedge[0] / parts["condor"][0], abs=1e-9)


def test_the_levels_are_those_of_the_states(drill: pl.DataFrame) -> None:
    """METHODOLOGY 6.1 by hand: K2 5700, credit 12, K1 5650; the put's delta is met before 2 and 1 EDR are."""
    rows = {row["level"]: row for row in put_path(drill, "now", "held")}
    assert rows["NOW"]["spx_pts"] == 6000.0
    assert [rows[level]["spx_pts"] for level in ("ITM", "BREACHED", "WING")] == pytest.approx([5700, 5688, 5650])
    for level, delta, edr_pts in (("WATCH", 0.25, 5700 + 120), ("TESTED", 0.35, 5700 + 60)):
        assert rows[level]["level_rule"] == f"short put delta {delta}"
        assert rows[level]["spx_pts"] > edr_pts
        leg = {"root": "SPXW", "right": "P", "strike_pts": 5700.0, "t_years": CONDOR_YEARS, "dte_days": 31}
        terms = {"forward_pts": 6000 * 2.718281828459045 ** (0.029 * CONDOR_YEARS)}
        terms["discount_factor_frac"] = 2.718281828459045 ** (-0.042 * CONDOR_YEARS)
        shock = rows[level]["spot_shock_frac"]
        at = value(leg | terms, Cell(shock=shock, response="base", passed_years=0.0, passed_days=0), BY_HAND)
        forward_delta = at.delta_per_1pct / (0.01 * terms["forward_pts"] * (1 + shock) * terms["discount_factor_frac"])
        assert forward_delta == pytest.approx(-delta, abs=2e-5)


def test_without_deltas_in_reach_the_distance_sets_the_level() -> None:
    """A range of 150 points: 2 EDR is 300 points from the short put, where SPX stands tonight; 1 EDR is 5850."""
    rows = put_path(itm_drill(inputs_of(fills_of(*condor_fills()), ToyMarket(edr_pts=150.0))), "now", "held")
    watch, tested = rows[1], rows[2]
    assert watch["spx_pts"] is None
    assert watch["reason"] == "SPX 6,000.00 is past it tonight: short put within 2 EDR (300.0 pts)"
    assert (tested["spx_pts"], tested["level_rule"]) == (pytest.approx(5850), "short put within 1 EDR (150.0 pts)")


@pytest.mark.parametrize("horizon", HORIZONS)
def test_the_path_goes_one_way(drill: pl.DataFrame, horizon: str) -> None:
    rows = put_path(drill, horizon, "held")
    for name, sign in (
        *(("spx_pts", -1), ("vix_pts", 1), ("vx_30d_pts", 1), ("vx_220d_pts", 1)),
        *(("condor_pnl_usd", -1), ("hedge_pnl_usd", 1), ("l1_pnl_usd", 1)),
    ):
        steps = [sign * (after[name] - before[name]) for before, after in pairwise(rows)]
        assert all(step >= 0 for step in steps), name
    # The nearer the tenor, the more it moves.
    names = ("vix_pts", "vx_30d_pts", "vx_60d_pts", "vx_110d_pts", "vx_220d_pts")
    moves = [rows[-1][name] - rows[0][name] for name in names]
    assert moves == sorted(moves, reverse=True)


def test_signs_of_a_threatened_put_and_of_the_hedge(drill: pl.DataFrame) -> None:
    """T11: the short put side is long delta, VIX calls short; together less than the condor alone."""
    for row in put_path(drill, "now", "held")[1:]:
        assert row["condors_delta_usd_per_pt"] > 0 > row["hedge_delta_usd_per_pt"]
        assert abs(row["net_delta_usd_per_pt"]) < abs(row["condors_delta_usd_per_pt"])


def test_the_call_side_is_not_hedged(drill: pl.DataFrame) -> None:
    rows = drill.filter(side="CALL", hedge="held", horizon="now")
    assert not rows["is_hedged_by_alvh"].any()
    assert (rows["offset_reason"] == "n/a - call side").all()
    assert rows["units_to_target"].null_count() == rows.height
    wing = rows.filter(level="WING")
    assert wing["condor_pnl_usd"].item() < 0 > wing["hedge_pnl_usd"].item()  # they lose together (C4)


def test_a_late_hedge_costs_more_and_covers_only_from_there(inputs: DrillInputs, drill: pl.DataFrame) -> None:
    held, late = put_path(drill, "now", "held"), put_path(drill, "now", "late")
    path = [sum(by_quantlib(inputs.held.legs, row["spot_shock_frac"], "now")[x][0] for x in UNIT_PARTS) for row in held]
    for early, row, gained in zip(held, late, path, strict=True):
        assert row["hedge_pnl_usd"] == 0.0
        assert row["hedge_cost_usd"] - early["hedge_cost_usd"] == pytest.approx(gained, abs=1e-6)
        assert row["to_wing_hedge_pnl_usd"] == pytest.approx(path[-1] - gained, abs=1e-6)
        assert early["net_at_wing_usd"] - row["net_at_wing_usd"] == pytest.approx(gained, abs=1e-6)
    assert late[-1]["offset_at_wing_frac"] == 0.0
    assert [row["hedge_cost_usd"] for row in late] == sorted(row["hedge_cost_usd"] for row in late)


UNIT_PARTS = ("L1", "L2", "L3")


@pytest.mark.parametrize("hedge", ["held", "late"])
def test_units_to_target_repay_forty_per_cent_of_a_further_five(
    inputs: DrillInputs, drill: pl.DataFrame, hedge: str
) -> None:
    """The book holds exactly tonight's unit, so its own layers say what one more gains and costs."""
    assert dict(zip(inputs.unit["instrument_id"], inputs.unit["weight_contracts"], strict=True)).keys() == {
        f"{name.replace(' C', ' AM C')}" for name in UNIT
    }
    for row in put_path(drill, "now", hedge):
        here, further = (
            by_quantlib(inputs.held.legs, shock, "now")
            for shock in (row["spot_shock_frac"], 0.95 * (1 + row["spot_shock_frac"]) - 1)
        )
        loss = here["condor"][0] - further["condor"][0]
        gain = sum(further[part][0] - here[part][0] for part in UNIT_PARTS)
        has = 1.0 if hedge == "held" else 0.0
        assert (has + row["units_to_target"]) * gain == pytest.approx(max(0.4 * loss, has * gain), abs=1e-6)
        now_usd = sum(
            leg["quantity_qty"] * 100 * leg["mark_pts"]
            for leg in inputs.held.legs.to_dicts()
            if leg["part"] in UNIT_PARTS
        )
        price = now_usd + sum(here[part][0] for part in UNIT_PARTS) + HALF_SPREAD_USD
        assert row["cost_to_target_usd"] == pytest.approx(row["units_to_target"] * price, rel=1e-6)


def test_nothing_is_bought_for_a_condor_that_has_settled_or_on_hold(inputs: DrillInputs, drill: pl.DataFrame) -> None:
    settled = drill.filter(horizon="condor_expiry", side="PUT")
    assert settled["units_to_target"].null_count() == settled.height
    assert set(settled["target_reason"]) == {"the condor has settled by then: there is nothing left to cover"}
    on_hold = itm_drill(replace(inputs, hold_reason="data on hold")).filter(side="PUT")
    assert set(on_hold["target_reason"]) == {"data on hold"}


def test_a_book_without_hedge_is_covered_by_nothing_and_a_late_one_is_a_unit() -> None:
    drill = itm_drill(inputs_of(fills_of(*condor_fills())))
    held, late = (put_path(drill, "now", hedge) for hedge in ("held", "late"))
    assert {row["hedge_is"] for row in held} == {"none held"}
    assert [row["hedge_pnl_usd"] for row in held] == [0.0] * 6
    assert held[-1]["offset_frac"] == 0.0
    assert {row["hedge_is"] for row in late} == {"one hedge unit of tonight"}
    assert late[3]["to_wing_hedge_pnl_usd"] > 0


def test_accounts_share_their_hedge_among_all_their_condors() -> None:
    """Two condors in A, one in B, the unit in B: ALL adds up, and no condor claims the whole hedge for itself."""
    second = [row | {"account": "A", "structure": "condor-2"} for row in condor_fills()]
    drill = itm_drill(
        inputs_of(fills_of(*condor_fills(), *second, *condor_fills(account="B"), *unit_fills(account="B")))
    )
    assert drill.height == 2 * (2 + 1 + 3) * 2 * 6 * 3
    wing = {
        (row["account"], row["condor_account"], row["condor_id"]): row
        for row in drill.filter(level="WING", side="PUT", horizon="now", hedge="held").to_dicts()
    }
    one = wing["B", "B", "condor-1"]
    assert wing["A", "A", "condor-1"]["condors_pnl_usd"] == pytest.approx(2 * one["condor_pnl_usd"])
    assert wing["A", "A", "condor-1"]["offset_frac"] == 0.0
    assert wing["ALL", "A", "condor-2"]["condor_pnl_usd"] == pytest.approx(one["condor_pnl_usd"])
    assert wing["ALL", "A", "condor-2"]["offset_frac"] == pytest.approx(one["offset_frac"] / 3)


def test_a_leg_without_a_price_leaves_the_net_empty_by_name() -> None:
    fills = fills_of(*condor_fills(), *unit_fills())
    crossed = ToyMarket(crossed=("VIX 2026-08-19 C 21",))
    rows = put_path(itm_drill(inputs_of(fills, crossed)), "now", "held")
    assert {row["reason"] for row in rows} == {"VIX 2026-08-19 AM C 21 (no mark: CROSSED quote)"}
    assert all(row["l2_pnl_usd"] is None and row["net_pnl_usd"] is None for row in rows)
    assert rows[-1]["condor_pnl_usd"] < 0 < rows[-1]["l1_pnl_usd"]
    assert rows[-1]["target_reason"] == "VIX 2026-08-19 AM C 21 (no mark: CROSSED quote)"


def test_a_level_spx_is_past_tonight_is_said_to_be_past() -> None:
    drill = itm_drill(inputs_of(fills_of(*condor_fills()), ToyMarket(spot_pts=5695.0)))
    rows = {row["level"]: row for row in put_path(drill, "now", "held")}
    for level in ("WATCH", "TESTED", "ITM"):
        assert rows[level]["spx_pts"] is None
        assert rows[level]["reason"].startswith("SPX 5,695.00 is past it tonight")
    assert rows["BREACHED"]["spx_pts"] == pytest.approx(5688)


def test_without_a_spot_nothing_is_walked() -> None:
    drill = itm_drill(inputs_of(fills_of(*condor_fills()), ToyMarket(spot_pts=None)))
    assert set(drill["reason"]) == {"no mark spot tonight"}
    assert drill["net_pnl_usd"].null_count() == drill.height


def test_a_break_even_beyond_the_wing_is_never_breached() -> None:
    """T12: chain credit 55 on a wing of 50."""
    rich = [
        fill(f"SPXW 2026-06-08 {leg}", size, price)
        for leg, size, price in (("P 5650", 1, 5.0), ("P 5700", -1, 50.0), ("C 6250", -1, 12.0), ("C 6300", 1, 2.0))
    ]
    rows = {row["level"]: row for row in put_path(itm_drill(inputs_of(fills_of(*rich))), "now", "held")}
    assert rows["BREACHED"]["reason"] == "no BREACHED: the break-even 5,645.00 is not inside the wing"


def test_the_same_book_in_another_order_is_the_same_drill(inputs: DrillInputs, drill: pl.DataFrame) -> None:
    legs = inputs.held.legs.sample(fraction=1.0, shuffle=True, seed=3)
    condors = inputs.condors.sample(fraction=1.0, shuffle=True, seed=4)
    assert itm_drill(replace(inputs, condors=condors, held=HeldLegs.of(legs, ["A"]))).equals(drill)


def test_five_sessions_skip_the_weekend_and_memorial_day() -> None:
    """From Friday 2026-05-22: Monday the 25th is Memorial Day, so the fifth session is Monday 2026-06-01."""
    market = ToyMarket(session_date=dt.date(2026, 5, 22))
    drill = itm_drill(inputs_of(fills_of(*condor_fills()), market))
    assert set(drill.filter(horizon="5_sessions")["horizon_days"]) == {10}


def test_what_is_left_of_a_condor_is_walked_on_its_one_side() -> None:
    """The calls bought back: two puts, six levels down, none up."""
    closed = [fill("SPXW 2026-06-08 C 6250", 10, 11.0), fill("SPXW 2026-06-08 C 6300", -10, 6.0)]
    drill = itm_drill(inputs_of(fills_of(*condor_fills(), *closed)))
    assert drill.height == 6 * 3 * 2
    assert set(drill["side"]) == {"PUT"}
    whole = itm_drill(inputs_of(fills_of(*condor_fills())))
    spot = {"level": "ITM", "side": "PUT", "horizon": "now", "hedge": "held"}
    assert drill.filter(**spot)["condor_pnl_usd"].item() < whole.filter(**spot)["condor_pnl_usd"].item()
