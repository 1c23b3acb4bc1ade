"""Odds and expectations of one condor against integrals over the smile's own density (METHODOLOGY 4.15).

The toy's smile is 16% less 0.4 per unit of ln(K/F), forwards 2.9% above spot a year. What is integrated here is written
out here: nothing but Black's formula for a call, its second derivative by differences, and quadrature.
"""

import datetime as dt
import math
from statistics import NormalDist
from typing import Any

import polars as pl
import pytest
from scipy.integrate import quad

from tests.transforms.book.toy_book import CONDOR_LEGS, ToyMarket, condor_fills, fill, fills_of, night
from tests.transforms.market.known_smiles import black_pts
from tests.transforms.market.test_condor_odds import FLAT_VOL, MARCH, flat_night
from tests.transforms.market.test_condor_odds import YEARS as MARCH_YEARS
from transforms.book.condor_outlook import EXTRA_LONGS, NO_CHAIN_CREDIT, NO_CLOSE, with_outlook
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


def sized(puts: int, calls: int) -> list[dict[str, object]]:
    """The toy condor with so many put and so many call spreads."""
    fills = []
    for option, contracts, price in CONDOR_LEGS:
        size = puts if " P " in option else calls
        if size:
            fills.append(fill(option, size if contracts > 0 else -size, price))
    return fills


def side_payoffs() -> tuple[float, float]:
    put = quad(lambda level: 1 - above(level), STRIKES[0], STRIKES[1])[0]
    return -float(put), -float(quad(above, STRIKES[2], STRIKES[3])[0])


def test_a_vertical_has_the_odds_of_the_side_it_has() -> None:
    """A put spread sold at 7: profit above 5,693; a call spread sold at 5: profit below 6,255."""
    # Another account holds the whole condor, so that all its strikes are quoted.
    put, call_side = (
        night(fills_of(*fills, *condor_fills(account="B"))).condors.row(0, named=True)
        for fills in (sized(10, 0), sized(0, 10))
    )
    put_pts, call_pts = side_payoffs()
    assert put["pop_frac"] == pytest.approx(above(5693), abs=5e-4)
    assert put["ev_q_payoff_usd"] == pytest.approx(1000 * put_pts, rel=2e-4)
    assert (put["put_itm_frac"], put["call_itm_frac"]) == (pytest.approx(1 - above(5700), abs=5e-4), None)
    assert call_side["pop_frac"] == pytest.approx(1 - above(6255), abs=5e-4)
    assert call_side["ev_q_payoff_usd"] == pytest.approx(1000 * call_pts, rel=2e-4)
    assert (call_side["put_touch_frac"], call_side["call_itm_frac"]) == (None, pytest.approx(above(6250), abs=5e-4))
    assert put["ev_p_total_usd"] == pytest.approx(7_000 + put["ev_p_payoff_usd"])
    assert (put["margin_usd"], put["intrinsic_call_spread_frac"], put["call_side_residual_pts"]) == (50_000, None, None)
    assert put["side_reason"] is None  # nothing is missing: there is no call side


def test_sides_of_unequal_size_are_read_each_with_its_own() -> None:
    """Ten put spreads at 7 and four call spreads at 5: 9,000 in all, break-evens 9 and 22.5 points out."""
    row = only(sized(10, 4))
    put_pts, call_pts = side_payoffs()
    assert (row["break_even_put_pts"], row["break_even_call_pts"]) == (5691.0, 6272.5)
    assert row["pop_frac"] == pytest.approx(above(5691) - above(6272.5), abs=1e-3)
    assert row["ev_q_payoff_usd"] == pytest.approx(1000 * put_pts + 400 * call_pts, rel=2e-4)
    assert row["put_side_credit_pts"] == 7.0
    assert row["call_side_credit_pts"] == 5.0
    assert row["margin_usd"] == 50_000


def test_a_side_sold_for_nothing_in_all_never_ends_with_a_profit() -> None:
    fills = sized(0, 10)
    fills[1]["price_pts"] = 13.0  # bought back dearer than sold
    row = only(fills)
    assert row["chain_credit_pts"] < 0
    assert row["pop_frac"] == 0.0


def test_longs_beyond_the_shorts_leave_no_expected_payoff_rather_than_a_wrong_one() -> None:
    fills = condor_fills()
    fills[0]["quantity_qty"] = 12
    row = only(fills)
    assert (row["ev_q_payoff_usd"], row["ev_p_total_usd"], row["hold_edge_usd"]) == (None, None, None)
    assert EXTRA_LONGS in row["prob_reason"]
    assert row["pop_frac"] is not None


@pytest.mark.parametrize(("puts", "calls"), [(10, 10), (10, 0), (0, 4), (10, 4)])
def test_on_the_fitted_surface_sides_pay_by_themselves_in_their_own_size(puts: int, calls: int) -> None:
    """On a flat smile in closed form: each spread's expected payoff at the realised vol, by the Black formula."""
    realised = 0.9 * FLAT_VOL  # within 0.6 and 1.2 of implied: EV_P takes it as it is
    legs = [("P", 3850.0, puts), ("P", 3900.0, -puts), ("C", 4350.0, -calls), ("C", 4400.0, calls)]
    held = pl.DataFrame(
        [
            {"account": "A", "structure_id": "c", "right": right, "strike_pts": strike, "quantity_qty": size}
            for right, strike, size in legs
            if size
        ]
    )
    strikes = dict(zip(("long_put", "short_put", "short_call", "long_call"), legs, strict=True))
    row = {
        "account": "A",
        "structure_id": "c",
        "standing": "OPEN",
        "root": "SPXW",
        "expiry_date": MARCH,
        "settlement": "PM",
        "chain_credit_pts": 10.0,
        "max_profit_usd": 10_000.0,
        "liq_value_usd": -9_000.0,
        "is_incomplete": False,
        "break_even_put_pts": 3890.0 if puts else None,
        "break_even_call_pts": 4360.0 if calls else None,
        **{f"{name}_pts": strike if size else None for name, (_, strike, size) in strikes.items()},
    }
    (found,) = with_outlook(
        pl.DataFrame([row], schema_overrides={name: pl.Float64 for name in row if name.endswith("_pts")}),
        held,
        flat_night(),
        hv20_vol=realised,
    ).to_dicts()

    def paid(short: float, long: float, right: str) -> float:
        return black_pts(right, long, realised, MARCH_YEARS) - black_pts(right, short, realised, MARCH_YEARS)

    expected = 100 * (puts * paid(3900.0, 3850.0, "P") + calls * paid(4350.0, 4400.0, "C"))
    assert found["prob_method"] == "fitted"
    assert found["ev_p_payoff_usd"] == pytest.approx(expected, rel=2e-3)
    assert found["hold_edge_usd"] == pytest.approx(expected + 9_000, rel=2e-3)
