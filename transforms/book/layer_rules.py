"""The thresholds of the layer signals, and the rules read from them: when a layer rises, when it may fall back.

METHODOLOGY 6.3. Thresholds are house defaults; that a break-even breach calls for the first layer, and acceleration for
the others, is the vendor's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from transforms.book.states import SEVERITY
from transforms.thresholds import HOUSE_DEFAULT, VENDOR_RULE, threshold, tier_in_force

if TYPE_CHECKING:
    from collections.abc import Mapping

DORMANT: Final = "DORMANT"
ARMED: Final = "ARMED"
ACTIVE: Final = "ACTIVE"
LADDER: Final = (DORMANT, ARMED, ACTIVE)
REF: Final = "METHODOLOGY 6.3"
SCORE: Final = "items"
CLOSES: Final = "closes in a row"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRules:
    """When a layer is armed, when it is active, and how many quiet closes lead back."""

    NAME: ClassVar[str] = "layers"

    profile: str = threshold(
        "monthly", unit="", says="condors sold are monthly or 1dte", ref=REF, choices=("monthly", "1dte")
    )
    l1_arm: int = threshold(3, unit=SCORE, says="L1 ARMED: arm score from", ref=REF)
    l1_arm_accel: int = threshold(2, unit=SCORE, says="L1 ARMED: accel score from", ref=REF)
    l1_itm_arm: int = threshold(3, unit=SCORE, says="L1 ACTIVE: put side ITM and arm score from", ref=REF)
    l1_tested_accel: int = threshold(3, unit=SCORE, says="L1 ACTIVE: put side TESTED and accel score from", ref=REF)
    l1_override_accel: int = threshold(4, unit=SCORE, says="L1 ACTIVE: accel score alone from", ref=REF)
    l1_out: tuple[int, int] = threshold((1, 2), unit="accel score, closes", says="L1 no longer ACTIVE: up to", ref=REF)
    l1_dormant: tuple[int, int] = threshold((2, 1), unit="arm, accel score", says="L1 DORMANT: scores up to", ref=REF)
    l2_arm_accel: int = threshold(2, unit=SCORE, says="L2 ARMED: accel score from", ref=REF)
    l2_accel: int = threshold(
        4, unit=SCORE, says="L2 ACTIVE: L1 ACTIVE and accel score from", source=VENDOR_RULE, ref="V26-V29"
    )
    l2_out: tuple[int, int] = threshold((2, 3), unit="accel score, closes", says="L2 no longer ACTIVE: up to", ref=REF)
    l2_dormant_accel: int = threshold(1, unit=SCORE, says="L2 DORMANT: L1 not ACTIVE and accel score up to", ref=REF)
    l3_accel: int = threshold(
        5,
        unit=SCORE,
        says="L3 ACTIVE: L2 ACTIVE before, or WING, and accel score from",
        source=VENDOR_RULE,
        ref="V26-V29",
    )
    l3_market: tuple[float, float, float] = threshold(
        (30.0, -0.05, 4.0), unit="VIX, contango, accel score", says="L3 ACTIVE: market alone from", ref=REF
    )
    l3_out: tuple[int, int] = threshold((2, 2), unit="accel score, closes", says="L3 no longer ACTIVE: up to", ref=REF)
    dormant_closes: int = threshold(3, unit=CLOSES, says="From ARMED to DORMANT after", ref=REF)
    settled_1dte_accel: int = threshold(
        2, unit=SCORE, says="Profile 1dte: a settled breach counts with accel score from", ref=REF
    )
    memory_sessions: int = threshold(5, unit="trading sessions", says="A layer's state is remembered for", ref=REF)


RULES: Final = LayerRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class PutSide:
    """The worst put side among the condors of an account; `is_complete` is false when the state of one is unknown."""

    state: str = "OK"
    is_complete: bool = True

    def is_at_least(self, state: str) -> bool:
        """Whether the put side is known to be in this state or a worse one."""
        return SEVERITY[self.state] >= SEVERITY[state]

    def is_below(self, state: str) -> bool:
        """Whether the put side is known to be better than this state."""
        return self.is_complete and not self.is_at_least(state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """What the rules look at on one close.

    `arm_score` is the score that counts: 0 where no item with measured information is hit (METHODOLOGY 5.7).
    `upstream` is the state of L1 and L2 as far as computed today, `l2_before` that of L2 at the previous close.
    """

    arm_score: int
    accel_score: int
    vix_pts: float | None
    contango_frac: float | None
    vix_mean_5_pts: float | None
    put: PutSide
    upstream: Mapping[str, str]
    l2_before: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One rule held against one close: the figure it turns on, its threshold, and what it says."""

    rule_id: str
    is_met: bool
    value: float | None
    threshold: float
    says: str
    source_tier: str = HOUSE_DEFAULT


