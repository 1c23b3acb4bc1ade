"""A series copied from the session before is stale, whatever date it bears."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from tests.transforms.book.sound_night import SESSION, SOUND, YESTERDAY, breadth, check, failed, levels, settlements
from transforms.book.night_facts import NightFacts

EXPIRIES = [f"e2023_{month:02}_15" for month in range(3, 13)]


def recent(**changes: pl.DataFrame) -> NightFacts:
    return replace(SOUND, recent=replace(SOUND.recent, **changes))


@pytest.mark.parametrize(("unchanged", "is_passed"), [(9, True), (10, False)])
def test_nine_in_ten_vx_settlements_may_repeat_and_not_all(unchanged: int, is_passed: bool) -> None:
    pairs = {name: (20.0, 20.0 if number < unchanged else 20.5) for number, name in enumerate(EXPIRIES)}
    found = check(recent(vx_settlements=settlements(**pairs)), "vx_curve_changed")
    assert (found["severity"], found["is_passed"], found["value"]) == ("critical", is_passed, unchanged / 10)
    assert found["message"] == f"{unchanged} of 10 VX settlements repeat those of {YESTERDAY}."


def test_two_futures_are_too_few_to_tell() -> None:
    """In January 2007 two contracts repeated themselves on two days, and were right."""
    pairs = dict.fromkeys(EXPIRIES[:2], (20.0, 20.0))
    assert not check(recent(vx_settlements=settlements(**pairs)), "vx_curve_changed")["is_applicable"]


@pytest.mark.parametrize(
    ("closes", "failed_ids"),
    [
        ({"SPX": (4147.6, 4147.6), "VIX": (18.9, 18.23)}, {"index_levels_changed"}),
        ({"SPX": (4136.1, 4147.6), "VIX": (18.23, 18.23)}, {"index_levels_changed"}),
        ({"SPX": (4136.1, 4147.6), "VIX": (18.9, 18.23), "VIX9D": (17.0, 17.0)}, {"other_levels_changed"}),
        ({"SPX": (4136.1, 4147.6), "VIX": (18.9, 18.23), "VIX9D": (17.0, 17.1)}, set()),
    ],
)
def test_a_whole_bar_that_repeats_is_stale(closes: dict[str, Any], failed_ids: set[str]) -> None:
    assert failed(recent(index_levels=levels(**closes))) == failed_ids


def test_a_flat_bar_or_a_lone_close_may_repeat_by_chance_but_not_both_drivers() -> None:
    """VIX6M printed flat bars twice on fourteen days of 2009-2013; VVIX repeated its close on nineteen days."""
    bars = levels(SPX=(4136.1, 4147.6), VIX=(18.23, 18.23), VIX6M=(20.0, 20.0), VVIX=(84.0, 84.0))
    alone = pl.when(pl.col("symbol").is_in(["VIX", "VVIX"])).then(None)
    flat = pl.when(symbol="VIX6M").then("close_pts")
    chance = bars.with_columns(
        alone.otherwise(pl.coalesce(flat, name)).alias(name) for name in ("open_pts", "high_pts", "low_pts")
    )
    assert failed(recent(index_levels=chance)) == set()
    both = chance.with_columns(
        pl.when(symbol="SPX").then(4147.6).otherwise("close_pts").alias("close_pts"),
    )
    found = check(recent(index_levels=both), "index_levels_changed")
    assert (found["severity"], found["is_passed"]) == ("critical", False)
    assert found["message"] == f"The prices of {YESTERDAY} again, for: SPX, VIX."


def test_advances_and_declines_that_both_repeat_warn() -> None:
    found = check(recent(breadth=breadth((1746, 1211), (1746, 1211))), "breadth_changed")
    assert (found["severity"], found["is_passed"]) == ("warning", False)
    assert failed(recent(breadth=breadth((1746, 1210), (1746, 1211)))) == set()


def test_a_session_without_its_series_is_compared_with_nothing() -> None:
    tonight = pl.col("session_date") == SESSION
    series = SOUND.recent
    facts = recent(
        index_levels=series.index_levels.filter(~tonight),
        vx_settlements=series.vx_settlements.filter(~tonight),
        breadth=series.breadth.filter(~tonight),
    )
    for check_id in ("vx_curve_changed", "index_levels_changed", "other_levels_changed", "breadth_changed"):
        assert not check(facts, check_id)["is_applicable"]
