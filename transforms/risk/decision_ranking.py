"""Which decisions are worse than another in everything, and whether the spreads allow an order at all (4.16)."""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.risk.decision_options import KEY
from transforms.risk.roll_eligibility import CONDOR

# Less of it is better, or more.
MEASURES: Final = {"ev_p_usd": False, "max_loss_after_usd": True, "margin_usd": True}
ALL_OVERLAP: Final = "the spreads leave every expected value within reach of the others: no order is claimed"
TOO_FEW: Final = "fewer than two decisions have an expected value"
NEGLIGIBLE_USD: Final = 0.005


def compared(rows: pl.DataFrame) -> pl.DataFrame:
    """Mark what is dominated, and say whether expected values may be ranked.

    Adds `ev_p_low_usd, ev_p_high_usd` (half the spreads of everything traded or held, to either side), `dominated_by`:
    decisions no worse in expected value, worst loss and margin and better in one of them, `is_dominated` (null without
    all three), `is_ranked` of the condor's table, and `ranking_reason`.
    """
    reach = pl.col("ev_p_half_width_usd")
    banded = rows.with_columns(ev_p_low_usd=pl.col("ev_p_usd") - reach, ev_p_high_usd=pl.col("ev_p_usd") + reach)
    banded_qty = pl.col("ev_p_low_usd").count().over(CONDOR)
    overlaps = pl.col("ev_p_low_usd").max().over(CONDOR) <= pl.col("ev_p_high_usd").min().over(CONDOR)
    return (
        banded.join(_dominated(banded), on=KEY, how="left", validate="1:1", maintain_order="left")
        .with_columns(
            is_dominated=pl.when(_is_measured()).then(pl.col("dominated_by").is_not_null()),
            ranking_reason=pl.when(banded_qty < 2)  # noqa: PLR2004 - one alone has no order
            .then(pl.lit(TOO_FEW))
            .when(overlaps)
            .then(pl.lit(ALL_OVERLAP)),
        )
        .with_columns(is_ranked=pl.col("ranking_reason").is_null())
    )


def _is_measured() -> pl.Expr:
    return pl.all_horizontal(pl.col(name).is_not_null() for name in MEASURES)


def _dominated(rows: pl.DataFrame) -> pl.DataFrame:
    """List the decisions that another one beats: one row each, with the names of those that do."""
    measured = rows.filter(_is_measured()).select(*KEY, *MEASURES)
    pairs = measured.join(measured, on=CONDOR, how="inner", suffix="_other").filter(
        pl.col("decision") != pl.col("decision_other")
    )
    gains = [
        (pl.col(name) - pl.col(f"{name}_other")) * (1.0 if less_is_better else -1.0)
        for name, less_is_better in MEASURES.items()
    ]
    is_no_worse = pl.all_horizontal(gain >= -NEGLIGIBLE_USD for gain in gains)
    is_better = pl.any_horizontal(gain > NEGLIGIBLE_USD for gain in gains)
    return (
        pairs.filter(is_no_worse & is_better)
        .sort(*KEY, "decision_other")
        .group_by(KEY, maintain_order=True)
        .agg(dominated_by=pl.col("decision_other").str.join(", "))
    )
