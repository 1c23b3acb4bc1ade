"""One invented chain in every format: the facts, the placing and the prices are those of the quote table."""

import datetime as dt
import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from flows.build import build_core
from flows.ingest import IngestReport, ingest_paths
from flows.series import apply_series
from flows.sources.chain_rules import ChainMapping, ChainRules
from flows.sources.recognise import parse
from tests.flows.chain_writers import (
    DESK_MAPPING,
    NEW_YORK,
    as_parquet,
    cboe_json,
    desk_table,
    historical,
    optionsdx,
    quote_table,
)
from tests.new_home import open_home
from transforms.market.calendar import previous_session
from transforms.market.expirations import spx_monthly_expiration
from transforms.simulated.chain_files import chain_files
from transforms.simulated.market import FEATURE_SESSION, simulate
from warehouse.archive import Archive
from warehouse.store import Store
from warehouse.tables import core

DAY = FEATURE_SESSION
NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
CURVE = f"Date,1 Mo,3 Mo,1 Yr,10 Yr\n{DAY.month}/{DAY.day}/{DAY:%y},4.31,4.29,4.05,4.25\n"
RULES = ChainRules({"desk": ChainMapping.model_validate(DESK_MAPPING)}, optionsdx_monthly_root="SPX")


def new_york(hour: int, minute: int, day: dt.date = DAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), NEW_YORK)


def is_third_friday(expiry: pl.Expr) -> pl.Expr:
    dates = [spx_monthly_expiration(year, month) for year in range(2024, 2032) for month in range(1, 13)]
    return expiry.is_in([str(day) for day in dates])


@pytest.fixture(scope="module")
def contracts() -> pl.DataFrame:
    """A small simulated SPX chain; of each third Friday the series of the morning, as OptionsDX knows but one."""
    file = chain_files(simulate(3), DAY, size="small")[0]
    (load,) = parse(file.name, file.content)
    return load.rows.filter(~((pl.col("root") == "SPXW") & is_third_friday(pl.col("expiry"))))


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/notes.txt", "Thank you for your order.")
        archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def written(contracts: pl.DataFrame) -> dict[str, tuple[str, bytes]]:
    """The chain as files, each under the name it would come under."""
    evening, last_print = new_york(18, 2), dt.datetime.combine(DAY, dt.time(16, 14, 59), NEW_YORK)
    history, desk = historical(contracts, DAY), desk_table(contracts, DAY)
    dx = optionsdx(contracts, new_york(16, 15))
    return {
        "quote table": ("spx_quotedata.csv", quote_table(contracts, evening)),
        "json": ("_SPX.json", cboe_json(contracts, evening, last_print)),
        "historical": ("anything.csv", history),
        "optionsdx": ("spx_eod_202401.txt", dx),
        "csv": ("desk.csv", desk.write_csv().encode()),
        "parquet": ("desk.parquet", as_parquet(desk)),
        "gzip": ("_SPX.json.gz", gzip.compress(cboe_json(contracts, evening, last_print))),
        "zip": ("order.zip", zipped("2024/history.csv", history)),
        "gzip in zip": ("order.zip", zipped("desk.parquet.gz", gzip.compress(as_parquet(desk)))),
        "zip of optionsdx": ("spx_eod_2024-ab12cd.zip", zipped("spx_eod_202401.txt", dx)),
    }


def taken_in(store: Store, folder: Path, files: dict[str, bytes]) -> IngestReport:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    report = ingest_paths(
        store, Archive(folder), [folder / name for name in files], sources={}, chain_rules=RULES, now=NOW
    )
    apply_series(store, now=NOW)
    return report


