"""Campaigns that fills imply: one order that closes a spread and opens another is a roll (METHODOLOGY 4.1, R14).

Without this a rolled loss would be forgotten, and the new spread would show a break-even of its own credit alone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from transforms.book.shapes import SPX_ROOTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Fill = dict[str, Any]
NO_CAMPAIGN_FOUND: Final = {"is_campaign_implied": False}


def with_implied_campaigns(fills: Sequence[Fill]) -> list[Fill]:
    """Give spreads that were rolled into each other one campaign, named after the first of them.

    `fills` of `implied.with_implied_labels`, in time order. Only names found there count: a trader who labels
    structures labels campaigns too. Same order means the broker's number, else the same instant where a time is known.
    """
    first_of: dict[tuple[str, str], str] = {}
    for account, closed, opened in _rolls(fills):
        first = first_of.get((account, closed), closed)
        first_of[account, closed] = first
        first_of.setdefault((account, opened), first)
    return [fill | _campaign(fill, first_of) for fill in fills]


def _campaign(fill: Fill, first_of: dict[tuple[str, str], str]) -> dict[str, Any]:
    implied = first_of.get((fill["account"], fill["label"])) if fill["is_implied"] and not fill["campaign"] else None
    if implied is None:
        return NO_CAMPAIGN_FOUND
    return {"campaign": implied, "is_campaign_implied": True}


def _rolls(fills: Iterable[Fill]) -> list[tuple[str, str, str]]:
    """Account, spread closed and spread opened by one order, in time order."""
    orders: dict[Any, list[Fill]] = defaultdict(list)
    for fill in fills:
        is_dated_only = fill.get("is_time_known") is False and not fill.get("order_ref")
        if fill["is_implied"] and fill["root"] in SPX_ROOTS and not is_dated_only:
            orders[fill["account"], fill.get("order_ref") or fill["filled_at"]].append(fill)
    found = []
    for (account, _), parts in orders.items():
        closed = sorted({fill["label"] for fill in parts if not fill["opens"]})
        opened = sorted({fill["label"] for fill in parts if fill["opens"]} - set(closed))
        found += [(account, closed[0], label) for label in opened if closed]
    return found
