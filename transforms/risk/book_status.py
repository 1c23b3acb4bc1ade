"""The verdict of the night in one word and its reason: OK, WATCH, ALERT, CRITICAL or DATA_HOLD (METHODOLOGY 6.6)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar, Final

from transforms.thresholds import HOUSE_DEFAULT, threshold, tier_in_force

STATUSES: Final = ("OK", "WATCH", "ALERT", "CRITICAL")
DATA_HOLD: Final = "DATA_HOLD"
RANK: Final = {status: rank for rank, status in enumerate(STATUSES)}
RANKS: Final = "rank, 0 for OK to 3 for CRITICAL"
NO_ACCOUNT_FIGURES: Final = "margin rule not evaluated: no account figures"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRules:
    """When a book is CRITICAL, beside a put side at its wing and a STRESSED second engine."""

    NAME: ClassVar[str] = "book_status"

    smallest_offset_frac: float = threshold(
        0.20,
        unit="fraction",
        says="CRITICAL: put side breached and offset at SPX −5% below",
        ref="METHODOLOGY 6.6",
    )
    margin_limit_frac: float = threshold(
        0.80, unit="fraction", says="CRITICAL: margin in use of net liquidation above", ref="METHODOLOGY 6.6"
    )


RULES: Final = StatusRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The rule behind a status, with what it measured and against what; null where it has no figure."""

    rule_id: str
    value: float | None = None
    threshold: float | None = None
    unit: str | None = None
    source_tier: str = HOUSE_DEFAULT


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status, the sentence that says why, and the rule behind it; OK needs none."""

    status: str
    reason: str
    cause: Cause | None = None

    @property
    def rank(self) -> int:
        """0 for OK to 3 for CRITICAL."""
        return RANK[self.status]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """What the status of one account is read from.

    `put_states` and `condor_states` map a condor to its state tonight; `red` and `amber` are the alert messages,
    `stressed` those of a second engine that is STRESSED.
    `causes` has the rule behind each condor's state, by its name, and behind each alert, by its message.
    """

    put_states: dict[str, str | None]
    condor_states: dict[str, str | None]
    state_reasons: dict[str, str]
    offset_m5_frac: float | None
    offset_m5_reason: str | None
    red: tuple[str, ...]
    amber: tuple[str, ...]
    net_liq_usd: float | None
    margin_used_usd: float | None
    stressed: tuple[str, ...] = ()
    causes: dict[str, Cause] = field(default_factory=dict)


def verdict(facts: StatusFacts, rules: StatusRules = RULES) -> Verdict:
    """Judge one account, before hold and history: the worst rule that applies, by name."""
    critical = _critical(facts, rules)
    if critical:
        return critical
    for status, states, messages in (
        ("ALERT", ("WING", "BREACHED", "ITM"), facts.red),
        ("WATCH", ("TESTED", "WATCH"), facts.amber),
    ):
        condor_id = _worst_condor(facts, states)
        if condor_id is not None:
            return Verdict(status, f"{condor_id}: {facts.state_reasons[condor_id]}", facts.causes.get(condor_id))
        if messages:
            return Verdict(status, messages[0], facts.causes.get(messages[0]))
    return Verdict("OK", "no condor is watched, no alert stands" if facts.condor_states else "no condor is held")


def with_history(tonight: Verdict, previous_status: str | None) -> Verdict:
    """Let the status improve by one step a close; it may worsen freely.

    `previous_status` is that of the last close that was judged: a hold in between is no close, and no step either.
    """
    held_at = RANK.get(previous_status or "", 0) - 1
    if tonight.rank >= held_at:
        return tonight
    return Verdict(
        STATUSES[held_at],
        f"{previous_status} at the last close improves one step a close; tonight: {tonight.reason}",
        Cause(rule_id="status_one_step_a_close", value=tonight.rank, threshold=held_at, unit=RANKS),
    )


def margin_note(facts: StatusFacts) -> str:
    """Say that the margin rule could not be evaluated; empty when it could."""
    return "" if _margin_frac(facts) is not None else f"; {NO_ACCOUNT_FIGURES}"


def _critical(facts: StatusFacts, rules: StatusRules) -> Verdict | None:
    for condor_id, state in sorted(facts.put_states.items()):
        if state == "WING":
            reason = f"{condor_id}: put side WING: {facts.state_reasons[condor_id]}"
            return Verdict("CRITICAL", reason, facts.causes.get(condor_id))
    for condor_id, state in sorted(facts.put_states.items()):
        is_covered = facts.offset_m5_frac is not None and facts.offset_m5_frac >= rules.smallest_offset_frac
        if state == "BREACHED" and not is_covered:
            cause = _cause(rules, "smallest_offset_frac", facts.offset_m5_frac)
            return Verdict("CRITICAL", f"{condor_id}: put side BREACHED, and {_cover(facts, rules)}", cause)
    if facts.stressed:
        return Verdict("CRITICAL", facts.stressed[0], facts.causes.get(facts.stressed[0]))
    used = _margin_frac(facts)
    if used is not None and used > rules.margin_limit_frac:
        share = f"{used:.0%} of" if math.isfinite(used) else "more than"
        reason = f"margin in use is {share} net liquidation value, over {rules.margin_limit_frac:.0%}"
        return Verdict("CRITICAL", reason, _cause(rules, "margin_limit_frac", used if math.isfinite(used) else None))
    return None


def _cause(rules: StatusRules, name: str, value: float | None) -> Cause:
    threshold_frac: float = getattr(rules, name)
    return Cause(
        rule_id=f"{rules.NAME}.{name}",
        value=value,
        threshold=threshold_frac,
        unit="fraction",
        source_tier=tier_in_force(rules, name),
    )


def _cover(facts: StatusFacts, rules: StatusRules) -> str:
    if facts.offset_m5_frac is None:
        return f"the hedge's cover at -5% is not known: {facts.offset_m5_reason}"
    return f"the hedge covers {facts.offset_m5_frac:.0%} of the loss at -5%, under {rules.smallest_offset_frac:.0%}"


def _worst_condor(facts: StatusFacts, states: tuple[str, ...]) -> str | None:
    """The condor in the worst of these states."""
    found = min(
        ((states.index(state), condor_id) for condor_id, state in facts.condor_states.items() if state in states),
        default=None,
    )
    return None if found is None else found[1]


def _margin_frac(facts: StatusFacts) -> float | None:
    if facts.margin_used_usd is None or facts.net_liq_usd is None:
        return None
    if facts.net_liq_usd <= 0:  # an account under water has no margin to use
        return math.inf if facts.margin_used_usd > 0 else 0.0
    return facts.margin_used_usd / facts.net_liq_usd
