"""What the archived files give when everything is made again: the same tables, or the names of those that differ."""

import datetime as dt
import hashlib
import shutil
from pathlib import Path

import duckdb
import pytest

from flows.compact_command import compact
from flows.errors import ExitCode, NothingToDo, RawQuotesDropped, UsageError
from flows.rebuild_command import REBUILT_TABLES, rebuild
from flows.recovery import opened_warehouse
from flows.replay import FileCame, NightBuilt, in_order
from flows.retention_settings import RetentionSettings
from flows.rules import RULES
from flows.series import read_quotes
from flows.settings import Settings
from flows.withdrawals import withdraw_loads
from tests.flows.invented_rows import row_of
from tests.flows.landed_nights import SESSION, VIX, Landing
from tests.flows.restatement_cases import moved
from tests.flows.restatements import (
    LATER,
    SHORT_PUT,
    SPX,
    Restatement,
    first_landing,
    first_night,
    restated,
    settings_of,
)
from warehouse.archive import Archive
from warehouse.errors import ArchiveDamaged
from warehouse.home import WarehousePaths
from warehouse.publish import publish
from warehouse.store import open_reader, open_writer, published_path
from warehouse.tables.core import CORE_OPTION_CHAINS, CORE_OPTION_MARKS_DAILY
from warehouse.tables.mart import MART_BOOK_DAILY

MONDAY = dt.date(2024, 3, 18)
WITHDRAWN_QUOTES = 440  # contracts of the small VIX chain

pytestmark = pytest.mark.file  # homes are copied, and damaged, as files


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A night restated by a corrected chain, and by a chain and a book that were withdrawn."""
    landing: Landing = first_landing()
    folder = tmp_path_factory.mktemp("rebuild")
    later = Restatement(later=moved(landing, SPX, SHORT_PUT, 1.0), withdrawn=(VIX, "accounts.csv"))
    return restated(first_night(folder / "first", landing), folder / "home", later)


def hashes_of(home: Path) -> dict[str, str]:
    with open_reader(home) as reader:
        return {table.full_name: reader.content_hash(table) for table in REBUILT_TABLES}


def test_a_session_made_again_is_the_same_and_nothing_is_touched(settings: Settings) -> None:
    said: list[str] = []
    before = hashlib.sha256(published_path(settings.home).read_bytes()).hexdigest()
    ending = rebuild(settings, session_date=SESSION, is_replacing=False, echo=said.append)
    assert (ending, len(said)) == (ExitCode.DONE, 1)
    assert said[0].startswith(f"Session {SESSION} made again from the archived files is the same")
    assert hashlib.sha256(published_path(settings.home).read_bytes()).hexdigest() == before
    assert not list(settings.home.glob("rebuild-*"))


def test_what_differs_is_named_and_replaced_when_asked(settings: Settings, tmp_path: Path) -> None:
    """A figure and a fact are changed by hand, behind the program's back; all else must come out the same."""
    tampered = settings_of(Path(shutil.copytree(settings.home, tmp_path / "home")))
    with duckdb.connect(WarehousePaths(tampered.home).build) as connection:
        connection.execute("update mart.condors_daily set pnl_usd = pnl_usd + 1")
        connection.execute("delete from core.index_levels_daily where symbol = 'VIX' and session_date = '2026-04-23'")
    said: list[str] = []

    ending = rebuild(tampered, session_date=None, is_replacing=True, echo=said.append)

    assert ending == ExitCode.DATA_HOLD
    assert [line.split()[1] for line in said[:-2]] == ["core.index_levels_daily:", "mart.condors_daily"]
    assert f"mart.condors_daily of {SESSION}: 1 rows as it stands, 1 made again" in said[1]
    assert hashes_of(tampered.home) == hashes_of(settings.home)
    with open_writer(tampered.home, "test") as store:
        assert store.query("select count(*) as runs from meta.runs")["runs"][0] == 2  # what happened stays on record


def grown_old(first: Settings, home: Path, **retention: int) -> Settings:
    """A copy of a home in which a later session stands, so that the night before it is six days old; with reports."""
    later = SESSION + dt.timedelta(6)
    grown = settings_of(Path(shutil.copytree(first.home, home)))
    with open_writer(home, "test") as store:
        book = row_of(MART_BOOK_DAILY, session_date=later, account="DESK", status="OK")
        store.replace(MART_BOOK_DAILY, book, later)
        publish(store, home)
    for day in (SESSION, later):
        (home / "reports" / f"{day}").mkdir(parents=True)
        for name in ("hedge-status.pdf", "manifest.json"):
            (home / "reports" / f"{day}" / name).write_text("of that night")
    return grown.model_copy(update={"retention": RetentionSettings(**retention)})


def raw_quotes(home: Path) -> int:
    with open_writer(home, "test") as store:
        found: int = store.query("select count(*) as rows_qty from raw.option_quotes").item()
    return found


@pytest.mark.soak
def test_what_retention_does_not_allow_is_not_dropped(settings: Settings, tmp_path: Path) -> None:
    kept = grown_old(settings, tmp_path / "home", raw_quotes_days=6, reports_days=6)
    before = hashes_of(kept.home)
    assert compact(kept, echo=print) == ExitCode.DONE
    assert raw_quotes(kept.home) > 0
    assert compact(settings_of(kept.home), echo=print) == ExitCode.DONE  # by default all is kept
    with open_writer(kept.home, "test") as store:
        assert {table.full_name: store.content_hash(table) for table in REBUILT_TABLES} == before
    assert len(list(kept.home.glob("reports/*/*"))) == 4


