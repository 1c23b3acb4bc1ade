"""Invented rows in the layouts of the vendors' series files."""

from datetime import date

import pytest

from flows.sources.errors import FileRefused
from flows.sources.parsed import ParsedFile
from flows.sources.recognise import parse

OHLC = b"DATE,OPEN,HIGH,LOW,CLOSE\n"


def only(name: str, content: bytes, hint: str | None = None) -> ParsedFile:
    (load,) = parse(name, content, series_hint=hint)
    return load


def refusal(name: str, content: bytes, hint: str | None = None) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        parse(name, content, series_hint=hint)
    return caught.value


# Index levels


def test_a_cboe_history_names_its_index_in_the_file_name_only() -> None:
    load = only("VIX9D_History.csv", OHLC + b"01/02/2024,13.1,14.2,12.9,13.5\n01/03/2024,13.6,13.9,13,13.2\n")

    assert (load.kind, load.series.name, load.series.known_from) == ("index_levels", "VIX9D", "file_name")
    assert load.rows.drop("source_line").rows() == [
        ("VIX9D", "01/02/2024", "13.1", "14.2", "12.9", "13.5"),
        ("VIX9D", "01/03/2024", "13.6", "13.9", "13", "13.2"),
    ]
    assert (load.stated.first_date, load.stated.last_date) == (date(2024, 1, 2), date(2024, 1, 3))


def test_the_configuration_beats_the_file_name_and_the_content_beats_both() -> None:
    assert only("VIX_History.csv", OHLC + b"01/02/2024,1,2,1,2\n", "VIX3M").series.name == "VIX3M"
    load = only("VIX_History.csv", b"DATE,SKEW\n01/02/2024,140.1\n", "VIX3M")
    assert (load.series.name, load.series.known_from) == ("SKEW", "content")
    assert load.rows.select("symbol", "close", "open").rows() == [("SKEW", "140.1", None)]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("SPX_daily_hlc.csv", "Date,High,Low,Close"),
        ("SPX_daily_ohlc_2024.csv", "date,open,high,low,close,prior_close"),
        ("vix_daily_iso_dates.csv", "DATE,OPEN,HIGH,LOW,CLOSE"),
    ],
)
def test_plain_daily_files_with_iso_dates_are_read(name: str, header: str) -> None:
    width = header.count(",") + 1
    values = ",".join(str(100 + position) for position in range(1, width))
    load = only(name, f"{header}\r\n2024-01-02,{values}\r\n".encode())

    assert load.series.name == name[:3].upper()
    assert load.rows.row(0, named=True)["close"] == str(100 + header.lower().split(",").index("close"))
    assert load.rows.row(0, named=True)["date"] == "2024-01-02"


def test_a_file_whose_index_nothing_tells_is_refused_with_the_setting_to_make() -> None:
    refused = refusal("history.csv", OHLC + b"01/02/2024,1,2,1,2\n")

    assert refused.rule_id == "unknown_series"
    assert '[sources] "history.csv"' in refused.hint


def test_an_index_we_do_not_store_is_refused_by_name_and_by_column() -> None:
    assert refusal("RVX_History.csv", OHLC + b"01/02/2024,1,2,1,2\n").rule_id == "unknown_series"
    assert refusal("BXM_History.csv", b"DATE,BXM\n01/02/2024,1500.1\n").column_name == "BXM"
    assert refusal("VIX_History.csv", OHLC + b"01/02/2024,1,2,1,2\n", "RUT").rule_id == "unknown_series"


def test_a_row_with_a_bad_date_or_close_is_rejected() -> None:
    load = only("VIX_History.csv", OHLC + b"01/02/2024,1,2,1,2\n13/45/2024,1,2,1,2\n01/04/2024,1,2,1,\n")

    assert load.rows.height == 1
    assert load.rejected.select("source_line", "rule_id", "column_name").rows() == [
        (3, "date_not_a_date", "Date"),
        (4, "close_not_a_number", "Close"),
    ]


# VIX futures

CFE_HEADER = b"Trade Date,Futures,Open,High,Low,Close,Settle,Change,Total Volume,EFP,Open Interest\n"
LEGAL = b"CFE data is compiled for the convenience of site visitors and is furnished without responsibility\n"


