"""Every file of the real data folder is recognised, or refused with file, line and rule, as its README says."""

import csv
import time
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from flows.ingest import ingest_paths
from flows.sources.errors import FileRefused
from flows.sources.parsed import ParsedFile
from flows.sources.recognise import parse
from warehouse.archive import Archive
from warehouse.store import open_writer

pytestmark = pytest.mark.real

# Which file each night and underlying of the oracle's counts.csv was counted from: the data folder's README.
NIGHT_FILES = {
    ("2022-02-04", "SPX"): "quotedata/2022-02-04_close_spx_quotedata.csv",
    ("2023-02-07", "SPX"): "quotedata/2023-02-07_close_spx_quotedata.csv",
    ("2023-02-15", "SPX"): "datashop/2023-02-15_SPX_UnderlyingOptionsEODQuotes.csv",
    ("2023-02-15", "VIX"): "datashop/2023-02-15_VIX_UnderlyingOptionsEODQuotes.csv",
    ("2023-06-09", "SPX"): "quotedata/2023-06-09_close_spx_quotedata.csv",
    ("2023-06-09", "VIX"): "quotedata/2023-06-09_close_vix_quotedata.csv",
}


def only(path: Path) -> ParsedFile:
    (load,) = parse(path.name, path.read_bytes())
    return load


def refusal(path: Path) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        parse(path.name, path.read_bytes())
    assert caught.value.source_file == path.name
    return caught.value


def counted(rows: pl.DataFrame) -> dict[str, object]:
    numbers = rows.with_columns(
        pl.col("bid", "ask", "vendor_iv").cast(pl.Float64), pl.col("volume", "open_interest").cast(pl.Int64)
    )
    return numbers.select(
        contracts=pl.len(),
        expiries=pl.col("expiry").n_unique(),
        expiry_min=pl.col("expiry").min(),
        expiry_max=pl.col("expiry").max(),
        zero_bid=(pl.col("bid") == 0).sum(),
        zero_ask=(pl.col("ask") == 0).sum(),
        crossed=(pl.col("bid") > pl.col("ask")).sum(),
        locked=((pl.col("bid") == pl.col("ask")) & (pl.col("bid") > 0)).sum(),
        open_interest=pl.col("open_interest").sum(),
        volume=pl.col("volume").sum(),
    ).row(0, named=True)


@pytest.mark.parametrize("night", NIGHT_FILES, ids=" ".join)
def test_contracts_quotes_and_open_interest_are_as_counted_elsewhere(
    night: tuple[str, str], real_data: Path, oracle_dir: Path
) -> None:
    load = only(real_data / "chains" / NIGHT_FILES[night])
    with (oracle_dir / "counts.csv").open() as stream:
        expected = [row for row in csv.DictReader(stream) if (row["night"], row["underlying"]) == night]

    assert expected
    assert load.rejected.is_empty()
    assert load.series.name == night[1]
    for row in expected:
        rows = load.rows if row["root"] == "ALL" else load.rows.filter(pl.col("root") == row["root"])
        found = counted(rows)
        assert {name: str(value) for name, value in found.items()} == {name: row[name] for name in found}


# The instants by hand from the files' date lines, as the README quotes them; None where the line was stripped.
DATE_LINES = {
    "2022-02-04_close_spx_quotedata.csv": datetime(2022, 2, 6, 1, 9, tzinfo=UTC),  # Saturday 20:09 EST
    "2023-02-07_close_spx_quotedata.csv": datetime(2023, 2, 7, 22, 34, tzinfo=UTC),
    "2023-06-09_1340ET_spx_quotedata.csv": datetime(2023, 6, 9, 17, 40, tzinfo=UTC),
    "2023-06-09_close_spx_quotedata.csv": None,
    "2023-06-09_close_spx_quotedata_near_strikes.csv": datetime(2023, 6, 10, 2, 18, tzinfo=UTC),
    "2023-06-12_1158ET_vix_quotedata.csv": None,
    "oddities/2022-01-07_spreadsheet_resaved_trailing_commas.csv": datetime(2022, 1, 9, 8, 11, tzinfo=UTC),
    "oddities/2023-02-03_expiries_to_month_end_only.csv": datetime(2023, 2, 4, 4, 24, tzinfo=UTC),
    "oddities/2023-12-08_russian_header.csv": datetime(2023, 12, 9, 18, 49, tzinfo=UTC),
    "oddities/2024-11-11_spanish_header_stale_index.csv": datetime(2024, 11, 11, 13, 2, tzinfo=UTC),
}


@pytest.mark.parametrize(("name", "stated_at"), DATE_LINES.items(), ids=DATE_LINES.keys())
def test_date_lines_are_understood_in_every_language(name: str, stated_at: datetime | None, real_data: Path) -> None:
    load = only(real_data / "chains" / "quotedata" / name)

    assert load.stated.stated_at == stated_at
    assert load.rejected.is_empty()


def test_every_mixed_session_download_is_read_and_states_no_instant(real_data: Path) -> None:
    files = sorted((real_data / "chains" / "quotedata" / "mixed_session").iterdir())

    assert len(files) == 8
    for path in files:
        load = only(path)
        assert load.stated.stated_at is None
        assert load.rejected.is_empty()
        assert load.series.name == ("SPX" if "spx" in path.name else "VIX")


