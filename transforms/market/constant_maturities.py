"""VIX futures of constant maturity: prices between two contracts, and returns that never cross a roll."""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.market.calendar import add_session_number
from transforms.market.term_structure import CURVE_RULES, CurveRules, front_pairs
from warehouse.tables.mart import MART_VX_CONSTANT_MATURITIES_DAILY

EXTRAPOLATED_TENOR_DAYS: Final = 30  # the tenor MACD is read from; the others are null beyond the contracts
NO_PAIR: Final = "no two monthly settlements around this tenor"
NO_EARLIER_SETTLEMENT: Final = "a contract of the pair has no settlement on the session before"


def constant_maturities(curves: pl.DataFrame, rules: CurveRules = CURVE_RULES) -> pl.DataFrame:
    """Price VIX futures of 30 to 220 days and give what they returned since the session before.

    From mart.vx_curve_daily rows of any sessions; one row of mart.vx_constant_maturities_daily per session and tenor.
    The price is linear in calendar days between the two contracts around the tenor; `near_weight_frac` is the weight of
    the nearer one. The 30-day tenor is drawn through M1 and M2 (method `extrapolated`) where no two contracts are
    around it. `log_return` weighs the log returns of the same two contracts, so that neither a roll nor a change of
    scale is a return. Null with a reason where a contract is missing, or the two are more than 100 days apart: then the
    months between are missing, or were not listed. METHODOLOGY 3.8, 4.4, 5.2.
    """
    pairs = _neighbours(curves)
    found = pl.concat([_around(pairs, rules), _through_the_front_pair(pairs, curves, rules)]).unique(
        subset=["session_date", "tenor_days"], keep="first", maintain_order=True
    )
    sessions = curves.select("session_date").unique().sort("session_date")
    asked = sessions.join(_tenors(rules), how="cross", maintain_order="left_right")
    priced = asked.join(found, on=["session_date", "tenor_days"], how="left", maintain_order="left")
    return MART_VX_CONSTANT_MATURITIES_DAILY.conform(_weighed(priced))


def _tenors(rules: CurveRules) -> pl.DataFrame:
    return pl.DataFrame({"tenor_days": sorted(rules.tenors_days)}, schema={"tenor_days": pl.Int64})


def _neighbours(curves: pl.DataFrame) -> pl.DataFrame:
    """Each live contract beside the next one: dates, days, prices, and log returns since the session before."""
    since_before = pl.col("session_number").diff().over("expiry_date") == 1
    earlier_pts = pl.when(since_before).then(pl.col("settle_pts").shift().over("expiry_date"))
    contracts = (
        add_session_number(curves.sort("expiry_date", "session_date"))
        .with_columns(return_=(pl.col("settle_pts") / earlier_pts).log())
        .filter(pl.col("rank") >= 1)
        .sort("session_date", "rank")
        .select(
            "session_date", expiry_date="expiry_date", days="days_to_expiry_days", pts="settle_pts", return_="return_"
        )
    )
    columns = contracts.columns[1:]
    return contracts.select(
        "session_date",
        **{f"near_{name}": pl.col(name) for name in columns},
        **{f"far_{name}": pl.col(name).shift(-1).over("session_date") for name in columns},
    )


def _around(pairs: pl.DataFrame, rules: CurveRules) -> pl.DataFrame:
    """The two contracts around each tenor; one alone where it has exactly that many days."""
    is_exact = pl.col("near_days") == pl.col("tenor_days")
    is_around = (
        (pl.col("near_days") < pl.col("tenor_days"))
        & (pl.col("far_days") > pl.col("tenor_days"))
        & (pl.col("far_days") - pl.col("near_days") <= rules.bracket_max_days)
    )
    return (
        pairs.join(_tenors(rules), how="cross", maintain_order="left_right")
        .filter(is_exact | is_around)
        .with_columns(
            method=pl.lit("bracket"),
            **{
                f"far_{name}": pl.when(is_exact).then(f"near_{name}").otherwise(f"far_{name}")
                for name in ("expiry_date", "days", "pts", "return_")
            },
        )
    )


def _through_the_front_pair(pairs: pl.DataFrame, curves: pl.DataFrame, rules: CurveRules) -> pl.DataFrame:
    front = front_pairs(curves, rules).drop_nulls("m2_pts").select("session_date", near_expiry_date="m1_expiry_date")
    is_near = pl.col("far_days") - pl.col("near_days") <= rules.bracket_max_days
    of_front = pairs.join(front, on=["session_date", "near_expiry_date"], how="semi", maintain_order="left")
    return of_front.filter(is_near).with_columns(
        tenor_days=pl.lit(EXTRAPOLATED_TENOR_DAYS, dtype=pl.Int64), method=pl.lit("extrapolated")
    )


def _weighed(pairs: pl.DataFrame) -> pl.DataFrame:
    span_days = pl.col("far_days") - pl.col("near_days")
    weight = pl.when(span_days == 0).then(1.0).otherwise((pl.col("far_days") - pl.col("tenor_days")) / span_days)
    near = pl.col("near_weight_frac")
    return pairs.with_columns(near_weight_frac=weight).select(
        "session_date",
        "tenor_days",
        "method",
        "near_expiry_date",
        "far_expiry_date",
        "near_weight_frac",
        price_pts=near * pl.col("near_pts") + (1.0 - near) * pl.col("far_pts"),
        log_return=near * pl.col("near_return_") + (1.0 - near) * pl.col("far_return_"),
        reason=pl.when(pl.col("method").is_null())
        .then(pl.lit(NO_PAIR))
        .when(pl.col("near_return_").is_null() | pl.col("far_return_").is_null())
        .then(pl.lit(NO_EARLIER_SETTLEMENT)),
    )
