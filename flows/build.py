"""From the facts of a session to its figures. Each stage is one transaction that replaces what it wrote before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from flows.series import read_quotes, replace_rejects
from transforms.market.calendar import previous_session, quote_table_instant
from transforms.market.chains import choose_chain
from transforms.market.forwards import Mark
from transforms.market.quotes import type_quotes
from transforms.market.rates import par_curve
from transforms.market.spot import MarkSpot, mark_spot
from transforms.market.surface import price_chain
from transforms.market.term_structure import vx_curve
from transforms.market.vix_checks import vix_check
from transforms.signals.market_signals import MarketInputs, market_signals
from warehouse.tables import core, mart

if TYPE_CHECKING:
    import datetime as dt

    from transforms.market.rates import ParCurve
    from warehouse.store import Store

# Everything a signal looks back on: EMAs are warm after 150 sessions, percentiles look at 252.
HISTORY_DAYS = 400


@dataclass(frozen=True, slots=True)
class ChosenChains:
    """The chain files a session is priced from; null where there is none of use."""

    chains: pl.DataFrame
    spx_load_id: str | None
    vix_load_id: str | None

    def row(self, load_id: str | None) -> dict[str, Any] | None:
        """What is known of one chosen chain."""
        found = self.chains.filter(pl.col("load_id") == (load_id or ""))
        return found.row(0, named=True) if found.height else None


def chosen_chains(store: Store, session_date: dt.date) -> ChosenChains:
    """Choose among the chains of the session.

    An SPX chain that is not an end of day is used, and holds the night (the gates see it). Such a VIX chain is left
    aside: its legs are listed as unpriced, never priced at another hour than the condors.
    """
    chains = store.query(
        "select c.*, l.loaded_at from core.option_chains as c join meta.loads as l on l.load_id = c.load_id "
        "where c.session_date = $session_date order by c.load_id",
        {"session_date": session_date},
    )
    vix_ends = chains.filter((pl.col("underlying") == "SPX") | pl.col("is_end_of_day"))
    return ChosenChains(
        chains=chains,
        spx_load_id=choose_chain(chains, "SPX", session_date).load_id,
        vix_load_id=choose_chain(vix_ends, "VIX", session_date).load_id,
    )


def mark_instant(chosen: ChosenChains, session_date: dt.date) -> dt.datetime:
    """The instant the book is marked at: that of the SPX quotes, else where they would have been."""
    row = chosen.row(chosen.spx_load_id)
    stated = row["quote_at"] if row else None
    return stated or quote_table_instant(session_date)


def curve_of(store: Store, session_date: dt.date) -> ParCurve | None:
    """The latest Treasury curve on or before the session."""
    rows = store.query(
        "with latest as (select max(curve_date) as curve_date from core.treasury_yields_daily "
        "where curve_date <= $session_date) "
        "select y.curve_date, y.tenor_days, y.par_yield_frac from core.treasury_yields_daily as y "
        "join latest on latest.curve_date = y.curve_date order by y.tenor_days",
        {"session_date": session_date},
    )
    if rows.is_empty():
        return None
    return par_curve(rows["curve_date"][0], dict(zip(rows["tenor_days"], rows["par_yield_frac"], strict=True)))


def build_core(store: Store, session_date: dt.date) -> None:
    """Price the chains chosen for the session: forwards, implied vols, marks and Greeks per contract."""
    chosen = chosen_chains(store, session_date)
    curve = curve_of(store, session_date)
    vx = store.read(core.CORE_VX_SETTLEMENTS_DAILY, "session_date = $day", {"day": session_date})
    marks, found, rejected = [core.CORE_OPTION_MARKS_DAILY.empty()], [core.CORE_FORWARDS_DAILY.empty()], {}
    for load_id in filter(None, (chosen.spx_load_id, chosen.vix_load_id)):
        typed = type_quotes(read_quotes(store, [load_id]))
        rejected[load_id] = typed.rejected
        if curve is None:
            continue
        row = chosen.row(load_id) or {}
        quote_at = row["quote_at"] or quote_table_instant(session_date)
        priced = price_chain(typed.rows, Mark(session_date=session_date, quote_at=quote_at, curve=curve, vx=vx))
        marks.append(priced.marks)
        found.append(priced.forwards)
    with store.stage("core"):
        store.replace(core.CORE_OPTION_MARKS_DAILY, pl.concat(marks), session_date)
        store.replace(core.CORE_FORWARDS_DAILY, pl.concat(found), session_date)
        for load_id, rows in rejected.items():
            replace_rejects(store, "core", rows, [load_id])


def build_market(store: Store, session_date: dt.date) -> None:
    """The market of the night: VIX curve, VIX recomputed, levels and signals."""
    chosen = chosen_chains(store, session_date)
    mark_at = mark_instant(chosen, session_date)
    levels = _history(store, core.CORE_INDEX_LEVELS_DAILY, session_date)
    curve_rows = vx_curve(_history(store, core.CORE_VX_SETTLEMENTS_DAILY, session_date), session_date)
    spot = spot_of(store, session_date, mark_at)
    signals = market_signals(
        MarketInputs(
            session_date=session_date,
            spot_pts=spot.spot_pts,
            spot_reason=spot.spot_from or spot.reason or "",
            index_levels=levels,
            vx_curve=curve_rows,
            breadth=_history(store, core.CORE_BREADTH_DAILY, session_date),
            events=store.read(core.CORE_EVENTS),
            mark_at=mark_at,
        )
    )
    check = _vix_check(store, session_date, chosen)
    with store.stage("market"):
        store.replace(mart.MART_VX_CURVE_DAILY, curve_rows, session_date)
        store.replace(mart.MART_SIGNALS_DAILY, signals, session_date)
        store.replace(mart.MART_VIX_CHECKS_DAILY, check, session_date)


def spot_of(store: Store, session_date: dt.date, mark_at: dt.datetime) -> MarkSpot:
    """SPX at the quotes' instant."""
    close = close_of(store, "SPX", session_date)
    return mark_spot(store.read(core.CORE_FORWARDS_DAILY, "session_date = $day", {"day": session_date}), close, mark_at)


