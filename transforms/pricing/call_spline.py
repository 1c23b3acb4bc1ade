"""What a call of one expiry costs at any strike, as one smooth convex curve; its slope is a probability.

Everything is per 1.00 of the forward and undiscounted: moneyness x = K/F, c(x) = E[max(X - x, 0)], X = S_T/F. The curve
is a cubic B-spline on one set of knots for every expiry of every session, so that two properties of its control values
are properties of the curve:

| control values | the curve |
|---|---|
| second differences >= 0 | convex: the density of X is never negative, no butterfly gives money away |
| nowhere below those of an earlier expiry | nowhere below its curve: total variance grows with T at every x |

Both because B-splines are non-negative and add up to 1. A control value belongs to its node (Greville abscissa); the
second differences are the probability masses of the nodes, spread over hats between the knots: they add up to 1, and
their mean is 1, whatever the fit. P(S_T > K) = -c'(x) (Breeden and Litzenberger 1978). Knots: de Boor, "A Practical
Guide to Splines", 1978, chapters IX to XI.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

DEGREE: Final = 3
# Knots in k = ln(K/F) lie this far apart at the money (6 index points of 4,000: a strike or so, a fifth of a calm day's
# standard deviation), and further out by this share of |k|.
KNOT_GAP_AT_THE_MONEY: Final = 0.0015
KNOT_GAP_GROWTH: Final = 0.1
# Strikes are listed from 4% to 260% of spot; a distribution one standard deviation of 1 wide reaches further.
LOWEST_KNOT_K: Final = -4.5
HIGHEST_KNOT_K: Final = 3.0
# The first and last nodes are held at intrinsic value, so that the curve leaves and meets it smoothly.
HELD_NODES: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class MoneynessAxis:
    """The knots every curve stands on, and the nodes its control values belong to.

    Attributes:
        knots: with three more beyond either end, in x = K/F.
        nodes: mean of the three inner knots of each basis function, ascending; as many as control values.
    """

    knots: Floats
    nodes: Floats

    @property
    def inner_nodes(self) -> Floats:
        """The nodes that carry probability: all but the first and the last."""
        return self.nodes[1:-1]

    @property
    def hat_widths(self) -> Floats:
        """How much of the axis each inner node's mass is spread over, in x."""
        gaps = np.diff(self.nodes)
        return np.asarray((gaps[1:] + gaps[:-1]) / 2.0)

    def weights(self, x: Floats, degree: int = DEGREE) -> tuple[Positions, Floats]:
        """Weigh the basis functions of a degree that reach x: the first one's index, and `degree + 1` weights a lane.

        By the recursion of Cox and de Boor. x must lie between the first and the last knot that bound the curve.
        """
        last = self.knots.size - DEGREE - 2
        at = np.clip(np.searchsorted(self.knots, x, side="right") - 1, DEGREE, last)
        columns = [np.ones_like(x)]
        for step in range(1, degree + 1):
            lower = [self.knots[at - step + 1 + place] for place in range(step)]
            upper = [self.knots[at + 1 + place] for place in range(step)]
            grown = [np.zeros_like(x) for _ in range(step + 1)]
            for place, column in enumerate(columns):
                share = column / (upper[place] - lower[place])
                grown[place] += (upper[place] - x) * share
                grown[place + 1] += (x - lower[place]) * share
            columns = grown
        return at - degree, np.stack(columns, axis=-1)


@cache
def moneyness_axis() -> MoneynessAxis:
    """Lay the one axis of all fits: dense at the money, growing with distance, wide enough for every listed strike."""

    def steps_to(k: float) -> int:
        return int(np.ceil(np.arcsinh(KNOT_GAP_GROWTH * k / KNOT_GAP_AT_THE_MONEY) / KNOT_GAP_GROWTH))

    steps = np.arange(-steps_to(-LOWEST_KNOT_K), steps_to(HIGHEST_KNOT_K) + 1)
    inner = np.exp(KNOT_GAP_AT_THE_MONEY / KNOT_GAP_GROWTH * np.sinh(KNOT_GAP_GROWTH * steps))
    beyond = np.arange(1, DEGREE + 1)
    first_gap, last_gap = inner[1] - inner[0], inner[-1] - inner[-2]
    knots = np.concatenate([inner[0] - first_gap * beyond[::-1], inner, inner[-1] + last_gap * beyond])
    nodes = (knots[1:-3] + knots[2:-2] + knots[3:-1]) / DEGREE
    return MoneynessAxis(knots=knots, nodes=nodes)


