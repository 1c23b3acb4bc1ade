"""Two evenings of the small simulated market as files that a test may tamper with before they land."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.book import build_book
from flows.build import build_core, build_market
from flows.ingest import ingest_paths
from flows.series import apply_series
from tests.built_once import built_once
from tests.new_home import open_home
from transforms.simulated.files import files_before, session_files
from transforms.simulated.market import simulate
from warehouse.archive import Archive
from warehouse.store import open_writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    from warehouse.store import Store

# SPX falls by 1.4% and VIX rises by 3 points from the first to the second.
YESTERDAY, SESSION = dt.date(2026, 4, 22), dt.date(2026, 4, 23)
SPX, VIX = "spx_quotedata.csv", "vix_quotedata.csv"
HEADER_LINES = 4
# Of a quote table: the call's symbol, bid, ask and vendor vol; the put's stand eleven columns on.
SYMBOL, BID, ASK, IV, TO_THE_PUT = 1, 4, 5, 7, 11

Landing = dict[str, bytes]


def landing_of(session_date: dt.date, *, history: bool = False) -> Landing:
    """The files of an evening by name; with those of the months before where asked."""
    market = simulate(7)
    files = session_files(market, session_date, size="small")
    return {file.name: file.content for file in [*(files_before(market, session_date) if history else []), *files]}


def take_in(store: Store, home: Path, landing: Landing, session_date: dt.date) -> None:
    """Let files land, and build the night up to its gates."""
    folder = home / "landing" / f"{session_date}"
    for name, content in landing.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    now = dt.datetime.combine(session_date, dt.time(22), dt.UTC)
    assert not ingest_paths(store, Archive(home), [folder], sources={}, now=now).refused
    apply_series(store, now=now)
    for stage in (build_core, build_market, build_book):
        stage(store, session_date)


def night_before(factory: pytest.TempPathFactory) -> Path:
    """A home in which yesterday's untouched night has been built, once for all tests; copy it before writing to it."""

    def build(folder: Path) -> None:
        with open_home(folder / "home", "the test") as store:
            take_in(store, folder / "home", landing_of(YESTERDAY, history=True), YESTERDAY)

    return built_once(factory, "night-before", build) / "home"


@dataclass(frozen=True, slots=True)
class FailedChecks:
    """The gates a night failed, as `check_id subject`."""

    critical: frozenset[str]
    warnings: frozenset[str]

    @classmethod
    def of(cls, store: Store, session_date: dt.date) -> FailedChecks:
        rows = store.query(
            "select check_id, subject, severity from meta.checks where session_date = $day and not is_passed",
            {"day": session_date},
        )
        named = {"critical": set[str](), "warning": set[str]()}
        for check_id, subject, severity in rows.iter_rows():
            named[severity].add(f"{check_id} {subject}".strip())
        return cls(frozenset(named["critical"]), frozenset(named["warning"]))


def tampered_night(home_before: Path, home: Path, landing: Landing) -> FailedChecks:
    """Run the second evening in a copy of a home, and say what its gates found."""
    shutil.copytree(home_before, home)
    with open_writer(home, "the test") as store:
        take_in(store, home, landing, SESSION)
        return FailedChecks.of(store, SESSION)


@dataclass(frozen=True, slots=True)
class QuoteTable:
    """A quote table as its lines above the rows and its rows of fields: one a strike, call and put."""

    preamble: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, content: bytes) -> QuoteTable:
        lines = content.decode().splitlines()
        return cls(tuple(lines[:HEADER_LINES]), tuple(tuple(row) for row in csv.reader(lines[HEADER_LINES:])))

    @property
    def content(self) -> bytes:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self.rows)
        return ("\n".join(self.preamble) + "\n" + text.getvalue()).encode()

    def dated(self, written: str) -> QuoteTable:
        """The same quotes under another date line, such as `April 23, 2026 at 5:30 PM EDT`."""
        date_line = re.sub(r"Date: [^\"]*", f"Date: {written}", self.preamble[2])
        return replace(self, preamble=(*self.preamble[:2], date_line, *self.preamble[3:]))

    def under_the_date_of(self, other: QuoteTable) -> QuoteTable:
        """The same quotes under the first lines of another table."""
        return replace(self, preamble=other.preamble)

    def keep(self, is_kept: Callable[[int, str, dt.date, float], bool]) -> QuoteTable:
        """Only the rows for which that is so, asked with their number, root, expiry and strike."""
        return replace(
            self, rows=tuple(row for number, row in enumerate(self.rows) if is_kept(number, *key_of(row[SYMBOL])))
        )

    def joined(self, other: QuoteTable, is_from_other: Callable[[str, dt.date], bool]) -> QuoteTable:
        """The expiries for which that is so from another table, the rest from this, in order of expiry."""
        rows = [row for row in self.rows if not is_from_other(*key_of(row[SYMBOL])[:2])]
        rows += [row for row in other.rows if is_from_other(*key_of(row[SYMBOL])[:2])]
        return replace(self, rows=tuple(sorted(rows, key=lambda row: key_of(row[SYMBOL])[1:])))

    def edited(self, edit: Callable[[list[str], int, str], None]) -> QuoteTable:
        """Each side of each row handed to `edit`: the row, the offset of its columns, the symbol."""
        rows = [list(row) for row in self.rows]
        for row in rows:
            for offset in (0, TO_THE_PUT):
                edit(row, offset, row[SYMBOL + offset])
        return replace(self, rows=tuple(tuple(row) for row in rows))

    def with_quotes(self, quotes: dict[str, tuple[float, float]]) -> QuoteTable:
        """The bid and ask of some contracts replaced, named by their symbols."""

        def edit(row: list[str], offset: int, symbol: str) -> None:
            if symbol in quotes:
                row[BID + offset], row[ASK + offset] = (f"{price:g}" for price in quotes[symbol])

        return self.edited(edit)

    def without(self, symbols: set[str]) -> QuoteTable:
        """The rows of none of these contracts."""
        return replace(self, rows=tuple(row for row in self.rows if row[SYMBOL] not in symbols))

    def garbled(self, symbols: set[str]) -> QuoteTable:
        """The names of some contracts made unreadable."""

        def edit(row: list[str], offset: int, symbol: str) -> None:
            if symbol in symbols:
                row[SYMBOL + offset] = f"?{symbol}"

        return self.edited(edit)

    def quotes(self) -> Iterator[tuple[str, float, float]]:
        """Every contract's symbol, bid and ask."""
        for row in self.rows:
            for offset in (0, TO_THE_PUT):
                yield row[SYMBOL + offset], float(row[BID + offset]), float(row[ASK + offset])


def key_of(symbol: str) -> tuple[str, dt.date, float]:
    """Root, expiry and strike of an OCC symbol."""
    expiry = dt.date(2000 + int(symbol[-15:-13]), int(symbol[-13:-11]), int(symbol[-11:-9]))
    return symbol[:-15], expiry, int(symbol[-8:]) / 1000
