"""The simulated market's files are the vendors' files: read by the same parsers, the same to the byte each time."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import pytest

from flows.sources.recognise import parse
from flows.sources.simulated import simulated_files
from transforms.simulated.files import files_for, session_files
from transforms.simulated.market import NotSimulatedError, simulate
from transforms.simulated.story import FEATURE_SESSION

if TYPE_CHECKING:
    from pathlib import Path

    from transforms.simulated.listings import Size
    from transforms.simulated.market import SimulatedMarket
    from transforms.simulated.vendor_file import VendorFile

MARK = b"# SIMULATED by condorwatch, seed 7\n"
KINDS = {
    "option_chain": 2,
    "index_levels": 14,
    "vx_futures": 2,
    "breadth": 10,
    "rates": 2,
    "events": 1,
    "fills": 2,
    "accounts": 2,
    "settlement_values": 2,
}


def hashes(files: list[VendorFile]) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.content).hexdigest() for file in files}


@pytest.fixture(scope="module")
def feature_files(market: SimulatedMarket) -> list[VendorFile]:
    return files_for(market, FEATURE_SESSION, size="small")


def test_every_file_says_in_its_first_line_that_it_is_simulated(feature_files: list[VendorFile]) -> None:
    assert all(file.content.startswith(MARK) for file in feature_files)


def test_the_parsers_read_every_file_and_reject_nothing(feature_files: list[VendorFile]) -> None:
    loads = [load for file in feature_files for load in parse(file.name, file.content, series_hint=None)]
    assert {kind: sum(load.kind == kind for load in loads) for kind in KINDS} == KINDS
    assert all(load.is_simulated for load in loads)
    assert all(load.rejected.is_empty() for load in loads)
    assert not any(load.rows.is_empty() for load in loads)


@pytest.mark.parametrize(
    ("size", "spx", "vix"), [("full", (17_000, 22_000), (1_300, 1_500)), ("small", (1_400, 2_700), (300, 500))]
)
def test_chains_are_as_large_as_real_ones_or_small_for_tests(
    market: SimulatedMarket, size: Size, spx: tuple[int, int], vix: tuple[int, int]
) -> None:
    chains = files_for(market, FEATURE_SESSION, size=size, history=False)[:2]
    loads = [load for file in chains for load in parse(file.name, file.content, series_hint=None)]
    counts = {load.series.name: load.rows.height for load in loads}
    assert spx[0] <= counts["SPX"] <= spx[1]
    assert vix[0] <= counts["VIX"] <= vix[1]


def test_a_chain_states_its_session_in_new_york_time(market: SimulatedMarket) -> None:
    winter, summer = dt.date(2025, 12, 24), dt.date(2025, 7, 3)  # both half days: the table is still made at 17:30
    for day, line in ((winter, b"December 24, 2025 at 5:30 PM EST"), (summer, b"July 3, 2025 at 5:30 PM EDT")):
        chain = session_files(market, day, size="small")[0]
        assert line in chain.content.splitlines()[2]


def test_the_same_seed_gives_the_same_bytes_whatever_was_asked_before(feature_files: list[VendorFile]) -> None:
    simulate.cache_clear()
    again = simulate(7)
    files_for(again, dt.date(2025, 5, 20), size="small")
    files_for(again, dt.date(2026, 6, 1), size="full")
    assert hashes(files_for(again, FEATURE_SESSION, size="small")) == hashes(feature_files)


def test_another_seed_gives_another_market(market: SimulatedMarket) -> None:
    other = simulate(8)
    assert (other.bars["SPX"].close_pts != market.bars["SPX"].close_pts).mean() > 0.9


def test_a_session_of_the_next_month_reads_what_this_month_wrote(market: SimulatedMarket) -> None:
    last_of_april, first_of_may = dt.date(2026, 4, 30), dt.date(2026, 5, 1)
    april = {file.name: file.content for file in session_files(market, last_of_april, size="small")}
    before = {file.name.split("/")[-1]: file.content for file in files_for(market, first_of_may, size="small")}
    lines = april["VIX_History.csv"].splitlines()[2:]
    assert len(lines) == 21
    assert before["VIX_History.csv"].splitlines()[-21:] == lines


def test_a_night_writes_its_files_once_and_shares_history_within_the_month(tmp_path: Path) -> None:
    first = simulated_files(tmp_path, dt.date(2026, 4, 29), seed=7, size="small")
    written = {path: path.stat().st_mtime_ns for path in first}
    second = simulated_files(tmp_path, dt.date(2026, 4, 30), seed=7, size="small")
    again = simulated_files(tmp_path, dt.date(2026, 4, 29), seed=7, size="small")
    assert again == first
    assert {path: path.stat().st_mtime_ns for path in again} == written
    assert {path.parent.name for path in set(first) & set(second)} == {"before-2026-04"}
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".")]


def test_a_date_outside_the_story_is_refused_with_its_bounds(market: SimulatedMarket) -> None:
    with pytest.raises(NotSimulatedError, match="2023-08-01 to 2026-06-30"):
        files_for(market, dt.date(2027, 1, 4))
