"""The frozen expirations against another maker's calendar, contracts that traded and chains that were listed."""

import datetime as dt
import re
from pathlib import Path

import polars as pl
import pytest

from transforms.market.calendar import is_session, last_trade_date
from transforms.market.expirations import is_spx_monthly, is_vix_monthly, vix_expiration, vix_expirations

pytestmark = pytest.mark.real

OCC_SYMBOL = re.compile(r"(?<![A-Z])(SPX|VIXW?)(\d{6})[CP]")
MONTHS = {f"{dt.date(2000, month, 1):%b}": month for month in range(1, 13)}


@pytest.fixture(scope="module")
def contracts(real_data: Path) -> pl.DataFrame:
    return pl.read_csv(real_data / "series" / "vx_futures" / "cdn" / "vx_contracts_2013_2026.csv")


@pytest.fixture(scope="module")
def archive(real_data: Path) -> pl.DataFrame:
    """The last row of each file of the CFE archive: trade date, contract label, volume."""
    files = sorted((real_data / "series" / "vx_futures" / "cfe_archive").glob("*.csv"))
    last = [[line for line in path.read_text().splitlines() if line.strip()][-1].split(",") for path in files]
    return pl.DataFrame(
        {
            "last_row_date": [row[0] for row in last],
            "label": [row[1] for row in last],
            "volume": [row[8] for row in last],
        }
    ).with_columns(pl.col("last_row_date").str.to_date("%m/%d/%Y"), pl.col("volume").cast(pl.Int64))


def test_the_table_has_every_expiration_of_the_event_calendar(real_data: Path) -> None:
    events = pl.read_csv(real_data / "series" / "events" / "macro_events_to_2023.csv")
    vix, spx = (events.filter(event=kind)["date"].str.to_date() for kind in ("vix_expiry", "opex"))
    assert len(vix) == len(spx) == 288  # twelve a year, 2000 to 2023
    assert all(map(is_vix_monthly, vix))
    assert all(map(is_spx_monthly, spx))


def test_every_contract_of_the_archive_ends_on_the_expiration_of_its_month(archive: pl.DataFrame) -> None:
    assert archive.height == 73
    for last_row_date, label, _ in archive.iter_rows():
        found = re.search(r"\((\w{3}) (?:20)?(\d\d)\)", label)
        assert found is not None
        assert vix_expiration(2000 + int(found[2]), MONTHS[found[1]]) == last_row_date


def test_every_contract_label_of_the_table_is_an_expiration_but_the_mistyped_one(contracts: pl.DataFrame) -> None:
    labels = contracts["Futures"].unique().sort().to_frame()
    dated = labels.with_columns(expiry_date=pl.col("Futures").str.to_date(strict=False))
    assert dated.filter(pl.col("expiry_date").is_null())["Futures"].to_list() == ["20268-03-18"]
    expirations = dated["expiry_date"].drop_nulls().to_list()
    assert len(expirations) == 166
    assert all(map(is_vix_monthly, expirations))


def test_futures_traded_on_three_days_that_are_no_sessions(contracts: pl.DataFrame) -> None:
    # CFE opened on Good Friday 2015 and on the two days of mourning; the NYSE and the index options did not
    trade_dates = contracts["Trade Date"].str.to_date().unique().sort().to_list()
    strangers = [day for day in trade_dates if not is_session(day)]
    assert strangers == [dt.date(2015, 4, 3), dt.date(2018, 12, 5), dt.date(2025, 1, 9)]


def test_futures_trade_on_their_settlement_morning_exactly_when_the_calendar_says(
    archive: pl.DataFrame, contracts: pl.DataFrame
) -> None:
    table = contracts.filter(pl.col("Trade Date") == pl.col("Futures"), pl.col("Futures") < "2026").select(
        pl.col("Futures").str.to_date(), pl.col("Total Volume")
    )
    last_rows = [*archive.select("last_row_date", "volume").iter_rows(), *table.iter_rows()]
    assert len(last_rows) == 73 + 12 * 13
    traded = {day for day, volume in last_rows if volume > 0}
    assert traded == {day for day, _ in last_rows if last_trade_date("VX", day) == day}


def test_every_expiry_of_the_chains_is_in_the_table(real_data: Path) -> None:
    listed = set()
    for path in (real_data / "chains" / "quotedata").rglob("*.csv"):
        listed |= set(OCC_SYMBOL.findall(path.read_text(encoding="utf-8")))
    series = {(root, dt.datetime.strptime(day, "%y%m%d").date()) for root, day in listed}  # noqa: DTZ007 - a date
    assert len(series) > 20
    for root, day in series:
        if root == "SPX":
            assert is_spx_monthly(day)
        else:
            assert vix_expirations(day, day) == [day]
            assert is_vix_monthly(day) == (root == "VIX")


@pytest.mark.parametrize(
    ("name", "root_tells"),
    [
        ("2023-02-15_VIX_UnderlyingOptionsEODQuotes.csv", True),  # a weekly on Tuesday 2023-03-07 among them
        ("UnderlyingOptionsEODCalcs_2016-06-01.csv", False),  # its weeklies are called VIX too
    ],
)
def test_every_expiry_of_the_datashop_chains_is_in_the_table(name: str, root_tells: bool, real_data: Path) -> None:
    rows = pl.read_csv(real_data / "chains" / "datashop" / name, infer_schema=False).select("root", "expiration")
    series = rows.unique().with_columns(pl.col("expiration").str.to_date())
    assert series.height >= 10
    for root, day in series.iter_rows():
        assert vix_expirations(day, day) == [day]
        assert not root_tells or is_vix_monthly(day) == (root == "VIX")
