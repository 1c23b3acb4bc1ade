"""The structures: one row for each thing held, settled today or waiting for its settlement value."""

import datetime as dt

import polars as pl
import pytest

from tests.transforms.book.toy_book import (
    FRIDAY,
    MONDAY,
    ToyMarket,
    condor_fills,
    fill,
    fills_of,
    night,
    unit_fills,
)
from transforms.book.payoffs import settlement_levels
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY, CORE_SETTLEMENT_VALUES

EXPIRY, DAY_AFTER = dt.date(2026, 6, 8), dt.date(2026, 6, 9)
VIX_EXPIRY = dt.date(2026, 6, 17)
DIAGONAL = (
    fill("VIX 2026-08-19 C 21", 2, 2.5, structure="d", fees=1.0),
    fill("VIX 2026-06-17 C 25", -2, 0.5, structure="d", fees=3.0),
)


def only(frame: pl.DataFrame) -> dict[str, object]:
    (row,) = frame.to_dicts()
    return row


def close_of(day: dt.date, value: float) -> pl.DataFrame:
    levels = pl.DataFrame({"session_date": [day], "symbol": ["SPX"], "close_pts": [value]})
    return settlement_levels(index_levels=CORE_INDEX_LEVELS_DAILY.conform(levels))


def vro_of(value: float) -> pl.DataFrame:
    values = pl.DataFrame({"session_date": [VIX_EXPIRY], "symbol": ["VRO"], "value_pts": [value]})
    return settlement_levels(CORE_SETTLEMENT_VALUES.conform(values))


def test_every_kind_has_its_row() -> None:
    spread = [fill("VIX 2026-06-17 C 20", 3, 2.0, structure="s"), fill("VIX 2026-06-17 C 30", -3, 0.5, structure="s")]
    more = [fill("VX 2026-06-17", 1, 19.0, structure="f"), fill("VIX 2026-06-17 P 15", 1, 0.4, structure="p")]
    rows = night(fills_of(*condor_fills(), *unit_fills(structure="u"), *spread, *DIAGONAL, *more)).structures
    assert dict(rows.select("structure_id", "kind").rows()) == {
        "condor-1": "CONDOR",
        "u": "VIX_CALL",
        "s": "VIX_CALL_SPREAD",
        "d": "DIAGONAL",
        "f": "VX_FUTURE",
        "p": "OTHER",
    }
    assert rows["status"].unique().to_list() == ["OPEN"]
    of = {row["structure_id"]: row for row in rows.to_dicts()}
    # Premium is all that long calls and a debit spread can lose: 4 x 2.00, 4 x 2.50, 2 x 2.75 and 3 x 1.50 points.
    assert (of["u"]["max_loss_usd"], of["s"]["max_loss_usd"]) == (pytest.approx(2350.0), pytest.approx(450.0))
    assert (of["d"]["max_loss_usd"], of["f"]["max_loss_usd"]) == (None, None)
    assert "no bound" in str(of["d"]["max_loss_reason"])
    assert of["condor-1"]["max_loss_usd"] == pytest.approx(38_000)
    assert of["s"]["legs"] == "+3 VIX 2026-06-17 AM C 20, -3 VIX 2026-06-17 AM C 30"
    assert (of["u"]["quantity_qty"], of["condor-1"]["quantity_qty"], of["d"]["entry_credit_usd"]) == (4, 10, -400.0)
    assert of["p"]["part_reason"] == "a VIX put is no hedge layer"


def test_a_label_on_a_condor_and_its_hedge_is_two_rows() -> None:
    rows = night(fills_of(*condor_fills(structure="x"), *unit_fills(structure="x"))).structures
    assert rows.select("structure_id", "kind").rows() == [("x", "CONDOR"), ("x", "VIX_CALL")]


def test_what_has_expired_waits_by_name_until_its_value_is_supplied() -> None:
    for day in (EXPIRY, DAY_AFTER):
        waiting = only(night(fills_of(*condor_fills()), ToyMarket(session_date=day)).structures)
        assert (waiting["status"], waiting["kind"]) == ("AWAITING_SETTLEMENT", "CONDOR")
        assert "official close of 2026-06-08 is not supplied" in str(waiting["status_reason"])
        assert (waiting["value_usd"], waiting["pnl_usd"]) == (None, None)
    settled = only(
        night(
            fills_of(*condor_fills(fees=2.0)), ToyMarket(session_date=EXPIRY, settlements=close_of(EXPIRY, 5690.0))
        ).structures
    )
    # 12 points of credit less 10 paid, ten times, less 8 of fees.
    assert (settled["status"], settled["pnl_usd"]) == ("SETTLED", pytest.approx(2000.0 - 8.0))
    later = ToyMarket(session_date=DAY_AFTER, settlements=close_of(EXPIRY, 5690.0))
    assert night(fills_of(*condor_fills()), later).structures.is_empty()


