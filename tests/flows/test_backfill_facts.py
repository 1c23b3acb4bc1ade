"""The facts of many sessions, taken in at once: the same whoever reads the chains, in whatever order."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from flows.backfill import take_in_facts
from flows.build import build_core
from flows.ingest import ingest_paths
from flows.night import NightRequest
from flows.rules import RULES
from flows.series import apply_series
from flows.settings import Settings, load_settings
from flows.sources.archive_members import first_bytes
from flows.sources.recognise import is_chain
from flows.sources.simulated import simulated_files
from flows.workers import SCRATCH
from warehouse.archive import Archive
from warehouse.store import open_writer
from warehouse.tables import CORE_TABLES, RAW_TABLES, meta

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from warehouse.store import Store

# Over the end of a month.
SESSIONS = (dt.date(2026, 4, 30), dt.date(2026, 5, 1))
NOW = dt.datetime(2026, 5, 2, tzinfo=dt.UTC)
COMPARED = (
    *RAW_TABLES,
    *CORE_TABLES,
    meta.META_LOADS,
    meta.META_APPLIED_LOADS,
    meta.META_REJECTED_ROWS,
    meta.META_REFUSED_FILES,
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the simulated files of the sessions, not yet taken in.

    Of the second the VIX chain's last line broke off, and one series has no rows: both are refused.
    """
    home = tmp_path_factory.mktemp("files")
    for day in SESSIONS:
        for path in simulated_files(home, day, seed=7, size="small"):
            if path.name == "vix_quotedata.csv" and day == SESSIONS[1]:
                path.write_bytes(path.read_bytes()[:-40])
            if path.name == "VVIX_History.csv" and day == SESSIONS[1]:
                path.write_text("DATE,VVIX\n")
    return home


def in_copy(files: Path, home: Path) -> Settings:
    """Settings of a home of its own with the same files, which are also its landing folder."""
    shutil.copytree(files, home)
    return load_settings(None, home=home, landing=home / "simulated", simulated_size="small")


def take_in(store: Store, settings: Settings, sessions: Sequence[dt.date], *, source: str, jobs: int) -> list[bool]:
    """Take the facts of the sessions in; say of each whether it is priced then."""
    nights = [
        NightRequest.build(settings, source=source, session_date=day, seed=7, book=None, is_forced=False, now=NOW)
        for day in sessions
    ]
    found = take_in_facts(store, nights, settings, jobs=jobs, now=NOW)
    return [found.is_priced(day, RULES) for day in sessions]


def hashes_of(store: Store) -> dict[str, str]:
    return {table.full_name: store.content_hash(table) for table in COMPARED}


@pytest.fixture(scope="module")
def one_by_one(files: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a warehouse holds when each night takes in its own files and prices its own chains."""
    settings = in_copy(files, tmp_path_factory.mktemp("nights") / "home")
    with open_writer(settings.home, "the test") as store:
        for day in SESSIONS:
            paths = simulated_files(settings.home, day, seed=7, size="small")
            ingest_paths(store, Archive(settings.home), paths, sources={}, now=NOW)
            apply_series(store, now=NOW)
            build_core(store, day)
        return hashes_of(store)


def test_facts_of_many_sessions_are_those_of_one_night_after_another(
    files: Path, one_by_one: dict[str, str], tmp_path: Path
) -> None:
    settings = in_copy(files, tmp_path / "home")
    with open_writer(settings.home, "the test") as store:
        assert take_in(store, settings, SESSIONS[:1], source="simulated", jobs=1) == [True]
        # The session of the refused VIX chain is priced from its SPX chain.
        assert take_in(store, settings, SESSIONS, source="simulated", jobs=1) == [False, True]
        assert hashes_of(store) == one_by_one
        refused = store.read(meta.META_REFUSED_FILES)["source_file"]
        assert set(refused) == {"VVIX_History.csv", "vix_quotedata.csv"}


def test_a_worker_that_reads_a_folder_in_another_order_finds_the_same(
    files: Path, one_by_one: dict[str, str], tmp_path: Path
) -> None:
    settings = in_copy(files, tmp_path / "home")
    (settings.home / SCRATCH / "000000").mkdir(parents=True)  # of a run that was killed
    with open_writer(settings.home, "the test") as store:
        assert take_in(store, settings, SESSIONS, source="files", jobs=2) == [True, True]
        assert hashes_of(store) == one_by_one
    assert not (settings.home / SCRATCH).exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("spx_quotedata.csv", True),
        ("vix_quotedata.csv", True),
        ("fills.csv", False),
        ("accounts.csv", False),
        ("SPX_History.csv", False),
    ],
)
def test_chains_are_told_from_other_files_by_their_first_lines(
    files: Path, tmp_path: Path, name: str, *, expected: bool
) -> None:
    found = next(files.rglob(name))
    packed = tmp_path / "packed.zip"
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.write(found, name)
    for path in (found, packed):
        assert is_chain(path.name, first_bytes(path, 4096)) is expected
