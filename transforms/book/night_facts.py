"""What the gates of a night look at, and the shape of a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """House limits of the gates; METHODOLOGY 9.6 and 3.5 where it gives one."""

    previous_expiries_frac: float = 0.95
    previous_expiries_days: int = 60
    vx_monthlies_qty: int = 2
    vix_parity_pts: float = 0.15
    vix_parity_half_spreads: float = 1.5
    one_sided_frac: float = 0.30
    bounds_frac: float = 0.01
    bounds_spx_pts: float = 0.10
    condor_tick_pts: float = 0.05
    rates_sessions: int = 3
    breadth_sessions: int = 1
    calendar_tolerance_frac: float = 0.005
    iv_audit_vol: float = 1e-8


LIMITS = CheckLimits()


@dataclass(frozen=True, slots=True)
class NightFacts:
    """What the gates look at: tonight's facts, as the tables hold them. Missing frames have no rows."""

    session_date: dt.date
    chains: pl.DataFrame
    spx_load_id: str | None
    vix_load_id: str | None
    marks: pl.DataFrame
    previous_marks: pl.DataFrame
    forwards: pl.DataFrame
    vx_curve: pl.DataFrame
    signals: pl.DataFrame
    vix_check: pl.DataFrame
    legs: pl.DataFrame
    condors: pl.DataFrame
    breadth_date: dt.date | None
    rates_date: dt.date | None
    iv_audit_difference_vol: float | None


@dataclass(frozen=True, slots=True)
class Check:
    """One verdict. Null value with a message when there was nothing to measure."""

    check_id: str
    is_passed: bool
    message: str
    severity: str = "warning"
    value: float | None = None
    limit_value: float | None = None
    unit: str = ""
    rows_qty: int | None = None
    subject: str = ""
    is_applicable: bool = True


def only_value(frame: pl.DataFrame, column: str) -> Any:  # noqa: ANN401 - a cell has the column's type
    """The value of a one-row frame, or null where there is no row."""
    return frame[column][0] if frame.height else None
