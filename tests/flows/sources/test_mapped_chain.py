"""Chains in invented layouts, read by mappings as the configuration gives them."""

import datetime as dt
import io
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from flows.sources.chain_rules import ChainMapping, ChainRules
from flows.sources.errors import FileRefused
from flows.sources.parquet_table import MAX_ROWS
from flows.sources.parsed import ParsedFile
from flows.sources.recognise import parse

BY_COLUMNS = {
    "columns": {
        "quote_date": "asof",
        "root": "class",
        "expiry": "expires",
        "right": "cp",
        "strike": "k",
        "bid": "b",
        "ask": "a",
        "volume": "vol",
        "iv": "iv_pct",
    },
    "constants": {"quote_time": "16:00"},
    "ignore": ["trader"],
    "date_format": "%d.%m.%Y",
    "right": {"call": "Call", "put": "Put"},
    "scale": {"strike": 0.001, "price": 0.01, "iv": 0.01},
}
BY_SYMBOL = {"columns": {"symbol": "occ", "bid": "bid_px", "ask": "ask_px"}}
HEADER = "asof,class,expires,cp,k,b,a,vol,iv_pct,trader"
CALL = "04.03.2024,SPXW,15.03.2024,Call,5000000,6100,6225,3,13.1,jd"
PUT = "04.03.2024,SPXW,15.03.2024,Put,5000000,5600,5660,0,13.07,jd"
SYMBOLS = "occ,bid_px,ask_px\nSPXW240315C05000000,61,62.2\nSPXW240315P05000000,56,56.6\n"


def rules(**mappings: dict[str, Any]) -> ChainRules:
    return ChainRules({name: ChainMapping.model_validate(mapping) for name, mapping in mappings.items()})


def with_columns(**columns: str) -> dict[str, Any]:
    """The first mapping with other columns."""
    return BY_COLUMNS | {"columns": BY_COLUMNS["columns"] | columns}  # type: ignore[operator]


def file(*rows: str, header: str = HEADER) -> bytes:
    return ("\n".join([header, *rows]) + "\n").encode()


def loads(content: bytes, mapping: dict[str, Any] = BY_COLUMNS, name: str = "any.csv") -> list[ParsedFile]:
    return parse(name, content, chain_rules=rules(desk=mapping))


def refusal(content: bytes, **mappings: dict[str, Any]) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        parse("any.csv", content, chain_rules=rules(**mappings))
    return caught.value


def parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def test_names_dates_rights_and_scales_are_the_mappings() -> None:
    (load,) = loads(file(CALL, PUT))

    assert (load.kind, load.format, load.series.name) == ("option_chain", "mapped_chain", "SPX")
    assert {name: value for name, value in load.rows.row(0, named=True).items() if value is not None} == {
        "source_line": 2,
        "root": "SPXW",
        "expiry": "2024-03-15",
        "option_right": "C",
        "strike": "5000.0",
        "bid": "61.0",
        "ask": "62.25",
        "volume": "3",
        "vendor_iv": "0.131",
    }
    assert load.rows.row(1, named=True)["bid"] == "56.0"


def test_the_quote_date_and_time_say_which_session_and_instant() -> None:
    first, second = loads(file(CALL, PUT, CALL.replace("04.03.", "05.03.")))

    assert (first.stated.stated_date, second.stated.stated_date) == (dt.date(2024, 3, 4), dt.date(2024, 3, 5))
    assert first.stated.stated_at == dt.datetime(2024, 3, 4, 21, tzinfo=dt.UTC)  # 16:00 EST


def test_a_time_column_is_read_in_the_mappings_zone() -> None:
    chicago = with_columns(quote_time="at") | {"constants": {}, "time_zone": "America/Chicago"}
    (load,) = loads(file(f"{CALL},15:15:30", header=f"{HEADER},at"), chicago)

    assert load.stated.stated_at == dt.datetime(2024, 3, 4, 21, 15, 30, tzinfo=dt.UTC)


