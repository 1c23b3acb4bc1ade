"""Settlement values: the trader's own CSV of SET, VRO and official closes."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from transforms.market.settlement_values import type_settlement_values
from warehouse.tables.raw import RAW_SETTLEMENT_VALUES

Loaded = Callable[..., pl.DataFrame]


def value(date: str, symbol: str, value_pts: str) -> dict[str, str]:
    return {"date": date, "symbol": symbol, "value_pts": value_pts}


def test_a_corrected_value_replaces_the_first(loaded: Loaded) -> None:
    first = loaded(RAW_SETTLEMENT_VALUES, [value("2023-02-17", "SET", "4060.1"), value("2023-02-15", "vro", "18.69")])
    corrected = loaded(RAW_SETTLEMENT_VALUES, [value("2023-02-17", "SET", "4060.21")], load_id="b", day=2)
    typed = type_settlement_values(pl.concat([first, corrected]))
    assert typed.rows.rows() == [
        (dt.date(2023, 2, 15), "VRO", 18.69, "a"),
        (dt.date(2023, 2, 17), "SET", 4060.21, "b"),
    ]
    assert typed.rejected.is_empty()


@pytest.mark.parametrize(
    ("row", "rule_id"),
    [
        (value("soon", "SET", "1"), "bad_date"),
        (value("2023-02-18", "SET", "1"), "not_a_session"),
        (value("2023-02-17", "NDX", "1"), "unknown_symbol"),
        (value("2023-02-17", "SET", ""), "missing"),
        (value("2023-02-17", "SET", "x"), "not_a_number"),
        (value("2023-02-17", "SET", "0"), "not_positive"),
    ],
)
def test_a_value_that_cannot_settle_anything_is_rejected(loaded: Loaded, row: dict[str, str], rule_id: str) -> None:
    typed = type_settlement_values(loaded(RAW_SETTLEMENT_VALUES, [row]))
    assert (typed.rows.height, typed.rejected["rule_id"].to_list()) == (0, [rule_id])
