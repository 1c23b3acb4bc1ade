"""`condorwatch book show` and `book check`: what is held, and where the book and a broker part ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from flows.build import chosen_chains
from flows.errors import ExitCode, UsageError
from flows.evening import known_settlements, rejected_fills
from flows.recovery import opened_warehouse
from flows.rules import Rules
from flows.session_rows import SessionRows
from flows.sources.broker_positions import read_positions
from flows.sources.errors import FileRefused
from flows.sql_answer import built_session
from flows.sql_output import printed
from transforms.book.payoffs import with_payoffs
from transforms.book.positions import held_book
from transforms.book.reconcile import DIFFERENCE, Finding, internal_findings, position_differences
from transforms.market.calendar import NEW_YORK, is_session, session_on_or_before
from warehouse.store import has_warehouse, open_reader
from warehouse.tables import core

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from flows.settings import Settings
    from flows.sources.broker_positions import BrokerPositions
    from warehouse.store import Store

_LEGS: Final = """
    select l.account, l.structure_id, s.kind, s.grouping, l.part, l.instrument_id, l.quantity_qty, l.entry_price_pts,
        l.mark_pts, l.pnl_usd, l.delta_usd_per_pt, l.unpriced_reason
    from mart.legs_daily as l
    left join mart.positions_daily as s using (session_date, account, structure_id, instrument_id)
    where l.session_date = $session_date
    order by l.account, l.structure_id, l.instrument_id
"""
_WAITING: Final = """
    select account, structure_id, kind, legs, status_reason
    from mart.structures_daily
    where session_date = $session_date and status = 'AWAITING_SETTLEMENT'
    order by account, structure_id, kind
"""
_BY_FILLS: Final = ("account", "structure_id", "kind", "grouping", "instrument_id", "quantity_qty", "entry_price_pts")


def show_book(settings: Settings, *, session_date: dt.date | None, now: dt.datetime) -> str:
    """Print what was held on a session: every leg with its mark, or why it has none.

    Before the first night there are no marks: then what the fills give, as of now.
    """
    with open_reader(settings.home) as reader:
        built = built_session(reader)
        if session_date is None and built is None:
            fills = reader.read(core.CORE_FILLS)
            held = held_book(fills, session_on_or_before(now.astimezone(NEW_YORK).date()), now).positions
            head = f"Held now by the fills, before the first night: {held.height} legs."
            return _with_table(head, held.select(_BY_FILLS))
        day = session_date or built
        legs = reader.query(_LEGS, {"session_date": day})
        waiting = reader.query(_WAITING, {"session_date": day})
    shown = _with_table(f"Held on {day}: {legs.height} legs.", legs)
    if waiting.is_empty():
        return shown
    return f"{shown}\n" + _with_table(f"Awaiting their settlement value: {waiting.height} structures.", waiting)


def check_book(  # noqa: PLR0913 - one argument an option of the command
    settings: Settings,
    *,
    positions: Path | None,
    account: str | None,
    session_date: dt.date | None,
    now: dt.datetime,
    echo: Callable[[str], object],
) -> ExitCode:
    """Hold the book against itself, and against what a broker says it holds; print every finding.

    As of the session's mark where one is named, else the instant the broker's file states, else now. Ends with
    DATA_HOLD when something is at fault.

    Raises:
        UsageError: there is no book; the positions file does not exist or is not understood; the date is no session.
    """
    rules = Rules.of(settings)
    stated = _stated(positions, account, now) if positions is not None else None
    if not has_warehouse(settings.home):
        raise UsageError(f"There is no book in {settings.home}.", hint="condorwatch book import FILE makes one.")
    with opened_warehouse(settings) as store:
        mark_at = _mark_at(store, rules, session_date, stated, now)
        day = session_on_or_before(mark_at.astimezone(NEW_YORK).date())
        fills, events = store.read(core.CORE_FILLS), store.read(core.CORE_BROKER_EVENTS)
        rows = SessionRows(store, day)
        settlements = known_settlements(rows, rows.up_to(core.CORE_INDEX_LEVELS_DAILY))
        rejected = rejected_fills(store)
    book = held_book(fills, day, mark_at)
    found = [
        *(position_differences(book, stated.rows, stated.accounts) if stated else []),
        *internal_findings(book, with_payoffs(book.holdings, settlements), events.filter(pl.col("event_date") <= day)),
        *(Finding(DIFFERENCE, "book", "rejected", sentence) for sentence in rejected),
    ]
    for line in _lines(found, stated, mark_at, legs_qty=book.positions.height):
        echo(line)
    return ExitCode.DATA_HOLD if any(finding.severity == DIFFERENCE for finding in found) else ExitCode.DONE


def _stated(path: Path, account: str | None, now: dt.datetime) -> BrokerPositions:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", hint="Is the path right?") from error
    try:
        return read_positions(path.name, content, today=now.astimezone(NEW_YORK).date(), account=account)
    except FileRefused as refusal:
        raise UsageError(str(refusal), hint="Export the positions again; docs/brokers.md says how.") from refusal


def _mark_at(
    store: Store, rules: Rules, session_date: dt.date | None, stated: BrokerPositions | None, now: dt.datetime
) -> dt.datetime:
    if session_date is not None:
        if not is_session(session_date):
            raise UsageError(f"{session_date} is not a trading session.", hint="Name a day on which the NYSE was open.")
        return chosen_chains(store, session_date, rules.chains).mark_at
    return stated.stated_at if stated is not None and stated.stated_at is not None else now


def _lines(found: list[Finding], stated: BrokerPositions | None, mark_at: dt.datetime, *, legs_qty: int) -> list[str]:
    against = f" against {stated.format} ({stated.rows.height} of ours)" if stated is not None else ""
    differences_qty = sum(finding.severity == DIFFERENCE for finding in found)
    at = f"{mark_at.astimezone(NEW_YORK):%Y-%m-%d %H:%M} New York"
    counted = f"{differences_qty} differences, {len(found) - differences_qty} notes"
    return [f"The book at {at}, {legs_qty} legs{against}: {counted}.", *(finding.line for finding in found)]


def _with_table(head: str, rows: pl.DataFrame) -> str:
    return f"{head}\n" + (printed(rows, "table") if rows.height else "")
