"""The book of the night: positions, legs, condors, hedge, scenarios, gates, alerts, verdict - one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from flows.build import chosen_chains, close_of, curve_of, mark_instant, spot_of
from transforms.book.alerts import AlertInputs, alerts
from transforms.book.condors import CondorInputs, SpxNight, condors
from transforms.book.data_checks import data_checks
from transforms.book.hedge_layers import hedge_layers
from transforms.book.legs import price_legs
from transforms.book.night_facts import NightFacts, only_value
from transforms.book.payoffs import settlement_levels
from transforms.book.positions import account_scopes, holdings, positions
from transforms.book.second_engine import second_engine
from transforms.market.calendar import previous_session
from transforms.market.surface import Smiles
from transforms.pricing.audit import audit_implied_vol
from transforms.risk.book_summary import BookInputs, book_summary
from transforms.risk.day_pnl import PreviousNight
from transforms.risk.scenarios import ScenarioMarket, scenarios
from warehouse.tables import core, mart, meta

if TYPE_CHECKING:
    import datetime as dt

    from warehouse.store import Store
    from warehouse.tables.types import Table


@dataclass(frozen=True, slots=True)
class Evening:
    """Tonight's facts, read once."""

    store: Store
    session_date: dt.date
    mark_at: dt.datetime
    marks: pl.DataFrame
    forwards: pl.DataFrame
    vx: pl.DataFrame
    signals: pl.DataFrame
    held: pl.DataFrame
    settlements: pl.DataFrame

    def of(self, table: Table) -> pl.DataFrame:
        """Tonight's rows of a table."""
        return self.store.read(table, "session_date = $day", {"day": self.session_date})

    def before(self, table: Table) -> pl.DataFrame:
        """The rows of the session before."""
        return self.store.read(table, "session_date = $day", {"day": previous_session(self.session_date)})


def read_evening(store: Store, session_date: dt.date) -> Evening:
    """Read what the book is computed from."""
    mark_at = mark_instant(chosen_chains(store, session_date), session_date)
    up_to = {"day": session_date}
    vx = store.read(core.CORE_VX_SETTLEMENTS_DAILY, "session_date <= $day", up_to)
    settlements = settlement_levels(
        store.read(core.CORE_SETTLEMENT_VALUES, "session_date <= $day", up_to),
        store.read(core.CORE_INDEX_LEVELS_DAILY, "session_date <= $day and symbol = 'SPX'", up_to),
        vx,
    )
    return Evening(
        store=store,
        session_date=session_date,
        mark_at=mark_at,
        marks=store.read(core.CORE_OPTION_MARKS_DAILY, "session_date = $day", up_to),
        forwards=store.read(core.CORE_FORWARDS_DAILY, "session_date = $day", up_to),
        vx=vx.filter(pl.col("session_date") == session_date),
        signals=store.read(mart.MART_SIGNALS_DAILY, "session_date = $day", up_to),
        held=holdings(store.read(core.CORE_FILLS), session_date, mark_at),
        settlements=settlements,
    )


