"""What makes a night worth running again, and what does not."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.inputs import inputs_hash
from flows.settings import load_settings
from tests.flows.invented_files import (
    EVERY_FILE,
    FILLS_HEADER,
    OHLC,
    SETTLEMENTS_HEADER,
    VendorFile,
    fill_line,
    vix_chain,
    vx_file,
)
from tests.new_home import open_home
from warehouse.ledger import Ledger
from warehouse.store import Store

FRIDAY = dt.date(2024, 3, 15)
SETTINGS = load_settings(None)
MONDAY_EVENING = 18
CURVE, EVENTS = "Date,1 Mo,3 Mo,10 Yr\n", "date,event,detail,ref_period,time_et,status\n"
ACCOUNTS = "account,date,net_liq_usd,margin_used_usd,margin_debit_usd,broker_margin_usd\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inputs")


@pytest.fixture(scope="module")
def store(home: Path) -> Iterator[Store]:
    """A Friday evening with every kind of file; what a test adds stays for the tests after it."""
    with open_home(home, "test") as opened:
        for file in EVERY_FILE:
            file.take_in(opened, home)
        yield opened


def monday(name: str, content: str) -> VendorFile:
    return VendorFile(name, content, MONDAY_EVENING)


@pytest.mark.parametrize(
    "file",
    [
        vx_file(("2024-03-18", "2024-03-20", 14.9), evening=MONDAY_EVENING),
        monday("VIX_History.csv", OHLC + "03/15/2024,14.5,14.9,14.1,14.41\n03/18/2024,14.6,14.9,14.1,14.33\n"),
        monday("curve.csv", CURVE + "3/18/24,5.51,5.48,4.34\n"),
        monday("NYSE_advn.csv", "20240315, 1200\n20240318, 1300\n"),
        monday("settlements.csv", SETTLEMENTS_HEADER + "2024-03-18,SPX,5149.42\n"),
        monday("accounts.csv", ACCOUNTS + "DESK,2024-03-18,1,1,,\n"),
        monday("events.csv", EVENTS + "2024-03-01,nfp,,February 2024,08:30,scheduled\n"),
        monday("export.csv", FILLS_HEADER + fill_line("F2", "2024-03-15T15:00:00-04:00")),
        monday("export.csv", FILLS_HEADER + fill_line("F7", "2024-03-15T16:16:00-04:00")),
        monday("export.csv", FILLS_HEADER + fill_line("F8", "2024-03-18T10:00:00-04:00")),
    ],
    ids=[
        "Monday's settlements",
        "a longer history with the same Friday",
        "Monday's curve",
        "Monday's breadth",
        "Monday's close",
        "Monday's account",
        "a release of two weeks before",
        "the same fill in another export",
        "a fill a minute after the mark",
        "a fill of Monday",
    ],
)
def test_what_comes_later_or_says_the_same_leaves_friday_done(store: Store, home: Path, file: VendorFile) -> None:
    before = inputs_hash(store, SETTINGS, FRIDAY)
    file.take_in(store, home)
    assert inputs_hash(store, SETTINGS, FRIDAY) == before


@pytest.mark.parametrize(
    "file",
    [
        vx_file(("2024-03-15", "2024-04-17", 15.05), evening=MONDAY_EVENING),
        monday("VIX_History.csv", OHLC + "03/14/2024,13.8,14.9,13.7,14.47\n"),
        monday("curve.csv", CURVE + "3/15/24,5.49,5.48,4.31\n"),
        monday("NYSE_decln.csv", "20240314, 1802\n"),
        monday("settlements.csv", SETTLEMENTS_HEADER + "2024-03-15,SET,5123.32\n"),
        monday("accounts.csv", ACCOUNTS + "DESK,2024-03-15,251000,40000,,\n"),
        monday("events.csv", EVENTS + "2024-03-18,ppi,,February 2024,08:30,scheduled\n"),
        monday("events.csv", EVENTS + "2024-03-14,ppi,,February 2024,08:30,scheduled\n"),
        monday("export.csv", FILLS_HEADER + fill_line("F9", "2024-03-15T16:15:00-04:00")),
        vix_chain((1.00, 1.12), (0.50, 0.62)),
        vix_chain((1.10, 1.20), (0.50, 0.60)),
    ],
    ids=[
        "a settlement restated",
        "the day before restated",
        "the curve restated",
        "breadth restated",
        "a settlement value restated",
        "Friday's account",
        "a release on Monday",
        "a release of the day before, which makes Friday the session after",
        "a fill at the mark",
        "another chain of Friday",
        "a chain of Thursday, which Friday's is held against",
    ],
)
def test_what_restates_friday_or_adds_to_it_asks_for_another_run(store: Store, home: Path, file: VendorFile) -> None:
    before = inputs_hash(store, SETTINGS, FRIDAY)
    file.take_in(store, home)
    assert inputs_hash(store, SETTINGS, FRIDAY) != before


def test_a_setting_that_changes_results_counts_and_where_files_lie_does_not(store: Store) -> None:
    here = inputs_hash(store, SETTINGS, FRIDAY)
    assert inputs_hash(store, load_settings(None, home=Path("elsewhere"), landing=Path("downloads")), FRIDAY) == here
    assert inputs_hash(store, load_settings(None, sources={"adv*.csv": "advances"}), FRIDAY) != here


@pytest.mark.parametrize(
    ("night", "counts"),  # in this order: they share a store, and only the latest night counts
    [(dt.date(2024, 3, 7), False), (dt.date(2024, 3, 8), True), (dt.date(2024, 3, 14), True)],
    ids=str,
)
def test_the_last_night_on_record_counts_once_it_is_done(store: Store, night: dt.date, counts: bool) -> None:
    """Its states are carried on, over five sessions at most; a run that has not ended well carries nothing."""
    now = dt.datetime(2024, 3, 18, 22, tzinfo=dt.UTC)
    alone = inputs_hash(store, SETTINGS, FRIDAY)
    ledger = Ledger(store)
    ledger.start(night, holder="desk:1", now=now, lease=dt.timedelta(minutes=15))
    ledger.record_inputs("an earlier night's")
    assert inputs_hash(store, SETTINGS, FRIDAY) == alone
    ledger.finish("done", exit_code=0, status_line="[OK]", paths=(), now=now)
    assert (inputs_hash(store, SETTINGS, FRIDAY) != alone) is counts
