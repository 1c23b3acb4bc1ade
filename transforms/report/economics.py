"""What the book earns with and without its hedge, what the vendor claims, and whether the book keeps its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.report.economics_models import Economics, Economy, StewardCheck, VendorClaim
from transforms.report.mart_rows import MartRow, listed_for, of_session, only_row, rows_of, summed_for
from warehouse.tables.mart import MART_CAPITAL_DAILY, MART_STEWARD_CHECKS_DAILY, MART_VENDOR_CLAIMS_DAILY

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

# Name, column, column of its reason, column of its band.
FIGURES = (
    ("Annual return of the book", "irr_book_frac", "irr_reason", ""),
    ("The same without the hedge", "irr_without_hedge_frac", "irr_without_hedge_reason", ""),
    ("Return the hedge costs", "irr_drag_frac", "irr_drag_reason", ""),
    ("Hurdle: cost of capital a year", "wacc_frac", "wacc_reason", ""),
    (
        "Hedge cost outside of spikes, of the credits",
        "realised_cost_frac",
        "realised_cost_reason",
        "realised_cost_band",
    ),
    ("Quiet drag", "quiet_drag_bp_per_week", "quiet_drag_reason", "quiet_drag_band"),
    ("Quiet drag a year", "quiet_drag_frac_per_year", "quiet_drag_reason", ""),
)
NO_CAPITAL = "no capital row for this session"
CHECKS = tuple(f"S{number}" for number in range(1, 11))


def economics_of(inputs: ReportInputs) -> Economics:
    """Figures and claims of the account (for ALL of the sum), steward checks of each account, S1 first."""
    session_date, account = inputs.stamp.session_date, inputs.stamp.account
    capital = only_row(
        MART_CAPITAL_DAILY, summed_for(of_session(inputs.capital, session_date), account), absence=NO_CAPITAL
    )
    claims = summed_for(of_session(inputs.vendor_claims, session_date), account).sort("claim_id")
    order = pl.col("check_id").replace_strict({name: at for at, name in enumerate(CHECKS)}, default=len(CHECKS))
    checks = listed_for(of_session(inputs.steward_checks, session_date), account).sort("account", order, "check_id")
    return Economics(
        figures=tuple(
            Economy(name, capital.measure(column, reason=capital.text(reason)), capital.text(band) if band else "")
            for name, column, reason, band in FIGURES
        ),
        claims=tuple(_claim(row) for row in rows_of(MART_VENDOR_CLAIMS_DAILY, claims)),
        steward=tuple(_check(row) for row in rows_of(MART_STEWARD_CHECKS_DAILY, checks)),
    )


def _claim(row: MartRow) -> VendorClaim:
    unit = row.text("unit")
    return VendorClaim(
        text=row.text("claim_text"),
        source_ref=row.text("source_ref"),
        status=row.text("status"),
        low=row.measure("claimed_low", unit=unit, reason="no number"),
        high=row.measure("claimed_high", unit=unit, reason="no number"),
        measured=row.measure("measured", unit=unit, reason=row.text("reason")),
        measured_as=row.text("measured_as"),
        sessions=row.measure("sessions_qty"),
    )


def _check(row: MartRow) -> StewardCheck:
    unit = row.text("unit")
    return StewardCheck(
        account=row.text("account"),
        check_id=row.text("check_id"),
        verdict=row.text("verdict"),
        value=row.measure("value", unit=unit, reason=row.text("reason")),
        limit=row.measure("threshold", unit=unit),
        source_tier=row.text("source_tier"),
        message=row.text("message"),
        is_promoter_flag=bool(row.values["is_promoter_flag"]),
    )
