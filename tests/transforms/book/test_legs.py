"""Legs: reasons by name, signs, and figures that cannot be had."""

import polars as pl
import pytest

from tests.transforms.book.toy_book import ToyMarket, condor_fills, fill, fills_of, marks_of, night, unit_fills
from transforms.book.legs import price_legs
from warehouse.tables.core import CORE_FORWARDS_DAILY, CORE_OPTION_MARKS_DAILY, CORE_VX_SETTLEMENTS_DAILY

FILLS = fills_of(*condor_fills(), *unit_fills(), fill("VX 2026-06-17", 1, 18.0, structure=None))


def reasons(market: ToyMarket) -> dict[str, str]:
    return dict(
        night(FILLS, market).legs.filter(~pl.col("is_priced")).select("instrument_id", "unpriced_reason").rows()
    )


def test_every_leg_is_priced_on_a_whole_night() -> None:
    legs = night(FILLS).legs
    assert legs["is_priced"].all()
    assert legs["unpriced_reason"].null_count() == legs.height


def test_a_missing_chain_is_named_on_each_leg() -> None:
    found = reasons(ToyMarket(unquoted=("VIX", "VX")))
    assert found == {
        "VIX 2026-06-17 AM C 20": "no VIX chain for this session",
        "VIX 2026-08-19 AM C 21": "no VIX chain for this session",
        "VIX 2026-12-16 AM C 22": "no VIX chain for this session",
        "VX 2026-06-17": "no VX settlement for 2026-06-17 tonight",
    }


def test_a_missing_expiry_a_missing_strike_and_a_bad_quote_are_told_apart() -> None:
    market = ToyMarket(crossed=("VIX 2026-06-17 C 20",))
    marks = marks_of(FILLS, market)
    absent = (pl.col("expiry_date").cast(pl.String) == "2026-12-16") | (pl.col("strike_pts") == 21.0)
    august_25 = marks.filter(strike_pts=21.0).with_columns(strike_pts=25.0)
    legs = price_legs(
        night(FILLS).positions,
        pl.concat([marks.filter(~absent), august_25]),
        CORE_FORWARDS_DAILY.empty(),
        vx=CORE_VX_SETTLEMENTS_DAILY.empty(),
        spot_pts=6000.0,
    )
    found = dict(legs.filter(pl.col("root") == "VIX").select("expiry_date", "unpriced_reason").iter_rows())
    assert list(found.values()) == [
        "no mark: CROSSED quote",
        "strike 21.0 C is not in tonight's chain",
        "expiry 2026-12-16 of VIX is not in tonight's chain",
    ]


def test_signs_of_every_kind_of_leg() -> None:
    """METHODOLOGY 12 R2: a short put is long SPX, a short call short; long VIX calls and futures are short SPX."""
    legs = night(FILLS).legs.sort("root", "right", "strike_pts")
    signs = {row["instrument_id"]: row["delta_usd_per_pt"] > 0 for row in legs.to_dicts()}
    assert signs == {
        "SPXW 2026-06-08 PM P 5650": False,
        "SPXW 2026-06-08 PM P 5700": True,
        "SPXW 2026-06-08 PM C 6250": False,
        "SPXW 2026-06-08 PM C 6300": True,
        "VIX 2026-06-17 AM C 20": False,
        "VIX 2026-08-19 AM C 21": False,
        "VIX 2026-12-16 AM C 22": False,
        "VX 2026-06-17": False,
    }


def test_the_two_vegas_never_stand_in_one_column() -> None:
    legs = night(FILLS).legs
    is_spx = pl.col("root") == "SPXW"
    assert legs.filter(is_spx)["volvol_vega_usd_per_volpt"].is_null().all()
    assert legs.filter(~is_spx)["vega_usd_per_volpt"].is_null().all()


def test_a_future_is_worth_its_open_profit() -> None:
    (future,) = night(FILLS).legs.filter(root="VX").to_dicts()
    assert future["mark_pts"] == pytest.approx(18.4)
    assert future["value_usd"] == pytest.approx(400.0)
    assert future["pnl_usd"] == pytest.approx(400.0)
    assert future["theta_usd_per_day"] == 0.0


def test_a_long_sells_at_the_bid_and_a_short_buys_at_the_ask() -> None:
    legs = night(FILLS).legs.filter(root="SPXW")
    cost = (legs["value_usd"] - legs["liq_value_usd"]).to_list()
    assert cost == pytest.approx([50.0] * 4)


def test_without_spot_there_is_a_value_but_no_spx_delta() -> None:
    legs = price_legs(
        night(FILLS).positions,
        marks_of(FILLS, ToyMarket()),
        CORE_FORWARDS_DAILY.empty(),
        vx=CORE_VX_SETTLEMENTS_DAILY.empty(),
        spot_pts=None,
    ).filter(pl.col("root") != "VX")
    assert legs["value_usd"].null_count() == 0
    assert legs["delta_usd_per_pt"].null_count() == legs.height


def test_no_positions_no_legs() -> None:
    empty = price_legs(
        night(fills_of()).positions,
        CORE_OPTION_MARKS_DAILY.empty(),
        CORE_FORWARDS_DAILY.empty(),
        vx=CORE_VX_SETTLEMENTS_DAILY.empty(),
        spot_pts=6000.0,
    )
    assert empty.is_empty()
