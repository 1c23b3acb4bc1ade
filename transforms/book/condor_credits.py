"""What each side of a condor was sold for: by its own fills, or a share of the whole by the quotes of the entry day.

Some statements book a condor as one price on one leg. Its sides then seem to be sold for nothing, or for more than
their width; what they were really worth is told by the mids of the session they were sold in (METHODOLOGY 4.2).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.book.condor_legs import CONDOR, SIDES, condor_legs
from transforms.book.legs import CONTRACT, SIZE_USD
from transforms.book.positions import OPEN
from transforms.market.calendar import NEW_YORK

FROM_FILLS: Final = "fills"
FROM_MIDS: Final = "entry_mids"
NO_ENTRY_MIDS: Final = (
    "the sides' entry credits are unknown: a side sold for nothing or for more than its width is the price of a "
    "combination, and there are no mids of one entry session for all legs"
)


def side_credits(held: pl.DataFrame, entry_marks: pl.DataFrame) -> pl.DataFrame:
    """Say for how much each side of every open condor was sold, per short contract.

    `held` are holdings; `entry_marks` rows of core.option_marks_daily of the sessions legs were opened in, as far as
    they are on record. One row per `account, structure_id`: `put_side_credit_pts, call_side_credit_pts`,
    `side_credit_method` (fills or entry_mids) and `side_credit_reason`, why they are null. A condor's own credit, not
    its campaign's.
    """
    legs = condor_legs(held.filter(pl.col("standing") == OPEN)).with_columns(
        entry_date=pl.col("opened_at").dt.convert_time_zone(str(NEW_YORK)).dt.date()
    )
    mids = entry_marks.select(*CONTRACT, entry_date="session_date", entry_mid_pts="mid_pts")
    quoted = legs.join(mids, on=[*CONTRACT, "entry_date"], how="left", validate="m:1", maintain_order="left")
    sums = quoted.group_by(CONDOR, maintain_order=True).agg(
        is_one_session=pl.col("entry_date").n_unique() == 1,
        **{name: expression for side in SIDES for name, expression in _of_side(side).items()},
    )
    return _credited(sums)


def _of_side(side: str) -> dict[str, pl.Expr]:
    """What one side was sold for and quoted at, in USD, its short contracts in USD a point, and its width."""
    is_side = pl.col("right") == SIDES[side][0]
    is_short = is_side & (pl.col("quantity_qty") < 0)
    strikes = pl.col("strike_pts").filter(is_side)
    mid_usd = -(SIZE_USD * pl.col("entry_mid_pts")).filter(is_side)
    return {
        f"{side}_usd": -(SIZE_USD * pl.col("entry_price_pts")).filter(is_side).sum(),
        f"{side}_mid_usd": pl.when(~mid_usd.is_null().any()).then(mid_usd.sum()),
        f"{side}_usd_per_pt": (-SIZE_USD).filter(is_short).sum(),
        f"{side}_width_pts": strikes.max() - strikes.min(),
    }


def _credited(sums: pl.DataFrame) -> pl.DataFrame:
    has_side = {side: pl.col(f"{side}_usd_per_pt") > 0.0 for side in SIDES}
    own = {side: pl.col(f"{side}_usd") / pl.col(f"{side}_usd_per_pt") for side in SIDES}
    by_fills = pl.all_horizontal(
        ~has_side[side] | ((own[side] > 0.0) & (own[side] < pl.col(f"{side}_width_pts"))) for side in SIDES
    )
    all_mids = pl.sum_horizontal(pl.when(has_side[side]).then(f"{side}_mid_usd").otherwise(0.0) for side in SIDES)
    by_mids = pl.col("is_one_session") & pl.all_horizontal(
        ~has_side[side] | (pl.col(f"{side}_mid_usd") > 0.0).fill_null(value=False) for side in SIDES
    )
    whole = pl.sum_horizontal(f"{side}_usd" for side in SIDES)
    return sums.select(
        *CONDOR,
        **{
            f"{side}_side_credit_pts": pl.when(has_side[side] & by_fills)
            .then(own[side])
            .when(has_side[side] & by_mids)
            .then(whole * (pl.col(f"{side}_mid_usd") / all_mids) / pl.col(f"{side}_usd_per_pt"))
            for side in SIDES
        },
        side_credit_method=pl.when(by_fills).then(pl.lit(FROM_FILLS)).when(by_mids).then(pl.lit(FROM_MIDS)),
        side_credit_reason=pl.when(~by_fills & ~by_mids).then(pl.lit(NO_ENTRY_MIDS)),
    )
