"""What every broker statement becomes: fills and settlement rows of our instruments, and the rest set aside by name.

A statement is a machine's: a line about our instruments that is not wholly understood refuses the file. A line about
anything else (stocks, dividends, other underlyings) is set aside with its reason and is no fault.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

import polars as pl

from flows.sources.errors import ContentRefused, Finding
from flows.sources.parsed import REJECTED_SCHEMA, ParsedFile, Series, Statement, raw_rows
from transforms.book.broker_rows import OTHER_INSTRUMENT
from warehouse.tables.raw import RAW_BROKER_ROWS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from flows.sources.instruments import Instrument
    from flows.sources.text_file import TextFile

KIND: Final = "fills"
CENT: Final = Decimal("0.01")
HALF_CENT: Final = Decimal("0.005")
ID_DIGITS: Final = 16
_GROUPED: Final = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
_BEYOND_ANY_AMOUNT: Final = Decimal("1e15")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerRow:
    """One execution, cancellation or settlement row of our instruments.

    `filled_at` is ISO 8601 with its offset, or the date alone where the broker gives no time. `quantity` is signed,
    `fees` what was paid (a rebate is negative), `amount` the cash the row moved as stated. `broker_id` is the broker's
    own number of the row, empty where it gives none; `place` orders rows of one instant as they were traded.
    """

    source_line: int
    row_text: str
    account: str
    traded_on: dt.date
    filled_at: str
    instrument: Instrument
    event: str
    quantity: int
    price: Decimal | None = None
    fees: Decimal = Decimal(0)
    amount: Decimal | None = None
    effect: str = ""
    broker_id: str = ""
    trade_ref: str = ""
    cancels_ref: str = ""
    order_ref: str = ""

    @property
    def content(self) -> str:
        """What the row says, for an id where the broker gives none."""
        said = (self.filled_at, self.event, self.instrument, self.quantity, self.price, self.fees, self.amount)
        return "|".join("" if part is None else _plain(part) for part in (*said, self.effect, self.order_ref))


@dataclass(frozen=True, slots=True)
class SetAside:
    """A line that is not ours to keep: another instrument, or a movement of cash."""

    source_line: int
    row_text: str
    reason: str
    rule_id: str = OTHER_INSTRUMENT
    column_name: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something is at fault."""

    file: TextFile
    source_line: int

    def refusal(self, rule_id: str, reason: str, *, column: str | None = None, hint: str = "") -> ContentRefused:
        """The refusal of the whole file for what stands here."""
        return ContentRefused(self.file.name, Finding(rule_id, reason, hint, self.source_line, column))

    def number(self, text: str, column: str) -> Decimal:
        """Read an amount as brokers write it: `$1,281.30`, `-$0.65`, `($397.75)`, `-1,625.99`.

        Raises:
            ContentRefused: `not_a_number`.
        """
        value = decimal_of(text)
        if value is None:
            raise self.refusal("not_a_number", f"'{text}' is not a number.", column=column)
        return value

    def contracts(self, text: str, column: str) -> int:
        """Read a number of contracts, whole and not zero.

        Raises:
            ContentRefused: `not_a_number`, `not_whole_contracts`.
        """
        value = self.number(text, column)
        if value != int(value) or value == 0:
            raise self.refusal("not_whole_contracts", f"'{text}' is not a number of contracts.", column=column)
        return int(value)

    def agree(self, stated: Decimal, computed: Decimal, tolerance: Decimal, *, column: str, says: str) -> None:
        """Hold a stated amount against what the other columns give.

        Raises:
            ContentRefused: `amount_differs`.
        """
        if abs(stated - computed) > tolerance:
            raise self.refusal(
                "amount_differs",
                f"{column} is {stated}, but {says} gives {computed.normalize():f}.",
                column=column,
                hint="was the file edited, or a column moved?",
            )


def decimal_of(text: str) -> Decimal | None:
    """Read a broker's number; none when it is none. A comma that parts no thousands is not left out."""
    plain = text.strip().replace("$", "")
    if plain.startswith("(") and plain.endswith(")"):
        plain = f"-{plain[1:-1]}"
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if not plain.isascii():
        return None
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < _BEYOND_ANY_AMOUNT else None


