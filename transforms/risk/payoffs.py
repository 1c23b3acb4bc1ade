"""What a threatened condor and its account make across SPX, with and without the hedge, now, in a week, at its expiry.

METHODOLOGY 4.18, 8 (P2). The stops are even steps around the strikes, with the corners of the payoff among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.book.positions import LAYERS
from transforms.book.states import SETTLED_STATE, SEVERITY
from transforms.risk.drill_cells import (
    CONDOR,
    NOTHING,
    condor_members,
    condors_and_hedge,
    distinct_cells,
    in_every_scope,
    pnl_in_cells,
    read,
)
from transforms.risk.itm_drill import HORIZONS, sessions_ahead
from transforms.risk.part_sums import summed_by_group
from transforms.risk.repricing import NOW, Passed, law_move
from transforms.risk.scenarios import NO_CONDOR_CLOCK
from warehouse.tables.mart import MART_PAYOFFS_DAILY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from transforms.risk.itm_drill import DrillInputs
    from transforms.risk.repricing import Cells

    Floats = npt.NDArray[np.float64]

STEPS: Final = 16
MARGIN_FRAC: Final = 0.15  # of the span between the outer strikes, on either side
STRIKES: Final = ("long_put_pts", "short_put_pts", "short_call_pts", "long_call_pts")
CALM: Final = tuple(state for state, severity in SEVERITY.items() if severity < SEVERITY["TESTED"])
STOP_SCHEMA: Final = pl.Schema(
    {
        "condor_account": pl.String(),
        "condor_id": pl.String(),
        "horizon": pl.String(),
        "years": pl.Float64(),
        "horizon_days": pl.Int64(),
        "spx_pts": pl.Float64(),
        "spot_shock_frac": pl.Float64(),
    }
)


def payoffs(inputs: DrillInputs) -> pl.DataFrame:
    """Reprice every threatened condor across SPX: rows as mart.payoffs_daily declares.

    Threatened: TESTED or worse, or of unknown state. P&L is since tonight's model prices; time passes first, then SPX
    jumps, VIX by the base response. Without a mark spot there is nothing to draw.
    """
    threatened = inputs.condors.filter(~pl.col("state").is_in([*CALM, SETTLED_STATE]).fill_null(value=False))
    rows = list(_stops(threatened, inputs)) if inputs.market.spot_pts is not None else []
    if not rows:
        return MART_PAYOFFS_DAILY.empty()
    stops = pl.DataFrame(rows, schema=STOP_SCHEMA, orient="row")
    cells, place = distinct_cells(stops.select("spot_shock_frac", "years", "horizon_days"))
    drawn = in_every_scope(stops.drop("years").with_columns(place=pl.Series(place)), inputs.held.scopes)
    return MART_PAYOFFS_DAILY.conform(_drawn(drawn, cells, inputs)).sort(MART_PAYOFFS_DAILY.grain)


def _stops(condors: pl.DataFrame, inputs: DrillInputs) -> Iterator[tuple[Any, ...]]:
    """One row per condor, horizon and level: `STOP_SCHEMA`."""
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
    named = condors.sort("account", "condor_id").select("account", "condor_id", *STRIKES)
    for account, condor_id, *strikes in named.iter_rows():
        levels = _levels(strikes, spot)
        times = ((NOW.years, 0), (ahead.years, ahead.days), clocks.get((account, condor_id), (None, None)))
        for horizon, (years, days) in zip(HORIZONS, times, strict=True):
            known_days = None if years is None else days
            for level in levels:
                yield account, condor_id, horizon, years, known_days, level, level / spot - 1.0


def _levels(strikes: Sequence[float | None], spot: float) -> list[float]:
    """Even steps from a margin below the lowest strike, or spot, to one above the highest, with strikes and spot."""
    corners = sorted({spot, *(float(strike) for strike in strikes if strike is not None)})
    margin = MARGIN_FRAC * (corners[-1] - corners[0])
    even = np.linspace(corners[0] - margin, corners[-1] + margin, STEPS + 1).round(2)
    return sorted({*corners, *even.tolist()})


def _drawn(drawn: pl.DataFrame, cells: Cells, inputs: DrillInputs) -> pl.DataFrame:
    """Add what the condor, all condors and the hedge of each row's account make there."""
    held, market = inputs.held, inputs.market
    pnl_usd, of_condor = pnl_in_cells(held, market, cells), condor_members(held)
    place, scope = (drawn[name].to_numpy() for name in ("place", "scope_place"))
    keys = {key: row for row, key in enumerate(of_condor)}
    own = np.array([keys[key] for key in drawn.select("condor_account", "condor_id").iter_rows()], dtype=np.intp)
    condors, *layers = (
        read(summed_by_group(pnl_usd, [held.members(name, part) for name in held.scopes]), place, scope)
        for part in (CONDOR, *LAYERS)
    )
    hedge = np.sum(layers, axis=0)
    missing = held.missing(pnl_usd, market)
    said = [missing.reasons(condors_and_hedge(held, name)) for name in held.scopes]
    return drawn.drop("place", "scope_place").with_columns(
        session_date=pl.lit(market.session_date),
        vix_pts=_column(read(law_move(market, cells, 1.0).vix_after_pts, place)),
        condor_pnl_usd=_column(read(summed_by_group(pnl_usd, list(of_condor.values())), place, own)),
        condors_pnl_usd=_column(condors),
        hedge_pnl_usd=_column(hedge),
        net_pnl_usd=_column(condors + hedge),
        reason=pl.Series(
            [
                NO_CONDOR_CLOCK if cell == NOTHING else None if is_known else said[at][cell]
                for cell, at, is_known in zip(place, scope, np.isfinite(condors + hedge), strict=True)
            ],
            dtype=pl.String,
        ),
    )


def _column(values: Floats) -> pl.Series:
    return pl.Series(np.where(np.isfinite(values), values, np.nan)).fill_nan(None)
