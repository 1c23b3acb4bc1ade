"""The gates that name a live source of which the session lacks something."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from transforms.book.night_facts import Check, CheckLimits
from transforms.market.calendar import sessions_between

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl


_LATE: Final = "run the night again later, or put the file into the landing folder"


def live_warnings(answers: pl.DataFrame, limits: CheckLimits) -> Iterator[Check]:
    """Warn for each live source whose data of the session is not there: what happened, and what to do.

    `answers` are the session's rows of meta.live_answers; without any there is no check. A source that failed is no
    warning where the warehouse has what it supplies from elsewhere; one that answered with older data is. Rates and
    breadth may be as old as their own gates allow. Whether the night holds is for the gates of what is missing to say.
    """
    rows = answers.sort("source").to_dicts()
    missing = [row for row in rows if not _is_here(row, limits)]
    if rows and not missing:
        yield Check(check_id="live_source", is_passed=True, message=_all_here(rows))
    for row in missing:
        yield Check(
            check_id="live_source",
            subject=row["source"],
            is_passed=False,
            value=_age_sessions(row),
            limit_value=_limit_sessions(row, limits),
            unit="sessions",
            message=f"{_what_happened(row)} Hint: {_ended(row['hint'] or _LATE)}",
        )


def _is_here(row: dict[str, Any], limits: CheckLimits) -> bool:
    age = _age_sessions(row)
    return age is not None and age <= _limit_sessions(row, limits)


def _age_sessions(row: dict[str, Any]) -> int | None:
    latest = row["latest_date"]
    return None if latest is None else len(sessions_between(latest + dt.timedelta(days=1), row["session_date"]))


def _limit_sessions(row: dict[str, Any], limits: CheckLimits) -> int:
    of_kind = {"rates": limits.rates_sessions, "breadth": limits.breadth_sessions}
    return of_kind.get(row["kind"], 0)


def _all_here(rows: list[dict[str, Any]]) -> str:
    failed = [row["source"] for row in rows if row["reason"] is not None]
    elsewhere = f"; failed, but here from another file: {', '.join(failed)}" if failed else ""
    return f"What {len(rows)} live sources supply is here{elsewhere}."


def _what_happened(row: dict[str, Any]) -> str:
    had = f"the latest here is of {row['latest_date']}" if row["latest_date"] else "none is here"
    if row["reason"] is None:
        return f"{row['source']} is missing for {row['session_date']}: {row['address']} has none yet; {had}."
    return f"{row['source']} is missing for {row['session_date']}: asked {row['address']}, {row['reason']}; {had}."


def _ended(phrase: str) -> str:
    return phrase if phrase.endswith((".", "?")) else f"{phrase}."
