"""Condors and legs as the report lists them: worst first, and what has no mark by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.book.positions import PARTS
from transforms.book.set_payoffs import SET_MOVES_FRAC
from transforms.book.states import SETTLED_STATE, SEVERITY
from transforms.report.mart_rows import MartRow, listed_for, of_session, rows_of
from transforms.report.models import CondorRow, LegRow, LegTable, Measure, UnpricedLeg
from warehouse.tables.mart import MART_CONDORS_DAILY, MART_LEGS_DAILY

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

# A condor whose state is unknown may be anything, so it comes first; a settled one cannot get worse.
RANK = {SETTLED_STATE: -1, **SEVERITY, "": len(SEVERITY)}
LEGS_IN_REPORT = 60  # long tables are slow in the PDF; all legs are in mart.legs_daily


def condor_rows(inputs: ReportInputs) -> tuple[CondorRow, ...]:
    """The condors of the account, worst state first, then the nearest expiry."""
    frame = listed_for(of_session(inputs.condors, inputs.stamp.session_date), inputs.stamp.account)
    return tuple(_condor(row) for row in worst_first(rows_of(MART_CONDORS_DAILY, frame)))


def worst_first(rows: tuple[MartRow, ...]) -> tuple[MartRow, ...]:
    """Condors by their state, the worst first, then the nearest expiry."""
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                -RANK.get(row.text("state"), RANK[""]),
                row.day("expiry_date"),
                row.text("account"),
                row.text("condor_id"),
            ),
        )
    )


def _condor(row: MartRow) -> CondorRow:
    unpriced = row.text("unpriced_reason")
    nearest = nearest_side(row)
    prefix = f"short_{nearest.lower()}"
    no_spot = "SPX level unknown"
    greeks = {
        name: row.measure(column, reason=unpriced)
        for name, column in (
            ("pnl", "pnl_usd"),
            ("pnl_to_max_loss", "pnl_to_max_loss_frac"),
            ("delta", "delta_usd_per_pt"),
            ("gamma", "gamma_usd_per_pt2"),
            ("vega", "vega_usd_per_volpt"),
            ("theta", "theta_usd_per_day"),
            ("extrinsic", "extrinsic_usd"),
            ("short_put_delta", "short_put_delta"),
            ("short_call_delta", "short_call_delta"),
        )
    }
    return CondorRow(
        account=row.text("account"),
        condor_id=row.text("condor_id"),
        quantity=row.measure("quantity_qty", unit="condors"),
        root=row.text("root"),
        expiry_date=row.day("expiry_date"),
        settlement=row.text("settlement"),
        dte=row.measure("dte_days"),
        long_put_pts=row.values["long_put_pts"],
        short_put_pts=row.values["short_put_pts"],
        short_call_pts=row.values["short_call_pts"],
        long_call_pts=row.values["long_call_pts"],
        state=row.text("state"),
        side=row.text("side"),
        state_reason=row.text("state_reason"),
        flags=tuple(flag.strip() for flag in row.text("flags").split(",") if flag.strip()),
        days_in_state=row.measure("days_in_state_sessions"),
        nearest_side=nearest,
        distance=row.measure(f"{prefix}_distance_pts", reason=no_spot),
        distance_frac=row.measure(f"{prefix}_distance_frac", reason=no_spot),
        break_even_put=row.measure("break_even_put_pts"),
        break_even_call=row.measure("break_even_call_pts"),
        max_loss=row.measure("max_loss_usd"),
        credit=row.measure("credit_pts"),
        set_payoffs=_set_payoffs(row),
        **greeks,
    )


def _set_payoffs(row: MartRow) -> tuple[Measure, ...]:
    """What tomorrow's opening prices would pay; nothing where there is no such gap ahead."""
    payoffs = tuple(row.measure(name) for name in SET_MOVES_FRAC)
    return payoffs if all(payoff.value is not None for payoff in payoffs) else ()


def nearest_side(row: MartRow) -> str:
    """The side the state comes from, else the side whose short strike is nearer."""
    if row.text("side") in {"PUT", "CALL"}:
        return row.text("side")
    put, call = row.values.get("short_put_distance_pts"), row.values.get("short_call_distance_pts")
    return "CALL" if put is not None and call is not None and call < put else "PUT"


def _legs(inputs: ReportInputs) -> pl.DataFrame:
    order = pl.col("part").replace_strict({part: rank for rank, part in enumerate(PARTS)}, default=len(PARTS))
    return listed_for(of_session(inputs.legs, inputs.stamp.session_date), inputs.stamp.account).sort(
        order, "account", "expiry_date", "structure_id", "strike_pts", "instrument_id"
    )


def leg_table(inputs: ReportInputs) -> LegTable:
    """Every leg with its Greeks: condor legs, then hedge layers, then the rest."""
    frame = _legs(inputs)
    rows = tuple(_leg(row) for row in rows_of(MART_LEGS_DAILY, frame.head(LEGS_IN_REPORT)))
    return LegTable(rows=rows, more_qty=frame.height - len(rows))


def _leg(row: MartRow) -> LegRow:
    unpriced = row.text("unpriced_reason")
    not_vix = "" if row.text("root").startswith("VI") or row.text("root").startswith("VX") else "VIX legs only"
    return LegRow(
        account=row.text("account"),
        structure_id=row.text("structure_id"),
        instrument_id=row.text("instrument_id"),
        part=row.text("part"),
        quantity=row.measure("quantity_qty", unit="contracts"),
        dte=row.measure("dte_days"),
        entry=row.measure("entry_price_pts"),
        bid=row.measure("bid_pts", reason="no quote"),
        ask=row.measure("ask_pts", reason="no quote"),
        mark=row.measure("mark_pts", reason=unpriced),
        mark_quality=row.text("mark_quality"),
        forward=row.measure("forward_pts", reason=unpriced),
        forward_method=row.text("forward_method"),
        iv=row.measure("iv_vol", reason=unpriced),
        option_delta=row.measure("delta", reason=unpriced),
        eps=row.measure("eps", reason=not_vix or unpriced),
        value=row.measure("value_usd", reason=unpriced),
        pnl=row.measure("pnl_usd", reason=unpriced),
        delta=row.measure("delta_usd_per_pt", reason=unpriced),
        gamma=row.measure("gamma_usd_per_pt2", reason=unpriced),
        vega=row.measure("vega_usd_per_volpt", reason=unpriced or ("" if not_vix else "SPX legs only")),
        theta=row.measure("theta_usd_per_day", reason=unpriced),
        volvol_vega=row.measure("volvol_vega_usd_per_volpt", reason=not_vix or unpriced),
        is_am_gap_risk=bool(row.values["is_am_gap_risk"]),
    )


def unpriced_legs(inputs: ReportInputs) -> tuple[UnpricedLeg, ...]:
    """Every leg without a mark, by name and with its reason."""
    return tuple(
        UnpricedLeg(
            account=row.text("account"),
            part=row.text("part"),
            structure_id=row.text("structure_id"),
            instrument_id=row.text("instrument_id"),
            quantity=row.measure("quantity_qty", unit="contracts"),
            reason=row.text("unpriced_reason"),
        )
        for row in rows_of(MART_LEGS_DAILY, _legs(inputs).filter(~pl.col("is_priced")))
    )
