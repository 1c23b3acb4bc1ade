"""Two public strategies carried from night to night in our own quotes, as lines beside the book (METHODOLOGY 7).

CNDR: a condor over Treasury bills of ten times its maximum loss. VXTH: SPX with a small share in VIX calls. Both are a
reckoning of the published rules at evening marks, not the indices; they run also while the book is empty.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.market.calendar import previous_session, settlement_instant, settlement_session
from transforms.risk.hedge_rules import SIZING, HedgeSizingRules
from transforms.risk.reference_contracts import CONTRACT, RULES, BenchmarkRules, Chosen, cndr_condor, tail_call
from warehouse.tables.mart import MART_BENCHMARKS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    Row = dict[str, Any]

CNDR: Final = "CNDR"
VXTH: Final = "VXTH"
START_LEVEL: Final = 100.0
DAYS_PER_YEAR: Final = 365.0
START: Final = "START"
HOLD: Final = "HOLD"
ROLL: Final = "ROLL"
RESTART: Final = "RESTART"
WAIT: Final = "WAIT"
STRIKES: Final = ("long_put_pts", "short_put_pts", "short_call_pts", "long_call_pts")
CONDOR_SIDES: Final = (("P", 1), ("P", -1), ("C", -1), ("C", 1))
TAIL_SIDES: Final = ((None, 0), (None, 0), (None, 0), ("C", 1))
# What a night takes over from the one before while the position is held.
CARRIED: Final = (
    *("started_date", "entered_date", "entry_level", "root", "expiry_date", "settlement", *STRIKES),
    *("entry_price_pts", "collateral_pts", "entry_rate_frac", "weight_frac", "entry_spx_pts"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkNight:
    """Tonight as the benchmarks see it.

    `marks` of core.option_marks_daily, `settlements` of `payoffs.settlement_levels`, `rate_frac` the continuous
    Treasury rate of a month, `spx_close_pts` the official close; `previous` are rows of mart.benchmarks_daily of the
    last night on record, some sessions back at most; without them a line begins anew at 100.
    """

    session_date: dt.date
    mark_at: dt.datetime
    marks: pl.DataFrame
    settlements: pl.DataFrame
    rate_frac: float | None
    spx_close_pts: float | None
    previous: pl.DataFrame


def benchmarks(night: BenchmarkNight, rules: BenchmarkRules = RULES, sizing: HedgeSizingRules = SIZING) -> pl.DataFrame:
    """Carry both lines on by one session: two rows, as mart.benchmarks_daily declares."""
    rows = [_line(night, CNDR, _Condor(night, rules, sizing)), _line(night, VXTH, _TailHedge(night, rules))]
    return MART_BENCHMARKS_DAILY.conform(pl.DataFrame(rows, infer_schema_length=None)).sort("benchmark")


def _line(night: BenchmarkNight, benchmark: str, strategy: _Condor | _TailHedge) -> Row:
    """One session of one line: begin, hold, or settle and enter anew."""
    found = night.previous.filter(benchmark=benchmark).to_dicts()
    before = found[0] if found else None
    if before is None or (before["expiry_date"] is None and before["index_level"] is None):
        row = _entered(night, strategy, level=START_LEVEL, started=night.session_date, action=START)
    elif before["expiry_date"] is None:
        row = _entered(night, strategy, level=before["index_level"], started=before["started_date"], action=ROLL)
    elif settlement_instant(before["root"], before["expiry_date"]) > night.mark_at:
        row = _held(before, strategy)
    else:
        row = _rolled(night, before, strategy)
    return row | {
        "session_date": night.session_date,
        "benchmark": benchmark,
        **_of_the_day(night, before, row),
        **strategy.tonight(),
    }


def _of_the_day(night: BenchmarkNight, before: Row | None, row: Row) -> Row:
    """What the session brought; null where the last night on record is not the session before, or the line broke."""
    is_next = before is not None and before["session_date"] == previous_session(night.session_date)
    if before is None or not is_next or row["action"] == RESTART:
        return {"day_return_frac": None, "day_pnl_pts": None}
    level, level_before = row["index_level"], before["index_level"]
    is_known = level is not None and level_before is not None
    return {
        "day_return_frac": level / level_before - 1.0 if is_known else None,
        "day_pnl_pts": row.get("day_pnl_pts"),
    }


def _entered(
    night: BenchmarkNight, strategy: _Condor | _TailHedge, *, level: float, started: dt.date, action: str
) -> Row:
    """Enter tonight's contracts at their marks; where that cannot be, wait at the level reached."""
    entry = strategy.entry()
    if isinstance(entry, str):
        waiting = dict.fromkeys(CARRIED) | {"started_date": started, "value_pts": None}
        return waiting | {"action": WAIT, "index_level": None if action == START else level, "reason": entry}
    return entry | {
        "action": action,
        "started_date": started,
        "entered_date": night.session_date,
        "entry_level": level,
        "index_level": level,
        "reason": None,
    }


