"""The stages that turn a session's facts into its figures, in their one order: for the night and for every rebuild."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from flows import actions, book, build, capital, states
from warehouse.tables import MART_TABLES, core, meta

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from flows.rules import Rules
    from warehouse.store import Store
    from warehouse.tables.types import Table

Found = TypeVar("Found")

# What the stages write, session by session.
BUILT_TABLES: Final[tuple[Table, ...]] = (
    core.CORE_OPTION_MARKS_DAILY,
    core.CORE_FORWARDS_DAILY,
    core.CORE_SMILE_FITS_DAILY,
    core.CORE_SMILE_NODES_DAILY,
    *MART_TABLES,
    meta.META_CHECKS,
    meta.META_THRESHOLDS,
)


def build_session(
    store: Store,
    session_date: dt.date,
    rules: Rules,
    *,
    is_priced: bool = False,
    after_stage: Callable[[], None] = lambda: None,
) -> None:
    """Facts, then figures: each stage replaces what it wrote of the session before, in one transaction.

    `is_priced` says that the facts are in place already.
    """

    def run(stage: Callable[[Store, dt.date, Rules], Found]) -> Found:
        found = stage(store, session_date, rules)
        after_stage()
        return found

    if not is_priced:
        run(build.build_core)
    run(build.build_market)
    held = run(book.build_book)
    run(partial(actions.build_actions, held=held))
    for stage in (capital.build_capital, states.build_states):
        run(stage)
