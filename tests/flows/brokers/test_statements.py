"""What brokers do beside trading: statements that overlap, rows taken back, settlements, other things, accounts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flows.sources.book_statements import parse_statement
from flows.sources.errors import FileRefused
from flows.sources.instruments import vix_future
from tests.flows.brokers.broker_writers import (
    SCHWAB_HEADER,
    TASTY_HEADERS,
    condor_trades,
    flex_xml,
    future_trades,
    schwab_csv,
    tastytrade_csv,
)
from tests.flows.brokers.typed_book import File, book, events, raw_of, typed
from transforms.book.broker_rows import SET_ASIDE

ACCOUNT = "U1234567"
TRADES = condor_trades()
TASTY_NAME = f"tastytrade_transactions_history_x{ACCOUNT}_230201_to_230301.csv"
TASTY = TASTY_HEADERS["2024 with total"]
WRITERS = {
    "tastytrade": lambda trades: (TASTY_NAME, tastytrade_csv(trades)),
    "schwab": lambda trades: ("transactions.csv", schwab_csv(trades)),
    "ibkr": lambda trades: ("flex.xml", flex_xml(trades)),
}


def ids(rows: pl.DataFrame) -> list[str]:
    return rows["fill_id"].sort().to_list()


@pytest.mark.parametrize("broker", WRITERS)
def test_overlapping_statements_give_the_whole_once(broker: str) -> None:
    """Three exports, each a part, two of them the same: the book of the one that has all, by the same names."""
    write = WRITERS[broker]
    whole = typed(write(TRADES)).rows
    parts = typed(write(TRADES[:8]), write(TRADES[3:]), write(TRADES[3:]))
    assert parts.rejected.is_empty()
    assert_frame_equal(
        parts.rows.drop("load_id", "place").sort("fill_id"), whole.drop("load_id", "place").sort("fill_id")
    )


@pytest.mark.parametrize("broker", ["tastytrade", "schwab"])
def test_two_trades_that_read_the_same_are_two(broker: str) -> None:
    """Neither broker numbers its rows: twins of one statement count twice, in however many statements they stand."""
    first = TRADES[4]
    twins = [first, replace(first, number=90), replace(first, number=91)]
    write = WRITERS[broker]
    alone, again = typed(write(twins[:1])), typed(write(twins[:1]), write(twins), write(twins[:2]))
    assert alone.rows["quantity_qty"].to_list() == [4]
    assert again.rows["quantity_qty"].to_list() == [4, 4, 4]
    assert set(ids(alone.rows)) < set(ids(again.rows))


def test_ids_are_broker_account_and_the_brokers_number() -> None:
    assert ids(typed(("flex.xml", flex_xml(TRADES[:2]))).rows) == [f"ibkr:{ACCOUNT}:9000001", f"ibkr:{ACCOUNT}:9000002"]


def test_ibkr_cancels_a_trade_and_books_it_again() -> None:
    """20230207: sold 2 at 19.60 for 1.30; cancelled; booked again at 19.50, 0.20 more: the fill bears 1.50."""
    lines = flex_xml(TRADES[:2]).split("\n")
    at = next(number for number, line in enumerate(lines) if "9000002" in line)
    original = lines[at]
    cancel = (
        original.replace('"9000002"', '"9000003"')
        .replace('transactionType="ExchTrade"', 'transactionType="TradeCancel"')
        .replace('tradeID="7000002"', 'tradeID="" origTradeID="7000002"')
        .replace('buySell="SELL"', 'buySell="SELL (Ca.)"')
        .replace('quantity="-2"', 'quantity="2"')
        .replace('notes=""', 'notes="Ca"')
        .replace('ibCommission="-1.30"', 'ibCommission="0"')
        .replace('proceeds="3920.00"', 'proceeds="-3920.00"')
        .replace('netCash="3918.70"', 'netCash="-3920.00"')
    )
    rebooked = (
        original.replace('"9000002"', '"9000004"')
        .replace('tradePrice="19.60"', 'tradePrice="19.50"')
        .replace('ibCommission="-1.30"', 'ibCommission="-0.20"')
        .replace('proceeds="3920.00"', 'proceeds="3900.00"')
        .replace('netCash="3918.70"', 'netCash="3899.80"')
    )
    text = "\n".join([*lines[: at + 1], cancel, rebooked, *lines[at + 1 :]])
    read = typed(("flex.xml", text))
    assert ids(read.rows) == [f"ibkr:{ACCOUNT}:9000001", f"ibkr:{ACCOUNT}:9000004"]
    sold = read.rows.filter(pl.col("quantity_qty") < 0).row(0, named=True)
    assert (sold["price_pts"], sold["fees_usd"]) == (19.50, pytest.approx(1.50))
    assert sorted(read.rejected["rule_id"]) == ["cancelled_by_broker", "cancelled_by_broker"]
    # The cancellation may come in a later statement than the trade, and in either order of import.
    first, second = (
        ("a.xml", flex_xml(TRADES[:2])),
        ("b.xml", "\n".join([*lines[:at], cancel, rebooked, *lines[at + 1 :]])),
    )
    for files in ((first, second), (second, first)):
        assert_frame_equal(typed(*files).rows.drop("load_id", "place"), read.rows.drop("load_id", "place"))


def test_a_cancellation_of_nothing_known_is_a_fault_with_its_reason() -> None:
    text = flex_xml(TRADES[:1])
    row = next(line for line in text.split("\n") if "9000001" in line)
    cancel = (
        row.replace('transactionType="ExchTrade"', 'transactionType="TradeCancel"')
        .replace('tradeID="7000001"', 'tradeID="" origTradeID="7999999"')
        .replace('buySell="BUY"', 'buySell="BUY (Ca.)"')
        .replace('quantity="2"', 'quantity="-2"')
        .replace('proceeds="-2840.00"', 'proceeds="2840.00"')
        .replace('netCash="-2841.30"', 'netCash="2838.70"')
    )
    read = typed(("flex.xml", text.replace(row, cancel)))
    assert read.rows.is_empty()
    assert read.rejected["rule_id"].to_list() == ["cancels_unknown_fill"]
    assert "import the statement that has it" in read.rejected["reason"][0]
    assert not set(read.rejected["rule_id"]) & set(SET_ASIDE)


def test_schwab_cancels_a_trade() -> None:
    """Sold 2 at 19.60 twice by mistake; one is taken back with its fees."""
    text = schwab_csv([TRADES[1], replace(TRADES[1], number=92)], total=False)
    cancel = (
        '"02/08/2023 as of 02/07/2023","Cancel Sell to Open","SPXW 03/17/2023 3900.00 P",'
        '"PUT S & P ...500 INDEX $3900 EXP 03/17/23","2","$19.60","$1.30","-$3,918.70"'
    )
    lines = text.split("\n")
    read = typed(("transactions.csv", "\n".join([*lines[:2], cancel, *lines[2:]])))
    assert read.rows.select("quantity_qty", "price_pts", "fees_usd").rows() == [(-2, 19.6, 1.3)]
    assert sorted(read.rejected["rule_id"]) == ["cancelled_by_broker", "cancelled_by_broker"]


TASTY_SETTLED = (
    "2023-03-17T15:00:00-0500,Receive Deliver,Cash Settled Assignment,BUY_TO_CLOSE,SPXW  230317P03900000,Equity Option,"
    'Cash settlement,"-1,672.00",2,-836.00,--,-10.00,100,SPXW,SPX,3/17/23,3900,PUT,,"-1,682.00",USD'
)
TASTY_EXPIRED = (
    "2023-03-17T15:00:00-0500,Receive Deliver,Expiration,SELL_TO_CLOSE,SPXW  230317P03850000,Equity Option,"
    "Removal of option due to expiration,0.00,2,0.00,--,0.00,100,SPXW,SPX,3/17/23,3850,PUT,,0.00,USD"
)
SCHWAB_EXPIRED = (
    '"03/20/2023 as of 03/17/2023","Expired","SPXW 03/17/2023 3850.00 P","PUT S & P ...500 INDEX $3850 EXP 03/17/23",'
    '"-2","","",""'
)
IBKR_EXPIRED = (
    '<Trade accountId="U1234567" currency="USD" assetCategory="OPT" symbol="SPXW  230317P03850000" multiplier="100" '
    'strike="3850" expiry="20230317" putCall="P" dateTime="20230317;162000" transactionType="BookTrade" quantity="-2" '
    'tradePrice="0" proceeds="0" ibCommission="0" netCash="0" buySell="SELL" openCloseIndicator="C" notes="Ep" '
    'transactionID="9000070" levelOfDetail="EXECUTION" />'
)


def test_what_settles_is_kept_beside_the_fills_and_is_none() -> None:
    """As the brokers say it of 2023-03-17: the long put expired, the short one was settled 8.36 in the money."""
    tasty = (TASTY_NAME, f"{TASTY}\n{TASTY_SETTLED}\n{TASTY_EXPIRED}\n")
    assert typed(tasty).rows.is_empty()
    kept = ("broker", "event", "event_date", "strike_pts", "quantity_qty", "amount_usd", "fees_usd")
    day = dt.date(2023, 3, 17)
    assert events(tasty).select(kept).sort("strike_pts").rows() == [
        ("tastytrade", "expiration", day, 3850.0, -2, 0.0, 0.0),
        ("tastytrade", "cash_settlement", day, 3900.0, 2, -1672.0, 10.0),
    ]
    schwab = ("Individual_XXX178_Transactions_20230321-101500.csv", f"{SCHWAB_HEADER}\n{SCHWAB_EXPIRED}\n")
    assert events(schwab).select(kept).rows() == [("schwab", "expiration", day, 3850.0, -2, None, 0.0)]
    text = flex_xml(TRADES[:1])
    ibkr = ("flex.xml", text.replace("</Trades>", f"{IBKR_EXPIRED}\n</Trades>"))
    assert events(ibkr).select(kept).rows() == [("ibkr", "expiration", day, 3850.0, -2, 0.0, 0.0)]
    assert len(typed(ibkr).rows) == 1
    # Again in a later statement: still once.
    assert events(ibkr, ("later.xml", ibkr[1] + "\n")).height == 1


SPY_PUT = (
    "2023-02-08T12:00:00-0500,Trade,Buy to Open,BUY_TO_OPEN,SPY   230317P00400000,Equity Option,Bought 1 SPY,-500.00,1,"
    "-500.00,-1.00,-0.14,100,SPY,SPY,3/17/23,400,PUT,77,-501.14,USD"
)
DEPOSIT = '2023-02-08T11:00:00-0500,Money Movement,Deposit,,,,"Wire, received",100.00,0,,--,0.00,,,,,,,,100.00,USD'
STOCK = (
    "2023-02-08T10:00:00-0500,Trade,Buy to Open,BUY_TO_OPEN,VXX,Equity,Bought 10 VXX @ 11.00,-110.00,10,-11.00,0.00,"
    "-0.01,,,,,,,78,-110.01,USD"
)


def test_other_instruments_and_cash_are_set_aside_and_no_fault() -> None:
    lines = tastytrade_csv(TRADES).split("\n")
    text = "\n".join([lines[0], SPY_PUT, DEPOSIT, STOCK, *lines[1:]])
    load, *none = parse_statement(TASTY_NAME, text.encode())
    assert not none
    assert load.rows.height == len(TRADES)
    assert load.rejected.select("source_line", "rule_id").rows() == [
        (2, "other_instrument"),
        (3, "other_instrument"),
        (4, "other_instrument"),
    ]
    assert set(load.rejected["rule_id"]) <= set(SET_ASIDE)
    assert load.rejected["reason"][1] == "A movement of money: Deposit."
    assert_frame_equal(typed((TASTY_NAME, text)).rows, typed((TASTY_NAME, tastytrade_csv(TRADES))).rows)


def test_several_accounts_of_one_flex_file_stay_apart() -> None:
    other = [replace(trade, account="U7654321", number=trade.number + 200) for trade in TRADES[:4]]
    held = book(("flex.xml", flex_xml([*TRADES, *other])))
    by_account = held.positions.group_by("account").agg(legs_qty=pl.len()).sort("account").rows()
    assert by_account == [("U1234567", 8), ("U7654321", 4)]
    assert held.positions.filter(pl.col("account") == "U7654321")["kind"].unique().to_list() == ["CONDOR"]


def test_who_owns_a_statement_that_names_nobody() -> None:
    """The trader's word goes before the broker's file name; without either the file is refused."""
    text = tastytrade_csv(TRADES)
    assert typed((TASTY_NAME, text)).rows["account"].unique().to_list() == [ACCOUNT]
    assert typed((TASTY_NAME, text), account="main").rows["account"].unique().to_list() == ["main"]
    with pytest.raises(FileRefused) as refused:
        typed(("history.csv", text))
    assert refused.value.rule_id == "unknown_account"
    assert "--account" in refused.value.hint


def test_who_owns_a_statement_that_names_its_account() -> None:
    text = schwab_csv(TRADES).replace(ACCOUNT, "Individual ...123")
    assert typed(("a.csv", text)).rows["account"].unique().to_list() == ["Individual 123"]
    bare = schwab_csv(TRADES, banner=False)
    by_name = typed(("Individual_XXX123_Transactions_20230301-101500.csv", bare))
    assert by_name.rows["account"].unique().to_list() == ["Individual 123"]
    with pytest.raises(FileRefused) as refused:
        typed(("a.csv", text), account="Roth ...999")
    assert refused.value.rule_id == "account_differs"


def test_a_date_without_a_time_counts_at_the_close() -> None:
    """Schwab's trade of 2023-02-07 is 16:00 New York, of the half day 2023-11-24 it is 13:00."""
    half_day = replace(TRADES[5], at=TRADES[5].at.replace(month=11, day=24), expiry=dt.date(2024, 1, 17))
    rows = typed(("transactions.csv", schwab_csv([TRADES[0], half_day]))).rows.sort("filled_at")
    assert rows["filled_at"].to_list() == [
        dt.datetime(2023, 2, 7, 21, tzinfo=dt.UTC),
        dt.datetime(2023, 11, 24, 18, tzinfo=dt.UTC),
    ]
    assert rows["is_time_known"].to_list() == [False, False]


