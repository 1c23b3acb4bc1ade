"""The book of the night: positions, legs, condors, hedge, scenarios, gates, alerts, verdict - one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from flows.condors import condors_of, condors_on_hold
from flows.drill import cushions_of, drill_of, engine_of, vix_night
from flows.evening import Evening, read_evening
from flows.rules import RULES, Rules
from flows.steward import steward_of
from transforms.book.accounts import latest_statements
from transforms.book.alerts import AlertInputs, alerts
from transforms.book.carry import VxLine
from transforms.book.data_checks import data_checks, failed_critical
from transforms.book.legs import price_legs
from transforms.book.night_facts import NightFacts, only_number, only_text
from transforms.book.payoffs import with_payoffs
from transforms.book.positions import account_scopes, unopened_of
from transforms.book.second_engine import second_engine
from transforms.book.structure_rows import structures
from transforms.market.fitted_surface import FittedSmiles
from transforms.market.surface import Smiles
from transforms.risk.book_summary import BookInputs, book_summary
from transforms.risk.break_evens import break_evens
from transforms.risk.day_attribution import Attribution, attribution
from transforms.risk.engine_alerts import engine_alerts
from transforms.risk.hedge_ledger import HedgeLedger, LedgerInputs, hedge_ledger
from transforms.risk.leg_days import Tonight
from transforms.risk.repricing import ScenarioMarket
from transforms.risk.scenario_checks import scenario_checks
from transforms.risk.scenarios import reprice_grid, scenario_rows
from transforms.risk.steward_checks import steward_alerts
from transforms.risk.stress_sets import stress, stress_rows, stress_sets
from transforms.thresholds import threshold_rows
from warehouse.tables import mart, meta

if TYPE_CHECKING:
    import datetime as dt

    from transforms.risk.scenarios import Grid
    from transforms.risk.stress_sets import StressedBook
    from warehouse.store import Store

ON_HOLD = "data on hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuedBook:
    """What is held and what it is worth; `holdings` also has what is closed and settled."""

    holdings: pl.DataFrame
    positions: pl.DataFrame
    lots: pl.DataFrame
    unmatched: pl.DataFrame
    legs: pl.DataFrame
    condors: pl.DataFrame
    structures: pl.DataFrame
    second_engine: pl.DataFrame
    grid: Grid
    stressed: StressedBook
    scenarios: pl.DataFrame
    stress_sets: pl.DataFrame
    market: ScenarioMarket
    attribution: Attribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether the night's data can be trusted, what asks for attention, and the verdict."""

    checks: pl.DataFrame
    alerts: pl.DataFrame
    summary: pl.DataFrame
    break_evens: pl.DataFrame
    steward: pl.DataFrame


