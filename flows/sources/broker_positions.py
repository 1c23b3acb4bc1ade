"""A broker's list of what it holds for the trader, to be compared with the book; it is read and not kept.

Schwab's positions page (one account or all), the section OpenPositions of an IBKR Flex statement, tastytrade's
positions page, and a plain CSV `account,root,expiry,right,strike,quantity` for everything else.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import polars as pl

from flows.sources.account_names import account_of, plain_account
from flows.sources.errors import Finding, FormatUnknown
from flows.sources.flex_contract import contract_of, day_of, is_read, require_level, require_named
from flows.sources.flex_xml import looks_like_flex, read_statements
from flows.sources.ibkr_flex import account_of_statement
from flows.sources.instruments import OPTION_ROOTS, Instrument, names_ours, occ_option, vix_future
from flows.sources.schwab_csv import OPTION, option_of, us_day
from flows.sources.series_file import require_once
from flows.sources.statement import Place, decimal_of
from flows.sources.statement_table import strict_fields
from flows.sources.text_file import read_text, split_fields
from transforms.market.calendar import FIRST_DAY, LAST_DAY, NEW_YORK, SATURDAY, SETTLEMENT_OF_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flows.sources.text_file import TextFile

SCHEMA: Final = pl.Schema(
    {
        "account": pl.String(),
        "root": pl.String(),
        "expiry_date": pl.Date(),
        "settlement": pl.String(),
        "right": pl.String(),
        "strike_pts": pl.Float64(),
        "quantity_qty": pl.Int64(),
    }
)
OWN: Final = ("account", "root", "expiry", "right", "strike", "quantity")
TASTYTRADE: Final = ("account", "symbol", "type", "quantity")
# Schwab's own name of the column has changed.
SCHWAB: Final = (
    ("symbol", "qty (quantity)"),
    ("symbol", "quantity", "security type"),
    ("symbol", "quantity", "asset type"),
)
# A statement of a day is of its end.
LATE: Final = dt.time(23, 59)
BEYOND_ANY_STRIKE: Final = 1_000_000
NOT_A_POSITION: Final = ("cash & cash investments", "account total", "positions total", "total")
_BANNER: Final = re.compile(
    r'^"?Positions for (?:account (?P<account>.+?)|All-Accounts) as of '
    r"(?P<time>\d{1,2}:\d{2} [AP]M) ET, (?P<day>\d{4}/\d{2}/\d{2}|\d{2}/\d{2}/\d{4})"
)


@dataclass(frozen=True, slots=True)
class BrokerPositions:
    """What a broker holds: rows of SCHEMA, when it said so (null when it does not say), and lines of other things.

    `accounts` are those it speaks of, with or without positions of ours.
    """

    format: str
    rows: pl.DataFrame
    accounts: frozenset[str]
    stated_at: dt.datetime | None
    set_aside_qty: int


@dataclass(frozen=True, slots=True)
class _Held:
    source_line: int
    account: str
    contract: Instrument
    quantity: int


_Reader: TypeAlias = "Callable[[Place, Mapping[str, str], dt.date], _Held | None]"


def read_positions(name: str, content: bytes, *, today: dt.date, account: str | None = None) -> BrokerPositions:
    """Read a positions file; `account` names it where the file does not, `today` tells the decade of `/VXH3`.

    Raises:
        FileRefused: it is no positions file we know, or a line of ours is not wholly understood.
    """
    file = read_text(name, content, series_hint=account)
    if looks_like_flex(file):
        return _flex(file, today)
    for index, line in file.head:
        columns = tuple(field.lower() for field in split_fields(line))
        if set(OWN) <= set(columns):
            return _table("own positions", file, index, today, _own)
        if set(TASTYTRADE) <= set(columns):
            return _table("tastytrade positions", file, index, today, _tastytrade)
        if any(set(needed) <= set(columns) for needed in SCHWAB):
            return _schwab(file)
    raise FormatUnknown(
        name,
        Finding(
            "header_unknown",
            "The file is no list of positions we know.",
            f"Schwab's and tastytrade's positions pages, IBKR's Flex OpenPositions, or a CSV {','.join(OWN)}",
            file.head[0][0] + 1,
        ),
    )


def _flex(file: TextFile, today: dt.date) -> BrokerPositions:
    held, accounts, others, days = [], set(), 0, []
    for statement in read_statements(file):
        account, place = account_of_statement(file, statement), Place(file, statement.head.source_line)
        if not statement.named("OpenPositions") or account in accounts:
            says = "two statements" if account in accounts else "no section OpenPositions"
            hint = "add the section Open Positions to the Flex query, and do not break it out by day"
            raise place.refusal("section_missing", f"There is {says} of {account}.", hint=hint)
        accounts.add(account)
        if statement.head["toDate"]:
            days.append(day_of(place, statement.head["toDate"], "toDate"))
        for element in statement.named("OpenPosition"):
            at = Place(file, element.source_line)
            if element["levelOfDetail"] == "LOT":
                continue  # the same position again, lot by lot
            require_level(at, element, frozenset({"", "SUMMARY"}))
            require_named(at, element)
            if not is_read(element):
                others += 1
                continue
            contract = contract_of(at, element, days[-1] if days else today)
            held.append(_Held(at.source_line, account, contract, at.contracts(element["position"], "position")))
    stated_at = dt.datetime.combine(max(days), LATE, tzinfo=NEW_YORK) if days else None
    return _positions(file, "IBKR open positions", held, accounts, stated_at, others)


def _schwab(file: TextFile) -> BrokerPositions:
    """One table an account; in the export of all accounts a line of one field before each table names it."""
    first_index, first_line = file.head[0]
    banner = _BANNER.match(first_line)
    stated_at = _stated_at(Place(file, first_index + 1), banner) if banner else None
    account = _schwab_account(file, banner)
    accounts = {account} if account else set()
    columns: tuple[str, ...] = ()
    held, others = [], 0
    for number, line in enumerate(file.lines, start=1):
        place, fields = Place(file, number), split_fields(line)
        lower = tuple(field.lower() for field in fields)
        if not fields or _BANNER.match(line) or lower[0] in NOT_A_POSITION:
            continue
        if any(set(needed) <= set(lower) for needed in SCHWAB):
            columns = lower
            continue
        if len(fields) == 1:
            account, columns = _account_above_its_table(file, place, fields[0]), ()
            accounts.add(account)
            continue
        row = _named(place, columns, line) if columns else {}
        if names_ours(row.get("symbol", fields[0])):
            held.append(_schwab_position(place, row, account))
        else:
            _refuse_misplaced(place, row, lambda field: OPTION.match(field) is not None)
            others += 1
    return _positions(file, "Schwab positions", held, accounts, stated_at, others)


def _account_above_its_table(file: TextFile, place: Place, name: str) -> str:
    """A line of one field names an account where the header of its table follows, and is not understood elsewhere."""
    following = next((line for line in file.lines[place.source_line :] if split_fields(line)), "")
    columns = {field.lower() for field in split_fields(following)}
    if not any(set(needed) <= columns for needed in SCHWAB):
        raise place.refusal("line_unknown", f"'{name[:120]}' is neither a position nor an account above its table.")
    return plain_account(name)


def _named(place: Place, columns: Sequence[str], line: str) -> dict[str, str]:
    """The fields of a line by their columns, strictly split; blank ones at the end may be left out or more.

    Raises:
        ContentRefused: `unreadable`, `field_count`.
    """
    fields, width = strict_fields(place, line), len(columns)
    if len(fields) < width or any(fields[width:]):
        reason = f"The line has {len(fields)} fields where the header has {width}."
        raise place.refusal("field_count", reason, hint="export the page again")
    return dict(zip(columns, fields, strict=False))


def _refuse_misplaced(place: Place, row: Mapping[str, str], is_ours: Callable[[str], bool]) -> None:
    """A line is of another instrument only if none of its fields names one of ours.

    Raises:
        ContentRefused: `symbol_misplaced`: the columns are not what the header calls them.
    """
    column = next((column for column, field in row.items() if is_ours(field)), None)
    if column is not None:
        reason = f"'{row[column]}' stands in the column {column}."
        raise place.refusal(
            "symbol_misplaced", reason, column=column, hint="do the header and the rows belong together?"
        )


def _schwab_account(file: TextFile, banner: re.Match[str] | None) -> str | None:
    """The account of the banner, else of the trader or the file's name; none where the file holds all accounts."""
    if banner and not banner["account"]:
        return None
    return account_of(file, plain_account(banner["account"]) if banner else None).name


