"""The file of one session gives what the tables of contracts give: real settlements put into its layout."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from flows.sources.errors import FileRefused
from flows.sources.parsed import ParsedFile
from flows.sources.recognise import parse
from transforms.market.constant_maturities import constant_maturities
from transforms.market.expirations import vx_symbol
from transforms.market.term_structure import vx_curve
from transforms.market.typing_rules import Typed
from transforms.market.vx_settlements import type_vx_settlements

pytestmark = pytest.mark.real

NIGHTS = (dt.date(2022, 2, 4), dt.date(2023, 2, 7), dt.date(2023, 2, 15), dt.date(2023, 6, 9))


@pytest.fixture(scope="module")
def table(real_data: Path) -> pl.DataFrame:
    path = real_data / "series" / "vx_futures" / "cdn" / "vx_contracts_2013_2026.csv"
    return pl.read_csv(path, infer_schema=False).select("Trade Date", "Futures", "Settle")


def file_of(table: pl.DataFrame, day: dt.date) -> str:
    """What CFE would have served that evening, without what settled in the morning."""
    live = table.filter(pl.col("Trade Date") == f"{day}", pl.col("Futures") > f"{day}").sort("Futures")
    rows = [
        f"VX,{vx_symbol(dt.date.fromisoformat(expiry))},{expiry},{settle}"
        for expiry, settle in live.select("Futures", "Settle").iter_rows()
    ]
    return "\n".join(["Product,Symbol,Expiration Date,Price", *rows, "VXM,VXM/V9,2029-10-17,1.0"]) + "\n"


def loaded(load: ParsedFile) -> Typed:
    return type_vx_settlements(
        load.rows.with_columns(
            load_id=pl.lit("a"),
            source_file=pl.lit("settlement.csv"),
            format=pl.lit(load.format),
            loaded_at=pl.lit(dt.datetime(2026, 11, 23, tzinfo=dt.UTC)).dt.cast_time_unit("us"),
        )
    )


@pytest.mark.parametrize("night", NIGHTS, ids=str)
def test_the_curve_of_a_night_is_that_of_the_oracle(night: dt.date, table: pl.DataFrame, oracle_dir: Path) -> None:
    (load,) = parse("settlement.csv", file_of(table, night).encode(), series_hint=f"VX {night}")
    typed = loaded(load)
    curve = vx_curve(typed.rows, night)
    oracle = pl.read_csv(oracle_dir / "vx_curve.csv", try_parse_dates=True).filter(night=night)
    expected = oracle.filter(pl.col("rank") > 0).select("rank", "expiry", "settle").rows()
    assert len(expected) >= 7
    assert curve.select("rank", "expiry_date", "settle_pts").rows()[: len(expected)] == expected
    signals = pl.read_csv(oracle_dir / "signals.csv").filter(night=f"{night}")
    of_thirty_days = constant_maturities(curve).filter(pl.col("tenor_days") == 30)
    assert of_thirty_days["price_pts"].to_list() == pytest.approx(signals["cm30"].to_list(), rel=1e-6)
    assert load.rejected["rule_id"].to_list() == ["other_product"]


def test_every_session_of_four_years_passes_under_its_own_date_and_fails_under_one_a_month_off(
    table: pl.DataFrame,
) -> None:
    days = [
        day
        for day in table["Trade Date"].unique().sort().str.to_date()
        if dt.date(2019, 1, 1) <= day < dt.date(2023, 1, 1)
    ]
    for day in days[::15]:
        content = file_of(table, day).encode()
        assert parse("settlement.csv", content, series_hint=f"VX {day}")
        other = days[days.index(day) - 25 if day > days[25] else days.index(day) + 25]
        with pytest.raises(FileRefused, match="The first expiry listed"):
            parse("settlement.csv", content, series_hint=f"VX {other}")
