"""What the book of a night is computed from, read once; what follows from it needs no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from flows.build import ChosenChains, chosen_chains, close_of, curve_of, spot_of
from flows.session_rows import SessionRows
from transforms.book.broker_rows import SET_ASIDE
from transforms.book.condors import SpxNight
from transforms.book.layer_states import market_scores
from transforms.book.night_facts import RecentSeries, only_number
from transforms.book.payoffs import settlement_levels
from transforms.book.positions import held_before, held_book
from transforms.market.calendar import NEW_YORK, previous_session
from transforms.market.elasticity_curve import elasticity_curve
from transforms.market.fitted_surface import FittedSurface
from transforms.pricing.audit import audit_implied_vol
from transforms.risk.day_pnl import PreviousNight
from transforms.risk.replays import days_to_replay, replay_days, sessions_needed
from warehouse.tables import core, mart, meta

if TYPE_CHECKING:
    import datetime as dt

    from flows.rules import Rules
    from transforms.book.layer_signals import MarketScores
    from transforms.book.positions import HeldBook
    from transforms.market.chains import PlacingRules
    from transforms.market.elasticity_curve import ElasticityCurve
    from transforms.pricing.audit import IvAudit
    from transforms.risk.replays import ReplayDay
    from warehouse.store import Store

# What tonight's series are held against: at least five sessions, whatever holidays fall among them.
RECENT_DAYS = 11

_REJECTED_FILLS = """
    with
    files as (
        select load_id, source_file, loaded_at = max(loaded_at) over (partition by source_file) as is_latest
        from meta.loads
        where kind = 'fills' and load_id not in (select load_id from meta.withdrawn_loads)
    )
    select distinct rejected.source_file || ' line ' || rejected.source_line || ': ' || rejected.reason as sentence
    from meta.rejected_rows as rejected
    join files on files.load_id = rejected.load_id
    left join core.fills on fills.fill_id = rejected.row_key
    where
        files.is_latest
        and (fills.fill_id is null or rejected.rule_id = 'fill_id_reused')
        and not list_contains($set_aside, rejected.rule_id)
    order by sentence
"""

_CONDOR_HISTORY = """
    select distinct account, campaign_id, condor_id, put_state, call_state
    from mart.condors_daily
    where session_date < $session_date
    order by all
"""


_CONDOR_NIGHTS = """
    select condors.session_date, condors.account, condors.condor_id, condors.campaign_id,
        condors.quantity_qty, condors.pnl_usd, condors.state
    from mart.condors_daily as condors
    join mart.book_daily as books
        on books.session_date = condors.session_date and books.account = condors.account
    where condors.session_date < $session_date and not books.is_data_hold
    order by condors.session_date, condors.account, condors.condor_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """Tonight's facts, and of the session before what tonight is compared with.

    `fills` are all fills ever, `held` what of them is held at the mark, `rejected_fills` says which lines are not among
    them. `accounts` are all rows up to the session, `settlements` of `settlement_levels`, `entry_futures` the
    settlements of every VX future something in the book was traded on, `replays` the past days the book is put through.
    `entry_marks` are marks of living SPX contracts on the sessions they were traded in, `condor_history` the states of
    all condors before, `condor_nights` the condors of all nights before that were not on hold. The frames of the
    session before have no rows where it was not computed, and `previous` is then null; `previous_layers` are of the
    last night on record, a few sessions back at most, and so is `judged_book`, of the last one that was not on hold.
    `previous_diagonals` and `previous_engines` are the second engine's states of the session before, by structure and
    by account.
    """

    night: SpxNight
    chosen: ChosenChains
    marks: pl.DataFrame
    forwards: pl.DataFrame
    smile_fits: pl.DataFrame
    smile_nodes: pl.DataFrame
    entry_marks: pl.DataFrame
    vx: pl.DataFrame
    vx_curve: pl.DataFrame
    vix_check: pl.DataFrame
    signals: pl.DataFrame
    scores: MarketScores
    elasticity: ElasticityCurve
    fills: pl.DataFrame
    held: HeldBook
    rejected_fills: tuple[str, ...]
    accounts: pl.DataFrame
    settlements: pl.DataFrame
    replays: tuple[ReplayDay, ...]
    breadth_date: dt.date | None
    rates_date: dt.date | None
    previous: PreviousNight | None
    quote_quality: pl.DataFrame
    quote_flags: pl.DataFrame
    recent: RecentSeries
    previous_condors: pl.DataFrame
    condor_history: pl.DataFrame
    previous_alerts: pl.DataFrame
    previous_layers: pl.DataFrame
    previous_diagonals: pl.DataFrame
    previous_engines: pl.DataFrame
    entry_futures: pl.DataFrame
    judged_book: pl.DataFrame
    condor_nights: pl.DataFrame
    live_answers: pl.DataFrame

    @property
    def session_date(self) -> dt.date:
        """The session."""
        return self.night.session_date

    @property
    def fitted_surface(self) -> FittedSurface:
        """Tonight's fitted surface of SPX."""
        return FittedSurface.of_tables(self.smile_fits, self.smile_nodes)

    def iv_audit(self) -> IvAudit | None:
        """Reprice a sample of tonight's implied vols by the reference solver; the sample is the session's own."""
        solved = self.marks.filter(pl.col("iv_vol").is_not_null())
        if solved.is_empty():
            return None
        return audit_implied_vol(
            solved["mid_pts"].to_numpy(),
            solved["forward_pts"].to_numpy(),
            strike=solved["strike_pts"].to_numpy(),
            years=solved["t_years"].to_numpy(),
            cp=np.where(solved["right"].to_numpy() == "C", 1.0, -1.0),
            discount_factor=solved["discount_factor_frac"].to_numpy(),
            vol=solved["iv_vol"].to_numpy(),
            seed=self.session_date.toordinal(),
        )


