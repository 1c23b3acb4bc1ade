"""The night in one line: what the program prints and the e-mail's subject says (METHODOLOGY 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.book.data_checks import failed_critical
from transforms.report.actions import candidates_of, first_ranked
from transforms.report.mart_rows import MartRow, of_session, only_row, rows_of, summed_for
from warehouse.tables.mart import MART_BOOK_DAILY, MART_HEDGE_LAYERS_DAILY, MART_SIGNALS_DAILY

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs


def status_line(inputs: ReportInputs, account: str) -> str:
    """Say status, SPX and its move, condors in trouble, the layers, the cover and whether to trust the data.

    While the data are on hold the cover is withheld: it is a figure one would act on.
    """
    session_date = inputs.stamp.session_date
    book = only_row(MART_BOOK_DAILY, summed_for(of_session(inputs.book, session_date), account), absence="no book row")
    layers = summed_for(of_session(inputs.hedge_layers, session_date), account).sort("layer")
    return " | ".join(
        (
            f"[{book.text('status')}] {session_date} {_spx(inputs)}",
            f"{book.count('condors_itm_qty')}/{book.count('condors_qty')} condors ITM",
            " ".join(_layer(row) for row in rows_of(MART_HEDGE_LAYERS_DAILY, layers)),
            _cover(book),
            *_roll(inputs, account),
            _data(of_session(inputs.checks, session_date)),
        )
    )


def _spx(inputs: ReportInputs) -> str:
    frame = of_session(inputs.signals, inputs.stamp.session_date)
    signals = only_row(MART_SIGNALS_DAILY, frame, absence="no signals")
    spot, change = signals.measure("spot_pts").value, signals.measure("spx_return_frac").value
    return ("SPX unknown" if spot is None else f"SPX {spot:,.0f}") + ("" if change is None else f" {change:+.1%}")


def _layer(layer: MartRow) -> str:
    """A layer's signal: a dash for DORMANT, so that only what is awake is a word."""
    signal = layer.text("signal_state")
    return f"{layer.text('layer')} {'-' if signal == 'DORMANT' else signal or 'unknown'}"


def _cover(book: MartRow) -> str:
    if book.values.get("is_data_hold"):
        return "cover withheld"
    cover = book.measure("offset_m5_frac").value
    return "hedge cover @-5% n/a" if cover is None else f"hedge covers {cover:.0%} @-5%"


def _roll(inputs: ReportInputs, account: str) -> tuple[str, ...]:
    """What the best roll brings, fees paid; nothing when no condor is threatened or the data are on hold."""
    candidates = candidates_of(inputs, account)
    if candidates.is_empty():
        return ()
    best = first_ranked(candidates)
    if best is None:
        return ("no feasible roll",)
    net: float = best.values["roll_net_usd"]
    return (f"best roll {'-' if round(net) < 0 else '+'}${abs(net):,.0f}",)


def _data(checks: pl.DataFrame) -> str:
    critical = failed_critical(checks).height
    if critical:
        return f"DATA HOLD: {_counted(critical, 'critical check')} failed"
    warnings = checks.filter(~pl.col("is_passed")).height
    return f"data: {_counted(warnings, 'warning')}" if warnings else "data OK"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
