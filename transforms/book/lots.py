"""The hedge lot by lot: what each purchase cost, what it is worth, how it answers SPX, and when it has to be rolled.

METHODOLOGY 2.2, 4.4, 4.9. A lot is what one fill bought and nobody has sold yet, oldest first. Where it stands today is
its current layer, which counts for risk; where it stood when it was bought is its entry layer, which counts for gains
and rolls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.carry import carry
from transforms.book.first_in_first_out import match_first_in_first_out
from transforms.book.hedge_layers import RULES, HedgeRules
from transforms.book.legs import IS_FUTURE, SIZE_USD
from transforms.book.positions import LAYERS, OPEN
from transforms.book.structures import layer_of
from transforms.market.calendar import NEW_YORK
from warehouse.tables.mart import MART_HEDGE_LOTS_DAILY

if TYPE_CHECKING:
    from transforms.book.positions import FillsByLeg

POSITION: Final = ("account", "structure_id", "instrument_id")
CARRY_DAYS: Final = 30
LOT_SCHEMA: Final = pl.Schema(
    {
        "account": pl.String(),
        "label": pl.String(),
        "instrument_id": pl.String(),
        "lot_id": pl.String(),
        "lot_qty": pl.Int64(),
        "lot_price_pts": pl.Float64(),
        "opened_at": pl.Datetime("us", "UTC"),
        "entry_date": pl.Date(),
    }
)
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


def open_lots(fills_by_leg: FillsByLeg) -> pl.DataFrame:
    """List the lots that are open at the mark: one row per fill of which something is left, settled series included.

    `fills_by_leg` of the function of that name. `lot_qty` signed, `lot_price_pts` the fill's price, `entry_date` its
    day in New York.
    """
    rows: list[dict[str, Any]] = []
    for of_leg in fills_by_leg:
        lots = match_first_in_first_out(of_leg).lots
        leg = {key: of_leg[0][key] for key in ("account", "label", "instrument_id")}
        rows.extend(
            leg
            | {
                "lot_id": lot.fill_id,
                "lot_qty": lot.quantity,
                "lot_price_pts": lot.price_pts,
                "opened_at": lot.filled_at,
                "entry_date": lot.filled_at.astimezone(NEW_YORK).date(),
            }
            for lot in lots
        )
    return pl.DataFrame(rows, schema=LOT_SCHEMA, orient="row")


def hedge_lots(  # noqa: PLR0913 - lots, legs, and the two curves that say what they were and will be
    lots: pl.DataFrame,
    held: pl.DataFrame,
    legs: pl.DataFrame,
    *,
    vx_curve: pl.DataFrame,
    entry_futures: pl.DataFrame,
    rules: HedgeRules = RULES,
) -> pl.DataFrame:
    """Describe every open lot of the three layers: rows of mart.hedge_lots_daily, but for what selling it would do.

    `lots` of `open_lots`, `held` of `holdings`, `legs` of `price_legs`, `vx_curve` tonight's; `entry_futures` rows of
    core.vx_settlements_daily that reach back to the entries, where the future a lot was bought on is looked up.
    """
    of_layers = held.filter((pl.col("standing") == OPEN) & pl.col("part").is_in(LAYERS))
    placed = lots.join(
        of_layers.select("session_date", *POSITION, "label", current_layer="part"),
        on=["account", "label", "instrument_id"],
        how="inner",
        validate="m:1",
    )
    # A leg's figures are those of all its contracts: a lot has its share of them.
    share = pl.col("lot_qty") / pl.col("quantity_qty")
    priced = (
        placed.join(legs.select(*POSITION, "quantity_qty", *FROM_LEG, *PER_CONTRACT), on=POSITION, how="left")
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
