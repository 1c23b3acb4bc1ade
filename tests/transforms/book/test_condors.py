"""Condors by hand: credit of the campaign, limits, settlement, flags and days."""

import datetime as dt

import polars as pl
import pytest

from tests.transforms.book.toy_book import (
    FRIDAY,
    MONDAY,
    ToyMarket,
    condor_fills,
    fill,
    fills_of,
    night,
)
from transforms.book.payoffs import settlement_levels
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY, CORE_SETTLEMENT_VALUES

EXPIRY = dt.date(2026, 6, 8)
CREDIT = 12.0  # -20 + 27 + 12 - 7


def only(frame: pl.DataFrame) -> dict[str, object]:
    (row,) = frame.to_dicts()
    return row


def official_close(day: dt.date, value: float) -> pl.DataFrame:
    levels = pl.DataFrame({"session_date": [day], "symbol": ["SPX"], "close_pts": [value]})
    return settlement_levels(index_levels=CORE_INDEX_LEVELS_DAILY.conform(levels))


def test_credit_limits_and_break_evens() -> None:
    condor = only(night(fills_of(*condor_fills(fees=6.5))).condors)
    assert condor["credit_pts"] == CREDIT
    assert condor["credit_usd"] == 12_000 - 26
    assert (condor["max_profit_usd"], condor["max_loss_usd"]) == (12_000, 38_000)
    assert (condor["break_even_put_pts"], condor["break_even_call_pts"]) == (5688, 6262)
    assert condor["pnl_usd"] == pytest.approx(12_000 + float(str(condor["value_usd"])) - 26)
    assert (condor["state"], condor["side"], condor["days_in_state_sessions"]) == ("OK", None, 1)


def test_unequal_wings_risk_the_wider_side() -> None:
    fills = condor_fills()
    fills[3]["strike_pts"] = 6310.0  # T12: put width 50, call width 60
    condor = only(night(fills_of(*fills)).condors)
    assert condor["max_loss_usd"] == (60 - CREDIT) * 1000
    assert "BROKEN_WING" in str(condor["flags"])


def test_a_roll_keeps_the_campaigns_credit_and_loss() -> None:
    old = condor_fills(structure="may", campaign="c", fees=10.0)
    close = [
        fill("SPXW 2026-06-08 P 5650", -10, 30.0, on=MONDAY, structure="may", campaign="c", fees=10.0),
        fill("SPXW 2026-06-08 P 5700", 10, 45.0, on=MONDAY, structure="may", campaign="c", fees=10.0),
        fill("SPXW 2026-06-08 C 6250", 10, 6.0, on=MONDAY, structure="may", campaign="c", fees=10.0),
        fill("SPXW 2026-06-08 C 6300", -10, 3.0, on=MONDAY, structure="may", campaign="c", fees=10.0),
    ]  # closing costs 45 - 30 + 6 - 3 = 18 points
    new = [
        row | {"expiry_date": dt.date(2026, 7, 8), "fill_id": f"{row['fill_id']}-new"}
        for row in condor_fills(structure="july", campaign="c", on=MONDAY)
    ]
    condor = only(night(fills_of(*old, *close, *new), ToyMarket(session_date=MONDAY)).condors)
    assert condor["condor_id"] == "july"
    assert condor["credit_pts"] == CREDIT
    assert condor["chain_credit_pts"] == pytest.approx(12 + 12 - 18)
    assert condor["break_even_put_pts"] == pytest.approx(5700 - 6)
    assert condor["fees_usd"] == 80.0