def test_the_two_downloads_of_one_close_agree_on_every_shared_contract(real_data: Path) -> None:
    folder = real_data / "chains" / "quotedata"
    full = only(folder / "2023-06-09_close_spx_quotedata.csv").rows
    near = only(folder / "2023-06-09_close_spx_quotedata_near_strikes.csv").rows
    values = ["option_symbol", "strike", "bid", "ask", "volume", "open_interest"]

    assert near.height == 180
    assert near.select(values).join(full.select(values), on=values, how="anti").is_empty()


REFUSED = {
    "quotedata/oddities/named_spx_but_is_NVDA.csv": ("unknown_root", 5, "Calls"),
    "quotedata/oddities/2023-05-12_all_quotes_zero.csv": ("all_quotes_zero", 5, "Bid"),
    "quotedata/oddities/2025-01-29_long_format_root_lost.csv": ("root_missing", 6409, "root"),
    "whitepaper/vixnearterm.dat": ("unknown_format", 1, None),
}


@pytest.mark.parametrize(("name", "expected"), REFUSED.items(), ids=REFUSED.keys())
def test_what_is_no_chain_of_ours_is_refused_with_line_and_rule(
    name: str, expected: tuple[str, int | None, str | None], real_data: Path
) -> None:
    refused = refusal(real_data / "chains" / name)

    assert (refused.rule_id, refused.source_line, refused.column_name) == expected


def test_the_lost_root_shows_in_3374_repeated_keys(real_data: Path) -> None:
    path = real_data / "chains" / "quotedata" / "oddities" / "2025-01-29_long_format_root_lost.csv"

    assert "3,374" in refusal(path).reason


def test_the_datashop_sample_is_read_loose_and_from_its_nested_zips(real_data: Path) -> None:
    folder = real_data / "chains" / "datashop"
    loose = only(folder / "UnderlyingOptionsEODCalcs_2016-06-01.csv")
    sample = folder / "OptionEODSummary_Sample_2016-06-01.zip"
    calcs, quotes = parse(sample.name, sample.read_bytes())

    assert [calcs.format, quotes.format] == ["datashop_eod_calcs", "datashop_eod_quotes"]
    assert calcs.rows.equals(loose.rows)
    assert calcs.content == loose.content
    assert {load.stated.stated_date for load in (loose, calcs, quotes)} == {date(2016, 6, 1)}


# Rows of each series file: its lines less header, and the findings of the README.
SERIES = {
    "vx_futures/cdn/vx_contracts_2013_2026.csv": ("VX", 29_708, 0),
    "vx_futures/cfe_archive/CFE_N13_VX.csv": ("VX", 186, 0),
    "vx_futures/cfe_archive/2007-05-16.m_5.CFE_VX_K2007.csv": ("VX", 290, 0),
    "index/VIX_History.csv": ("VIX", 9_234, 0),
    "index/vix_daily_iso_dates.csv": ("VIX", 9_235, 0),
    "index/VVIX_History.csv": ("VVIX", 5_066, 0),
    "index/SPX_daily_hlc.csv": ("SPX", 9_202, 0),
    "breadth/NYSE_ADV_tradingview.csv": ("advances", 8_515, 0),
    "breadth/NYSE_newlo.csv": ("new_lows", 2_555, 0),
    "events/macro_events_to_2023.csv": (None, 1_962, 0),
    "valuation/sp500_monthly_shiller.csv": (None, 3 * 1_866, 0),
}


@pytest.mark.parametrize(("name", "expected"), SERIES.items(), ids=SERIES.keys())
def test_series_files_are_read_to_the_last_row(
    name: str, expected: tuple[str | None, int, int], real_data: Path
) -> None:
    load = only(real_data / "series" / name)

    assert (load.series.name, load.rows.height, load.rejected.height) == expected


def test_the_blank_row_of_the_par_curve_is_rejected_by_line(real_data: Path) -> None:
    load = only(real_data / "series" / "rates" / "treasury_par_1990_2023.csv")

    (rejected,) = load.rejected.rows(named=True)
    assert rejected["row_text"].startswith("10/11/10,")
    assert rejected["rule_id"] == "no_yields"


def test_the_whole_folder_is_taken_in_within_15_seconds_of_work_and_loads_nothing_twice(
    real_data: Path, tmp_path: Path
) -> None:
    with open_writer(tmp_path / "home", "test") as store:
        started = time.process_time()
        first = ingest_paths(
            store, Archive(tmp_path / "home"), [real_data], sources={}, now=datetime(2026, 1, 1, tzinfo=UTC)
        )
        elapsed = time.process_time() - started
        again = ingest_paths(
            store, Archive(tmp_path / "home"), [real_data], sources={}, now=datetime(2026, 1, 2, tzinfo=UTC)
        )

    assert elapsed < 15
    assert {entry.refusal.rule_id for entry in first.refused if entry.refusal} == {
        "all_quotes_zero",
        "root_missing",
        "unknown_format",
        "unknown_root",
        "unknown_series",
    }
    # Of the refused ones all but three (NVDA, zeros, lost root) are documents or series the report does not use.
    assert len(first.refused) == 9
    assert not again.loaded
    assert len(again.refused) == 9
