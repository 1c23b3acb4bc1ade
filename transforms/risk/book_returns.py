"""What the book has made since its first fill, and a year, with the hedge and without (METHODOLOGY 4.13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.book.legs import IS_SPX_OPTION, told_reasons
from transforms.book.positions import ALL_ACCOUNTS, LAYERS, in_scopes
from transforms.risk.returns import RULES, AnnualReturn, Rates, ReturnRules, annual_return
from transforms.risk.traded_leg import HEDGE, REST, SECOND_ENGINE

if TYPE_CHECKING:
    import datetime as dt

LEG: Final = ("account", "structure_id", "instrument_id")
NO_FILLS: Final = "no fills yet"
NO_MARGIN: Final = "the book has never needed margin"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInputs:
    """One account's book, or ALL: `flows` as mart.cash_flows_daily, `values` of `open_values`, and its rates."""

    scope: str
    session_date: dt.date
    flows: pl.DataFrame
    values: pl.DataFrame
    rates: Rates
    rules: ReturnRules = RULES


def open_values(legs: pl.DataFrame, sides: pl.DataFrame) -> pl.DataFrame:
    """Value what is open, each leg on the side it was bought on.

    `legs` of `price_legs`, `sides` of `cash_flows`. One row per leg: `account, side, value_usd, liq_value_usd` (at the
    bid for longs, at the ask for shorts), `reason` where one is null.
    """
    unlabelled = sides.filter(pl.col("label") == "").select("account", "instrument_id", unlabelled_side="side")
    by_part = (
        pl.when(IS_SPX_OPTION)
        .then(pl.lit(REST))
        .when(pl.col("part").is_in(LAYERS))
        .then(pl.lit(HEDGE))
        .when(pl.col("part") == SECOND_ENGINE)
        .then(pl.lit(SECOND_ENGINE))
        .otherwise(pl.lit(REST))
    )
    missing = pl.when(pl.col("liq_value_usd").is_null() | pl.col("value_usd").is_null())
    return (
        legs.join(
            sides,
            left_on=LEG,
            right_on=["account", "label", "instrument_id"],
            how="left",
            validate="m:1",
            maintain_order="left",
        )
        .join(unlabelled, on=["account", "instrument_id"], how="left", validate="m:1", maintain_order="left")
        .sort(LEG)
        .select(
            *LEG,
            "value_usd",
            "liq_value_usd",
            side=pl.coalesce("side", "unlabelled_side", by_part),
            reason=missing.then(pl.coalesce("unpriced_reason", pl.lit("no price to close at"))),
        )
    )


def book_return(inputs: ReturnInputs) -> dict[str, Any]:
    """Give the return columns of mart.capital_daily for one account, or for ALL.

    P&L to date is at the marks; returns count what is open at its liquidation value, with its margin released.
    """
    flows, values = _of_scope(inputs.flows, inputs.scope), _in_order(_of_scope(inputs.values, inputs.scope))
    if flows.is_empty():
        return {"irr_reason": NO_FILLS, "irr_without_hedge_reason": NO_FILLS, "irr_drag_reason": NO_FILLS} | {
            f"{name}_reason": NO_FILLS for name in ("rom", "pnl_to_date", "hedge_pnl_to_date")
        }
    without = pl.col("side") != HEDGE
    first: dt.date = flows["session_date"].min()  # type: ignore[assignment]
    last: dt.date = inputs.session_date if values.height else flows["session_date"].max()  # type: ignore[assignment]
    book, bare = (
        _dated(flows.filter(which), values.filter(which), first=first, last=last)
        for which in (pl.lit(value=True), without)
    )
    with_hedge, without_hedge = (_annual(dated, inputs) for dated in (book, bare))
    return {
        "first_flow_date": first,
        "held_days": (last - first).days,
        "closing_value_usd": book.closing_usd,
        "margin_held_usd": book.margin_usd,
        **_to_date(flows, values, "pnl_to_date"),
        **_to_date(flows.filter(~without), values.filter(~without), "hedge_pnl_to_date"),
        **_on_margin(book, flows),
        "irr_book_frac": with_hedge.frac,
        "irr_method": with_hedge.method,
        "irr_reason": with_hedge.reason,
        "irr_without_hedge_frac": without_hedge.frac,
        "irr_without_hedge_method": without_hedge.method,
        "irr_without_hedge_reason": without_hedge.reason,
        **_drag(with_hedge, without_hedge),
    }


