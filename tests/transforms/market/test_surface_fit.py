"""The fitted surface on chains whose smile is known: what it gives back, what it refuses, what it never does."""

import datetime as dt
import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.transforms.market.known_smiles import FORWARD, black_pts, quoted, years
from transforms.market.fitted_surface import FittedSurface
from transforms.market.surface import PricedChain, Smiles
from transforms.market.surface_fit import MISSES_QUOTES, SETTLED, TOO_FEW_QUOTES, FitRules, FittedChain, fit_surface
from warehouse.tables.core import CORE_OPTION_MARKS_DAILY, CORE_SMILE_FITS_DAILY, CORE_SMILE_NODES_DAILY

TODAY = dt.date(2023, 2, 7)
MARCH = dt.date(2023, 3, 17)
APRIL = dt.date(2023, 4, 21)
SPXW_MARCH = ("SPXW", MARCH)
SPXW_APRIL = ("SPXW", APRIL)


def skewed(k: float) -> float:
    return 0.18 - 0.35 * k + 0.4 * k * k


def fit_of(chain: FittedChain, root: str, expiry: dt.date) -> dict[str, Any]:
    return chain.fits.row(by_predicate=(pl.col("root") == root) & (pl.col("expiry_date") == expiry), named=True)


def test_a_known_smile_is_given_back_between_strikes_too() -> None:
    chain = fit_surface(quoted({SPXW_MARCH: skewed}))
    fit = fit_of(chain, *SPXW_MARCH)
    assert (fit["method"], fit["reason"]) == ("call_spline", None)
    assert (fit["inside_bid_ask_frac"], fit["otm_inside_bid_ask_frac"]) == (1.0, 1.0)
    assert fit["mass_frac"] == pytest.approx(1.0, abs=1e-12)
    for strike in (3812.5, 3950.0, 4166.9, 4260.0, 4391.0):
        (vol,) = chain.surface.vol_at([0], [strike])
        assert vol == pytest.approx(skewed(math.log(strike / FORWARD)), abs=0.0015)
        for right, cp in (("C", 1.0), ("P", -1.0)):
            value = black_pts(right, strike, skewed(math.log(strike / FORWARD)), years(*SPXW_MARCH))
            assert float(chain.surface.undiscounted_pts(0, strike, cp)) == pytest.approx(value, abs=0.05)


def test_odds_are_those_of_two_close_strikes() -> None:
    """A digital is a call spread of two close strikes; its value by QuantLib at the known smile, -dC/dK."""
    chain = fit_surface(quoted({SPXW_MARCH: skewed}))
    t_years = years(*SPXW_MARCH)
    for strike in (3900.0, 4000.0, 4150.0, 4300.0):
        low, high = (black_pts("C", k, skewed(math.log(k / FORWARD)), t_years) for k in (strike - 0.05, strike + 0.05))
        assert float(chain.surface.survival_at(0, strike)) == pytest.approx((low - high) / 0.1, abs=0.004)


def test_every_mark_says_how_far_its_mid_lies_from_the_fit() -> None:
    sound = fit_surface(quoted({SPXW_MARCH: skewed}))
    planted = fit_surface(quoted({SPXW_MARCH: skewed}, shifted={("SPXW", r, 4000.0): 0.75 for r in "CP"}))
    is_planted = pl.col("strike_pts") == 4000.0
    assert sound.marks["fit_residual_pts"].abs().max() < 0.05
    residual, of_call = planted.marks.filter(is_planted)["fit_residual_pts"]
    assert residual == pytest.approx(of_call, abs=1e-3)
    assert residual > 0.3
    assert planted.marks.filter(~is_planted)["fit_residual_pts"].abs().max() < residual
    assert fit_of(planted, *SPXW_MARCH)["worst_residual_pts"] == pytest.approx(residual, abs=1e-12)


def test_beyond_the_quotes_the_fit_says_nothing_of_a_contract() -> None:
    chain = fit_surface(quoted({SPXW_MARCH: skewed}))
    fit = fit_of(chain, *SPXW_MARCH)
    beyond = (pl.col("strike_pts") < fit["low_strike_pts"]) | (pl.col("strike_pts") > fit["high_strike_pts"])
    outside = chain.marks.filter(beyond)
    assert outside.height > 0
    assert outside["fit_vol"].null_count() == outside["fit_residual_pts"].null_count() == outside.height
    assert chain.marks.filter(~beyond)["fit_vol"].null_count() == 0
    # A reader that needs a vol there gets that of the last quote.
    edge, past = chain.surface.vol_at([0, 0], [fit["high_strike_pts"], fit["high_strike_pts"] + 500.0])
    assert edge == past


def test_an_expiry_that_falls_below_the_one_before_is_lifted_to_it() -> None:
    """April at 13% flat holds less variance than March at 20%: as quoted, an arbitrage at every strike."""
    chain = fit_surface(quoted({SPXW_MARCH: lambda _: 0.20, SPXW_APRIL: lambda _: 0.13}))
    x = np.linspace(0.5, 1.6, 4001)
    march, april = (chain.surface.splines.call_at(row, x) for row in (0, 1))
    assert (april - march).min() >= 0.0
    assert chain.surface.splines.density_at(1, x).min() >= 0.0
    lift = black_pts("C", FORWARD, 0.20, years(*SPXW_MARCH)) - black_pts("C", FORWARD, 0.13, years(*SPXW_APRIL))
    assert fit_of(chain, *SPXW_APRIL)["calendar_lift_pts"] == pytest.approx(lift, abs=0.1)
    assert fit_of(chain, *SPXW_MARCH)["calendar_lift_pts"] == 0.0


