import numpy as np
import pytest

from transforms.market import elasticity as el


def test_every_elasticity_is_negative_and_shrinks_with_tenor_and_level() -> None:
    tenors, levels = np.array([[7.0], [30.0], [110.0], [220.0]]), np.array([12.0, 20.0, 40.0])
    eps = el.future_elasticity(tenors, levels)
    assert eps.shape == (4, 3)
    assert (eps < 0).all()
    assert (np.diff(eps, axis=0) > 0).all()
    assert (np.diff(eps, axis=1) > 0).all()


def test_the_law_is_constant_in_points_per_per_cent_of_spx() -> None:
    # METHODOLOGY 4.4: 0.2 * |A| = .71/.39/.26 points at 30/110/220 days, whatever the level
    for level in (15.0, 35.0):
        points = -el.future_elasticity([30, 110, 220], level) * level / 100
        assert points == pytest.approx([0.71, 0.39, 0.26], abs=0.005)


def test_a_falling_market_lifts_vix_and_a_rising_one_takes_85_per_cent_of_the_elasticity() -> None:
    down = el.shocked_level_pts(20.0, -4.0, spot_shock_frac=-0.05)
    up = el.shocked_level_pts(20.0, -4.0, spot_shock_frac=0.05)
    assert float(down) == pytest.approx(20 * 0.95**-4)
    assert float(up) == pytest.approx(20 * 1.05**-3.4)


@pytest.mark.parametrize(("response", "exponent"), [(0.5, -2.0), (1.0, -4.0), (2.0, -8.0)])
def test_the_response_multiplies_the_elasticity(response: float, exponent: float) -> None:
    shocked = el.shocked_level_pts(20.0, -4.0, spot_shock_frac=-0.05, response=response)
    assert float(shocked) == pytest.approx(20 * 0.95**exponent)


def test_the_inverse_response_and_the_zero_shock_leave_the_level() -> None:
    assert float(el.shocked_level_pts(20.0, -4.0, spot_shock_frac=-0.10, response=0.0)) == 20.0
    assert float(el.shocked_level_pts(20.0, -4.0, spot_shock_frac=0.0)) == 20.0


@pytest.mark.parametrize(
    ("level", "shock", "expected"),
    [
        (60.0, -0.20, 85.0),  # the cap binds
        (95.0, -0.20, 95.0),  # above the cap it holds the level, it does not pull it down
        (10.0, 0.10, 9.0),  # the floor binds
        (8.0, 0.10, 8.0),  # below the floor it holds the level, it does not push it up
    ],
)
def test_cap_and_floor_never_move_a_level_the_wrong_way(level: float, shock: float, expected: float) -> None:
    assert float(el.shocked_level_pts(level, -4.0, spot_shock_frac=shock)) == expected


def test_a_level_beyond_its_cap_or_floor_still_moves_inward() -> None:
    assert float(el.shocked_level_pts(95.0, -1.0, spot_shock_frac=0.10)) == pytest.approx(95 * 1.1**-0.85)
    assert float(el.shocked_level_pts(8.0, -1.0, spot_shock_frac=-0.10)) == pytest.approx(8 / 0.9)


def test_shocks_broadcast_over_levels() -> None:
    shocked = el.shocked_level_pts(np.array([[16.0], [25.0]]), -4.0, spot_shock_frac=np.array([-0.05, 0.0, 0.05]))
    assert shocked.shape == (2, 3)


def test_sensitivities_are_the_derivatives_of_the_power_path() -> None:
    level, eps, spot, step = 19.0, -3.724, 6000.0, 0.5
    path = [level * ((spot + move) / spot) ** eps for move in (-step, 0.0, step)]
    slope, bend = (path[2] - path[0]) / (2 * step), (path[2] - 2 * path[1] + path[0]) / step**2
    assert float(el.points_per_spx_point(level, eps, spot)) == pytest.approx(slope, rel=1e-6)
    assert float(el.points_per_spx_point_squared(level, eps, spot)) == pytest.approx(bend, rel=1e-4)


def test_another_prior_moves_every_result() -> None:
    prior = el.ElasticityPrior(eps_a=-3.0, eps_spot_a=-3.05, eps_up_mult=1.0, level_cap_pts=50.0, iv_share=1.7)
    assert float(el.future_elasticity(30, 20, prior)) == pytest.approx(float(el.future_elasticity(30, 20)) / 2)
    assert float(el.spot_elasticity(20, prior)) == -3.05
    assert float(el.shocked_level_pts(20, -4, spot_shock_frac=-0.3, prior=prior)) == 50.0
    assert float(el.shocked_level_pts(20, -4, spot_shock_frac=0.05, prior=prior)) == pytest.approx(20 * 1.05**-4)
    assert float(el.iv_shift_vol(30, vix_before_pts=16, vix_after_pts=26, prior=prior)) == pytest.approx(0.17)


def test_a_day_without_a_move_shows_no_elasticity() -> None:
    assert el.realised_elasticity(level_move_frac=0.02, spot_move_frac=0.0) is None
