"""Contracts one at a time, held or not: what one is worth tonight, and what it gains where SPX and time have moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.book.legs import CONTRACT, price_legs
from transforms.book.positions import MULTIPLIER_USD, instrument_id
from transforms.risk.repricing import BASE, Cells, Passed, law_move, reprice, values_now
from warehouse.tables.mart import MART_POSITIONS_DAILY

if TYPE_CHECKING:
    import numpy.typing as npt

    from transforms.risk.hedge_unit import VixNight
    from transforms.risk.repricing import ScenarioMarket

    Floats = npt.NDArray[np.float64]

ONE: Final = "one contract"
MOVES: Final = ("fall_now_usd", "fall_tomorrow_usd", "rise_tomorrow_usd")
A_DAY: Final = Passed.of_days(1)
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
    cells = Cells(
        spot_shock_frac=np.array([FALL, FALL, RISE]),
        passed_years=np.array([0.0, A_DAY.years, A_DAY.years]),
        passed_days=np.array([0.0, 1.0, 1.0]),
        vix_option_vol_multiple=np.ones(len(MOVES)),
    )
    after = reprice(ones, market, cells, law_move(market, cells, BASE.path_multiple)).carried
    gains = ones["multiplier_usd"].to_numpy()[:, np.newaxis] * (after - values_now(ones, market))
    return ones.with_columns(**{name: pl.Series(gains[:, at]).fill_nan(None) for at, name in enumerate(MOVES)})
