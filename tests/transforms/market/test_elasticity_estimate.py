"""The estimate of A(tau): against statsmodels, against a sandwich in plain loops, and on worlds that obey a law."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from transforms.market.elasticity_curve import ElasticityCurve, elasticity_curve
from transforms.market.elasticity_estimate import FROM_ESTIMATE, RULES, ElasticityRules, estimate_elasticities

Floats = npt.NDArray[np.float64]

FIRST = dt.date(2020, 1, 1)
ONE_TENOR = replace(RULES, tenors_days=(30,), window_sessions=40, least_sessions=30, half_life_sessions=10.0)


def dates(count: int) -> list[dt.date]:
    return [FIRST + dt.timedelta(days=number) for number in range(count)]


def spx_of(returns: Floats) -> pl.DataFrame:
    """One row a session; the first session has no return."""
    return pl.DataFrame({"session_date": dates(len(returns) + 1), "log_return": [None, *returns]})


def vx_of(returns: Floats, price: float | Floats = 20.0, tenor: int = 30) -> pl.DataFrame:
    prices = np.broadcast_to(np.asarray(price, dtype=np.float64), len(returns) + 1)
    return pl.DataFrame(
        {
            "session_date": dates(len(returns) + 1),
            "tenor_days": tenor,
            "price_pts": prices,
            "log_return": [None, *returns],
        }
    )


def estimated(vx: pl.DataFrame, spx: pl.DataFrame, rules: ElasticityRules = ONE_TENOR) -> dict[str, object]:
    rows = estimate_elasticities(vx, spx, spx["session_date"][-1], rules=rules)
    return rows.row(-1, named=True)


def wobbly_year(count: int = 40) -> tuple[Floats, Floats]:
    """SPX and VX returns with a slope near -3.5 and errors that hang together; no random numbers."""
    i = np.arange(1, count + 1)
    spx = 0.01 * np.sin(1.7 * i) + 0.004 * np.cos(0.9 * i * i)
    noise = 0.02 * np.sin(2.3 * i) * np.where(i % 3 == 0, 1.5, 1.0) + 0.006 * np.sin(0.35 * i)
    return spx, -3.5 * spx + noise


def test_slope_and_newey_west_error_are_those_of_statsmodels() -> None:
    """Statsmodels 0.15.0: WLS(y, add_constant(x), weights=0.5**(age/10)), HAC with maxlags=5, use_correction=False.

    params[1] -3.60972106, bse[1] 0.34812026, rsquared 0.7043042175; through the origin on x < 0: -3.54778966.
    """
    spx, vx = wobbly_year()
    row = estimated(vx_of(vx), spx_of(spx))
    assert row["a_ols"] == pytest.approx(-3.60972106, abs=5e-9)
    assert row["a_standard_error"] == pytest.approx(0.34812026, abs=5e-9)
    assert row["r2_frac"] == pytest.approx(0.7043042175373114, abs=1e-12)
    assert row["a_down"] == pytest.approx(-3.54778966, abs=5e-9)


def sandwich(move: Floats, response: Floats, weight: Floats, lags: int) -> tuple[float, float]:
    """Slope and standard error by the textbook: (X'WX)^-1 (sum over all pairs of k(i-j) g_i g_j') (X'WX)^-1."""
    design = np.column_stack([np.ones_like(move), move])
    bread = np.linalg.inv(sum(w * np.outer(x, x) for w, x in zip(weight, design, strict=True)))
    beta = bread @ sum(w * x * y for w, x, y in zip(weight, design, response, strict=True))
    scores = [w * x * (y - x @ beta) for w, x, y in zip(weight, design, response, strict=True)]
    meat = np.zeros((2, 2))
    for i, one in enumerate(scores):
        for j, other in enumerate(scores):
            kernel = max(0.0, 1.0 - abs(i - j) / (lags + 1))
            meat += kernel * np.outer(one, other)
    return float(beta[1]), math.sqrt((bread @ meat @ bread)[1, 1])


def test_a_session_without_a_return_keeps_its_place_among_the_lags() -> None:
    spx, vx = wobbly_year()
    price = 16.0 + np.arange(41.0) / 4
    gap = 20
    frame = vx_of(vx, price).with_columns(
        log_return=pl.when(pl.col("session_date") != FIRST + dt.timedelta(days=gap + 1)).then("log_return")
    )
    row = estimated(frame, spx_of(spx))
    weight = 0.5 ** (np.arange(39.0, -1.0, -1.0) / 10)
    weight[gap] = 0.0
    slope, error = sandwich(20.0 / price[:-1] * spx, vx, weight, 5)
    assert row["sessions_qty"] == 39
    assert row["a_ols"] == pytest.approx(slope, rel=1e-12)
    assert row["a_standard_error"] == pytest.approx(error, rel=1e-12)


def test_a_world_that_obeys_the_law_gives_the_law_back_at_every_tenor() -> None:
    """r_F = A * 20/F * r_S with the F of the evening before: the slope is A, the error 0, all variance explained."""
    spx = 0.01 * np.sin(1.7 * np.arange(1, 301))
    price = 15.0 + 10.0 * np.sin(np.arange(301) / 40) ** 2
    wanted = dict(zip(RULES.tenors_days, (-3.0, -2.5, -2.0, -1.7, -1.5, -1.4, -1.2), strict=True))
    vx = pl.concat([vx_of(a * 20 / price[:-1] * spx, price, tenor) for tenor, a in wanted.items()])
    rows = estimate_elasticities(vx, spx_of(spx), dates(301)[-1])
    assert rows["tenor_days"].to_list() == list(wanted)
    for row in rows.to_dicts():
        a = wanted[row["tenor_days"]]
        assert row["a_ols"] == pytest.approx(a, rel=1e-9)
        assert row["a_down"] == pytest.approx(a, rel=1e-9)
        assert row["a_standard_error"] == pytest.approx(0.0, abs=1e-9)
        assert row["r2_frac"] == pytest.approx(1.0)
        assert row["realised_eps"] == pytest.approx(a * 20 / price[-2])
        assert row["cm_price_pts"] == pytest.approx(price[-1])


def test_the_estimate_is_drawn_to_the_prior_by_its_effective_size() -> None:
    """Half-life 60, 252 sessions: n_eff = (1-q^252)^2 (1-q^2) / ((1-q)^2 (1-q^504)) = 155.26, q = 2^(-1/60)."""
    spx = 0.01 * np.sin(1.7 * np.arange(1, 301))
    row = estimated(vx_of(-5.0 * spx), spx_of(spx), replace(RULES, tenors_days=(30,)))
    q = 0.5 ** (1 / 60)
    n_eff = (1 - q**252) ** 2 * (1 - q**2) / ((1 - q) ** 2 * (1 - q**504))
    assert n_eff == pytest.approx(155.26, abs=0.005)
    assert row["n_eff"] == pytest.approx(n_eff)
    share = n_eff / (n_eff + 60)
    assert row["a_estimated"] == pytest.approx(share * -5.0 + (1 - share) * -3.537757, abs=1e-5)
    assert (row["a_used"], row["source"]) == (row["a_prior"], "prior")


def test_the_headline_takes_the_estimate_only_when_told_to() -> None:
    spx = 0.01 * np.sin(1.7 * np.arange(1, 301))
    rules = replace(RULES, tenors_days=(30,), headline=FROM_ESTIMATE)
    row = estimated(vx_of(-5.0 * spx, 25.0), spx_of(spx), rules)
    assert (row["a_used"], row["source"]) == (row["a_estimated"], "estimated")
    assert row["eps_at_cm"] == pytest.approx(float(str(row["a_estimated"])) * 20 / 25)


@pytest.mark.parametrize(("slope", "bound"), [(-60.0, -12.0), (25.0, -0.1)])
def test_an_estimate_stays_within_its_bounds(slope: float, bound: float) -> None:
    spx = 0.01 * np.sin(1.7 * np.arange(1, 301))
    row = estimated(vx_of(slope * spx), spx_of(spx), replace(RULES, tenors_days=(30,)))
    assert row["a_ols"] == pytest.approx(slope)
    assert row["a_estimated"] == bound


def test_too_little_history_falls_back_to_the_prior_and_says_so() -> None:
    spx = 0.01 * np.sin(1.7 * np.arange(1, 151))
    rules = replace(RULES, tenors_days=(30,), headline=FROM_ESTIMATE)
    row = estimated(vx_of(-5.0 * spx), spx_of(spx), rules)
    assert row["reason"] == "150 of the last 252 sessions have a return at 30 days, 200 are needed"
    assert (row["a_ols"], row["a_standard_error"], row["a_estimated"], row["n_eff"]) == (None, None, None, None)
    assert (row["a_used"], row["source"]) == (row["a_prior"], "prior")


def test_a_warehouse_without_any_series_still_has_the_prior() -> None:
    nothing = vx_of(np.array([0.1])).clear()
    rows = estimate_elasticities(nothing, spx_of(np.array([0.1])).clear(), FIRST)
    assert rows["a_used"].to_list() == rows["a_prior"].to_list()
    assert rows["reason"].null_count() == rows["price_reason"].null_count() == rows["realised_reason"].null_count() == 0


def test_later_rows_are_not_looked_at() -> None:
    spx, vx = wobbly_year(80)
    tonight = dates(81)[60]
    cut = pl.col("session_date") <= tonight
    whole = estimate_elasticities(vx_of(vx), spx_of(spx), tonight, rules=ONE_TENOR)
    known = estimate_elasticities(vx_of(vx).filter(cut), spx_of(spx).filter(cut), tonight, rules=ONE_TENOR)
    assert whole.equals(known)


def test_the_order_of_the_rows_does_not_matter() -> None:
    spx, vx = wobbly_year()
    mixed = [frame.sample(fraction=1.0, shuffle=True, seed=3) for frame in (vx_of(vx), spx_of(spx))]
    tonight = dates(41)[-1]
    rows = estimate_elasticities(*mixed, tonight, rules=ONE_TENOR)
    assert rows.equals(estimate_elasticities(vx_of(vx), spx_of(spx), tonight, rules=ONE_TENOR))


def test_a_day_spx_does_not_move_shows_no_elasticity() -> None:
    spx, vx = wobbly_year()
    spx[-1] = 0.0
    row = estimated(vx_of(vx), spx_of(spx))
    assert (row["realised_eps"], row["realised_reason"]) == (None, "SPX did not move")


def test_the_curve_keeps_the_priors_shape_between_and_beyond_tenors() -> None:
    """1.2 times the law at 30 days and 1.0 times at 60: 1.1 times at 45, and flat outside."""
    rows = pl.DataFrame(
        {
            "tenor_days": [30, 60],
            "a_prior": [-3.5, -2.6],
            "a_used": [-3.5, -2.6],
            "a_estimated": [-3.5 * 1.2, -2.6],
            "a_low": [-3.5 * 1.3, -2.6 * 1.1],
            "a_high": [-3.5 * 1.1, None],
            "source": ["prior", "prior"],
            "reason": [None, None],
        }
    )
    curve, law = elasticity_curve(rows), ElasticityCurve()
    days, level = np.array([7.0, 30.0, 45.0, 60.0, 300.0]), 18.0
    multiples = curve.eps_estimated(days, level) / law.eps(days, level)
    assert multiples == pytest.approx([1.2, 1.2, 1.1, 1.0, 1.0])
    low, high = curve.eps_band(days, level)
    assert low / law.eps(days, level) == pytest.approx([1.3, 1.3, 1.2, 1.1, 1.1])
    assert high / law.eps(days, level) == pytest.approx([1.1] * 5)  # the only tenor that has one
    assert curve.eps(days, level) == pytest.approx(law.eps(days, level))
    assert np.isnan(law.eps_estimated(days, level)).all()
