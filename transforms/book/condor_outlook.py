"""What a condor's expiry holds in store: odds, expected payoffs, and whether holding on beats closing now.

METHODOLOGY 4.15. Odds are those of the pricing measure and forecast nothing; EV_P is a model assumption.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.condor_distances import HAS_SETTLED
from transforms.book.condor_legs import CONDOR, SIDES, said, side_by_side
from transforms.book.positions import OPEN
from transforms.market.condor_odds import RULES, OddsRules, condor_probabilities

if TYPE_CHECKING:
    from transforms.market.smile_odds import SmileNight

SERIES: Final = ("root", "expiry_date", "settlement")
CHANCES: Final = ("pop_frac", "pop_flat_frac")
PAYOFFS: Final = ("ev_q_payoff_usd", "ev_p_payoff_usd")
OF_CHAIN_CREDIT: Final = (*CHANCES, "ev_p_total_usd")
NO_CHAIN_CREDIT: Final = "pop, ev_p_total: a settled structure of the campaign has no settlement value"
EXTRA_LONGS: Final = "ev: it holds more long options than short ones"
NO_CLOSE: Final = "hold_edge: a leg has no quote to close it at"


def with_outlook(
    condor_rows: pl.DataFrame,
    legs: pl.DataFrame,
    smiles: SmileNight,
    *,
    hv20_vol: float | None,
    rules: OddsRules = RULES,
) -> pl.DataFrame:
    """Add odds, expected payoffs and the edge of holding to each open condor.

    `condor_rows` carry strikes, break-evens, `max_profit_usd` (the campaign's credit) and `liq_value_usd`, `legs` are
    of `condor_legs`. Rows and their order stay. `ev_p_total_usd` = credit of the campaign + EV_P of the legs;
    `hold_edge_usd` = EV_P of the legs less what closing brings now (negative: costs), so that it is what waiting is
    worth. `prob_reason` says what is null or of the second kind; a side that the condor does not have is null without.
    """
    sizes = side_by_side(legs, ("quantity_qty",))
    sized = condor_rows.join(sizes, on=CONDOR, how="left", validate="1:1", maintain_order="left")
    odds = _odds(sized.filter(pl.col("standing") == OPEN), smiles, hv20_vol=hv20_vol, rules=rules)
    longs_match = pl.all_horizontal(
        pl.col(f"long_{side}_quantity_qty").fill_null(0) == -pl.col(f"short_{side}_quantity_qty").fill_null(0)
        for side in SIDES
    )
    valued = (
        sized.join(odds, on=CONDOR, how="left", validate="1:1", maintain_order="left")
        .with_columns(**{name: pl.when(longs_match).then(name) for name in PAYOFFS})
        .with_columns(
            ev_p_total_usd=pl.col("max_profit_usd") + pl.col("ev_p_payoff_usd"),
            hold_edge_usd=pl.col("ev_p_payoff_usd") - pl.col("liq_value_usd"),
            prob_reason=_reason(longs_match),
        )
    )
    known = valued.with_columns(**{name: pl.when(~pl.col("is_incomplete")).then(name) for name in OF_CHAIN_CREDIT})
    return known.drop(column for column in sizes.columns if column not in CONDOR)


def _odds(sized: pl.DataFrame, smiles: SmileNight, *, hv20_vol: float | None, rules: OddsRules) -> pl.DataFrame:
    """One row per condor: read whole, or each side by itself where there is one side only or the sizes differ.

    The chance to end with a profit is one less the chances to end beyond either break-even; expected payoffs add up.
    """
    found = condor_probabilities(_parts(sized), smiles, hv20_vol=hv20_vol, rules=rules)
    return found.group_by(CONDOR, maintain_order=True).agg(
        **{name: _all(name, 1.0 - (1.0 - pl.col(name)).sum()).clip(lower_bound=0.0) for name in CHANCES},
        **{name: _all(name, pl.col(name).sum()) for name in PAYOFFS},
        **{
            f"{side}_{chance}_frac": pl.col(f"{side}_{chance}_frac")
            .filter(pl.col("part").is_in(["whole", side]))
            .first()
            for side in SIDES
            for chance in ("itm", "touch")
        },
        ev_p_vol_ratio=pl.col("ev_p_vol_ratio").first(),
        prob_method=pl.col("prob_method").drop_nulls().unique(maintain_order=True).str.join(", ").replace("", None),
        prob_reason=pl.col("prob_reason").drop_nulls().unique(maintain_order=True).str.join("; ").replace("", None),
    )


def _all(column: str, value: pl.Expr) -> pl.Expr:
    return pl.when(~pl.col(column).is_null().any()).then(value)


def _parts(sized: pl.DataFrame) -> pl.DataFrame:
    """Give condors to ask the odds of; a side alone is a condor whose other side has no width, hence no payoff."""
    short = {side: pl.col(f"short_{side}_pts") for side in SIDES}
    size = {side: -pl.col(f"short_{side}_quantity_qty") for side in SIDES}
    is_whole = (size["put"] == size["call"]).fill_null(value=False)
    credit = pl.col("chain_credit_pts")
    sides = {
        "whole": (is_whole, size["put"], {}),
        "put": (
            ~is_whole & short["put"].is_not_null(),
            size["put"],
            {"short_call_pts": short["put"], "long_call_pts": short["put"], "break_even_call_pts": short["put"]},
        ),
        "call": (
            ~is_whole & short["call"].is_not_null(),
            size["call"],
            {
                "short_put_pts": short["call"],
                "long_put_pts": short["call"],
                # Below the strike while there is a credit: without one nothing is ever earned.
                "break_even_put_pts": short["call"] - credit,
            },
        ),
    }
    levels = [
        *(f"{tenure}_{side}_pts" for tenure in ("short", "long") for side in SIDES),
        *(f"break_even_{side}_pts" for side in SIDES),
    ]
    return pl.concat(
        sized.filter(is_part)
        .with_columns(**other_side, quantity_qty=quantity, part=pl.lit(part))
        .select(*CONDOR, *SERIES, "quantity_qty", *levels, "part")
        for part, (is_part, quantity, other_side) in sides.items()
    )


def _reason(longs_match: pl.Expr) -> pl.Expr:
    has_ev_p = pl.col("ev_p_payoff_usd").is_not_null()
    missing = said(
        pl.col("prob_reason"),
        pl.when(pl.col("is_incomplete")).then(pl.lit(NO_CHAIN_CREDIT)),
        pl.when(~longs_match).then(pl.lit(EXTRA_LONGS)),
        pl.when(has_ev_p & pl.col("liq_value_usd").is_null()).then(pl.lit(NO_CLOSE)),
    )
    return pl.when(pl.col("standing") == OPEN).then(missing).otherwise(pl.lit(HAS_SETTLED))
