"""The six nights the report is designed for, as inputs: what a golden of each is made from. No market's numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from tests.transforms.report.invented_night import Invention, invented_inputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from transforms.report.inputs import ReportInputs

CALL_REASON = "IC-0: call side BREACHED: S 6,120.40 is beyond the break-even 6,106.50"


def call_side_breach() -> ReportInputs:
    """SPX above the call break-even: short call 6,100, credit 6.50. VIX calls lose with it."""
    made = invented_inputs(Invention(condors_qty=1, rolls="blocked"))
    condors = made.condors.with_columns(
        side=pl.lit("CALL"),
        flags=pl.lit("UNHEDGED_BY_ALVH"),
        state_reason=pl.lit("call side BREACHED: S 6,120.40 is beyond the break-even 6,106.50"),
        long_put_pts=pl.lit(5650.0),
        short_put_pts=pl.lit(5700.0),
        short_call_pts=pl.lit(6100.0),
        long_call_pts=pl.lit(6150.0),
        break_even_put_pts=pl.lit(5693.5),
        break_even_call_pts=pl.lit(6106.5),
        short_put_distance_pts=pl.lit(420.4),
        short_call_distance_pts=pl.lit(-20.4),
        short_call_distance_frac=pl.lit(-0.0033),
        put_wing_reading=pl.lit(None, dtype=pl.String),
    )
    book = made.book.with_columns(status=pl.lit("ALERT"), status_reason=pl.lit(CALL_REASON))
    no_offset = {
        f"offset_{key}{ending}": pl.lit(value, dtype=dtype)
        for key in ("m3", "m5", "m10")
        for ending, value, dtype in (
            ("_frac", None, pl.Float64),
            ("_with_second_engine_frac", None, pl.Float64),
            ("_reason", "n/a - call side", pl.String),
        )
    }
    alerts = made.alerts.filter(pl.col("rule_id") == "condor_breached").with_columns(
        message=pl.lit(f"{CALL_REASON}; the call side is not hedged by ALVH"), threshold=pl.lit(6106.5)
    )
    return replace(made, condors=condors, book=book.with_columns(**no_offset), alerts=alerts)


STATES: dict[str, Callable[[], ReportInputs]] = {
    "empty-book": lambda: invented_inputs(Invention(is_empty=True)),
    "one-condor": lambda: invented_inputs(Invention(condors_qty=1)),
    "twenty-condors": lambda: invented_inputs(Invention(condors_qty=20)),
    "call-side-breach": call_side_breach,
    "data-hold": lambda: invented_inputs(Invention(is_data_hold=True)),
    "no-vix-chain": lambda: invented_inputs(Invention(has_vix_chain=False)),
}
