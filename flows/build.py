"""From the facts of a session to its figures. Each stage is one transaction that replaces what it wrote before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from flows.rules import RULES, Rules
from flows.series import read_quotes
from flows.session_rows import SessionRows, sessions_back
from flows.signals import signal_inputs, signal_tables
from transforms.market.calendar import quote_table_instant
from transforms.market.chain_history import ChainBefore
from transforms.market.chains import choose_chain
from transforms.market.expiries import SERIES, expiries
from transforms.market.forwards import Mark
from transforms.market.quote_quality import quote_quality
from transforms.market.quotes import type_quotes
from transforms.market.rates import curve_on
from transforms.market.smile_measures import smile_measures
from transforms.market.smile_tenors import smile_tenors
from transforms.market.spot import MarkSpot, mark_spot
from transforms.market.surface import price_chain
from transforms.market.surface_fit import fit_surface
from transforms.market.vix_checks import vix_check
from warehouse.tables import core, mart

if TYPE_CHECKING:
    import datetime as dt

    from transforms.market.chains import ChosenChain, PlacingRules
    from transforms.market.rates import ParCurve
    from transforms.market.vix_checks import VixCheckRules
    from warehouse.store import Store
    from warehouse.tables.types import Table


# What pricing one chain gives; of it core.option_marks_daily alone carries the load.
PRICED_TABLES: Final = (
    core.CORE_OPTION_MARKS_DAILY,
    core.CORE_FORWARDS_DAILY,
    core.CORE_SMILE_FITS_DAILY,
    core.CORE_SMILE_NODES_DAILY,
)
YIELDS: Final = "select curve_date, tenor_days, par_yield_frac from core.treasury_yields_daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenChains:
    """The chain files a session is priced from, among all that belong to it."""

    session_date: dt.date
    chains: pl.DataFrame
    spx: ChosenChain
    vix: ChosenChain

    @property
    def mark_at(self) -> dt.datetime:
        """The instant the book is marked at: that of the SPX quotes, else where they would have been."""
        return self.quoted_at(self.spx)

    @property
    def loads_by_instant(self) -> dict[dt.datetime, list[str]]:
        """The chosen loads by the instant they were quoted at; most nights all ended the day."""
        loads: dict[dt.datetime, list[str]] = {}
        for chain in (self.spx, self.vix):
            if chain.load_id is not None:
                loads.setdefault(self.quoted_at(chain), []).append(chain.load_id)
        return loads

    def quoted_at(self, chain: ChosenChain) -> dt.datetime:
        """The instant a chain was quoted, else where an end of day stands."""
        return chain.quote_at or quote_table_instant(self.session_date)


def chosen_chains(store: Store, session_date: dt.date, rules: PlacingRules) -> ChosenChains:
    """Choose among the chains of the session.

    An SPX chain that is not an end of day is used, and holds the night (the gates see it). Such a VIX chain is left
    aside: its legs are listed as unpriced, never priced at another hour than the condors.
    """
    chains = store.query(
        "select c.*, l.loaded_at from core.option_chains as c join meta.loads as l on l.load_id = c.load_id "
        "where c.session_date = $session_date order by c.load_id",
        {"session_date": session_date},
    )
    return ChosenChains(
        session_date=session_date,
        chains=chains,
        spx=choose_chain(chains, "SPX", session_date, rules=rules),
        vix=choose_chain(chains.filter("is_end_of_day"), "VIX", session_date, rules=rules),
    )


def curve_of(store: Store, session_date: dt.date) -> ParCurve | None:
    """The latest Treasury curve on or before the session; a date with a single tenor is no curve."""
    return curve_on(
        store.query(f"{YIELDS} where curve_date <= $session_date", {"session_date": session_date}), session_date
    )


def build_core(store: Store, session_date: dt.date, rules: Rules = RULES) -> None:
    """Price the chains chosen for the session: forwards, implied vols, marks and Greeks per contract, and the fit.

    Without a Treasury curve nothing is priced; the gates say so.
    """
    chosen = chosen_chains(store, session_date, rules.chains)
    curve = curve_of(store, session_date)
    vx = SessionRows(store, session_date).tonight(core.CORE_VX_SETTLEMENTS_DAILY)
    built = {table: [table.empty()] for table in PRICED_TABLES}
    for quote_at, load_ids in chosen.loads_by_instant.items():
        if curve is None:
            continue
        # What typing rejects was kept when the chain was placed (flows.series).
        quotes = type_quotes(read_quotes(store, load_ids), rules.quotes).rows
        mark = Mark(session_date=session_date, quote_at=quote_at, curve=curve, vx=vx)
        for table, rows in price_quotes(quotes, mark, rules).items():
            built[table].append(rows)
    with store.stage("core"):
        for table, parts in built.items():
            store.replace(table, pl.concat(parts), session_date)
        list_expiries(store, pl.concat(built[core.CORE_FORWARDS_DAILY]), vx)


def price_quotes(quotes: pl.DataFrame, mark: Mark, rules: Rules) -> dict[Table, pl.DataFrame]:
    """Price what was quoted at one instant of a session: the rows of each of `PRICED_TABLES`.

    `quotes` are rows of `type_quotes` of one chain, or of one of each underlying.
    """
    priced = price_chain(quotes, mark, rules.forwards)
    fitted = fit_surface(priced, rules.surface_fit)
    return dict(zip(PRICED_TABLES, (fitted.marks, priced.forwards, fitted.fits, fitted.nodes), strict=True))


def list_expiries(store: Store, forwards: pl.DataFrame, vx: pl.DataFrame) -> None:
    """Put on record the series quoted tonight, or in some nights, and those in the book; within a stage."""
    listed = (forwards, vx.with_columns(root=pl.lit("VX")), store.read(core.CORE_FILLS))
    series = pl.concat(frame.select(SERIES) for frame in listed)
    store.replace_all(core.CORE_EXPIRIES, expiries(series, store.read(core.CORE_EXPIRIES)))


def build_market(store: Store, session_date: dt.date, rules: Rules = RULES) -> None:
    """The market of the night: VIX recomputed, smiles, VIX curve, signals, events, and what its quotes are worth."""
    rows = SessionRows(store, session_date)
    chosen = chosen_chains(store, session_date, rules.chains)
    marks = rows.tonight(core.CORE_OPTION_MARKS_DAILY)
    smiles = smile_measures(marks, rows.tonight(core.CORE_FORWARDS_DAILY), rules.smile_measures)
    tenors = smile_tenors(smiles)
    spot = spot_of(store, chosen)
    quality = quote_quality(
        marks,
        chains_before(store, session_date, rules),
        session_date,
        calendar=rules.calendar_bounds,
        history=rules.chain_history,
    )
    tables = signal_tables(rows, signal_inputs(rows, tenors), spot=spot, mark_at=chosen.mark_at, rules=rules) | {
        mart.MART_SMILES_DAILY: smiles,
        mart.MART_SMILE_TENORS_DAILY: tenors,
        mart.MART_VIX_CHECKS_DAILY: _vix_check(store, chosen, marks, rules.vix_recompute),
        mart.MART_QUOTE_FLAGS_DAILY: quality.flags,
        mart.MART_QUOTE_QUALITY_DAILY: quality.counts,
    }
    with store.stage("market"):
        for table, frame in tables.items():
            store.replace(table, frame, session_date)


def chains_before(store: Store, session_date: dt.date, rules: Rules = RULES) -> list[ChainBefore]:
    """The latest chain of each underlying in the sessions before: as it was priced, else as it was loaded."""
    latest = store.query(
        "select underlying, max(session_date) as session_date from core.option_chains "
        "where session_date >= $first and session_date < $day group by underlying order by underlying",
        {"first": sessions_back(session_date, rules.chain_history.look_back_sessions), "day": session_date},
    )
    return [
        ChainBefore(underlying=underlying, session_date=day, quotes=_quotes_of(store, underlying, day, rules))
        for underlying, day in latest.iter_rows()
    ]


def _quotes_of(store: Store, underlying: str, session_date: dt.date, rules: Rules) -> pl.DataFrame:
    quotes = store.query(
        'select root, expiry_date, settlement, "right", strike_pts, bid_pts, ask_pts from core.option_marks_daily '
        "where session_date = $day and underlying = $underlying",
        {"day": session_date, "underlying": underlying},
    )
    if quotes.height:
        return quotes
    chains = chosen_chains(store, session_date, rules.chains).chains
    chosen = choose_chain(chains, underlying, session_date, rules=rules.chains)
    return quotes if chosen.load_id is None else type_quotes(read_quotes(store, [chosen.load_id]), rules.quotes).rows


def spot_of(store: Store, chosen: ChosenChains) -> MarkSpot:
    """SPX at the quotes' instant."""
    forwards = SessionRows(store, chosen.session_date).tonight(core.CORE_FORWARDS_DAILY)
    return mark_spot(forwards, close_of(store, "SPX", chosen.session_date), chosen.mark_at)


def close_of(store: Store, symbol: str, session_date: dt.date) -> float | None:
    """The official close of an index, where it is there."""
    rows = store.read(
        core.CORE_INDEX_LEVELS_DAILY,
        "session_date = $day and symbol = $symbol",
        {"day": session_date, "symbol": symbol},
    )
    return rows["close_pts"][0] if rows.height else None


def _vix_check(store: Store, chosen: ChosenChains, marks: pl.DataFrame, rules: VixCheckRules) -> pl.DataFrame:
    session_date = chosen.session_date
    published = close_of(store, "VIX", session_date)
    curve = curve_of(store, session_date)
    if chosen.spx.load_id is None or curve is None:
        missing = chosen.spx.reason or "no Treasury curve on or before the session"
        lone = {"session_date": session_date, "vix_published_pts": published, "reason": missing}
        return mart.MART_VIX_CHECKS_DAILY.conform(pl.DataFrame([lone]))
    quotes = marks.filter(underlying="SPX")
    vx = core.CORE_VX_SETTLEMENTS_DAILY.empty()
    mark = Mark(session_date=session_date, quote_at=chosen.mark_at, curve=curve, vx=vx)
    return vix_check(quotes, mark, published, rules)
