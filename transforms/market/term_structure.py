"""The curve of VIX futures: ranks, contango, the 30-day constant maturity, a forward for any date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

import numpy as np
import polars as pl

from transforms.thresholds import threshold
from warehouse.tables.mart import MART_VX_CURVE_DAILY

if TYPE_CHECKING:
    import datetime as dt

CONSTANT_MATURITY_DAYS: Final = 30
BRACKET_SIZE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveRules:
    """How the curve of VIX futures is read."""

    NAME: ClassVar[str] = "vx_curve"

    # In its last days the front future is pinned to its own settlement.
    front_month_min_days: int = threshold(
        5, unit="calendar days", says="VIX curve: M1 is the first monthly with at least", ref="METHODOLOGY 5.3"
    )


CURVE_RULES: Final = CurveRules()


@dataclass(frozen=True, slots=True)
class VxForward:
    """The price VIX options of one expiry are valued on: the future that settles with them, or the curve's stand-in."""

    forward_pts: float
    method: Literal["future", "curve"]


def vx_curve(vx: pl.DataFrame, session_date: dt.date) -> pl.DataFrame:
    """Rank the monthly VX contracts of one session by expiry.

    From core.vx_settlements_daily; one row per `session_date, rank`. Rank 1 is the first contract that expires after
    the session, rank 0 the one that settles on it.
    """
    return vx_curves(vx.filter(pl.col("session_date") == session_date))


def vx_curves(vx: pl.DataFrame) -> pl.DataFrame:
    """Rank the monthly VX contracts of every session, as `vx_curve` does for one."""
    is_live = pl.col("expiry_date") > pl.col("session_date")
    ranked = (
        vx.filter(pl.col("is_monthly"), pl.col("expiry_date") >= pl.col("session_date"), pl.col("settle_pts") > 0)
        .sort("session_date", "expiry_date")
        .with_columns(
            rank=is_live.cast(pl.Int64).cum_sum().over("session_date"),
            days_to_expiry_days=(pl.col("expiry_date") - pl.col("session_date")).dt.total_days(),
        )
    )
    return MART_VX_CURVE_DAILY.conform(ranked.select(MART_VX_CURVE_DAILY.column_names))


def term_structure(curves: pl.DataFrame, rules: CurveRules = CURVE_RULES) -> pl.DataFrame:
    """Read contango and the 30-day constant maturity from each session's curve.

    One row per `session_date` of mart.vx_curve_daily rows; adds `m1_expiry_date, m1_pts, m2_expiry_date, m2_pts`
    (M1 is the first monthly with at least 5 calendar days), `contango_frac` = M2/M1 - 1, `cm30_pts` and `cm30_method`:
    `bracket`, linear in calendar days between the contracts around 30 days, of any age; else `extrapolated` from M1
    and M2. Null where there are fewer than two such contracts. METHODOLOGY 3.8, 5.2, 5.3.
    """
    live = curves.filter(pl.col("rank") >= 1).sort("session_date", "rank")
    sessions = curves.select("session_date").unique().sort("session_date")
    return (
        sessions.join(_front_pair(live, rules), on="session_date", how="left", maintain_order="left")
        .join(_around_constant_maturity(live), on="session_date", how="left", maintain_order="left")
        .with_columns(
            contango_frac=pl.col("m2_pts") / pl.col("m1_pts") - 1.0,
            cm30_extrapolated_pts=_on_line("m1", "m2"),
            cm30_bracket_pts=_on_line("near", "far"),
        )
        .select(
            "session_date",
            "m1_expiry_date",
            "m1_pts",
            "m2_expiry_date",
            "m2_pts",
            "contango_frac",
            cm30_pts=pl.coalesce("cm30_bracket_pts", "cm30_extrapolated_pts"),
            cm30_method=pl.when(pl.col("cm30_bracket_pts").is_not_null())
            .then(pl.lit("bracket"))
            .when(pl.col("cm30_extrapolated_pts").is_not_null())
            .then(pl.lit("extrapolated")),
        )
    )


def _front_pair(live: pl.DataFrame, rules: CurveRules) -> pl.DataFrame:
    front = live.filter(pl.col("days_to_expiry_days") >= rules.front_month_min_days)
    return front.group_by("session_date", maintain_order=True).agg(
        **{
            f"m{number}_{name}": pl.col(column).get(number - 1, null_on_oob=True)
            for number in (1, 2)
            for name, column in (("expiry_date", "expiry_date"), ("pts", "settle_pts"), ("days", "days_to_expiry_days"))
        }
    )


def _around_constant_maturity(live: pl.DataFrame) -> pl.DataFrame:
    """The last contract of at most 30 days and the first of at least 30: the same one where one has exactly 30."""
    days = pl.col("days_to_expiry_days")
    is_near, is_far = days <= CONSTANT_MATURITY_DAYS, days >= CONSTANT_MATURITY_DAYS
    return live.group_by("session_date", maintain_order=True).agg(
        near_pts=pl.col("settle_pts").filter(is_near).last(),
        near_days=days.filter(is_near).last(),
        far_pts=pl.col("settle_pts").filter(is_far).first(),
        far_days=days.filter(is_far).first(),
    )


def _on_line(first: str, second: str) -> pl.Expr:
    """The price at 30 days on the line through two contracts."""
    slope = (pl.col(f"{second}_pts") - pl.col(f"{first}_pts")) / (pl.col(f"{second}_days") - pl.col(f"{first}_days"))
    on_line = pl.col(f"{first}_pts") + slope * (CONSTANT_MATURITY_DAYS - pl.col(f"{first}_days"))
    return pl.when(pl.col(f"{second}_days") == pl.col(f"{first}_days")).then(f"{first}_pts").otherwise(on_line)


def vx_forward(curve: pl.DataFrame, expiry_date: dt.date) -> VxForward | None:
    """Give the VIX forward to a settlement date: the future that settles then, else the curve interpolated in days.

    From one session's mart.vx_curve_daily rows. Before the first live contract the line of the first two is drawn on;
    beyond the last there is no forward (None), nor from a curve of fewer than two contracts. Never spot VIX.
    """
    settles_then = curve.filter(pl.col("expiry_date") == expiry_date)["settle_pts"]
    if settles_then.len() == 1:
        return VxForward(float(settles_then[0]), "future")
    live = curve.filter(pl.col("rank") >= 1).sort("expiry_date")
    if live.height < BRACKET_SIZE or expiry_date > live["expiry_date"][-1]:
        return None
    days = live["days_to_expiry_days"].to_numpy().astype(np.float64)
    settles = live["settle_pts"].to_numpy()
    wanted = float((expiry_date - live["session_date"][0]).days)
    if wanted < days[0]:
        slope = (settles[1] - settles[0]) / (days[1] - days[0])
        return VxForward(float(settles[0] + slope * (wanted - days[0])), "curve")
    return VxForward(float(np.interp(wanted, days, settles)), "curve")
