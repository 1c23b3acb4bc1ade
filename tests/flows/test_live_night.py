"""The night fetched from sources that speak like the vendors: whole, with sources missing, and with stale answers."""

import datetime as dt
import json
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import polars as pl
import pytest

from flows.cli import main
from flows.errors import ExitCode
from flows.night import NightOutcome, NightRequest, open_night
from flows.settings import Settings, load_settings
from tests.flows import vendor_server as web
from tests.flows.invented_files import FILLS_HEADER
from tests.flows.vendor_server import VendorServer, serving, vendor_pages
from tests.new_home import open_home
from transforms.simulated.market import simulate
from warehouse.store import open_reader, open_writer

YESTERDAY, SESSION = dt.date(2026, 4, 22), dt.date(2026, 4, 23)
EVENING = dt.datetime(2026, 4, 23, 21, 45, tzinfo=dt.UTC)  # 17:45 in New York
FILLS = FILLS_HEADER + "B1,DESK,2026-04-22T15:00:00-04:00,VX,2026-05-19,,,2,20.0,5.0,future-1,,\n"
CONFIG = """
[cboe]
chain = "{url}/chain/_{{symbol}}.json"
index_history = "{url}/index/{{symbol}}_History.csv"
vx_contract = "{url}/vx/VX_{{date}}.csv"
vx_settlement = "{url}/settlement?dt={{date}}"
treasury = "{url}/treasury/{{year}}/all?page&_format=csv"
fred = "{url}/fred?id={{series}}"
fred_series = ["DGS1MO", "DGS3MO", "DGS1", "DGS5"]
[cboe.breadth]
advances = "{url}/breadth/advances?key=s3cret"
declines = "{url}/breadth/declines?key=s3cret"
[cboe.http]
pace_seconds = 0
backoff_seconds = 0
attempts_qty = 2
"""


@dataclass(frozen=True, slots=True)
class Said:
    """How the program ended."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def server() -> Iterator[VendorServer]:
    with serving(vendor_pages(SESSION)) as vendors:
        yield vendors


@pytest.fixture(autouse=True)
def healed(server: VendorServer) -> Iterator[None]:
    pages = dict(server.pages)
    yield
    server.pages = pages
    server.faults.clear()


@pytest.fixture(scope="module")
def config(server: VendorServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The address book of the server, and beside it the folder of what no vendor serves: the book."""
    path = tmp_path_factory.mktemp("config") / "condorwatch.toml"
    path.write_text(f'landing = "{path.parent / "landing"}"\n' + CONFIG.format(url=server.url))
    (path.parent / "landing").mkdir()
    (path.parent / "landing" / "fills.csv").write_text(FILLS)
    return path


@pytest.fixture(scope="module")
def ran(config: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """A home with the night done by the program; its name is one that a glob would read otherwise."""
    home = tmp_path_factory.mktemp("ran") / "home [desk]"
    return home, nightly(config, home)


def nightly(config: Path, home: Path) -> Said:
    arguments = ("nightly", "--source", "cboe", "--direct", "--no-email", "--session", SESSION, "--config", config)
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["condorwatch", *map(str, arguments), "--home", str(home)])
        with pytest.raises(SystemExit) as ending:
            main()
    return Said(int(ending.value.code or 0), out.getvalue(), err.getvalue())


def night_without_report(
    settings: Settings, session_date: dt.date = SESSION, now: dt.datetime = EVENING
) -> NightOutcome:
    request = NightRequest(session_date, "cboe", seed=7, book=None, is_forced=False)
    with open_night(request, settings, lambda: now) as night:
        night.ingest()
        night.build()
        return night.finish_without_report()


def failed_checks(home: Path, session_date: dt.date = SESSION) -> dict[tuple[str, str], str]:
    with open_writer(home, "test") as store:
        rows = store.query(
            "select check_id, subject, message from meta.checks where session_date = $day and not is_passed",
            {"day": session_date},
        )
    return {(check_id, subject): message for check_id, subject, message in rows.iter_rows()}


