"""Levels of the indices and what is read from their own past: changes, means, RSI, MACD. METHODOLOGY 5.1, 5.2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import polars as pl

from transforms.market.curve_shape import EXACT_DECIMALS
from transforms.signals.indicators import bars_since, crosses, macd, streak, wilder_rsi
from transforms.signals.runs import add_runs
from transforms.thresholds import STANDARD, VENDOR_RULE, threshold

LEVEL_OF_SYMBOL: Final = {
    "SPX": "index_close_pts",
    "VIX": "vix_pts",
    "VIX9D": "vix9d_pts",
    "VIX3M": "vix3m_pts",
    "VIX6M": "vix6m_pts",
    "VVIX": "vvix_pts",
    "SKEW": "skew_index_pts",
}
MEAN_SESSIONS: Final = {"vix_mean_5_pts": 5, "vix_mean_200_pts": 200}
DEVIATION_SESSIONS: Final = 20
CHANGE_SESSIONS: Final = 5
SHOCK_SESSIONS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorRules:
    """Lengths of the indicators, the bars they need before they are published, and their zones."""

    NAME: ClassVar[str] = "indicators"

    rsi_sessions: int = threshold(14, unit="trading sessions", says="RSI length", source=STANDARD, ref="Wilder")
    rsi_warm_up_sessions: int = threshold(
        100, unit="trading sessions", says="RSI is published from", ref="METHODOLOGY 5.1"
    )
    rsi_zones: tuple[float, float, float] = threshold(
        (30.0, 60.0, 70.0),
        unit="RSI points",
        says="RSI of VIX: CALM, RISING, STRESS",
        source=VENDOR_RULE,
        ref="V77, V80",
    )
    macd_sessions: tuple[int, int, int] = threshold(
        (12, 26, 9), unit="trading sessions", says="MACD fast, slow, signal", source=VENDOR_RULE, ref="V79"
    )
    macd_warm_up_sessions: int = threshold(
        135, unit="trading sessions", says="MACD is published from", ref="METHODOLOGY 5.2"
    )
    fresh_cross_sessions: int = threshold(
        5, unit="trading sessions", says="MACD bull: crossed at most", ref="METHODOLOGY 5.2"
    )
    confirming_sessions: int = threshold(
        2, unit="trading sessions", says="MACD confirmed: rising for", ref="METHODOLOGY 5.2"
    )


RULES: Final = IndicatorRules()


def index_measures(sessions: pl.DataFrame, index_levels: pl.DataFrame, rules: IndicatorRules = RULES) -> pl.DataFrame:
    """Give each session its levels, their changes, and the RSI and means of VIX.

    From consecutive `session_date` and core.index_levels_daily; one row per session. A level is the session's own print
    or null, and a change needs the print of the session it is counted from. Means and RSI run over prints, and begin
    anew after a gap of more than five sessions; `rsi_reason` says why RSI of VIX is null.
    """
    levels = _side_by_side(sessions, index_levels)
    vix, spx = (levels.select("session_date", column).drop_nulls() for column in ("vix_pts", "index_close_pts"))
    measured = levels.join(_means_and_rsi(vix, rules), on="session_date", how="left", maintain_order="left").join(
        _rsi(spx, "index_close_pts", rules).select("session_date", rsi14_spx="rsi"),
        on="session_date",
        how="left",
        maintain_order="left",
    )
    too_few = pl.format("{} of {} sessions of VIX without a gap", "vix_bar", pl.lit(rules.rsi_warm_up_sessions))
    no_print = pl.col("vix_pts").is_null()
    return measured.with_columns(
        spx_return_frac=_change("index_close_pts", 1),
        spx_return_3_frac=_change("index_close_pts", SHOCK_SESSIONS),
        vix_change_frac=_change("vix_pts", 1),
        rsi14_vix_change_5=pl.col("rsi14_vix").diff(CHANGE_SESSIONS),
        rsi14_vix_zone=_zone(pl.col("rsi14_vix"), rules),
        rsi_reason=pl.when(no_print).then(pl.lit("no VIX close")).when(pl.col("rsi14_vix").is_null()).then(too_few),
    ).drop("vix_bar")


def _side_by_side(sessions: pl.DataFrame, index_levels: pl.DataFrame) -> pl.DataFrame:
    closes = {
        column: pl.col("close_pts").filter(pl.col("symbol") == symbol).first()
        for symbol, column in LEVEL_OF_SYMBOL.items()
    }
    high = pl.col("high_pts").filter(pl.col("symbol") == "VIX").first()
    wide = index_levels.group_by("session_date").agg(**closes, vix_high_pts=high)
    return sessions.select("session_date").join(wide, on="session_date", how="left", maintain_order="left")


def _change(column: str, sessions: int) -> pl.Expr:
    """The relative change; 23 after 20 is 15% and not less by the last bit."""
    return (pl.col(column) / pl.col(column).shift(sessions) - 1.0).round(EXACT_DECIMALS)


def _means_and_rsi(vix: pl.DataFrame, rules: IndicatorRules) -> pl.DataFrame:
    level = pl.col("vix_pts")
    deviation = (level - level.rolling_mean(DEVIATION_SESSIONS)) / level.rolling_std(DEVIATION_SESSIONS, ddof=1)
    return _rsi(vix, "vix_pts", rules).select(
        "session_date",
        rsi14_vix="rsi",
        vix_bar="bar",
        vix_deviations_20=deviation.over("run"),
        **{name: level.rolling_mean(length).over("run") for name, length in MEAN_SESSIONS.items()},
    )


def _rsi(prints: pl.DataFrame, column: str, rules: IndicatorRules) -> pl.DataFrame:
    is_warm = pl.col("bar") >= rules.rsi_warm_up_sessions
    rsi = wilder_rsi(pl.col(column), rules.rsi_sessions).over("run")
    return add_runs(prints).with_columns(rsi=pl.when(is_warm).then(rsi))


def _zone(rsi: pl.Expr, rules: IndicatorRules) -> pl.Expr:
    calm, rising, stress = rules.rsi_zones
    return (
        pl.when(rsi >= stress)
        .then(pl.lit("STRESS"))
        .when(rsi >= rising)
        .then(pl.lit("RISING"))
        .when(rsi > calm)
        .then(pl.lit("NEUTRAL"))
        .when(rsi <= calm)
        .then(pl.lit("CALM"))
    )


def macd_measures(curve: pl.DataFrame, rules: IndicatorRules = RULES) -> pl.DataFrame:
    """Give the MACD of the 30-day VIX future and that of the curve's slope, with their crosses.

    From `session_date, cm30_pts, cm_spread_pts`; one row per session that has the 30-day price. `macd_cross` is UP or
    DOWN on the close at which the histogram changes sign, else NONE; `macd_bars_since_cross_sessions` is 0 there.
    `is_macd_bull`: histogram above 0 and crossed at most 5 sessions ago; `is_macd_confirmed`: and rising for two.
    All null, with `macd_reason`, before 135 sessions.
    """
    prints = add_runs(curve.select("session_date", "cm30_pts", "cm_spread_pts").drop_nulls("cm30_pts"))
    names = ("macd", "slope_macd")
    columns = prints
    for name, of in zip(names, ("cm30_pts", "cm_spread_pts"), strict=True):
        parts = macd(
            pl.col(of), fast=rules.macd_sessions[0], slow=rules.macd_sessions[1], signal=rules.macd_sessions[2]
        )
        columns = columns.with_columns(
            **{
                f"{name}_pts": parts.line.over("run"),
                f"{name}_signal_pts": parts.signal.over("run"),
                f"{name}_histogram_pts": parts.histogram.over("run"),
            }
        )
    return _published(_with_crosses(columns, rules), rules)


def _with_crosses(columns: pl.DataFrame, rules: IndicatorRules) -> pl.DataFrame:
    histogram = pl.col("macd_histogram_pts")
    cross = crosses(histogram)
    rising = streak(histogram.diff() > 0) >= rules.confirming_sessions
    return (
        columns.with_columns(
            macd_histogram_previous_pts=histogram.shift().over("run"),
            macd_cross=cross.replace_strict({1: "UP", -1: "DOWN", 0: "NONE"}, return_dtype=pl.String).over("run"),
            macd_bars_since_cross_sessions=bars_since(cross != 0).over("run"),
            is_rising=rising.over("run"),
        )
        .with_columns(
            is_macd_bull=(histogram > 0)
            & (pl.col("macd_bars_since_cross_sessions") <= rules.fresh_cross_sessions).fill_null(value=False)
        )
        .with_columns(is_macd_confirmed=pl.col("is_macd_bull") & pl.col("is_rising"))
        .drop("is_rising")
    )


def _published(columns: pl.DataFrame, rules: IndicatorRules) -> pl.DataFrame:
    is_warm = pl.col("bar") >= rules.macd_warm_up_sessions
    figures = [name for name in columns.columns if "macd" in name]
    too_few = pl.format(
        "{} of {} sessions of the 30-day VIX future without a gap", "bar", pl.lit(rules.macd_warm_up_sessions)
    )
    return columns.select(
        "session_date",
        **{name: pl.when(is_warm).then(name) for name in figures},
        macd_reason=pl.when(~is_warm).then(too_few),
    )
