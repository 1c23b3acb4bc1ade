"""Index levels of every vendor file, one believed print a symbol and session."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.market import typing_rules as rules
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY
from warehouse.tables.raw import RAW_INDEX_LEVELS

if TYPE_CHECKING:
    from transforms.market.typing_rules import Typed

PRICES: Final = ("open", "high", "low", "close")
# Levels are published to two decimals: files that write one level to two, four or fifteen agree within half of that.
SAME_LEVEL_PTS: Final = 0.005

# Cboe's VVIX file starts with 150 prints of 2006-03-06..2006-12-29 that are not the index: 15.71 on 2006-03-15 after
# 71.73, 57.01 on 2006-08-16 between 88.09 and 80.68, 36.14 in November, and 59 of the sessions between missing. From
# 2007-01-03, where Cboe's own history begins, only two sessions of twenty years are missing and none is below 59.
VVIX_BEGINS: Final = dt.date(2007, 1, 3)
VVIX_BEFORE_ROWS: Final = 150


def type_index_levels(raw: pl.DataFrame) -> Typed:
    """Read the index prints of all files and keep the believed one of each symbol and session.

    One row per `session_date, symbol`; points. Prints of closed days and VVIX before 2007 are rejected. Where open,
    high and low cannot be (high below another price, low above one, a price of nought), the close stays, the three
    are null and the row is named under `impossible_ohlc`. The newest load is believed; files that only round the same
    level differently are one print, kept in the finest writing.
    """
    read = raw.with_columns(
        session_date=rules.dates_in(raw, "date"),
        decimals=rules.decimals_of("close"),
        **{f"{name}_pts": rules.numbers_in(raw, name) for name in PRICES},
    )
    kept, rejected = rules.sift(read, _row_rules(), raw_table=RAW_INDEX_LEVELS)
    rules.require_at_most(
        rejected.filter(pl.col("rule_id") == "vvix_before_2007"), VVIX_BEFORE_ROWS, rule_id="vvix_before_2007"
    )
    once, repeated = rules.last_in_file(kept, ("symbol", "session_date"), raw_table=RAW_INDEX_LEVELS)
    impossible = _impossible_ohlc()
    noted = rules.reject(once.filter(impossible.is_broken), impossible, RAW_INDEX_LEVELS)
    possible = once.with_columns(
        pl.when(impossible.is_broken.not_()).then(pl.col("open_pts", "high_pts", "low_pts"))
    ).with_columns(prices_written=pl.sum_horizontal(pl.col(f"{name}_pts").is_not_null() for name in PRICES))
    belief = rules.Belief(
        keys=("session_date", "symbol"),
        values=tuple(f"{name}_pts" for name in PRICES),
        tolerance=SAME_LEVEL_PTS,
        finest=("decimals", "prices_written"),
    )
    return rules.typed(CORE_INDEX_LEVELS_DAILY, rules.believed(possible, belief), [rejected, repeated, noted])


def _row_rules() -> list[rules.RowRule]:
    is_early_vvix = (pl.col("symbol") == "VVIX") & (pl.col("session_date") < VVIX_BEGINS)
    return [
        rules.missing("symbol"),
        rules.bad_date("date", "session_date"),
        rules.not_a_session("date"),
        rules.RowRule(
            "vvix_before_2007",
            is_early_vvix,
            pl.lit("Prints of VVIX before 2007-01-03 are not the index: 15.71 to 106.93, with 59 sessions missing."),
        ),
        rules.missing("close"),
        rules.not_a_number("close", "close_pts"),
        rules.RowRule("not_positive", pl.col("close_pts") <= 0, rules.said("A close of {}.", "close"), "close"),
    ]


def _impossible_ohlc() -> rules.RowRule:
    """47 rows of Cboe's VIX history (1992-02-11..2006-02-08) open outside their own high and low; one of VIX6M."""
    prices = [f"{name}_pts" for name in PRICES]
    is_broken = (
        (pl.col("high_pts") < pl.max_horizontal(prices))
        | (pl.col("low_pts") > pl.min_horizontal(prices))
        | (pl.min_horizontal(prices) <= 0)
    )
    reason = rules.said("open {}, high {}, low {}, close {} cannot be: only the close is kept.", *PRICES)
    return rules.RowRule("impossible_ohlc", is_broken.fill_null(value=False), reason)
