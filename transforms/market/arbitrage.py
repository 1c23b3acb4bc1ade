"""Quotes that give money away: what can be earned at them without risk, buying at asks and selling at bids.

| bound | trade | a quote is at fault when |
|---|---|---|
| parity | conversion, reversal | call less put, bought or sold, beats DF (F - K) |
| vertical | two neighbouring strikes | the spread costs less than nothing, or brings more than DF times its width |
| butterfly | three neighbouring strikes | its bid is above the chord of its neighbours' asks |

Trading at the quotes themselves is what makes a mid break its bound by more than the spreads of its legs. Bounds:
Merton 1973, "Theory of Rational Option Pricing"; parity: Stoll 1969.

Parity is tested across strikes, for VIX too: F and DF are those of the one line C - P = DF (F - K) through all strikes
of the expiry, by medians weighted with 1/spread. So neither the Treasury curve, nor ten strikes' idea of DF, nor a VX
future marked a quarter of an hour earlier makes an arbitrage, and no single quote pulls the line.
Measured on the closes of 2022-02-04, 2023-02-07, 2023-02-15 and 2023-06-09, strikes of live expiries at fault:

| F and DF | of 29,494 SPX strikes | of 679 VIX strikes |
|---|---|---|
| core.forwards_daily | 295, by up to 209 points | 210, by up to 0.08 |
| the line through all strikes | 0 | 0 |

Vertical and butterfly: 0 of 60,469 quotes. Real closes keep every bound, so one quote at fault is too many.

Calendar bounds compare quotes of one moneyness in two expiries, by their variance (calendar_bounds.py, beside this).
"""

from __future__ import annotations

from typing import Final

import polars as pl

EXPIRY: Final = ("root", "expiry_date", "settlement")
LEG: Final = (*EXPIRY, "right")
CONTRACT: Final = (*LEG, "strike_pts")
QUOTE: Final = ("bid_pts", "ask_pts", "discount_factor_frac")
GAINS: Final = ("parity_gain_pts", "vertical_gain_pts", "butterfly_gain_pts")

# A locked call over a locked put would weigh infinitely.
SMALLEST_SPREAD_PTS: Final = 0.01
# Prices have at most four; what would be earned beyond these is arithmetic.
DECIMALS: Final = 6


def executable_gains(marks: pl.DataFrame) -> pl.DataFrame:
    """Say of each quote what is earned by trading against it: above 0, it gives money away.

    `marks` are rows of core.option_marks_daily of one session. One row per contract of a live expiry that can be
    bought and is not crossed: its key, `underlying`, and `parity_gain_pts`, `vertical_gain_pts`, `butterfly_gain_pts`
    for one unit traded; `vertical` is the better of the two spreads that sell this quote. 0 or less: nothing is earned.
    Null where there is no other right, no neighbour or no discount factor to test against. Beside them what tells which
    quote of a broken bound is the wrong one (transforms/market/wrong_quotes.py): bid, ask, discount factor,
    `put_equivalent_pts`, the mid with a call read as the put that parity makes of it, and `parity_off_pts`, how far
    the mids of the strike are from parity.
    """
    quotes = (
        marks.lazy()
        .filter(pl.col("t_years") > 0.0, pl.col("ask_pts") > 0.0, pl.col("bid_pts") <= pl.col("ask_pts"))
        .select("underlying", *CONTRACT, "bid_pts", "ask_pts", "discount_factor_frac")
        .sort(CONTRACT)
        .collect()
    )
    by_strike = _neighbours(quotes).select(
        "underlying", *CONTRACT, *QUOTE, vertical_gain_pts=_vertical_gain(), butterfly_gain_pts=_butterfly_gain()
    )
    carried = pl.when(pl.col("right") == "C").then(pl.col("carried_pts")).otherwise(0.0)
    return by_strike.join(_parity_gains(quotes), on=[*EXPIRY, "strike_pts"], how="left", maintain_order="left").select(
        "underlying",
        *CONTRACT,
        *QUOTE,
        pl.col(GAINS).round(DECIMALS),
        "parity_off_pts",
        put_equivalent_pts=(pl.col("bid_pts") + pl.col("ask_pts")) / 2.0 - carried,
    )


def _neighbours(quotes: pl.DataFrame) -> pl.DataFrame:
    """Lay the next lower and the next higher strike of the same expiry and right beside each quote."""
    beside = {
        f"{name}_{where}": pl.col(name).shift(step).over(LEG)
        for where, step in (("below", 1), ("above", -1))
        for name in ("strike_pts", "bid_pts", "ask_pts")
    }
    return quotes.with_columns(**beside)


