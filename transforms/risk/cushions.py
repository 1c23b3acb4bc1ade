"""What the hedge has repaid so far: since the breach, and on the days the condors lost (METHODOLOGY 4.5, 4.19).

Realised, from the daily P&L that was stored each night. Empty with a reason where the condors did not lose, or where a
session has no P&L: a cushion is never said without the figure.
"""

from __future__ import annotations

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
    rows = [_of_scope(inputs, scope, rules) for scope in inputs.scopes]
    schema = MART_CUSHIONS_DAILY.polars_schema
    return MART_CUSHIONS_DAILY.conform(pl.DataFrame(rows, schema=schema)).sort("account")


def _of_scope(inputs: CushionInputs, scope: str, rules: CushionRules) -> dict[str, Any]:
    days = inputs.days.filter(pl.col("account") == scope, pl.col("period") == "day")
    pnl = pl.DataFrame({"session_date": inputs.sessions}, schema={"session_date": pl.Date})
    for part in (CONDOR, HEDGE):
        own = days.filter(pl.col("part") == part).select("session_date", **{part: pl.col("actual_usd")})
        pnl = pnl.join(own, on="session_date", how="left", validate="1:1", maintain_order="left")
    breach_date = _breach_date(inputs, scope)
    return {
        "session_date": inputs.sessions[-1],
        "account": scope,
        "breach_date": None if breach_date == inputs.sessions[0] else breach_date,
        "window_sessions": rules.window_sessions,
        **_since_breach(pnl, breach_date),
        **_effectiveness(pnl, rules.window_sessions),
    }


def _breach_date(inputs: CushionInputs, scope: str) -> dt.date | None:
    """The first session of the stretch up to tonight on which some put side was BREACHED or at its WING throughout."""
    own = inputs.condors if scope == ALL_ACCOUNTS else inputs.condors.filter(account=scope)
    worst = pl.col("put_state").replace_strict(SEVERITY, default=0, return_dtype=pl.Int64)
    open_rows = own.filter(pl.col("state").ne_missing("SETTLED"), worst >= BREACHED)
    breached = set(open_rows["session_date"].to_list())
    first = None
    for session in reversed(inputs.sessions):
        if session not in breached:
            break
        first = session
    return first


def _since_breach(pnl: pl.DataFrame, breach_date: dt.date | None) -> dict[str, Any]:
    """What condors and hedge have made on the sessions after the breach, from its close on."""
    if breach_date is None:
        return {"cushion_reason": NO_BREACH}
    if breach_date == pnl["session_date"][0]:
        return {"cushion_reason": BREACHED_BEFORE}
    since = pnl.filter(pl.col("session_date") > breach_date)
    counted = {"since_breach_sessions": since.height}
    if since.is_empty():
        return counted | {"cushion_reason": BREACHED_TONIGHT}
    missing = _missing(since)
    if missing:
        return counted | {"cushion_reason": missing}
    condor, hedge = (float(since[part].sum()) for part in (CONDOR, HEDGE))
    return counted | {
        "since_breach_condor_pnl_usd": condor,
        "since_breach_hedge_pnl_usd": hedge,
        "mtm_cushion_frac": -hedge / condor + 0.0 if condor < 0 else None,
        "cushion_reason": None if condor < 0 else NO_LOSS_SINCE,
    }


def _effectiveness(pnl: pl.DataFrame, window: int) -> dict[str, Any]:
    """How much of the condors' losing days the hedge repaid, and the slope of its P&L on theirs, all days."""
    recent = pnl.tail(window)
    if recent.height < window:
        return {"effectiveness_reason": f"{recent.height} of {window} sessions"}
    missing = _missing(recent)
    if missing:
        return {"effectiveness_reason": missing}
    condor, hedge = (recent[part].to_numpy() for part in (CONDOR, HEDGE))
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


def _missing(pnl: pl.DataFrame) -> str | None:
    """Which sessions have no P&L of condors or hedge."""
    unknown = pnl.filter(pl.any_horizontal(pl.col(CONDOR, HEDGE).is_null()))["session_date"].to_list()
    if not unknown:
        return None
    more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
    return f"no P&L of {unknown[0]}{more}"
