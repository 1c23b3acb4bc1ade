"""Shiller's table, and the Treasury's yields in FRED's layout."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from flows.sources.parsed import ParsedFile
from flows.sources.recognise import parse
from transforms.market.rates import TENOR_DAYS
from transforms.market.treasury import type_treasury_yields
from transforms.market.valuation import type_valuation

pytestmark = pytest.mark.real

FRED_OF_TENOR = {
    "1 Mo": "DGS1MO",
    "3 Mo": "DGS3MO",
    "6 Mo": "DGS6MO",
    "1 Yr": "DGS1",
    "2 Yr": "DGS2",
    "3 Yr": "DGS3",
    "5 Yr": "DGS5",
    "7 Yr": "DGS7",
    "10 Yr": "DGS10",
    "20 Yr": "DGS20",
    "30 Yr": "DGS30",
}


def raw_of(load: ParsedFile, load_id: str) -> pl.DataFrame:
    return load.rows.with_columns(
        load_id=pl.lit(load_id),
        source_file=pl.lit(f"{load_id}.csv"),
        format=pl.lit(load.format),
        loaded_at=pl.lit(dt.datetime(2026, 11, 23, tzinfo=dt.UTC)).dt.cast_time_unit("us"),
    )


def test_shillers_months_without_a_figure_are_named_and_the_rest_is_read(real_data: Path) -> None:
    path = real_data / "series" / "valuation" / "sp500_monthly_shiller.csv"
    (load,) = parse(path.name, path.read_bytes())
    typed = type_valuation(raw_of(load, "a"))

    assert load.rejected.is_empty()
    # zeros: the ten-year P/E of 1871 to 1880 and from October 2023 on, earnings from July 2023 on
    rejected = typed.rejected.group_by("rule_id", "row_key").len().sort("row_key").rows()
    assert rejected == [("zero_means_missing", "Earnings", 36), ("zero_means_missing", "PE10", 12 * 10 + 33)]
    spans = typed.rows.group_by("measure").agg(
        first=pl.col("period_end_date").min(), last=pl.col("period_end_date").max(), months=pl.len()
    )
    assert spans.sort("measure").rows() == [
        ("pe", dt.date(1871, 1, 31), dt.date(2023, 6, 30), 152 * 12 + 6),
        ("pe10", dt.date(1881, 1, 31), dt.date(2023, 9, 30), 142 * 12 + 9),
    ]
    highest = typed.rows.sort("value").group_by("measure").last().sort("measure")
    # The best-known figures of the table: 123.73 in May 2009 and 44.2 in December 1999.
    assert highest.select("period_end_date", pl.col("value").round(2)).rows() == [
        (dt.date(2009, 5, 31), 123.73),
        (dt.date(1999, 12, 31), 44.2),
    ]
    assert (typed.rows["known_from_date"] > typed.rows["period_end_date"]).all()


def test_the_treasurys_yields_in_freds_layout_are_the_same_facts_and_give_way_to_the_original(real_data: Path) -> None:
    path = real_data / "series" / "rates" / "treasury_par_1990_2023.csv"
    (load,) = parse(path.name, path.read_bytes())
    original = raw_of(load, "z")
    wide = original.filter(pl.col("tenor").is_in(list(FRED_OF_TENOR))).pivot("tenor", index="date", values="yield_pct")
    month, day, year = (pl.col("date").str.split("/").list.get(place).cast(pl.Int32) for place in range(3))
    dated = wide.select(
        observation_date=pl.date(year + pl.when(year >= 90).then(1900).otherwise(2000), month, day),
        **{series: pl.col(tenor).fill_null(".") for tenor, series in FRED_OF_TENOR.items()},
    ).sort("observation_date")
    (fred,) = parse("fredgraph.csv", dated.write_csv().encode())
    assert (fred.format, fred.rejected.height) == ("fred_csv", 0)

    facts = type_treasury_yields(original).rows
    tenors = [TENOR_DAYS[tenor] for tenor in FRED_OF_TENOR]
    by_fred = type_treasury_yields(raw_of(fred, "a")).rows
    assert by_fred.drop("load_id").equals(facts.filter(pl.col("tenor_days").is_in(tenors)).drop("load_id"))
    assert type_treasury_yields(pl.concat([raw_of(fred, "a"), original])).rows.equals(facts)
