"""What kind of condor it is: the vendor's short-dated one with its credit tier, or a monthly one (METHODOLOGY 4.23).

The tiers' ranges overlap in the vendor's own texts; the nearest tier wins. They are labels, not a rating.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import polars as pl

from transforms.market.calendar import NEW_YORK
from transforms.thresholds import VENDOR_RULE, threshold

SHORT_DATED: Final = "1dte"
MONTHLY: Final = "monthly"
TIERS: Final = ("CONSERVATIVE", "BALANCED", "AGGRESSIVE")
OTHER_TIER: Final = "OTHER"
# 1.38 is the upper bound of a tier; the float just above it is not.
ROUNDING_PTS: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRules:
    """Which condors are the vendor's, and where its credit tiers stand."""

    NAME: ClassVar[str] = "condor_profile"

    short_dated_entry_days: int = threshold(
        7,
        unit="calendar days",
        says="a condor is of profile 1dte when it was opened no further from its expiry than",
        ref="METHODOLOGY 4.6: profile 1dte rolls to 1 to 7 days",
    )
    tier_credits_pts: tuple[float, float, float] = threshold(
        (0.70, 1.15, 1.60),
        unit="index points",
        says="entry credit of the tiers conservative, balanced, aggressive",
        source=VENDOR_RULE,
        ref="METHODOLOGY 1.2, 4.23",
    )
    tier_tolerance_frac: float = threshold(
        0.20, unit="fraction", says="a credit belongs to the nearest tier within, of the tier's", ref="METHODOLOGY 4.23"
    )


RULES: Final = ProfileRules()


def with_profile(condor_rows: pl.DataFrame, rules: ProfileRules = RULES) -> pl.DataFrame:
    """Add `profile` (1dte or monthly, by days to expiry at entry) and `tier` of its own entry credit.

    From `opened_at, expiry_date, credit_pts`. The tier is null for a monthly condor, which the vendor has none for.
    """
    entered = pl.col("opened_at").dt.convert_time_zone(str(NEW_YORK)).dt.date()
    days_at_entry = (pl.col("expiry_date") - entered).dt.total_days()
    is_short_dated = days_at_entry <= rules.short_dated_entry_days
    profile = pl.when(is_short_dated).then(pl.lit(SHORT_DATED)).otherwise(pl.lit(MONTHLY))
    return condor_rows.with_columns(profile=profile, tier=pl.when(is_short_dated).then(_tier(rules)))


def _tier(rules: ProfileRules) -> pl.Expr:
    """Name the nearest of the tiers the credit is close enough to; the lower one at the same distance."""
    gaps = [(pl.col("credit_pts") - credit).abs() for credit in rules.tier_credits_pts]
    near = [
        pl.when(gap <= rules.tier_tolerance_frac * credit + ROUNDING_PTS).then(gap)
        for gap, credit in zip(gaps, rules.tier_credits_pts, strict=True)
    ]
    nearest = pl.min_horizontal(near)
    return pl.coalesce(
        *(pl.when(gap == nearest).then(pl.lit(name)) for name, gap in zip(TIERS, near, strict=True)),
        pl.lit(OTHER_TIER),
    )
