"""The book of three real nights against values computed elsewhere: oracles/dev README, conventions 8-10 and tolerances.

Rates and VX settlements come from the oracle's own tables, so that only chain, book and risk are on trial here.
"""

import datetime as dt
import functools
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from flows.sources.recognise import parse
from transforms.book.alerts import AlertInputs, alerts
from transforms.book.carry import VxLine
from transforms.book.condors import CondorInputs, SpxNight, condors
from transforms.book.layer_signals import MarketScores
from transforms.book.legs import price_legs
from transforms.book.payoffs import settlement_levels, with_payoffs
from transforms.book.positions import account_scopes, held_book, holdings, positions
from transforms.market.calendar import quote_table_instant
from transforms.market.elasticity_curve import PRIOR_CURVE
from transforms.market.forwards import Mark
from transforms.market.quotes import type_quotes
from transforms.market.rates import ParCurve, par_curve
from transforms.market.smile_odds import SmileNight
from transforms.market.spot import mark_spot
from transforms.market.surface import Smiles, price_chain
from transforms.market.surface_fit import fit_surface
from transforms.market.term_structure import vx_curve
from transforms.risk.book_summary import BookInputs, book_summary
from transforms.risk.hedge_ledger import HedgeLedger, LedgerInputs, hedge_ledger
from transforms.risk.hedge_unit import VixNight
from transforms.risk.repricing import ScenarioMarket
from transforms.risk.scenarios import scenarios
from warehouse.tables.core import CORE_ACCOUNTS_DAILY, CORE_FILLS, CORE_VX_SETTLEMENTS_DAILY
from warehouse.tables.mart import MART_HEDGE_LAYERS_DAILY
from warehouse.tables.meta import META_CHECKS

pytestmark = pytest.mark.real

