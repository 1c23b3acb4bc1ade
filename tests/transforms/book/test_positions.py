"""Fills to positions: first in first out, settled series out, every leg with its part."""

import datetime as dt

import polars as pl
import pytest

from tests.transforms.book.toy_book import FRIDAY, MONDAY, condor_fills, fill, fills_of, unit_fills
from transforms.book.positions import account_scopes, held_before, held_book, holdings, positions
from transforms.market.calendar import quote_table_instant
from warehouse.tables.mart import MART_POSITIONS_DAILY

CALL = "VIX 2026-06-17 C 20"


def held_on(day: dt.date, *fills: dict[str, object]) -> pl.DataFrame:
    return positions(fills_of(*fills), day, quote_table_instant(day))


def test_the_oldest_contracts_are_closed_first() -> None:
    (leg,) = held_on(
        MONDAY,
        fill(CALL, 4, 2.00, fees=2.6),
        fill(CALL, 4, 3.00, fees=2.6),
        fill(CALL, -6, 5.00, on=MONDAY, fees=3.9),
    ).to_dicts()
    # By hand: 4 x (5 - 2) + 2 x (5 - 3) = 16 points of 100 USD; two contracts bought at 3.00 remain.
    assert (leg["quantity_qty"], leg["entry_price_pts"]) == (2, 3.00)
    assert leg["realised_pnl_usd"] == pytest.approx(1600.0)
    assert leg["fees_usd"] == pytest.approx(9.1)


def test_a_sale_through_zero_opens_a_short_at_its_own_price() -> None:
    (leg,) = held_on(MONDAY, fill(CALL, 2, 2.0), fill(CALL, -5, 3.0, on=MONDAY)).to_dicts()
    assert (leg["quantity_qty"], leg["entry_price_pts"], leg["realised_pnl_usd"]) == (-3, 3.0, 200.0)
    assert leg["opened_at"].date() == MONDAY


def test_a_fill_at_the_mark_counts_and_a_later_one_does_not() -> None:
    at_the_mark, later = fill(CALL, 1, 2.0), fill(CALL, 1, 2.0)
    at_the_mark["filled_at"] = quote_table_instant(FRIDAY)
    later["filled_at"] = quote_table_instant(FRIDAY) + dt.timedelta(seconds=1)
    assert held_on(FRIDAY, at_the_mark, later)["quantity_qty"].to_list() == [1]


def test_an_am_series_is_gone_on_its_settlement_day_and_a_pm_series_at_the_close() -> None:
    am, pm = fill("SPX 2026-05-15 P 5700", 1, 9.0), fill("SPXW 2026-05-15 P 5700", 1, 9.0)
    thursday, friday = dt.date(2026, 5, 14), dt.date(2026, 5, 15)
    assert held_on(thursday, am, pm).height == 2
    assert held_on(friday, am, pm).is_empty()
    noon = dt.datetime(2026, 5, 15, 16, tzinfo=dt.UTC)
    assert positions(fills_of(am, pm), friday, noon)["root"].to_list() == ["SPXW"]


def test_third_friday_am_and_pm_series_are_two_instruments() -> None:
    legs = held_on(FRIDAY, fill("SPX 2026-05-15 P 5700", 1, 9.0), fill("SPXW 2026-05-15 P 5700", -1, 9.0))
    assert legs["quantity_qty"].to_list() == [1, -1]


@pytest.mark.parametrize("label", ["condor-1", None])
def test_last_nights_book_read_off_tonights_knows_nothing_of_what_was_traded_since(label: str | None) -> None:
    """One account sells half a call and buys a spread back on Monday, which takes its implied names apart."""
    before = [
        *(one | {"account": account} for account in ("A", "B") for one in condor_fills(structure=label)),
        fill(CALL, 4, 2.0, structure=None),
    ]
    since = [fill(CALL, -2, 5.0, structure=None, on=MONDAY), *condor_fills(structure=label)[:2]]
    for one in since[1:]:
        one |= {"filled_at": since[0]["filled_at"], "quantity_qty": -int(str(one["quantity_qty"]))}
    fills, friday = fills_of(*before, *since), quote_table_instant(FRIDAY)
    tonight = held_book(fills, MONDAY, quote_table_instant(MONDAY))
    last_night = held_before(tonight, fills, FRIDAY, friday)
    on_friday = held_book(fills_of(*before), FRIDAY, friday)
    assert last_night.holdings.equals(on_friday.holdings)
    assert last_night.lots.equals(on_friday.lots)
    assert not last_night.positions.drop("session_date").equals(tonight.positions.drop("session_date"))


def test_no_fills_hold_nothing() -> None:
    empty = held_on(FRIDAY)
    assert empty.is_empty()
    assert empty.schema == MART_POSITIONS_DAILY.polars_schema
    assert account_scopes(holdings(fills_of(), FRIDAY, quote_table_instant(FRIDAY))) == ["ALL"]


def test_instruments_are_spelled_as_a_trader_reads_them() -> None:
    legs = held_on(FRIDAY, fill(CALL, 1, 2.0), fill("VX 2026-06-17", 1, 19.0), fill("VIX 2026-06-17 C 22.5", 1, 1.0))
    assert sorted(legs["instrument_id"]) == ["VIX 2026-06-17 AM C 20", "VIX 2026-06-17 AM C 22.5", "VX 2026-06-17"]


