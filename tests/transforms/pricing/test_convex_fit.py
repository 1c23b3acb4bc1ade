"""The quadratic programme against another solver, and what it does with quotes nobody can fit."""

import numpy as np
import pytest
import QuantLib
from scipy.optimize import brentq, nnls

from transforms.pricing.call_spline import CallSplines, controls_of, masses_of, moneyness_axis
from transforms.pricing.convex_fit import CallTargets, fit_calls

AXIS = moneyness_axis()
ROUGHNESS = 1.0


def reference(sd: float) -> np.ndarray:
    """Masses of a curve of QuantLib's Black prices, made strictly positive, with mass 1 and mean 1."""
    calls = [black(x, sd) for x in AXIS.nodes]
    mass = np.maximum(masses_of(np.array([calls]), AXIS)[0], 0.0) + 1e-7 * AXIS.hat_widths

    def tilted(theta: float) -> np.ndarray:
        out = mass * np.exp(theta * (AXIS.inner_nodes - 1.0))
        return np.asarray(out / out.sum())

    theta = brentq(lambda t: tilted(t) @ AXIS.inner_nodes - 1.0, -60.0, 3.0, xtol=1e-15)
    return tilted(theta)


def black(x: float, sd: float) -> float:
    return float(QuantLib.blackFormula(QuantLib.Option.Call, float(x), 1.0, sd))


def targets(sd: float, noise: float, *, seed: int = 0) -> CallTargets:
    x = np.linspace(0.85, 1.12, 60)
    off = np.random.default_rng(seed).uniform(-noise, noise, x.size)
    return CallTargets(
        expiry=np.zeros(x.size, dtype=np.intp),
        x=x,
        call=np.array([black(one, sd) for one in x]) + off,
        half_width=np.full(x.size, 2e-5),
        reference=reference(sd)[None, :],
        sd=np.array([sd]),
    )


def joined(*parts: CallTargets) -> CallTargets:
    return CallTargets(
        expiry=np.concatenate([part.expiry + row for row, part in enumerate(parts)]),
        x=np.concatenate([part.x for part in parts]),
        call=np.concatenate([part.call for part in parts]),
        half_width=np.concatenate([part.half_width for part in parts]),
        reference=np.concatenate([part.reference for part in parts]),
        sd=np.concatenate([part.sd for part in parts]),
    )


def objective_rows(task: CallTargets) -> tuple[np.ndarray, np.ndarray]:
    """The objective as |A p - b|^2 over masses, from its definition: calls are sums of p times a spline column."""
    inner = AXIS.inner_nodes.size
    columns = CallSplines(controls_of(np.eye(inner), AXIS), AXIS)
    of_quotes = columns.call_at(np.arange(inner)[None, :], task.x[:, None]) / task.half_width[:, None]
    ratio = np.eye(inner) / task.reference[0]
    apart = np.diff(np.log(AXIS.inner_nodes)) / task.sd[0]
    of_shape = np.diff(ratio, axis=0) * np.sqrt(ROUGHNESS / apart)[:, None]
    return np.concatenate([of_quotes, of_shape]), np.concatenate([task.call / task.half_width, np.zeros(inner - 1)])


@pytest.mark.parametrize(("noise", "most_off"), [(0.0, 0.05), (2e-5, 1.2)])
def test_the_fit_is_the_optimum_another_solver_finds(noise: float, most_off: float) -> None:
    task = targets(0.05, noise)
    (controls,) = fit_calls(task, AXIS, roughness=ROUGHNESS)
    masses = masses_of(controls[None, :], AXIS)[0]
    rows, right = objective_rows(task)
    # scipy's active-set least squares in masses; mass 1 and mean 1 by rows that outweigh all else.
    heavy = 1e9 * np.stack([np.ones_like(masses), AXIS.inner_nodes])
    by_nnls, _ = nnls(np.concatenate([rows, heavy]), np.concatenate([right, [1e9, 1e9]]), maxiter=20_000)
    ours, theirs = (float(((rows @ one - right) ** 2).sum()) for one in (masses, by_nnls))
    # In squared half spreads summed over 60 quotes; the fit stops a hundredth of a tick short.
    assert ours == pytest.approx(theirs, rel=1e-5, abs=2e-4)
    off = (CallSplines(controls[None, :], AXIS).call_at(0, task.x) - task.call) / task.half_width
    assert np.abs(off).max() < most_off


def test_the_fit_has_no_butterfly_even_where_its_quotes_have() -> None:
    task = targets(0.05, noise=2e-4)  # ten half spreads of noise
    assert np.diff(task.call, 2).min() < 0.0
    controls = fit_calls(task, AXIS, roughness=ROUGHNESS)
    masses = masses_of(controls, AXIS)
    assert masses.min() > -1e-13
    assert masses.sum() == pytest.approx(1.0, abs=1e-12)
    assert float((masses @ AXIS.inner_nodes)[0]) == pytest.approx(1.0, abs=1e-12)


def test_expiries_fitted_together_are_those_fitted_alone() -> None:
    parts = [targets(0.02, 1e-5, seed=1), targets(0.1, 1e-5, seed=2)]
    together = fit_calls(joined(*parts), AXIS, roughness=ROUGHNESS)
    for row, part in enumerate(parts):
        alone = fit_calls(part, AXIS, roughness=ROUGHNESS)
        np.testing.assert_allclose(together[row], alone[0], atol=5e-7)


def test_an_expiry_that_cannot_be_solved_costs_no_other_its_fit() -> None:
    sound, broken = targets(0.02, 1e-5), targets(0.1, 1e-5)
    broken.call[5] = np.nan
    fitted = fit_calls(joined(sound, broken), AXIS, roughness=ROUGHNESS)
    assert np.isnan(fitted[1]).all()
    np.testing.assert_allclose(fitted[0], fit_calls(sound, AXIS, roughness=ROUGHNESS)[0], atol=0)


def test_nothing_to_fit_is_no_rows() -> None:
    none = joined(targets(0.02, 0.0)).only(1)
    empty = CallTargets(none.expiry, none.x, none.call, none.half_width, none.reference[:0], none.sd[:0])
    assert fit_calls(empty, AXIS, roughness=ROUGHNESS).shape == (0, AXIS.nodes.size)
