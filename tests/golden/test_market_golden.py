"""Golden numbers of the market wing: METHODOLOGY 11 (T4 to T10), each recomputed there from its source."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from transforms.market import edr, elasticity, vix_index


def test_t4_the_vix_of_the_white_paper() -> None:
    vix = vix_index.vix_from_terms(
        vix_index.TermVariance(minutes=35_924, variance=0.01846292),
        vix_index.TermVariance(minutes=46_394, variance=0.01882101),
    )
    assert vix == pytest.approx(13.6858, abs=5e-5)


# Cboe VIX white paper, appendix strips: published 13.69 and 13.93; full digits from the data folder's README.
@pytest.mark.real
@pytest.mark.parametrize(
    ("near", "following", "expected"),
    [
        ((35_924, 0.000305), (46_394, 0.000286), 13.685822),
        ((34_484, 0.00031664), (44_954, 0.00028797), 13.927842),
    ],
)
def test_the_white_papers_own_strips_give_its_vix(
    real_data: Path, near: tuple[int, float], following: tuple[int, float], expected: float
) -> None:
    folder = real_data / "chains" / "whitepaper"
    terms = [term_of(folder / "vixnearterm.dat", *near), term_of(folder / "vixnextterm.dat", *following)]
    assert vix_index.vix_from_terms(*terms) == pytest.approx(expected, abs=1e-5)


def term_of(strip_file: Path, minutes: int, rate_frac: float) -> vix_index.TermVariance:
    strikes, call_bid, call_ask, put_bid, put_ask = np.loadtxt(strip_file).T
    quotes = vix_index.StripQuotes(
        strikes_pts=strikes,
        call_bid_pts=call_bid,
        call_ask_pts=call_ask,
        put_bid_pts=put_bid,
        put_ask_pts=put_ask,
    )
    strip = vix_index.strip_variance(quotes, years=minutes / 525_600, rate_frac=rate_frac)
    assert isinstance(strip, vix_index.StripVariance)
    return vix_index.TermVariance(minutes=minutes, variance=strip.variance)


TENORS_DAYS = [7, 30, 60, 90, 110, 150, 220]


def test_t5_the_shape_of_the_elasticity_curve() -> None:
    shape = elasticity.reference_elasticity(TENORS_DAYS) / elasticity.reference_elasticity(0)
    assert shape == pytest.approx([0.848, 0.590, 0.440, 0.360, 0.323, 0.272, 0.217], abs=5e-4)


def test_t5_elasticities_at_twenty_points_and_of_spot_vix() -> None:
    expected = [-5.085, -3.538, -2.643, -2.158, -1.938, -1.629, -1.300]
    assert elasticity.future_elasticity(TENORS_DAYS, 20.0) == pytest.approx(expected, abs=5e-4)
    assert float(elasticity.spot_elasticity(16.0)) == pytest.approx(-7.625, abs=5e-4)


def test_t5_share_of_spot_vix_and_tenor_response() -> None:
    share = elasticity.share_of_spot_vix([30, 110, 150, 220])
    response = elasticity.iv_tenor_response([7, 9, 30, 93, 184])
    assert share == pytest.approx([0.517, 0.268, 0.223, 0.177], abs=5e-4)
    assert response == pytest.approx([1.790, 1.619, 1.000, 0.636, 0.484], abs=5e-4)
    assert float(elasticity.iv_tenor_response(1)) == float(elasticity.iv_tenor_response(7))


def test_t6_each_layer_at_its_own_future_and_the_gamma_of_one_future() -> None:
    eps = elasticity.future_elasticity([30, 110, 220], [19.0, 20.2, 20.8])
    assert eps == pytest.approx([-3.724, -1.919, -1.250], abs=5e-4)
    one_future_usd = 1000 * elasticity.points_per_spx_point_squared(19.0, eps[0], 6000.0)
    assert float(one_future_usd) == pytest.approx(0.009285, abs=5e-7)


def test_t6_the_spx_delta_of_the_unit() -> None:
    deltas, contracts = np.array([0.510, 0.495, 0.490]), np.array([4, 4, 2])
    levels = np.array([19.0, 20.2, 20.8])
    slope = elasticity.points_per_spx_point(levels, elasticity.future_elasticity([30, 110, 220], levels), 6000.0)
    # the deltas above are T6's, printed to three digits
    assert contracts * 100 * deltas * slope == pytest.approx([-2.404, -1.280, -0.425], abs=3e-3)


def test_t7b_spot_vix_and_the_smile_shift_along_the_shocks() -> None:
    shocks = [-0.20, -0.10, -0.07, -0.05, -0.03, 0.03, 0.05]
    vix = elasticity.shocked_level_pts(16.0, elasticity.spot_elasticity(16.0), spot_shock_frac=shocks)
    shift = elasticity.iv_shift_vol(30, vix_before_pts=16.0, vix_after_pts=vix)
    assert vix == pytest.approx([85.0, 35.73, 27.83, 23.66, 20.18, 13.21, 11.66], abs=5e-3)
    assert 100 * shift == pytest.approx([58.65, 16.77, 10.05, 6.51, 3.56, -2.37, -3.69], abs=5e-3)


def test_t9_elasticities_of_two_crisis_days() -> None:
    assert elasticity.realised_elasticity(level_move_frac=0.4655, spot_move_frac=-0.0335) == pytest.approx(
        -11.22, abs=5e-3
    )
    spx = 1119.46 / 1199.38 - 1
    assert elasticity.realised_elasticity(level_move_frac=48 / 32 - 1, spot_move_frac=spx) == pytest.approx(
        -5.88, abs=5e-3
    )
    # the S&P VIX futures indices are given as log moves
    short, mid = (
        elasticity.realised_elasticity(level_move_frac=np.expm1(log_move), spot_move_frac=spx)
        for log_move in (0.1744, 0.0696)
    )
    assert (short, mid) == pytest.approx((-2.53, -1.01), abs=5e-3)


def test_t10_both_futures_of_the_diagonal_at_minus_twenty_per_cent() -> None:
    levels = np.array([19.0, 20.2])
    eps = elasticity.future_elasticity([30, 110], levels)
    shocked = elasticity.shocked_level_pts(levels, eps, spot_shock_frac=-0.20)
    assert shocked == pytest.approx([43.62, 31.00], abs=5e-3)
    assert float(eps[1] / eps[0]) == pytest.approx(0.5154, abs=5e-5)


def test_t8_expected_move_and_straddle() -> None:
    move = edr.expected_move_pts(6000, iv_vol=0.16, years=30 / 365)
    straddle = edr.straddle_pts(move)
    assert float(move) == pytest.approx(275.22, abs=5e-3)
    assert float(straddle) == pytest.approx(219.60, abs=5e-3)
    assert float(straddle) == pytest.approx(219.577, abs=0.03)  # exact: 2 F (2 N(sd/2) - 1), undiscounted
    assert float(0.85 * straddle / move) == pytest.approx(0.678, abs=5e-4)
    assert float(edr.probability_inside_frac(0.85 * straddle, one_sd_pts=move)) == pytest.approx(0.502, abs=5e-4)


def test_t8_the_simple_daily_range() -> None:
    levels = pl.LazyFrame({"vix_pts": [17.95, 14.92], "vix9d_pts": [None, None], "hv20_vol": [None, None]}).cast(
        pl.Float64
    )
    simple = edr.add_edr(levels.with_columns(spot_pts=pl.lit(6000.0))).collect()["edr_simple_frac"]
    assert simple.to_list() == pytest.approx([0.011307, 0.0094], abs=5e-7 + 1e-6)
