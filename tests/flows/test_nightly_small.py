"""The commands as a user meets them, on one small simulated night: exit codes, sentences, what they print, refuse."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from pypdf import PdfReader

from flows.cli import main
from transforms.simulated.files import files_for
from transforms.simulated.market import FEATURE_SESSION, simulate
from warehouse.store import open_reader
from warehouse.tables import ALL_TABLES

Run = Callable[..., CompletedProcess[str]]

SESSION = f"{FEATURE_SESSION}"
HEADER = "fill_id,account,filled_at,root,expiry,right,strike,quantity,price,fees,structure,campaign,note\n"
FILES = ("--source", "files", "--no-email", "--direct")


@pytest.fixture(scope="module")
def condorwatch() -> Run:
    """The program, in this process."""

    def run(*arguments: object) -> CompletedProcess[str]:
        command = ["condorwatch", *map(str, arguments)]
        out, err = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "argv", command)
            with pytest.raises(SystemExit) as ending:
                main()
        return CompletedProcess(command, int(ending.value.code or 0), out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The month's files of a small simulated market, its own book left out."""
    folder = tmp_path_factory.mktemp("small") / "landing"
    for file in files_for(simulate(7), FEATURE_SESSION, size="small"):
        if not file.name.startswith("before") and not file.name.endswith(("fills.csv", "accounts.csv")):
            path = folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
    return folder


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One long future, worth 1000 USD a point; a fill at the mark counts, one a minute later does not."""
    path = tmp_path_factory.mktemp("book") / "book.csv"
    path.write_text(
        HEADER
        + f"B1,DESK,{SESSION}T16:15:00-04:00,VX,2026-05-19,,,2,20.0,5.0,future-1,,\n"
        + f"B2,DESK,{SESSION}T16:16:00-04:00,VX,2026-05-19,,,7,20.0,5.0,future-1,,\n"
    )
    return path


@pytest.fixture(scope="module")
def ran(
    condorwatch: Run, landing: Path, book: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, CompletedProcess[str]]:
    """A home with one night done, and what the program said."""
    home = tmp_path_factory.mktemp("ran") / "home"
    ended = condorwatch("nightly", *FILES, "--landing", landing, "--session", SESSION, "--book", book, "--home", home)
    assert ended.returncode == 0, ended.stderr
    return home, ended


@pytest.fixture(scope="module")
def home(ran: tuple[Path, CompletedProcess[str]]) -> Path:
    return ran[0]


@pytest.mark.parametrize(
    "day", ["2026-05-02", "2026-04-03", "2026-12-25"], ids=["Saturday", "Good Friday", "Christmas"]
)
def test_a_day_without_a_session_is_nothing_to_do(condorwatch: Run, landing: Path, tmp_path: Path, day: str) -> None:
    ended = condorwatch("nightly", *FILES, "--landing", landing, "--session", day, "--home", tmp_path / "home")
    assert (ended.returncode, ended.stdout) == (4, "")
    assert day in ended.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        (*FILES, "--landing", "nowhere", "--session", SESSION),
        (*FILES, "--session", SESSION),
        (*FILES, "--landing", ".", "--session", SESSION, "--book", "nowhere.csv"),
        (*FILES, "--landing", ".", "--session", "29.04.2026"),
        ("--sessions", SESSION),
        ("--source", "telegraph"),
        ("--config", "nowhere.toml"),
    ],
    ids=["no landing", "landing unsaid", "no book", "no date", "no option", "no source", "no configuration"],
)
def test_what_cannot_be_asked_is_a_usage_error_with_a_hint(
    condorwatch: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    ended = condorwatch("nightly", *arguments, "--home", tmp_path / "home")
    assert (ended.returncode, ended.stdout) == (2, "")
    sentence, hint = ended.stderr.splitlines()
    assert sentence.startswith("condorwatch: ")
    assert hint.startswith("Hint: ")
    assert not (tmp_path / "home").exists()


def test_the_program_starts_and_its_help_shows_examples() -> None:
    """Once as a process of its own: the entry point is installed, and help waits for no library."""
    program = str(Path(sys.executable).with_name("condorwatch"))
    said = subprocess.run([program, "nightly", "--help"], capture_output=True, text=True, check=False, timeout=120)
    assert said.returncode == 0
    assert "Examples" in said.stdout
    assert "condorwatch nightly --source files --landing" in " ".join(said.stdout.split())


@pytest.mark.parametrize(
    "command",
    [("ingest",), ("report",), ("sql",), ("book", "show"), ("book", "import"), ("book", "check"), ("doctor",)],
    ids=" ".join,
)
def test_every_command_shows_an_example(condorwatch: Run, command: tuple[str, ...]) -> None:
    said = condorwatch(*command, "--help")
    assert said.returncode == 0
    assert "Example" in said.stdout
    assert f"condorwatch {' '.join(command)}" in said.stdout


def test_a_fill_at_the_mark_counts_and_a_later_one_does_not(home: Path) -> None:
    with open_reader(home) as reader:
        (leg,) = reader.query("select * from mart.legs_daily").to_dicts()
        (settle,) = reader.query(
            "select settle_pts from core.vx_settlements_daily where session_date = $day and expiry_date = '2026-05-19'",
            {"day": SESSION},
        )["settle_pts"]
    assert (leg["instrument_id"], leg["quantity_qty"], leg["fees_usd"]) == ("VX 2026-05-19", 2, 5.0)
    assert leg["pnl_usd"] == pytest.approx(2 * 1000 * (settle - 20.0) - 5.0)
    # Long a VIX future gains when SPX falls.
    assert leg["delta_usd_per_pt"] < 0


def test_a_book_without_condor_has_no_drill_and_says_what_it_cannot_know(home: Path) -> None:
    with open_reader(home) as reader:
        assert reader.query("select * from mart.itm_drills_daily").is_empty()
        (cushion,) = reader.query("select * from mart.cushions_daily").to_dicts()
        (engine,) = reader.query("select * from mart.second_engine_states_daily").to_dicts()
    assert (cushion["mtm_cushion_frac"], cushion["cushion_reason"]) == (None, "no put side is BREACHED or at its WING")
    assert cushion["effectiveness_reason"].startswith("no P&L of ")
    assert (engine["account"], engine["structure_id"]) == ("DESK", None)
    assert engine["state"] in {"OFF", "CANDIDATE"} or engine["reason"].startswith("not known tonight")


def test_a_header_only_book_is_a_valid_empty_book(condorwatch: Run, landing: Path, tmp_path: Path) -> None:
    empty = tmp_path / "book.csv"
    empty.write_text(HEADER)
    command = ("nightly", *FILES, "--landing", landing, "--session", SESSION, "--book", empty)
    ended = condorwatch(*command, "--home", tmp_path / "home")
    assert ended.returncode == 0, ended.stderr
    status, html, pdf, view = ended.stdout.splitlines()
    assert "0/0 condors" in status
    assert "no condor is held" in Path(html).read_text()
    assert "no condor is held" in " ".join(" ".join(page.extract_text().split()) for page in PdfReader(pdf).pages)
    assert json.loads(Path(view).read_text())["verdict"]["condors"]["first_page"] == []
    with open_reader(tmp_path / "home") as reader:
        (book,) = reader.query("select account, status, condors_qty, net_delta_usd_per_pt from mart.book_daily").rows()
    assert book[0] == "ALL"
    assert book[2:] == (0, 0.0)


FLEX = """<FlexQueryResponse queryName="book" type="AF">
<FlexStatements count="1">
<FlexStatement accountId="U1" fromDate="20260429" toDate="20260429">
<Trades>
<Trade accountId="U1" currency="USD" assetCategory="FUT" symbol="VXK6" multiplier="1000" strike=""
 expiry="20260519" putCall=""
 dateTime="{day};161500" transactionType="ExchTrade" quantity="2" tradePrice="20.0" ibCommission="-5" buySell="BUY"
 openCloseIndicator="O" notes="" transactionID="9001" tradeID="7001" ibOrderID="5001" levelOfDetail="EXECUTION" />
