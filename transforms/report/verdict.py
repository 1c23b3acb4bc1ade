"""Page one: is anything in trouble, how much does the hedge cover, what changed, can the data be trusted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from transforms.book.positions import ALL_ACCOUNTS
from transforms.report.data_quality import check_rows
from transforms.report.hedge import hold_reason, is_data_hold, withheld
from transforms.report.mart_rows import MartRow, listed_for, of_session, only_row, rows_of, summed_for
from transforms.report.models import (
    Alert,
    Check,
    CondorRow,
    CondorTable,
    Header,
    Market,
    Measure,
    Offset,
    Status,
    Totals,
)
from transforms.report.payoff_charts import scenario_cells
from warehouse.tables.mart import (
    MART_ALERTS_DAILY,
    MART_ATTRIBUTION_PERIODS_DAILY,
    MART_BOOK_DAILY,
    MART_SCENARIOS_DAILY,
    MART_SIGNALS_DAILY,
    MART_UPCOMING_EVENTS_DAILY,
    MART_VIX_CHECKS_DAILY,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transforms.report.inputs import ReportInputs

CONDORS_ON_PAGE_ONE = 8
ALERTS_ON_PAGE_ONE = 3
SEVERITY_ORDER = ("RED", "AMBER", "INFO")
OFFSET_SHOCKS = {"m3": ("SPX −3%", -0.03), "m5": ("SPX −5%", -0.05), "m10": ("SPX −10%", -0.10)}
NO_POSITIONS = "no positions"
UNHEDGED = "UNHEDGED_BY_ALVH"
NAMED_IN_A_NOTE = 3


def book_row(inputs: ReportInputs) -> MartRow:
    """The book's row of the night; a book without positions may have none."""
    frame = summed_for(of_session(inputs.book, inputs.stamp.session_date), inputs.stamp.account)
    return only_row(MART_BOOK_DAILY, frame, absence=NO_POSITIONS)


def header_of(inputs: ReportInputs) -> Header:
    """Whose report, of which session, from which data."""
    accounts = inputs.book.filter(pl.col("account") != ALL_ACCOUNTS)["account"].unique().sort().to_list()
    before = inputs.previous_book["session_date"].max()
    return Header(
        account=inputs.stamp.account,
        accounts=tuple(accounts) if inputs.stamp.account == ALL_ACCOUNTS else (inputs.stamp.account,),
        session_date=inputs.stamp.session_date,
        previous_session_date=before,  # type: ignore[arg-type]  # Polars types max() by every dtype there is
        stamped_at=inputs.stamp.stamped_at,
        quote_at=inputs.stamp.quote_at,
        is_simulated=bool(inputs.loads["is_simulated"].any()),
        is_data_hold=is_data_hold(inputs),
        known_at=inputs.stamp.known_at,
    )


def status_of(inputs: ReportInputs) -> Status:
    """The status, its reason and the three alerts that weigh most."""
    book, alerts, checks = book_row(inputs), alert_rows(inputs), check_rows(inputs)
    failed = tuple(check for check in checks if check.verdict == "failed")
    critical = tuple(check for check in failed if check.severity == "critical")
    return Status(
        status="DATA_HOLD" if is_data_hold(inputs) else book.text("status") or "OK",
        reason=book.text("status_reason") or _reason_without_book(critical),
        notes=tuple(_notes(inputs, book)),
        top_alerts=_first_what_set(book, alerts)[:ALERTS_ON_PAGE_ONE],
        more_alerts_qty=max(0, len(alerts) - ALERTS_ON_PAGE_ONE),
        failed_critical=critical,
        failed_warnings_qty=len(failed) - len(critical),
        passed_checks_qty=sum(check.verdict == "passed" for check in checks),
        not_applicable_checks_qty=sum(check.verdict == "not applicable" for check in checks),
    )


def _first_what_set(book: MartRow, alerts: tuple[Alert, ...]) -> tuple[Alert, ...]:
    """The alerts, that which set the status before all others."""
    reason = book.text("status_reason")
    return tuple(sorted(alerts, key=lambda alert: not (alert.message and alert.message in reason)))