def risers(layer: str, state: str, close: Close, rules: LayerRules) -> tuple[Clause, ...]:
    """List the rules that lift a layer one step from this state; any one of them does."""
    clauses = _RISERS[layer, state](close, rules) if (layer, state) in _RISERS else ()
    return tuple(_with_tier(clause, rules) for clause in clauses)


def is_quiet(layer: str, state: str, close: Close, rules: LayerRules) -> bool:
    """Say whether this close counts towards the way back from a state: ACTIVE to ARMED, ARMED to DORMANT."""
    accel = close.accel_score
    quiet: bool = {
        ("L1", ACTIVE): close.put.is_below("TESTED") and accel <= rules.l1_out[0],
        ("L1", ARMED): close.arm_score <= rules.l1_dormant[0]
        and accel <= rules.l1_dormant[1]
        and close.put.is_below("WATCH"),
        ("L2", ACTIVE): accel <= rules.l2_out[0],
        ("L2", ARMED): close.upstream.get("L1") != ACTIVE and accel <= rules.l2_dormant_accel,
        ("L3", ACTIVE): accel <= rules.l3_out[0] and _is_below(close.vix_pts, close.vix_mean_5_pts),
        ("L3", ARMED): close.upstream.get("L2") != ACTIVE,
    }[layer, state]
    return quiet


def closes_needed(layer: str, state: str, rules: LayerRules) -> int:
    """How many quiet closes in a row lead back from a state."""
    if state == ARMED:
        return rules.dormant_closes
    return {"L1": rules.l1_out, "L2": rules.l2_out, "L3": rules.l3_out}[layer][1]


def unit_of_rule(rule_id: str) -> str:
    """Say what value and threshold of a layer's rule are counted in, by the rule's name."""
    if rule_id in {"l1_arm_put", "l1_breach"}:
        return "put side, 0 for OK to 5 for WING"
    if rule_id in {"l2_arm_l1", "l3_arm_l2"}:
        return "signal, 0 for DORMANT to 2 for ACTIVE"
    return CLOSES if rule_id.endswith(("_out", "_dormant")) else SCORE


def _l1_arms(close: Close, rules: LayerRules) -> tuple[Clause, ...]:
    return (
        _put("l1_arm_put", close, "WATCH"),
        _score("l1_arm_accel", "accel score", close.accel_score, rules.l1_arm_accel),
        _score("l1_arm_score", "arm score", close.arm_score, rules.l1_arm),
    )


def _l1_acts(close: Close, rules: LayerRules) -> tuple[Clause, ...]:
    itm, tested = close.put.is_at_least("ITM"), close.put.is_at_least("TESTED")
    return (
        _of_vendor(_put("l1_breach", close, "BREACHED")),
        _score("l1_itm", "put side ITM, arm score", close.arm_score, rules.l1_itm_arm, also=itm),
        _score("l1_tested", "put side TESTED, accel score", close.accel_score, rules.l1_tested_accel, also=tested),
        _score("l1_override", "accel score", close.accel_score, rules.l1_override_accel),
    )


def _l2_arms(close: Close, rules: LayerRules) -> tuple[Clause, ...]:
    return (
        _upstream("l2_arm_l1", close, "L1"),
        _score("l2_arm_accel", "accel score", close.accel_score, rules.l2_arm_accel),
    )


