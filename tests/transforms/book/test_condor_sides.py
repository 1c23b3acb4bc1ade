"""The two sides of a condor by hand: intrinsic, cover, residual, captured credit, time value (METHODOLOGY 4.2, 4.9)."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from tests.transforms.book.toy_book import FRIDAY, MONDAY, ToyMarket, condor_fills, fill, fills_of, marks_of, night
from transforms.book.condor_credits import NO_ENTRY_MIDS, side_credits
from transforms.book.condor_distances import HAS_SETTLED
from transforms.book.condor_sides import ACCELERATING, WING_REACHED, SideRules, with_sides
from warehouse.tables.mart import MART_LEGS_DAILY

# Ten condors 5650/5700/6250/6300: right, strike, contracts, mark, delta of one contract, extrinsic of one contract.
LEGS = (
    ("P", 5650.0, 10, 46.0, -0.36, 46.0),
    ("P", 5700.0, -10, 66.0, -0.48, 46.2),
    ("C", 6250.0, -10, 2.0, 0.03, 2.0),
    ("C", 6300.0, 10, 1.2, 0.02, 1.2),
)
FORWARD, DISCOUNT = 5680.0, 0.99


def legs_of(*legs: tuple[Any, ...], forward: float | None = FORWARD) -> pl.DataFrame:
    rows = [
        {
            "session_date": dt.date(2026, 5, 8),
            "account": "A",
            "structure_id": "c",
            "instrument_id": f"{right} {strike}",
            "part": "condor",
            "right": right,
            "strike_pts": strike,
            "quantity_qty": contracts,
            "multiplier_usd": 100.0,
            "mark_pts": mark,
            "delta_b76": delta,
            "extrinsic_usd": None if extrinsic is None else contracts * 100.0 * extrinsic,
            "forward_pts": forward,
            "discount_factor_frac": None if forward is None else DISCOUNT,
        }
        for right, strike, contracts, mark, delta, extrinsic in legs
    ]
    return MART_LEGS_DAILY.conform(pl.DataFrame(rows, infer_schema_length=None))


def sides(
    *legs: tuple[Any, ...],
    forward: float | None = FORWARD,
    put_distance: float | None = -22.0,
    credit: tuple[float | None, float | None] = (8.0, 5.0),
    unpriced: str | None = None,
    rules: SideRules | None = None,
) -> dict[str, Any]:
    """The measured condor; spot is 5,678 unless said otherwise."""
    key = {"account": ["A"], "structure_id": ["c"]}
    text = {"standing": pl.String, "unpriced_reason": pl.String}
    number = {"short_put_distance_pts": pl.Float64, "short_call_distance_pts": pl.Float64}
    rows = pl.DataFrame(
        key
        | {"standing": ["OPEN"], "unpriced_reason": [unpriced]}
        | {"short_put_distance_pts": [put_distance], "short_call_distance_pts": [572.0]},
        schema_overrides=text | number,
    )
    credited = pl.DataFrame(
        key
        | {"put_side_credit_pts": [credit[0]], "call_side_credit_pts": [credit[1]]}
        | {"side_credit_method": ["fills"], "side_credit_reason": [None]},
        schema_overrides={"side_credit_reason": pl.String},
    )
    found = with_sides(rows, legs_of(*(legs or LEGS), forward=forward), credited, rules or SideRules())
    return found.row(0, named=True)


def test_intrinsic_is_the_discounted_depth_of_the_spread_over_its_width() -> None:
    assert sides()["intrinsic_put_spread_frac"] == pytest.approx(0.99 * 20 / 50)
    assert sides(forward=5660.0)["intrinsic_put_spread_frac"] == pytest.approx(0.99 * 40 / 50)
    # Beyond the wing the whole width is there, discounted; above the short strike nothing.
    assert sides(forward=5600.0)["intrinsic_put_spread_frac"] == pytest.approx(0.99)
    assert sides(forward=5800.0)["intrinsic_put_spread_frac"] == 0.0
    assert sides(forward=6280.0)["intrinsic_call_spread_frac"] == pytest.approx(0.99 * 30 / 50)
    assert sides()["intrinsic_call_spread_frac"] == 0.0


def test_the_wing_covers_by_its_delta_over_that_of_the_short_option() -> None:
    assert sides()["long_put_cover_ratio"] == pytest.approx(0.36 / 0.48)
    assert sides()["long_call_cover_ratio"] == pytest.approx(0.02 / 0.03)


def test_more_longs_than_shorts_cover_by_their_number() -> None:
    legs = [("P", 5650.0, 15, 46.0, -0.36, 46.0), *LEGS[1:]]
    found = sides(*legs)
    assert found["long_put_cover_ratio"] == pytest.approx(1.5 * 0.36 / 0.48)
    assert found["put_side_residual_pts"] == pytest.approx(66 - 1.5 * 46)


@pytest.mark.parametrize(
    ("long_delta", "distance", "reading"),
    [
        (-0.28, -22.0, ACCELERATING),  # 0.583
        (-0.29, -22.0, None),  # 0.604
        (-0.43, -22.0, None),  # 0.896
        (-0.44, -22.0, WING_REACHED),  # 0.917
        (-0.28, 10.0, None),  # out of the money
    ],
)
def test_the_wing_reading_speaks_only_in_the_money(long_delta: float, distance: float, reading: str | None) -> None:
    legs = [("P", 5650.0, 10, 46.0, long_delta, 46.0), *LEGS[1:]]
    assert sides(*legs, put_distance=distance)["put_wing_reading"] == reading


def test_residual_and_captured_credit_of_each_side() -> None:
    found = sides()
    assert found["call_side_residual_pts"] == pytest.approx(0.8)
    assert found["call_side_captured_frac"] == pytest.approx(1 - 0.8 / 5)
    assert found["is_call_side_captured"] is True
    assert found["put_side_residual_pts"] == pytest.approx(20.0)
    assert found["put_side_captured_frac"] == pytest.approx(1 - 20 / 8)  # costs more than it brought
    assert found["is_put_side_captured"] is False
    assert sides(credit=(8.0, 4.0))["is_call_side_captured"] is True  # 80% is enough
    assert sides(credit=(8.0, 3.9))["is_call_side_captured"] is False


@pytest.mark.parametrize(
    ("extrinsic", "distance", "is_left"),
    [(0.49, -22.0, True), (0.50, -22.0, False), (0.49, 0.0, False), (-0.30, -60.0, True)],
)
def test_nothing_is_left_in_the_money_below_half_a_point_of_time_value(
    extrinsic: float, distance: float, is_left: bool
) -> None:
    legs = [LEGS[0], ("P", 5700.0, -10, 66.0, -0.48, extrinsic), *LEGS[2:]]
    found = sides(*legs, put_distance=distance)
    assert found["short_put_extrinsic_pts"] == pytest.approx(extrinsic)
    assert found["is_put_nothing_left"] is is_left
    assert found["is_call_nothing_left"] is False


def test_thresholds_are_the_users() -> None:
    mine = SideRules(captured_frac=0.9, nothing_left_pts=50.0)
    found = sides(rules=mine)
    assert (found["is_call_side_captured"], found["is_put_nothing_left"]) == (False, True)


def test_a_leg_without_a_mark_leaves_its_side_unknown_and_says_so() -> None:
    legs = [("P", 5650.0, 10, None, -0.36, None), *LEGS[1:]]
    found = sides(*legs, unpriced="P 5650.0 (no mark)")
    assert found["put_side_residual_pts"] is None
    assert found["put_side_captured_frac"] is None
    assert found["call_side_residual_pts"] == pytest.approx(0.8)
    assert found["long_put_cover_ratio"] == pytest.approx(0.75)  # the smile is known
    assert found["side_reason"] == "P 5650.0 (no mark)"


def test_without_a_forward_the_reason_is_the_expiry() -> None:
    legs = [(*leg[:3], leg[3], None, None) for leg in LEGS]
    found = sides(*legs, forward=None)
    assert found["intrinsic_put_spread_frac"] is None
    assert found["long_put_cover_ratio"] is None
    assert found["side_reason"] == "its expiry has no forward or no smile"


def test_all_known_has_no_reason() -> None:
    assert sides()["side_reason"] is None


def only(fills: list[dict[str, object]], market: ToyMarket | None = None) -> dict[str, Any]:
    (row,) = night(fills_of(*fills), market).condors.to_dicts()
    return row


def test_the_sides_credits_are_those_of_their_own_fills() -> None:
    row = only(condor_fills())
    assert (row["put_side_credit_pts"], row["call_side_credit_pts"]) == (7.0, 5.0)  # 27 - 20, 12 - 7
    assert (row["side_credit_method"], row["side_reason"]) == ("fills", None)


def combination(price: float, **facts: Any) -> list[dict[str, object]]:  # noqa: ANN401 - any column
    """A condor booked as one price on its short put."""
    legs = [("P 5650", 10, 0.0), ("P 5700", -10, price), ("C 6250", -10, 0.0), ("C 6300", 10, 0.0)]
    return [fill(f"SPXW 2026-06-08 {option}", quantity, paid, **facts) for option, quantity, paid in legs]


def test_a_condor_booked_as_one_price_is_split_by_the_mids_of_its_entry_session() -> None:
    row = only(combination(12.0))
    marks = {
        leg["instrument_id"].split()[-1]: leg["mark_pts"] for leg in night(fills_of(*combination(12.0))).legs.to_dicts()
    }
    put, call = marks["5700"] - marks["5650"], marks["6250"] - marks["6300"]
    assert row["credit_pts"] == 12.0
    assert row["put_side_credit_pts"] == pytest.approx(12 * put / (put + call))
    assert row["call_side_credit_pts"] == pytest.approx(12 * call / (put + call))
    assert (row["side_credit_method"], row["side_reason"]) == ("entry_mids", None)


def test_without_mids_of_the_entry_session_the_sides_are_unknown_the_whole_is_not() -> None:
    later = ToyMarket(session_date=MONDAY)  # the toy remembers no other session's marks
    row = only(combination(12.0), later)
    assert row["credit_pts"] == 12.0
    assert (row["put_side_credit_pts"], row["call_side_captured_frac"], row["side_credit_method"]) == (None, None, None)
    assert row["side_reason"] == NO_ENTRY_MIDS
    assert row["call_side_residual_pts"] is not None


def test_legs_bought_on_different_days_are_never_split_by_mids() -> None:
    split = combination(12.0, on=MONDAY)
    split[3] = fill("SPXW 2026-06-08 C 6300", 10, 0.0)
    both_days = pl.concat(marks_of(fills_of(*split), ToyMarket(session_date=day)) for day in (FRIDAY, MONDAY))
    (row,) = side_credits(night(fills_of(*split), ToyMarket(session_date=MONDAY)).holdings, both_days).to_dicts()
    assert (row["side_credit_method"], row["side_credit_reason"]) == (None, NO_ENTRY_MIDS)
    whole = side_credits(
        night(fills_of(*combination(12.0, on=MONDAY)), ToyMarket(session_date=MONDAY)).holdings, both_days
    )
    assert whole["side_credit_method"].to_list() == ["entry_mids"]


def test_what_has_settled_has_no_sides_any_more() -> None:
    row = only(condor_fills(), ToyMarket(session_date=dt.date(2026, 6, 8)))
    assert row["state"] == "SETTLED"
    assert row["side_reason"] == row["curvature_reason"] == row["prob_reason"] == HAS_SETTLED
    assert row["margin_reason"] == row["distance_reason"] == HAS_SETTLED
    assert (row["intrinsic_put_spread_frac"], row["margin_usd"], row["pop_frac"]) == (None, None, None)
