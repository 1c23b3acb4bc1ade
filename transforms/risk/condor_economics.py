"""What holding each condor is worth: expectancy, the edge of waiting, the way back to its break-even, theta on margin.

METHODOLOGY 4.15, 4.20, 4.22. Expected payoffs are a model assumption; without them the figures that need them are null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from transforms.book.states import SETTLED_STATE
from warehouse.tables.mart import MART_CONDOR_ECONOMICS_DAILY

CONDOR: Final = ("account", "condor_id")
BASIS_POINT: Final = 1e-4
NO_ODDS: Final = "its expected payoff is not known tonight"
NO_COST: Final = "the amortised cost of the hedge is not computed"
NO_THETA: Final = "its P&L has not been attributed yet"
COST_SCHEMA: Final = {
    "account": pl.String,
    "condor_id": pl.String,
    "amortised_usd": pl.Float64,
    "cost_reason": pl.String,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EconomicsInputs:
    """Tonight's condors and what is known about each.

    `condors` as mart.condors_daily, which has margin, expected payoff and edge, `half_lives` of `extrinsic_half_lives`,
    `funded` of `funded_days`, `odds` of `holding_odds`, `thetas` of `campaign_thetas`. `hedge_costs` (`COST_SCHEMA`) is
    the amortised cost of each condor's share of the hedge, none where it is not computed.
    """

    condors: pl.DataFrame
    half_lives: pl.DataFrame
    funded: pl.DataFrame
    odds: pl.DataFrame
    thetas: pl.DataFrame
    hedge_costs: pl.DataFrame | None = None


def condor_economics(inputs: EconomicsInputs) -> pl.DataFrame:
    """Give one row per condor held, as mart.condor_economics_daily declares."""
    rows = inputs.condors.filter(pl.col("state").ne_missing(SETTLED_STATE)).sort(CONDOR)
    costs = (
        pl.DataFrame(schema=COST_SCHEMA) if inputs.hedge_costs is None else inputs.hedge_costs.select(list(COST_SCHEMA))
    )
    for frame in (inputs.half_lives, inputs.odds, inputs.thetas, costs):
        rows = rows.join(frame, on=CONDOR, how="left", validate="1:1", maintain_order="left")
    funded = inputs.funded.select("account", "funded_days")
    found = (
        rows.join(funded, on="account", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            close_value_usd="liq_value_usd",
            amortised_hedge_cost_usd="amortised_usd",
            odds_reason="prob_reason",
            reversion_need_frac=pl.col("break_even_put_pts") / pl.col("spot_pts") - 1.0,
            **_theta(),
        )
        .with_columns(**_edge_reason(), **_expectancy())
        .with_columns(
            time_bought_days=pl.when((pl.col("hold_edge_usd") > 0.0) & (pl.col("funded_days") > 0.0)).then(
                "funded_days"
            )
        )
    )
    known = [name for name in MART_CONDOR_ECONOMICS_DAILY.column_names if name in found.columns]
    return MART_CONDOR_ECONOMICS_DAILY.conform(found.select(known)).sort(CONDOR)


def _theta() -> dict[str, pl.Expr]:
    """Theta on margin a day, and what of the campaign's expected theta was earned."""
    theta, margin, expected = pl.col("theta_usd_per_day"), pl.col("margin_usd"), pl.col("expected_theta_usd")
    has_margin = ((margin > 0.0) & theta.is_not_null()).fill_null(value=False)
    no_margin = pl.coalesce("margin_reason", "unpriced_reason", pl.lit("it needs no margin"))
    is_expected = (expected > 0.0).fill_null(value=False)
    no_theta = pl.when(expected.is_null()).then(pl.lit(NO_THETA)).otherwise(pl.lit("no theta was to be earned"))
    return {
        "theta_press_bp_per_day": pl.when(has_margin).then(theta / margin / BASIS_POINT),
        "theta_press_reason": pl.when(~has_margin).then(no_margin),
        "theta_capture_frac": pl.when(is_expected).then(pl.col("realised_theta_usd") / expected),
        "theta_capture_reason": pl.when(~is_expected).then(no_theta),
    }


def _edge_reason() -> dict[str, pl.Expr]:
    """Why the edge of holding is not known."""
    edge = pl.col("hold_edge_usd")
    no_odds = pl.coalesce("odds_reason", pl.lit(NO_ODDS))
    no_close = pl.coalesce("unpriced_reason", pl.lit("no price to close at"))
    why = pl.when(pl.col("ev_p_payoff_usd").is_null()).then(no_odds).otherwise(no_close)
    return {"hold_edge_reason": pl.when(edge.is_null()).then(why)}


def _expectancy() -> dict[str, pl.Expr]:
    """Credit and expected payoff, less what the hedge costs over the condor's life."""
    expectancy = pl.col("ev_p_total_usd") - pl.col("amortised_hedge_cost_usd")
    no_odds, no_cost = pl.coalesce("odds_reason", pl.lit(NO_ODDS)), pl.coalesce("cost_reason", pl.lit(NO_COST))
    why = pl.when(pl.col("ev_p_total_usd").is_null()).then(no_odds).otherwise(no_cost)
    return {
        "expectancy_usd": expectancy,
        "is_expectancy_ok": expectancy > 0.0,
        "expectancy_reason": pl.when(expectancy.is_null()).then(why),
    }
