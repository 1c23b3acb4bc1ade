"""What the smiles of the night say of each condor held: expected payoff, and the chance to end whole (4.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.book.states import SETTLED_STATE
from transforms.market.condor_odds import RULES, OddsRules, condor_probabilities
from transforms.market.smile_odds import SmileOdds

if TYPE_CHECKING:
    from transforms.market.smile_odds import SmileNight

ODDS_SCHEMA: Final = {
    "account": pl.String,
    "condor_id": pl.String,
    "ev_p_payoff_usd": pl.Float64,
    "above_break_even_frac": pl.Float64,
    "prob_method": pl.String,
    "odds_reason": pl.String,
}


def holding_odds(
    condors: pl.DataFrame, night: SmileNight, *, hv20_vol: float | None, rules: OddsRules = RULES
) -> pl.DataFrame:
    """Read the odds of every condor still open: one row each, in `ODDS_SCHEMA`; null with `odds_reason`.

    `condors` as mart.condors_daily. `ev_p_payoff_usd` has vols scaled to the realised one, a model assumption;
    `above_break_even_frac` is P(S_T > put break-even) under the pricing measure, which prices and does not forecast.
    """
    held = condors.filter(pl.col("state").ne_missing(SETTLED_STATE))
    if held.is_empty():
        return pl.DataFrame(schema=ODDS_SCHEMA)
    found = condor_probabilities(held, night, hv20_vol=hv20_vol, rules=rules)
    odds = SmileOdds.of_rows(held, night, mass_tolerance_frac=rules.mass_tolerance_frac)
    level = np.asarray(held["break_even_put_pts"].to_numpy(), dtype=np.float64)[:, np.newaxis]
    above = np.where(odds.is_alive, odds.above(level)[0][:, 0], np.nan)
    return found.select(
        "account",
        "condor_id",
        "ev_p_payoff_usd",
        "prob_method",
        above_break_even_frac=pl.Series(above, dtype=pl.Float64).fill_nan(None),
        odds_reason="prob_reason",
    ).select(list(ODDS_SCHEMA))
