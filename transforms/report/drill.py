"""What the hedge does on the way to the wing of a threatened condor: picture and table of its stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.report.action_models import Drill, DrillStop
from transforms.report.chart_models import Chart, Point, Series
from transforms.report.mart_rows import MartRow, of_session, rows_of, summed_for
from transforms.report.payoff_charts import HORIZONS, named
from warehouse.tables.mart import MART_ITM_DRILLS_DAILY

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

STOPS: Final = ("NOW", "WATCH", "TESTED", "ITM", "BREACHED", "WING")
STOP_WORDS: Final = {
    "NOW": "Now",
    "WATCH": "Watch",
    "TESTED": "Tested",
    "ITM": "Short strike",
    "BREACHED": "Break-even",
    "WING": "Wing",
}
SHORT_WORDS: Final = STOP_WORDS | {"ITM": "ITM", "BREACHED": "B/E"}
PANELS: Final = {horizon: HORIZONS[horizon] for horizon in ("now", "condor_expiry")}
BARS: Final = (("Condors", "condors_pnl_usd"), ("Hedge", "hedge_pnl_usd"), ("Together", "net_pnl_usd"))
NOT_HEDGED: Final = "The call side is not hedged by ALVH: VIX calls lose while SPX rises to it."
WALKED_PAST: Final = "SPX is past every level of this side tonight"


def drill_of(inputs: ReportInputs, condor: MartRow, side: str, number: int) -> Drill | None:
    """The way from tonight to the wing of the threatened side; None where no drill is on record."""
    account, condor_id = condor.text("account"), condor.text("condor_id")
    frame = summed_for(of_session(inputs.drills, inputs.stamp.session_date), inputs.stamp.account).filter(
        pl.col("condor_account") == account, pl.col("condor_id") == condor_id, pl.col("side") == side
    )
    rows = rows_of(MART_ITM_DRILLS_DAILY, frame)
    if not rows:
        return None
    held = {(row.text("horizon"), row.text("level")): row for row in rows if row.text("hedge") == "held"}
    late = {row.text("level"): row for row in rows if row.text("hedge") == "late" and row.text("horizon") == "now"}
    now = {level: held["now", level] for level in STOPS if ("now", level) in held}
    stops = tuple(_stop(now[level], late.get(level)) for level in now if now[level].values["spx_pts"] is not None)
    return Drill(
        side=side,
        is_hedged=all(bool(row.values["is_hedged_by_alvh"]) for row in rows),
        warning="" if side == "PUT" else NOT_HEDGED,
        passed=tuple(STOP_WORDS[level] for level in now if now[level].values["spx_pts"] is None),
        stops=stops,
        picture=_picture(held, named(inputs, condor), side, number),
        reason="" if stops else next((row.text("reason") for row in now.values() if row.text("reason")), WALKED_PAST),
    )


def _stop(held: MartRow, late: MartRow | None) -> DrillStop:
    reason, offset = held.text("reason"), held.text("offset_reason")
    target, wing = held.text("target_reason"), held.text("wing_reason")
    arrives = late or MartRow(MART_ITM_DRILLS_DAILY, absence="not on record")
    return DrillStop(
        level=STOP_WORDS[held.text("level")],
        rule=held.text("level_rule"),
        spx=held.measure("spx_pts"),
        vix=held.measure("vix_pts", reason="VIX unknown"),
        condors=held.measure("condors_pnl_usd", reason=reason),
        layers=tuple(held.measure(f"{layer}_pnl_usd", reason=reason) for layer in ("l1", "l2", "l3")),
        net=held.measure("net_pnl_usd", reason=reason),
        delta_before=held.measure("condors_delta_usd_per_pt", reason=reason),
        delta_after=held.measure("net_delta_usd_per_pt", reason=reason),
        offset=held.measure("offset_frac", reason=offset),
        offset_at_wing=held.measure("offset_at_wing_frac", reason=wing),
        late_offset_at_wing=arrives.measure("offset_at_wing_frac", reason=arrives.text("wing_reason")),
        units_to_target=held.measure("units_to_target", reason=target),
        cost_to_target=held.measure("cost_to_target_usd", reason=target),
    )


def _picture(held: dict[tuple[str, str], MartRow], name: str, side: str, number: int) -> Chart:
    series = tuple(
        Series(name=name, panel=panel, points=_points(held, horizon, column))
        for horizon, panel in PANELS.items()
        for name, column in BARS
    )
    is_drawn = any(point.y for one in series for point in one.points)
    return Chart(
        chart_id=f"drill-{number}",
        kind="drill",
        title=f"On the way to the {side.lower()} wing of {name}: what the condors lose, what the hedge repays",
        x_title="",
        y_title="P&L from tonight, USD",
        series=series if is_drawn else (),
        note="All condors of the account and its three layers, repriced at each stop, base response of volatility. "
        "Dot and figure above: together.",
        reason="" if is_drawn else "no stop on the way could be repriced",
    )


def _points(held: dict[tuple[str, str], MartRow], horizon: str, column: str) -> tuple[Point, ...]:
    return tuple(
        Point(x=float(at), y=held[horizon, level].values[column], label=SHORT_WORDS[level])
        for at, level in enumerate(STOPS)
        if (horizon, level) in held and held[horizon, level].values[column] is not None
    )
