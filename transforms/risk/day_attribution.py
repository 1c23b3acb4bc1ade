"""The attribution of one night: leg rows and period sums, or the reason why the night has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from transforms.book.carry import VxLine
from transforms.risk.attribution import RULES, AttributionRules, NightMove, attribute_legs
from transforms.risk.attribution_periods import PeriodInputs, attribution_periods
from transforms.risk.day_pnl import no_comparison
from transforms.risk.leg_days import leg_days
from warehouse.tables.mart import MART_ATTRIBUTION_DAILY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from transforms.risk.day_pnl import PreviousNight
    from transforms.risk.leg_days import Tonight


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Rows of mart.attribution_daily and of mart.attribution_periods_daily."""

    legs: pl.DataFrame
    periods: pl.DataFrame


def attribution(
    tonight: Tonight,
    previous: PreviousNight | None,
    *,
    spot_pts: float | None,
    scopes: Sequence[str],
    rules: AttributionRules = RULES,
) -> Attribution:
    """Say why the book earned what it earned since last night; without a night to compare with, say why not."""
    missing = no_comparison(previous, tonight.session_date)
    if missing is None and spot_pts is None:
        missing = "no mark spot tonight"
    legs = MART_ATTRIBUTION_DAILY.empty()
    if missing is None and previous is not None and spot_pts is not None:
        spot_before_pts = previous.spot_pts
        if spot_before_pts is None:
            missing = "no mark spot last night"
        else:
            move = NightMove(
                spot_before_pts=spot_before_pts, spot_pts=spot_pts, curve_before=VxLine.of_curve(previous.vx_curve)
            )
            legs = attribute_legs(leg_days(tonight, previous), move, rules)
    inputs = PeriodInputs(
        session_date=tonight.session_date,
        session_before=tonight.session_before,
        legs=legs,
        previous=None if previous is None else previous.attribution_periods,
        scopes=scopes,
        missing=missing,
    )
    return Attribution(legs=legs, periods=attribution_periods(inputs, rules))
