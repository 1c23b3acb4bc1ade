"""What an option quote is good for, and what becomes of rows that are none."""

import datetime as dt

import polars as pl
import pytest

from transforms.market.quotes import QUOTE_SCHEMA, type_quotes
from transforms.market.typing_rules import Typed
from warehouse.tables.meta import META_REJECTED_ROWS
from warehouse.tables.raw import RAW_OPTION_QUOTES

PUT = {
    "load_id": "a",
    "source_line": 7,
    "option_symbol": "SPXW230317P03845000",
    "root": "SPXW",
    "expiry": "2023-03-17",
    "option_right": "P",
    "strike": "3845",
    "bid": "19.4",
    "ask": "19.9",
    "volume": "12",
    "open_interest": "1,500",
    "vendor_iv": "0.2254",
    "vendor_delta": "-0.1267",
    "vendor_gamma": "0.0007",
}


def typed(*rows: dict[str, object]) -> Typed:
    raw = pl.DataFrame([PUT | {"source_line": line} | row for line, row in enumerate(rows, start=7)])
    return type_quotes(RAW_OPTION_QUOTES.conform(raw).with_columns(source_file=pl.lit("chain.csv")))


def test_a_row_of_text_becomes_a_keyed_quote_in_points() -> None:
    assert typed({}).rows.to_dicts() == [
        {
            "load_id": "a",
            "underlying": "SPX",
            "root": "SPXW",
            "expiry_date": dt.date(2023, 3, 17),
            "settlement": "PM",
            "right": "P",
            "strike_pts": 3845.0,
            "bid_pts": 19.4,
            "ask_pts": 19.9,
            "mid_pts": pytest.approx(19.65),
            "spread_frac": pytest.approx(0.5 / 19.65),
            "mark_quality": "OK",
            "volume_qty": 12,
            "open_interest_qty": 1500,
            "vendor_iv_vol": 0.2254,
            "vendor_delta": -0.1267,
            "vendor_gamma": 0.0007,
        }
    ]


# METHODOLOGY 3.4 and 3.8: reject ask <= 0, bid > ask, relative width > 100% of mid for mid > 1; bid 0: mid up to an
# ask of 0.30, one-sided above.
@pytest.mark.parametrize(
    ("bid", "ask", "quality", "mid_pts"),
    [
        ("19.4", "19.9", "OK", 19.65),
        ("19.4", "19.4", "LOCKED", 19.4),
        ("19.9", "19.4", "CROSSED", None),
        ("0.05", "0", "NO_QUOTE", None),  # 2023-02-07, SPX 2026-12-18 200 call: a bid with a zero ask
        ("0", "0", "NO_QUOTE", None),
        ("0", "", "NO_QUOTE", None),
        (None, None, "NO_QUOTE", None),
        ("0", "0.30", "ZERO_BID", 0.15),
        ("", "0.30", "ZERO_BID", 0.15),
        ("0", "0.35", "ONE_SIDED", None),
        ("1", "3", "OK", 2.0),  # width is 100% of the mid, not more
        ("1", "3.1", "WIDE", 2.05),
        ("0.3", "1.6", "OK", 0.95),  # wide, but under a point
    ],
)
def test_each_quote_is_judged(bid: str | None, ask: str | None, quality: str, mid_pts: float | None) -> None:
    quote = typed({"bid": bid, "ask": ask}).rows.row(0, named=True)
    assert quote["mark_quality"] == quality
    assert quote["mid_pts"] == (mid_pts and pytest.approx(mid_pts))
    assert (quote["spread_frac"] is None) == (mid_pts is None)


@pytest.mark.parametrize(
    ("field", "text", "rule_id"),
    [
        ("root", "SPY", "unknown_root"),
        ("root", "VX", "unknown_root"),
        ("expiry", "2023-02-30", "bad_date"),
        ("expiry", None, "bad_date"),
        ("option_right", "X", "bad_right"),
        ("strike", "0", "bad_strike"),
        ("strike", "", "bad_strike"),
        ("bid", "n/a", "not_a_number"),
        ("ask", "nan", "not_a_number"),
        ("ask", "-0.05", "negative"),
    ],
)
def test_a_row_that_is_no_quote_is_kept_with_its_reason(field: str, text: str | None, rule_id: str) -> None:
    result = typed({field: text}, {"strike": "3850"})
    assert result.rows["strike_pts"].to_list() == [3850.0]
    (rejected,) = result.rejected.to_dicts()
    assert rejected["rule_id"] == rule_id
    assert (rejected["load_id"], rejected["source_line"], rejected["column_name"]) == ("a", 7, field)
    assert rejected["row_key"] == "SPXW230317P03845000"
    assert (text or "") in rejected["reason"]


def test_a_field_nobody_prices_with_is_noted_and_the_quote_stays() -> None:
    result = typed({"volume": "many", "vendor_iv": "?"})
    assert result.rows.select("volume_qty", "vendor_iv_vol", "bid_pts").row(0) == (None, None, 19.4)
    assert result.rejected["rule_id"].to_list() == ["not_a_number_vendor_iv", "not_a_number_volume"]


def test_the_vendors_zero_vol_means_missing() -> None:
    assert typed({"vendor_iv": "0"}).rows["vendor_iv_vol"].to_list() == [None]


def test_am_and_pm_series_of_one_friday_are_two_contracts() -> None:
    rows = typed({}, {"root": "SPX", "bid": "19.2"}).rows
    assert sorted(rows.select("root", "settlement", "bid_pts").rows()) == [("SPX", "AM", 19.2), ("SPXW", "PM", 19.4)]


def test_a_contract_listed_twice_keeps_its_last_line_and_names_the_first() -> None:
    result = typed({}, {"strike": "3845.000", "bid": "19.5"})
    assert result.rows["bid_pts"].to_list() == [19.5]
    assert result.rejected.select("source_line", "rule_id").row(0) == (7, "repeated_in_file")


def test_the_same_contract_of_two_loads_is_no_repetition() -> None:
    assert typed({}, {"load_id": "b"}).rows["load_id"].to_list() == ["a", "b"]


def test_frames_have_their_declared_columns_even_without_rows() -> None:
    result = type_quotes(RAW_OPTION_QUOTES.empty().with_columns(source_file=pl.lit("chain.csv")))
    assert result.rows.schema == QUOTE_SCHEMA
    assert result.rejected.schema == META_REJECTED_ROWS.polars_schema
