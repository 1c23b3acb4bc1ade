"""The chance that SPX settles above a condor's put break-even: the way back, in odds (METHODOLOGY 4.20)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.book.states import SETTLED_STATE
from transforms.market.condor_odds import RULES, OddsRules
from transforms.market.smile_odds import SmileOdds

if TYPE_CHECKING:
    from transforms.market.smile_odds import SmileNight

ODDS_SCHEMA: Final = {"account": pl.String, "condor_id": pl.String, "above_break_even_frac": pl.Float64}


def holding_odds(condors: pl.DataFrame, night: SmileNight, rules: OddsRules = RULES) -> pl.DataFrame:
    """Read P(S_T > put break-even) of every condor still open: one row each, in `ODDS_SCHEMA`.

    `condors` as mart.condors_daily, whose `prob_reason` says why a chance is null. Under the pricing measure, which
    prices and does not forecast.
    """
    held = condors.filter(pl.col("state").ne_missing(SETTLED_STATE), pl.col("break_even_put_pts").is_not_null())
    if held.is_empty():
        return pl.DataFrame(schema=ODDS_SCHEMA)
    odds = SmileOdds.of_rows(held, night, mass_tolerance_frac=rules.mass_tolerance_frac)
    level = np.asarray(held["break_even_put_pts"].cast(pl.Float64).to_numpy(), dtype=np.float64)[:, np.newaxis]
    above = np.where(odds.is_alive, odds.above(level)[0][:, 0], np.nan)
    return held.select("account", "condor_id", above_break_even_frac=pl.Series(above, dtype=pl.Float64).fill_nan(None))
