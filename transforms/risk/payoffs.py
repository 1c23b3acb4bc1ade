"""What a threatened condor and its account make across SPX, with and without the hedge, now, in a week, at its expiry.

METHODOLOGY 4.18, 8 (P2). The stops are even steps around the strikes, with the corners of the payoff among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.book.positions import ALL_ACCOUNTS, LAYERS
from transforms.book.states import SETTLED_STATE, SEVERITY
from transforms.risk.drill_cells import CONDOR, value_cells
from transforms.risk.itm_drill import HORIZONS, sessions_ahead
from transforms.risk.repricing import NOW, Cells, Passed
from transforms.risk.scenarios import NO_CONDOR_CLOCK
from warehouse.tables.mart import MART_PAYOFFS_DAILY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transforms.risk.drill_cells import DrillCells
    from transforms.risk.itm_drill import DrillInputs

STEPS: Final = 16
MARGIN_FRAC: Final = 0.15  # of the span between the outer strikes, on either side
STRIKES: Final = ("long_put_pts", "short_put_pts", "short_call_pts", "long_call_pts")
CALM: Final = tuple(state for state, severity in SEVERITY.items() if severity < SEVERITY["TESTED"])


def payoffs(inputs: DrillInputs) -> pl.DataFrame:
    """Reprice every threatened condor across SPX: rows as mart.payoffs_daily declares.

    Threatened: TESTED or worse, or of unknown state. P&L is since tonight's model prices; time passes first, then SPX
    jumps, VIX by the base response. Without a mark spot there is nothing to draw.
    """
    threatened = inputs.condors.filter(~pl.col("state").is_in([*CALM, SETTLED_STATE]).fill_null(value=False))
    stops = list(_stops(threatened, inputs)) if inputs.market.spot_pts is not None else []
    if not stops:
        return MART_PAYOFFS_DAILY.empty()
    known = [place for place, stop in enumerate(stops) if stop["years"] is not None]
    columns = ([stops[place][name] for place in known] for name in ("spot_shock_frac", "years", "horizon_days"))
    shocks, years, days = (np.array(column, dtype=np.float64) for column in columns)
    valued = value_cells(inputs.held, inputs.unit, inputs.market, Cells(shocks, years, days, np.ones(shocks.size)))
    rows = [
        row
        for scope in inputs.held.scopes
        for row in _of_scope(scope, stops, {place: cell for cell, place in enumerate(known)}, valued)
    ]
    found = pl.DataFrame(rows, infer_schema_length=None).with_columns(session_date=pl.lit(inputs.market.session_date))
    return MART_PAYOFFS_DAILY.conform(found.drop("years")).sort(MART_PAYOFFS_DAILY.grain)


def _stops(condors: pl.DataFrame, inputs: DrillInputs) -> Iterator[dict[str, Any]]:
    """One row per condor, horizon and level."""
    spot = float(inputs.market.spot_pts or 0.0)
    session_date = inputs.market.session_date
    ahead = Passed.of_days((sessions_ahead(session_date) - session_date).days)
    clocks = {
        (account, condor): (years, days)
        for account, condor, years, days in inputs.held.legs.filter(pl.col("part") == CONDOR)
        .group_by("account", "structure_id")
        .agg(pl.col("t_years").max(), pl.col("dte_days").first())
        .iter_rows()
    }
    for condor in condors.sort("account", "condor_id").to_dicts():
        key = (condor["account"], condor["condor_id"])
        times = ((NOW.years, 0), (ahead.years, ahead.days), clocks.get(key, (None, None)))
        for horizon, (years, days) in zip(HORIZONS, times, strict=True):
            for level in _levels(condor, spot):
                yield {
                    "condor_account": key[0],
                    "condor_id": key[1],
                    "horizon": horizon,
                    "years": years,
                    "horizon_days": None if years is None else days,
                    "spx_pts": level,
                    "spot_shock_frac": level / spot - 1.0,
                }


def _levels(condor: dict[str, Any], spot: float) -> list[float]:
    """Even steps from a margin below the lowest strike, or spot, to one above the highest, with strikes and spot."""
    corners = sorted({spot, *(float(condor[name]) for name in STRIKES if condor[name] is not None)})
    margin = MARGIN_FRAC * (corners[-1] - corners[0])
    even = np.linspace(corners[0] - margin, corners[-1] + margin, STEPS + 1).round(2)
    return sorted({*corners, *even.tolist()})


def _of_scope(
    scope: str, stops: list[dict[str, Any]], cells: dict[int, int], valued: DrillCells
) -> Iterator[dict[str, Any]]:
    """The rows of one account: its own condors, or those of all."""
    condors, hedge = valued.parts[scope, CONDOR], [valued.parts[scope, layer] for layer in LAYERS]
    for place, stop in enumerate(stops):
        if scope not in {ALL_ACCOUNTS, stop["condor_account"]}:
            continue
        cell = cells.get(place)
        if cell is None:
            yield stop | {"account": scope, "reason": NO_CONDOR_CLOCK}
            continue
        own = valued.condors[stop["condor_account"], stop["condor_id"]]
        covered = sum(layer.pnl_usd[cell] for layer in hedge)
        figures = {
            "vix_pts": valued.vix_pts[cell],
            "condor_pnl_usd": own.pnl_usd[cell],
            "condors_pnl_usd": condors.pnl_usd[cell],
            "hedge_pnl_usd": covered,
            "net_pnl_usd": condors.pnl_usd[cell] + covered,
        }
        known = {name: float(value) for name, value in figures.items() if np.isfinite(value)}
        reason = None if "net_pnl_usd" in known else valued.missing[scope][cell]
        yield stop | {"account": scope, "reason": reason} | known
