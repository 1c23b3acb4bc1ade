"""A chain against levels: its own forwards, its wings, the closes of its day and of the day before."""

from dataclasses import replace

import pytest

from tests.transforms.book.sound_night import (
    APRIL,
    MARCH,
    MAY,
    SESSION,
    SOUND,
    YESTERDAY,
    both_rights,
    check,
    forward,
    forwards,
    in_days,
    legs,
    levels,
    marks,
    quote,
    settlements,
    signals,
    vix_check,
)
from transforms.book.night_facts import NightFacts


def with_forwards(*pairs: tuple[int, float]) -> NightFacts:
    """SPXW forwards by days ahead."""
    given = [forward("SPXW", *in_days(days), forward_pts=level) for days, level in pairs]
    return replace(SOUND, forwards=forwards(*given))


def test_forwards_on_one_carry_pass_whatever_the_carry() -> None:
    """A tenth of a per cent a week, and one that strays by a fifth of a per cent from it."""
    steady = [(7 * week, 4100.0 * 1.001**week) for week in range(1, 9)]
    assert check(with_forwards(*steady), "forwards_in_line", "SPX")["value"] == pytest.approx(0.0, abs=1e-12)
    astray = [*steady[:4], (35, 4100.0 * 1.001**5 * 1.002), *steady[5:]]
    found = check(with_forwards(*astray), "forwards_in_line", "SPX")
    assert (found["is_passed"], found["limit_value"]) == (True, 0.0025)
    assert found["value"] == pytest.approx(0.002, abs=2e-4)


def test_a_block_of_expiries_at_another_level_holds_the_night() -> None:
    """The later half was quoted when SPX stood a third of a per cent lower."""
    halves = [(7 * week, 4100.0 * (1.0 if week < 5 else 0.9967)) for week in range(1, 9)]
    found = check(with_forwards(*halves), "forwards_in_line", "SPX")
    assert (found["severity"], found["is_passed"], found["rows_qty"]) == ("critical", False, 1)
    assert "between SPXW 2023-03-15 and SPXW 2023-03-22" in found["message"]
    assert not check(with_forwards(*halves[:2]), "forwards_in_line", "SPX")["is_applicable"]


def reaching(*deltas: float) -> NightFacts:
    """Weekly expiries whose highest call has that delta."""
    quotes = []
    for week, delta in enumerate(deltas):
        call, put, top_call, top_put = both_rights(*in_days(7 * week + 2))
        quotes += [call | {"delta": 0.9}, put, top_call | {"delta": delta}, top_put | {"delta": -0.9}]
    return replace(SOUND, marks=marks(*quotes))


def test_an_expiry_that_breaks_off_before_the_wings_holds_the_night() -> None:
    at_limit = check(reaching(0.01, 0.02, 0.10), "strikes_break_off", "SPX")
    assert at_limit["is_passed"]
    broken = check(reaching(0.01, 0.02, 0.11), "strikes_break_off", "SPX")
    assert (broken["severity"], broken["is_passed"], broken["value"]) == ("critical", False, 1)
    assert broken["message"].endswith("as in a file that breaks off, in: SPXW 2023-03-03.")


def test_a_file_of_near_strikes_is_no_broken_file_and_warns() -> None:
    found = reaching(0.40, 0.35, 0.02)
    assert check(found, "strikes_break_off", "SPX")["is_passed"]
    near = check(found, "near_strikes_only", "SPX")
    assert (near["severity"], near["is_passed"], near["value"]) == ("warning", False, pytest.approx(2 / 3))


@pytest.mark.parametrize(
    ("spot", "warned", "held"), [(4168.3, False, False), (4168.4, True, False), (4272.1, True, True)]
)
def test_quotes_off_the_close_warn_and_far_off_hold(spot: float, warned: bool, held: bool) -> None:
    """Half a per cent of 4147.60 is 20.74, three per cent 124.43."""
    facts = replace(SOUND, signals=signals(spot_pts=spot))
    assert check(facts, "spot_near_close", "SPX")["is_passed"] is not warned
    found = check(facts, "chain_of_this_session", "SPX")
    assert (found["severity"], found["is_passed"], found["limit_value"]) == ("critical", not held, 0.03)


