"""tastytrade's transaction history (CSV of the History tab), header of 2023 and its later versions.

Times carry their offset. Amounts are of the whole row, prices of one contract in USD; a future's price stands only in
the description. Rows have no number of their own, so each is named by a hash of what it says. Newest rows come first.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from flows.sources.account_names import account_of
from flows.sources.header_signatures import signature
from flows.sources.instruments import is_expiry_or_eve, names_ours, occ_option, vix_future
from flows.sources.statement import HALF_CENT, BrokerRow, Place, SetAside, decimal_of, statement_load
from flows.sources.statement_table import TableLine, header_index, read_header, table_lines
from transforms.book.broker_rows import ASSIGNMENT, CASH_SETTLEMENT, EXERCISE, EXPIRATION, FILL, NOT_A_TRADE
from transforms.market.calendar import NEW_YORK

if TYPE_CHECKING:
    from flows.sources.instruments import Instrument
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

BROKER: Final = "tastytrade"
FORMAT: Final = "tastytrade_csv"
_2023: Final = (
    *("Date", "Type", "Sub Type", "Action", "Symbol", "Instrument Type", "Description", "Value", "Quantity"),
    *("Average Price", "Commissions", "Fees", "Multiplier", "Root Symbol", "Underlying Symbol", "Expiration Date"),
    *("Strike Price", "Call or Put", "Order #"),
)
SIGNATURES: Final = (
    signature("tastytrade transactions", "2023", _2023),
    signature("tastytrade transactions", "2023 with currency", (*_2023, "Currency")),
    signature("tastytrade transactions", "2024 with total", (*_2023, "Total", "Currency")),
)
SIDES: Final = {
    "BUY_TO_OPEN": (1, "open"),
    "SELL_TO_OPEN": (-1, "open"),
    "BUY_TO_CLOSE": (1, "close"),
    "SELL_TO_CLOSE": (-1, "close"),
    "BUY": (1, ""),
    "SELL": (-1, ""),
}
SETTLEMENTS: Final = {
    "Expiration": EXPIRATION,
    "Assignment": ASSIGNMENT,
    "Exercise": EXERCISE,
    "Cash Settled Assignment": CASH_SETTLEMENT,
    "Cash Settled Exercise": CASH_SETTLEMENT,
    "Futures Settlement": CASH_SETTLEMENT,
}
NOTHING: Final = frozenset({"", "--"})
_PRICE_SAID: Final = re.compile(r" @ (?P<price>[\d,.]+)$")
_INSTANT: Final = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:?\d{2})$")


def recognises(file: TextFile) -> bool:
    """True for a table with tastytrade's columns, or nearly so."""
    return header_index(file, SIGNATURES) is not None


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a transaction history: one raw row per execution and settlement of SPX, VIX and VIX futures.

    Raises:
        HeaderNotUnderstood: `header_unknown`.
        SeriesUnknown: `unknown_account`.
        ContentRefused: a line of ours is not wholly understood; the rule says which part.
    """
    table = read_header(file, SIGNATURES)
    series = account_of(file, None)
    lines = [_line(file, line, str(series.name)) for line in table_lines(file, table)]
    return [
        statement_load(file, broker=BROKER, format_name=FORMAT, series=series, lines=_oldest_first(lines)),
    ]


def _oldest_first(lines: list[BrokerRow | SetAside]) -> list[BrokerRow | SetAside]:
    """As they were traded: exports run from the newest row down, unless they were sorted the other way."""
    rows = [line for line in lines if isinstance(line, BrokerRow)]
    is_rising = bool(rows) and rows[0].filled_at < rows[-1].filled_at
    return lines if is_rising else lines[::-1]


def _line(file: TextFile, line: TableLine, account: str) -> BrokerRow | SetAside:
    place, symbol = Place(file, line.source_line), line["symbol"]
    if not names_ours(symbol):
        named = f"'{symbol}' is neither an SPX or VIX option nor a VIX future."
        reason = named if symbol else f"A movement of money: {line['sub type'] or line['type']}."
        return SetAside(line.source_line, line.text, reason, column_name="Symbol")
    if line["type"] == "Money Movement":
        reason = f"A movement of money: {line['sub type']} of {symbol}."
        return SetAside(line.source_line, line.text, reason, NOT_A_TRADE, "Type")
    return _row(place, line, account)


def _row(place: Place, line: TableLine, account: str) -> BrokerRow:
    instant = _instant(place, line["date"])
    traded_on = instant.astimezone(NEW_YORK).date()
    instrument = _instrument(place, line, traded_on)
    _agree_total(place, line)
    row = BrokerRow(
        source_line=line.source_line,
        row_text=line.text,
        account=account,
        traded_on=traded_on,
        filled_at=instant.astimezone(dt.UTC).isoformat(timespec="seconds"),
        instrument=instrument,
        event=FILL,
        quantity=_quantity(place, line),
        fees=_fees(place, line),
        amount=place.number(line["value"], "Value"),
        order_ref=line["order #"],
    )
    if line["type"] == "Trade":
        return _fill(place, line, row)
    if line["type"] == "Receive Deliver":
        return _settlement(place, line, row)
    raise place.refusal("type_unknown", f"'{line['type']}' is no type of row we know.", column="Type")


def _fill(place: Place, line: TableLine, row: BrokerRow) -> BrokerRow:
    sign, effect = _side(place, line)
    # A future's action is BUY or SELL alone; its sub type may say the rest.
    sub_type = line["sub type"].upper().replace(" ", "_")
    if sub_type != line["action"] and not (sub_type in SIDES and sub_type.startswith(f"{line['action']}_TO_")):
        raise place.refusal(
            "side_differs", f"The sub type is '{line['sub type']}', the action '{line['action']}'.", column="Sub Type"
        )
    effect = effect or SIDES[sub_type][1]
    price = _price(place, line, row)
    if row.instrument.strike is not None:
        cash = -sign * price * row.instrument.multiplier * row.quantity
        place.agree(
            row.amount or Decimal(0), cash, HALF_CENT, column="Value", says="quantity x average price, bought -"
        )
    return replace(row, quantity=sign * row.quantity, price=price, effect=effect)


def _settlement(place: Place, line: TableLine, row: BrokerRow) -> BrokerRow:
    event = SETTLEMENTS.get(line["sub type"])
    if event is None:
        raise place.refusal(
            "sub_type_unknown",
            f"'{line['sub type']}' of {line['symbol']} is no settlement we know.",
            column="Sub Type",
            hint="a position that was transferred in has no price here: write it into a fills CSV of your own",
        )
    sign, effect = _side(place, line) if line["action"] else (1, "")
    return replace(row, event=event, quantity=sign * row.quantity, effect=effect)


def _side(place: Place, line: TableLine) -> tuple[int, str]:
    side = SIDES.get(line["action"])
    if side is None:
        raise place.refusal("action_unknown", f"'{line['action']}' is no action we know.", column="Action")
    return side


def _quantity(place: Place, line: TableLine) -> int:
    contracts = place.contracts(line["quantity"], "Quantity")
    if contracts < 0:
        raise place.refusal("sign_differs", f"A quantity of {contracts}: the action tells the side.", column="Quantity")
    return contracts


def _fees(place: Place, line: TableLine) -> Decimal:
    """Commissions and fees are written as cash: paid is negative."""
    paid = (line["commissions"], "Commissions"), (line["fees"], "Fees")
    return -sum((place.number(text, column) for text, column in paid if text not in NOTHING), Decimal(0))


def _price(place: Place, line: TableLine, row: BrokerRow) -> Decimal:
    """Points a contract: the average price of an option is in USD, that of a future only in the description."""
    if row.instrument.strike is not None:
        average = place.number(line["average price"], "Average Price")
        exact = abs(row.amount or Decimal(0)) / row.quantity
        # The average is rounded to the cent where several executions make one row; the value of the row is not.
        is_same = abs(abs(average) - exact) <= HALF_CENT
        return (exact if is_same else abs(average)) / row.instrument.multiplier
    said = _PRICE_SAID.search(line["description"])
    if said is None:
        raise place.refusal(
            "price_missing", f"'{line['description']}' does not end in '@ price'.", column="Description"
        )
    return place.number(said["price"], "Description")


def _agree_total(place: Place, line: TableLine) -> None:
    if "total" not in line.fields:
        return
    value = place.number(line["value"], "Value")
    total = place.number(line["total"], "Total")
    place.agree(total, value - _fees(place, line), HALF_CENT, column="Total", says="value + commissions + fees")


def _instant(place: Place, text: str) -> dt.datetime:
    if not _INSTANT.match(text):
        raise place.refusal("bad_instant", f"'{text}' is no instant with its offset.", column="Date")
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise place.refusal("bad_instant", f"'{text}' is no such day or time.", column="Date") from error


def _instrument(place: Place, line: TableLine, traded_on: dt.date) -> Instrument:
    symbol = line["symbol"]
    is_future = line["instrument type"] == "Future"
    expiry = _expiry(place, line["expiration date"])
    found = vix_future(symbol, traded_on=traded_on) if is_future else occ_option(symbol)
    if found is None:
        raise place.refusal(
            "symbol_unknown",
            f"'{symbol}' ({line['instrument type'] or 'no instrument type'}) cannot be read as a contract.",
            column="Symbol",
        )
    currency = line["currency"]
    if currency and currency != "USD":
        raise place.refusal("currency_unknown", f"The row is in {currency}, the contract in USD.", column="Currency")
    if not is_future:
        _agree_contract(place, line, found, expiry)
    elif expiry is not None and not is_expiry_or_eve(expiry, found):
        reason = f"Expiration Date is '{line['expiration date']}', the symbol says {found}."
        raise place.refusal("expiry_differs", reason, column="Expiration Date")
    return found


def _agree_contract(place: Place, line: TableLine, option: Instrument, expiry: dt.date | None) -> None:
    """The columns that repeat what the symbol says must say the same."""
    strike = decimal_of(line["strike price"])
    checks = (
        ("expiry_differs", "Expiration Date", expiry == option.expiry),
        ("strike_differs", "Strike Price", strike == option.strike),
        ("right_differs", "Call or Put", line["call or put"][:1].upper() == option.right),
        ("multiplier_differs", "Multiplier", decimal_of(line["multiplier"]) == option.multiplier),
        ("root_differs", "Root Symbol", line["root symbol"] in {"", option.root, line["underlying symbol"]}),
    )
    for rule_id, column, agrees in checks:
        if not agrees:
            raise place.refusal(
                rule_id, f"{column} is '{line[column.lower()]}', the symbol says {option}.", column=column
            )


def _expiry(place: Place, text: str) -> dt.date | None:
    """Read 3/17/23, 03/17/2023 or 2023-03-17; none where it is empty."""
    if not text:
        return None
    for spelling in ("%m/%d/%y", "%m/%d/%Y", "%Y-%m-%d"):
        try:
            return dt.datetime.strptime(text, spelling).date()  # noqa: DTZ007 - a date without a time
        except ValueError:
            continue
    raise place.refusal("bad_date", f"'{text}' is not a date.", column="Expiration Date")
