"""The book under SPX and volatility together: heat map, stress sets, break-evens with the hedge (METHODOLOGY 8, P5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.report.chart_models import Chart, Point, Series
from transforms.report.hedge import hold_reason
from transforms.report.mart_rows import MartRow, of_session, rows_of, summed_for
from transforms.report.models import FRACTION, INDEX_POINTS, USD, Measure, ScenarioRow
from transforms.report.payoff_charts import NO_SCENARIOS, SAME_SHOCK, scenario_cells
from transforms.report.section_models import BreakEven, RiskSection, StressRow, WorstCell
from warehouse.tables.mart import MART_BREAK_EVENS_DAILY, MART_SCENARIOS_DAILY, MART_STRESS_SETS_DAILY

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

HEAT_PARTS: Final = {"total": "Whole book", "condor": "Condors", "hedge": "Hedge (L1–L3)"}
STRESS_SETS: Final = {
    "tims": "Exchange margin range",
    "broker_range": "Broker range",
    "price_vol": "Price and vol",
    "term_response": "Vol by term",
    "vix_times": "VIX times",
    "replay": "Days that were",
}
SHOWN_SHOCKS: Final = (-0.20, -0.10, -0.05, -0.03, -0.01, 0.01, 0.03, 0.05, 0.10)  # the heat map has them all
Cell = tuple[float, str, str]


def risk_section(inputs: ReportInputs) -> RiskSection:
    """Heat map for now, worst cell of all, stress sets at their worst and break-evens; withheld under DATA_HOLD."""
    held = hold_reason(inputs)
    return RiskSection(
        heat_map=_heat_map(inputs, held),
        worst=None if held else _worst(inputs),
        stress=() if held else _stress(inputs),
        break_evens=() if held else _break_evens(inputs),
        reason=held,
    )


def _grid(inputs: ReportInputs) -> pl.DataFrame:
    return summed_for(of_session(inputs.scenarios, inputs.stamp.session_date), inputs.stamp.account)


def _heat_map(inputs: ReportInputs, held: str) -> Chart:
    now = _grid(inputs).filter(pl.col("horizon") == "now").sort("spot_shock_frac", "vol_response")
    series = tuple(_heat(name, now.filter(pl.col("part") == part)) for part, name in HEAT_PARTS.items())
    reason = held or ("" if any(one.points for one in series) else NO_SCENARIOS)
    return Chart(
        chart_id="heat-map",
        title="P&L of a sudden SPX move tonight, by how volatility answers, USD",
        x_title="SPX move",
        y_title="Vol response",
        series=() if reason else series,
        note="Full repricing. Muted, base and severe: half, once and twice the usual path of VIX; inverse: VIX does "
        "not answer. The frame marks where each part loses most.",
        reason=reason,
    )


def _heat(name: str, cells: pl.DataFrame) -> Series:
    rows = rows_of(MART_SCENARIOS_DAILY, cells)
    known = [row for row in rows if row.values["pnl_usd"] is not None]
    lowest = min((row.values["pnl_usd"] for row in known), default=0.0)
    reasons = dict.fromkeys(row.text("reason") for row in rows if row.text("reason"))
    return Series(
        name=name,
        points=tuple(
            Point(
                x=row.values["spot_shock_frac"],
                y=row.values["pnl_usd"],
                label=row.text("vol_response"),
                is_marked=lowest < 0 and row.values["pnl_usd"] == lowest,
            )
            for row in known
        ),
        reason="" if known else "; ".join(reasons) or NO_SCENARIOS,
    )


def _worst(inputs: ReportInputs) -> WorstCell | None:
    rows = rows_of(MART_SCENARIOS_DAILY, _grid(inputs).filter(pl.col("part").is_in(list(HEAT_PARTS))))
    parts: dict[tuple[str, Cell], MartRow] = {(row.text("part"), _cell(row)): row for row in rows}
    worst = next((row for row in rows if row.text("part") == "total" and row.values["is_worst"]), None)
    if worst is None:
        return None
    return WorstCell(
        shock=worst.measure("spot_shock_frac"),
        vol_response=worst.text("vol_response"),
        horizon=worst.text("horizon"),
        total=worst.measure("pnl_usd"),
        condor=_pnl(parts.get(("condor", _cell(worst)))),
        hedge=_pnl(parts.get(("hedge", _cell(worst)))),
    )


def _cell(row: MartRow) -> Cell:
    return row.values["spot_shock_frac"], row.text("vol_response"), row.text("horizon")


def _pnl(row: MartRow | None) -> Measure:
    if row is None:
        return Measure(value=None, unit=USD, reason="none held")
    return row.measure("pnl_usd", reason=row.text("reason"))


def _stress(inputs: ReportInputs) -> tuple[StressRow, ...]:
    frame = summed_for(of_session(inputs.stress_sets, inputs.stamp.session_date), inputs.stamp.account)
    found = (_stress_row(name, frame.filter(pl.col("stress_set") == key)) for key, name in STRESS_SETS.items())
    return tuple(row for row in found if row is not None)


def _stress_row(name: str, cells: pl.DataFrame) -> StressRow | None:
    rows = rows_of(MART_STRESS_SETS_DAILY, cells.sort("cell_number"))
    parts = {(row.text("part"), row.text("cell")): row for row in rows}
    totals = [row for row in rows if row.text("part") == "total"]
    if not totals:
        return None
    worst = next((row for row in totals if row.values["is_worst"]), totals[0])
    reason, cell = worst.text("reason"), worst.text("cell")
    return StressRow(
        name=name,
        vol_rule=worst.text("vol_rule"),
        cells=Measure(value=float(len(totals)), unit="cells"),
        worst_cell="" if reason else cell,
        total=worst.measure("pnl_usd", reason=reason),
        condor=_pnl(parts.get(("condor", cell))),
        hedge=_pnl(parts.get(("hedge", cell))),
        net_liq=worst.measure("net_liq_frac", reason=reason or "no accounts file"),
        reason=reason,
    )


def _break_evens(inputs: ReportInputs) -> tuple[BreakEven, ...]:
    frame = summed_for(of_session(inputs.break_evens, inputs.stamp.session_date), inputs.stamp.account)
    return tuple(map(_break_even, rows_of(MART_BREAK_EVENS_DAILY, frame.sort("part", "root_number"))))


def _break_even(row: MartRow) -> BreakEven:
    why, is_loss_below = row.text("reason"), row.values["is_loss_below"]
    return BreakEven(
        part="Condors alone" if row.text("part") == "condor" else "Whole book",
        level=row.measure("spot_pts", reason=why),
        distance=row.measure("distance_frac", reason=why),
        loses="" if is_loss_below is None else ("below" if is_loss_below else "above"),
        days=row.measure("horizon_days", reason=why),
    )


def scenario_rows(inputs: ReportInputs) -> tuple[ScenarioRow, ...]:
    """The scenario table: one row per SPX move of those shown, one column per part."""
    if hold_reason(inputs):
        return ()
    parts = {
        part: {cell.values["spot_shock_frac"]: cell for cell in scenario_cells(inputs, part)}
        for part in ("condor", "hedge", "second_engine", "other", "total")
    }
    shown = [shock for shock in parts["total"] if any(abs(shock - move) < SAME_SHOCK for move in SHOWN_SHOCKS)]
    return tuple(_scenario(shock, parts) for shock in shown)


def _scenario(shock: float, parts: dict[str, dict[float, MartRow]]) -> ScenarioRow:
    total = parts["total"][shock]
    return ScenarioRow(
        shock=Measure(value=shock, unit=FRACTION),
        spx=total.measure("spx_pts", unit=INDEX_POINTS),
        vix=total.measure("vix_pts", unit=INDEX_POINTS),
        condor=_pnl(parts["condor"].get(shock)),
        hedge=_pnl(parts["hedge"].get(shock)),
        second_engine=_pnl(parts["second_engine"].get(shock)),
        other=_pnl(parts["other"].get(shock)),
        total=_pnl(total),
        sticky_strike_total=total.measure("sticky_strike_pnl_usd", reason=total.text("reason")),
    )
