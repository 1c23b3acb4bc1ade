"""Which session a chain file belongs to, whether it is an end of day, and which of several files is believed.

A file says it outright (a quote-date column), or by its index's last print, or by its date line, or only by what it
lists: never by its name (METHODOLOGY 9.6). A download after the close, on a weekend or holiday, or before the next open
holds the last session.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import polars as pl

from transforms.market.calendar import (
    FIRST_DAY,
    LAST_DAY,
    NEW_YORK,
    is_session,
    previous_session,
    quote_table_instant,
    session_close_at,
    session_on_or_before,
)
from transforms.market.forwards import parity_pairs
from transforms.market.quote_clock import REGULAR_OPENS, ClockRules, QuoteClock, read_quote_clock, trading_date
from transforms.market.quote_clock import RULES as CLOCK_RULES
from transforms.market.typing_rules import new_york_date
from transforms.thresholds import threshold
from warehouse.tables.core import CORE_OPTION_CHAINS

# Cboe's public page shows quotes a quarter of an hour old.
PAGE_DELAY: Final = dt.timedelta(minutes=15)
# A download is placed by the sessions around it: so far from the ends of the calendar both are known.
FIRST_PLACED_DAY: Final = FIRST_DAY + dt.timedelta(days=10)
LAST_PLACED_DAY: Final = LAST_DAY - dt.timedelta(days=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacingRules:
    """How a chain without a date is placed in a session, and which of several is believed."""

    NAME: ClassVar[str] = "chains"

    vx_sessions_before_expiry: int = threshold(
        5,
        unit="trading sessions",
        says="VIX chain without a date: sessions searched before its first expiry",
        ref="METHODOLOGY 9.6",
    )
    vx_tolerance_pts: float = threshold(
        0.15,
        unit="index points",
        says="VIX chain without a date: parity off the VX settlement by at most",
        ref="METHODOLOGY 9.6",
    )
    complete_frac: float = threshold(
        0.95,
        unit="fraction",
        says="Chain counts as complete with, of the most live contracts, at least",
        ref="METHODOLOGY 9.6",
    )


RULES: Final = PlacingRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placing:
    """The session of a chain and what said so; null with a reason. `is_inside` where that says trading hours."""

    session_date: dt.date | None = None
    session_from: str | None = None
    reason: str | None = None
    is_inside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenChain:
    """The load believed for a session, the instant of its quotes and whether they end the day; null with a reason."""

    load_id: str | None = None
    quote_at: dt.datetime | None = None
    is_end_of_day: bool = False
    reason: str | None = None


def describe_chains(
    loads: pl.DataFrame,
    quotes: pl.DataFrame,
    vx_settlements: pl.DataFrame,
    *,
    rules: PlacingRules = RULES,
    clock_rules: ClockRules = CLOCK_RULES,
) -> pl.DataFrame:
    """Say of each chain load which session it belongs to, whether it is an end of day, and why.

    `loads` are rows of meta.loads, `quotes` rows of `type_quotes` of these loads, `vx_settlements`
    core.vx_settlements_daily. One row a load that has quotes, in core.option_chains' columns.
    """
    chains = quotes.partition_by("load_id", as_dict=True)
    found = [
        (load, chains[(load["load_id"],)])
        for load in loads.sort("load_id").iter_rows(named=True)
        if (load["load_id"],) in chains
    ]
    rows = []
    for load, of_load in found:
        clock = _clock(load, of_load, clock_rules)
        rows.append(_describe(load, of_load, _place(load, of_load, vx_settlements, clock=clock, rules=rules), clock))
    return CORE_OPTION_CHAINS.conform(pl.DataFrame(rows, schema=CORE_OPTION_CHAINS.polars_schema))


def _describe(
    load: dict[str, Any], quotes: pl.DataFrame, placing: _Placing, clock: QuoteClock | None
) -> dict[str, object]:
    is_end_of_day, end_of_day_reason = _end_of_day(load, placing, clock)
    return {
        "load_id": load["load_id"],
        "underlying": quotes["underlying"].first(),
        "session_date": placing.session_date,
        "session_from": placing.session_from,
        "session_reason": placing.reason,
        "quote_at": _quote_at(load, placing, clock, is_end_of_day=is_end_of_day),
        "is_end_of_day": is_end_of_day,
        "end_of_day_reason": end_of_day_reason,
        "clock_at": clock and clock.clock_at,
        "clock_spread_minutes": clock and clock.spread_minutes,
        "contracts_qty": quotes.height,
        "live_contracts_qty": _live_contracts(quotes, placing.session_date),
        "expiries_qty": quotes.select("root", "expiry_date").n_unique(),
    }


def _clock(load: dict[str, Any], quotes: pl.DataFrame, rules: ClockRules) -> QuoteClock | None:
    """Read the quote clock where it has a say."""
    is_vix = quotes["underlying"].first() == "VIX"
    if load["stated_date"] is not None:  # end-of-day columns, whose vols may be of 15:45
        return None
    if is_vix and load["stated_at"] is not None:  # a VIX monthly tells the hour at best; the date line knows better
        return None
    return read_quote_clock(quotes, rules)


def _place(
    load: dict[str, Any],
    quotes: pl.DataFrame,
    vx_settlements: pl.DataFrame,
    *,
    clock: QuoteClock | None,
    rules: PlacingRules,
) -> _Placing:
    strange = _outside_the_calendar(load)
    if strange is not None:
        return _Placing(reason=f"the file says {strange}, where sessions are known from {FIRST_DAY} to {LAST_DAY}")
    if load["stated_date"] is not None:
        return _by_quote_date(load["stated_date"])
    if load["last_print_at"] is not None:
        return _by_last_print(load["last_print_at"], load["stated_at"], has_clock=clock is not None)
    if load["stated_at"] is not None:
        return _by_date_line(load["stated_at"])
    first_expiry = quotes.select(pl.col("expiry_date").min()).item()
    if quotes["underlying"].first() == "SPX":
        # The series that has just expired is still listed at the close.
        return _Placing(session_date=session_on_or_before(first_expiry), session_from="first_expiry")
    return _by_vx_parity(quotes, vx_settlements, first_expiry, clock=clock, rules=rules)


def _outside_the_calendar(load: dict[str, Any]) -> dt.date | None:
    """A date or instant a file states of itself that is of no year the calendar knows, as a mistyped one is."""
    instants = [new_york_date(load[name]) for name in ("stated_at", "last_print_at") if load[name] is not None]
    days = [*([load["stated_date"]] if load["stated_date"] is not None else []), *instants]
    return next((day for day in days if not FIRST_PLACED_DAY <= day <= LAST_PLACED_DAY), None)


def _by_quote_date(quote_date: dt.date) -> _Placing:
    if not is_session(quote_date):
        return _Placing(reason=f"the quote-date column says {quote_date}, which is not a session")
    return _Placing(session_date=quote_date, session_from="quote_date_column")


def _by_date_line(stated_at: dt.datetime) -> _Placing:
    """Place a download: inside a session it is that session's, else the last session's whose quotes had ended."""
    day = new_york_date(stated_at)
    if is_session(day) and stated_at >= quote_table_instant(day):
        return _Placing(session_date=day, session_from="date_line")
    if is_session(day) and stated_at.astimezone(NEW_YORK).time() >= REGULAR_OPENS:
        return _Placing(session_date=day, session_from="date_line", is_inside=True)
    return _Placing(session_date=previous_session(day), session_from="date_line")


def _by_last_print(printed_at: dt.datetime, made_at: dt.datetime, *, has_clock: bool) -> _Placing:
    """Place a page by the index's last print: it stands still from the close of its session to the next one.

    The page must have been made late enough to show the session's last quotes. A print before the open or on a closed
    day is VIX, which is also computed overnight: its options are live then, so they are no end of day. A page made
    while options trade is none either, unless a quote clock can say better.
    """
    day = new_york_date(printed_at)
    if not is_session(day) or printed_at.astimezone(NEW_YORK).time() < REGULAR_OPENS:
        return _Placing(session_date=previous_session(day), session_from="last_print", is_inside=True)
    is_too_early = printed_at < session_close_at(day) or made_at < quote_table_instant(day) + PAGE_DELAY
    is_live = not has_clock and trading_date(made_at - PAGE_DELAY) is not None
    return _Placing(session_date=day, session_from="last_print", is_inside=is_too_early or is_live)


def _by_vx_parity(
    quotes: pl.DataFrame,
    vx_settlements: pl.DataFrame,
    first_expiry: dt.date,
    *,
    clock: QuoteClock | None,
    rules: PlacingRules,
) -> _Placing:
    """Place a VIX chain in the session whose VX settlement the parity forward of its nearest monthly meets best.

    Looked for up to five sessions before the first expiry and on that day, and not after quotes whose clock is running.
    """
    forward = _nearest_monthly_forward(quotes)
    if forward is None:
        return _Placing(reason="no VIX monthly is quoted on both sides of a strike")
    expiry_date, forward_pts = forward
    first, last = _sessions_before(first_expiry, rules.vx_sessions_before_expiry), first_expiry
    if clock is not None and clock.is_trading:
        last = min(last, new_york_date(clock.clock_at))
    candidates = (
        vx_settlements.filter(
            pl.col("expiry_date") == expiry_date,
            pl.col("session_date").is_between(first, last),
            pl.col("settle_pts").is_not_null(),
        )
        .with_columns(distance_pts=(pl.col("settle_pts") - forward_pts).abs())
        .sort("distance_pts", "session_date")
    )
    searched = f"the VX {expiry_date} settlements of {first} to {last}"
    if candidates.is_empty():
        return _Placing(reason=f"{searched} are not loaded")
    best = candidates.row(0, named=True)
    if best["distance_pts"] > rules.vx_tolerance_pts:
        return _Placing(
            reason=f"none of {searched} is within {rules.vx_tolerance_pts:g} of the parity forward {forward_pts:.4f}; "
            f"nearest {best['settle_pts']:.4f} on {best['session_date']}"
        )
    return _Placing(session_date=best["session_date"], session_from="vx_parity")


def _nearest_monthly_forward(quotes: pl.DataFrame) -> tuple[dt.date, float] | None:
    """Read the first quoted monthly's forward, undiscounted: K + C - P where call and put are closest."""
    pairs = (
        parity_pairs(quotes.filter(root="VIX"))
        .filter(pl.col("expiry_date") == pl.col("expiry_date").min())
        .filter(pl.col("call_less_put_pts").abs() == pl.col("call_less_put_pts").abs().min())
        .select("expiry_date", forward_pts=pl.col("strike_pts") + pl.col("call_less_put_pts"))
    )
    return pairs.row(0) if pairs.height else None


