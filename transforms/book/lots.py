"""The hedge lot by lot: what each purchase cost, what it is worth, how it answers SPX, and when it has to be rolled.

METHODOLOGY 2.2, 4.4, 4.9. A lot is what one fill bought and nobody has sold yet, oldest first. Where it stands today is
its current layer, which counts for risk; where it stood when it was bought is its entry layer, which counts for gains
and rolls.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.book.carry import carry
from transforms.book.hedge_layers import RULES, HedgeRules
from transforms.book.legs import IS_FUTURE, SIZE_USD
from transforms.book.positions import LAYERS
from transforms.book.structures import layer_of
from transforms.market.calendar import NEW_YORK
from warehouse.tables.mart import MART_HEDGE_LOTS_DAILY

POSITION: Final = ("account", "structure_id", "instrument_id")
CARRY_DAYS: Final = 30
FROM_LEG: Final = (
    *("root", "expiry_date", "settlement", "right", "strike_pts", "multiplier_usd", "dte_days", "t_years"),
    *("bid_pts", "ask_pts", "mark_pts", "mark_quality", "is_priced", "unpriced_reason", "forward_pts"),
    *("forward_method", "discount_factor_frac", "iv_vol", "delta_b76", "eps", "eps_source", "eps_estimated"),
    *("eps_low", "eps_high"),
)
PER_CONTRACT: Final = (
    *("delta_usd_per_pt", "delta_low_usd_per_pt", "delta_high_usd_per_pt", "vix_delta_usd_per_vx_pt"),
    *("theta_usd_per_day", "volvol_vega_usd_per_volpt", "value_usd", "liq_value_usd", "extrinsic_usd"),
)


def hedge_lots(
    lots: pl.DataFrame,
    legs: pl.DataFrame,
    *,
    vx_curve: pl.DataFrame,
    entry_futures: pl.DataFrame,
    rules: HedgeRules = RULES,
) -> pl.DataFrame:
    """Describe every open lot of the three layers: rows of mart.hedge_lots_daily, but for what selling it would do.

    `lots` as mart.lots_daily, `legs` of `price_legs`, `vx_curve` tonight's; `entry_futures` rows of
    core.vx_settlements_daily that reach back to the entries, where the future a lot was bought on is looked up.
    """
    of_layers = lots.filter(pl.col("part").is_in(LAYERS)).select(
        "session_date",
        *POSITION,
        "lot_id",
        "opened_at",
        current_layer="part",
        lot_qty="quantity_qty",
        lot_price_pts="entry_price_pts",
        entry_date=pl.col("opened_at").dt.convert_time_zone(NEW_YORK.key).dt.date(),
    )
    # A leg's figures are those of all its contracts: a lot has its share of them.
    share = pl.col("lot_qty") / pl.col("quantity_qty")
    priced = (
        of_layers.join(legs.select(*POSITION, "quantity_qty", *FROM_LEG, *PER_CONTRACT), on=POSITION, how="left")
        .sort("account", "lot_id")
        .with_columns(**{column: pl.col(column) * share for column in PER_CONTRACT})
        .with_columns(quantity_qty="lot_qty")
    )
    carried = carry(priced, vx_curve, CARRY_DAYS).rename(
        {"decay_usd": "decay_30d_usd", "rolldown_usd": "rolldown_30d_usd"}
    )
    rows = (
        pl.concat([priced, carried], how="horizontal")
        .join(_entry_futures(entry_futures), on=["entry_date", "expiry_date"], how="left", maintain_order="left")
        .with_columns(entry_layer=_entry_layer(priced), **_economics())
        .with_columns(**_roll_date(rules))
        .rename({"lot_price_pts": "entry_price_pts", **SPX_DELTAS})
    )
    return MART_HEDGE_LOTS_DAILY.conform(
        rows.select(column for column in MART_HEDGE_LOTS_DAILY.column_names if column in rows.columns)
    ).sort("account", "lot_id")


SPX_DELTAS: Final = {
    "delta_usd_per_pt": "spx_delta_usd_per_pt",
    "delta_low_usd_per_pt": "spx_delta_low_usd_per_pt",
    "delta_high_usd_per_pt": "spx_delta_high_usd_per_pt",
}


def _entry_futures(futures: pl.DataFrame) -> pl.DataFrame:
    return futures.select("expiry_date", entry_date="session_date", entry_forward_pts="settle_pts")


def _entry_layer(lots: pl.DataFrame) -> pl.Series:
    days = lots.select((pl.col("expiry_date") - pl.col("entry_date")).dt.total_days()).to_series()
    return pl.Series([layer_of(day) for day in days], dtype=pl.String)


def _economics() -> dict[str, pl.Expr]:
    """Cost, gain and what is left of time value; a future costs nothing and has none."""
    mark, entry = pl.col("mark_pts"), pl.col("lot_price_pts")
    gain = pl.when(entry > 0).then((mark / entry - 1.0) * pl.col("lot_qty").sign())
    open_pnl = SIZE_USD * (mark - entry)
    missing = pl.format("no settlement of the {} future on {}", "expiry_date", "entry_date")
    return {
        "cost_usd": pl.when(IS_FUTURE).then(0.0).otherwise(SIZE_USD * entry),
        "pnl_usd": open_pnl,
        # A leg's future is worth its profit against the average entry; the lot's against its own.
        **{column: pl.when(IS_FUTURE).then(open_pnl).otherwise(column) for column in ("value_usd", "liq_value_usd")},
        "gain_frac": gain,
        "extrinsic_frac": pl.when(~IS_FUTURE & (pl.col("value_usd") != 0.0)).then(
            pl.col("extrinsic_usd") / pl.col("value_usd")
        ),
        "carry_30d_usd": pl.col("decay_30d_usd") + pl.col("rolldown_30d_usd"),
        "entry_forward_reason": pl.when(pl.col("entry_forward_pts").is_null()).then(missing),
    }


def _roll_date(rules: HedgeRules) -> dict[str, pl.Expr]:
    """The first day on which the lot has its entry layer's roll days left or fewer, and whether it has come."""
    due_days = pl.col("entry_layer").replace_strict(
        dict(zip(LAYERS, rules.roll_days, strict=True)), default=None, return_dtype=pl.Int64
    )
    return {
        "roll_date": pl.col("expiry_date") - pl.duration(days=due_days),
        "is_roll_due": (pl.col("dte_days") <= due_days).fill_null(value=False),
    }
