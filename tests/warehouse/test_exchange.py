"""What is exported can be read by other programs and taken into another home; what is not what it was is refused."""

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.errors import ExitCode, NothingToDo, UsageError
from flows.exchange_commands import export_warehouse, import_warehouse
from flows.settings import Settings, load_settings
from tests.flows.invented_rows import row_of
from warehouse.errors import FileRefused
from warehouse.exchange import EXPORTED_TABLES, content_sha256
from warehouse.importing import listed_files, require_empty, take_in
from warehouse.publish import publish
from warehouse.store import Store, open_reader, open_writer
from warehouse.tables import core, mart, meta, raw

THURSDAY, FRIDAY, MONDAY = dt.date(2024, 3, 14), dt.date(2024, 3, 15), dt.date(2024, 3, 18)
# Sixteen digits are a number to a program that guesses.
LOADS = {"0000000000000017": FRIDAY, "f00d=/17 é": MONDAY}
# Of the rest there is nothing here.
TABLES = "core.index_levels_daily,mart.book_daily,raw.index_levels,meta.loads"
CAME_AT = dt.datetime(2024, 3, 18, 22, 15, 30, 123456, tzinfo=dt.UTC)
LEVELS = "core/index_levels_daily"
OF_FRIDAY = f"{LEVELS}/session_date=2024-03-15/part-0.parquet"


def levels(day: dt.date, close_pts: float) -> pl.DataFrame:
    rows = {
        "session_date": [day] * 2,
        "symbol": ["VIX", "SPX"],
        "close_pts": [close_pts, 5117.09],
        "load_id": ["a"] * 2,
    }
    return core.CORE_INDEX_LEVELS_DAILY.conform(pl.DataFrame(rows))


def fill(store: Store) -> None:
    """Rows of each kind of table: by session, by load, of no partition; nulls, clock times, awkward text."""
    for day, close_pts in ((THURSDAY, 14.4), (FRIDAY, 14.41), (MONDAY, 14.33)):
        store.replace(core.CORE_INDEX_LEVELS_DAILY, levels(day, close_pts), day)
    book = row_of(mart.MART_BOOK_DAILY, session_date=FRIDAY, account='DESK "ä"\n', status="OK", pnl_usd=-0.1)
    store.replace(mart.MART_BOOK_DAILY, book, FRIDAY)
    for load_id, day in LOADS.items():
        of_load = {"load_id": load_id, "source_line": 1, "symbol": "VIX", "date": f"{day}", "close": "14.41"}
        store.replace(raw.RAW_INDEX_LEVELS, pl.DataFrame([of_load]), load_id)
        load = row_of(meta.META_LOADS, load_id=load_id, first_date=day, last_date=day, loaded_at=CAME_AT)
        store.append(meta.META_LOADS, load)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A published home."""
    home = tmp_path_factory.mktemp("exchange") / "home"
    with open_writer(home, "test") as store:
        fill(store)
        publish(store, home)
    return load_settings(None, home=home)


@pytest.fixture(scope="module")
def exported(settings: Settings) -> Path:
    """Everything, exported once; tests that change it take a copy."""
    folder = settings.home.parent / "lake"
    export_warehouse(settings, folder, tables=TABLES, first=None, last=None)
    return folder


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An empty warehouse, which a refused import leaves empty."""
    with open_writer(tmp_path_factory.mktemp("empty"), "test") as store:
        yield store


def parquet_files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*.parquet")
    }


def test_it_comes_out_of_the_other_home_as_it_went_in(settings: Settings, exported: Path, tmp_path: Path) -> None:
    second = load_settings(None, home=tmp_path / "second")
    # 6 levels, a book, 2 raw rows and 2 loads.
    assert import_warehouse(second, exported).endswith("11 rows, equal content hashes.")
    with open_reader(settings.home) as theirs, open_reader(second.home) as ours:
        for table in EXPORTED_TABLES:
            assert ours.content_hash(table) == theirs.content_hash(table), table.full_name
            assert ours.read(table).equals(theirs.read(table)), table.full_name  # clock times too
        assert ours.query("select max(loaded_at) from meta.loads").item() == CAME_AT

    with pytest.raises(UsageError, match=r"second is not empty: meta\.loads has 2 rows") as refusal:
        import_warehouse(second, exported)
    assert refusal.value.exit_code == ExitCode.USAGE