def _sessions_before(day: dt.date, count: int) -> dt.date:
    for _ in range(count):
        day = previous_session(day)
    return day


def _end_of_day(load: dict[str, Any], placing: _Placing, clock: QuoteClock | None) -> tuple[bool, str]:
    if placing.session_from == "quote_date_column" and placing.session_date is not None:
        stated_at = load["stated_at"]
        is_after_close = stated_at is None or stated_at >= session_close_at(placing.session_date)
        return is_after_close, "eod_columns" if is_after_close else "quote_time"
    stated = placing.session_from if placing.session_from in {"date_line", "last_print"} else None
    if placing.is_inside and stated is not None:
        return False, stated
    if clock is not None and clock.is_trading:
        return False, "quote_clock"
    return True, stated or "no_evidence_against"


def _quote_at(
    load: dict[str, Any], placing: _Placing, clock: QuoteClock | None, *, is_end_of_day: bool
) -> dt.datetime | None:
    """Give the instant the time to settlement is counted from.

    An end of day is quoted 15 minutes after the close, when quotes end, unless a file with a quote-date column states
    an earlier time. A live chain stands where its clock stands: the web page is 15 to 20 minutes behind its date line.
    """
    ended_at = None if placing.session_date is None else quote_table_instant(placing.session_date)
    if placing.session_from == "quote_date_column" and load["stated_at"] is not None and ended_at is not None:
        return min(load["stated_at"], ended_at)  # type: ignore[no-any-return]  # a row of meta.loads
    if is_end_of_day:
        return ended_at
    if clock is not None and clock.is_trading:
        return clock.clock_at
    return load["stated_at"]  # type: ignore[no-any-return]  # as above


