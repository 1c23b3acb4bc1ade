"""Strategy margin by hand sums: Cboe margin manual (RG07-043), C2 RG11-017 for AM and PM, VIX by its specification."""

import datetime as dt

import polars as pl
import pytest

from tests.transforms.book.toy_book import condor_fills, fill, fills_of, night
from transforms.book.margin import MarginLeg, MarginRules, strategy_margin, structure_margins

INDEX = {"SPX": 6000.0, "VIX": 16.0}
NEAR, FAR = "2026-06-17", "2026-08-19"


def leg(instrument: str, quantity: int, price_pts: float | None = 1.0) -> MarginLeg:
    root, expiry, *option = instrument.split()
    return MarginLeg(
        root=root,
        expiry_date=dt.date.fromisoformat(expiry),
        right=option[0] if option else None,
        strike_pts=float(option[1]) if option else None,
        quantity=quantity,
        multiplier_usd=1000.0 if root == "VX" else 100.0,
        price_pts=price_pts,
    )


def condor(*strikes: float, quantity: int, root: str = "SPXW", expiry: str = "2026-06-08") -> list[MarginLeg]:
    signs = (quantity, -quantity, -quantity, quantity)
    return [
        leg(f"{root} {expiry} {right} {strike}", sign)
        for right, strike, sign in zip("PPCC", strikes, signs, strict=True)
    ]


def margin(*legs: MarginLeg, rules: MarginRules | None = None) -> float | None:
    return strategy_margin(legs, index_pts=INDEX, rules=rules or MarginRules()).usd


def test_t12_a_condor_needs_its_wider_side_once() -> None:
    """METHODOLOGY T12: put width 50, call width 60, n = 2: 12,000."""
    assert margin(*condor(5650, 5700, 6250, 6310, quantity=2)) == 12_000.0


def test_t7_ten_condors_of_fifty_points() -> None:
    """METHODOLOGY T7: margin 50,000."""
    assert margin(*condor(5650, 5700, 6250, 6300, quantity=10)) == 50_000.0


def test_two_condors_of_different_expiries_are_added_up() -> None:
    legs = [
        *condor(5650, 5700, 6250, 6300, quantity=1),
        *condor(5600, 5700, 6250, 6300, quantity=1, expiry="2026-06-15"),
    ]
    assert margin(*legs) == 5_000.0 + 10_000.0


def test_what_is_left_of_a_condor_needs_its_own_width() -> None:
    put_side = condor(5650, 5700, 6250, 6300, quantity=3)[:2]
    assert margin(*put_side) == 50 * 100 * 3
    bought = [leg("SPXW 2026-06-08 P 5700", 1), leg("SPXW 2026-06-08 P 5650", -1)]
    assert margin(*bought) == 0.0


def test_sides_of_unequal_size_cannot_both_lose() -> None:
    """Ten put spreads 50 wide, four call spreads 100 wide: the puts lose 50,000, the calls 40,000."""
    puts, calls = condor(5650, 5700, 6250, 6300, quantity=10)[:2], condor(5650, 5700, 6250, 6350, quantity=4)[2:]
    assert margin(*puts, *calls) == 50_000.0


def test_a_butterfly_paid_in_full_needs_none() -> None:
    legs = [leg(f"SPXW 2026-06-08 P {strike}", size) for strike, size in ((5600, 1), (5700, -2), (5800, 1))]
    assert margin(*legs) == 0.0


def test_long_options_need_none() -> None:
    assert margin(leg(f"VIX {NEAR} C 20", 4), leg("SPX 2026-06-19 P 5500", 1)) == 0.0


def test_long_am_does_not_cover_short_pm_of_the_same_date() -> None:
    """C2 RG11-017: short SPXW naked, 15% of 6,000 less 300 out of the money = 600, 10% of the strike = 570, + 1."""
    assert margin(leg("SPX 2026-06-19 P 5650", 1), leg("SPXW 2026-06-19 P 5700", -1)) == (1.0 + 600.0) * 100


def test_long_pm_covers_short_am_of_the_same_date() -> None:
    assert margin(leg("SPXW 2026-06-19 P 5650", 1), leg("SPX 2026-06-19 P 5700", -1)) == 50 * 100