</Trades>
</FlexStatement>
</FlexStatements>
</FlexQueryResponse>
"""


def test_a_statement_imported_before_any_night_is_in_the_next_one(
    condorwatch: Run, landing: Path, home: Path, tmp_path: Path
) -> None:
    """The fill of `book` as IBKR states it: shown and checked at once, and the night values it like the own CSV."""
    statement, fresh = tmp_path / "flex.xml", tmp_path / "home"
    statement.write_text(FLEX.format(day=SESSION.replace("-", "")))
    said = condorwatch("book", "import", statement, "--broker", "ibkr", "--home", fresh)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.endswith("The book holds 1 fills: 1 new.\n")
    assert condorwatch("book", "show", "--home", fresh).stdout.startswith(
        "Held now by the fills, before the first night"
    )
    ended = condorwatch("nightly", *FILES, "--landing", landing, "--session", SESSION, "--home", fresh)
    assert ended.returncode == 0, ended.stderr
    figures = "instrument_id, quantity_qty, entry_price_pts, value_usd, pnl_usd, delta_usd_per_pt, part"
    held = []
    for of_home in (fresh, home):
        with open_reader(of_home) as reader:
            held.append(reader.query(f"select {figures} from mart.legs_daily").rows())
    assert held[0] == held[1]
    assert held[0][0][:2] == ("VX 2026-05-19", 2)
    checked = condorwatch("book", "check", "--session", SESSION, "--home", fresh)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "1 legs: 0 differences, 0 notes." in checked.stdout
    assert "VX_FUTURE" in condorwatch("book", "show", "--home", fresh).stdout
    again = condorwatch(
        "nightly", *FILES, "--landing", landing, "--session", SESSION, "--book", statement, "--home", fresh
    )
    assert again.returncode == 4  # nothing new


def test_rendering_again_gives_the_same_bytes(
    condorwatch: Run, ran: tuple[Path, CompletedProcess[str]], tmp_path: Path
) -> None:
    home, first = ran
    again = condorwatch("report", "--session", SESSION, "--out", tmp_path / "again", "--home", home)
    assert again.returncode == 0, again.stderr
    issued, rendered = first.stdout.splitlines()[1:], again.stdout.splitlines()
    assert [Path(path).name for path in issued] == [Path(path).name for path in rendered]
    for old, new in zip(issued, rendered, strict=True):
        assert Path(old).read_bytes() == Path(new).read_bytes(), Path(new).name


def test_every_file_of_the_night_is_verified_against_the_warehouse(
    condorwatch: Run, ran: tuple[Path, CompletedProcess[str]]
) -> None:
    home, first = ran
    for path in first.stdout.splitlines()[1:]:
        ended = condorwatch("verify", path, "--home", home)
        assert ended.returncode == 0, ended.stderr
        assert f"Genuine: {Path(path).name}, the hedge status of session {SESSION}" in ended.stdout
        assert "The published warehouse holds the same data." in ended.stdout


def test_a_session_that_was_never_built_has_no_report(condorwatch: Run, home: Path, tmp_path: Path) -> None:
    ended = condorwatch("report", "--session", "2026-04-28", "--out", tmp_path / "none", "--home", home)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "2026-04-28" in ended.stderr
    assert not list(tmp_path.glob("none/*"))


def test_the_book_is_shown_leg_by_leg(condorwatch: Run, home: Path) -> None:
    said = condorwatch("book", "show", "--home", home)
    assert said.returncode == 0
    assert said.stdout.startswith(f"Held on {SESSION}: 1 leg")
    assert "VX 2026-05-19" in said.stdout


def test_sql_answers_as_table_csv_and_json(condorwatch: Run, home: Path) -> None:
    query = "select session_date, account, condors_qty from mart.book_daily"
    as_csv, as_json = (condorwatch("sql", query, "--format", kind, "--home", home) for kind in ("csv", "json"))
    assert as_csv.stdout == f"session_date,account,condors_qty\n{SESSION},DESK,0\n"
    assert json.loads(as_json.stdout) == [{"session_date": SESSION, "account": "DESK", "condors_qty": 0}]
    assert "condors_qty" in condorwatch("sql", query, "--home", home).stdout


@pytest.mark.parametrize(
    "statement",
    [  # a hundred more are in test_sql_hostile.py
        "delete from mart.book_daily",
        "select * from read_csv('/etc/passwd')",
    ],
)
def test_sql_only_reads_and_reaches_nothing_else(condorwatch: Run, home: Path, statement: str) -> None:
    snapshot = home / "warehouse" / "condorwatch.duckdb"
    before = snapshot.read_bytes()
    ended = condorwatch("sql", statement, "--home", home)
    assert ended.returncode != 0
    assert ended.stdout == ""
    assert "Hint: " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert snapshot.read_bytes() == before


def test_sql_wants_exactly_one_question(condorwatch: Run, home: Path) -> None:
    assert condorwatch("sql", "--home", home).returncode == 2
    assert condorwatch("sql", "select 1", "--list", "--home", home).returncode == 2


def test_named_queries_are_listed_and_run_by_name(condorwatch: Run, home: Path) -> None:
    """Each runs in a process of its own, so three stand for all; test_named_queries.py works out the rest."""
    listed = condorwatch("sql", "--list", "--home", home).stdout.splitlines()
    assert len(listed) >= 25
    for line in listed[::12]:
        ended = condorwatch("sql", "--name", line.split(":")[0], "--format", "csv", "--home", home)
        assert (ended.returncode, ended.stderr) == (0, ""), line


def test_doctor_is_content_with_a_fresh_home_and_not_with_a_stale_one(
    condorwatch: Run, home: Path, tmp_path: Path
) -> None:
    fresh = condorwatch("doctor", "--expect-session", SESSION, "--home", home)
    assert fresh.returncode == 0, fresh.stdout
    assert all(line.startswith("ok ") for line in fresh.stdout.splitlines())
    stale = condorwatch("doctor", "--expect-session", "2026-04-30", "--home", home)
    assert stale.returncode == 1
    (wrong,) = (line for line in stale.stdout.splitlines() if line.startswith("BAD"))
    assert wrong.startswith(f"BAD  freshness: expected 2026-04-30, have {SESSION}. Hint: condorwatch nightly --session")
    # Nothing published: fine as long as nothing was expected.
    assert condorwatch("doctor", "--home", tmp_path / "none").returncode == 0
    assert condorwatch("doctor", "--expect-session", SESSION, "--home", tmp_path / "none").returncode == 1


def test_readers_need_a_published_snapshot(condorwatch: Run, tmp_path: Path) -> None:
    for command in (("sql", "select 1"), ("book", "show"), ("report", "--session", SESSION)):
        ended = condorwatch(*command, "--home", tmp_path / "empty")
        assert ended.returncode != 0
        assert "Hint: " in ended.stderr
        assert "Traceback" not in ended.stderr


def test_files_of_other_kinds_in_the_landing_are_reported_and_hold_nothing(
    condorwatch: Run, landing: Path, book: Path, ran: tuple[Path, CompletedProcess[str]], tmp_path: Path
) -> None:
    home, first = ran
    folder = Path(shutil.copytree(landing, tmp_path / "landing"))
    (folder / "shopping.txt").write_text("milk, bread\n")
    with open_reader(home) as reader:
        before = {table.full_name: reader.content_hash(table) for table in ALL_TABLES if table.schema == "mart"}
    other_home = Path(shutil.copytree(home, tmp_path / "home"))
    command = ("nightly", *FILES, "--landing", folder, "--session", SESSION, "--book", book, "--home", other_home)
    ended = condorwatch(*command, "--force")
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[0] == first.stdout.splitlines()[0]
    assert "refused" in ended.stderr
    assert "shopping.txt" in ended.stderr
    with open_reader(other_home) as reader:
        assert {
            name: reader.content_hash(table) for table in ALL_TABLES if (name := table.full_name) in before
        } == before
