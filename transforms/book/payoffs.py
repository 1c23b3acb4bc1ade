"""What settled series paid: SET for AM SPX, the official close for PM, VRO for VIX (METHODOLOGY 3.1); else null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.legs import IS_FUTURE, IS_SPX_OPTION, SIZE_USD
from transforms.book.positions import OPEN, SETTLED, SETTLED_TODAY
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY, CORE_SETTLEMENT_VALUES, CORE_VX_SETTLEMENTS_DAILY

if TYPE_CHECKING:
    from collections.abc import Iterator

SET: Final = "SET"
OFFICIAL_CLOSE: Final = "SPX"
VRO: Final = "VRO"


def settlement_levels(
    settlement_values: pl.DataFrame | None = None,
    index_levels: pl.DataFrame | None = None,
    vx_settlements: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """List what series have settled at: one row per settlement day and symbol (SET, SPX, VRO).

    Frames as core.settlement_values, core.index_levels_daily and core.vx_settlements_daily. A value of the settlement
    file goes before an index history, and before the expiry-day row of a VX contract.
    """
    ranked = [
        frame.select("settle_date", "symbol", "settlement_pts", settlement_source=pl.lit(source), rank=pl.lit(rank))
        for rank, (source, frame) in enumerate(_sources(settlement_values, index_levels, vx_settlements))
    ]
    return (
        pl.concat(ranked)
        .sort("settle_date", "symbol", "rank")
        .unique(["settle_date", "symbol"], keep="first")
        .drop("rank")
    )


def with_payoffs(held: pl.DataFrame, levels: pl.DataFrame) -> pl.DataFrame:
    """Add what each settled leg paid: `settlement_pts`, `settlement_source`, `payoff_pts`, `final_pnl_usd` before fees.

    One row per row of `held` (holdings of `positions`), unchanged. Null for legs that have not settled, and for settled
    ones whose settlement value is unknown: `payoff_reason` says which. A closed leg's `final_pnl_usd` is what it
    realised.
    """
    pm_or_am = pl.when(pl.col("settlement") == "PM").then(pl.lit(OFFICIAL_CLOSE)).otherwise(pl.lit(SET))
    symbol = pl.when(IS_SPX_OPTION).then(pm_or_am).otherwise(pl.lit(VRO))
    level, strike = pl.col("settlement_pts"), pl.col("strike_pts")
    in_the_money = pl.when(pl.col("right") == "C").then(level - strike).otherwise(strike - level)
    payoff = pl.when(IS_FUTURE).then(level).otherwise(pl.max_horizontal(in_the_money, 0.0))
    has_settled = pl.col("standing").is_in([SETTLED, SETTLED_TODAY])
    settled = pl.when(has_settled & level.is_not_null()).then(payoff)
    needed = pl.col("symbol").replace(OFFICIAL_CLOSE, "official close")
    reason = pl.format("no settlement value: {} of {} is not supplied", needed, "settle_date")
    return (
        held.with_columns(symbol=symbol)
        .join(levels, on=["settle_date", "symbol"], how="left", validate="m:1", maintain_order="left")
        .with_columns(payoff_pts=settled, payoff_reason=pl.when(has_settled & level.is_null()).then(reason))
        .with_columns(
            settlement_pts=pl.when(has_settled).then(level),
            settlement_source=pl.when(has_settled).then("settlement_source"),
            final_pnl_usd=pl.col("realised_pnl_usd")
            + pl.when(pl.col("quantity_qty") == 0)
            .then(0.0)
            .otherwise(SIZE_USD * (pl.col("payoff_pts") - pl.col("entry_price_pts"))),
        )
        .drop("symbol")
    )


def past_of_held(held: pl.DataFrame) -> pl.DataFrame:
    """List what is gone and still counts: closed and settled legs of structures of which something is still held.

    `held` as `with_payoffs` gives it, all accounts. One row per leg; `part` is where its P&L counts today (that of the
    structure's open legs; condor where a campaign with an open condor brings it), `past_pnl_usd` net of fees, null
    with `payoff_reason`. Without a label nothing binds what is gone to what is held.
    """
    is_open = pl.col("standing") == OPEN
    has_open_condor = (is_open & (pl.col("part") == "condor")).any(ignore_nulls=True).over("account", "pool")
    has_open_spx = (is_open & IS_SPX_OPTION).any().over("account", "label") & (pl.col("label") != "")
    spx_part = pl.when(has_open_condor).then(pl.lit("condor")).when(has_open_spx).then(pl.lit("other"))
    return (
        held.with_columns(part=pl.when(IS_SPX_OPTION).then(spx_part).otherwise("part"))
        .filter(~is_open, pl.col("part").is_not_null())
        .select(
            *("account", "structure_id", "instrument_id", "part", "fees_usd", "payoff_reason"),
            past_pnl_usd=pl.col("final_pnl_usd") - pl.col("fees_usd"),
        )
    )


def _sources(
    settlement_values: pl.DataFrame | None, index_levels: pl.DataFrame | None, vx_settlements: pl.DataFrame | None
) -> Iterator[tuple[str, pl.DataFrame]]:
    values = CORE_SETTLEMENT_VALUES.empty() if settlement_values is None else settlement_values
    levels = CORE_INDEX_LEVELS_DAILY.empty() if index_levels is None else index_levels
    futures = CORE_VX_SETTLEMENTS_DAILY.empty() if vx_settlements is None else vx_settlements
    yield "settlement file", values.select("symbol", settle_date="session_date", settlement_pts="value_pts")
    yield (
        "official close",
        levels.filter(pl.col("symbol") == OFFICIAL_CLOSE).select(
            "symbol", settle_date="session_date", settlement_pts="close_pts"
        ),
    )
    yield (
        "VX final settlement",
        futures.filter((pl.col("settle_method") == "final") & pl.col("settle_pts").is_not_null()).select(
            symbol=pl.lit(VRO), settle_date="session_date", settlement_pts="settle_pts"
        ),
    )
