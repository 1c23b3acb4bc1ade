"""What changed since the session before: status, condor states, layers, condors opened and gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.report.mart_rows import MartRow, listed_for, of_session, rows_of, summed_for
from transforms.report.models import Change, Changes
from warehouse.tables.mart import MART_BOOK_DAILY, MART_CONDORS_DAILY, MART_HEDGE_LAYERS_DAILY, MART_STATE_CHANGES_DAILY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transforms.report.inputs import ReportInputs

CHANGES_ON_PAGE_ONE = 6
NOT_KNOWN = "not known"


def changes_of(inputs: ReportInputs) -> Changes:
    """State changes against the previous session, the book first."""
    if inputs.previous_book.is_empty():
        return Changes(rows=(), more_qty=0, reason="No earlier session to compare with.")
    rows = (*_book(inputs), *_condors(inputs), *_layers(inputs), *_moves(inputs))
    return Changes(
        rows=rows[:CHANGES_ON_PAGE_ONE],
        more_qty=max(0, len(rows) - CHANGES_ON_PAGE_ONE),
        reason="" if rows else "No state changed.",
    )


def _book(inputs: ReportInputs) -> Iterator[Change]:
    account = inputs.stamp.account
    was = rows_of(MART_BOOK_DAILY, summed_for(inputs.previous_book, account))
    now = rows_of(MART_BOOK_DAILY, summed_for(of_session(inputs.book, inputs.stamp.session_date), account))
    for before, after in zip(was, now, strict=False):
        if before.text("status") != after.text("status"):
            yield Change(subject="Book", was=before.text("status"), now=after.text("status"))


def _condors(inputs: ReportInputs) -> Iterator[Change]:
    account = inputs.stamp.account
    was = {_condor_key(row): row for row in rows_of(MART_CONDORS_DAILY, listed_for(inputs.previous_condors, account))}
    tonight = listed_for(of_session(inputs.condors, inputs.stamp.session_date), account)
    now = {_condor_key(row): row for row in rows_of(MART_CONDORS_DAILY, tonight)}
    accounts = {account for account, _ in was.keys() | now.keys()}
    for key in sorted(was.keys() | now.keys()):
        before = _state(was[key]) if key in was else "not held"
        after = _state(now[key]) if key in now else "no longer held"
        if before != after:
            name = " ".join(key) if len(accounts) > 1 else key[1]
            yield Change(subject=f"Condor {name}", was=before, now=after)


def _layers(inputs: ReportInputs) -> Iterator[Change]:
    account = inputs.stamp.account
    was = {
        row.text("layer"): row for row in rows_of(MART_HEDGE_LAYERS_DAILY, summed_for(inputs.previous_layers, account))
    }
    tonight = summed_for(of_session(inputs.hedge_layers, inputs.stamp.session_date), account).sort("layer")
    for row in rows_of(MART_HEDGE_LAYERS_DAILY, tonight):
        before = was.get(row.text("layer"))
        if before is None:
            continue
        for column, word in (("signal_state", "signal"), ("position_state", "position")):
            if before.text(column) != row.text(column):
                yield Change(
                    subject=f"{row.text('layer')} {word}",
                    was=before.text(column) or NOT_KNOWN,
                    now=row.text(column) or NOT_KNOWN,
                )


def _moves(inputs: ReportInputs) -> Iterator[Change]:
    """The second engine's and the entry gate's moves, as the night recorded them."""
    moves = of_session(inputs.state_changes, inputs.stamp.session_date)
    engine = summed_for(moves.filter(pl.col("subject_kind") == "second_engine"), inputs.stamp.account)
    for frame, name in ((engine, "Second engine"), (moves.filter(pl.col("subject_kind") == "gate"), "Entry gate")):
        for row in rows_of(MART_STATE_CHANGES_DAILY, frame):
            yield Change(subject=name, was=row.text("from_state") or NOT_KNOWN, now=row.text("to_state") or NOT_KNOWN)


def _condor_key(row: MartRow) -> tuple[str, str]:
    return row.text("account"), row.text("condor_id")


def _state(row: MartRow) -> str:
    side = row.text("side")
    return f"{row.text('state') or NOT_KNOWN} {side.lower()}".strip() if side else row.text("state") or NOT_KNOWN
