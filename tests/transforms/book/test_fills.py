"""Fills: read once by their id, refused with a reason when they cannot be a fill."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from transforms.book.fills import type_fills
from warehouse.tables.raw import RAW_FILLS

Loaded = Callable[..., pl.DataFrame]

SHORT_PUT = {
    "fill_id": "F-1",
    "account": "MAIN",
    "filled_at": "2023-02-07T16:15:00-05:00",
    "root": "SPXW",
    "expiry": "2023-03-17",
    "option_right": "P",
    "strike": "3895",
    "quantity": "-10",
    "price": "24.95",
    "fees": "0",
    "structure": "condor-1",
    "campaign": "",
    "note": "",
}
FUTURE = SHORT_PUT | {"root": "VX", "expiry": "2023-03-22", "option_right": "", "strike": "", "price": "20.35"}


def test_an_option_fill(loaded: Loaded) -> None:
    typed = type_fills(loaded(RAW_FILLS, [SHORT_PUT]))
    assert typed.rejected.is_empty()
    assert typed.rows.row(0, named=True) == {
        "fill_id": "F-1",
        "account": "MAIN",
        "filled_at": dt.datetime(2023, 2, 7, 21, 15, tzinfo=dt.UTC),
        "root": "SPXW",
        "expiry_date": dt.date(2023, 3, 17),
        "settlement": "PM",
        "right": "P",
        "strike_pts": 3895.0,
        "quantity_qty": -10,
        "price_pts": 24.95,
        "fees_usd": 0.0,
        "structure": "condor-1",
        "campaign": None,
        "note": None,
        "broker": None,
        "effect": None,
        "order_ref": None,
        "is_time_known": True,
        "place": None,
        "load_id": "a",
    }


def test_a_future_has_neither_right_nor_strike(loaded: Loaded) -> None:
    row = type_fills(loaded(RAW_FILLS, [FUTURE])).rows.row(0, named=True)
    assert (row["settlement"], row["right"], row["strike_pts"]) == ("AM", None, None)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2023-02-07T16:15:00-05:00", dt.datetime(2023, 2, 7, 21, 15, tzinfo=dt.UTC)),
        ("2023-02-07 21:15:00.250Z", dt.datetime(2023, 2, 7, 21, 15, 0, 250_000, tzinfo=dt.UTC)),
        ("2023-02-08T02:45+0530", dt.datetime(2023, 2, 7, 21, 15, tzinfo=dt.UTC)),
    ],
)
def test_an_instant_carries_its_offset(loaded: Loaded, written: str, instant: dt.datetime) -> None:
    assert type_fills(loaded(RAW_FILLS, [SHORT_PUT | {"filled_at": written}])).rows["filled_at"].to_list() == [instant]


@pytest.mark.parametrize(
    ("change", "rule_id"),
    [
        ({"fill_id": " "}, "missing"),
        ({"account": ""}, "missing"),
        ({"filled_at": "2023-02-07T16:15:00"}, "bad_instant"),
        ({"filled_at": "02/07/2023 16:15"}, "bad_instant"),
        ({"root": "SPY"}, "unknown_root"),
        ({"expiry": "2023-02-30"}, "bad_date"),
        ({"expiry": "2023-02-06"}, "filled_after_settlement"),
        ({"option_right": "X"}, "bad_right"),
        ({"option_right": ""}, "bad_right"),
        ({"strike": ""}, "bad_strike"),
        ({"strike": "-5"}, "bad_strike"),
        ({"root": "VX"}, "future_with_strike"),
        ({"quantity": "0"}, "bad_quantity"),
        ({"quantity": "1.5"}, "bad_quantity"),
        ({"price": "-0.05"}, "bad_price"),
        ({"price": ""}, "bad_price"),
        ({"fees": "-1"}, "bad_fees"),
        ({"fees": ""}, "bad_fees"),
    ],
)
def test_what_cannot_be_a_fill_is_rejected(loaded: Loaded, change: dict[str, str], rule_id: str) -> None:
    typed = type_fills(loaded(RAW_FILLS, [SHORT_PUT | change]))
    assert (typed.rows.height, typed.rejected["rule_id"].to_list()) == (0, [rule_id])


def test_the_same_fill_again_changes_nothing(loaded: Loaded) -> None:
    again = SHORT_PUT | {"filled_at": "2023-02-07T21:15:00Z", "price": "24.950", "note": "seen in the statement"}
    first, second = loaded(RAW_FILLS, [SHORT_PUT]), loaded(RAW_FILLS, [again], load_id="b", day=2)
    typed = type_fills(pl.concat([second, first]))
    assert typed.rejected.is_empty()
    assert typed.rows.equals(type_fills(first).rows)


def test_an_id_used_again_for_another_fill_is_rejected_and_the_first_stays(loaded: Loaded) -> None:
    first = loaded(RAW_FILLS, [SHORT_PUT], load_id="z")
    other = loaded(RAW_FILLS, [SHORT_PUT | {"quantity": "-20"}], load_id="b", day=2)
    typed = type_fills(pl.concat([other, first]))
    assert typed.rows.select("quantity_qty", "load_id").row(0) == (-10, "z")
    assert typed.rejected.select("load_id", "rule_id", "row_key").row(0) == ("b", "fill_id_reused", "F-1")


def test_a_file_with_only_its_header_is_an_empty_book(loaded: Loaded) -> None:
    typed = type_fills(loaded(RAW_FILLS, [SHORT_PUT]).clear())
    assert (typed.rows.height, typed.rejected.height) == (0, 0)


@pytest.mark.parametrize("name", ["ALL", "all", " All "])
def test_no_account_may_be_called_like_the_sum_of_accounts(loaded: Loaded, name: str) -> None:
    typed = type_fills(loaded(RAW_FILLS, [SHORT_PUT | {"account": name}]))
    assert typed.rows.is_empty()
    assert typed.rejected["rule_id"].to_list() == ["reserved_account"]


@pytest.mark.parametrize(
    ("root", "expiry", "filled_at", "is_possible"),
    [
        # The third Friday: SPX settled at the open, SPXW trades to the close.
        ("SPX", "2023-03-17", "2023-03-17T10:00:00-04:00", False),
        ("SPX", "2023-03-17", "2023-03-16T16:15:00-04:00", True),
        ("SPXW", "2023-03-17", "2023-03-17T16:00:00-04:00", True),
        ("SPXW", "2023-03-17", "2023-03-17T16:10:00-04:00", False),
        ("VIX", "2023-03-22", "2023-03-22T09:45:00-04:00", False),
        ("SPXW", "2023-11-24", "2023-11-24T13:30:00-05:00", False),  # a half day closes at 13:00
    ],
)
def test_nothing_trades_after_it_has_settled(
    loaded: Loaded, root: str, expiry: str, filled_at: str, *, is_possible: bool
) -> None:
    row = SHORT_PUT | {"root": root, "expiry": expiry, "filled_at": filled_at}
    typed = type_fills(loaded(RAW_FILLS, [row]))
    assert typed.rejected["rule_id"].to_list() == ([] if is_possible else ["filled_after_settlement"])


def test_an_expiry_beyond_the_calendar_is_a_mistyped_year(loaded: Loaded) -> None:
    typed = type_fills(loaded(RAW_FILLS, [SHORT_PUT | {"expiry": "2203-03-17"}]))
    assert typed.rejected["rule_id"].to_list() == ["bad_date"]
