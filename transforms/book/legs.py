"""What each leg is worth tonight and how it answers SPX: marks, Greeks in USD, and by name what could not be priced.

SPX options lean on their parity forward, VIX options on their own VX future (METHODOLOGY 3.7, 4.4), never on spot VIX.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.market.calendar import previous_session, settlement_session
from transforms.market.elasticity import points_per_spx_point, points_per_spx_point_squared
from transforms.market.elasticity_curve import PRIOR_CURVE
from warehouse.tables.mart import MART_LEGS_DAILY

if TYPE_CHECKING:
    from transforms.market.elasticity_curve import ElasticityCurve

SERIES: Final = ("root", "expiry_date", "settlement")
CONTRACT: Final = (*SERIES, "right", "strike_pts")

IS_FUTURE: Final = pl.col("root").is_in(["VX", "VXM"])
IS_VIX_OPTION: Final = pl.col("root").is_in(["VIX", "VIXW"])
IS_SPX_OPTION: Final = pl.col("root").is_in(["SPX", "SPXW"])
UNDERLYING: Final = pl.when(IS_SPX_OPTION).then(pl.lit("SPX")).otherwise(pl.lit("VIX"))
SIZE_USD: Final = pl.col("quantity_qty") * pl.col("multiplier_usd")
# A leg without a mark has no figure in USD at all: the smile's Greeks would be a part of a position nobody can value.
PRICED_SIZE_USD: Final = pl.when(pl.col("mark_pts").is_not_null()).then(SIZE_USD)


def price_legs(  # noqa: PLR0913 - one argument a fact of the night
    positions: pl.DataFrame,
    marks: pl.DataFrame,
    forwards: pl.DataFrame,
    *,
    vx: pl.DataFrame,
    spot_pts: float | None,
    elasticity: ElasticityCurve = PRIOR_CURVE,
) -> pl.DataFrame:
    """Value every leg held and turn its Greeks into USD per SPX point.

    One row per row of `positions`, as mart.legs_daily declares; `marks`, `forwards` and `vx` are the session's rows of
    core.option_marks_daily, core.forwards_daily and core.vx_settlements_daily. A leg without a mark says why.
    `spot_pts` is the mark spot; without it there are no SPX deltas. `elasticity` maps VIX legs to SPX.
    """
    quoted = _with_quotes(positions, marks, forwards, vx).with_columns(
        unpriced_reason=_unpriced_reason(marks),
        is_am_gap_risk=_is_last_evening(positions),
    )
    greeks = _with_spx_response(quoted, spot_pts, elasticity).with_columns(
        is_priced=pl.col("unpriced_reason").is_null(),
        vega_usd_per_volpt=pl.when(IS_SPX_OPTION).then(PRICED_SIZE_USD * pl.col("vega_pts_per_volpt")),
        volvol_vega_usd_per_volpt=pl.when(IS_VIX_OPTION).then(PRICED_SIZE_USD * pl.col("vega_pts_per_volpt")),
        theta_usd_per_day=PRICED_SIZE_USD * pl.col("theta_pts_per_day"),
        vix_delta_usd_per_vx_pt=pl.when(~IS_SPX_OPTION).then(PRICED_SIZE_USD * pl.col("delta_b76")),
        extrinsic_usd=PRICED_SIZE_USD * pl.col("extrinsic_pts"),
        value_usd=PRICED_SIZE_USD * (pl.col("mark_pts") - _paid_already()),
        liq_value_usd=PRICED_SIZE_USD * (_liquidation_price() - _paid_already()),
        pnl_usd=PRICED_SIZE_USD * (pl.col("mark_pts") - pl.col("entry_price_pts"))
        + pl.col("realised_pnl_usd")
        - pl.col("fees_usd"),
    )
    rows = greeks.select(column for column in MART_LEGS_DAILY.column_names if column in greeks.columns)
    return MART_LEGS_DAILY.conform(rows).sort("account", "structure_id", "instrument_id")


def sum_or_null(column: str) -> pl.Expr:
    """Add up a column; null as soon as one row is, for no leg is left out of a total. No rows add up to 0."""
    return pl.when(pl.col(column).is_null().any()).then(None).otherwise(pl.col(column).sum())


def total_or_null(amounts: pl.Series) -> float | None:
    """Add up, as `sum_or_null`, what is at hand."""
    return None if amounts.null_count() else float(amounts.sum())


def named_reasons(name: str = "instrument_id", reason: str = "unpriced_reason") -> pl.Expr:
    """List the rows that carry a reason as `name (reason)`, in order of name; null when none does."""
    named = pl.format("{} ({})", name, reason).filter(pl.col(reason).is_not_null())
    return pl.when(pl.col(reason).is_not_null().any()).then(named.unique().sort().str.join(", "))


def told_reasons(rows: pl.DataFrame, name: str = "instrument_id", reason: str = "unpriced_reason") -> str | None:
    """Spell `named_reasons` of all rows; none where no row carries one."""
    if rows[reason].null_count() == rows.height:
        return None
    told: str | None = rows.select(named_reasons(name, reason)).item()
    return told


def both_reasons(one: str, other: str) -> pl.Expr:
    """Put two lists of reasons into one; null when both are."""
    return pl.concat_str(one, other, separator=", ", ignore_nulls=True).replace("", None)


def _paid_already() -> pl.Expr:
    """What a future's mark holds of no value: it costs nothing to enter, so only its open profit counts."""
    return pl.when(IS_FUTURE).then(pl.col("entry_price_pts")).otherwise(0.0)


