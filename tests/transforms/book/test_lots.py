"""Lots of the hedge: first in first out, what they cost and gain, when they roll, what time and the curve take."""

import datetime as dt
import random

import polars as pl
import pytest

from tests.transforms.book.toy_book import MONDAY, ToyMarket, fill, fills_of, night, unit_fills, vx_curve_of
from transforms.book.carry import carry
from transforms.book.positions import held_book
from warehouse.tables.core import CORE_VX_SETTLEMENTS_DAILY

L1 = "VIX 2026-06-17 C 20"


def lots_of(*fills: dict[str, object], market: ToyMarket | None = None) -> list[dict[str, object]]:
    return night(fills_of(*fills), market).ledger.lots.to_dicts()


def test_what_is_sold_leaves_the_oldest_lot_first() -> None:
    """Bought 4 at 2.00 and 3 at 3.00, sold 5: of the first nothing is left, of the second 2."""
    fills = [
        fill(L1, 4, 2.0, structure="h", fill_id="a"),
        fill(L1, 3, 3.0, structure="h", fill_id="b", on=MONDAY),
        fill(L1, -5, 4.0, structure="h", fill_id="c", on=MONDAY),
    ]
    (lot,) = lots_of(*fills, market=ToyMarket(session_date=MONDAY))
    assert (lot["lot_id"], lot["quantity_qty"], lot["entry_price_pts"], lot["cost_usd"]) == ("b", 2, 3.0, 600.0)


def test_lots_sum_to_positions_whatever_was_traded() -> None:
    dice = random.Random(7)  # noqa: S311 - trades, not secrets
    instruments = [L1, "VIX 2026-08-19 C 21", "VX 2026-06-17"]
    fills = [
        fill(dice.choice(instruments), dice.choice([-3, -2, -1, 1, 2, 3, 4]), 2.0 + number / 10, structure="h")
        for number in range(60)
    ]
    tonight = night(fills_of(*fills))
    open_legs = tonight.positions
    market = ToyMarket()
    lots = held_book(fills_of(*fills), market.session_date, market.mark_at).lots
    by_leg = lots.group_by("instrument_id").agg(
        quantity_qty=pl.col("quantity_qty").sum(), cost=(pl.col("quantity_qty") * pl.col("entry_price_pts")).sum()
    )
    joined = open_legs.join(by_leg, on="instrument_id", how="full", suffix="_of_lots")
    assert joined["quantity_qty"].to_list() == joined["quantity_qty_of_lots"].to_list()
    cost = (open_legs["quantity_qty"] * open_legs["entry_price_pts"]).sum()
    assert lots.select((pl.col("quantity_qty") * pl.col("entry_price_pts")).sum()).item() == pytest.approx(cost)


def test_the_figures_of_the_lots_add_up_to_those_of_the_layer() -> None:
    fills = [*unit_fills(), fill(L1, 3, 4.0, structure=None, on=MONDAY), fill("VX 2026-06-17", 1, 18.2, structure=None)]
    tonight = night(fills_of(*fills), ToyMarket(session_date=MONDAY))
    for layer in ("L1", "L2", "L3"):
        lots = tonight.ledger.lots.filter(current_layer=layer)
        row = tonight.layers.filter(account="A", layer=layer).row(0, named=True)
        for column in ("cost_usd", "value_usd", "liq_value_usd", "theta_usd_per_day", "spx_delta_usd_per_pt"):
            assert lots[column].sum() == pytest.approx(row[column]), column
        assert lots["pnl_usd"].sum() == pytest.approx(row["pnl_usd"] + row["fees_usd"])
        assert row["carry_30d_usd"] == pytest.approx(lots["decay_30d_usd"].sum() + lots["rolldown_30d_usd"].sum())


