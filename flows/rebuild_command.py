"""`condorwatch rebuild`: make the warehouse again from the archived files, and say whether it comes out the same."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from flows.errors import ExitCode, UsageError
from flows.progress import progress_bar
from flows.publish import publish_snapshot
from flows.recovery import opened_warehouse
from flows.replay import (
    Happened,
    Replay,
    files_taken_in,
    in_order,
    loads_withdrawn,
    nights_built,
)
from flows.rules import Rules
from flows.session_rows import sessions_back
from flows.stages import BUILT_TABLES
from warehouse.archive import Archive
from warehouse.ledger import this_holder
from warehouse.publish import publish
from warehouse.retention import KEPT_QUOTES, oldest_kept
from warehouse.store import open_reader, open_writer, published_path
from warehouse.tables import CORE_TABLES, RAW_TABLES, meta
from warehouse.tables.raw import RAW_OPTION_QUOTES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence

    from flows.settings import Settings
    from warehouse.connection import Connection
    from warehouse.store import Store
    from warehouse.tables.types import Table

# All that comes from files. What happened (runs, e-mails, answers of live sources, first issues) cannot be made again.
REBUILT_TABLES: Final[tuple[Table, ...]] = (
    *RAW_TABLES,
    meta.META_LOADS,
    meta.META_APPLIED_LOADS,
    meta.META_WITHDRAWN_LOADS,
    meta.META_REFUSED_FILES,
    meta.META_REJECTED_ROWS,
    *(table for table in CORE_TABLES if table not in BUILT_TABLES),
    *BUILT_TABLES,
)
# Chains of a session's neighbourhood, and those nobody could place: the others have no say in its figures.
_OTHER_CHAINS: Final = """
    select distinct l.content_sha256
    from meta.loads as l
    join core.option_chains as c on c.load_id = l.load_id
    where c.session_date not between $first and $day
    except
    select l.content_sha256
    from meta.loads as l
    left join core.option_chains as c on c.load_id = l.load_id
    where l.kind <> 'option_chain' or c.session_date is null or c.session_date between $first and $day
"""
_LOADS_OF: Final = "select load_id from meta.loads where list_contains($sha256s, content_sha256)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A table, or a session of it, that does not come out the same; rows as it stands and as it was made again."""

    table: Table
    session_date: dt.date | None
    rows_present: int
    rows_rebuilt: int

    @property
    def line(self) -> str:
        """One line for a terminal."""
        of_session = f" of {self.session_date}" if self.session_date else ""
        return (
            f"differs        {self.table.full_name}{of_session}: {self.rows_present:,} rows as it stands, "
            f"{self.rows_rebuilt:,} made again"
        )


def rebuild(
    settings: Settings, *, session_date: dt.date | None, is_replacing: bool, echo: Callable[[str], object]
) -> ExitCode:
    """Make everything again, or one session on top of the nights before it as they stand; compare, and say so.

    It is done in a temporary home. Only with `is_replacing` does the result take the place of what stands.

    Raises:
        UsageError: the session was never built, or one alone is to be replaced.
        NotPublished: there is nothing to compare with.
        NotArchived: a file is not in the archive.
        ArchiveDamaged: its bytes have changed.
    """
    if is_replacing and session_date is not None:
        raise UsageError("One session alone cannot be replaced.", hint="Leave --session or --replace out.")
    with ExitStack() as open_things:
        # What is to be replaced must not change meanwhile, so then it is the writer's own file that is compared.
        writer = open_things.enter_context(opened_warehouse(settings, is_read_whole=True)) if is_replacing else None
        present = writer or open_things.enter_context(open_reader(settings.home))
        with _temporary_store(settings.home) as (store, temporary_home):
            if session_date is None:
                differences = _everything(present, store, settings)
            else:
                differences = _one_session(present, store, settings, session_date)
            for difference in differences:
                echo(difference.line)
            echo(_summary(differences, session_date))
            if writer is not None and differences:
                _replace(writer, publish(store, temporary_home), settings)
                echo("Replaced. The reports stay as they were issued; condorwatch report writes them again.")
    return ExitCode.DATA_HOLD if differences else ExitCode.DONE


@contextmanager
def _temporary_store(home: Path) -> Iterator[tuple[Store, Path]]:
    """An empty warehouse beside the home, for there is room where the first one is; it goes when it is done with."""
    with TemporaryDirectory(prefix="rebuild-", dir=home) as folder:
        path = Path(folder)
        with open_writer(path, this_holder()) as store:
            yield store, path


def _everything(present: Connection, store: Store, settings: Settings) -> list[Difference]:
    events = in_order([*files_taken_in(present, settings), *loads_withdrawn(present), *nights_built(present)])
    _replay(present, store, settings, events)
    oldest = oldest_kept(present, settings.retention.raw_quotes_days)
    return [
        difference
        for table in REBUILT_TABLES
        for difference in (
            _compared_quotes(present, store, oldest)
            if table is RAW_OPTION_QUOTES and oldest
            else _compared(table, present, store)
        )
    ]


