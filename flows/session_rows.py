"""The rows of one session, of the session before, and of everything up to it, read by the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from transforms.market.calendar import previous_session

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl

    from warehouse.connection import Connection
    from warehouse.tables.types import Table


def sessions_back(session_date: dt.date, count: int) -> dt.date:
    """The session so many sessions before this one."""
    for _ in range(count):
        session_date = previous_session(session_date)
    return session_date


@dataclass(frozen=True, slots=True)
class SessionRows:
    """What a warehouse holds around one session."""

    connection: Connection
    session_date: dt.date

    @property
    def session_before(self) -> dt.date:
        """The session before this one."""
        return previous_session(self.session_date)

    def tonight(self, table: Table) -> pl.DataFrame:
        """This session's rows of a table."""
        return self._on(table, self.session_date)

    def before(self, table: Table) -> pl.DataFrame:
        """The rows of the session before; empty when it was not computed."""
        return self._on(table, self.session_before)

    def back(self, table: Table, *, sessions: int) -> pl.DataFrame:
        """The rows of the session so many sessions ago; empty when it was not computed."""
        return self._on(table, sessions_back(self.session_date, sessions))

    def latest_before(self, table: Table, *, sessions: int, where: str = "true") -> pl.DataFrame:
        """The rows of the last session that was computed, at most so many sessions back; empty without one.

        Only sessions count of which a row fits `where`.
        """
        earliest = sessions_back(self.session_date, sessions)
        within = f"session_date < $day and session_date >= $earliest and {where}"
        latest = f"session_date = (select max(session_date) from {table.full_name} where {within})"
        return self.connection.read(table, latest, {"day": self.session_date, "earliest": earliest})

    def up_to(self, table: Table, *, days: int | None = None) -> pl.DataFrame:
        """The rows of this session and all before it, or of the last so many calendar days."""
        window = "" if days is None else " and session_date >= $day - to_days($days)"
        params = {"day": self.session_date} | ({} if days is None else {"days": days})
        return self.connection.read(table, f"session_date <= $day{window}", params)

    def _on(self, table: Table, day: dt.date) -> pl.DataFrame:
        return self.connection.read(table, "session_date = $day", {"day": day})
