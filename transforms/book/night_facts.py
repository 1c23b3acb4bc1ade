"""What the gates of a night look at, and the shape of a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from transforms.market.forwards import RULES as FORWARD_RULES
from transforms.market.forwards import ForwardRules
from transforms.thresholds import threshold
from warehouse.tables.mart import MART_ATTRIBUTION_PERIODS_DAILY
from warehouse.tables.meta import META_LIVE_ANSWERS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import polars as pl

    from transforms.pricing.audit import IvAudit

Severity = Literal["critical", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLimits:
    """House limits of the gates; METHODOLOGY 9.6, 3.5 and 3.8 where one of them gives it."""

    NAME: ClassVar[str] = "checks"

    previous_expiries_frac: float = threshold(
        0.95, unit="fraction", says="Data: previous session’s expiries still listed, at least", ref="METHODOLOGY 9.6"
    )
    previous_expiries_days: int = threshold(
        60, unit="calendar days", says="Data: expiries of the previous session looked for up to", ref="METHODOLOGY 9.6"
    )
    vx_monthlies_qty: int = threshold(
        2, unit="contracts", says="Data: monthly VX settlements, at least", ref="METHODOLOGY 9.6"
    )
    vix_parity_pts: float = threshold(
        0.15, unit="index points", says="Data: VIX option parity off its future by at most", ref="METHODOLOGY 3.5"
    )
    vix_parity_half_spreads: float = threshold(
        1.5, unit="half spreads", says="Data: VIX option parity off its future by at most", ref="METHODOLOGY 3.5"
    )
    one_sided_frac: float = threshold(
        0.30, unit="fraction", says="Data: one-sided quotes, at most", ref="METHODOLOGY 9.6"
    )
    bounds_frac: float = threshold(
        0.01, unit="fraction", says="Data: quotes outside what any model allows, at most", ref="METHODOLOGY 9.6"
    )
    bounds_spx_pts: float = threshold(
        0.10, unit="index points", says="Data: leeway of a SPX quote against its bound", ref="METHODOLOGY 9.6"
    )
    condor_tick_pts: float = threshold(
        0.05, unit="index points", says="Data: leeway of a condor’s value against its bounds", ref="METHODOLOGY 4.18"
    )
    rates_sessions: int = threshold(
        3, unit="trading sessions", says="Data: rates at most as old as", ref="METHODOLOGY 9.6"
    )
    breadth_sessions: int = threshold(
        1, unit="trading sessions", says="Data: breadth at most as old as", ref="METHODOLOGY 9.6"
    )
    calendar_tolerance_frac: float = threshold(
        0.005, unit="fraction", says="Data: total variance may fall with expiry by at most", ref="METHODOLOGY 3.8"
    )
    arbitrage_quotes_qty: int = threshold(
        0, unit="quotes", says="Data: quotes that give money away, at most", ref="METHODOLOGY 9.6"
    )
    iv_audit_vol: float = threshold(
        1e-8, unit="of volatility", says="Data: implied vol off the reference solver by at most", ref="METHODOLOGY 9.6"
    )


LIMITS = CheckLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentSeries:
    """What the last sessions showed, tonight's among them: rows of the core tables, to hold tonight against before."""

    index_levels: pl.DataFrame
    vx_settlements: pl.DataFrame
    breadth: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class NightFacts:
    """What the gates look at: tonight's facts, as the tables hold them. A frame that is missing has no rows.

    `mark_at` is the instant up to which a fill counts; `fills` are core.fills whole. `quote_quality` and `quote_flags`
    are tonight's rows of mart.quote_quality_daily and mart.quote_flags_daily. `breadth_date` and `rates_date` are the
    latest on or before the session; null where there is none. `iv_audit` is null where no vol was solved.
    `rejected_fills` says of each line of the fills files that is not in the book where it stands and why; `unopened`
    names the instruments still held of which a broker says contracts were closed that no fill opened. The forwards were
    read by `forward_rules`. `live_answers` are tonight's rows of meta.live_answers, none where no source was asked.
    """

    session_date: dt.date
    mark_at: dt.datetime
    chains: pl.DataFrame
    spx_load_id: str | None
    marks: pl.DataFrame
    quote_quality: pl.DataFrame
    quote_flags: pl.DataFrame
    recent: RecentSeries
    forwards: pl.DataFrame
    vx_curve: pl.DataFrame
    signals: pl.DataFrame
    vix_check: pl.DataFrame
    fills: pl.DataFrame
    positions: pl.DataFrame
    legs: pl.DataFrame
    condors: pl.DataFrame
    breadth_date: dt.date | None
    rates_date: dt.date | None
    iv_audit: IvAudit | None
    rejected_fills: tuple[str, ...] = ()
    attribution_periods: pl.DataFrame = field(default_factory=MART_ATTRIBUTION_PERIODS_DAILY.empty)
    forward_rules: ForwardRules = FORWARD_RULES
    unopened: tuple[str, ...] = ()
    live_answers: pl.DataFrame = field(default_factory=META_LIVE_ANSWERS.empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How a check of named things speaks: what it counts, what is said before the names, what is said without any.

    What is held is always named in full; of a chain's many expiries only the first `names_qty`.
    """

    unit: str
    at_fault: str
    all_well: str
    names_qty: int | None = None

    def of(self, names: Sequence[str]) -> str:
        """The sentence about the things at fault, or that there are none."""
        shown = names[: self.names_qty]
        more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
        return f"{self.at_fault}: {', '.join(shown)}{more}." if names else self.all_well


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One verdict, a row of meta.checks. A null value with a message: there was nothing to measure."""

    check_id: str
    is_passed: bool
    message: str
    severity: Severity = "warning"
    value: float | None = None
    limit_value: float | None = None
    unit: str = ""
    rows_qty: int | None = None
    subject: str = ""
    is_applicable: bool = True

    @classmethod
    def not_applicable(cls, check_id: str, why: str, *, severity: Severity = "warning", subject: str = "") -> Self:
        """A check the night cannot have: neither passed nor failed, and stored as not failed."""
        return cls(
            check_id=check_id, severity=severity, subject=subject, is_applicable=False, is_passed=True, message=why
        )

    @classmethod
    def of_level(cls, check_id: str, name: str, level: float | None, *, missing: str, severity: Severity) -> Self:
        """A level that has to be there; `missing` says why it is not."""
        return cls(
            check_id=check_id,
            severity=severity,
            is_passed=level is not None,
            value=level,
            unit="index points",
            message=f"{name} known." if level is not None else f"{name} missing: {missing}.",
        )

    @classmethod
    def of_faults(
        cls,
        check_id: str,
        faults: Sequence[str],
        wording: Wording,
        *,
        severity: Severity = "warning",
        subject: str = "",
    ) -> Self:
        """Things of which none may be at fault, each named."""
        return cls(
            check_id=check_id,
            severity=severity,
            subject=subject,
            is_passed=not faults,
            value=len(faults),
            limit_value=0,
            unit=wording.unit,
            rows_qty=len(faults),
            message=wording.of(sorted(faults)),
        )


def only_number(frame: pl.DataFrame, column: str) -> float | None:
    """The number in a one-row frame, or null where there is no row."""
    number: float | None = frame[column][0] if frame.height else None
    return number


def only_text(frame: pl.DataFrame, column: str) -> str | None:
    """The text in a one-row frame, or null where there is no row."""
    text: str | None = frame[column][0] if frame.height else None
    return text
