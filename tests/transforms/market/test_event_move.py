"""The implied event move by hand."""

import math

import pytest

from transforms.market.event_move import EVENT_OUTSIDE, NO_EXTRA, AtmTerm, forward_vol, implied_event_move

DAY = 1 / 365


def test_an_event_of_known_size_is_read_back() -> None:
    """Ordinary vol 16%, an event of 1.2% between day 2 and day 3, spot 4,000: 48 points."""
    event = 0.012**2
    before = AtmTerm(atm_iv_vol=0.16, t_years=2 * DAY)
    after = AtmTerm(atm_iv_vol=math.sqrt((0.16**2 * 3 * DAY + event) / (3 * DAY)), t_years=3 * DAY)
    move = implied_event_move(before=before, after=after, base_vol=0.16, spot_pts=4000.0)
    assert (move.move_pts, move.move_frac) == (pytest.approx(48.0), pytest.approx(0.012))
    assert move.event_variance == pytest.approx(event)
    assert move.reason is None


def test_figures_of_one_evening_by_hand() -> None:
    # 0.20^2 * 3 - 0.15^2 * 2 - 0.14^2 * 1 = 0.12 - 0.045 - 0.0196 = 0.0554 day-variances; over 365, root: 0.0123199.
    move = implied_event_move(
        before=AtmTerm(atm_iv_vol=0.15, t_years=2 * DAY),
        after=AtmTerm(atm_iv_vol=0.20, t_years=3 * DAY),
        base_vol=0.14,
        spot_pts=4150.0,
    )
    assert move.move_frac == pytest.approx(0.0123199, abs=5e-8)
    assert move.move_pts == pytest.approx(51.1277, abs=5e-4)


def test_expiries_that_price_less_than_ordinary_hours_imply_no_move() -> None:
    near, far = AtmTerm(atm_iv_vol=0.20, t_years=2 * DAY), AtmTerm(atm_iv_vol=0.17, t_years=3 * DAY)
    move = implied_event_move(before=near, after=far, base_vol=0.16, spot_pts=4000.0)
    assert (move.move_pts, move.reason) == (0.0, NO_EXTRA)


def test_expiries_in_the_wrong_order_are_refused_by_a_reason() -> None:
    term = AtmTerm(atm_iv_vol=0.2, t_years=2 * DAY)
    move = implied_event_move(before=term, after=term, base_vol=0.16, spot_pts=4000.0)
    assert (move.move_pts, move.reason) == (None, EVENT_OUTSIDE)


def test_forward_vol_between_two_expiries() -> None:
    near, far = AtmTerm(atm_iv_vol=0.10, t_years=1.0), AtmTerm(atm_iv_vol=0.20, t_years=2.0)
    assert forward_vol(near, far) == pytest.approx(math.sqrt(0.07))  # 0.08 less 0.01, over one year
    assert forward_vol(AtmTerm(atm_iv_vol=0.3, t_years=1.0), far) is None
    assert forward_vol(far, near) is None
