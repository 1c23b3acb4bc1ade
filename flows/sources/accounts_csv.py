"""Our own accounts file: net liquidation value and margin of each account and date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date
from flows.sources.parsed import Series
from flows.sources.rules import must_be_date, must_be_filled
from flows.sources.series_file import SeriesFormat, header_of, read_series, require_columns
from warehouse.tables.raw import RAW_ACCOUNTS

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

FORMAT = "accounts_csv"
HEADER = ("account", "date", "net_liq_usd", "margin_used_usd", "margin_debit_usd", "broker_margin_usd")


def recognises(file: TextFile) -> bool:
    """True for a table with an account and a net_liq_usd column."""
    return {"account", "net_liq_usd"} <= set(header_of(file))


def parse(file: TextFile) -> list[ParsedFile]:
    """Read an accounts file: one raw row an account and date.

    Raises:
        HeaderNotUnderstood: `header_differs`.
        ContentRefused: `truncated`, `no_usable_row`.
    """
    require_columns(file, HEADER)
    date = iso_date(pl.col("date"))
    layout = SeriesFormat(
        kind="accounts",
        format=FORMAT,
        table=RAW_ACCOUNTS,
        header=HEADER,
        first_index=file.head[0][0] + 1,
        columns={name: name for name in HEADER},
        rules=(must_be_filled("account", "account"), must_be_date("date", "date", date)),
        date=date,
        may_be_empty=True,
    )
    return [read_series(file, layout, Series(None))]
