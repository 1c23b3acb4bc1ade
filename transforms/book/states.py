"""How much trouble a condor is in: OK, WATCH, TESTED, ITM, BREACHED, WING (METHODOLOGY 6.1).

ITM, BREACHED and WING are facts of geometry. WATCH and TESTED are warnings: once on, they go off only when the measure
clears its threshold by a tenth. Thresholds are house defaults but the break-even breach, which is the vendor's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from transforms.thresholds import HOUSE_DEFAULT, VENDOR_RULE, threshold, tier_in_force

Side = Literal["PUT", "CALL"]

STATES: Final = ("OK", "WATCH", "TESTED", "ITM", "BREACHED", "WING")
SEVERITY: Final = {state: severity for severity, state in enumerate(STATES)}
SETTLED_STATE: Final = "SETTLED"
DELTA_UNIT: Final = "per 1.00 of the forward"
RANGES_UNIT: Final = "expected daily ranges"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRules:
    """Thresholds of the warnings; `short_dated_days` and less are measured against half the range."""

    NAME: ClassVar[str] = "condor_states"

    watch_delta: float = threshold(
        0.25, unit=DELTA_UNIT, says="Condor WATCH: short option delta from", ref="METHODOLOGY 6.1; V33 has 0.22-0.25"
    )
    tested_delta: float = threshold(
        0.35, unit=DELTA_UNIT, says="Condor TESTED: short option delta from", ref="METHODOLOGY 6.1"
    )
    watch_edr: float = threshold(2.0, unit=RANGES_UNIT, says="Condor WATCH: short strike within", ref="METHODOLOGY 6.1")
    tested_edr: float = threshold(
        1.0, unit=RANGES_UNIT, says="Condor TESTED: short strike within", ref="METHODOLOGY 6.1"
    )
    watch_edr_short_dated: float = threshold(
        1.0, unit=RANGES_UNIT, says="Condor WATCH, short-dated: short strike within", ref="METHODOLOGY 6.1"
    )
    tested_edr_short_dated: float = threshold(
        0.5, unit=RANGES_UNIT, says="Condor TESTED, short-dated: short strike within", ref="METHODOLOGY 6.1"
    )
    watch_touch_frac: float = threshold(
        0.60, unit="fraction", says="Condor WATCH: chance of touching the short strike from", ref="METHODOLOGY 6.1"
    )
    tested_distance_frac: float = threshold(
        0.01, unit="fraction", says="Condor TESTED: short strike within, of SPX", ref="METHODOLOGY 6.1; V105 has 1-2%"
    )
    short_dated_days: int = threshold(
        2, unit="calendar days", says="A condor is short-dated up to", ref="METHODOLOGY 6.1"
    )
    hysteresis_frac: float = threshold(
        0.10,
        unit="fraction",
        says="Condor WATCH, TESTED: eases only past the threshold by, of the threshold",
        ref="METHODOLOGY 6.1",
    )


RULES: Final = StateRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class CondorSide:
    """One side of a condor as the market sees it tonight.

    `short_delta` is the forward delta of the short option, `touch_frac` the chance that the short strike is touched,
    both null when the leg is unpriced; `previous_state` is this side's state at the previous close.
    """

    side: Side
    spot_pts: float
    short_pts: float
    long_pts: float
    break_even_pts: float
    dte_days: int
    edr_pts: float | None = None
    short_delta: float | None = None
    touch_frac: float | None = None
    previous_state: str | None = None

    def otm_pts(self, level_pts: float) -> float:
        """Points from spot to a level of this side; positive while the level is out of the money."""
        return self.spot_pts - level_pts if self.side == "PUT" else level_pts - self.spot_pts


@dataclass(frozen=True, slots=True)
class Verdict:
    """A state and the rule that set it; value and threshold are null for OK."""

    state: str
    reason: str
    value: float | None = None
    threshold: float | None = None
    unit: str | None = None
    source_tier: str = HOUSE_DEFAULT

    @property
    def severity(self) -> int:
        """0 for OK to 5 for WING."""
        return SEVERITY[self.state]


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of a warning: `is_floor` when the warning is on at or above the threshold, else at or below it."""

    name: str
    value: float | None
    threshold: float
    unit: str
    is_floor: bool
    source_tier: str

    def is_on(self, slack_frac: float) -> bool:
        """Whether the measure trips; with slack a measure that tripped before has to clear the threshold by so much."""
        if self.value is None:
            return False
        if self.is_floor:
            return self.value >= self.threshold * (1.0 - slack_frac)
        return self.value <= self.threshold * (1.0 + slack_frac)


