"""Settlement values that no quote gives: SET, VRO and official closes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.market import typing_rules as rules
from warehouse.tables.core import CORE_SETTLEMENT_VALUES
from warehouse.tables.raw import RAW_SETTLEMENT_VALUES

if TYPE_CHECKING:
    from transforms.market.typing_rules import Typed

SYMBOLS: Final = ("SET", "VRO", "SPX", "VIX")


def type_settlement_values(raw: pl.DataFrame) -> Typed:
    """Read settlement values and keep the believed one of each symbol and session.

    One row per `session_date, symbol`; points. The newest load is believed, because a value may be corrected.
    """
    read = raw.with_columns(
        session_date=rules.date_of("date"),
        symbol=pl.col("symbol").str.strip_chars().str.to_uppercase(),
        number=rules.number_of("value_pts"),
    )
    kept, rejected = rules.sift(read, _row_rules(), raw_table=RAW_SETTLEMENT_VALUES)
    once, repeated = rules.last_in_file(kept, ("session_date", "symbol"), raw_table=RAW_SETTLEMENT_VALUES)
    facts = rules.believed(once, rules.Belief(keys=("session_date", "symbol"), values=("number",)))
    return rules.typed(CORE_SETTLEMENT_VALUES, facts.with_columns(value_pts=pl.col("number")), [rejected, repeated])


def _row_rules() -> list[rules.RowRule]:
    is_unknown = ~pl.col("symbol").is_in(SYMBOLS).fill_null(value=False)
    return [
        rules.bad_date("date", "session_date"),
        rules.not_a_session("date"),
        rules.RowRule(
            "unknown_symbol", is_unknown, rules.said("'{}' is none of SET, VRO, SPX, VIX.", "symbol"), "symbol"
        ),
        rules.missing("value_pts"),
        rules.not_a_number("value_pts", "number"),
        rules.RowRule("not_positive", pl.col("number") <= 0, rules.said("A value of {}.", "value_pts"), "value_pts"),
    ]