def test_the_night_is_made_of_what_the_sources_serve(ran: tuple[Path, Said], server: VendorServer) -> None:
    home, said = ran
    assert (said.code, said.err) == (0, "")
    assert len(said.out.splitlines()) >= 4
    assert all(Path(path).is_file() for path in said.out.splitlines()[1:])
    market = simulate(7)
    position = market.position(SESSION)
    with open_reader(home) as reader:
        answers = reader.query("select source, outcome, address from meta.live_answers order by source")
        levels = reader.query(
            "select symbol, close_pts from core.index_levels_daily where session_date = $day", {"day": SESSION}
        )
        chains = reader.query("select underlying, session_date, session_from, is_end_of_day from core.option_chains")
        (futures_qty,) = reader.query(
            "select count(*) from core.vx_settlements_daily where session_date = $day", {"day": SESSION}
        ).row(0)
        warned = reader.query("select subject from meta.checks where check_id = 'live_source' and not is_passed")
    assert set(answers["outcome"]) == {"new"}
    assert warned.is_empty()
    # Two chains, seven indices, eight futures and the page of their settlements, one year of rates, two of breadth.
    assert answers.height == 2 + 7 + 8 + 1 + 1 + 2
    closes = dict(levels.iter_rows())
    assert closes["VIX"] == pytest.approx(market.bars["VIX"].close_pts[position])
    assert closes["SPX"] == pytest.approx(market.bars["SPX"].close_pts[position])
    assert set(chains.rows()) == {(root, SESSION, "last_print", True) for root in ("SPX", "VIX")}
    assert futures_qty == 9  # the ninth stands on the page of settlements only
    # What is kept, printed and reported never has the key.
    assert set(answers.filter(pl.col("source") == "breadth advances")["address"]) == {
        f"{server.url}/breadth/advances?key=***"
    }
    written = [path for path in home.rglob("*") if path.is_file() and path.suffix != ".duckdb"]
    assert not [path for path in written if b"s3cret" in path.read_bytes()]


def test_a_second_run_asks_for_changes_only_and_has_nothing_to_do(
    ran: tuple[Path, Said], server: VendorServer, config: Path
) -> None:
    home, first = ran
    server.asked.clear()
    said = nightly(config, home)
    assert (said.code, said.out, said.err) == (4, first.out, "")
    assert len(server.asked) == 21
    assert all("If-None-Match" in one.headers for one in server.asked)
    with open_reader(home) as reader:
        (loads_qty,) = reader.query("select count(*) from meta.loads").row(0)
    with open_writer(home, "test") as store:
        assert store.query("select count(*) from meta.loads").row(0) == (loads_qty,)
        assert set(store.query("select outcome from meta.live_answers")["outcome"]) == {"unchanged"}
    assert all(one.headers["User-Agent"].startswith("condorwatch ") for one in server.asked)


def test_a_missing_chain_holds_the_night_a_missing_series_only_warns_and_both_heal(
    server: VendorServer, config: Path, tmp_path: Path
) -> None:
    settings = load_settings(config, home=tmp_path)
    server.faults = {"/chain/_SPX.json": web.status(503), "/breadth/advances?key=s3cret": web.status(404)}
    held = night_without_report(settings)
    assert held.exit_code == ExitCode.DATA_HOLD
    assert [note.split(" is missing")[0] for note in held.notes] == ["SPX chain", "breadth advances"]
    assert re.search(
        r"asked http://127\S+/chain/_SPX\.json, it answered 503 .* \(2 attempts\); none is here\.", held.notes[0]
    )
    assert "Hint: run the night again later, or put the file into the landing folder." in held.notes[0]
    failed = failed_checks(tmp_path)
    assert {("spx_chain", ""), ("live_source", "SPX chain"), ("live_source", "breadth advances")} <= set(failed)
    assert failed["live_source", "SPX chain"] == held.notes[0]
    del server.faults["/chain/_SPX.json"]
    warned = night_without_report(settings, now=EVENING + dt.timedelta(hours=1))
    assert warned.exit_code == ExitCode.DONE
    assert {check for check in failed_checks(tmp_path) if check[0] == "live_source"} == {
        ("live_source", "breadth advances")
    }


