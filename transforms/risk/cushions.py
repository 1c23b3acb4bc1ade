"""What the hedge has repaid so far: since the breach, and on the days the condors lost (METHODOLOGY 4.5, 4.19).

Realised, from the daily P&L that was stored each night. Empty with a reason where the condors did not lose, or where a
session has no P&L: a cushion is never said without the figure.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import polars as pl

from transforms.book.positions import ALL_ACCOUNTS
from transforms.book.states import SEVERITY
from transforms.risk.part_sums import HEDGE
from transforms.thresholds import threshold
from warehouse.tables.mart import MART_CUSHIONS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

CONDOR: Final = "condor"
BREACHED: Final = SEVERITY["BREACHED"]
NO_BREACH: Final = "no put side is BREACHED or at its WING"
BREACHED_TONIGHT: Final = "breached tonight: nothing has happened since"
BREACHED_BEFORE: Final = "breached on every session that is looked at: the breach itself lies further back"
NO_LOSS_SINCE: Final = "the condors have not lost since the breach"
NO_LOSING_DAY: Final = "the condors lost on none of the sessions"
STILL: Final = "the condors' P&L was the same every session: no beta"


@dataclass(frozen=True, slots=True, kw_only=True)
class CushionRules:
    """Over how many sessions the hedge's effectiveness is measured."""

    NAME: ClassVar[str] = "cushions"

    window_sessions: int = threshold(
        20, unit="sessions", says="Hedge effectiveness: measured over the last", ref="METHODOLOGY 4.19"
    )


RULES: Final = CushionRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class CushionInputs:
    """What the cushion is measured from, tonight's rows included.

    `sessions` are the sessions up to tonight, ascending, as far back as is looked. `days` are rows of
    mart.attribution_periods_daily, period `day`, parts condor and hedge; `condors` rows of mart.condors_daily.
    """

    sessions: Sequence[dt.date]
    scopes: Sequence[str]
    days: pl.DataFrame
    condors: pl.DataFrame


def cushions(inputs: CushionInputs, rules: CushionRules = RULES) -> pl.DataFrame:
    """Say of each account what the hedge has repaid: one row per scope, as mart.cushions_daily declares."""
    days = {
        (account, day, part): usd
        for account, day, part, usd in inputs.days.filter(period="day")
        .select("account", "session_date", "part", "actual_usd")
        .iter_rows()
    }
    breaches = _breaches(inputs)
    rows = [
        _of_scope(
            inputs.sessions,
            scope,
            [_Day(day, *(days.get((scope, day, part)) for part in (CONDOR, HEDGE))) for day in inputs.sessions],
            breached=breaches.get(scope, set()),
            rules=rules,
        )
        for scope in inputs.scopes
    ]
    schema = MART_CUSHIONS_DAILY.polars_schema
    return MART_CUSHIONS_DAILY.conform(pl.DataFrame(rows, schema=schema)).sort("account")


@dataclass(frozen=True, slots=True)
class _Day:
    """What condors and hedge of an account made on one session; null where it is not known."""

    session_date: dt.date
    condor_usd: float | None
    hedge_usd: float | None


def _of_scope(
    sessions: Sequence[dt.date], scope: str, days: list[_Day], *, breached: set[dt.date], rules: CushionRules
) -> dict[str, Any]:
    breach_date = _breach_date(sessions, breached)
    return {
        "session_date": sessions[-1],
        "account": scope,
        "breach_date": None if breach_date == sessions[0] else breach_date,
        "window_sessions": rules.window_sessions,
        **_since_breach(days, breach_date),
        **_effectiveness(days, rules.window_sessions),
    }


def _breaches(inputs: CushionInputs) -> dict[str, set[dt.date]]:
    """The sessions on which some put side of each account was BREACHED or at its WING."""
    worst = pl.col("put_state").replace_strict(SEVERITY, default=0, return_dtype=pl.Int64)
    open_rows = inputs.condors.filter(pl.col("state").ne_missing("SETTLED"), worst >= BREACHED)
    found: defaultdict[str, set[dt.date]] = defaultdict(set)
    for account, session_date in open_rows.select("account", "session_date").iter_rows():
        found[account].add(session_date)
        found[ALL_ACCOUNTS].add(session_date)
    return found


def _breach_date(sessions: Sequence[dt.date], breached: set[dt.date]) -> dt.date | None:
    """The first session of the stretch up to tonight on which some put side was BREACHED or at its WING throughout."""
    first = None
    for session in reversed(sessions):
        if session not in breached:
            break
        first = session
    return first


def _since_breach(days: list[_Day], breach_date: dt.date | None) -> dict[str, Any]:
    """What condors and hedge have made on the sessions after the breach, from its close on."""
    if breach_date is None:
        return {"cushion_reason": NO_BREACH}
    if breach_date == days[0].session_date:
        return {"cushion_reason": BREACHED_BEFORE}
    since = [day for day in days if day.session_date > breach_date]
    counted = {"since_breach_sessions": len(since)}
    if not since:
        return counted | {"cushion_reason": BREACHED_TONIGHT}
    missing = _missing(since)
    if missing:
        return counted | {"cushion_reason": missing}
    condor, hedge = (float(usd.sum()) for usd in _amounts(since))
    return counted | {
        "since_breach_condor_pnl_usd": condor,
        "since_breach_hedge_pnl_usd": hedge,
        "mtm_cushion_frac": -hedge / condor + 0.0 if condor < 0 else None,
        "cushion_reason": None if condor < 0 else NO_LOSS_SINCE,
    }


def _effectiveness(days: list[_Day], window: int) -> dict[str, Any]:
    """How much of the condors' losing days the hedge repaid, and the slope of its P&L on theirs, all days."""
    recent = days[-window:]
    if len(recent) < window:
        return {"effectiveness_reason": f"{len(recent)} of {window} sessions"}
    missing = _missing(recent)
    if missing:
        return {"effectiveness_reason": missing}
    condor, hedge = (usd.to_numpy() for usd in _amounts(recent))
    losing = condor < 0
    moved = condor - condor.mean()
    effect = -float(hedge[losing].sum()) / float(condor[losing].sum()) + 0.0 if losing.any() else None
    beta = float(moved @ (hedge - hedge.mean())) / float(moved @ moved) + 0.0 if np.ptp(condor) > 0 else None
    return {
        "losing_sessions": int(losing.sum()),
        "effectiveness_frac": effect,
        "hedge_beta": beta,
        "effectiveness_reason": NO_LOSING_DAY if effect is None else STILL if beta is None else None,
    }


def _amounts(days: list[_Day]) -> tuple[pl.Series, pl.Series]:
    """P&L of condors and of the hedge, all of it known."""
    return (
        pl.Series([day.condor_usd for day in days], dtype=pl.Float64),
        pl.Series([day.hedge_usd for day in days], dtype=pl.Float64),
    )


def _missing(days: list[_Day]) -> str | None:
    """Which sessions have no P&L of condors or hedge."""
    unknown = [day.session_date for day in days if day.condor_usd is None or day.hedge_usd is None]
    if not unknown:
        return None
    more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
    return f"no P&L of {unknown[0]}{more}"
