"""Lots first in first out: they add up to the positions, whatever names are implied, over random books."""

import datetime as dt
from collections import defaultdict
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.book.toy_book import FRIDAY, MONDAY, condor_fills, fill, fills_of
from transforms.book.positions import held_book
from transforms.market.calendar import quote_table_instant

CALL = "VIX 2026-06-17 C 20"
INSTRUMENTS = (
    *(f"SPXW 2026-06-08 {right} {strike}" for right, strike in (("P", 5650), ("P", 5700), ("C", 6250), ("C", 6300))),
    "SPXW 2026-07-08 P 5700",
    CALL,
    "VIX 2026-08-19 C 21",
    "VX 2026-06-17",
)


def test_a_lot_is_what_is_left_of_the_fill_that_opened_it() -> None:
    book = held_book(
        fills_of(
            fill(CALL, 4, 2.0, fees=2.6, fill_id="one"),
            fill(CALL, 4, 3.0, fees=2.4, fill_id="two"),
            fill(CALL, -6, 5.0, on=MONDAY, fees=3.9, fill_id="out"),
        ),
        MONDAY,
        quote_table_instant(MONDAY),
    )
    (lot,) = book.lots.to_dicts()
    # By hand: four of the first and two of the second were sold; two of the second are left, with half its fees.
    assert (lot["lot_id"], lot["quantity_qty"], lot["entry_price_pts"]) == ("two", 2, 3.0)
    assert lot["fees_usd"] == pytest.approx(1.2)
    assert lot["opened_at"] == dt.datetime(2026, 5, 8, 18, tzinfo=dt.UTC)


def test_lots_remember_the_layer_each_was_bought_as() -> None:
    early, late = (
        fill("VIX 2026-08-19 C 21", 1, 2.5, structure=None),
        fill("VIX 2026-08-19 C 21", 1, 2.0, structure=None),
    )
    late["filled_at"] = dt.datetime(2026, 6, 30, 18, tzinfo=dt.UTC)
    day = dt.date(2026, 6, 30)
    lots = held_book(fills_of(early, late), day, quote_table_instant(day)).lots.sort("opened_at")
    # 103 and 50 calendar days to 2026-08-19.
    assert lots["entry_layer"].to_list() == ["L2", "L1"]
    assert lots["part"].to_list() == ["L1", "L1"]


def test_what_a_broker_says_was_closed_and_nothing_opened_is_counted() -> None:
    closing = fill(CALL, -3, 5.0, on=MONDAY) | {"effect": "CLOSE"}
    book = held_book(fills_of(fill(CALL, 1, 2.0), closing), MONDAY, quote_table_instant(MONDAY))
    assert book.unmatched.rows() == [("A", "VIX 2026-06-17 AM C 20", 2)]
    assert book.positions["quantity_qty"].to_list() == [-2]


def test_of_one_instant_the_statement_tells_the_order() -> None:
    first, second = fill(CALL, 1, 2.0, fill_id="b"), fill(CALL, 1, 3.0, fill_id="a")
    sold = fill(CALL, -1, 5.0, on=MONDAY)
    placed = fills_of(first | {"place": 0}, second | {"place": 1}, sold)
    assert held_book(placed, MONDAY, quote_table_instant(MONDAY)).lots["lot_id"].to_list() == ["a"]


