"""Account figures: blank is unknown, a correction replaces the whole row."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from transforms.book.accounts import AccountFigures, latest_statements, type_accounts
from warehouse.tables.core import CORE_ACCOUNTS_DAILY
from warehouse.tables.raw import RAW_ACCOUNTS

Loaded = Callable[..., pl.DataFrame]
ROW = {
    "account": "MAIN",
    "date": "2023-02-07",
    "net_liq_usd": "250,000.50",
    "margin_used_usd": "42000",
    "margin_debit_usd": "0",
    "broker_margin_usd": "",
}


def test_blank_is_unknown_and_nought_is_nought(loaded: Loaded) -> None:
    typed = type_accounts(loaded(RAW_ACCOUNTS, [ROW]))
    assert typed.rows.row(0) == (dt.date(2023, 2, 7), "MAIN", 250_000.5, 42_000.0, 0.0, None, "a")


def test_a_correction_replaces_the_whole_row(loaded: Loaded) -> None:
    first = loaded(RAW_ACCOUNTS, [ROW])
    corrected = loaded(RAW_ACCOUNTS, [ROW | {"margin_used_usd": ""}], load_id="b", day=2)
    typed = type_accounts(pl.concat([corrected, first])).rows
    assert typed.select("margin_used_usd", "load_id").row(0) == (None, "b")


def test_a_net_liquidation_value_may_be_negative(loaded: Loaded) -> None:
    assert type_accounts(loaded(RAW_ACCOUNTS, [ROW | {"net_liq_usd": "-5"}])).rows["net_liq_usd"].to_list() == [-5.0]


@pytest.mark.parametrize(
    ("change", "rule_id", "column"),
    [
        ({"account": ""}, "missing", "account"),
        ({"date": "yesterday"}, "bad_date", "date"),
        ({"date": "2023-02-11"}, "not_a_session", "date"),
        ({"net_liq_usd": "much"}, "not_a_number", "net_liq_usd"),
        ({"margin_used_usd": "-1"}, "negative_margin", "margin_used_usd"),
    ],
)
def test_what_cannot_be_read_is_named(loaded: Loaded, change: dict[str, str], rule_id: str, column: str) -> None:
    typed = type_accounts(loaded(RAW_ACCOUNTS, [ROW | change]))
    assert typed.rows.is_empty()
    assert typed.rejected.select("rule_id", "column_name").row(0) == (rule_id, column)


def test_no_account_may_be_called_like_the_sum_of_accounts(loaded: Loaded) -> None:
    typed = type_accounts(loaded(RAW_ACCOUNTS, [ROW | {"account": "all"}]))
    assert typed.rows.is_empty()
    assert typed.rejected["rule_id"].to_list() == ["reserved_account"]


def test_the_sum_row_needs_every_account() -> None:
    friday = dt.date(2026, 5, 8)
    days = [friday - dt.timedelta(days=7), friday, friday - dt.timedelta(days=3), friday + dt.timedelta(days=3)]
    rows = CORE_ACCOUNTS_DAILY.conform(
        pl.DataFrame(
            {
                "session_date": days,
                "account": ["A", "A", "B", "B"],
                "net_liq_usd": [1.0, 100.0, 50.0, 9_999.0],
                "margin_debit_usd": [0.0, 5.0, None, None],
            }
        )
    )
    found = latest_statements(rows, ["A", "B", "ALL"], session_date=friday)
    both = found["ALL"]
    assert (both.net_liq_usd, both.margin_debit_usd, both.accounts_date) == (150.0, None, days[2])
    assert found["A"].margin_debit_usd == 5.0
    for scopes in (["A", "B", "C", "ALL"], ["ALL"]):
        assert latest_statements(rows, scopes, session_date=friday)["ALL"] == AccountFigures()
