"""Condor states at their boundaries: METHODOLOGY 6.1. Break-even cases (T12) are in tests/golden."""

import pytest

from transforms.book.states import CondorSide, settled_geometry, side_verdict


def side(spot_pts: float = 6000.0, **facts: object) -> CondorSide:
    """A put side: short 5700, long 5650, EDR 50 points, 30 days; calm unless said otherwise."""
    calm = {
        "side": "PUT",
        "short_pts": 5700.0,
        "long_pts": 5650.0,
        "break_even_pts": 5686.14,
        "dte_days": 30,
        "edr_pts": 50.0,
        "short_delta": -0.10,
        "touch_frac": 0.20,
    }
    return CondorSide(spot_pts=spot_pts, **(calm | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "OK"),
        ({"short_delta": -0.2499}, "OK"),
        ({"short_delta": -0.25}, "WATCH"),
        ({"short_delta": -0.3499}, "WATCH"),
        ({"short_delta": -0.35}, "TESTED"),
        ({"touch_frac": 0.5999}, "OK"),
        ({"touch_frac": 0.60}, "WATCH"),
        ({"spot_pts": 5800.01}, "OK"),  # S - K2 <= 2 x EDR
        ({"spot_pts": 5800.0}, "WATCH"),
        ({"spot_pts": 5760.0}, "WATCH"),
        ({"spot_pts": 5757.0}, "TESTED"),  # 57 points are 0.990% of 5757
        ({"spot_pts": 5750.0}, "TESTED"),
        ({"spot_pts": 5700.0}, "TESTED"),  # on the strike is not in the money
        ({"spot_pts": 5699.99}, "ITM"),
        ({"spot_pts": 5686.14}, "ITM"),  # on the break-even is not breached
        ({"spot_pts": 5686.13}, "BREACHED"),
        ({"spot_pts": 5650.01}, "BREACHED"),
        ({"spot_pts": 5650.0}, "WING"),
        ({"spot_pts": 5000.0}, "WING"),
    ],
)
def test_thirty_days_out(facts: dict[str, float], state: str) -> None:
    assert side_verdict(side(**facts)).state == state  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spot_pts", "dte_days", "state"),
    [(5751.0, 2, "OK"), (5750.0, 2, "WATCH"), (5726.0, 2, "WATCH"), (5725.0, 2, "TESTED"), (5750.0, 3, "TESTED")],
)
def test_within_two_days_half_the_range_counts_and_the_one_per_cent_rule_does_not(
    spot_pts: float, dte_days: int, state: str
) -> None:
    assert side_verdict(side(spot_pts, dte_days=dte_days)).state == state


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"short_delta": 0.25}, "WATCH"),
        ({"spot_pts": 6300.0}, "TESTED"),
        ({"spot_pts": 6300.01}, "ITM"),
        ({"spot_pts": 6313.86}, "ITM"),
        ({"spot_pts": 6313.87}, "BREACHED"),
        ({"spot_pts": 6350.0}, "WING"),
    ],
)
def test_the_call_side_is_the_mirror(facts: dict[str, float], state: str) -> None:
    call = {"side": "CALL", "short_pts": 6300.0, "long_pts": 6350.0, "break_even_pts": 6313.86}
    assert side_verdict(side(**(call | facts))).state == state  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("previous", "facts", "state"),
    [
        ("TESTED", {"short_delta": -0.33}, "TESTED"),  # 0.35 less a tenth is 0.315
        ("TESTED", {"short_delta": -0.314}, "WATCH"),
        ("WATCH", {"short_delta": -0.33}, "WATCH"),  # hysteresis never escalates
        ("WATCH", {"short_delta": -0.23}, "WATCH"),
        ("WATCH", {"short_delta": -0.22}, "OK"),
        ("OK", {"short_delta": -0.23}, "OK"),
        ("WATCH", {"spot_pts": 5809.0}, "WATCH"),  # 109 points within 110
        ("WATCH", {"spot_pts": 5811.0}, "OK"),
        ("WATCH", {"touch_frac": 0.55}, "WATCH"),
        ("ITM", {"spot_pts": 5762.0}, "TESTED"),  # 1.08% within 1.1%
        ("ITM", {"spot_pts": 5790.0}, "WATCH"),
        ("WING", {"spot_pts": 5690.0}, "ITM"),  # geometry has no memory
    ],
)
def test_a_warning_goes_off_only_when_cleared_by_a_tenth(previous: str, facts: dict[str, float], state: str) -> None:
    assert side_verdict(side(previous_state=previous, **facts)).state == state  # type: ignore[arg-type]


def test_the_verdict_quotes_value_and_threshold() -> None:
    verdict = side_verdict(side(short_delta=-0.36))
    assert (verdict.value, verdict.threshold, verdict.unit) == (0.36, 0.35, "delta")
    assert verdict.reason == "short delta 0.36 >= 0.35"
    held = side_verdict(side(short_delta=-0.33, previous_state="TESTED"))
    assert held.reason == "short delta 0.33, not yet clear of 0.35 by 10% of it"


def test_without_range_delta_or_touch_only_what_is_known_counts() -> None:
    blind = {"edr_pts": None, "short_delta": None, "touch_frac": None}
    assert side_verdict(side(5790.0, **blind)).state == "OK"
    assert side_verdict(side(5750.0, **blind)).state == "TESTED"
    assert side_verdict(side(5690.0, **blind)).state == "ITM"


def test_a_settled_side_ends_in_its_geometry() -> None:
    assert [settled_geometry(side(spot)) for spot in (5710.0, 5690.0, 5660.0, 5640.0)] == [
        "OK",
        "ITM",
        "BREACHED",
        "WING",
    ]
