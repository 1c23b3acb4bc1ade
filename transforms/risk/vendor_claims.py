"""What the vendor claims of the hedge, beside what this book has measured. No claim is taken as a fact (METHODOLOGY 1).

Win rates and recovery rates are left out: they would be read as expectations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from warehouse.tables.mart import MART_VENDOR_CLAIMS_DAILY

NOT_VERIFIED: Final = "vendor claim, not verified"
FRACTION: Final = "fraction"
ARTICLE: Final = "Ask VixShield, 2026-05-09: short put suddenly ITM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim: its range where it names one, and which column of capital or book measures it over how many sessions.

    `sessions` names the column that counts them; a figure of tonight has none.
    """

    claim_id: str
    text: str
    ref: str
    unit: str
    measured: str
    measured_as: str
    low: float | None = None
    high: float | None = None
    reason: str = ""
    sessions: str = ""


CLAIMS: Final = (
    Claim(
        claim_id="annual_cost",
        text="The hedge costs 1-2% of the account a year",
        ref="about 12 page titles (METHODOLOGY 1.1)",
        unit="fraction of net liquidation value a year",
        low=0.01,
        high=0.02,
        measured="quiet_drag_frac_per_year",
        reason="quiet_drag_reason",
        measured_as="drag of quiet sessions, 52 such weeks",
        sessions="quiet_sessions",
    ),
    Claim(
        claim_id="weekly_drag",
        text="The hedge drags 4-8 basis points a week in quiet markets, which is 2.1-4.2% a year",
        ref="V32",
        unit="basis points of net liquidation value a week",
        low=4.0,
        high=8.0,
        measured="quiet_drag_bp_per_week",
        reason="quiet_drag_reason",
        measured_as="hedge P&L of quiet sessions per five of them",
        sessions="quiet_sessions",
    ),
    Claim(
        claim_id="drawdown_cut",
        text="The hedge cuts drawdowns by 35-40%",
        ref="about 12 page titles (METHODOLOGY 1.1)",
        unit=FRACTION,
        low=0.35,
        high=0.40,
        measured="drawdown_frac",
        reason="drawdown_reason",
        measured_as="deepest drawdown of the book against the book without its hedge",
        sessions="drawdown_sessions",
    ),
    Claim(
        claim_id="loss_offset",
        text="The first layer offsets about 40% of the projected loss",
        ref="V33",
        unit=FRACTION,
        low=0.40,
        high=0.40,
        measured="offset_m5_frac",
        reason="offset_m5_reason",
        measured_as="three layers repriced at SPX -5% against the condors' loss there, tonight",
    ),
    Claim(
        claim_id="cost_of_credit",
        text="The hedge costs 15-25% of the condor credit",
        ref="V91; other pages say 18-28%, 25-40%, 35-80%",
        unit="fraction of credit",
        low=0.15,
        high=0.25,
        measured="realised_cost_frac",
        reason="realised_cost_reason",
        measured_as="hedge P&L outside of spikes against the credits taken, trailing 63 sessions",
        sessions="cost_sessions",
    ),
    Claim(
        claim_id="irr_not_dragged",
        text="The hedge does not excessively drag on the internal rate of return in quiet markets",
        ref=ARTICLE,
        unit="annual return, fraction",
        measured="irr_drag_frac",
        reason="irr_drag_reason",
        measured_as="annual return without the hedge less the return with it, since the first fill",
        sessions="return_sessions",
    ),
    Claim(
        claim_id="toward_neutrality",
        text="The hedge reduces the net delta of the position back toward neutrality",
        ref=ARTICLE,
        unit=FRACTION,
        measured="offset_local_frac",
        reason="offset_local_reason",
        measured_as="hedge delta against condor delta tonight; 1 would be neutral",
    ),
    Claim(
        claim_id="time_for_reversion",
        text="The hedge allows the condor to be kept longer, giving time for mean reversion",
        ref=ARTICLE,
        unit="calendar days",
        measured="funded_days",
        reason="funded_reason",
        measured_as="days the open hedge gain pays for its own theta and rolls, tonight",
    ),
)


def vendor_claims(capital: pl.DataFrame, book: pl.DataFrame) -> pl.DataFrame:
    """Put what was measured beside each claim: one row per account and claim, as mart.vendor_claims_daily declares.

    `capital` and `book` are tonight's rows of mart.capital_daily and mart.book_daily.
    """
    offsets = book.select("account", "offset_m5_frac", "offset_m5_reason", "offset_local_frac", "offset_local_reason")
    rows = capital.join(offsets, on="account", how="left", validate="1:1", maintain_order="left").to_dicts()
    return MART_VENDOR_CLAIMS_DAILY.conform(
        pl.DataFrame([_beside(claim, row) for row in rows for claim in CLAIMS], infer_schema_length=None)
        if rows
        else MART_VENDOR_CLAIMS_DAILY.empty()
    ).sort("account", "claim_id")


def _beside(claim: Claim, row: dict[str, Any]) -> dict[str, Any]:
    measured = row[claim.measured]
    return {
        "session_date": row["session_date"],
        "account": row["account"],
        "claim_id": claim.claim_id,
        "claim_text": claim.text,
        "source_ref": claim.ref,
        "status": NOT_VERIFIED,
        "unit": claim.unit,
        "claimed_low": claim.low,
        "claimed_high": claim.high,
        "measured": measured,
        "measured_as": claim.measured_as,
        "sessions_qty": row[claim.sessions] if claim.sessions else 1,
        "reason": None if measured is not None else row[claim.reason] or "not computed tonight",
    }