def _notes(inputs: ReportInputs, book: MartRow) -> Iterator[str]:
    condors = listed_for(of_session(inputs.condors, inputs.stamp.session_date), inputs.stamp.account)
    bare = condors.filter(pl.col("flags").str.contains(UNHEDGED, literal=True)).sort("account", "condor_id")
    if bare.height:
        named = ", ".join(bare["condor_id"].head(NAMED_IN_A_NOTE))
        more = f" and {bare.height - NAMED_IN_A_NOTE} more" if bare.height > NAMED_IN_A_NOTE else ""
        yield f"{named}{more}: not hedged by ALVH. VIX calls do not pay on the call side."
    if unpriced := book.count("unpriced_legs_qty"):
        legs = "1 leg has" if unpriced == 1 else f"{unpriced} legs have"
        yield f"{legs} no mark tonight: totals that need them stay empty."


def _reason_without_book(critical: tuple[Check, ...]) -> str:
    if critical:
        return "A critical data check failed."
    return "There are no positions, so nothing can be in trouble."


def alert_rows(inputs: ReportInputs) -> tuple[Alert, ...]:
    """All alerts: red before amber before information. For ALL, a sum row's alert only where no account has it.

    Under DATA_HOLD there are none: they would call for action on figures nobody trusts. mart.alerts_daily has them.
    """
    if is_data_hold(inputs):
        return ()
    frame = of_session(inputs.alerts, inputs.stamp.session_date)
    if inputs.stamp.account == ALL_ACCOUNTS:
        of_accounts = frame.filter(pl.col("account") != ALL_ACCOUNTS)
        of_sum = frame.filter(pl.col("account") == ALL_ACCOUNTS)
        frame = pl.concat([of_accounts, of_sum.join(of_accounts, on=["rule_id", "subject"], how="anti")])
    else:
        frame = frame.filter(pl.col("account") == inputs.stamp.account)
    order = pl.col("severity").replace_strict({word: rank for rank, word in enumerate(SEVERITY_ORDER)}, default=9)
    return tuple(_alert(row) for row in rows_of(MART_ALERTS_DAILY, frame.sort(order, "rule_id", "subject", "account")))


def _alert(row: MartRow) -> Alert:
    return Alert(
        account=row.text("account"),
        rule_id=row.text("rule_id"),
        subject=row.text("subject"),
        severity=row.text("severity"),
        value=row.measure("value", unit=row.text("unit"), reason="not a number"),
        threshold=row.measure("threshold", unit=row.text("unit"), reason="no threshold"),
        source_tier=row.text("source_tier"),
        message=row.text("message"),
        first_seen_date=row.day("first_seen_date"),
        is_new=bool(row.values.get("is_new")),
    )


def market_of(inputs: ReportInputs) -> Market:
    """Where SPX and VIX are, and what comes next."""
    session_date = inputs.stamp.session_date
    row = only_row(MART_SIGNALS_DAILY, of_session(inputs.signals, session_date), absence="no signals for this session")
    event = _next_event(inputs, row)
    vix = only_row(MART_VIX_CHECKS_DAILY, of_session(inputs.vix_checks, session_date), absence="no VIX check")
    return Market(
        spot=row.measure("spot_pts", reason=row.text("spot_reason")),
        index_close=row.measure("index_close_pts", reason="SPX close not loaded"),
        spx_return=row.measure("spx_return_frac", reason="no previous close"),
        vix=row.measure("vix_pts", reason="VIX close not loaded"),
        vix_change=row.measure("vix_change_frac", reason="no previous close"),
        vix_recomputed=vix.measure("vix_recomputed_pts", reason=vix.text("reason")),
        vix_difference=vix.measure("difference_pts", reason=vix.text("reason")),
        contango=row.measure("contango_frac", reason="two monthly VX settlements are needed"),
        edr=row.measure("edr_frac", reason="VIX or SPX history missing"),
        edr_pts=row.measure("edr_pts", reason="VIX or SPX history missing"),
        gate=row.text("gate"),
        vx_regime=row.text("vx_regime"),
        event_window=row.text("event_state"),
        event_reason=row.text("event_reason") or row.absence,
        next_event_kind=row.text("next_event_kind"),
        next_event_at=row.values.get("next_event_at"),
        next_event_days=event.measure("days_to_days"),
        next_event_move=event.measure("implied_move_pts", reason=event.text("implied_move_reason")),
    )


def _next_event(inputs: ReportInputs, signals: MartRow) -> MartRow:
    """The calendar's row of the next high-impact event."""
    events = of_session(inputs.upcoming_events, inputs.stamp.session_date).filter(
        pl.col("kind") == signals.text("next_event_kind"), "is_next_of_kind"
    )
    return only_row(MART_UPCOMING_EVENTS_DAILY, events, absence="not in the calendar")