@pytest.mark.parametrize("legal", [b"", LEGAL])
def test_a_cfe_contract_file_keeps_label_and_settle_as_written(legal: bytes) -> None:
    load = only("CFE_K08_VX.csv", legal + CFE_HEADER + b"05/02/2007,K (May 08),0.00,0.00,0.00,0.00,15.21,0.10,0,0,7\n")

    assert (load.kind, load.format, load.series.name) == ("vx_futures", "cfe_contract", "VX")
    row = load.rows.row(0, named=True)
    assert row == {
        "source_line": 2 + bool(legal),
        "trade_date": "05/02/2007",
        "contract": "K (May 08)",
        "symbol": None,
        "open": "0.00",
        "high": "0.00",
        "low": "0.00",
        "close": "0.00",
        "settle": "15.21",
        "volume": "0",
        "open_interest": "7",
    }


def test_the_table_of_all_contracts_has_an_index_column_and_expiries() -> None:
    content = (
        b"," + CFE_HEADER + b"0,2024-03-04,2024-04-17,14,15,13,14.5,14.55,0.1,100,0,2000\n"
        b"1,2024-03-05,20248-04-17,14,15,13,14.5,14.55,0.1,100,0,2000\n"
    )
    load = only("vx_contracts.csv", content)

    assert load.format == "cfe_futures_table"
    # A label is kept as written, a mistyped one too: what it means is decided where contracts are typed.
    assert load.rows.select("trade_date", "contract", "settle").rows() == [
        ("2024-03-04", "2024-04-17", "14.55"),
        ("2024-03-05", "20248-04-17", "14.55"),
    ]


def test_futures_of_another_product_have_the_same_columns_and_are_refused() -> None:
    row = b"05/02/2007,K (May 08),0.00,0.00,0.00,0.00,15.21,0.10,0,0,7\n"

    assert refusal("CFE_K08_VA.csv", CFE_HEADER + row).rule_id == "unknown_series"
    assert only("CFE_K08_VA.csv", CFE_HEADER + row, "VX").series.known_from == "configuration"


# Breadth


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("NYSE_ADV_tradingview.csv", "advances"),
        ("NYSE_DECL_tradingview.csv", "declines"),
        ("NYSE_UCHG_tradingview.csv", "unchanged"),
        ("NYSE_MAHN_tradingview.csv", "new_highs"),
        ("NYSE_MALN.csv", "new_lows"),
    ],
)
def test_of_a_tradingview_export_the_close_is_taken(name: str, series: str) -> None:
    load = only(name, b"time,open,high,low,close,Volume,Volume MA\n2024-01-02,9,12,8,11,,\n2024-01-03,9,12,8,10,,")

    assert load.series.name == series
    assert load.rows.rows() == [(2, series, "2024-01-02", "11"), (3, series, "2024-01-03", "10")]


@pytest.mark.parametrize(
    ("word", "series"),
    [
        ("advn", "advances"),
        ("decln", "declines"),
        ("unchn", "unchanged"),
        ("newhi", "new_highs"),
        ("newlo", "new_lows"),
        ("advv", "up_volume"),
        ("declv", "down_volume"),
    ],
)
def test_the_unicorn_archive_has_no_header(word: str, series: str) -> None:
    load = only(f"NYSE_{word}.csv", b"20240102, 1550\n20240103, 1490\n20240199, 1\n")

    assert load.rows.rows() == [(1, series, "20240102", "1550"), (2, series, "20240103", "1490")]
    assert load.rejected["rule_id"].to_list() == ["date_not_a_date"]


def test_breadth_that_nothing_names_is_refused() -> None:
    assert refusal("export.csv", b"20240102, 1550\n").rule_id == "unknown_series"
    assert only("export.csv", b"20240102, 1550\n", "declines").series.known_from == "configuration"


# Rates


def test_a_par_curve_becomes_one_row_a_tenor_and_blank_tenors_are_left_out() -> None:
    content = b"Date,1 Mo,3 Mo,10 Yr\n1/3/24,5.54,5.48,3.91\n1/2/24,,5.46,3.95\n12/29/23,,,\n12/28/89,x,7.9,8\n"
    load = only("curve.csv", content)

    assert load.rows.rows() == [
        (2, "1/3/24", "1 Mo", "5.54"),
        (2, "1/3/24", "3 Mo", "5.48"),
        (2, "1/3/24", "10 Yr", "3.91"),
        (3, "1/2/24", "3 Mo", "5.46"),
        (3, "1/2/24", "10 Yr", "3.95"),
        (5, "12/28/89", "3 Mo", "7.9"),
        (5, "12/28/89", "10 Yr", "8"),
    ]
    assert load.rejected.select("source_line", "row_key", "rule_id").rows() == [
        (4, "", "no_yields"),
        (5, "1 Mo", "yield_pct_not_a_number"),
    ]
    assert (load.stated.first_date, load.stated.last_date) == (date(1989, 12, 28), date(2024, 1, 3))


