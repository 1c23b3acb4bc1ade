"""What a fit of the surface is asked to meet: the band of prices at every strike, and the shape it falls back on.

The band is where call and put agree, as parity makes one price of both; half the way across is the target.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy.special import ndtr

from transforms.pricing.call_spline import masses_of
from transforms.pricing.convex_fit import CallTargets

if TYPE_CHECKING:
    import numpy.typing as npt

    from transforms.market.surface import Smiles
    from transforms.pricing.call_spline import MoneynessAxis

    Floats = npt.NDArray[np.float64]

EXPIRY: Final = ("root", "expiry_date", "settlement")
IS_TWO_SIDED: Final = (pl.col("bid_pts") > 0.0) & (pl.col("ask_pts") >= pl.col("bid_pts"))

# Where call and put barely agree, the price is still known no better than half of what the narrower spread says.
NARROWEST_BAND_FRAC: Final = 0.5
# A locked quote would weigh infinitely; a tick of SPX is 0.05.
NARROWEST_HALF_SPREAD_PTS: Final = 0.005

# The reference smile: total variance over ATM total variance as 1, z and hyperbolas sqrt((z - centre)^2 + width^2),
# z = k / (ATM vol sqrt T): an SVI slice with more than one bend, and linear in its parameters.
HYPERBOLAS: Final = ((0.0, 1.0), (-3.0, 1.5), (2.0, 1.0))
REFERENCE_RIDGE: Final = 1e-6
LEAST_REFERENCE_VARIANCE_FRAC: Final = 0.05
REFERENCE_REACH_SD: Final = 1.0  # beyond the last quote the reference smile goes flat

# Mass too small for the quotes to see is not bent into shape: a density that moves a price by this share of its half
# spread, over a stretch no shorter than this share of a standard deviation.
UNSEEN_FRAC: Final = 0.03
UNSEEN_STRETCH_SD: Final = 0.2
# Beyond the last quote the reference falls off with the distance in sd, down to this share.
TAIL_DECAY_PER_SD: Final = 0.5
TAIL_FLOOR_FRAC: Final = 0.01

TILT_STEPS: Final = 60
TILT_DAMPING: Final = 0.8  # a whole Newton step may overshoot where the tails are heavy
TILT_DONE: Final = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class FitTask:
    """The expiries to fit, their quotes, and the targets made of both.

    Attributes:
        expiries: one row per expiry in the order of the fit: key, `forward_pts, discount_factor_frac, t_years,
            atm_iv_vol, low_strike_pts, high_strike_pts` (of the out-of-the-money quotes).
        targets: their quotes, by expiry and strike.
    """

    expiries: pl.DataFrame
    targets: CallTargets


def fit_task(marks: pl.DataFrame, smiles: Smiles, *, axis: MoneynessAxis, fewest_quotes: int) -> FitTask:
    """Gather what is to be fitted: living SPX expiries with enough out-of-the-money quotes.

    `marks` are rows of core.option_marks_daily of one session, `smiles` those read off the same marks.
    """
    expiries = _expiries(marks, smiles, fewest_quotes=fewest_quotes)
    bands = _bands(marks, expiries)
    sd = _numbers(expiries, "atm_iv_vol") * np.sqrt(_numbers(expiries, "t_years"))
    low, high = _numbers(bands, "low"), _numbers(bands, "high")
    half = _numbers(bands, "half_width")
    targets = CallTargets(
        expiry=np.asarray(bands["fit_index"].to_numpy(), dtype=np.intp),
        x=_numbers(bands, "x"),
        call=(low + high) / 2.0,
        half_width=half,
        reference=np.empty((0, axis.nodes.size - 2)),
        sd=sd,
    )
    return FitTask(expiries, _with_reference(targets, expiries, smiles, axis))


def _expiries(marks: pl.DataFrame, smiles: Smiles, *, fewest_quotes: int) -> pl.DataFrame:
    """One row per expiry to fit, within a root by time to settlement."""
    is_otm = (pl.col("strike_pts") < pl.col("forward_pts")) == (pl.col("right") == "P")
    otm = marks.filter(IS_TWO_SIDED, is_otm, pl.col("iv_vol").is_not_null())
    return (
        marks.filter(pl.col("underlying") == "SPX", pl.col("forward_pts").is_not_null(), pl.col("t_years") > 0.0)
        .select("session_date", *EXPIRY, "forward_pts", "discount_factor_frac", "t_years")
        .unique(EXPIRY, keep="first", maintain_order=True)
        .join(smiles.atm(), on=EXPIRY, how="inner", validate="1:1")
        .join(
            otm.group_by(EXPIRY).agg(
                low_strike_pts=pl.col("strike_pts").min(), high_strike_pts=pl.col("strike_pts").max()
            ),
            on=EXPIRY,
            how="inner",
            validate="1:1",
        )
        .filter(pl.col("smile_quotes_qty") >= fewest_quotes)
        .sort("root", "t_years", "expiry_date")
        .with_row_index("fit_index")
        .with_columns(pl.col("fit_index").cast(pl.Int64))
    )


def _bands(marks: pl.DataFrame, expiries: pl.DataFrame) -> pl.DataFrame:
    """One row per expiry and strike with a two-sided quote: the call's price per 1.00 of the forward, undiscounted.

    Where call and put contradict each other, the one out of the money speaks, as in the quoted smile.
    """
    carried = pl.when(pl.col("right") == "P").then(1.0 - pl.col("x")).otherwise(0.0)
    unit = pl.col("discount_factor_frac") * pl.col("forward_pts")
    quotes = (
        marks.filter(IS_TWO_SIDED)
        .join(expiries.select(*EXPIRY, "fit_index"), on=EXPIRY, how="inner", validate="m:1")
        .with_columns(x=pl.col("strike_pts") / pl.col("forward_pts"))
        .select(
            "fit_index",
            "strike_pts",
            "right",
            "x",
            floor_width=NARROWEST_HALF_SPREAD_PTS / unit,
            low=pl.col("bid_pts") / unit + carried,
            high=pl.col("ask_pts") / unit + carried,
        )
        .with_columns(width=pl.col("high") - pl.col("low"), is_itm=(pl.col("x") < 1.0) != (pl.col("right") == "P"))
        .sort("fit_index", "strike_pts", "is_itm")
    )
    do_meet = pl.col("low") < pl.col("high")
    return (
        quotes.group_by("fit_index", "strike_pts", maintain_order=True)
        .agg(
            pl.col("x", "floor_width").first(),
            pl.col("low").max(),
            pl.col("high").min(),
            otm_low=pl.col("low").first(),
            otm_high=pl.col("high").first(),
            narrowest=pl.col("width").min(),
        )
        .with_columns(
            low=pl.when(do_meet).then("low").otherwise("otm_low"),
            high=pl.when(do_meet).then("high").otherwise("otm_high"),
        )
        .with_columns(
            half_width=pl.max_horizontal(
                (pl.col("high") - pl.col("low")) / 2.0,
                NARROWEST_BAND_FRAC * pl.col("narrowest") / 2.0,
                "floor_width",
            )
        )
    )


def _with_reference(targets: CallTargets, expiries: pl.DataFrame, smiles: Smiles, axis: MoneynessAxis) -> CallTargets:
    """Add the masses each curve falls back on: those of a smooth smile, and where they vanish, the least visible."""
    if expiries.is_empty():
        return targets
    lowest, highest = (
        np.log(_numbers(expiries, name) / _numbers(expiries, "forward_pts"))
        for name in ("low_strike_pts", "high_strike_pts")
    )
    vol = _reference_total_vol(smiles, expiries, targets.sd, axis, (lowest, highest))
    curve = _undiscounted_call(axis.nodes[None, :], vol)
    seen = np.maximum(masses_of(curve, axis), 0.0)
    half = _half_width_by_node(targets, axis, (lowest, highest))
    stretch = np.maximum(axis.hat_widths[None, :], UNSEEN_STRETCH_SD * targets.sd[:, None])
    floored = seen + UNSEEN_FRAC * half / stretch**2 * axis.hat_widths
    tamed = _with_tails(floored, targets.sd, axis, (lowest, highest))
    return CallTargets(
        expiry=targets.expiry,
        x=targets.x,
        call=targets.call,
        half_width=targets.half_width,
        reference=_with_mean_one(tamed, axis),
        sd=targets.sd,
    )


def _reference_total_vol(
    smiles: Smiles, expiries: pl.DataFrame, sd: Floats, axis: MoneynessAxis, ends: tuple[Floats, Floats]
) -> Floats:
    """Fit the hyperbolas to the quoted smile by least squares and read them at the nodes: vol * sqrt(T)."""
    at = smiles.index_of(expiries)
    of_quote = np.full(smiles.starts.size - 1, -1)
    of_quote[at] = np.arange(at.size)
    row = np.repeat(of_quote, np.diff(smiles.starts))
    z, ratio = smiles.k / sd[row], (smiles.vol / _numbers(expiries, "atm_iv_vol")[row]) ** 2
    used = row >= 0
    row, columns, ratio = row[used], _smile_columns(z[used]), ratio[used]
    size = columns.shape[1]
    # Relative errors: the steep wings would otherwise outshout the money.
    weighted = columns / ratio[:, None]
    normal = np.zeros((at.size, size, size))
    right = np.zeros((at.size, size))
    for one in range(size):
        right[:, one] = np.bincount(row, weighted[:, one] * ratio, minlength=at.size)
        for other in range(size):
            normal[:, one, other] = np.bincount(row, weighted[:, one] * columns[:, other], minlength=at.size)
    trace = np.trace(normal, axis1=1, axis2=2)
    normal += np.eye(size) * (REFERENCE_RIDGE * trace / size)[:, None, None]
    shape = np.linalg.solve(normal, right[..., None])[..., 0]
    z_ends = (ends[0] / sd - REFERENCE_REACH_SD, ends[1] / sd + REFERENCE_REACH_SD)
    z_nodes = np.clip(np.log(axis.nodes)[None, :] / sd[:, None], z_ends[0][:, None], z_ends[1][:, None])
    variance = np.einsum("enc,ec->en", _smile_columns(z_nodes), shape)
    return np.asarray(np.sqrt(np.maximum(variance, LEAST_REFERENCE_VARIANCE_FRAC)) * sd[:, None])


def _smile_columns(z: Floats) -> Floats:
    bends = [np.sqrt((z - centre) ** 2 + width**2) for centre, width in HYPERBOLAS]
    return np.stack([np.ones_like(z), z, *bends], axis=-1)


def _undiscounted_call(x: Floats, total_vol: Floats) -> Floats:
    d1 = -np.log(x) / total_vol + total_vol / 2.0
    return np.asarray(ndtr(d1) - x * ndtr(d1 - total_vol))


def _half_width_by_node(targets: CallTargets, axis: MoneynessAxis, ends: tuple[Floats, Floats]) -> Floats:
    """How fine prices are known around each node: linear between out-of-the-money strikes, flat beyond them."""
    out = np.empty((targets.sd.size, axis.inner_nodes.size))
    k = np.log(targets.x)
    for row in range(targets.sd.size):
        near = (targets.expiry == row) & (k >= ends[0][row] - 1e-12) & (k <= ends[1][row] + 1e-12)
        out[row] = np.interp(axis.inner_nodes, targets.x[near], targets.half_width[near])
    return out


def _with_tails(masses: Floats, sd: Floats, axis: MoneynessAxis, ends: tuple[Floats, Floats]) -> Floats:
    """Let the density beyond the last quotes fall off from where it stands at them."""
    k = np.log(axis.inner_nodes)
    density = masses / axis.hat_widths
    first = np.searchsorted(k, ends[0])
    last = np.searchsorted(k, ends[1]) - 1
    rows = np.arange(sd.size)
    place = np.arange(k.size)[None, :]
    for edge, beyond in ((first, place < first[:, None]), (last, place > last[:, None])):
        apart = np.abs(k[None, :] - k[edge][:, None]) / sd[:, None]
        tail = density[rows, edge][:, None] * np.maximum(np.exp(-TAIL_DECAY_PER_SD * apart), TAIL_FLOOR_FRAC)
        density = np.where(beyond, tail, density)
    return np.asarray(density * axis.hat_widths)


def _with_mean_one(masses: Floats, axis: MoneynessAxis) -> Floats:
    """Tilt the masses by exp(theta x) until their mean is 1, theta by Newton's method, and scale them to mass 1."""
    away = axis.inner_nodes - 1.0
    theta = np.zeros((masses.shape[0], 1))
    for _ in range(TILT_STEPS):
        tilted = masses * np.exp(theta * away)
        tilted /= tilted.sum(axis=1, keepdims=True)
        mean = (tilted * away).sum(axis=1, keepdims=True)
        spread = (tilted * away**2).sum(axis=1, keepdims=True) - mean**2
        if np.abs(mean).max() < TILT_DONE:
            break
        theta -= TILT_DAMPING * mean / spread
    return np.asarray(tilted)


def _numbers(frame: pl.DataFrame, column: str) -> Floats:
    return np.asarray(frame[column].to_numpy(), dtype=np.float64)
