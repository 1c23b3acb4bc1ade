import datetime as dt
import math

import numpy as np
import pytest

from transforms.market import rates

DAY = dt.date(2023, 2, 7)


def test_a_par_yield_of_five_per_cent_is_4_9385_continuous() -> None:
    # 2 ln(1.025) = 2 * 0.02469261259 (log table)
    curve = rates.par_curve(DAY, {30: 0.05, 365: 0.05})
    assert float(rates.rate_at(curve, 200)) == pytest.approx(2 * 0.02469261259, abs=1e-10)


def test_the_spline_is_natural_and_cubic() -> None:
    # Knots 30, 60, 90 with 4, 5, 4%: no curvature at the ends gives M = 6 (y0 - 2 y1 + y2) / (4 h^2) = -1/30000 in
    # the middle, so half way along the first piece y = 4.5% - M h^2/16 = 4.5% + 900/16/30000 = 4.6875%.
    curve = rates.par_curve(DAY, {30: 0.04, 60: 0.05, 90: 0.04})
    assert float(rates.rate_at(curve, 45)) == pytest.approx(2 * math.log(1 + 0.046875 / 2), abs=1e-14)


def test_rates_are_flat_below_the_first_tenor_and_beyond_the_last() -> None:
    curve = rates.par_curve(DAY, {30: 0.04, 365: 0.05, 10_950: 0.03})
    assert rates.rate_at(curve, [-1.0, 0.0, 1.0, 29.9]).tolist() == [float(rates.rate_at(curve, 30))] * 4
    assert float(rates.rate_at(curve, 20_000)) == float(rates.rate_at(curve, 10_950))


def test_missing_tenors_are_skipped_and_the_rest_sorted() -> None:
    curve = rates.par_curve(DAY, {365: 0.05, 121: None, 30: 0.04})
    assert (curve.tenor_days, curve.yields_frac) == ((30, 365), (0.04, 0.05))


def test_rates_keep_the_shape_of_the_days() -> None:
    curve = rates.par_curve(DAY, {30: 0.04, 365: 0.05})
    assert rates.rate_at(curve, np.full((2, 3), 100.0)).shape == (2, 3)


def test_a_blank_row_is_no_curve() -> None:
    with pytest.raises(rates.TooFewTenorsError, match=r"2010-10-11 quotes 0 tenors.*last curve before"):
        rates.par_curve(dt.date(2010, 10, 11), {30: None, 365: None})