def test_a_lot_keeps_the_layer_it_was_bought_as_and_rolls_by_it() -> None:
    """Bought 103 days out as L2, today 54 days out in L1; L2 rolls at 70 days: 2026-06-10."""
    bought = fill("VIX 2026-08-19 C 21", 4, 2.5, structure=None)
    (lot,) = lots_of(bought, market=ToyMarket(session_date=dt.date(2026, 6, 26)))
    assert (lot["entry_layer"], lot["current_layer"], lot["dte_days"]) == ("L2", "L1", 54)
    assert (lot["roll_date"], lot["is_roll_due"]) == (dt.date(2026, 6, 10), True)


def test_gain_and_extrinsic_share() -> None:
    """The mark over the entry less one; the toy quotes no extrinsic value."""
    (lot,) = lots_of(fill(L1, 4, 1.0, structure=None))
    assert lot["gain_frac"] == pytest.approx(float(str(lot["mark_pts"])) - 1.0)
    assert lot["extrinsic_frac"] == 0.0
    short = lots_of(fill(L1, 4, 1.0, structure="s"), fill("VIX 2026-06-17 C 28", -4, 1.0, structure="s"))[1]
    assert short["gain_frac"] == pytest.approx(1.0 - float(str(short["mark_pts"])))


def test_a_future_costs_nothing_gains_by_its_price_and_does_not_decay() -> None:
    """Toy futures stand at 18 + 0.01 a day: 18.40 at 40 days and 18.10 at 10, so a long VX loses 0.30 x 1000 in 30."""
    (lot,) = lots_of(fill("VX 2026-06-17", 1, 16.0, structure=None))
    assert (lot["cost_usd"], lot["extrinsic_frac"]) == (0.0, None)
    assert lot["value_usd"] == lot["pnl_usd"] == pytest.approx(2_400.0)
    assert lot["gain_frac"] == pytest.approx(18.4 / 16.0 - 1)
    assert (lot["decay_30d_usd"], lot["carry_reason"]) == (0.0, None)
    assert lot["rolldown_30d_usd"] == pytest.approx(-300.0)


def test_the_future_at_entry_is_looked_up_by_the_day_of_the_fill() -> None:
    settled = pl.DataFrame(
        {"session_date": [dt.date(2026, 5, 8)], "expiry_date": [dt.date(2026, 6, 17)], "settle_pts": [18.05]}
    )
    market = ToyMarket(session_date=MONDAY, entry_futures=CORE_VX_SETTLEMENTS_DAILY.conform(settled))
    known, unknown = sorted(
        lots_of(fill(L1, 4, 2.0, structure="a"), fill(L1, 1, 2.0, structure="b", on=MONDAY), market=market),
        key=lambda lot: str(lot["structure_id"]),
    )
    assert (known["entry_forward_pts"], known["entry_forward_reason"]) == (18.05, None)
    assert unknown["entry_forward_pts"] is None
    assert unknown["entry_forward_reason"] == "no settlement of the 2026-06-17 future on 2026-05-11"


def test_an_unpriced_lot_has_no_figures_and_says_why() -> None:
    (lot,) = lots_of(fill(L1, 4, 2.0, structure=None), market=ToyMarket(unquoted=("VIX",)))
    assert lot["unpriced_reason"] == lot["carry_reason"] == "no VIX chain for this session"
    unknown = ("mark_pts", "value_usd", "gain_frac", "decay_30d_usd", "carry_30d_usd", "spx_delta_usd_per_pt")
    assert [lot[name] for name in unknown] == [None] * 6
    assert lot["cost_usd"] == 800.0


def test_beyond_the_last_contract_of_the_curve_there_is_no_roll_down() -> None:
    """The toy curve ends at 260 days; the call of 2027-03-17 has 313."""
    (lot,) = lots_of(fill("VIX 2027-03-17 C 22", 2, 3.0, structure=None))
    assert lot["decay_30d_usd"] is not None
    assert lot["rolldown_30d_usd"] is None
    assert lot["carry_reason"] == "beyond the last VX contract of tonight's curve"


def test_a_curve_of_one_contract_is_no_curve() -> None:
    legs = night(fills_of(*unit_fills())).legs
    one = vx_curve_of(ToyMarket()).head(1)
    assert carry(legs, one, 30)["carry_reason"].to_list() == ["fewer than two VX contracts on tonight's curve"] * 3