@dataclass(frozen=True, slots=True)
class _Dated:
    """Flows by days since the first, what is open liquidated on the last; null amounts carry the reason."""

    days: list[float]
    flows_usd: list[float]
    closing_usd: float | None
    margin_usd: float | None
    reason: str | None


def _of_scope(frame: pl.DataFrame, scope: str) -> pl.DataFrame:
    return (
        in_scopes(frame, [ALL_ACCOUNTS]).filter(account=scope) if scope == ALL_ACCOUNTS else frame.filter(account=scope)
    )


def _dated(flows: pl.DataFrame, values: pl.DataFrame, *, first: dt.date, last: dt.date) -> _Dated:
    """Net the flows by session and close the book on the last one; both ends stand, also where nothing flowed."""
    reason = told_reasons(flows, "session_date", "reason")
    unpriced = _unpriced(values)
    margin, liquid = -_total(_in_order(flows), "margin_change_usd"), _total(values, "liq_value_usd")
    why = ", ".join(text for text in (reason, unpriced) if text) or None
    netted = (
        flows.group_by("session_date").agg(flow_usd=pl.col("flow_usd").sum()).sort("session_date")
        if reason is None
        else flows.clear().select("session_date", "flow_usd")
    )
    by_day = dict.fromkeys((first, last), 0.0) | dict(netted.iter_rows())
    by_day[last] += margin + liquid
    days = sorted(by_day)
    return _Dated(
        days=[float((day - first).days) for day in days],
        flows_usd=[by_day[day] for day in days],
        closing_usd=None if unpriced else liquid,
        margin_usd=None if reason else margin,
        reason=why,
    )


def _unpriced(values: pl.DataFrame) -> str | None:
    return told_reasons(values, reason="reason")


def _total(frame: pl.DataFrame, column: str) -> float:
    return float(frame.get_column(column).sum())


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """In an order of our own: the same rows add up to the same figure to the last digit, however they arrive."""
    return frame.sort(frame.columns)


def _annual(dated: _Dated, inputs: ReturnInputs) -> AnnualReturn:
    if dated.reason is not None:
        return AnnualReturn(reason=dated.reason)
    return annual_return(dated.days, dated.flows_usd, inputs.rates, inputs.rules)


def _to_date(flows: pl.DataFrame, values: pl.DataFrame, name: str) -> dict[str, Any]:
    """Cash so far, margin aside, and the marks of what is open; null with the reason."""
    reasons = [told_reasons(flows, "session_date", "reason"), _unpriced(values)]
    why = ", ".join(text for text in reasons if text) or None
    in_order = _in_order(flows)
    cash = sum(_total(in_order, amount) for amount in ("premium_usd", "fees_usd", "settlement_usd"))
    return {f"{name}_usd": None if why else cash + _total(values, "value_usd"), f"{name}_reason": why}


def _on_margin(book: _Dated, flows: pl.DataFrame) -> dict[str, Any]:
    """The return of the whole period on the most margin ever held at once, not annualised."""
    if book.reason is not None:
        return {"peak_margin_usd": None, "rom_frac": None, "rom_reason": book.reason}
    held = (
        -flows.group_by("session_date")
        .agg(pl.col("margin_change_usd").sum())
        .sort("session_date")["margin_change_usd"]
        .cum_sum()
    )
    peak = float(np.max(held.to_numpy(), initial=0.0))
    if peak <= 0.0:
        return {"peak_margin_usd": peak, "rom_frac": None, "rom_reason": NO_MARGIN}
    return {"peak_margin_usd": peak, "rom_frac": sum(book.flows_usd) / peak, "rom_reason": None}


def _drag(book: AnnualReturn, bare: AnnualReturn) -> dict[str, Any]:
    """What the hedge takes from the return: that without it less that with it, where one method found both."""
    if book.frac is None or bare.frac is None:
        return {"irr_drag_frac": None, "irr_drag_reason": book.reason or bare.reason}
    if book.method != bare.method:
        why = f"{book.method} with the hedge and {bare.method} without it do not compare"
        return {"irr_drag_frac": None, "irr_drag_reason": why}
    return {"irr_drag_frac": bare.frac - book.frac, "irr_drag_reason": None}
