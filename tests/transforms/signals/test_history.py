"""The history of signals: a row a session, skew and valuation where supplied, rules that reach their item."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from transforms.market.calendar import sessions_between
from transforms.signals.history import SignalInputs, SignalRules, signal_history
from transforms.signals.score_rules import ArmRules
from transforms.signals.skew_pressure import SkewRules
from transforms.signals.valuation import VALUATION_SCHEMA, ValuationRules
from warehouse.tables.core import CORE_BREADTH_DAILY, CORE_EVENTS, CORE_INDEX_LEVELS_DAILY, CORE_VX_SETTLEMENTS_DAILY

DAYS = sessions_between(dt.date(2023, 1, 3), dt.date(2023, 3, 31))
RULES = SignalRules(
    skew=SkewRules(window_sessions=10, at_least_sessions=5), valuation=ValuationRules(at_least_values=2)
)


def levels(symbol: str, close: float, days: list[dt.date] = DAYS) -> pl.DataFrame:
    rows = pl.DataFrame({"session_date": days}).with_columns(
        symbol=pl.lit(symbol), close_pts=pl.lit(close), load_id=pl.lit("a")
    )
    return CORE_INDEX_LEVELS_DAILY.conform(rows)


CALM = SignalInputs(
    index_levels=pl.concat([levels("SPX", 4000.0), levels("VIX", 15.0)]),
    vx=CORE_VX_SETTLEMENTS_DAILY.empty(),
    breadth=CORE_BREADTH_DAILY.empty(),
    events=CORE_EVENTS.empty(),
)


def last_row(inputs: SignalInputs, rules: SignalRules = RULES) -> dict[str, Any]:
    return signal_history(inputs, rules).row(-1, named=True)


def test_one_row_a_session_from_the_first_asked_for() -> None:
    whole = signal_history(CALM)
    assert whole["session_date"].to_list() == DAYS
    asked = signal_history(CALM, first=dt.date(2023, 2, 1), last=dt.date(2023, 2, 28))
    assert asked["session_date"].to_list() == sessions_between(dt.date(2023, 2, 1), dt.date(2023, 2, 28))
    assert asked.equals(whole.filter(pl.col("session_date").is_between(dt.date(2023, 2, 1), dt.date(2023, 2, 28))))


def test_a_session_without_any_print_has_a_row_all_the_same() -> None:
    torn = replace(CALM, index_levels=CALM.index_levels.filter(pl.col("session_date") != DAYS[10]))
    row = signal_history(torn).row(10, named=True)
    assert (row["session_date"], row["vix_pts"], row["gate"], row["arm_n_available"]) == (DAYS[10], None, None, 0)


def test_nothing_loaded_is_no_history() -> None:
    assert signal_history(replace(CALM, index_levels=CALM.index_levels.clear())).is_empty()


def skewed(*last: float) -> pl.DataFrame:
    values = [*([0.05] * (len(DAYS) - len(last))), *last]
    return pl.DataFrame({"session_date": DAYS, "skew_25d_vol": values})


@pytest.mark.parametrize(
    ("last", "is_hit"),
    [((0.065,), True), ((0.055,), False), ((0.02, 0.04), False)],
    ids=["up and high", "up too little", "up from below"],
)
def test_skew_pressure_is_up_and_high(last: tuple[float, ...], is_hit: bool) -> None:
    row = last_row(replace(CALM, skew=skewed(*last)))
    assert (row["arm_skew_pressure"], row["arm_score"], row["skew_reason"]) == (is_hit, int(is_hit), None)


def test_without_skew_the_item_is_missing() -> None:
    with_skew, without = last_row(replace(CALM, skew=skewed(0.05))), last_row(CALM)
    assert with_skew["arm_n_available"] - without["arm_n_available"] == 1
    assert without["skew_reason"] == "no 30-day smile of SPX stored for this session"


def valued(**latest: float) -> pl.DataFrame:
    days = [dt.date(2023, 1, 1), dt.date(2023, 2, 1), dt.date(2023, 3, 1)]
    rows = [
        {"known_from_date": day, "measure": measure, "value": value, "load_id": "a"}
        for measure, last in latest.items()
        for day, value in zip(days, (10.0, 11.0, last), strict=True)
    ]
    return pl.DataFrame(rows, schema_overrides=VALUATION_SCHEMA)


def test_the_first_measure_of_the_house_speaks_for_the_market() -> None:
    row = last_row(replace(CALM, valuation=valued(pe10=9.0, pcf=12.0)))
    assert (row["valuation_measure"], row["valuation_state"], row["valuation_staleness_days"]) == ("pcf", "RICH", 30)
    other = last_row(replace(CALM, valuation=valued(pe10=9.0, other=12.0)))
    assert (other["valuation_measure"], other["valuation_state"]) == ("pe10", "NEUTRAL")  # 1 of 3 is not above 9
    assert last_row(CALM)["valuation_reason"] == "no valuation supplied"


def test_a_users_threshold_reaches_its_item() -> None:
    lower = replace(RULES, arm=ArmRules(vix_pts=14.0))
    assert (last_row(CALM)["arm_score"], last_row(CALM, lower)["arm_score"]) == (0, 1)
