"""T10 by the engine: what a VIX call diagonal loses in a spike, and the debit spread it does not beat (METHODOLOGY 11).

Everything in points per contract; the debit of the golden example is 1.734, its reference spread costs 1.565.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import polars as pl
import pytest

from tests.golden.test_book_golden import MARKET, SPOT, diagonal, held, marked, priced
from tests.transforms.risk.brute_force import RESPONSES, Cell, Market, value
from transforms.book.carry import VxLine
from transforms.book.layer_signals import MarketScores
from transforms.book.margin import structure_margins
from transforms.book.payoffs import settlement_levels, with_payoffs
from transforms.book.positions import holdings
from transforms.book.second_engine import second_engine
from transforms.market.calendar import quote_table_instant
from transforms.risk.engine_risk import EngineInputs, engine_risk
from transforms.risk.engine_states import EngineFacts, engine_state, engine_states
from transforms.risk.scenarios import SPOT_SHOCKS_FRAC
from warehouse.tables.core import CORE_FILLS, CORE_OPTION_MARKS_DAILY
from warehouse.tables.mart import MART_VX_CURVE_DAILY

# The futures of the example as a curve, a point before and one after them.
CURVE = ((30, 19.0), (110, 20.2), (220, 20.8))
LINE = VxLine(np.array([float(days) for days, _ in CURVE]), np.array([pts for _, pts in CURVE]))


def engine_inputs(legs: pl.DataFrame | None = None, *, contango: float | None = 0.05) -> EngineInputs:
    legs = diagonal() if legs is None else legs
    night = legs["session_date"][0]
    curve = MART_VX_CURVE_DAILY.conform(
        pl.DataFrame(
            {
                "session_date": [night] * len(CURVE),
                "rank": range(1, len(CURVE) + 1),
                "days_to_expiry_days": [days for days, _ in CURVE],
                "settle_pts": [pts for _, pts in CURVE],
            }
        )
    )
    quoted = [marked(110, ("VIX", "C", strike), forward=20.2, vol=0.65) for strike in (22.0, 26.0, 30.0, 35.0)]
    nothing = with_payoffs(holdings(CORE_FILLS.empty(), night, quote_table_instant(night)), settlement_levels())
    return EngineInputs(
        rows=second_engine(nothing, legs),
        legs=legs,
        market=replace(MARKET, vx_line=LINE),
        marks=CORE_OPTION_MARKS_DAILY.conform(pl.DataFrame(quoted)),
        vx_curve=curve,
        margins=structure_margins(legs, index_pts={"SPX": SPOT, "VIX": 16.0}),
        condor_max_loss_usd={"A": 36_143.0},
        contango_frac=contango,
    )


@pytest.fixture(scope="module")
def risk() -> dict[str, object]:
    (row,) = engine_risk(engine_inputs()).to_dicts()
    return row


def test_the_near_future_outruns_the_far_one_by_their_elasticities(risk: dict[str, float]) -> None:
    assert risk["path_exponent"] == pytest.approx(0.5154, abs=5e-5)
    far = [risk[f"path_{name}_far_pts"] for name in ("x15", "x20", "x30")]
    assert far == pytest.approx([24.89, 28.87, 35.58], abs=6e-3)
    pnl = [risk[f"path_{name}_pnl_usd"] / 100 for name in ("x15", "x20", "x30")]
    assert pnl == pytest.approx([-0.76, -7.16, -20.07], abs=6e-3)


def test_a_fall_costs_the_diagonal(risk: dict[str, float]) -> None:
    assert risk["shock_m5_pnl_usd"] / 100 == pytest.approx(-0.08, abs=5e-3)
    assert risk["shock_m10_pnl_usd"] / 100 == pytest.approx(-1.50, abs=5e-3)
    assert risk["convexity_ratio"] is None  # it does not gain at -5%


def test_the_loss_is_many_times_the_debit(risk: dict[str, float]) -> None:
    """C3, R8. 20.07 points on the paths; SPX -20% when the near leg settles is worse still."""
    assert risk["worst_path_loss_usd"] / 100 == pytest.approx(-20.07, abs=6e-3)
    assert risk["worst_grid_loss_usd"] <= risk["worst_path_loss_usd"]
    assert risk["loss_multiple"] == pytest.approx(-risk["worst_grid_loss_usd"] / 173.4, rel=1e-3)
    assert risk["loss_multiple"] > 20.07 / 1.734 - 0.01
    assert risk["capital_at_risk_usd"] == -risk["worst_grid_loss_usd"]


def test_the_worst_cell_is_quantlibs(risk: dict[str, float]) -> None:
    """Every cell of the grid once more by the brute force, the near leg's settlement as the last horizon."""
    legs = diagonal().to_dicts()
    market = Market(spot=SPOT, vix=16.0, smile=lambda _, k: k, curve=CURVE)
    horizons = {"now": (0.0, 0), "in 1 day": (1 / 365, 1), "in 5 days": (5 / 365, 5), "near expiry": (30 / 365, 30)}
    found = {}
    for (horizon, (years, days)), response, shock in product(horizons.items(), RESPONSES, SPOT_SHOCKS_FRAC):
        there = Cell(shock=shock, response=response, passed_years=years, passed_days=days)
        name = f"SPX {shock:+.0%}, {response}, {horizon}"
        found[name] = sum(
            leg["quantity_qty"] * 100 * (value(leg, there, market).carried - leg["mark_pts"]) for leg in legs
        )
    worst = min(found, key=lambda name: found[name])
    assert risk["worst_cell"] == worst
    assert risk["worst_grid_loss_usd"] == pytest.approx(found[worst], abs=1e-4)
    assert risk["asymmetry"] == pytest.approx(max(found.values()) / -found[worst])


