"""What each side of a condor has lost and has left: intrinsic value, cover by the wing, residual, time value.

METHODOLOGY 4.2, 4.9. Points are per contract; both sides are measured alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from transforms.book.condor_distances import HAS_SETTLED
from transforms.book.condor_legs import CONDOR, SIDES, said, side_by_side
from transforms.book.positions import OPEN
from transforms.thresholds import threshold

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_SMILE: Final = "its expiry has no forward or no smile"
ACCELERATING: Final = "loss still accelerating"
WING_REACHED: Final = "wing reached"
MEASURED: Final = ("quantity_qty", "strike_pts", "mark_pts", "delta_b76", "extrinsic_pts")


@dataclass(frozen=True, slots=True, kw_only=True)
class SideRules:
    """What is said about a side in the money, and about one that has earned what it can."""

    NAME: ClassVar[str] = "condor_sides"

    nothing_left_pts: float = threshold(
        0.50,
        unit="index points",
        says="short option in the money: nothing left to harvest below an extrinsic value of",
        ref="METHODOLOGY 4.9",
    )
    accelerating_cover_ratio: float = threshold(
        0.6,
        unit="long delta over short delta",
        says="short option in the money: the loss still accelerates while the wing covers less than",
        ref="METHODOLOGY 4.2",
    )
    reached_cover_ratio: float = threshold(
        0.9,
        unit="long delta over short delta",
        says="short option in the money: the wing is reached when it covers more than",
        ref="METHODOLOGY 4.2",
    )
    captured_frac: float = threshold(
        0.80,
        unit="fraction",
        says="a side is worth closing for a nickel once it has earned, of its entry credit",
        ref="METHODOLOGY 4.2",
    )


RULES: Final = SideRules()


def with_sides(
    condor_rows: pl.DataFrame, legs: pl.DataFrame, credits_of_sides: pl.DataFrame, rules: SideRules = RULES
) -> pl.DataFrame:
    """Add to each condor what its two sides have lost and have left.

    `condor_rows` carry `standing` and the distances, `legs` are of `condor_legs`, `credits_of_sides` of `side_credits`.
    Rows and their order stay. A figure that is null says why in `side_reason`; a side that the condor does not have is
    null without one.
    """
    priced = legs.with_columns(
        extrinsic_pts=pl.col("extrinsic_usd") / (pl.col("quantity_qty") * pl.col("multiplier_usd"))
    )
    series = priced.group_by(CONDOR, maintain_order=True).agg(
        side_forward_pts=pl.col("forward_pts").first(), side_discount_frac=pl.col("discount_factor_frac").first()
    )
    joined = condor_rows
    for frame in (side_by_side(priced, MEASURED), series, credits_of_sides):
        joined = joined.join(frame, on=CONDOR, how="left", validate="1:1", maintain_order="left")
    named = dict(pair for side in SIDES for pair in _measures(side))
    measured = joined.with_columns(**named)
    read = dict(pair for side in SIDES for pair in _readings(side, rules))
    return measured.with_columns(**read, side_reason=_reason()).select(
        *condor_rows.columns,
        *named,
        *read,
        "side_credit_method",
        "side_reason",
        *(f"{side}_side_credit_pts" for side in SIDES),
    )


def _measures(side: str) -> Iterator[tuple[str, pl.Expr]]:
    """The figures of one side. Long contracts count by their number against one short contract."""
    cp = SIDES[side][1]
    forward = pl.col("side_forward_pts")
    short, long = (pl.col(f"{tenure}_{side}_strike_pts") for tenure in ("short", "long"))
    longs_per_short = pl.col(f"long_{side}_quantity_qty") / -pl.col(f"short_{side}_quantity_qty")

    def intrinsic(strike: pl.Expr) -> pl.Expr:
        depth = cp * (forward - strike)
        return pl.col("side_discount_frac") * pl.when(depth < 0.0).then(0.0).otherwise(depth)

    residual = pl.col(f"short_{side}_mark_pts") - longs_per_short * pl.col(f"long_{side}_mark_pts")
    delta_short = pl.col(f"short_{side}_delta_b76")
    covered = longs_per_short * (pl.col(f"long_{side}_delta_b76") / delta_short)
    credit = pl.col(f"{side}_side_credit_pts")
    yield f"intrinsic_{side}_spread_frac", (intrinsic(short) - intrinsic(long)) / (long - short).abs()
    yield f"long_{side}_cover_ratio", pl.when(delta_short != 0.0).then(covered)
    yield f"{side}_side_residual_pts", residual
    yield f"{side}_side_captured_frac", 1.0 - residual / credit
    yield f"short_{side}_extrinsic_pts", pl.col(f"short_{side}_extrinsic_pts")


def _readings(side: str, rules: SideRules) -> Iterator[tuple[str, pl.Expr]]:
    is_itm = pl.col(f"short_{side}_distance_pts") < 0.0
    cover = pl.col(f"long_{side}_cover_ratio")
    yield (
        f"{side}_wing_reading",
        pl.when(is_itm & (cover < rules.accelerating_cover_ratio))
        .then(pl.lit(ACCELERATING))
        .when(is_itm & (cover > rules.reached_cover_ratio))
        .then(pl.lit(WING_REACHED)),
    )
    yield f"is_{side}_nothing_left", is_itm & (pl.col(f"short_{side}_extrinsic_pts") < rules.nothing_left_pts)
    yield f"is_{side}_side_captured", pl.col(f"{side}_side_captured_frac") >= rules.captured_frac


def _reason() -> pl.Expr:
    has_smile = pl.col("side_forward_pts").is_not_null() & pl.col("side_discount_frac").is_not_null()
    for side in SIDES:
        for tenure in ("short", "long"):
            leg = pl.col(f"{tenure}_{side}_delta_b76").is_not_null() | pl.col(f"{tenure}_{side}_strike_pts").is_null()
            has_smile = has_smile & leg
    missing = said(pl.col("unpriced_reason"), pl.when(~has_smile).then(pl.lit(NO_SMILE)), pl.col("side_credit_reason"))
    return pl.when(pl.col("standing") == OPEN).then(missing).otherwise(pl.lit(HAS_SETTLED))
