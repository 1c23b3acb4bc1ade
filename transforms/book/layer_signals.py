"""What the rules say about each hedge layer tonight: DORMANT, ARMED or ACTIVE, one step a close (METHODOLOGY 6.3).

The step is a pure function of last night's signals, tonight's scores and the put side. The quiet closes that lead back
are counted whatever the state, so that a night needs no more than the row of the night before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from transforms.book.layer_rules import (
    ACTIVE,
    ARMED,
    DORMANT,
    LADDER,
    RULES,
    Clause,
    Close,
    LayerRules,
    PutSide,
    closes_needed,
    is_quiet,
    risers,
)
from transforms.book.positions import LAYERS
from transforms.thresholds import tier_in_force

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

NO_SCORES: Final = "no market scores tonight"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketScores:
    """The market of one close as the layers see it; a score is null when it cannot be known.

    `arm_score` counts only where an item with measured information is hit: it is 0 otherwise (METHODOLOGY 5.7).
    """

    arm_score: int | None
    accel_score: int | None
    vix_pts: float | None = None
    contango_frac: float | None = None
    vix_mean_5_pts: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSignal:
    """The signal of one layer on one close, and all that the next close needs to know of it.

    `rule_id`, `value`, `threshold` and `source_tier` are of the rule that set the state on `since_date`.
    """

    state: str | None
    reason: str
    since_date: dt.date | None = None
    rule_id: str | None = None
    value: float | None = None
    threshold: float | None = None
    source_tier: str | None = None
    armed_quiet_closes: int = 0
    active_quiet_closes: int = 0
    is_stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One close: its date, the scores, the put side, and the signals of the last night on record.

    `previous` is empty on the first day on record. `is_next_close` is false when sessions are missing in between: the
    states are remembered, closes in a row are not.
    """

    session_date: dt.date
    scores: MarketScores
    put: PutSide
    previous: Mapping[str, LayerSignal]
    previous_date: dt.date | None = None
    is_next_close: bool = True


def step(night: Night, rules: LayerRules = RULES) -> dict[str, LayerSignal]:
    """Move the three layers by one close, L1 first: each sees the upstream states just computed.

    On the first day on record a layer starts DORMANT and may take several steps.
    """
    if night.scores.arm_score is None or night.scores.accel_score is None:
        return {layer: carried(night.previous.get(layer), night.previous_date, NO_SCORES) for layer in LAYERS}
    today: dict[str, LayerSignal] = {}
    for layer in LAYERS:
        upstream = {name: signal.state or DORMANT for name, signal in today.items()}
        today[layer] = _moved(layer, _close(night, upstream), night, rules)
    return today


def carried(before: LayerSignal | None, before_date: dt.date | None, why: str) -> LayerSignal:
    """Keep a signal where tonight cannot be judged: the state of the last night, marked stale (METHODOLOGY 6.6)."""
    if before is None or before.state is None:
        return LayerSignal(state=None, reason=f"unknown: {why}")
    return replace(before, reason=f"stale, carried forward from {before_date}: {why}", is_stale=True)


def _close(night: Night, upstream: Mapping[str, str]) -> Close:
    before = night.previous.get("L2")
    return Close(
        arm_score=night.scores.arm_score or 0,
        accel_score=night.scores.accel_score or 0,
        vix_pts=night.scores.vix_pts,
        contango_frac=night.scores.contango_frac,
        vix_mean_5_pts=night.scores.vix_mean_5_pts,
        put=night.put,
        upstream=upstream,
        l2_before=before.state if before and night.is_next_close else None,
    )


def _moved(layer: str, close: Close, night: Night, rules: LayerRules) -> LayerSignal:
    before = night.previous.get(layer)
    is_first = before is None or before.state is None
    start = LayerSignal(state=DORMANT, reason="", since_date=night.session_date)
    counted = _counted(before if before and not is_first else start, layer, close, rules, is_next=night.is_next_close)
    climbed = _climbed(layer, counted, close, rules, is_first=is_first)
    if climbed:
        return _risen(counted, climbed, night.session_date, is_first=is_first)
    if _falls(layer, counted, close, rules):
        return _fallen(counted, layer, close, night.session_date, rules)
    return replace(counted, reason=_unmoved(counted, layer, close, rules, is_first=is_first))


