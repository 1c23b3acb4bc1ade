"""What can be done about the book of the night: rolls of condors and hedge, and the decisions - one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from flows.build import chosen_chains
from flows.rules import RULES, Rules
from flows.session_rows import SessionRows
from transforms.book.carry import VxLine
from transforms.book.night_facts import only_number, only_text
from transforms.book.positions import holdings
from transforms.market.calendar import NEW_YORK
from transforms.market.elasticity_curve import elasticity_curve
from transforms.market.fitted_surface import FittedSurface
from transforms.market.smile_odds import SmileNight
from transforms.market.surface import Smiles
from transforms.risk.decision_book import BookNight
from transforms.risk.decision_hedge import HedgeNight
from transforms.risk.decisions import DecisionInputs, decisions
from transforms.risk.hedge_rolls import hedge_gains, hedge_rolls
from transforms.risk.hedge_unit import VixNight
from transforms.risk.repricing import ScenarioMarket
from transforms.risk.roll_eligibility import THREATENED, RangeNight
from transforms.risk.roll_ranking import EventWindow
from transforms.risk.rolls import RollInputs, rolls
from warehouse.tables import core, mart

if TYPE_CHECKING:
    import datetime as dt

    from transforms.risk.rolls import RollNight
    from warehouse.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """Rows of mart.roll_candidates_daily, mart.hedge_rolls_daily and mart.decisions_daily."""

    candidates: pl.DataFrame
    hedge_rolls: pl.DataFrame
    decisions: pl.DataFrame


NOTHING = Actions(
    candidates=mart.MART_ROLL_CANDIDATES_DAILY.empty(),
    hedge_rolls=mart.MART_HEDGE_ROLLS_DAILY.empty(),
    decisions=mart.MART_DECISIONS_DAILY.empty(),
)


def build_actions(
    store: Store, session_date: dt.date, rules: Rules = RULES, *, held: pl.DataFrame | None = None
) -> None:
    """Find what can be done tonight; on DATA_HOLD nothing is proposed.

    `held` are the holdings `build_book` found, from the same fills; without them they are matched again.
    """
    rows = SessionRows(store, session_date)
    is_held = rows.tonight(mart.MART_BOOK_DAILY)["is_data_hold"].any()
    found = NOTHING if is_held else actions_of(store, rows, rules, held)
    with store.stage("actions"):
        store.replace(mart.MART_ROLL_CANDIDATES_DAILY, found.candidates, session_date)
        store.replace(mart.MART_HEDGE_ROLLS_DAILY, found.hedge_rolls, session_date)
        store.replace(mart.MART_DECISIONS_DAILY, found.decisions, session_date)


def actions_of(store: Store, rows: SessionRows, rules: Rules, held: pl.DataFrame | None = None) -> Actions:
    """Price the hedge rolls that are due, and for threatened condors rolls and decisions."""
    night = _Night(store, rows, rules, held)
    if not night.condors["state"].is_in(THREATENED).any():
        return Actions(candidates=NOTHING.candidates, hedge_rolls=night.hedge.rolls, decisions=NOTHING.decisions)
    found = rolls(night.roll_inputs(), rules.actions)
    decided = decisions(night.decision_inputs(found), rules.actions)
    return Actions(candidates=found.rows, hedge_rolls=night.hedge.rolls, decisions=decided)


@dataclass(frozen=True)
class _Night:
    """Tonight's facts and figures, each read once and only where it is needed."""

    store: Store
    rows: SessionRows
    rules: Rules
    held: pl.DataFrame | None

    @cached_property
    def mark_at(self) -> dt.datetime:
        return chosen_chains(self.store, self.rows.session_date, self.rules.chains).mark_at

    @cached_property
    def condors(self) -> pl.DataFrame:
        return self.rows.tonight(mart.MART_CONDORS_DAILY)

    @cached_property
    def signals(self) -> pl.DataFrame:
        return self.rows.tonight(mart.MART_SIGNALS_DAILY)

    @cached_property
    def marks(self) -> pl.DataFrame:
        return self.rows.tonight(core.CORE_OPTION_MARKS_DAILY)

    @cached_property
    def hedge(self) -> HedgeNight:
        lots, units = (self.rows.tonight(table) for table in (mart.MART_HEDGE_LOTS_DAILY, mart.MART_HEDGE_UNITS_DAILY))
        return HedgeNight(
            layers=self.rows.tonight(mart.MART_HEDGE_LAYERS_DAILY),
            units=units,
            lots=lots,
            rolls=hedge_rolls(lots, units, self.mark_at, self.rules.trading_costs),
        )

    @cached_property
    def smiles(self) -> SmileNight:
        fits, nodes = (self.rows.tonight(table) for table in (core.CORE_SMILE_FITS_DAILY, core.CORE_SMILE_NODES_DAILY))
        return SmileNight(
            forwards=self.rows.tonight(core.CORE_FORWARDS_DAILY),
            smiles=Smiles.of_marks(self.marks.filter(pl.col("underlying") == "SPX")),
            surface=FittedSurface.of_tables(fits, nodes),
        )

    @cached_property
    def prices(self) -> VixNight:
        return VixNight(
            marks=self.marks,
            forwards=self.smiles.forwards,
            vx=self.rows.tonight(core.CORE_VX_SETTLEMENTS_DAILY),
            vx_curve=self.rows.tonight(mart.MART_VX_CURVE_DAILY),
            elasticity=elasticity_curve(self.rows.tonight(mart.MART_ELASTICITIES_DAILY), self.rules.elasticity),
        )

    def roll_inputs(self) -> RollInputs:
        fills = self.store.read(core.CORE_FILLS)
        accounts = self.condors["account"].unique().sort().to_list()
        edr_frac, vix_pts = (only_number(self.signals, name) for name in ("edr_frac", "vix_pts"))
        return RollInputs(
            session_date=self.rows.session_date,
            mark_at=self.mark_at,
            spot_pts=only_number(self.signals, "spot_pts"),
            range_night=RangeNight(edr_frac=edr_frac, vix_pts=vix_pts),
            hv20_vol=only_number(self.signals, "hv20_vol"),
            condors=self.condors,
            holdings=holdings(fills, self.rows.session_date, self.mark_at) if self.held is None else self.held,
            fills=fills,
            marks=self.marks,
            smiles=self.smiles,
            hedge_gains=hedge_gains(self.hedge.lots, accounts),
            event=event_window(self.signals),
        )

    def decision_inputs(self, found: RollNight) -> DecisionInputs:
        return DecisionInputs(
            rolls=found,
            hedge=self.hedge,
            legs=self.rows.tonight(mart.MART_LEGS_DAILY),
            history=self.rows.up_to(mart.MART_CONDORS_DAILY),
            book=BookNight(
                summary=self.rows.tonight(mart.MART_BOOK_DAILY),
                scenarios=self.rows.tonight(mart.MART_SCENARIOS_DAILY),
                condors=self.condors,
            ),
            prices=self.prices,
            market=self._scenario_market(),
            smiles=self.smiles,
            hv20_vol=only_number(self.signals, "hv20_vol"),
        )

    def _scenario_market(self) -> ScenarioMarket:
        return ScenarioMarket(
            session_date=self.rows.session_date,
            spot_pts=only_number(self.signals, "spot_pts"),
            vix_pts=only_number(self.signals, "vix_pts"),
            smiles=self.smiles.smiles,
            prior=self.rules.elasticity,
            estimate=self.prices.elasticity,
            vx_line=VxLine.of_curve(self.prices.vx_curve),
            rules=self.rules.scenarios,
        )


def event_window(signals: pl.DataFrame) -> EventWindow:
    """Say where tonight stands beside the calendar's events, and which one is next."""
    state, kind = only_text(signals, "event_state"), only_text(signals, "next_event_kind")
    next_at = signals["next_event_at"][0] if signals.height else None
    told = f"{kind} on {next_at.astimezone(NEW_YORK):%Y-%m-%d at %H:%M} New York" if kind and next_at else None
    return EventWindow(state, told if state == "PRE" else state)
