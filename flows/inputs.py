"""What a session's figures depend on, as one hash: the night is done when nothing of it has changed.

Facts count by what they say, not by the file they came in: tomorrow's export repeats today's rows and changes nothing,
while a restated value does. What lies after the session, or after its mark, is left out.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from typing import TYPE_CHECKING

from flows.build import chosen_chains
from flows.evening import rejected_fills
from flows.rules import Rules
from flows.session_rows import sessions_back
from warehouse.tables import core

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    import polars as pl

    from flows.settings import Settings
    from warehouse.connection import Params
    from warehouse.store import Store
    from warehouse.tables.types import Table

_UP_TO_THE_SESSION = (
    core.CORE_INDEX_LEVELS_DAILY,
    core.CORE_VX_SETTLEMENTS_DAILY,
    core.CORE_BREADTH_DAILY,
    core.CORE_TREASURY_YIELDS_DAILY,
    core.CORE_SETTLEMENT_VALUES,
    core.CORE_ACCOUNTS_DAILY,
)
# Tonight's, and those of the sessions before that tonight's are held against.
_CHAINS = "select * from core.option_chains where session_date between $first and $day order by load_id"
_VALUATION = (
    "select * exclude (load_id) from core.valuation_monthly where known_from_date <= $day "
    "order by period_end_date, measure"
)
# The session after an event is told by what lies up to two sessions back.
_EVENTS = "select * exclude (load_id) from core.events where event_date >= $day - to_days(10) order by event_id"
# Tonight's skew has its place among the skews of the nights before.
_SKEW = "select * from mart.smile_tenors_daily where session_date < $day order by session_date, underlying, tenor_days"
_FILLS = "select * exclude (load_id) from core.fills where filled_at <= $mark_at order by fill_id"
# Which live sources have nothing for the session; how they failed tonight changes no figure.
_LIVE = (
    "select source, latest_date, reason is null as is_answered from meta.live_answers where session_date = $day "
    "order by source"
)
# The last night on record, whose states are carried on.
_BEFORE = (
    "select session_date, inputs_hash from meta.runs where session_date < $day and session_date >= $earliest "
    "and status = 'done' order by session_date desc, finished_at desc, run_id limit 1"
)


def inputs_hash(store: Store, settings: Settings, session_date: dt.date) -> str:
    """Hash chains, series, book, settings, code version, and the night before."""
    digest = hashlib.sha256()
    digest.update(importlib.metadata.version("condorwatch").encode())
    digest.update(settings.fingerprint().encode())
    digest.update("\n".join(rejected_fills(store)).encode())
    rules = Rules.of(settings)
    mark_at = chosen_chains(store, session_date, rules.chains).mark_at
    for sql, params in _questions(mark_at, session_date, rules):
        digest.update(_text(store.query(sql, params)))
    return digest.hexdigest()


def _questions(mark_at: dt.datetime, session_date: dt.date, rules: Rules) -> Iterator[tuple[str, Params]]:
    yield _CHAINS, {"first": sessions_back(session_date, rules.chain_history.look_back_sessions), "day": session_date}
    for table in _UP_TO_THE_SESSION:
        yield _rows_up_to(table), {"day": session_date}
    yield _VALUATION, {"day": session_date}
    yield _EVENTS, {"day": session_date}
    yield _SKEW, {"day": session_date}
    yield _LIVE, {"day": session_date}
    yield _FILLS, {"mark_at": mark_at}
    yield _BEFORE, {"day": session_date, "earliest": sessions_back(session_date, rules.layers.memory_sessions)}


def _rows_up_to(table: Table) -> str:
    keys = ", ".join(table.grain)
    return f"select * exclude (load_id) from {table.full_name} where {table.partition} <= $day order by {keys}"


def _text(rows: pl.DataFrame) -> bytes:
    return rows.write_csv(float_precision=12).encode()
