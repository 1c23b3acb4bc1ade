"""What the report says: frozen view models that HTML, PDF and JSON print and nothing else computes from.

Every figure is a `Measure`: a value, its unit, and the reason when there is no value. `VerdictPage` is page one and
stands alone; `Report` is all of it. Signs: long +, short -; gain +; credit received +.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from transforms.report.action_models import ActionSection, RollVerdict
    from transforms.report.chart_models import Chart
    from transforms.report.economics_models import Economics
    from transforms.report.engine_models import SecondEngine
    from transforms.report.restatement_models import Restated, RestatedFigure
    from transforms.report.section_models import Attribution, Breadth, Calendar, HedgeSection, Regime, RiskSection

USD = "USD"
USD_PER_PT = "USD per SPX point"
USD_PER_1PCT = "USD per 1% of SPX"
FRACTION = "fraction (0.01 = 1%)"
INDEX_POINTS = "index points"
SESSIONS = "trading sessions"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure with its unit; without a value it says why."""

    value: float | None
    unit: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """Whose report, of which session, from which data."""

    account: str
    accounts: tuple[str, ...]
    session_date: dt.date
    previous_session_date: dt.date | None
    stamped_at: dt.datetime  # goes into the PDF as its date, so that equal data give equal bytes: never the clock
    quote_at: dt.datetime | None
    is_simulated: bool
    is_data_hold: bool
    known_at: dt.datetime | None  # null: as it is known now


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule that fired: what was measured against which threshold, and whose rule it is."""

    account: str
    rule_id: str
    subject: str
    severity: str
    value: Measure
    threshold: Measure
    source_tier: str
    message: str
    first_seen_date: dt.date
    is_new: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One data-quality check of the night."""

    check_id: str
    subject: str
    severity: str
    verdict: str  # passed, failed or not applicable
    value: Measure
    limit: Measure
    message: str


@dataclass(frozen=True, slots=True)
class Status:
    """The first line: how the book stands, and why."""

    status: str
    reason: str
    notes: tuple[str, ...]  # what page one must say beside it: a side without cover, legs without a mark
    top_alerts: tuple[Alert, ...]
    more_alerts_qty: int
    failed_critical: tuple[Check, ...]
    failed_warnings_qty: int
    passed_checks_qty: int
    not_applicable_checks_qty: int


@dataclass(frozen=True, slots=True)
class Market:
    """Where SPX and VIX are, and what comes next."""

    spot: Measure
    index_close: Measure
    spx_return: Measure
    vix: Measure
    vix_change: Measure
    vix_recomputed: Measure
    vix_difference: Measure
    contango: Measure
    edr: Measure
    edr_pts: Measure
    gate: str
    vx_regime: str
    event_window: str  # PRE, EVENT_DAY, POST or CLEAR; empty with a reason
    event_reason: str
    next_event_kind: str
    next_event_at: dt.datetime | None
    next_event_days: Measure
    next_event_move: Measure


@dataclass(frozen=True, slots=True)
class CondorRow:
    """One condor: where it stands against its strikes. Distances: positive = out of the money."""

    account: str
    condor_id: str
    quantity: Measure
    root: str
    expiry_date: dt.date
    settlement: str
    dte: Measure
    long_put_pts: float | None  # null where the side is gone
    short_put_pts: float | None
    short_call_pts: float | None
    long_call_pts: float | None
    state: str
    side: str  # PUT, CALL or BOTH: the side the state comes from; empty when OK
    state_reason: str
    flags: tuple[str, ...]
    days_in_state: Measure
    nearest_side: str
    distance: Measure
    distance_frac: Measure
    break_even_put: Measure
    break_even_call: Measure
    pnl: Measure
    pnl_to_max_loss: Measure
    max_loss: Measure
    credit: Measure
    short_put_delta: Measure
    short_call_delta: Measure
    delta: Measure
    gamma: Measure
    vega: Measure
    theta: Measure
    extrinsic: Measure
    set_payoffs: tuple[Measure, ...]  # SET at -2, -1, 0, +1, +2% of spot; none but on an AM series' last evening


@dataclass(frozen=True, slots=True)
class CondorTable:
    """The condors of page one, worst first, and how many did not fit there."""

    first_page: tuple[CondorRow, ...]
    more_qty: int


@dataclass(frozen=True, slots=True)
class LayerTile:
    """One hedge layer: what the rules say, what is held, and the gap between the two."""

    layer: str
    tenor: str
    signal_state: str
    signal_reason: str
    signal_rule: str  # rule that set the signal; empty for a layer that was never armed
    signal_since_date: dt.date | None
    is_signal_stale: bool
    position_state: str
    position_reason: str
    reading: str  # the pair in words, e.g. coverage gap
    units_held: Measure
    units_target: Measure
    gap: Measure
    gap_cost: Measure
    gap_name: str  # the VIX call the gap would be closed with
    contracts: Measure
    legs: Measure
    unpriced_legs_qty: int
    unpriced_reason: str
    value: Measure
    pnl: Measure
    delta: Measure


@dataclass(frozen=True, slots=True)
class HedgeSize:
    """How many hedge units the rules want, and what limits them: the reason a layer is over or under."""

    recommended: Measure
    by_offset: Measure
    target_offset: Measure
    binding: str  # budget or offset: the smaller; empty without a recommendation


@dataclass(frozen=True, slots=True)
class SecondEngineTile:
    """The state of the second engine, and its VIX call diagonals together."""

    state: str  # OFF, CANDIDATE, ON, EXPIRING or STRESSED; empty with a reason
    state_rule: str
    state_value: Measure
    state_threshold: Measure
    worst_loss: Measure
    margin: Measure
    structures_qty: int
    debit: Measure
    value: Measure
    pnl: Measure
    delta: Measure
    unpriced_reason: str


