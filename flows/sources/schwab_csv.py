"""Charles Schwab's transaction history (CSV of the History page), with or without its banner and total line.

It gives dates without times; where a row is posted later than it counts the date reads `MM/DD/YYYY as of MM/DD/YYYY`,
and the second one is the trade's. Rows have no number, so each is named by a hash of what it says. Futures are in no
such file: Schwab keeps them elsewhere.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from flows.sources.account_names import account_of, plain_account
from flows.sources.header_signatures import signature
from flows.sources.instruments import Instrument, names_ours
from flows.sources.statement import HALF_CENT, BrokerRow, Place, SetAside, statement_load
from flows.sources.statement_table import TableLine, header_index, read_header, table_lines
from transforms.book.broker_rows import ASSIGNMENT, CANCEL, CASH_SETTLEMENT, EXERCISE, EXPIRATION, FILL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

BROKER: Final = "schwab"
FORMAT: Final = "schwab_csv"
SIGNATURES: Final = (
    signature(
        "Schwab transactions",
        "2019",
        ("Date", "Action", "Symbol", "Description", "Quantity", "Price", "Fees & Comm", "Amount"),
    ),
)
SIDES: Final = {
    "Buy to Open": (1, "open"),
    "Sell to Open": (-1, "open"),
    "Buy to Close": (1, "close"),
    "Sell to Close": (-1, "close"),
}
SETTLEMENTS: Final = {
    "Expired": EXPIRATION,
    "Assigned": ASSIGNMENT,
    "Exchange or Exercise": EXERCISE,
    "Exercised": EXERCISE,
    "Cash Settlement": CASH_SETTLEMENT,
}
TOTAL: Final = "transactions total"
CENTS_OF_PRICE: Final = Decimal("0.00005")  # prices are printed to four places at most

OPTION: Final = re.compile(
    r"^(?P<root>SPXW?|VIXW?) (?P<day>\d{2}/\d{2}/\d{4}) (?P<strike>\d+(?:\.\d+)?) (?P<right>[CP])$"
)
_BANNER: Final = re.compile(r'^"?Transactions +for account (?P<account>.+?) as of (?P<day>\d{2}/\d{2}/\d{4})\b')
_DESCRIBED: Final = re.compile(r"^(?P<right>CALL|PUT)\b.*\$(?P<strike>[\d,.]+) EXP (?P<day>\d{2}/\d{2}/\d{2})$")
_DAY: Final = re.compile(r"^(?P<posted>[\d/]+)(?: as of (?P<counts>[\d/]+))?$")


def recognises(file: TextFile) -> bool:
    """True for a table with Schwab's transaction columns, or nearly so."""
    return header_index(file, SIGNATURES) is not None


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a transaction history: one raw row per execution, cancellation and settlement of SPX and VIX options.

    Raises:
        HeaderNotUnderstood: `header_unknown`.
        SeriesUnknown: `unknown_account`.
        ContentRefused: a line of ours is not wholly understood; the rule says which part.
    """
    table = read_header(file, SIGNATURES)
    banner = _BANNER.match(file.lines[file.head[0][0]])
    series = account_of(file, plain_account(banner["account"]) if banner else None, source_line=file.head[0][0] + 1)
    of_table = list(table_lines(file, table))
    lines = [line for line in of_table if line["date"].lower() != TOTAL]
    rows = _oldest_first([_line(file, line, str(series.name)) for line in lines])
    _agree_total(file, of_table, lines)
    return [statement_load(file, broker=BROKER, format_name=FORMAT, series=series, lines=_with_cancelled(rows))]


def option_of(place: Place, symbol: str, description: str = "") -> Instrument:
    """Read `SPXW 03/17/2023 3850.00 P`; a description that repeats it must say the same.

    Raises:
        ContentRefused: `symbol_unknown`, `bad_date`, `description_differs`.
    """
    match = OPTION.match(symbol)
    if match is None:
        raise place.refusal("symbol_unknown", f"'{symbol}' cannot be read as a contract.", column="Symbol")
    option = Instrument(match["root"], us_day(place, match["day"], "Symbol"), match["right"], Decimal(match["strike"]))
    said = _DESCRIBED.match(description)
    if said is None:
        return option
    expiry = us_day(place, f"{said['day'][:6]}20{said['day'][6:]}", "Description")
    described = said["right"][0], place.number(said["strike"], "Description"), expiry
    if described != (option.right, option.strike, option.expiry):
        raise place.refusal("description_differs", f"'{description}' is not {option}.", column="Description")
    return option


def us_day(place: Place, text: str, column: str) -> dt.date:
    """Read 03/17/2023, or 2023/03/17 as the positions page writes it.

    Raises:
        ContentRefused: `bad_date`.
    """
    for spelling in ("%m/%d/%Y", "%Y/%m/%d"):
        try:
            return dt.datetime.strptime(text, spelling).date()  # noqa: DTZ007 - a date without a time
        except ValueError:
            continue
    raise place.refusal("bad_date", f"'{text}' is not a date.", column=column)


def _oldest_first(lines: list[BrokerRow | SetAside]) -> list[BrokerRow | SetAside]:
    """As they were traded: exports run from the newest row down, unless they were sorted the other way."""
    rows = [line for line in lines if isinstance(line, BrokerRow)]
    is_rising = bool(rows) and rows[0].traded_on < rows[-1].traded_on
    return lines if is_rising else lines[::-1]


def _line(file: TextFile, line: TableLine, account: str) -> BrokerRow | SetAside:
    place, symbol = Place(file, line.source_line), line["symbol"]
    if not names_ours(symbol):
        named = f"'{symbol}' is neither an SPX nor a VIX option."
        return SetAside(line.source_line, line.text, named if symbol else f"No trade: {line['action']}.")
    dated = _DAY.match(line["date"])
    if dated is None:
        raise place.refusal("bad_date", f"'{line['date']}' is not a date.", column="Date")
    posted = us_day(place, dated["posted"], "Date")
    counts = us_day(place, dated["counts"], "Date") if dated["counts"] else posted
    if counts > posted:
        raise place.refusal(
            "bad_date", f"'{line['date']}': a row cannot count from a day after it is posted.", column="Date"
        )
    fees, net = _amount(place, line, "Fees & Comm") or Decimal(0), _amount(place, line, "Amount")
    row = BrokerRow(
        source_line=line.source_line,
        row_text=line.text,
        account=account,
        traded_on=counts,
        filled_at=f"{counts}",
        instrument=option_of(place, symbol, line["description"]),
        event=FILL,
        quantity=place.contracts(line["quantity"], "Quantity"),
        fees=fees,
        amount=None if net is None else net + fees,
    )
    return _of_action(place, line, row)


def _of_action(place: Place, line: TableLine, row: BrokerRow) -> BrokerRow:
    action = line["action"]
    taken_back = action.startswith("Cancel ")
    side = SIDES.get(action.removeprefix("Cancel "))
    if side is not None:
        return _trade(place, line, row, side=side, is_cancel=taken_back)
    event = SETTLEMENTS.get(action)
    if event is None:
        raise place.refusal(
            "action_unknown",
            f"'{action}' of {line['symbol']} is no action we know.",
            column="Action",
            hint="tell us the action; until then take the line out and write what it did into a fills CSV of your own",
        )
    return replace(row, event=event)


def _trade(place: Place, line: TableLine, row: BrokerRow, *, side: tuple[int, str], is_cancel: bool) -> BrokerRow:
    sign, effect = side
    contracts = abs(row.quantity)
    if row.quantity < 0 < sign:
        raise place.refusal("sign_differs", f"Bought {row.quantity}: the action tells the side.", column="Quantity")
    price = place.number(line["price"], "Price")
    if price < 0 or row.fees < 0:
        raise place.refusal(
            "sign_differs", "A price or fees below zero.", column="Price" if price < 0 else "Fees & Comm"
        )
    booked = -1 if is_cancel else 1
    cash = booked * (-sign * price * row.instrument.multiplier * contracts - row.fees)
    tolerance = HALF_CENT + CENTS_OF_PRICE * row.instrument.multiplier * contracts
    place.agree(
        place.number(line["amount"], "Amount"), cash, tolerance, column="Amount", says="quantity x price less fees"
    )
    return replace(
        row,
        event=CANCEL if is_cancel else FILL,
        quantity=booked * sign * contracts,
        price=price,
        fees=booked * row.fees,
        amount=-booked * sign * price * row.instrument.multiplier * contracts,
        effect=effect,
    )


def _with_cancelled(lines: Sequence[BrokerRow | SetAside]) -> list[BrokerRow | SetAside]:
    """Name the execution each cancellation takes back by what it says, for Schwab gives no numbers.

    Execution and cancellation of one contract, size and price share a name; the typing stage pairs them.
    """
    named: list[BrokerRow | SetAside] = []
    for line in lines:
        if isinstance(line, BrokerRow) and line.event == CANCEL:
            named.append(replace(line, cancels_ref=_terms(line)))
        elif isinstance(line, BrokerRow) and line.event == FILL:
            named.append(replace(line, trade_ref=_terms(line)))
        else:
            named.append(line)
    return named


def _terms(row: BrokerRow) -> str:
    side = row.quantity if row.event == FILL else -row.quantity
    return f"{row.instrument} {side} @ {row.price} {row.effect}"


def _amount(place: Place, line: TableLine, column: str) -> Decimal | None:
    text = line[column.lower()]
    return place.number(text, column) if text else None


def _agree_total(file: TextFile, of_table: Sequence[TableLine], lines: Sequence[TableLine]) -> None:
    """Older exports end in a line with the sum of all amounts: a line lost or edited shows there."""
    totals = [line for line in of_table if line["date"].lower() == TOTAL]
    if not totals:
        return
    place = Place(file, totals[-1].source_line)
    if totals[-1] is not of_table[-1] or len(totals) > 1:
        raise place.refusal("total_misplaced", "The total line is not the last one.", column="Date")
    summed = sum((_amount(Place(file, line.source_line), line, "Amount") or Decimal(0) for line in lines), Decimal(0))
    place.agree(
        place.number(totals[-1]["amount"], "Amount"), summed, HALF_CENT, column="Amount", says="the sum of all lines"
    )