trades = st.lists(
    st.tuples(
        st.sampled_from(INSTRUMENTS),
        st.integers(min_value=-6, max_value=6).filter(bool),
        st.integers(min_value=1, max_value=400),
        st.integers(min_value=0, max_value=40),
        st.sampled_from(["A", "B"]),
        st.sampled_from([None, None, "x"]),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60)
@given(written=trades, are_labelled=st.booleans())
def test_lots_add_up_to_positions_and_positions_to_fills(
    written: list[tuple[str, int, int, int, str, str | None]], *, are_labelled: bool
) -> None:
    fills = [
        fill(
            *(instrument, quantity, cents / 20),
            account=account,
            structure=label if are_labelled else None,
            fees=float(fees),
        )
        | {"filled_at": dt.datetime(2026, 5, 8, 14, number // 3, tzinfo=dt.UTC), "fill_id": f"{number:03d}"}
        for number, (instrument, quantity, cents, fees, account, label) in enumerate(written)
    ]
    book = held_book(fills_of(*fills), FRIDAY, quote_table_instant(FRIDAY))
    keys = ["account", "structure_id", "instrument_id"]
    lots = book.lots.group_by(keys).agg(
        quantity_qty=pl.col("quantity_qty").sum(), cost=(pl.col("quantity_qty") * pl.col("entry_price_pts")).sum()
    )
    both = book.positions.join(lots, on=keys, how="full", suffix="_lots", coalesce=True)
    assert both["quantity_qty"].equals(both["quantity_qty_lots"])
    cost = both["quantity_qty"] * both["entry_price_pts"]
    assert cost.to_list() == pytest.approx(both["cost"].to_list(), abs=1e-9)
    for name, total in (("A", "A"), ("B", "B")):
        expected = _one_by_one([row for row in fills if row["account"] == name])
        held = book.holdings.filter(account=total)
        open_qty = held.group_by("instrument_id").agg(pl.col("quantity_qty").sum()).rows()
        assert {key: qty for key, qty in open_qty if qty} == {key: qty for key, qty in expected[0].items() if qty}
        if not are_labelled:
            assert held["realised_pnl_usd"].sum() == pytest.approx(float(expected[1]), abs=1e-6)
        fees = sum(float(str(row["fees_usd"])) for row in fills if row["account"] == name)
        assert held["fees_usd"].sum() == pytest.approx(fees, abs=1e-9)


def _one_by_one(fills: list[dict[str, object]]) -> tuple[dict[str, int], Fraction]:
    """The slow way: contract by contract, in exact arithmetic. Open contracts and realised USD of unlabelled fills."""
    queues: defaultdict[str, list[tuple[int, Fraction]]] = defaultdict(list)
    realised = Fraction(0)
    for row in fills:
        name, size = _name(row), int(str(row["quantity_qty"]))
        side, price = (1 if size > 0 else -1), Fraction(str(row["price_pts"]))
        multiplier = 1000 if str(row["root"]) == "VX" else 100
        for _ in range(abs(size)):
            queue = queues[name]
            if queue and queue[0][0] != side:
                opened_side, opened_at = queue.pop(0)
                realised += opened_side * (price - opened_at) * multiplier
            else:
                queue.append((side, price))
    return {name: sum(side for side, _ in queue) for name, queue in queues.items()}, realised


def _name(row: dict[str, object]) -> str:
    expiry = row["expiry_date"]
    if row["strike_pts"] is None:
        return f"{row['root']} {expiry}"
    return f"{row['root']} {expiry} {row['settlement']} {row['right']} {row['strike_pts']:g}"


def test_a_fill_that_closes_two_condors_is_shared_between_them() -> None:
    """Two condors of one put strike opened on two days; one order buys back the short puts of both."""
    first = condor_fills(structure=None)
    second = [
        fill(f"SPXW 2026-06-08 {right} {strike}", quantity, price, on=MONDAY, structure=None)
        for right, strike, quantity, price in (
            ("P", 5600, 5, 12.0),
            ("P", 5700, -5, 24.0),
            ("C", 6200, -5, 14.0),
            ("C", 6310, 5, 6.0),
        )
    ]
    later = dt.date(2026, 5, 12)
    bought = fill("SPXW 2026-06-08 P 5700", 12, 20.0, on=later, structure=None, fees=12.0)
    book = held_book(fills_of(*first, *second, bought), later, quote_table_instant(later))
    short_puts = book.holdings.filter(instrument_id="SPXW 2026-06-08 PM P 5700").sort("structure_id")
    # First in first out: all ten of the first condor at 27, two of the second at 24.
    assert short_puts.select("structure_id", "quantity_qty", "realised_pnl_usd", "fees_usd").rows() == [
        ("SPXW 2026-06-08 5600/5700/6200/6310", -3, pytest.approx(2 * 4.0 * 100), pytest.approx(2.0)),
        ("SPXW 2026-06-08 5650/5700/6250/6300", 0, pytest.approx(10 * 7.0 * 100), pytest.approx(10.0)),
    ]
    assert dict(book.positions.select("structure_id", "kind").unique().rows()) == {
        "SPXW 2026-06-08 5600/5700/6200/6310": "BROKEN_WING_CONDOR",
        "SPXW 2026-06-08 5650/5700/6250/6300": "CALL_VERTICAL",
    }