def _vertical_gain() -> pl.Expr:
    """Sell this quote and buy a neighbour: the dearer side for nothing, or the cheaper for more than the most."""
    is_call = pl.col("right") == "C"
    against_lower, against_higher = (pl.col("bid_pts") - pl.col(f"ask_pts_{where}") for where in ("below", "above"))
    width_below = pl.col("discount_factor_frac") * (pl.col("strike_pts") - pl.col("strike_pts_below"))
    width_above = pl.col("discount_factor_frac") * (pl.col("strike_pts_above") - pl.col("strike_pts"))
    of_call = pl.max_horizontal(against_lower, against_higher - width_above)
    of_put = pl.max_horizontal(against_higher, against_lower - width_below)
    return pl.when(is_call).then(of_call).otherwise(of_put)


def _butterfly_gain() -> pl.Expr:
    """Sell this quote and buy its neighbours in the shares that meet at its strike."""
    below, above = pl.col("strike_pts_below"), pl.col("strike_pts_above")
    share_below = (above - pl.col("strike_pts")) / (above - below)
    return pl.col("bid_pts") - share_below * pl.col("ask_pts_below") - (1.0 - share_below) * pl.col("ask_pts_above")


def _parity_gains(quotes: pl.DataFrame) -> pl.DataFrame:
    """Hold every strike of an expiry against the line of all: one row per strike quoted in both rights."""
    calls, puts = (quotes.filter(right=right) for right in ("C", "P"))
    carried = pl.col("line_discount_frac") * (pl.col("line_forward_pts") - pl.col("strike_pts"))
    return (
        calls.join(puts, on=[*EXPIRY, "strike_pts"], suffix="_put", validate="1:1", maintain_order="left")
        .with_columns(
            sold_pts=pl.col("bid_pts") - pl.col("ask_pts_put"), bought_pts=pl.col("ask_pts") - pl.col("bid_pts_put")
        )
        .with_columns(
            call_less_put_pts=(pl.col("sold_pts") + pl.col("bought_pts")) / 2.0,
            weight=1.0 / (pl.col("bought_pts") - pl.col("sold_pts")).clip(lower_bound=SMALLEST_SPREAD_PTS),
        )
        .pipe(_parity_line)
        .select(
            *EXPIRY,
            "strike_pts",
            carried_pts=carried,
            parity_off_pts=(pl.col("call_less_put_pts") - carried).abs(),
            parity_gain_pts=pl.max_horizontal(pl.col("sold_pts") - carried, carried - pl.col("bought_pts")),
        )
    )


def _parity_line(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add DF and F of the line through all strikes of each expiry, by weighted medians.

    DF first: the median slope between strikes half the expiry's list apart (after Theil 1950 and Sen 1968), then F: the
    median of K + (C - P)/DF. One turn more, DF now by the slopes from F, brings both to least absolute errors. Null
    where the expiry has a single pair.
    """
    apart = pl.len() // 2
    width = pl.col("strike_pts") - pl.col("strike_pts").shift(apart)
    fall = pl.col("call_less_put_pts").shift(apart) - pl.col("call_less_put_pts")
    slopes = pairs.sort(*EXPIRY, "strike_pts").select(
        *EXPIRY,
        slope_frac=pl.when(width > 0.0).then(fall / width).over(EXPIRY),
        weight=(width * pl.min_horizontal(pl.col("weight"), pl.col("weight").shift(apart))).over(EXPIRY),
    )
    first = _with_forward(pairs, slopes)
    away = pl.col("line_forward_pts") - pl.col("strike_pts")
    slopes = first.select(
        *EXPIRY,
        slope_frac=pl.when(away != 0.0).then(pl.col("call_less_put_pts") / away),
        weight=pl.col("weight") * away.abs(),
    )
    return _with_forward(pairs, slopes)


def _with_forward(pairs: pl.DataFrame, slopes: pl.DataFrame) -> pl.DataFrame:
    """Add the median slope of each expiry as its DF, and the median forward that goes with it."""
    discounts = _weighted_median(slopes, "slope_frac").rename({"slope_frac": "line_discount_frac"})
    discounted = pairs.join(discounts, on=EXPIRY, how="left")
    crossings = discounted.select(
        *EXPIRY,
        "weight",
        crossing_pts=pl.col("strike_pts") + pl.col("call_less_put_pts") / pl.col("line_discount_frac"),
    )
    forwards = _weighted_median(crossings, "crossing_pts").rename({"crossing_pts": "line_forward_pts"})
    return discounted.join(forwards, on=EXPIRY, how="left")


def _weighted_median(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """Take the median of a column by `weight` in each expiry, one row each; nulls have no say."""
    return (
        rows.drop_nulls(column)
        .sort(*EXPIRY, column)
        .with_columns(so_far=pl.col("weight").cum_sum().over(EXPIRY))
        .filter(pl.col("so_far") * 2.0 >= pl.col("so_far").last().over(EXPIRY))
        .unique(EXPIRY, keep="first", maintain_order=True)
        .select(*EXPIRY, column)
    )