def test_a_symbol_tells_the_contract_and_a_file_without_a_date_is_placed_by_what_it_lists() -> None:
    (load,) = loads(SYMBOLS.encode(), BY_SYMBOL)

    assert load.rows.select("root", "expiry", "option_right", "strike", "bid").row(1) == (
        "SPXW",
        "2024-03-15",
        "P",
        "5000.0",
        "56",
    )
    assert (load.stated.stated_date, load.stated.stated_at, load.part) == (None, None, "")


def test_a_constant_root_reads_what_would_be_refused_for_want_of_one() -> None:
    content = file("2024-03-15,5000,C,61,62.2", header="Expiration Date,Strike,Type,Bid,Ask")
    columns = {"expiry": "Expiration Date", "strike": "Strike", "right": "Type", "bid": "Bid", "ask": "Ask"}
    assert refusal(content).rule_id == "root_missing"

    (load,) = loads(content, {"columns": columns, "constants": {"root": "SPXW", "settlement": "PM"}})

    assert load.rows.select("root", "expiry", "strike").row(0) == ("SPXW", "2024-03-15", "5000")


def test_a_parquet_table_is_the_same_chain() -> None:
    (expected,) = loads(file(CALL, PUT))
    table = pl.read_csv(io.BytesIO(file(CALL, PUT))).with_columns(pl.col("asof", "expires").str.to_date("%d.%m.%Y"))
    (load,) = loads(parquet(table), name="any.parquet")

    assert load.rows["source_line"].to_list() == [1, 2]
    assert load.rows.drop("source_line").equals(expected.rows.drop("source_line"))
    assert load.stated == expected.stated


def test_a_load_says_which_mapping_read_it_and_another_once_that_is_changed() -> None:
    (load,) = loads(file(CALL))
    (same,) = loads(file(CALL), BY_COLUMNS | {"ignore": ["trader", "floor"]})
    (other,) = loads(file(CALL), BY_COLUMNS | {"scale": {"strike": 0.001, "price": 0.1, "iv": 0.01}})

    assert load.read_by.startswith("chain_mappings.desk @")
    assert same.read_by == load.read_by
    assert other.read_by != load.read_by


BAD_CELLS = {
    "right": ("Call", "C", "right_unknown", "cp"),
    "expiry in another spelling": ("15.03.2024", "2024-03-15", "expiry_unreadable", "expires"),
    "quote date": ("04.03.2024", "4 March", "quote_date_unreadable", "asof"),
    "root": ("SPXW", "", "root_missing", "class"),
    "strike": ("5000000", "five", "strike_not_a_number", "k"),
    "bid": ("6100", "x", "bid_not_a_number", "b"),
    "ask": ("6225", "-6225", "ask_negative", "a"),
    "vol": ("13.1", "high", "vendor_iv_not_a_number", "iv_pct"),
}


@pytest.mark.parametrize(("old", "new", "rule", "column"), BAD_CELLS.values(), ids=BAD_CELLS.keys())
def test_a_bad_cell_rejects_its_row_under_the_files_own_column_name(old: str, new: str, rule: str, column: str) -> None:
    (load,) = loads(file(CALL.replace(old, new, 1), PUT))

    assert load.rows["option_right"].to_list() == ["P"]
    assert load.rejected.select("source_line", "rule_id", "column_name").rows() == [(2, rule, column)]


def test_columns_that_repeat_the_symbol_must_agree_with_it() -> None:
    mapping = {"columns": BY_SYMBOL["columns"] | {"expiry": "exp", "right": "cp", "strike": "k"}}
    content = file(
        "SPXW240315C05000000,2024-03-15,C,5000,61,62.2",
        "SPXW240315C05005000,2024-03-22,C,5005,61,62.2",
        "SPXW240315C05010000,2024-03-15,P,5010,61,62.2",
        "SPXW240315C05015000,2024-03-15,C,5000,61,62.2",
        header="occ,exp,cp,k,bid_px,ask_px",
    )
    (load,) = loads(content, mapping)

    assert load.rows["source_line"].to_list() == [2]
    assert load.rejected.select("source_line", "rule_id", "column_name").rows() == [
        (3, "expiry_disagrees", "exp"),
        (4, "right_disagrees", "cp"),
        (5, "strike_disagrees", "k"),
    ]