def test_two_open_condors_of_a_campaign_share_its_past_by_contracts() -> None:
    gone = [
        fill("SPXW 2026-06-08 P 5500", -3, 10.0, structure="old", campaign="c"),
        fill("SPXW 2026-06-08 P 5500", 3, 30.0, on=MONDAY, structure="old", campaign="c"),
    ]  # lost 3 x 20 points = 6,000 USD
    small = [
        row
        | {"quantity_qty": int(str(row["quantity_qty"])) // 2, "fill_id": f"{row['fill_id']}-s", "structure": "small"}
        for row in condor_fills(campaign="c")
    ]
    rows = night(fills_of(*gone, *condor_fills(campaign="c"), *small), ToyMarket(session_date=MONDAY)).condors
    lost = (rows["chain_credit_pts"] - rows["credit_pts"]) * rows["quantity_qty"] * 100
    assert dict(zip(rows["condor_id"], lost, strict=True)) == pytest.approx({"condor-1": -4000, "small": -2000})


def test_a_condor_half_closed_keeps_what_that_half_earned() -> None:
    half = [
        row | {"quantity_qty": -int(str(row["quantity_qty"])) // 2, "fill_id": f"{row['fill_id']}-h"}
        for row in condor_fills(on=MONDAY)
    ]
    half[1]["price_pts"] = 17.0  # bought back ten points cheaper: the half closes at 2 points
    condor = only(night(fills_of(*condor_fills(), *half), ToyMarket(session_date=MONDAY)).condors)
    assert condor["quantity_qty"] == 5
    assert condor["credit_pts"] == CREDIT
    assert condor["chain_credit_pts"] == pytest.approx(12 + 10)


@pytest.mark.parametrize(
    ("close", "payoff_pts", "put_state", "call_state"),
    [
        (6000.0, 0.0, "OK", "OK"),
        (5690.0, -10.0, "ITM", "OK"),
        (5680.0, -20.0, "BREACHED", "OK"),
        (5600.0, -50.0, "WING", "OK"),
        (6290.0, -40.0, "OK", "BREACHED"),
    ],
)
def test_a_pm_condor_settles_at_the_official_close(
    close: float, payoff_pts: float, put_state: str, call_state: str
) -> None:
    market = ToyMarket(session_date=EXPIRY, settlements=official_close(EXPIRY, close))
    tonight = night(fills_of(*condor_fills()), market)
    condor = only(tonight.condors)
    assert condor["state"] == "SETTLED"
    assert (condor["put_state"], condor["call_state"]) == (put_state, call_state)
    assert condor["value_usd"] == pytest.approx(payoff_pts * 1000)
    assert condor["pnl_usd"] == pytest.approx((CREDIT + payoff_pts) * 1000)
    assert "official close" in str(condor["state_reason"])
    assert tonight.positions.is_empty()
    assert tonight.book["condors_qty"].to_list() == [0]


def am_condor() -> list[dict[str, object]]:
    return [
        fill(f"SPX 2026-05-15 {right} {strike}", quantity, price)
        for right, strike, quantity, price in (
            ("P", 5650, 1, 20.0),
            ("P", 5700, -1, 27.0),
            ("C", 6250, -1, 12.0),
            ("C", 6300, 1, 7.0),
        )
    ]


def test_an_am_condor_on_its_last_evening_has_a_gap_ahead() -> None:
    evening, before = (night(fills_of(*am_condor()), ToyMarket(session_date=dt.date(2026, 5, day))) for day in (14, 13))
    assert only(evening.condors)["flags"] == "AM_GAP"
    assert only(before.condors)["flags"] == ""


@pytest.mark.parametrize(
    ("spot_pts", "payoffs"),
    [
        # 5690 by -2 to 2%: 5576.20 and 5633.10 lie past the wing, 5690 is ten points in, 5746.90 and 5803.80 pay 0.
        (5690.0, (-5000.0, -5000.0, -1000.0, 0.0, 0.0)),
        # 6200: 6076, 6138, 6200 pay nothing; 6262 is 12 points past the short call, 6324 past the long one.
        (6200.0, (0.0, 0.0, 0.0, -1200.0, -5000.0)),
    ],
)
def test_its_payoff_at_set_stands_beside_the_gap(spot_pts: float, payoffs: tuple[float, ...]) -> None:
    evening = night(fills_of(*am_condor()), ToyMarket(session_date=dt.date(2026, 5, 14), spot_pts=spot_pts))
    row = only(evening.condors)
    assert [row[f"set_payoff_{name}_usd"] for name in ("m2", "m1", "0", "p1", "p2")] == pytest.approx(payoffs)
    assert row["set_payoff_reason"] is None


def test_at_every_other_time_there_is_a_reason_for_no_payoff_at_set() -> None:
    last = ToyMarket(session_date=dt.date(2026, 5, 14), spot_pts=None)
    settled = ToyMarket(session_date=dt.date(2026, 5, 15))
    pm = [trade | {"root": "SPXW", "settlement": "PM"} for trade in am_condor()]
    found = [
        only(night(fills_of(*fills), market).condors)
        for fills, market in (
            (am_condor(), ToyMarket(session_date=dt.date(2026, 5, 13))),
            (pm, ToyMarket(session_date=dt.date(2026, 5, 14))),
            (am_condor(), last),
            (am_condor(), settled),
        )
    ]
    assert [row["set_payoff_0_usd"] for row in found] == [None] * 4
    not_tonight = "not an AM series on its last trading evening"
    assert [row["set_payoff_reason"] for row in found] == [not_tonight, not_tonight, "no mark spot", "settled"]


def test_an_am_condor_settles_at_set_or_has_no_payoff() -> None:
    day = dt.date(2026, 5, 15)
    without = only(
        night(fills_of(*am_condor()), ToyMarket(session_date=day, settlements=official_close(day, 6000))).condors
    )
    assert (without["state"], without["value_usd"], without["pnl_usd"]) == ("SETTLED", None, None)
    assert "SET of 2026-05-15 is not supplied" in str(without["unpriced_reason"])
    values = pl.DataFrame({"session_date": [day], "symbol": ["SET"], "value_pts": [5690.0]})
    levels = settlement_levels(settlement_values=CORE_SETTLEMENT_VALUES.conform(values))
    settled = only(night(fills_of(*am_condor()), ToyMarket(session_date=day, settlements=levels)).condors)
    assert settled["value_usd"] == pytest.approx(-1000)


def test_a_leg_without_a_mark_leaves_the_condor_unvalued_but_its_state_known() -> None:
    market = ToyMarket(spot_pts=5690.0, crossed=("SPXW 2026-06-08 P 5650",))
    condor = only(night(fills_of(*condor_fills()), market).condors)
    assert condor["value_usd"] is None
    assert condor["pnl_usd"] is None
    assert condor["unpriced_reason"] == "SPXW 2026-06-08 PM P 5650 (no mark: CROSSED quote)"
    assert condor["state"] == "ITM"


def test_a_breached_call_side_says_that_nothing_hedges_it() -> None:
    tonight = night(fills_of(*condor_fills()), ToyMarket(spot_pts=6290.0))
    condor = only(tonight.condors)
    assert (condor["state"], condor["side"]) == ("BREACHED", "CALL")
    assert "UNHEDGED_BY_ALVH" in str(condor["flags"])
    # METHODOLOGY 6.6: a call side is ALERT, never CRITICAL by itself.
    assert tonight.book["status"].to_list() == ["ALERT"]


def test_days_in_state_count_on_and_start_again() -> None:
    fills = fills_of(*condor_fills())
    first = night(fills, ToyMarket(spot_pts=5690.0))
    second = night(fills, ToyMarket(session_date=MONDAY, spot_pts=5690.0), before=first)
    third = night(fills, ToyMarket(session_date=dt.date(2026, 5, 12), spot_pts=5640.0), before=second)
    days = [only(one.condors)["days_in_state_sessions"] for one in (first, second, third)]
    assert days == [1, 2, 1]


def test_without_a_spot_the_last_state_is_carried_and_marked_stale() -> None:
    fills = fills_of(*condor_fills())
    first = night(fills, ToyMarket(spot_pts=5690.0))
    blind = ToyMarket(session_date=MONDAY, spot_pts=None, unquoted=("SPXW",))
    stale = only(night(fills, blind, before=first).condors)
    assert (stale["state"], stale["put_state"], stale["spot_pts"]) == ("ITM", "ITM", None)
    assert "STALE" in str(stale["flags"])
    unknown = only(night(fills, blind).condors)
    assert unknown["state"] is None
    assert unknown["state_reason"]


def test_without_an_expected_range_the_flag_says_so() -> None:
    condor = only(night(fills_of(*condor_fills()), ToyMarket(edr_pts=None)).condors)
    assert condor["flags"] == "NO_EDR"
    assert condor["short_put_distance_edr"] is None


def test_the_condor_of_a_night_before_the_first_fill_is_not_there() -> None:
    assert night(fills_of(*condor_fills(on=MONDAY)), ToyMarket(session_date=FRIDAY)).condors.is_empty()
