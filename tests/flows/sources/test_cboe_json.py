"""Invented pages of Cboe's delayed quotes; every expected value stands in the page above it."""

import datetime as dt
import json
from typing import Any

import pytest

from flows.sources.errors import FileRefused
from flows.sources.parsed import ParsedFile
from flows.sources.recognise import parse

CALL = {
    "option": "SPXW240315C05000000",
    "bid": 61.0,
    "bid_size": 3.0,
    "ask": 62.25,
    "ask_size": 1.0,
    "iv": 0.131,
    "open_interest": 55.0,
    "volume": 3.0,
    "delta": 0.5133,
    "gamma": 0.002,
    "vega": 3.1,
    "theta": -1.2,
    "rho": 0.1,
    "theo": 61.5,
    "change": 1.0,
    "open": 60.0,
    "high": 63.0,
    "low": 60.0,
    "tick": "up",
    "last_trade_price": 61.2,
    "last_trade_time": "2024-03-04T15:59:01",
    "percent_change": 1.1,
    "prev_day_close": 60.20000076293945,
}
PUT = CALL | {"option": "SPXW240315P05000000", "bid": 56.0, "ask": 56.6, "iv": None, "last_trade_price": 56.1}
SPX_CALL = CALL | {"option": "SPX240315C05000000", "bid": 60.1, "ask": 60.9}


