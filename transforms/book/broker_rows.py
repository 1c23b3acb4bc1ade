"""What the rows of a broker statement are, and which fills a broker has taken back.

A cancellation names the execution it takes back. Both leave the book; what the broker kept of the fees goes to the
execution that replaces it. Expirations, assignments, exercises and cash settlements are no fills: a position settles by
our own settlement value, and the broker's cash is kept beside it to be compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.market import typing_rules as rules
from warehouse.tables.core import CORE_BROKER_EVENTS
from warehouse.tables.meta import META_REJECTED_ROWS
from warehouse.tables.raw import RAW_BROKER_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable

FILL: Final = "fill"
CORRECTION: Final = "correction"
CANCEL: Final = "cancel"
SETTLING: Final = ("expiration", "assignment", "exercise", "cash_settlement")
EXPIRATION, ASSIGNMENT, EXERCISE, CASH_SETTLEMENT = SETTLING
EVENTS: Final = (FILL, CORRECTION, CANCEL, *SETTLING)

OTHER_INSTRUMENT: Final = "other_instrument"
NOT_A_TRADE: Final = "not_a_trade"
CANCELLED: Final = "cancelled_by_broker"
CORRECTED: Final = "corrected_by_broker"
# Rows that are rightly no fills: nothing is missing from the book because of them.
SET_ASIDE: Final = (OTHER_INSTRUMENT, NOT_A_TRADE, CANCELLED, CORRECTED)

CONTRACT: Final = ("broker", "account", "root", "expiry_date", "right", "strike_pts")

Row = dict[str, Any]


def is_event(*names: str) -> pl.Expr:
    """Say whether a row is one of these; a row that says nothing is a fill."""
    return pl.col("event").fill_null(FILL).is_in(names)


def without_cancelled(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Row], list[Row]]:
    """Take out what a broker has cancelled or replaced.

    `rows` are typed fills, corrections and cancellations, each once. Returns the fills that stand, the rows that have
    left as `{fill_id, rule, reason}`, and the cancelled fills whose fees nobody took over (with `fees_usd`).
    """
    taking_back = rows.filter(is_event(CANCEL, CORRECTION) & pl.col("cancels_ref").is_not_null())
    lost = rows.filter(is_event(CANCEL) & pl.col("cancels_ref").is_null())
    if taking_back.is_empty() and lost.is_empty():
        return rows, [], []
    standing = {row["fill_id"]: row for row in rows.filter(~is_event(CANCEL)).sort("fill_id").to_dicts()}
    left: list[Row] = [_unmatched(row) for row in lost.to_dicts()]
    kept_fees: list[Row] = []
    for taken in taking_back.sort("filled_instant", "fill_id").to_dicts():
        original = _cancelled(taken, standing.values())
        if original is None:
            left += [_unmatched(taken)] if taken["event"] == CANCEL else []
            continue
        del standing[original["fill_id"]]
        left += _gone(taken, original)
        kept_fees += _hand_over_fees(taken, original, standing)
    fills = pl.DataFrame(list(standing.values()), schema=rows.schema, orient="row")
    return fills, left, kept_fees


def type_broker_events(typed: pl.DataFrame, kept_fees: Iterable[Row] = ()) -> pl.DataFrame:
    """List the settlement rows of all statements, each once: one row per `event_id`, as core.broker_events declares.

    `typed` as `fills.typed_rows` gives them; `kept_fees` of `without_cancelled`.
    """
    new_york = pl.col("filled_instant").dt.convert_time_zone("America/New_York").dt.date()
    events = (
        typed.filter(is_event(*SETTLING))
        .sort("loaded_at", "load_id", "source_line", "fill_id")
        .unique("fill_id", keep="last", maintain_order=True)
    )
    orphans = pl.DataFrame(list(kept_fees), schema=typed.schema, orient="row").with_columns(
        event=pl.lit(CANCEL), amount_usd=pl.lit(None, dtype=pl.Float64)
    )
    rows = pl.concat([events, orphans]).select(
        *("account", "broker", "event", "root", "expiry_date", "settlement", "right", "strike_pts"),
        *("amount_usd", "fees_usd", "load_id"),
        event_id="fill_id",
        event_date=new_york,
        quantity_qty=pl.col("quantity_read").cast(pl.Int64),
    )
    return CORE_BROKER_EVENTS.conform(rows).sort("event_id")


def _cancelled(taken: Row, standing: Iterable[Row]) -> Row | None:
    """The fill a row takes back: of its contract, under the number it names, of the other sign if it is a cancellation.

    The last one before it counts; of one instant the first booked, for what replaces it may bear the same number.
    """
    sought = -taken["quantity_read"] if taken["event"] == CANCEL else None
    candidates = [
        row
        for row in standing
        if row["fill_id"] != taken["fill_id"]
        and row["trade_ref"] == taken["cancels_ref"]
        and all(row[name] == taken[name] for name in CONTRACT)
        and sought in (None, row["quantity_read"])
        and row["filled_instant"] <= taken["filled_instant"]
    ]
    latest = max((row["filled_instant"] for row in candidates), default=None)
    return min((row for row in candidates if row["filled_instant"] == latest), key=_booked, default=None)


def _booked(row: Row) -> tuple[int, str]:
    """The order in which a broker booked its rows: its numbers rise, and are not of one length."""
    return len(row["fill_id"]), row["fill_id"]


def _gone(taken: Row, original: Row) -> list[Row]:
    by = f"{taken['source_file']} line {taken['source_line']}"
    if taken["event"] == CORRECTION:
        return [
            {"fill_id": original["fill_id"], "rule": CORRECTED, "reason": f"The broker has replaced this fill: {by}."}
        ]
    reason = f"The broker has cancelled this fill: {by}."
    of_cancel = f"This row cancels {original['fill_id']}; neither is in the book."
    return [
        {"fill_id": original["fill_id"], "rule": CANCELLED, "reason": reason},
        {"fill_id": taken["fill_id"], "rule": CANCELLED, "reason": of_cancel},
    ]


def _hand_over_fees(taken: Row, original: Row, standing: dict[str, Row]) -> list[Row]:
    """Give the fees of a fill taken back to the one that replaces it: of its number, else of its order."""
    left_usd = original["fees_usd"] + (taken["fees_usd"] if taken["event"] == CANCEL else 0.0)
    if taken["event"] == CORRECTION:
        heir: Row | None = taken
    else:
        heir = _replacement(original, standing.values())
    if heir is not None:
        standing[heir["fill_id"]]["fees_usd"] += left_usd
        return []
    return [original | {"fees_usd": left_usd}] if left_usd else []


def _replacement(original: Row, standing: Iterable[Row]) -> Row | None:
    of_contract = [row for row in standing if all(row[name] == original[name] for name in CONTRACT)]
    for name in ("trade_ref", "order_ref"):
        found = [row for row in of_contract if original[name] is not None and row[name] == original[name]]
        later = [row for row in found if _booked(row) > _booked(original)]
        if later:
            return min(later, key=_booked)
    return None


def _unmatched(taken: Row) -> Row:
    named = taken["cancels_ref"] or "nothing"
    reason = f"This row cancels {named}, which is not among the fills: import the statement that has it."
    return {"fill_id": taken["fill_id"], "rule": "cancels_unknown_fill", "reason": reason}


def rejected_of(left: Iterable[Row], rows: pl.DataFrame) -> pl.DataFrame:
    """Write down the rows that have left the book, as meta.rejected_rows has them."""
    schema = {"fill_id": pl.String, "rule": pl.String, "why": pl.String}
    named = pl.DataFrame(
        [(row["fill_id"], row["rule"], row["reason"]) for row in left], schema=schema, orient="row"
    ).unique(maintain_order=True)
    gone = rows.join(named, on="fill_id", how="inner", maintain_order="left_right")
    return pl.concat(
        [
            META_REJECTED_ROWS.empty(),
            *(
                rules.reject(
                    of_rule, rules.RowRule(rule, pl.lit(value=True), pl.col("why")), RAW_BROKER_ROWS, pl.col("fill_id")
                )
                for (rule,), of_rule in sorted(gone.partition_by("rule", as_dict=True).items())
            ),
        ]
    )
