"""What a campaign has been through: how often it was rolled, and which maximum loss it began with (METHODOLOGY 4.6)."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.legs import IS_SPX_OPTION
from transforms.book.positions import OPEN, instrument_ids
from transforms.market.calendar import NEW_YORK

if TYPE_CHECKING:
    import datetime as dt

LEG: Final = ("account", "label", "instrument_id")
PAST_SCHEMA: Final = pl.Schema(
    {
        "account": pl.String(),
        "condor_id": pl.String(),
        "opened_date": pl.Date(),
        "rolls_qty": pl.Int64(),
        "first_max_loss_pts": pl.Float64(),
    }
)

Fill = dict[str, Any]


def campaign_past(holdings: pl.DataFrame, fills: pl.DataFrame, mark_at: dt.datetime) -> pl.DataFrame:
    """Say of each condor held when it was opened and what its campaign did before.

    `holdings` of `positions.holdings`, `fills` all of core.fills. One row per `account, condor_id`: `opened_date` in
    New York, `rolls_qty` days on which the campaign closed SPX options and opened others, `first_max_loss_pts` per
    condor of what it opened first: the wider side less that credit; null where that was no condor.
    """
    condors = holdings.filter((pl.col("part") == "condor") & (pl.col("standing") == OPEN))
    if condors.is_empty():
        return pl.DataFrame(schema=PAST_SCHEMA)
    held = condors.select("account", "pool").unique()
    pools = holdings.filter(IS_SPX_OPTION).join(held, on=["account", "pool"], how="semi").select(*LEG, "pool").unique()
    counted = (
        fills.with_columns(label=pl.col("structure").fill_null(""))
        .filter(IS_SPX_OPTION, pl.col("filled_at") <= mark_at)
        .join(pools, on=["account", "label"], how="semi")
        .sort("filled_at", "fill_id")
    )
    named = counted.with_columns(instrument_id=pl.Series(instrument_ids(counted), dtype=pl.String)).join(
        pools, on=LEG, how="inner", validate="m:1", maintain_order="left"
    )
    by_pool: defaultdict[tuple[str, str], list[Fill]] = defaultdict(list)
    for fill in named.iter_rows(named=True):
        by_pool[fill["account"], fill["pool"]].append(fill)
    opened = condors.group_by("account", "structure_id", "pool", maintain_order=True).agg(pl.col("opened_at").min())
    rows = [
        (account, condor_id, opened_at.astimezone(NEW_YORK).date(), *_past(by_pool[account, pool]))
        for account, condor_id, pool, opened_at in opened.iter_rows()
    ]
    return pl.DataFrame(rows, schema=PAST_SCHEMA, orient="row").sort("account", "condor_id")


def _past(fills: list[Fill]) -> tuple[int, float | None]:
    """Count the rolls of a campaign, and measure what it opened first."""
    held: dict[str, int] = {}
    rolls_qty, first, has_closed = 0, list[Fill](), False
    for _, of_day in groupby(fills, key=lambda fill: fill["filled_at"].astimezone(NEW_YORK).date()):
        closes = opens = False
        for fill in of_day:
            name, quantity = fill["instrument_id"], fill["quantity_qty"]
            before = held.get(name, 0)
            is_closing = before * quantity < 0
            closes, opens = closes or is_closing, opens or not is_closing or abs(quantity) > abs(before)
            has_closed = has_closed or is_closing
            held[name] = before + quantity
            if not has_closed:
                first.append(fill)
        rolls_qty += closes and opens
    return rolls_qty, _max_loss_pts(first)


def _max_loss_pts(fills: list[Fill]) -> float | None:
    """The wider side less the credit per condor of what these fills opened; null where they are no condor."""
    by_role: dict[tuple[str, bool], tuple[int, float]] = {}
    for key, of_leg in groupby(sorted(fills, key=_role), key=_role):
        legs = list(of_leg)
        if len({leg["strike_pts"] for leg in legs}) > 1 or len({leg["expiry_date"] for leg in legs}) > 1:
            return None
        by_role[key] = (sum(leg["quantity_qty"] for leg in legs), legs[0]["strike_pts"])
    contracts = {abs(quantity) for quantity, _ in by_role.values()}
    if len(by_role) != 4 or len(contracts) != 1:  # noqa: PLR2004 - the four legs of a condor
        return None
    strike = {key: pts for key, (_, pts) in by_role.items()}
    width_pts = max(strike["P", False] - strike["P", True], strike["C", True] - strike["C", False])
    paid_pts = sum(fill["quantity_qty"] * fill["price_pts"] for fill in fills)
    return float(width_pts + paid_pts / contracts.pop())


def _role(fill: Fill) -> tuple[str, bool]:
    return fill["right"], fill["quantity_qty"] > 0
