"""The smoothest arbitrage-free call curve through the quotes of each expiry, all expiries of a chain at once.

For the control values a of one expiry (see call_spline), with masses p = G a and a reference density q:

    minimise   sum over strikes ((c(x) - target) / half width)^2  +  roughness * integral (d(p/q)/dz)^2 dz
    such that  p >= 0

z counts standard deviations of the expiry. A convex quadratic programme with banded matrices: expiries lie one after
the other in one band, and a primal-dual interior point method (Mehrotra, "On the implementation of a primal-dual
interior point method", SIAM J. Optim. 2, 1992) takes some 15 banded Cholesky factorisations for a whole chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.linalg import LinAlgError
from scipy.linalg.lapack import dpbtrf, dpbtrs

from transforms.pricing.call_spline import DEGREE, HELD_NODES, controls_of, masses_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from transforms.pricing.call_spline import MoneynessAxis

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

BAND: Final = DEGREE + 1  # diagonals a matrix keeps: each row of a quote, a mass or a roughness reaches four nodes
MOST_STEPS: Final = 80
DONE_GAP: Final = 1e-9  # mean of mass times multiplier, where the sum of squares is of order 1
DONE_MOVE: Final = 1e-7  # of the forward, in the last step: 0.0004 of 4,000 points, a hundredth of a tick
STEP_SHORT_OF_EDGE: Final = 0.995
FIRST_MULTIPLIER: Final = 0.1
# What rounding may take from a pivot is given back beforehand; the steps correct for it.
RIDGE_FRAC: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class CallTargets:
    """What the curves of some expiries should meet, and what shape they fall back on.

    Attributes:
        expiry: row of `reference` each strike belongs to.
        x: its moneyness K/F.
        call: the undiscounted call to meet, per 1.00 of the forward.
        half_width: how far off is still fair: half the spread, in the same unit.
        reference: masses of the inner nodes, positive; one row an expiry, each with mass 1 and mean 1.
        sd: ATM vol times sqrt(T) of each expiry, the unit of z.
    """

    expiry: Positions
    x: Floats
    call: Floats
    half_width: Floats
    reference: Floats
    sd: Floats

    def only(self, row: int) -> CallTargets:
        """Take one expiry out."""
        mine = self.expiry == row
        return CallTargets(
            expiry=np.zeros(int(mine.sum()), dtype=np.intp),
            x=self.x[mine],
            call=self.call[mine],
            half_width=self.half_width[mine],
            reference=self.reference[row : row + 1],
            sd=self.sd[row : row + 1],
        )


def fit_calls(targets: CallTargets, axis: MoneynessAxis, *, roughness: float) -> Floats:
    """Fit every expiry: control values by rows, NaN where the programme could not be solved.

    All at once; should that fail, one by one, so that one impossible expiry costs no other its fit.
    """
    rows = targets.reference.shape[0]
    if rows == 0:
        return np.empty((0, axis.nodes.size))
    together = _solve(targets, axis, roughness=roughness)
    if together is not None or rows == 1:
        return together if together is not None else np.full((1, axis.nodes.size), np.nan)
    return np.concatenate([fit_calls(targets.only(row), axis, roughness=roughness) for row in range(rows)])


def _solve(targets: CallTargets, axis: MoneynessAxis, *, roughness: float) -> Floats | None:
    """Run the interior point method from the reference; None where it does not end or a matrix gives way."""
    programme = _Programme(targets, axis, roughness=roughness)
    controls = controls_of(targets.reference, axis)
    masses = masses_of(controls, axis)
    if not masses.min() > 0.0:
        return None
    multipliers = FIRST_MULTIPLIER / masses
    for _ in range(MOST_STEPS):
        unmet = programme.pull_back(multipliers) - programme.gradient(controls)
        gap = float((masses * multipliers).mean())
        try:
            factor = programme.factorise(multipliers / masses)
        except LinAlgError:  # not positive definite, or no longer finite
            return None
        step = _Step(programme, factor, unmet, masses, multipliers)
        ahead = step.towards(np.zeros_like(masses))
        reached = _gap_after(masses, multipliers, ahead)
        centre = (reached / gap) ** 3 * gap - ahead.masses * ahead.multipliers
        taken = step.towards(centre / masses)
        controls = controls + taken.primal * taken.controls
        masses = masses + taken.primal * taken.masses
        multipliers = multipliers + taken.dual * taken.multipliers
        if gap < DONE_GAP and np.abs(taken.primal * taken.controls).max() < DONE_MOVE:
            return controls
    return None


@dataclass(frozen=True, slots=True, eq=False)
class _Move:
    """A direction, and how far along it masses (primal) and multipliers (dual) stay positive."""

    controls: Floats
    masses: Floats
    multipliers: Floats
    primal: float
    dual: float


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """Newton's equations at one point."""

    programme: _Programme
    factor: Floats
    unmet: Floats
    masses: Floats
    multipliers: Floats

    def towards(self, centre: Floats) -> _Move:
        """Solve for the point where mass times multiplier would be `centre` times mass."""
        wanted = centre - self.multipliers
        controls = self.programme.solve(self.factor, self.unmet + self.programme.pull_back(wanted))
        masses = masses_of(controls, self.programme.axis)
        multipliers = wanted - self.multipliers / self.masses * masses
        return _Move(
            controls=controls,
            masses=masses,
            multipliers=multipliers,
            primal=_longest(masses, self.masses),
            dual=_longest(multipliers, self.multipliers),
        )


