"""A calendar of macro and expiry events as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date
from flows.sources.parsed import Series
from flows.sources.rules import must_be_date, must_be_filled
from flows.sources.series_file import SeriesFormat, header_of, read_series
from warehouse.tables.raw import RAW_EVENTS

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

FORMAT = "events_csv"
_COLUMNS = {
    "date": "date",
    "event": "kind",
    "kind": "kind",
    "detail": "detail",
    "ref_period": "ref_period",
    "time_et": "time_et",
    "status": "status",
    "source": "source",
}
_NEEDED = {"date", "time_et"}


def recognises(file: TextFile) -> bool:
    """True for a header of date, event (or kind), time_et and the other columns of a calendar."""
    header = set(header_of(file))
    return header >= _NEEDED and bool(header & {"event", "kind"}) and header <= set(_COLUMNS)


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a calendar: one raw row an event.

    Raises:
        ContentRefused: `truncated`, `no_usable_row`.
    """
    date = iso_date(pl.col("date"))
    layout = SeriesFormat(
        kind="events",
        format=FORMAT,
        table=RAW_EVENTS,
        header=header_of(file),
        first_index=file.head[0][0] + 1,
        columns=_COLUMNS,
        rules=(must_be_date("date", "date", date), must_be_filled("kind", "event")),
        date=date,
    )
    return [read_series(file, layout, Series(None))]