def _compared_quotes(present: Connection, rebuilt: Connection, oldest: dt.date) -> list[Difference]:
    """Raw quotes as far as retention keeps them: what it has dropped, or is about to, is no difference."""
    hashes = {one.content_hash(RAW_OPTION_QUOTES, KEPT_QUOTES, {"oldest": oldest}) for one in (present, rebuilt)}
    return [] if len(hashes) == 1 else [_difference(RAW_OPTION_QUOTES, present, rebuilt)]


def _one_session(present: Connection, store: Store, settings: Settings, session_date: dt.date) -> list[Difference]:
    """The session as its last run built it: from the files known then, after the nights before as they stand."""
    nights = [night for night in nights_built(present) if night.session_date == session_date]
    if not nights:
        raise UsageError(
            f"Session {session_date} is not in the published snapshot.", hint="Run condorwatch nightly for it."
        )
    looked_back = Rules.of(settings).chain_history.look_back_sessions
    span = {"first": sessions_back(session_date, looked_back), "day": session_date}
    others = set(present.query(_OTHER_CHAINS, span)["content_sha256"])
    files = [came for came in files_taken_in(present, settings) if came.file.sha256 not in others]
    of_others = set(present.query(_LOADS_OF, {"sha256s": sorted(others)})["load_id"])
    withdrawals = [one for one in loads_withdrawn(present) if one.load_id not in of_others]
    past = [event for event in in_order([*files, *withdrawals]) if event.at <= nights[-1].at]
    _take_nights_before(store, settings.home, session_date)
    _replay(present, store, settings, [*past, nights[-1]])
    return [
        difference
        for table in BUILT_TABLES
        for difference in _compared_by_session(table, present, store, [session_date])
    ]


def _take_nights_before(store: Store, home: Path, session_date: dt.date) -> None:
    with store.beside(published_path(home)) as other:
        for table in BUILT_TABLES:
            store.take_over(table, other, f"{table.partition} < $day", {"day": session_date})


def _replay(present: Connection, store: Store, settings: Settings, events: Sequence[Happened]) -> None:
    replay = Replay(present=present, store=store, archive=Archive(settings.home), settings=settings)
    with progress_bar("files and nights", len(events)) as advance:
        replay.run(events, advance)


def _compared(table: Table, present: Connection, rebuilt: Connection) -> list[Difference]:
    """Nothing where the table is the same; else its sessions that differ, or the table where it has none."""
    if present.content_hash(table) == rebuilt.content_hash(table):
        return []
    if table not in BUILT_TABLES:
        return [_difference(table, present, rebuilt)]
    days: set[dt.date] = set()
    for connection in (present, rebuilt):
        days |= set(connection.query(f"select distinct {table.partition} as day from {table.full_name}")["day"])
    return _compared_by_session(table, present, rebuilt, sorted(days))


def _compared_by_session(
    table: Table, present: Connection, rebuilt: Connection, days: Sequence[dt.date]
) -> list[Difference]:
    where = f"{table.partition} = $day"
    return [
        _difference(table, present, rebuilt, day)
        for day in days
        if present.content_hash(table, where, {"day": day}) != rebuilt.content_hash(table, where, {"day": day})
    ]


def _difference(
    table: Table, present: Connection, rebuilt: Connection, session_date: dt.date | None = None
) -> Difference:
    where = f" where {table.partition} = $day" if session_date else ""
    params = {"day": session_date} if session_date else None
    counted = [
        int(connection.query(f"select count(*) as rows_qty from {table.full_name}{where}", params)["rows_qty"][0])
        for connection in (present, rebuilt)
    ]
    return Difference(table=table, session_date=session_date, rows_present=counted[0], rows_rebuilt=counted[1])


def _summary(differences: Sequence[Difference], session_date: dt.date | None) -> str:
    what = f"Session {session_date}" if session_date else "The warehouse"
    if not differences:
        tables = len(BUILT_TABLES if session_date else REBUILT_TABLES)
        return f"{what} made again from the archived files is the same: {tables} tables, equal content hashes."
    tables = len({difference.table.full_name for difference in differences})
    return (
        f"{what} made again from the archived files differs in {tables} tables. "
        "Settings or program may have changed since; condorwatch nightly --session D --force builds a night again."
    )


def _replace(writer: Store, rebuilt: Path, settings: Settings) -> None:
    """Put what was made again in the place of what stands, in one transaction, and publish it."""
    with writer.beside(rebuilt) as other, writer.stage("rebuild"):
        for table in REBUILT_TABLES:
            writer.take_over(table, other)
    publish_snapshot(writer, settings)
