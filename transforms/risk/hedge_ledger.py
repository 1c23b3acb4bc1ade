"""The hedge of the night from end to end: signals, unit, sizing, lots, layers with their targets, and cost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from transforms.book.hedge_layers import HedgeRules, hedge_layers
from transforms.book.layer_rules import LayerRules
from transforms.book.layer_states import SignalInputs, layer_signals
from transforms.book.lots import hedge_lots
from transforms.book.positions import account_scopes
from transforms.book.states import SETTLED_STATE
from transforms.risk.hedge_costs import CostInputs, hedge_costs
from transforms.risk.hedge_rules import HedgeCostRules, HedgeSizingRules, MonetiseRules
from transforms.risk.hedge_sizing import SizingInputs, hedge_sizing
from transforms.risk.hedge_targets import TargetInputs, with_targets
from transforms.risk.hedge_unit import VixNight, hedge_unit
from transforms.risk.monetise import GainInputs, with_sales
from transforms.risk.offsets import OffsetRules
from transforms.risk.reference_condor import reference_condor

if TYPE_CHECKING:
    from transforms.book.layer_signals import MarketScores
    from transforms.risk.repricing import ScenarioMarket


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRules:
    """Every rule set behind the hedge."""

    hedge: HedgeRules = field(default_factory=HedgeRules)
    layers: LayerRules = field(default_factory=LayerRules)
    sizing: HedgeSizingRules = field(default_factory=HedgeSizingRules)
    cost: HedgeCostRules = field(default_factory=HedgeCostRules)
    monetise: MonetiseRules = field(default_factory=MonetiseRules)
    offsets: OffsetRules = field(default_factory=OffsetRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerInputs:
    """What the hedge of one night is computed from.

    `held` are the `holdings` with their payoffs; `lots`, `legs`, `condors` and `scenarios` tonight's marts; `accounts`
    core.accounts_daily up to the session; `entry_futures` core.vx_settlements_daily back to the entries;
    `previous_layers` mart.hedge_layers_daily of the last night on record. `scores` is the market the signals are read
    from, `valuation_state` RICH where it calls for caution. `hold_reason` says why tonight's data are not trusted.
    """

    lots: pl.DataFrame
    held: pl.DataFrame
    legs: pl.DataFrame
    condors: pl.DataFrame
    scenarios: pl.DataFrame
    accounts: pl.DataFrame
    entry_futures: pl.DataFrame
    previous_layers: pl.DataFrame
    night: VixNight
    market: ScenarioMarket
    scores: MarketScores
    valuation_state: str | None = None
    hold_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeLedger:
    """Rows of mart.hedge_units_daily, _sizing_daily, _lots_daily, _layers_daily and _costs_daily."""

    units: pl.DataFrame
    sizing: pl.DataFrame
    lots: pl.DataFrame
    layers: pl.DataFrame
    costs: pl.DataFrame


def hedge_ledger(inputs: LedgerInputs, rules: LedgerRules | None = None) -> HedgeLedger:
    """Compute the hedge of one night."""
    rules = rules or LedgerRules()
    scopes, session_date = account_scopes(inputs.held), inputs.market.session_date
    held_condors = inputs.condors.filter(pl.col("state").ne_missing(SETTLED_STATE))
    # The hedge is sized and sold by what happens at once, base response: a small part of the grid.
    at_once = inputs.scenarios.filter(vol_response="base", horizon="now")
    units = hedge_unit(inputs.night, inputs.market, rules.hedge, rules.sizing)
    sizing = hedge_sizing(
        SizingInputs(
            session_date=session_date,
            scopes=scopes,
            unit=units,
            scenarios=at_once,
            condors=held_condors,
            accounts=inputs.accounts,
            reference=reference_condor(inputs.night.marks, inputs.night.forwards, inputs.market, rules.sizing),
            valuation_state=inputs.valuation_state,
            hold_reason=inputs.hold_reason,
        ),
        rules.sizing,
    )
    lots = _lots(replace(inputs, scenarios=at_once), units, held_condors, rules)
    layers = with_targets(
        TargetInputs(
            layers=_layers(inputs, scopes, rules),
            sizing=sizing,
            unit=units,
            lots=lots,
            previous=inputs.previous_layers,
            scopes=scopes,
            hold_reason=inputs.hold_reason,
        ),
        rules.sizing,
    )
    costs = CostInputs(
        session_date=session_date,
        scopes=scopes,
        condors=inputs.condors,
        legs=inputs.legs,
        vx_curve=inputs.night.vx_curve,
    )
    return HedgeLedger(units=units, sizing=sizing, lots=lots, layers=layers, costs=hedge_costs(costs, rules.cost))


def _layers(inputs: LedgerInputs, scopes: list[str], rules: LedgerRules) -> pl.DataFrame:
    session_date = inputs.market.session_date
    signals = layer_signals(
        SignalInputs(
            session_date=session_date,
            scores=inputs.scores,
            condors=inputs.condors,
            previous=inputs.previous_layers,
            scopes=scopes,
            hold_reason=inputs.hold_reason,
        ),
        rules.layers,
    )
    return hedge_layers(inputs.held, inputs.legs, signals, session_date=session_date, scopes=scopes, rules=rules.hedge)


def _lots(inputs: LedgerInputs, units: pl.DataFrame, held_condors: pl.DataFrame, rules: LedgerRules) -> pl.DataFrame:
    lots = hedge_lots(
        inputs.lots,
        inputs.legs,
        vx_curve=inputs.night.vx_curve,
        entry_futures=inputs.entry_futures,
        rules=rules.hedge,
    )
    gains = GainInputs(
        lots=lots,
        legs=inputs.legs,
        condors=held_condors,
        scenarios=inputs.scenarios,
        unit=units,
        market=inputs.market,
        contango_frac=inputs.scores.contango_frac,
        offset_rules=rules.offsets,
    )
    return with_sales(gains, rules.sizing, rules.monetise)
