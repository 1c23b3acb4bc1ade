"""One execution of a Flex statement: what it says, and that its attributes agree with each other."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from flows.sources.flex_contract import contract_of, instant_of
from flows.sources.statement import CENT, BrokerRow, SetAside
from transforms.book.broker_rows import FILL
from transforms.market.calendar import NEW_YORK

if TYPE_CHECKING:
    from flows.sources.flex_xml import Element
    from flows.sources.statement import Place

NEEDED: Final = (
    *("assetCategory", "symbol", "currency", "transactionType", "quantity", "tradePrice", "ibCommission"),
    *("buySell", "transactionID", "multiplier", "expiry"),
)
NEEDED_OF_OPTION: Final = ("putCall", "strike")
# The sign a side gives to the quantity.
SIDES: Final = {"BUY": 1, "SELL": -1, "BUY (Ca.)": -1, "SELL (Ca.)": 1}
EFFECTS: Final = {"O": "open", "C": "close"}


def set_aside(element: Element) -> SetAside:
    """An execution of something else, with its reason."""
    reason = f"{element['assetCategory']} '{element['symbol']}' is neither an SPX or VIX option nor a VIX future."
    return SetAside(element.source_line, element.text, reason, column_name="symbol")


def execution_row(place: Place, element: Element, account: str) -> BrokerRow:
    """What every execution says, whatever it is.

    Raises:
        ContentRefused: `attribute_missing` and the rules of contract, time and numbers.
    """
    is_option = element["assetCategory"] == "OPT"
    for name in (*NEEDED, *(NEEDED_OF_OPTION if is_option else ())):
        if not element[name]:
            reason = f"The {element.name} of {element['symbol'] or 'a contract'} has no {name}."
            raise place.refusal("attribute_missing", reason, column=name, hint="tick it in the Flex query")
    if element["accountId"] not in {"", account}:
        reason = f"A trade of {element['accountId']} in a statement of {account}."
        raise place.refusal("account_differs", reason, column="accountId")
    instant = instant_of(place, element)
    traded_on = instant.astimezone(NEW_YORK).date()
    paid = place.number(element["ibCommission"], "ibCommission") + _number_or_zero(place, element, "taxes")
    return BrokerRow(
        source_line=element.source_line,
        row_text=element.text,
        account=account,
        traded_on=traded_on,
        filled_at=instant.isoformat(timespec="seconds"),
        instrument=contract_of(place, element, traded_on),
        event=FILL,
        quantity=place.contracts(element["quantity"], "quantity"),
        price=place.number(element["tradePrice"], "tradePrice"),
        fees=-paid,
        amount=_number_or_none(place, element, "proceeds"),
        effect=EFFECTS.get(element["openCloseIndicator"], ""),
        broker_id=element["transactionID"],
        order_ref=element["brokerageOrderID"] or element["ibOrderID"],
    )


def agree_side(place: Place, element: Element, row: BrokerRow) -> None:
    """Side, sign and price of a trade do not contradict each other.

    Raises:
        ContentRefused: `side_unknown`, `sign_differs`.
    """
    sign = SIDES.get(element["buySell"])
    if sign is None:
        raise place.refusal("side_unknown", f"'{element['buySell']}' is no side we know.", column="buySell")
    if sign * row.quantity < 0:
        reason = f"{element['buySell']} of {row.quantity} contracts: side and sign contradict each other."
        raise place.refusal("sign_differs", reason, column="quantity")
    if (row.price or Decimal(0)) < 0:
        raise place.refusal("sign_differs", f"A price of {row.price}.", column="tradePrice")


def agree_cash(place: Place, element: Element, row: BrokerRow) -> None:
    """Proceeds and net cash of an option are quantity x price x multiplier, bought negative, and less what was paid.

    Raises:
        ContentRefused: `amount_differs`.
    """
    if row.instrument.strike is None or row.price is None:
        return
    cash = -row.quantity * row.price * row.instrument.multiplier
    if row.amount is not None:
        place.agree(row.amount, cash, CENT, column="proceeds", says="quantity x price x multiplier, bought -")
    net = _number_or_none(place, element, "netCash")
    if net is not None:
        place.agree(net, cash - row.fees, CENT, column="netCash", says="proceeds + commission + taxes")


def _number_or_none(place: Place, element: Element, name: str) -> Decimal | None:
    return place.number(element[name], name) if element[name] else None


def _number_or_zero(place: Place, element: Element, name: str) -> Decimal:
    return _number_or_none(place, element, name) or Decimal(0)
