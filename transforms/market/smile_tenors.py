"""The smile at constant maturities: between two expiries, linear in total variance.

METHODOLOGY 3.8: each vol's own total variance, vol^2 T, is linear in T between the expiry at or before the tenor and
the one at or after it. Expiries of SPX and SPXW stand in one line; where both settle on one date, SPXW wins.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.market.calendar import MINUTES_PER_YEAR
from transforms.market.vix_index import MINUTES_PER_DAY
from warehouse.tables.mart import MART_SMILE_TENORS_DAILY

TENORS_DAYS: Final = (7, 14, 30, 60, 90, 180, 365)
VOLS: Final = ("atm_iv_vol", "put_25d_iv_vol", "call_25d_iv_vol")
DAYS_PER_YEAR: Final = MINUTES_PER_YEAR / MINUTES_PER_DAY

NONE_BEFORE: Final = "no expiry with both 25-delta wings at or before this tenor"
NONE_AFTER: Final = "no expiry with both 25-delta wings at or after this tenor"


def smile_tenors(smiles: pl.DataFrame) -> pl.DataFrame:
    """Read ATM vol and 25-delta wings of SPX at each constant maturity: rows of mart.smile_tenors_daily.

    `smiles` are one session's rows of mart.smiles_daily. One row per tenor, never extrapolated: where no whole smile
    stands on one side, null with `reason`. A session without SPX smiles has no rows.
    """
    ladder = _ladder(smiles)
    if smiles.filter(underlying="SPX").is_empty():
        return MART_SMILE_TENORS_DAILY.empty()
    tenors = pl.DataFrame({"tenor_days": TENORS_DAYS}).with_columns(
        tenor_years=pl.col("tenor_days") / DAYS_PER_YEAR,
        session_date=pl.lit(smiles["session_date"][0]),
        underlying=pl.lit("SPX"),
    )
    bracketed = tenors.join_asof(
        ladder.rename({name: f"near_{name}" for name in ladder.columns}),
        left_on="tenor_years",
        right_on="near_t_years",
        strategy="backward",
        coalesce=False,
    ).join_asof(
        ladder.rename({name: f"next_{name}" for name in ladder.columns}),
        left_on="tenor_years",
        right_on="next_t_years",
        strategy="forward",
        coalesce=False,
    )
    vols = bracketed.with_columns(**{name: _at_tenor(name) for name in VOLS}, reason=_reason())
    return MART_SMILE_TENORS_DAILY.conform(
        vols.with_columns(skew_25d_vol=pl.col("put_25d_iv_vol") - pl.col("call_25d_iv_vol"))
        .drop("tenor_years", *(f"{side}_{name}" for side in ("near", "next") for name in VOLS))
        .sort("tenor_days")
    )


def _ladder(smiles: pl.DataFrame) -> pl.DataFrame:
    """The expiries a tenor may stand between: one a date, whole smiles only, by time."""
    return (
        smiles.filter(pl.col("underlying") == "SPX", pl.col("t_years") > 0.0, *(pl.col(v).is_not_null() for v in VOLS))
        .sort("expiry_date", pl.col("root") == "SPXW", descending=[False, True])
        .unique("expiry_date", keep="first", maintain_order=True)
        .select("root", "expiry_date", "t_years", *VOLS)
        .sort("t_years")
    )


def _at_tenor(name: str) -> pl.Expr:
    near_years, next_years = pl.col("near_t_years"), pl.col("next_t_years")
    near = pl.col(f"near_{name}") ** 2 * near_years
    far = pl.col(f"next_{name}") ** 2 * next_years
    share = pl.when(next_years > near_years).then((pl.col("tenor_years") - near_years) / (next_years - near_years))
    total = near + share.otherwise(0.0) * (far - near)
    return (total / pl.col("tenor_years")).sqrt()


def _reason() -> pl.Expr:
    return (
        pl.when(pl.col("near_t_years").is_null())
        .then(pl.lit(NONE_BEFORE))
        .when(pl.col("next_t_years").is_null())
        .then(pl.lit(NONE_AFTER))
    )