def read_evening(store: Store, session_date: dt.date, rules: Rules) -> Evening:
    """Read what the book is computed from."""
    rows, chosen = SessionRows(store, session_date), chosen_chains(store, session_date, rules.chains)
    levels = rows.up_to(core.CORE_INDEX_LEVELS_DAILY).filter(pl.col("symbol").is_in(["SPX", "VIX"]))
    signals, fills = rows.tonight(mart.MART_SIGNALS_DAILY), store.read(core.CORE_FILLS)
    curve = curve_of(store, session_date)
    held = held_book(fills, session_date, chosen.mark_at)
    return Evening(
        night=_spx_night(store, chosen, signals),
        chosen=chosen,
        marks=rows.tonight(core.CORE_OPTION_MARKS_DAILY),
        forwards=rows.tonight(core.CORE_FORWARDS_DAILY),
        smile_fits=rows.tonight(core.CORE_SMILE_FITS_DAILY),
        smile_nodes=rows.tonight(core.CORE_SMILE_NODES_DAILY),
        entry_marks=_entry_marks(store, fills, session_date),
        vx=rows.tonight(core.CORE_VX_SETTLEMENTS_DAILY),
        vx_curve=rows.tonight(mart.MART_VX_CURVE_DAILY),
        vix_check=rows.tonight(mart.MART_VIX_CHECKS_DAILY),
        signals=signals,
        scores=market_scores(signals),
        elasticity=elasticity_curve(rows.tonight(mart.MART_ELASTICITIES_DAILY), rules.elasticity),
        fills=fills,
        held=held,
        rejected_fills=rejected_fills(store),
        accounts=rows.up_to(core.CORE_ACCOUNTS_DAILY),
        settlements=known_settlements(rows, levels),
        replays=_replays(store, levels, session_date, rules.stress_sets.worst_days_qty),
        breadth_date=_latest_breadth(store, session_date),
        rates_date=curve.curve_date if curve else None,
        previous=_previous_night(store, rows, held, fills, rules.chains),
        quote_quality=rows.tonight(mart.MART_QUOTE_QUALITY_DAILY),
        quote_flags=rows.tonight(mart.MART_QUOTE_FLAGS_DAILY),
        recent=_recent(rows),
        previous_condors=rows.before(mart.MART_CONDORS_DAILY),
        condor_history=store.query(_CONDOR_HISTORY, {"session_date": session_date}),
        previous_alerts=rows.before(mart.MART_ALERTS_DAILY),
        previous_layers=rows.latest_before(mart.MART_HEDGE_LAYERS_DAILY, sessions=rules.layers.memory_sessions),
        previous_diagonals=rows.before(mart.MART_SECOND_ENGINE_DAILY),
        previous_engines=rows.before(mart.MART_SECOND_ENGINE_STATES_DAILY),
        entry_futures=_entry_futures(store, session_date),
        judged_book=rows.latest_before(
            mart.MART_BOOK_DAILY, sessions=rules.layers.memory_sessions, where="not is_data_hold"
        ),
        condor_nights=store.query(_CONDOR_NIGHTS, {"session_date": session_date}),
        live_answers=rows.tonight(meta.META_LIVE_ANSWERS),
    )


def rejected_fills(store: Store) -> tuple[str, ...]:
    """Say of each line of the fills files that is not in the book where it stands and why.

    Settled, and not listed, is what a later file of that name or a later line of that id has put right; nor is what a
    broker's statement says of other instruments or has itself cancelled.
    """
    return tuple(store.query(_REJECTED_FILLS, {"set_aside": list(SET_ASIDE)})["sentence"])


