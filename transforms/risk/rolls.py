"""The rolls of the night: for every threatened condor what it could become, at what price, and what stands in the way.

METHODOLOGY 4.6, 6.5. The program proposes and never orders. Prices are tonight's quotes and no others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.risk.campaign_past import campaign_past
from transforms.risk.roll_eligibility import CONDOR, RangeNight, threatened
from transforms.risk.roll_moves import Move, references, roll_moves
from transforms.risk.roll_outcomes import SIZE_USD, with_greeks, with_odds, with_outcomes
from transforms.risk.roll_prices import priced, roll_legs, trade_costs
from transforms.risk.roll_ranking import NONE, EventWindow, judged, ranked
from transforms.risk.roll_rules import ActionRules, RollRules
from transforms.risk.roll_structures import SERIES, Listing
from warehouse.tables.mart import MART_ROLL_CANDIDATES_DAILY

if TYPE_CHECKING:
    import datetime as dt

    from transforms.market.smile_odds import SmileNight

ROLL_BACK: Final = "RB"
NO_VWAP: Final = "no VWAP of SPY or ES is supplied: rolling back is never eligible"
NO_EVENT: Final = EventWindow()
AFTER_SCHEMA: Final = {
    f"{side}_{name}": dtype
    for side in ("put", "call")
    for name, dtype in (
        ("root", pl.String()),
        ("expiry_date", pl.Date()),
        ("settlement", pl.String()),
        ("short_pts", pl.Float64()),
        ("long_pts", pl.Float64()),
    )
}
OF_CONDOR: Final = (
    *("session_date", *CONDOR, "campaign_id", "state", "profile", "eligibility", "eligibility_text"),
    *("is_edr_trigger", "is_vix_trigger", *SERIES, "quantity_qty", "long_put_pts", "short_put_pts", "short_call_pts"),
    *("long_call_pts", "credit_pts", "chain_credit_pts", "max_loss_usd", "first_max_loss_pts", "rolls_qty"),
)
SHAPE: Final = (
    *("session_date", *SERIES, "long_put_pts", "short_put_pts", "short_call_pts", "long_call_pts"),
    *("side", "profile", "is_eligible"),
)
MOVE_SCHEMA: Final = pl.Schema(
    {
        "shape": pl.UInt32(),
        "candidate": pl.String(),
        "move": pl.String(),
        "tested_side": pl.String(),
        "untested_side": pl.String(),
        "strike_rule": pl.String(),
        **AFTER_SCHEMA,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollInputs:
    """What rolls are looked for in: tonight's condors and chain.

    `condors` as mart.condors_daily, `holdings` of `positions.holdings`, `fills` all fills, `marks` and `smiles` of the
    session. `event` may block what opens a position. `hedge_gains` has the open gain
    of each account's three layers: `account, hedge_gain_usd, hedge_gain_reason`.
    """

    session_date: dt.date
    mark_at: dt.datetime
    spot_pts: float | None
    range_night: RangeNight
    hv20_vol: float | None
    condors: pl.DataFrame
    holdings: pl.DataFrame
    fills: pl.DataFrame
    marks: pl.DataFrame
    smiles: SmileNight
    hedge_gains: pl.DataFrame
    event: EventWindow = NO_EVENT


@dataclass(frozen=True, slots=True, eq=False)
class RollNight:
    """Candidates of the night, and each of their legs with its quote.

    `condors` are the threatened ones; `candidates` have more columns than the table, and a `row` that `legs` refer to.
    """

    condors: pl.DataFrame
    candidates: pl.DataFrame
    legs: pl.DataFrame

    @property
    def rows(self) -> pl.DataFrame:
        """Rows of mart.roll_candidates_daily."""
        known = [name for name in MART_ROLL_CANDIDATES_DAILY.column_names if name in self.candidates.columns]
        told = self.candidates.select(known)
        grain = ("account", "condor_id", "candidate")
        return pl.concat(
            [MART_ROLL_CANDIDATES_DAILY.conform(told), MART_ROLL_CANDIDATES_DAILY.conform(_roll_backs(self.condors))]
        ).sort(grain)


def rolls(inputs: RollInputs, rules: ActionRules | None = None) -> RollNight:
    """Find, price, judge and rank the rolls of every condor that is TESTED or worse."""
    rules = rules or ActionRules()
    past = campaign_past(inputs.holdings, inputs.fills, inputs.mark_at)
    condors = threatened(inputs.condors, past, inputs.range_night, rules.rolls)
    candidates = _candidates(condors, inputs, rules.rolls)
    legs = priced(roll_legs(candidates), inputs.marks, inputs.mark_at, rules.costs)
    judged_rows = (
        candidates.join(trade_costs(legs), on="row", how="left", validate="1:1", maintain_order="left")
        .pipe(with_outcomes)
        .pipe(with_greeks, legs, inputs.spot_pts)
        .pipe(with_odds, inputs.smiles, hv20_vol=inputs.hv20_vol, rules=rules.odds)
        .pipe(judged, inputs.event, rules.limits)
        .pipe(ranked, rules.rolls)
        .pipe(_with_hedge_gain, inputs.hedge_gains)
        .with_columns(
            half_spread_usd=SIZE_USD * pl.col("half_spread_pts"),
            trading_half_spread_usd=SIZE_USD * pl.col("trading_half_spread_pts"),
            **_new_structure(),
        )
    )
    return RollNight(condors=condors, candidates=judged_rows, legs=legs)


def _candidates(condors: pl.DataFrame, inputs: RollInputs, rules: RollRules) -> pl.DataFrame:
    """List every candidate beside what its condor is: one row each, numbered.

    Where a condor can go hangs on its strikes, its tested side and its profile, not on whose it is or how large.
    """
    listing = Listing.of_night(inputs.marks, inputs.smiles.forwards)
    placed = condors.with_columns(is_eligible=pl.col("eligibility").is_not_null())
    shapes = placed.select(SHAPE).unique(maintain_order=True).with_row_index("shape")
    rows: list[dict[str, Any]] = []
    for shape in shapes.to_dicts():
        moves = roll_moves(shape, listing, rules) if shape["is_eligible"] else []
        rows.extend(_row(shape["shape"], move) for move in (*references(shape), *moves))
    moves_of = pl.DataFrame(rows, schema=MOVE_SCHEMA, orient="row")
    found = (
        placed.select(*CONDOR, *SHAPE)
        .join(shapes, on=SHAPE, how="left", validate="m:1", maintain_order="left", nulls_equal=True)
        .select(*CONDOR, "shape")
        .join(moves_of, on="shape", how="inner", maintain_order="left_right")
        .drop("shape")
        .with_row_index("row")
    )
    own = condors.select(*OF_CONDOR, campaign_fees_usd="fees_usd")
    return found.join(own, on=CONDOR, how="left", validate="m:1", maintain_order="left").with_columns(
        new_quantity_qty="quantity_qty",
        max_loss_limit_usd=pl.coalesce(SIZE_USD * pl.col("first_max_loss_pts"), "max_loss_usd"),
    )


def _row(shape: int, move: Move) -> dict[str, Any]:
    return {
        "shape": shape,
        "candidate": move.candidate,
        "move": move.move,
        "tested_side": {"P": "PUT", "C": "CALL", None: None}[move.tested],
        "untested_side": move.untested,
        "strike_rule": move.strike_rule,
        **move.after.columns(),
    }


def _new_structure() -> dict[str, pl.Expr]:
    """Name the series a roll goes to: that of the tested side; the other's where it stays in its own."""
    is_call = pl.col("tested_side") == "CALL"
    moved = {
        name: pl.when(is_call)
        .then(pl.coalesce(f"call_{name}", f"put_{name}"))
        .otherwise(pl.coalesce(f"put_{name}", f"call_{name}"))
        for name in SERIES
    }
    other = pl.when(is_call).then("put_expiry_date").otherwise("call_expiry_date")
    return {
        **{f"new_{name}": value for name, value in moved.items()},
        "new_long_put_pts": pl.col("put_long_pts"),
        "new_short_put_pts": pl.col("put_short_pts"),
        "new_short_call_pts": pl.col("call_short_pts"),
        "new_long_call_pts": pl.col("call_long_pts"),
        "other_expiry_date": pl.when(other != moved["expiry_date"]).then(other),
        "is_settlement_change": (moved["settlement"] != pl.col("settlement")).fill_null(value=False),
    }


