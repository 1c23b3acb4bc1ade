"""What has settled inside a structure still held stays in its P&L; without its settlement value there is no P&L."""

import datetime as dt

import polars as pl
import pytest

from tests.transforms.book.toy_book import MONDAY, ToyMarket, ToyNight, condor_fills, fill, fills_of, night, unit_fills
from transforms.book.payoffs import settlement_levels
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY, CORE_SETTLEMENT_VALUES

TUESDAY = dt.date(2026, 5, 12)
EVE, VIX_EXPIRY, AFTER = dt.date(2026, 6, 16), dt.date(2026, 6, 17), dt.date(2026, 6, 18)
UNKNOWN = "(no settlement value: VRO of 2026-06-17 is not supplied)"
DIAGONAL = (
    fill("VIX 2026-08-19 C 21", 2, 2.5, structure="d"),
    fill("VIX 2026-06-17 C 25", -2, 0.5, structure="d", fees=3.0),
)
# VRO 27: the short calls were sold at 0.5 and pay 27 - 25 = 2: 2 x 100 x (0.5 - 2), less 3 of fees.
NEAR_USD = -303.0


def vro_of(value: float) -> pl.DataFrame:
    values = pl.DataFrame({"session_date": [VIX_EXPIRY], "symbol": ["VRO"], "value_pts": [value]})
    return settlement_levels(CORE_SETTLEMENT_VALUES.conform(values))


def close_of(value: float) -> pl.DataFrame:
    levels = pl.DataFrame({"session_date": [MONDAY], "symbol": ["SPX"], "close_pts": [value]})
    return settlement_levels(index_levels=CORE_INDEX_LEVELS_DAILY.conform(levels))


def market(day: dt.date, settlements: pl.DataFrame | None = None) -> ToyMarket:
    return ToyMarket(session_date=day, settlements=settlement_levels() if settlements is None else settlements)


def layer(tonight: ToyNight, name: str) -> dict[str, object]:
    return tonight.layers.filter(layer=name).row(0, named=True)


def open_usd(tonight: ToyNight) -> float:
    return float(tonight.legs["pnl_usd"].sum())


@pytest.mark.parametrize("day", [VIX_EXPIRY, AFTER])
def test_the_far_call_of_a_diagonal_takes_its_past_into_its_layer(day: dt.date) -> None:
    """METHODOLOGY 4.10 E: after the near leg the structure is a plain long call; 63 days on, that is L1."""
    tonight = night(fills_of(*DIAGONAL), market(day, vro_of(27.0)))
    assert tonight.legs["part"].to_list() == ["L1"]
    assert tonight.engine.is_empty()
    assert layer(tonight, "L1")["pnl_usd"] == pytest.approx(open_usd(tonight) + NEAR_USD)
    assert layer(tonight, "L1")["fees_usd"] == pytest.approx(3.0)
    book = tonight.book.row(0, named=True)
    assert (book["hedge_pnl_usd"], book["second_engine_pnl_usd"]) == (pytest.approx(open_usd(tonight) + NEAR_USD), 0.0)
    assert (book["fees_usd"], book["pnl_reason"]) == (3.0, None)


def test_the_near_leg_that_was_rolled_stays_in_its_diagonal() -> None:
    rolled = fill("VIX 2026-07-22 C 26", -2, 0.8, on=VIX_EXPIRY, structure="d")
    tonight = night(fills_of(*DIAGONAL, rolled), market(VIX_EXPIRY, vro_of(27.0)))
    assert tonight.engine["pnl_usd"].to_list() == [pytest.approx(open_usd(tonight) + NEAR_USD)]
    assert tonight.book["second_engine_pnl_usd"].item() == pytest.approx(open_usd(tonight) + NEAR_USD)
    unknown = night(fills_of(*DIAGONAL, rolled), market(VIX_EXPIRY))
    assert unknown.engine["pnl_usd"].to_list() == [None]
    assert unknown.engine["value_usd"].item() == pytest.approx(tonight.engine["value_usd"].item())
    assert unknown.engine["unpriced_reason"].to_list() == [f"VIX 2026-06-17 AM C 25 {UNKNOWN}"]


def test_a_near_leg_bought_back_stays_in_its_diagonal() -> None:
    back = fill("VIX 2026-06-17 C 25", 2, 0.2, on=MONDAY, structure="d")  # 2 x 100 x (0.5 - 0.2) - 3 = 57
    sold = fill("VIX 2026-07-22 C 26", -2, 0.8, on=MONDAY, structure="d")
    tonight = night(fills_of(*DIAGONAL, back, sold), market(MONDAY))
    assert tonight.engine["pnl_usd"].to_list() == [pytest.approx(open_usd(tonight) + 57.0)]
    assert tonight.book["second_engine_pnl_usd"].item() == pytest.approx(open_usd(tonight) + 57.0)


def test_an_expired_lot_of_a_labelled_hedge_stays_in_its_pnl() -> None:
    """VRO 18 leaves four calls at 20 worthless: -4 x 100 x 2. The lot of August has 63 days by now and is the L1."""
    tonight = night(fills_of(*unit_fills(structure="hedge")), market(VIX_EXPIRY, vro_of(18.0)))
    pnl = dict(tonight.legs.select("part", "pnl_usd").iter_rows())
    assert layer(tonight, "L1")["pnl_usd"] == pytest.approx(pnl["L1"] - 800.0)
    assert layer(tonight, "L3")["pnl_usd"] == pytest.approx(pnl["L3"])
    assert tonight.book["hedge_pnl_usd"].item() == pytest.approx(open_usd(tonight) - 800.0)


