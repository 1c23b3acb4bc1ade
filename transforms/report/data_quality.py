"""Can tonight's data be trusted: checks, the VIX recomputed, the forwards held legs were priced on, the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.report.mart_rows import MartRow, listed_for, of_session, only_row, rows_of
from transforms.report.models import Check, DataQuality, ForwardRow, LoadRow
from warehouse.tables.core import CORE_FORWARDS_DAILY
from warehouse.tables.mart import MART_VIX_CHECKS_DAILY
from warehouse.tables.meta import META_CHECKS, META_LOADS

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

LOADS_IN_REPORT = 60  # long tables are slow in the PDF; all loads are in meta.loads


def check_rows(inputs: ReportInputs) -> tuple[Check, ...]:
    """The checks of the night: failed before passed, critical before warning."""
    frame = of_session(inputs.checks, inputs.stamp.session_date).sort(
        "is_passed", pl.col("is_applicable").not_(), "severity", "check_id", "subject"
    )
    return tuple(_check(row) for row in rows_of(META_CHECKS, frame))


def _check(row: MartRow) -> Check:
    is_applicable, is_passed = bool(row.values["is_applicable"]), bool(row.values["is_passed"])
    return Check(
        check_id=row.text("check_id"),
        subject=row.text("subject"),
        severity=row.text("severity"),
        verdict=("passed" if is_passed else "failed") if is_applicable else "not applicable",
        value=row.measure("value", unit=row.text("unit"), reason="not measured"),
        limit=row.measure("limit_value", unit=row.text("unit"), reason="no limit"),
        message=row.text("message"),
    )


def quality_of(inputs: ReportInputs) -> DataQuality:
    """The data-quality block."""
    session_date = inputs.stamp.session_date
    vix = only_row(
        MART_VIX_CHECKS_DAILY, of_session(inputs.vix_checks, session_date), absence="no VIX check for this session"
    )
    why = vix.text("reason")
    loads = inputs.loads.sort("kind", "series", "source_file", "load_id")
    return DataQuality(
        checks=check_rows(inputs),
        vix_published=vix.measure("vix_published_pts", reason="VIX close not loaded"),
        vix_recomputed=vix.measure("vix_recomputed_pts", reason=why),
        vix_difference=vix.measure("difference_pts", reason=why or "VIX close not loaded"),
        vix_limit=vix.measure("limit_pts", reason="VIX close not loaded"),
        forwards=_forwards(inputs),
        loads=tuple(_load(row) for row in rows_of(META_LOADS, loads.head(LOADS_IN_REPORT))),
        more_loads_qty=max(0, loads.height - LOADS_IN_REPORT),
    )


def _forwards(inputs: ReportInputs) -> tuple[ForwardRow, ...]:
    """The forwards of the expiries held, not of all that are listed."""
    keys = ("root", "expiry_date", "settlement")
    legs = listed_for(of_session(inputs.legs, inputs.stamp.session_date), inputs.stamp.account)
    frame = of_session(inputs.forwards, inputs.stamp.session_date).join(
        legs.select(keys).unique(), on=keys, how="semi", nulls_equal=True
    )
    return tuple(_forward(row) for row in rows_of(CORE_FORWARDS_DAILY, frame.sort("root", "expiry_date", "settlement")))


def _forward(row: MartRow) -> ForwardRow:
    spx_only = "VIX only" if row.text("root").startswith("SPX") else ""
    return ForwardRow(
        root=row.text("root"),
        expiry_date=row.day("expiry_date"),
        settlement=row.text("settlement"),
        forward=row.measure("forward_pts", reason=row.text("method_reason")),
        method=row.text("method"),
        method_reason=row.text("method_reason"),
        future=row.measure("future_pts", reason=spx_only or "no future with this date"),
        parity_difference=row.measure("parity_difference_pts", reason=spx_only or "no future or no parity"),
        residual=row.measure("fit_residual_pts", reason="no fit"),
        atm_iv=row.measure("atm_iv_vol", reason="no smile"),
    )


def _load(row: MartRow) -> LoadRow:
    return LoadRow(
        source_file=row.text("source_file"),
        kind=row.text("kind"),
        format=row.text("format"),
        series=row.text("series"),
        rows=row.measure("rows_qty", unit="rows", reason="not counted"),
        rejected=row.measure("rejected_qty", unit="rows", reason="not counted"),
        last_date=row.values.get("last_date") or row.values.get("stated_date"),
        load_id=row.text("load_id"),
    )
