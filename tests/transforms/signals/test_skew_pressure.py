"""The skew's change and its place among the last values."""

import datetime as dt

import polars as pl
import pytest

from transforms.market.calendar import sessions_between
from transforms.signals.skew_pressure import SKEW_SCHEMA, SkewRules, skew_pressure

DAYS = sessions_between(dt.date(2022, 1, 3), dt.date(2023, 12, 29))
RULES = SkewRules(window_sessions=5, at_least_sessions=3)


def skew(*values: float | None) -> pl.DataFrame:
    days = DAYS[: len(values)]
    return pl.DataFrame({"session_date": days, "skew_25d_vol": values}, schema=SKEW_SCHEMA)


def test_change_and_percentile() -> None:
    found = skew_pressure(skew(0.05, 0.06, 0.04, 0.055, 0.07, 0.06), RULES)
    assert found["skew_change_vol"].to_list() == pytest.approx([None, 0.01, -0.02, 0.015, 0.015, -0.01])
    # Of the last five (0.06, 0.04, 0.055, 0.07, 0.06) four are not above 0.06.
    assert found["skew_percentile_frac"].to_list() == pytest.approx([None, None, 1 / 3, 3 / 4, 1.0, 4 / 5])


def test_a_missing_night_has_no_change_after_it() -> None:
    found = skew_pressure(skew(0.05, 0.06, 0.04, None, 0.07), RULES)
    assert found["session_date"].to_list() == [*DAYS[:3], DAYS[4]]
    assert found["skew_change_vol"].to_list()[-1] is None
    assert found["skew_reason"].to_list()[-1] == "no skew on the session before"


def test_too_few_nights_are_counted_in_the_reason() -> None:
    found = skew_pressure(skew(*([0.05] * 59)))
    assert found["skew_reason"].to_list()[-1] == "59 of 60 sessions of skew"
    assert skew_pressure(skew(*([0.05] * 60)))["skew_percentile_frac"].to_list()[-1] == 1.0


def test_nothing_stored_is_no_row() -> None:
    assert skew_pressure(skew()).is_empty()