def close_of(store: Store, symbol: str, session_date: dt.date) -> float | None:
    """The official close of an index, where it is there."""
    rows = store.read(
        core.CORE_INDEX_LEVELS_DAILY,
        "session_date = $day and symbol = $symbol",
        {"day": session_date, "symbol": symbol},
    )
    return rows["close_pts"][0] if rows.height else None


def previous_rows(store: Store, table: Any, session_date: dt.date) -> pl.DataFrame:  # noqa: ANN401 - a table
    """The rows of the session before."""
    return store.read(table, "session_date = $day", {"day": previous_session(session_date)})


def _vix_check(store: Store, session_date: dt.date, chosen: ChosenChains) -> pl.DataFrame:
    published = close_of(store, "VIX", session_date)
    curve, row = curve_of(store, session_date), chosen.row(chosen.spx_load_id)
    if row is None or curve is None:
        missing = "no SPX chain belongs to the session" if row is None else "no Treasury curve on or before the session"
        lone = {"session_date": session_date, "vix_published_pts": published, "reason": missing}
        return mart.MART_VIX_CHECKS_DAILY.conform(pl.DataFrame([lone]))
    quotes = store.read(
        core.CORE_OPTION_MARKS_DAILY, "session_date = $day and underlying = 'SPX'", {"day": session_date}
    )
    vx = core.CORE_VX_SETTLEMENTS_DAILY.empty()
    quote_at = row["quote_at"] or quote_table_instant(session_date)
    return vix_check(quotes, Mark(session_date=session_date, quote_at=quote_at, curve=curve, vx=vx), published)


def _history(store: Store, table: Any, session_date: dt.date) -> pl.DataFrame:  # noqa: ANN401 - a table
    return store.read(
        table,
        "session_date between $day - to_days($days) and $day",
        {"day": session_date, "days": HISTORY_DAYS},
    )
