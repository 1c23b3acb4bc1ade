"""Where SPX stood when the chain was quoted: the level that states and Greeks are measured against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from transforms.market.calendar import is_session, session_close_at
from transforms.market.typing_rules import new_york_date

if TYPE_CHECKING:
    import datetime as dt

NO_SPXW_FORWARD: Final = "no SPXW expiry of at least one day has a forward"
NO_INDEX_CLOSE: Final = "the chain is quoted at the close, and the official close is not loaded"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSpot:
    """The mark spot in points and what it was read from; null with a reason where neither source has it."""

    spot_pts: float | None = None
    spot_from: Literal["parity", "official_close"] | None = None
    reason: str | None = None


def mark_spot(forwards: pl.DataFrame, index_close_pts: float | None, mark_at: dt.datetime) -> MarkSpot:
    """Say where SPX stood at the mark.

    The official close where the chain's time is the close itself; else the parity forward of the nearest SPXW expiry of
    at least one day, as it stands: its carry is under a point (METHODOLOGY 3.3). `forwards` are one session's rows of
    core.forwards_daily.
    """
    mark_date = new_york_date(mark_at)
    if is_session(mark_date) and mark_at == session_close_at(mark_date):
        if index_close_pts is None:
            return MarkSpot(reason=NO_INDEX_CLOSE)
        return MarkSpot(spot_pts=index_close_pts, spot_from="official_close")
    nearest = (
        forwards.filter(pl.col("root") == "SPXW", pl.col("dte_days") >= 1, pl.col("forward_pts").is_not_null())
        .sort("expiry_date")
        .head(1)
    )
    if nearest.is_empty():
        return MarkSpot(reason=NO_SPXW_FORWARD)
    return MarkSpot(spot_pts=nearest["forward_pts"].item(), spot_from="parity")
