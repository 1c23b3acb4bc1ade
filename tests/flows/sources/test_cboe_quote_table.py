"""Invented quotes in the layouts Cboe's download has had; every expected value stands in the text above it."""

from datetime import UTC, datetime

import polars as pl
import pytest

from flows.sources.errors import FileRefused
from flows.sources.parsed import ParsedFile
from flows.sources.recognise import parse
from warehouse.tables.raw import RAW_OPTION_QUOTES

SIDE = "Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
HEADER = f"Expiration Date,Calls,{SIDE},Strike,Puts,{SIDE}"
NAME_LINE = "Standard & Poors 500 Index,Last: 5000.25,Change:  -1.5"
DATE_LINE = '"Date: March 4, 2024 at 5:34 PM EST",Bid: 4990.5,Ask: 5010.5,Size: 1*1,Volume: 0'
SPX_ROW = (
    "Fri Mar 15 2024,SPX240315C05000000,60.5,1.5,60.1,60.9,12,0.1301,0.5102,0.0021,340,5000.00,"
    "SPX240315P05000000,55,-2,54.6,55.4,7,0.1295,-0.4898,0.0021,410"
)
SPXW_ROW = (
    "Fri Mar 15 2024,SPXW240315C05000000,61.2,1,61,62.2,3,0.131,0.5133,0.002,55,5000.00,"
    "SPXW240315P05000000,56.1,0,56,56.6,0,0.1307,-0.4867,0.002,66"
)
ROWS = (SPX_ROW, SPXW_ROW)


def table(*lines: str, end: str = "\n") -> bytes:
    return (end.join(lines) + end).encode()


def only(content: bytes, name: str = "chain.csv") -> ParsedFile:
    (load,) = parse(name, content)
    return load


