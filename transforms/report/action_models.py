"""View models of what can be done about a threatened condor: key figures, decisions, rolls, hedge rolls.

Frozen, and printed as they are: templates compute nothing. Signs: cash in +, cash out -; a hedge roll's cost +.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from transforms.report.chart_models import Chart
    from transforms.report.models import Measure


@dataclass(frozen=True, slots=True)
class NamedRoll:
    """A feasible roll in one line."""

    account: str
    condor_id: str
    candidate: str
    move: str  # R1 to R5: what is done
    quantity: Measure
    net: Measure
    break_even_put: Measure
    break_even_call: Measure
    max_loss: Measure  # of the campaign after it; a gain is negative
    pop: Measure
    days_added: Measure


@dataclass(frozen=True, slots=True)
class RollVerdict:
    """Page one's word on rolling: the best roll, the cheapest where that is another, or why there is none.

    Best is what raises the chance of profit most (rank 1 of its condor); the cheapest brings most cash, and may do so
    by giving up that chance.
    """

    best: NamedRoll | None
    cheapest: NamedRoll | None
    reason: str  # why there is no feasible roll; empty where there is one


@dataclass(frozen=True, slots=True)
class RollRow:
    """One way to go on with a condor: a roll, closing or holding."""

    candidate: str
    status: str  # FEASIBLE, BLOCKED, ELIGIBLE or NONE
    reason: str
    close_debit: Measure
    open_credit: Measure
    fees: Measure
    net: Measure
    break_even_put: Measure
    break_even_call: Measure
    pop: Measure
    margin_change: Measure
    delta_change: Measure
    days_added: Measure
    hedge_funded: Measure


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision and what it leads to; a dominated one names the better."""

    decision: str
    candidate: str
    reason: str
    cash: Measure
    realised: Measure
    max_loss: Measure
    pop: Measure
    ev: Measure
    ev_low: Measure
    ev_high: Measure
    margin: Measure
    net_delta_1pct: Measure
    offset_m5: Measure
    pnl_m5: Measure
    pnl_p3: Measure
    dte: Measure
    is_dominated: bool
    dominated_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopReference:
    """Where a mechanical stop would stand: for reference, never a decision."""

    close_cost: Measure
    level: Measure
    is_hit: bool
    fired_date: dt.date | None


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One figure of the line above the tables."""

    name: str
    figure: Measure


@dataclass(frozen=True, slots=True)
class DrillStop:
    """SPX at one level on the way to the wing, reached tonight: who loses, who repays."""

    level: str
    rule: str
    spx: Measure
    vix: Measure
    condors: Measure
    layers: tuple[Measure, ...]
    net: Measure
    delta_before: Measure
    delta_after: Measure
    offset: Measure
    offset_at_wing: Measure
    late_offset_at_wing: Measure
    units_to_target: Measure
    cost_to_target: Measure


@dataclass(frozen=True, slots=True)
class Drill:
    """The way to the wing of the threatened side; `passed` are the levels SPX is beyond tonight."""

    side: str
    is_hedged: bool
    warning: str
    passed: tuple[str, ...]
    stops: tuple[DrillStop, ...]
    picture: Chart
    reason: str


@dataclass(frozen=True, slots=True)
class ThreatenedCondor:
    """One condor that is TESTED or worse: where it stands and what can be done."""

    account: str
    condor_id: str
    state: str
    side: str
    dte: Measure
    figures: tuple[KeyFigure, ...]
    wing_reading: str
    payoff: Chart | None  # pictures of the worst few only
    drill: Drill | None
    stop: StopReference
    decisions: tuple[DecisionRow, ...]
    ranking_reason: str  # why no order of the decisions is claimed
    eligibility: str
    rolls: tuple[RollRow, ...]
    feasible_qty: int
    blocked_qty: int


@dataclass(frozen=True, slots=True)
class HedgeRoll:
    """One hedge lot whose roll is due."""

    account: str
    instrument_id: str
    layer: str
    quantity: Measure
    dte: Measure
    roll_date: dt.date | None
    status: str
    reason: str
    new_instrument_id: str
    proceeds: Measure
    premium: Measure
    fees: Measure
    cost: Measure
    days_added: Measure
    delta_change: Measure


@dataclass(frozen=True, slots=True)
class ActionSection:
    """Every threatened condor, worst first, and the hedge rolls due; `reason` is the one line when no condor is."""

    condors: tuple[ThreatenedCondor, ...]
    more_qty: int
    hedge_rolls: tuple[HedgeRoll, ...]
    more_hedge_rolls_qty: int
    reason: str
