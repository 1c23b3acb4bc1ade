"""Half-closed condors, broken wings and verticals: what they can lose, where, and the side they are watched on.

Figures by hand: the toy condor is 5650/5700/6250/6300 times ten for 12.00 points, put spread 7.00 and call spread 5.00.
"""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.book.toy_book import (
    CONDOR_LEGS,
    FRIDAY,
    MONDAY,
    ToyMarket,
    condor_fills,
    fill,
    fills_of,
    marks_of,
    night,
    smiles_of,
)
from transforms.book.condors import CondorInputs, SpxNight, condors
from transforms.book.payoffs import settlement_levels
from transforms.book.positions import holdings
from transforms.market.calendar import quote_table_instant
from warehouse.tables.mart import MART_LEGS_DAILY

CALL_SIDE_BACK = [
    fill("SPXW 2026-06-08 C 6250", 10, 2.0, on=MONDAY),
    fill("SPXW 2026-06-08 C 6300", -10, 1.0, on=MONDAY),
]


def condors_of(*fills: dict[str, object]) -> pl.DataFrame:
    """The condors of a book without a market: geometry, credit and limits."""
    mark_at = quote_table_instant(FRIDAY)
    return condors(
        CondorInputs(
            night=SpxNight(session_date=FRIDAY, mark_at=mark_at, spot_pts=6000.0),
            holdings=holdings(fills_of(*fills), FRIDAY, mark_at),
            legs=MART_LEGS_DAILY.empty(),
            settlements=settlement_levels(),
            smiles=smiles_of(marks_of(fills_of(), ToyMarket())),
        )
    )


def only(frame: pl.DataFrame) -> dict[str, object]:
    (row,) = frame.to_dicts()
    return row


def test_a_condor_whose_call_side_was_closed_is_a_put_vertical_with_the_whole_credit() -> None:
    tonight = night(fills_of(*condor_fills(), *CALL_SIDE_BACK), ToyMarket(session_date=MONDAY))
    left = only(tonight.condors)
    assert (left["condor_id"], left["kind"], left["grouping"]) == ("condor-1", "PUT_VERTICAL", "DECLARED")
    assert (left["short_call_pts"], left["width_call_pts"], left["max_loss_call_usd"]) == (None, None, None)
    # Own credit 27 - 20 = 7; the call side was sold at 5 and bought back at 1: 4 points more in the chain.
    assert (left["credit_pts"], left["chain_credit_pts"]) == (7.0, pytest.approx(11.0))
    assert left["break_even_put_pts"] == pytest.approx(5700 - 11)
    assert left["break_even_call_pts"] is None
    assert left["max_loss_usd"] == pytest.approx((50 - 11) * 1000)
    assert (left["call_state"], left["side"], left["state"]) == (None, None, "OK")
    assert tonight.legs["part"].unique().to_list() == ["condor"]


@pytest.mark.parametrize(
    ("spot_pts", "state"),
    [(5990.0, "OK"), (5800.0, "WATCH"), (5755.0, "TESTED"), (5695.0, "ITM"), (5680.0, "BREACHED"), (5640.0, "WING")],
)
def test_a_put_vertical_is_watched_on_its_put_side(spot_pts: float, state: str) -> None:
    found = night(
        fills_of(*condor_fills(), *CALL_SIDE_BACK),
        ToyMarket(session_date=MONDAY, spot_pts=spot_pts, edr_pts=60.0),
    )
    left = only(found.condors)
    assert (left["put_state"], left["state"]) == (state, state)
    assert left["side"] == (None if state == "OK" else "PUT")
    if state in {"ITM", "BREACHED", "WING"}:
        of_condors = found.alerts.filter(pl.col("rule_id").str.starts_with("condor_"))
        assert of_condors["rule_id"].to_list() == [f"condor_{state.lower()}"]
        assert found.book["status"].item() in {"ALERT", "CRITICAL"}


def test_a_call_vertical_is_watched_on_its_call_side_and_not_hedged() -> None:
    calls = [fill(*leg, structure="calls") for leg in CONDOR_LEGS[2:]]
    left = only(night(fills_of(*calls), ToyMarket(spot_pts=6270.0)).condors)
    assert (left["kind"], left["put_state"], left["call_state"]) == ("CALL_VERTICAL", None, "BREACHED")
    assert "UNHEDGED_BY_ALVH" in str(left["flags"])


