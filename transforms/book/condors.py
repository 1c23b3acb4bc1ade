"""The condors: geometry, credit of the whole campaign, P&L, Greeks, distances and state (METHODOLOGY 4.1, 6.1).

What is left of a condor after a partial close is here too: a vertical has one side, a broken wing two of different
width or size. A side that is gone has no strike, no break-even and no state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book import condor_profile, condor_sides, margin
from transforms.book.condor_credits import side_credits
from transforms.book.condor_curvature import with_curvature
from transforms.book.condor_distances import HAS_SETTLED, with_distances
from transforms.book.condor_history import with_history
from transforms.book.condor_legs import CONDOR, condor_legs
from transforms.book.condor_outlook import with_outlook
from transforms.book.condor_states import condor_states
from transforms.book.legs import IS_SPX_OPTION, SIZE_USD, named_reasons, sum_or_null
from transforms.book.payoffs import with_payoffs
from transforms.book.positions import OPEN, SETTLED_TODAY
from transforms.book.set_payoffs import with_set_payoffs
from transforms.book.states import RULES, StateRules
from transforms.market import condor_odds
from warehouse.tables.core import CORE_OPTION_MARKS_DAILY
from warehouse.tables.mart import MART_CONDORS_DAILY

if TYPE_CHECKING:
    import datetime as dt

    from transforms.market.smile_odds import SmileNight

LEG: Final = (*CONDOR, "instrument_id")
POOL: Final = ("account", "pool")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpxNight:
    """SPX tonight. `spot_pts` is the mark spot that drives the states; `edr_pts` the expected daily range in points.

    `spot_reason` says why spot is null. The official close settles PM series and is shown, no more.
    """

    session_date: dt.date
    mark_at: dt.datetime
    spot_pts: float | None
    index_close_pts: float | None = None
    edr_pts: float | None = None
    spot_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CondorInputs:
    """What condors are computed from.

    `holdings` of `positions.holdings`, `legs` of `price_legs`, `settlements` of `payoffs.settlement_levels`, `smiles`
    the session's smiles, `hv20_vol` SPX's realised vol. `entry_marks` are rows of core.option_marks_daily of sessions
    in which legs were opened, as far as they are on record. `previous` are the rows of mart.condors_daily of the
    session before, none on the first night; `history` the states of all sessions before (`condor_history`).
    """

    night: SpxNight
    holdings: pl.DataFrame
    legs: pl.DataFrame
    settlements: pl.DataFrame
    smiles: SmileNight
    hv20_vol: float | None = None
    entry_marks: pl.DataFrame = field(default_factory=CORE_OPTION_MARKS_DAILY.empty)
    previous: pl.DataFrame | None = None
    history: pl.DataFrame | None = None
    rules: StateRules = RULES
    side_rules: condor_sides.SideRules = condor_sides.RULES
    odds_rules: condor_odds.OddsRules = condor_odds.RULES
    profile_rules: condor_profile.ProfileRules = condor_profile.RULES
    margin_rules: margin.MarginRules = margin.RULES


def condors(inputs: CondorInputs) -> pl.DataFrame:
    """Describe every condor held, whole or in part, and once more, as SETTLED, the one that settled today.

    One row per account and condor, as mart.condors_daily declares. `pnl_usd` is the campaign's: closed and settled
    structures of the same campaign included, shared by contracts where several of its condors are open.
    """
    # In an order of our own: the same legs give the same sums to the last digit, however they arrive.
    held = with_payoffs(inputs.holdings, inputs.settlements).sort(*LEG, "standing")
    legs = inputs.legs.sort(LEG)
    rows = (
        _geometry(held)
        .join(_campaign_cash(held), on=POOL, how="left", validate="m:1", maintain_order="left")
        .pipe(_with_chain_credit)
        .join(_valued(held, legs), on=CONDOR, how="left", validate="1:1", maintain_order="left")
        .pipe(_with_pnl)
        .pipe(with_distances, inputs.night, inputs.smiles.forwards)
        .pipe(with_outlook, condor_legs(legs), inputs.smiles, hv20_vol=inputs.hv20_vol, rules=inputs.odds_rules)
        .pipe(_measured, held, condor_legs(legs), inputs)
    )
    states = condor_states(rows, edr_pts=inputs.night.edr_pts, previous=inputs.previous, rules=inputs.rules)
    stated = pl.concat([rows.drop("spot_reason"), states], how="horizontal").rename({"structure_id": "condor_id"})
    known = [column for column in MART_CONDORS_DAILY.column_names if column in stated.columns]
    conformed = MART_CONDORS_DAILY.conform(stated.select(known)).sort("account", "condor_id")
    return with_history(conformed, previous=inputs.previous, history=inputs.history)


def _measured(condor_rows: pl.DataFrame, held: pl.DataFrame, legs: pl.DataFrame, inputs: CondorInputs) -> pl.DataFrame:
    """Add what the sides have lost and have left, curvature, payoffs at SET, margin, profile and tier."""
    night = inputs.night
    credited = side_credits(held, inputs.entry_marks)
    margins = margin.structure_margins(legs, index_pts={margin.SPX: night.spot_pts}, rules=inputs.margin_rules)
    is_settled = pl.col("standing") == SETTLED_TODAY
    return (
        condor_rows.pipe(condor_sides.with_sides, legs, credited, inputs.side_rules)
        .pipe(with_curvature, legs, spot_pts=night.spot_pts, edr_pts=night.edr_pts)
        .pipe(with_set_payoffs, legs, spot_pts=night.spot_pts)
        .join(margins, on=CONDOR, how="left", validate="1:1", maintain_order="left")
        .with_columns(
            margin_reason=pl.when(is_settled).then(pl.lit(HAS_SETTLED)).otherwise("margin_reason"),
            buying_power_usd=pl.col("margin_usd") - pl.col("credit_pts") * pl.col("size_usd"),
        )
        .pipe(condor_profile.with_profile, inputs.profile_rules)
    )


def _role(right: str, sign: int, column: str = "strike_pts") -> pl.Expr:
    """A value of one of the four legs, by right and side of the trade."""
    return pl.col(column).filter((pl.col("right") == right) & (pl.col("quantity_qty").sign() == sign)).first()


def _geometry(held: pl.DataFrame) -> pl.DataFrame:
    """One row per condor: strikes, size of each side, own credit. The larger side is the size of the condor."""
    legs = held.filter((pl.col("part") == "condor") & pl.col("standing").is_in([OPEN, SETTLED_TODAY]))
    sides = {f"{name}_quantity_qty": -_role(right, -1, "quantity_qty") for name, right in (("put", "P"), ("call", "C"))}
    return (
        legs.group_by(CONDOR, maintain_order=True)
        .agg(
            pl.col("session_date", "grouping", "kind", "root", "expiry_date", "settlement", "standing", "pool").first(),
            pl.col("settle_at", "settle_date", "settlement_pts", "settlement_source").first(),
            campaign_id=pl.col("campaign_id").drop_nulls().first(),
            **sides,
            opened_at=pl.col("opened_at").min(),
            long_put_pts=_role("P", 1),
            short_put_pts=_role("P", -1),
            short_call_pts=_role("C", -1),
            long_call_pts=_role("C", 1),
            own_credit_usd=-(SIZE_USD * pl.col("entry_price_pts")).sum(),
            multiplier_usd=pl.col("multiplier_usd").first(),
            own_realised_usd=pl.col("realised_pnl_usd").sum(),
            own_fees_usd=pl.col("fees_usd").sum(),
        )
        .with_columns(
            quantity_qty=pl.max_horizontal("put_quantity_qty", "call_quantity_qty"),
            width_put_pts=pl.col("short_put_pts") - pl.col("long_put_pts"),
            width_call_pts=pl.col("long_call_pts") - pl.col("short_call_pts"),
            dte_days=(pl.col("expiry_date") - pl.col("session_date")).dt.total_days(),
        )
        .with_columns(size_usd=pl.col("multiplier_usd") * pl.col("quantity_qty"))
        .with_columns(credit_pts=pl.col("own_credit_usd") / pl.col("size_usd"))
    )


def _campaign_cash(held: pl.DataFrame) -> pl.DataFrame:
    """One row per campaign: what its closed and settled SPX legs have earned, a leg with unknown payoff left out.

    A condor that settled today is past for the campaign's open condors; where there are none, it is its own row.
    """
    is_condor = (pl.col("part") == "condor").fill_null(value=False)
    has_open_condor = (is_condor & (pl.col("standing") == OPEN)).any().over(POOL)
    is_last_of_campaign = is_condor & (pl.col("standing") == SETTLED_TODAY) & ~has_open_condor
    gone = held.filter(IS_SPX_OPTION, pl.col("standing") != OPEN, ~is_last_of_campaign)
    return gone.group_by(POOL, maintain_order=True).agg(
        campaign_realised_usd=pl.col("final_pnl_usd").sum(),
        campaign_fees_usd=pl.col("fees_usd").sum(),
        is_incomplete=pl.col("final_pnl_usd").is_null().any(),
    )


def _with_chain_credit(condor_rows: pl.DataFrame) -> pl.DataFrame:
    """Add credit, break-evens and limits; the campaign's past goes to its open condors by contracts."""
    open_qty = pl.when(pl.col("standing") == OPEN).then("quantity_qty").otherwise(0)
    pool_open_qty = open_qty.sum().over(POOL)
    all_qty = pl.col("quantity_qty").sum().over(POOL)
    share = pl.when(pool_open_qty > 0).then(open_qty / pool_open_qty).otherwise(pl.col("quantity_qty") / all_qty)
    return (
        condor_rows.with_columns(share=share)
        .with_columns(
            is_incomplete=(pl.col("is_incomplete") & (pl.col("share") > 0)).fill_null(value=False),
            fees_usd=pl.col("own_fees_usd") + pl.col("share") * pl.col("campaign_fees_usd").fill_null(0.0),
            chain_credit_pts=pl.col("credit_pts")
            + (pl.col("own_realised_usd") + pl.col("share") * pl.col("campaign_realised_usd").fill_null(0.0))
            / pl.col("size_usd"),
            credit_usd=pl.col("credit_pts") * pl.col("size_usd") - pl.col("own_fees_usd"),
        )
        .with_columns(max_profit_usd=pl.col("chain_credit_pts") * pl.col("size_usd"))
        .pipe(_with_limits)
    )


