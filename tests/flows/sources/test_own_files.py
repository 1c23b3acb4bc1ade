import pytest

from flows.sources.errors import FileRefused
from flows.sources.recognise import parse

FILLS = "fill_id,account,filled_at,root,expiry,right,strike,quantity,price,fees,structure,campaign,note"


def test_a_fill_is_kept_as_written() -> None:
    row = 'F-1,main,2024-03-04T10:15:00-05:00,SPXW,2024-04-19,P,4700,-2,31.5,2.60,IC-1,C-1,"sold, at mid"'
    (load,) = parse("book.csv", f"{FILLS}\n{row}\n".encode())

    assert (load.kind, load.format, load.series.name) == ("fills", "fills_csv", None)
    row_kept = load.rows.row(0, named=True)
    assert {name: value for name, value in row_kept.items() if value is not None} == {
        "source_line": 2,
        "fill_id": "F-1",
        "account": "main",
        "filled_at": "2024-03-04T10:15:00-05:00",
        "root": "SPXW",
        "expiry": "2024-04-19",
        "option_right": "P",
        "strike": "4700",
        "quantity": "-2",
        "price": "31.5",
        "fees": "2.60",
        "structure": "IC-1",
        "campaign": "C-1",
        "note": "sold, at mid",
    }


def test_a_future_leaves_right_and_strike_blank() -> None:
    row = "F-2,main,2024-03-04T10:15:00-05:00,VX,2024-04-17,,,1,15.2,2.4,,,"
    (load,) = parse("book.csv", f"{FILLS}\n{row}\n".encode())

    assert load.rows.select("option_right", "strike", "note").row(0) == (None, None, None)


@pytest.mark.parametrize("content", [FILLS, FILLS + "\n", FILLS + "\r\n\r\n"])
def test_a_fills_file_with_only_its_header_is_an_empty_book(content: str) -> None:
    (load,) = parse("book.csv", content.encode())

    assert load.rows.is_empty()
    assert load.rejected.is_empty()


def test_another_header_is_refused_and_the_difference_named() -> None:
    with pytest.raises(FileRefused) as caught:
        parse("book.csv", FILLS.replace("quantity", "qty").encode())

    refused = caught.value
    assert (refused.rule_id, refused.source_line, refused.column_name) == ("header_unknown", 1, "qty")
    assert "without 'quantity'; with the unknown 'qty'" in refused.reason


def test_columns_of_a_fills_file_are_found_by_name() -> None:
    names, fields = (
        FILLS.split(","),
        ["F-1", "main", "2024-03-04T10:15:00-05:00", "VX", "2024-04-17", "", "", "1", "15.2", "2.4", "", "", ""],
    )
    shuffled = f"{','.join(reversed(names))}\n{','.join(reversed(fields))}\n"
    (load,) = parse("book.csv", shuffled.encode())
    assert load.rows.select("fill_id", "root", "quantity", "price").row(0) == ("F-1", "VX", "1", "15.2")


def test_a_cut_fills_file_is_refused_and_a_fill_without_an_id_rejected() -> None:
    with pytest.raises(FileRefused) as caught:
        parse("book.csv", f"{FILLS}\nF-1,main,2024-03-04T10:15:00-05:00,SPX".encode())
    assert (caught.value.rule_id, caught.value.source_line) == ("truncated", 2)

    row = ",main,2024-03-04T10:15:00-05:00,VX,2024-04-17,,,1,15.2,2.4,,,"
    (load,) = parse("book.csv", f"{FILLS}\n{row}\nF-2{row}\n".encode())
    assert load.rejected.select("source_line", "rule_id").rows() == [(2, "fill_id_missing")]


def test_accounts_and_settlement_values_are_kept_as_written() -> None:
    (accounts,) = parse(
        "accounts.csv",
        b"account,date,net_liq_usd,margin_used_usd,margin_debit_usd,broker_margin_usd\nmain,2024-03-04,250000,50000,0,\n",
    )
    assert accounts.rows.row(0) == (2, "main", "2024-03-04", "250000", "50000", "0", None)

    (settled,) = parse("set.csv", b"date,symbol,value_pts\n2024-03-15,SET,5123.45\n2024-03-15,SPX,x\n")
    assert settled.rows.row(0) == (2, "2024-03-15", "SET", "5123.45")
    assert settled.rejected["rule_id"].to_list() == ["value_pts_not_a_number"]


def test_a_calendar_is_read_with_and_without_a_status_column() -> None:
    header = "date,event,detail,ref_period,time_et,source"
    (load,) = parse("events.csv", f'{header}\n2024-03-12,cpi,"Consumer prices, February",2024-02,08:30,bls\n'.encode())
    assert load.rows.row(0) == (2, "2024-03-12", "cpi", "Consumer prices, February", "2024-02", "08:30", None, "bls")

    (with_status,) = parse(
        "events.csv", b"date,event,detail,ref_period,time_et,status,source\n2024-03-20,fomc,,,14:00,postponed,fed\n"
    )
    assert with_status.rows.select("kind", "status", "source").row(0) == ("fomc", "postponed", "fed")


@pytest.mark.parametrize(
    "content",
    [
        b"SIMULATED?\n1,2\n",
        b"7z\xbc\xaf\x27\x1c\x00\x04",
        b"800\t1160.9\t0\n",
        b"Date,SP500,PE10\n1871-01-01,4.44,0\n",
        b"",
        b"\xff\xfe",
    ],
)
def test_what_no_format_fits_is_refused_with_a_plain_sentence(content: bytes) -> None:
    with pytest.raises(FileRefused) as caught:
        parse("stranger.bin", content)

    assert caught.value.rule_id == "unknown_format"
    assert str(caught.value).startswith("stranger.bin")


SIMULATED = {
    "fills": f"{FILLS}\n",
    "index": "DATE,SKEW\n01/02/2024,140\n",
    "breadth": "20240102, 1550\n",
    "rates": "Date,1 Mo\n1/3/24,5.5\n",
    "settlement": "date,symbol,value_pts\n2024-03-15,SET,5123.45\n",
}


@pytest.mark.parametrize("text", SIMULATED.values(), ids=SIMULATED.keys())
def test_a_first_line_marks_any_file_as_simulated_and_lines_keep_their_numbers(text: str) -> None:
    (plain,) = parse("NYSE_advn.csv", text.encode())
    (marked,) = parse("NYSE_advn.csv", f"# SIMULATED market, seed 7\n{text}".encode())

    assert (plain.is_simulated, marked.is_simulated) == (False, True)
    assert marked.rows.drop("source_line").equals(plain.rows.drop("source_line"))
    assert marked.rows["source_line"].to_list() == [line + 1 for line in plain.rows["source_line"].to_list()]
