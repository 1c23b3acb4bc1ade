"""What a condor's expiry holds in store: odds, expected payoffs, and whether holding on beats closing now.

METHODOLOGY 4.15. Odds are those of the pricing measure and forecast nothing; EV_P is a model assumption.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.condor_distances import HAS_SETTLED
from transforms.book.condor_legs import CONDOR, said
from transforms.book.positions import OPEN
from transforms.market.condor_odds import RULES, STRIKES, OddsRules, condor_probabilities

if TYPE_CHECKING:
    from transforms.market.smile_odds import SmileNight

ODDS: Final = (
    *("pop_frac", "pop_flat_frac", "put_itm_frac", "call_itm_frac", "put_touch_frac", "call_touch_frac"),
    *("ev_q_payoff_usd", "ev_p_payoff_usd", "ev_p_vol_ratio", "prob_method", "prob_reason"),
)
OF_CHAIN_CREDIT: Final = ("pop_frac", "pop_flat_frac", "ev_p_total_usd")
ONE_SIDED: Final = "one side only: no odds of a condor"
NO_CHAIN_CREDIT: Final = "pop, ev_p_total: a settled structure of the campaign has no settlement value"
NO_CLOSE: Final = "hold_edge: a leg has no quote to close it at"


def with_outlook(
    condor_rows: pl.DataFrame, smiles: SmileNight, *, hv20_vol: float | None, rules: OddsRules = RULES
) -> pl.DataFrame:
    """Add odds, expected payoffs and the edge of holding to each open condor.

    `condor_rows` carry strikes, break-evens, `max_profit_usd` (the campaign's credit) and `liq_value_usd`. Rows and
    their order stay. `ev_p_total_usd` = credit of the campaign + EV_P of the legs; `hold_edge_usd` = EV_P of the legs
    less what closing brings now (negative: costs), so that it is what waiting is worth. `prob_reason` says what is null
    or of the second kind.
    """
    is_whole = pl.all_horizontal(pl.col(name).is_not_null() for name in STRIKES)
    open_rows = condor_rows.filter((pl.col("standing") == OPEN) & is_whole)
    odds = condor_probabilities(open_rows, smiles, hv20_vol=hv20_vol, rules=rules).select(*CONDOR, *ODDS)
    joined = condor_rows.join(odds, on=CONDOR, how="left", validate="1:1", maintain_order="left")
    valued = joined.with_columns(
        ev_p_total_usd=pl.col("max_profit_usd") + pl.col("ev_p_payoff_usd"),
        hold_edge_usd=pl.col("ev_p_payoff_usd") - pl.col("liq_value_usd"),
        prob_reason=_reason(is_whole),
    )
    return valued.with_columns(
        **{name: pl.when(~pl.col("is_incomplete")).then(name) for name in OF_CHAIN_CREDIT},
    )


def _reason(is_whole: pl.Expr) -> pl.Expr:
    has_ev_p = pl.col("ev_p_payoff_usd").is_not_null()
    missing = said(
        pl.col("prob_reason"),
        pl.when(~is_whole).then(pl.lit(ONE_SIDED)),
        pl.when(pl.col("is_incomplete")).then(pl.lit(NO_CHAIN_CREDIT)),
        pl.when(has_ev_p & pl.col("liq_value_usd").is_null()).then(pl.lit(NO_CLOSE)),
    )
    return pl.when(pl.col("standing") == OPEN).then(missing).otherwise(pl.lit(HAS_SETTLED))