def _held(before: Row, strategy: _Condor | _TailHedge) -> Row:
    """Mark what is held tonight; without a mark the position is carried on and the level is not known."""
    carried = {name: before[name] for name in CARRIED}
    value, why = strategy.marked(before)
    level, reason = (None, why) if value is None else strategy.level(before, value, None)
    changed = None if value is None or before["value_pts"] is None else value - before["value_pts"]
    return carried | {
        "action": HOLD,
        "value_pts": value,
        "day_pnl_pts": changed,
        "index_level": level,
        "reason": reason,
    }


def _rolled(night: BenchmarkNight, before: Row, strategy: _Condor | _TailHedge) -> Row:
    """Settle what has expired and enter anew; an unknown settlement value breaks the line, which begins again."""
    day = settlement_session(before["root"], before["expiry_date"])
    symbol = strategy.settlement_symbol(before)
    levels = night.settlements.filter(settle_date=day, symbol=symbol)
    value = _payoff_pts(before, strategy.sides, levels["settlement_pts"][0]) if levels.height else None
    unknown = None, f"no settlement value: {symbol} of {day} is not supplied"
    level, why = unknown if value is None else strategy.level(before, value, day)
    if level is None or value is None:
        row = _entered(night, strategy, level=START_LEVEL, started=night.session_date, action=RESTART)
        return row | {"reason": f"{why}: the line begins again at {START_LEVEL:g}"}
    row = _entered(night, strategy, level=level, started=before["started_date"], action=ROLL)
    changed = None if before["value_pts"] is None else value - before["value_pts"]
    return row | {"day_pnl_pts": changed}


def _payoff_pts(before: Row, sides: tuple[tuple[str | None, int], ...], settlement_pts: float) -> float:
    """What one unit of the position pays at settlement; of a short condor at most 0."""
    paid = 0.0
    for name, (right, sign) in zip(STRIKES, sides, strict=True):
        if right is not None and before[name] is not None:
            over = settlement_pts - before[name] if right == "C" else before[name] - settlement_pts
            paid += sign * max(over, 0.0)
    return paid


def _marked_pts(
    night: BenchmarkNight, before: Row, sides: tuple[tuple[str | None, int], ...]
) -> tuple[float | None, str | None]:
    """What one unit is worth at tonight's marks, or which contract has none."""
    quotes = night.marks.filter(root=before["root"], expiry_date=before["expiry_date"]).select(*CONTRACT, "mark_pts")
    worth = {
        (right, strike): mark for right, strike, mark in quotes.select("right", "strike_pts", "mark_pts").iter_rows()
    }
    total = 0.0
    for name, (right, sign) in zip(STRIKES, sides, strict=True):
        if right is None or before[name] is None:
            continue
        mark = worth.get((right, before[name]))
        if mark is None:
            return None, f"{before['root']} {before['expiry_date']} {right} {before[name]:g} has no mark tonight"
        total += sign * mark
    return total, None


def _leg_columns(chosen: Chosen) -> Row:
    return {name: chosen.first(name) for name in ("root", "expiry_date", "settlement")}


