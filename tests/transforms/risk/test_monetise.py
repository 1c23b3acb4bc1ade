"""Taking the gain of a first-layer lot: when, how much, and what is left to cover the condor."""

import datetime as dt

import polars as pl
import pytest

from tests.transforms.book.toy_book import FRIDAY, ToyMarket, ToyNight, condor_fills, fill, fills_of, night
from transforms.book.layer_signals import MarketScores
from transforms.risk.hedge_ledger import LedgerRules
from transforms.risk.hedge_rules import MonetiseRules
from warehouse.tables.core import CORE_VX_SETTLEMENTS_DAILY

L1 = "VIX 2026-06-17 C 20"


def mark_of(instrument: str, market: ToyMarket | None = None) -> float:
    return float(night(fills_of(fill(instrument, 1, 1.0, structure=None)), market).legs["mark_pts"].item())


def bought(quantity: int, price_pts: float, instrument: str = L1) -> dict[str, object]:
    return fill(instrument, quantity, price_pts, structure="h")


def lot_of(tonight: ToyNight) -> dict[str, object]:
    return tonight.ledger.lots.filter(pl.col("entry_layer") == "L1").row(0, named=True)


@pytest.mark.parametrize(("gain", "is_met"), [(1.49, False), (1.51, True)])
def test_a_gain_of_150_per_cent_meets_the_rule(gain: float, is_met: bool) -> None:
    tonight = night(fills_of(bought(4, mark_of(L1) / (1 + gain))))
    lot = lot_of(tonight)
    assert lot["gain_frac"] == pytest.approx(gain)
    assert lot["is_monetise_candidate"] is is_met
    assert lot["monetise_qty"] == (2 if is_met else None)
    layer = tonight.layers.filter(layer="L1").row(0, named=True)
    assert layer["is_monetise_candidate"] is is_met
    if is_met:
        assert str(lot["monetise_reason"]).startswith("gain +151% >= +150%; offset: no condor is held; contango +5.0%")
        assert lot["monetise_proceeds_usd"] == pytest.approx(2 * 100 * (mark_of(L1) - 0.05))


@pytest.mark.parametrize(("entry_pts", "is_met"), [(12.2, True), (12.3, False)])
def test_a_future_half_as_high_again_meets_it_too(entry_pts: float, is_met: bool) -> None:
    """Tonight's future is at 18.40: 1.5 times 12.27 or less."""
    settled = pl.DataFrame({"session_date": [FRIDAY], "expiry_date": [dt.date(2026, 6, 17)], "settle_pts": [entry_pts]})
    market = ToyMarket(entry_futures=CORE_VX_SETTLEMENTS_DAILY.conform(settled))
    lot = lot_of(night(fills_of(bought(4, mark_of(L1))), market))
    assert lot["is_monetise_candidate"] is is_met
    if is_met:
        assert str(lot["monetise_reason"]).startswith("its future is at 1.51 times entry, 1.5 or more")


def test_only_what_was_bought_as_the_first_layer() -> None:
    later = "VIX 2026-08-19 C 21"
    tonight = night(fills_of(bought(4, 0.1, later)))
    assert tonight.ledger.lots["gain_frac"].item() > 5
    assert not tonight.ledger.lots["is_monetise_candidate"].item()


def test_half_of_the_lot_is_sold_an_odd_contract_with_it() -> None:
    assert lot_of(night(fills_of(bought(5, 0.1))))["monetise_qty"] == 3
    rules = LedgerRules(monetise=MonetiseRules(sold_frac=0.25))
    assert lot_of(night(fills_of(bought(5, 0.1)), ToyMarket(rules=rules)))["monetise_qty"] == 2


def test_an_inverted_curve_says_where_the_proceeds_go() -> None:
    scores = MarketScores(arm_score=0, accel_score=0, contango_frac=-0.04)
    reason = str(lot_of(night(fills_of(bought(4, 0.1)), ToyMarket(scores=scores)))["monetise_reason"])
    assert reason.endswith("curve inverted (-4.0%): redeploy into L2 and L3")


def test_the_offset_after_the_sale_is_that_of_a_book_with_half_the_lot() -> None:
    market = ToyMarket(spot_pts=5750.0)
    whole = night(fills_of(*condor_fills(), bought(40, 0.1)), market)
    half = night(fills_of(*condor_fills(), bought(20, 0.1)), market)
    lot = lot_of(whole)
    assert lot["monetise_qty"] == 20
    assert lot["offset_after_sale_frac"] == pytest.approx(half.book["offset_m5_frac"].item())
    assert lot["shock_pnl_usd"] == pytest.approx(
        whole.scenarios.filter(part="L1", spot_shock_frac=-0.05, vol_response="base", horizon="now")["pnl_usd"].item()
    )


@pytest.mark.parametrize(("contracts", "is_blocked"), [(4, True), (120, False)])
def test_on_a_breach_a_sale_that_lays_the_book_open_is_blocked(contracts: int, is_blocked: bool) -> None:
    """4.21: below 20% after the sale it is blocked; only while a put side is breached."""
    breached = ToyMarket(spot_pts=5670.0)
    lot = lot_of(night(fills_of(*condor_fills(), bought(contracts, 0.1)), breached))
    after = float(str(lot["offset_after_sale_frac"]))
    assert (after < 0.20) is is_blocked
    assert lot["is_monetise_candidate"] is not is_blocked
    assert ("blocked: a put side is breached" in str(lot["monetise_reason"])) is is_blocked
    calm = lot_of(night(fills_of(*condor_fills(), bought(contracts, 0.1)), ToyMarket(spot_pts=5900.0)))
    assert calm["is_monetise_candidate"]