def test_a_day_trade_without_times_closes_what_it_opened() -> None:
    """Bought and sold on one day: the order of the file, not the side, says which came first."""
    opened = replace(TRADES[4], quantity=2)
    closed = replace(
        TRADES[4], number=93, at=opened.at + dt.timedelta(hours=1), quantity=-2, effect="close", price=Decimal("2.05")
    )
    for trades in (
        [opened, closed],
        [opened, closed, replace(opened, number=94, at=closed.at + dt.timedelta(hours=1))],
    ):
        held = book(("transactions.csv", schwab_csv(trades)))
        assert held.unmatched.is_empty()
        assert held.holdings["realised_pnl_usd"].sum() == pytest.approx(50.0)  # (2.05 - 1.80) x 2 x 100


def test_a_close_that_nothing_opened_is_listed() -> None:
    """The position stays the sum of the fills; that it is none the trader knows of is said beside it."""
    held = book(WRITERS["tastytrade"](TRADES[8:]))
    assert held.positions["quantity_qty"].to_list() == [1, -1, -1]
    assert held.unmatched.rows() == [
        (ACCOUNT, "SPXW 2023-03-17 PM C 4300", 1),
        (ACCOUNT, "SPXW 2023-03-17 PM C 4350", 1),
        (ACCOUNT, "VIX 2023-03-22 AM C 21", 1),
    ]


