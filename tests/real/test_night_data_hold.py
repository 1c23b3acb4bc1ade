"""Nights whose quotes are no end of day are held, by the clock in the quotes; files not understood are not loaded.

Which files those are, and the session their content tells, stands in the README of the real data.
"""

import datetime as dt
import functools
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import polars as pl
import pytest
from pypdf import PdfReader

from flows.night import NightOutcome, NightRequest, open_night
from flows.settings import load_settings
from warehouse.store import open_reader, open_writer
from warehouse.tables.core import CORE_OPTION_CHAINS
from warehouse.tables.meta import META_REFUSED_FILES
from warehouse.tables.raw import RAW_TABLES

pytestmark = pytest.mark.real

Run = Callable[..., CompletedProcess[str]]

HELD = ("2023-06-01", "2023-06-05", "2023-06-06", "2023-06-07", "2023-06-12")
# README: "their session by content is that of the first listed expiry, in file order"; the VIX files go with the SPX
# file of the same download.
MIXED = {
    "20230602T1316_53112f4_spx_quotedata_all.csv": "2023-06-01",
    "20230602T1316_53112f4_vix_quotedata.csv": "2023-06-01",
    "20230605T1516_dad0dd3_spx_quotedata_all.csv": "2023-06-05",
    "20230606T1523_caa4c5d_spx_quotedata_all.csv": "2023-06-05",
    "20230607T1138_6a73521_spx_quotedata_all.csv": "2023-06-06",
    "20230607T1138_6a73521_vix_quotedata.csv": "2023-06-06",
    "20230608T1249_1846bff_spx_quotedata_all.csv": "2023-06-07",
    "20230608T1249_1846bff_vix_quotedata.csv": "2023-06-07",
}
# A process of its own and one in this, an SPX file and a VIX file every time; the rest in the soak.
EVERY_TIME = (
    "2023-06-01",
    "2023-06-12",
    "20230602T1316_53112f4_spx_quotedata_all.csv",
    "20230607T1138_6a73521_vix_quotedata.csv",
)
SOME_HELD = [pytest.param(one, marks=() if one in EVERY_TIME else pytest.mark.soak) for one in HELD]
SOME_MIXED = [
    pytest.param(file, session, id=file[:30], marks=() if file in EVERY_TIME else pytest.mark.soak)
    for file, session in MIXED.items()
]
BOOK = """fill_id,account,filled_at,root,expiry,right,strike,quantity,price,fees,structure,campaign,note
H1,DESK,2023-05-24T15:00:00-04:00,SPXW,2023-06-30,P,3950,1,20.0,1,condor-h,,
H2,DESK,2023-05-24T15:00:00-04:00,SPXW,2023-06-30,P,4000,-1,26.0,1,condor-h,,
H3,DESK,2023-05-24T15:00:00-04:00,SPXW,2023-06-30,C,4400,-1,18.0,1,condor-h,,
H4,DESK,2023-05-24T15:00:00-04:00,SPXW,2023-06-30,C,4450,1,10.0,1,condor-h,,
"""


@pytest.fixture(scope="module")
def held(
    condorwatch: Run,
    condorwatch_here: Run,
    another_home: Callable[[], Path],
    nightly_of: Callable[[str, Path], list[object]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], tuple[Path, CompletedProcess[str]]]:
    """Run a held night, all in one home: the pair of 2023-06-12 as a process of its own."""
    book = tmp_path_factory.mktemp("book") / "book.csv"
    book.write_text(BOOK)
    home = another_home()

    @functools.cache
    def run(session: str) -> tuple[Path, CompletedProcess[str]]:
        program = condorwatch if session == HELD[-1] else condorwatch_here
        return home, program(*nightly_of(session, home), "--book", book)

    return run


@pytest.mark.parametrize("session", SOME_HELD)
def test_a_night_of_intraday_quotes_is_held_by_their_clock(
    held: Callable[[str], tuple[Path, CompletedProcess[str]]], session: str
) -> None:
    home, ended = held(session)
    assert ended.returncode == 3, ended.stderr
    assert ended.stdout.startswith(f"[DATA_HOLD] {session} ")
    assert "cover withheld" in ended.stdout
    with open_reader(home) as reader:
        day = {"day": session}
        failed = reader.query(
            "select check_id, message from meta.checks "
            "where session_date = $day and severity = 'critical' and not is_passed",
            day,
        )
        (book,) = reader.query("select * from mart.book_daily where session_date = $day", day).to_dicts()
        (used,) = reader.query(
            "select distinct c.* from core.option_chains as c "
            "join core.option_marks_daily as m on c.load_id = m.load_id "
            "where c.session_date = $day and c.underlying = 'SPX' and m.session_date = $day",
            day,
        ).to_dicts()
    assert failed["check_id"].to_list() == ["spx_end_of_day"]
    assert "not an end of day" in failed["message"][0]
    # The clock's three readings agree, and their median lies in a trading session: that is the evidence.
    assert used["clock_at"] is not None
    assert used["clock_spread_minutes"] <= 20
    assert (book["status"], book["is_data_hold"]) == ("DATA_HOLD", True)


