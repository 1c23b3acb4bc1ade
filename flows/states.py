"""The moves of the night: what changed its state, and by which rule - one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.rules import RULES, Rules
from flows.session_rows import SessionRows
from transforms.risk.state_changes import StateNight, state_changes
from warehouse.tables import mart

if TYPE_CHECKING:
    import datetime as dt

    from warehouse.store import Store


def build_states(store: Store, session_date: dt.date, rules: Rules = RULES) -> None:
    """Hold tonight's states against what all moves before add up to."""
    rows = SessionRows(store, session_date)
    changes = state_changes(state_night(rows), rules.entry_gate)
    with store.stage("states"):
        store.replace(mart.MART_STATE_CHANGES_DAILY, changes, session_date)


def state_night(rows: SessionRows) -> StateNight:
    """Read the marts that carry states."""
    day = rows.session_date
    return StateNight(
        session_date=day,
        condors=rows.tonight(mart.MART_CONDORS_DAILY),
        layers=rows.tonight(mart.MART_HEDGE_LAYERS_DAILY),
        second_engine=rows.tonight(mart.MART_SECOND_ENGINE_DAILY),
        engine_states=rows.tonight(mart.MART_SECOND_ENGINE_STATES_DAILY),
        signals=rows.tonight(mart.MART_SIGNALS_DAILY),
        book=rows.tonight(mart.MART_BOOK_DAILY),
        moved=rows.connection.read(mart.MART_STATE_CHANGES_DAILY, "session_date < $day", {"day": day}),
    )