@pytest.mark.parametrize(
    ("symbol", "traded_on", "expiry"),
    [
        ("/VXH3", "2023-02-07", "2023-03-22"),
        ("VXH3", "2023-02-07", "2023-03-22"),
        ("/VXH23", "2023-02-07", "2023-03-22"),
        ("VXMJ3", "2023-02-07", "2023-04-19"),
        ("VXH3", "2023-03-31", None),  # settled, and that of 2033 is not listed yet
        ("VX12H3", "2023-03-20", None),  # the week of the monthly contract has no weekly one
        ("VX13H3", "2023-03-20", "2023-03-29"),
        ("/ESH3", "2023-02-07", None),
    ],
)
def test_a_future_is_read_by_cfes_calendar(symbol: str, traded_on: str, expiry: str | None) -> None:
    found = vix_future(symbol, traded_on=dt.date.fromisoformat(traded_on))
    assert (found and f"{found.expiry}") == expiry


def test_the_raw_rows_say_where_they_stand() -> None:
    raw = raw_of(("flex.xml", flex_xml(future_trades())))
    lines = flex_xml(future_trades()).split("\n")
    for line, fill_id in raw.select("source_line", "fill_id").iter_rows():
        assert f'transactionID="{fill_id.rsplit(":", 1)[1]}"' in lines[line - 1]


