"""A valuation's place among what was known in five years, from the day it could be known."""

import datetime as dt

import polars as pl
import pytest

from transforms.signals.valuation import VALUATION_SCHEMA, ValuationRules, valuations
from warehouse.tables.mart import MART_VALUATIONS_DAILY

RULES = ValuationRules(at_least_values=4)


def monthly(*values: float, measure: str = "pcf", first_year: int = 2018) -> pl.DataFrame:
    """One value a month, known from the first of it."""
    days = [dt.date(first_year + number // 12, number % 12 + 1, 1) for number in range(len(values))]
    return pl.DataFrame(
        {"known_from_date": days, "measure": [measure] * len(values), "value": values}, schema=VALUATION_SCHEMA
    )


def placed(known: pl.DataFrame, *days: dt.date, rules: ValuationRules = RULES) -> list[dict[str, object]]:
    found = valuations(pl.DataFrame({"session_date": days}, schema={"session_date": pl.Date}), known, rules)
    assert found.schema == MART_VALUATIONS_DAILY.polars_schema
    return found.to_dicts()


def test_a_value_is_used_from_the_day_it_is_known() -> None:
    known = monthly(10.0, 12.0, 11.0, 14.0, 13.0)
    eve, day = placed(known, dt.date(2018, 4, 30), dt.date(2018, 5, 1))
    assert (eve["value"], eve["staleness_days"], eve["percentile_5y_frac"]) == (14.0, 29, 1.0)
    assert (day["value"], day["staleness_days"]) == (13.0, 0)
    assert day["percentile_5y_frac"] == pytest.approx(4 / 5)  # of 10, 12, 11, 14, 13 all but 14
    assert (day["median_5y"], day["valuation_state"]) == (12.0, "RICH")


@pytest.mark.parametrize(("latest", "state"), [(20.0, "RICH"), (12.5, "NEUTRAL"), (1.0, "CHEAP")])
def test_rich_and_cheap(latest: float, state: str) -> None:
    # Five values: 20 is above all (1.0), 12.5 above three (0.8 with 12.9 away), 1 above none (0.2).
    known = monthly(10.0, 13.0, 12.9, 14.0, latest)
    (row,) = placed(known, dt.date(2018, 5, 2))
    assert row["valuation_state"] == state


def test_five_years_and_no_more() -> None:
    # 62 months: the first two are older than five years on the last one's day.
    known = monthly(*([1.0, 1.0] + [10.0] * 59 + [5.0]))
    (row,) = placed(known, dt.date(2023, 2, 1))
    assert row["percentile_5y_frac"] == pytest.approx(1 / 60)


def test_too_few_and_too_old_say_so() -> None:
    few, old = placed(monthly(10.0, 11.0, 12.0), dt.date(2018, 3, 1), rules=RULES) + placed(
        monthly(10.0, 11.0, 12.0, 13.0), dt.date(2018, 9, 1)
    )
    assert (few["percentile_5y_frac"], few["reason"]) == (None, "3 of 4 values in five years")
    assert (old["percentile_5y_frac"], old["valuation_state"]) == (None, None)
    assert old["reason"] == "the latest value is 153 days old"
    assert old["staleness_days"] == 153


def test_before_anything_was_known() -> None:
    (row,) = placed(monthly(10.0), dt.date(2017, 12, 29))
    assert (row["value"], row["reason"]) == (None, "no value was known yet")


def test_measures_stand_apart() -> None:
    known = pl.concat([monthly(10.0, 11.0, 12.0, 13.0), monthly(4.0, 3.0, 2.0, 1.0, measure="cape")])
    cape, pcf = placed(known, dt.date(2018, 4, 2))
    assert (cape["measure"], cape["valuation_state"]) == ("cape", "NEUTRAL")  # 1 of 4 is 0.25
    assert (pcf["measure"], pcf["valuation_state"]) == ("pcf", "RICH")


def test_nothing_supplied_is_no_row() -> None:
    assert placed(monthly(), dt.date(2018, 4, 2)) == []


def test_of_two_months_known_on_one_day_the_later_counts() -> None:
    both = pl.concat([monthly(10.0, 11.0, 12.0, 13.0), monthly(10.0, 11.0, 12.0, 9.0).tail(1)])
    (row,) = placed(both, dt.date(2018, 4, 2))
    assert (row["value"], row["percentile_5y_frac"]) == (9.0, pytest.approx(1 / 4))


def test_what_a_table_has_beside_is_not_looked_at() -> None:
    table = monthly(10.0, 11.0, 12.0, 13.0).with_columns(vendor=pl.lit("v"), load_id=pl.lit("a"))
    assert placed(table, dt.date(2018, 4, 2)) == placed(monthly(10.0, 11.0, 12.0, 13.0), dt.date(2018, 4, 2))
