"""Indicators against worked examples and TA-Lib, and the small counts they are read with."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
import talib

from transforms.signals.indicators import bars_since, crosses, ema, macd, percentile_rank, streak, wilder_rsi

# Wilder's worked example, as METHODOLOGY 11 (T3) has it.
CLOSES = [44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.10, 45.42, 45.84, 46.08]
CLOSES += [45.89, 46.03, 45.61, 46.28, 46.28, 46.00, 46.03, 46.41, 46.22, 45.64]
RSI = [70.46, 66.25, 66.48, 69.35, 66.29, 57.92]


def column(expression: pl.Expr, **values: list[Any]) -> list[Any]:
    return pl.DataFrame(values).select(found=expression)["found"].to_list()


def test_rsi_of_the_worked_example() -> None:
    found = column(wilder_rsi(pl.col("close"), 14), close=CLOSES)
    assert found[:14] == [None] * 14
    assert [round(value, 2) for value in found[14:]] == RSI


def test_rsi_of_a_series_that_never_falls_is_a_hundred() -> None:
    assert column(wilder_rsi(pl.col("close"), 2), close=[1.0, 2.0, 2.0, 5.0]) == [None, None, 100.0, 100.0]


def test_an_average_starts_from_the_mean_of_its_first_values() -> None:
    # (1 + 2 + 6)/3 = 3, then half of the way to each value: alpha = 2/4.
    found = column(ema(pl.col("x"), 3), x=[1.0, 2.0, 6.0, 5.0, 0.0])
    assert found == [None, None, 3.0, 4.0, 2.0]


def test_a_series_that_begins_later_is_averaged_from_where_it_begins() -> None:
    assert column(ema(pl.col("x"), 2), x=[None, None, 1.0, 3.0, 5.0]) == [None, None, None, 2.0, 4.0]


def test_rsi_ema_and_macd_are_those_of_talib() -> None:
    """A walk of 500 steps; TA-Lib starts MACD's fast average later, and 200 bars forget where it started."""
    walk = 20.0 * np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, 0.07, 500)))
    parts = macd(pl.col("x"), fast=12, slow=26, signal=9)
    found = pl.DataFrame({"x": walk}).select(
        rsi=wilder_rsi(pl.col("x"), 14),
        ema=ema(pl.col("x"), 12),
        line=parts.line,
        signal=parts.signal,
        histogram=parts.histogram,
    )
    line, signal, histogram = talib.MACD(walk, 12, 26, 9)
    expected = {"line": line, "signal": signal, "histogram": histogram}
    for name, theirs in {"rsi": talib.RSI(walk, 14), "ema": talib.EMA(walk, 12), **expected}.items():
        assert found[name].to_numpy()[200:] == pytest.approx(theirs[200:], abs=1e-9), name


def test_a_cross_is_a_change_of_side_at_the_close() -> None:
    histogram = [None, -1.0, 0.0, 2.0, 3.0, 0.0, 1.0, 0.0, -1.0, -2.0]
    # From at most 0 to above is up, from at least 0 to below is down; a touch is neither.
    assert column(crosses(pl.col("h")), h=histogram) == [None, None, 0, 1, 0, 0, 1, 0, -1, 0]


def test_bars_since_count_from_nought() -> None:
    assert column(bars_since(pl.col("x")), x=[False, True, False, False, True]) == [None, 0, 1, 2, 0]


def test_a_streak_ends_where_it_fails_or_is_unknown() -> None:
    held = [True, True, False, True, None, True, True]
    assert column(streak(pl.col("x")), x=held) == [1, 2, 0, 1, None, 1, 2]


def test_the_rank_counts_the_value_itself_and_what_is_not_above_it() -> None:
    found = column(percentile_rank(pl.col("x"), window=4, at_least=2), x=[5.0, 5.0, 1.0, 7.0, 6.0])
    # Last: of 5, 1, 7, 6 three are not above 6.
    assert found == [None, pytest.approx(1.0), pytest.approx(1 / 3), pytest.approx(1.0), pytest.approx(3 / 4)]
    assert not any(math.isnan(value) for value in found[1:])
