"""What a session's figures depend on, as one hash: the night is done when nothing of it has changed."""

from __future__ import annotations

import hashlib
import importlib.metadata
from typing import TYPE_CHECKING

from flows.evening import rejected_fills
from transforms.market.calendar import previous_session

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl

    from flows.settings import Settings
    from warehouse.store import Store

# Series that reach back to the session or before, and the chains placed in it.
_LOADS = """
    select l.load_id
    from meta.loads as l
    left join core.option_chains as c on c.load_id = l.load_id
    where
        c.session_date = $day
        or (l.kind not in ('option_chain', 'fills', 'accounts') and coalesce(l.first_date <= $day, true))
    order by l.load_id
"""
# The book by what it says, not by the file it came in: tomorrow's export repeats today's fills.
_FILLS = "select * exclude (load_id) from core.fills where filled_at < $day + interval 2 day order by fill_id"
_ACCOUNTS = (
    "select * exclude (load_id) from core.accounts_daily where session_date <= $day order by session_date, account"
)
_BEFORE = (
    "select inputs_hash from meta.runs where session_date = $before and status = 'done' "
    "order by finished_at desc, run_id limit 1"
)


def inputs_hash(store: Store, settings: Settings, session_date: dt.date) -> str:
    """Hash loads, book, settings, code version, and the night before, whose states are carried on."""
    digest = hashlib.sha256()
    digest.update(importlib.metadata.version("condorwatch").encode())
    digest.update(settings.fingerprint().encode())
    day, before = {"day": session_date}, {"before": previous_session(session_date)}
    for sql, params in ((_LOADS, day), (_FILLS, day), (_ACCOUNTS, day), (_BEFORE, before)):
        digest.update(_text(store.query(sql, params)))
    digest.update("\n".join(rejected_fills(store)).encode())
    return digest.hexdigest()


def _text(rows: pl.DataFrame) -> bytes:
    return rows.write_csv(float_precision=12).encode()
