"""What the quoted smile of each expiry says in a few numbers: ATM vol, wings by delta, skew, expected move.

Read off the quotes themselves (out of the money, bid above 0), not off the fit. METHODOLOGY 3.8, 4.7 and 4.23: delta is
N(d1) on the forward, undiscounted; vol is linear in delta between the two quotes around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import polars as pl

from transforms.market.edr import expected_move_pts, straddle_pts
from transforms.thresholds import threshold
from warehouse.tables.mart import MART_SMILES_DAILY

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

EXPIRY: Final = ("root", "expiry_date", "settlement")
# Column, right, delta.
WINGS: Final = (
    ("put_25d_iv_vol", "P", 0.25),
    ("call_25d_iv_vol", "C", 0.25),
    ("put_10d_iv_vol", "P", 0.10),
    ("call_10d_iv_vol", "C", 0.10),
)

SETTLED: Final = "settled before the quotes"
NO_FORWARD: Final = "no forward"
NO_SMILE: Final = "no out-of-the-money quote"
NOT_QUOTED: Final = "is not quoted: the wing ends before it, or its quotes stand too far apart in delta"
NO_SLOPE: Final = "slope: too few quotes around the forward"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmileRules:
    """When a quoted smile supports a measure."""

    NAME: ClassVar[str] = "smile_measures"

    widest_delta_gap: float = threshold(
        0.15,
        unit="delta",
        says="widest gap between the two quotes a wing's vol is interpolated from",
        ref="METHODOLOGY 4.7",
    )
    slope_window_sd: float = threshold(
        0.5,
        unit="sd to expiry",
        says="quotes this close to the forward give the slope of the smile",
        ref="METHODOLOGY 4.7",
    )
    fewest_slope_quotes: int = threshold(
        5, unit="quotes", says="fewest quotes a slope is read from", ref="METHODOLOGY 4.7"
    )


RULES: Final = SmileRules()


def smile_measures(marks: pl.DataFrame, forwards: pl.DataFrame, rules: SmileRules = RULES) -> pl.DataFrame:
    """Measure the smile of every expiry: rows of mart.smiles_daily, one per underlying, root and expiry.

    `marks` and `forwards` are one session's rows of core.option_marks_daily and core.forwards_daily. A wing that is not
    quoted is null, and `reason` names it.
    """
    quotes = _otm_quotes(marks)
    rows = forwards.select(
        "session_date", *EXPIRY, "underlying", "t_years", "dte_days", "forward_pts", "atm_iv_vol", "smile_quotes_qty"
    ).sort("underlying", *EXPIRY)
    for column, right, delta in WINGS:
        wing = _wing_vol(quotes, column, right=right, delta=delta, rules=rules)
        rows = rows.join(wing, on=EXPIRY, how="left", maintain_order="left", validate="1:1")
    rows = rows.join(_slopes(quotes, rules), on=EXPIRY, how="left", maintain_order="left", validate="1:1")
    move = expected_move_pts(_column(rows, "forward_pts"), iv_vol=_column(rows, "atm_iv_vol"), years=_years(rows))
    return MART_SMILES_DAILY.conform(
        rows.with_columns(
            expected_move_pts=pl.Series(move, nan_to_null=True),
            straddle_pts=pl.Series(straddle_pts(move), nan_to_null=True),
            skew_25d_vol=pl.col("put_25d_iv_vol") - pl.col("call_25d_iv_vol"),
            put_wing_ratio=pl.col("put_10d_iv_vol") / pl.col("atm_iv_vol"),
            reason=_reason(),
        )
    )


def _otm_quotes(marks: pl.DataFrame) -> pl.DataFrame:
    """The quotes a smile consists of, from the forward outwards in either wing, with k in sd to expiry."""
    is_put_side = pl.col("strike_pts") < pl.col("forward_pts")
    k = (pl.col("strike_pts") / pl.col("forward_pts")).log()
    return (
        marks.filter(pl.col("bid_pts") > 0.0, pl.col("iv_vol").is_not_null(), pl.col("t_years") > 0.0)
        .filter(is_put_side == (pl.col("right") == "P"))
        .select(*EXPIRY, "right", "iv_vol", "t_years", k=k, delta=pl.col("delta").abs())
        .sort(*EXPIRY, "right", pl.col("k").abs())
    )


def _wing_vol(quotes: pl.DataFrame, column: str, *, right: str, delta: float, rules: SmileRules) -> pl.DataFrame:
    """One row per expiry whose wing is quoted on both sides of a delta: the vol between, linear in delta."""
    inner_delta, inner_vol = (pl.col(name).shift(1).over(EXPIRY) for name in ("delta", "iv_vol"))
    share = (pl.col("inner_delta") - delta) / (pl.col("inner_delta") - pl.col("delta"))
    return (
        quotes.filter(right=right)
        .with_columns(inner_delta=inner_delta, inner_vol=inner_vol)
        .filter(pl.col("delta") <= delta, pl.col("inner_delta") > delta)
        .unique(EXPIRY, keep="first", maintain_order=True)
        .filter(pl.col("inner_delta") - pl.col("delta") <= rules.widest_delta_gap)
        .select(*EXPIRY, **{column: pl.col("inner_vol") + share * (pl.col("iv_vol") - pl.col("inner_vol"))})
    )


def _slopes(quotes: pl.DataFrame, rules: SmileRules) -> pl.DataFrame:
    """One row per expiry: dIV/dk at the forward, of the parabola through the quotes around it by least squares.

    Not between the two nearest strikes: a tick of their prices moves that by as much as the slope itself.
    """
    near_sd = (
        quotes.with_columns(sd=pl.col("iv_vol").first().over(EXPIRY) * pl.col("t_years").sqrt())
        .filter(pl.col("k").abs() <= rules.slope_window_sd * pl.col("sd"))
        .with_columns(z=pl.col("k") / pl.col("sd"))
        .sort(*EXPIRY, "k")
    )
    rows = [
        {**dict(zip(EXPIRY, expiry, strict=True)), "skew_slope": _slope_at_zero(part)}
        for expiry, part in near_sd.partition_by(EXPIRY, as_dict=True).items()
        if part.height >= rules.fewest_slope_quotes
    ]
    schema = {name: near_sd.schema[name] for name in EXPIRY} | {"skew_slope": pl.Float64()}
    return pl.DataFrame(rows, schema=schema)


def _slope_at_zero(near: pl.DataFrame) -> float:
    z, vol = _column(near, "z"), _column(near, "iv_vol")
    parabola, *_ = np.linalg.lstsq(np.stack([np.ones_like(z), z, z * z], axis=1), vol, rcond=None)
    return float(parabola[1] / near["sd"][0])


def _reason() -> pl.Expr:
    """Say what is missing and why; null when all is there."""
    names = {"put_25d_iv_vol": "25-delta put", "call_25d_iv_vol": "25-delta call"}
    names |= {"put_10d_iv_vol": "10-delta put", "call_10d_iv_vol": "10-delta call"}
    missing = [pl.when(pl.col(column).is_null()).then(pl.lit(f"{name} {NOT_QUOTED}")) for column, name in names.items()]
    missing.append(pl.when(pl.col("skew_slope").is_null()).then(pl.lit(NO_SLOPE)))
    listed = pl.concat_str(missing, separator="; ", ignore_nulls=True)
    return (
        pl.when(pl.col("t_years") <= 0.0)
        .then(pl.lit(SETTLED))
        .when(pl.col("forward_pts").is_null())
        .then(pl.lit(NO_FORWARD))
        .when(pl.col("atm_iv_vol").is_null())
        .then(pl.lit(NO_SMILE))
        .when(listed != "")
        .then(listed)
    )


def _column(frame: pl.DataFrame, name: str) -> Floats:
    return np.asarray(frame[name].to_numpy(), dtype=np.float64)


def _years(rows: pl.DataFrame) -> Floats:
    return np.maximum(_column(rows, "t_years"), 0.0)
