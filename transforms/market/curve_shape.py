"""What the curve of VIX futures says: contango, roll, slope, regime."""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.market.term_structure import CURVE_RULES, CurveRules, front_pairs

DAYS_PER_YEAR: Final = 365.0
EXACT_DECIMALS: Final = 12
NO_PAIR: Final = "fewer than two monthly VX settlements, or the front one in its last days"
SLOPE_DAYS: Final = (30, 150)
SPREAD_DAYS: Final = (30, 60)


def curve_shape(curves: pl.DataFrame, maturities: pl.DataFrame, rules: CurveRules = CURVE_RULES) -> pl.DataFrame:
    """Read each session's contango, roll, slope and regime from its curve.

    From mart.vx_curve_daily and mart.vx_constant_maturities_daily rows; one row per `session_date`. M1 and M2 of
    `front_pairs`, with `m1_mean_pts` the mean of M1's own last 21 settlements (the same contract, so no roll is in it);
    `contango_frac` = M2/M1 - 1, positive when later is dearer; `annual_roll_frac` = contango * 365 / days between them;
    `cm30_pts` with `cm30_method`; `curve_slope_frac` = 150-day / 30-day price - 1; `cm_spread_pts` = 30-day less 60-day
    price (what M1 - M2 is, without its jumps at a roll); `vx_regime`. Contango and regime are null, with `vx_reason`,
    where M2 is not the month after M1. METHODOLOGY 5.2, 5.3.
    """
    shape = (
        front_pairs(curves, rules)
        .join(_own_means(curves, rules), on=["session_date", "m1_expiry_date"], how="left", maintain_order="left")
        .join(_prices_by_tenor(maturities), on="session_date", how="left", maintain_order="left")
        .with_columns(between_days=pl.col("m2_days") - pl.col("m1_days"))
    )
    is_next_month = pl.col("between_days") <= rules.front_pair_max_days
    m2_pts = pl.when(is_next_month).then("m2_pts")
    contango = _contango(pl.col("m1_pts"), m2_pts)
    return shape.with_columns(
        contango_frac=contango,
        annual_roll_frac=contango * DAYS_PER_YEAR / pl.col("between_days"),
        curve_slope_frac=pl.col("cm150_pts") / pl.col("cm30_pts") - 1.0,
        cm_spread_pts=pl.col("cm30_pts") - pl.col("cm60_pts"),
        vx_regime=regime(pl.col("m1_pts"), m2_pts, rules),
        vx_reason=pl.when(pl.col("m2_pts").is_null())
        .then(pl.lit(NO_PAIR))
        .when(~is_next_month)
        .then(pl.format("a month is missing: M1 and M2 settle {} days apart", "between_days")),
    )


def regime(m1_pts: pl.Expr, m2_pts: pl.Expr, rules: CurveRules = CURVE_RULES) -> pl.Expr:
    """Name the rung of the ladder from EXTREME_CONTANGO down to STRESS.

    A bound belongs to the rung above it, but that of STRESS to STRESS.
    """
    contango = _contango(m1_pts, m2_pts)
    is_stress = (contango <= rules.stress_frac) | (m1_pts - m2_pts >= rules.stress_inversion_pts)
    rungs = (
        ("EXTREME_CONTANGO", rules.extreme_contango_frac),
        ("STEEP", rules.steep_frac),
        ("NORMAL", rules.normal_frac),
        ("FLAT", rules.flat_frac),
    )
    return pl.coalesce(
        pl.when(is_stress).then(pl.lit("STRESS")),
        *(pl.when(contango >= from_frac).then(pl.lit(name)) for name, from_frac in rungs),
        pl.when(contango.is_not_null()).then(pl.lit("INVERTED")),
    )


def _contango(m1_pts: pl.Expr, m2_pts: pl.Expr) -> pl.Expr:
    """M2/M1 - 1. 20.7 over 20 is 3.5% and not less by the last bit: it must stand on the threshold, not beside it."""
    return (m2_pts / m1_pts - 1.0).round(EXACT_DECIMALS)


def _own_means(curves: pl.DataFrame, rules: CurveRules) -> pl.DataFrame:
    by_contract = curves.sort("expiry_date", "session_date")
    mean = pl.col("settle_pts").rolling_mean(rules.mean_sessions).over("expiry_date")
    return by_contract.select("session_date", m1_expiry_date="expiry_date", m1_mean_pts=mean)


def _prices_by_tenor(maturities: pl.DataFrame) -> pl.DataFrame:
    wanted = sorted({*SLOPE_DAYS, *SPREAD_DAYS})
    by_tenor = {f"cm{days}_pts": pl.col("price_pts").filter(pl.col("tenor_days") == days).first() for days in wanted}
    return maturities.group_by("session_date", maintain_order=True).agg(
        **by_tenor, cm30_method=pl.col("method").filter(pl.col("tenor_days") == SPREAD_DAYS[0]).first()
    )
