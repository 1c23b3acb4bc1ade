"""Real chain files: when each was quoted, which session it belongs to, and which one prices 2023-06-09."""

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.sources.recognise import parse
from transforms.market.calendar import NEW_YORK
from transforms.market.chains import choose_chain, describe_chains
from transforms.market.quotes import type_quotes
from transforms.market.vx_settlements import type_vx_settlements
from warehouse.tables.core import CORE_OPTION_CHAINS
from warehouse.tables.meta import META_LOADS
from warehouse.tables.raw import RAW_OPTION_QUOTES, RAW_VX_SETTLEMENTS

pytestmark = pytest.mark.real

# A commit or a download gives the latest possible time of a live file; the data folder's README says what each one is.
LIVE = {
    "2023-06-09_1340ET_spx_quotedata.csv": "2023-06-09 13:20",
    "2023-06-12_1158ET_spx_quotedata.csv": "2023-06-12 09:58",  # README: the quotes' own clock says about 09:58
    "mixed_session/20230602T1316_53112f4_spx_quotedata_all.csv": "2023-06-02 04:05",
    "mixed_session/20230605T1516_dad0dd3_spx_quotedata_all.csv": "2023-06-05 05:35",
    "mixed_session/20230606T1523_caa4c5d_spx_quotedata_all.csv": "2023-06-06 03:00",
    "mixed_session/20230607T1138_6a73521_spx_quotedata_all.csv": "2023-06-07 04:09",
    "mixed_session/20230608T1249_1846bff_spx_quotedata_all.csv": "2023-06-08 03:00",
    # The date line says 08:02 ET of a Monday, NYSE open; parity stands at 6024, half a per cent above Friday's close.
    "oddities/2024-11-11_spanish_header_stale_index.csv": "2024-11-11 07:45",
}
LIVE_VIX = {
    "2023-06-12_1158ET_vix_quotedata.csv": "2023-06-12 10:00",
    "mixed_session/20230602T1316_53112f4_vix_quotedata.csv": "2023-06-02 04:05",
    "mixed_session/20230607T1138_6a73521_vix_quotedata.csv": "2023-06-07 04:09",
    "mixed_session/20230608T1249_1846bff_vix_quotedata.csv": "2023-06-08 03:00",
}
CLOSES = {
    "2022-02-04_close_spx_quotedata.csv": ("2022-02-04", "date_line"),
    "2023-02-07_close_spx_quotedata.csv": ("2023-02-07", "date_line"),
    "2023-06-09_close_spx_quotedata.csv": ("2023-06-09", "first_expiry"),
    "2023-06-09_close_spx_quotedata_near_strikes.csv": ("2023-06-09", "date_line"),
    "2023-06-09_close_vix_quotedata.csv": ("2023-06-09", "vx_parity"),
    "oddities/2022-01-07_spreadsheet_resaved_trailing_commas.csv": ("2022-01-07", "date_line"),
    "oddities/2023-02-03_expiries_to_month_end_only.csv": ("2023-02-03", "date_line"),
    "oddities/2023-12-08_russian_header.csv": ("2023-12-08", "date_line"),
}
# README: the session by content of the SPX files is that of the first listed expiry.
SESSIONS_OF_LIVE = dict(zip(LIVE, ("06-09", "06-12", "06-01", "06-05", "06-05", "06-06", "06-07", None), strict=True))


