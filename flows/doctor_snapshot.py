"""What the published snapshot tells the doctor: how fresh it is, what is missing in it, and what is owed to whom."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from flows.doctor import Finding
from transforms.market.calendar import sessions_between
from warehouse.errors import CannotOpen, MigrationError, NotPublished, QueryFailed
from warehouse.migrate import missing_migrations
from warehouse.store import open_reader, published_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.settings import Settings
    from warehouse.store import Reader

RUNBOOK: Final = "docs/runbook.md"
CLOCK_TOLERANCE: Final = dt.timedelta(minutes=5)
OWED_FOR: Final = dt.timedelta(days=10)

# How many sessions each source may lag behind the night: the Treasury and FRED publish later, breadth vendors too.
_SOURCES: Final = """
    with newest as (
        select 'SPX chain' as source, 0 as lag_sessions, max(session_date) as newest_date
        from core.option_chains where underlying = 'SPX'
        union all
        select 'VIX chain', 0, max(session_date) from core.option_chains where underlying = 'VIX'
        union all
        select 'VIX level', 0, max(session_date) from core.index_levels_daily where symbol = 'VIX'
        union all
        select 'VX settlements', 0, max(session_date) from core.vx_settlements_daily
        union all
        select 'Treasury yields', 3, max(curve_date) from core.treasury_yields_daily
        union all
        select 'breadth', 1, max(session_date) from core.breadth_daily where advances_qty is not null
    )
    select source, lag_sessions, newest_date from newest where newest_date is not null
"""
_FAILED: Final = """
    select check_id, message from meta.checks
    where session_date = $day and severity = 'critical' and not is_passed
    order by check_id
"""
_NO_ANSWER: Final = """
    select source, reason, hint from meta.live_answers
    where session_date = $day and reason is not null and (latest_date is null or latest_date < $day)
    order by source
"""
# The simulated market has a calendar of its own; quotes of a real one cannot be of a later instant than now.
_LATEST_QUOTE: Final = """
    select max(quote_at) from core.option_chains join meta.loads using (load_id) where not is_simulated
"""
_OWED: Final = """
    select session_date, account, state from meta.outbox
    where session_date >= $since and state in ('queued', 'failed', 'unknown')
    order by session_date, account
"""


def examine_snapshot(settings: Settings, *, expected: dt.date | None, now: dt.datetime) -> Iterator[Finding]:
    """Look at what readers see; a snapshot that cannot be read is one finding."""
    path = published_path(settings.home)
    try:
        with open_reader(settings.home) as reader:
            published_at = reader.published_at
            findings = [*_schema(reader), *_read(reader, expected, now)]
    except NotPublished:
        remedy = "condorwatch nightly makes one"
        yield Finding("snapshot", f"none at {path}", is_fine=expected is None, remedy=remedy)
        return
    except (CannotOpen, QueryFailed) as problem:
        yield Finding("snapshot", problem.finding.rstrip("."), is_fine=False, remedy=problem.hint)
        return
    yield _written(published_at, now)
    yield from findings


def _written(written_at: dt.datetime, now: dt.datetime) -> Finding:
    return Finding(
        "clock",
        f"it is {now:%Y-%m-%d %H:%M} UTC, the snapshot is of {written_at:%Y-%m-%d %H:%M}",
        is_fine=written_at <= now + CLOCK_TOLERANCE,
        remedy="set the clock (timedatectl set-ntp true)",
    )


def _schema(reader: Reader) -> Iterator[Finding]:
    try:
        missing = missing_migrations(reader)
    except MigrationError as problem:
        yield Finding("schema", problem.finding.rstrip("."), is_fine=False, remedy=problem.hint)
        return
    if missing:
        message = f"older than this program by {len(missing)} migrations"
        yield Finding("schema", message, is_fine=False, remedy="the next night brings it up to date; run it")
    else:
        yield Finding("schema", "as this program has it", is_fine=True)


def _read(reader: Reader, expected: dt.date | None, now: dt.datetime) -> Iterator[Finding]:
    newest: dt.date | None = reader.query("select max(session_date) from mart.book_daily").item()
    yield Finding("snapshot", f"newest session {newest}", is_fine=newest is not None, remedy="run condorwatch nightly")
    if expected is not None:
        is_fresh = newest is not None and newest >= expected
        remedy = f"condorwatch nightly --session {expected} --debug shows why; {RUNBOOK}, A night is missing"
        yield Finding("freshness", f"expected {expected}, have {newest}", is_fine=is_fresh, remedy=remedy)
    quoted_at: dt.datetime | None = reader.query(_LATEST_QUOTE).item()
    if quoted_at is not None and quoted_at > now + CLOCK_TOLERANCE:
        message = f"it says {now:%Y-%m-%d %H:%M} UTC, and there are quotes of {quoted_at:%Y-%m-%d %H:%M}"
        yield Finding("clock", message, is_fine=False, remedy="set the clock (timedatectl set-ntp true)")
    if newest is not None:
        yield from _sources(reader, newest)
        for check_id, message in reader.query(_FAILED, {"day": newest}).iter_rows():
            yield Finding(f"check {check_id}", message.rstrip("."), is_fine=False, remedy=f"{RUNBOOK}, {check_id}")
        for source, reason, hint in reader.query(_NO_ANSWER, {"day": newest}).iter_rows():
            yield Finding(f"live source {source}", reason.rstrip("."), is_fine=False, remedy=hint or RUNBOOK)
    yield from _owed(reader, now)


def _sources(reader: Reader, newest: dt.date) -> Iterator[Finding]:
    """A source that has ever given something is expected to go on."""
    for source, lag_sessions, newest_date in reader.query(_SOURCES).iter_rows():
        behind = len(sessions_between(newest_date, newest)) - 1 if newest_date < newest else 0
        yield Finding(
            f"source {source}",
            f"up to {newest_date}, {behind} sessions behind the night of {newest}",
            is_fine=behind <= lag_sessions,
            remedy="its file did not arrive: get it, put it into the landing folder, run the night again",
        )


def _owed(reader: Reader, now: dt.datetime) -> Iterator[Finding]:
    for day, account, state in reader.query(_OWED, {"since": now.date() - OWED_FOR}).iter_rows():
        remedy = f"condorwatch send --session {day} says more, and tries again; {RUNBOOK}, E-mail"
        yield Finding(f"e-mail of {day}", f"for {account} it is {state}", is_fine=False, remedy=remedy)
