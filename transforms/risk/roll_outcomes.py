"""Where a change of position leaves the campaign: cash, credit of the chain, break-evens, worst loss, margin, odds.

METHODOLOGY 4.6, 4.15, 7, R14: break-evens and worst loss count everything the campaign has taken in and paid, so that a
roll cannot hide a loss behind a new credit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.market.condor_odds import RULES, OddsRules, condor_probabilities
from transforms.risk.roll_prices import KEEPING, OPENING, SPX_MULTIPLIER_USD
from transforms.risk.roll_structures import SERIES

if TYPE_CHECKING:
    from transforms.market.smile_odds import SmileNight

SIZE_USD: Final = SPX_MULTIPLIER_USD * pl.col("quantity_qty")
HAS_PUT: Final = pl.col("put_root").is_not_null()
HAS_CALL: Final = pl.col("call_root").is_not_null()
ONE_SERIES: Final = pl.all_horizontal(pl.col(f"put_{name}") == pl.col(f"call_{name}") for name in SERIES)
# Two spreads of different expiries can both be lost; of one condor only one side can.
TWO_SPREADS: Final = HAS_PUT & HAS_CALL & ~ONE_SERIES
NET_PTS: Final = pl.col("open_credit_pts") - pl.col("close_debit_pts")


def with_outcomes(costed: pl.DataFrame) -> pl.DataFrame:
    """Add cash, chain credit, break-evens, worst loss and margin to candidates with their costs.

    `costed`: candidates with `trade_costs`, and of their condor `quantity_qty, chain_credit_pts, expiry_date`. USD for
    the whole position; `max_loss_after_usd` without fees, as mart.condors_daily has it; of what holds nothing any more
    it is the loss locked in (a gain is negative).
    """
    width_put, width_call = (
        pl.col("put_short_pts") - pl.col("put_long_pts"),
        pl.col("call_long_pts") - pl.col("call_short_pts"),
    )
    wider = pl.max_horizontal(width_put, width_call, pl.lit(0.0))
    return (
        costed.with_columns(
            close_debit_usd=SIZE_USD * pl.col("close_debit_pts"),
            open_credit_usd=SIZE_USD * pl.col("open_credit_pts"),
            fees_usd=pl.col("quantity_qty") * pl.col("fees_usd"),
            chain_credit_after_pts=pl.col("chain_credit_pts") + NET_PTS,
            owed_pts=pl.when(TWO_SPREADS).then(width_put + width_call).otherwise(wider),
            days_added_days=(
                pl.max_horizontal("put_expiry_date", "call_expiry_date") - pl.col("expiry_date")
            ).dt.total_days(),
        )
        .with_columns(
            roll_net_usd=SIZE_USD * NET_PTS - pl.col("fees_usd"),
            cover_ratio=pl.when(pl.col("close_debit_pts") > 0.0).then(
                pl.col("open_credit_pts") / pl.col("close_debit_pts")
            ),
            break_even_put_pts=pl.when(HAS_PUT).then(pl.col("put_short_pts") - pl.col("chain_credit_after_pts")),
            break_even_call_pts=pl.when(HAS_CALL).then(pl.col("call_short_pts") + pl.col("chain_credit_after_pts")),
            max_loss_after_usd=SIZE_USD * (pl.col("owed_pts") - pl.col("chain_credit_after_pts")),
            margin_usd=SIZE_USD * pl.col("owed_pts"),
        )
        .with_columns(
            credit_per_day_usd=pl.when(pl.col("days_added_days") > 0).then(
                pl.col("roll_net_usd") / pl.col("days_added_days")
            ),
        )
    )


def with_greeks(candidates: pl.DataFrame, legs: pl.DataFrame, spot_pts: float | None) -> pl.DataFrame:
    """Add delta and theta of what is then held; null as soon as one of its legs has no mark.

    `legs` of `priced`, for the same rows.
    """
    is_priced = pl.col("mark_pts").is_not_null()
    slope = pl.col("delta_b76") * pl.col("forward_pts") / pl.lit(spot_pts, dtype=pl.Float64)
    held = (
        legs.filter(pl.col("action").is_in([OPENING, KEEPING]))
        .with_columns(
            delta=pl.when(is_priced).then(pl.col("position_qty") * slope),
            theta=pl.when(is_priced).then(pl.col("position_qty") * pl.col("theta_pts_per_day")),
        )
        .group_by("row", maintain_order=True)
        .agg(
            legs_qty=pl.len(),
            **{name: pl.when(~pl.col(name).is_null().any()).then(pl.col(name).sum()) for name in ("delta", "theta")},
        )
    )
    is_flat = pl.col("legs_qty").is_null()
    joined = candidates.join(held, on="row", how="left", validate="1:1", maintain_order="left")
    return joined.with_columns(
        delta_usd_per_pt=pl.when(is_flat).then(0.0).otherwise(SIZE_USD * pl.col("delta")),
        theta_usd_per_day=pl.when(is_flat).then(0.0).otherwise(SIZE_USD * pl.col("theta")),
    ).drop("legs_qty", "delta", "theta")


def with_odds(
    candidates: pl.DataFrame, night: SmileNight, *, hv20_vol: float | None, rules: OddsRules = RULES
) -> pl.DataFrame:
    """Add the chance that the campaign ends with a profit, and what the legs then held are expected to pay.

    Spreads of two expiries are read each on its own: expected payoffs add up, and the chance is one less the chances to
    end beyond either break-even. What holds nothing has its outcome: a profit or not.
    """
    parts = _odds_rows(candidates)
    found = condor_probabilities(parts, night, hv20_vol=hv20_vol, rules=rules)
    by_row = found.group_by("row", maintain_order=True).agg(
        pop=_or_null("pop_frac", 1.0 - (1.0 - pl.col("pop_frac")).sum()).clip(lower_bound=0.0),
        ev_q_payoff=_or_null("ev_q_payoff_usd", pl.col("ev_q_payoff_usd").sum()),
        ev_p_payoff=_or_null("ev_p_payoff_usd", pl.col("ev_p_payoff_usd").sum()),
        prob_method=pl.col("prob_method").unique(maintain_order=True).str.join(", "),
        prob_reason=pl.col("prob_reason").drop_nulls().unique(maintain_order=True).str.join("; ").replace("", None),
    )
    holds_nothing = ~HAS_PUT & ~HAS_CALL
    outcome_usd = SIZE_USD * pl.col("chain_credit_after_pts") - pl.col("campaign_fees_usd") - pl.col("fees_usd")
    return (
        candidates.join(by_row, on="row", how="left", validate="1:1", maintain_order="left")
        .with_columns(
            pop_frac=pl.when(holds_nothing).then((outcome_usd > 0.0).cast(pl.Float64)).otherwise("pop"),
            ev_q_payoff_usd=pl.when(holds_nothing).then(0.0).otherwise("ev_q_payoff"),
            ev_p_payoff_usd=pl.when(holds_nothing).then(0.0).otherwise("ev_p_payoff"),
        )
        .drop("pop", "ev_q_payoff", "ev_p_payoff")
    )


def _or_null(column: str, value: pl.Expr) -> pl.Expr:
    return pl.when(~pl.col(column).is_null().any()).then(value)


def _odds_rows(candidates: pl.DataFrame) -> pl.DataFrame:
    """Give condors to ask the odds of: a candidate of one expiry as it is, else each of its spreads alone.

    A spread alone is a condor whose other side has no width, and with it neither payoff nor break-even.
    """
    short, long = ({side: pl.col(f"{side}_{which}_pts") for side in ("put", "call")} for which in ("short", "long"))
    whole = candidates.filter(HAS_PUT, ONE_SERIES).select(
        **_keyed("put"),
        long_put_pts=long["put"],
        short_put_pts=short["put"],
        short_call_pts=short["call"],
        long_call_pts=long["call"],
        break_even_put_pts="break_even_put_pts",
        break_even_call_pts="break_even_call_pts",
    )
    is_apart = ~ONE_SERIES.fill_null(value=False)
    put_alone = candidates.filter(HAS_PUT, is_apart).select(
        **_keyed("put"),
        long_put_pts=long["put"],
        short_put_pts=short["put"],
        short_call_pts=short["put"],
        long_call_pts=short["put"],
        break_even_put_pts="break_even_put_pts",
        break_even_call_pts=short["put"],
    )
    call_alone = candidates.filter(HAS_CALL, is_apart).select(
        **_keyed("call"),
        long_put_pts=short["call"],
        short_put_pts=short["call"],
        short_call_pts=short["call"],
        long_call_pts=long["call"],
        break_even_put_pts=short["call"] - pl.col("chain_credit_after_pts"),
        break_even_call_pts="break_even_call_pts",
    )
    return pl.concat([whole, put_alone, call_alone])


def _keyed(side: str) -> dict[str, pl.Expr]:
    return {"row": pl.col("row"), "quantity_qty": pl.col("quantity_qty")} | {
        name: pl.col(f"{side}_{name}") for name in SERIES
    }