def _with_hedge_gain(candidates: pl.DataFrame, hedge_gains: pl.DataFrame) -> pl.DataFrame:
    """Add how often the open gain of the account's hedge pays the debit of a roll; a credit needs no funding."""
    cost = -pl.col("roll_net_usd")
    return candidates.join(
        hedge_gains.select("account", "hedge_gain_usd"), on="account", how="left", validate="m:1", maintain_order="left"
    ).with_columns(
        hedge_funded_ratio=pl.when(cost > 0.0).then(pl.col("hedge_gain_usd") / pl.max_horizontal(cost, pl.lit(1.0)))
    )


def _roll_backs(condors: pl.DataFrame) -> pl.DataFrame:
    """Say of each condor that a roll is looked for why rolling back is not: the rule needs a VWAP nobody supplies."""
    eligible = condors.filter(pl.col("eligibility").is_not_null())
    return eligible.select(
        *("session_date", "account", "condor_id", "campaign_id", "state", "profile", "quantity_qty", "rolls_qty"),
        *("eligibility", "eligibility_text", "is_edr_trigger", "is_vix_trigger"),
        candidate=pl.lit(f"{ROLL_BACK} roll back"),
        move=pl.lit(ROLL_BACK),
        status=pl.lit(NONE),
        is_shown=pl.lit(value=False),
        reason_text=pl.lit(NO_VWAP),
    )