def test_a_plain_debit_spread_is_more_convex(risk: dict[str, object]) -> None:
    """+.42 and +.93 per USD of its debit, against nothing and a loss: nothing is claimed."""
    assert risk["reference_spread"] == "VIX 2026-08-26 C 22/30"
    assert float(str(risk["reference_debit_usd"])) / 100 == pytest.approx(1.565, abs=1e-3)
    capital = float(str(risk["capital_at_risk_usd"]))
    for name, own, theirs in (("m5", -0.08, 0.65), ("m10", -1.50, 1.46)):
        excess = own * 100 / capital - theirs / 1.565
        assert risk[f"convexity_excess_{name}_frac"] == pytest.approx(excess, abs=5e-3)
        # On the capital of the paths alone METHODOLOGY 4.11 has -.004 and -.075.
        on_paths = float(str(risk[f"shock_{name}_pnl_usd"])) / -float(str(risk["worst_path_loss_usd"]))
        assert on_paths == pytest.approx({"m5": -0.004, "m10": -0.075}[name], abs=5e-4)
    assert risk["is_convexity_claimed"] is False


def test_a_long_call_against_nothing_beats_the_spread_and_says_so() -> None:
    """The short leg a mile away: a long call, which gains more per USD at risk at both shocks, or no claim is made."""
    options = [
        marked(110, ("VIX", "C", 22.0), forward=20.2, vol=0.65),
        marked(30, ("VIX", "C", 200.0), forward=19.0, vol=0.90),
    ]
    legs = priced([held(options[0], "second_engine", 1), held(options[1], "second_engine", -1)], options, SPOT)
    (row,) = engine_risk(engine_inputs(legs)).to_dicts()
    gains = [row["convexity_excess_m5_frac"], row["convexity_excess_m10_frac"]]
    assert row["is_convexity_claimed"] is all(gain > 0 for gain in gains)
    assert row["convexity_ratio"] > 1
    assert row["worst_grid_loss_usd"] == pytest.approx(-row["debit_usd"], rel=0.5)


def test_exposures_and_margin(risk: dict[str, float]) -> None:
    """Steepening is the far delta, parallel the sum; the naked 25 call: 0.1 VIX and its price at least (Cboe)."""
    assert risk["steepening_exposure_usd_per_vx_pt"] == risk["far_vix_delta_usd_per_vx_pt"] > 0
    total = risk["far_vix_delta_usd_per_vx_pt"] + risk["near_vix_delta_usd_per_vx_pt"]
    assert risk["parallel_exposure_usd_per_vx_pt"] == pytest.approx(total)
    assert risk["margin_usd"] == pytest.approx(100 * (0.411 + 0.1 * 16), abs=0.1)


def test_it_is_stressed_when_a_spike_would_take_too_much(risk: dict[str, object]) -> None:
    """The worst cell against a quarter of 36,143: by the books on for one contract, stressed for five."""
    assert (risk["state"], risk["risk_reason"]) == ("ON", None)
    legs = diagonal().with_columns(quantity_qty=5 * pl.col("quantity_qty"))
    (five,) = engine_risk(engine_inputs(legs)).to_dicts()
    assert five["state"] == "STRESSED"
    assert five["state_threshold"] == pytest.approx(0.25 * 36_143)
    assert five["state_value"] == -five["worst_grid_loss_usd"] > five["state_threshold"]


