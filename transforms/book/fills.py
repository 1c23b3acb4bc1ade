"""Fills as the book keeps them: one row a fill, imported once however often its file comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.broker_rows import (
    CANCEL,
    CORRECTED,
    CORRECTION,
    FILL,
    is_event,
    rejected_of,
    type_broker_events,
    without_cancelled,
)
from transforms.book.fill_rows import typed_rows
from transforms.market import typing_rules as rules
from warehouse.tables.core import CORE_FILLS
from warehouse.tables.raw import RAW_BROKER_ROWS, RAW_FILLS

if TYPE_CHECKING:
    from transforms.market.typing_rules import Typed

# What a fill says; the note is the trader's own and may change.
STATED: Final = (
    "account",
    "filled_instant",
    "root",
    "expiry_date",
    "right",
    "strike_pts",
    "quantity_read",
    "price_pts",
    "fees_usd",
    "structure",
    "campaign",
)
AS_LOADED: Final = ("loaded_at", "load_id", "source_line")


def type_fills(raw: pl.DataFrame) -> Typed:
    """Read the fills of all files; each fill counts once, by its id.

    One row per `fill_id`; quantity signed (+ bought, - sold), price in points, fees in USD. A fill that comes again
    with the same values changes nothing. One of our own files that comes again with other values is rejected as
    `fill_id_reused`: the first loaded stays, because what was reported stands on it. A broker is the authority on its
    own rows: its later statement replaces the earlier one, and what it cancels leaves the book. Fills are therefore
    always read whole, never by date.
    """
    kept, rejected = typed_rows(raw)
    trades = kept.filter(is_event(FILL, CORRECTION, CANCEL))
    own, reused = _first_loaded(trades.filter(pl.col("broker").is_null()))
    stated, restated = _last_stated(trades.filter(pl.col("broker").is_not_null()))
    standing, left, _ = without_cancelled(stated)
    book = pl.concat([own, standing])
    facts = book.with_columns(filled_at="filled_instant", quantity_qty=pl.col("quantity_read").cast(pl.Int64))
    return rules.typed(CORE_FILLS, facts, [rejected, reused, restated, rejected_of(left, stated)])


def broker_events(raw: pl.DataFrame) -> pl.DataFrame:
    """List the settlement rows of all statements: one row per `event_id`, as core.broker_events declares."""
    kept, _ = typed_rows(raw)
    stated, _ = _last_stated(kept.filter(is_event(FILL, CORRECTION, CANCEL), pl.col("broker").is_not_null()))
    _, _, kept_fees = without_cancelled(stated)
    return type_broker_events(kept, kept_fees)


def _first_loaded(trades: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the first row of each id; reject what uses the id for another fill."""
    first_come = trades.sort(AS_LOADED).with_columns(is_as_first=_says_as(first=True))
    reused = rules.RowRule(
        "fill_id_reused",
        ~pl.col("is_as_first"),
        rules.said("{} is another fill already: give this one an id of its own.", "fill_id"),
        "fill_id",
    )
    once, others = rules.sift(first_come, [reused], raw_table=RAW_FILLS, row_key=pl.col("fill_id"))
    kept = once.sort("fill_id", "load_id", "source_line").unique(subset="fill_id", keep="first", maintain_order=True)
    return kept.drop("is_as_first"), others


def _last_stated(trades: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the last statement of each row; what an earlier one said otherwise is written down."""
    in_order = trades.sort(AS_LOADED).with_columns(is_as_last=_says_as(first=False))
    corrected = rules.RowRule(
        CORRECTED,
        ~pl.col("is_as_last"),
        rules.said("A later statement says otherwise of {}, and is believed.", "fill_id"),
        "fill_id",
    )
    once, others = rules.sift(in_order, [corrected], raw_table=RAW_BROKER_ROWS, row_key=pl.col("fill_id"))
    kept = once.sort("fill_id", "load_id", "source_line").unique(subset="fill_id", keep="first", maintain_order=True)
    return kept.drop("is_as_last"), others


def _says_as(*, first: bool) -> pl.Expr:
    """Whether a row says the same as the first, or the last, of its id."""

    def sample(name: str) -> pl.Expr:
        return (pl.col(name).first() if first else pl.col(name).last()).over("fill_id")

    return pl.all_horizontal(pl.col(name).eq_missing(sample(name)) for name in STATED)