def refusal(content: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        parse("chain.csv", content)
    return caught.value


def test_a_line_becomes_a_call_and_a_put_with_the_text_as_received() -> None:
    load = only(table("", NAME_LINE, DATE_LINE, HEADER, *ROWS))

    assert load.rows.columns == [name for name in RAW_OPTION_QUOTES.column_names if name != "load_id"]
    first = load.rows.row(0, named=True)
    assert {name: value for name, value in first.items() if value is not None} == {
        "source_line": 5,
        "option_symbol": "SPX240315C05000000",
        "root": "SPX",
        "expiry": "2024-03-15",
        "option_right": "C",
        "strike": "5000.00",
        "bid": "60.1",
        "ask": "60.9",
        "last": "60.5",
        "volume": "12",
        "open_interest": "340",
        "vendor_iv": "0.1301",
        "vendor_delta": "0.5102",
        "vendor_gamma": "0.0021",
    }
    assert load.rows.select("source_line", "root", "option_right", "bid").rows() == [
        (5, "SPX", "C", "60.1"),
        (5, "SPX", "P", "54.6"),
        (6, "SPXW", "C", "61"),
        (6, "SPXW", "P", "56"),
    ]
    assert load.rejected.is_empty()


def test_the_lines_above_the_table_state_level_and_instant_and_the_roots_the_series() -> None:
    load = only(table("", NAME_LINE, DATE_LINE, HEADER, *ROWS), name="misleading_vix_name.csv")

    assert load.stated.header_level_pts == 5000.25
    assert load.stated.stated_at == datetime(2024, 3, 4, 22, 34, tzinfo=UTC)  # 17:34 EST
    assert (load.kind, load.format) == ("option_chain", "cboe_quote_table")
    assert (load.series.name, load.series.known_from) == ("SPX", "content")
    assert not load.is_simulated


PREFIXED = ",".join(f"Calls {name}" for name in SIDE.split(",")), ",".join(f"Puts {name}" for name in SIDE.split(","))
LAYOUTS = {
    "without a blank line": table(NAME_LINE, DATE_LINE, HEADER, *ROWS),
    "another index name": table("S&P 500 INDEX,Last: 5000.25,Change:  0", DATE_LINE, HEADER, *ROWS),
    "date line without quotes": table(
        NAME_LINE, "Date: 4 March 2024, 5:34 PM EST,Bid: 4990.5,Ask: 5010.5,Size: 1*1,Volume: 0", HEADER, *ROWS
    ),
    "name and date line stripped": table(HEADER, *ROWS),
    "blank line under the header": table(HEADER, "", *ROWS),
    "every header line stripped": table(*ROWS),
    "columns named by side": table(f"Expiration Date,Calls,{PREFIXED[0]},Strike,Puts,{PREFIXED[1]}", *ROWS),
    "repeated names numbered": table(
        f"Expiration Date,Calls,{SIDE},Strike,Puts," + ",".join(f"{name}.1" for name in SIDE.split(",")), *ROWS
    ),
    "spreadsheet re-save": table(
        "," * 21, NAME_LINE + "," * 19, DATE_LINE + "," * 17, HEADER, *ROWS, end="\r\n"
    ).removesuffix(b"\r\n"),
    "rows with trailing commas": table(NAME_LINE, DATE_LINE, HEADER, *(row + ",," for row in ROWS)),
    "byte order mark": b"\xef\xbb\xbf" + table(NAME_LINE, DATE_LINE, HEADER, *ROWS),
    "marked simulated by a comment": table("# SIMULATED seed 7", NAME_LINE, DATE_LINE, HEADER, *ROWS),
    "quoted numbers": table(HEADER, *(row.replace(",12,", ',"12",') for row in ROWS)),
}


@pytest.mark.parametrize("content", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_of_the_table_gives_the_same_rows(content: bytes) -> None:
    expected = only(table("", NAME_LINE, DATE_LINE, HEADER, *ROWS)).rows.drop("source_line")

    assert only(content).rows.drop("source_line").equals(expected)


def test_the_older_dat_layout_has_us_dates_trailing_commas_and_three_decimals() -> None:
    load = only(
        table(
            "^SPX (S&P 500 INDEX),5000.25,-1.50,",
            "Mar 04 2024 @ 17:34 ET,Bid,4990.50,Ask,5010.50,Size,1x1,Vol,0,",
            HEADER.replace("Volume", "Vol").replace("Open Interest", "Open Int") + ",",
            "03/15/2024,SPX240315C05000000,60.5,1.5,60.1,60.9,12,0.1301,0.5102,0.0021,340,5000.000,"
            "SPX240315P05000000,55.0,-2.0,54.6,55.4,7,0.1295,-0.4898,0.0021,410,",
        )
    )

    assert load.format == "cboe_quote_table_dat"
    assert load.stated.header_level_pts == 5000.25
    assert load.stated.stated_at == datetime(2024, 3, 4, 22, 34, tzinfo=UTC)
    assert load.rows.select("source_line", "expiry", "strike", "volume", "open_interest").rows() == [
        (4, "2024-03-15", "5000.000", "12", "340"),
        (4, "2024-03-15", "5000.000", "7", "410"),
    ]


def test_a_name_line_that_begins_simulated_marks_the_file() -> None:
    assert only(table("SIMULATED S&P 500 INDEX,Last: 5000.25,Change:  0", DATE_LINE, HEADER, *ROWS)).is_simulated
    assert only(table("# SIMULATED", HEADER, *ROWS)).is_simulated


BAD_CELLS = {
    "bid is text": ("60.1", "n/a", "bid_not_a_number", "Bid"),
    "bid is blank": ("60.1", "", "bid_not_a_number", "Bid"),
    "bid is infinite": ("60.1", "inf", "bid_not_a_number", "Bid"),
    "bid is negative": ("60.1", "-60.1", "bid_negative", "Bid"),
    "ask is text": ("60.9", "?", "ask_not_a_number", "Ask"),
    "volume is text": (",12,", ",many,", "volume_not_a_number", "Volume"),
    "open interest is negative": (",340,", ",-340,", "open_interest_negative", "Open Interest"),
    "symbol cannot be read": ("SPX240315C05000000", "SPX240399C05000000", "symbol_malformed", "Calls, Puts"),
    "symbol is a put's": ("SPX240315C05000000", "SPX240315P05000000", "right_disagrees", "Calls, Puts"),
}


@pytest.mark.parametrize(("old", "new", "rule", "column"), BAD_CELLS.values(), ids=BAD_CELLS.keys())
def test_one_bad_cell_rejects_one_contract_with_line_column_rule_and_text(
    old: str, new: str, rule: str, column: str
) -> None:
    bad = SPX_ROW.replace(old, new, 1)
    load = only(table(HEADER, SPXW_ROW, bad))

    assert load.rows.height == 3
    (rejected,) = load.rejected.rows(named=True)
    assert (rejected["source_line"], rejected["rule_id"], rejected["column_name"]) == (3, rule, column)
    assert rejected["row_text"] == bad
    assert rejected["source_file"] == "chain.csv"


BAD_LINES = {
    "strike column disagrees": (",5000.00,", ",5001.00,", "strike_disagrees"),
    "strike column is text": (",5000.00,", ",five,", "strike_not_a_number"),
    "expiry column disagrees": ("Fri Mar 15 2024", "Fri Mar 22 2024", "expiry_disagrees"),
    "expiry column is no date": ("Fri Mar 15 2024", "Mon Mar 15 2024", "expiry_not_a_date"),
}


@pytest.mark.parametrize(("old", "new", "rule"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_line_whose_columns_contradict_its_symbols_loses_both_contracts(old: str, new: str, rule: str) -> None:
    load = only(table(HEADER, SPXW_ROW, SPX_ROW.replace(old, new)))

    assert load.rows["root"].unique().to_list() == ["SPXW"]
    assert load.rejected.select("source_line", "row_key", "rule_id").rows() == [
        (3, "SPX240315C05000000", rule),
        (3, "SPX240315P05000000", rule),
    ]


def test_a_strike_of_zero_is_rejected() -> None:
    zero = SPX_ROW.replace("05000000", "00000000").replace(",5000.00,", ",0.00,")

    assert only(table(HEADER, zero, SPXW_ROW)).rejected["rule_id"].to_list() == ["strike_not_positive"] * 2


def test_a_line_with_too_few_fields_is_rejected_and_the_rest_loads() -> None:
    load = only(table(HEADER, "Fri Mar 15 2024,SPX240315C05000000,60.5", SPXW_ROW))

    assert load.rows.height == 2
    assert load.rejected.select("source_line", "rule_id", "row_key").rows() == [(2, "field_count", "")]


def test_the_same_contract_twice_with_the_same_values_keeps_the_first() -> None:
    load = only(table(HEADER, SPX_ROW, SPXW_ROW, SPX_ROW))

    assert load.rows.height == 4
    assert load.rejected.select("source_line", "row_key", "rule_id").rows() == [
        (4, "SPX240315C05000000", "duplicate_row"),
        (4, "SPX240315P05000000", "duplicate_row"),
    ]


REFUSED = {
    "another underlying": (
        table(NAME_LINE, DATE_LINE, HEADER, *(row.replace("SPXW", "NVDA") for row in ROWS)),
        ("unknown_root", 5, "Calls"),
    ),
    "SPX and VIX together": (
        table(HEADER, SPX_ROW, SPXW_ROW.replace("SPXW", "VIXW")),
        ("mixed_underlyings", None, None),
    ),
    "a contract twice with different values": (
        table(HEADER, SPX_ROW, SPXW_ROW, SPX_ROW.replace("60.9", "61.9")),
        ("duplicate_key", 4, "Strike"),
    ),
    "header only": (table(NAME_LINE, DATE_LINE, HEADER), ("truncated", 3, None)),
    "last line cut": (table(HEADER, *ROWS)[:-40], ("truncated", 3, None)),
    "last line cut right before its last field": (table(HEADER, *ROWS)[:-3], ("truncated", 3, None)),
    "no quotes at all": (
        table(HEADER, SPX_ROW.replace("60.1,60.9", "0,0").replace("54.6,55.4", "0,0.00")),
        ("all_quotes_zero", 2, "Bid"),
    ),
    "a column left out": (
        table(
            HEADER.replace(",Bid", "", 1),
            *ROWS,
        ),
        ("column_missing", 1, "Bid"),
    ),
    "month word unknown": (
        table(NAME_LINE, "Date: 9 joulukuuta 2024 13:49 GMT-5,Bid: 1,Ask: 2", HEADER, *ROWS),
        ("date_line_unknown", 2, "Date"),
    ),
    "date line of another shape": (
        table(NAME_LINE, "04/03/2024 17:34", HEADER, *ROWS),
        ("date_line_unknown", 2, "Date"),
    ),
    "a stranger above the date line": (
        table(NAME_LINE, "Report of the desk", DATE_LINE, HEADER, *ROWS),
        ("name_line_unknown", 2, None),
    ),
    "not one usable row": (table(HEADER, SPX_ROW.replace("SPX", "spx")), ("no_usable_row", 2, "Calls, Puts")),
    "long layout without a root": (
        table(
            "Expiration Date,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,Type",
            "2024-03-15,60.5,1.5,60.1,60.9,12,0.13,0.51,0.002,340,5000.0,Call",
            "2024-03-15,61.2,1.0,61.0,62.2,3,0.131,0.51,0.002,55,5000.0,Call",
        ),
        ("root_missing", 3, "root"),
    ),
}


@pytest.mark.parametrize(("content", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_a_table_not_wholly_understood_is_refused_with_rule_line_and_column(
    content: bytes, expected: tuple[str, int | None, str | None]
) -> None:
    refused = refusal(content)

    assert (refused.rule_id, refused.source_line, refused.column_name) == expected
    assert refused.source_file == "chain.csv"
    assert refused.hint


def test_the_refusal_of_a_date_line_repeats_its_text() -> None:
    content = table(NAME_LINE, "Date: 9 joulukuuta 2024 13:49 GMT-5,Bid: 1,Ask: 2", HEADER, *ROWS)

    assert "9 joulukuuta 2024 13:49 GMT-5" in str(refusal(content))


def test_rows_keep_the_order_of_the_file() -> None:
    strikes = [4000 + 5 * step for step in range(400)]
    rows = [
        f"Fri Mar 15 2024,SPXW240315C{strike * 1000:08d},0,0,1,2,0,0,0,0,0,{strike}.00,"
        f"SPXW240315P{strike * 1000:08d},0,0,1,2,0,0,0,0,0"
        for strike in reversed(strikes)
    ]
    lines = only(table(HEADER, *rows)).rows

    assert lines.filter(pl.col("option_right") == "P")["strike"].to_list() == [
        f"{strike}.00" for strike in reversed(strikes)
    ]
