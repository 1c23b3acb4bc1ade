"""The items of the four scores: which figure of the session is held against which threshold, and on whose word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from transforms.signals.breadth_states import BreadthRules
    from transforms.signals.score_rules import AccelRules, ArmRules, ExpansionRules, PressRules

Comparison = Literal[">", ">=", "<", "<="]
IS_SO = 1.0  # a figure that is true or false is held against this


@dataclass(frozen=True, slots=True)
class Condition:
    """One figure of the session against its threshold; `absence` names the column, or says itself, why it is null."""

    column: str
    is_: Comparison
    threshold: float
    unit: str
    absence: str
    is_informative: bool = True

    @property
    def value(self) -> pl.Expr:
        """The figure, with true as 1."""
        return pl.col(self.column).cast(pl.Float64)

    @property
    def is_hit(self) -> pl.Expr:
        """Whether the session passes the threshold; null where the figure is."""
        comparisons = {
            ">": self.value > self.threshold,
            ">=": self.value >= self.threshold,
            "<": self.value < self.threshold,
            "<=": self.value <= self.threshold,
        }
        return comparisons[self.is_]


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a score: hit where any (or all) of its conditions are."""

    score: str
    name: str
    conditions: tuple[Condition, ...]
    needs: Literal["any", "all"] = "any"

    @property
    def column(self) -> str:
        """The item as a column of the history of scores."""
        return f"{self.score}_{self.name}"

    @property
    def is_hit(self) -> pl.Expr:
        """Whether the item is hit; null where what is missing could change the answer."""
        together = pl.any_horizontal if self.needs == "any" else pl.all_horizontal
        return together(condition.is_hit for condition in self.conditions)

    @property
    def is_informative_hit(self) -> pl.Expr:
        """Whether it is hit by a figure that foretold falls in measured history."""
        informative = [condition.is_hit for condition in self.conditions if condition.is_informative]
        return self.is_hit & pl.any_horizontal(informative) if informative else pl.lit(value=False)


def _so(column: str, absence: str, *, is_informative: bool = True) -> Condition:
    return Condition(column, ">=", IS_SO, "yes is 1", absence, is_informative)


def arm_items(rules: ArmRules, breadth: BreadthRules) -> Iterator[Item]:
    """The seven items of the arming score. Which are without measured information: METHODOLOGY 5.7."""
    vix = Condition("vix_pts", ">", rules.vix_pts, "index points", "no VIX close")
    edr = Condition("edr_frac", ">", rules.edr_frac, "fraction", "no VIX close or fewer than 20 SPX returns")
    yield Item("arm", "vix_or_edr", (vix, edr))
    yield Item("arm", "contango", (Condition("contango_frac", "<", rules.contango_frac, "fraction", "vx_reason"),))
    yield Item("arm", "rsi_vix", (Condition("rsi14_vix", ">=", rules.rsi_vix, "RSI points", "rsi_reason"),))
    yield Item("arm", "breadth", tuple(_breadth_conditions(breadth)))
    yield Item("arm", "macd_bull", (_so("is_macd_bull", "macd_reason", is_informative=False),))
    skew = (
        Condition("skew_change_vol", ">=", rules.skew_change_vol, "vol", "skew_reason"),
        Condition("skew_percentile_frac", ">=", rules.skew_percentile_frac, "fraction", "skew_reason"),
    )
    yield Item("arm", "skew_pressure", skew, needs="all")
    yield Item("arm", "event_pre", (_so("is_event_pre", "event_reason", is_informative=False),))


def _breadth_conditions(rules: BreadthRules) -> Iterable[Condition]:
    """DISTRIBUTION, DETERIORATING and DIVERGING; divergence alone foretold nothing."""
    diverging = Condition(
        "divergence_sessions",
        ">=",
        float(rules.divergence_sessions),
        "trading sessions",
        "breadth_reason",
        is_informative=False,
    )
    return (_so("is_distribution", "breadth_reason"), *_deteriorating(rules), diverging)


def _deteriorating(rules: BreadthRules) -> tuple[Condition, Condition]:
    return (
        Condition("mcclellan_osc", "<=", rules.deteriorating_osc, "per thousand issues", "breadth_reason"),
        Condition("ad_z", "<=", rules.deteriorating_z, "standard deviations", "breadth_reason"),
    )


