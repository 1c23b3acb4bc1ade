"""View models of the sections after page one: hedge, combined risk, volatility regime, breadth, attribution.

Frozen, and printed as they are: templates compute nothing. Signs: long +, short -; gain +; a hedge cost +.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from transforms.report.chart_models import Chart
    from transforms.report.models import Measure


@dataclass(frozen=True, slots=True)
class HedgeLot:
    """One lot of VIX calls: what it cost, what waiting takes, when it rolls, whether a part may be sold."""

    account: str
    instrument_id: str
    entry_layer: str
    current_layer: str
    quantity: Measure
    dte: Measure
    forward: Measure
    forward_method: str
    iv: Measure
    delta: Measure
    gain: Measure
    extrinsic: Measure
    decay_30d: Measure
    rolldown_30d: Measure
    roll_date: dt.date | None
    is_roll_due: bool
    roll_cost: Measure
    is_monetise_candidate: bool
    monetise: Measure
    monetise_proceeds: Measure
    monetise_reason: str


@dataclass(frozen=True, slots=True)
class HedgeSizing:
    """How many hedge units the offset asks for, how many the budget carries, and which of the two binds."""

    mode: str
    sized_by: str
    budget: Measure
    unit_carry: Measure
    unit_ask: Measure
    unit_gain: Measure
    shock: Measure
    shock_loss: Measure
    target_offset: Measure
    by_budget: Measure
    by_offset: Measure
    recommended: Measure
    binding: str
    bought_offset: Measure
    to_target: Measure
    to_target_cost: Measure
    says: str


@dataclass(frozen=True, slots=True)
class HedgeCost:
    """The hedge's cost beside the credit, of one condor or of all of an account."""

    account: str
    condor_id: str  # empty for all condors together
    credit: Measure
    premium: Measure
    gross: Measure
    amortised: Measure
    amortised_frac: Measure
    net_ratio: Measure
    band: str
    reason: str


@dataclass(frozen=True, slots=True)
class HedgeSection:
    """The hedge, lot by lot, its size and its cost."""

    lots: tuple[HedgeLot, ...]
    more_lots_qty: int
    sizing: HedgeSizing | None
    costs: tuple[HedgeCost, ...]
    more_costs_qty: int


@dataclass(frozen=True, slots=True)
class WorstCell:
    """The cell of the whole grid, all horizons, in which the book loses most."""

    shock: Measure
    vol_response: str
    horizon: str
    total: Measure
    condor: Measure
    hedge: Measure


@dataclass(frozen=True, slots=True)
class StressRow:
    """One fixed stress set, in the cell where the book loses most."""

    name: str
    vol_rule: str
    cells: Measure
    worst_cell: str
    total: Measure
    condor: Measure
    hedge: Measure
    net_liq: Measure
    reason: str


@dataclass(frozen=True, slots=True)
class BreakEven:
    """An SPX level at which the P&L since entry is nil when the nearest condor settles."""

    part: str
    level: Measure
    distance: Measure
    loses: str  # below or above the level; empty without one
    days: Measure


@dataclass(frozen=True, slots=True)
class RiskSection:
    """What SPX and volatility together do to the book."""

    heat_map: Chart
    worst: WorstCell | None
    stress: tuple[StressRow, ...]
    break_evens: tuple[BreakEven, ...]
    reason: str  # why the section is withheld; empty when it is not


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure with a name and what it is called in words."""

    name: str
    value: Measure
    note: str


@dataclass(frozen=True, slots=True)
class ScoreItem:
    """One item of a score: what was measured, against which threshold, and whether it counts."""

    item: str
    value: Measure
    comparison: str
    threshold: Measure
    verdict: str  # hit, no, or not known
    has_information: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Score:
    """A score with all its items."""

    name: str
    hits: Measure
    available: Measure
    items: tuple[ScoreItem, ...]


@dataclass(frozen=True, slots=True)
class Regime:
    """Where volatility stands, and which items of the scores are ticked."""

    readings: tuple[Reading, ...]
    scores: tuple[Score, ...]
    curve: Chart
    history: Chart


@dataclass(frozen=True, slots=True)
class Breadth:
    """Whether the market carries its index, and what it costs; empty where nothing was supplied."""

    readings: tuple[Reading, ...]
    breadth_reason: str
    valuations: tuple[Reading, ...]
    valuation_reason: str
    picture: Chart


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the calendar, and what options price for it."""

    kind: str
    day: dt.date
    at: dt.datetime | None
    is_high_impact: bool
    move: Measure


@dataclass(frozen=True, slots=True)
class Calendar:
    """What comes in the next fifteen sessions."""

    events: tuple[Event, ...]
    more_qty: int


@dataclass(frozen=True, slots=True)
class AttributionRow:
    """P&L of a part of the book over a period, by cause."""

    part: str
    period: str
    from_date: dt.date
    actual: Measure
    factors: tuple[Measure, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Attribution:
    """What made the P&L: `rows` give one figure for each of `factor_names`, the unexplained last."""

    factor_names: tuple[str, ...]
    rows: tuple[AttributionRow, ...]
    waterfall: Chart
