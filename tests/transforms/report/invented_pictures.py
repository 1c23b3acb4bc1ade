"""What an invented night draws: payoffs, drill, second engine, cushion, waiting and a past. No market's numbers."""

from __future__ import annotations

# fmt: off
# ruff: noqa: E501 - rows are read as tables, one line each
import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from warehouse.tables import mart

if TYPE_CHECKING:
    from warehouse.tables.types import Table

SESSION = dt.date(2031, 3, 12)
SPOT = 6120.40
NO_CHAIN = "no VIX chain tonight"
HORIZONS = (("now", 0, 1.0), ("5_sessions", 7, 1.2), ("condor_expiry", 9, 2.0))
PUT_STOPS = (("NOW", SPOT), ("WATCH", None), ("TESTED", None), ("ITM", None), ("BREACHED", None), ("WING", 6100.0))
CALL_STOPS = (("NOW", SPOT), ("WATCH", 6130.0), ("TESTED", 6150.0), ("ITM", 6190.0), ("BREACHED", 6196.5), ("WING", 6240.0))
# Eight sessions up to the night: VIX, net advances, SPX close, signal of L1, cover at -5%, cost of the credit, CNDR, VXTH.
PAST = (
    (dt.date(2031, 3, 3), 15.2, 640, 6301.0, "DORMANT", 0.41, 0.22, 100.0, 100.0),
    (dt.date(2031, 3, 4), 15.9, -310, 6290.5, "DORMANT", 0.40, 0.22, 100.3, 99.8),
    (dt.date(2031, 3, 5), 16.4, 120, 6288.0, "DORMANT", 0.38, 0.23, 100.4, 99.6),
    (dt.date(2031, 3, 6), 17.8, -780, 6254.2, "ARMED", 0.31, 0.24, 100.1, 99.5),
    (dt.date(2031, 3, 7), 18.1, 90, 6251.9, "ARMED", 0.30, 0.26, 100.0, 99.4),
    (dt.date(2031, 3, 10), 19.6, -905, 6219.3, "ARMED", 0.22, 0.28, 99.2, 99.9),
    (dt.date(2031, 3, 11), 20.6, -440, 6251.9, "ACTIVE", 0.18, 0.30, 98.7, 100.4),
    (SESSION, 24.37, -1378, 6118.75, "ACTIVE", 0.123, 0.317, 97.1, 101.9),
)


