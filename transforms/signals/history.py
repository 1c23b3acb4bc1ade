"""Every session's signals at once, so that tonight is the last row of a history and is read as every night was."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from transforms.market import curve_shape as shape
from transforms.market.calendar import sessions_between
from transforms.market.constant_maturities import constant_maturities
from transforms.market.edr import EDR_RULE, HV_RETURNS, EdrRule, add_edr, realised_vol
from transforms.market.term_structure import CurveRules, vx_curves
from transforms.signals.breadth_states import BreadthRules, breadth_states
from transforms.signals.entry_gate import GateRules, entry_gate
from transforms.signals.event_windows import EventRules, event_windows
from transforms.signals.runs import add_runs
from transforms.signals.score_items import Item, accel_items, arm_items, expansion_items, press_items
from transforms.signals.score_rules import AccelRules, ArmRules, ExpansionRules, PressRules
from transforms.signals.scores import add_scores
from transforms.signals.skew_pressure import SKEW_SCHEMA, SkewRules, skew_pressure
from transforms.signals.valuation import PREFERRED_MEASURES, VALUATION_SCHEMA, ValuationRules, valuations
from transforms.signals.vix_measures import IndicatorRules, index_measures, macd_measures

PRESS_RETURNS: Final = 30  # realised vol the cash press holds the front future against: METHODOLOGY 4.22


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRules:
    """Every rule set behind the signals; a field is called as its rule set is (`NAME`)."""

    edr: EdrRule = EDR_RULE
    vx_curve: CurveRules = field(default_factory=CurveRules)
    indicators: IndicatorRules = field(default_factory=IndicatorRules)
    breadth: BreadthRules = field(default_factory=BreadthRules)
    entry_gate: GateRules = field(default_factory=GateRules)
    events: EventRules = field(default_factory=EventRules)
    skew: SkewRules = field(default_factory=SkewRules)
    valuation: ValuationRules = field(default_factory=ValuationRules)
    arm: ArmRules = field(default_factory=ArmRules)
    accel: AccelRules = field(default_factory=AccelRules)
    press: PressRules = field(default_factory=PressRules)
    vol_expansion: ExpansionRules = field(default_factory=ExpansionRules)

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of all scores, in the order they are listed."""
        return (
            *arm_items(self.arm, self.breadth),
            *accel_items(self.accel, self.breadth),
            *press_items(self.press),
            *expansion_items(self.vol_expansion),
        )


RULES: Final = SignalRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalInputs:
    """What signals are read from, as far back as it is loaded.

    Rows of core.index_levels_daily, core.vx_settlements_daily, core.breadth_daily and core.events. `skew` has
    `session_date, skew_25d_vol` of the 30-day SPX smile, `valuation` has `known_from_date, measure, value`; both may be
    empty. 620 sessions are enough for every average to have forgotten its beginning.
    """

    index_levels: pl.DataFrame
    vx: pl.DataFrame
    breadth: pl.DataFrame
    events: pl.DataFrame
    skew: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SKEW_SCHEMA))
    valuation: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=VALUATION_SCHEMA))

    def up_to(self, last: dt.date) -> SignalInputs:
        """The same without what lies after a session; the calendar of events is known ahead."""
        until = pl.col("session_date") <= last
        return SignalInputs(
            index_levels=self.index_levels.filter(until),
            vx=self.vx.filter(until),
            breadth=self.breadth.filter(until),
            events=self.events,
            skew=self.skew.filter(until),
            valuation=self.valuation.filter(pl.col("known_from_date") <= last),
        )


def signal_history(
    inputs: SignalInputs,
    rules: SignalRules = RULES,
    *,
    first: dt.date | None = None,
    last: dt.date | None = None,
    last_mark_at: dt.datetime | None = None,
) -> pl.DataFrame:
    """Read the signals of every session from the first to the last, none of which sees what came after it.

    One row per session of the calendar, in order, from `first` to `last` (those of `index_levels` where not given);
    columns of mart.signals_daily but for what needs tonight's chain, the items as `<score>_<item>` beside
    `arm_score, arm_effective_score, arm_n_available, accel_score, accel_n_available` and those of `press` and
    `vol_expansion`. Figures warm up over what is loaded before `first` too. `last_mark_at` is the last session's mark
    where it is not 15 minutes after the close. METHODOLOGY 4.7, 4.8, 4.22, 4.23, 5.1-5.7.
    """
    days = _span(inputs.index_levels["session_date"], first, last)
    seen = inputs.up_to(days[-1]) if days else inputs
    sessions = pl.DataFrame({"session_date": days}, schema={"session_date": pl.Date})
    history = _with_ratios(_measured(sessions, seen, rules, last_mark_at)).with_columns(
        gate=entry_gate(pl.col("vix_pts"), rules.entry_gate),
        is_hedge_refresh=pl.col("vix_pts") < rules.entry_gate.open_all_below_vix_pts,
    )
    scored = add_scores(history, rules.items)
    return scored if first is None else scored.filter(pl.col("session_date") >= first)


