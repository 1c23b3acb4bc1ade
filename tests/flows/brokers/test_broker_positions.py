"""A broker's list of positions, read from each of the pages brokers export, and refused where it is not understood."""

from __future__ import annotations

import datetime as dt

import pytest

from flows.sources.broker_positions import read_positions
from flows.sources.errors import FileRefused

TODAY = dt.date(2023, 2, 15)
SCHWAB_HEADER = '"Symbol","Description","Qty (Quantity)","Price","Mkt Val (Market Value)","Security Type"'
SCHWAB_ROWS = (
    '"SPXW 03/17/2023 3850.00 P","PUT S & P ...500 INDEX $3850 EXP 03/17/23","2","$14.10","$2,820.00","Option"\n'
    '"SPXW 03/17/2023 3900.00 P","PUT S & P ...500 INDEX $3900 EXP 03/17/23","-2","$19.50","-$3,900.00","Option"\n'
    '"AAPL","APPLE INC","10","$150.00","$1,500.00","Equity"\n'
)
SCHWAB_END = (
    '"Cash & Cash Investments","--","--","--","$1,000.00","Cash and Money Market"\n'
    '"Account Total","--","--","--","$1,420.00","--"\n'
)
PUTS = [("SPXW", dt.date(2023, 3, 17), "PM", "P", 3850.0, 2), ("SPXW", dt.date(2023, 3, 17), "PM", "P", 3900.0, -2)]
CALL = ("VIX", dt.date(2023, 3, 22), "AM", "C", 22.5, 4)
FUTURE = ("VX", dt.date(2023, 3, 22), "AM", None, None, -1)
CONTRACT = ("root", "expiry_date", "settlement", "right", "strike_pts", "quantity_qty")


@pytest.mark.parametrize("day", ["2023/02/15", "02/15/2023"], ids=["year first", "month first"])
def test_schwabs_page_of_one_account(day: str) -> None:
    banner = f'"Positions for account Individual ...123 as of 04:05 PM ET, {day}","","","","",""'
    read = read_positions("p.csv", f"{banner}\n\n{SCHWAB_HEADER}\n{SCHWAB_ROWS}{SCHWAB_END}".encode(), today=TODAY)
    assert read.accounts == {"Individual 123"}
    assert read.rows["account"].unique().to_list() == ["Individual 123"]
    assert read.rows.select(CONTRACT).rows() == PUTS
    assert read.set_aside_qty == 1
    assert read.stated_at == dt.datetime(2023, 2, 15, 21, 5, tzinfo=dt.UTC)


def test_schwabs_page_of_all_accounts() -> None:
    """One table an account; an account that holds nothing of ours is still spoken of."""
    text = (
        '"Positions for All-Accounts as of 04:05 PM ET, 2023/02/15"\n\n'
        f'"Individual ...123"\n{SCHWAB_HEADER}\n{SCHWAB_ROWS}{SCHWAB_END}\n'
        f'"Roth ...999"\n{SCHWAB_HEADER}\n{SCHWAB_END}'
    )
    read = read_positions("All-Accounts.csv", text.encode(), today=TODAY)
    assert read.accounts == {"Individual 123", "Roth 999"}
    assert read.rows.select("account", *CONTRACT).rows() == [("Individual 123", *row) for row in PUTS]


def flex(positions: str, *, count: int = 1) -> bytes:
    return (
        f'<FlexQueryResponse queryName="p" type="AF">\n<FlexStatements count="{count}">\n'
        f'<FlexStatement accountId="U1" fromDate="20230215" toDate="20230215">\n{positions}\n</FlexStatement>\n'
        "</FlexStatements>\n</FlexQueryResponse>\n"
    ).encode()


IBKR_CALL = (
    '<OpenPosition accountId="U1" currency="USD" assetCategory="OPT" symbol="VIX   230322C00022500" multiplier="100" '
    'strike="22.5" expiry="20230322" putCall="C" position="4" levelOfDetail="{level}" />'
)
IBKR_FUTURE = (
    '<OpenPosition accountId="U1" currency="USD" assetCategory="FUT" symbol="VXH3" multiplier="1000" strike="" '
    'expiry="20230322" putCall="" position="-1" levelOfDetail="SUMMARY" />'
)
IBKR_STOCK = '<OpenPosition accountId="U1" assetCategory="STK" symbol="AAPL" position="10" levelOfDetail="SUMMARY" />'