def accel_items(rules: AccelRules, breadth: BreadthRules) -> Iterator[Item]:
    """The six items of the acceleration score."""
    shock = (
        Condition(
            "spx_return_edr", "<=", rules.spx_edr, "previous expected daily ranges", "no SPX close or range before"
        ),
        Condition(
            "spx_return_3_frac", "<=", rules.spx_3_sessions_frac, "fraction", "no SPX close three sessions before"
        ),
    )
    yield Item("accel", "spx_shock", shock)
    rsi = (
        Condition("rsi14_vix", ">=", rules.rsi_vix, "RSI points", "rsi_reason"),
        Condition("rsi14_vix_change_5", ">=", rules.rsi_vix_change, "RSI points in 5 sessions", "rsi_reason"),
    )
    yield Item("accel", "rsi_vix", rsi)
    yield Item("accel", "macd_confirmed", (_so("is_macd_confirmed", "macd_reason", is_informative=False),))
    yield Item("accel", "inversion", (Condition("contango_frac", "<", rules.contango_frac, "fraction", "vx_reason"),))
    yield Item("accel", "breadth", _deteriorating(breadth))
    jump = (
        Condition("vix_pts", ">=", rules.vix_pts, "index points", "no VIX close"),
        Condition("vix_change_frac", ">=", rules.vix_change_frac, "fraction", "no VIX close on this session or before"),
    )
    yield Item("accel", "vix_jump", jump, needs="all")


def press_items(rules: PressRules) -> Iterator[Item]:
    """The five checks of the vendor's cash press: a checklist, never a trigger. METHODOLOGY 4.22.

    Premium, contango and a high RSI of SPX went with fewer falls than usual, not more.
    """
    conditions = {
        "vix_above_mean": Condition(
            "vix_to_mean_200", ">", rules.vix_to_mean, "ratio", "fewer than 200 sessions of VIX"
        ),
        "future_premium": Condition(
            "m1_to_hv30", ">=", rules.future_to_hv30, "ratio", "no VX curve or 30 SPX returns", is_informative=False
        ),
        "contango": Condition(
            "contango_frac", ">=", rules.contango_frac, "fraction", "vx_reason", is_informative=False
        ),
        "rsi_spx": Condition(
            "rsi14_spx", ">", rules.rsi_spx, "RSI points", "fewer than 100 sessions of SPX", is_informative=False
        ),
        "distribution": _so("is_distribution", "breadth_reason"),
    }
    for name, condition in conditions.items():
        yield Item("press", name, (condition,))


def expansion_items(rules: ExpansionRules) -> Iterator[Item]:
    """The ten items of the volatility-expansion list. METHODOLOGY 4.8."""
    no_vix = "no VIX close"
    conditions = {
        "vix_raised": Condition("vix_pts", ">", rules.vix_raised_pts, "index points", no_vix),
        "vix_high": Condition("vix_pts", ">", rules.vix_high_pts, "index points", no_vix),
        "vix_extreme": Condition("vix_pts", ">", rules.vix_extreme_pts, "index points", no_vix),
        "vix_jump": Condition("vix_change_frac", ">=", rules.vix_change_frac, "fraction", no_vix),
        "vix_above_mean": Condition("vix_deviations_20", ">", rules.vix_z, "standard deviations", no_vix),
        "edr": Condition("edr_frac", ">", rules.edr_frac, "fraction", "no VIX close or fewer than 20 SPX returns"),
        "future_above_mean": Condition("m1_to_mean", ">", rules.future_to_mean, "ratio", "no 21 settlements of M1"),
        "vix9d_above_vix": Condition("vix9d_to_vix", ">", rules.vix9d_to_vix, "ratio", "no VIX9D close"),
        "vix_above_vix3m": Condition("vix_to_vix3m", ">", rules.vix_to_vix3m, "ratio", "no VIX3M close"),
        "vvix": Condition("vvix_pts", ">=", rules.vvix_pts, "index points", "no VVIX close"),
    }
    for name, condition in conditions.items():
        yield Item("vol_expansion", name, (condition,))
