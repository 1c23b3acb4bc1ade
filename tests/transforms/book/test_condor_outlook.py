"""Odds and expectations of one condor against integrals over the smile's own density (METHODOLOGY 4.15).

The toy's smile is 16% less 0.4 per unit of ln(K/F), forwards 2.9% above spot a year. What is integrated here is written
out here: nothing but Black's formula for a call, its second derivative by differences, and quadrature.
"""

import datetime as dt
import math
from statistics import NormalDist
from typing import Any

import pytest
from scipy.integrate import quad

from tests.transforms.book.toy_book import ToyMarket, condor_fills, fill, fills_of, night
from transforms.book.condor_outlook import NO_CHAIN_CREDIT, NO_CLOSE
from transforms.market.condor_odds import NO_HV20, NOT_FITTED

N = NormalDist().cdf
# 16:15 ET on 8 May to 16:00 ET on 8 June: 31 days less a quarter of an hour, in minutes.
YEARS = (31 * 1440 - 15) / 525_600
FORWARD = 6000 * math.exp(0.029 * YEARS)
STRIKES = (5650.0, 5700.0, 6250.0, 6300.0)


def call(strike: float, ratio: float = 1.0) -> float:
    """Undiscounted, on the toy's smile with every vol multiplied by `ratio`."""
    sd = ratio * (0.16 - 0.4 * math.log(strike / FORWARD)) * math.sqrt(YEARS)
    d1 = math.log(FORWARD / strike) / sd + sd / 2
    return FORWARD * N(d1) - strike * N(d1 - sd)


def density(strike: float, ratio: float = 1.0) -> float:
    step = 0.5
    return (call(strike - step, ratio) - 2 * call(strike, ratio) + call(strike + step, ratio)) / step**2


def above(strike: float, ratio: float = 1.0) -> float:
    return (call(strike - 0.01, ratio) - call(strike + 0.01, ratio)) / 0.02


def expected_payoff(ratio: float = 1.0) -> float:
    """Of one condor, points: each side's loss is the chance to end beyond each level between its strikes, added up."""
    put = quad(lambda level: 1 - above(level, ratio), STRIKES[0], STRIKES[1])[0]
    call_side = quad(lambda level: above(level, ratio), STRIKES[2], STRIKES[3])[0]
    return -float(put + call_side)


def between(low: float, high: float) -> float:
    return float(quad(density, low, high, limit=200)[0])


def only(fills: list[dict[str, object]], market: ToyMarket | None = None) -> dict[str, Any]:
    (row,) = night(fills_of(*fills), market).condors.to_dicts()
    return row


def test_the_odds_are_the_mass_of_the_density() -> None:
    row = only(condor_fills())
    assert (row["prob_method"], row["prob_reason"]) == ("quoted", NOT_FITTED)
    assert row["pop_frac"] == pytest.approx(between(5688, 6262), abs=5e-4)
    assert 1 - row["put_itm_frac"] - row["call_itm_frac"] == pytest.approx(between(5700, 6250), abs=5e-4)
    assert row["put_itm_frac"] == pytest.approx(1 - above(5700), abs=5e-4)
    assert (row["put_touch_frac"], row["call_touch_frac"]) == (2 * row["put_itm_frac"], 2 * row["call_itm_frac"])
    sd = (0.16 - 0.4 * math.log(5688 / FORWARD)) * math.sqrt(YEARS)
    flat_put = N(math.log(FORWARD / 5688) / sd - sd / 2)
    sd = (0.16 - 0.4 * math.log(6262 / FORWARD)) * math.sqrt(YEARS)
    assert row["pop_flat_frac"] == pytest.approx(flat_put - N(math.log(FORWARD / 6262) / sd - sd / 2), abs=1e-6)


