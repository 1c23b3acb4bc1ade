"""The structures: what is held as one thing, whole or in part, and what has expired and waits for its settlement value.

One row per account, structure and kind. A label may bind a condor and its hedge: they are two rows of one structure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.legs import IS_FUTURE, IS_SPX_OPTION, SIZE_USD, named_reasons, sum_or_null
from transforms.book.positions import OPEN, SETTLED, SETTLED_TODAY
from transforms.book.shapes import KINDS, SPX_SPREADS, VIX_CALL, VIX_CALL_SPREAD
from transforms.book.worst_payoff import worst_payoff_usd
from warehouse.tables.mart import MART_STRUCTURES_DAILY

if TYPE_CHECKING:
    from collections.abc import Iterable

AWAITING: Final = "AWAITING_SETTLEMENT"
STRUCTURE: Final = ("account", "structure_id", "kind")
BOUND: Final = ("account", "binder", "family")
LEG: Final = ("account", "structure_id", "instrument_id")
OF_CONDOR: Final = (
    *("state", "side", "state_reason", "max_loss_usd", "max_loss_put_usd", "max_loss_call_usd"),
    *("break_even_put_pts", "break_even_call_pts", "chain_credit_pts"),
)
NO_BOUND: Final = "its loss has no bound by its own legs alone"


def structures(paid: pl.DataFrame, legs: pl.DataFrame, condors: pl.DataFrame) -> pl.DataFrame:
    """List every structure of which something is held, that settled today, or that waits for a settlement value.

    One row per account, structure and kind, as mart.structures_daily declares. `paid` are the `holdings` with their
    payoffs, `legs` of `price_legs`, `condors` of `condors`. P&L is the structure's own: what its closed and settled
    legs have earned included, other structures of its campaign not.
    """
    held = paid.with_columns(
        binder=pl.when(pl.col("label") != "").then("label").otherwise("structure_id"),
        family=pl.when(IS_SPX_OPTION).then(pl.lit("SPX")).otherwise(pl.lit("VIX")),
    ).with_columns(is_held=(pl.col("standing") == OPEN).any().over(BOUND))
    has_expired = pl.col("standing").is_in([SETTLED, SETTLED_TODAY]) & (pl.col("quantity_qty") != 0)
    waits = has_expired & pl.col("payoff_pts").is_null()
    is_listed = (pl.col("standing") == OPEN) | (
        ~pl.col("is_held") & (waits | (has_expired & (pl.col("standing") == SETTLED_TODAY)))
    )
    listed = held.filter(is_listed).with_columns(pl.col("kind").fill_null("OTHER"))
    rows = (
        _rows(listed, legs)
        .join(_past(held.filter(~is_listed), listed), on=STRUCTURE, how="left", validate="1:1", maintain_order="left")
        .pipe(_with_pnl)
        .join(_of_condors(condors), on=STRUCTURE, how="left", validate="1:1", maintain_order="left")
        .pipe(_with_own_limits, listed)
    )
    known = [column for column in MART_STRUCTURES_DAILY.column_names if column in rows.columns]
    return MART_STRUCTURES_DAILY.conform(rows.select(known)).sort(STRUCTURE)


def _rows(listed: pl.DataFrame, legs: pl.DataFrame) -> pl.DataFrame:
    """One row per structure and kind: its legs, size, entry and value."""
    marks = legs.select(*LEG, open_value_usd="value_usd", unpriced="unpriced_reason")
    is_open = pl.col("standing") == OPEN
    said = pl.format("{} {}", pl.col("quantity_qty").map_batches(_signed, return_dtype=pl.String), "instrument_id")
    return (
        listed.join(marks, on=LEG, how="left", validate="m:1", maintain_order="left")
        .sort(*STRUCTURE, "expiry_date", "right", "strike_pts", nulls_last=True, maintain_order=True)
        .with_columns(
            value_usd=pl.when(is_open).then("open_value_usd").otherwise(SIZE_USD * pl.col("payoff_pts")),
            entry_usd=pl.when(IS_FUTURE & is_open).then(0.0).otherwise(-SIZE_USD * pl.col("entry_price_pts")),
            leg_text=said,
            why=pl.when(is_open).then("unpriced").otherwise("payoff_reason"),
        )
        .group_by(STRUCTURE, maintain_order=True)
        .agg(
            pl.col("session_date", "grouping", "campaign_grouping", "binder", "family").first(),
            campaign_id=pl.col("campaign_id").drop_nulls().first(),
            status=pl.when(is_open.any())
            .then(pl.lit(OPEN))
            .when(pl.col("payoff_pts").is_null().any())
            .then(pl.lit(AWAITING))
            .otherwise(pl.lit(SETTLED)),
            status_reason=pl.when(~is_open.any()).then(named_reasons(reason="payoff_reason")),
            legs=pl.col("leg_text").str.join(", "),
            legs_qty=pl.len(),
            quantity_qty=_quantity(),
            opened_at=pl.col("opened_at").min(),
            first_expiry_date=pl.col("expiry_date").min(),
            last_expiry_date=pl.col("expiry_date").max(),
            entry_credit_usd=pl.col("entry_usd").sum(),
            value_usd=sum_or_null("value_usd"),
            own_fees_usd=pl.col("fees_usd").sum(),
            own_realised_usd=pl.col("realised_pnl_usd").sum(),
            unpriced_reason=named_reasons(reason="why"),
            part_reason=pl.col("part_reason").drop_nulls().unique().sort().str.join("; "),
        )
        .with_columns(
            unpriced_reason=pl.when(pl.col("status") == OPEN).then("unpriced_reason"),
            part_reason=pl.col("part_reason").replace("", None),
        )
    )


def _quantity() -> pl.Expr:
    """The size of a structure: short contracts of the larger side of a spread on SPX, else the longs of one expiry."""
    size = pl.col("quantity_qty")
    shorts, longs = (-size).clip(lower_bound=0), size.clip(lower_bound=0)
    return (
        pl.when(pl.col("kind").first().is_in(SPX_SPREADS))
        .then(shorts.max())
        .otherwise(pl.max_horizontal(longs.max(), shorts.max()))
    )


def _signed(quantities: pl.Series) -> pl.Series:
    return pl.Series([f"{quantity:+d}" for quantity in quantities], dtype=pl.String)


def _past(gone: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """What legs that are gone have earned in structures that are listed: with the first kind of each."""
    rank = pl.col("kind").replace_strict({kind: place for place, kind in enumerate(KINDS)}, return_dtype=pl.Int64)
    heirs = (
        listed.select(*BOUND, *("structure_id", "kind"))
        .with_columns(rank=rank)
        .sort("rank", "structure_id")
        .unique(BOUND, keep="first", maintain_order=True)
        .drop("rank")
    )
    return (
        gone.join(heirs, on=BOUND, how="inner", suffix="_of_heir", maintain_order="left")
        .sort(*LEG, "standing")
        .group_by("account", structure_id="structure_id_of_heir", kind="kind_of_heir", maintain_order=True)
        .agg(
            past_usd=sum_or_null("final_pnl_usd"),
            past_fees_usd=pl.col("fees_usd").sum(),
            past_reason=named_reasons(reason="payoff_reason"),
        )
    )


def _with_pnl(rows: pl.DataFrame) -> pl.DataFrame:
    """Add P&L net of fees; null where a mark or a past leg's settlement value is unknown."""
    has_past = pl.col("past_fees_usd").is_not_null()
    past = pl.when(has_past).then("past_usd").otherwise(0.0)
    fees = pl.col("own_fees_usd") + pl.col("past_fees_usd").fill_null(0.0)
    return rows.with_columns(
        fees_usd=fees,
        realised_pnl_usd=pl.col("own_realised_usd") + past,
        pnl_usd=pl.col("value_usd") + pl.col("entry_credit_usd") + pl.col("own_realised_usd") + past - fees,
        pnl_reason=pl.concat_str(
            pl.coalesce("unpriced_reason", "status_reason"), "past_reason", separator=", ", ignore_nulls=True
        ).replace("", None),
    )


def _of_condors(condors: pl.DataFrame) -> pl.DataFrame:
    return condors.select("account", "kind", *OF_CONDOR, structure_id="condor_id")


def _with_own_limits(rows: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Add what calls on VIX can lose at expiry; what else has no bound by its own legs says so."""
    worst = {
        key: worst_payoff_usd(group.iter_rows(named=True))
        for key, group in _by_structure(listed.filter(pl.col("kind").is_in([VIX_CALL, VIX_CALL_SPREAD])))
    }
    own = [worst.get(tuple(key)) for key in rows.select(STRUCTURE).iter_rows()]
    credit = pl.col("entry_credit_usd")
    limited = rows.with_columns(worst_usd=pl.Series(own, dtype=pl.Float64)).with_columns(
        max_loss_usd=pl.coalesce("max_loss_usd", -pl.col("worst_usd") - credit)
    )
    return limited.with_columns(max_loss_reason=pl.when(pl.col("max_loss_usd").is_null()).then(pl.lit(NO_BOUND)))


def _by_structure(listed: pl.DataFrame) -> Iterable[tuple[tuple[Any, ...], pl.DataFrame]]:
    return ((tuple(key), group) for key, group in listed.partition_by(STRUCTURE, as_dict=True).items())