def build_book(store: Store, session_date: dt.date, rules: Rules = RULES) -> pl.DataFrame:
    """Value the book, judge it, and hold the night where the data cannot carry it; give the holdings it found."""
    evening = read_evening(store, session_date, rules)
    book = value_book(evening, rules)
    checks = pl.concat(
        [data_checks(_facts(evening, book, rules), rules.checks, rules.content), _scenario_checks(book, rules)]
    )
    hold_reason = ON_HOLD if failed_critical(checks).height else None
    if hold_reason:
        states = condors_on_hold(book.condors, evening, reason=hold_reason)
        paid = with_payoffs(book.holdings, evening.settlements)
        book = replace(book, condors=states, structures=structures(paid, book.legs, states))
    hedge = hedge_of(evening, book, hold_reason, rules)
    engine, engine_states = engine_of(evening, book, hold_reason, rules)
    judgement = judge(evening, replace(book, second_engine=engine), hedge, checks, rules)
    drill, across = drill_of(evening, book, hold_reason, rules)
    with store.stage("book"):
        for table, frame in (
            (mart.MART_POSITIONS_DAILY, book.positions),
            (mart.MART_LOTS_DAILY, book.lots),
            (mart.MART_STRUCTURES_DAILY, book.structures),
            (mart.MART_LEGS_DAILY, book.legs),
            (mart.MART_CONDORS_DAILY, book.condors),
            (mart.MART_HEDGE_LAYERS_DAILY, hedge.layers),
            (mart.MART_HEDGE_LOTS_DAILY, hedge.lots),
            (mart.MART_HEDGE_UNITS_DAILY, hedge.units),
            (mart.MART_HEDGE_SIZING_DAILY, hedge.sizing),
            (mart.MART_HEDGE_COSTS_DAILY, hedge.costs),
            (mart.MART_SECOND_ENGINE_DAILY, engine),
            (mart.MART_SECOND_ENGINE_STATES_DAILY, engine_states),
            (mart.MART_SCENARIOS_DAILY, book.scenarios),
            (mart.MART_STRESS_SETS_DAILY, book.stress_sets),
            (mart.MART_BREAK_EVENS_DAILY, judgement.break_evens),
            (mart.MART_ITM_DRILLS_DAILY, drill),
            (mart.MART_PAYOFFS_DAILY, across),
            (mart.MART_CUSHIONS_DAILY, cushions_of(store, evening, book, rules)),
            (mart.MART_ATTRIBUTION_DAILY, book.attribution.legs),
            (mart.MART_ATTRIBUTION_PERIODS_DAILY, book.attribution.periods),
            (meta.META_CHECKS, judgement.checks),
            (meta.META_THRESHOLDS, threshold_rows(rules.sets, session_date)),
            (mart.MART_ALERTS_DAILY, judgement.alerts),
            (mart.MART_STEWARD_CHECKS_DAILY, judgement.steward),
            (mart.MART_BOOK_DAILY, judgement.summary),
        ):
            store.replace(table, frame, session_date)
    return book.holdings


def value_book(evening: Evening, rules: Rules) -> ValuedBook:
    """Say what is held at the mark, what each part of it is worth, and what it is worth elsewhere."""
    session_date, spot_pts = evening.session_date, evening.night.spot_pts
    matched, held = evening.held, evening.held.holdings
    legs = price_legs(
        matched.positions,
        evening.marks,
        evening.forwards,
        vx=evening.vx,
        spot_pts=spot_pts,
        elasticity=evening.elasticity,
    )
    scopes, paid = account_scopes(held), with_payoffs(held, evening.settlements)
    smiles = Smiles.of_marks(evening.marks.filter(pl.col("underlying") == "SPX"))
    market = ScenarioMarket(
        session_date=session_date,
        spot_pts=spot_pts,
        vix_pts=only_number(evening.signals, "vix_pts"),
        smiles=smiles,
        fitted_smiles=FittedSmiles(evening.fitted_surface),
        prior=rules.elasticity,
        estimate=evening.elasticity,
        vx_line=VxLine.of_curve(evening.vx_curve),
        rules=rules.scenarios,
    )
    grid = reprice_grid(legs, market, scopes)
    stressed = stress(grid.held, market, stress_sets(market, evening.replays, rules.stress_sets))
    statements = latest_statements(evening.accounts, scopes, session_date=session_date)
    net_liq_usd = {scope: statement.net_liq_usd for scope, statement in statements.items()}
    of_condors = condors_of(evening, held, legs, smiles=smiles, rules=rules)
    return ValuedBook(
        holdings=held,
        positions=matched.positions,
        lots=matched.lots,
        unmatched=matched.unmatched,
        legs=legs,
        condors=of_condors,
        structures=structures(paid, legs, of_condors),
        second_engine=second_engine(paid, legs),
        grid=grid,
        stressed=stressed,
        scenarios=scenario_rows(grid, net_liq_usd),
        stress_sets=stress_rows(stressed, net_liq_usd),
        market=market,
        attribution=attribution(
            Tonight(
                session_date=session_date,
                holdings=held,
                legs=legs,
                settlements=evening.settlements,
                marks=evening.marks,
                fills_by_leg=matched.fills_by_leg,
            ),
            evening.previous,
            spot_pts=spot_pts,
            scopes=scopes,
            rules=rules.attribution,
        ),
    )


