"""The legs of each condor side by side: what every measure of a condor's sides is read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

CONDOR: Final = ("account", "structure_id")
# Right and cp of each side.
SIDES: Final = {"put": ("P", -1.0), "call": ("C", 1.0)}
TENURES: Final = {"short": -1, "long": 1}


def condor_legs(legs: pl.DataFrame) -> pl.DataFrame:
    """Keep the legs of condors, in an order of our own: sums come out alike to the last digit, however legs arrive."""
    return legs.filter(pl.col("part") == "condor").sort(*CONDOR, "instrument_id")


def side_by_side(legs: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """Put the legs of each condor into one row: every column once a leg, as `short_put_mark_pts`.

    One row per `account, structure_id`; null where a condor has no such leg. `legs` of `condor_legs`.
    """
    return legs.group_by(CONDOR, maintain_order=True).agg(
        **{
            f"{tenure}_{side}_{column}": pl.col(column)
            .filter((pl.col("right") == right) & (pl.col("quantity_qty").sign() == sign))
            .first()
            for tenure, sign in TENURES.items()
            for side, (right, _) in SIDES.items()
            for column in columns
        }
    )


def said(*reasons: pl.Expr) -> pl.Expr:
    """Put the reasons that apply into one sentence, in their order; null when none does."""
    return pl.concat_str(*reasons, separator="; ", ignore_nulls=True).replace("", None)
