"""Statements as the book reads them, without a database: parsed, typed, matched."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from flows.sources.book_statements import parse_statement
from transforms.book.fills import broker_events, type_fills
from transforms.book.positions import HeldBook, held_book

if TYPE_CHECKING:
    from transforms.market.typing_rules import Typed

File = tuple[str, str]
FIRST_LOADED = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
# Executions at the Schwab way of telling time count at the close, so the mark has to lie behind it.
MARK_AT = dt.datetime(2023, 2, 15, 21, 15, tzinfo=dt.UTC)


def raw_of(*files: File, account: str | None = None) -> pl.DataFrame:
    """The raw rows of statements, loaded one minute after the other."""
    frames = [
        load.rows.with_columns(
            load_id=pl.lit(f"load-{number}"),
            loaded_at=pl.lit(FIRST_LOADED + dt.timedelta(minutes=number)),
            format=pl.lit(load.format),
            source_file=pl.lit(name),
        )
        for number, (name, text) in enumerate(files)
        for load in parse_statement(name, text.encode(), series_hint=account)
    ]
    return pl.concat(frames, how="diagonal")


def typed(*files: File, account: str | None = None) -> Typed:
    return type_fills(raw_of(*files, account=account))


def events(*files: File, account: str | None = None) -> pl.DataFrame:
    return broker_events(raw_of(*files, account=account))


def book(*files: File, account: str | None = None) -> HeldBook:
    read = typed(*files, account=account)
    assert read.rejected.is_empty(), read.rejected["reason"].to_list()
    return held_book(read.rows, MARK_AT.date(), MARK_AT)