def _measured(
    sessions: pl.DataFrame, inputs: SignalInputs, rules: SignalRules, last_mark_at: dt.datetime | None
) -> pl.DataFrame:
    """Each family of figures is read from its own prints, then set beside the sessions."""
    curves = vx_curves(inputs.vx)
    maturities = constant_maturities(curves, rules.vx_curve)
    curve = shape.curve_shape(curves, maturities, rules.vx_curve)
    levels = index_measures(sessions, inputs.index_levels, rules.indicators)
    spx = levels.select("session_date", "index_close_pts").drop_nulls()
    families = (
        _realised_vols(spx),
        curve,
        macd_measures(curve, rules.indicators),
        breadth_states(inputs.breadth, spx, rules.breadth),
        skew_pressure(inputs.skew, rules.skew),
        event_windows(sessions, inputs.events, rules.events, last_mark_at=last_mark_at),
        _headline_valuation(sessions, inputs.valuation, rules.valuation),
    )
    history = levels
    for family in families:
        history = history.join(family, on="session_date", how="left", validate="1:1", maintain_order="left")
    return add_edr(history.lazy().with_columns(spot_pts=pl.lit(None, dtype=pl.Float64)), rules.edr).collect()


def _span(loaded: pl.Series, first: dt.date | None, last: dt.date | None) -> list[dt.date]:
    """The sessions to read: from the first loaded, or asked for, to the last."""
    known = [day for day in (loaded.min(), loaded.max(), first, last) if isinstance(day, dt.date)]
    return sessions_between(min(known), last or max(known)) if known else []


def _realised_vols(spx: pl.DataFrame) -> pl.DataFrame:
    """The vols SPX has realised over 20 and 30 returns, on its own prints."""
    close = pl.col("index_close_pts")
    return add_runs(spx).select(
        "session_date",
        hv20_vol=realised_vol(close, HV_RETURNS).over("run"),
        hv30_vol=realised_vol(close, PRESS_RETURNS).over("run"),
    )


def _headline_valuation(sessions: pl.DataFrame, monthly: pl.DataFrame, rules: ValuationRules) -> pl.DataFrame:
    """The one measure that speaks for the market on each session."""
    supplied = monthly["measure"].drop_nulls().unique().sort().to_list()
    chosen = next((name for name in PREFERRED_MEASURES if name in supplied), supplied[0] if supplied else None)
    placed = valuations(sessions, monthly.filter(pl.col("measure") == pl.lit(chosen, dtype=pl.String)), rules)
    own = {name: f"valuation_{name}" for name in ("measure", "percentile_5y_frac", "staleness_days", "reason")}
    headline = placed.select("session_date", "valuation_state", **{new: pl.col(name) for name, new in own.items()})
    return (
        sessions.select("session_date")
        .join(headline, on="session_date", how="left", maintain_order="left")
        .with_columns(
            valuation_reason=pl.lit("no valuation supplied") if chosen is None else pl.col("valuation_reason")
        )
    )


def _with_ratios(history: pl.DataFrame) -> pl.DataFrame:
    """Figures of two families beside each other, and why a family is silent where it has no row at all."""
    vix = pl.col("vix_pts")
    silent = {
        "vx_reason": ("contango_frac", "no VX settlements of this session"),
        "macd_reason": ("macd_pts", "no 30-day VIX future on this session"),
        "breadth_reason": ("breadth_state", "no advances and declines of this session"),
        "skew_reason": ("skew_25d_vol", "no 30-day smile of SPX stored for this session"),
    }
    return history.with_columns(
        basis_pts=pl.col("m1_pts") - vix,
        basis_pts_per_day=(pl.col("m1_pts") - vix) / pl.col("m1_days"),
        vix9d_to_vix=pl.col("vix9d_pts") / vix,
        vix_to_vix3m=vix / pl.col("vix3m_pts"),
        vix_to_mean_200=vix / pl.col("vix_mean_200_pts"),
        m1_to_mean=pl.col("m1_pts") / pl.col("m1_mean_pts"),
        m1_to_hv30=pl.col("m1_pts") / 100.0 / pl.col("hv30_vol"),
        spx_return_edr=pl.col("spx_return_frac") / pl.col("edr_frac").shift(),
        is_distribution=pl.col("breadth_state") == "DISTRIBUTION",
        **{
            reason: pl.coalesce(reason, pl.when(pl.col(figure).is_null()).then(pl.lit(absence)))
            for reason, (figure, absence) in silent.items()
        },
    )
