"""The par curve, the settlement clock and the rate to every expiry against independently computed values."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from transforms.market.calendar import add_settlement_clock, quote_table_instant
from transforms.market.rates import TENOR_DAYS, ParCurve, par_curve, rate_at

NIGHTS = [dt.date(2022, 2, 4), dt.date(2023, 2, 7), dt.date(2023, 2, 15), dt.date(2023, 6, 9)]

pytestmark = [
    pytest.mark.real,
    pytest.mark.parametrize("night", NIGHTS, ids=str),
]


def published_curve(real_data: Path, night: dt.date) -> ParCurve:
    history = pl.read_csv(real_data / "series" / "rates" / "treasury_par_1990_2023.csv")
    row = history.filter(pl.col("Date").str.to_date("%m/%d/%y") == night).row(0, named=True)
    return par_curve(night, {days: row[tenor] and row[tenor] / 100 for tenor, days in TENOR_DAYS.items()})


def oracle(oracle_file: Path, night: dt.date) -> pl.DataFrame:
    return pl.read_csv(oracle_file, try_parse_dates=True, infer_schema_length=None).filter(night=night)


def test_the_curve_has_the_oracles_tenors_and_yields(real_data: Path, oracle_dir: Path, night: dt.date) -> None:
    curve, expected = published_curve(real_data, night), oracle(oracle_dir / "treasury.csv", night)
    assert list(curve.tenor_days) == expected["tenor_days"].to_list()
    assert [100 * y for y in curve.yields_frac] == pytest.approx(expected["par_yield_pct"].to_list(), abs=1e-12)
    assert rate_at(curve, curve.tenor_days) == pytest.approx(expected["r_continuous"].to_list(), abs=1e-11)


def test_the_clock_and_the_rate_of_every_expiry(real_data: Path, oracle_dir: Path, night: dt.date) -> None:
    expected = oracle(oracle_dir / "forwards.csv", night)
    clock = add_settlement_clock(
        expected.lazy().select("root", expiry_date="expiry"), mark_at=quote_table_instant(night)
    ).collect()
    assert expected.height > 15
    assert (clock["t_years"] * 525_600).to_list() == pytest.approx(expected["minutes"].to_list(), abs=1e-6)
    assert clock["dte_days"].to_list() == expected["dte"].to_list()
    live = pl.DataFrame({"days": clock["t_years"] * 365, "r": expected["r_treasury"]}).drop_nulls()
    assert live.height >= expected.height - 1  # that night's expired series has no rate
    assert rate_at(published_curve(real_data, night), live["days"].to_numpy()) == pytest.approx(
        live["r"].to_list(), abs=1e-10
    )