@pytest.mark.parametrize("session", SOME_HELD)
def test_the_held_report_has_its_banner_and_no_offsets(
    held: Callable[[str], tuple[Path, CompletedProcess[str]]], session: str
) -> None:
    _, ended = held(session)
    html, pdf, view = map(Path, ended.stdout.splitlines()[1:])
    assert re.search(r'<div class="banner">[^<]*DATA_HOLD', html.read_text())
    printed = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(pdf).pages))
    assert re.search(r"DATA.HOLD", printed)
    assert "not an end of day" in printed
    assert not re.search(r"SPX −(3|5|10)%: \d", printed)
    verdict = json.loads(view.read_text())["verdict"]
    assert verdict["header"]["is_data_hold"] is True
    offsets = verdict["totals"]["offsets"]
    assert [offset[key]["value"] for offset in offsets for key in ("offset", "with_second_engine")] == [None] * (
        2 * len(offsets)
    )


def night_of_one_chain(chain: Path, session: str, home: Path) -> NightOutcome:
    """Run the night of a landing with one chain, by its own functions, up to the report."""
    settings = load_settings(None, home=home, landing=chain.parent)
    now = dt.datetime.now(tz=dt.UTC)
    request = NightRequest.build(
        settings,
        source="files",
        session_date=dt.date.fromisoformat(session),
        seed=1,
        book=None,
        is_forced=False,
        now=now,
    )
    with open_night(request, settings, clock=lambda: now) as night:
        assert not night.ingest().refused
        night.build()
        return night.finish_without_report()


@pytest.mark.parametrize(("file", "session"), SOME_MIXED)
def test_a_mixed_file_holds_its_night_when_it_lands_alone(
    real_data: Path, home_of_series: Path, tmp_path: Path, file: str, session: str
) -> None:
    """Under a name that tells nothing, beside the series and no other chain."""
    folder = real_data / "chains" / "quotedata" / "mixed_session"
    assert sorted(MIXED) == sorted(found.name for found in folder.iterdir())
    chain, home = tmp_path / "landing" / "chain.csv", tmp_path / "home"
    chain.parent.mkdir()
    chain.write_bytes((folder / file).read_bytes())
    shutil.copytree(home_of_series, home)

    outcome = night_of_one_chain(chain, session, home)

    assert outcome.exit_code == 3
    with open_writer(home, "the test") as store:
        (placed,) = store.read(CORE_OPTION_CHAINS).to_dicts()
        failed = store.query(
            "select check_id from meta.checks where severity = 'critical' and not is_passed order by check_id"
        )
    assert (placed["is_end_of_day"], placed["end_of_day_reason"]) == (False, "quote_clock")
    own_session = dt.date.fromisoformat(session)
    if placed["underlying"] == "SPX":
        assert placed["session_date"] == own_session
        assert failed["check_id"].to_list() == ["spx_end_of_day"]
    else:
        # An overnight VIX chain need not meet a VX settlement, and then belongs to no session. SPX is missing anyway.
        assert placed["session_date"] in (None, own_session)
        assert failed["check_id"].to_list() == ["spx_chain", "spx_level"]


@pytest.mark.parametrize(
    ("file", "session"),
    [
        ("2022-02-04_close_spx_quotedata.csv", "2022-02-04"),
        ("oddities/2023-02-03_expiries_to_month_end_only.csv", "2023-02-03"),
        ("2023-02-07_close_spx_quotedata.csv", "2023-02-07"),
        ("2023-06-09_close_spx_quotedata.csv", "2023-06-09"),
    ],
    ids=["2022-02-04", "2023-02-03", "2023-02-07", "2023-06-09"],
)
def test_a_close_does_not_hold_its_night(
    real_data: Path, home_of_series: Path, tmp_path: Path, file: str, session: str
) -> None:
    chain, home = tmp_path / "landing" / "chain.csv", tmp_path / "home"
    chain.parent.mkdir()
    chain.write_bytes((real_data / "chains" / "quotedata" / file).read_bytes())
    shutil.copytree(home_of_series, home)
    outcome = night_of_one_chain(chain, session, home)
    assert (outcome.exit_code, outcome.is_data_hold) == (0, False)


def test_refused_files_are_named_with_line_and_rule_and_nothing_of_them_is_loaded(
    everything: tuple[Path, CompletedProcess[str]],
) -> None:
    home, said = everything
    assert said.returncode == 3
    expected = {
        "named_spx_but_is_NVDA.csv": "unknown_root",
        "2023-05-12_all_quotes_zero.csv": "all_quotes_zero",
        "2025-01-29_long_format_root_lost.csv": "root_missing",
    }
    with open_writer(home, "the test") as store:
        refused = {row["source_file"]: row for row in store.read(META_REFUSED_FILES).to_dicts()}
        loads = store.query("select source_file from meta.loads")["source_file"].to_list()
        loaded_ids = store.query("select load_id from meta.loads")
        of_no_load = {
            table.full_name: store.read(table).join(loaded_ids, on="load_id", how="anti").height for table in RAW_TABLES
        }
    for name, rule in expected.items():
        (line,) = (line for line in said.stdout.splitlines() if name in line)
        assert line.startswith("refused")
        assert re.search(rf"{name}, line \d+, column [\w ]+: .+ Hint: .+\[{rule}\]", line)
        assert refused[name]["rule_id"] == rule
        assert refused[name]["source_line"] >= 1
        assert refused[name]["reason"]
        assert name not in loads
    # Every raw row belongs to a load, and none of the three is one.
    assert of_no_load == dict.fromkeys(of_no_load, 0)
    assert pl.Series(loads).str.contains("NVDA").sum() == 0
