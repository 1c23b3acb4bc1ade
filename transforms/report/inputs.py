"""What a report is built from: the night's marts and checks as frames, and three facts no table holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from warehouse.tables.core import CORE_FORWARDS_DAILY
from warehouse.tables.mart import (
    MART_ALERTS_DAILY,
    MART_ATTRIBUTION_PERIODS_DAILY,
    MART_BENCHMARKS_DAILY,
    MART_BOOK_DAILY,
    MART_BREAK_EVENS_DAILY,
    MART_CAPITAL_DAILY,
    MART_CONDOR_ECONOMICS_DAILY,
    MART_CONDORS_DAILY,
    MART_CUSHIONS_DAILY,
    MART_DECISIONS_DAILY,
    MART_HEDGE_COSTS_DAILY,
    MART_HEDGE_LAYERS_DAILY,
    MART_HEDGE_LOTS_DAILY,
    MART_HEDGE_ROLLS_DAILY,
    MART_HEDGE_SIZING_DAILY,
    MART_ITM_DRILLS_DAILY,
    MART_LEGS_DAILY,
    MART_PAYOFFS_DAILY,
    MART_ROLL_CANDIDATES_DAILY,
    MART_SCENARIOS_DAILY,
    MART_SECOND_ENGINE_DAILY,
    MART_SECOND_ENGINE_STATES_DAILY,
    MART_SIGNAL_ITEMS_DAILY,
    MART_SIGNALS_DAILY,
    MART_SMILES_DAILY,
    MART_STATE_CHANGES_DAILY,
    MART_STEWARD_CHECKS_DAILY,
    MART_STRESS_SETS_DAILY,
    MART_UPCOMING_EVENTS_DAILY,
    MART_VALUATIONS_DAILY,
    MART_VENDOR_CLAIMS_DAILY,
    MART_VIX_CHECKS_DAILY,
    MART_VX_CURVE_DAILY,
)
from warehouse.tables.meta import META_CHECKS, META_ISSUED_FIGURES, META_LOADS, META_THRESHOLDS

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl


@dataclass(frozen=True, slots=True)
class Stamp:
    """What identifies the report.

    `quote_at` is the instant of the SPX quotes, null when there is no chain. `stamped_at` becomes the PDF's date: give
    an instant of the data (the quotes, or the known-at instant), not the clock, and equal data give equal bytes.
    """

    session_date: dt.date
    account: str
    stamped_at: dt.datetime
    quote_at: dt.datetime | None
    config_hash: str
    code_version: str
    known_at: dt.datetime | None = None  # the report is as it was known then; null: as it is known now
    data_hash: str = ""  # of all the rows below; empty where nobody counted them


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """Frames as their tables declare them; a frame may hold other accounts, and what is not given is empty.

    `loads` are the files the session was built from. `issued_figures` is what page one said when it was first issued,
    `page_figures` what it says now. The `previous_` frames hold the session before, for all accounts;
    `week_curve` five sessions ago, each `_history` the last sessions up to tonight.
    """

    stamp: Stamp
    book: pl.DataFrame = field(default_factory=MART_BOOK_DAILY.empty)
    condors: pl.DataFrame = field(default_factory=MART_CONDORS_DAILY.empty)
    hedge_layers: pl.DataFrame = field(default_factory=MART_HEDGE_LAYERS_DAILY.empty)
    second_engine: pl.DataFrame = field(default_factory=MART_SECOND_ENGINE_DAILY.empty)
    engine_states: pl.DataFrame = field(default_factory=MART_SECOND_ENGINE_STATES_DAILY.empty)
    drills: pl.DataFrame = field(default_factory=MART_ITM_DRILLS_DAILY.empty)
    payoffs: pl.DataFrame = field(default_factory=MART_PAYOFFS_DAILY.empty)
    cushions: pl.DataFrame = field(default_factory=MART_CUSHIONS_DAILY.empty)
    condor_economics: pl.DataFrame = field(default_factory=MART_CONDOR_ECONOMICS_DAILY.empty)
    legs: pl.DataFrame = field(default_factory=MART_LEGS_DAILY.empty)
    scenarios: pl.DataFrame = field(default_factory=MART_SCENARIOS_DAILY.empty)
    signals: pl.DataFrame = field(default_factory=MART_SIGNALS_DAILY.empty)
    signal_items: pl.DataFrame = field(default_factory=MART_SIGNAL_ITEMS_DAILY.empty)
    valuations: pl.DataFrame = field(default_factory=MART_VALUATIONS_DAILY.empty)
    upcoming_events: pl.DataFrame = field(default_factory=MART_UPCOMING_EVENTS_DAILY.empty)
    smiles: pl.DataFrame = field(default_factory=MART_SMILES_DAILY.empty)
    hedge_lots: pl.DataFrame = field(default_factory=MART_HEDGE_LOTS_DAILY.empty)
    hedge_sizing: pl.DataFrame = field(default_factory=MART_HEDGE_SIZING_DAILY.empty)
    hedge_costs: pl.DataFrame = field(default_factory=MART_HEDGE_COSTS_DAILY.empty)
    roll_candidates: pl.DataFrame = field(default_factory=MART_ROLL_CANDIDATES_DAILY.empty)
    decisions: pl.DataFrame = field(default_factory=MART_DECISIONS_DAILY.empty)
    hedge_rolls: pl.DataFrame = field(default_factory=MART_HEDGE_ROLLS_DAILY.empty)
    capital: pl.DataFrame = field(default_factory=MART_CAPITAL_DAILY.empty)
    vendor_claims: pl.DataFrame = field(default_factory=MART_VENDOR_CLAIMS_DAILY.empty)
    steward_checks: pl.DataFrame = field(default_factory=MART_STEWARD_CHECKS_DAILY.empty)
    stress_sets: pl.DataFrame = field(default_factory=MART_STRESS_SETS_DAILY.empty)
    break_evens: pl.DataFrame = field(default_factory=MART_BREAK_EVENS_DAILY.empty)
    attribution: pl.DataFrame = field(default_factory=MART_ATTRIBUTION_PERIODS_DAILY.empty)
    state_changes: pl.DataFrame = field(default_factory=MART_STATE_CHANGES_DAILY.empty)
    vx_curve: pl.DataFrame = field(default_factory=MART_VX_CURVE_DAILY.empty)
    vix_checks: pl.DataFrame = field(default_factory=MART_VIX_CHECKS_DAILY.empty)
    alerts: pl.DataFrame = field(default_factory=MART_ALERTS_DAILY.empty)
    checks: pl.DataFrame = field(default_factory=META_CHECKS.empty)
    thresholds: pl.DataFrame = field(default_factory=META_THRESHOLDS.empty)
    loads: pl.DataFrame = field(default_factory=META_LOADS.empty)
    issued_figures: pl.DataFrame = field(default_factory=META_ISSUED_FIGURES.empty)
    page_figures: pl.DataFrame = field(default_factory=META_ISSUED_FIGURES.empty)
    forwards: pl.DataFrame = field(default_factory=CORE_FORWARDS_DAILY.empty)
    previous_book: pl.DataFrame = field(default_factory=MART_BOOK_DAILY.empty)
    previous_condors: pl.DataFrame = field(default_factory=MART_CONDORS_DAILY.empty)
    previous_layers: pl.DataFrame = field(default_factory=MART_HEDGE_LAYERS_DAILY.empty)
    previous_curve: pl.DataFrame = field(default_factory=MART_VX_CURVE_DAILY.empty)
    week_curve: pl.DataFrame = field(default_factory=MART_VX_CURVE_DAILY.empty)
    signals_history: pl.DataFrame = field(default_factory=MART_SIGNALS_DAILY.empty)
    book_history: pl.DataFrame = field(default_factory=MART_BOOK_DAILY.empty)
    layers_history: pl.DataFrame = field(default_factory=MART_HEDGE_LAYERS_DAILY.empty)
    costs_history: pl.DataFrame = field(default_factory=MART_HEDGE_COSTS_DAILY.empty)
    benchmarks_history: pl.DataFrame = field(default_factory=MART_BENCHMARKS_DAILY.empty)