def test_a_settlement_that_is_not_its_roots_rejects_the_row() -> None:
    """A vendor that calls the third Friday's PM series SPX means SPXW: marking it as SPX would be another contract."""
    mapping = with_columns(settlement="style")
    (load,) = loads(
        file(f"{CALL},PM", f"{CALL.replace('SPXW', 'SPX')},PM", header=f"{HEADER},style"),
        mapping,
    )

    assert load.rows["root"].to_list() == ["SPXW"]
    (rejected,) = load.rejected.rows(named=True)
    assert (rejected["source_line"], rejected["rule_id"]) == (3, "settlement_disagrees")
    assert rejected["reason"] == "SPX settles AM, the file says 'PM'."


def test_a_missing_column_is_refused_naming_the_mappings_key() -> None:
    refused = refusal(file(CALL, header=HEADER.replace(",b,", ",bid,")), desk=BY_COLUMNS)

    assert (refused.rule_id, refused.source_line, refused.column_name) == ("column_missing", 1, "b")
    assert "chain_mappings.desk.columns.bid" in refused.reason


def test_an_unknown_column_is_refused_naming_where_to_list_it() -> None:
    refused = refusal(file(f"{CALL},1", header=f"{HEADER},seq"), desk=BY_COLUMNS)

    assert (refused.rule_id, refused.source_line, refused.column_name) == ("column_unknown", 1, "seq")
    assert "chain_mappings.desk.ignore" in refused.hint


def test_a_mapped_column_that_stands_twice_is_refused() -> None:
    refused = refusal(file(f"{CALL},6100", header=f"{HEADER},b"), desk=BY_COLUMNS)

    assert (refused.rule_id, refused.column_name) == ("column_repeated", "b")


def test_two_mappings_of_one_signature_are_refused_naming_both() -> None:
    refused = refusal(file(CALL), desk=BY_COLUMNS, floor=BY_COLUMNS)

    assert refused.rule_id == "mapping_ambiguous"
    assert "chain_mappings.desk" in refused.reason
    assert "chain_mappings.floor" in refused.reason


def test_a_signature_of_more_columns_tells_two_mappings_apart() -> None:
    floor = with_columns(ask="offer") | {"signature": ["k", "offer"]}
    desk = BY_COLUMNS | {"signature": ["k", "a"]}
    loaded = parse("any.csv", file(CALL), chain_rules=rules(desk=desk, floor=floor))

    assert loaded[0].read_by.startswith("chain_mappings.desk @")


def test_the_name_of_a_file_never_chooses_a_mapping() -> None:
    refused = refusal(file("1,2", header="x,y"), any=BY_COLUMNS)

    assert refused.rule_id == "unknown_format"


REFUSED_PARQUET = {
    "no mapping fits": (parquet(pl.DataFrame({"x": [1]})), "unknown_format", None),
    "damaged": (b"PAR1" + bytes(40), "unknown_format", None),
    "not one row": (
        parquet(
            pl.DataFrame(
                {"occ": [], "bid_px": [], "ask_px": []}, schema=dict.fromkeys(BY_SYMBOL["columns"].values(), pl.String)
            )
        ),
        "truncated",
        None,
    ),
    "a list for a bid": (
        parquet(pl.DataFrame({"occ": ["SPXW240315C05000000"], "bid_px": [[1.0]], "ask_px": [2.0]})),
        "column_nested",
        "bid_px",
    ),
    "another underlying": (
        parquet(pl.DataFrame({"occ": ["NDX240315C05000000"], "bid_px": [1.0], "ask_px": [2.0]})),
        "unknown_root",
        "occ",
    ),
}


