"""The drill of 2023-02-15: ten condors and one unit of real quotes, from 0.16 delta to the wing, by QuantLib too.

The same figures stand in docs/metrics.md; they are derived numbers, no quotes.
"""

import datetime as dt
import re
from pathlib import Path

import polars as pl
import pytest

from tests.real.test_book_oracle import Night, night_of, read
from tests.real.test_scenario_grid_real import by_hand
from tests.transforms.risk.brute_force import Cell, value
from transforms.risk.itm_drill import DrillInputs, itm_drill
from transforms.risk.part_sums import HeldLegs

pytestmark = pytest.mark.real

NIGHT = dt.date(2023, 2, 15)
LEVELS = ["NOW", "WATCH", "TESTED", "ITM", "BREACHED", "WING"]
METRICS = Path(__file__).parents[2] / "docs" / "metrics.md"


@pytest.fixture(scope="module")
def night(real_data: Path, oracle_dir: Path) -> Night:
    return night_of(NIGHT, real_data / "chains", oracle_dir)


@pytest.fixture(scope="module")
def drill(night: Night, oracle_dir: Path) -> pl.DataFrame:
    """The reference book holds exactly one 4/4/2 unit: its own calls are what a further unit is made of."""
    signals = read(oracle_dir, "signals", NIGHT).row(0, named=True)
    unit = night.legs.filter(pl.col("part").is_in(["L1", "L2", "L3"])).sort("part")
    return itm_drill(
        DrillInputs(
            condors=night.condors,
            held=HeldLegs.of(night.legs, sorted(night.legs["account"].unique())),
            unit=unit.with_columns(weight_contracts=pl.col("quantity_qty").cast(pl.Float64)),
            market=night.market,
            edr_pts=signals["edr_blend_regime_pct"] / 100 * night.market.spot,
        )
    )


def put_path(drill: pl.DataFrame, horizon: str, hedge: str) -> list[dict[str, object]]:
    rows = drill.filter(side="PUT", horizon=horizon, hedge=hedge).to_dicts()
    return sorted(rows, key=lambda row: LEVELS.index(str(row["level"])))


@pytest.mark.parametrize("horizon", ["now", "5_sessions", "condor_expiry"])
def test_every_stop_is_quantlibs(night: Night, drill: pl.DataFrame, oracle_dir: Path, horizon: str) -> None:
    """Smiles from the quotes themselves, the curve from the oracle's; five sessions over Presidents' Day are 8 days."""
    market, legs = by_hand(night, oracle_dir), night.legs.to_dicts()
    years, days = {
        "now": (0.0, 0),
        "5_sessions": (8 / 365, 8),
        "condor_expiry": next((leg["t_years"], leg["dte_days"]) for leg in legs if leg["part"] == "condor"),
    }[horizon]
    here = Cell(shock=0.0, response="base", passed_years=0.0, passed_days=0)
    for row in put_path(drill, horizon, "held"):
        shock = row["spot_shock_frac"]
        assert isinstance(shock, float)
        there = Cell(shock=shock, response="base", passed_years=years, passed_days=days)
        found = {"condor": 0.0, "L1": 0.0, "L2": 0.0, "L3": 0.0}
        for leg in legs:
            gained = value(leg, there, market).carried - value(leg, here, market).carried
            found[leg["part"]] += leg["quantity_qty"] * leg["multiplier_usd"] * gained
        ours = [row[f"{name}_pnl_usd"] for name in ("condor", "l1", "l2", "l3")]
        assert ours == pytest.approx(list(found.values()), abs=1e-5)


def test_a_put_of_sixteen_delta_goes_in_the_money(night: Night, drill: pl.DataFrame) -> None:
    """It starts at 0.16, and the levels are those of the oracle's fills: K2, K2 less the credit, K1."""
    (condor,) = night.condors.to_dicts()
    assert condor["short_put_delta"] == pytest.approx(-0.16, abs=0.01)
    rows = {row["level"]: row for row in put_path(drill, "now", "held")}
    even = condor["short_put_pts"] - condor["chain_credit_pts"]
    expected = {"ITM": condor["short_put_pts"], "BREACHED": even, "WING": condor["long_put_pts"]}
    assert {level: rows[level]["spx_pts"] for level in expected} == pytest.approx(expected)


def test_the_table_of_the_documentation_is_this_drill(drill: pl.DataFrame) -> None:
    """Every figure of docs/metrics.md between the two marks, to its last printed digit."""
    printed = re.search(r"<!-- drill -->\n(.*?)<!-- /drill -->", METRICS.read_text(encoding="utf-8"), re.DOTALL)
    assert printed
    assert printed[1] == table_of(drill)


HEAD = (
    "| horizon | level | SPX | VIX | VX 30d | condors | L1 | L2 | L3 | net | delta before | after | offset "
    "| late: cost | late: net at WING | units to 40% | they cost |\n"
)


def table_of(drill: pl.DataFrame) -> str:
    lines = [HEAD, "|" + "---|" * (HEAD.count("|") - 1) + "\n"]
    for horizon in ("now", "5_sessions", "condor_expiry"):
        for held, late in zip(put_path(drill, horizon, "held"), put_path(drill, horizon, "late"), strict=True):
            amounts = ("condors_pnl_usd", "l1_pnl_usd", "l2_pnl_usd", "l3_pnl_usd", "net_pnl_usd")
            deltas = ("condors_delta_usd_per_pt", "net_delta_usd_per_pt")
            cells = [
                *(horizon, str(held["level"])),
                *(f"{held[name]:,.2f}" for name in ("spx_pts", "vix_pts", "vx_30d_pts")),
                *(f"{held[name]:,.0f}" for name in amounts),
                *(f"{held[name]:+.1f}" for name in deltas),
                _or_dash(held["offset_frac"], "{:.0%}"),
                *(f"{late[name]:,.0f}" for name in ("hedge_cost_usd", "net_at_wing_usd")),
                _or_dash(held["units_to_target"], "{:.2f}"),
                _or_dash(held["cost_to_target_usd"], "{:,.0f}"),
            ]
            lines.append("| " + " | ".join(cell.replace("-0 ", "0 ") for cell in cells) + " |\n")
    return "".join(lines)


def _or_dash(value: object, form: str) -> str:
    return "-" if value is None else form.format(value)