def test_a_file_of_another_kind_is_told_what_comes_nearest() -> None:
    text = tastytrade_csv(TRADES).replace("Order #", "Order No").replace("Commissions", "Commission", 1)
    with pytest.raises(FileRefused) as refused:
        parse_statement(TASTY_NAME, text.encode())
    assert refused.value.rule_id == "header_unknown"
    assert "tastytrade transactions (2024 with total)" in refused.value.reason
    assert "without 'commissions', 'order #'; with the unknown 'commission', 'order no'" in refused.value.reason
    assert refused.value.source_line == 1


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("Date,Symbol,Quantity,Side,Net", "nearest is Schwab transactions (2019)"),
        ("alpha,beta", "No line has the columns of a statement"),
    ],
)
def test_a_stranger_is_told_what_is_read(header: str, says: str) -> None:
    file: File = ("stranger.csv", f"{header}\n1,2\n")
    with pytest.raises(FileRefused) as refused:
        parse_statement(file[0], file[1].encode())
    assert refused.value.rule_id == "header_unknown"
    assert says in refused.value.reason
    assert "IBKR Flex XML" in refused.value.hint


def test_a_broker_named_wrongly_is_told_whose_it_is() -> None:
    with pytest.raises(FileRefused) as refused:
        parse_statement("flex.xml", flex_xml(TRADES).encode(), broker="schwab")
    assert refused.value.rule_id == "other_broker"
    assert refused.value.reason == "The file is a statement of ibkr, not of schwab."
