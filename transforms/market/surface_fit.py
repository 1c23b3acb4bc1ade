"""The fitted surface of SPX: beside the quoted smile, a curve a density can be read off.

The quoted smile (surface.py) marks the book and drives the scenarios; it joins quotes by straight lines and knows no
arbitrage. The fit is for what a straight line cannot give: densities, probabilities, prices between strikes, and how
far a quote lies from all others. Every use of it says `fitted`.

One convex call curve an expiry (pricing.call_spline), the smoothest through the bands of bid and ask (convex_fit).
Then, within a root, each curve is lifted to the highest of the expiries before it: the greater of two convex functions
is convex, so that is free of calendar arbitrage and stays free of butterflies, exactly. It lifts cents, in the wings.

Why not SVI: five parameters cannot pass through tick-wide spreads of a week's options; its packages fit expiry by
expiry, iteratively, and give no guarantee across expiries. Why not VIX options: each expiry has a future of its own, so
total variance need not grow in T, and the quoted smile is all they need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import polars as pl

from transforms.market.fit_targets import EXPIRY, IS_TWO_SIDED, fit_task
from transforms.market.fitted_surface import FittedSurface
from transforms.pricing.call_spline import CallSplines, masses_of, moneyness_axis
from transforms.pricing.convex_fit import fit_calls
from transforms.thresholds import threshold
from warehouse.tables.core import CORE_OPTION_MARKS_DAILY, CORE_SMILE_FITS_DAILY, CORE_SMILE_NODES_DAILY

if TYPE_CHECKING:
    import numpy.typing as npt

    from transforms.market.surface import PricedChain
    from transforms.pricing.convex_fit import CallTargets

    Floats = npt.NDArray[np.float64]

METHOD: Final = "call_spline"
TOO_FEW_QUOTES: Final = "too few out-of-the-money quotes to fit"
NOT_SOLVED: Final = "the fit did not converge"
MISSES_QUOTES: Final = "no curve without butterflies meets these quotes"
NO_FORWARD: Final = "no forward"
SETTLED: Final = "settled before the quotes"

ROUNDING: Final = 1e-9  # points: a price on the ask is inside


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRules:
    """How the surface is fitted."""

    NAME: ClassVar[str] = "surface_fit"

    roughness: float = threshold(
        1.0,
        unit="squared half spreads per sd",
        says="weight of a smooth density against the middle of the quotes",
        ref="METHODOLOGY 3.6",
    )
    fewest_quotes: int = threshold(
        8, unit="quotes", says="fewest out-of-the-money quotes of an expiry that is fitted", ref="METHODOLOGY 3.6"
    )
    least_met_frac: float = threshold(
        0.5,
        unit="quoted strikes",
        says="least share of an expiry's strikes its own curve must meet, else it is not fitted",
        ref="METHODOLOGY 3.6",
    )


RULES: Final = FitRules()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedChain:
    """The surface, the rows it is stored as, and the marks with what each contract's quote says of the fit."""

    surface: FittedSurface
    fits: pl.DataFrame
    nodes: pl.DataFrame
    marks: pl.DataFrame


def fit_surface(priced: PricedChain, rules: FitRules = RULES) -> FittedChain:
    """Fit every SPX expiry of a priced chain, and hold every quote against its curve.

    `fits`: rows of core.smile_fits_daily, one per SPX expiry of the chain, with a reason where it is not fitted.
    `nodes`: rows of core.smile_nodes_daily. `marks`: those of the chain with `fit_vol` and `fit_residual_pts`.
    """
    axis = moneyness_axis()
    task = fit_task(priced.marks, priced.smiles, axis=axis, fewest_quotes=rules.fewest_quotes)
    alone = fit_calls(task.targets, axis, roughness=rules.roughness)
    judged = task.expiries.with_columns(reason=_why_refused(alone, task.targets, rules))
    is_kept = judged["reason"].is_null().to_numpy()
    expiries = task.expiries.filter(is_kept).with_columns(fit_index=pl.int_range(pl.len(), dtype=pl.Int64))
    ordered = _without_calendar_arbitrage(alone[is_kept], expiries["root"])
    lifted = (ordered - alone[is_kept]).max(axis=1, initial=0.0) * _column(expiries, "forward_pts")
    surface = FittedSurface(expiries, CallSplines(ordered, axis))
    marks = _against_the_fit(priced.marks, surface)
    fits = _fit_rows(priced.forwards, surface, marks, refused=judged.select(*EXPIRY, "reason"))
    raised = expiries.select(*EXPIRY, calendar_lift_pts=pl.Series(lifted))
    return FittedChain(
        surface=surface,
        fits=CORE_SMILE_FITS_DAILY.conform(
            fits.join(raised, on=EXPIRY, how="left", maintain_order="left", validate="1:1")
        ),
        nodes=_node_rows(surface),
        marks=CORE_OPTION_MARKS_DAILY.conform(marks.drop("half_spread_pts", "is_otm", "is_two_sided", "is_inside")),
    )


def _why_refused(alone: Floats, targets: CallTargets, rules: FitRules) -> pl.Series:
    """Say of each expiry why its own curve, before any lifting, is not used; null where it is."""
    is_solved = ~np.isnan(alone).any(axis=1)
    miss = np.abs(CallSplines(alone, moneyness_axis()).call_at(targets.expiry, targets.x) - targets.call)
    strikes = np.bincount(targets.expiry, minlength=is_solved.size)
    met = np.bincount(targets.expiry, miss <= targets.half_width, minlength=is_solved.size)
    misses = is_solved & (met < rules.least_met_frac * strikes)
    said = np.select([~is_solved, misses], [NOT_SOLVED, MISSES_QUOTES], "")
    return pl.Series(said.tolist(), dtype=pl.String).replace("", None)


