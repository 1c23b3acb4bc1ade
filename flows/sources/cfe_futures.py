"""VIX futures of the Cboe Futures Exchange: one file a contract (the archive), or all contracts in one table.

`Futures` holds a contract label (`K (May 08)`) or the expiry itself; which contract that is, and the scale before
March 2007, is for the core layer to say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date, us_date
from flows.sources.naming import series_by_name
from flows.sources.rules import must_be_date
from flows.sources.series_file import SeriesFormat, read_series
from flows.sources.text_file import split_fields
from warehouse.tables.raw import RAW_VX_SETTLEMENTS

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

TABLE_FORMAT = "cfe_futures_table"
CONTRACT_FORMAT = "cfe_contract"
_LEGAL_LINE = re.compile(r'^"?CFE data is compiled')
_COLUMNS = {
    "trade date": "trade_date",
    "futures": "contract",
    "open": "open",
    "high": "high",
    "low": "low",
    "close": "close",
    "settle": "settle",
    "total volume": "volume",
    "open interest": "open_interest",
}

_TRADE_DATE = pl.coalesce(iso_date(pl.col("trade_date")), us_date(pl.col("trade_date")))


def recognises(file: TextFile) -> bool:
    """True for a table with Trade Date, Futures and Settle columns."""
    return _header(file) is not None


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a futures file: one raw row a contract and trade date.

    Raises:
        SeriesUnknown: the name does not say that these are VX futures; the rows cannot.
        ContentRefused: `truncated`, `no_usable_row`.
    """
    header_index, header = _header(file) or (0, [])
    is_table = not header[0]
    series = series_by_name(file, {"VX"}, holds="futures")
    layout = SeriesFormat(
        kind="vx_futures",
        format=TABLE_FORMAT if is_table else CONTRACT_FORMAT,
        table=RAW_VX_SETTLEMENTS,
        header=tuple(header),
        first_index=header_index + 1,
        columns=_COLUMNS,
        rules=(must_be_date("trade_date", "Trade Date", _TRADE_DATE),),
        date=_TRADE_DATE,
    )
    return [read_series(file, layout, series)]


def _header(file: TextFile) -> tuple[int, list[str]] | None:
    """The header's index and names; a legal notice may stand before it."""
    for index, line in file.head:
        names = [name.lower() for name in split_fields(line)]
        if set(_COLUMNS) <= set(names):
            return index, names
        if not _LEGAL_LINE.match(line):
            return None
    return None