def test_expected_payoffs_are_payoff_times_density() -> None:
    row = only(condor_fills())
    assert row["ev_q_payoff_usd"] == pytest.approx(1000 * expected_payoff(), rel=1e-4)
    ratio = 0.14 / 0.16  # realised over ATM vol
    assert row["ev_p_vol_ratio"] == pytest.approx(ratio, abs=2e-3)  # the quoted ATM vol lies on a chord
    assert row["ev_p_payoff_usd"] == pytest.approx(1000 * expected_payoff(row["ev_p_vol_ratio"]), rel=1e-4)
    assert row["ev_q_payoff_usd"] < row["ev_p_payoff_usd"] < 0  # less realised vol, less loss
    assert row["ev_p_total_usd"] == pytest.approx(12_000 + row["ev_p_payoff_usd"])


def test_at_entry_credit_and_ev_q_are_about_minus_costs() -> None:
    """R10: sold at its own mids, credit + EV_Q is what discounting makes of it: no expectancy."""
    marks = {
        leg["instrument_id"].split()[-1]: leg["mark_pts"] for leg in night(fills_of(*condor_fills())).legs.to_dicts()
    }
    fair = [row | {"price_pts": marks[f"{row['strike_pts']:g}"]} for row in condor_fills()]
    row = only(fair)
    grown = row["max_profit_usd"] / math.exp(-0.042 * YEARS)
    assert grown + row["ev_q_payoff_usd"] == pytest.approx(0.0, abs=1e-6)


def test_holding_is_held_against_closing_at_the_quotes() -> None:
    """A nickel to either side of every leg: closing ten condors costs 4 x 0.05 x 1,000 more than the mark."""
    row = only(condor_fills())
    assert row["liq_value_usd"] == pytest.approx(row["value_usd"] - 200)
    assert row["hold_edge_usd"] == pytest.approx(row["ev_p_payoff_usd"] - row["liq_value_usd"])


def test_with_a_leg_that_cannot_be_closed_there_is_no_edge_of_holding() -> None:
    row = only(condor_fills(), ToyMarket(crossed=("SPXW 2026-06-08 C 6300",)))
    assert row["hold_edge_usd"] is None
    assert NO_CLOSE in row["prob_reason"]
    assert row["ev_p_payoff_usd"] is not None
    assert NO_CLOSE not in only(condor_fills())["prob_reason"]


def test_without_realised_vol_there_is_no_ev_p() -> None:
    row = only(condor_fills(), ToyMarket(hv20_vol=None))
    assert (row["ev_p_payoff_usd"], row["ev_p_total_usd"], row["hold_edge_usd"]) == (None, None, None)
    assert row["ev_q_payoff_usd"] is not None
    assert NO_HV20 in row["prob_reason"]


def test_a_campaign_with_an_unknown_settlement_has_no_break_evens_to_count_on() -> None:
    """Its old AM condor settled at a SET that is not supplied: P&L and odds of profit are unknown alike."""
    old = [
        fill(f"SPX 2026-05-15 {option}", quantity, price, campaign="c", structure="old")
        for option, quantity, price in (
            ("P 5650", 10, 2.0),
            ("P 5700", -10, 3.0),
            ("C 6250", -10, 2.0),
            ("C 6300", 10, 1.0),
        )
    ]
    row = next(
        row
        for row in night(
            fills_of(*old, *condor_fills(campaign="c")), ToyMarket(session_date=dt.date(2026, 5, 18))
        ).condors.to_dicts()
        if row["condor_id"] == "condor-1"
    )
    assert (row["pnl_usd"], row["pop_frac"], row["pop_flat_frac"], row["ev_p_total_usd"]) == (None, None, None, None)
    assert NO_CHAIN_CREDIT in row["prob_reason"]
    assert row["put_itm_frac"] is not None


def test_the_watch_on_touch_is_read_off_the_smile() -> None:
    """A falling smile puts fewer odds below the short put than N(-d2) says: the state takes the smile's."""
    row = only(condor_fills(), ToyMarket(spot_pts=5900.0))
    forward = 5900 * math.exp(0.029 * YEARS)
    sd = (0.16 - 0.4 * math.log(5700 / forward)) * math.sqrt(YEARS)
    flat = 2 * N(-(math.log(forward / 5700) / sd - sd / 2))
    assert row["put_touch_frac"] < flat - 0.05
