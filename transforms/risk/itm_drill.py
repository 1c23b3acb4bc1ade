"""How the hedge helps when a short strike goes in the money: repriced at every level on the way, held or bought late.

METHODOLOGY 4.5, 4.18, C1-C4, R4. A hedge is shared by all condors of an account: net, offsets and units are of them
all, so that no gain is counted twice. Nothing is said to be covered without the figure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.book.positions import ALL_ACCOUNTS, LAYERS
from transforms.book.states import StateRules
from transforms.market.calendar import next_session
from transforms.risk.drill_cells import CONDOR, NOTHING, distinct_cells, in_every_scope, value_cells
from transforms.risk.drill_columns import Places, Walk, drill_columns, with_reasons
from transforms.risk.drill_levels import drill_levels
from transforms.risk.hedge_rules import HedgeSizingRules
from transforms.risk.offsets import OffsetRules
from transforms.risk.part_sums import HEDGE
from transforms.risk.repricing import NOW, Cells, Passed
from transforms.risk.scenarios import NO_CONDOR_CLOCK
from warehouse.tables.mart import MART_ITM_DRILLS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from transforms.risk.drill_cells import DrillCells
    from transforms.risk.part_sums import HeldLegs
    from transforms.risk.repricing import ScenarioMarket

SESSIONS_AHEAD: Final = 5
HORIZONS: Final = ("now", "5_sessions", "condor_expiry")
HELD: Final = "held"
LATE: Final = "late"
HAS_HEDGE: Final = "held layers"
NO_HEDGE: Final = "none held"
SETTLED_BY_THEN: Final = "the condor has settled by then: there is nothing left to cover"
# Half of what buying and selling the unit at once costs tonight; null where a leg has no ask.
SPREAD_USD: Final = pl.when(pl.col("ask_pts").is_not_null().all()).then(
    (pl.col("weight_contracts") * pl.col("multiplier_usd") * (pl.col("ask_pts") - pl.col("mark_pts"))).sum()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRules:
    """What the drill is read by; no rule set of its own, but those it shares."""

    states: StateRules = field(default_factory=StateRules)
    sizing: HedgeSizingRules = field(default_factory=HedgeSizingRules)
    offsets: OffsetRules = field(default_factory=OffsetRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillInputs:
    """What is drilled: `condors` held tonight (mart.condors_daily), the book's legs laid out, tonight's `unit_legs`.

    `hold_reason` says why tonight's figures are not to be acted on: nothing is then to be bought.
    """

    condors: pl.DataFrame
    held: HeldLegs
    unit: pl.DataFrame
    market: ScenarioMarket
    edr_pts: float | None = None
    hold_reason: str | None = None


def itm_drill(inputs: DrillInputs, rules: DrillRules | None = None) -> pl.DataFrame:
    """Walk SPX to every level of every condor: rows as mart.itm_drills_daily declares.

    P&L is since tonight's model prices; time passes first, then SPX jumps. A late hedge is the same contracts bought at
    the level, or one unit where none is held: it has gained nothing on the way. Units to target are bought at the level
    and sized by a further move of the sizing shock from there.
    """
    rules = rules or DrillRules()
    if inputs.condors.is_empty():
        return MART_ITM_DRILLS_DAILY.empty()
    stops = _stops(inputs, rules)
    places, cells = _cells(stops, rules.sizing.offset_shock_frac)
    rows = in_every_scope(stops.with_row_index("stop"), inputs.held.scopes)
    if rows.is_empty():
        return MART_ITM_DRILLS_DAILY.empty()
    valued = value_cells(inputs.held, inputs.unit, inputs.market, cells)
    frames = _walked(inputs, rows, places.of(rows["stop"].to_numpy().astype(np.intp)), valued, rules)
    smallest_loss_usd = {
        scope: rules.offsets.smallest_loss_frac * _max_loss_usd(inputs.condors, scope) for scope in inputs.held.scopes
    }
    found = (
        pl.concat(frames)
        .with_columns(pl.selectors.float().fill_nan(None), session_date=pl.lit(inputs.market.session_date))
        .pipe(with_reasons, smallest_loss_usd=smallest_loss_usd, is_unit_known=inputs.unit.height == len(LAYERS))
        .drop("not_bought_reason")
    )
    return MART_ITM_DRILLS_DAILY.conform(found).sort(MART_ITM_DRILLS_DAILY.grain)


def _stops(inputs: DrillInputs, rules: DrillRules) -> pl.DataFrame:
    """One row per condor, side, level and horizon: how far SPX jumps, after how much time."""
    levels = drill_levels(inputs.condors, inputs.held.legs, inputs.market, edr_pts=inputs.edr_pts, rules=rules.states)
    ahead = Passed.of_days((sessions_ahead(inputs.market.session_date) - inputs.market.session_date).days)
    fixed = pl.DataFrame(
        {"horizon": HORIZONS[:2], "years": [NOW.years, ahead.years], "horizon_days": [NOW.days, ahead.days]}
    )
    clocks = (
        inputs.held.legs.filter(pl.col("part") == CONDOR)
        .group_by("account", "structure_id")
        .agg(years=pl.col("t_years").max(), horizon_days=pl.col("dte_days").first().cast(pl.Int64))
        .rename({"account": "condor_account", "structure_id": "condor_id"})
    )
    at_expiry = (
        levels.join(clocks, on=["condor_account", "condor_id"], how="left", maintain_order="left")
        .with_columns(horizon=pl.lit(HORIZONS[2]))
        .with_columns(horizon_days=pl.when(pl.col("years").is_not_null()).then("horizon_days"))
    )
    rows = pl.concat([levels.join(fixed, how="cross", maintain_order="left"), at_expiry], how="diagonal")
    lives = clocks.select("condor_account", "condor_id", lives_days="horizon_days")
    wings = levels.filter(level="WING").select("condor_account", "condor_id", "side", wing_frac="spot_shock_frac")
    of_condor = ["condor_account", "condor_id"]
    return (
        rows.join(wings, on=[*of_condor, "side"], how="left", maintain_order="left")
        .join(lives, on=of_condor, how="left", maintain_order="left")
        .with_columns(
            stop_reason=pl.coalesce("level_reason", pl.when(pl.col("years").is_null()).then(pl.lit(NO_CONDOR_CLOCK))),
            not_bought_reason=pl.coalesce(
                pl.lit(inputs.hold_reason, dtype=pl.String),
                pl.when(pl.col("horizon_days") >= pl.col("lives_days")).then(pl.lit(SETTLED_BY_THEN)),
            ),
        )
    )


def sessions_ahead(session_date: dt.date) -> dt.date:
    """The session five sessions after this one."""
    for _ in range(SESSIONS_AHEAD):
        session_date = next_session(session_date)
    return session_date


def _cells(rows: pl.DataFrame, further_frac: float) -> tuple[Places, Cells]:
    """Every distinct jump and time, once, and where each row finds its own."""
    level, wing = pl.col("spot_shock_frac"), pl.col("wing_frac")
    jumps = (level, (1.0 + level) * (1.0 + further_frac) - 1.0, wing)
    cells, places = distinct_cells(
        pl.concat([rows.select(jump=jump, years="years", horizon_days="horizon_days") for jump in jumps])
    )
    return Places(*np.split(places, len(jumps))), cells


def _walked(
    inputs: DrillInputs, rows: pl.DataFrame, at: Places, valued: DrillCells, rules: DrillRules
) -> Iterator[pl.DataFrame]:
    """The rows of every account, with the hedge held, then with one that arrives late."""
    scope = rows["scope_place"].to_numpy()
    has_hedge = np.array([inputs.held.members(name, HEDGE).size > 0 for name in inputs.held.scopes])[scope]
    half_spread = inputs.unit.select(SPREAD_USD).item() if inputs.unit.height == len(LAYERS) else None
    unknown = [
        stop or (valued.missing[name][place] if place != NOTHING else None)
        for stop, name, place in zip(rows["stop_reason"], rows["account"], at.level, strict=True)
    ]
    named = rows.select(
        *("account", "condor_account", "condor_id", "side", "level", "horizon", "horizon_days", "spot_shock_frac"),
        *("level_rule", "not_bought_reason"),
        reason=pl.Series(unknown, dtype=pl.String),
        is_hedged_by_alvh=pl.col("side") != "CALL",
    )
    keys = rows.select("condor_account", "condor_id").iter_rows()
    condor = np.array([valued.condor_rows[key] for key in keys], dtype=np.intp)
    for hedge in (HELD, LATE):
        is_bought = ~has_hedge if hedge == LATE else np.zeros(rows.height, dtype=bool)
        walk = Walk(
            rows=rows,
            at=at,
            valued=valued,
            scope=scope,
            condor=condor,
            is_late=hedge == LATE,
            is_bought=is_bought,
            half_spread_usd=np.nan if half_spread is None else half_spread,
        )
        held_is = np.where(is_bought, "one hedge unit of tonight", np.where(has_hedge, HAS_HEDGE, NO_HEDGE))
        yield named.with_columns(
            hedge=pl.lit(hedge),
            hedge_is=pl.Series(held_is.tolist(), dtype=pl.String),
            **{name: pl.Series(usd) for name, usd in drill_columns(walk, rules.sizing.target_offset_frac).items()},
        )


def _max_loss_usd(condors: pl.DataFrame, scope: str) -> float:
    own = condors if scope == ALL_ACCOUNTS else condors.filter(account=scope)
    return float(own.sort("account", "condor_id")["max_loss_usd"].sum())