@pytest.mark.parametrize("fills", [DIAGONAL, tuple(unit_fills(structure="hedge"))], ids=["diagonal", "layers"])
def test_settlement_day_is_no_jump(fills: tuple[dict[str, object], ...]) -> None:
    """P&L since entry changes over the day by the P&L of the day."""
    levels = vro_of(27.0)
    before = night(fills_of(*fills), market(EVE, levels))
    settled = night(fills_of(*fills), market(VIX_EXPIRY, levels), before=before)
    change = settled.book["pnl_usd"].item() - before.book["pnl_usd"].item()
    assert settled.book["day_pnl_usd"].item() == pytest.approx(change)


def test_without_the_settlement_value_the_part_has_no_pnl_and_names_the_leg() -> None:
    tonight = night(fills_of(*DIAGONAL), market(AFTER))
    row, book = layer(tonight, "L1"), tonight.book.row(0, named=True)
    assert (row["pnl_usd"], row["unpriced_reason"]) == (None, f"VIX 2026-06-17 AM C 25 {UNKNOWN}")
    assert row["value_usd"] == pytest.approx(tonight.legs["value_usd"].sum())
    assert row["unpriced_legs_qty"] == 0
    assert layer(tonight, "L2")["pnl_usd"] == 0.0
    assert (book["hedge_pnl_usd"], book["pnl_usd"], book["other_pnl_usd"]) == (None, None, 0.0)
    assert book["pnl_reason"] == f"VIX 2026-06-17 AM C 25 {UNKNOWN}"


def test_what_binds_nothing_still_held_is_gone() -> None:
    """Four calls settle; other labels and the other account hold on."""
    fills = [
        fill("VIX 2026-06-17 C 20", 4, 2.0, structure="old"),
        fill("VIX 2026-08-19 C 21", 4, 2.5, structure="new"),
        fill("VIX 2026-08-19 C 21", 4, 2.5, structure="old", account="B"),
    ]
    tonight = night(fills_of(*fills), market(VIX_EXPIRY))
    pnl = dict(tonight.book.select("account", "pnl_usd").iter_rows())
    each = tonight.legs["pnl_usd"][0]
    assert pnl == {"A": pytest.approx(each), "B": pytest.approx(each), "ALL": pytest.approx(2 * each)}
    assert tonight.layers.filter(layer="L1", account="ALL")["pnl_usd"].item() == pytest.approx(2 * each)


@pytest.mark.parametrize("day", [MONDAY, TUESDAY])
def test_a_lone_put_that_settled_stays_with_the_other_of_its_label(day: dt.date) -> None:
    """Sold at 9, SPX closes 100 below its strike: 100 x (9 - 100)."""
    near = fill("SPXW 2026-05-11 P 6100", -1, 9.0, structure="puts")
    far = fill("SPXW 2026-06-08 P 5500", -1, 9.0, structure="puts")
    tonight = night(fills_of(near, far), market(day, close_of(6000.0)))
    assert tonight.book["other_pnl_usd"].item() == pytest.approx(open_usd(tonight) - 9100.0)
    unknown = night(fills_of(near, far), market(day)).book.row(0, named=True)
    assert unknown["other_pnl_usd"] is None
    leg = "SPXW 2026-05-11 PM P 6100"
    assert unknown["pnl_reason"] == f"{leg} (no settlement value: official close of 2026-05-11 is not supplied)"
    alone = night(fills_of(near), market(day, close_of(6000.0))).book
    assert (alone["other_pnl_usd"].item(), alone["pnl_usd"].item()) == (0.0, 0.0)


def test_what_a_campaign_gives_its_condor_is_not_counted_once_more_as_other() -> None:
    """A put bought at 1 and sold at 3 in the condor's campaign, beside a put still held: 200, once."""
    puts = [
        fill("SPXW 2026-06-08 P 5400", 1, 1.0, structure="puts", campaign="c"),
        fill("SPXW 2026-06-08 P 5400", -1, 3.0, on=MONDAY, structure="puts", campaign="c"),
        fill("SPXW 2026-06-08 P 5500", -1, 9.0, structure="puts", campaign="c"),
    ]
    tonight = night(fills_of(*condor_fills(campaign="c"), *puts), market(MONDAY))
    assert tonight.book["pnl_usd"].item() == pytest.approx(open_usd(tonight) + 200.0)


def test_a_past_leg_of_a_campaign_without_its_value_is_named() -> None:
    old = [row | {"expiry_date": MONDAY} for row in condor_fills(campaign="c", structure="o")]
    fills = fills_of(*old, *condor_fills(campaign="c", structure="n"))
    book = night(fills, market(TUESDAY)).book.row(0, named=True)
    assert book["condor_pnl_usd"] is None
    reason = "no settlement value: official close of 2026-05-11 is not supplied"
    assert f"SPXW 2026-05-11 PM P 5700 ({reason})" in book["pnl_reason"]
