"""Odds and expected payoffs of condors against lognormal closed forms, integrals and two close strikes."""

import datetime as dt
import math
from functools import cache
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.integrate import quad

from tests.transforms.market.known_smiles import FORWARD, black_pts, quoted, years
from transforms.market.condor_odds import (
    EXTRAPOLATED,
    FLAT,
    NO_HV20,
    NO_SMILE,
    NOT_FITTED,
    SCALED_ARBITRAGE,
    SETTLED,
    OddsRules,
    condor_probabilities,
)
from transforms.market.fitted_surface import FittedSurface
from transforms.market.smile_odds import SmileNight, SmileOdds
from transforms.market.surface import PricedChain, Smiles
from transforms.market.surface_fit import FitRules, fit_surface

TODAY = dt.date(2023, 2, 7)
MARCH = dt.date(2023, 3, 17)
SPXW_MARCH = ("SPXW", MARCH)
YEARS = years(*SPXW_MARCH)
FLAT_VOL = 0.18
STRIKES = (3850.0, 3900.0, 4350.0, 4400.0)
N = NormalDist().cdf


def skewed(k: float) -> float:
    return 0.18 - 0.35 * k + 0.4 * k * k


def night_of(chain: PricedChain, *, fewest_quotes: int = 8) -> SmileNight:
    fitted = fit_surface(chain, FitRules(fewest_quotes=fewest_quotes))
    return SmileNight(forwards=chain.forwards, smiles=chain.smiles, surface=fitted.surface)


@cache
def flat_night() -> SmileNight:
    return night_of(quoted({SPXW_MARCH: lambda _: FLAT_VOL}, half=0.02, sds=5.0))


@cache
def skewed_night() -> SmileNight:
    return night_of(quoted({SPXW_MARCH: skewed}, half=0.02, sds=5.0))


@cache
def unfitted_night() -> SmileNight:
    """The same quotes, no expiry of which is fitted."""
    return night_of(quoted({SPXW_MARCH: skewed}, half=0.02, sds=5.0), fewest_quotes=10_000)


def condor(*, credit: float = 8.0, qty: int = 1, strikes: tuple[float, ...] = STRIKES, **other: Any) -> pl.DataFrame:  # noqa: ANN401 - any column
    row = {"root": "SPXW", "expiry_date": MARCH, "settlement": "PM", "quantity_qty": qty}
    row |= dict(zip(("long_put_pts", "short_put_pts", "short_call_pts", "long_call_pts"), strikes, strict=True))
    row |= {"break_even_put_pts": strikes[1] - credit, "break_even_call_pts": strikes[2] + credit}
    return pl.DataFrame([row | other])


def odds_of(rows: pl.DataFrame, night: SmileNight, hv20_vol: float | None = 0.15) -> dict[str, Any]:
    out = condor_probabilities(rows, night, hv20_vol=hv20_vol)
    assert out.select(rows.columns).equals(rows)
    return out.row(0, named=True)


def n_d2(strike: float, vol: float = FLAT_VOL) -> float:
    sd = vol * math.sqrt(YEARS)
    return N(math.log(FORWARD / strike) / sd - sd / 2)


def expected_payoff(vol: float, strikes: tuple[float, ...] = STRIKES) -> float:
    """Of a lognormal with mean FORWARD, by quadrature over the normal density; points."""
    sd = vol * math.sqrt(YEARS)

    def payoff(z: float) -> float:
        level = FORWARD * math.exp(sd * z - sd**2 / 2)
        put_side = max(strikes[1] - level, 0) - max(strikes[0] - level, 0)
        return -(put_side + max(level - strikes[2], 0) - max(level - strikes[3], 0)) * NormalDist().pdf(z)

    kinks = [-10, *((math.log(strike / FORWARD) + sd**2 / 2) / sd for strike in strikes), 10]
    return float(sum(quad(payoff, low, high)[0] for low, high in pairwise(kinks)))


