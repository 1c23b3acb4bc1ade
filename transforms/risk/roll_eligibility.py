"""Which condors are threatened enough to look for a roll, and by whose rule (METHODOLOGY 4.6, 1.4 K3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.risk.roll_moves import MONTHLY, SHORT_DATED
from transforms.thresholds import HOUSE_DEFAULT, VENDOR_RULE

if TYPE_CHECKING:
    from transforms.risk.roll_rules import RollRules

THREATENED: Final = ("TESTED", "ITM", "BREACHED", "WING")
IN_THE_MONEY: Final = ("ITM", "BREACHED", "WING")
CONDOR: Final = ("account", "condor_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeNight:
    """The two triggers of the vendor: the expected daily range and VIX; null where the night has none."""

    edr_frac: float | None
    vix_pts: float | None


def threatened(condors: pl.DataFrame, past: pl.DataFrame, night: RangeNight, rules: RollRules) -> pl.DataFrame:
    """Give the condors that are TESTED or worse, their profile, and whether and why a roll is looked for.

    `condors` as mart.condors_daily, `past` of `campaign_past`. Their rows with `profile` (1dte or monthly),
    `is_edr_trigger, is_vix_trigger` (null where the night lacks the figure), `eligibility`: vendor rule where a trigger
    is met, else house default from ITM on, else null; and `eligibility_text`.
    """
    is_edr = _above(night.edr_frac, rules.edr_above_frac)
    is_vix = _above(night.vix_pts, rules.vix_above_pts)
    is_itm = pl.col("state").is_in(IN_THE_MONEY)
    rule = pl.lit(VENDOR_RULE) if is_edr or is_vix else pl.when(is_itm).then(pl.lit(HOUSE_DEFAULT))
    entered_days = (pl.col("expiry_date") - pl.col("opened_date")).dt.total_days()
    is_short_dated = entered_days <= rules.short_dated_entry_days
    return (
        condors.filter(pl.col("state").is_in(THREATENED))
        .join(past, on=CONDOR, how="left", validate="1:1", maintain_order="left")
        .with_columns(
            profile=pl.when(is_short_dated).then(pl.lit(SHORT_DATED)).otherwise(pl.lit(MONTHLY)),
            is_edr_trigger=pl.lit(is_edr, dtype=pl.Boolean),
            is_vix_trigger=pl.lit(is_vix, dtype=pl.Boolean),
            eligibility=rule,
            eligibility_text=pl.format("{}; {}", "state", pl.lit(_triggers(night, rules))),
        )
        .sort(CONDOR)
    )


def _above(value: float | None, threshold: float) -> bool | None:
    return None if value is None else value > threshold


def _triggers(night: RangeNight, rules: RollRules) -> str:
    """Both legs of the vendor's rule as they stand, whichever fired."""
    edr = _against("EDR", night.edr_frac, rules.edr_above_frac, ".2%")
    return f"{edr}, {_against('VIX', night.vix_pts, rules.vix_above_pts, '.2f')}"


def _against(name: str, value: float | None, threshold: float, shape: str) -> str:
    if value is None:
        return f"{name} not known"
    return f"{name} {value:{shape}} {'>' if value > threshold else '<='} {threshold:{shape}}"