def _counted(before: LayerSignal, layer: str, close: Close, rules: LayerRules, *, is_next: bool) -> LayerSignal:
    """Last night's signal with tonight counted among the quiet closes in a row."""

    def closes(state: str, so_far: int) -> int:
        return (so_far if is_next else 0) + 1 if is_quiet(layer, state, close, rules) else 0

    return replace(
        before,
        reason="",
        is_stale=False,
        armed_quiet_closes=closes(ARMED, before.armed_quiet_closes),
        active_quiet_closes=closes(ACTIVE, before.active_quiet_closes),
    )


def _climbed(
    layer: str, counted: LayerSignal, close: Close, rules: LayerRules, *, is_first: bool
) -> list[tuple[str, Clause]]:
    """The steps up on this close, each the state it leaves and the rule that lifts it; usually one at most."""
    steps: list[tuple[str, Clause]] = []
    state = counted.state or DORMANT
    is_gap_day = layer == "L1" and state == DORMANT and close.put.is_at_least("BREACHED")
    most = len(LADDER) - 1 if is_first or is_gap_day else 1
    while len(steps) < most:
        met = next((clause for clause in risers(layer, state, close, rules) if clause.is_met), None)
        if met is None:
            break
        steps.append((state, met))
        state = _above(state)
    return steps


def _risen(
    counted: LayerSignal, steps: list[tuple[str, Clause]], session_date: dt.date, *, is_first: bool
) -> LayerSignal:
    told = "; ".join(f"{state} to {_above(state)}: {clause.says}" for state, clause in steps)
    last_state, last = steps[-1]
    return replace(
        counted,
        state=_above(last_state),
        reason=f"first day on record: {told}" if is_first else told,
        since_date=session_date,
        rule_id=last.rule_id,
        value=last.value,
        threshold=last.threshold,
        source_tier=last.source_tier,
    )


def _falls(layer: str, counted: LayerSignal, close: Close, rules: LayerRules) -> bool:
    """Whether the quiet closes are enough; none are on a close on which the state would be entered."""
    state = counted.state or DORMANT
    if state == DORMANT or _quiet_closes(counted) < closes_needed(layer, state, rules):
        return False
    return not any(entry.is_met for entry in risers(layer, _below(state), close, rules))


# The scores up to which a close is quiet on the way to DORMANT.
_DORMANT_SCORES: Final = {"L1": ("l1_dormant",), "L2": ("l2_dormant_accel",)}


def _fallen(counted: LayerSignal, layer: str, close: Close, session_date: dt.date, rules: LayerRules) -> LayerSignal:
    was = counted.state or DORMANT
    names = (f"{layer.lower()}_out",) if was == ACTIVE else ("dormant_closes", *_DORMANT_SCORES.get(layer, ()))
    closes, needed = _quiet_closes(counted), closes_needed(layer, was, rules)
    return replace(
        counted,
        state=_below(was),
        reason=f"{was} to {_below(was)}: quiet for {closes} closes in a row, {needed} needed; {_tonight(close)}",
        since_date=session_date,
        rule_id=f"{layer.lower()}_{'out' if was == ACTIVE else 'dormant'}",
        value=closes,
        threshold=needed,
        source_tier=tier_in_force(rules, *names),
    )


def _quiet_closes(signal: LayerSignal) -> int:
    return signal.active_quiet_closes if signal.state == ACTIVE else signal.armed_quiet_closes


def _below(state: str) -> str:
    return LADDER[LADDER.index(state) - 1]


def _above(state: str) -> str:
    return LADDER[LADDER.index(state) + 1]


def _unmoved(counted: LayerSignal, layer: str, close: Close, rules: LayerRules, *, is_first: bool) -> str:
    state = counted.state or DORMANT
    start = "first day on record" if is_first else f"since {counted.since_date}"
    rule = f" by {counted.rule_id}" if counted.rule_id else ""
    said = f"{start}{rule}; {_tonight(close)}"
    if state == DORMANT:
        return said
    return f"{said}; {_quiet_closes(counted)} of {closes_needed(layer, state, rules)} quiet closes"


def _tonight(close: Close) -> str:
    put = close.put.state if close.put.is_complete else f"{close.put.state} at least"
    return f"arm score {close.arm_score}, accel score {close.accel_score}, put side {put}"
