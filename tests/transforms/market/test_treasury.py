"""Par yields: tenors in days, per cent as fractions."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from transforms.market.treasury import type_treasury_yields
from warehouse.tables.raw import RAW_TREASURY_YIELDS

Loaded = Callable[..., pl.DataFrame]


def quote(date: str, tenor: str, yield_pct: str) -> dict[str, str]:
    return {"date": date, "tenor": tenor, "yield_pct": yield_pct}


@pytest.mark.parametrize(
    ("tenor", "days"),
    [
        ("1 Mo", 30),
        ("2 Mo", 60),
        ("3 Mo", 91),
        ("4 Mo", 121),
        ("6 Mo", 182),
        ("1 Yr", 365),
        ("10 Yr", 3650),
        ("30 Yr", 10950),
        ("3 month", 91),
        ("DGS3MO", 91),
        ("DGS10", 3650),
    ],
)
def test_a_tenor_is_read_into_days(loaded: Loaded, tenor: str, days: int) -> None:
    typed = type_treasury_yields(loaded(RAW_TREASURY_YIELDS, [quote("2/7/23", tenor, "4.62")]))
    assert typed.rows.row(0)[:2] == (dt.date(2023, 2, 7), days)
    assert typed.rows["par_yield_frac"].to_list() == pytest.approx([0.0462], rel=1e-12)


def test_two_digit_years_reach_back_to_1990(loaded: Loaded) -> None:
    typed = type_treasury_yields(loaded(RAW_TREASURY_YIELDS, [quote("1/2/90", "30 Yr", "8")]))
    assert typed.rows["curve_date"].to_list() == [dt.date(1990, 1, 2)]


def test_a_curve_of_a_day_without_stocks_is_kept(loaded: Loaded) -> None:
    # Good Friday 2023: the bond market opened for the employment report.
    assert type_treasury_yields(loaded(RAW_TREASURY_YIELDS, [quote("4/7/23", "1 Mo", "4.49")])).rows.height == 1


@pytest.mark.parametrize(
    ("row", "rule_id"),
    [
        (quote("2/30/23", "1 Mo", "4"), "bad_date"),
        (quote("2/7/23", "100 Yr", "4"), "unknown_tenor"),
        (quote("2/7/23", "1 Mo", "N/A"), "not_a_number"),
        (quote("2/7/23", "1 Mo", ""), "missing"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_tenor(loaded: Loaded, row: dict[str, str], rule_id: str) -> None:
    typed = type_treasury_yields(loaded(RAW_TREASURY_YIELDS, [row]))
    assert typed.rows.is_empty()
    assert typed.rejected.select("rule_id", "row_key").row(0) == (rule_id, row["tenor"])


@pytest.mark.parametrize(("treasury_day", "fred_day"), [(1, 2), (2, 1)])
def test_the_treasurys_own_yield_is_believed_before_freds_whichever_came_last(
    loaded: Loaded, treasury_day: int, fred_day: int
) -> None:
    treasury = loaded(RAW_TREASURY_YIELDS, [quote("2/7/23", "3 Mo", "4.72")], day=treasury_day)
    fred_rows = [
        quote("2023-02-07", "DGS3MO", "4.73"),
        quote("2023-02-07", "DGS10", "3.67"),
        quote("2023-02-08", "DGS3MO", "4.8"),
    ]
    fred = loaded(RAW_TREASURY_YIELDS, fred_rows, load_id="b", day=fred_day, vendor="fred_csv")
    typed = type_treasury_yields(pl.concat([fred, treasury])).rows
    assert typed.select("curve_date", "tenor_days", "load_id").rows() == [
        (dt.date(2023, 2, 7), 91, "a"),
        (dt.date(2023, 2, 7), 3650, "b"),
        (dt.date(2023, 2, 8), 91, "b"),
    ]


def test_the_newest_load_is_believed_and_equal_loads_do_not_take_turns(loaded: Loaded) -> None:
    old = loaded(RAW_TREASURY_YIELDS, [quote("2/7/23", "1 Mo", "4.60"), quote("2/7/23", "2 Mo", "4.7")])
    new = loaded(RAW_TREASURY_YIELDS, [quote("2023-02-07", "1 Mo", "4.62"), quote("2023-02-07", "2 Mo", "4.70")],
                 load_id="b", day=2)  # fmt: skip
    typed = type_treasury_yields(pl.concat([new, old])).rows
    assert typed.select("tenor_days", "load_id").rows() == [(30, "b"), (60, "a")]
    assert typed["par_yield_frac"].to_list() == pytest.approx([0.0462, 0.047])