@pytest.mark.parametrize(("content", "rule", "column"), REFUSED_PARQUET.values(), ids=REFUSED_PARQUET.keys())
def test_a_parquet_table_that_cannot_be_read_is_refused(content: bytes, rule: str, column: str | None) -> None:
    refused = refusal(content, desk=BY_SYMBOL)

    assert (refused.rule_id, refused.column_name) == (rule, column)
    assert refused.hint or rule == "column_nested"


def test_more_rows_than_are_read_are_refused_by_the_footer() -> None:
    many = pl.select(occ=pl.repeat("SPXW240315C05000000", MAX_ROWS + 1), bid_px=pl.lit(1.0), ask_px=pl.lit(2.0))

    assert refusal(parquet(many), desk=BY_SYMBOL).rule_id == "parquet_too_large"


def test_a_refusal_of_a_parquet_table_counts_rows() -> None:
    twice = pl.DataFrame({"occ": ["SPXW240315C05000000"] * 2, "bid_px": [1.0, 1.5], "ask_px": [2.0, 2.0]})

    assert "any.csv, row 2, column occ: " in str(refusal(parquet(twice), desk=BY_SYMBOL))


def constants(**said: str) -> dict[str, Any]:
    return BY_COLUMNS | {"constants": said}


WRONG_MAPPINGS = {
    "no bid": ({"columns": {"symbol": "occ", "ask": "a"}}, "columns.bid is missing"),
    "no contract": ({"columns": {"bid": "b", "ask": "a", "expiry": "e", "strike": "k"}}, "columns.right is missing"),
    "no root": (
        {"columns": {"bid": "b", "ask": "a", "expiry": "e", "strike": "k", "right": "r"}},
        "neither columns.symbol, columns.root nor constants.root tells the root",
    ),
    "a date without a time": (constants(), "quote_date and quote_time go together"),
    "a time without a date": (
        BY_SYMBOL | {"constants": {"quote_time": "16:00"}},
        "quote_date and quote_time go together",
    ),
    "a column twice": (with_columns(last="b"), "the column b is mapped twice"),
    "root twice": (constants(quote_time="16:00", root="SPX"), "root is both a column and a constant"),
    "root beside a symbol": (BY_SYMBOL | {"constants": {"root": "SPX"}}, "constants.root contradicts columns.symbol"),
    "another root": (constants(quote_time="16:00") | {"constants": {"root": "NDX"}}, "'SPX', 'SPXW', 'VIX' or 'VIXW'"),
    "SPX at the close": (
        {
            "columns": {"bid": "b", "ask": "a", "expiry": "e", "strike": "k", "right": "r"},
            "constants": {"root": "SPX", "settlement": "PM"},
        },
        "SPX settles AM, not PM",
    ),
    "a time that is none": (constants(quote_time="25:00"), "constants.quote_time"),
    "a date format without a year": (BY_COLUMNS | {"date_format": "%d.%m."}, "does not write year, month and day"),
    "a zone that is none": (BY_COLUMNS | {"time_zone": "New York"}, "'New York' is no time zone"),
    "a scale of zero": (BY_COLUMNS | {"scale": {"strike": 0}}, "greater than 0"),
    "a key that is none": (BY_COLUMNS | {"colums": {}}, "colums"),
    "a field that is none": ({"columns": {"symbol": "occ", "bid": "b", "offer": "a"}}, "columns.offer"),
}


@pytest.mark.parametrize(("mapping", "found"), WRONG_MAPPINGS.values(), ids=WRONG_MAPPINGS.keys())
def test_a_mapping_that_cannot_be_right_is_refused_when_the_configuration_is_read(
    mapping: dict[str, Any], found: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        ChainMapping.model_validate(mapping)

    assert found in str(caught.value)