def test_polars_and_duckdb_read_it_as_hive_partitions(exported: Path) -> None:
    scanned = pl.scan_parquet(exported / LEVELS, hive_partitioning=True)
    vix = scanned.filter(pl.col("symbol") == "VIX").sort("session_date").select("session_date", "close_pts").collect()
    assert vix.rows() == [(THURSDAY, 14.4), (FRIDAY, 14.41), (MONDAY, 14.33)]
    with duckdb.connect() as connection:
        found = connection.sql(
            f"select session_date, close_pts from read_parquet('{exported / LEVELS}/*/*.parquet', "
            "hive_partitioning = true) where symbol = 'VIX' order by session_date"
        ).fetchall()
        book = connection.sql(
            f"select account, pnl_usd from read_parquet('{exported}/mart/book_daily/*/*.parquet')"
        ).fetchall()
        loads = connection.sql(f"select load_id, loaded_at from '{exported}/meta/loads.parquet' order by 1").fetchall()
    assert found == vix.rows()
    assert book == [('DESK "ä"\n', -0.1)]
    assert [(load_id, at.astimezone(dt.UTC)) for load_id, at in loads] == [(load_id, CAME_AT) for load_id in LOADS]


def test_the_same_snapshot_gives_the_same_bytes_in_zstd(settings: Settings, exported: Path, tmp_path: Path) -> None:
    export_warehouse(settings, tmp_path / "again", tables=TABLES, first=None, last=None)
    assert parquet_files(tmp_path / "again") == parquet_files(exported)
    with duckdb.connect() as connection:
        packed = connection.sql(
            f"select distinct compression from parquet_metadata('{exported / OF_FRIDAY}')"
        ).fetchall()
    assert packed == [("ZSTD",)]


def test_only_what_has_changed_is_written_again(settings: Settings, exported: Path, tmp_path: Path) -> None:
    home = load_settings(None, home=Path(shutil.copytree(settings.home, tmp_path / "home")))
    folder = Path(shutil.copytree(exported, tmp_path / "lake"))
    with pytest.raises(NothingToDo, match="has it all already") as nothing:
        export_warehouse(home, folder, tables=TABLES, first=None, last=None)
    assert nothing.value.exit_code == ExitCode.NOTHING_TO_DO

    with open_writer(home.home, "test") as store:
        store.replace(core.CORE_INDEX_LEVELS_DAILY, levels(FRIDAY, 14.42), FRIDAY)  # a correction of a cent
        store.replace(core.CORE_INDEX_LEVELS_DAILY, core.CORE_INDEX_LEVELS_DAILY.empty(), THURSDAY)
        publish(store, home.home)
    (folder / LEVELS / "session_date=2024-03-18" / "part-0.parquet").write_bytes(b"half")  # as a full disk leaves it
    before = parquet_files(folder)
    said = export_warehouse(home, folder, tables=TABLES, first=None, last=None)

    after = parquet_files(folder)
    changed = {path for path in before if after.get(path) != before[path]}
    assert changed == {f"{LEVELS}/session_date=2024-03-{day}/part-0.parquet" for day in (14, 15, 18)}
    assert "2 files written (4 rows, " in said
    assert said.endswith("1 removed.")
    assert not (folder / LEVELS / "session_date=2024-03-14").exists()
    assert pl.read_parquet(folder / OF_FRIDAY)["close_pts"].to_list() == [5117.09, 14.42]


def test_sessions_and_tables_can_be_chosen(settings: Settings, tmp_path: Path) -> None:
    """Raw rows belong to the sessions of their load; tables without a session come whole."""
    export_warehouse(settings, tmp_path / "a", tables="*.index_levels*,meta.loads", first=FRIDAY, last=FRIDAY)
    assert set(parquet_files(tmp_path / "a")) == {
        OF_FRIDAY,
        "meta/loads.parquet",
        "raw/index_levels/load_id=0000000000000017/part-0.parquet",
    }
    with pytest.raises(UsageError, match=r"There is no table 'core\.fils'; the nearest is 'core\.fills'"):
        export_warehouse(settings, tmp_path / "b", tables="core.fils", first=None, last=None)
    with pytest.raises(UsageError, match="lies in the home"):
        export_warehouse(settings, settings.home / "lake", tables=TABLES, first=None, last=None)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1.jpg").touch()
    with pytest.raises(UsageError, match="it holds files and is no export"):
        export_warehouse(settings, tmp_path / "photos", tables=TABLES, first=None, last=None)


def cut_off(folder: Path) -> None:
    path = folder / OF_FRIDAY
    path.write_bytes(path.read_bytes()[:-100])


def one_bit(folder: Path) -> None:
    content = bytearray((folder / OF_FRIDAY).read_bytes())
    content[100] ^= 1
    (folder / OF_FRIDAY).write_bytes(content)


