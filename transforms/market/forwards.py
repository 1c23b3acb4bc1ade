"""What each expiry's underlying costs for delivery on its own date, and what money costs until then.

SPX: put-call parity, C - P = DF (F - K), fitted over the ten strikes nearest the money. VIX: the VX future that settles
with the option, never spot VIX. METHODOLOGY 3.5; first guess by the VIX white paper (Cboe).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import polars as pl

from transforms.market.calendar import MINUTES_PER_YEAR, add_settlement_clock
from transforms.market.rates import ParCurve, rate_at
from transforms.market.vix_index import MINUTES_PER_DAY
from transforms.thresholds import threshold
from warehouse.tables.core import CORE_FORWARDS_DAILY

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

MIN_FIT_STRIKES: Final = 3  # two strikes fit any discount factor
SMALLEST_SPREAD_PTS: Final = 0.01  # a locked call over a locked put would weigh infinitely
DAYS_PER_YEAR: Final = MINUTES_PER_YEAR / MINUTES_PER_DAY

EXPIRY: Final = ("root", "expiry_date")
IS_VIX: Final = pl.col("underlying") == "VIX"

# Columns of core.forwards_daily that need no smile.
_FOUND_HERE: Final = tuple(
    name for name in CORE_FORWARDS_DAILY.column_names if name not in {"session_date", "atm_iv_vol", "smile_quotes_qty"}
)

_PARITY_SCHEMA: Final = pl.Schema(
    {
        "root": pl.String(),
        "expiry_date": pl.Date(),
        "parity_forward_pts": pl.Float64(),
        "parity_half_spread_pts": pl.Float64(),
        "fit_strikes_qty": pl.Int64(),
        "fit_forward_pts": pl.Float64(),
        "fit_discount_factor_frac": pl.Float64(),
        "fit_residual_pts": pl.Float64(),
        "treasury_forward_pts": pl.Float64(),
    }
)

NO_PARITY_STRIKE: Final = "no strike is quoted on both sides"
ALREADY_SETTLED: Final = "settled before the quotes"
NO_FIT: Final = (
    f"fewer than {MIN_FIT_STRIKES} strikes are quoted on both sides, or parity does not fall with the strike"
)
OFF_TREASURY: Final = "the fitted discount factor is too far from the Treasury curve"
NO_MATCHING_FUTURE: Final = "no VX future settles on this date"
FUTURE_IS_FILL: Final = "the weekly VX future has no price of its own, it repeats a monthly's"
NO_FUTURE_NO_PARITY: Final = "no VX future settles on this date and no strike is quoted on both sides"
OUTSIDE_VX_CURVE: Final = "no VX future on or around this date and no strike is quoted on both sides"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardRules:
    """How put-call parity is fitted, and when its discount factor is believed."""

    NAME: ClassVar[str] = "forwards"

    fit_strikes_qty: int = threshold(
        10, unit="strikes", says="SPX forward: parity fitted over the nearest", ref="METHODOLOGY 3.5"
    )
    # In logs: ten strikes cannot measure a short-dated discount factor.
    discount_tolerance: float = threshold(
        0.002,
        unit="ln",
        says="SPX forward: fitted discount factor off the Treasury’s by at most",
        ref="METHODOLOGY 3.5",
    )
    discount_tolerance_per_year: float = threshold(
        0.005,
        unit="ln a year",
        says="SPX forward: fitted discount factor off the Treasury’s by at most, beside it",
        ref="METHODOLOGY 3.5",
    )

    def discount_limit(self) -> pl.Expr:
        """How far the fitted discount factor of an expiry may stand from the Treasury's, in logs."""
        return self.discount_tolerance + self.discount_tolerance_per_year * pl.col("t_years")


RULES: Final = ForwardRules()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mark:
    """Against what a chain is priced: its session, the instant of its quotes, the par curve and the VX settlements.

    `vx` holds rows of core.vx_settlements_daily; other sessions in it are left aside.
    """

    session_date: dt.date
    quote_at: dt.datetime
    curve: ParCurve
    vx: pl.DataFrame


def forwards(quotes: pl.DataFrame, mark: Mark, rules: ForwardRules = RULES) -> pl.DataFrame:
    """Find the forward and the discount factor of every expiry in a chain.

    `quotes` are rows of `type_quotes`. One row per `root, expiry_date`, in core.forwards_daily's columns; ATM vol and
    smile are still null (`surface.price_chain` adds them). Null forward with a reason where nothing gives one.
    """
    expiries = _expiries(quotes, mark)
    parity = _read_parity(parity_pairs(quotes), expiries, rules)
    return (
        expiries.join(parity, on=EXPIRY, how="left", maintain_order="left")
        .join(_vx_futures(expiries, mark), on=EXPIRY, how="left", maintain_order="left")
        .pipe(_choose, rules)
        .select(*_FOUND_HERE, session_date=pl.lit(mark.session_date))
        .pipe(CORE_FORWARDS_DAILY.conform)
    )


