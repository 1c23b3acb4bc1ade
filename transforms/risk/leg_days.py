"""Each leg's way from last night's mark to tonight's: what was held, what was traded, and both states side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.legs import sum_or_null
from transforms.book.payoffs import with_payoffs
from transforms.book.positions import CLOSED, OPEN, SETTLED_TODAY
from transforms.market.calendar import previous_session

if TYPE_CHECKING:
    import datetime as dt

    from transforms.book.positions import FillsByLeg
    from transforms.risk.day_pnl import PreviousNight

KEY: Final = ("account", "label", "instrument_id")
CONTRACT: Final = ("root", "expiry_date", "settlement", "right", "strike_pts")
STATE: Final = ("mark_pts", "forward_pts", "discount_factor_frac", "t_years", "iv_vol")
NO_MARK_BEFORE: Final = "no mark last night"
NO_MARK_TONIGHT: Final = "no mark tonight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tonight:
    """Tonight's book and market: `holdings`, the fills they come of, priced `legs`, settlements, the chain's marks."""

    session_date: dt.date
    holdings: pl.DataFrame
    legs: pl.DataFrame
    settlements: pl.DataFrame
    marks: pl.DataFrame
    fills_by_leg: FillsByLeg

    @property
    def session_before(self) -> dt.date:
        """The session before."""
        return previous_session(self.session_date)


def leg_days(tonight: Tonight, before: PreviousNight) -> pl.DataFrame:
    """Put last night and tonight side by side, for every leg held last night or traded since.

    One row per account, label and instrument. `quantity_before_qty` is 0 for a leg opened today; `actual_usd` is what
    it earned since last night net of fees, as the day's P&L counts it; `trades_usd` its fills against tonight's mark,
    last night's where it has none any more; `is_carried` whether a position went through the night and is marked on
    both sides. States end in `_before`/`_tonight` where both exist. `reason` says which mark is missing.
    """
    carried = _earned(before.holdings, before.legs, tonight.settlements, gone=(CLOSED,), suffix="_before")
    now = _earned(tonight.holdings, tonight.legs, tonight.settlements, gone=(CLOSED, SETTLED_TODAY), suffix="_tonight")
    joined = now.join(_under_tonights_names(carried, now), on=KEY, how="full", coalesce=True).sort(KEY)
    traded = _trades(tonight.fills_by_leg, since=before.mark_at)
    rows = (
        joined.join(traded, on=KEY, how="left", maintain_order="left")
        .with_columns(
            quantity_before_qty=pl.col("quantity_qty_before").fill_null(0),
            traded_qty=pl.col("traded_qty").fill_null(0),
            bought_for_pts=pl.col("bought_for_pts").fill_null(0.0),
        )
        .filter((pl.col("quantity_before_qty") != 0) | pl.col("bought_for_pts").ne(0.0) | pl.col("traded_qty").ne(0))
        .pipe(_with_chain_marks, tonight.marks)
    )
    return _measured(rows, tonight.session_date)


def _earned(
    held: pl.DataFrame, legs: pl.DataFrame, settlements: pl.DataFrame, *, gone: tuple[str, ...], suffix: str
) -> pl.DataFrame:
    """One row per leg: what it has earned since its first fill, its state, and what it settled at."""
    of_open = held.filter(pl.col("standing") == OPEN).join(
        legs.select(
            *("account", "structure_id", "instrument_id"),
            *(*STATE, "eps", "dte_days", "pnl_usd", "unpriced_reason"),
        ),
        on=["account", "structure_id", "instrument_id"],
        how="left",
        maintain_order="left",
        validate="1:1",
    )
    of_gone = with_payoffs(held.filter(pl.col("standing").is_in(gone)), settlements).with_columns(
        pnl_usd=pl.col("final_pnl_usd") - pl.col("fees_usd"), unpriced_reason="payoff_reason"
    )
    open_qty = pl.when(pl.col("standing") == OPEN).then("quantity_qty").otherwise(0)
    together = pl.concat([of_open, of_gone], how="diagonal_relaxed")
    missing = [name for name in ("payoff_pts", "settlement_pts") if name not in together.columns]
    return (
        together.with_columns(**{name: pl.lit(None, dtype=pl.Float64) for name in missing})
        .select(
            *KEY,
            *CONTRACT,
            "structure_id",
            "part",
            "multiplier_usd",
            quantity_qty=open_qty,
            earned_usd="pnl_usd",
            paid_fees_usd="fees_usd",
            missing="unpriced_reason",
            **{name: pl.col(name) for name in (*STATE, "eps", "dte_days", "payoff_pts", "settlement_pts")},
        )
        .rename(lambda name: name if name in KEY else f"{name}{suffix}")
    )


def _trades(fills_by_leg: FillsByLeg, *, since: dt.datetime) -> pl.DataFrame:
    """One row per leg traded after a mark: net contracts, and the sum of quantity x price."""
    between = [
        {key: part[key] for key in (*KEY, "quantity_qty", "price_pts")}
        for of_leg in fills_by_leg
        for part in of_leg
        if part["filled_at"] > since
    ]
    schema = {**dict.fromkeys(KEY, pl.String), "quantity_qty": pl.Int64, "price_pts": pl.Float64}
    named = pl.DataFrame(between, schema=schema, orient="row")
    return named.group_by(KEY, maintain_order=True).agg(
        traded_qty=pl.col("quantity_qty").sum(),
        bought_for_pts=(pl.col("quantity_qty") * pl.col("price_pts")).sum(),
    )


def _under_tonights_names(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Last night's legs under the names that bind them tonight.

    A fill of today may undo a name that was only inferred (contracts netted across two spreads). What bore it then has
    none tonight, and its legs of one instrument are one.
    """
    lost = before.join(now, on=KEY, how="anti")
    if lost.is_empty():
        return before
    bound = before.join(lost.select(KEY), on=KEY, how="anti")
    together = pl.concat([lost.with_columns(label=pl.lit("")), bound.filter(pl.col("label") == "")])
    added = {
        f"{name}_before": sum_or_null(f"{name}_before") for name in ("quantity_qty", "earned_usd", "paid_fees_usd")
    }
    kept = [pl.col(name).first() for name in before.columns if name not in {*KEY, *added}]
    one_each = together.sort(*KEY, "structure_id_before").group_by(KEY, maintain_order=True).agg(*kept, **added)
    return pl.concat([bound.filter(pl.col("label") != ""), one_each.select(before.columns)])