def gone(folder: Path) -> None:
    (folder / OF_FRIDAY).unlink()


def somebody_elses(folder: Path) -> None:
    (folder / LEVELS / "session_date=2024-03-19").mkdir()
    levels(MONDAY, 1.0).write_parquet(folder / LEVELS / "session_date=2024-03-19" / "part-0.parquet")


def listed_again(folder: Path, content: bytes) -> None:
    """Put another file in the place of Friday's, and its hash into the list, as a forger would."""
    (folder / OF_FRIDAY).write_bytes(content)
    path = folder / "manifests" / "core.index_levels_daily.json"
    manifest = json.loads(path.read_text())
    manifest["files"][OF_FRIDAY]["file_sha256"] = sha256(content).hexdigest()
    path.write_text(json.dumps(manifest))


def no_parquet(folder: Path) -> None:
    listed_again(folder, b"session_date,symbol,close_pts\n")


def other_columns(folder: Path) -> None:
    path = folder / "other"
    pl.DataFrame({"a": [1]}).write_parquet(path)
    content = path.read_bytes()
    path.unlink()
    listed_again(folder, content)


def other_rows(folder: Path) -> None:
    path = folder / "other"
    levels(FRIDAY, 15.0).drop("session_date").write_parquet(path)
    content = path.read_bytes()
    path.unlink()
    listed_again(folder, content)


def outside(folder: Path) -> None:
    path = folder / "manifests" / "core.index_levels_daily.json"
    path.write_text(path.read_text().replace(OF_FRIDAY, "../../etc/passwd"))


def unknown_table(folder: Path) -> None:
    (folder / "manifests" / "core.secrets.json").write_text("{}")


def older_schema(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["migrations"][1:]
    (folder / "manifest.json").write_text(json.dumps(manifest))


def no_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


@pytest.mark.parametrize(
    ("tamper", "named", "reason"),
    [
        (cut_off, OF_FRIDAY, "its bytes are not those exported"),
        (one_bit, OF_FRIDAY, "its bytes are not those exported"),
        (gone, OF_FRIDAY, r"it cannot be read \(No such file"),
        (somebody_elses, "session_date=2024-03-19/part-0.parquet", "it is no part of this export"),
        (no_parquet, OF_FRIDAY, "it is no Parquet file"),
        (other_columns, OF_FRIDAY, r"its columns are not those of core\.index_levels_daily"),
        (other_rows, OF_FRIDAY, "its rows are not those its manifest lists"),
        (outside, "manifests/core.index_levels_daily.json", r"it names \.\./\.\./etc/passwd"),
        (unknown_table, "manifests/core.secrets.json", "it is of no table this program knows"),
        (
            older_schema,
            "manifest.json",
            r"the export is of schema version 1 \(0001_create_tables\.sql\), this program has",
        ),
        (no_manifest, "manifest.json", "it is not there"),
    ],
)
def test_a_damaged_or_foreign_file_is_named_and_nothing_is_taken_in(
    exported: Path, empty_store: Store, tmp_path: Path, *, tamper: Callable[[Path], None], named: str, reason: str
) -> None:
    folder = Path(shutil.copytree(exported, tmp_path / "lake"))
    tamper(folder)
    with pytest.raises(FileRefused, match=reason) as refusal:
        take_in(empty_store, folder, listed_files(empty_store, folder), lambda _: None)
    assert str(refusal.value.path).endswith(named)
    require_empty(empty_store, folder)  # raises where a row has come in


def test_rows_that_break_a_rule_of_their_table_are_refused(exported: Path, empty_store: Store, tmp_path: Path) -> None:
    """A forger who knew every hash: the table's own rules are asked too."""
    folder = Path(shutil.copytree(exported, tmp_path / "lake"))
    forged = levels(FRIDAY, -1.0).sort("symbol")
    content = tmp_path / "forged"
    forged.drop("session_date").write_parquet(content)
    listed_again(folder, content.read_bytes())
    path = folder / "manifests" / "core.index_levels_daily.json"
    manifest = json.loads(path.read_text())
    manifest["files"][OF_FRIDAY]["content_sha256"] = content_sha256(core.CORE_INDEX_LEVELS_DAILY, forged)
    path.write_text(json.dumps(manifest))
    with pytest.raises(FileRefused, match=r"1 rows break close_positive"):
        take_in(empty_store, folder, listed_files(empty_store, folder), lambda _: None)
    require_empty(empty_store, folder)  # raises where a row has come in
