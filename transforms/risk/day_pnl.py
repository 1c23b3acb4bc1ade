"""What the book made since the previous close, legs that have gone in between included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from transforms.book.legs import told_reasons, total_or_null
from transforms.book.payoffs import with_payoffs
from transforms.book.positions import ALL_ACCOUNTS, CLOSED, SETTLED_TODAY
from transforms.market.calendar import previous_session

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousNight:
    """The night before: its date, mark and marts, and `holdings` of today's fills at its mark.

    `legs`, `book`, `vx_curve` and `attribution_periods` are its rows of mart.legs_daily and so on.
    """

    session_date: dt.date
    mark_at: dt.datetime
    legs: pl.DataFrame
    book: pl.DataFrame
    holdings: pl.DataFrame
    vx_curve: pl.DataFrame
    attribution_periods: pl.DataFrame

    @property
    def spot_pts(self) -> float | None:
        """SPX at its mark."""
        spot: float | None = self.book["spot_pts"][0]
        return spot


def no_comparison(previous: PreviousNight | None, session_date: dt.date) -> str | None:
    """Say why tonight cannot be compared with the session before; null where it can."""
    if previous is None:
        return "no earlier session to compare with"
    if previous.session_date != previous_session(session_date):
        return f"the session before, {previous_session(session_date)}, has not been computed"
    if previous.book["is_data_hold"].any():
        return f"the session before, {previous.session_date}, was on data hold"
    return None


def day_pnl(
    held: pl.DataFrame,
    legs: pl.DataFrame,
    settlements: pl.DataFrame,
    *,
    scopes: Sequence[str],
    previous: PreviousNight | None,
) -> dict[str, dict[str, Any]]:
    """Give each scope the P&L of the session, net of fees, as `day_pnl_usd` and `day_pnl_reason`; null with the reason.

    What each leg has earned since its first fill, tonight less last night, over open, closed and just settled legs.
    """
    if held.is_empty():
        return dict.fromkeys(scopes, _day(0.0, None))
    session_date: dt.date = held.item(0, "session_date")
    reason = no_comparison(previous, session_date)
    if previous is None or reason is not None:
        return dict.fromkeys(scopes, _day(None, reason))
    tonight = _earned(held, legs, settlements, scopes)
    before = _earned(previous.holdings, previous.legs, settlements, scopes, is_before=True)
    return {scope: _since(tonight[scope], before[scope]) for scope in scopes}


def _since(tonight: tuple[float | None, str | None], before: tuple[float | None, str | None]) -> dict[str, Any]:
    reasons = ", ".join(
        f"{name}: {reason}" for name, (_, reason) in (("tonight", tonight), ("last night", before)) if reason
    )
    if tonight[0] is None or before[0] is None:
        return _day(None, reasons)
    return _day(tonight[0] - before[0], None)


def _day(usd: float | None, reason: str | None) -> dict[str, Any]:
    return {"day_pnl_usd": usd, "day_pnl_reason": reason}


def _earned(
    held: pl.DataFrame, legs: pl.DataFrame, settlements: pl.DataFrame, scopes: Sequence[str], *, is_before: bool = False
) -> dict[str, tuple[float | None, str | None]]:
    """What each scope's legs have earned since their first fill, those just settled not if `is_before`."""
    of_open = legs.select("account", "instrument_id", "pnl_usd", reason="unpriced_reason")
    standings = [CLOSED] if is_before else [CLOSED, SETTLED_TODAY]
    of_gone = with_payoffs(held.filter(pl.col("standing").is_in(standings)), settlements).select(
        "account",
        "instrument_id",
        pnl_usd=pl.col("final_pnl_usd") - pl.col("fees_usd"),
        reason="payoff_reason",
    )
    rows = pl.concat([of_open, of_gone]).sort("account", "instrument_id", "pnl_usd")
    of_scopes = {scope: rows if scope == ALL_ACCOUNTS else rows.filter(account=scope) for scope in scopes}
    return {
        scope: (total_or_null(own["pnl_usd"]), told_reasons(own, reason="reason")) for scope, own in of_scopes.items()
    }