def test_the_long_call_left_over_adds_nothing_to_the_risk() -> None:
    back = fill("SPXW 2026-06-08 C 6250", 10, 2.0, on=MONDAY)
    left = only(night(fills_of(*condor_fills(), back), ToyMarket(session_date=MONDAY)).condors)
    assert (left["kind"], left["long_call_pts"], left["short_call_pts"]) == ("PUT_VERTICAL", 6300.0, None)
    # Credit of the legs held -20 + 27 - 7 = 0, of the call bought back 12 - 2 = 10.
    assert (left["credit_pts"], left["chain_credit_pts"]) == (0.0, pytest.approx(10.0))
    assert left["max_loss_usd"] == pytest.approx((50 - 10) * 1000)


@pytest.mark.parametrize(("paid_pts", "has_zone"), [(16.0, True), (17.0, False), (25.0, False)])
def test_a_spread_that_costs_more_than_all_its_credit_has_no_profitable_zone(paid_pts: float, has_zone: bool) -> None:
    """The calls bought back for `paid_pts` - 5 net: chain credit 12 less that; at or below 0 nothing can be won."""
    back = [
        fill("SPXW 2026-06-08 C 6250", 10, paid_pts, on=MONDAY),
        fill("SPXW 2026-06-08 C 6300", -10, 5.0, on=MONDAY),
    ]
    left = only(night(fills_of(*condor_fills(), *back), ToyMarket(session_date=MONDAY)).condors)
    assert left["chain_credit_pts"] == pytest.approx(12 - (paid_pts - 5))
    assert ("NO_PROFIT_ZONE" not in str(left["flags"])) is has_zone
    assert (left["break_even_put_pts"] < left["short_put_pts"]) is has_zone


def test_unequal_quantities_lose_by_side() -> None:
    """Four of ten call spreads bought back: put side ten, call side six contracts."""
    back = [
        fill("SPXW 2026-06-08 C 6250", 4, 2.0, on=MONDAY),
        fill("SPXW 2026-06-08 C 6300", -4, 1.0, on=MONDAY),
    ]
    left = only(night(fills_of(*condor_fills(), *back), ToyMarket(session_date=MONDAY)).condors)
    assert (left["kind"], left["put_quantity_qty"], left["call_quantity_qty"]) == ("BROKEN_WING_CONDOR", 10, 6)
    assert left["quantity_qty"] == 10
    # Cash in: puts 7 x 10, calls 5 x 10 less 1 x 4 to close, in points x contracts: 116, 11,600 USD.
    assert left["max_profit_usd"] == pytest.approx(11_600)
    assert left["max_loss_put_usd"] == pytest.approx(50 * 1000 - 11_600)
    assert left["max_loss_call_usd"] == pytest.approx(50 * 600 - 11_600)
    assert left["max_loss_usd"] == left["max_loss_put_usd"]
    assert left["break_even_put_pts"] == pytest.approx(5700 - 11.6)
    assert left["break_even_call_pts"] == pytest.approx(6250 + 116 / 6)
    assert "BROKEN_WING" in str(left["flags"])


def test_extra_long_puts_stand_beside_the_condor_they_were_bought_into() -> None:
    found = night(fills_of(*condor_fills(), fill("SPXW 2026-06-08 P 5600", 5, 9.0)))
    assert only(found.condors)["kind"] == "CONDOR"
    extra = only(found.legs.filter(part="other"))
    assert (extra["instrument_id"], extra["structure_id"]) == ("SPXW 2026-06-08 PM P 5600", "condor-1")
    assert "beyond those that cover" in str(extra["part_reason"])


def test_t12_a_credit_beyond_the_wing_and_a_negative_one() -> None:
    """METHODOLOGY T12: K2 5700, credit 55: break-even 5645 below K1; credit -5: 5705 above K2."""
    for price, break_even, states in (
        (75.0, 5645.0, {5660.0: "ITM"}),
        (15.0, 5705.0, {5702.0: "TESTED", 5699.0: "BREACHED"}),
    ):
        put = [fill("SPXW 2026-06-08 P 5650", 1, 20.0), fill("SPXW 2026-06-08 P 5700", -1, price)]
        for spot_pts, state in states.items():
            left = only(night(fills_of(*put), ToyMarket(spot_pts=spot_pts)).condors)
            assert left["break_even_put_pts"] == pytest.approx(break_even)
            assert left["put_state"] == state


sizes = st.integers(min_value=1, max_value=12)
prices = st.integers(min_value=1, max_value=900).map(lambda tenths: tenths / 10)


