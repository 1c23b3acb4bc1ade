"""The second engine: its state as a tile, what each diagonal is exposed to and can lose (METHODOLOGY 4.10, 4.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.report.chart_models import Chart, Point, Series
from transforms.report.engine_models import Diagonal, SecondEngine
from transforms.report.hedge import hold_reason, withheld
from transforms.report.mart_rows import MartRow, listed_for, of_session, only_row, rows_of, summed_for
from transforms.report.models import USD, USD_PER_PT, Measure, SecondEngineTile
from warehouse.tables.mart import MART_SECOND_ENGINE_DAILY, MART_SECOND_ENGINE_STATES_DAILY

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

DIAGONALS_IN_REPORT: Final = 4
PATHS: Final = (("1.5×", "path_x15_pnl_usd"), ("2×", "path_x20_pnl_usd"), ("3×", "path_x30_pnl_usd"))
CLAIMED = "More convex than a plain debit spread at SPX −5% and −10%, per dollar at risk."
NOT_CLAIMED = "Less payoff per dollar at risk than a plain debit spread: no convexity is claimed."
NOTHING_HELD: Final = "no diagonal is held"


def second_engine_tile(inputs: ReportInputs) -> SecondEngineTile:
    """The state and the VIX call diagonals together; a sum is null when a part of it is."""
    held, rows = hold_reason(inputs), _diagonals(inputs)
    states = summed_for(of_session(inputs.engine_states, inputs.stamp.session_date), inputs.stamp.account)
    state = only_row(MART_SECOND_ENGINE_STATES_DAILY, states, absence="its state is not on record")
    reasons = "; ".join(dict.fromkeys(filter(None, (row.text("unpriced_reason") for row in rows))))
    risks = "; ".join(dict.fromkeys(filter(None, (row.text("risk_reason") for row in rows))))
    margins = "; ".join(dict.fromkeys(filter(None, (row.text("margin_reason") for row in rows))))
    unit = state.text("state_unit")
    return SecondEngineTile(
        state="" if held else state.text("state"),
        state_rule=held or state.text("state_rule") or state.text("reason") or state.absence,
        state_value=withheld(state.measure("state_value", unit=unit), held),
        state_threshold=withheld(state.measure("state_threshold", unit=unit), held),
        worst_loss=withheld(_sum(rows, "worst_grid_loss_usd", unit=USD, reason=risks or reasons), held),
        margin=withheld(_sum(rows, "margin_usd", unit=USD, reason=margins or reasons), held),
        structures_qty=len(rows),
        debit=_sum(rows, "debit_usd", unit=USD, reason=reasons),
        value=_sum(rows, "value_usd", unit=USD, reason=reasons),
        pnl=_sum(rows, "pnl_usd", unit=USD, reason=reasons),
        delta=_sum(rows, "spx_delta_usd_per_pt", unit=USD_PER_PT, reason=reasons),
        unpriced_reason=reasons,
    )


def second_engine_of(inputs: ReportInputs) -> SecondEngine:
    """Every diagonal with exposures and worst loss, and the P&L of each at its near expiry."""
    held = hold_reason(inputs)
    rows = () if held else _diagonals(inputs)
    return SecondEngine(
        diagonals=tuple(map(_diagonal, rows[:DIAGONALS_IN_REPORT])),
        more_qty=max(0, len(rows) - DIAGONALS_IN_REPORT),
        at_near_expiry=_at_near_expiry(rows[:DIAGONALS_IN_REPORT]),
        reason=held or ("" if rows else NOTHING_HELD),
    )


def _diagonals(inputs: ReportInputs) -> tuple[MartRow, ...]:
    frame = listed_for(of_session(inputs.second_engine, inputs.stamp.session_date), inputs.stamp.account)
    return rows_of(MART_SECOND_ENGINE_DAILY, frame.sort(pl.col("worst_grid_loss_usd"), "account", "structure_id"))


def _diagonal(row: MartRow) -> Diagonal:
    risk, compared = row.text("risk_reason") or row.text("unpriced_reason"), row.text("convexity_reason")
    claimed = row.values.get("is_convexity_claimed")
    words = f"Not compared with a debit spread: {compared or risk}." if claimed is None else ""
    return Diagonal(
        account=row.text("account"),
        structure_id=row.text("structure_id"),
        legs=f"+ {row.text('far_instrument_id')}, − {row.text('near_instrument_id')}",
        state=row.text("state"),
        debit=row.measure("debit_usd"),
        value=row.measure("value_usd", reason=risk),
        pnl=row.measure("pnl_usd", reason=risk),
        parallel=row.measure("parallel_exposure_usd_per_vx_pt", reason=risk),
        steepening=row.measure("steepening_exposure_usd_per_vx_pt", reason=risk),
        rolldown=row.measure("rolldown_usd_per_day", reason=risk),
        shock_m5=row.measure("shock_m5_pnl_usd", reason=risk),
        shock_m10=row.measure("shock_m10_pnl_usd", reason=risk),
        worst_loss=row.measure("worst_grid_loss_usd", reason=risk),
        worst_cell=row.text("worst_cell"),
        loss_multiple=row.measure("loss_multiple", reason=risk or "nothing was paid: no multiple of it"),
        margin=row.measure("margin_usd", reason=row.text("margin_reason") or risk),
        reference_spread=row.text("reference_spread"),
        excess_m5=row.measure("convexity_excess_m5_frac", reason=compared or risk),
        excess_m10=row.measure("convexity_excess_m10_frac", reason=compared or risk),
        convexity=words or (CLAIMED if claimed else NOT_CLAIMED),
    )


def _at_near_expiry(rows: tuple[MartRow, ...]) -> Chart:
    series = tuple(
        Series(
            name=row.text("structure_id"),
            points=tuple(
                Point(x=float(at), y=row.values[column], label=label)
                for at, (label, column) in enumerate(PATHS)
                if row.values.get(column) is not None
            ),
            reason=row.text("risk_reason") or row.text("unpriced_reason"),
        )
        for row in rows
    )
    is_drawn = any(one.points for one in series)
    reasons = "; ".join(dict.fromkeys(one.reason for one in series if one.reason))
    return Chart(
        chart_id="near-expiry",
        title="P&L of the second engine from tonight to its near expiry, by where the near future settles",
        x_title="P&L from tonight, USD",
        y_title="",
        series=series if is_drawn else (),
        note="The near VIX future at 1.5, 2 and 3 times tonight’s price, the far one as far along the same path.",
        reason="" if is_drawn else (reasons or NOTHING_HELD),
    )


def _sum(rows: tuple[MartRow, ...], column: str, *, unit: str, reason: str) -> Measure:
    values = [row.measure(column).value for row in rows]
    known = [value for value in values if value is not None]
    if not rows:
        return Measure(value=None, unit=unit, reason="none held")
    if len(known) < len(values):
        return Measure(value=None, unit=unit, reason=reason or "a leg has no mark")
    return Measure(value=sum(known), unit=unit)