def test_ibkrs_open_positions() -> None:
    """Lots repeat the summary and are passed over; a statement of a day is of its end."""
    rows = "\n".join([IBKR_CALL.format(level="SUMMARY"), IBKR_CALL.format(level="LOT"), IBKR_FUTURE, IBKR_STOCK])
    read = read_positions("p.xml", flex(f"<OpenPositions>\n{rows}\n</OpenPositions>"), today=TODAY)
    assert read.rows.select("account", *CONTRACT).rows() == [("U1", *CALL), ("U1", *FUTURE)]
    assert read.set_aside_qty == 1
    assert read.stated_at == dt.datetime(2023, 2, 16, 4, 59, tzinfo=dt.UTC)
    nothing = read_positions("p.xml", flex("<OpenPositions />"), today=TODAY)
    assert nothing.rows.is_empty()
    assert nothing.accounts == {"U1"}


def test_tastytrades_page() -> None:
    text = (
        "Account,Symbol,Type,Quantity,Exp Date,DTE,Strike Price,Call/Put\n"
        "x5WX1,VIX   230322C00022500,OPTION,4,2023-03-22,35,22.5,CALL\n"
        "x5WX1,/VXH3,FUTURE,-1,2023-03-22,35,,\n"
        "x5WX1,AAPL,STOCK,10,,,,\n"
    )
    read = read_positions("p.csv", text.encode(), today=TODAY)
    assert read.rows.select("account", *CONTRACT).rows() == [("x5WX1", *CALL), ("x5WX1", *FUTURE)]
    assert (read.set_aside_qty, read.stated_at) == (1, None)


def test_a_list_of_ones_own() -> None:
    text = (
        "account,root,expiry,right,strike,quantity,remark\n"
        "A,VIX,2023-03-22,C,22.5,4,\n\nA,vx,03/22/2023,,,-1,short\nA,ES,2023-03-17,,,1,\n"
    )
    read = read_positions("p.csv", text.encode(), today=TODAY)
    assert read.rows.select("account", *CONTRACT).rows() == [("A", *CALL), ("A", *FUTURE)]
    assert read.set_aside_qty == 1


BANNER = '"Positions for account Individual ...123 as of 04:05 PM ET, 2023/02/15"\n'


@pytest.mark.parametrize(
    ("content", "rule_id", "line"),
    [
        ("a,b\n1,2\n", "header_unknown", 1),
        (f"{BANNER}{SCHWAB_HEADER}\n{SCHWAB_ROWS.replace('3900.00 P', '3900.00 X')}", "symbol_unknown", 4),
        (f"{BANNER}{SCHWAB_HEADER}\n{SCHWAB_ROWS.replace('$3900 EXP', '$3950 EXP')}", "description_differs", 4),
        (f"{BANNER}{SCHWAB_HEADER}\n{SCHWAB_ROWS.replace('-2', '-2.5')}", "not_whole_contracts", 4),
        (f"{BANNER.replace('04:05', '19:05')}{SCHWAB_HEADER}\n{SCHWAB_ROWS}", "bad_date", 1),
        (f"{SCHWAB_HEADER}\n{SCHWAB_ROWS}", "unknown_account", None),
        ("account,symbol,type,quantity\nA,VIX 2023,OPTION,1\n", "symbol_unknown", 2),
        ("account,symbol,type,quantity,strike price\nA,VIX   230322C00022500,OPTION,1,23\n", "strike_differs", 2),
        ("account,root,expiry,right,strike,quantity\nA,VIX,2023-03-22,X,22.5,4\n", "right_unknown", 2),
        ("account,root,expiry,right,strike,quantity\nA,VIX,2023-03-22,C,high,4\n", "not_a_number", 2),
        (flex("<Trades />").decode(), "section_missing", 3),
        (
            flex(f"<OpenPositions>{IBKR_FUTURE.replace('1000', '100')}</OpenPositions>").decode(),
            "multiplier_differs",
            4,
        ),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(content: str, rule_id: str, line: int | None) -> None:
    with pytest.raises(FileRefused) as refused:
        read_positions("p.csv", content.encode(), today=TODAY)
    assert (refused.value.rule_id, refused.value.source_line) == (rule_id, line)


def test_an_account_named_by_the_trader_is_spoken_of_even_when_it_holds_nothing() -> None:
    text = "account,root,expiry,right,strike,quantity\n"
    assert read_positions("p.csv", text.encode(), today=TODAY, account="A").accounts == {"A"}
