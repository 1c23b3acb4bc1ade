"""The capital of the night: cash flows and returns, quiet drag, patience, benchmarks, claims - one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from flows.build import chosen_chains, curve_of
from flows.rules import RULES, Rules
from flows.session_rows import SessionRows
from transforms.book.margin import SPX, VIX, structure_margins
from transforms.book.night_facts import only_number
from transforms.book.payoffs import settlement_levels
from transforms.book.positions import in_scopes
from transforms.book.states import SETTLED_STATE, SEVERITY
from transforms.market.calendar import FIRST_DAY
from transforms.market.fitted_surface import FittedSurface
from transforms.market.rates import rate_at
from transforms.market.smile_odds import SmileNight
from transforms.market.surface import Smiles
from transforms.risk.benchmarks import BenchmarkNight, benchmarks
from transforms.risk.book_returns import open_values
from transforms.risk.campaigns import IN_CAMPAIGN, campaign_credits, campaign_thetas
from transforms.risk.capital import CapitalInputs, capital_rows
from transforms.risk.cash_flows import FlowInputs, cash_flows
from transforms.risk.condor_economics import EconomicsInputs, condor_economics
from transforms.risk.cost_of_capital import risk_free_frac
from transforms.risk.extrinsic_life import extrinsic_half_lives
from transforms.risk.hedge_costs import TOTAL as ALL_CONDORS
from transforms.risk.holding_odds import holding_odds
from transforms.risk.patience import funded_days
from transforms.risk.reference_contracts import cndr_condor, reference_condor_row
from transforms.risk.repricing import ScenarioMarket
from transforms.risk.vendor_claims import vendor_claims
from transforms.risk.vol_alone import vol_alone
from warehouse.tables import core, mart

if TYPE_CHECKING:
    import datetime as dt

    from transforms.market.condor_odds import OddsRules
    from transforms.market.rates import ParCurve
    from warehouse.store import Store

# 252 sessions of history, counted in calendar days with some to spare.
HISTORY_DAYS = 400
MONTH_DAYS = 30

_HEDGE_DAYS = """
    select
        periods.session_date,
        periods.account,
        case when not books.is_data_hold then periods.actual_usd end as hedge_pnl_usd,
        case when not books.is_data_hold then books.day_pnl_usd end as book_pnl_usd,
        books.net_liq_usd,
        signals.vix_pts,
        signals.vix_change_frac,
        signals.contango_frac,
        signals.spx_return_frac
    from mart.attribution_periods_daily as periods
    join mart.book_daily as books
        on books.session_date = periods.session_date and books.account = periods.account
    left join mart.signals_daily as signals on signals.session_date = periods.session_date
    where periods.part = 'hedge' and periods.period = 'day' and periods.session_date between $first and $last
    order by periods.account, periods.session_date
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapitalNight:
    """What the stages before have stored of tonight, and what they are read beside."""

    mark_at: dt.datetime
    scopes: list[str]
    curve: ParCurve | None
    marks: pl.DataFrame
    legs: pl.DataFrame
    condors: pl.DataFrame
    book: pl.DataFrame
    signals: pl.DataFrame
    fills: pl.DataFrame
    index_levels: pl.DataFrame
    settlements: pl.DataFrame

    def level_pts(self, session_date: dt.date, symbol: str) -> float | None:
        """The official close of an index tonight."""
        return only_number(self.index_levels.filter(session_date=session_date, symbol=symbol), "close_pts")