@settings(max_examples=40)
@given(
    put_qty=sizes,
    call_qty=sizes,
    more_long=st.integers(min_value=0, max_value=5),
    width_put=st.integers(min_value=1, max_value=20),
    width_call=st.integers(min_value=1, max_value=20),
    priced=st.tuples(prices, prices, prices, prices),
    missing=st.sampled_from(["", "P", "C"]),
)
def test_limits_and_break_evens_are_those_of_the_payoff_at_expiry(  # noqa: PLR0917 - one argument a strategy
    put_qty: int,
    call_qty: int,
    more_long: int,
    width_put: int,
    width_call: int,
    priced: tuple[float, float, float, float],
    missing: str,
) -> None:
    """METHODOLOGY 4.1 E, against the payoff on a fine grid: worst point of each side, and where it crosses zero."""
    legs = [
        ("P", 5700 - 5 * width_put, put_qty + more_long, priced[0]),
        ("P", 5700, -put_qty, priced[1]),
        ("C", 6250, -call_qty, priced[2]),
        ("C", 6250 + 5 * width_call, call_qty, priced[3]),
    ]
    held = [
        fill(f"SPXW 2026-06-08 {right} {strike}", quantity, price)
        for right, strike, quantity, price in legs
        if right != missing
    ]
    row = only(condors_of(*held))
    grid = np.arange(5000.0, 7000.0, 0.25)
    payoff = np.zeros_like(grid)
    for right, strike, quantity, price in legs:
        if right == missing:
            continue
        sign = 1.0 if right == "C" else -1.0
        payoff += 100 * quantity * (np.maximum(sign * (grid - strike), 0.0) - price)
    for right, name, short in (("P", "put", 5700.0), ("C", "call", 6250.0)):
        if right == missing:
            assert row[f"max_loss_{name}_usd"] is None
            assert row[f"break_even_{name}_pts"] is None
            continue
        is_side = grid <= 5975 if right == "P" else grid >= 5975
        # Long options beyond the short ones pay again further out: the worst point of the side is at its wing.
        assert row[f"max_loss_{name}_usd"] == pytest.approx(-payoff[is_side].min())
        break_even = float(str(row[f"break_even_{name}_pts"]))
        wing = 5700 - 5 * width_put if right == "P" else 6250 + 5 * width_call
        if min(short, wing) < break_even < max(short, wing):
            assert np.interp(break_even, grid, payoff) == pytest.approx(0.0, abs=1e-6)


def test_what_is_left_keeps_its_name_where_nothing_was_labelled() -> None:
    """Opened together, half closed: the other half knows what the first earned (R14)."""
    bare = [row | {"structure": None} for row in (*condor_fills(), *CALL_SIDE_BACK)]
    left = only(night(fills_of(*bare), ToyMarket(session_date=MONDAY)).condors)
    assert (left["condor_id"], left["kind"], left["grouping"]) == (
        "SPXW 2026-06-08 5650/5700/6250/6300",
        "PUT_VERTICAL",
        "INFERRED",
    )
    assert left["chain_credit_pts"] == pytest.approx(11.0)


def test_a_roll_nobody_labelled_keeps_its_loss() -> None:
    """One instant closes the put side at a loss and opens another: one campaign, inferred."""
    closed = [fill("SPXW 2026-06-08 P 5650", -10, 30.0, on=MONDAY), fill("SPXW 2026-06-08 P 5700", 10, 45.0, on=MONDAY)]
    opened = [fill("SPXW 2026-07-08 P 5600", 10, 25.0, on=MONDAY), fill("SPXW 2026-07-08 P 5650", -10, 36.0, on=MONDAY)]
    bare = [row | {"structure": None} for row in (*condor_fills(), *closed, *opened)]
    tonight = night(fills_of(*bare), ToyMarket(session_date=MONDAY))
    kinds = dict(tonight.condors.select("kind", "campaign_id").rows())
    assert kinds == dict.fromkeys(("CALL_VERTICAL", "PUT_VERTICAL"), "SPXW 2026-06-08 5650/5700/6250/6300")
    held = holdings(fills_of(*bare), MONDAY, quote_table_instant(MONDAY))
    assert held.filter(standing="OPEN")["campaign_grouping"].unique().to_list() == ["INFERRED"]
    # The puts were sold for 7 and cost 15 to close: 8 points lost, shared by the two spreads that are left.
    shared = tonight.condors.with_columns(lost=(pl.col("chain_credit_pts") - pl.col("credit_pts")) * 1000)
    assert shared["lost"].to_list() == pytest.approx([-4000.0, -4000.0])