CALM = EngineFacts(
    contango_frac=0.05,
    worst_loss_usd=-100.0,
    condor_max_loss_usd=1000.0,
    debit_usd=50.0,
    near_days=30,
    short_future_pts=19.0,
    short_strike_pts=25.0,
)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ("ON", 30.0, 7.0)),
        ({"near_days": 7}, ("EXPIRING", 7.0, 7.0)),
        ({"near_days": 7, "contango_frac": -0.01}, ("STRESSED", -0.01, 0.0)),
        ({"short_future_pts": 25.0}, ("STRESSED", 25.0, 25.0)),
        ({"worst_loss_usd": -250.0}, ("ON", 30.0, 7.0)),
        ({"worst_loss_usd": -250.01}, ("STRESSED", 250.01, 250.0)),
        ({"worst_loss_usd": -250.01, "debit_usd": 2000.0}, ("ON", 30.0, 7.0)),
        ({"worst_loss_usd": None}, (None, None, None)),
        ({"contango_frac": None}, (None, None, None)),
        ({"contango_frac": None, "short_future_pts": 30.0}, ("STRESSED", 30.0, 25.0)),
    ],
)
def test_states_of_a_position_by_hand(changed: dict[str, float], expected: tuple[object, ...]) -> None:
    """METHODOLOGY 6.4: STRESSED before EXPIRING before ON; what cannot be evaluated is not calm."""
    found = engine_state(replace(CALM, **changed))
    assert (found["state"], found["state_value"], found["state_threshold"]) == expected
    assert (found["state"] is None) == (found["reason"] is not None)


@pytest.mark.parametrize(
    ("contango", "arm", "vix", "state"),
    [
        (0.035, 2, 19.99, "CANDIDATE"),
        (0.0349, 2, 16.0, "OFF"),
        (0.05, 1, 16.0, "OFF"),
        (0.05, 2, 20.0, "OFF"),
        (None, 2, 16.0, None),
        (None, 2, 25.0, "OFF"),
    ],
)
def test_states_without_a_position_by_hand(contango: float | None, arm: int, vix: float, state: str | None) -> None:
    """METHODOLOGY 6.4: contango from 3.5%, arming score from 2, VIX below 20."""
    scores = MarketScores(arm_score=arm, accel_score=0, vix_pts=vix, contango_frac=contango)
    engine = engine_risk(engine_inputs()).clear()
    (row,) = engine_states(engine, scores, session_date=MARKET.session_date, scopes=["A"]).to_dicts()
    assert row["state"] == state


def test_an_account_has_the_state_of_its_worst_diagonal() -> None:
    row = engine_risk(engine_inputs())
    worse = row.with_columns(structure_id=pl.lit("worse"), state=pl.lit("EXPIRING"))
    unknown = row.with_columns(
        structure_id=pl.lit("unknown"), state=pl.lit(None, dtype=pl.String), risk_reason=pl.lit("no curve")
    )
    scores = MarketScores(arm_score=0, accel_score=0)
    when = {"session_date": MARKET.session_date, "scopes": ["A"]}
    assert engine_states(pl.concat([row, worse]), scores, **when)["structure_id"].item() == "worse"
    (said,) = engine_states(pl.concat([row, unknown]), scores, **when).to_dicts()
    assert (said["state"], said["reason"], said["structure_id"]) == (None, "no curve", "unknown")


def test_without_a_curve_the_worst_loss_is_not_known_but_the_paths_are() -> None:
    (row,) = engine_risk(replace(engine_inputs(), market=MARKET)).to_dicts()
    assert (row["worst_grid_loss_usd"], row["state"], row["is_convexity_claimed"]) == (None, None, None)
    assert "no VX curve" in row["risk_reason"]
    assert row["worst_path_loss_usd"] / 100 == pytest.approx(-20.07, abs=6e-3)


def test_without_a_quote_there_is_no_spread_to_beat() -> None:
    bare = replace(engine_inputs(), marks=CORE_OPTION_MARKS_DAILY.empty())
    (row,) = engine_risk(bare).to_dicts()
    assert (row["convexity_excess_m5_frac"], row["is_convexity_claimed"]) == (None, None)
    assert "no priced call" in row["convexity_reason"]
