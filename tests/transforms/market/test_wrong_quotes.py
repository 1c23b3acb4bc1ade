"""Of the quotes in a broken bound the wrong one is named: bounds redone by hand on nine strikes.

Calls on C - P = 0.98 (100 - K), convex; bids and asks a tenth from the mids.
"""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from transforms.market.arbitrage import executable_gains
from transforms.market.wrong_quotes import wrong_quotes
from warehouse.tables.core import CORE_OPTION_MARKS_DAILY

EXPIRY = dt.date(2025, 10, 17)
DISCOUNT = 0.98
CALLS = {60: 40.5, 70: 31.0, 80: 22.2, 90: 14.6, 100: 8.8, 110: 4.9, 120: 2.6, 130: 1.4, 140: 0.8}

Found = dict[tuple[str, str, float], float]


def wrong(moves: dict[tuple[str, int], float], *, widened: dict[tuple[str, int], float] | None = None) -> Found:
    """What is named, and by how much, when some mids are moved and some half spreads widened."""
    rows = []
    for strike, call in CALLS.items():
        for right, mid in (("C", call), ("P", call - DISCOUNT * (100 - strike))):
            centre = mid + moves.get((right, strike), 0.0)
            half = (widened or {}).get((right, strike), 0.1)
            rows.append((right, float(strike), centre - half, centre + half))
    frame = pl.DataFrame(rows, schema=["right", "strike_pts", "bid_pts", "ask_pts"], orient="row")
    terms = {"underlying": "SPX", "root": "SPXW", "expiry_date": EXPIRY, "settlement": "PM", "t_years": 0.1}
    known = terms | {"discount_factor_frac": DISCOUNT}
    marks = CORE_OPTION_MARKS_DAILY.conform(
        frame.with_columns(**{name: pl.lit(value) for name, value in known.items()})
    )
    named = wrong_quotes(executable_gains(marks))
    return {
        (flag, right, strike): size
        for flag, right, strike, size in named.select("flag", "right", "strike_pts", "size_pts").iter_rows()
    }


def test_sound_quotes_are_not_named() -> None:
    assert wrong({}) == {}


def test_a_call_too_high_is_named_alone() -> None:
    """Bid 10.7 above the chord of 14.7 and 5.0, 9.85; and 10.7 - 8.9 = 1.8 for what should cost nothing."""
    assert wrong({("C", 100): 2.0}) == pytest.approx({("butterfly", "C", 100.0): 0.85, ("parity", "C", 100.0): 1.8})


def test_a_call_too_low_is_named_and_not_the_neighbours_that_are_sold_against_it() -> None:
    """Ask 6.4: the 110 is bid 4.8 above the chord 4.55 of 6.4 and 2.7, the 90 at 14.5 above 14.35; parity 8.7 - 6.4."""
    assert wrong({("C", 100): -2.5}) == pytest.approx({("butterfly", "C", 100.0): 0.25, ("parity", "C", 100.0): 2.3})


@pytest.mark.parametrize("right", ["C", "P"])
def test_below_the_convexity_of_its_ladder_the_right_off_the_curve_breaks_parity(right: str) -> None:
    """Half a point, sold at 9.2 against 8.9: the curve through 80, 90, 110 and 120 reads 8.87 at 100."""
    assert wrong({(right, 100): 0.5}) == pytest.approx({("parity", right, 100.0): 0.3})
    assert wrong({(right, 100): -0.5}) == pytest.approx({("parity", right, 100.0): 0.3})


def test_two_rights_about_as_far_off_are_both_named() -> None:
    """The call reads 9.15 and the put 8.55, each 0.3 from 8.87; sold at 9.05 against 8.65."""
    both = {("C", 100): 0.35, ("P", 100): -0.25}
    assert wrong(both) == pytest.approx({("parity", "C", 100.0): 0.4, ("parity", "P", 100.0): 0.4})


def test_a_strike_moved_in_both_rights_keeps_parity_and_breaks_both_butterflies() -> None:
    """Bids 11.2 above chords of 9.85."""
    both = {("C", 100): 2.5, ("P", 100): 2.5}
    assert wrong(both) == pytest.approx({("butterfly", "C", 100.0): 1.35, ("butterfly", "P", 100.0): 1.35})


def test_at_the_ladders_end_a_vertical_tells() -> None:
    """The lowest call at 42.9 over 31.1 for ten strikes: 11.8 for what is worth at most 9.8."""
    found = wrong({("C", 60): 2.5})
    assert found == pytest.approx({("parity", "C", 60.0): 2.3, ("vertical", "C", 60.0): 2.0})


def test_two_wrong_quotes_in_one_ladder_are_both_named() -> None:
    found = wrong({("C", 80): 3.0, ("C", 110): 3.0})
    assert {(right, strike) for _, right, strike in found} == {("C", 80.0), ("C", 110.0)}


def test_a_spread_hides_what_cannot_be_traded() -> None:
    """The same call, bid 8.9 and asked 12.7: under the chord, and 8.9 - 8.9 = 0 against parity."""
    assert wrong({("C", 100): 2.0}, widened={("C", 100): 1.9}) == {}


def test_two_strikes_are_too_few_to_tell_more_than_verticals() -> None:
    frame = pl.DataFrame({"strike_pts": [90.0, 100.0], "bid_pts": [5.0, 6.0], "ask_pts": [5.2, 6.2]})
    terms = {"underlying": "SPX", "root": "SPXW", "expiry_date": EXPIRY, "settlement": "PM", "t_years": 0.1}
    known = {name: pl.lit(value) for name, value in (terms | {"right": "C"}).items()}
    marks = CORE_OPTION_MARKS_DAILY.conform(frame.with_columns(**known))
    named = wrong_quotes(executable_gains(marks))
    # Sold at 6.0 and bought at 5.2; without a discount factor only that bound is known.
    assert named.select("flag", "size_pts").rows() == [("vertical", pytest.approx(0.8))]
