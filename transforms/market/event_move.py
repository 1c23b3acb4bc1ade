"""What the market pays for one event: the move implied by the two expiries around it.

METHODOLOGY 5.6. The variance between the two holds the event and ordinary hours; take the ordinary ones away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

EVENT_OUTSIDE: Final = "the first expiry must settle before the second"
NO_EXTRA: Final = "the two expiries price no more than ordinary hours between them"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtmTerm:
    """ATM vol and time to settlement of one SPXW expiry."""

    atm_iv_vol: float
    t_years: float

    @property
    def total_variance(self) -> float:
        """ATM vol squared times T."""
        return self.atm_iv_vol**2 * self.t_years


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMove:
    """One standard deviation of the event's move, in points and as a fraction of spot; null with a reason."""

    move_pts: float | None = None
    move_frac: float | None = None
    event_variance: float | None = None
    reason: str | None = None


def implied_event_move(*, before: AtmTerm, after: AtmTerm, base_vol: float, spot_pts: float) -> EventMove:
    """Give the move an event is priced at.

    `before` and `after` are the SPXW expiries that settle last before and first after the event; `base_vol` is the vol
    of ordinary hours, such as the forward vol between two expiries without an event. Event variance =
    s2^2 T2 - s1^2 T1 - base^2 (T2 - T1); move = S sqrt(variance), 0 with a reason where that is negative.
    """
    if after.t_years <= before.t_years:
        return EventMove(reason=EVENT_OUTSIDE)
    ordinary = base_vol**2 * (after.t_years - before.t_years)
    variance = after.total_variance - before.total_variance - ordinary
    move = math.sqrt(max(variance, 0.0))
    return EventMove(
        move_pts=spot_pts * move,
        move_frac=move,
        event_variance=variance,
        reason=NO_EXTRA if variance < 0.0 else None,
    )


def forward_vol(near: AtmTerm, far: AtmTerm) -> float | None:
    """Give the vol between two expiries, sqrt((w2 - w1)/(T2 - T1)); None where total variance falls."""
    grown = far.total_variance - near.total_variance
    if far.t_years <= near.t_years or grown < 0.0:
        return None
    return math.sqrt(grown / (far.t_years - near.t_years))
