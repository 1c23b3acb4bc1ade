"""What a Flex statement says about expiry: booked exercises, assignments and expirations, and cash settlements.

The same event may stand in Trades (as a booked trade), in the section OptionEAE and, for its cash, in the statement of
funds. It is taken once, from the first of these that has it.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from flows.sources.flex_contract import contract_of, day_of, is_read
from flows.sources.flex_executions import execution_row, set_aside
from flows.sources.instruments import occ_option
from flows.sources.statement import BrokerRow, Place
from transforms.book.broker_rows import ASSIGNMENT, CASH_SETTLEMENT, EXERCISE, EXPIRATION

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from flows.sources.flex_xml import Element, FlexStatement
    from flows.sources.instruments import Instrument
    from flows.sources.statement import SetAside
    from flows.sources.text_file import TextFile

# Codes in `notes`, and the words of the section OptionEAE.
CODES: Final = {"A": ASSIGNMENT, "Ex": EXERCISE, "Ep": EXPIRATION, "AEx": EXERCISE, "MEx": EXERCISE}
WORDS: Final = {"Assignment": ASSIGNMENT, "Exercise": EXERCISE, "Expiration": EXPIRATION}
FUNDS_LINE: Final = "StatementOfFundsLine"
CASH_SAID: Final = "Option Cash Settlement"


def settlement_rows(
    file: TextFile, statement: FlexStatement, book_trades: Sequence[Element], account: str
) -> list[BrokerRow | SetAside]:
    """Every settlement of the statement once, in the file's order.

    Raises:
        ContentRefused: `book_trade_unknown`: a trade booked by IBKR that is no settlement.
    """
    booked = [_booked(file, element, account) for element in book_trades]
    rows = [row for row in booked if isinstance(row, BrokerRow)]
    told = list(_told(file, statement, rows, account))
    paid = {(row.instrument, row.traded_on) for row in rows if row.amount}
    cash = list(_cash(file, statement, paid, account))
    return [*booked, *told, *cash]


def _booked(file: TextFile, element: Element, account: str) -> BrokerRow | SetAside:
    place = Place(file, element.source_line)
    if not is_read(element):
        return set_aside(element)
    row = execution_row(place, element, account)
    codes = [code.strip() for code in element["notes"].replace(",", ";").split(";")]
    event = next((CODES[code] for code in codes if code in CODES), None)
    if event is None:
        raise place.refusal(
            "book_trade_unknown",
            f"IBKR booked {element['symbol']} with the code '{element['notes']}', which is no settlement.",
            column="notes",
            hint="a position that was transferred in has no price here: write it into a fills CSV of your own",
        )
    cash = place.number(element["netCash"], "netCash") + row.fees if element["netCash"] else row.amount
    return replace(row, event=event, price=None, amount=cash)


def _told(file: TextFile, statement: FlexStatement, booked: Sequence[BrokerRow], account: str) -> Iterator[BrokerRow]:
    """Rows of OptionEAE whose event is not among the booked trades."""
    known = {(row.instrument, row.event) for row in booked}
    for element in statement.named("OptionEAE"):
        event = WORDS.get(element["transactionType"])
        if event is None or not is_read(element):
            continue
        place = Place(file, element.source_line)
        day = day_of(place, element["date"], "date")
        instrument = contract_of(place, element, day)
        if (instrument, event) in known:
            continue
        yield BrokerRow(
            source_line=element.source_line,
            row_text=element.text,
            account=account,
            traded_on=day,
            filled_at=f"{day}",
            instrument=instrument,
            event=event,
            quantity=place.contracts(element["quantity"], "quantity"),
            amount=place.number(element["proceeds"], "proceeds") if element["proceeds"] else None,
        )


def _cash(
    file: TextFile, statement: FlexStatement, paid: set[tuple[Instrument, dt.date]], account: str
) -> Iterator[BrokerRow]:
    """Cash settlements of the statement of funds, where the booked trade itself states no cash."""
    for element in statement.named(FUNDS_LINE):
        instrument = occ_option(element["symbol"])
        if instrument is None or not element["activityDescription"].startswith(CASH_SAID):
            continue
        if element["levelOfDetail"] not in {"", "Currency"}:
            continue  # the same line again in the account's base currency
        place = Place(file, element.source_line)
        day = day_of(place, element["date"], "date")
        if (instrument, day) in paid:
            continue
        yield BrokerRow(
            source_line=element.source_line,
            row_text=element.text,
            account=account,
            traded_on=day,
            filled_at=f"{day}",
            instrument=instrument,
            event=CASH_SETTLEMENT,
            quantity=0,
            fees=Decimal(0),
            amount=place.number(element["amount"], "amount"),
            broker_id=element["transactionID"],
        )
