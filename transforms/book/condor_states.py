"""From the two sides of a condor to its state tonight: the worse side wins, and how long it has lasted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.positions import SETTLED_TODAY
from transforms.book.shapes import BROKEN_WING
from transforms.book.states import (
    SETTLED_STATE,
    SEVERITY,
    CondorSide,
    Side,
    StateRules,
    Verdict,
    settled_geometry,
    side_verdict,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

STATE_SCHEMA: Final = pl.Schema(
    {
        "state": pl.String(),
        "side": pl.String(),
        "put_state": pl.String(),
        "call_state": pl.String(),
        "state_reason": pl.String(),
        "trigger_value": pl.Float64(),
        "trigger_threshold": pl.Float64(),
        "trigger_unit": pl.String(),
        "trigger_source_tier": pl.String(),
        "flags": pl.String(),
        "days_in_state_sessions": pl.Int64(),
    }
)
SIDES: Final[tuple[Side, ...]] = ("PUT", "CALL")
CARRIED: Final = (
    *("state", "side", "put_state", "call_state"),
    *("trigger_value", "trigger_threshold", "trigger_unit", "trigger_source_tier"),
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StateContext:
    """What the state needs beside the condor: the range, the rules, and last night's row of each condor."""

    edr_pts: float | None
    rules: StateRules
    previous: Mapping[tuple[str, str], Row]


def condor_states(
    condor_rows: pl.DataFrame, *, edr_pts: float | None, previous: pl.DataFrame | None, rules: StateRules
) -> pl.DataFrame:
    """Give each condor its state, side, reason, trigger, flags and days; row by row in the order of `condor_rows`."""
    earlier = {} if previous is None else {(row["account"], row["condor_id"]): row for row in previous.to_dicts()}
    context = StateContext(edr_pts=edr_pts, rules=rules, previous=earlier)
    return pl.DataFrame([_state(row, context) for row in condor_rows.iter_rows(named=True)], schema=STATE_SCHEMA)


def _state(row: Row, context: StateContext) -> Row:
    before = context.previous.get((row["account"], row["structure_id"]))
    if row["standing"] == SETTLED_TODAY:
        return _settled(row)
    if row["spot_pts"] is None:
        return _carried(row, before)
    sides = {
        side: side_verdict(_side(row, side, context, before), context.rules) for side in SIDES if _has_side(row, side)
    }
    worst = max(sides.values(), key=lambda verdict: verdict.severity)
    call_state = sides["CALL"].state if "CALL" in sides else None
    return {
        "state": worst.state,
        "side": _worst_side(sides),
        "put_state": sides["PUT"].state if "PUT" in sides else None,
        "call_state": call_state,
        "state_reason": _reason(sides, context.edr_pts),
        "trigger_value": worst.value,
        "trigger_threshold": worst.threshold,
        "trigger_unit": worst.unit,
        "trigger_source_tier": worst.source_tier,
        "flags": _flags(row, call_state=call_state, has_range=context.edr_pts is not None),
        "days_in_state_sessions": _days(worst.state, before),
    }


def _side(row: Row, side: Side, context: StateContext, before: Row | None) -> CondorSide:
    name = side.lower()
    return CondorSide(
        side=side,
        spot_pts=row["spot_pts"],
        short_pts=row[f"short_{name}_pts"],
        long_pts=row[f"long_{name}_pts"],
        break_even_pts=row[f"break_even_{name}_pts"],
        dte_days=row["dte_days"],
        edr_pts=context.edr_pts,
        short_delta=row[f"short_{name}_delta"],
        touch_frac=row[f"{name}_touch_frac"],
        previous_state=before[f"{name}_state"] if before else None,
    )


def _has_side(row: Row, side: Side) -> bool:
    """Whether the condor still has a short option on this side: a vertical has one side only."""
    return row[f"short_{side.lower()}_pts"] is not None


def _worst_side(sides: Mapping[Side, Verdict]) -> str | None:
    worst = max(verdict.severity for verdict in sides.values())
    found = [side for side, verdict in sides.items() if verdict.severity == worst]
    if not worst:
        return None
    return "BOTH" if len(found) > 1 else found[0]


def _reason(sides: Mapping[Side, Verdict], edr_pts: float | None) -> str:
    worst = max(verdict.severity for verdict in sides.values())
    said = [
        f"{side.lower()} side {verdict.state}: {verdict.reason}"
        for side, verdict in sides.items()
        if verdict.severity == worst
    ]
    if edr_pts is None:
        said.append("no expected daily range tonight: range triggers not evaluated")
    return "; ".join(said)