def _expiries(quotes: pl.DataFrame, mark: Mark) -> pl.DataFrame:
    """One row per `root, expiry_date`: when it settles, the Treasury rate and discount factor to then."""
    listed = (
        quotes.lazy()
        .select("underlying", *EXPIRY)
        .unique()
        .sort(EXPIRY)
        .pipe(add_settlement_clock, mark_at=mark.quote_at)
        .collect()
    )
    rates = rate_at(mark.curve, listed["t_years"].to_numpy() * DAYS_PER_YEAR)
    return listed.with_columns(rate_frac=pl.Series(rates)).with_columns(
        dte_days=(pl.col("expiry_date") - mark.session_date).dt.total_days(),
        treasury_discount_frac=(-pl.col("rate_frac") * pl.col("t_years")).exp(),
    )


def parity_pairs(quotes: pl.DataFrame) -> pl.DataFrame:
    """Pair call and put at each strike where both are bid and neither is crossed; ascending strikes in each expiry.

    `quotes` are rows of `type_quotes` of one chain. One row per `root, expiry_date, strike_pts`; the put's columns end
    in `_put`.
    """
    two_sided = quotes.lazy().filter(pl.col("bid_pts") > 0.0, pl.col("ask_pts") >= pl.col("bid_pts"))
    calls, puts = (
        two_sided.filter(right=right).select(
            *EXPIRY, "strike_pts", "mid_pts", "vendor_iv_vol", spread_pts=pl.col("ask_pts") - pl.col("bid_pts")
        )
        for right in ("C", "P")
    )
    return (
        calls.join(puts, on=[*EXPIRY, "strike_pts"], suffix="_put", validate="1:1")
        .with_columns(
            call_less_put_pts=pl.col("mid_pts") - pl.col("mid_pts_put"),
            spread_pts=pl.col("spread_pts") + pl.col("spread_pts_put"),
        )
        .sort(*EXPIRY, "strike_pts")
        .collect()
    )


def _read_parity(pairs: pl.DataFrame, expiries: pl.DataFrame, rules: ForwardRules) -> pl.DataFrame:
    """Read the first guess and the fit of each living expiry with a pair; `pairs` in ascending strikes.

    Expiry by expiry, not grouped by the engine: it sums in the order its threads finish, and the last digits of a
    forward would differ between two runs over the same quotes.
    """
    spans = pairs.group_by(EXPIRY, maintain_order=True).agg(pairs_qty=pl.len())
    strikes, gaps, spreads = (pairs[name].to_numpy() for name in ("strike_pts", "call_less_put_pts", "spread_pts"))
    of_expiry: dict[tuple[str, dt.date], tuple[Floats, Floats, Floats]] = {}
    end = 0
    for root, expiry_date, pairs_qty in spans.iter_rows():
        start, end = end, end + pairs_qty
        of_expiry[root, expiry_date] = (strikes[start:end], gaps[start:end], spreads[start:end])
    living = expiries.filter(pl.col("t_years") > 0.0).select(*EXPIRY, "treasury_discount_frac")
    rows = [
        {"root": root, "expiry_date": expiry_date} | _parity_of(*of_expiry[root, expiry_date], discount, rules)
        for root, expiry_date, discount in living.iter_rows()
        if (root, expiry_date) in of_expiry
    ]
    return pl.DataFrame(rows, schema=_PARITY_SCHEMA)


def _parity_of(
    strikes: Floats, gaps: Floats, spreads: Floats, discount: float, rules: ForwardRules
) -> dict[str, float]:
    """Read one expiry: Cboe's forward K + (C - P)/DF where call and put mids are closest, then the fit around it.

    `discount` is the Treasury's. Ties take the lower strike.
    """
    closest = int(np.argmin(np.abs(gaps)))
    first_guess = float(strikes[closest] + gaps[closest] / discount)
    near = np.sort(np.argsort(np.abs(strikes - first_guess), kind="stable")[: rules.fit_strikes_qty])
    weights = np.maximum(spreads[near], SMALLEST_SPREAD_PTS) ** -2.0
    return {
        "parity_forward_pts": first_guess,
        "parity_half_spread_pts": float(spreads[closest]) / 2.0,
        "fit_strikes_qty": near.size,
        **_fit(strikes[near], gaps[near], weights=weights, discount=discount),
    }


def _fit(strikes: Floats, gaps: Floats, *, weights: Floats, discount: float) -> dict[str, float]:
    """Fit C - P = DF (F - K), least squares about the means: F = mean K + mean(C - P)/DF.

    `treasury_forward_pts` is the same mean with the Treasury's DF: the weighted mean of K + (C - P)/DF.
    """
    whole = weights.sum()

    def mean(values: Floats) -> float:
        return (values * weights).sum() / whole  # type: ignore[no-any-return]  # np.average takes five times as long

    mean_strike, mean_gap = mean(strikes), mean(gaps)
    x, y = strikes - mean_strike, gaps - mean_gap
    treasury = {"treasury_forward_pts": float(mean_strike + mean_gap / discount)}
    covariance = mean(x * y)
    if strikes.size < MIN_FIT_STRIKES or covariance >= 0.0:
        return treasury
    fitted_discount = -covariance / mean(x * x)
    return treasury | {
        "fit_forward_pts": float(mean_strike + mean_gap / fitted_discount),
        "fit_discount_factor_frac": float(fitted_discount),
        "fit_residual_pts": math.sqrt(mean((y + fitted_discount * x) ** 2)),
    }


