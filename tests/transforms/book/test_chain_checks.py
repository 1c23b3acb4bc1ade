"""What a chain lists beside the one before: each gate fails on its own fault, at its limit and not before."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from tests.transforms.book.sound_night import (
    APRIL,
    JUNE,
    MARCH,
    SESSION,
    SOUND,
    YESTERDAY,
    chain,
    check,
    failed,
    in_days,
    legs,
    listed,
    quality,
)
from transforms.book.night_facts import NightFacts

SPX_ONLY = [listed(day) for day in in_days(2, 9, 16, 23)]


def night(*expiries: dict[str, Any], **changes: Any) -> NightFacts:  # noqa: ANN401 - any field of the facts
    return replace(SOUND, quote_quality=quality(*expiries), **changes)


@pytest.mark.parametrize(("unchanged", "is_passed"), [(40, True), (41, False)])
def test_half_of_the_quotes_may_repeat_and_more_is_yesterdays_chain(unchanged: int, is_passed: bool) -> None:
    found = check(night(*(listed(day, unchanged_qty=unchanged) for day in in_days(2, 9))), "chain_changed", "SPX")
    assert (found["severity"], found["is_passed"], found["limit_value"]) == ("critical", is_passed, 0.5)
    assert found["value"] == unchanged / 80
    assert found["message"] == f"{2 * unchanged} of 160 SPX quotes repeat those of {YESTERDAY}."


@pytest.mark.parametrize(("unchanged", "compared", "is_named"), [(72, 80, False), (73, 80, True), (9, 9, False)])
def test_one_expiry_that_repeats_is_named_when_it_has_quotes_enough(
    unchanged: int, compared: int, is_named: bool
) -> None:
    still = listed(MARCH, unchanged_qty=unchanged, compared_qty=compared)
    found = check(night(*SPX_ONLY, still), "expiries_changed", "SPX")
    assert found["is_passed"] is not is_named
    assert (f"SPXW {MARCH}" in found["message"]) is is_named


def test_nineteen_of_twenty_expiries_are_enough_and_eighteen_are_not() -> None:
    for present, is_passed in ((19, True), (18, False)):
        rows = [
            listed(day, contracts_qty=100 * (number < present)) for number, day in enumerate(in_days(*range(1, 21)))
        ]
        found = check(night(*rows), "expiries_of_yesterday", "SPX")
        assert (found["value"], found["limit_value"], found["is_passed"]) == (present / 20, 0.95, is_passed)
    assert found["message"] == (
        f"18 of 20 SPX expiries that were live on {YESTERDAY} are here; missing: SPXW 2023-03-06, SPXW 2023-03-07."
    )


def test_beyond_sixty_days_a_missing_spx_expiry_is_a_warning() -> None:
    """2023-04-15 is 60 days after yesterday, 2023-04-16 is 61."""
    sixty = dt.date(2023, 4, 15)
    near = night(*SPX_ONLY, listed(sixty, contracts_qty=0))
    far = night(*SPX_ONLY, listed(sixty + dt.timedelta(days=1), contracts_qty=0))
    assert failed(near) >= {"expiries_of_yesterday"}
    assert failed(far) == {"later_expiries_of_yesterday"}
    assert check(far, "later_expiries_of_yesterday", "SPX")["severity"] == "warning"


def test_the_hedge_reaches_out_for_a_year_so_vix_expiries_do_too() -> None:
    rows = [*SPX_ONLY, listed(MARCH, "VIX"), listed(dt.date(2023, 11, 15), "VIX", contracts_qty=0)]
    assert check(night(*rows), "expiries_of_yesterday", "VIX")["severity"] == "critical"
    assert check(night(*rows), "expiries_of_yesterday", "VIX")["is_passed"] is False


def test_a_vix_chain_nobody_holds_anything_of_only_warns() -> None:
    still = [*SPX_ONLY, listed(MARCH, "VIX", unchanged_qty=80), listed(APRIL, "VIX", unchanged_qty=80)]
    assert check(night(*still), "chain_changed", "VIX")["severity"] == "critical"
    found = check(night(*still, legs=legs()), "chain_changed", "VIX")
    assert (found["severity"], found["is_passed"]) == ("warning", False)


def test_a_root_that_is_gone_is_named() -> None:
    rows = [*SPX_ONLY, listed(dt.date(2023, 3, 17), "SPX", contracts_qty=0)]
    found = check(night(*rows), "roots_of_yesterday", "SPX")
    assert (found["severity"], found["value"], found["rows_qty"]) == ("critical", 1, 1)
    assert found["message"] == f"Listed on {YESTERDAY} and wholly absent tonight: SPX."


@pytest.mark.parametrize(
    ("missing", "is_passed"),
    [((10, 10, 10, 10), True), ((11, 10, 10, 10), False), ((20, 0, 0, 0), True), ((21, 0, 0, 0), False)],
)
def test_a_tenth_of_the_contracts_may_go_and_a_fifth_of_one_expiry(missing: tuple[int, ...], is_passed: bool) -> None:
    rows = [
        listed(day, contracts_qty=100 - count, missing_qty=count)
        for day, count in zip(in_days(2, 9, 16, 23), missing, strict=True)
    ]
    found = check(night(*rows), "contracts_of_yesterday", "SPX")
    assert (found["is_passed"], found["value"]) == (is_passed, pytest.approx(1 - sum(missing) / 400))
    assert ("broken off: SPXW 2023-02-17" in found["message"]) is (missing[0] == 21)


def test_what_expired_before_the_session_shows_an_older_chain() -> None:
    found = check(night(*SPX_ONLY, listed(YESTERDAY, before_qty=None)), "expired_series", "SPX")
    assert (found["severity"], found["is_passed"], found["rows_qty"]) == ("critical", False, 1)
    assert f"SPXW {YESTERDAY}" in found["message"]
    # What settles tonight is still listed.
    assert check(night(*SPX_ONLY, listed(SESSION)), "expired_series", "SPX")["is_passed"]


@pytest.mark.parametrize(("days", "is_passed"), [(10, True), (11, False)])
def test_the_first_weekly_is_days_away_and_not_weeks(days: int, is_passed: bool) -> None:
    (first,) = in_days(days)
    found = check(night(listed(SESSION), listed(first), listed(JUNE)), "first_expiry", "SPX")
    assert (found["is_passed"], found["value"]) == (is_passed, days)


def test_a_first_night_has_no_yesterday_and_is_not_held_for_it() -> None:
    alone = {"before_date": None, "before_qty": None, "compared_qty": None, "unchanged_qty": None}
    first = night(*(listed(day, stale_qty=None, missing_qty=None, **alone) for day in in_days(2, 30)))
    for check_id in (
        "chain_changed",
        "expiries_changed",
        "roots_of_yesterday",
        "expiries_of_yesterday",
        "contracts_of_yesterday",
        "later_expiries_of_yesterday",
    ):
        found = check(first, check_id, "SPX")
        assert (found["is_applicable"], found["is_passed"], found["value"]) == (False, True, None)
    assert failed(first) == set()


def test_a_vix_chain_of_another_hour_is_left_aside_and_said_so() -> None:
    both = pl.concat([chain(), chain(load_id="vix", underlying="VIX", is_end_of_day=False)])
    found = check(replace(SOUND, chains=both), "vix_end_of_day", "VIX")
    assert (found["severity"], found["is_passed"], found["rows_qty"]) == ("warning", False, 1)
    assert not check(replace(SOUND, chains=chain()), "vix_end_of_day", "VIX")["is_applicable"]
