"""What made the P&L of the day and of the month: by cause, part by part (METHODOLOGY 4.19; 8, P9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.report.chart_models import Chart, Point, Series
from transforms.report.mart_rows import MartRow, of_session, rows_of, summed_for
from transforms.report.section_models import Attribution, AttributionRow
from warehouse.tables.mart import MART_ATTRIBUTION_PERIODS_DAILY

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

FACTORS: Final = {
    "delta_usd": "Delta",
    "gamma_usd": "Gamma",
    "vega_usd": "Vega",
    "volvol_usd": "VIX-option vol",
    "vanna_volga_usd": "Vanna, volga",
    "theta_usd": "Theta",
    "rolldown_usd": "Roll-down",
    "curve_shift_usd": "VX curve",
    "rates_usd": "Rates",
    "trades_usd": "Trades",
    "fees_usd": "Fees",
    "unexplained_usd": "Unexplained",
}
PARTS: Final = ("condor", "hedge", "second_engine", "other", "total")  # by layer: mart.attribution_periods_daily
PERIODS: Final = {"day": "Today", "month": "Month to date"}
NOT_ATTRIBUTED = "no attribution for this session"
SHOWN_FROM_USD = 0.5  # what prints as nothing


def attribution_of(inputs: ReportInputs) -> Attribution:
    """Day and month by cause: the total as a picture, each part that moved as a row."""
    frame = summed_for(of_session(inputs.attribution, inputs.stamp.session_date), inputs.stamp.account)
    by_key = {(row.text("period"), row.text("part")): row for row in rows_of(MART_ATTRIBUTION_PERIODS_DAILY, frame)}
    rows = tuple(
        _row(by_key[period, part])
        for period in PERIODS
        for part in PARTS
        if (period, part) in by_key and (part == "total" or _has_moved(by_key[period, part]))
        if part == "total" or _is_known(by_key.get((period, "total")), by_key[period, part])
    )
    return Attribution(
        factor_names=tuple(FACTORS.values()),
        rows=rows if any(row.actual.value is not None for row in rows) else rows[:1],
        waterfall=_waterfall({period: by_key.get((period, "total")) for period in PERIODS}),
    )


def _has_moved(row: MartRow) -> bool:
    """True for a part with a P&L to explain, or one that is not known while its total may be."""
    return row.values["actual_usd"] is None or any(row.values[name] for name in ("actual_usd", *FACTORS))


def _is_known(total: MartRow | None, part: MartRow) -> bool:
    """False where part and total are unknown alike: the total's reason is enough."""
    return part.values["actual_usd"] is not None or total is None or total.values["actual_usd"] is not None


def _row(row: MartRow) -> AttributionRow:
    why = row.text("reason")
    return AttributionRow(
        part=row.text("part"),
        period=row.text("period"),
        from_date=row.day("from_date"),
        actual=row.measure("actual_usd", reason=why),
        factors=tuple(row.measure(name, reason=why) for name in FACTORS),
        reason=why,
    )


def _waterfall(totals: dict[str, MartRow | None]) -> Chart:
    known = [row for row in totals.values() if row is not None and row.values["actual_usd"] is not None]
    causes = [name for name in FACTORS if any(abs(row.values[name] or 0.0) >= SHOWN_FROM_USD for row in known)]
    reasons = [NOT_ATTRIBUTED if row is None else row.text("reason") for row in totals.values()]
    return Chart(
        chart_id="attribution",
        title="What made the P&L of the book",
        x_title="P&L, USD",
        y_title="Cause",
        series=tuple(_bars(PERIODS[period], row, causes) for period, row in totals.items()) if known else (),
        note="Each bar starts where the one above ends; the last is the whole. Unexplained is what the method leaves.",
        reason="" if known else "; ".join(dict.fromkeys(filter(None, reasons))) or NOT_ATTRIBUTED,
    )


def _bars(name: str, row: MartRow | None, causes: list[str]) -> Series:
    if row is None or row.values["actual_usd"] is None:
        return Series(name=name, points=(), reason=NOT_ATTRIBUTED if row is None else row.text("reason"))
    values = pl.Series([row.values[cause] or 0.0 for cause in causes])
    starts = values.cum_sum().shift(1, fill_value=0.0)
    steps = [
        Point(x=float(place), y=value, label=FACTORS[cause], base=start)
        for place, (cause, value, start) in enumerate(zip(causes, values, starts, strict=True))
    ]
    return Series(name=name, points=(*steps, Point(x=float(len(steps)), y=row.values["actual_usd"], label="P&L")))
