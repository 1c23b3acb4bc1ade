"""What the hedge does on the way to the wing and what the second engine can lose, from the facts of one evening."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from flows.session_rows import sessions_back
from transforms.book.margin import SPX, VIX, structure_margins
from transforms.book.night_facts import only_number
from transforms.book.states import SETTLED_STATE
from transforms.market.calendar import sessions_between
from transforms.risk.cushions import CushionInputs, cushions
from transforms.risk.engine_on_hold import held_accounts, held_diagonals
from transforms.risk.engine_risk import EngineInputs, engine_risk
from transforms.risk.engine_states import engine_states
from transforms.risk.hedge_unit import VixNight, unit_legs
from transforms.risk.itm_drill import DrillInputs, DrillRules, itm_drill
from transforms.risk.payoffs import payoffs
from warehouse.tables import mart

if TYPE_CHECKING:
    from flows.book import ValuedBook
    from flows.evening import Evening
    from flows.rules import Rules
    from warehouse.store import Store

# How far back a breach is followed: a quarter.
LOOKBACK_SESSIONS: Final = 63


def vix_night(evening: Evening) -> VixNight:
    """What VIX options are valued on tonight."""
    return VixNight(
        marks=evening.marks,
        forwards=evening.forwards,
        vx=evening.vx,
        vx_curve=evening.vx_curve,
        elasticity=evening.elasticity,
    )


def drill_of(
    evening: Evening, book: ValuedBook, hold_reason: str | None, rules: Rules
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Walk SPX to every level of every condor, hedge held or late; and across all levels where one is threatened."""
    inputs = DrillInputs(
        condors=book.condors.filter(pl.col("state").ne_missing(SETTLED_STATE)),
        held=book.grid.held,
        unit=unit_legs(vix_night(evening), book.market, rules.hedge, rules.hedge_sizing),
        market=book.market,
        edr_pts=evening.night.edr_pts,
        hold_reason=hold_reason,
    )
    walked = DrillRules(states=rules.condor_states, sizing=rules.hedge_sizing, offsets=rules.offsets)
    return itm_drill(inputs, walked), payoffs(inputs)


def engine_of(
    evening: Evening, book: ValuedBook, hold_reason: str | None, rules: Rules
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Say of each diagonal what it can lose, and of each account the state of its second engine."""
    held = book.condors.filter(pl.col("state").ne_missing(SETTLED_STATE)).sort("account", "condor_id")
    max_loss = held.group_by("account", maintain_order=True).agg(pl.col("max_loss_usd").sum())
    night, session_date = evening.night, evening.session_date
    index_pts = {SPX: night.spot_pts, VIX: only_number(evening.signals, "vix_pts")}
    engine = engine_risk(
        EngineInputs(
            rows=book.second_engine,
            legs=book.legs,
            market=book.market,
            marks=evening.marks,
            vx_curve=evening.vx_curve,
            margins=structure_margins(book.legs, index_pts=index_pts, rules=rules.margin),
            condor_max_loss_usd=dict(max_loss.iter_rows()),
            contango_frac=evening.scores.contango_frac,
            hold_reason=hold_reason,
        ),
        rules.second_engine,
    )
    states = engine_states(
        engine,
        evening.scores,
        session_date=session_date,
        scopes=book.grid.held.scopes,
        rules=rules.second_engine,
        hold_reason=hold_reason,
    )
    if hold_reason:
        return held_diagonals(engine, evening.previous_diagonals), held_accounts(states, evening.previous_engines)
    return engine, states


def cushions_of(store: Store, evening: Evening, book: ValuedBook, rules: Rules) -> pl.DataFrame:
    """Say what the hedge has repaid, from the nights on record and tonight's P&L and states."""
    session_date = evening.session_date
    first = sessions_back(session_date, max(LOOKBACK_SESSIONS, rules.cushions.window_sessions))
    span = {"first": first, "day": session_date}
    is_past = "session_date >= $first and session_date < $day"
    days = store.read(
        mart.MART_ATTRIBUTION_PERIODS_DAILY, f"{is_past} and period = 'day' and part in ('condor', 'hedge')", span
    )
    condors = store.read(mart.MART_CONDORS_DAILY, f"{is_past} and put_state in ('BREACHED', 'WING')", span)
    return cushions(
        CushionInputs(
            sessions=sessions_between(first, session_date),
            scopes=book.grid.held.scopes,
            days=pl.concat([days, book.attribution.periods]),
            condors=pl.concat([condors, book.condors]),
        ),
        rules.cushions,
    )