def totals_of(inputs: ReportInputs) -> Totals:
    """The big numbers: deltas, offsets, profit and loss."""
    row, held = book_row(inputs), hold_reason(inputs)
    net = row.text("net_delta_reason")
    unpriced = "a leg has no mark" if row.count("unpriced_legs_qty") else NO_POSITIONS
    no_pnl = unpriced if row.count("unpriced_legs_qty") else row.text("pnl_reason") or NO_POSITIONS
    offsets = tuple(_offset(inputs, row, key, held=held) for key in OFFSET_SHOCKS)
    return Totals(
        net_delta=row.measure("net_delta_usd_per_pt", reason=net),
        net_delta_1pct=row.measure("net_delta_usd_per_1pct", reason=net),
        condor_delta=row.measure("condor_delta_usd_per_pt", reason=unpriced),
        hedge_delta=row.measure("hedge_delta_usd_per_pt", reason=unpriced),
        second_engine_delta=row.measure("second_engine_delta_usd_per_pt", reason=unpriced),
        other_delta=row.measure("other_delta_usd_per_pt", reason=unpriced),
        offset_local=withheld(row.measure("offset_local_frac", reason=row.text("offset_local_reason")), held),
        offsets=offsets,
        offsets_reason=_common_reason(offsets),
        pnl=row.measure("pnl_usd", reason=no_pnl),
        day_pnl=row.measure("day_pnl_usd", reason=row.text("day_pnl_reason")),
        month_pnl=_month_pnl(inputs),
        condor_pnl=row.measure("condor_pnl_usd", reason=no_pnl),
        hedge_pnl=row.measure("hedge_pnl_usd", reason=no_pnl),
        second_engine_pnl=row.measure("second_engine_pnl_usd", reason=no_pnl),
        other_pnl=row.measure("other_pnl_usd", reason=no_pnl),
        max_loss=row.measure("max_loss_usd"),
        theta=row.measure("theta_usd_per_day", reason=unpriced),
        vega=row.measure("vega_usd_per_volpt", reason=unpriced),
        net_liq=row.measure("net_liq_usd", reason="no accounts file"),
        unpriced_legs_qty=row.count("unpriced_legs_qty"),
    )


def _month_pnl(inputs: ReportInputs) -> Measure:
    """P&L of the book since the last close of the month before."""
    frame = summed_for(of_session(inputs.attribution, inputs.stamp.session_date), inputs.stamp.account)
    month = frame.filter((pl.col("part") == "total") & (pl.col("period") == "month"))
    row = only_row(MART_ATTRIBUTION_PERIODS_DAILY, month, absence="not attributed")
    return row.measure("actual_usd", reason=row.text("reason"))


def _common_reason(offsets: tuple[Offset, ...]) -> str:
    reasons = {offset.offset.reason for offset in offsets if offset.offset.value is None}
    return reasons.pop() if len(reasons) == 1 and all(offset.offset.value is None for offset in offsets) else ""


def _offset(inputs: ReportInputs, row: MartRow, key: str, *, held: str) -> Offset:
    label, shock = OFFSET_SHOCKS[key]
    reason = row.text(f"offset_{key}_reason")
    condor, hedge = (_scenario(inputs, part, shock) for part in ("condor", "hedge"))
    return Offset(
        label=label,
        offset=withheld(row.measure(f"offset_{key}_frac", reason=reason), held),
        with_second_engine=withheld(row.measure(f"offset_{key}_with_second_engine_frac", reason=reason), held),
        condor_pnl=withheld(condor.measure("pnl_usd", reason=condor.text("reason")), held),
        hedge_pnl=withheld(hedge.measure("pnl_usd", reason=hedge.text("reason")), held),
        vix=withheld(condor.measure("vix_pts", reason=condor.text("reason") or "no VIX close"), held),
    )


def _scenario(inputs: ReportInputs, part: str, shock: float) -> MartRow:
    """The cell of one part at one SPX move, repriced now, VIX by the base response."""
    cells = (cell for cell in scenario_cells(inputs, part) if math.isclose(cell.values["spot_shock_frac"], shock))
    return next(cells, MartRow(table=MART_SCENARIOS_DAILY, absence="not repriced tonight"))


def condor_table(condors: tuple[CondorRow, ...]) -> CondorTable:
    """The worst condors, as many as page one holds."""
    return CondorTable(first_page=condors[:CONDORS_ON_PAGE_ONE], more_qty=max(0, len(condors) - CONDORS_ON_PAGE_ONE))
