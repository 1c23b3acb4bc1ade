"""What a change of position costs at tonight's quotes: each leg bought above its mid or sold below it, and the fees.

METHODOLOGY 4.6, R14, R18. A quote without a bid is bought at its ask and sold for nothing. A leg that is not listed,
not quoted, crossed or too wide has no price, and neither has what needs it. All candidates are priced in one pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.legs import CONTRACT, named_reasons, sum_or_null
from transforms.book.positions import MULTIPLIER_USD
from transforms.market.calendar import last_trade_instant
from transforms.risk.roll_rules import COSTS, CostRules
from transforms.risk.roll_structures import SERIES, TRADABLE, WITHOUT_BID

if TYPE_CHECKING:
    import datetime as dt

# Right, which of the spread's two strikes, and the sign it is held with.
ROLES: Final = (
    ("put", "P", "long", 1),
    ("put", "P", "short", -1),
    ("call", "C", "short", -1),
    ("call", "C", "long", 1),
)
CLOSING: Final = "close"
OPENING: Final = "open"
KEEPING: Final = "keep"
SPX_MULTIPLIER_USD: Final = MULTIPLIER_USD["SPXW"]
QUOTE: Final = (
    *("bid_pts", "ask_pts", "mid_pts", "mark_pts", "mark_quality", "forward_pts", "discount_factor_frac", "t_years"),
    *("dte_days", "smile_vol", "delta_b76", "theta_pts_per_day"),
)
NOT_LISTED: Final = "not in tonight's chain"


def roll_legs(candidates: pl.DataFrame) -> pl.DataFrame:
    """Break candidates into legs: which are closed, which opened, which kept.

    `candidates` have a `row` of their own, the condor's `root, expiry_date, settlement` and four strikes
    (`long_put_pts`...), and what it becomes as `put_root, put_expiry_date, put_settlement, put_short_pts, put_long_pts`
    and the same for the call. One row per candidate, contract and `action`; `position_qty` is the sign the leg is held
    with, `trade_qty` that of the trade: 0 for a leg that is kept.
    """
    return pl.concat(_of_role(candidates, *role) for role in ROLES).sort("row", "action", "right", "strike_pts")


def _of_role(candidates: pl.DataFrame, side: str, right: str, which: str, sign: int) -> pl.DataFrame:
    before = {**{name: name for name in SERIES}, "strike_pts": f"{which}_{side}_pts"}
    after = {**{name: f"{side}_{name}" for name in SERIES}, "strike_pts": f"{side}_{which}_pts"}
    is_held_after = pl.col(after["root"]).is_not_null()
    is_kept = pl.all_horizontal(pl.col(before[name]) == pl.col(after[name]) for name in before).fill_null(value=False)
    parts = (
        (CLOSING, before, ~is_kept, -sign),
        (OPENING, after, is_held_after & ~is_kept, sign),
        (KEEPING, after, is_kept, 0),
    )
    return pl.concat(
        candidates.filter(condition).select(
            "row", **contract, right=pl.lit(right), action=pl.lit(action), position_qty=sign, trade_qty=trade
        )
        for action, contract, condition, trade in parts
    )


def priced(legs: pl.DataFrame, marks: pl.DataFrame, mark_at: dt.datetime, rules: CostRules = COSTS) -> pl.DataFrame:
    """Put tonight's quote beside each leg, and what trading one contract of it costs.

    `legs` of `roll_legs`, `marks` core.option_marks_daily of the session. Adds the quote, `buy_pts` (at least the mid)
    and `sell_pts` (at most), `trade_pts` of the leg's own trade, `half_spread_pts`, `fee_usd`, and for traded legs
    `quote_reason` (no price and why) and `is_expired`: the series trades no more.
    """
    quality, half = pl.col("mark_quality"), (pl.col("ask_pts") - pl.col("bid_pts")) / 2.0
    has_bid = ~quality.is_in(WITHOUT_BID)
    is_tradable = quality.is_in(TRADABLE).fill_null(value=False)
    is_traded = pl.col("trade_qty") != 0
    buy = pl.when(has_bid).then(pl.col("mid_pts") + rules.slip_frac * half).otherwise("ask_pts")
    sell = pl.when(has_bid).then(pl.col("mid_pts") - rules.slip_frac * half).otherwise("bid_pts")
    why = pl.when(quality.is_null()).then(pl.lit(NOT_LISTED)).otherwise(pl.format("{} quote", quality))
    return (
        legs.join(marks.select(*CONTRACT, *QUOTE), on=CONTRACT, how="left", validate="m:1", maintain_order="left")
        .with_columns(
            buy_pts=pl.when(is_tradable).then(buy),
            sell_pts=pl.when(is_tradable).then(sell),
            half_spread_pts=pl.when(is_tradable).then(half),
            fee_usd=pl.col("root").replace_strict(rules.fee_of_root_usd, return_dtype=pl.Float64),
            quote_reason=pl.when(is_traded & ~is_tradable).then(why),
            is_expired=is_traded & _trades_no_more(legs, mark_at),
        )
        .with_columns(trade_pts=pl.when(pl.col("trade_qty") > 0).then("buy_pts").when(is_traded).then("sell_pts"))
    )


def trade_costs(legs: pl.DataFrame) -> pl.DataFrame:
    """Add the legs of each candidate up, per condor: one row per `row`, in order.

    `close_debit_pts` is what closing costs, `open_credit_pts` what opening brings; `fees_usd` of one condor;
    `half_spread_pts` of every leg traded or held, once. Null as soon as one leg has no price, and `quote_reason`
    names it.
    """
    strike = pl.col("strike_pts").cast(pl.String).str.strip_suffix(".0")
    named = legs.with_columns(
        contract=pl.format("{} {} {} {} {}", *CONTRACT[:-1], strike),
        paid_pts=pl.col("trade_qty") * pl.col("trade_pts"),
        received_pts=-pl.col("trade_qty") * pl.col("trade_pts"),
    )
    is_traded = pl.col("trade_qty") != 0
    return named.group_by("row", maintain_order=True).agg(
        close_debit_pts=_total("paid_pts", CLOSING),
        open_credit_pts=_total("received_pts", OPENING),
        fees_usd=pl.col("fee_usd").filter(is_traded).sum(),
        half_spread_pts=sum_or_null("half_spread_pts"),
        trading_half_spread_pts=_total("half_spread_pts", CLOSING, OPENING),
        quote_reason=named_reasons("contract", "quote_reason"),
        is_expired=pl.col("is_expired").any(),
    )


def _total(column: str, *actions: str) -> pl.Expr:
    """Sum a column over the legs of some actions; null as soon as one of them is, 0 where there are none."""
    values = pl.col(column).filter(pl.col("action").is_in(actions))
    return pl.when(~values.is_null().any()).then(values.sum())


def _trades_no_more(legs: pl.DataFrame, mark_at: dt.datetime) -> pl.Series:
    """Whether a leg's series has traded for the last time by the mark; an AM series does so on the eve."""
    series = legs.select("root", "expiry_date").unique()
    ended = pl.Series([last_trade_instant(*one) <= mark_at for one in series.iter_rows()], dtype=pl.Boolean)
    return legs.select("root", "expiry_date").join(
        series.with_columns(is_ended=ended), on=["root", "expiry_date"], how="left", maintain_order="left"
    )["is_ended"]