def _with_chain_marks(rows: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """Give a leg that was closed today the mark and state its contract still has in tonight's chain."""
    coalesced = rows.with_columns(
        **{name: pl.coalesce(f"{name}_tonight", f"{name}_before") for name in CONTRACT},
    )
    quoted = marks.select(
        *CONTRACT,
        **{f"chain_{name}": pl.col("smile_vol" if name == "iv_vol" else name) for name in STATE},
    )
    joined = coalesced.join(quoted, on=CONTRACT, how="left", maintain_order="left", nulls_equal=False)
    is_gone = pl.col("quantity_qty_tonight").fill_null(0) == 0
    return joined.with_columns(
        **{f"{name}_tonight": pl.when(is_gone).then(f"chain_{name}").otherwise(f"{name}_tonight") for name in STATE}
    ).drop(f"chain_{name}" for name in STATE)


def _measured(rows: pl.DataFrame, session_date: dt.date) -> pl.DataFrame:
    """Add marks, trades, P&L and the reason of what cannot be known."""
    is_settled = pl.col("payoff_pts_tonight").is_not_null()
    is_before = pl.col("quantity_before_qty") != 0
    mark_tonight = pl.coalesce("payoff_pts_tonight", "mark_pts_tonight")
    reason = (
        pl.when(is_before & pl.col("mark_pts_before").is_null())
        .then(pl.concat_str(pl.lit(f"{NO_MARK_BEFORE}: "), pl.col("missing_before").fill_null("unknown")))
        .when(pl.col("missing_tonight").is_not_null())
        .then(pl.concat_str(pl.lit(f"{NO_MARK_TONIGHT}: "), pl.col("missing_tonight")))
    )
    # A contract closed today that the chain no longer quotes is measured by its trades alone, from last night's mark.
    against = pl.coalesce(mark_tonight, "mark_pts_before").fill_null(0.0)
    earned = pl.col("earned_usd_tonight") - pl.col("earned_usd_before").fill_null(0.0)
    return rows.with_columns(reason=reason).select(
        *("account", "instrument_id", *CONTRACT),
        session_date=pl.lit(session_date),
        structure_id=pl.coalesce("structure_id_tonight", "structure_id_before"),
        part=pl.coalesce("part_tonight", "part_before", pl.lit("other")),
        multiplier_usd=pl.coalesce("multiplier_usd_tonight", "multiplier_usd_before"),
        quantity_before_qty="quantity_before_qty",
        actual_usd=pl.when(pl.col("reason").is_null()).then(earned),
        trades_usd=pl.coalesce("multiplier_usd_tonight", "multiplier_usd_before")
        * (pl.col("traded_qty") * against - pl.col("bought_for_pts")),
        fees_usd=-(pl.col("paid_fees_usd_tonight") - pl.col("paid_fees_usd_before").fill_null(0.0)),
        is_carried=is_before & mark_tonight.is_not_null(),
        settlement_pts=pl.when(is_settled).then("settlement_pts_tonight"),
        forward_before_pts="forward_pts_before",
        forward_pts="forward_pts_tonight",
        discount_factor_before_frac="discount_factor_frac_before",
        discount_factor_frac=pl.when(is_settled).then(1.0).otherwise("discount_factor_frac_tonight"),
        t_years_before="t_years_before",
        t_years=pl.when(is_settled).then(0.0).otherwise("t_years_tonight"),
        iv_before_vol="iv_vol_before",
        iv_tonight_vol=pl.when(is_settled).then("iv_vol_before").otherwise("iv_vol_tonight"),
        eps_before="eps_before",
        dte_before_days="dte_days_before",
        passed_days=pl.lit(session_date).sub(pl.col("expiry_date")).dt.total_days() + pl.col("dte_days_before"),
        reason="reason",
    )
