"""Past days to put tonight's book through: which, and what SPX, VIX and every VX contract did on them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.market.calendar import previous_session

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

# METHODOLOGY 4.18.
NAMED_DAYS: Final = (dt.date(2018, 2, 5), dt.date(2020, 2, 24), dt.date(2020, 3, 16), dt.date(2024, 8, 5))
IS_AHEAD: Final = "the day lies after this session"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReplayDay:
    """One past day: SPX return, log change of VIX, and log changes of VX by the days each contract had the day before.

    Null with a reason where something of it is not loaded.
    """

    day: dt.date
    spx_return_frac: float | None = None
    vix_log_change: float | None = None
    tenors_days: Floats | None = None
    log_changes: Floats | None = None
    reason: str | None = None


def days_to_replay(
    closes: pl.DataFrame, vx_sessions: Collection[dt.date], session_date: dt.date, worst_days_qty: int
) -> list[dt.date]:
    """Choose the days: those METHODOLOGY names, then the worst of the loaded history up to tonight.

    `closes` are rows of core.index_levels_daily up to the session, `vx_sessions` the sessions with VX settlements. A
    worst day has SPX, VIX and VX on it and on the session before. Deepest fall first; a named day is listed once.
    """
    levels = _levels(closes)
    falls = [
        (spx / levels["SPX"][before] - 1.0, day)
        for day, spx in levels["SPX"].items()
        if day not in NAMED_DAYS
        and day <= session_date
        and (before := previous_session(day)) in levels["SPX"]
        and {day, before} <= levels["VIX"].keys()
        and {day, before} <= set(vx_sessions)
    ]
    return [*NAMED_DAYS, *(day for _, day in sorted(falls)[:worst_days_qty])]


def sessions_needed(days: Sequence[dt.date], session_date: dt.date) -> list[dt.date]:
    """List the sessions whose VX settlements the replays read: each day that has been, and the session before it."""
    past = [day for day in days if day <= session_date]
    return sorted({*past, *map(previous_session, past)})


def replay_days(
    days: Sequence[dt.date], closes: pl.DataFrame, vx: pl.DataFrame, session_date: dt.date
) -> list[ReplayDay]:
    """Read what each day did; `vx` holds core.vx_settlements_daily of `sessions_needed`."""
    levels = _levels(closes)
    return [_replay_day(day, levels, vx, session_date) for day in days]


def _levels(closes: pl.DataFrame) -> dict[str, dict[dt.date, float]]:
    return {
        symbol: dict(closes.filter(symbol=symbol).select("session_date", "close_pts").drop_nulls().iter_rows())
        for symbol in ("SPX", "VIX")
    }


def _replay_day(
    day: dt.date, levels: dict[str, dict[dt.date, float]], vx: pl.DataFrame, session_date: dt.date
) -> ReplayDay:
    if day > session_date:
        return ReplayDay(day=day, reason=IS_AHEAD)
    before = previous_session(day)
    missing = [f"{symbol} of {when}" for symbol in levels for when in (before, day) if when not in levels[symbol]]
    contracts = _contract_changes(vx, day, before)
    if contracts.is_empty():
        missing.append(f"a VX contract settled on both {before} and {day}")
    if missing:
        return ReplayDay(day=day, reason=f"not loaded: {', '.join(missing)}")
    return ReplayDay(
        day=day,
        spx_return_frac=levels["SPX"][day] / levels["SPX"][before] - 1.0,
        vix_log_change=float(np.log(levels["VIX"][day] / levels["VIX"][before])),
        tenors_days=_numbers(contracts["days"]),
        log_changes=_numbers(contracts["log_change"]),
    )


def _contract_changes(vx: pl.DataFrame, day: dt.date, before: dt.date) -> pl.DataFrame:
    """The log change of each contract between its own two settlements, by the days it had before, ascending."""
    first, second = (
        vx.filter(pl.col("session_date") == when, pl.col("settle_pts") > 0.0).select("expiry_date", "settle_pts")
        for when in (before, day)
    )
    return (
        first.join(second, on="expiry_date", suffix="_after", validate="1:1")
        .select(
            days=(pl.col("expiry_date") - pl.lit(before)).dt.total_days(),
            log_change=(pl.col("settle_pts_after") / pl.col("settle_pts")).log(),
        )
        .sort("days")
    )


def _numbers(column: pl.Series) -> Floats:
    numbers: Any = column.cast(pl.Float64).to_numpy()
    return np.asarray(numbers, dtype=np.float64)
