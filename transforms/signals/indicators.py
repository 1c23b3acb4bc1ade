"""Indicators of technical analysis, as expressions over prints in date order: EMA, RSI, MACD, crosses, streaks.

Each takes an expression without nulls inside one run of sessions and gives one; the caller says `.over("run")` where
there are several. Null until the indicator's own length is reached; publishing later than that is the caller's rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

ALWAYS_RISING: Final = 100.0


def ema(value: pl.Expr, length: int) -> pl.Expr:
    """Smooth with alpha 2/(length + 1), seeded at the bar of that number by the mean of the first `length` values."""
    return _smoothed(value, length, 2.0 / (length + 1.0))


def wilder_rsi(value: pl.Expr, length: int) -> pl.Expr:
    """Give Wilder's RSI, 0 to 100: how much of the smoothed daily movement was upwards. METHODOLOGY 5.1.

    Rises and falls are averaged over the first `length` changes, then smoothed with alpha 1/length; 100 where nothing
    has fallen. First value at bar length + 1.
    """
    change = value.diff()
    up, down = (_smoothed(side.clip(lower_bound=0.0), length, 1.0 / length) for side in (change, -change))
    return pl.when(down == 0.0).then(ALWAYS_RISING).otherwise(100.0 - 100.0 / (1.0 + up / down))


@dataclass(frozen=True, slots=True, kw_only=True)
class Macd:
    """The MACD line, its signal line, and the histogram between them, in the units of the series."""

    line: pl.Expr
    signal: pl.Expr
    histogram: pl.Expr


def macd(value: pl.Expr, *, fast: int, slow: int, signal: int) -> Macd:
    """Give the difference of two EMAs and its own EMA, all seeded by simple means. METHODOLOGY 5.2."""
    line = ema(value, fast) - ema(value, slow)
    smoothed = ema(line, signal)
    return Macd(line=line, signal=smoothed, histogram=line - smoothed)


def crosses(histogram: pl.Expr) -> pl.Expr:
    """Say where a histogram crosses nought at the close: 1 from at most 0 to above, -1 downwards, else 0."""
    before = histogram.shift()
    is_up = (histogram > 0) & (before <= 0)
    is_down = (histogram < 0) & (before >= 0)
    return pl.when(is_up).then(1).when(is_down).then(-1).when(before.is_not_null()).then(0)


def bars_since(is_event: pl.Expr) -> pl.Expr:
    """Count the bars since something last was so: 0 on its own bar, null before the first."""
    bar = pl.int_range(pl.len())
    return bar - pl.when(is_event).then(bar).forward_fill()


def streak(condition: pl.Expr) -> pl.Expr:
    """Count for how many bars in a row a condition has held, this one included; null where it is unknown."""
    so_far = condition.fill_null(value=False).cast(pl.Int64).cum_sum()
    before = pl.when(condition.fill_null(value=False)).then(None).otherwise(so_far).forward_fill().fill_null(0)
    return pl.when(condition.is_not_null()).then(so_far - before)


def percentile_rank(value: pl.Expr, *, window: int, at_least: int) -> pl.Expr:
    """Give the share of the last `window` values, this one included, that are not above this one; 0 to 1.

    Null until there are `at_least` values.
    """
    rank = value.rolling_rank(window, method="max", min_samples=at_least)
    count = pl.min_horizontal(pl.int_range(1, pl.len() + 1), pl.lit(window))
    return rank / count


def _smoothed(value: pl.Expr, length: int, alpha: float) -> pl.Expr:
    """An exponential average seeded by the mean of its first `length` values; leading nulls are skipped."""
    bar = value.is_not_null().cum_sum()
    seeded = pl.when(bar == length).then(value.cum_sum() / length).when(bar > length).then(value)
    return seeded.ewm_mean(alpha=alpha, adjust=False, ignore_nulls=True)
