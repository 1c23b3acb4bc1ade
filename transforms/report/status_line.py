"""The night in one line: what the program prints and the e-mail's subject says (METHODOLOGY 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs


def status_line(inputs: ReportInputs, account: str) -> str:
    """Say status, SPX and its move, condors in trouble, the layers, what the hedge covers and whether to trust the data."""
    book = inputs.book.filter(pl.col("account") == account).row(0, named=True)
    return " | ".join(
        (
            f"[{book['status']}] {inputs.stamp.session_date} {_spx(inputs)}",
            f"{book['condors_itm_qty']}/{book['condors_qty']} condors ITM",
            _layers(inputs.hedge_layers.filter(pl.col("account") == account)),
            _cover(book),
            _data(inputs),
        )
    )


def _spx(inputs: ReportInputs) -> str:
    signals = inputs.signals.row(0, named=True) if inputs.signals.height else {}
    spot, change = signals.get("spot_pts"), signals.get("spx_return_frac")
    return ("SPX unknown" if spot is None else f"SPX {spot:,.0f}") + ("" if change is None else f" {change:+.1%}")


def _layers(layers: pl.DataFrame) -> str:
    """Each layer's signal, or what is held of it where no signal is known."""
    rows = layers.sort("layer").iter_rows(named=True)
    return " ".join(f"{row['layer']} {row['signal_state'] or row['position_state'] or '-'}" for row in rows)


def _cover(book: dict[str, Any]) -> str:
    if book["is_data_hold"]:
        return "cover withheld"
    cover = book["offset_m5_frac"]
    return "hedge cover @-5% n/a" if cover is None else f"hedge covers {cover:.0%} @-5%"


def _data(inputs: ReportInputs) -> str:
    failed = inputs.checks.filter(~pl.col("is_passed"))
    critical = failed.filter(pl.col("severity") == "critical").height
    if critical:
        return f"DATA HOLD: {critical} critical checks failed"
    return f"data: {failed.height} warnings" if failed.height else "data OK"
