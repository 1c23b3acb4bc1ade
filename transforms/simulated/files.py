"""Everything the vendors and the trader's own records would hold on the evening of a session.

A night's files are three sets, each fixed by seed, session and size, whichever sessions were asked for before: the
chains of the session; series and book of the month under way, up to the session; and both up to the end of the month
before, the same bytes for every session of a month. So a first night reads two files a series however late it starts,
the next night one short file a series, and the long one comes anew once a month. One file a session would make a late
first night read thousands of files; one growing file would make every night read all of history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.simulated.book_files import book_files
from transforms.simulated.chain_files import chain_files
from transforms.simulated.series_files import events_file, series_files
from transforms.simulated.vendor_file import VendorFile

if TYPE_CHECKING:
    import datetime as dt

    from transforms.simulated.listings import Size
    from transforms.simulated.market import SimulatedMarket


def files_for(
    market: SimulatedMarket, session_date: dt.date, *, size: Size = "full", history: bool = True
) -> list[VendorFile]:
    """Write all files of a session, in the vendors' own layouts and marked as simulated; names carry folders.

    Without `history` only those of `session_files`.

    Raises:
        NotSimulatedError: the date is no session of this market.
    """
    files = session_files(market, session_date, size=size)
    return [*files, *files_before(market, session_date)] if history else files


def session_files(market: SimulatedMarket, session_date: dt.date, *, size: Size = "full") -> list[VendorFile]:
    """Write what a session adds: both chains, and series and book of its month so far."""
    last = market.position(session_date)
    month = range(_month_start(market, session_date), last + 1)
    return [
        *chain_files(market, session_date, size=size),
        *series_files(market, month),
        *book_files(market, month),
    ]


def files_before(market: SimulatedMarket, session_date: dt.date) -> list[VendorFile]:
    """Write what was known before a session's month began, and the calendar of events."""
    before = range(_month_start(market, session_date))
    files = [*series_files(market, before), *book_files(market, before), events_file(market)]
    return [VendorFile(f"{folder_before(session_date)}/{file.name}", file.content) for file in files]


def folder_before(session_date: dt.date) -> str:
    """Name the folder of what was known before a session's month began."""
    return f"before-{session_date:%Y-%m}"


def _month_start(market: SimulatedMarket, session_date: dt.date) -> int:
    last = market.position(session_date)
    month = (session_date.year, session_date.month)
    return next(row for row in range(last, -1, -1) if row == 0 or _month_of(market.sessions[row - 1]) != month)


def _month_of(day: dt.date) -> tuple[int, int]:
    return day.year, day.month