def test_a_later_long_option_covers_an_earlier_short_one_and_not_the_other_way() -> None:
    assert margin(leg("SPXW 2026-06-15 P 5680", 1), leg("SPXW 2026-06-08 P 5700", -1)) == 20 * 100
    assert margin(leg("SPXW 2026-06-15 P 5750", 1), leg("SPXW 2026-06-08 P 5700", -1)) == 0.0
    assert margin(leg("SPXW 2026-06-01 P 5680", 1), leg("SPXW 2026-06-08 P 5700", -1)) == 601.0 * 100


def test_a_naked_call_far_out_needs_the_least_share() -> None:
    """15% of 6,000 = 900 less 800 out of the money = 100; at least 10% of the index = 600."""
    assert margin(leg("SPXW 2026-06-08 C 6800", -2, 0.5)) == (0.5 + 600.0) * 200


def test_a_naked_put_needs_at_least_a_tenth_of_its_strike() -> None:
    """15% of 6,000 = 900 less 1,000 out of the money; at least 10% of 5,000 = 500."""
    assert margin(leg("SPXW 2026-06-08 P 5000", -1, 2.0)) == (2.0 + 500.0) * 100


def test_the_short_leg_of_a_vix_diagonal_is_naked() -> None:
    """20% of 16 = 3.2 less 9 out of the money; at least 10% of 16 = 1.6; premium 0.411: $201.10."""
    legs = (leg(f"VIX {FAR} C 22", 1, 2.145), leg(f"VIX {NEAR} C 25", -1, 0.411))
    assert margin(*legs) == pytest.approx(201.10)
    assert margin(*legs, rules=MarginRules(vix_calendar="covered")) == 0.0


def test_a_vix_call_in_the_money_needs_a_fifth_of_the_index() -> None:
    assert margin(leg(f"VIX {NEAR} C 14", -3, 5.0)) == pytest.approx((5.0 + 0.2 * 16) * 300)


def test_a_vix_call_spread_of_one_expiry_needs_its_width_when_sold() -> None:
    assert margin(leg(f"VIX {NEAR} C 20", -4), leg(f"VIX {NEAR} C 30", 4)) == 10 * 400
    assert margin(leg(f"VIX {NEAR} C 20", 4), leg(f"VIX {NEAR} C 30", -4)) == 0.0


def test_a_ratio_leaves_the_farther_short_naked() -> None:
    """1 x 6250 covered by 6300 (50 wide), the second short at 6300 naked: 15% of 6,000 less 300 = 600, + 1."""
    legs = [leg("SPXW 2026-06-08 C 6250", -1), leg("SPXW 2026-06-08 C 6310", 1), leg("SPXW 2026-06-08 C 6300", -1)]
    assert margin(*legs) == (60.0 + 601.0) * 100


def test_a_future_needs_a_share_of_its_price() -> None:
    assert margin(leg(f"VX {NEAR}", 2, 19.0)) == pytest.approx(0.40 * 19.0 * 2 * 1000)


def test_a_naked_leg_without_level_or_mark_has_no_margin_and_says_why() -> None:
    unknown_level = strategy_margin([leg("SPXW 2026-06-08 C 6800", -1)], index_pts={})
    unknown_mark = strategy_margin([leg("SPXW 2026-06-08 C 6800", -1, None)], index_pts=INDEX)
    assert (unknown_level.usd, unknown_level.reason) == (
        None,
        "SPXW 2026-06-08 C 6800 is naked and the level of SPX is not known",
    )
    assert (unknown_mark.usd, unknown_mark.reason) == (None, "SPXW 2026-06-08 C 6800 is naked and has no mark")


def test_every_structure_held_has_a_row() -> None:
    fills = fills_of(
        *condor_fills(),
        fill(f"VIX {NEAR} C 20", 4, 2.0, structure="L1"),
        fill("SPXW 2026-06-08 C 6800", -1, 1.0, structure="bare"),
    )
    legs = night(fills).legs
    rows = {
        row["structure_id"]: row for row in structure_margins(legs, index_pts={"SPX": None, "VIX": 16.0}).to_dicts()
    }
    assert rows["condor-1"]["margin_usd"] == 50_000.0
    assert rows["L1"]["margin_usd"] == 0.0
    assert rows["bare"]["margin_usd"] is None
    assert "SPX is not known" in rows["bare"]["margin_reason"]
    assert structure_margins(legs.clear(), index_pts=INDEX).schema["margin_usd"] == pl.Float64
