"""Profit and loss across SPX: of the whole book, and of each threatened condor now, in five sessions, at its expiry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.report.chart_models import Chart, Mark, Point, Series
from transforms.report.hedge import hold_reason
from transforms.report.mart_rows import MartRow, listed_for, of_session, only_row, rows_of, summed_for
from warehouse.tables.mart import MART_BOOK_DAILY, MART_CONDORS_DAILY, MART_PAYOFFS_DAILY, MART_SCENARIOS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from transforms.report.inputs import ReportInputs
    from transforms.report.models import Measure

PAYOFF_SHOCKS: Final = (-0.10, 0.07)  # far enough to see the wings, near enough to read the strikes
NO_SCENARIOS: Final = "no scenarios for this session"
SAME_SHOCK: Final = 1e-9
HORIZONS: Final = {"now": "Now", "5_sessions": "In five sessions", "condor_expiry": "At its expiry"}
SPX_TITLE, PNL_TITLE = "SPX, index points", "P&L since entry, USD"
NO_PAYOFF: Final = "the condor was not repriced tonight"


def scenario_cells(inputs: ReportInputs, part: str) -> tuple[MartRow, ...]:
    """The base-response cells of one part, repriced now, from the deepest fall up."""
    frame = summed_for(of_session(inputs.scenarios, inputs.stamp.session_date), inputs.stamp.account).filter(
        pl.col("part") == part, pl.col("vol_response") == "base", pl.col("horizon") == "now"
    )
    return rows_of(MART_SCENARIOS_DAILY, frame.sort("spot_shock_frac"))


def book_payoff(inputs: ReportInputs) -> Chart:
    """The book now with and without its hedge, and the nearest condors at expiry by their strikes."""
    empty = Chart(
        chart_id="payoff",
        title="Profit and loss by SPX level, with and without the hedge",
        x_title=SPX_TITLE,
        y_title=PNL_TITLE,
        series=(),
    )
    condors = rows_of(
        MART_CONDORS_DAILY, listed_for(of_session(inputs.condors, inputs.stamp.session_date), inputs.stamp.account)
    )
    reason = hold_reason(inputs) or ("" if condors else "no condor is held")
    if reason:
        return replace(empty, reason=reason)
    book = _book(inputs)
    spot = book.measure("spot_pts").value
    no_pnl = "a leg has no mark" if book.count("unpriced_legs_qty") else book.text("pnl_reason")
    expiry = min(row.day("expiry_date") for row in condors)
    expiring = tuple(row for row in condors if row.day("expiry_date") == expiry)
    return replace(
        empty,
        series=(
            Series(name="Condors at expiry", points=_at_expiry(expiring, spot)),
            _now("Now, without hedge", scenario_cells(inputs, "condor"), book.measure("condor_pnl_usd")),
            _now("Now, with hedge", scenario_cells(inputs, "total"), book.measure("pnl_usd", reason=no_pnl)),
        ),
        marks=() if spot is None else (Mark(x=spot, label="SPX now"),),
        note=_payoff_note(expiry, expiring, condors),
    )


def _book(inputs: ReportInputs) -> MartRow:
    frame = summed_for(of_session(inputs.book, inputs.stamp.session_date), inputs.stamp.account)
    return only_row(MART_BOOK_DAILY, frame, absence="no book row")


def _payoff_note(expiry: dt.date, expiring: tuple[MartRow, ...], condors: tuple[MartRow, ...]) -> str:
    counted = "all condors" if len(expiring) == len(condors) else f"{len(expiring)} of {len(condors)} condors"
    return (
        f"“Condors at expiry” counts {counted} (expiry {expiry:%Y-%m-%d}) by their strikes alone, net of fees and "
        "without the hedge. “Now” reprices the book after a sudden move."
    )


def _at_expiry(condors: tuple[MartRow, ...], spot: float | None) -> tuple[Point, ...]:
    """Payoff by strikes: straight between its corners, so the corners are enough."""
    corners = {
        row.values[name]
        for row in condors
        for name in ("long_put_pts", "short_put_pts", "short_call_pts", "long_call_pts")
        if row.values[name] is not None
    }
    around = [spot * (1 + shock) for shock in PAYOFF_SHOCKS] if spot else []
    low, high = min([*corners, *around]), max([*corners, *around])
    margin = 0.0 if spot else 0.5 * (high - low)
    levels = sorted({low - margin, high + margin, *corners})
    return tuple(Point(x=level, y=sum(_condor_payoff(row, level) for row in condors)) for level in levels)


def _condor_payoff(row: MartRow, level: float) -> float:
    """P&L of one condor position at expiry: chain credit less what the threatened side costs, less fees (4.1).

    A side without a size of its own has the condor's: nights computed before sides had sizes say no more.
    """
    value = row.values
    lost_pts = 0.0
    for side, sign in (("put", -1), ("call", 1)):
        short, long = value[f"short_{side}_pts"], value[f"long_{side}_pts"]
        if short is not None:
            beyond = max(sign * (level - short), 0) - max(sign * (level - long), 0)
            lost_pts += beyond * (value[f"{side}_quantity_qty"] or value["quantity_qty"])
    return float((value["chain_credit_pts"] * value["quantity_qty"] - lost_pts) * 100 - (value["fees_usd"] or 0.0))


def _now(name: str, cells: Iterable[MartRow], pnl: Measure) -> Series:
    """P&L since entry across the shocks: tonight's P&L plus what the shock adds."""
    if pnl.value is None:
        return Series(name=name, points=(), reason=pnl.reason or "P&L unknown")
    low, high = PAYOFF_SHOCKS
    points = tuple(
        Point(x=cell.values["spx_pts"], y=pnl.value + cell.values["pnl_usd"])
        for cell in cells
        if low - SAME_SHOCK <= cell.values["spot_shock_frac"] <= high + SAME_SHOCK
        and cell.values["pnl_usd"] is not None
        and cell.values["spx_pts"] is not None
    )
    return Series(name=name, points=points, reason="" if points else NO_SCENARIOS)