@dataclass(frozen=True, slots=True)
class Offset:
    """How much of the condor loss the three layers repay at one SPX move, by full repricing."""

    label: str
    offset: Measure
    with_second_engine: Measure
    condor_pnl: Measure
    hedge_pnl: Measure
    vix: Measure  # after the move, by the base response


@dataclass(frozen=True, slots=True)
class Totals:
    """The big numbers."""

    net_delta: Measure
    net_delta_1pct: Measure
    condor_delta: Measure
    hedge_delta: Measure
    second_engine_delta: Measure
    other_delta: Measure
    offset_local: Measure
    offsets: tuple[Offset, ...]
    offsets_reason: str  # why none of them is known, when it is one reason for all
    pnl: Measure
    day_pnl: Measure
    month_pnl: Measure
    condor_pnl: Measure
    hedge_pnl: Measure
    second_engine_pnl: Measure
    other_pnl: Measure
    max_loss: Measure
    theta: Measure
    vega: Measure
    net_liq: Measure
    unpriced_legs_qty: int


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was the session before."""

    subject: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since the previous session, or why that cannot be told."""

    rows: tuple[Change, ...]
    more_qty: int
    reason: str


@dataclass(frozen=True, slots=True)
class VerdictPage:
    """Page one: the verdict that stands alone in twenty seconds."""

    header: Header
    status: Status
    market: Market
    totals: Totals
    condors: CondorTable
    roll: RollVerdict | None  # None when no condor is threatened, and on DATA_HOLD
    layers: tuple[LayerTile, ...]
    hedge_size: HedgeSize | None  # None while the data are on hold, and where it was not sized
    second_engine: SecondEngineTile
    changes: Changes
    restated: Restated | None  # None when page one says what its first issue said
    unpriced_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """What one SPX move does to each part of the book, repriced now."""

    shock: Measure
    spx: Measure
    vix: Measure
    condor: Measure
    hedge: Measure
    second_engine: Measure
    other: Measure
    total: Measure
    sticky_strike_total: Measure


@dataclass(frozen=True, slots=True)
class CurveRow:
    """One VX contract of the curve."""

    expiry_date: dt.date
    days: Measure
    settle: Measure
    method: str


@dataclass(frozen=True, slots=True)
class LegRow:
    """One leg: quote, mark, vol, Greeks."""

    account: str
    structure_id: str
    instrument_id: str
    part: str
    quantity: Measure
    dte: Measure
    entry: Measure
    bid: Measure
    ask: Measure
    mark: Measure
    mark_quality: str
    forward: Measure
    forward_method: str
    iv: Measure
    option_delta: Measure
    eps: Measure
    value: Measure
    pnl: Measure
    delta: Measure
    gamma: Measure
    vega: Measure
    theta: Measure
    volvol_vega: Measure
    is_am_gap_risk: bool


@dataclass(frozen=True, slots=True)
class LegTable:
    """Legs of one kind, and how many did not fit."""

    rows: tuple[LegRow, ...]
    more_qty: int


@dataclass(frozen=True, slots=True)
class UnpricedLeg:
    """A leg without a mark, by name: it is in no total."""

    account: str
    part: str
    structure_id: str
    instrument_id: str
    quantity: Measure
    reason: str


@dataclass(frozen=True, slots=True)
class ForwardRow:
    """The forward an expiry held was priced on, and how it was found."""

    root: str
    expiry_date: dt.date
    settlement: str
    forward: Measure
    method: str
    method_reason: str
    future: Measure
    parity_difference: Measure
    residual: Measure
    atm_iv: Measure


@dataclass(frozen=True, slots=True)
class LoadRow:
    """One file the night was built from."""

    source_file: str
    kind: str
    format: str
    series: str
    rows: Measure
    rejected: Measure
    last_date: dt.date | None
    load_id: str


@dataclass(frozen=True, slots=True)
class DataQuality:
    """Can tonight's data be trusted?"""

    checks: tuple[Check, ...]
    vix_published: Measure
    vix_recomputed: Measure
    vix_difference: Measure
    vix_limit: Measure
    forwards: tuple[ForwardRow, ...]
    loads: tuple[LoadRow, ...]
    more_loads_qty: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """One threshold in force, and whose it is: vendor rule, standard or house default.

    `text` stands in for the value where that is no single number; `default` is given where the user has another one.
    """

    rule_id: str
    name: str
    value: Measure
    text: str
    source_tier: str
    source_ref: str
    default: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure of page one means, and the column of the warehouse it is read from."""

    figure: str  # as the JSON names it, e.g. totals.net_delta
    name: str
    meaning: str
    unit: str
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Method:
    """What the numbers were made with."""

    definitions: tuple[Definition, ...]
    thresholds: tuple[Threshold, ...]
    data_hash: str
    config_hash: str
    code_version: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report of one session and one account (or ALL)."""

    verdict: VerdictPage
    charts: tuple[Chart, ...]
    actions: ActionSection
    scenarios: tuple[ScenarioRow, ...]
    risk: RiskSection
    curve: tuple[CurveRow, ...]
    condors: tuple[CondorRow, ...]
    hedge: HedgeSection
    second_engine: SecondEngine
    regime: Regime
    breadth: Breadth
    attribution: Attribution
    calendar: Calendar
    economics: Economics
    alerts: tuple[Alert, ...]
    legs: LegTable
    unpriced: tuple[UnpricedLeg, ...]
    restated: tuple[RestatedFigure, ...]
    quality: DataQuality
    method: Method