def facts(folder: Path, name: str, content: bytes) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The chain's placing and its priced contracts, without the identity of the load."""
    folder.mkdir()
    with open_home(folder / "home", "test") as store:
        report = taken_in(store, folder, {"curve.csv": CURVE.encode(), name: content})
        assert not report.refused, report.refused[0].line
        build_core(store, DAY)
        chains, marks = (
            store.read(table).drop("load_id") for table in (core.CORE_OPTION_CHAINS, core.CORE_OPTION_MARKS_DAILY)
        )
    return chains, marks.sort(core.CORE_OPTION_MARKS_DAILY.grain)


@pytest.fixture(scope="module")
def expected(
    written: dict[str, tuple[str, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[pl.DataFrame, pl.DataFrame]:
    chains, marks = facts(tmp_path_factory.mktemp("table") / "x", *written["quote table"])
    assert marks.height > 1000
    assert marks["iv_vol"].count() > 500
    return chains, marks


@pytest.mark.parametrize(
    "name", ["json", "historical", "optionsdx", "csv", "parquet", "gzip", "zip", "gzip in zip", "zip of optionsdx"]
)
def test_every_format_gives_the_core_rows_of_the_quote_table(
    name: str,
    written: dict[str, tuple[str, bytes]],
    expected: tuple[pl.DataFrame, pl.DataFrame],
    tmp_path: Path,
) -> None:
    chains, marks = facts(tmp_path / "x", *written[name])

    same = [column for column in marks.columns if "optionsdx" not in name or column != "open_interest_qty"]
    assert marks.select(same).equals(expected[1].select(same))
    placed = [
        "underlying",
        "session_date",
        "quote_at",
        "is_end_of_day",
        "contracts_qty",
        "live_contracts_qty",
        "expiries_qty",
    ]
    assert chains.select(placed).equals(expected[0].select(placed))


def test_a_json_chain_is_read_by_the_same_quote_clock_as_a_table(
    written: dict[str, tuple[str, bytes]], expected: tuple[pl.DataFrame, pl.DataFrame], tmp_path: Path
) -> None:
    chains, _ = facts(tmp_path / "x", *written["json"])

    clock = ["clock_at", "clock_spread_minutes"]
    assert chains["clock_at"].null_count() == 0
    assert chains.select(clock).equals(expected[0].select(clock))
    assert chains.select("session_from", "end_of_day_reason").row(0) == ("last_print", "last_print")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_home(tmp_path / "home", "test") as opened:
        yield opened


@pytest.mark.parametrize("name", ["historical", "optionsdx"])
def test_a_file_of_two_sessions_serves_both(
    name: str, contracts: pl.DataFrame, expected: tuple[pl.DataFrame, pl.DataFrame], store: Store, tmp_path: Path
) -> None:
    """The eve with every quote a nickel higher; each night is priced from its own session."""
    eve = previous_session(DAY)
    nickel = [(pl.col(side).cast(pl.Float64) + 0.05).round(2).cast(pl.String) for side in ("bid", "ask")]
    dearer = contracts.with_columns(nickel)
    if name == "historical":
        content = historical(dearer, eve) + historical(contracts, DAY, header=False)
    else:
        content = optionsdx(dearer, new_york(16, 15, eve)) + optionsdx(contracts, new_york(16, 15), header=False)

    report = taken_in(store, tmp_path, {"curve.csv": CURVE.encode(), "spx_eod_202401.txt": content})

    assert [entry.session_date for entry in report.loaded if entry.session_date] == [eve, DAY]
    chains = store.read(core.CORE_OPTION_CHAINS).sort("session_date")
    assert chains["session_date"].to_list() == [eve, DAY]
    assert chains["load_id"].n_unique() == 2
    build_core(store, DAY)
    tonight = store.read(core.CORE_OPTION_MARKS_DAILY, "session_date = $day", {"day": DAY})
    same = ["root", "expiry_date", "right", "strike_pts", "bid_pts", "ask_pts", "iv_vol", "forward_pts"]
    grain = list(core.CORE_OPTION_MARKS_DAILY.grain)
    assert tonight.sort(grain).select(same).equals(expected[1].select(same))
