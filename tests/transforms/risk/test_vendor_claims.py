"""Claims stand beside measures, never in their place."""

import datetime as dt

import polars as pl

from transforms.risk.vendor_claims import CLAIMS, vendor_claims
from warehouse.tables.mart import MART_BOOK_DAILY, MART_CAPITAL_DAILY

NIGHT = dt.date(2026, 5, 8)


def claimed(capital: dict[str, object], book: dict[str, object]) -> dict[str, dict[str, object]]:
    key = {"session_date": NIGHT, "account": "A"}
    rows = vendor_claims(
        MART_CAPITAL_DAILY.conform(pl.DataFrame([key | capital])), MART_BOOK_DAILY.conform(pl.DataFrame([key | book]))
    )
    return {row["claim_id"]: row for row in rows.to_dicts()}


def test_each_claim_has_its_range_its_measure_and_its_label() -> None:
    rows = claimed(
        {"quiet_drag_frac_per_year": 0.031, "quiet_drag_bp_per_week": 6.0, "quiet_sessions": 140},
        {"offset_m5_frac": 0.17},
    )
    assert len(rows) == len(CLAIMS) == 8
    assert {row["status"] for row in rows.values()} == {"vendor claim, not verified"}
    annual, weekly, offset = rows["annual_cost"], rows["weekly_drag"], rows["loss_offset"]
    assert (annual["claimed_low"], annual["claimed_high"], annual["measured"], annual["sessions_qty"]) == (
        0.01,
        0.02,
        0.031,
        140,
    )
    assert (weekly["claimed_low"], weekly["claimed_high"], weekly["measured"]) == (4.0, 8.0, 6.0)
    assert (offset["claimed_low"], offset["measured"], offset["sessions_qty"]) == (0.40, 0.17, 1)


def test_what_is_not_measured_says_why() -> None:
    rows = claimed({"drawdown_reason": "2 sessions"}, {"offset_m5_reason": "no condor is held"})
    assert (rows["drawdown_cut"]["measured"], rows["drawdown_cut"]["reason"]) == (None, "2 sessions")
    assert rows["loss_offset"]["reason"] == "no condor is held"
    assert rows["cost_of_credit"]["reason"] == "not computed tonight"


def test_win_rates_and_recoveries_are_not_among_them() -> None:
    """METHODOLOGY 12, R15: nothing of the 88% and 90% is printed, not even as a claim."""
    text = " ".join(claim.text.lower() for claim in CLAIMS)
    assert not any(word in text for word in ("win rate", "recover", "88", "90%"))
