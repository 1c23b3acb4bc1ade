"""What page one of a session says, kept as it was first issued: a restated report tells what has changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.report.restatement import named_figures
from warehouse.queries import load_query
from warehouse.tables.meta import META_ISSUED_FIGURES

if TYPE_CHECKING:
    import datetime as dt

    from warehouse.connection import Connection
    from warehouse.store import Store

_FIGURES: Final = "page_one_of_session"
_STATES: Final = """
    select account, 'status.status' as figure, '' as subject, status as state
    from mart.book_daily
    where session_date = $session_date
    union all
    select account, 'condors.state', condor_id, trim(state || ' ' || lower(coalesce(side, '')))
    from mart.condors_daily
    where session_date = $session_date
    union all
    select account, 'layers.signal_state', layer, signal_state
    from mart.hedge_layers_daily
    where session_date = $session_date
    union all
    select account, 'layers.position_state', layer, position_state
    from mart.hedge_layers_daily
    where session_date = $session_date
"""


def page_figures(connection: Connection, session_date: dt.date) -> pl.DataFrame:
    """Every figure and state of page one as the warehouse has it now, in meta.issued_figures' columns."""
    params = {"session_date": session_date}
    figures = named_figures(connection.query(load_query(_FIGURES).sql, params))
    states = connection.query(_STATES, params).drop_nulls("state")
    together = pl.concat([figures, states], how="diagonal").with_columns(session_date=pl.lit(session_date))
    return META_ISSUED_FIGURES.conform(together).sort(META_ISSUED_FIGURES.grain)


def keep_first_issue(store: Store, session_date: dt.date, *, now: dt.datetime) -> None:
    """Keep what page one says before it is issued for the first time; a later issue leaves that as it is."""
    known = store.query(
        "select count(*) as rows_qty from meta.issued_figures where session_date = $day", {"day": session_date}
    )
    if not known["rows_qty"][0]:
        figures = page_figures(store, session_date).with_columns(issued_at=pl.lit(now))
        store.replace(META_ISSUED_FIGURES, figures, session_date)