def _schwab_position(place: Place, row: Mapping[str, str], account: str | None) -> _Held:
    if account is None or not row:
        raise place.refusal("header_unknown", "A position stands above the header, or no line names its account.")
    option = option_of(place, row["symbol"], row.get("description", ""))
    quantity = place.contracts(row.get("qty (quantity)") or row.get("quantity", ""), "Quantity")
    return _Held(place.source_line, account, option, quantity)


def _stated_at(place: Place, banner: re.Match[str]) -> dt.datetime:
    try:
        time = dt.datetime.strptime(banner["time"], "%I:%M %p").time()  # noqa: DTZ007 - a time of day, New York
    except ValueError as error:
        raise place.refusal("bad_date", f"'{banner['time']}' is no time of day.") from error
    return dt.datetime.combine(us_day(place, banner["day"], "banner"), time, tzinfo=NEW_YORK)


def _table(format_name: str, file: TextFile, header_index: int, today: dt.date, read: _Reader) -> BrokerPositions:
    columns = [name.lower() for name in split_fields(file.lines[header_index])]
    require_once(file, columns, columns, header_index + 1)
    held, others = [], 0
    for number, line in enumerate(file.lines[header_index + 1 :], start=header_index + 2):
        if not split_fields(line):
            continue
        place = Place(file, number)
        found = read(place, _named(place, columns, line), today)
        held += [found] if found else []
        others += 0 if found else 1
    accounts = {position.account for position in held} | ({file.series_hint} if file.series_hint else set())
    return _positions(file, format_name, held, accounts, None, others)