def statement_load(
    file: TextFile, *, broker: str, format_name: str, series: Series, lines: Sequence[BrokerRow | SetAside]
) -> ParsedFile:
    """Bundle the lines of a statement, given in the order they were traded, into one load.

    Raises:
        ContentRefused: `broker_id_repeated`: one number on two rows.
    """
    rows = [line for line in lines if isinstance(line, BrokerRow)]
    _refuse_repeated_ids(file, rows)
    days = [row.traded_on for row in rows]
    return ParsedFile(
        kind=KIND,
        format=format_name,
        series=series,
        table=RAW_BROKER_ROWS,
        rows=_raw_frame(broker, rows),
        rejected=_set_aside_frame(file, [line for line in lines if isinstance(line, SetAside)]),
        content=file.content,
        stated=Statement(first_date=min(days, default=None), last_date=max(days, default=None)),
        is_simulated=file.is_simulated,
    )


def _refuse_repeated_ids(file: TextFile, rows: Iterable[BrokerRow]) -> None:
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        key = row.account, row.broker_id
        if row.broker_id and key in seen:
            raise Place(file, row.source_line).refusal(
                "broker_id_repeated",
                f"The number {row.broker_id} stands on line {seen[key]} already.",
                hint="were two statements joined by hand?",
            )
        seen[key] = row.source_line


def _raw_frame(broker: str, rows: Sequence[BrokerRow]) -> pl.DataFrame:
    ids = _fill_ids(broker, rows)
    places: Counter[tuple[str, str]] = Counter()
    records: list[dict[str, object]] = []
    for row, fill_id in zip(rows, ids, strict=True):
        instant = row.account, row.filled_at
        records.append(_record(row, broker=broker, fill_id=fill_id, place=places[instant]))
        places[instant] += 1
    schema = {name: RAW_BROKER_ROWS.polars_schema[name] for name in RAW_BROKER_ROWS.column_names if name != "load_id"}
    frame = pl.DataFrame(records, schema=schema).sort("source_line", "fill_id", maintain_order=True)
    return raw_rows(RAW_BROKER_ROWS, frame)


def _record(row: BrokerRow, *, broker: str, fill_id: str, place: int) -> dict[str, object]:
    instrument = row.instrument
    return {
        "source_line": row.source_line,
        "fill_id": fill_id,
        "account": row.account,
        "filled_at": row.filled_at,
        "root": instrument.root,
        "expiry": f"{instrument.expiry}",
        "option_right": instrument.right,
        "strike": instrument.strike_text,
        "quantity": f"{row.quantity}",
        "price": "" if row.price is None else _plain(row.price),
        "fees": _plain(row.fees),
        "broker": broker,
        "event": row.event,
        "effect": row.effect,
        "trade_ref": row.trade_ref,
        "cancels_ref": row.cancels_ref,
        "order_ref": row.order_ref,
        "amount": "" if row.amount is None else _plain(row.amount),
        "place": f"{place}",
    }


def _fill_ids(broker: str, rows: Sequence[BrokerRow]) -> list[str]:
    """Give each row its lasting name: the broker's own number, else a hash of what it says and how often before."""
    seen: Counter[tuple[str, str]] = Counter()
    ids = []
    for row in rows:
        if row.broker_id:
            ids.append(f"{broker}:{row.account}:{row.broker_id}")
            continue
        seen[row.account, row.content] += 1
        digest = hashlib.sha256(row.content.encode()).hexdigest()[:ID_DIGITS]
        ids.append(f"{broker}:{row.account}:{digest}-{seen[row.account, row.content]}")
    return ids


def _set_aside_frame(file: TextFile, lines: Sequence[SetAside]) -> pl.DataFrame:
    records = [
        {
            "source_file": file.name,
            "source_line": line.source_line,
            "row_key": "",
            "column_name": line.column_name,
            "rule_id": line.rule_id,
            "reason": line.reason,
            "row_text": line.row_text,
        }
        for line in lines
    ]
    return pl.DataFrame(records, schema=REJECTED_SCHEMA).sort("source_line", maintain_order=True)


def _plain(value: object) -> str:
    """A value as text that does not depend on trailing zeros."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