def page(*options: Any, **said: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON holds
    data = {
        "options": list(options),
        "symbol": "^SPX",
        "security_type": "index",
        "current_price": 5000.25,
        "close": 5000.25,
        "seqno": 25163915812,
        "last_trade_time": "2024-03-04T16:14:59",
    }
    return {"timestamp": "2024-03-05 01:52:50", "data": data | said, "symbol": "_SPX"}


def only(written: dict[str, Any] | bytes) -> ParsedFile:
    (load,) = parse("page.json", written if isinstance(written, bytes) else json.dumps(written).encode())
    return load


def refusal(written: dict[str, Any] | bytes) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        only(written)
    return caught.value


def test_a_contract_becomes_a_row_with_the_digits_as_received() -> None:
    load = only(page(CALL, PUT))

    assert {name: value for name, value in load.rows.row(0, named=True).items() if value is not None} == {
        "source_line": 1,
        "option_symbol": "SPXW240315C05000000",
        "root": "SPXW",
        "expiry": "2024-03-15",
        "option_right": "C",
        "strike": "5000.0",
        "bid": "61.0",
        "ask": "62.25",
        "last": "61.2",
        "volume": "3.0",
        "open_interest": "55.0",
        "vendor_iv": "0.131",
        "vendor_delta": "0.5133",
        "vendor_gamma": "0.002",
    }
    assert load.rows.select("source_line", "option_right", "bid", "vendor_iv").row(1) == (2, "P", "56.0", None)
    assert load.rejected.is_empty()


def test_digits_are_not_rounded_on_their_way() -> None:
    text = json.dumps(page(CALL)).replace("62.25", "62.2500").replace("0.5133", "5.133e-1")

    assert only(text.encode()).rows.select("ask", "vendor_delta").row(0) == ("62.2500", "5.133e-1")


def test_the_page_says_when_it_was_made_in_utc_and_when_the_index_printed_in_new_york() -> None:
    load = only(page(CALL))

    assert (load.kind, load.format, load.series.name) == ("option_chain", "cboe_delayed_quotes_json", "SPX")
    assert load.stated.stated_at == dt.datetime(2024, 3, 5, 1, 52, 50, tzinfo=dt.UTC)
    assert load.stated.last_print_at == dt.datetime(2024, 3, 4, 21, 14, 59, tzinfo=dt.UTC)  # 16:14:59 EST
    assert load.stated.stated_date is None
    assert load.stated.header_level_pts == 5000.25


def test_the_summer_print_is_four_hours_behind_utc() -> None:
    summer = page(CALL, last_trade_time="2024-07-01 16:14:59") | {"timestamp": "2024-07-01 20:36:41"}

    assert only(summer).stated.last_print_at == dt.datetime(2024, 7, 1, 20, 14, 59, tzinfo=dt.UTC)


def test_a_page_without_the_indexs_print_is_placed_by_its_own_time_alone() -> None:
    assert only(page(CALL, last_trade_time=None)).stated.last_print_at is None


def test_a_page_in_many_lines_is_the_same_page() -> None:
    indented = json.dumps(page(CALL, PUT), indent=2).encode()

    assert only(indented).rows.equals(only(page(CALL, PUT)).rows)


BAD_CONTRACTS = {
    "bid is text": ({"bid": "n/a"}, "bid_not_a_number", "data.options.bid"),
    "bid is null": ({"bid": None}, "bid_not_a_number", "data.options.bid"),
    "ask is NaN": ({"ask": float("nan")}, "ask_not_a_number", "data.options.ask"),
    "ask is a list": ({"ask": [1.0]}, "ask_not_a_number", "data.options.ask"),
    "ask is true": ({"ask": True}, "ask_not_a_number", "data.options.ask"),
    "volume is negative": ({"volume": -1.0}, "volume_negative", "data.options.volume"),
    "symbol cannot be read": ({"option": "SPXW240399C05000000"}, "symbol_malformed", "data.options.option"),
    "strike is zero": ({"option": "SPXW240315C00000000"}, "strike_not_positive", "data.options.option"),
}


@pytest.mark.parametrize(("change", "rule", "column"), BAD_CONTRACTS.values(), ids=BAD_CONTRACTS.keys())
def test_one_bad_field_rejects_one_contract_with_place_path_rule_and_text(
    change: dict[str, Any], rule: str, column: str
) -> None:
    load = only(page(PUT, CALL | change))

    assert load.rows["option_right"].to_list() == ["P"]
    (rejected,) = load.rejected.rows(named=True)
    assert (rejected["source_line"], rejected["rule_id"], rejected["column_name"]) == (2, rule, column)
    assert rejected["row_key"] == (CALL | change)["option"]
    assert "62.25" in rejected["row_text"] or "ask" in change


def test_what_is_no_contract_in_the_list_is_rejected_too() -> None:
    load = only(page("oops", CALL, None, 7))

    assert load.rows["source_line"].to_list() == [2]
    assert load.rejected.select("source_line", "rule_id").rows() == [
        (1, "symbol_malformed"),
        (3, "symbol_malformed"),
        (4, "symbol_malformed"),
    ]


def test_spx_and_spxw_of_one_date_are_two_contracts() -> None:
    assert only(page(CALL, SPX_CALL)).rows.select("root", "ask").rows() == [("SPXW", "62.25"), ("SPX", "60.9")]


WHOLE = json.dumps(page(CALL, PUT)).encode()
REFUSED = {
    "cut short": (WHOLE[:400], ("truncated", None, None)),
    "cut in the last brace": (WHOLE[:-1], ("truncated", None, None)),
    "no contracts": (page(), ("truncated", None, "data.options")),
    "another underlying": (
        page(CALL, PUT | {"option": "NVDA240315P00500000"}),
        ("unknown_root", 2, "data.options.option"),
    ),
    "SPX and VIX together": (
        page(CALL, PUT | {"option": "VIX240320P00014000"}),
        ("mixed_underlyings", None, None),
    ),
    "the page of another index": (page(CALL, symbol="^VIX"), ("symbol_disagrees", None, "data.symbol")),
    "a contract twice with different values": (
        page(CALL, PUT, CALL | {"ask": 63.0}),
        ("duplicate_key", 3, "data.options.option"),
    ),
    "no quotes at all": (page(CALL | {"bid": 0.0, "ask": 0.0}), ("all_quotes_zero", 1, "data.options.bid")),
    "a key left out": (
        page({name: value for name, value in CALL.items() if name != "ask"}),
        ("column_missing", None, "data.options.ask"),
    ),
    "not one usable contract": (page(CALL | {"bid": "x"}), ("no_usable_row", 1, "data.options.bid")),
    "no time": (page(CALL) | {"timestamp": None}, ("timestamp_unknown", None, "timestamp")),
    "a time with an offset": (
        page(CALL) | {"timestamp": "2024-03-05T01:52:50-05:00"},
        ("timestamp_unknown", None, "timestamp"),
    ),
    "a day without a time": (page(CALL) | {"timestamp": "2024-03-05"}, ("timestamp_unknown", None, "timestamp")),
    "a print that is no time": (
        page(CALL, last_trade_time="yesterday"),
        ("last_trade_time_unknown", None, "data.last_trade_time"),
    ),
    # 20:52:50 would be the same page's time if Cboe wrote it in New York time: before the print's 21:14:59 UTC.
    "a page made before its print": (
        page(CALL) | {"timestamp": "2024-03-04 20:52:50"},
        ("timestamps_disagree", None, "timestamp"),
    ),
    "JSON of another kind": (b'{"data": [1, 2]}', ("unknown_format", None, None)),
    "a price history": (b'{"symbol": "_SPX", "data": {"close": 1}}', ("unknown_format", None, None)),
    "nested without end": (b'{"a":' * 100_000, ("unknown_format", None, None)),
}


@pytest.mark.parametrize(("written", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_a_page_not_wholly_understood_is_refused_with_rule_place_and_path(
    written: dict[str, Any] | bytes, expected: tuple[str, int | None, str | None]
) -> None:
    refused = refusal(written)

    assert refused.rule_id == expected[0]
    assert refused.column_name == expected[2]
    assert refused.rule_id == "truncated" or refused.source_line == expected[1]
    assert refused.source_file == "page.json"
    assert refused.hint


def test_a_refusal_counts_contracts_and_a_broken_page_lines() -> None:
    assert "page.json, contract 3, column data.options.option: " in str(refusal(page(CALL, PUT, CALL | {"ask": 63.0})))
    assert "page.json, line 1: The JSON ends or breaks off" in str(refusal(WHOLE[:-1]))