def test_on_a_flat_smile_odds_are_lognormal() -> None:
    row = odds_of(condor(), flat_night())
    assert (row["prob_method"], row["prob_reason"]) == ("fitted", None)
    assert row["put_itm_frac"] == pytest.approx(1 - n_d2(3900.0), abs=0.002)
    assert row["call_itm_frac"] == pytest.approx(n_d2(4350.0), abs=0.002)
    assert row["pop_frac"] == pytest.approx(n_d2(3892.0) - n_d2(4358.0), abs=0.003)
    assert row["pop_flat_frac"] == pytest.approx(n_d2(3892.0) - n_d2(4358.0), abs=0.001)
    assert row["put_touch_frac"] == pytest.approx(2 * row["put_itm_frac"])
    assert row["call_touch_frac"] == pytest.approx(2 * row["call_itm_frac"])


def test_expected_payoffs_are_the_integral_of_payoff_times_density() -> None:
    row = odds_of(condor(qty=3), flat_night())
    assert row["ev_q_payoff_usd"] == pytest.approx(300 * expected_payoff(FLAT_VOL), rel=0.003)
    assert row["ev_p_vol_ratio"] == pytest.approx(0.15 / 0.18, abs=1e-3)
    assert row["ev_p_payoff_usd"] == pytest.approx(300 * expected_payoff(0.15), rel=0.003)


@pytest.mark.parametrize(("hv20", "ratio"), [(0.05, 0.6), (0.9, 1.2), (0.18, 1.0)])
def test_realised_over_implied_is_clipped(hv20: float, ratio: float) -> None:
    row = odds_of(condor(), flat_night(), hv20)
    assert row["ev_p_vol_ratio"] == pytest.approx(ratio, abs=1e-4)
    assert row["ev_p_payoff_usd"] == pytest.approx(100 * expected_payoff(ratio * FLAT_VOL), rel=0.005)


def test_with_a_smile_odds_are_those_of_two_close_strikes() -> None:
    def digital(strike: float) -> float:
        low, high = (black_pts("C", k, skewed(math.log(k / FORWARD)), YEARS) for k in (strike - 0.01, strike + 0.01))
        return (low - high) / 0.02

    row = odds_of(condor(), skewed_night())
    assert row["pop_frac"] == pytest.approx(digital(3892.0) - digital(4358.0), abs=0.003)
    assert row["put_itm_frac"] == pytest.approx(1 - digital(3900.0), abs=0.002)
    flat = n_d2(3892.0, skewed(math.log(3892 / FORWARD))) - n_d2(4358.0, skewed(math.log(4358 / FORWARD)))
    assert row["pop_flat_frac"] == pytest.approx(flat, abs=0.001)
    # A falling smile puts more odds above each strike than N(d2) says.
    assert digital(3892.0) > n_d2(3892.0, skewed(math.log(3892 / FORWARD))) + 0.02


def test_an_expiry_that_is_not_fitted_is_read_on_the_quoted_smile() -> None:
    fitted, quoted_row = (odds_of(condor(), night) for night in (skewed_night(), unfitted_night()))
    assert (quoted_row["prob_method"], quoted_row["prob_reason"]) == ("quoted", NOT_FITTED)
    assert quoted_row["pop_frac"] == pytest.approx(fitted["pop_frac"], abs=0.005)
    assert quoted_row["ev_q_payoff_usd"] == pytest.approx(fitted["ev_q_payoff_usd"], rel=0.01)


def test_a_quoted_smile_with_arbitrage_at_the_strike_is_read_flat() -> None:
    """A vol that falls off a cliff between two strikes makes the digital leave 0 to 1."""
    chain = quoted({SPXW_MARCH: lambda k: 0.45 if k < -0.066 else 0.12}, half=0.02)
    row = odds_of(condor(), night_of(chain, fewest_quotes=10_000))
    assert (row["prob_method"], row["prob_reason"]) == ("flat", FLAT)
    assert row["pop_frac"] == row["pop_flat_frac"]
    assert 0.0 < row["pop_frac"] < 1.0


def test_a_strike_beyond_the_quotes_is_flagged_and_its_odds_stay_small() -> None:
    row = odds_of(condor(strikes=(2950.0, 3000.0, 4900.0, 4950.0)), skewed_night())
    assert row["prob_reason"] == EXTRAPOLATED
    assert row["pop_frac"] == pytest.approx(1.0, abs=0.001)
    assert -50.0 < row["ev_q_payoff_usd"] <= 0.0


