"""One quote of a small simulated chain is moved before the file lands: the gates of the night find it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import TYPE_CHECKING

import pytest

from flows.book import build_book
from flows.build import build_core, build_market
from flows.ingest import ingest_paths
from flows.series import apply_series
from flows.sources.simulated import simulated_files
from tests.new_home import open_home
from warehouse.archive import Archive

if TYPE_CHECKING:
    from pathlib import Path

SESSION = dt.date(2025, 9, 15)
NOW = dt.datetime(2025, 9, 15, 22, tzinfo=dt.UTC)
GATES = ("butterfly_arbitrage", "parity_arbitrage")
HEADER_LINES = 4
# Of a quote table: the call's symbol, bid and ask; the put's stand eleven columns on.
SYMBOL, BID, ASK = 1, 4, 5
TO_THE_PUT = 11


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What the simulated market sends on a calm evening."""
    return simulated_files(tmp_path_factory.mktemp("sent"), SESSION, seed=7, size="small")


def gates_of(files: list[Path], home: Path) -> dict[str, dict[str, object]]:
    """Build the night from its files, and read what the gates say of its chains as a whole."""
    with open_home(home, "the test") as store:
        assert not ingest_paths(store, Archive(home), files, sources={}, now=NOW).refused
        apply_series(store, now=NOW)
        for stage in (build_core, build_market, build_book):
            stage(store, SESSION)
        rows = store.query("select * from meta.checks where check_id like '%y_arbitrage' and subject = ''").to_dicts()
    return {row["check_id"]: row for row in rows}


def planted(files: list[Path], name: str, folder: Path, *, column: int, by_pts: float) -> tuple[list[Path], str]:
    """Move bid and ask of a quote at the money, and say whose symbol it is; the other files stay as they were."""
    (source,) = (file for file in files if file.name == name)
    lines = source.read_text().splitlines(keepends=True)
    rows = list(csv.reader(lines[HEADER_LINES:]))
    level = float(lines[1].split("Last: ")[1].split(",")[0])
    chosen = _row_of_a_month(rows, level)
    row = rows[chosen]
    row[column], row[column + 1] = (f"{float(cell) + by_pts:.2f}" for cell in row[column : column + 2])
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n" if lines[-1].endswith("\r\n") else "\n").writerow(row)
    lines[HEADER_LINES + chosen] = text.getvalue()
    moved = folder / name
    moved.write_text("".join(lines))
    return [moved if file == source else file for file in files], row[SYMBOL if column == BID else SYMBOL + TO_THE_PUT]


def _row_of_a_month(rows: list[list[str]], level: float) -> int:
    """The row nearest the money among those that expire in October."""
    dated = [number for number, row in enumerate(rows) if row[SYMBOL][-15:-11] == "2510"]
    return min(dated, key=lambda number: abs(int(rows[number][SYMBOL][-8:]) / 1000 - level))


def test_an_untouched_chain_passes(files: list[Path], tmp_path: Path) -> None:
    found = gates_of(files, tmp_path)
    assert {
        name: (row["is_passed"], row["is_applicable"], row["value"]) for name, row in found.items()
    } == dict.fromkeys(GATES, (True, True, 0))


@pytest.mark.parametrize(
    ("name", "column", "by_pts"),
    [
        ("spx_quotedata.csv", BID, 9.0),
        ("spx_quotedata.csv", BID, -9.0),
        ("spx_quotedata.csv", BID + TO_THE_PUT, 9.0),
        ("vix_quotedata.csv", BID, 1.0),
    ],
)
def test_a_quote_moved_is_found_by_both_gates(
    files: list[Path], tmp_path: Path, name: str, column: int, by_pts: float
) -> None:
    moved, symbol = planted(files, name, tmp_path, column=column, by_pts=by_pts)
    found = gates_of(moved, tmp_path / "home")
    assert set(found) == set(GATES)
    assert not any(row["is_passed"] for row in found.values())
    # The quote that was moved, and no other: neither the other right of its strike nor a neighbour.
    root, right, strike = symbol[:-15], symbol[-9], int(symbol[-8:]) / 1000
    for row in found.values():
        assert row["value"] == 1
        assert f"{root} 2025-10-" in str(row["message"])
        assert f" {right} {strike:g}, by" in str(row["message"])
