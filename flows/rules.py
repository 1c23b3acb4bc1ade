"""Every rule set of a night, with the user's values in place of defaults."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final

from flows.errors import UsageError
from transforms.book.chain_checks import ChainCheckRules
from transforms.book.condor_profile import ProfileRules
from transforms.book.condor_sides import SideRules
from transforms.book.data_checks import ContentRules
from transforms.book.hedge_layers import HedgeRules
from transforms.book.layer_rules import LayerRules
from transforms.book.level_checks import LevelRules
from transforms.book.margin import MarginRules
from transforms.book.night_facts import CheckLimits
from transforms.book.repeat_checks import RepeatRules
from transforms.book.states import StateRules
from transforms.market.calendar_bounds import CalendarRules
from transforms.market.chain_history import HistoryRules
from transforms.market.chains import PlacingRules
from transforms.market.condor_odds import OddsRules
from transforms.market.edr import EdrRule
from transforms.market.elasticity import ElasticityPrior
from transforms.market.elasticity_estimate import ElasticityRules
from transforms.market.forwards import ForwardRules
from transforms.market.quote_clock import ClockRules
from transforms.market.quotes import QuoteRules
from transforms.market.smile_measures import SmileRules
from transforms.market.surface_fit import FitRules
from transforms.market.term_structure import CurveRules
from transforms.market.vix_checks import VixCheckRules
from transforms.risk.attribution import AttributionRules
from transforms.risk.book_status import StatusRules
from transforms.risk.capital import CapitalRuleSets
from transforms.risk.cost_of_capital import CapitalRules
from transforms.risk.cushions import CushionRules
from transforms.risk.engine_rules import EngineRules
from transforms.risk.hedge_ledger import LedgerRules
from transforms.risk.hedge_rules import HedgeCostRules, HedgeSizingRules, MonetiseRules
from transforms.risk.offsets import OffsetRules
from transforms.risk.patience import PatienceRules
from transforms.risk.quiet_drag import DragRules
from transforms.risk.reference_contracts import BenchmarkRules
from transforms.risk.returns import ReturnRules
from transforms.risk.roll_rules import ActionRules, CostRules, FeasibilityRules, RollRules, StopRules
from transforms.risk.scenario_rules import ScenarioRules, StressRules
from transforms.risk.steward_rules import StewardRules, StewardRuleSets
from transforms.risk.vol_alone import VolAloneRules
from transforms.signals.breadth_states import BreadthRules
from transforms.signals.entry_gate import GateRules
from transforms.signals.event_windows import EventRules
from transforms.signals.history import SignalRules
from transforms.signals.score_rules import AccelRules, ArmRules, ExpansionRules, PressRules
from transforms.signals.skew_pressure import SkewRules
from transforms.signals.valuation import ValuationRules
from transforms.signals.vix_measures import IndicatorRules
from transforms.thresholds import RuleSet, UnknownThresholdError, nearest_name, overridden

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.settings import Settings

SEE_LIST: Final = 'condorwatch sql "select rule_id, value, value_text, unit, says from meta.thresholds" lists them.'


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rule sets of a night, one line each: a set that stands here is overridable, stored and reported.

    A field is called as its rule set is (`NAME`).
    """

    quotes: QuoteRules = field(default_factory=QuoteRules)
    quote_clock: ClockRules = field(default_factory=ClockRules)
    chains: PlacingRules = field(default_factory=PlacingRules)
    chain_history: HistoryRules = field(default_factory=HistoryRules)
    calendar_bounds: CalendarRules = field(default_factory=CalendarRules)
    forwards: ForwardRules = field(default_factory=ForwardRules)
    vix_recompute: VixCheckRules = field(default_factory=VixCheckRules)
    surface_fit: FitRules = field(default_factory=FitRules)
    smile_measures: SmileRules = field(default_factory=SmileRules)
    condor_odds: OddsRules = field(default_factory=OddsRules)
    vx_curve: CurveRules = field(default_factory=CurveRules)
    elasticity: ElasticityPrior = field(default_factory=ElasticityPrior)
    elasticity_estimate: ElasticityRules = field(default_factory=ElasticityRules)
    edr: EdrRule = field(default_factory=EdrRule)
    indicators: IndicatorRules = field(default_factory=IndicatorRules)
    breadth: BreadthRules = field(default_factory=BreadthRules)
    events: EventRules = field(default_factory=EventRules)
    skew: SkewRules = field(default_factory=SkewRules)
    valuation: ValuationRules = field(default_factory=ValuationRules)
    entry_gate: GateRules = field(default_factory=GateRules)
    arm: ArmRules = field(default_factory=ArmRules)
    accel: AccelRules = field(default_factory=AccelRules)
    press: PressRules = field(default_factory=PressRules)
    vol_expansion: ExpansionRules = field(default_factory=ExpansionRules)
    checks: CheckLimits = field(default_factory=CheckLimits)
    chain_checks: ChainCheckRules = field(default_factory=ChainCheckRules)
    level_checks: LevelRules = field(default_factory=LevelRules)
    repeat_checks: RepeatRules = field(default_factory=RepeatRules)
    condor_states: StateRules = field(default_factory=StateRules)
    condor_sides: SideRules = field(default_factory=SideRules)
    condor_profile: ProfileRules = field(default_factory=ProfileRules)
    hedge: HedgeRules = field(default_factory=HedgeRules)
    layers: LayerRules = field(default_factory=LayerRules)
    hedge_sizing: HedgeSizingRules = field(default_factory=HedgeSizingRules)
    hedge_cost: HedgeCostRules = field(default_factory=HedgeCostRules)
    monetise: MonetiseRules = field(default_factory=MonetiseRules)
    offsets: OffsetRules = field(default_factory=OffsetRules)
    book_status: StatusRules = field(default_factory=StatusRules)
    attribution: AttributionRules = field(default_factory=AttributionRules)
    scenarios: ScenarioRules = field(default_factory=ScenarioRules)
    stress_sets: StressRules = field(default_factory=StressRules)
    cushions: CushionRules = field(default_factory=CushionRules)
    second_engine: EngineRules = field(default_factory=EngineRules)
    rolls: RollRules = field(default_factory=RollRules)
    trading_costs: CostRules = field(default_factory=CostRules)
    roll_limits: FeasibilityRules = field(default_factory=FeasibilityRules)
    stop_reference: StopRules = field(default_factory=StopRules)
    margin: MarginRules = field(default_factory=MarginRules)
    capital: CapitalRules = field(default_factory=CapitalRules)
    returns: ReturnRules = field(default_factory=ReturnRules)
    quiet_drag: DragRules = field(default_factory=DragRules)
    patience: PatienceRules = field(default_factory=PatienceRules)
    vol_alone: VolAloneRules = field(default_factory=VolAloneRules)
    benchmarks: BenchmarkRules = field(default_factory=BenchmarkRules)
    steward: StewardRules = field(default_factory=StewardRules)

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        """Put what the configuration's table `[thresholds]` says in place of defaults.

        Raises:
            UsageError: there is no such threshold, or its value is of another shape than the default.
        """
        rules, names = cls(), [declared.name for declared in fields(cls)]
        changed = {}
        for name, values in by_rule_set(settings.thresholds).items():
            if name not in names:
                sentence = f"thresholds.{name}: there is no such rule set; the nearest is {nearest_name(name, names)}."
                raise UsageError(sentence, hint=SEE_LIST)
            try:
                changed[name] = overridden(getattr(rules, name), values)
            except UnknownThresholdError as problem:
                raise UsageError(f"thresholds: {problem}", hint=SEE_LIST) from problem
        return replace(rules, **changed)

    @property
    def signals(self) -> SignalRules:
        """Those behind the signals, which call their sets by the same names."""
        return SignalRules(**{declared.name: getattr(self, declared.name) for declared in fields(SignalRules)})

    @property
    def content(self) -> ContentRules:
        """Those behind the gates that judge chains and series by what they hold."""
        return ContentRules(chain=self.chain_checks, level=self.level_checks, repeat=self.repeat_checks)

    @property
    def ledger(self) -> LedgerRules:
        """Those behind the hedge ledger."""
        return LedgerRules(
            hedge=self.hedge,
            layers=self.layers,
            sizing=self.hedge_sizing,
            cost=self.hedge_cost,
            monetise=self.monetise,
            offsets=self.offsets,
        )

    @property
    def actions(self) -> ActionRules:
        """Those behind rolls and decisions."""
        return ActionRules(
            rolls=self.rolls,
            costs=self.trading_costs,
            limits=self.roll_limits,
            stop=self.stop_reference,
            odds=self.condor_odds,
        )

    @property
    def capital_sets(self) -> CapitalRuleSets:
        """Those behind a row of mart.capital_daily."""
        return CapitalRuleSets(capital=self.capital, returns=self.returns, drag=self.quiet_drag, cost=self.hedge_cost)

    @property
    def steward_sets(self) -> StewardRuleSets:
        """Those behind the steward checks."""
        return StewardRuleSets(steward=self.steward, limits=self.roll_limits, cost=self.hedge_cost)

    @property
    def sets(self) -> tuple[RuleSet, ...]:
        """Every rule set, in the order of the night."""
        return tuple(getattr(self, declared.name) for declared in fields(self))


RULES: Final = Rules()


def by_rule_set(overrides: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Bring overrides into one form: a threshold may stand in its rule set's table, or under its whole `rule_id`.

    Raises:
        UsageError: a value stands under a name that names no single threshold.
    """
    tables: dict[str, dict[str, Any]] = {}
    for name, value in overrides.items():
        rule_set, dot, threshold = name.partition(".")
        if isinstance(value, dict) and not dot:
            tables.setdefault(name, {}).update(value)
        elif dot:
            tables.setdefault(rule_set, {})[threshold] = value
        else:
            sentence = f"thresholds.{name} is no threshold: it has to name rule set and threshold."
            raise UsageError(sentence, hint="For example condor_states.watch_delta = 0.30.")
    return tables
