"""Real histories in the 20-column layout, and real quote tables written as Cboe's JSON: same facts, same gates."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from flows.ingest import ingest_paths
from flows.series import apply_series
from flows.sources.parsed import ParsedFile
from flows.sources.recognise import parse
from tests.flows.chain_writers import NEW_YORK, cboe_json
from transforms.market.chains import describe_chains
from transforms.market.quotes import QUOTE_SCHEMA, type_quotes
from warehouse.archive import Archive
from warehouse.store import open_writer
from warehouse.tables import core
from warehouse.tables.meta import META_LOADS
from warehouse.tables.raw import RAW_OPTION_QUOTES

pytestmark = pytest.mark.real

NO_VX = core.CORE_VX_SETTLEMENTS_DAILY.empty()
NOW = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def history(real_data: Path, name: str) -> list[ParsedFile]:
    path = real_data / "chains" / "history_sparse" / name
    return parse(path.name, path.read_bytes())


def typed(load: ParsedFile) -> pl.DataFrame:
    raw = RAW_OPTION_QUOTES.conform(load.rows.with_columns(load_id=pl.lit("a")))
    return type_quotes(raw.with_columns(source_file=pl.lit("chain"))).rows


# Counted by awk in the files: sessions, contracts, first and last quote date.
HISTORIES = {
    "options_data.csv": (61, 244, "2014-12-15", "2015-03-13"),
    "test_data_options.csv": (96, 392, "2017-01-03", "2017-05-19"),
}


@pytest.mark.parametrize(("name", "counted"), HISTORIES.items())
def test_a_history_is_one_chain_a_session(real_data: Path, name: str, counted: tuple[int, int, str, str]) -> None:
    loads = history(real_data, name)

    days = [load.stated.stated_date for load in loads]
    assert (len(loads), sum(load.rows.height for load in loads), str(days[0]), str(days[-1])) == counted
    assert days == sorted(set(days), key=str)
    assert all(load.rejected.is_empty() for load in loads)


def test_on_the_half_day_of_2014_every_bid_is_zero_and_two_calls_are_never_quoted(real_data: Path) -> None:
    by_day = {str(load.stated.stated_date): typed(load) for load in history(real_data, "options_data.csv")}

    half_day = by_day["2014-12-24"]
    assert half_day.select("right", "strike_pts", "bid_pts", "ask_pts", "mark_quality").rows() == [
        ("C", 650.0, 0.0, 0.0, "NO_QUOTE"),
        ("C", 700.0, 0.0, 0.0, "NO_QUOTE"),
        ("P", 650.0, 0.0, 2.2, "ONE_SIDED"),
        ("P", 700.0, 0.0, 2.65, "ONE_SIDED"),
    ]
    calls = pl.concat(by_day.values()).filter(right="C")
    assert calls.height == 2 * 61
    assert calls["mark_quality"].unique().to_list() == ["NO_QUOTE"]


def test_both_histories_are_placed_in_one_go(real_data: Path, tmp_path: Path) -> None:
    with open_writer(tmp_path, "test") as store:
        folder = real_data / "chains" / "history_sparse"
        ingest_paths(store, Archive(tmp_path), [folder], sources={}, now=NOW)
        apply_series(store, now=NOW)
        chains = store.read(core.CORE_OPTION_CHAINS)
    assert (chains.height, chains["session_date"].n_unique()) == (157, 157)
    assert chains["end_of_day_reason"].unique().to_list() == ["eod_columns"]
    half_day = chains.filter(session_date=dt.date(2014, 12, 24)).row(0, named=True)
    assert half_day["quote_at"] == dt.datetime(2014, 12, 24, 13, 15, tzinfo=NEW_YORK)


def placed(load: ParsedFile) -> pl.DataFrame:
    stated = load.stated
    row = {
        "load_id": "a",
        "stated_at": stated.stated_at,
        "stated_date": stated.stated_date,
        "last_print_at": stated.last_print_at,
    }
    return describe_chains(META_LOADS.conform(pl.DataFrame([row])), typed(load), NO_VX)


def as_json(real_data: Path, name: str, made_at: dt.datetime, printed_at: dt.datetime) -> tuple[ParsedFile, ParsedFile]:
    """A real table, and the page Cboe would have made of the same quotes."""
    path = real_data / "chains" / "quotedata" / name
    (table,) = parse(path.name, path.read_bytes())
    filled = table.rows.with_columns(pl.all().exclude("source_line").fill_null("0"))
    (page,) = parse("page.json", cboe_json(filled, made_at, printed_at))
    return table, page


def evening(day: str) -> tuple[dt.datetime, dt.datetime]:
    date = dt.date.fromisoformat(day)
    return (
        dt.datetime.combine(date, dt.time(18), NEW_YORK),
        dt.datetime.combine(date, dt.time(16, 14, 59), NEW_YORK),
    )


CLOSES = {"2022-02-04": "2022-02-04_close_spx_quotedata.csv", "2023-02-07": "2023-02-07_close_spx_quotedata.csv"}


@pytest.mark.parametrize(("day", "name"), CLOSES.items())
def test_a_real_close_as_json_is_the_same_chain(real_data: Path, day: str, name: str) -> None:
    table, page = as_json(real_data, name, *evening(day))

    quotes = QUOTE_SCHEMA.names()
    assert typed(page).select(quotes).equals(typed(table).select(quotes))
    same = ["session_date", "quote_at", "is_end_of_day", "clock_at", "clock_spread_minutes", "live_contracts_qty"]
    assert placed(page).select(same).equals(placed(table).select(same))
    assert placed(page)["clock_at"].null_count() == 0


LIVE = {
    "2023-06-09_1340ET_spx_quotedata.csv": "2023-06-09",
    "2023-06-12_1158ET_spx_quotedata.csv": "2023-06-12",
    "mixed_session/20230605T1516_dad0dd3_spx_quotedata_all.csv": "2023-06-05",
    "mixed_session/20230608T1249_1846bff_spx_quotedata_all.csv": "2023-06-07",
}


@pytest.mark.parametrize(("name", "day"), LIVE.items())
def test_live_quotes_under_an_evenings_time_are_caught_by_their_clock(real_data: Path, name: str, day: str) -> None:
    _, page = as_json(real_data, name, *evening(day))
    found = placed(page).row(0, named=True)

    assert (str(found["session_date"]), found["session_from"]) == (day, "last_print")
    assert (found["is_end_of_day"], found["end_of_day_reason"]) == (False, "quote_clock")