def _without_calendar_arbitrage(controls: Floats, root: pl.Series) -> Floats:
    """Lift every curve to the highest before it in its root; rows are in order of time within a root."""
    out = controls.copy()
    starts_root = (root != root.shift(1)).fill_null(value=True).to_list()
    for row, is_first in enumerate(starts_root):
        if not is_first:
            out[row] = np.maximum(out[row], out[row - 1])
    return out


def _against_the_fit(marks: pl.DataFrame, surface: FittedSurface) -> pl.DataFrame:
    """Add to each contract the fitted vol at its strike, and its mid less the fitted price where both exist."""
    index = surface.index_of(marks)
    strike = _column(marks, "strike_pts")
    cp = np.where((marks["right"] == "C").to_numpy(), 1.0, -1.0)
    value, vol = surface.values_and_vols(index, strike, cp)
    fitted = _column(marks, "discount_factor_frac") * value
    is_supported = surface.supports(index, strike)
    bid, ask = _column(marks, "bid_pts"), _column(marks, "ask_pts")
    columns = {
        "fit_vol": vol,
        "fit_residual_pts": np.where(is_supported, _column(marks, "mid_pts") - fitted, np.nan),
    }
    is_otm = (pl.col("strike_pts") < pl.col("forward_pts")) == (pl.col("right") == "P")
    return marks.with_columns(
        **{name: pl.Series(values, nan_to_null=True) for name, values in columns.items()},
        is_inside=pl.Series((fitted >= bid - ROUNDING) & (fitted <= ask + ROUNDING)),
        half_spread_pts=(pl.col("ask_pts") - pl.col("bid_pts")) / 2.0,
        is_otm=is_otm,
        is_two_sided=IS_TWO_SIDED,
    )


def _fit_rows(
    forwards: pl.DataFrame, surface: FittedSurface, marks: pl.DataFrame, *, refused: pl.DataFrame
) -> pl.DataFrame:
    """One row per SPX expiry: how well its curve meets its quotes, or why there is none."""
    otm = pl.col("is_otm")
    share = (pl.col("fit_residual_pts") / pl.col("half_spread_pts")).filter(otm, pl.col("half_spread_pts") > 0.0)
    found = (
        marks.filter("is_two_sided")
        .sort(*EXPIRY, "right", "strike_pts")
        .group_by(EXPIRY, maintain_order=True)
        .agg(
            quotes_qty=pl.len().cast(pl.Int64),
            inside_bid_ask_frac=pl.col("is_inside").mean(),
            otm_quotes_qty=otm.sum().cast(pl.Int64),
            otm_inside_bid_ask_frac=pl.col("is_inside").filter(otm).mean(),
            residual_rms_half_spreads=(share**2).mean().sqrt(),
            worst_residual_pts=pl.col("fit_residual_pts").filter(otm).abs().max(),
        )
    )
    masses = masses_of(surface.splines.controls, surface.splines.axis)
    curves = surface.expiries.select(
        *EXPIRY,
        "low_strike_pts",
        "high_strike_pts",
        fit_atm_iv_vol=pl.Series(
            surface.vol_at(surface.expiries["fit_index"].to_numpy(), _column(surface.expiries, "forward_pts")),
            nan_to_null=True,
        ),
        mass_frac=pl.Series(masses.sum(axis=1)),
        method=pl.lit(METHOD),
    )
    return (
        forwards.filter(underlying="SPX")
        .select("session_date", *EXPIRY, "underlying", "t_years", "dte_days", "forward_pts", "atm_iv_vol")
        .join(curves, on=EXPIRY, how="left", maintain_order="left", validate="1:1")
        .join(found, on=EXPIRY, how="left", maintain_order="left", validate="1:1")
        .join(refused, on=EXPIRY, how="left", maintain_order="left", validate="1:1")
        .with_columns(reason=_why_not_fitted())
        .with_columns(
            pl.when(pl.col("method").is_not_null()).then(
                pl.col("inside_bid_ask_frac", "otm_inside_bid_ask_frac", "residual_rms_half_spreads")
            )
        )
    )


def _why_not_fitted() -> pl.Expr:
    return pl.when(pl.col("method").is_null()).then(
        pl.when(pl.col("t_years") <= 0.0)
        .then(pl.lit(SETTLED))
        .when(pl.col("forward_pts").is_null())
        .then(pl.lit(NO_FORWARD))
        .otherwise(pl.coalesce("reason", pl.lit(TOO_FEW_QUOTES)))
    )


def _node_rows(surface: FittedSurface) -> pl.DataFrame:
    """One row per fitted expiry and node: the curve as it is read back."""
    axis, controls = surface.splines.axis, surface.splines.controls
    masses = np.pad(np.maximum(masses_of(controls, axis), 0.0), ((0, 0), (1, 1)))
    qty = axis.nodes.size
    rows = np.repeat(np.arange(surface.expiries.height), qty)
    return CORE_SMILE_NODES_DAILY.conform(
        surface.expiries.select("session_date", *EXPIRY)[rows].with_columns(
            node=pl.Series(np.tile(np.arange(qty), surface.expiries.height)),
            moneyness_frac=pl.Series(np.tile(axis.nodes, surface.expiries.height)),
            control_frac=pl.Series(controls.reshape(-1)),
            mass_frac=pl.Series(masses.reshape(-1)),
        )
    )


def _column(frame: pl.DataFrame, name: str) -> Floats:
    return np.asarray(frame[name].to_numpy(), dtype=np.float64)