def geometric_verdict(side: CondorSide) -> Verdict | None:
    """Say whether spot lies beyond the short strike, the break-even or the wing; none when it does not.

    On the short strike itself the option is not in the money. A break-even at or beyond the wing cannot be breached.
    """
    spot = f"S {side.spot_pts:,.2f}"
    if side.otm_pts(side.long_pts) <= 0:
        reason = f"{spot} is at or beyond the long {side.side.lower()} {side.long_pts:,.2f}"
        return Verdict("WING", reason, side.spot_pts, side.long_pts, "index points")
    if side.otm_pts(side.short_pts) >= 0:
        return None
    has_breach = side.otm_pts(side.break_even_pts) < side.otm_pts(side.long_pts)
    if has_breach and side.otm_pts(side.break_even_pts) < 0:
        reason = f"{spot} is beyond the break-even {side.break_even_pts:,.2f}"
        return Verdict("BREACHED", reason, side.spot_pts, side.break_even_pts, "index points", VENDOR_RULE)
    reason = f"{spot} is beyond the short {side.side.lower()} {side.short_pts:,.2f}"
    return Verdict("ITM", reason, side.spot_pts, side.short_pts, "index points")


def side_verdict(side: CondorSide, rules: StateRules = RULES) -> Verdict:
    """Give the state of one side of a condor: geometry first, then the warnings with their hysteresis."""
    geometric = geometric_verdict(side)
    if geometric is not None:
        return geometric
    previous = SEVERITY.get(side.previous_state or "OK", 0)
    for state, warnings in (("TESTED", _tested(side, rules)), ("WATCH", _watch(side, rules))):
        slack = rules.hysteresis_frac if previous >= SEVERITY[state] else 0.0
        on = next((warning for warning in warnings if warning.is_on(slack)), None)
        if on is not None:
            return Verdict(state, _sentence(on, rules), on.value, on.threshold, on.unit, on.source_tier)
    return Verdict("OK", f"short strike {side.otm_pts(side.short_pts):,.1f} points out of the money")


def settled_geometry(side: CondorSide) -> str:
    """Give the state a settled side ended in: OK when the short option expired worthless."""
    verdict = geometric_verdict(side)
    return verdict.state if verdict else "OK"


def _tested(side: CondorSide, rules: StateRules) -> tuple[Measure, ...]:
    is_short_dated = side.dte_days <= rules.short_dated_days
    distance_frac = None if is_short_dated else side.otm_pts(side.short_pts) / side.spot_pts
    return (
        _measure(rules, "tested_delta", "short delta", _size(side.short_delta), "delta"),
        *_range(side, rules, "tested_edr_short_dated" if is_short_dated else "tested_edr"),
        _measure(rules, "tested_distance_frac", "distance to short strike", distance_frac, "fraction", is_floor=False),
    )


def _watch(side: CondorSide, rules: StateRules) -> tuple[Measure, ...]:
    is_short_dated = side.dte_days <= rules.short_dated_days
    return (
        _measure(rules, "watch_delta", "short delta", _size(side.short_delta), "delta"),
        *_range(side, rules, "watch_edr_short_dated" if is_short_dated else "watch_edr"),
        _measure(rules, "watch_touch_frac", "chance of touch", side.touch_frac, "fraction"),
    )


def _measure(  # noqa: PLR0913 - one argument a fact of the measure
    rules: StateRules, threshold_name: str, name: str, value: float | None, unit: str, *, is_floor: bool = True
) -> Measure:
    """A measure against one threshold of the rule set."""
    limit: float = getattr(rules, threshold_name)
    return Measure(name, value, limit, unit, is_floor=is_floor, source_tier=tier_in_force(rules, threshold_name))


def _range(side: CondorSide, rules: StateRules, threshold_name: str) -> tuple[Measure, ...]:
    """The distance in points against so many expected daily ranges; none without a range."""
    if side.edr_pts is None:
        return ()
    edr_multiple: float = getattr(rules, threshold_name)
    return (
        Measure(
            name=f"distance to short strike against {edr_multiple:g} EDR",
            value=side.otm_pts(side.short_pts),
            threshold=edr_multiple * side.edr_pts,
            unit="index points",
            is_floor=False,
            source_tier=tier_in_force(rules, threshold_name),
        ),
    )


def _size(delta: float | None) -> float | None:
    return None if delta is None else abs(delta)


def _sentence(warning: Measure, rules: StateRules) -> str:
    shape = {"index points": ",.1f", "fraction": ".1%", "delta": ".2f"}[warning.unit]
    value, threshold = format(warning.value, shape), format(warning.threshold, shape)
    if not warning.is_on(0.0):
        return f"{warning.name} {value}, not yet clear of {threshold} by {rules.hysteresis_frac:.0%} of it"
    return f"{warning.name} {value} {'>=' if warning.is_floor else '<='} {threshold}"
