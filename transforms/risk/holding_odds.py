"""What the smiles of the night say of each condor held: expected payoff, and the chance to end whole (4.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.book.legs import sum_or_null
from transforms.book.states import SETTLED_STATE
from transforms.market.condor_odds import RULES, OddsRules, condor_probabilities
from transforms.market.smile_odds import SmileOdds

if TYPE_CHECKING:
    from transforms.market.smile_odds import SmileNight

CONDOR: Final = ("account", "condor_id")
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
    """Read the odds of every condor still open, and of what is left of one: a row each, in `ODDS_SCHEMA`.

    `condors` as mart.condors_daily. `ev_p_payoff_usd` has vols scaled to the realised one, a model assumption;
    `above_break_even_frac` is P(S_T > put break-even) under the pricing measure, which prices and does not forecast.
    Null with `odds_reason`; without puts there is no put break-even.
    """
    held = condors.filter(pl.col("state").ne_missing(SETTLED_STATE)).sort(CONDOR)
    if held.is_empty():
        return pl.DataFrame(schema=ODDS_SCHEMA)
    found = condor_probabilities(_sides(held), night, hv20_vol=hv20_vol, rules=rules)
    expected = found.group_by(CONDOR, maintain_order=True).agg(
        ev_p_payoff_usd=sum_or_null("ev_p_payoff_usd"),
        prob_method=pl.col("prob_method").drop_nulls().unique(maintain_order=True).str.join(", ").replace("", None),
        odds_reason=pl.col("prob_reason").drop_nulls().unique(maintain_order=True).str.join("; ").replace("", None),
    )
    return (
        held.select(*CONDOR, above_break_even_frac=_above_break_even(held, night, rules))
        .join(expected, on=CONDOR, how="left", validate="1:1", maintain_order="left")
        .select(list(ODDS_SCHEMA))
    )


def _sides(held: pl.DataFrame) -> pl.DataFrame:
    """Each side by itself, in its own size, as a condor whose other side has no width and pays nothing.

    Expected payoffs of the sides add up; their sizes may differ, and one may be gone.
    """
    series = ("root", "expiry_date", "settlement")
    put, call = pl.col("short_put_pts"), pl.col("short_call_pts")
    puts = held.filter(put.is_not_null()).select(
        *CONDOR,
        *series,
        *("long_put_pts", "short_put_pts", "break_even_put_pts"),
        quantity_qty="put_quantity_qty",
        short_call_pts=put,
        long_call_pts=put,
        break_even_call_pts=put,
    )
    calls = held.filter(call.is_not_null()).select(
        *CONDOR,
        *series,
        *("short_call_pts", "long_call_pts", "break_even_call_pts"),
        quantity_qty="call_quantity_qty",
        long_put_pts=call,
        short_put_pts=call,
        break_even_put_pts=call,
    )
    return pl.concat([puts, calls.select(puts.columns)]).sort(CONDOR, maintain_order=True)


def _above_break_even(held: pl.DataFrame, night: SmileNight, rules: OddsRules) -> pl.Series:
    odds = SmileOdds.of_rows(held, night, mass_tolerance_frac=rules.mass_tolerance_frac)
    level = np.asarray(held["break_even_put_pts"].cast(pl.Float64).to_numpy(), dtype=np.float64)[:, np.newaxis]
    above = np.where(odds.is_alive, odds.above(level)[0][:, 0], np.nan)
    return pl.Series(above, dtype=pl.Float64).fill_nan(None)