def _longest(change: Floats, now: Floats) -> float:
    fastest = float((-change / now).max())
    return 1.0 if fastest <= STEP_SHORT_OF_EDGE else STEP_SHORT_OF_EDGE / fastest


def _gap_after(masses: Floats, multipliers: Floats, move: _Move) -> float:
    after = (masses + move.primal * move.masses) * (multipliers + move.dual * move.multipliers)
    return float(after.mean())


class _Programme:
    """The matrices of all expiries, one band: node j of expiry e is row e * nodes + j."""

    def __init__(self, targets: CallTargets, axis: MoneynessAxis, *, roughness: float) -> None:
        self.axis = axis
        self.shape = (targets.reference.shape[0], axis.nodes.size)
        self.free = slice(HELD_NODES, axis.nodes.size - HELD_NODES)
        self._is_held = np.ones(self.shape, dtype=bool)
        self._is_held[:, self.free] = False
        gaps = np.diff(axis.nodes)
        self._mass_rows = np.stack([1.0 / gaps[:-1], -1.0 / gaps[:-1] - 1.0 / gaps[1:], 1.0 / gaps[1:]])
        first, self._quote_rows = axis.weights(targets.x)
        self._quote_at = targets.expiry * axis.nodes.size + first
        self._weight = targets.half_width**-2.0
        self._target = targets.call
        self._rough_rows = self._roughness_rows(targets, roughness)
        self._hessian = self._banded_quotes() + _banded(self._rough_rows, np.ones_like(self._rough_rows[0]), self.shape)

    def _roughness_rows(self, targets: CallTargets, roughness: float) -> Floats:
        """Differences of p/q between neighbouring inner nodes, over the square root of their distance in sd."""
        scaled = self._mass_rows[:, None, :] / targets.reference[None]
        rows = np.zeros((BAND, self.shape[0], self.axis.nodes.size - 3))
        rows[1:] += scaled[:, :, 1:]
        rows[:3] -= scaled[:, :, :-1]
        apart = np.diff(np.log(self.axis.inner_nodes))[None, :] / targets.sd[:, None]
        return np.asarray(rows * np.sqrt(roughness / apart))

    def _banded_quotes(self) -> Floats:
        band = np.zeros((BAND, self.shape[0] * self.shape[1]))
        for row in range(BAND):
            for column in range(row + 1):
                product = self._weight * self._quote_rows[:, row] * self._quote_rows[:, column]
                band[row - column] += np.bincount(self._quote_at + column, product, minlength=band.shape[1])
        return band

    def gradient(self, controls: Floats) -> Floats:
        """Half the gradient of the objective."""
        flat = controls.reshape(-1)
        calls = sum(flat[self._quote_at + place] * self._quote_rows[:, place] for place in range(BAND))
        pull = (calls - self._target) * self._weight
        total = sum(
            np.bincount(self._quote_at + place, pull * self._quote_rows[:, place], minlength=flat.size)
            for place in range(BAND)
        )
        return np.asarray(total).reshape(self.shape) + _transposed(
            self._rough_rows, _applied(self._rough_rows, controls), self.shape
        )

    def pull_back(self, of_masses: Floats) -> Floats:
        """Bring a vector of masses back to control values: the transpose of `masses_of`."""
        return _transposed(self._mass_rows[:, None, :], of_masses, self.shape)

    def factorise(self, pressure: Floats) -> Floats:
        """Factorise the matrix of Newton's equations with these multipliers over masses."""
        matrix = self._hessian + _banded(self._mass_rows[:, None, :], pressure, self.shape)
        held = self._is_held.reshape(-1)
        for below in range(1, BAND):
            matrix[below][held] = 0.0
            matrix[below][:-below][held[below:]] = 0.0
        matrix[0] *= 1.0 + RIDGE_FRAC
        matrix[0][held] = 1.0
        if not np.isfinite(matrix).all():
            raise LinAlgError("the matrix is no longer finite")
        # What scipy.linalg.cholesky_banded calls; its way there takes as long as a night's matrix.
        factor, bad_minor = dpbtrf(matrix, lower=1, overwrite_ab=1)
        if bad_minor:
            raise LinAlgError(f"leading minor {bad_minor} is not positive definite")
        return np.asarray(factor)

    def solve(self, factor: Floats, right: Floats) -> Floats:
        """Solve Newton's equations for a change of the control values; held ones stay."""
        answer, _ = dpbtrs(factor, np.where(self._is_held, 0.0, right).reshape(-1), lower=1)
        return np.asarray(answer).reshape(self.shape)


def _applied(rows: Floats, controls: Floats) -> Floats:
    """Apply a banded operator, its entries by place first, to the control values of each expiry."""
    width = rows.shape[-1]
    return np.asarray(sum(row * controls[:, place : place + width] for place, row in enumerate(rows)))


def _transposed(rows: Floats, values: Floats, shape: tuple[int, int]) -> Floats:
    width = rows.shape[-1]
    out = np.zeros(shape)
    for place, row in enumerate(rows):
        out[:, place : place + width] += row * values
    return out


def _banded(rows: Floats, weight: Floats, shape: tuple[int, int]) -> Floats:
    """Lay R' W R of such an operator into the lower band of all expiries."""
    width = rows.shape[-1]
    band = np.zeros((BAND, *shape))
    for place, row in enumerate(rows):
        for other, beside in enumerate(rows[: place + 1]):
            band[place - other][:, other : other + width] += weight * row * beside
    return band.reshape(BAND, -1)
