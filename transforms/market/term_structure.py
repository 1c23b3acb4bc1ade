"""The curve of VIX futures: ranks, the front pair, a forward for any date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

import numpy as np
import polars as pl

from transforms.thresholds import VENDOR_RULE, threshold
from warehouse.tables.mart import MART_VX_CURVE_DAILY

if TYPE_CHECKING:
    import datetime as dt

BRACKET_SIZE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveRules:
    """How the curve is read, and the ladder of its regimes. METHODOLOGY 3.8, 5.2, 5.3.

    In its last days the front future is pinned to its own settlement, so M1 leaves it out.
    """

    NAME: ClassVar[str] = "vx_curve"

    front_month_min_days: int = threshold(
        5, unit="calendar days", says="VIX curve: M1 is the first monthly with at least", ref="METHODOLOGY 5.3"
    )
    tenors_days: tuple[int, int, int, int, int, int, int] = threshold(
        (30, 60, 90, 120, 150, 180, 220),
        unit="calendar days",
        says="VIX curve: constant maturities",
        ref="METHODOLOGY 4.4",
    )
    front_pair_max_days: int = threshold(
        45, unit="calendar days", says="VIX curve: M2 is the month after M1 where it settles within", ref="house"
    )
    bracket_max_days: int = threshold(
        100, unit="calendar days", says="VIX curve: constant maturities need two contracts within", ref="house"
    )
    mean_sessions: int = threshold(
        21, unit="trading sessions", says="VIX curve: M1 is compared with its own mean of", ref="METHODOLOGY 4.8"
    )
    extreme_contango_frac: float = threshold(
        0.12, unit="fraction", says="VIX curve: EXTREME_CONTANGO from contango", source=VENDOR_RULE, ref="V75"
    )
    steep_frac: float = threshold(
        0.08, unit="fraction", says="VIX curve: STEEP from contango", source=VENDOR_RULE, ref="V74"
    )
    normal_frac: float = threshold(
        0.035, unit="fraction", says="VIX curve: NORMAL from contango", source=VENDOR_RULE, ref="V71"
    )
    flat_frac: float = threshold(0.0, unit="fraction", says="VIX curve: FLAT from contango", ref="METHODOLOGY 5.3")
    stress_frac: float = threshold(
        -0.05, unit="fraction", says="VIX curve: STRESS at contango of or below", ref="METHODOLOGY 5.3"
    )
    stress_inversion_pts: float = threshold(
        3.0, unit="index points", says="VIX curve: STRESS from M1 above M2 by", source=VENDOR_RULE, ref="V72"
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


def front_pairs(curves: pl.DataFrame, rules: CurveRules = CURVE_RULES) -> pl.DataFrame:
    """Name the first two monthly contracts that are not in their last days.

    One row per `session_date` of mart.vx_curve_daily rows: `m1_expiry_date, m1_pts, m1_days` and the same of `m2`. M1
    is the first monthly with at least 5 calendar days; null where there is none.
    """
    live = curves.filter(pl.col("rank") >= 1).sort("session_date", "rank")
    pairs = (
        live.filter(pl.col("days_to_expiry_days") >= rules.front_month_min_days)
        .group_by("session_date", maintain_order=True)
        .agg(
            **{
                f"m{number}_{name}": pl.col(column).get(number - 1, null_on_oob=True)
                for number in (1, 2)
                for name, column in _OF_A_CONTRACT.items()
            }
        )
    )
    sessions = curves.select("session_date").unique().sort("session_date")
    return sessions.join(pairs, on="session_date", how="left", maintain_order="left")


_OF_A_CONTRACT: Final = {"expiry_date": "expiry_date", "pts": "settle_pts", "days": "days_to_expiry_days"}


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