def test_old_raw_quotes_are_dropped_and_nothing_is_priced_without_them(settings: Settings, tmp_path: Path) -> None:
    old = grown_old(settings, tmp_path / "home", raw_quotes_days=5, reports_days=5)
    archived = sorted((old.home / "raw").rglob("*"))
    said = list[str]()
    with open_reader(old.home) as reader:
        chains = reader.query(
            "select load_id, content_sha256, rows_qty from meta.loads join core.option_chains using (load_id) "
            "order by load_id"
        )
    # The chain as it came, and corrected; a VIX chain that was withdrawn is of no session, and stays. Of the first
    # one the archive no longer has the file: its rows cannot be made again, so they stay as well.
    (kept_id, sha256, kept_qty), (_, _, dropped) = chains.rows()
    Archive(old.home).path_of(sha256).rename(tmp_path / "lost")

    compact(old, echo=said.append)

    assert said[0] == f"raw quotes     {dropped:,} rows of sessions before 2026-04-24 dropped"
    assert said[1] == f"kept           1 loads whose file is not in the archive, {kept_id} first"
    assert said[2] == "reports        1 files of sessions before 2026-04-24 removed, 0.0 MB"
    assert raw_quotes(old.home) == kept_qty + WITHDRAWN_QUOTES
    assert sorted(path.name for path in (old.home / "reports" / f"{SESSION}").iterdir()) == ["manifest.json"]
    (tmp_path / "lost").rename(Archive(old.home).path_of(sha256))
    assert sorted((old.home / "raw").rglob("*")) == archived
    with open_writer(old.home, "test") as store:
        marks = store.content_hash(CORE_OPTION_MARKS_DAILY)
        with pytest.raises(RawQuotesDropped, match="are no longer kept") as refusal:
            read_quotes(store, store.read(CORE_OPTION_CHAINS)["load_id"].to_list())
        assert "condorwatch rebuild --replace" in refusal.value.hint
        assert store.content_hash(CORE_OPTION_MARKS_DAILY) == marks


@pytest.mark.soak
def test_the_archive_gives_dropped_quotes_back(settings: Settings, tmp_path: Path) -> None:
    """While the setting stands they are no difference; without it they are, and --replace brings them."""
    old = grown_old(settings, tmp_path / "home", raw_quotes_days=5)
    rows_before = raw_quotes(old.home)
    compact(old, echo=print)
    assert raw_quotes(old.home) == WITHDRAWN_QUOTES
    with open_writer(old.home, "test") as store:
        publish(store, old.home)
    said: list[str] = []
    rebuild(old, session_date=None, is_replacing=False, echo=said.append)
    assert [line.split()[1] for line in said[:-1]] == ["mart.book_daily"]  # the session that was made up
    rebuild(settings_of(old.home), session_date=None, is_replacing=True, echo=said.append)
    assert f"raw.option_quotes: {WITHDRAWN_QUOTES} rows as it stands, {rows_before:,} made again" in "\n".join(said)
    assert raw_quotes(old.home) == rows_before


def test_a_damaged_archive_is_named(settings: Settings, tmp_path: Path) -> None:
    home = Path(shutil.copytree(settings.home, tmp_path / "home"))
    with open_reader(home) as reader:
        sha256 = reader.query("select content_sha256 from meta.loads where kind = 'rates'")["content_sha256"][0]
    path = Archive(home).path_of(sha256)
    path.chmod(0o644)
    path.write_bytes(b"rot")
    with pytest.raises(ArchiveDamaged, match=sha256[:12]):
        rebuild(settings_of(home), session_date=None, is_replacing=False, echo=print)


def test_what_is_not_there_or_withdrawn_already_is_not_withdrawn(settings: Settings, tmp_path: Path) -> None:
    home = Path(shutil.copytree(settings.home, tmp_path / "home"))
    with open_writer(home, "test") as store:
        withdrawn = store.query("select load_id from meta.withdrawn_loads order by load_id")["load_id"].to_list()
        before = store.content_hash(CORE_OPTION_CHAINS)
        with pytest.raises(UsageError, match="There is no load 0123456789abcdef"):
            withdraw_loads(store, ["0123456789abcdef"], RULES, now=LATER)
        with pytest.raises(NothingToDo, match=f"The load {withdrawn[0]} is withdrawn already"):
            withdraw_loads(store, withdrawn, RULES, now=LATER)
        assert store.content_hash(CORE_OPTION_CHAINS) == before
    assert len(withdrawn) == 2


def test_a_session_that_was_never_built_cannot_be_made_again(settings: Settings) -> None:
    with pytest.raises(UsageError, match=f"Session {MONDAY} is not in the published snapshot"):
        rebuild(settings, session_date=MONDAY, is_replacing=False, echo=print)


def test_files_of_an_instant_come_before_the_night_of_that_instant() -> None:
    at = dt.datetime(2024, 3, 20, 22, tzinfo=dt.UTC)
    night, file = NightBuilt(at, MONDAY), FileCame(at, None)  # type: ignore[arg-type]  # only its instant is asked for
    assert in_order([night, file]) == [file, night]


def test_a_database_cut_short_is_kept_aside_and_made_again(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every other damage, and that nothing of it is lost, is in test_recovery.py, behind `make soak`."""
    home = Path(shutil.copytree(settings.home, tmp_path / "home"))
    build = WarehousePaths(home).build
    cut = build.read_bytes()[: build.stat().st_size // 2]
    build.write_bytes(cut)
    with opened_warehouse(settings_of(home)) as store:
        assert {table.full_name: store.content_hash(table) for table in REBUILT_TABLES} == hashes_of(settings.home)
    assert (home / "quarantine" / "1" / "build.duckdb").read_bytes() == cut
    assert "The warehouse is damaged, and is made again." in capsys.readouterr().err