@pytest.mark.parametrize("label", ["condor-1", None])
def test_four_legs_are_a_condor_with_or_without_a_label(label: str | None) -> None:
    legs = held_on(FRIDAY, *condor_fills(structure=label))
    assert legs["part"].to_list() == ["condor"] * 4
    assert legs["structure_id"].unique().to_list() == [label or "SPXW 2026-06-08 5650/5700/6250/6300"]
    assert legs["grouping"].unique().to_list() == ["DECLARED" if label else "INFERRED"]


def test_unlabelled_condors_of_one_expiry_are_told_apart_by_their_quantity() -> None:
    other = [
        fill(f"SPXW 2026-06-08 {right} {strike}", quantity, 5.0, structure=None)
        for right, strike, quantity in (("P", 5500, 3), ("P", 5600, -3), ("C", 6350, -3), ("C", 6450, 3))
    ]
    legs = held_on(FRIDAY, *condor_fills(structure=None), *other)
    assert legs["part"].unique().to_list() == ["condor"]
    assert legs["structure_id"].n_unique() == 2


def test_unlabelled_legs_of_two_accounts_do_not_make_one_condor() -> None:
    fills = condor_fills(structure=None)
    fills[0]["account"] = "B"
    legs = held_on(FRIDAY, *fills)
    assert set(legs.select("account", "instrument_id", "kind").rows()) == {
        ("A", "SPXW 2026-06-08 PM P 5700", "OTHER"),
        ("A", "SPXW 2026-06-08 PM C 6250", "CALL_VERTICAL"),
        ("A", "SPXW 2026-06-08 PM C 6300", "CALL_VERTICAL"),
        ("B", "SPXW 2026-06-08 PM P 5650", "OTHER"),
    }


def test_two_condors_under_one_label_are_two_structures() -> None:
    july = [row | {"expiry_date": dt.date(2026, 7, 8), "fill_id": f"{row['fill_id']}-july"} for row in condor_fills()]
    legs = held_on(FRIDAY, *condor_fills(), *july)
    assert legs["part"].unique().to_list() == ["condor"]
    assert legs["structure_id"].unique().sort().to_list() == ["condor-1 SPXW 2026-06-08", "condor-1 SPXW 2026-07-08"]


def test_wings_of_unequal_width_are_still_a_condor() -> None:
    fills = condor_fills()
    fills[3]["strike_pts"] = 6325.0
    assert held_on(FRIDAY, *fills)["part"].unique().to_list() == ["condor"]


# METHODOLOGY 2.2: L1 1..69 days, L2 70..164, L3 165..400; counted from Friday 2026-05-08.
@pytest.mark.parametrize(
    ("expiry", "part"),
    [
        ("2026-07-16", "L1"),
        ("2026-07-17", "L2"),
        ("2026-10-19", "L2"),
        ("2026-10-20", "L3"),
        ("2027-06-12", "L3"),
        ("2027-06-13", "other"),
    ],
)
def test_a_vix_call_lies_in_the_layer_of_its_days(expiry: str, part: str) -> None:
    (leg,) = held_on(FRIDAY, fill(f"VIX {expiry} C 20", 1, 2.0, structure=None)).to_dicts()
    assert leg["part"] == part
    assert (leg["part_reason"] is None) == (part != "other")


def test_a_layer_drifts_but_remembers_where_it_was_bought() -> None:
    later = dt.date(2026, 6, 30)
    legs = {leg["instrument_id"]: leg for leg in held_on(later, *unit_fills()).to_dicts()}
    august = legs["VIX 2026-08-19 AM C 21"]
    assert (august["part"], august["entry_layer"]) == ("L1", "L2")


@pytest.mark.parametrize("label", ["whatever", None])
def test_long_and_short_calls_of_two_expiries_are_a_diagonal(label: str | None) -> None:
    legs = held_on(
        FRIDAY,
        fill("VIX 2026-08-19 C 21", 2, 2.5, structure=label),
        fill("VIX 2026-06-17 C 25", -2, 0.5, structure=label),
    )
    assert legs["part"].unique().to_list() == ["second_engine"]
    assert legs["structure_id"].n_unique() == 1


def test_after_the_near_leg_settles_a_diagonal_is_a_long_call() -> None:
    fills = [fill("VIX 2026-08-19 C 21", 2, 2.5), fill("VIX 2026-06-17 C 25", -2, 0.5)]
    (leg,) = held_on(dt.date(2026, 6, 17), *fills).to_dicts()
    assert leg["part"] == "L1"


@pytest.mark.parametrize("label", ["spread", None])
def test_a_call_spread_and_a_long_future_belong_to_their_layer(label: str | None) -> None:
    legs = held_on(
        FRIDAY,
        fill(CALL, 4, 2.0, structure=label),
        fill("VIX 2026-06-17 C 28", -4, 0.7, structure=label),
        fill("VX 2026-06-17", 1, 19.0, structure=label),
    )
    assert legs["part"].to_list() == ["L1"] * 3


def test_what_is_no_hedge_is_other_and_says_why() -> None:
    legs = held_on(
        FRIDAY,
        fill("VIX 2026-06-17 C 28", -4, 0.7, structure="naked"),
        fill("VX 2026-06-17", -1, 19.0, structure="short"),
        fill("VIX 2026-06-17 P 15", 1, 0.4, structure="put"),
    )
    assert legs["part"].unique().to_list() == ["other"]
    assert legs["part_reason"].null_count() == 0