def test_yesterdays_answers_are_never_tonights(server: VendorServer, config: Path, tmp_path: Path) -> None:
    """A source that is late serves yesterday's page: what it holds is yesterday's, whenever it was fetched."""
    settings = load_settings(config, home=tmp_path)
    late = ("/chain/", "/index/VIX_")
    server.pages |= {path: page for path, page in vendor_pages(YESTERDAY).items() if path.startswith(late)}
    held = night_without_report(settings)
    assert held.exit_code == ExitCode.DATA_HOLD
    named = {note.split(" is missing")[0]: note for note in held.notes}
    assert set(named) == {"SPX chain", "VIX chain", "VIX history"}
    assert all(f"has none yet; the latest here is of {YESTERDAY}." in note for note in named.values())
    assert {("spx_chain", ""), ("vix_close", "")} <= set(failed_checks(tmp_path))
    with open_home(tmp_path, "test") as store:
        assert set(store.query("select session_date from core.option_chains")["session_date"]) == {YESTERDAY}


def test_a_night_without_one_answer_is_held_and_names_every_source(
    server: VendorServer, config: Path, tmp_path: Path
) -> None:
    settings = load_settings(config, home=tmp_path)
    server.faults = dict.fromkeys(server.pages, web.hang_up)
    held = night_without_report(settings)
    assert held.exit_code == ExitCode.DATA_HOLD
    # Two chains, seven indices, eight futures and their page, the Treasury and four series of FRED, two of breadth.
    assert len(held.notes) == 2 + 7 + 8 + 1 + 1 + 4 + 2
    assert all("the exchange broke off" in note and "Hint: " in note for note in held.notes)


def test_treasury_down_is_stood_in_for_by_fred(server: VendorServer, config: Path, tmp_path: Path) -> None:
    settings = load_settings(config, home=tmp_path)
    server.faults = {"/treasury/2026/all?page&_format=csv": web.status(500)}
    request = NightRequest(SESSION, "cboe", seed=7, book=None, is_forced=False)
    with open_night(request, settings, lambda: EVENING) as night:
        night.ingest()
        assert night.notes == []
        outcomes = dict(night.store.query("select source, outcome from meta.live_answers").iter_rows())
        assert outcomes["Treasury rates 2026"] == "none"
        assert outcomes["FRED DGS3MO"] == "new"
        (latest,) = night.store.query("select max(curve_date) from core.treasury_yields_daily").row(0)
        assert latest == SESSION


def test_files_by_hand_take_the_place_of_sources_and_their_warnings(
    server: VendorServer, config: Path, tmp_path: Path
) -> None:
    """What an earlier round of asking found no longer counts when the night is made of files."""
    settings = load_settings(config, home=tmp_path)
    server.faults = {"/index/VIX_History.csv": web.status(403)}
    with open_night(NightRequest(SESSION, "cboe", 7, None, is_forced=False), settings, lambda: EVENING) as night:
        night.ingest()
        assert [note.split(" is missing")[0] for note in night.notes] == ["VIX history"]
    (tmp_path / "by-hand").mkdir()
    (tmp_path / "by-hand" / "VIX_History.csv").write_bytes(server.pages["/index/VIX_History.csv"])
    by_hand = load_settings(config, home=tmp_path, landing=tmp_path / "by-hand")
    with open_night(NightRequest(SESSION, "cboe", 7, None, is_forced=False), by_hand, lambda: EVENING) as night:
        night.ingest()
        assert night.notes == []  # the source still fails, and nothing is missing
    with open_night(NightRequest(SESSION, "files", 7, None, is_forced=False), by_hand, lambda: EVENING) as night:
        night.ingest()
        assert night.store.query("select * from meta.live_answers").is_empty()


def test_what_is_remembered_of_a_source_is_small_and_can_be_lost(ran: tuple[Path, Said], server: VendorServer) -> None:
    home, _ = ran
    notes = json.loads((home / "live" / "versions.json").read_text())
    assert len(notes) == 21
    assert all(set(note) == {"address_sha256", "content_sha256", "etag", "last_modified"} for note in notes.values())
    assert server.url not in (home / "live" / "versions.json").read_text()
