"""A statement that cannot be trusted is refused whole, with file, line and rule; the one it was made of loads."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from flows.sources.errors import FileRefused
from flows.sources.recognise import parse
from tests.flows.brokers.broker_writers import (
    condor_trades,
    flex_xml,
    future_trades,
    own_csv,
    schwab_csv,
    tastytrade_csv,
)

ACCOUNT = "U1234567"
EVERYTHING = condor_trades() + future_trades()
VALID = {
    "own": ("fills.csv", own_csv(EVERYTHING)),
    "tastytrade": ("statement.csv", tastytrade_csv(EVERYTHING)),
    "schwab": ("statement.csv", schwab_csv(condor_trades())),
    "ibkr": ("flex.xml", flex_xml(EVERYTHING, orders=True)),
}

Change = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Mutator:
    """A way to spoil a valid statement: what rule finds it, and on which line of what it made."""

    name: str
    broker: str
    change: Change
    rule_id: str
    line: int | None


def on_line(number: int, pattern: str, replacement: str) -> Change:
    """Replace within one line, counted from 1; the pattern has to be there."""

    def change(text: str) -> str:
        lines = text.split("\n")
        spoilt = re.sub(pattern, replacement, lines[number - 1], count=1)
        assert spoilt != lines[number - 1], f"nothing to change on line {number}: {lines[number - 1]}"
        lines[number - 1] = spoilt
        return "\n".join(lines)

    return change


def cut(number: int, kept: int) -> Change:
    """The file stops within a line."""
    return lambda text: "\n".join([*text.split("\n")[: number - 1], text.split("\n")[number - 1][:kept]])


def without_line(number: int) -> Change:
    return lambda text: "\n".join(line for at, line in enumerate(text.split("\n"), start=1) if at != number)


def doubled(number: int) -> Change:
    return lambda text: "\n".join(
        piece for at, line in enumerate(text.split("\n"), start=1) for piece in [line] * (2 if at == number else 1)
    )


def edit(broker: str, name: str, line: int, pattern: str, replacement: str, rule_id: str) -> Mutator:  # noqa: PLR0917
    """A change within one line, found on that line."""
    return Mutator(name, broker, on_line(line, pattern, replacement), rule_id, line)


# Line 2 of tastytrade's file is the newest row (the VXM sale), line 5 an option; line 3 of Schwab's is the newest row.
# In IBKR's file each trade has two lines from line 6 on: its order, then its execution.
MUTATORS = (
    edit("own", "a column renamed", 1, "quantity", "qty", "header_unknown"),
    edit("own", "a column left out", 1, ",fees", "", "header_unknown"),
    edit("own", "a column twice", 1, ",note", ",fees", "header_unknown"),
    Mutator("cut within the last line", "own", cut(15, 30), "truncated", 15),
    edit("tastytrade", "a column renamed", 1, "Order #", "Order No", "header_unknown"),
    edit("tastytrade", "a column left out", 1, "Sub Type,", "", "header_unknown"),
    edit("tastytrade", "a column added", 1, "Currency", "Currency,Venue", "header_unknown"),
    edit("tastytrade", "a field too many", 5, ",USD$", ",USD,extra", "field_count"),
    edit("tastytrade", "a field missing", 5, ",USD$", "", "field_count"),
    Mutator("cut within the last line", "tastytrade", cut(15, 60), "truncated", 15),
    edit("tastytrade", "a stray quotation mark", 5, "Trade,", '"Trade,', "unreadable"),
    edit("tastytrade", "no offset", 5, r"[+-]\d{4},Trade", ",Trade", "bad_instant"),
    edit("tastytrade", "no such day", 5, r"^\d{4}-\d\d-\d\d", "2023-02-30", "bad_instant"),
    edit("tastytrade", "unknown type", 5, ",Trade,", ",Trde,", "type_unknown"),
    edit("tastytrade", "unknown action", 5, "SELL_TO_CLOSE", "SELL_SHORT", "action_unknown"),
    edit("tastytrade", "sides disagree", 5, "SELL_TO_CLOSE", "BUY_TO_CLOSE", "side_differs"),
    edit("tastytrade", "not a number", 5, r",1,260\.00,", ",one,260.00,", "not_a_number"),
    edit("tastytrade", "half a contract", 5, r",1,260\.00", ",0.5,260.00", "not_whole_contracts"),
    edit("tastytrade", "value of another size", 5, r",1,260\.00", ",2,260.00", "amount_differs"),
    edit("tastytrade", "total off by a cent", 5, r"258\.70,USD", "258.71,USD", "amount_differs"),
    edit("tastytrade", "another strike", 5, ",21,CALL", ",22,CALL", "strike_differs"),
    edit("tastytrade", "another right", 5, ",21,CALL", ",21,PUT", "right_differs"),
    edit("tastytrade", "another expiry", 5, ",3/22/23", ",3/23/23", "expiry_differs"),
    edit("tastytrade", "another multiplier", 5, ",100,VIX", ",10,VIX", "multiplier_differs"),
    edit("tastytrade", "another currency", 5, "USD$", "EUR", "currency_unknown"),
    edit("tastytrade", "a symbol mangled", 5, "VIX   230322C000", "VIX   230399C000", "symbol_unknown"),
    edit("tastytrade", "a future without a price", 2, r" @ 21\.10", "", "price_missing"),
    edit("schwab", "a column renamed", 2, "Fees & Comm", "Fees", "header_unknown"),
    edit("schwab", "columns of another export", 2, '"Amount"', '"Cost Basis"', "header_unknown"),
    edit("schwab", "a field missing", 3, r'"\d+","\$', '"$', "field_count"),
    edit("schwab", "an unknown action", 3, "Sell to Close", "Sell Short", "action_unknown"),
    edit("schwab", "a date of no calendar", 3, "02/14/2023", "02/30/2023", "bad_date"),
    edit("schwab", "a date in words", 3, "02/14/2023", "Feb 14, 2023", "bad_date"),
    edit("schwab", "counts after it was posted", 3, "02/14/2023", "02/14/2023 as of 02/15/2023", "bad_date"),
    edit("schwab", "the description says another strike", 3, r"\$21 EXP", "$22 EXP", "description_differs"),
    edit("schwab", "the description says another right", 3, '"CALL', '"PUT', "description_differs"),
    edit("schwab", "an amount off by a dime", 3, r"\$258\.70", "$258.80", "amount_differs"),
    Mutator("a row lost", "schwab", without_line(5), "amount_differs", 13),
    Mutator("a row twice", "schwab", doubled(5), "amount_differs", 15),
    edit("schwab", "bought less than nothing", 5, r'"1"', '"-1"', "sign_differs"),
    Mutator("cut within an element", "ibkr", cut(20, 200), "xml_broken", 20),
    Mutator("a closing tag lost", "ibkr", without_line(34), "xml_broken", 34),
    edit("ibkr", "a document type", 2, "^", "<!DOCTYPE FlexQueryResponse>", "xml_not_allowed"),
    edit("ibkr", "an entity", 2, "^", '<!DOCTYPE x [<!ENTITY a "aa">]>', "xml_not_allowed"),
    edit("ibkr", "an external entity", 2, "^", '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">', "xml_not_allowed"),
    edit("ibkr", "a trade confirmation query", 2, 'type="AF"', 'type="TCF"', "not_an_activity_flex"),
    edit("ibkr", "a statement announced and missing", 3, 'count="1"', 'count="2"', "statement_count"),
    edit("ibkr", "a statement without account", 4, 'accountId="U1234567" ', "", "attribute_missing"),
    edit("ibkr", "a trade of another account", 7, 'accountId="U1234567"', 'accountId="U7654321"', "account_differs"),
    edit("ibkr", "an attribute not ticked", 7, 'transactionID="9000001" ', "", "attribute_missing"),
    edit("ibkr", "dates day first", 7, 'dateTime="20230207;', 'dateTime="07/02/2023;', "date_style_unknown"),
    edit("ibkr", "no such time", 7, ";1016", ";2561", "bad_date"),
    edit("ibkr", "side and sign disagree", 7, 'buySell="BUY"', 'buySell="SELL"', "sign_differs"),
    edit("ibkr", "an unknown side", 7, 'buySell="BUY"', 'buySell="BOT"', "side_unknown"),
    edit("ibkr", "an unknown type of trade", 7, "ExchTrade", "NetTrade", "transaction_type_unknown"),
    edit("ibkr", "booked, and no settlement", 7, "ExchTrade", "BookTrade", "book_trade_unknown"),
    edit("ibkr", "another strike", 7, 'strike="3850"', 'strike="3860"', "strike_differs"),
    edit("ibkr", "another right", 7, 'putCall="P"', 'putCall="C"', "right_differs"),
    edit("ibkr", "another expiry", 7, 'expiry="20230317"', 'expiry="20230324"', "expiry_differs"),
    edit("ibkr", "another multiplier", 7, 'multiplier="100"', 'multiplier="10"', "multiplier_differs"),
    edit("ibkr", "another currency", 7, 'currency="USD"', 'currency="EUR"', "currency_unknown"),
    edit("ibkr", "net cash off by a dime", 7, 'netCash="-2841.30"', 'netCash="-2841.20"', "amount_differs"),
    Mutator("an execution lost", "ibkr", without_line(7), "orders_without_executions", 6),
    edit("ibkr", "an execution of another size", 6, 'quantity="2"', 'quantity="3"', "order_differs"),
    Mutator(
        "an execution twice",
        "ibkr",
        lambda text: doubled(7)(on_line(6, 'quantity="2"', 'quantity="4"')(text)),
        "broker_id_repeated",
        8,
    ),
    edit(
        "ibkr",
        "the symbol without its padding",
        7,
        'symbol="SPXW  230317P03850000"',
        'symbol="SPX 17MAR23 3850 P"',
        "symbol_unknown",
    ),
)


@pytest.mark.parametrize("broker", VALID)
def test_the_valid_statement_loads(broker: str) -> None:
    name, text = VALID[broker]
    (load,) = parse(name, text.encode(), series_hint=None if broker == "own" else ACCOUNT)
    assert load.rows.height == (len(condor_trades()) if broker == "schwab" else len(EVERYTHING))
    assert load.rejected.is_empty()


@pytest.mark.parametrize("mutator", MUTATORS, ids=lambda mutator: f"{mutator.broker}: {mutator.name}")
def test_a_spoilt_statement_is_refused_with_file_line_and_rule(mutator: Mutator) -> None:
    name, text = VALID[mutator.broker]
    with pytest.raises(FileRefused) as caught:
        parse(name, mutator.change(text).encode(), series_hint=None if mutator.broker == "own" else ACCOUNT)
    refused = caught.value
    assert (refused.source_file, refused.rule_id, refused.source_line) == (name, mutator.rule_id, mutator.line)
    assert f"{name}, line {mutator.line}" in str(refused)


def test_there_are_enough_ways_to_spoil_a_statement() -> None:
    assert len({(mutator.broker, mutator.name) for mutator in MUTATORS}) == len(MUTATORS) >= 20
