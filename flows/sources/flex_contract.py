"""Which contract an element of a Flex statement is about, and when: every attribute that repeats another must agree."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from flows.sources.instruments import Instrument, is_expiry_or_eve, names_ours, occ_option, vix_future
from flows.sources.statement import decimal_of
from transforms.market.calendar import NEW_YORK

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from flows.sources.flex_xml import Element
    from flows.sources.statement import Place

CATEGORIES: Final = frozenset({"OPT", "FUT"})
# The two date styles a query can be set to that read the same everywhere, with any of its separators.
_INSTANT: Final = re.compile(
    r"^(?P<day>\d{8}|\d{4}-\d{2}-\d{2})(?:;|, ?| |T)(?P<time>\d{2}:?\d{2}:?\d{2})(?: (?P<zone>EST|EDT))?$"
)
_DAY: Final = re.compile(r"^(\d{4})-?(\d{2})-?(\d{2})$")
_TIME: Final = re.compile(r"^(\d{2}):?(\d{2}):?(\d{2})$")
ZONES: Final = {"EST": dt.timezone(dt.timedelta(hours=-5)), "EDT": dt.timezone(dt.timedelta(hours=-4))}
STYLE_HINT: Final = "set the Flex query to the date style yyyyMMdd or yyyy-MM-dd and the time style HHmmss or HH:mm:ss"


def is_read(element: Element) -> bool:
    """True for an option on SPX or VIX and a VIX future."""
    return element["assetCategory"] in CATEGORIES and names_ours(element["symbol"])


def require_named(place: Place, element: Element) -> None:
    """An element can only be set aside as another instrument's if it says which it is of.

    Raises:
        ContentRefused: `attribute_missing`.
    """
    for name in ("assetCategory", "symbol"):
        if not element[name]:
            raise place.refusal(
                "attribute_missing", f"A {element.name} without {name}.", column=name, hint="tick it in the Flex query"
            )


def require_level(place: Place, element: Element, known: AbstractSet[str]) -> None:
    """Whether an element counts hangs on its level of detail, so an unknown one is not passed over.

    Raises:
        ContentRefused: `level_unknown`.
    """
    level = element["levelOfDetail"]
    if level not in known:
        reason = f"'{level}' is no level of detail of a {element.name} that is known."
        raise place.refusal("level_unknown", reason, column="levelOfDetail")


def contract_of(place: Place, element: Element, traded_on: dt.date) -> Instrument:
    """The contract of an element; `traded_on` tells the decade of a future's one-digit year.

    Raises:
        ContentRefused: `symbol_unknown`, `expiry_differs`, `strike_differs`, `right_differs`, `multiplier_differs`,
            `currency_unknown`, `bad_date`.
    """
    expiry = day_of(place, element["expiry"], "expiry")
    is_option = element["assetCategory"] == "OPT"
    symbol = element["symbol"]
    found = occ_option(symbol) if is_option else vix_future(symbol, traded_on=traded_on)
    if found is None:
        raise place.refusal(
            "symbol_unknown",
            f"'{symbol}' ({element['assetCategory']}) cannot be read as a contract.",
            column="symbol",
            hint="an option's symbol is OCC's, such as 'SPXW  230317P03850000': its root tells how it settles",
        )
    _agree(place, element, found, expiry)
    return found


def instant_of(place: Place, element: Element) -> dt.datetime:
    """The instant of an execution in UTC: `dateTime`, or `tradeDate` and `tradeTime` in older queries.

    Raises:
        ContentRefused: `attribute_missing`, `date_style_unknown`, `bad_date`.
    """
    written, column = element["dateTime"], "dateTime"
    if not written and element["tradeDate"] and element["tradeTime"]:
        written, column = f"{element['tradeDate']};{element['tradeTime']}", "tradeDate"
    if not written:
        reason = f"The {element.name} of {element['symbol']} has no dateTime."
        raise place.refusal("attribute_missing", reason, column="dateTime", hint="tick it in the Flex query")
    match = _INSTANT.match(written)
    if match is None:
        reason = f"'{written}' is in no date style that is read."
        raise place.refusal("date_style_unknown", reason, column=column, hint=STYLE_HINT)
    day = day_of(place, match["day"], column)
    clock = _TIME.match(match["time"])
    try:
        time = dt.time(int(clock[1]), int(clock[2]), int(clock[3])) if clock else None
    except ValueError:
        time = None
    if time is None:
        raise place.refusal("bad_date", f"'{written}' is no time of day.", column=column)
    zone = ZONES.get(match["zone"] or "", NEW_YORK)
    return dt.datetime.combine(day, time, tzinfo=zone).astimezone(dt.UTC)


def day_of(place: Place, text: str, column: str) -> dt.date:
    """Read 20230317 or 2023-03-17.

    Raises:
        ContentRefused: `date_style_unknown`, `bad_date`.
    """
    match = _DAY.match(text)
    if match is None:
        reason = f"'{text}' is in no date style that is read."
        raise place.refusal("date_style_unknown", reason, column=column, hint=STYLE_HINT)
    try:
        return dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as error:
        raise place.refusal("bad_date", f"'{text}' is no such day.", column=column) from error


def _agree(place: Place, element: Element, found: Instrument, expiry: dt.date) -> None:
    # Of a series settled in the morning IBKR may print the last day of trading.
    checks = [
        ("expiry_differs", "expiry", is_expiry_or_eve(expiry, found)),
        ("multiplier_differs", "multiplier", decimal_of(element["multiplier"]) == found.multiplier),
        ("currency_unknown", "currency", element["currency"] == "USD"),
    ]
    if found.strike is not None:
        checks += [
            ("strike_differs", "strike", decimal_of(element["strike"]) == found.strike),
            ("right_differs", "putCall", element["putCall"] == found.right),
        ]
    for rule_id, column, agrees in checks:
        if not agrees:
            said = f"{found}, {found.multiplier} USD a point"
            raise place.refusal(rule_id, f"{column} is '{element[column]}', the symbol says {said}.", column=column)
