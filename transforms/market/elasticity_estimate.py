"""What a year of settlements says about how VIX futures answer SPX: A(tau) by weighted regression, drawn to the prior.

METHODOLOGY 4.4: the same-contract return of a VX tenor is regressed on 20/F * the SPX return; the slope is A, the
elasticity the tenor has at 20 points. A year is short, so the estimate is shrunk to the law of `elasticity`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import polars as pl

from transforms.market.elasticity import PRIOR, ElasticityPrior, reference_elasticity
from transforms.thresholds import threshold
from warehouse.tables.mart import MART_ELASTICITIES_DAILY

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

FROM_PRIOR: Final = "prior"
FROM_ESTIMATE: Final = "estimated"
REF: Final = "METHODOLOGY 4.4"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElasticityRules:
    """How elasticities are estimated, and which of the two the night's figures use."""

    NAME: ClassVar[str] = "elasticity_estimate"

    headline: str = threshold(
        FROM_PRIOR,
        unit="",
        says="figures use the elasticity that is prior or estimated",
        ref=REF,
        choices=(FROM_PRIOR, FROM_ESTIMATE),
    )
    tenors_days: tuple[int, ...] = threshold(
        (30, 60, 90, 120, 150, 180, 220), unit="calendar days", says="estimated at", ref=REF
    )
    window_sessions: int = threshold(252, unit="trading sessions", says="estimated over the last", ref=REF)
    least_sessions: int = threshold(200, unit="trading sessions", says="estimated from at least", ref=REF)
    half_life_sessions: float = threshold(60.0, unit="trading sessions", says="a session weighs half after", ref=REF)
    newey_west_lags: int = threshold(5, unit="trading sessions", says="errors hang together over", ref=REF)
    shrink_sessions: float = threshold(60.0, unit="trading sessions", says="the prior weighs as much as", ref=REF)
    bounds: tuple[float, float] = threshold((-12.0, -0.1), unit="elasticity at 20 points", says="A between", ref=REF)


RULES: Final = ElasticityRules()


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The regression's data, sessions down and tenors across; a cell that is not known weighs 0."""

    weight: Floats
    move: Floats
    response: Floats
    is_down: Flags


def estimate_elasticities(
    returns: pl.DataFrame,
    spx: pl.DataFrame,
    session_date: dt.date,
    *,
    rules: ElasticityRules = RULES,
    prior: ElasticityPrior = PRIOR,
) -> pl.DataFrame:
    """Estimate A for every tenor as of one session: one row per tenor, as mart.elasticities_daily declares.

    `returns` holds `session_date, tenor_days, price_pts, log_return`: the VX price at a constant maturity, and the
    return of the same contracts since the session before, never across a roll. `spx` holds `session_date, log_return`
    of the index, one row a session. Later rows are not looked at. A tenor with too little history has no estimate and
    says why; `a_used` is then the prior.
    """
    seen = spx.filter(pl.col("session_date") <= session_date).sort("session_date").tail(rules.window_sessions + 1)
    window, price_now, response_now = _window(returns, seen, rules, prior)
    spx_now = seen["log_return"][-1] if seen.height and seen["session_date"][-1] == session_date else None
    known = np.count_nonzero(window.weight, axis=0)
    is_estimable = known >= rules.least_sessions
    a_prior = reference_elasticity(rules.tenors_days, prior)
    n_eff, fit = _effective_size(window.weight), _regression(window, rules.newey_west_lags)
    share = n_eff / (n_eff + rules.shrink_sessions)
    a_estimated = np.clip(share * fit.slope + (1.0 - share) * a_prior, *rules.bounds)
    uses_estimate = is_estimable & (rules.headline == FROM_ESTIMATE)
    a_used = np.where(uses_estimate, a_estimated, a_prior)
    only_estimable = {
        "a_ols": fit.slope,
        "a_standard_error": fit.standard_error,
        "r2_frac": fit.r2_frac,
        "n_eff": n_eff,
        "a_down": _slope_through_origin(window),
        "a_estimated": a_estimated,
        "a_low": np.clip(a_estimated - fit.standard_error, *rules.bounds),
        "a_high": np.clip(a_estimated + fit.standard_error, *rules.bounds),
    }
    rows = pl.DataFrame(
        {
            "tenor_days": rules.tenors_days,
            "sessions_qty": known,
            **{name: np.where(is_estimable, values, np.nan) for name, values in only_estimable.items()},
            "a_prior": a_prior,
            "a_used": a_used,
            "source": np.where(uses_estimate, FROM_ESTIMATE, FROM_PRIOR),
            "cm_price_pts": price_now,
            "eps_at_cm": a_used * prior.eps_ref_pts / price_now,
            "vx_log_return": response_now,
            "realised_eps": response_now / (spx_now or np.nan),
        }
    )
    return _said(rows, session_date, spx_now, rules)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A straight line per tenor: slope, its Newey-West standard error, and the share of variance it explains."""

    slope: Floats
    standard_error: Floats
    r2_frac: Floats


def _window(
    returns: pl.DataFrame, seen: pl.DataFrame, rules: ElasticityRules, prior: ElasticityPrior
) -> tuple[Window, Floats, Floats]:
    """Lay the year out as sessions x tenors; beside it tonight's price and return of each tenor."""
    price, response = (_by_session(returns, seen, column, rules.tenors_days) for column in ("price_pts", "log_return"))
    spx = seen.select(pl.col("log_return").cast(pl.Float64).fill_null(float("nan"))).to_numpy()
    move = prior.eps_ref_pts / price[:-1] * spx[1:]
    age = np.arange(move.shape[0] - 1, -1, -1, dtype=np.float64)[:, np.newaxis]
    is_known = np.isfinite(move) & np.isfinite(response[1:])
    window = Window(
        weight=np.where(is_known, 0.5 ** (age / rules.half_life_sessions), 0.0),
        move=np.where(is_known, move, 0.0),
        response=np.where(is_known, response[1:], 0.0),
        is_down=np.broadcast_to(spx[1:] < 0.0, move.shape),
    )
    missing = np.full(len(rules.tenors_days), np.nan)
    return window, *((price[-1], response[-1]) if seen.height else (missing, missing))


