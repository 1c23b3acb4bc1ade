"""The rule for monthly VIX expirations against another maker's calendar and the contracts that traded."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from transforms.market.calendar import is_session, vix_expiration

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def contracts(real_data: Path) -> pl.DataFrame:
    return pl.read_csv(real_data / "series" / "vx_futures" / "cdn" / "vx_contracts_2013_2026.csv")


def rule_for(expirations: list[dt.date]) -> list[dt.date]:
    return [vix_expiration(day.year, day.month) for day in expirations]


def test_the_rule_gives_every_expiration_of_the_event_calendar(real_data: Path) -> None:
    events = pl.read_csv(real_data / "series" / "events" / "macro_events_to_2023.csv")
    expirations = events.filter(event="vix_expiry")["date"].str.to_date().to_list()
    assert len(expirations) == 288  # twelve a year, 2000 to 2023
    assert rule_for(expirations) == expirations


def test_the_rule_gives_every_contract_label_but_the_mistyped_one(contracts: pl.DataFrame) -> None:
    labels = contracts["Futures"].unique().sort().to_frame()
    dated = labels.with_columns(expiry_date=pl.col("Futures").str.to_date(strict=False))
    assert dated.filter(pl.col("expiry_date").is_null())["Futures"].to_list() == ["20268-03-18"]
    expirations = dated["expiry_date"].drop_nulls().to_list()
    assert len(expirations) == 166
    assert rule_for(expirations) == expirations


def test_futures_traded_on_three_days_that_are_no_sessions(contracts: pl.DataFrame) -> None:
    # CFE opened on Good Friday 2015 and on the two days of mourning; the NYSE and the index options did not
    trade_dates = contracts["Trade Date"].str.to_date().unique().sort().to_list()
    strangers = [day for day in trade_dates if not is_session(day)]
    assert strangers == [dt.date(2015, 4, 3), dt.date(2018, 12, 5), dt.date(2025, 1, 9)]