def _vx_futures(expiries: pl.DataFrame, mark: Mark) -> pl.DataFrame:
    """Give each VIX expiry the future that settles with it, and the curve between two futures in calendar days.

    A weekly future without a price of its own (`fill`) is none.
    """
    tonight = mark.vx.filter(
        pl.col("session_date") == mark.session_date,
        pl.col("expiry_date") > mark.session_date,
        pl.col("settle_pts").is_not_null(),
    ).sort("expiry_date")
    is_fill = pl.col("settle_method").eq_missing("fill")
    curve = tonight.filter(~is_fill)
    vix = expiries.filter(underlying="VIX").select(*EXPIRY)
    days = vix["expiry_date"].cast(pl.Int32).to_numpy()
    interpolated = (
        np.interp(days, curve["expiry_date"].cast(pl.Int32), curve["settle_pts"], left=np.nan, right=np.nan)
        if curve.height
        else np.full(days.shape, np.nan)
    )
    settled = tonight.select(
        "expiry_date", future_pts=pl.when(~is_fill).then("settle_pts"), fill_pts=pl.when(is_fill).then("settle_pts")
    )
    return vix.with_columns(vx_curve_pts=pl.Series(interpolated, nan_to_null=True)).join(
        settled, on="expiry_date", how="left", validate="m:1"
    )


def _choose(found: pl.DataFrame, rules: ForwardRules) -> pl.DataFrame:
    """Choose the forward that prices, and say why where it is not the first choice."""
    return found.with_columns(method=_method(rules)).with_columns(
        forward_pts=_by_method(
            fit="fit_forward_pts",
            treasury="treasury_forward_pts",
            future="future_pts",
            parity="parity_forward_pts",
            curve="vx_curve_pts",
        ),
        discount_factor_frac=_by_method(
            fit="fit_discount_factor_frac",
            **dict.fromkeys(("treasury", "future", "parity", "curve"), "treasury_discount_frac"),
        ),
        method_reason=_method_reason(),
        parity_difference_pts=pl.col("parity_forward_pts") - pl.col("future_pts"),
    )


def _method(rules: ForwardRules) -> pl.Expr:
    """Name the first way that gives a forward: of SPX the fit or the Treasury's DF, of VIX future, parity or curve."""
    off_treasury = (pl.col("fit_discount_factor_frac") / pl.col("treasury_discount_frac")).log().abs()
    is_fit_accepted = (off_treasury <= rules.discount_limit()).fill_null(value=False)
    has_parity = pl.col("parity_forward_pts").is_not_null()
    return (
        pl.when(pl.col("t_years") <= 0.0)
        .then(pl.lit("none"))
        .when(IS_VIX, pl.col("future_pts").is_not_null())
        .then(pl.lit("future"))
        .when(IS_VIX, has_parity)
        .then(pl.lit("parity"))
        .when(IS_VIX, pl.col("vx_curve_pts").is_not_null())
        .then(pl.lit("curve"))
        .when(~IS_VIX, is_fit_accepted)
        .then(pl.lit("fit"))
        .when(~IS_VIX, has_parity)
        .then(pl.lit("treasury"))
        .otherwise(pl.lit("none"))
    )


def _by_method(**column_of_method: str) -> pl.Expr:
    """Read a number from the column its method names; null where no method gives one."""
    return pl.coalesce(
        pl.when(pl.col("method") == method).then(pl.col(column)) for method, column in column_of_method.items()
    )


def _method_reason() -> pl.Expr:
    method = pl.col("method")
    return (
        pl.when(pl.col("t_years") <= 0.0)
        .then(pl.lit(ALREADY_SETTLED))
        .when(method == "treasury")
        .then(
            pl.when(pl.col("fit_discount_factor_frac").is_null()).then(pl.lit(NO_FIT)).otherwise(pl.lit(OFF_TREASURY))
        )
        .when(method == "parity")
        .then(pl.when(pl.col("fill_pts").is_null()).then(pl.lit(NO_MATCHING_FUTURE)).otherwise(pl.lit(FUTURE_IS_FILL)))
        .when(method == "curve")
        .then(pl.lit(NO_FUTURE_NO_PARITY))
        .when(method == "none")
        .then(pl.when(IS_VIX).then(pl.lit(OUTSIDE_VX_CURVE)).otherwise(pl.lit(NO_PARITY_STRIKE)))
    )