def _liquidation_price() -> pl.Expr:
    bid_or_ask = pl.when(pl.col("quantity_qty") > 0).then(pl.col("bid_pts")).when(pl.col("ask_pts") > 0).then("ask_pts")
    return pl.when(IS_FUTURE).then(pl.col("mark_pts")).otherwise(bid_or_ask)


def _with_quotes(
    positions: pl.DataFrame, marks: pl.DataFrame, forwards: pl.DataFrame, vx: pl.DataFrame
) -> pl.DataFrame:
    """Put the quote, the forward and the settlement beside each leg; a future is its own forward."""
    session = positions["session_date"].unique().implode()
    quotes = marks.filter(pl.col("session_date").is_in(session)).select(
        *CONTRACT,
        "bid_pts",
        "ask_pts",
        "mark_pts",
        "mark_quality",
        "mark_method",
        "forward_pts",
        "discount_factor_frac",
        "t_years",
        "delta",
        "delta_b76",
        "gamma_b76",
        "vega_pts_per_volpt",
        "theta_pts_per_day",
        "extrinsic_pts",
        iv_vol="smile_vol",
        is_listed=pl.lit(value=True),
    )
    methods = forwards.filter(pl.col("session_date").is_in(session)).select(*SERIES, forward_method="method")
    settlements = vx.filter(pl.col("session_date").is_in(session)).select("expiry_date", "settle_pts")
    future = pl.when(IS_FUTURE)
    return (
        positions.join(quotes, on=CONTRACT, how="left", validate="m:1", maintain_order="left")
        .join(methods, on=SERIES, how="left", validate="m:1", maintain_order="left")
        .join(settlements, on="expiry_date", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            dte_days=(pl.col("expiry_date") - pl.col("session_date")).dt.total_days(),
            mark_pts=future.then("settle_pts").otherwise("mark_pts"),
            forward_pts=future.then("settle_pts").otherwise("forward_pts"),
            forward_method=future.then(pl.lit("future")).otherwise("forward_method"),
            mark_method=future.then(_where_settled(pl.lit("settlement"))).otherwise("mark_method"),
            delta=future.then(_where_settled(pl.lit(1.0))).otherwise("delta"),
            delta_b76=future.then(_where_settled(pl.lit(1.0))).otherwise("delta_b76"),
            gamma_b76=future.then(_where_settled(pl.lit(0.0))).otherwise("gamma_b76"),
            # At an unchanged curve a future neither decays nor carries time value.
            theta_pts_per_day=future.then(_where_settled(pl.lit(0.0))).otherwise("theta_pts_per_day"),
            extrinsic_pts=future.then(_where_settled(pl.lit(0.0))).otherwise("extrinsic_pts"),
        )
    )


