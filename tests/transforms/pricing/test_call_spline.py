"""Call curves against scipy's B-splines: same knots, same control values, another evaluation."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.interpolate import BSpline
from scipy.optimize import brentq

from transforms.pricing.call_spline import CallSplines, controls_of, masses_of, moneyness_axis

AXIS = moneyness_axis()
X = np.linspace(AXIS.knots[3] * 1.001, AXIS.knots[-4] * 0.999, 3001)


def lognormal_masses(*sds: float) -> np.ndarray:
    """Positive masses shaped like lognormals, tilted until their mean is 1."""

    def tilted(mass: np.ndarray, theta: float) -> np.ndarray:
        out = mass * np.exp(theta * (AXIS.inner_nodes - 1.0))
        return np.asarray(out / out.sum())

    rows = []
    for sd in sds:
        shape = np.exp(-(np.log(AXIS.inner_nodes) ** 2) / (2 * sd**2)) * AXIS.hat_widths + 1e-12
        theta = brentq(lambda t, m=shape: tilted(m, t) @ AXIS.inner_nodes - 1.0, -60.0, 3.0, xtol=1e-15)
        rows.append(tilted(shape, theta))
    return np.array(rows)


CURVES = CallSplines(controls_of(lognormal_masses(0.02, 0.1, 0.3), AXIS), AXIS)


@pytest.mark.parametrize("row", [0, 1, 2])
def test_call_survival_and_density_are_the_spline_and_its_derivatives(row: int) -> None:
    spline = BSpline(AXIS.knots, CURVES.controls[row], 3)
    np.testing.assert_allclose(CURVES.call_at(row, X), spline(X), atol=1e-14)
    np.testing.assert_allclose(CURVES.survival_at(row, X), -spline.derivative(1)(X), atol=1e-12)
    np.testing.assert_allclose(CURVES.density_at(row, X), spline.derivative(2)(X), atol=1e-8)


def test_masses_and_control_values_are_two_ways_to_say_one_thing() -> None:
    masses = lognormal_masses(0.02, 0.1, 0.3)
    np.testing.assert_allclose(masses_of(controls_of(masses, AXIS), AXIS), masses, atol=1e-13)


def test_mass_one_and_mean_one_make_calls_worth_one_less_the_strike_far_below() -> None:
    assert CURVES.call_at(2, [0.0, 0.02]) == pytest.approx([1.0, 0.98], abs=1e-12)
    assert CURVES.call_at(2, [29.0, 50.0]).tolist() == [0.0, 0.0]
    assert CURVES.survival_at(2, [0.005, 50.0]).tolist() == [1.0, 0.0]
    assert CURVES.density_at(2, [0.005, 50.0]).tolist() == [0.0, 0.0]


def test_a_call_is_the_expected_payoff_under_its_density() -> None:
    for row, strike in ((0, 1.01), (1, 0.95), (2, 1.2)):
        knots = [knot for knot in AXIS.knots if strike < knot < AXIS.knots[-4]]
        pieces = zip([strike, *knots], [*knots, AXIS.knots[-4]], strict=True)
        expected = sum(
            quad(lambda x, r=row, k=strike: (x - k) * float(CURVES.density_at(r, x)), low, high)[0]
            for low, high in pieces
        )
        assert float(CURVES.call_at(row, strike)) == pytest.approx(expected, abs=1e-10)


def test_an_expiry_without_a_curve_has_no_value() -> None:
    assert np.isnan(CURVES.call_at([-1, 0], [1.0, np.nan])).all()
    nothing = CallSplines(np.empty((0, AXIS.nodes.size)), AXIS)
    assert np.isnan(nothing.survival_at([-1, -1], 1.0)).all()


def test_ordered_control_values_give_ordered_curves() -> None:
    wide, narrow = CURVES.controls[1], CURVES.controls[0]
    lifted = CallSplines(np.stack([narrow, np.maximum(narrow, wide)]), AXIS)
    assert (lifted.call_at(1, X) - lifted.call_at(0, X)).min() >= 0.0
    assert lifted.density_at(1, X).min() >= 0.0
    assert masses_of(lifted.controls, AXIS).min() >= -1e-14