@pytest.mark.parametrize("first_column", ["observation_date", "DATE", "observation_date".upper()])
def test_a_fred_series_is_one_tenor_and_a_dot_or_a_blank_is_no_observation(first_column: str) -> None:
    load = only("DGS3MO.csv", f"{first_column},DGS3MO\n2024-01-01,.\n2024-01-02,5.46\n2024-01-03,\n".encode())

    assert (load.kind, load.format, load.series.name) == ("rates", "fred_csv", None)
    assert load.rows.rows() == [(3, "2024-01-02", "DGS3MO", "5.46")]
    assert load.rejected.select("source_line", "rule_id").rows() == [(2, "no_yields"), (4, "no_yields")]
    assert (load.stated.first_date, load.stated.last_date) == (date(2024, 1, 2), date(2024, 1, 2))


def test_fred_series_downloaded_together_are_one_file() -> None:
    rows = b"2024-01-02,.,3.95,4.08\n2024-01-03,5.5,x,4.05\n"
    load = only("fredgraph.csv", b"observation_date,DGS1MO,DGS10,DGS30\n" + rows)

    assert load.rows.rows() == [
        (2, "2024-01-02", "DGS10", "3.95"),
        (2, "2024-01-02", "DGS30", "4.08"),
        (3, "2024-01-03", "DGS1MO", "5.5"),
        (3, "2024-01-03", "DGS30", "4.05"),
    ]
    assert load.rejected.select("source_line", "row_key", "rule_id").rows() == [(3, "DGS10", "yield_pct_not_a_number")]


def test_another_fred_series_is_refused_by_its_column() -> None:
    refused = refusal("fredgraph.csv", b"observation_date,DGS3MO,SOFR\n2024-01-02,5.46,5.4\n")

    assert (refused.rule_id, refused.source_line, refused.column_name) == ("unknown_series", 1, "SOFR")
    assert refusal("DFF.csv", b"observation_date,DFF\n2024-01-02,5.33\n").column_name == "DFF"


# Valuation


def test_shillers_table_becomes_price_earnings_and_ten_year_pe() -> None:
    header = (
        b"Date,SP500,Dividend,Earnings,Consumer Price Index,Long Interest Rate,Real Price,Real Dividend,Real Earnings,"
    )
    rows = b"1880-12-01,5.8,0.26,0.5,9.9,3.7,150,7,13,0.0\n1881-01-01,6.2,0.26,0.49,9.4,3.7,160,7,12,18.5\n"
    load = only("shiller.csv", header + b"PE10\n" + rows)

    assert (load.kind, load.format, load.rejected.height) == ("valuation", "shiller_csv", 0)
    assert load.rows.rows() == [
        (2, "1880-12-01", "SP500", "5.8"),
        (2, "1880-12-01", "Earnings", "0.5"),
        (2, "1880-12-01", "PE10", "0.0"),
        (3, "1881-01-01", "SP500", "6.2"),
        (3, "1881-01-01", "Earnings", "0.49"),
        (3, "1881-01-01", "PE10", "18.5"),
    ]
    assert (load.stated.first_date, load.stated.last_date) == (date(1880, 12, 31), date(1881, 1, 31))


def test_a_monthly_csv_of_ones_own_may_hold_one_measure_or_several() -> None:
    load = only("pcf.csv", b"month,pcf\n2024-04,16.9\n2024-05,17.2\n")
    assert (load.format, load.rows.rows()) == (
        "valuation_csv",
        [(2, "2024-04", "pcf", "16.9"), (3, "2024-05", "pcf", "17.2")],
    )
    both = only("valuation.csv", b"DATE,PE,PCF\n2024-04-30,24.1,\n2024-05-31,24.6,x\n2024-06-30,,\nJune,1,2\n")
    assert both.rows.rows() == [(2, "2024-04-30", "pe", "24.1"), (3, "2024-05-31", "pe", "24.6")]
    assert both.rejected.select("source_line", "row_key", "rule_id").rows() == [
        (3, "pcf", "value_not_a_number"),
        (4, "", "no_values"),
        (5, "", "date_not_a_date"),
    ]
    assert both.stated.last_date == date(2024, 5, 31)


def test_a_column_of_one_measure_is_no_index() -> None:
    assert only("x.csv", b"DATE,PE10\n2024-05-31,33.1\n").kind == "valuation"
    assert only("x.csv", b"DATE,SKEW\n05/31/2024,133.1\n").kind == "index_levels"