def hedge_of(evening: Evening, book: ValuedBook, hold_reason: str | None, rules: Rules) -> HedgeLedger:
    """Say what the rules ask of each layer, what is held against it, lot by lot, and what it costs."""
    return hedge_ledger(
        LedgerInputs(
            lots=book.lots,
            held=with_payoffs(book.holdings, evening.settlements),
            legs=book.legs,
            condors=book.condors,
            scenarios=book.scenarios,
            accounts=evening.accounts,
            entry_futures=evening.entry_futures,
            previous_layers=evening.previous_layers,
            night=vix_night(evening),
            market=book.market,
            scores=evening.scores,
            valuation_state=only_text(evening.signals, "valuation_state"),
            hold_reason=hold_reason,
        ),
        rules.ledger,
    )


def judge(evening: Evening, book: ValuedBook, hedge: HedgeLedger, checks: pl.DataFrame, rules: Rules) -> Judgement:
    """List what asks for attention, and sum the book up, or hold it where a gate says so."""
    kept = steward_of(evening, book, hedge, checks, rules)
    raised = alerts(
        AlertInputs(
            session_date=evening.session_date,
            condors=book.condors,
            hedge_layers=hedge.layers,
            sizing=hedge.sizing,
            legs=book.legs,
            checks=checks,
            steward=steward_alerts(kept, rules.steward_sets),
            engine=engine_alerts(book.second_engine, rules.second_engine),
            previous=_or_none(evening.previous_alerts),
        )
    )
    summary = book_summary(
        BookInputs(
            night=evening.night,
            holdings=book.holdings,
            legs=book.legs,
            condors=book.condors,
            scenarios=book.scenarios,
            alerts=raised,
            checks=checks,
            accounts=evening.accounts,
            settlements=evening.settlements,
            previous=evening.previous,
            judged=evening.judged_book,
            status_rules=rules.book_status,
            offset_rules=rules.offsets,
        )
    )
    pnl_usd = {
        (account, part): pnl
        for account, *parts in summary.select("account", "condor_pnl_usd", "pnl_usd").iter_rows()
        for part, pnl in zip(("condor", "total"), parts, strict=True)
    }
    return Judgement(
        checks=checks, alerts=raised, summary=summary, break_evens=break_evens(book.grid, pnl_usd), steward=kept
    )


def _scenario_checks(book: ValuedBook, rules: Rules) -> pl.DataFrame:
    """Whether any cell of the grid or of a stress set values a position at what it cannot be worth."""
    values = {
        "grid": book.grid.values.carried,
        "strike vols held": book.grid.sticky_strike,
        "fitted surface": book.grid.fitted,
    }
    values |= {one.name: found for one, found in zip(book.stressed.sets, book.stressed.values, strict=True)}
    return scenario_checks(book.grid.held, values, book.grid.market.session_date, rules.checks)


def _facts(evening: Evening, book: ValuedBook, rules: Rules) -> NightFacts:
    """What the gates look at."""
    return NightFacts(
        session_date=evening.session_date,
        mark_at=evening.night.mark_at,
        chains=evening.chosen.chains,
        spx_load_id=evening.chosen.spx.load_id,
        marks=evening.marks,
        quote_quality=evening.quote_quality,
        quote_flags=evening.quote_flags,
        recent=evening.recent,
        forwards=evening.forwards,
        vx_curve=evening.vx_curve,
        signals=evening.signals,
        vix_check=evening.vix_check,
        fills=evening.fills,
        positions=book.positions,
        legs=book.legs,
        condors=book.condors,
        breadth_date=evening.breadth_date,
        rates_date=evening.rates_date,
        iv_audit=evening.iv_audit(),
        rejected_fills=evening.rejected_fills,
        attribution_periods=book.attribution.periods,
        forward_rules=rules.forwards,
        unopened=unopened_of(book.unmatched, book.positions),
        live_answers=evening.live_answers,
    )


def _or_none(rows: pl.DataFrame) -> pl.DataFrame | None:
    return rows if rows.height else None
