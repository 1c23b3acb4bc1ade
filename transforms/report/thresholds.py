"""The thresholds of the night, as it stored them, and whose they are (METHODOLOGY 0: source tiers)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.report.mart_rows import MartRow, of_session, rows_of
from transforms.report.models import Measure, Threshold
from warehouse.tables.meta import META_THRESHOLDS

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs


def thresholds_in_force(inputs: ReportInputs) -> tuple[Threshold, ...]:
    """Every threshold behind the night's figures; what a user has set comes first, else in the order of rule ids."""
    frame = of_session(inputs.thresholds, inputs.stamp.session_date)
    in_order = frame.sort("is_overridden", "rule_id", descending=[True, False])
    return tuple(map(_threshold, rows_of(META_THRESHOLDS, in_order)))


def _threshold(row: MartRow) -> Threshold:
    unit = row.text("unit")
    return Threshold(
        rule_id=row.text("rule_id"),
        name=row.text("says"),
        value=Measure(value=row.values["value"], unit=unit),
        text=f"{row.text('value_text')} {unit}".strip() if row.text("value_text") else "",
        source_tier=row.text("source_tier"),
        source_ref=row.text("source_ref"),
        default=row.text("default_text") if row.values["is_overridden"] else "",
    )
