"""Each warning of METHODOLOGY 9.6 on hand-made facts, at its limit and beyond it, as an analyst reads it."""

import datetime as dt
import math
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from tests.transforms.book.sound_night import (
    APRIL,
    MARCH,
    SESSION,
    SOUND,
    check,
    condor,
    fill,
    fills,
    forward,
    forwards,
    in_days,
    leg,
    legs,
    marks,
    position,
    quote,
    vix_check,
)
from transforms.book.data_checks import data_checks
from transforms.pricing.audit import IvAudit


def test_a_book_without_vix_legs_is_not_asked_for_them() -> None:
    facts = replace(SOUND, legs=legs(leg("SPXW 2023-03-22 PM P 3900")))
    assert not check(facts, "held_vix_legs_priced")["is_applicable"]


@pytest.mark.parametrize(
    ("difference", "limit", "is_passed"),
    [(0.25, 0.25, True), (-0.25, 0.25, True), (0.251, 0.25, False), (-0.31, 0.31, True), (-0.32, 0.31, False)],
)
def test_the_recomputed_vix_may_differ_by_its_limit(difference: float, limit: float, is_passed: bool) -> None:
    figures = {"vix_recomputed_pts": 31.0 + difference, "difference_pts": difference, "limit_pts": limit}
    found = check(replace(SOUND, vix_check=vix_check(**figures)), "vix_recompute")
    assert (found["is_passed"], found["value"], found["limit_value"]) == (is_passed, difference, limit)
    assert found["unit"] == "index points"
    assert f"{difference:+.3f}" in found["message"]


def test_a_vix_that_cannot_be_recomputed_or_compared_says_which() -> None:
    no_pair = replace(SOUND, vix_check=vix_check(reason="no pair around 30 days", limit_pts=0.25))
    assert check(no_pair, "vix_recompute")["message"] == "The VIX cannot be recomputed: no pair around 30 days."
    no_close = replace(SOUND, vix_check=vix_check(vix_recomputed_pts=18.24))
    found = check(no_close, "vix_recompute")
    assert (found["is_passed"], found["value"]) == (False, None)
    assert found["message"] == "The VIX recomputed from the chain, 18.24, has no published close beside it."


@pytest.mark.parametrize(
    ("difference", "half_spread", "limit", "is_passed"),
    [
        (0.15, 0.05, 0.15, True),
        (-0.16, 0.05, 0.15, False),
        (-0.16, 0.125, 0.1875, True),
        (0.375, 0.25, 0.375, True),
        (0.376, 0.25, 0.375, False),
        (0.14, None, 0.15, True),
    ],
)
def test_vix_parity_may_differ_by_fifteen_cents_or_one_and_a_half_half_spreads(
    difference: float, half_spread: float | None, limit: float, is_passed: bool
) -> None:
    odd = forward("VIX", MARCH, parity_difference_pts=difference, parity_half_spread_pts=half_spread)
    found = check(replace(SOUND, forwards=forwards(odd, forward("VIXW", APRIL))), "vix_parity", "VIX 2023-03-22")
    assert (found["is_passed"], found["value"], found["limit_value"]) == (is_passed, difference, limit)


@pytest.mark.parametrize(("one_sided_qty", "is_passed"), [(30, True), (31, False)])
def test_three_in_ten_quotes_may_be_one_sided(one_sided_qty: int, is_passed: bool) -> None:
    quotes = [quote(MARCH, mark_quality="ONE_SIDED" if number < one_sided_qty else "OK") for number in range(100)]
    found = check(replace(SOUND, marks=marks(*quotes)), "one_sided_quotes", "SPX")
    assert (found["is_passed"], found["value"]) == (is_passed, one_sided_qty / 100)
    assert found["message"] == f"{one_sided_qty} of 100 SPX quotes have an ask but no bid."


@pytest.mark.parametrize(
    "outside",
    [
        {"iv_status": "above_maximum"},
        {"mark_pts": 99.8, "ask_pts": 99.8, "extrinsic_pts": -0.2},  # intrinsic value 100.00, offered at 99.80
    ],
)
def test_one_quote_in_a_hundred_may_break_the_static_bounds(outside: dict[str, Any]) -> None:
    sound = [quote(MARCH) for _ in range(98)]
    bad, good = quote(MARCH, **outside), quote(MARCH)
    one = check(replace(SOUND, marks=marks(bad, good, *sound)), "static_bounds", "SPX")
    two = check(replace(SOUND, marks=marks(bad, bad, *sound)), "static_bounds", "SPX")
    assert (one["is_passed"], one["value"], one["limit_value"]) == (True, 0.01, 0.01)
    assert (two["is_passed"], two["value"], two["rows_qty"]) == (False, 0.02, 2)