def condor_payoff(inputs: ReportInputs, condor: MartRow, number: int) -> Chart:
    """One threatened condor across SPX at three times, beside all condors of the account with their shared hedge."""
    account, condor_id = condor.text("account"), condor.text("condor_id")
    rows = rows_of(
        MART_PAYOFFS_DAILY,
        summed_for(of_session(inputs.payoffs, inputs.stamp.session_date), inputs.stamp.account)
        .filter(pl.col("condor_account") == account, pl.col("condor_id") == condor_id)
        .sort("spx_pts"),
    )
    book = _book(inputs)
    series = tuple(
        line
        for horizon, panel in HORIZONS.items()
        for line in _lines(tuple(row for row in rows if row.text("horizon") == horizon), panel, condor, book)
    )
    is_drawn = any(line.points for line in series)
    marks, band = _marks(condor), _expected_band(condor)
    return Chart(
        chart_id=f"payoff-{number}",
        kind="condor-payoff",
        title=f"Payoff of {named(inputs, condor)}, with and without the hedge",
        x_title=SPX_TITLE,
        y_title=PNL_TITLE,
        series=series if is_drawn else (),
        marks=marks,
        band=band,
        note=_reading_help(marks, band),
        reason="" if is_drawn else (hold_reason(inputs) or NO_PAYOFF),
    )


def named(inputs: ReportInputs, condor: MartRow) -> str:
    """A condor by its name, with its account where the report is not that account's."""
    account = condor.text("account")
    return condor.text("condor_id") + ("" if account == inputs.stamp.account else f" ({account})")


def _lines(rows: tuple[MartRow, ...], panel: str, condor: MartRow, book: MartRow) -> tuple[Series, ...]:
    """P&L since entry: tonight's plus what the way there adds. With one condor its line is that of all."""
    of_all, hedge = book.values.get("condor_pnl_usd"), book.values.get("hedge_pnl_usd")
    own = condor.values.get("pnl_usd")
    covered = None if of_all is None or hedge is None else of_all + hedge
    lines = [_line("This condor", panel, rows, "condor_pnl_usd", own)]
    if any(row.values["condor_pnl_usd"] != row.values["condors_pnl_usd"] for row in rows):
        lines.append(_line("All condors", panel, rows, "condors_pnl_usd", of_all))
    return (*lines, _line("With the hedge", panel, rows, "net_pnl_usd", covered))


def _line(name: str, panel: str, rows: tuple[MartRow, ...], column: str, so_far: float | None) -> Series:
    known = () if so_far is None else tuple(row for row in rows if row.values[column] is not None)
    reasons = dict.fromkeys(row.text("reason") for row in rows if row.text("reason"))
    points = tuple(Point(x=row.values["spx_pts"], y=(so_far or 0.0) + row.values[column]) for row in known)
    return Series(name=name, panel=panel, points=points, reason="" if points else "; ".join(reasons) or NO_PAYOFF)


def _marks(condor: MartRow) -> tuple[Mark, ...]:
    names = (
        ("spot_pts", "SPX now", "spot"),
        ("short_put_pts", "short put", "strike"),
        ("short_call_pts", "short call", "strike"),
        ("break_even_put_pts", "put break-even", "break-even"),
        ("break_even_call_pts", "call break-even", "break-even"),
    )
    return tuple(
        Mark(x=condor.values[column], label=label, kind=kind)
        for column, label, kind in names
        if condor.values.get(column) is not None
    )


def _expected_band(condor: MartRow) -> tuple[float, float] | None:
    spot, move = condor.values.get("spot_pts"), condor.values.get("expected_move_pts")
    return None if spot is None or move is None else (spot - move, spot + move)


def _reading_help(marks: tuple[Mark, ...], band: tuple[float, float] | None) -> str:
    levels = ", ".join(f"{mark.label} {mark.x:,.0f}" for mark in marks)
    shaded = "" if band is None else f" Shaded: expected move to expiry, {band[0]:,.0f} to {band[1]:,.0f}."
    return f"Full line SPX now, dotted short strikes, dashed break-evens: {levels}.{shaded}"