def test_calendars_are_compared_within_a_root() -> None:
    """SPX settles in the morning, SPXW in the afternoon of one date: two curves, neither lifts the other."""
    chain = fit_surface(quoted({("SPX", MARCH): lambda _: 0.20, SPXW_MARCH: lambda _: 0.13}))
    assert chain.fits["calendar_lift_pts"].to_list() == [0.0, 0.0]
    assert chain.fits["fit_atm_iv_vol"].to_list() == pytest.approx([0.20, 0.13], abs=0.001)


def test_what_cannot_be_fitted_says_why() -> None:
    chain = quoted({SPXW_MARCH: skewed, ("SPXW", TODAY): skewed, SPXW_APRIL: skewed})
    few = chain.marks.filter((pl.col("expiry_date") != APRIL) | pl.col("strike_pts").is_in([4100.0, 4150.0, 4200.0]))
    fitted = fit_surface(PricedChain(marks=few, forwards=chain.forwards, smiles=Smiles.of_marks(few)))
    assert fit_of(fitted, *SPXW_APRIL)["reason"] == TOO_FEW_QUOTES
    assert fit_of(fitted, "SPXW", TODAY)["reason"] == SETTLED
    assert fit_of(fitted, *SPXW_MARCH)["reason"] is None
    assert fit_of(fitted, *SPXW_APRIL)["quotes_qty"] == 6
    assert fitted.nodes["expiry_date"].unique().to_list() == [MARCH]


def test_an_expiry_whose_quotes_no_curve_meets_is_refused() -> None:
    """Every other strike 8 points too dear, in puts and calls: butterflies everywhere."""
    absurd = {("SPXW", right, 25.0 * n): 8.0 for n in range(100, 220, 2) for right in "CP"}
    chain = fit_surface(quoted({SPXW_MARCH: skewed}, shifted=absurd))
    fit = fit_of(chain, *SPXW_MARCH)
    assert (fit["method"], fit["reason"]) == (None, MISSES_QUOTES)
    assert (fit["inside_bid_ask_frac"], fit["fit_atm_iv_vol"]) == (None, None)
    assert chain.marks["fit_vol"].null_count() == chain.marks.height
    lenient = fit_surface(quoted({SPXW_MARCH: skewed}, shifted=absurd), FitRules(least_met_frac=0.0))
    assert fit_of(lenient, *SPXW_MARCH)["inside_bid_ask_frac"] < 0.5


def test_vix_options_are_not_fitted() -> None:
    chain = fit_surface(quoted({SPXW_MARCH: skewed, ("VIXW", dt.date(2023, 3, 15)): skewed}))
    assert chain.fits["root"].to_list() == ["SPXW"]
    assert chain.marks.filter(underlying="VIX")["fit_vol"].null_count() == chain.marks.filter(underlying="VIX").height


def test_a_chain_of_vix_alone_has_no_surface() -> None:
    chain = fit_surface(quoted({("VIXW", dt.date(2023, 3, 15)): skewed}))
    assert (chain.fits.height, chain.nodes.height) == (0, 0)
    assert chain.fits.schema == CORE_SMILE_FITS_DAILY.polars_schema
    assert chain.marks.schema == CORE_OPTION_MARKS_DAILY.polars_schema


def test_a_surface_is_read_back_from_its_tables() -> None:
    chain = fit_surface(quoted({SPXW_MARCH: skewed, ("SPX", MARCH): skewed, SPXW_APRIL: skewed}))
    assert chain.nodes.schema == CORE_SMILE_NODES_DAILY.polars_schema
    shuffled = chain.nodes.sample(fraction=1.0, shuffle=True, seed=3)
    again = FittedSurface.of_tables(chain.fits.reverse(), shuffled)
    assert np.array_equal(again.splines.controls, chain.surface.splines.controls)
    contracts = chain.marks.head(50)
    index = again.index_of(contracts)
    assert index.tolist() == chain.surface.index_of(contracts).tolist()
    assert np.array_equal(
        again.vol_at(index, contracts["strike_pts"].to_numpy()),
        chain.surface.vol_at(index, contracts["strike_pts"].to_numpy()),
    )


def test_the_order_of_the_quotes_changes_not_one_bit() -> None:
    chain = quoted({SPXW_MARCH: skewed, SPXW_APRIL: skewed})
    shuffled = chain.marks.sample(fraction=1.0, shuffle=True, seed=5)
    again = fit_surface(PricedChain(marks=shuffled, forwards=chain.forwards, smiles=Smiles.of_marks(shuffled)))
    once = fit_surface(chain)
    assert again.nodes.equals(once.nodes)
    assert again.fits.equals(once.fits)


def test_a_rougher_fit_follows_its_quotes_more_closely() -> None:
    noisy = {("SPXW", "P", 25.0 * n): 0.04 * (-1) ** n for n in range(150, 167)}
    chain = quoted({SPXW_MARCH: skewed}, shifted=noisy)
    smooth, rough = (
        fit_surface(chain, FitRules(roughness=weight)).fits["residual_rms_half_spreads"][0] for weight in (100.0, 0.01)
    )
    assert rough < smooth