def _spx_night(store: Store, chosen: ChosenChains, signals: pl.DataFrame) -> SpxNight:
    spot = spot_of(store, chosen)
    return SpxNight(
        session_date=chosen.session_date,
        mark_at=chosen.mark_at,
        spot_pts=spot.spot_pts,
        spot_reason=spot.reason,
        index_close_pts=close_of(store, "SPX", chosen.session_date),
        edr_pts=only_number(signals, "edr_pts"),
    )


def known_settlements(rows: SessionRows, levels: pl.DataFrame) -> pl.DataFrame:
    """What series have settled at up to a session, by its index `levels`: as `settlement_levels` gives it."""
    closes = levels.filter(pl.col("symbol") == "SPX")
    return settlement_levels(
        rows.up_to(core.CORE_SETTLEMENT_VALUES), closes, rows.up_to(core.CORE_VX_SETTLEMENTS_DAILY)
    )


def _entry_marks(store: Store, fills: pl.DataFrame, session_date: dt.date) -> pl.DataFrame:
    """Marks of SPX contracts that are still alive, of the sessions in which they were traded."""
    alive = fills.filter(pl.col("root").is_in(["SPX", "SPXW"]), pl.col("expiry_date") >= session_date)
    traded = alive.select("expiry_date", day=pl.col("filled_at").dt.convert_time_zone(str(NEW_YORK)).dt.date())
    expiries, days = (traded[name].unique().sort().to_list() for name in ("expiry_date", "day"))
    if not days:
        return core.CORE_OPTION_MARKS_DAILY.empty()
    return store.read(
        core.CORE_OPTION_MARKS_DAILY,
        "session_date between $first and $last and list_contains($days, session_date) "
        "and list_contains($expiries, expiry_date)",
        {"first": days[0], "last": days[-1], "days": days, "expiries": expiries},
    )


def _entry_futures(store: Store, session_date: dt.date) -> pl.DataFrame:
    """Settlements of every VX future that anything in the book was ever traded on."""
    return store.read(
        core.CORE_VX_SETTLEMENTS_DAILY,
        "session_date <= $day and expiry_date in (select distinct expiry_date from core.fills)",
        {"day": session_date},
    )


def _replays(store: Store, levels: pl.DataFrame, session_date: dt.date, worst_days_qty: int) -> tuple[ReplayDay, ...]:
    """The past days the stress sets replay: of the settlements of VX only theirs are read."""
    sessions = store.query("select distinct session_date from core.vx_settlements_daily")["session_date"]
    days = days_to_replay(levels, set(sessions), session_date, worst_days_qty)
    vx = store.read(
        core.CORE_VX_SETTLEMENTS_DAILY,
        "list_contains($sessions, session_date)",
        {"sessions": sessions_needed(days, session_date)},
    )
    return tuple(replay_days(days, levels, vx, session_date))


def _recent(rows: SessionRows) -> RecentSeries:
    return RecentSeries(
        index_levels=rows.up_to(core.CORE_INDEX_LEVELS_DAILY, days=RECENT_DAYS),
        vx_settlements=rows.up_to(core.CORE_VX_SETTLEMENTS_DAILY, days=RECENT_DAYS),
        breadth=rows.up_to(core.CORE_BREADTH_DAILY, days=RECENT_DAYS),
    )


def _latest_breadth(store: Store, session_date: dt.date) -> dt.date | None:
    """The latest session whose advances and declines are known."""
    latest: dt.date | None = store.query(
        "select max(session_date) as latest_date from core.breadth_daily "
        "where session_date <= $day and advances_qty is not null",
        {"day": session_date},
    )["latest_date"][0]
    return latest


def _previous_night(
    store: Store, rows: SessionRows, held: HeldBook, fills: pl.DataFrame, chain_rules: PlacingRules
) -> PreviousNight | None:
    """The session before, as it was computed; none where it was not."""
    book = rows.before(mart.MART_BOOK_DAILY)
    if book.is_empty():
        return None
    day = previous_session(rows.session_date)
    mark_at = chosen_chains(store, day, chain_rules).mark_at
    return PreviousNight(
        session_date=day,
        mark_at=mark_at,
        legs=rows.before(mart.MART_LEGS_DAILY),
        book=book,
        holdings=held_before(held, fills, day, mark_at).holdings,
        vx_curve=rows.before(mart.MART_VX_CURVE_DAILY),
        attribution_periods=rows.before(mart.MART_ATTRIBUTION_PERIODS_DAILY),
    )
