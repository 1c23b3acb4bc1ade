"""What may be dropped because it can be made again: raw option quotes of old sessions, whose files the archive has.

Old is told by the newest session built, never by the clock: a home that is not used loses nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from warehouse.errors import ArchiveError

if TYPE_CHECKING:
    from warehouse.archive import Archive
    from warehouse.connection import Connection
    from warehouse.store import Store

# Rows of raw.option_quotes that retention keeps; a chain that nobody could place in a session stays.
KEPT_QUOTES: Final = "load_id not in (select load_id from core.option_chains where session_date < $oldest)"
_TO_DROP: Final = """
    select c.load_id, l.content_sha256
    from core.option_chains as c
    join meta.loads as l on l.load_id = c.load_id
    where c.session_date < $oldest and c.load_id in (select distinct load_id from raw.option_quotes)
    order by c.load_id
"""


def oldest_kept(connection: Connection, days: int | None) -> dt.date | None:
    """The first session whose rows are kept; none where all are."""
    if days is None:
        return None
    newest: dt.date | None = connection.query("select max(session_date) as newest from mart.book_daily").item()
    return None if newest is None else newest - dt.timedelta(days=days)


def drop_raw_quotes(store: Store, archive: Archive, oldest: dt.date) -> tuple[int, tuple[str, ...]]:
    """Drop raw quotes of sessions before a date, in one transaction; the rows dropped, and the loads that had to stay.

    A load stays whose file the archive does not have whole: its rows could never be made again.
    """
    loads = store.query(_TO_DROP, {"oldest": oldest})
    is_archived = {load_id: _is_archived(archive, sha256) for load_id, sha256 in loads.iter_rows()}
    droppable, staying = (
        [one for one, is_whole in is_archived.items() if is_whole is wanted] for wanted in (True, False)
    )
    condition, params = "list_contains($load_ids, load_id)", {"load_ids": droppable}
    with store.stage("retention"):
        rows_qty: int = store.query(
            f"select count(*) as rows_qty from raw.option_quotes where {condition}", params
        ).item()
        store.execute(f"delete from raw.option_quotes where {condition}", params)
    return rows_qty, tuple(staying)


def _is_archived(archive: Archive, sha256: str) -> bool:
    try:
        archive.open(sha256)
    except ArchiveError:
        return False
    return True
