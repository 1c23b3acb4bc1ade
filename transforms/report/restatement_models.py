"""What a restated report says about its first issue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from transforms.report.models import Measure


@dataclass(frozen=True, slots=True)
class Restated:
    """Page one: how much has changed since the first issue."""

    first_issued_at: dt.datetime
    figures_qty: int


@dataclass(frozen=True, slots=True)
class RestatedFigure:
    """One figure or state of page one that is another than in the first issue.

    A state has its words in `state_was` and `state_now`, and no values; a figure has no words. What stood only in one
    of the two issues has in the other no value, and the reason says so.
    """

    figure: str  # as the JSON names it, e.g. totals.net_delta
    name: str
    account: str  # empty where it is the market's
    subject: str
    was: Measure
    now: Measure
    state_was: str
    state_now: str