def masses_of(controls: Floats, axis: MoneynessAxis) -> Floats:
    """Read the probability of each inner node off the control values, expiries by rows."""
    return np.diff(np.diff(controls) / np.diff(axis.nodes))


def controls_of(masses: Floats, axis: MoneynessAxis) -> Floats:
    """Give the control values with these masses, expiries by rows: 0 at the far end, then back by slopes."""
    survival = np.cumsum(masses[:, ::-1], axis=1)[:, ::-1]  # beyond each inner node, it included
    steps = survival * np.diff(axis.nodes)[:-1]
    controls = np.zeros((masses.shape[0], axis.nodes.size))
    controls[:, :-2] = np.cumsum(steps[:, ::-1], axis=1)[:, ::-1]
    return controls


@dataclass(frozen=True, slots=True, eq=False)
class CallSplines:
    """The fitted call curves of several expiries, read at any moneyness of any of them at once.

    Every reader takes `expiry_index` (rows of `controls`, -1 for none) and x = K/F, broadcast together, and gives NaN
    where there is no curve. Beyond the axis a call is worth its intrinsic value.
    """

    controls: Floats
    axis: MoneynessAxis

    def call_at(self, expiry_index: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """Price the call at x, undiscounted, per 1.00 of the forward."""
        below = 1.0 - np.asarray(x, dtype=np.float64)
        return self._read(expiry_index, x, self.controls, degree=DEGREE, below=below, above=0.0)

    def survival_at(self, expiry_index: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """Give P(S_T > K) under the pricing measure, 0 to 1."""
        slopes = -np.diff(self.controls) / np.diff(self.axis.nodes)
        return np.clip(self._read(expiry_index, x, slopes, degree=DEGREE - 1, below=1.0, above=0.0), 0.0, 1.0)

    def density_at(self, expiry_index: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """Give the density of S_T/F at x, per 1.00 of moneyness."""
        reach = self.axis.knots[4:-2] - self.axis.knots[2:-4]  # of the hat of each inner node
        heights = 2.0 * masses_of(self.controls, self.axis) / reach
        return np.maximum(self._read(expiry_index, x, heights, degree=1, below=0.0, above=0.0), 0.0)

    def _read(  # noqa: PLR0913  where, what, and what stands beyond the axis
        self,
        expiry_index: npt.ArrayLike,
        x: npt.ArrayLike,
        coefficients: Floats,
        *,
        degree: int,
        below: npt.ArrayLike,
        above: float,
    ) -> Floats:
        index, moneyness = np.broadcast_arrays(np.asarray(expiry_index, np.intp), np.asarray(x, np.float64))
        first, last = self.axis.knots[DEGREE], self.axis.knots[-DEGREE - 1]
        has_curve = (index >= 0) & ~np.isnan(moneyness)
        inside = np.clip(np.where(has_curve, moneyness, 1.0), first, last)
        row = np.where(has_curve, index, 0)
        if self.controls.shape[0] == 0:
            return np.full(index.shape, np.nan)
        at, weights = self.axis.weights(inside, degree)
        # Differences of control values begin one basis function later with each degree less.
        places = (at - (DEGREE - degree))[..., None] + np.arange(degree + 1)
        values = np.sum(coefficients[row[..., None], places] * weights, axis=-1)
        values = np.where(moneyness < first, below, np.where(moneyness > last, above, values))
        return np.where(has_curve, values, np.nan)
