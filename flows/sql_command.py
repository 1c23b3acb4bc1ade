"""Answers of the published warehouse, printed as a table, CSV or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.errors import UsageError
from warehouse.errors import QueryFailed, ReadOnlyQuery, UnknownQuery
from warehouse.queries import list_queries, load_query
from warehouse.store import open_reader

if TYPE_CHECKING:
    import datetime as dt

    from flows.settings import Settings
    from warehouse.store import Reader


# A terminal may break a long line; a figure left out would be worse.
LONGEST_TEXT = 10_000


def answer(
    settings: Settings, *, query: str | None, name: str | None, session_date: dt.date | None, output: str
) -> str:
    """Run one query on the snapshot, or list the named ones.

    `$session_date` in a query stands for the session asked for, or the newest one.

    Raises:
        UsageError: the query is none, wants more than to read, or there is none of that name.
    """
    if query is None and name is None:
        return "\n".join(f"{found.name}: {found.description}" for found in list_queries())
    try:
        text = query if name is None else load_query(name).sql
        with open_reader(settings.home) as reader:
            params = {"session_date": session_date or latest_session(reader)} if "$session_date" in str(text) else None
            return printed(reader.query(str(text), params), output)
    except (QueryFailed, ReadOnlyQuery, UnknownQuery) as problem:
        raise UsageError(problem.finding, hint=problem.hint) from problem


def printed(rows: pl.DataFrame, output: str) -> str:
    """A frame as the user asked to see it."""
    if output == "csv":
        return rows.write_csv().rstrip("\n")
    if output == "json":
        return rows.write_json()
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=-1,
        fmt_str_lengths=LONGEST_TEXT,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
    ):
        return str(rows)


def latest_session(reader: Reader) -> dt.date:
    """The newest session in the snapshot.

    Raises:
        UsageError: no session has been built yet.
    """
    newest = built_session(reader)
    if newest is None:
        raise UsageError("No session has been built yet.", hint="Run condorwatch nightly first.")
    return newest


def built_session(reader: Reader) -> dt.date | None:
    """The newest session in the snapshot; none where no night has been published."""
    newest: dt.date | None = reader.query("select max(session_date) as day from mart.book_daily")["day"][0]
    return newest