def test_a_credit_wider_than_a_wing_cannot_lose_on_that_side() -> None:
    row = odds_of(condor(strikes=(3890.0, 3900.0, 4350.0, 4400.0), credit=12.0), flat_night())
    assert row["pop_frac"] == pytest.approx(1 - n_d2(4362.0), abs=0.003)


def test_without_a_credit_nothing_is_ever_earned() -> None:
    row = odds_of(condor(credit=-5.0), flat_night())
    assert (row["pop_frac"], row["pop_flat_frac"]) == (0.0, 0.0)
    assert row["put_itm_frac"] > 0.0


def test_without_realised_vol_only_ev_p_is_missing() -> None:
    row = odds_of(condor(), flat_night(), None)
    assert (row["ev_p_payoff_usd"], row["ev_p_vol_ratio"], row["prob_reason"]) == (None, None, NO_HV20)
    assert row["ev_q_payoff_usd"] is not None


def test_a_scaled_smile_that_prices_a_side_below_nothing_has_no_ev_p() -> None:
    """At 60% of its vols a smile as steep as this has the lower put worth more than the higher one."""
    chain = quoted({SPXW_MARCH: lambda k: max(0.18 - 8.0 * k, 0.05)}, half=0.02, sds=3.0)
    row = odds_of(condor(strikes=(4050.0, 4060.0, 4350.0, 4400.0)), night_of(chain, fewest_quotes=10_000), 0.01)
    assert (row["ev_p_payoff_usd"], row["ev_p_vol_ratio"]) == (None, pytest.approx(0.6))
    assert SCALED_ARBITRAGE in row["prob_reason"]


@pytest.mark.parametrize(("expiry", "reason"), [(TODAY, SETTLED), (dt.date(2023, 3, 16), NO_SMILE)])
def test_a_condor_without_a_smile_has_no_odds(expiry: dt.date, reason: str) -> None:
    night = night_of(quoted({SPXW_MARCH: skewed, ("SPXW", TODAY): skewed}))
    row = odds_of(condor(expiry_date=expiry), night)
    assert (row["pop_frac"], row["ev_q_payoff_usd"], row["prob_method"]) == (None, None, None)
    assert row["prob_reason"] == reason


def test_no_condors_and_no_smiles_are_no_trouble() -> None:
    none = condor().clear()
    assert condor_probabilities(none, flat_night(), hv20_vol=0.15).columns[-2:] == ["prob_method", "prob_reason"]
    marks = quoted({SPXW_MARCH: skewed}).marks.clear()
    dark = PricedChain(marks=marks, forwards=flat_night().forwards.clear(), smiles=Smiles.of_marks(marks))
    assert odds_of(condor(), night_of(dark))["prob_reason"] == NO_SMILE


def test_a_density_that_misses_mass_one_is_not_used() -> None:
    surface = skewed_night().surface
    splines = type(surface.splines)(surface.splines.controls * 1.05, surface.splines.axis)
    bad = SmileNight(
        forwards=skewed_night().forwards,
        smiles=skewed_night().smiles,
        surface=FittedSurface(surface.expiries, splines),
    )
    assert odds_of(condor(), bad)["prob_method"] == "quoted"
    lenient = condor_probabilities(condor(), bad, hv20_vol=0.15, rules=OddsRules(mass_tolerance_frac=0.2))
    assert lenient["prob_method"].to_list() == ["fitted"]


def test_rows_are_read_each_on_its_own_expiry() -> None:
    april = ("SPXW", dt.date(2023, 4, 21))
    night = night_of(quoted({SPXW_MARCH: skewed, april: lambda _: 0.25}))
    both = pl.concat([condor(), condor(expiry_date=april[1])])
    together = condor_probabilities(both, night, hv20_vol=0.15)
    for row in range(2):
        assert together[row].equals(condor_probabilities(both[row], night, hv20_vol=0.15))
    odds = SmileOdds.of_rows(both, night, mass_tolerance_frac=0.01)
    vols = odds.vol(np.array([[FORWARD], [FORWARD]]))
    assert vols[:, 0].tolist() == pytest.approx([0.18, 0.25], abs=0.001)
