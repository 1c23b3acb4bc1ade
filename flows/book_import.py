"""`condorwatch book import`: take a statement into the book, and say what it changed."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Self

from flows.errors import ExitCode, UsageError
from flows.evening import rejected_fills
from flows.ingest import ingest_paths
from flows.publish import publish_snapshot
from flows.recovery import opened_warehouse
from flows.rules import Rules
from flows.series import apply_series
from flows.sources.book_statements import parse_statement
from transforms.book.broker_rows import SET_ASIDE
from warehouse.archive import Archive
from warehouse.tables import core, mart

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from flows.settings import Settings
    from warehouse.store import Store

_EVENTS: Final = "select count(*) as rows_qty from core.broker_events"
_SET_ASIDE: Final = """
    select r.rule_id, count(*) as lines_qty
    from meta.rejected_rows as r join meta.loads as l on l.load_id = r.load_id
    where l.kind = 'fills' and l.loaded_at = $now and list_contains($set_aside, r.rule_id)
    group by r.rule_id order by r.rule_id
"""


def import_statements(  # noqa: PLR0913 - one argument an option of the command
    paths: Sequence[Path],
    settings: Settings,
    *,
    broker: str,
    account: str | None,
    now: dt.datetime,
    echo: Callable[[str], object],
) -> ExitCode:
    """Load statements, report every file and what the book has gained, and say how it ended.

    Raises:
        UsageError: a file does not exist.
    """
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise UsageError(f"The statement {missing[0]} does not exist.", hint="Name a file a broker has exported.")
    rules = Rules.of(settings)
    named = {glob.escape(path.name): account for path in paths} if account else {}
    with opened_warehouse(settings) as store:
        before = _Counts.of(store)
        report = ingest_paths(
            store,
            Archive(settings.home),
            paths,
            sources=named | {name: series for name, series in settings.sources.items() if name not in named},
            now=now,
            parse=partial(parse_statement, broker=broker),
        )
        apply_series(store, rules, now=now)
        lines = [_Counts.of(store).since(before), *_set_aside(store, now), *rejected_fills(store)]
        # What a night has published stays as that night left it; before the first one there is nothing to disturb.
        if store.read(mart.MART_BOOK_DAILY).is_empty():
            publish_snapshot(store, settings)
    for line in (*(entry.line for entry in report.entries), *lines):
        echo(line)
    return ExitCode.DATA_HOLD if report.refused else ExitCode.DONE


@dataclass(frozen=True, slots=True)
class _Counts:
    """The fills in the book by id, and how many settlement rows stand beside it."""

    fill_ids: frozenset[str]
    events_qty: int

    @classmethod
    def of(cls, store: Store) -> Self:
        fill_ids = store.read(core.CORE_FILLS)["fill_id"]
        return cls(frozenset(fill_ids), int(store.query(_EVENTS)["rows_qty"][0]))

    def since(self, before: Self) -> str:
        new, withdrawn = len(self.fill_ids - before.fill_ids), len(before.fill_ids - self.fill_ids)
        taken_back = f", {withdrawn:,} withdrawn" if withdrawn else ""
        settled = f"; {self.events_qty - before.events_qty:,} settlement rows new" if self.events_qty else ""
        return f"The book holds {len(self.fill_ids):,} fills: {new:,} new{taken_back}{settled}."


def _set_aside(store: Store, now: dt.datetime) -> list[str]:
    """How many lines of the new statements are no fills of ours, and why."""
    counts = store.query(_SET_ASIDE, {"now": now, "set_aside": list(SET_ASIDE)})
    said = ", ".join(f"{lines_qty:,} {rule_id}" for rule_id, lines_qty in counts.iter_rows())
    return [f"Lines set aside: {said}."] if said else []