@dataclass(frozen=True, slots=True)
class _Condor:
    """CNDR: bills of ten times the maximum loss and the credit earn the rate at entry; the condor is owed."""

    night: BenchmarkNight
    rules: BenchmarkRules
    sizing: HedgeSizingRules
    sides = CONDOR_SIDES

    def entry(self) -> Row | str:
        chosen = cndr_condor(self.night.marks, self.sizing)
        if chosen.reason is not None:
            return chosen.reason
        if self.night.rate_frac is None:
            return "no Treasury curve on or before the session"
        credit, strikes = -chosen.price_pts, chosen.strikes
        max_loss = max(strikes[1] - strikes[0], strikes[3] - strikes[2]) - credit
        if max_loss <= 0.0:
            return f"a credit of {credit:.2f} points is wider than the condor"
        return {
            **_leg_columns(chosen),
            **dict(zip(STRIKES, strikes, strict=True)),
            "entry_price_pts": credit,
            "value_pts": -credit,
            "collateral_pts": self.rules.collateral_multiple * max_loss,
            "entry_rate_frac": self.night.rate_frac,
            "weight_frac": None,
            "entry_spx_pts": None,
        }

    def marked(self, before: Row) -> tuple[float | None, str | None]:
        return _marked_pts(self.night, before, self.sides)

    def settlement_symbol(self, before: Row) -> str:
        return "SET" if before["settlement"] == "AM" else "SPX"

    def level(self, before: Row, value_pts: float, on: dt.date | None) -> tuple[float | None, str | None]:
        """The index where the condor is worth `value_pts`, tonight or on the day it settled."""
        days = ((on or self.night.session_date) - before["entered_date"]).days
        collateral = before["collateral_pts"]
        bills = (collateral + before["entry_price_pts"]) * math.exp(before["entry_rate_frac"] * days / DAYS_PER_YEAR)
        return before["entry_level"] * (bills + value_pts) / collateral, None

    def tonight(self) -> Row:
        return {}


@dataclass(frozen=True, slots=True)
class _TailHedge:
    """VXTH: a share by forward VIX in one-month VIX calls, the rest in SPX, its price without dividends."""

    night: BenchmarkNight
    rules: BenchmarkRules
    sides = TAIL_SIDES

    def entry(self) -> Row | str:
        chosen = tail_call(self.night.marks, self.rules)
        if chosen.reason is not None:
            return chosen.reason
        if self.night.spx_close_pts is None:
            return "no SPX close for the session"
        return {
            **dict.fromkeys(STRIKES),
            **_leg_columns(chosen),
            "long_call_pts": chosen.strikes[0],
            "entry_price_pts": chosen.price_pts,
            "value_pts": chosen.price_pts,
            "weight_frac": self.rules.tail_weight(float(chosen.legs["forward_pts"][0])),
            "entry_spx_pts": self.night.spx_close_pts,
            "collateral_pts": None,
            "entry_rate_frac": None,
        }

    def marked(self, before: Row) -> tuple[float | None, str | None]:
        return _marked_pts(self.night, before, self.sides)

    def settlement_symbol(self, before: Mapping[str, Any]) -> str:
        del before
        return "VRO"

    def level(self, before: Row, value_pts: float, on: dt.date | None) -> tuple[float | None, str | None]:
        """The index where the call is worth `value_pts`, SPX at tonight's close also on the day of settlement."""
        del on
        if self.night.spx_close_pts is None:
            return None, "no SPX close for the session"
        weight = before["weight_frac"]
        spx = self.night.spx_close_pts / before["entry_spx_pts"]
        return before["entry_level"] * ((1.0 - weight) * spx + weight * value_pts / before["entry_price_pts"]), None

    def tonight(self) -> Row:
        """The weight a roll tonight would give, which the vendor's rule (hedge below 15) contradicts."""
        chosen = tail_call(self.night.marks, self.rules)
        if chosen.reason is not None:
            return {}
        forward = float(chosen.legs["forward_pts"][0])
        return {"forward_vix_pts": forward, "weight_tonight_frac": self.rules.tail_weight(forward)}
