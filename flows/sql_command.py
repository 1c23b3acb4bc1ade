"""Answers of the published warehouse, printed as a table, CSV or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.errors import UsageError
from warehouse.queries import list_queries, load_query
from warehouse.store import open_reader

if TYPE_CHECKING:
    import datetime as dt

    from flows.settings import Settings


def answer(
    settings: Settings, *, query: str | None, name: str | None, session_date: dt.date | None, output: str
) -> str:
    """Run one query on the snapshot, or list the named ones."""
    if query is None and name is None:
        return "\n".join(f"{found.name}: {found.description}" for found in list_queries())
    with open_reader(settings.home) as reader:
        text = query if query is not None else load_query(str(name)).sql
        params = {"session_date": session_date or _latest(reader)} if "$session_date" in text else None
        return printed(reader.query(text, params), output)


def held(settings: Settings, *, session_date: dt.date | None) -> str:
    """What is held on a session: every leg with its mark, or why it has none."""
    with open_reader(settings.home) as reader:
        day = session_date or _latest(reader)
        rows = reader.query(
            "select account, structure_id, part, instrument_id, quantity_qty, entry_price_pts, mark_pts, pnl_usd, "
            "delta_usd_per_pt, unpriced_reason from mart.legs_daily where session_date = $session_date "
            "order by account, structure_id, instrument_id",
            {"session_date": day},
        )
    return f"Held on {day}: {rows.height} legs.\n" + (printed(rows, "table") if rows.height else "")


def printed(rows: pl.DataFrame, output: str) -> str:
    """A frame as the user asked to see it."""
    if output == "csv":
        return rows.write_csv().rstrip("\n")
    if output == "json":
        return rows.write_json()
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=240,
        fmt_str_lengths=120,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
    ):
        return str(rows)


def _latest(reader: object) -> dt.date:
    """The newest session in the snapshot.

    Raises:
        UsageError: no session has been built yet.
    """
    newest = reader.query("select max(session_date) as session_date from mart.book_daily")["session_date"][0]  # type: ignore[attr-defined]
    if newest is None:
        raise UsageError("No session has been built yet.", hint="Run condorwatch nightly first.")
    return newest  # type: ignore[no-any-return]
