"""RSI, means and MACD of the stored series: when they are published, and what a gap does to them."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
import talib

from transforms.market.calendar import sessions_between
from transforms.signals.vix_measures import index_measures, macd_measures
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY

DAYS = sessions_between(dt.date(2022, 1, 3), dt.date(2023, 12, 29))
WALK = 20.0 * np.exp(np.cumsum(np.random.default_rng(2).normal(0.0, 0.07, len(DAYS))))


def sessions(days: list[dt.date] = DAYS) -> pl.DataFrame:
    return pl.DataFrame({"session_date": days})


def levels(days: list[dt.date], closes: list[float], symbol: str = "VIX") -> pl.DataFrame:
    rows = pl.DataFrame({"session_date": days, "close_pts": closes}).with_columns(
        symbol=pl.lit(symbol), high_pts=pl.col("close_pts") + 1.0, load_id=pl.lit("a")
    )
    return CORE_INDEX_LEVELS_DAILY.conform(rows)


def test_rsi_is_published_from_a_hundred_sessions_on() -> None:
    measured = index_measures(sessions(), levels(DAYS, list(WALK)))
    assert measured["rsi14_vix"].is_null().to_list()[:100] == [True] * 99 + [False]
    assert measured["rsi_reason"].to_list()[98:100] == ["99 of 100 sessions of VIX without a gap", None]
    assert measured["rsi14_vix"].to_numpy()[99:] == pytest.approx(talib.RSI(WALK, 14)[99:], abs=1e-9)


def test_changes_and_means() -> None:
    closes = [20.0, 21.0, 22.0, 23.0, 24.0, 27.6]
    row = index_measures(sessions(DAYS[:6]), levels(DAYS[:6], closes)).row(-1, named=True)
    assert row["vix_change_frac"] == 0.15, "27.6 after 24 is 15%, and not less by the last bit"
    assert row["vix_mean_5_pts"] == pytest.approx((21 + 22 + 23 + 24 + 27.6) / 5)
    assert (row["vix_high_pts"], row["vix_mean_200_pts"], row["vix_deviations_20"]) == (28.6, None, None)


def test_the_distance_from_the_mean_counts_tonight() -> None:
    closes = [20.0] * 19 + [40.0]
    row = index_measures(sessions(DAYS[:20]), levels(DAYS[:20], closes)).row(-1, named=True)
    # Mean 21; squares 19 x 1 + 361 = 380 over 19 is 20: a deviation of 20 ** 0.5.
    assert row["vix_deviations_20"] == pytest.approx(19.0 / 20.0**0.5)


def test_spx_over_three_sessions() -> None:
    measured = index_measures(sessions(DAYS[:4]), levels(DAYS[:4], [4000.0, 4100.0, 4000.0, 3900.0], "SPX"))
    assert measured["spx_return_3_frac"].to_list() == [None, None, None, pytest.approx(-0.025)]
    assert measured["spx_return_frac"].to_list()[-1] == pytest.approx(-0.025)


def test_one_missing_print_is_bridged_and_a_long_gap_begins_anew() -> None:
    bridged = [*DAYS[:150], *DAYS[151:300]]
    rsi = index_measures(sessions(DAYS[:300]), levels(bridged, list(WALK[:299])))["rsi14_vix"]
    assert rsi[150] is None
    assert rsi[151:].to_numpy() == pytest.approx(talib.RSI(WALK[:299], 14)[150:], abs=1e-9)
    torn = [*DAYS[:150], *DAYS[156:300]]
    measured = index_measures(sessions(DAYS[:300]), levels(torn, list(WALK[:294])))
    assert measured["rsi14_vix"].to_list()[156:255] == [None] * 99
    assert measured["rsi_reason"].to_list()[156] == "1 of 100 sessions of VIX without a gap"
    assert measured["rsi14_vix"].to_list()[255] == pytest.approx(talib.RSI(WALK[150:294], 14)[99], abs=1e-9)


@pytest.mark.parametrize(
    ("closes", "zone"),
    [([40.0, *([20.0] * 150)], "CALM"), ([*([20.0] * 120), 40.0], "STRESS"), ([20.0, 21.0] * 60, "NEUTRAL")],
)
def test_a_high_rsi_of_vix_is_stress(closes: list[float], zone: str) -> None:
    days = DAYS[: len(closes)]
    assert index_measures(sessions(days), levels(days, closes))["rsi14_vix_zone"].to_list()[-1] == zone


def curve(prices: list[float]) -> pl.DataFrame:
    days = DAYS[: len(prices)]
    return pl.DataFrame({"session_date": days, "cm30_pts": prices, "cm_spread_pts": [-price for price in prices]})


def test_macd_is_published_from_a_hundred_and_thirty_five_sessions_on() -> None:
    measured = macd_measures(curve(list(WALK)))
    assert measured["macd_pts"].is_null().to_list()[:135] == [True] * 134 + [False]
    assert measured["is_macd_bull"].null_count() == measured["macd_cross"].null_count() == 134
    assert measured["macd_reason"].to_list()[133] == "134 of 135 sessions of the 30-day VIX future without a gap"
    histogram = talib.MACD(WALK, 12, 26, 9)[2]
    assert measured["macd_histogram_pts"].to_numpy()[200:] == pytest.approx(histogram[200:], abs=1e-9)
    assert measured["slope_macd_histogram_pts"].to_numpy()[200:] == pytest.approx(-histogram[200:], abs=1e-9)


def test_bull_is_a_fresh_cross_and_confirmed_a_rising_one() -> None:
    """Read off TA-Lib's histogram by a loop."""
    measured = macd_measures(curve(list(WALK))).to_dicts()
    histogram = talib.MACD(WALK, 12, 26, 9)[2]
    seen = set()
    for at in range(200, len(WALK)):
        crossed = [back for back in range(at - 150) if histogram[at - back] * histogram[at - back - 1] < 0]
        is_bull = bool(histogram[at] > 0 and crossed[0] <= 5)
        is_rising = bool(histogram[at] > histogram[at - 1] > histogram[at - 2])
        row = measured[at]
        assert row["macd_bars_since_cross_sessions"] == crossed[0]
        assert row["macd_cross"] == ("NONE" if crossed[0] else "UP" if histogram[at] > 0 else "DOWN")
        assert (row["is_macd_bull"], row["is_macd_confirmed"]) == (is_bull, is_bull and is_rising)
        seen.add((is_bull, is_rising, row["macd_cross"]))
    assert {(True, True, "UP"), (True, False, "NONE"), (False, True, "NONE"), (False, False, "DOWN")} <= seen