def build_capital(store: Store, session_date: dt.date, rules: Rules = RULES) -> None:
    """Say what the book earns on its capital, what the hedge costs it, and what both are held against."""
    rows = SessionRows(store, session_date)
    night = _read_night(store, rows, rules)
    flows = cash_flows(
        FlowInputs(
            session_date=session_date,
            mark_at=night.mark_at,
            fills=night.fills,
            settlements=night.settlements,
            index_closes=night.index_levels,
        ),
        rules.margin,
    )
    spot = only_number(night.book, "spot_pts")
    margins = structure_margins(
        night.legs, index_pts={SPX: spot, VIX: only_number(night.signals, "vix_pts")}, rules=rules.margin
    )
    funded = funded_days(night.legs, night.scopes, rules.patience)
    smiles = Smiles.of_marks(night.marks.filter(pl.col("underlying") == "SPX"))
    condors = rows.up_to(mart.MART_CONDORS_DAILY)
    economics = condor_economics(
        EconomicsInputs(
            condors=night.condors,
            half_lives=extrinsic_half_lives(night.legs),
            funded=funded,
            odds=_odds(rows, night, smiles, rules.condor_odds),
            thetas=_thetas(rows, night.condors, condors),
            hedge_costs=_hedge_costs(rows),
        )
    )
    market = ScenarioMarket(
        session_date=session_date,
        spot_pts=spot,
        vix_pts=only_number(night.signals, "vix_pts"),
        smiles=smiles,
        prior=rules.elasticity,
        rules=rules.scenarios,
    )
    capital = capital_rows(
        CapitalInputs(
            session_date=session_date,
            scopes=night.scopes,
            risk_free_frac=risk_free_frac(night.curve),
            accounts=rows.up_to(core.CORE_ACCOUNTS_DAILY),
            legs=night.legs,
            margins=margins,
            flows=flows.rows,
            values=open_values(night.legs, flows.sides),
            history=_history(store, rows, condors, night.scopes),
            credits_usd=campaign_credits(condors, night.scopes),
            funded=funded,
            moves=vol_alone(night.legs, market, night.scopes, rules.vol_alone),
            economics=economics,
            condors=night.condors,
        ),
        rules.capital_sets,
    )
    with store.stage("capital"):
        # All sessions up to tonight: a fill that came in late belongs to the session it was made in.
        store.replace_range(mart.MART_CASH_FLOWS_DAILY, flows.rows, FIRST_DAY, session_date)
        for table, frame in (
            (mart.MART_CAPITAL_DAILY, capital),
            (mart.MART_CONDOR_ECONOMICS_DAILY, economics),
            (
                mart.MART_REFERENCE_CONDORS_DAILY,
                reference_condor_row(cndr_condor(night.marks, rules.hedge_sizing), session_date),
            ),
            (mart.MART_BENCHMARKS_DAILY, _benchmarks(rows, night, rules)),
            (mart.MART_VENDOR_CLAIMS_DAILY, vendor_claims(capital, night.book)),
        ):
            store.replace(table, frame, session_date)


def _read_night(store: Store, rows: SessionRows, rules: Rules) -> CapitalNight:
    book, levels = rows.tonight(mart.MART_BOOK_DAILY), rows.up_to(core.CORE_INDEX_LEVELS_DAILY)
    return CapitalNight(
        mark_at=chosen_chains(store, rows.session_date, rules.chains).mark_at,
        scopes=book.sort("account")["account"].to_list(),
        curve=curve_of(store, rows.session_date),
        marks=rows.tonight(core.CORE_OPTION_MARKS_DAILY),
        legs=rows.tonight(mart.MART_LEGS_DAILY),
        condors=rows.tonight(mart.MART_CONDORS_DAILY),
        book=book,
        signals=rows.tonight(mart.MART_SIGNALS_DAILY),
        fills=store.read(core.CORE_FILLS),
        index_levels=levels,
        settlements=settlement_levels(
            rows.up_to(core.CORE_SETTLEMENT_VALUES),
            levels.filter(pl.col("symbol") == "SPX"),
            rows.up_to(core.CORE_VX_SETTLEMENTS_DAILY),
        ),
    )


