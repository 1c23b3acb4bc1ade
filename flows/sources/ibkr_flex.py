"""IBKR's Activity Flex Query (XML): one or more statements, each of one account.

Times are New York's unless the query prints a zone. Executions are read; orders, lots and summaries repeat them and are
only held against them. Each execution is named by its transaction number: a trade number stands on what replaces a
cancelled execution too. Commissions are written as cash, so paid is negative; a cancellation leaves them as they were
and the replacement carries the difference.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from flows.sources.flex_contract import is_read, require_level, require_named
from flows.sources.flex_executions import agree_cash, agree_side, execution_row, set_aside
from flows.sources.flex_settlements import settlement_rows
from flows.sources.flex_xml import looks_like_flex, read_statements
from flows.sources.parsed import Series
from flows.sources.statement import BrokerRow, Place, SetAside, statement_load
from transforms.book.broker_rows import CANCEL, CORRECTION, FILL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.sources.flex_xml import Element, FlexStatement
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

BROKER: Final = "ibkr"
FORMAT: Final = "ibkr_flex"
EVENTS: Final = {"ExchTrade": FILL, "DvpTrade": FILL, "TradeCorrect": CORRECTION, "TradeCancel": CANCEL}
BOOK_TRADE: Final = "BookTrade"
EXECUTION: Final = "EXECUTION"
LEVELS: Final = frozenset({"", EXECUTION, "ORDER", "CLOSED_LOT", "WASH_SALE", "SYMBOL_SUMMARY", "ASSET_SUMMARY"})


def recognises(file: TextFile) -> bool:
    """True for IBKR's Flex XML."""
    return looks_like_flex(file)


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a Flex file: one raw row per execution, cancellation and settlement of SPX, VIX and VIX futures.

    Raises:
        ContentRefused: the XML is not allowed or broken, or an element of ours is not wholly understood; the rule says
            which part.
    """
    lines = [line for statement in read_statements(file) for line in _lines(file, statement)]
    lines.sort(key=_booked)
    return [statement_load(file, broker=BROKER, format_name=FORMAT, series=Series(None), lines=lines)]


def account_of_statement(file: TextFile, statement: FlexStatement) -> str:
    """The account of a statement.

    Raises:
        ContentRefused: `attribute_missing`; `account_differs` where the trader named another one.
    """
    head, place = statement.head, Place(file, statement.head.source_line)
    account = head["accountId"]
    if not account:
        raise place.refusal("attribute_missing", "A FlexStatement without accountId.", column="accountId")
    if file.series_hint and file.series_hint != account:
        raise place.refusal(
            "account_differs",
            f"The statement is of {account!r}, not of {file.series_hint!r}.",
            column="accountId",
            hint="leave --account out: the statement says whose it is",
        )
    return account


def _lines(file: TextFile, statement: FlexStatement) -> list[BrokerRow | SetAside]:
    account = account_of_statement(file, statement)
    executions, orders = _executions_and_orders(file, statement)
    lines = [_execution(file, element, account) for element in executions if not _is_book_trade(element)]
    book_trades = [element for element in executions if _is_book_trade(element)]
    settlements = settlement_rows(file, statement, book_trades, account)
    _agree_orders(file, orders, executions)
    return [*lines, *settlements]


def _is_book_trade(element: Element) -> bool:
    return element["transactionType"] == BOOK_TRADE


def _executions_and_orders(file: TextFile, statement: FlexStatement) -> tuple[list[Element], list[Element]]:
    """What was executed, and the orders that repeat it.

    Raises:
        ContentRefused: `level_unknown`: nothing says whether a trade is one of them.
    """
    of_trades = [element for element in statement.elements if "Trades" in element.path]
    for element in of_trades:
        if element.name == "Trade":
            require_level(Place(file, element.source_line), element, LEVELS)
    executions = [
        element for element in of_trades if element.name == "Trade" and element["levelOfDetail"] in {"", EXECUTION}
    ]
    orders = [
        element
        for element in of_trades
        if element.name == "Order" or (element.name == "Trade" and element["levelOfDetail"] == "ORDER")
    ]
    return executions, orders


def _agree_orders(file: TextFile, orders: Sequence[Element], executions: Sequence[Element]) -> None:
    """What the orders say was executed is what the executions add up to."""
    done: Counter[tuple[str, str]] = Counter()
    for execution in executions:
        if is_read(execution):
            quantity = Place(file, execution.source_line).number(execution["quantity"], "quantity")
            done[execution["ibOrderID"], execution["symbol"]] += quantity  # type: ignore[assignment]
    for order in orders:
        key = order["ibOrderID"], order["symbol"]
        place = Place(file, order.source_line)
        if not is_read(order) or not order["ibOrderID"]:
            continue
        if key not in done:
            raise place.refusal(
                "orders_without_executions",
                f"Order {key[0]} of {key[1]} stands without its executions.",
                column="levelOfDetail",
                hint="tick Executions in the section Trades of the Flex query",
            )
        if place.number(order["quantity"], "quantity") != done[key]:
            raise place.refusal(
                "order_differs",
                f"Order {key[0]} of {key[1]} says {order['quantity']}, its executions add up to {done[key]}.",
                column="quantity",
                hint="is an execution missing from the file?",
            )


def _execution(file: TextFile, element: Element, account: str) -> BrokerRow | SetAside:
    place = Place(file, element.source_line)
    require_named(place, element)
    if not is_read(element):
        return set_aside(element)
    row = execution_row(place, element, account)
    event = EVENTS.get(element["transactionType"])
    if event is None:
        reason = f"'{element['transactionType']}' of {element['symbol']} is no type of trade we know."
        raise place.refusal("transaction_type_unknown", reason, column="transactionType")
    agree_side(place, element, row)
    agree_cash(place, element, row)
    if event == CANCEL and not element["origTradeID"]:
        reason = "A cancellation that does not name the trade it cancels."
        raise place.refusal("attribute_missing", reason, column="origTradeID", hint="tick Orig Trade ID in the query")
    return replace(row, event=event, trade_ref=element["tradeID"], cancels_ref=element["origTradeID"])


def _booked(line: BrokerRow | SetAside) -> tuple[str, int, str]:
    """By instant, and within one by IBKR's rising numbers."""
    if isinstance(line, SetAside):
        return "", 0, ""
    return line.filled_at, len(line.broker_id), line.broker_id