def _flags(row: Row, *, call_state: str | None, has_range: bool, is_stale: bool = False) -> str:
    flags = {
        "AM_GAP": bool(row["is_am_gap_risk"]),
        "UNHEDGED_BY_ALVH": SEVERITY.get(call_state or "OK", 0) >= SEVERITY["ITM"],
        "BROKEN_WING": row["kind"] == BROKEN_WING,
        "NO_EDR": not has_range,
        "STALE": is_stale,
        "CHAIN_CREDIT_INCOMPLETE": row["is_incomplete"],
        "NO_PROFIT_ZONE": row["chain_credit_pts"] <= 0,
    }
    return ",".join(flag for flag, is_set in flags.items() if is_set)


def _days(state: str, before: Row | None) -> int:
    if before is None or before["state"] != state:
        return 1
    return int(before["days_in_state_sessions"] or 0) + 1


def _settled(row: Row) -> Row:
    """The state of a condor that settled today: SETTLED, with the geometry it ended in on each side."""
    level, source = row["settlement_pts"], row["settlement_source"]
    if level is None:
        reason = f"settled {row['settle_date']}; {row['unpriced_reason']}"
        put_state = call_state = None
    else:
        name = "SET" if row["settlement"] == "AM" else "SPX"
        reason = f"settled {row['settle_date']} at {name} {level:,.2f} ({source})"
        put_state, call_state = (_ended(row, side, level) if _has_side(row, side) else None for side in SIDES)
    return {
        **dict.fromkeys(STATE_SCHEMA.names()),
        "state": SETTLED_STATE,
        "put_state": put_state,
        "call_state": call_state,
        "state_reason": reason,
        "flags": _flags(row, call_state=call_state, has_range=True),
        "days_in_state_sessions": 1,
    }


def _ended(row: Row, side: Side, level_pts: float) -> str:
    name = side.lower()
    return settled_geometry(
        CondorSide(
            side=side,
            spot_pts=level_pts,
            short_pts=row[f"short_{name}_pts"],
            long_pts=row[f"long_{name}_pts"],
            break_even_pts=row[f"break_even_{name}_pts"],
            dte_days=0,
        )
    )


def _carried(row: Row, before: Row | None) -> Row:
    """Without a spot no state can be known: last night's is carried forward and marked stale (METHODOLOGY 6.6)."""
    why = row["spot_reason"] or "no mark spot tonight"
    carried = {column: before[column] if before else None for column in CARRIED}
    flags = _flags(row, call_state=carried["call_state"], has_range=True, is_stale=before is not None)
    if before is None:
        return {**carried, "state_reason": f"unknown: {why}", "flags": flags, "days_in_state_sessions": None}
    return {
        **carried,
        "state_reason": f"stale, carried forward from {before['session_date']}: {why}",
        "flags": flags,
        "days_in_state_sessions": before["days_in_state_sessions"],
    }


def held_states(condors: pl.DataFrame, previous: pl.DataFrame | None, *, reason: str) -> pl.DataFrame:
    """Put last night's states, marked stale, in place of what quotes of a night on DATA_HOLD say (METHODOLOGY 6.6).

    `condors` and `previous` as mart.condors_daily; one row per row, every figure as it was. What settled has settled:
    by its settlement value, not by a quote. A condor that was not held last night has no state.
    """
    earlier = {} if previous is None else {(row["account"], row["condor_id"]): row for row in previous.to_dicts()}
    rows = [
        row
        if row["state"] == SETTLED_STATE
        else row | _held(row, earlier.get((row["account"], row["condor_id"])), reason)
        for row in condors.to_dicts()
    ]
    return pl.DataFrame(rows, schema=condors.schema)


def _held(row: Row, before: Row | None, reason: str) -> Row:
    lasting = [flag for flag in row["flags"].split(",") if flag and flag != "UNHEDGED_BY_ALVH"]
    if before is None:
        unknown = dict.fromkeys((*CARRIED, "days_in_state_sessions"))
        return {**unknown, "state_reason": f"unknown: {reason}", "flags": ",".join(lasting)}
    unhedged = ["UNHEDGED_BY_ALVH"] if SEVERITY.get(before["call_state"] or "OK", 0) >= SEVERITY["ITM"] else []
    return {
        **{column: before[column] for column in (*CARRIED, "days_in_state_sessions")},
        "state_reason": f"stale, carried forward from {before['session_date']}: {reason}",
        "flags": ",".join([*lasting, *unhedged, "STALE"]),
    }