def _odds(rows: SessionRows, night: CapitalNight, smiles: Smiles, rules: OddsRules) -> pl.DataFrame:
    """The chance of each condor held to settle above its put break-even, off the fit where there is one."""
    surface = FittedSurface.of_tables(
        rows.tonight(core.CORE_SMILE_FITS_DAILY), rows.tonight(core.CORE_SMILE_NODES_DAILY)
    )
    smile_night = SmileNight(forwards=rows.tonight(core.CORE_FORWARDS_DAILY), smiles=smiles, surface=surface)
    return holding_odds(night.condors, smile_night, rules)


def _hedge_costs(rows: SessionRows) -> pl.DataFrame:
    """What the hedge costs over each condor's life, as the book stage found it."""
    costs = rows.tonight(mart.MART_HEDGE_COSTS_DAILY)
    return costs.select("account", "condor_id", "amortised_usd", cost_reason="reason").filter(
        pl.col("condor_id") != ALL_CONDORS
    )


def _thetas(rows: SessionRows, tonight: pl.DataFrame, condors: pl.DataFrame) -> pl.DataFrame:
    """The theta of the campaigns that are held tonight, over all their structures ever."""
    alive = tonight.select("account", campaign=IN_CAMPAIGN).unique()
    held = condors.with_columns(campaign=IN_CAMPAIGN).join(alive, on=["account", "campaign"], how="semi")
    where = "session_date <= $day and list_contains($structures, structure_id)"
    params = {"day": rows.session_date, "structures": held["condor_id"].unique().sort().to_list()}
    attributed, legs = (
        rows.connection.read(table, where, params) for table in (mart.MART_ATTRIBUTION_DAILY, mart.MART_LEGS_DAILY)
    )
    return campaign_thetas(held.drop("campaign"), attributed, legs)


def _history(store: Store, rows: SessionRows, condors: pl.DataFrame, scopes: list[str]) -> pl.DataFrame:
    """Per scope and session: P&L of hedge and book, the market, the worst condor."""
    last = rows.session_date
    first = last - timedelta(days=HISTORY_DAYS)
    days = store.query(_HEDGE_DAYS, {"first": first, "last": last})
    worst = _worst_states(condors.filter(pl.col("session_date") >= first), scopes)
    none_held = pl.col("worst_state").is_null() & ~pl.col("is_unknown").fill_null(value=False)
    return (
        days.filter(pl.col("account").is_in(scopes))
        .join(worst, on=["account", "session_date"], how="left", validate="1:1", maintain_order="left")
        .with_columns(worst_state=pl.when(none_held).then(pl.lit("OK")).otherwise("worst_state"))
        .drop("is_unknown")
    )


def _worst_states(condors: pl.DataFrame, scopes: list[str]) -> pl.DataFrame:
    """The worst state among the condors held on each session; null and unknown where one of them has none."""
    open_condors = condors.filter(pl.col("state").ne_missing(SETTLED_STATE))
    severity = pl.col("state").replace_strict(SEVERITY, default=None, return_dtype=pl.Int64)
    return (
        in_scopes(open_condors.select("account", "session_date", "state"), scopes)
        .group_by("account", "session_date")
        .agg(is_unknown=pl.col("state").is_null().any(), worst=severity.max())
        .select(
            "account",
            "session_date",
            "is_unknown",
            worst_state=pl.when(~pl.col("is_unknown")).then(
                pl.col("worst").replace_strict(
                    {rank: state for state, rank in SEVERITY.items()}, default=None, return_dtype=pl.String
                )
            ),
        )
    )


def _benchmarks(rows: SessionRows, night: CapitalNight, rules: Rules) -> pl.DataFrame:
    curve = night.curve
    return benchmarks(
        BenchmarkNight(
            session_date=rows.session_date,
            mark_at=night.mark_at,
            marks=night.marks,
            settlements=night.settlements,
            rate_frac=None if curve is None else float(rate_at(curve, MONTH_DAYS)),
            spx_close_pts=night.level_pts(rows.session_date, "SPX"),
            previous=rows.latest_before(mart.MART_BENCHMARKS_DAILY, sessions=rules.layers.memory_sessions),
        ),
        rules.benchmarks,
        rules.hedge_sizing,
    )
