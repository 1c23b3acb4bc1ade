"""Invented rows in the layout of Cboe DataShop's Option EOD Summary."""

import io
import zipfile
from datetime import date

import pytest

from flows.sources.errors import FileRefused
from flows.sources.recognise import parse

KEYS = "underlying_symbol,quote_date,root,expiration,strike,option_type,open,high,low,close,trade_volume"
AT_1545 = "bid_size_1545,bid_1545,ask_size_1545,ask_1545,underlying_bid_1545,underlying_ask_1545"
CALCS = (
    "implied_underlying_price_1545,active_underlying_price_1545,implied_volatility_1545,"
    "delta_1545,gamma_1545,theta_1545,vega_1545,rho_1545"
)
EOD = "bid_size_eod,bid_eod,ask_size_eod,ask_eod,underlying_bid_eod,underlying_ask_eod,vwap,open_interest,delivery_code"
QUOTES_HEADER = f"{KEYS},{AT_1545},{EOD}"
CALCS_HEADER = f"{KEYS},{AT_1545},{CALCS},{EOD}"
KEY = "^VIX,{day},VIX,2024-04-17,20.000,{right},0.5,0.7,0.4,0.6500,120"
QUOTES_ROW = KEY + ",10,0.6000,12,0.7000,14.1,14.1,11,0.6100,13,0.7200,14.2,14.2,0.61,3400,"
CALCS_ROW = (
    KEY + ",10,0.6000,12,0.7000,14.1,14.1,15.2500,14.1000,0.8800,0.2100,0.05,-0.01,0.02,0.01,"
    "11,0.6100,13,0.7200,14.2,14.2,0.61,3400,"
)


def quotes(*days: str) -> bytes:
    rows = [QUOTES_ROW.format(day=day, right=right) for day in days for right in "CP"]
    return "\r\n".join([QUOTES_HEADER, *rows, ""]).encode()


def calcs(day: str) -> bytes:
    return "\r\n".join([CALCS_HEADER, *(CALCS_ROW.format(day=day, right=right) for right in "CP"), ""]).encode()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_end_of_day_columns_are_the_quote_and_1545_columns_stay_apart() -> None:
    (load,) = parse("sample.csv", calcs("2024-03-04"))

    assert load.format == "datashop_eod_calcs"
    assert (load.series.name, load.series.known_from) == ("VIX", "content")
    assert load.stated.stated_date == date(2024, 3, 4)
    row = load.rows.row(0, named=True)
    assert {name: value for name, value in row.items() if value is not None} == {
        "source_line": 2,
        "root": "VIX",
        "expiry": "2024-04-17",
        "option_right": "C",
        "strike": "20.000",
        "bid": "0.6100",
        "ask": "0.7200",
        "last": "0.6500",
        "volume": "120",
        "open_interest": "3400",
        "bid_1545": "0.6000",
        "ask_1545": "0.7000",
        "vendor_forward_1545": "15.2500",
        "vendor_iv_1545": "0.8800",
        "vendor_delta_1545": "0.2100",
    }


def test_the_quotes_file_has_no_vendor_volatility_at_all() -> None:
    (load,) = parse("sample.csv", quotes("2024-03-04"))

    assert load.format == "datashop_eod_quotes"
    assert load.rows["vendor_iv"].null_count() == load.rows["vendor_iv_1545"].null_count() == 2


def test_a_file_of_several_quote_dates_is_one_load_a_date() -> None:
    first, second = parse("sample.csv", quotes("2024-03-04", "2024-03-05"))

    assert (first.stated.stated_date, second.stated.stated_date) == (date(2024, 3, 4), date(2024, 3, 5))
    assert (first.part, second.part) == ("2024-03-04", "2024-03-05")
    assert first.rows["source_line"].to_list() == [2, 3]
    assert second.rows["source_line"].to_list() == [4, 5]


def test_nested_zips_give_each_data_file_with_its_path_inside() -> None:
    outer = zipped(
        **{
            "Description.txt": b"Below is a list of sample files",
            "Calcs_2024-03-04.zip": zipped(**{"Calcs_2024-03-04.csv": calcs("2024-03-04")}),
            "Quotes_2024-03-04.csv": quotes("2024-03-04"),
        }
    )
    loads = parse("sample.zip", outer)

    assert [(load.member_name, load.format) for load in loads] == [
        ("Calcs_2024-03-04.zip/Calcs_2024-03-04.csv", "datashop_eod_calcs"),
        ("Quotes_2024-03-04.csv", "datashop_eod_quotes"),
    ]
    assert loads[0].content == calcs("2024-03-04")


def test_a_refused_member_refuses_the_zip_and_names_the_member() -> None:
    bad = zipped(**{"good.csv": quotes("2024-03-04"), "bad.csv": quotes("2024-03-04").replace(b"^VIX", b"^NDX")})
    with pytest.raises(FileRefused) as caught:
        parse("sample.zip", bad)

    refused = caught.value
    assert (refused.source_file, refused.rule_id, refused.source_line) == ("sample.zip/bad.csv", "unknown_root", 2)


BAD_CELLS = {
    "expiration": ("2024-04-17,20.000,C", "17.04.2024,20.000,C", "expiry_not_a_date", "expiration"),
    "option type": ("20.000,C", "20.000,X", "right_unknown", "option_type"),
    "root of the other index": ("VIX,2024-04-17,20.000,C", "SPXW,2024-04-17,20.000,C", "root_disagrees", "root"),
    "bid": (",0.6100,", ",none,", "bid_not_a_number", "bid_eod"),
    "quote date": ("2024-03-04", "yesterday", "quote_date_not_a_date", "quote_date"),
}


@pytest.mark.parametrize(("old", "new", "rule", "column"), BAD_CELLS.values(), ids=BAD_CELLS.keys())
def test_a_bad_cell_rejects_its_row(old: str, new: str, rule: str, column: str) -> None:
    (load,) = parse("sample.csv", quotes("2024-03-04").replace(old.encode(), new.encode(), 1))

    assert load.rows["option_right"].to_list() == ["P"]
    assert load.rejected.select("source_line", "rule_id", "column_name").rows() == [(2, rule, column)]


def test_rows_of_one_contract_that_differ_refuse_the_file() -> None:
    twice = quotes("2024-03-04", "2024-03-04").replace(b"0.7200", b"0.7300", 1)
    with pytest.raises(FileRefused) as caught:
        parse("sample.csv", twice)

    assert (caught.value.rule_id, caught.value.source_line) == ("duplicate_key", 4)