def frame(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as their table declares them."""
    return table.conform(pl.DataFrame(rows, infer_schema_length=None)) if rows else table.empty()


def pictures(threatened: list[str], condors: list[str], *, has_vix_chain: bool) -> dict[str, pl.DataFrame]:
    """Frames of the night's pictures by their name in the report's inputs."""
    return {
        "payoffs": frame(mart.MART_PAYOFFS_DAILY, [row for name in threatened for row in _payoffs(name, has_vix_chain)]),
        "drills": frame(mart.MART_ITM_DRILLS_DAILY, _drills(threatened, has_vix_chain)),
        "engine_states": frame(mart.MART_SECOND_ENGINE_STATES_DAILY, [_engine_state(has_vix_chain)]),
        "cushions": frame(mart.MART_CUSHIONS_DAILY, [_cushion()]),
        "condor_economics": frame(mart.MART_CONDOR_ECONOMICS_DAILY, [_waiting(name) for name in condors]),
    }


def diagonal_risk() -> dict[str, Any]:
    """What the invented diagonal can lose: 3 times the debit of 1,734 at most, 5,202."""
    return {
        "near_future_pts": 23.61, "far_future_pts": 23.7, "steepening_exposure_usd_per_vx_pt": 61.0,
        "parallel_exposure_usd_per_vx_pt": 24.0, "rolldown_usd_per_day": -2.4, "path_exponent": 0.52,
        "path_x15_pnl_usd": -610.0, "path_x20_pnl_usd": -1980.0, "path_x30_pnl_usd": -5202.0,
        "shock_m5_pnl_usd": -140.0, "shock_m10_pnl_usd": -420.0, "worst_path_loss_usd": -5202.0,
        "worst_grid_loss_usd": -5202.0, "worst_cell": "near future at 3 times", "loss_multiple": 3.0,
        "capital_at_risk_usd": 5202.0, "reference_spread": "VIX 2031-06-18 C 22/30", "convexity_excess_m5_frac": -0.21,
        "convexity_excess_m10_frac": -0.48, "is_convexity_claimed": False, "margin_usd": 2510.0, "state": "ON",
    }


def _payoffs(condor: str, has_vix_chain: bool) -> list[dict[str, Any]]:
    """A condor that loses 80 USD a point below 6,150 down to 6,100 and 40 above 6,400; the hedge 12 a point."""
    rows = []
    for horizon, days, strength in HORIZONS:
        for spx in (6050.0, 6100.0, SPOT, 6150.0, 6250.0, 6400.0, 6450.0, 6500.0):
            condor_pnl = 2400.0 - 80.0 * strength * (6150.0 - max(min(spx, 6150.0), 6100.0)) / 2
            condor_pnl -= 40.0 * strength * (max(min(spx, 6450.0), 6400.0) - 6400.0)
            hedge = -12.0 * (spx - SPOT)
            known = {"hedge_pnl_usd": hedge, "net_pnl_usd": 2 * condor_pnl + hedge}
            rows.append(
                {
                    "session_date": SESSION, "account": "Main", "condor_account": "Main", "condor_id": condor,
                    "horizon": horizon, "spx_pts": spx, "horizon_days": days, "spot_shock_frac": spx / SPOT - 1,
                    "vix_pts": 24.37, "condor_pnl_usd": condor_pnl, "condors_pnl_usd": 2 * condor_pnl,
                    **(known if has_vix_chain else {"reason": f"hedge legs have no mark: {NO_CHAIN}"}),
                }
            )
    return rows


def _drills(threatened: list[str], has_vix_chain: bool) -> list[dict[str, Any]]:
    return [
        row
        for condor in threatened
        for side, stops in (("PUT", PUT_STOPS), ("CALL", CALL_STOPS))
        for level, spx in stops
        for horizon, days, strength in HORIZONS
        for hedge in ("held", "late")
        for row in [_stop(condor, side, level, spx, horizon, days, strength, hedge, has_vix_chain)]
    ]


def _stop(  # noqa: PLR0917 - one row of a wide table
    condor: str, side: str, level: str, spx: float | None, horizon: str, days: int, strength: float, hedge: str, has_vix_chain: bool
) -> dict[str, Any]:
    is_call = side == "CALL"
    row = {
        "session_date": SESSION, "account": "Main", "condor_account": "Main", "condor_id": condor, "side": side,
        "level": level, "horizon": horizon, "horizon_days": days, "hedge": hedge, "hedge_is": "held layers",
        "is_hedged_by_alvh": not is_call, "level_rule": f"{level.lower()} by an invented rule",
    }
    if spx is None:
        why = f"SPX 6,120.40 is past it tonight: {level.lower()}"
        return row | {"reason": why, "offset_reason": why, "target_reason": why}
    lost = -strength * (300.0 * abs(spx - SPOT) / 10 + (0 if level == "NOW" else 100))
    repaid = (-12.0 * (spx - SPOT)) if hedge == "held" else 0.0
    figures = {
        "spx_pts": spx, "vix_pts": 24.37, "condor_pnl_usd": lost / 2, "condors_pnl_usd": lost,
        "condors_delta_usd_per_pt": 880.0, "cost_to_target_usd": 2840.0, "units_to_target": 1.0,
    }
    if not has_vix_chain:
        why = f"hedge legs have no mark: {NO_CHAIN}"
        return row | {"spx_pts": spx, "condors_pnl_usd": lost, "reason": why, "offset_reason": why, "target_reason": why}
    figures |= {
        "l1_pnl_usd": repaid / 2, "l2_pnl_usd": repaid / 2, "l3_pnl_usd": 0.0, "hedge_pnl_usd": repaid,
        "net_pnl_usd": lost + repaid, "net_delta_usd_per_pt": 720.0, "offset_at_wing_frac": 0.18,
    }
    if is_call:
        figures |= {"units_to_target": None, "cost_to_target_usd": None, "target_reason": "n/a - call side"}
    has_offset = lost < -100 and not is_call
    figures["offset_frac"] = -repaid / lost if has_offset else None
    reason = "n/a - call side" if is_call else "the condors do not lose there"
    return row | figures | {"offset_reason": None if has_offset else reason}


def _engine_state(has_vix_chain: bool) -> dict[str, Any]:
    row = {"session_date": SESSION, "account": "Main"}
    if not has_vix_chain:
        return row | {"reason": f"SE-1 cannot be repriced: {NO_CHAIN}"}
    return row | {
        "state": "ON", "state_rule": "worst loss of the larger of max loss and debit", "state_value": 0.12,
        "state_threshold": 0.25, "state_unit": "fraction", "structure_id": "SE-1",
    }


def _cushion() -> dict[str, Any]:
    return {
        "session_date": SESSION, "account": "Main", "breach_date": dt.date(2031, 3, 10), "since_breach_sessions": 2,
        "since_breach_condor_pnl_usd": -14700.0, "since_breach_hedge_pnl_usd": 5898.0, "mtm_cushion_frac": 0.401,
        "window_sessions": 20, "effectiveness_reason": "no P&L of 2031-02-12 and 11 more",
    }


def _waiting(condor: str) -> dict[str, Any]:
    return {
        "session_date": SESSION, "account": "Main", "condor_id": condor, "margin_usd": 50000.0,
        "theta_press_bp_per_day": 46.2, "theta_capture_reason": "2 sessions are not attributed", "half_life_days": 5.5,
        "close_value_usd": -21000.0, "ev_p_payoff_usd": -17350.0, "ev_p_total_usd": -10850.0, "hold_edge_usd": 3650.0,
        "expectancy_reason": NO_CHAIN, "reversion_need_frac": 0.0038, "above_break_even_frac": 0.31,
    }


def past(*, has_breadth: bool = True) -> dict[str, pl.DataFrame]:
    """The eight sessions before and with the night, by their name in the report's inputs."""
    names = ("session_date", "vix_pts", "net_advances_qty", "index_close_pts")
    return {
        "signals_history": frame(
            mart.MART_SIGNALS_DAILY,
            [
                dict(zip(names, day[:4], strict=True)) | ({} if has_breadth else {"net_advances_qty": None})
                for day in PAST
            ],
        ),
        "book_history": frame(mart.MART_BOOK_DAILY, [_book(day[0], day[5]) for day in PAST]),
        "layers_history": frame(
            mart.MART_HEDGE_LAYERS_DAILY,
            [
                {
                    "session_date": day[0], "account": "Main", "layer": layer, "contracts_qty": 4, "legs_qty": 1,
                    "signal_state": day[4] if layer == "L1" else "DORMANT", "is_signal_stale": False,
                    "unpriced_legs_qty": 0, "cost_usd": 0.0, "fees_usd": 0.0, "units_held": 1.0,
                }
                for day in PAST
                for layer in ("L1", "L2", "L3")
            ],
        ),
        "costs_history": frame(
            mart.MART_HEDGE_COSTS_DAILY,
            [
                {
                    "session_date": day[0], "account": "Main", "condor_id": "ALL", "credit_usd": 12904.0,
                    "max_loss_usd": 87000.0, "amortised_frac": day[6],
                }
                for day in PAST
            ],
        ),
        "benchmarks_history": frame(
            mart.MART_BENCHMARKS_DAILY,
            [
                {"session_date": day[0], "benchmark": name, "action": "HOLD", "index_level": day[at]}
                for day in PAST
                for name, at in (("CNDR", 7), ("VXTH", 8))
            ],
        ),
        "previous_curve": _curve(dt.date(2031, 3, 11), 0.85),
        "week_curve": _curve(dt.date(2031, 3, 5), 0.72),
    }


def _book(day: dt.date, offset: float) -> dict[str, Any]:
    return {
        "session_date": day, "account": "Main", "status": "OK", "status_reason": "invented", "is_data_hold": False,
        "condors_qty": 2, "condors_itm_qty": 0, "unpriced_legs_qty": 0, "fees_usd": 96.0, "max_loss_usd": 87000.0,
        "offset_m5_frac": offset,
    }


def _curve(day: dt.date, level: float) -> pl.DataFrame:
    settles = ((dt.date(2031, 3, 19), 23.9), (dt.date(2031, 4, 16), 23.61), (dt.date(2031, 6, 18), 23.7))
    return frame(
        mart.MART_VX_CURVE_DAILY,
        [
            {
                "session_date": day, "rank": rank, "expiry_date": expiry, "days_to_expiry_days": (expiry - day).days,
                "settle_pts": round(level * settle, 2), "settle_method": "settle",
            }
            for rank, (expiry, settle) in enumerate(settles, start=1)
        ],
    )