def _by_session(returns: pl.DataFrame, seen: pl.DataFrame, column: str, tenors_days: tuple[int, ...]) -> Floats:
    tenors = pl.DataFrame({"tenor_days": tenors_days}, schema={"tenor_days": pl.Int64})
    grid = seen.select("session_date").join(tenors, how="cross", maintain_order="left_right")
    cells = grid.join(
        returns.select("session_date", pl.col("tenor_days").cast(pl.Int64), pl.col(column).cast(pl.Float64)),
        on=["session_date", "tenor_days"],
        how="left",
        validate="1:1",
        maintain_order="left",
    )
    return cells[column].fill_null(float("nan")).to_numpy().reshape(seen.height, len(tenors_days))


def _effective_size(weight: Floats) -> Floats:
    """Kish's effective number of observations: (sum of w)^2 / sum of w^2."""
    return _divided(weight.sum(axis=0) ** 2, (weight**2).sum(axis=0))


def _regression(window: Window, lags: int) -> Fit:
    """Fit response = level + slope * move by weighted least squares.

    Standard error of Newey and West with Bartlett weights on the scores w (x - mean) e, no small-sample correction. A
    session that is not known has a score of 0 and keeps its place, so that a lag is always a number of sessions.
    """
    weight, total = window.weight, window.weight.sum(axis=0)
    move, response = (
        values - _divided((weight * values).sum(axis=0), total) for values in (window.move, window.response)
    )
    spread = (weight * move**2).sum(axis=0)
    slope = _divided((weight * move * response).sum(axis=0), spread)
    residual = response - slope * move
    score = weight * move * residual
    variance = (score**2).sum(axis=0)
    for lag in range(1, lags + 1):
        variance = variance + 2.0 * (1.0 - lag / (lags + 1.0)) * (score[lag:] * score[:-lag]).sum(axis=0)
    unexplained = _divided((weight * residual**2).sum(axis=0), (weight * response**2).sum(axis=0))
    return Fit(slope, _divided(np.sqrt(variance), spread), 1.0 - unexplained)


def _slope_through_origin(window: Window) -> Floats:
    """A on the days SPX fell, without a level."""
    weight = np.where(window.is_down, window.weight, 0.0)
    return _divided((weight * window.move * window.response).sum(axis=0), (weight * window.move**2).sum(axis=0))


def _divided(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0.0), dtype=np.float64)


def _said(rows: pl.DataFrame, session_date: dt.date, spx_now: float | None, rules: ElasticityRules) -> pl.DataFrame:
    """Turn what is not a number into null, and say why."""
    few = pl.format(
        "{} of the last {} sessions have a return at {} days, {} are needed",
        "sessions_qty",
        pl.lit(rules.window_sessions),
        "tenor_days",
        pl.lit(rules.least_sessions),
    )
    no_price = pl.format("no VX contracts around {} days tonight", "tenor_days")
    no_move = pl.lit("no SPX return tonight" if spx_now is None else "SPX did not move")
    floats = [name for name, dtype in rows.schema.items() if dtype == pl.Float64]
    spoken = rows.with_columns(pl.col(floats).fill_nan(None)).with_columns(
        session_date=pl.lit(session_date),
        spx_log_return=pl.lit(spx_now, dtype=pl.Float64),
        reason=pl.when(pl.col("a_ols").is_null()).then(few),
        price_reason=pl.when(pl.col("cm_price_pts").is_null()).then(no_price),
        realised_reason=pl.when(pl.col("vx_log_return").is_null())
        .then(pl.format("no VX return at {} days tonight", "tenor_days"))
        .when(pl.col("realised_eps").is_null())
        .then(no_move),
    )
    return MART_ELASTICITIES_DAILY.conform(spoken).sort("tenor_days")