def _where_settled(value: pl.Expr) -> pl.Expr:
    return pl.when(pl.col("settle_pts").is_not_null()).then(value)


def _unpriced_reason(marks: pl.DataFrame) -> pl.Expr:
    """Say why a leg has no mark, from the widest cause to the narrowest."""
    listed = marks.select("root", "expiry_date").unique()
    has_series = pl.struct("root", "expiry_date").is_in(listed.select(pl.struct(pl.all())).to_series().implode())
    future = pl.format("no VX settlement for {} tonight", "expiry_date")
    expiry = pl.format("expiry {} of {} is not in tonight's chain", "expiry_date", "root")
    strike = pl.format("strike {} {} is not in tonight's chain", "strike_pts", "right")
    return (
        pl.when(pl.col("mark_pts").is_not_null())
        .then(None)
        .when(IS_FUTURE)
        .then(future)
        .when(~UNDERLYING.is_in(marks["underlying"].unique().implode()))
        .then(pl.format("no {} chain for this session", UNDERLYING))
        .when(~has_series)
        .then(expiry)
        .when(pl.col("is_listed").is_null())
        .then(strike)
        .otherwise(pl.format("no mark: {} quote", "mark_quality"))
    )


def _is_last_evening(positions: pl.DataFrame) -> pl.Series:
    """Whether an AM series trades for the last time tonight: the gap to its settlement value is still ahead."""
    series = positions.select("session_date", "root", "expiry_date", "settlement").iter_rows()
    return pl.Series(
        [
            style == "AM" and previous_session(settlement_session(root, expiry)) == session
            for session, root, expiry, style in series
        ],
        dtype=pl.Boolean,
    )


def _with_spx_response(legs: pl.DataFrame, spot_pts: float | None, elasticity: ElasticityCurve) -> pl.DataFrame:
    """Add eps, delta and gamma to SPX in USD: by the forward for SPX, by the elasticity of its own future for VIX.

    The delta of a VIX leg is linear in eps, so the measured band of eps gives that of the delta.
    """
    forward, dte = legs["forward_pts"].to_numpy(), legs["dte_days"].to_numpy()
    spot = float("nan") if spot_pts is None else spot_pts
    eps = elasticity.eps(dte, forward)
    low, high = elasticity.eps_band(dte, forward)
    spx_slope, vix_slope = pl.Series(forward / spot), pl.Series(points_per_spx_point(forward, eps, spot))
    vix_bend = pl.Series(points_per_spx_point_squared(forward, eps, spot))
    slope = pl.when(IS_SPX_OPTION).then(spx_slope).otherwise(vix_slope)
    bend = pl.when(IS_SPX_OPTION).then(0.0).otherwise(vix_bend)
    delta = pl.col("delta_b76")
    return legs.with_columns(
        **{
            name: _of_vix(values)
            for name, values in (
                ("eps", pl.Series(eps)),
                ("eps_estimated", pl.Series(elasticity.eps_estimated(dte, forward))),
                ("eps_low", pl.Series(low)),
                ("eps_high", pl.Series(high)),
            )
        },
        eps_source=pl.when(~IS_SPX_OPTION).then(pl.lit(elasticity.source)),
        delta_usd_per_pt=(PRICED_SIZE_USD * delta * slope).fill_nan(None),
        gamma_usd_per_pt2=(PRICED_SIZE_USD * (pl.col("gamma_b76") * slope**2 + delta * bend)).fill_nan(None),
    ).with_columns(
        delta_low_usd_per_pt=pl.col("delta_usd_per_pt") * pl.col("eps_low") / pl.col("eps"),
        delta_high_usd_per_pt=pl.col("delta_usd_per_pt") * pl.col("eps_high") / pl.col("eps"),
    )


def _of_vix(values: pl.Series) -> pl.Expr:
    """A figure of VIX legs only; null where it is not a number."""
    return pl.when(~IS_SPX_OPTION).then(values).fill_nan(None)