def _live_contracts(quotes: pl.DataFrame, session_date: dt.date | None) -> int | None:
    if session_date is None:
        return None
    return quotes.filter(pl.col("expiry_date") > session_date, pl.col("ask_pts") > 0.0).height


def choose_chain(
    chains: pl.DataFrame, underlying: str, session_date: dt.date, *, rules: PlacingRules = RULES
) -> ChosenChain:
    """Choose the load a session is priced from.

    `chains` are rows of core.option_chains with `loaded_at` of meta.loads. End of day beats intraday; complete (95% of
    the most live contracts among the session's chains of that kind) beats partial; then the later quote instant; then
    the newest load.
    """
    candidates = chains.filter(pl.col("underlying") == underlying, pl.col("session_date") == session_date)
    if candidates.is_empty():
        return ChosenChain(reason=f"no {underlying} chain belongs to {session_date}")
    most_live = pl.col("live_contracts_qty").max().over("is_end_of_day")
    best = (
        candidates.with_columns(is_complete=pl.col("live_contracts_qty") >= rules.complete_frac * most_live)
        .sort("is_end_of_day", "is_complete", "quote_at", "loaded_at", "load_id", descending=True, nulls_last=True)
        .row(0, named=True)
    )
    return ChosenChain(load_id=best["load_id"], quote_at=best["quote_at"], is_end_of_day=best["is_end_of_day"])