@pytest.mark.parametrize(("underlying", "short_of_intrinsic"), [("SPX", 0.0625), ("VIX", 0.125)])
def test_an_ask_within_the_leeway_of_intrinsic_value_breaks_no_bound(
    underlying: str, short_of_intrinsic: float
) -> None:
    """A dime for SPX, fifteen cents for VIX; a quote without an ask beside its mark says nothing."""
    near = quote(MARCH, underlying, mark_pts=99.0, ask_pts=99.0, extrinsic_pts=-short_of_intrinsic)
    silent = quote(MARCH, underlying, mark_pts=None, ask_pts=None, extrinsic_pts=None)
    found = check(replace(SOUND, marks=marks(near, silent)), "static_bounds", underlying)
    assert (found["is_passed"], found["rows_qty"]) == (True, 0)
    far = near | {"extrinsic_pts": -0.2}
    assert not check(replace(SOUND, marks=marks(far, silent)), "static_bounds", underlying)["is_passed"]


@pytest.mark.parametrize(
    ("name", "check_id", "latest", "age", "is_passed"),
    [
        ("breadth_date", "stale_breadth", SESSION, 0.0, True),
        ("breadth_date", "stale_breadth", dt.date(2023, 2, 14), 1.0, True),
        ("breadth_date", "stale_breadth", dt.date(2023, 2, 13), 2.0, False),
        ("rates_date", "stale_rates", dt.date(2023, 2, 10), 3.0, True),  # Friday; then 13, 14 and 15
        ("rates_date", "stale_rates", dt.date(2023, 2, 9), 4.0, False),
        ("rates_date", "stale_rates", None, None, False),
        ("breadth_date", "stale_breadth", None, None, False),
    ],
)
def test_series_are_old_by_sessions(
    name: str, check_id: str, latest: dt.date | None, age: float | None, is_passed: bool
) -> None:
    found = check(replace(SOUND, **{name: latest}), check_id)
    assert (found["value"], found["is_passed"], found["severity"]) == (age, is_passed, "warning")


def test_a_curve_of_a_day_without_a_session_is_as_old_as_the_sessions_since() -> None:
    """Good Friday 2023-04-07: bonds trade, the NYSE does not. Monday to Thursday are four sessions."""
    facts = replace(SOUND, session_date=dt.date(2023, 4, 13), rates_date=dt.date(2023, 4, 7))
    found = check(facts, "stale_rates")
    assert (found["value"], found["is_passed"]) == (4.0, False)


def test_a_discount_factor_out_of_range_touches_the_expiry_held() -> None:
    """|ln(0.990 / 0.995)| = 0.005038; the limit at 0.1 years is 0.002 + 0.005 * 0.1 = 0.0025 (METHODOLOGY 3.5)."""
    odd = {"method": "treasury", "fit_discount_factor_frac": 0.990, "discount_factor_frac": 0.995, "t_years": 0.1}
    no_fit = {"method": "treasury", "discount_factor_frac": 0.99}
    facts = replace(
        SOUND,
        forwards=forwards(
            forward("SPXW", MARCH, **odd), forward("SPX", APRIL, **odd), forward("SPXW", APRIL, **no_fit)
        ),
    )
    night = check(facts, "discount_factor_in_range")
    assert (night["value"], night["limit_value"], night["is_passed"]) == (2.0, 0.0, False)
    assert night["message"].endswith("for: SPX 2023-04-19, SPXW 2023-03-22.")
    touched = data_checks(facts).filter(pl.col("subject") != "", check_id="discount_factor_in_range")
    assert touched["subject"].to_list() == ["SPXW 2023-03-22"]
    assert touched["value"][0] == pytest.approx(0.005038, abs=1e-6)
    assert touched["limit_value"][0] == pytest.approx(0.0025)


def test_many_odd_expiries_are_counted_and_the_first_named() -> None:
    odd = {"method": "treasury", "fit_discount_factor_frac": 0.9, "discount_factor_frac": 0.99}
    facts = replace(
        SOUND, legs=legs(), forwards=forwards(*(forward("SPXW", day, **odd) for day in in_days(*range(20))))
    )
    found = check(facts, "discount_factor_in_range")
    assert found["value"] == 20.0
    assert found["message"].endswith("SPXW 2023-02-22 and 12 more.")


