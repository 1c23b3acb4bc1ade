"""The state of the second engine, each with the rule, value and threshold that set it (METHODOLOGY 6.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.positions import ALL_ACCOUNTS
from transforms.risk.engine_rules import RULES, EngineRules
from transforms.thresholds import HOUSE_DEFAULT, tier_in_force
from warehouse.tables.mart import MART_SECOND_ENGINE_STATES_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from transforms.book.layer_signals import MarketScores

SEVERITY: Final = {"ON": 0, "EXPIRING": 1, "STRESSED": 2}
STATE: Final = ("state", "state_rule", "state_value", "state_threshold", "state_unit", "state_source_tier")
SAYS: Final = "state_reason"
FIGURES: Final = {
    "fraction": "{:.1%} against {:.1%}",
    "index points": "{:,.2f} against {:,.2f}",
    "USD": "{:,.0f} against {:,.0f} USD",
    "calendar days": "{:.0f} days against {:.0f}",
    "points": "{:.0f} points against {:.0f}",
}
NO_CURVE: Final = "no contango tonight: whether the curve is inverted is not known"
NO_LOSS: Final = "the worst loss is not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """What the state of one diagonal is read from; the worst loss is negative, null where it is not known."""

    contango_frac: float | None
    worst_loss_usd: float | None
    condor_max_loss_usd: float
    debit_usd: float
    near_days: int
    short_future_pts: float | None
    short_strike_pts: float | None


def engine_state(facts: EngineFacts, rules: EngineRules = RULES, *, hold_reason: str | None = None) -> dict[str, Any]:
    """Give the state of one diagonal: STRESSED before EXPIRING before ON.

    A rule that can be evaluated and trips says STRESSED. Where none trips but one cannot be evaluated, calm is not
    known: the state is null, and `reason` says which.
    """
    if hold_reason:
        return _state(None, reason=hold_reason)
    stressed = _stressed(facts, rules)
    if stressed:
        return stressed
    unknown = NO_CURVE if facts.contango_frac is None else NO_LOSS if facts.worst_loss_usd is None else None
    if unknown:
        return _state(None, reason=unknown)
    days = float(facts.near_days)
    state, said_so = ("ON", "neither stressed nor expiring")
    if facts.near_days <= rules.expiring_days:
        state, said_so = ("EXPIRING", "near leg about to settle")
    tier = tier_in_force(rules, "expiring_days")
    return _state(state, said_so, days, float(rules.expiring_days), "calendar days", tier=tier)


def said(state: Mapping[str, Any]) -> str:
    """Say a state in a sentence: the rule behind it with its figures, or why it is not known."""
    if state["state"] is None:
        return f"state not known: {state['reason']}"
    figures = FIGURES[state["state_unit"]].format(state["state_value"], state["state_threshold"])
    return f"{state['state']}: {state['state_rule']}, {figures}"


def _stressed(facts: EngineFacts, rules: EngineRules) -> dict[str, Any] | None:
    """The first rule of STRESSED that trips, of those that can be evaluated."""
    limit_usd = rules.stressed_loss_frac * max(facts.condor_max_loss_usd, facts.debit_usd)
    future, strike = facts.short_future_pts, facts.short_strike_pts
    if facts.contango_frac is not None and facts.contango_frac < 0:
        return _state("STRESSED", "M1 above M2", facts.contango_frac, 0.0, "fraction")
    if future is not None and strike is not None and future >= strike:
        return _state("STRESSED", "the short leg's future is at its strike or above", future, strike, "index points")
    if facts.worst_loss_usd is not None and -facts.worst_loss_usd > limit_usd:
        rule = f"worst loss above {rules.stressed_loss_frac:.0%} of the larger of condor maximum loss and debit"
        tier = tier_in_force(rules, "stressed_loss_frac")
        return _state("STRESSED", rule, -facts.worst_loss_usd, limit_usd, "USD", tier=tier)
    return None


def engine_states(  # noqa: PLR0913 - the night, and whose books there are
    engine: pl.DataFrame,
    scores: MarketScores,
    *,
    session_date: dt.date,
    scopes: Sequence[str],
    rules: EngineRules = RULES,
    hold_reason: str | None = None,
) -> pl.DataFrame:
    """Give each account the state of its worst diagonal, or OFF and CANDIDATE without one.

    `engine` rows of mart.second_engine_daily with risk; one row per scope, as mart.second_engine_states_daily declares.
    """
    rows = []
    for scope in scopes:
        own = engine if scope == ALL_ACCOUNTS else engine.filter(account=scope)
        state = _worst(own) if own.height else _without_position(scores, rules, hold_reason)
        rows.append({"session_date": session_date, "account": scope, SAYS: said(state)} | state)
    schema = MART_SECOND_ENGINE_STATES_DAILY.polars_schema
    return MART_SECOND_ENGINE_STATES_DAILY.conform(pl.DataFrame(rows, schema=schema)).sort("account")


def _worst(engine: pl.DataFrame) -> dict[str, Any]:
    """The worst state known; an unknown one hides nothing but a better one."""
    rows = engine.sort("account", "structure_id").to_dicts()
    known = [row for row in rows if row["state"] is not None]
    unknown = next((row for row in rows if row["state"] is None), None)
    worst = max(known, key=lambda row: SEVERITY[row["state"]], default=None)
    if worst is None or (unknown is not None and worst["state"] != "STRESSED"):
        row = unknown or rows[0]
        return _state(None, reason=row["risk_reason"]) | _of_diagonal(row)
    return {name: worst[name] for name in STATE} | {"reason": None} | _of_diagonal(worst)


def _of_diagonal(row: dict[str, Any]) -> dict[str, Any]:
    return {"structure_id": row["structure_id"], SAYS: f"{row['structure_id']}: {row[SAYS]}"}


def _without_position(scores: MarketScores, rules: EngineRules, hold_reason: str | None) -> dict[str, Any]:
    """CANDIDATE when contango, arming score and VIX all allow it; the first that does not says OFF."""
    if hold_reason:
        return _state(None, reason=hold_reason)
    contango, arm, vix = scores.contango_frac, scores.arm_score, scores.vix_pts
    # (rule, value, its threshold, unit, whether it holds); an unknown value decides nothing by itself.
    tests = (
        ("contango", contango, "candidate_contango_frac", "fraction", _at_least),
        ("arming score", arm, "candidate_arm_score", "points", _at_least),
        ("VIX", vix, "candidate_vix_pts", "index points", _below),
    )
    for name, value, threshold, unit, holds in tests:
        limit = float(getattr(rules, threshold))
        if value is not None and not holds(float(value), limit):
            side = "below" if holds is _at_least else "not below"
            tier = tier_in_force(rules, threshold)
            return _state("OFF", f"{name} {side} the threshold", float(value), limit, unit, tier=tier)
    missing = [name for name, value, *_ in tests if value is None]
    if missing:
        return _state(None, reason=f"not known tonight: {', '.join(missing)}")
    said = "contango, arming score and VIX allow one"
    tier = tier_in_force(rules, *(threshold for _, _, threshold, *_ in tests))
    return _state("CANDIDATE", said, contango, rules.candidate_contango_frac, "fraction", tier=tier)


def _at_least(value: float, limit: float) -> bool:
    return value >= limit


def _below(value: float, limit: float) -> bool:
    return value < limit


def _state(  # noqa: PLR0913 - one argument a column
    state: str | None,
    rule: str | None = None,
    value: float | None = None,
    limit: float | None = None,
    unit: str | None = None,
    *,
    tier: str = HOUSE_DEFAULT,
    reason: str | None = None,
) -> dict[str, Any]:
    told = (state, rule, value, limit, unit, tier if state else None)
    return dict(zip(STATE, told, strict=True)) | {"reason": reason}