def _with_limits(condor_rows: pl.DataFrame) -> pl.DataFrame:
    """Add what each side can lose and where it begins to: the roots of the payoff at expiry, side by side.

    Beyond its short strike a side loses its own contracts' multiplier a point until its long strike. Where the credit
    outlasts the wing the root lies beyond it, and the side cannot be breached.
    """
    size = {side: pl.col("multiplier_usd") * pl.col(f"{side}_quantity_qty") for side in ("put", "call")}
    return condor_rows.with_columns(
        **{
            f"max_loss_{side}_usd": pl.col(f"width_{side}_pts") * size[side] - pl.col("max_profit_usd")
            for side in ("put", "call")
        },
        break_even_put_pts=pl.col("short_put_pts") - pl.col("max_profit_usd") / size["put"],
        break_even_call_pts=pl.col("short_call_pts") + pl.col("max_profit_usd") / size["call"],
    ).with_columns(max_loss_usd=pl.max_horizontal("max_loss_put_usd", "max_loss_call_usd"))


def _valued(held: pl.DataFrame, legs: pl.DataFrame) -> pl.DataFrame:
    """One row per condor: value and Greeks of its four legs, null as soon as one leg has none."""
    summed = ("value_usd", "liq_value_usd", "delta_usd_per_pt", "gamma_usd_per_pt2", "vega_usd_per_volpt")
    of_open = (
        legs.filter(pl.col("part") == "condor")
        .group_by(CONDOR, maintain_order=True)
        .agg(
            **{column: sum_or_null(column) for column in (*summed, "theta_usd_per_day", "extrinsic_usd")},
            unpriced_reason=named_reasons(),
            forward_pts=pl.col("forward_pts").first(),
            is_am_gap_risk=pl.col("is_am_gap_risk").any(),
            short_put_delta=_role("P", -1, "delta"),
            short_call_delta=_role("C", -1, "delta"),
        )
    )
    settled = held.filter((pl.col("part") == "condor") & (pl.col("standing") == SETTLED_TODAY)).with_columns(
        value_usd=SIZE_USD * pl.col("payoff_pts"), unpriced_reason="payoff_reason"
    )
    of_settled = settled.group_by(CONDOR, maintain_order=True).agg(
        value_usd=sum_or_null("value_usd"), unpriced_reason=pl.col("unpriced_reason").first()
    )
    return pl.concat([of_open, of_settled], how="diagonal")


def _with_pnl(condor_rows: pl.DataFrame) -> pl.DataFrame:
    pnl = pl.col("max_profit_usd") + pl.col("value_usd") - pl.col("fees_usd")
    return condor_rows.with_columns(pnl_usd=pl.when(~pl.col("is_incomplete")).then(pnl)).with_columns(
        pnl_to_max_loss_frac=pl.when(pl.col("max_loss_usd") > 0).then(pl.col("pnl_usd") / pl.col("max_loss_usd"))
    )
