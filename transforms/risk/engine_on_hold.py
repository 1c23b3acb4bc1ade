"""The second engine on DATA_HOLD: last night's states, marked stale, not those of bad quotes (METHODOLOGY 6.6)."""

from __future__ import annotations

from typing import Any

import polars as pl

from transforms.risk.engine_states import SAYS, STATE
from warehouse.tables.mart import MART_SECOND_ENGINE_DAILY, MART_SECOND_ENGINE_STATES_DAILY

STALE = "is_state_stale"


def held_diagonals(engine: pl.DataFrame, previous: pl.DataFrame) -> pl.DataFrame:
    """Put last night's states in place of tonight's: rows of mart.second_engine_daily, every figure as it was.

    A diagonal that was not held last night has no state.
    """
    earlier = {(row["account"], row["structure_id"]): row for row in previous.to_dicts()}
    rows = []
    for row in engine.to_dicts():
        before = earlier.get((row["account"], row["structure_id"]))
        has_loss = row["worst_grid_loss_usd"] is not None
        rows.append(_carried(row, before, {"risk_reason": None} if has_loss else {}))
    return MART_SECOND_ENGINE_DAILY.conform(_frame(rows, engine))


def held_accounts(states: pl.DataFrame, previous: pl.DataFrame) -> pl.DataFrame:
    """The same of the accounts: rows of mart.second_engine_states_daily."""
    earlier = {row["account"]: row for row in previous.to_dicts()}
    rows = []
    for row in states.to_dicts():
        before = earlier.get(row["account"])
        rows.append(_carried(row, before, {"structure_id": before["structure_id"], "reason": None} if before else {}))
    return MART_SECOND_ENGINE_STATES_DAILY.conform(_frame(rows, states))


def _carried(row: dict[str, Any], before: dict[str, Any] | None, more: dict[str, Any]) -> dict[str, Any]:
    """A row with the state of the night before, where that is known; its sentence says of which night it is."""
    if before is None or before["state"] is None:
        return row
    said = before[SAYS] if before[STALE] else f"stale, carried forward from {before['session_date']}: {before[SAYS]}"
    return row | {name: before[name] for name in STATE} | {SAYS: said, STALE: True} | more


def _frame(rows: list[dict[str, Any]], like: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=like.schema)