@pytest.mark.parametrize(("later_variance", "is_passed"), [(0.03981, True), (0.03979, False)])
def test_total_variance_may_fall_by_half_a_percent(later_variance: float, is_passed: bool) -> None:
    """0.0400 less 0.5% is 0.0398."""
    facts = replace(
        SOUND,
        forwards=forwards(
            forward("SPXW", MARCH, atm_iv_vol=math.sqrt(0.04), t_years=1.0),
            forward("SPXW", APRIL, atm_iv_vol=math.sqrt(later_variance / 2), t_years=2.0),
        ),
        legs=legs(leg("SPXW 2023-04-19 PM P 3900")),
    )
    night = check(facts, "calendar_arbitrage")
    assert (night["is_passed"], night["value"]) == (is_passed, 0.0 if is_passed else 1.0)
    touched = data_checks(facts).filter(check_id="calendar_arbitrage", subject="SPXW 2023-04-19")
    assert touched.height == (0 if is_passed else 1)


def test_variance_is_compared_within_a_root_and_never_across_vix_expiries() -> None:
    facts = replace(
        SOUND,
        forwards=forwards(
            forward("SPX", MARCH, atm_iv_vol=0.30),
            forward("SPXW", APRIL, atm_iv_vol=0.10),
            forward("VIX", MARCH, atm_iv_vol=1.50),
            forward("VIX", APRIL, atm_iv_vol=0.50),
        ),
    )
    assert check(facts, "calendar_arbitrage")["is_passed"]


@pytest.mark.parametrize(("difference", "is_passed"), [(1e-8, True), (1.1e-8, False)])
def test_the_reference_solver_may_differ_by_a_hundred_millionth(difference: float, is_passed: bool) -> None:
    facts = replace(SOUND, iv_audit=IvAudit(max_difference_vol=difference, worst_index=0, checked_qty=200))
    found = check(facts, "iv_audit")
    assert (found["is_passed"], found["value"], found["limit_value"], found["rows_qty"]) == (
        is_passed,
        difference,
        1e-8,
        200,
    )


def test_a_vol_the_reference_solver_does_not_find_has_no_difference() -> None:
    audit = IvAudit(max_difference_vol=math.inf, worst_index=0, checked_qty=200)
    found = check(replace(SOUND, iv_audit=audit), "iv_audit")
    assert (found["is_passed"], found["value"]) == (False, None)
    nothing = IvAudit(max_difference_vol=None, worst_index=None, checked_qty=0)
    assert not check(replace(SOUND, iv_audit=nothing), "iv_audit")["is_applicable"]


@pytest.mark.parametrize(
    ("value_usd", "state", "is_passed"),
    [
        (0.0, "OK", True),
        (-50_000.0, "OK", True),  # ten condors 50 points wide
        (-50_100.0, "OK", False),
        (100.0, "OK", False),  # 0.10 a condor: one would be paid for closing it
        (100.0, "SETTLED", True),
        (None, "OK", True),
    ],
)
def test_a_condor_is_worth_no_more_than_nothing_and_no_less_than_its_width(
    value_usd: float | None, state: str, is_passed: bool
) -> None:
    found = check(replace(SOUND, condors=condor(value_usd, state)), "condor_value_in_bounds")
    assert found["is_passed"] is is_passed
    assert ("condor-a" in found["message"]) is not is_passed


@pytest.mark.parametrize(
    ("traded", "held"),
    [
        ([fill(4)], 4),
        ([fill(6), fill(-2)], 4),
        ([fill(4), fill(3, hour=22)], 4),  # after the mark
        ([fill(4), fill(3, expiry=SESSION)], 4),  # settled this morning
    ],
)
def test_positions_are_the_sum_of_the_live_trades_up_to_the_mark(traded: list[dict[str, Any]], held: int) -> None:
    found = check(replace(SOUND, fills=fills(*traded), positions=position(held)), "positions_against_trades")
    assert (found["is_passed"], found["value"]) == (True, 0.0)


def test_positions_off_the_trades_are_named_with_both_numbers() -> None:
    found = check(replace(SOUND, positions=position(5)), "positions_against_trades")
    assert found["message"] == (
        "Positions differ from the sum of their trades: DESK VIX 2023-03-22 AM C 21 (held 5, traded 4)."
    )
    lost = check(replace(SOUND, positions=position(5).clear()), "positions_against_trades")
    assert "(held 0, traded 4)" in lost["message"]
    assert (lost["severity"], lost["value"]) == ("warning", 1.0)


def test_closes_without_an_opening_are_named_and_belong_to_the_book() -> None:
    found = check(replace(SOUND, unopened=("DESK VIX 2023-03-22 AM C 21 (2)",)), "closes_have_opens", "book")
    assert found["message"] == (
        "Contracts were closed that no fill opened (import the earlier statements): DESK VIX 2023-03-22 AM C 21 (2)."
    )
    assert (found["severity"], found["value"], found["subject"]) == ("warning", 1.0, "book")