def test_a_vix_call_waits_for_vro() -> None:
    waiting = only(night(fills_of(unit_fills()[0]), ToyMarket(session_date=VIX_EXPIRY)).structures)
    assert (waiting["status"], waiting["kind"]) == ("AWAITING_SETTLEMENT", "VIX_CALL")
    assert "VRO of 2026-06-17 is not supplied" in str(waiting["status_reason"])


def test_the_near_leg_that_waits_leaves_the_rest_of_its_diagonal_without_a_pnl() -> None:
    waiting = only(night(fills_of(*DIAGONAL), ToyMarket(session_date=VIX_EXPIRY)).structures)
    assert (waiting["status"], waiting["kind"], waiting["pnl_usd"]) == ("OPEN", "VIX_CALL", None)
    assert "VRO of 2026-06-17 is not supplied" in str(waiting["pnl_reason"])
    tonight = night(fills_of(*DIAGONAL), ToyMarket(session_date=VIX_EXPIRY, settlements=vro_of(27.0)))
    paid = only(tonight.structures)
    # The short calls were sold at 0.5 and pay 2: 300 lost; fees 4.
    assert paid["pnl_usd"] == pytest.approx(float(str(paid["value_usd"])) - 500.0 - 300.0 - 4.0)
    assert paid["pnl_usd"] == pytest.approx(tonight.book["pnl_usd"].item())


def test_partly_closed_structures_keep_what_they_have_earned() -> None:
    sold = fill("VIX 2026-06-17 C 20", -3, 5.0, on=MONDAY, structure="u", fees=2.0)
    row = only(night(fills_of(unit_fills(structure="u", fees=4.0)[0], sold), ToyMarket(session_date=MONDAY)).structures)
    assert (row["realised_pnl_usd"], row["fees_usd"], row["entry_credit_usd"]) == (900.0, 6.0, -200.0)
    assert row["pnl_usd"] == pytest.approx(float(str(row["value_usd"])) - 200.0 + 900.0 - 6.0)


@pytest.mark.parametrize("shuffle", [None, 3])
def test_structures_add_up_to_the_book_to_the_cent(shuffle: int | None) -> None:
    """Without campaigns the P&L of the structures is the P&L of the book, account by account."""
    two = [row | {"account": "B", "fill_id": f"{row['fill_id']}-b"} for row in condor_fills(structure=None, fees=6.5)]
    back = [
        fill("SPXW 2026-06-08 C 6250", 4, 2.0, on=MONDAY, fees=1.3),
        fill("SPXW 2026-06-08 C 6300", -4, 1.0, on=MONDAY, fees=1.3),
        fill("VIX 2026-06-17 C 20", -1, 3.0, on=MONDAY, structure=None, fees=0.7),
    ]
    fills = fills_of(*condor_fills(fees=6.5), *two, *unit_fills(fees=1.0), *DIAGONAL, *back)
    tonight = night(fills, ToyMarket(session_date=MONDAY), shuffle=shuffle)
    by_account = dict(tonight.structures.group_by("account").agg(pl.col("pnl_usd").sum()).rows())
    by_account["ALL"] = sum(by_account.values())
    of_book = dict(tonight.book.select("account", "pnl_usd").rows())
    assert by_account == pytest.approx(of_book, abs=0.005)
    fees = dict(tonight.structures.group_by("account").agg(pl.col("fees_usd").sum()).rows())
    assert fees == pytest.approx({"A": 4 * 6.5 + 3.0 + 4.0 + 3.3, "B": 26.0})


def test_the_same_rows_in_any_order_give_the_same_structures() -> None:
    fills = fills_of(*condor_fills(structure=None), *unit_fills(), *DIAGONAL)
    plain, mixed = (night(fills, ToyMarket(session_date=FRIDAY), shuffle=seed).structures for seed in (None, 5))
    assert plain.equals(mixed)
