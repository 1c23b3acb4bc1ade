"""The facts kept by date are those of the loads there are, in whatever order and portions they came."""

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.build import curve_of
from flows.ingest import ingest_paths
from flows.series import KINDS, apply_series
from tests.flows.invented_files import (
    EVERY_FILE,
    FILLS_HEADER,
    FRIDAY_VX,
    OHLC,
    THURSDAY_VX,
    VIX_CHAIN,
    VendorFile,
    fill_line,
)
from tests.new_home import open_home
from warehouse.archive import Archive
from warehouse.store import Store
from warehouse.tables import core, meta

THURSDAY, FRIDAY = dt.date(2024, 3, 14), dt.date(2024, 3, 15)
FACTS = (
    *(kind.core_table for kind in KINDS),
    core.CORE_OPTION_CHAINS,
    meta.META_REJECTED_ROWS,
    meta.META_APPLIED_LOADS,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_home(tmp_path, "test") as opened:
        yield opened


def facts_of(store: Store) -> dict[str, tuple[int, str]]:
    """How many rows each table of facts has, and their content."""
    return {table.full_name: (store.read(table).height, store.content_hash(table)) for table in FACTS}


@pytest.fixture(scope="module")
def all_at_once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    home = tmp_path_factory.mktemp("at_once")
    with open_home(home, "test") as store:
        for file in EVERY_FILE:
            file.ingest(store, home)
        apply_series(store, now=EVERY_FILE[0].loaded_at)
        return facts_of(store)


def test_every_kind_of_fact_is_there(all_at_once: dict[str, tuple[int, str]]) -> None:
    assert {name: rows for name, (rows, _) in all_at_once.items()} == {
        "core.vx_settlements_daily": 5,  # two contracts of two sessions, a weekly of one
        "core.index_levels_daily": 4,  # VIX of three sessions, SPX of one
        "core.breadth_daily": 2,
        "core.treasury_yields_daily": 7,  # FRED adds a day, and has no say on the other
        "core.valuation_monthly": 2,
        "core.events": 2,
        "core.fills": 2,
        "core.accounts_daily": 1,
        "core.settlement_values": 1,
        "core.option_chains": 1,
        "meta.rejected_rows": 5,  # Saturday's print, SPX at -1, the used id, the fill of yesterday, VXM
        "meta.applied_loads": len(EVERY_FILE),
    }


@pytest.mark.parametrize("seed", range(4))
def test_files_taken_in_one_by_one_in_any_order_give_the_same_facts(
    seed: int, all_at_once: dict[str, tuple[int, str]], store: Store, tmp_path: Path
) -> None:
    files = list(EVERY_FILE)
    random.Random(seed).shuffle(files)  # noqa: S311 - any order will do, the same one every time
    for file in files:
        file.take_in(store, tmp_path)
    assert facts_of(store) == all_at_once


def test_the_newest_load_restates_a_session_and_leaves_the_others(store: Store, tmp_path: Path) -> None:
    earlier, later = EVERY_FILE[:2]
    later.take_in(store, tmp_path)
    earlier.take_in(store, tmp_path)
    closes = store.query("select session_date, close_pts from core.index_levels_daily order by session_date").rows()
    assert closes == [(dt.date(2024, 3, 13), 13.75), (THURSDAY, 14.43), (FRIDAY, 14.41)]


def test_a_settlement_file_is_of_the_session_the_configuration_names(store: Store, tmp_path: Path) -> None:
    header, rows = "Product,Symbol,Expiration Date,Price\n", "VX,VX/H4,2024-03-20,14.52\nVX,VX13/H4,2024-03-27,14.77\n"
    file = tmp_path / "landing" / "settlement.csv"
    file.parent.mkdir()
    file.write_text(header + rows)
    now, archive = FRIDAY_VX.loaded_at, Archive(tmp_path)
    (refused,) = ingest_paths(store, archive, [file], sources={}, now=now).refused
    assert refused.refusal is not None
    assert refused.refusal.rule_id == "session_unknown"
    (loaded,) = ingest_paths(store, archive, [file], sources={"settlement*.csv": "VX 2024-03-15"}, now=now).loaded
    assert (loaded.series, loaded.first_date, loaded.rows_qty) == ("VX 2024-03-15", FRIDAY, 2)
    apply_series(store, now=now)
    facts = store.read(core.CORE_VX_SETTLEMENTS_DAILY)
    assert facts.select("session_date", "expiry_date", "settle_pts", "is_monthly").rows() == [
        (FRIDAY, dt.date(2024, 3, 20), 14.52, True),
        (FRIDAY, dt.date(2024, 3, 27), 14.77, False),
    ]
    assert store.query("select count(*) as files from meta.refused_files").item() == 0


def test_the_treasury_is_believed_before_fred_and_a_lone_tenor_is_no_curve(store: Store, tmp_path: Path) -> None:
    VendorFile("curve.csv", "Date,1 Mo,3 Mo\n3/14/24,5.51,5.47\n", 14).take_in(store, tmp_path)
    VendorFile("DGS3MO.csv", "DATE,DGS3MO\n2024-03-14,5.99\n2024-03-15,5.48\n", 15).take_in(store, tmp_path)
    curve = curve_of(store, FRIDAY)
    assert curve is not None
    assert (curve.curve_date, curve.tenor_days) == (THURSDAY, (30, 91))
    assert curve.yields_frac == pytest.approx((0.0551, 0.0547))
    VendorFile("DGS10.csv", "observation_date,DGS10\n2024-03-14,.\n2024-03-15,4.31\n", 16).take_in(store, tmp_path)
    again = curve_of(store, FRIDAY)
    assert again is not None
    assert (again.curve_date, again.tenor_days) == (FRIDAY, (91, 3650))
    assert curve_of(store, dt.date(2024, 3, 13)) is None


def placed(store: Store) -> tuple[dt.date | None, str | None, str | None]:
    (chain,) = store.read(core.CORE_OPTION_CHAINS).to_dicts()
    return chain["session_date"], chain["session_from"], chain["session_reason"]


def test_a_vix_chain_waits_for_the_settlements_that_place_it(store: Store, tmp_path: Path) -> None:
    VIX_CHAIN.take_in(store, tmp_path)
    session_date, session_from, reason = placed(store)
    assert (session_date, session_from) == (None, None)
    assert reason == "the VX 2024-03-20 settlements of 2024-03-13 to 2024-03-20 are not loaded"
    FRIDAY_VX.take_in(store, tmp_path)
    assert placed(store) == (FRIDAY, "vx_parity", None)


def test_a_settlement_that_fits_better_moves_a_placed_vix_chain(store: Store, tmp_path: Path) -> None:
    """The chain's forward is 14.50: Thursday's 14.60 would do, Friday's 14.52 is nearer."""
    VIX_CHAIN.take_in(store, tmp_path)
    THURSDAY_VX.take_in(store, tmp_path)
    assert placed(store)[0] == THURSDAY
    FRIDAY_VX.take_in(store, tmp_path)
    assert placed(store)[0] == FRIDAY


def test_a_row_is_rejected_once_however_often_its_file_is_read_again(store: Store, tmp_path: Path) -> None:
    with_holiday = VendorFile("VIX_History.csv", OHLC + "03/15/2024,14,15,13,14.4\n03/16/2024,14,14,14,14\n", 14)
    over_the_same_days = VendorFile("VVIX_History.csv", "DATE,VVIX\n03/15/2024,80.1\n03/16/2024,80.2\n", 15)
    with_holiday.take_in(store, tmp_path)
    over_the_same_days.take_in(store, tmp_path)
    rejected = store.query(
        "select source_file, source_line, stage, rule_id from meta.rejected_rows order by source_file"
    )
    assert rejected.rows() == [
        ("VIX_History.csv", 3, "series", "not_a_session"),
        ("VVIX_History.csv", 3, "series", "not_a_session"),
    ]


def test_what_parsing_rejected_stays_beside_what_typing_rejects(store: Store, tmp_path: Path) -> None:
    bad_close_and_holiday = "03/15/2024,14,15,13,oops\n03/14/2024,14,15,13,14\n03/16/2024,14,14,14,14\n"
    VendorFile("VIX_History.csv", OHLC + bad_close_and_holiday).take_in(store, tmp_path)
    rejected = store.query("select source_line, stage from meta.rejected_rows order by source_line").rows()
    assert rejected == [(2, "ingest"), (4, "series")]


def test_fills_and_events_of_earlier_files_stay(store: Store, tmp_path: Path) -> None:
    for evening, fill_id in ((14, "F1"), (15, "F2")):
        line = fill_line(fill_id, f"2024-03-{evening}T15:00:00-04:00")
        VendorFile("fills.csv", FILLS_HEADER + line, evening).take_in(store, tmp_path)
    VendorFile("empty.csv", FILLS_HEADER, 15).take_in(store, tmp_path)
    assert store.read(core.CORE_FILLS)["fill_id"].to_list() == ["F1", "F2"]
    calendar = [file for file in EVERY_FILE if file.name == "events.csv"]
    for file in calendar:
        file.take_in(store, tmp_path)
    events = store.query("select kind, status from core.events order by kind").rows()
    assert events == [("cpi", "postponed"), ("fomc_decision", "scheduled")]


def test_applying_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    FRIDAY_VX.take_in(store, tmp_path)
    before = store.read(meta.META_APPLIED_LOADS)
    apply_series(store, now=FRIDAY_VX.loaded_at + dt.timedelta(days=1))
    assert store.read(meta.META_APPLIED_LOADS).equals(before)
