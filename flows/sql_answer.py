"""A question to the published warehouse, answered in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.errors import UsageError
from flows.sql_output import printed, write_answer
from warehouse.errors import LimitReached, QueryFailed, ReadOnlyQuery, UnknownQuery
from warehouse.queries import list_queries, load_query
from warehouse.store import open_reader

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from flows.sql_command import Question
    from warehouse.reading import ReadingLimits
    from warehouse.store import Reader


def answer(home: Path, question: Question, limits: ReadingLimits) -> str:
    """Run one query on the snapshot, or list the named ones; the text to print.

    `$session_date` in a query stands for the session asked for, or the newest one.

    Raises:
        UsageError: the query is none, wants more than to read, or there is none of that name.
    """
    if question.query is None and question.name is None:
        return "\n".join(f"{found.name}: {found.description}" for found in list_queries())
    try:
        text = str(question.query) if question.name is None else load_query(question.name).sql
        with open_reader(home, limits) as reader:
            asked = (
                {"session_date": question.session_date or latest_session(reader)} if "$session_date" in text else None
            )
            rows = reader.query(text, asked)
    except (QueryFailed, ReadOnlyQuery, UnknownQuery, LimitReached) as problem:
        raise UsageError(problem.finding, hint=problem.hint) from problem
    if question.out is None:
        return printed(rows, question.output)
    write_answer(rows, question.output, question.out)
    return f"{question.out}"


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
