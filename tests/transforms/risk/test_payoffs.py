"""Payoffs across SPX: every level by QuantLib, the wings by hand, only where a condor is threatened."""

import polars as pl
import pytest

from tests.transforms.book.toy_book import ToyMarket, condor_fills, fills_of, unit_fills
from tests.transforms.risk.test_itm_drill import HORIZONS, by_quantlib, inputs_of
from transforms.risk.itm_drill import DrillInputs
from transforms.risk.payoffs import payoffs

LAYERS = ("L1", "L2", "L3")


def threatened(inputs: DrillInputs, state: str | None = "TESTED") -> pl.DataFrame:
    return payoffs(
        DrillInputs(
            condors=inputs.condors.with_columns(state=pl.lit(state, dtype=pl.String)),
            held=inputs.held,
            unit=inputs.unit,
            market=inputs.market,
        )
    )


@pytest.fixture(scope="module")
def inputs() -> DrillInputs:
    return inputs_of(fills_of(*condor_fills(), *unit_fills()))


@pytest.fixture(scope="module")
def rows(inputs: DrillInputs) -> pl.DataFrame:
    return threatened(inputs)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_every_level_is_what_quantlib_makes_of_it(inputs: DrillInputs, rows: pl.DataFrame, horizon: str) -> None:
    for row in rows.filter(horizon=horizon).to_dicts()[::4]:
        parts = by_quantlib(inputs.held.legs, row["spot_shock_frac"], horizon)
        hedge = sum(parts[layer][0] for layer in LAYERS)
        assert row["condor_pnl_usd"] == pytest.approx(parts["condor"][0], abs=1e-6)
        assert row["hedge_pnl_usd"] == pytest.approx(hedge, abs=1e-6)
        assert row["net_pnl_usd"] == pytest.approx(parts["condor"][0] + hedge, abs=1e-6)


def test_at_expiry_the_put_wing_costs_its_width(rows: pl.DataFrame) -> None:
    """Between short put 5700 and long put 5650 lie 50 points of ten condors: $50,000; beyond it nothing more."""
    at = dict(rows.filter(horizon="condor_expiry").select("spx_pts", "condor_pnl_usd").iter_rows())
    assert at[5700.0] - at[5650.0] == pytest.approx(50000.0, abs=1e-6)
    assert at[min(at)] == pytest.approx(at[5650.0], abs=1e-6)
    assert at[6000.0] == pytest.approx(at[5700.0], abs=1e-6)


@pytest.mark.parametrize(("state", "count"), [("OK", 0), ("WATCH", 0), ("TESTED", 1), ("WING", 1), (None, 1)])
def test_only_a_threatened_condor_is_drawn(inputs: DrillInputs, state: str | None, count: int) -> None:
    assert threatened(inputs, state)["condor_id"].n_unique() == count


def test_a_leg_without_a_price_leaves_the_net_empty_by_name() -> None:
    crossed = inputs_of(fills_of(*condor_fills(), *unit_fills()), ToyMarket(crossed=("VIX 2026-08-19 C 21",)))
    rows = threatened(crossed)
    assert set(rows["reason"]) == {"VIX 2026-08-19 AM C 21 (no mark: CROSSED quote)"}
    assert rows["net_pnl_usd"].null_count() == rows.height
    assert rows["condor_pnl_usd"].null_count() == 0


def test_without_a_spot_nothing_is_drawn() -> None:
    assert threatened(inputs_of(fills_of(*condor_fills()), ToyMarket(spot_pts=None))).is_empty()