def _l2_acts(close: Close, rules: LayerRules) -> tuple[Clause, ...]:
    also = close.upstream.get("L1") == ACTIVE
    clause = _score("l2_accel", "L1 ACTIVE, accel score", close.accel_score, rules.l2_accel, also=also)
    return (_of_vendor(clause),)


def _l3_arms(close: Close, _rules: LayerRules) -> tuple[Clause, ...]:
    return (_upstream("l3_arm_l2", close, "L2"),)


def _l3_acts(close: Close, rules: LayerRules) -> tuple[Clause, ...]:
    vix_from, contango_to, accel_from = rules.l3_market
    is_crisis = (
        close.vix_pts is not None
        and close.contango_frac is not None
        and close.vix_pts >= vix_from
        and close.contango_frac <= contango_to
    )
    was_active, is_wing = close.l2_before == ACTIVE, close.put.is_at_least("WING")
    accel, least = close.accel_score, rules.l3_accel
    crisis = f"VIX >= {vix_from:g}, contango <= {contango_to:g}, accel score"
    accelerated = _score("l3_accel", "L2 ACTIVE at the previous close, accel score", accel, least, also=was_active)
    return (
        _score("l3_wing", "put side WING, accel score", accel, least, also=is_wing),
        _of_vendor(accelerated),
        _score("l3_market", crisis, accel, accel_from, also=is_crisis),
    )


_RISERS: Final = {
    ("L1", DORMANT): _l1_arms,
    ("L1", ARMED): _l1_acts,
    ("L2", DORMANT): _l2_arms,
    ("L2", ARMED): _l2_acts,
    ("L3", DORMANT): _l3_arms,
    ("L3", ARMED): _l3_acts,
}


# The threshold a rule turns on; a rule that is not here has none.
_THRESHOLDS: Final = {
    "l1_arm_accel": "l1_arm_accel",
    "l1_arm_score": "l1_arm",
    "l1_itm": "l1_itm_arm",
    "l1_tested": "l1_tested_accel",
    "l1_override": "l1_override_accel",
    "l2_arm_accel": "l2_arm_accel",
    "l2_accel": "l2_accel",
    "l3_accel": "l3_accel",
    "l3_wing": "l3_accel",
    "l3_market": "l3_market",
}


def _with_tier(clause: Clause, rules: LayerRules) -> Clause:
    """Say of a rule whose threshold the user has set that it is the user's."""
    name = _THRESHOLDS.get(clause.rule_id)
    return clause if name is None else replace(clause, source_tier=tier_in_force(rules, name, tier=clause.source_tier))


def _score(rule_id: str, name: str, score: int, least: float, *, also: bool = True) -> Clause:
    """A score of at least so much; `also` is the rest of the rule, which `name` spells out."""
    return Clause(
        rule_id=rule_id,
        is_met=also and score >= least,
        value=score,
        threshold=least,
        says=f"{name} {score} >= {least:g}",
    )


def _of_vendor(clause: Clause) -> Clause:
    return replace(clause, source_tier=VENDOR_RULE)


def _put(rule_id: str, close: Close, least: str) -> Clause:
    """A put side at least this bad; value and threshold are severities, 0 for OK to 5 for WING."""
    return Clause(
        rule_id=rule_id,
        is_met=close.put.is_at_least(least),
        value=SEVERITY[close.put.state],
        threshold=SEVERITY[least],
        says=f"put side {close.put.state}, {least} or worse",
    )


def _upstream(rule_id: str, close: Close, layer: str) -> Clause:
    """An upstream layer that is ACTIVE; value and threshold are rungs, 0 for DORMANT to 2 for ACTIVE."""
    state = close.upstream.get(layer, DORMANT)
    return Clause(
        rule_id=rule_id,
        is_met=state == ACTIVE,
        value=LADDER.index(state),
        threshold=LADDER.index(ACTIVE),
        says=f"{layer} {state}",
    )


def _is_below(value: float | None, level: float | None) -> bool:
    return value is not None and level is not None and value < level