def _own(place: Place, row: Mapping[str, str], _today: dt.date) -> _Held | None:
    root, right = row["root"].upper(), row["right"].upper()[:1]
    if root not in SETTLEMENT_OF_ROOT:
        _refuse_misplaced(place, {name: row[name] for name in OWN}, lambda field: field.upper() in SETTLEMENT_OF_ROOT)
        return None
    is_option = root in OPTION_ROOTS
    expiry = us_day(place, row["expiry"], "expiry") if "/" in row["expiry"] else day_of(place, row["expiry"], "expiry")
    if is_option and right not in {"C", "P"}:
        raise place.refusal("right_unknown", f"'{row['right']}' is neither C nor P.", column="right")
    strike = place.number(row["strike"], "strike") if is_option else None
    if strike is not None and not 0 < strike < BEYOND_ANY_STRIKE:
        raise place.refusal("bad_strike", f"'{row['strike']}' is not a strike.", column="strike")
    if expiry.weekday() >= SATURDAY or not FIRST_DAY <= expiry <= LAST_DAY:
        raise place.refusal("not_an_expiry", f"Nothing expires on {expiry}.", column="expiry")
    contract = Instrument(root, expiry, right if is_option else "", strike)
    return _Held(place.source_line, row["account"], contract, place.contracts(row["quantity"], "quantity"))


def _tastytrade(place: Place, row: Mapping[str, str], today: dt.date) -> _Held | None:
    symbol = row["symbol"]
    if not names_ours(symbol):
        _refuse_misplaced(place, row, lambda field: occ_option(field) is not None)
        return None
    contract = occ_option(symbol) or vix_future(symbol, traded_on=today)
    if contract is None:
        raise place.refusal("symbol_unknown", f"'{symbol}' cannot be read as a contract.", column="symbol")
    strike = row.get("strike price", "")
    if strike and decimal_of(strike) != contract.strike:
        raise place.refusal(
            "strike_differs", f"Strike price {strike}, the symbol says {contract}.", column="strike price"
        )
    quantity = place.contracts(row["quantity"], "quantity")
    return _Held(place.source_line, plain_account(row["account"]), contract, quantity)


def _positions(  # noqa: PLR0913, PLR0917 - what a page says, in its order
    file: TextFile,
    format_name: str,
    held: list[_Held],
    accounts: set[str],
    stated_at: dt.datetime | None,
    others_qty: int,
) -> BrokerPositions:
    """Bundle what is held.

    Raises:
        ContentRefused: `bad_date`: of a year no calendar knows; `position_repeated`: one contract stands twice in an
            account, so that nothing says how many are held.
    """
    if stated_at is not None and not FIRST_DAY <= stated_at.date() <= LAST_DAY:
        reason = f"The page says it is of {stated_at.date()}."
        raise Place(file, 1).refusal("bad_date", reason, hint="is the year right?")
    seen: set[tuple[str, Instrument]] = set()
    for position in held:
        key = position.account, position.contract
        if key in seen:
            reason = f"{position.contract} stands twice in {position.account}."
            hint = "one line a contract: add the quantities up, or leave out what was pasted twice"
            raise Place(file, position.source_line).refusal("position_repeated", reason, hint=hint)
        seen.add(key)
    rows = pl.DataFrame([_row(position) for position in held], schema=SCHEMA, orient="row")
    return BrokerPositions(format_name, rows, frozenset(accounts), stated_at, others_qty)


def _row(position: _Held) -> dict[str, object]:
    contract = position.contract
    return {
        "account": position.account,
        "root": contract.root,
        "expiry_date": contract.expiry,
        "settlement": SETTLEMENT_OF_ROOT[contract.root],
        "right": contract.right or None,
        "strike_pts": None if contract.strike is None else float(contract.strike),
        "quantity_qty": position.quantity,
    }