@pytest.mark.parametrize(
    ("spot", "vix", "is_held"),
    [
        (4060.0, 25.3, True),  # yesterday's SPX, and its VIX read a day later
        (4060.0, 18.3, False),  # yesterday's SPX and tonight's VIX: SPX fell after the close
        (4075.0, 25.3, False),  # neither session's SPX
        (4060.0, 23.9, False),  # neither session's VIX
        (4140.0, 25.3, False),  # tonight's SPX
    ],
)
def test_a_chain_at_both_closes_of_the_day_before_is_of_the_day_before(spot: float, vix: float, is_held: bool) -> None:
    recent = replace(SOUND.recent, index_levels=levels(SPX=(4060.0, 4147.6), VIX=(25.0, 18.23)))
    facts = replace(
        SOUND,
        recent=recent,
        signals=signals(spot_pts=spot),
        vix_check=vix_check(vix_recomputed_pts=vix, difference_pts=vix - 18.23, limit_pts=0.25),
    )
    found = check(facts, "chain_of_this_session", "SPX")
    assert found["is_passed"] is not is_held
    assert (f"it is that of {YESTERDAY}" in found["message"]) is is_held


def test_a_level_that_is_missing_can_be_held_against_nothing() -> None:
    for missing in (signals(spot_pts=None), signals(index_close_pts=None)):
        facts = replace(SOUND, signals=missing)
        for check_id in ("spot_near_close", "chain_of_this_session"):
            assert not check(facts, check_id, "SPX")["is_applicable"]


def vix_night(parity: tuple[float, float], **changes: object) -> NightFacts:
    """Parity of March and April against 20.1 and 20.9 tonight, 20.9 and 21.5 the session before."""
    given = [
        forward("VIX", expiry, parity_forward_pts=level) for expiry, level in zip((MARCH, APRIL), parity, strict=True)
    ]
    return replace(
        SOUND,
        forwards=forwards(forward("SPXW", MAY, forward_pts=4195.0), *given),
        recent=replace(SOUND.recent, vx_settlements=settlements(e2023_03_22=(20.9, 20.1), e2023_04_19=(21.5, 20.9))),
        **changes,
    )


def test_vix_options_on_yesterdays_settlements_are_yesterdays() -> None:
    found = check(vix_night((20.87, 21.47)), "chain_of_this_session", "VIX")
    assert (found["severity"], found["is_passed"]) == ("critical", False)
    assert found["value"] == pytest.approx((0.77 + 0.57) / 2)
    assert found["message"] == (
        f"VIX option parity is 0.67 from tonight's VX settlements, and 0.03 from those of {YESTERDAY}."
    )
    assert check(vix_night((20.87, 21.47), legs=legs()), "chain_of_this_session", "VIX")["severity"] == "warning"


def test_vix_options_on_nobodys_settlements_have_only_moved_on() -> None:
    """Between the two: VX settles a quarter of an hour before its options are quoted."""
    assert check(vix_night((20.5, 21.2)), "chain_of_this_session", "VIX")["is_passed"]
    assert check(vix_night((20.15, 20.95)), "chain_of_this_session", "VIX")["is_passed"]


def test_one_future_is_too_few_to_tell_the_session_of_a_vix_chain() -> None:
    facts = replace(SOUND, forwards=forwards(forward("VIX", MARCH, parity_forward_pts=20.87)))
    assert not check(facts, "chain_of_this_session", "VIX")["is_applicable"]
    quotes = marks(quote(SESSION))
    assert not check(replace(SOUND, marks=quotes), "strikes_break_off", "SPX")["is_applicable"]
