"""Contracts one at a time, held or not: what one is worth tonight, and what it gains where SPX and time have moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.book.legs import CONTRACT, price_legs
from transforms.book.positions import MULTIPLIER_USD, instrument_id
from transforms.risk.scenarios import BASE, NO_SHOCK, leg_values
from warehouse.tables.mart import MART_POSITIONS_DAILY

if TYPE_CHECKING:

    import numpy.typing as npt

    from transforms.risk.hedge_unit import VixNight
    from transforms.risk.scenarios import ScenarioMarket

    Floats = npt.NDArray[np.float64]

ONE: Final = "one contract"
DAYS_PER_YEAR: Final = 365.0
MOVES: Final = ("fall_now_usd", "fall_tomorrow_usd", "rise_tomorrow_usd")
FALL: Final = -0.05
RISE: Final = 0.03


def one_of_each(contracts: pl.DataFrame, night: VixNight, market: ScenarioMarket) -> pl.DataFrame:
    """Price one contract of each option named: rows of mart.legs_daily, quantity 1, bought at its mark.

    `contracts` have `root, expiry_date, settlement, right, strike_pts`; each is priced once.
    """
    rows: list[dict[str, Any]] = [
        {
            **row,
            "session_date": market.session_date,
            "account": ONE,
            "structure_id": ONE,
            "instrument_id": instrument_id(row),
            "part": "other",
            "grouping": "INFERRED",
            "quantity_qty": 1,
            "multiplier_usd": MULTIPLIER_USD[row["root"]],
            "entry_price_pts": 0.0,
            "fees_usd": 0.0,
            "realised_pnl_usd": 0.0,
        }
        for row in contracts.select(CONTRACT).unique().sort(CONTRACT).to_dicts()
    ]
    frame = MART_POSITIONS_DAILY.conform(pl.DataFrame(rows)) if rows else MART_POSITIONS_DAILY.empty()
    return price_legs(
        frame,
        night.marks,
        night.forwards,
        vx=night.vx,
        spot_pts=market.spot_pts,
        elasticity=night.elasticity,
    )


def with_moves(ones: pl.DataFrame, market: ScenarioMarket) -> pl.DataFrame:
    """Add what one contract gains, in USD against its model price now: at SPX -5% now, at -5% and +3% tomorrow.

    `ones` of `one_of_each`. Adds `fall_now_usd, fall_tomorrow_usd, rise_tomorrow_usd`, null where it has no price.
    """
    now = leg_values(ones, market, BASE, NO_SHOCK).carried
    fallen = leg_values(ones, market, BASE, np.array([FALL])).carried
    tomorrow = leg_values(_a_day_later(ones), market, BASE, np.array([FALL, RISE])).carried
    size_usd = ones["multiplier_usd"].to_numpy()
    gains = {
        "fall_now_usd": fallen[:, 0] - now[:, 0],
        "fall_tomorrow_usd": tomorrow[:, 0] - now[:, 0],
        "rise_tomorrow_usd": tomorrow[:, 1] - now[:, 0],
    }
    return ones.with_columns(**{name: pl.Series(size_usd * gain).fill_nan(None) for name, gain in gains.items()})


def _a_day_later(ones: pl.DataFrame) -> pl.DataFrame:
    left = (pl.col("t_years") - 1.0 / DAYS_PER_YEAR).clip(lower_bound=0.0)
    share = pl.when(pl.col("t_years") > 0.0).then(left / pl.col("t_years")).otherwise(1.0)
    return ones.with_columns(
        t_years=left,
        dte_days=(pl.col("dte_days") - 1).clip(lower_bound=0),
        discount_factor_frac=pl.col("discount_factor_frac") ** share,
    )
