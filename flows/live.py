"""The night's round of the live sources: what they gave is taken in, and what they did not is kept and named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.live_checks import live_warnings
from warehouse.tables.meta import META_LIVE_ANSWERS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from flows.rules import Rules
    from flows.sources.live.session import SourceAnswer
    from warehouse.store import Store

# Up to which date the warehouse holds what the sources supply; a series of null stands for the whole kind. Of breadth
# a session's row needs advances and declines, from two files: there each file answers for itself.
_HELD_UP_TO: Final = """
    with
    held as (
        select 'option_chain' as kind, underlying as series, session_date as held_date from core.option_chains
        union all
        select 'index_levels', symbol, session_date from core.index_levels_daily
        union all
        select 'vx_futures', cast(expiry_date as varchar), session_date from core.vx_settlements_daily
        union all
        select 'rates', null, curve_date from core.treasury_yields_daily
        union all
        select kind, series, least(last_date, $session_date)
        from meta.loads
        where kind = 'breadth' and first_date <= $session_date
            and load_id not in (select load_id from meta.withdrawn_loads)
    )
    select kind, series, max(held_date) as latest_date
    from held
    where held_date <= $session_date
    group by grouping sets ((kind, series), (kind))
"""


def record_answers(
    store: Store, session_date: dt.date, answers: Sequence[SourceAnswer], *, asked_at: dt.datetime
) -> pl.DataFrame:
    """Keep what became of each source, in place of an earlier round; nothing where none was asked.

    Call it when what they gave has been taken in: a source is judged by what the warehouse holds for the session.
    """
    asked = store.query(_HELD_UP_TO, {"session_date": session_date}).iter_rows() if answers else ()
    held = {(kind, series): latest for kind, series, latest in asked}
    rows = [
        {
            "session_date": session_date,
            "source": answer.request.source,
            "kind": answer.request.kind,
            "series": answer.request.supplies,
            "address": answer.address,
            "outcome": answer.outcome,
            "reason": answer.reason,
            "hint": answer.hint,
            "latest_date": held.get((answer.request.kind, answer.request.supplies)),
            "asked_at": asked_at,
        }
        for answer in answers
    ]
    kept = pl.DataFrame(rows, schema=META_LIVE_ANSWERS.polars_schema)
    store.replace(META_LIVE_ANSWERS, kept, session_date)
    return kept


def missing_lines(answers: pl.DataFrame, rules: Rules) -> list[str]:
    """A line for each source the session lacks something of: which, what happened, what to do."""
    return [check.message for check in live_warnings(answers, rules.checks) if not check.is_passed]
