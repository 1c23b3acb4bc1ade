"""Whether the hedge pays for waiting: how many days its gain carries its own decay and rolls (METHODOLOGY 4.20).

A gain on paper: `vol_moves` says what is left of it when VIX falls back before SPX recovers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from transforms.book.legs import IS_FUTURE, SIZE_USD, named_reasons, sum_or_null
from transforms.book.positions import LAYERS, in_scopes
from transforms.thresholds import threshold

if TYPE_CHECKING:
    from collections.abc import Sequence

LEG: Final = ("account", "structure_id", "instrument_id")
NO_HEDGE: Final = "no hedge is held"
NO_GAIN: Final = "the hedge has no open gain to live on"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatienceRules:
    """How often a layer is rolled, which is how often its spread is paid."""

    NAME: ClassVar[str] = "patience"

    roll_interval_days: tuple[int, int, int] = threshold(
        (15, 40, 55),
        unit="calendar days",
        says="Days between rolls of L1, L2, L3: target less roll days",
        ref="METHODOLOGY 4.6, 4.20",
    )
    least_cost_usd_per_day: float = threshold(
        1.0, unit="USD per calendar day", says="Days funded: the hedge costs at least", ref="METHODOLOGY 4.20"
    )


RULES: Final = PatienceRules()


def funded_days(legs: pl.DataFrame, scopes: Sequence[str], rules: PatienceRules = RULES) -> pl.DataFrame:
    """Say how many days the open gain of the hedge pays for its theta and for the spread of its rolls.

    `legs` of `price_legs`; the hedge is its three layers. One row per scope: `hedge_gain_usd` (marks less entry of what
    is open, fees aside), `hedge_cost_usd_per_day`, `funded_days`, null with `funded_reason` where nothing is held, a
    leg is unpriced, or there is no gain.
    """
    interval = pl.col("part").replace_strict(
        dict(zip(LAYERS, rules.roll_interval_days, strict=True)), return_dtype=pl.Float64
    )
    # A roll sells at the bid and buys at the ask: half a spread each way. A future is rolled at its settlement.
    spread_usd = pl.when(IS_FUTURE).then(0.0).otherwise(SIZE_USD.abs() * (pl.col("ask_pts") - pl.col("bid_pts")))
    hedge = (
        legs.filter(pl.col("part").is_in(LAYERS))
        .with_columns(
            gain_usd=SIZE_USD * (pl.col("mark_pts") - pl.col("entry_price_pts")),
            cost_usd=-pl.col("theta_usd_per_day") + spread_usd / interval,
        )
        .with_columns(
            reason=pl.when(pl.col("gain_usd").is_null() | pl.col("cost_usd").is_null()).then(
                pl.coalesce("unpriced_reason", pl.lit("no quote on one side"))
            )
        )
    )
    summed = (
        in_scopes(hedge, scopes)
        .sort(LEG)
        .group_by("account", maintain_order=True)
        .agg(
            hedge_gain_usd=sum_or_null("gain_usd"),
            hedge_cost_usd_per_day=sum_or_null("cost_usd"),
            funded_reason=named_reasons(reason="reason"),
        )
    )
    every = pl.DataFrame({"account": scopes}, schema={"account": pl.String})
    floor = pl.max_horizontal("hedge_cost_usd_per_day", pl.lit(rules.least_cost_usd_per_day))
    known = every.join(summed, on="account", how="left", maintain_order="left", validate="1:1").with_columns(
        funded_reason=pl.when(pl.col("hedge_gain_usd").is_null() & pl.col("funded_reason").is_null())
        .then(pl.lit(NO_HEDGE))
        .when(pl.col("hedge_gain_usd") <= 0.0)
        .then(pl.lit(NO_GAIN))
        .otherwise("funded_reason")
    )
    return known.with_columns(
        funded_days=pl.when(pl.col("funded_reason").is_null()).then(pl.col("hedge_gain_usd") / floor)
    )