CHAINS = {
    dt.date(2023, 2, 7): ("quotedata/2023-02-07_close_spx_quotedata.csv",),
    dt.date(2023, 2, 15): (
        "datashop/2023-02-15_SPX_UnderlyingOptionsEODQuotes.csv",
        "datashop/2023-02-15_VIX_UnderlyingOptionsEODQuotes.csv",
    ),
    dt.date(2023, 6, 9): (
        "quotedata/2023-06-09_close_spx_quotedata.csv",
        "quotedata/2023-06-09_close_vix_quotedata.csv",
    ),
}
NIGHTS = pytest.mark.parametrize("night", CHAINS, ids=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """The marts of one real night."""

    marks: pl.DataFrame
    market: ScenarioMarket
    legs: pl.DataFrame
    condors: pl.DataFrame
    layers: pl.DataFrame
    hedge: HedgeLedger
    scenarios: pl.DataFrame
    book: pl.DataFrame


@pytest.fixture(scope="module")
def nights(real_data: Path, oracle_dir: Path) -> "functools._lru_cache_wrapper[Night]":
    @functools.cache
    def build(session_date: dt.date) -> Night:
        return night_of(session_date, real_data / "chains", oracle_dir)

    return build


def night_of(session_date: dt.date, chains: Path, oracle_dir: Path, fills: pl.DataFrame | None = None) -> Night:
    """Value a book on a real night: the reference book, or another one."""
    mark_at = quote_table_instant(session_date)
    vx = vx_of(oracle_dir, session_date)
    mark = Mark(session_date=session_date, quote_at=mark_at, curve=curve_of(oracle_dir, session_date), vx=vx)
    priced = [price_chain(quotes_of(chains / name), mark) for name in CHAINS[session_date]]
    marks, forwards = (pl.concat([getattr(chain, name) for chain in priced]) for name in ("marks", "forwards"))
    spot_pts = mark_spot(forwards, None, mark_at).spot_pts
    summary = read(oracle_dir, "book_summary", session_date).row(0, named=True)
    fills = fills_of(oracle_dir, session_date) if fills is None else fills

    held = holdings(fills, session_date, mark_at)
    scopes = account_scopes(held)
    legs = price_legs(positions(fills, session_date, mark_at), marks, forwards, vx=vx, spot_pts=spot_pts)
    signals = read(oracle_dir, "signals", session_date).row(0, named=True)
    spx = SpxNight(
        session_date=session_date,
        mark_at=mark_at,
        spot_pts=spot_pts,
        index_close_pts=summary["spx_close"],
        edr_pts=signals["edr_blend_regime_pct"] / 100 * spot_pts if spot_pts else None,
    )
    fitted = fit_surface(priced[0])
    condor_rows = condors(
        CondorInputs(
            night=spx,
            holdings=held,
            legs=legs,
            settlements=settlement_levels(),
            smiles=SmileNight(forwards=priced[0].forwards, smiles=priced[0].smiles, surface=fitted.surface),
            hv20_vol=signals["hv20"] / 100,
        )
    )
    market = ScenarioMarket(
        session_date=session_date,
        spot_pts=spot_pts,
        vix_pts=summary["vix0"],
        smiles=Smiles.of_marks(marks),
        vx_line=VxLine.of_curve(vx_curve(vx, session_date)),
    )
    scenario_rows = scenarios(legs, market, scopes)
    hedge = hedge_ledger(
        LedgerInputs(
            lots=held_book(fills, session_date, mark_at).lots,
            held=with_payoffs(held, settlement_levels()),
            legs=legs,
            condors=condor_rows,
            scenarios=scenario_rows,
            accounts=CORE_ACCOUNTS_DAILY.empty(),
            entry_futures=vx,
            previous_layers=MART_HEDGE_LAYERS_DAILY.empty(),
            night=VixNight(
                marks=marks, forwards=forwards, vx=vx, vx_curve=vx_curve(vx, session_date), elasticity=PRIOR_CURVE
            ),
            market=market,
            scores=MarketScores(arm_score=0, accel_score=0),
        )
    )
    layers = hedge.layers
    checks = META_CHECKS.empty()
    book = book_summary(
        BookInputs(
            night=spx,
            holdings=held,
            legs=legs,
            condors=condor_rows,
            scenarios=scenario_rows,
            alerts=alerts(
                AlertInputs(
                    session_date=session_date, condors=condor_rows, hedge_layers=layers, legs=legs, checks=checks
                )
            ),
            checks=checks,
            accounts=CORE_ACCOUNTS_DAILY.empty(),
            settlements=settlement_levels(),
        )
    )
    return Night(
        marks=marks,
        market=market,
        legs=legs,
        condors=condor_rows,
        layers=layers,
        hedge=hedge,
        scenarios=scenario_rows,
        book=book,
    )


def read(oracle_dir: Path, name: str, session_date: dt.date) -> pl.DataFrame:
    rows = pl.read_csv(oracle_dir / f"{name}.csv", try_parse_dates=True, infer_schema_length=None)
    return rows.filter(pl.col("night") == session_date)


def quotes_of(file: Path) -> pl.DataFrame:
    (parsed,) = parse(file.name, file.read_bytes())
    return type_quotes(parsed.rows.with_columns(load_id=pl.lit("real"), source_file=pl.lit(file.name))).rows


def curve_of(oracle_dir: Path, session_date: dt.date) -> ParCurve:
    rows = read(oracle_dir, "treasury", session_date)
    return par_curve(session_date, dict(rows.select("tenor_days", pl.col("par_yield_pct") / 100).iter_rows()))


def vx_of(oracle_dir: Path, session_date: dt.date) -> pl.DataFrame:
    rows = read(oracle_dir, "vx_curve", session_date)
    return CORE_VX_SETTLEMENTS_DAILY.conform(
        rows.select(
            session_date="night",
            expiry_date="expiry",
            settle_pts="settle",
            settle_method=pl.lit("settle"),
            is_monthly=pl.lit(value=True),
        )
    )


def fills_of(oracle_dir: Path, session_date: dt.date) -> pl.DataFrame:
    """The reference book of one night: the file holds one book a night, under the same labels."""
    rows = pl.read_csv(oracle_dir / "fills.csv").filter(pl.col("fill_id").str.starts_with(str(session_date)))
    settlement = pl.when(pl.col("root") == "SPXW").then(pl.lit("PM")).otherwise(pl.lit("AM"))
    return CORE_FILLS.conform(
        rows.select(
            *("fill_id", "account", "root", "right", "structure", "campaign"),
            filled_at=pl.col("filled_at").str.to_datetime(time_zone="UTC"),
            expiry_date=pl.col("expiry").str.to_date(),
            settlement=settlement,
            strike_pts="strike",
            quantity_qty="quantity",
            price_pts="price",
            fees_usd="fees",
        )
    )


def largest_error(found: pl.DataFrame, ours: str, theirs: str, *, relative: bool = False) -> float:
    """The largest difference of two columns; a value that one side lacks is infinitely far off."""
    gap = (pl.col(ours) - pl.col(theirs)).abs()
    scaled = gap / pl.col(theirs).abs() if relative else gap
    return float(found.select(scaled.fill_null(float("inf")).max()).item())


@NIGHTS
def test_every_leg_agrees(nights: "functools._lru_cache_wrapper[Night]", oracle_dir: Path, night: dt.date) -> None:
    expected = read(oracle_dir, "book_legs", night).rename({"strike": "strike_pts"})
    keys = ["root", "expiry_date", "right", "strike_pts"]
    found = (
        nights(night)
        .legs.join(
            expected.rename({"expiry": "expiry_date"}).with_columns(pl.col("strike_pts").cast(pl.Float64)),
            on=keys,
            how="full",
            coalesce=True,
            suffix="_oracle",
        )
        .with_columns(
            own_delta=pl.coalesce("vix_delta_usd_per_vx_pt", pl.col("delta_b76") * pl.col("quantity_qty") * 100)
        )
        .with_columns(volvol=pl.coalesce("vega_usd_per_volpt", "volvol_vega_usd_per_volpt"))
    )
    assert found.height == expected.height
    assert found.filter(pl.col("part") != pl.col("part_oracle")).is_empty()
    assert found["forward_method"].to_list() == found["forward_method_oracle"].to_list()
    assert largest_error(found, "mark_pts", "mid") < 1e-9
    assert largest_error(found, "forward_pts", "forward") <= 0.25
    assert largest_error(found, "iv_vol", "iv") <= 0.0005
    assert largest_error(found, "delta", "delta_forward") <= 0.003
    assert largest_error(found, "delta_b76", "delta_b76_oracle") <= 0.003
    assert largest_error(found, "own_delta", "own_underlying_delta_usd", relative=True) <= 0.005
    assert largest_error(found, "volvol", "vega_usd_per_volpt_oracle", relative=True) <= 0.005
    assert largest_error(found, "theta_usd_per_day", "theta_usd_per_day_oracle", relative=True) <= 0.01
    assert largest_error(found, "value_usd", "value_usd_oracle") < 1e-6
    assert largest_error(found, "delta_usd_per_pt", "spx_delta_usd_per_pt", relative=True) <= 0.005
    assert largest_error(found, "gamma_usd_per_pt2", "spx_gamma_usd_per_pt2", relative=True) <= 0.005
    vix = found.filter(pl.col("eps").is_not_null() | pl.col("eps_oracle").is_not_null())
    assert vix.is_empty() or largest_error(vix, "eps", "eps_oracle", relative=True) <= 0.005


@NIGHTS
def test_the_condor_agrees(nights: "functools._lru_cache_wrapper[Night]", oracle_dir: Path, night: dt.date) -> None:
    expected = read(oracle_dir, "book_summary", night).row(0, named=True)
    (condor,) = nights(night).condors.to_dicts()
    exact = {
        "expiry_date": "condor_expiry",
        "dte_days": "condor_dte",
        "long_put_pts": "k1",
        "short_put_pts": "k2",
        "short_call_pts": "k3",
        "long_call_pts": "k4",
    }
    assert {ours: condor[ours] for ours in exact} == {ours: expected[theirs] for ours, theirs in exact.items()}
    for ours, theirs in {
        "credit_pts": "credit_mid_pts",
        "chain_credit_pts": "credit_mid_pts",
        "credit_usd": "credit_usd",
        "max_loss_usd": "max_loss_usd",
        "break_even_put_pts": "be_put",
        "break_even_call_pts": "be_call",
    }.items():
        assert condor[ours] == pytest.approx(expected[theirs], abs=1e-6), ours
    assert condor["spot_pts"] == pytest.approx(expected["spot_used"], abs=0.25)
    assert condor["delta_usd_per_pt"] == pytest.approx(expected["condor_delta_usd_per_pt"], abs=0.5)
    assert condor["gamma_usd_per_pt2"] == pytest.approx(expected["condor_gamma_usd_per_pt2"], rel=0.005)
    assert condor["vega_usd_per_volpt"] == pytest.approx(expected["condor_vega_usd_per_volpt"], rel=0.005)
    assert condor["theta_usd_per_day"] == pytest.approx(expected["condor_theta_usd_per_day"], rel=0.01)
    # The oracle holds a session's range against a calendar day's theta, METHODOLOGY 4.3 against a session's.
    ratio = expected["gamma_theta_ratio_edr_regime"] * 252 / 365
    assert condor["gamma_theta_ratio"] == pytest.approx(ratio, rel=0.015)
    assert condor["margin_usd"] == 50_000
    # A condor filled at tonight's mids, without fees, has earned nothing; to close it costs the natural price.
    assert condor["pnl_usd"] == pytest.approx(0.0, abs=1e-6)
    natural = 2 * expected["credit_mid_pts"] - expected["credit_natural_pts"]
    assert condor["liq_value_usd"] == pytest.approx(-natural * 1000, abs=1e-6)
    assert (condor["state"], condor["side"]) == ("OK", None)


@NIGHTS
def test_the_book_agrees(nights: "functools._lru_cache_wrapper[Night]", oracle_dir: Path, night: dt.date) -> None:
    expected = read(oracle_dir, "book_summary", night).row(0, named=True)
    (book,) = nights(night).book.to_dicts()
    hedge_delta = expected["hedge_delta_usd_per_pt"] or 0.0
    assert book["hedge_delta_usd_per_pt"] == pytest.approx(hedge_delta, rel=0.005)
    assert book["net_delta_usd_per_pt"] == pytest.approx(expected["net_delta_usd_per_pt"], abs=0.5)
    # A fresh condor is short delta, so the local offset is null (METHODOLOGY 3.8).
    assert book["offset_local_frac"] is None
    assert "short delta" in book["offset_local_reason"]
    layers = nights(night).layers
    assert layers["layer"].to_list() == ["L1", "L2", "L3"]
    if expected["hedge_premium_usd"] is not None:
        for ours, theirs, tolerance in (
            ("value_usd", "hedge_premium_usd", 1e-9),
            ("theta_usd_per_day", "hedge_theta_usd_per_day", 0.01),
            ("volvol_vega_usd_per_volpt", "hedge_volvol_vega_usd_per_volpt", 0.005),
        ):
            assert layers[ours].sum() == pytest.approx(expected[theirs], rel=tolerance), ours


@NIGHTS
def test_every_scenario_agrees(nights: "functools._lru_cache_wrapper[Night]", oracle_dir: Path, night: dt.date) -> None:
    for expected in read(oracle_dir, "book_scenarios", night).to_dicts():
        found = nights(night).scenarios.filter(spot_shock_frac=expected["shock"], vol_response="base", horizon="now")
        cell = {row["part"]: row for row in found.to_dicts()}
        condor_usd, hedge_usd = expected["condor_pnl_usd"], expected["hedge_pnl_usd"] or 0.0
        assert cell["total"]["vix_pts"] == pytest.approx(expected["vix1"], rel=1e-9)
        assert cell["condor"]["pnl_usd"] == pytest.approx(condor_usd, abs=max(75.0, 0.01 * abs(condor_usd)))
        sticky_usd = expected["condor_pnl_sticky_strike_usd"]
        assert cell["condor"]["sticky_strike_pnl_usd"] == pytest.approx(sticky_usd, abs=max(75, 0.01 * abs(sticky_usd)))
        for part, theirs in (("hedge", "hedge"), ("L1", "l1"), ("L2", "l2"), ("L3", "l3")):
            layer_usd = expected[f"{theirs}_pnl_usd"] or 0.0
            assert cell[part]["pnl_usd"] == pytest.approx(layer_usd, abs=max(2.0, 0.005 * abs(layer_usd))), part
        total_usd = condor_usd + hedge_usd
        assert cell["total"]["pnl_usd"] == pytest.approx(total_usd, abs=max(77.0, 0.01 * abs(condor_usd)))


@NIGHTS
def test_the_shock_offset_is_theirs_or_null_by_rule(
    nights: "functools._lru_cache_wrapper[Night]", oracle_dir: Path, night: dt.date
) -> None:
    (book,) = nights(night).book.to_dicts()
    by_shock = {row["shock"]: row for row in read(oracle_dir, "book_scenarios", night).to_dicts()}
    for key, shock in (("m3", -0.03), ("m5", -0.05), ("m10", -0.10)):
        expected = by_shock[shock]
        if -expected["condor_pnl_usd"] < 0.05 * book["max_loss_usd"]:  # README: null where the loss is under 5%
            assert book[f"offset_{key}_frac"] is None
            assert "under 5%" in book[f"offset_{key}_reason"]
        else:
            # No hedge held covers nothing: 0, where the oracle leaves the cell empty.
            assert book[f"offset_{key}_frac"] == pytest.approx(expected["shock_offset"] or 0.0, rel=0.015)
            assert book[f"offset_{key}_reason"] is None


@NIGHTS
def test_the_unit_is_the_hedge_the_oracle_bought(
    nights: "functools._lru_cache_wrapper[Night]", oracle_dir: Path, night: dt.date
) -> None:
    """README 10: the expiry nearest 30, 110 and 220 days of any root, strike with N(d1) nearest 0.50; 4, 4 and 2."""
    bought = read(oracle_dir, "book_legs", night).filter(pl.col("part").str.starts_with("L")).sort("part")
    units = nights(night).hedge.units
    chosen = units.drop_nulls("instrument_id")
    assert chosen["layer"].to_list() == bought["part"].to_list()
    assert chosen.select("root", "expiry_date").rows() == bought.select("root", "expiry").rows()
    assert chosen["strike_pts"].to_list() == bought["strike"].to_list()
    assert chosen["premium_usd"].to_list() == pytest.approx(bought["value_usd"].to_list(), rel=1e-9)
    assert chosen["theta_usd_per_day"].to_list() == pytest.approx(bought["theta_usd_per_day"].to_list(), rel=0.01)
    assert chosen["spx_delta_usd_per_pt"].to_list() == pytest.approx(
        bought["spx_delta_usd_per_pt"].to_list(), rel=0.005
    )
    gains = read(oracle_dir, "book_scenarios", night).filter(shock=-0.05).row(0, named=True)
    for layer, gain in chosen.select("layer", "shock_gain_usd").iter_rows():
        assert gain == pytest.approx(gains[f"{layer.lower()}_pnl_usd"], abs=2.0)
    missing = units.filter(pl.col("instrument_id").is_null())
    assert missing["reason"].null_count() == 0
    assert missing.height == 3 - bought.height


@NIGHTS
def test_targets_need_a_whole_unit_and_a_condor_loss(
    nights: "functools._lru_cache_wrapper[Night]", oracle_dir: Path, night: dt.date
) -> None:
    """Only 2023-02-15 has calls of all three layers: by offset alone, 40% of the loss at -5% over the unit's gain."""
    (sizing,) = nights(night).hedge.sizing.to_dicts()
    layers = nights(night).layers
    if night != dt.date(2023, 2, 15):
        assert sizing["units_recommended"] is None
        assert layers["units_target"].null_count() == layers["gap_units"].null_count() == 3
        assert (
            layers["target_reason"].str.contains("L3: no").all()
            or layers["target_reason"].str.contains("no VIX chain").all()
        )
        return
    cell = read(oracle_dir, "book_scenarios", night).filter(shock=-0.05).row(0, named=True)
    expected = 0.40 * -cell["condor_pnl_usd"] / cell["hedge_pnl_usd"]  # the oracle's hedge is exactly one unit
    assert sizing["units_recommended"] == pytest.approx(expected, rel=0.02)
    assert (sizing["binding"], sizing["budget_reason"]) == (
        "offset",
        "no account figures: net liquidation value unknown",
    )
    assert layers["units_target"].to_list() == pytest.approx([expected / 2] * 3, rel=0.02)  # hybrid, DORMANT: half
    assert layers["units_held"].to_list() == [1.0, 1.0, 1.0]


@NIGHTS
def test_every_lot_is_a_fill_and_carries_its_leg(
    nights: "functools._lru_cache_wrapper[Night]", oracle_dir: Path, night: dt.date
) -> None:
    lots, legs = nights(night).hedge.lots, nights(night).legs.filter(pl.col("part").str.starts_with("L"))
    bought = read(oracle_dir, "book_legs", night).filter(pl.col("part").str.starts_with("L")).sort("part")
    assert lots.height == bought.height
    for ours, theirs in (("quantity_qty", "qty"), ("entry_price_pts", "mid"), ("strike_pts", "strike")):
        assert lots.sort("entry_layer")[ours].to_list() == pytest.approx(bought[theirs].to_list(), rel=1e-9)
    assert lots["eps"].to_list() == pytest.approx(bought["eps"].to_list(), rel=0.005)
    assert lots["gain_frac"].abs().sum() == pytest.approx(0.0, abs=1e-9)  # bought tonight at the mids
    for column in ("value_usd", "theta_usd_per_day"):
        assert lots[column].sum() == pytest.approx(legs[column].sum())
    assert (lots["decay_30d_usd"] < 0).all()