@pytest.fixture(scope="module")
def vx(real_data: Path) -> pl.DataFrame:
    path = real_data / "series" / "vx_futures" / "cdn" / "vx_contracts_2013_2026.csv"
    (parsed,) = parse(path.name, path.read_bytes(), series_hint=None)
    raw = RAW_VX_SETTLEMENTS.conform(parsed.rows.with_columns(load_id=pl.lit("vx"))).with_columns(
        source_file=pl.lit(path.name),
        format=pl.lit(parsed.format),
        loaded_at=pl.lit(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
    )
    return type_vx_settlements(raw).rows


def describe(path: Path, vx: pl.DataFrame) -> pl.DataFrame:
    (parsed,) = parse(path.name, path.read_bytes(), series_hint=None)
    load_id = hashlib.sha256(parsed.content).hexdigest()[:16]
    raw = RAW_OPTION_QUOTES.conform(parsed.rows.with_columns(load_id=pl.lit(load_id)))
    typed = type_quotes(raw.with_columns(source_file=pl.lit(path.name)))
    assert typed.rows.height == parsed.rows.height
    loads = META_LOADS.conform(
        pl.DataFrame(
            [{"load_id": load_id, "stated_at": parsed.stated.stated_at, "stated_date": parsed.stated.stated_date}]
        )
    )
    return describe_chains(loads, typed.rows, vx)


def chain(real_data: Path, vx: pl.DataFrame, name: str) -> dict[str, Any]:
    return describe(real_data / "chains" / "quotedata" / name, vx).row(0, named=True)


def new_york(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize("name", LIVE)
def test_live_spx_quotes_are_no_end_of_day(real_data: Path, vx: pl.DataFrame, name: str) -> None:
    found = chain(real_data, vx, name)
    assert not found["is_end_of_day"]
    assert found["clock_spread_minutes"] <= 20
    assert abs(found["clock_at"] - new_york(LIVE[name])) <= dt.timedelta(minutes=10)
    assert found["quote_at"] == found["clock_at"]
    session = SESSIONS_OF_LIVE[name]
    assert session is None or found["session_date"] == dt.date.fromisoformat(f"2023-{session}")


@pytest.mark.parametrize("name", LIVE_VIX)
def test_live_vix_quotes_are_no_end_of_day(real_data: Path, vx: pl.DataFrame, name: str) -> None:
    """A VIX monthly tells the hours, not the minutes, of the SPX file it came with."""
    found = chain(real_data, vx, name)
    assert (found["is_end_of_day"], found["end_of_day_reason"]) == (False, "quote_clock")
    assert abs(found["clock_at"] - new_york(LIVE_VIX[name])) <= dt.timedelta(hours=4)


def test_a_live_vix_file_is_not_placed_after_its_own_clock(real_data: Path, vx: pl.DataFrame) -> None:
    """Quoted early on 2023-06-08 at 15.515: the settlement of the 12th (15.5628) is nearer than that of the 7th."""
    found = chain(real_data, vx, "mixed_session/20230608T1249_1846bff_vix_quotedata.csv")
    assert found["session_date"] == dt.date(2023, 6, 7)  # as the SPX file it came with


@pytest.mark.parametrize("name", CLOSES)
def test_a_true_close_is_an_end_of_day_by_its_clock_too(real_data: Path, vx: pl.DataFrame, name: str) -> None:
    found = chain(real_data, vx, name)
    session, session_from = CLOSES[name]
    assert (str(found["session_date"]), found["session_from"]) == (session, session_from)
    assert found["is_end_of_day"]
    assert found["quote_at"] == new_york(f"{session} 16:15")
    assert found["clock_at"] is not None


def test_the_close_of_2023_06_09_wins_over_the_full_intraday_chain_and_the_partial_close(
    real_data: Path, vx: pl.DataFrame
) -> None:
    folder = real_data / "chains" / "quotedata"
    chains = pl.concat(describe(path, vx) for path in sorted(folder.glob("2023-06-09_*_spx_quotedata*.csv")))
    assert chains["session_date"].to_list() == [dt.date(2023, 6, 9)] * 3
    close = chains.filter(contracts_qty=5644)  # the file's 2,822 lines, a call and a put each
    loaded = chains.with_columns(
        # loaded before the others
        loaded_at=pl.when(pl.col("contracts_qty") == 5644)
        .then(dt.datetime(2023, 6, 9, tzinfo=dt.UTC))
        .otherwise(dt.datetime(2023, 7, 1, tzinfo=dt.UTC))
    )
    chosen = choose_chain(loaded, "SPX", dt.date(2023, 6, 9))
    assert chosen.load_id == close["load_id"].item()
    assert chosen.is_end_of_day


def test_datashop_columns_are_end_of_day_by_definition(real_data: Path, vx: pl.DataFrame) -> None:
    found = describe(real_data / "chains" / "datashop" / "2023-02-15_VIX_UnderlyingOptionsEODQuotes.csv", vx)
    assert found.schema == CORE_OPTION_CHAINS.polars_schema
    row = found.row(0, named=True)
    assert (row["session_from"], row["end_of_day_reason"]) == ("quote_date_column", "eod_columns")
    assert (row["underlying"], row["contracts_qty"], row["expiries_qty"]) == ("VIX", 1274, 12)
    assert row["quote_at"] == new_york("2023-02-15 16:15")