def build_book(store: Store, session_date: dt.date) -> None:
    """Value the book, judge it, and hold the night where the data cannot carry it."""
    evening = read_evening(store, session_date)
    spot = spot_of(store, session_date, evening.mark_at)
    night = SpxNight(
        session_date=session_date,
        mark_at=evening.mark_at,
        spot_pts=spot.spot_pts,
        spot_reason=spot.reason,
        index_close_pts=close_of(store, "SPX", session_date),
        edr_pts=only_value(evening.signals, "edr_pts"),
    )
    fills = store.read(core.CORE_FILLS)
    held_legs = positions(fills, session_date, evening.mark_at)
    legs = price_legs(held_legs, evening.marks, evening.forwards, vx=evening.vx, spot_pts=spot.spot_pts)
    scopes = account_scopes(evening.held)
    condor_rows = condors(
        CondorInputs(
            night=night,
            holdings=evening.held,
            legs=legs,
            settlements=evening.settlements,
            previous=_or_none(evening.before(mart.MART_CONDORS_DAILY)),
        )
    )
    layers = hedge_layers(evening.held, legs, session_date=session_date, scopes=scopes)
    market = ScenarioMarket(
        session_date=session_date,
        spot_pts=spot.spot_pts,
        vix_pts=only_value(evening.signals, "vix_pts"),
        smiles=Smiles.of_marks(evening.marks.filter(pl.col("underlying") == "SPX")),
    )
    cells = scenarios(legs, market, scopes)
    checks = data_checks(_facts(evening, legs, condor_rows))
    raised = alerts(
        AlertInputs(
            session_date=session_date,
            condors=condor_rows,
            hedge_layers=layers,
            legs=legs,
            checks=checks,
            previous=_or_none(evening.before(mart.MART_ALERTS_DAILY)),
        )
    )
    summary = book_summary(
        BookInputs(
            night=night,
            holdings=evening.held,
            legs=legs,
            condors=condor_rows,
            scenarios=cells,
            alerts=raised,
            checks=checks,
            accounts=store.read(core.CORE_ACCOUNTS_DAILY, "session_date <= $day", {"day": session_date}),
            settlements=evening.settlements,
            previous=_previous_night(evening, fills),
        )
    )
    with store.stage("book"):
        for table, frame in (
            (mart.MART_POSITIONS_DAILY, held_legs),
            (mart.MART_LEGS_DAILY, legs),
            (mart.MART_CONDORS_DAILY, condor_rows),
            (mart.MART_HEDGE_LAYERS_DAILY, layers),
            (mart.MART_SECOND_ENGINE_DAILY, second_engine(legs)),
            (mart.MART_SCENARIOS_DAILY, cells),
            (meta.META_CHECKS, checks),
            (mart.MART_ALERTS_DAILY, raised),
            (mart.MART_BOOK_DAILY, summary),
        ):
            store.replace(table, frame, session_date)


def _facts(evening: Evening, legs: pl.DataFrame, condor_rows: pl.DataFrame) -> NightFacts:
    """What the gates look at."""
    chosen = chosen_chains(evening.store, evening.session_date)
    curve = curve_of(evening.store, evening.session_date)
    breadth = evening.store.query(
        "select max(session_date) as latest_date from core.breadth_daily where session_date <= $day",
        {"day": evening.session_date},
    )
    return NightFacts(
        session_date=evening.session_date,
        chains=chosen.chains,
        spx_load_id=chosen.spx_load_id,
        vix_load_id=chosen.vix_load_id,
        marks=evening.marks,
        previous_marks=evening.before(core.CORE_OPTION_MARKS_DAILY),
        forwards=evening.forwards,
        vx_curve=evening.of(mart.MART_VX_CURVE_DAILY),
        signals=evening.signals,
        vix_check=evening.of(mart.MART_VIX_CHECKS_DAILY),
        legs=legs,
        condors=condor_rows,
        breadth_date=breadth["latest_date"][0],
        rates_date=curve.curve_date if curve else None,
        iv_audit_difference_vol=_iv_audit(evening),
    )


def _iv_audit(evening: Evening) -> float | None:
    """Reprice 200 of tonight's implied vols by the reference solver; the sample is the session's own."""
    solved = evening.marks.filter(pl.col("iv_vol").is_not_null())
    if solved.is_empty():
        return None
    return audit_implied_vol(
        solved["mid_pts"].to_numpy(),
        solved["forward_pts"].to_numpy(),
        strike=solved["strike_pts"].to_numpy(),
        years=solved["t_years"].to_numpy(),
        cp=np.where(solved["right"].to_numpy() == "C", 1.0, -1.0),
        discount_factor=solved["discount_factor_frac"].to_numpy(),
        vol=solved["iv_vol"].to_numpy(),
        seed=evening.session_date.toordinal(),
    ).max_difference_vol


def _previous_night(evening: Evening, fills: pl.DataFrame) -> PreviousNight | None:
    """The session before, as it was computed; none where it was not."""
    day = previous_session(evening.session_date)
    book = evening.before(mart.MART_BOOK_DAILY)
    if book.is_empty():
        return None
    mark_at = mark_instant(chosen_chains(evening.store, day), day)
    return PreviousNight(
        session_date=day,
        legs=evening.before(mart.MART_LEGS_DAILY),
        book=book,
        holdings=holdings(fills, day, mark_at),
    )


def _or_none(rows: pl.DataFrame) -> pl.DataFrame | None:
    return rows if rows.height else None
