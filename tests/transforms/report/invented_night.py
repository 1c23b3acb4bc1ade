"""An invented night: every number here was made up for the tests of the report and is no market's."""

from __future__ import annotations

# fmt: off
# ruff: noqa: E501 - rows are read as tables, one line each
import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from tests.transforms.report.invented_pictures import diagonal_risk, past, pictures
from transforms.report.inputs import ReportInputs, Stamp
from warehouse.tables import core, mart, meta

if TYPE_CHECKING:
    from warehouse.tables.types import Table

SESSION = dt.date(2031, 3, 12)
BEFORE = dt.date(2031, 3, 11)
QUOTE_AT = dt.datetime(2031, 3, 12, 20, 15, tzinfo=dt.UTC)  # 16:15 in New York
SPOT = 6120.40
EXPIRY = dt.date(2031, 3, 21)
NO_CHAIN = "no VIX chain tonight"
SHOCKS = (-0.20, -0.15, -0.10, -0.07, -0.05, -0.03, -0.02, -0.01, 0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.10)


@dataclass(frozen=True)
class Invention:
    """Which night to invent."""

    condors_qty: int = 2
    has_vix_chain: bool = True
    is_data_hold: bool = False
    is_empty: bool = False
    is_first: bool = False
    is_simulated: bool = False
    rolls: str = "feasible"  # or "blocked", or "none": nothing is threatened
    label: str = "IC-{number}"


def invented_inputs(night: Invention) -> ReportInputs:
    """All frames of the night."""
    made = _market_inputs(night)
    if not night.is_first:
        made = replace(made, **past())
    if night.is_empty:
        return replace(made, book=_frame(mart.MART_BOOK_DAILY, [_empty_book(night)]))
    return replace(
        made,
        book=_frame(mart.MART_BOOK_DAILY, [_book(night)]),
        condors=_frame(mart.MART_CONDORS_DAILY, [_condor(night, number) for number in range(night.condors_qty)]),
        hedge_layers=_frame(mart.MART_HEDGE_LAYERS_DAILY, _layers(night)),
        second_engine=_frame(mart.MART_SECOND_ENGINE_DAILY, [_diagonal(night)]),
        legs=_frame(mart.MART_LEGS_DAILY, _legs(night)),
        scenarios=_frame(mart.MART_SCENARIOS_DAILY, _scenarios(night)),
        roll_candidates=_frame(mart.MART_ROLL_CANDIDATES_DAILY, _candidates(night)),
        decisions=_frame(mart.MART_DECISIONS_DAILY, _decisions(night)),
        hedge_rolls=_frame(mart.MART_HEDGE_ROLLS_DAILY, _hedge_rolls(night)),
        capital=_frame(mart.MART_CAPITAL_DAILY, [_capital()]),
        vendor_claims=_frame(mart.MART_VENDOR_CLAIMS_DAILY, _claims()),
        steward_checks=_frame(mart.MART_STEWARD_CHECKS_DAILY, _steward()),
        stress_sets=_frame(mart.MART_STRESS_SETS_DAILY, _stress(night)),
        break_evens=_frame(mart.MART_BREAK_EVENS_DAILY, _break_evens(night)),
        hedge_lots=_frame(mart.MART_HEDGE_LOTS_DAILY, _lots(night)),
        hedge_sizing=_frame(mart.MART_HEDGE_SIZING_DAILY, [_sizing(night)]),
        hedge_costs=_frame(mart.MART_HEDGE_COSTS_DAILY, _costs(night)),
        attribution=_frame(mart.MART_ATTRIBUTION_PERIODS_DAILY, _attribution(night)),
        alerts=_frame(mart.MART_ALERTS_DAILY, _alerts(night)),
        previous_book=_previous(
            night, mart.MART_BOOK_DAILY, [_book(night) | {"session_date": BEFORE, "status": "WATCH"}]
        ),
        previous_condors=_previous(
            night,
            mart.MART_CONDORS_DAILY,
            [_condor(night, 0) | {"session_date": BEFORE, "state": "TESTED", "days_in_state_sessions": 2}],
        ),
        previous_layers=_previous(
            night,
            mart.MART_HEDGE_LAYERS_DAILY,
            [row | {"session_date": BEFORE, "signal_state": "ARMED"} for row in _layers(night)],
        ),
        **pictures(
            _threatened(night),
            [night.label.format(number=number) for number in range(night.condors_qty)],
            has_vix_chain=night.has_vix_chain,
        ),
    )


def stretched(inputs: ReportInputs, text: str) -> ReportInputs:
    """The same night with every free text as long as nobody would write it, and every check failed and critical."""
    names = ("message", "subject", "condor_id", "check_id", "rule_id", "structure_id", "next_event_kind", "source_tier", "candidate", "reason_text", "eligibility_text")
    frames = ("roll_candidates", "decisions", "hedge_rolls", "book", "condors", "hedge_layers", "second_engine", "legs", "signals", "vix_checks", "alerts", "checks")
    longer = {
        name: frame.with_columns(
            pl.concat_str(pl.col(column), pl.lit(text)).name.keep()
            for column in frame.columns
            if column in names or column.endswith("_reason")
        )
        for name in frames
        for frame in [getattr(inputs, name)]
    }
    if inputs.book["is_data_hold"].any():
        longer["checks"] = longer["checks"].with_columns(is_passed=pl.lit(value=False), severity=pl.lit("critical"))
    return replace(inputs, **longer)


def _frame(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return table.conform(pl.DataFrame(rows, infer_schema_length=None)) if rows else table.empty()


def _previous(night: Invention, table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return table.empty() if night.is_first else _frame(table, rows)


def _market_inputs(night: Invention) -> ReportInputs:
    signals = {
        "session_date": SESSION, "spot_pts": SPOT, "index_close_pts": 6118.75, "close_difference_pts": 1.65,
        "spx_return_frac": -0.0213, "vix_pts": 24.37, "vix_change_frac": 0.182, "edr_frac": 0.0134, "edr_pts": 82.0,
        "contango_frac": -0.0121, "gate": "HOLD_NEW", "vx_regime": "INVERTED", "arm_score": 2, "arm_n_available": 2,
        "accel_score": 0, "accel_n_available": 1, "rsi14_vix": 66.4, "rsi14_vix_zone": "RISING",
        "advances_qty": 812, "declines_qty": 2190, "breadth_reason": "26 of 150 sessions of breadth", "event_state": "PRE", "next_event_kind": "fomc_decision",
        "next_event_at": dt.datetime(2031, 3, 19, 18, 0, tzinfo=dt.UTC),
    }
    vix = {
        "session_date": SESSION, "vix_recomputed_pts": 24.31, "vix_published_pts": 24.37, "difference_pts": -0.06,
        "limit_pts": 0.25,
    }
    return ReportInputs(
        stamp=Stamp(
            session_date=SESSION,
            account="Main",
            stamped_at=QUOTE_AT,
            quote_at=QUOTE_AT,
            config_hash="0123456789abcdef",
            code_version="0.1.0",
            data_hash="fedcba9876543210",
        ),
        signal_items=_frame(mart.MART_SIGNAL_ITEMS_DAILY, _items()),
        upcoming_events=_frame(mart.MART_UPCOMING_EVENTS_DAILY, _events()),
        signals=_frame(mart.MART_SIGNALS_DAILY, [signals]),
        vx_curve=_frame(mart.MART_VX_CURVE_DAILY, _curve()),
        vix_checks=_frame(mart.MART_VIX_CHECKS_DAILY, [vix]),
        checks=_frame(meta.META_CHECKS, _checks(night)),
        thresholds=_frame(meta.META_THRESHOLDS, _thresholds()),
        loads=_frame(meta.META_LOADS, _loads(night)),
        forwards=_frame(core.CORE_FORWARDS_DAILY, _forwards(night)),
    )


def _events() -> list[dict[str, Any]]:
    made = (("fomc_decision", dt.date(2031, 3, 19), 7, 41.5), ("cpi", dt.date(2031, 4, 10), 29, None))
    return [
        {
            "session_date": SESSION, "event_id": f"{kind} {day}", "kind": kind, "event_date": day, "days_to_days": days,
            "event_at": dt.datetime(day.year, day.month, day.day, 18, 0, tzinfo=dt.UTC), "is_past": False,
            "is_next_of_kind": True, "is_high_impact": True, "implied_move_pts": move, "implied_bracket_days": 2.0,
        }
        for kind, day, days, move in made
    ]


def _thresholds() -> list[dict[str, Any]]:
    names = ("rule_id", "value", "value_text", "default_text", "unit", "says", "source_tier", "source_ref", "is_overridden")
    made = (
        ("gate.open_below_vix_pts", 15.0, None, "15", "index points", "Entry gate: all entries open below VIX", "vendor rule", "V20", False),
        ("hedge.roll_days", None, "10, 70, 165", "15, 70, 165", "calendar days", "Hedge L1, L2, L3: due for a roll from", "house default", "METHODOLOGY 4.6", True),
        ("hedge.mode", None, "hybrid", "hybrid", "", "Hedge: mode", "house default", "METHODOLOGY 2.1", False),
        ("momentum.rsi_days", 14.0, None, "14", "trading sessions", "RSI over", "standard", "Wilder 1978", False),
    )
    return [{"session_date": SESSION, **dict(zip(names, row, strict=True))} for row in made]


def _curve() -> list[dict[str, Any]]:
    settles = ((19, 3, 7, 23.90), (16, 4, 35, 23.61), (21, 5, 70, 23.55), (18, 6, 98, 23.70), (16, 7, 126, 23.85))
    return [
        {
            "session_date": SESSION, "rank": rank, "expiry_date": dt.date(2031, month, day),
            "days_to_expiry_days": days, "settle_pts": settle, "settle_method": "settle",
        }
        for rank, (day, month, days, settle) in enumerate(settles, start=1)
    ]


def _empty_book(night: Invention) -> dict[str, Any]:
    return {
        "session_date": SESSION, "account": "Main", "status": "OK", "status_reason": "There are no positions.",
        "is_data_hold": night.is_data_hold, "spot_pts": SPOT, "condors_qty": 0, "condors_itm_qty": 0,
        "unpriced_legs_qty": 0, "fees_usd": 0.0, "max_loss_usd": 0.0, "condor_delta_usd_per_pt": 0.0,
        "hedge_delta_usd_per_pt": 0.0, "second_engine_delta_usd_per_pt": 0.0, "other_delta_usd_per_pt": 0.0,
        "net_delta_usd_per_pt": 0.0, "net_delta_usd_per_1pct": 0.0, "pnl_usd": 0.0,
        "offset_m3_reason": "no condor", "offset_m5_reason": "no condor", "offset_m10_reason": "no condor",
        "offset_local_reason": "no condor", "day_pnl_reason": "no position yesterday",
    }


def _book(night: Invention) -> dict[str, Any]:
    known = {
        "hedge_delta_usd_per_pt": -147.3, "second_engine_delta_usd_per_pt": -12.4, "net_delta_usd_per_pt": 713.4,
        "net_delta_usd_per_1pct": 43662.0, "hedge_pnl_usd": 6240.0, "second_engine_pnl_usd": -318.0,
        "pnl_usd": -21478.0, "day_pnl_usd": -9120.0, "offset_local_frac": 0.169,
        "offset_m3_frac": 0.14, "offset_m5_frac": 0.123, "offset_m10_frac": 0.214,
        "offset_m3_with_second_engine_frac": 0.135, "offset_m5_with_second_engine_frac": 0.118,
        "offset_m10_with_second_engine_frac": 0.196,
    }
    unknown = {
        f"offset_{key}_reason": f"L1 and L3 legs have no mark: {NO_CHAIN}" for key in ("m3", "m5", "m10", "local")
    }
    unknown |= {"net_delta_reason": f"hedge legs have no mark: {NO_CHAIN}", "day_pnl_reason": "P&L unknown tonight"}
    return {
        "session_date": SESSION, "account": "Main", "status": "DATA_HOLD" if night.is_data_hold else "CRITICAL",
        "status_reason": "Put side of IC-0 is past its break-even and the hedge repays only 12.3% at SPX −5% (20% are needed).",
        "is_data_hold": night.is_data_hold, "spot_pts": SPOT, "condors_qty": night.condors_qty, "condors_itm_qty": 1,
        "unpriced_legs_qty": 0 if night.has_vix_chain else 4, "condor_delta_usd_per_pt": 873.1,
        "other_delta_usd_per_pt": 0.0, "condor_pnl_usd": -27400.0, "other_pnl_usd": 0.0, "fees_usd": 96.0,
        "max_loss_usd": 43500.0 * night.condors_qty, "theta_usd_per_day": 412.0, "vega_usd_per_volpt": -1830.0,
        **(known if night.has_vix_chain else unknown),
    }


def _condor(night: Invention, number: int) -> dict[str, Any]:
    state, side = (("BREACHED", "PUT"), ("TESTED", "CALL"), ("OK", None))[min(number, 2)]
    short_put = 6150.0 - 100 * number
    short_call = 6190.0 if number == 1 else 6400.0
    return {
        "session_date": SESSION, "account": "Main", "condor_id": night.label.format(number=number),
        "grouping": "DECLARED", "state": state, "side": side,
        "state_reason": f"SPX 6,120.40 against short put {short_put:,.0f} and break-even {short_put - 6.5:,.1f}",
        "flags": "AM_GAP" if number == 1 else "", "days_in_state_sessions": 1 + number, "root": "SPXW",
        "expiry_date": EXPIRY, "settlement": "PM", "dte_days": 9, "quantity_qty": 10,
        "long_put_pts": short_put - 50, "short_put_pts": short_put, "short_call_pts": short_call,
        "long_call_pts": short_call + 50, "spot_pts": SPOT, "index_close_pts": 6118.75, "credit_pts": 6.5,
        "chain_credit_pts": 6.5, "credit_usd": 6452.0, "width_put_pts": 50.0, "width_call_pts": 50.0,
        "max_profit_usd": 6500.0, "max_loss_usd": 43500.0, "break_even_put_pts": short_put - 6.5,
        "break_even_call_pts": short_call + 6.5, "value_usd": -20200.0, "liq_value_usd": -21000.0, "fees_usd": 48.0,
        "pnl_usd": -13700.0, "pnl_to_max_loss_frac": -0.315, "short_put_distance_pts": SPOT - short_put,
        "short_put_distance_frac": (SPOT - short_put) / SPOT, "short_call_distance_pts": short_call - SPOT,
        "short_call_distance_frac": (short_call - SPOT) / SPOT, "short_put_delta": -0.58, "short_call_delta": 0.09,
        "delta_usd_per_pt": 436.5, "gamma_usd_per_pt2": -1.42, "vega_usd_per_volpt": -915.0,
        "theta_usd_per_day": 231.0, "extrinsic_usd": -4100.0, "intrinsic_put_spread_frac": 0.517,
        "intrinsic_call_spread_frac": 0.0, "long_put_cover_ratio": 0.71, "long_call_cover_ratio": 0.33,
        "put_side_captured_frac": -2.4, "call_side_captured_frac": 0.913, "short_put_extrinsic_pts": 14.25,
        "short_call_extrinsic_pts": 1.5, "put_wing_reading": "loss still accelerating" if number == 0 else None,
        "gamma_theta_ratio": 1.37, "expected_move_pts": 210.0, "pop_frac": 0.312, "put_touch_frac": 1.0, "call_touch_frac": 0.124,
        "ev_p_payoff_usd": -17350.0, "ev_p_total_usd": -10850.0,
        **({"set_payoff_m2_usd": -50000.0, "set_payoff_m1_usd": -11300.0, "set_payoff_0_usd": 0.0, "set_payoff_p1_usd": 0.0, "set_payoff_p2_usd": -50000.0} if number == 1 else {}),
    }


def _threatened(night: Invention) -> list[str]:
    return [] if night.rolls == "none" else [night.label.format(number=number) for number in range(min(night.condors_qty, 2))]


def _candidates(night: Invention) -> list[dict[str, Any]]:
    """Of each threatened condor four rolls, closing and holding. By rank: +310, -95, +1,240 USD; the fourth is blocked."""
    names = ("candidate", "move", "close_debit_usd", "open_credit_usd", "fees_usd", "roll_net_usd", "pop_frac", "days_added_days", "margin_usd", "margin_change_usd", "delta_change_usd_per_pt", "break_even_put_pts", "break_even_call_pts")
    made = (
        ("R1 SPXW 2031-04-04 6050/6100/6400/6450", "R1", 20460.0, 20800.0, 30.0, 310.0, 0.464, 14, 50000.0, 0.0, -61.3, 6093.2, 6406.8),
        ("R3 SPXW 2031-04-11 6000/6050/6300/6350", "R3", 20460.0, 20395.0, 30.0, -95.0, 0.451, 21, 50000.0, 0.0, -84.9, 6043.6, 6306.4),
        ("R4 SPXW 2031-03-21 6100/6150/6300/6350", "R4", 220.0, 1490.0, 30.0, 1240.0, 0.288, 0, 50000.0, 0.0, -22.0, 6142.3, 6307.8),
        ("R2 SPXW 2031-04-04 6000/6050/6400/6450", "R2", 20460.0, 14200.0, 30.0, -6290.0, 0.508, 14, 50000.0, 0.0, -102.6, 6049.8, 6400.2),
        ("R6 close", "R6", 21000.0, 0.0, 15.0, -21015.0, 0.0, None, 0.0, -50000.0, -436.5, None, None),
        ("R7 hold", "R7", 0.0, 0.0, 0.0, 0.0, 0.312, 0, 50000.0, 0.0, 0.0, 6143.5, 6406.5),
    )
    rows = []
    for condor_id in _threatened(night):
        for number, values in enumerate(made, start=1):
            row = dict(zip(names, values, strict=True))
            is_roll, is_blocked = number <= 4, number == 4 or night.rolls == "blocked"
            why = ("DEBIT,ROLLS", "a net debit of $6,290; 3 rolls of 3 are used") if number == 4 else ("ROLLS", "3 rolls of 3 are used")
            status = ("BLOCKED" if is_blocked else "FEASIBLE") if is_roll else "ELIGIBLE"
            rows.append(
                {
                    "session_date": SESSION, "account": "Main", "condor_id": condor_id, "state": "BREACHED",
                    "profile": "monthly", "eligibility": "house default", "eligibility_text": "BREACHED; EDR 1.34% > 0.94%",
                    "status": status, "rank": number if status == "FEASIBLE" else None,
                    "reason": why[0] if status == "BLOCKED" else None, "reason_text": why[1] if status == "BLOCKED" else None,
                    "is_shown": status != "BLOCKED", "quantity_qty": 10, "prob_method": "fitted", **row,
                }
            )
    return rows


def _decisions(night: Invention) -> list[dict[str, Any]]:
    names = ("decision", "candidate", "cash_today_usd", "ev_p_usd", "max_loss_after_usd", "margin_usd", "pop_frac", "is_dominated", "dominated_by", "reason")
    made = (
        ("ROLL", "R1 SPXW 2031-04-04 6050/6100/6400/6450", 310.0, -15200.0, 43190.0, 50000.0, 0.464, False, None, None),
        ("CLOSE", "R6 close", -21015.0, -21015.0, 14530.0, 0.0, 0.0, False, None, None),
        ("HOLD", "R7 hold", 0.0, -17350.0, 43500.0, 50000.0, 0.312, True, "ROLL", None),
        ("ADD_HEDGE", "R7 hold", None, None, None, None, None, None, None, "the layers hold their targets"),
    )
    return [
        {
            "session_date": SESSION, "account": "Main", "condor_id": condor_id, "state": "BREACHED", "fees_usd": 30.0,
            "ev_p_low_usd": -18000.0, "ev_p_high_usd": -14000.0, "is_ranked": True, "offset_m5_frac": 0.137,
            "net_delta_usd_per_1pct": 31250.0, "pnl_m5_tomorrow_usd": -9400.0, "pnl_p3_tomorrow_usd": 6150.0,
            "dte_days": 23, "stop_close_cost_usd": 20200.0, "stop_level_usd": 19500.0, "is_stop_hit": True,
            "stop_fired_date": BEFORE, **dict(zip(names, row, strict=True)),
        }
        for condor_id in _threatened(night)
        for row in made
    ]


def _capital() -> dict[str, Any]:
    return {
        "session_date": SESSION, "account": "Main", "irr_book_frac": 0.114, "irr_method": "XIRR",
        "irr_without_hedge_frac": 0.171, "irr_drag_frac": 0.057, "wacc_frac": 0.093,
        "realised_cost_reason": "12 of 63 sessions", "quiet_drag_bp_per_week": 5.5, "quiet_drag_band": "WATCH",
        "quiet_drag_frac_per_year": 0.0286, "hedge_gain_usd": 6240.0, "funded_days": 47.0,
        "vix_drop_hedge_pnl_usd": -2950.0, "vol_crush_pnl_usd": 1840.0, "theta_press_bp_per_day": 46.2,
    }


def _claims() -> list[dict[str, Any]]:
    names = ("claim_id", "claim_text", "unit", "claimed_low", "claimed_high", "measured", "reason")
    made = (
        ("cost", "The hedge costs 1 to 2% of the portfolio a year.", "fraction", 0.01, 0.02, 0.0286, None),
        ("win", "Nearly every trade wins.", "fraction", None, None, None, "3 campaigns have ended"),
    )
    told = {"source_ref": "invented", "status": "vendor claim, not verified", "measured_as": "quiet sessions", "sessions_qty": 41}
    return [{"session_date": SESSION, "account": "Main", **told, **dict(zip(names, row, strict=True))} for row in made]


def _steward() -> list[dict[str, Any]]:
    names = ("check_id", "verdict", "value", "threshold", "unit", "is_promoter_flag", "message", "reason")
    made = (
        ("S10", "PASS", 0.0, 0.0, "failed checks", False, "The data can be trusted.", None),
        ("S2", "FAIL", 12.0, 10.0, "contracts", True, "12 contracts after 10 in a losing campaign.", None),
        ("S8", "NA", None, 0.5, "fraction", False, "Margin use is not known.", "no accounts file"),
    )
    return [
        {"session_date": SESSION, "account": "Main", "source_tier": "house default", **dict(zip(names, row, strict=True))}
        for row in made
    ]


def _hedge_rolls(night: Invention) -> list[dict[str, Any]]:
    """One lot of L1 is due: 4 sold at 1,540 and bought at 2,040, fees 8: 508 USD."""
    return [] if night.rolls == "none" or not night.has_vix_chain else [
        {
            "session_date": SESSION, "account": "Main", "lot_id": "F1", "structure_id": "L1",
            "instrument_id": "VIXW 2031-03-26 AM C 17", "entry_layer": "L1", "current_layer": "L1", "quantity_qty": 4,
            "dte_days": 14, "roll_date": BEFORE, "status": "FEASIBLE", "new_instrument_id": "VIXW 2031-04-16 AM C 18",
            "proceeds_usd": 1540.0, "premium_usd": 2040.0, "fees_usd": 8.0, "hedge_roll_cost_usd": 508.0,
            "days_added_days": 21, "spx_delta_change_usd_per_pt": -11.4,
        }
    ]


def _layers(night: Invention) -> list[dict[str, Any]]:
    rows = []
    for layer, signal, position, qty in (
        ("L1", "ACTIVE", "PARTIAL", 4),
        ("L2", "ARMED", "FULL", 4),
        ("L3", "DORMANT", "NONE", 0),
    ):
        priced = night.has_vix_chain or qty == 0
        named = f"VIXW 2031-04-16 AM C {layer[1]}5: {NO_CHAIN}"
        rows.append(
            {
                "session_date": SESSION,
                "account": "Main",
                "layer": layer,
                "signal_state": signal,
                "signal_reason": f"{signal} since the put side is BREACHED",
                "signal_since_date": BEFORE,
                "is_signal_stale": False,
                "position_state": position if night.has_vix_chain else None,
                "position_reason": "held against target" if night.has_vix_chain else f"no target: {NO_CHAIN}",
                "units_held": qty / 4,
                "units_target": 2.0 if night.has_vix_chain else None,
                "gap_units": 2.0 - qty / 4 if night.has_vix_chain else None,
                "target_reason": None if night.has_vix_chain else f"no target: {NO_CHAIN}",
                "gap_cost_usd": 1180.0 * (2.0 - qty / 4) if night.has_vix_chain else None,
                "gap_instrument_id": f"VIXW 2031-04-16 AM C {layer[1]}7" if night.has_vix_chain else None,
                "contracts_qty": qty,
                "legs_qty": 1 if qty else 0,
                "unpriced_legs_qty": 0 if priced else 1,
                "unpriced_reason": None if priced else named,
                "value_usd": 1290.0 * qty if priced else None,
                "cost_usd": 510.0 * qty,
                "pnl_usd": 780.0 * qty if priced else None,
                "fees_usd": 6.0,
                "spx_delta_usd_per_pt": -18.4 * qty if priced else None,
            }
        )
    return rows


def _diagonal(night: Invention) -> dict[str, Any]:
    known = {"value_usd": 1416.0, "pnl_usd": -318.0, "spx_delta_usd_per_pt": -12.4, "theta_usd_per_day": -21.0, **diagonal_risk()}
    unknown = {"risk_reason": f"a leg cannot be repriced: {NO_CHAIN}", "unpriced_reason": f"VIX 2031-06-18 AM C 22, VIXW 2031-04-16 AM C 25: {NO_CHAIN}"}
    return {
        "session_date": SESSION, "account": "Main", "structure_id": "SE-1", "debit_usd": 1734.0,
        "far_instrument_id": "VIX 2031-06-18 AM C 22", "near_instrument_id": "VIXW 2031-04-16 AM C 25",
        **(known if night.has_vix_chain else unknown),
    }


def _legs(night: Invention) -> list[dict[str, Any]]:
    condor_legs = [
        _leg(
            structure_id=night.label.format(number=number),
            instrument_id=f"SPXW 2031-03-21 PM {right} {strike:g}",
            part="condor", root="SPXW", expiry_date=EXPIRY, settlement="PM", right=right, strike_pts=strike,
            quantity_qty=qty, dte_days=9, forward_pts=6124.1, forward_method="fit", vega_usd_per_volpt=-228.0 * qty,
        )
        for number in range(night.condors_qty)
        for right, strike, qty in (
            ("P", 6100.0 - 100 * number, 10), ("P", 6150.0 - 100 * number, -10), ("C", 6400.0, -10), ("C", 6450.0, 10),
        )
    ]
    vix_legs = [
        _leg(
            structure_id=part, instrument_id=f"VIXW {expiry} AM C {strike:g}", part=part, root="VIXW",
            expiry_date=expiry, settlement="AM", right="C", strike_pts=strike, quantity_qty=qty, dte_days=days,
            forward_pts=23.61, forward_method="future", eps=-2.51, volvol_vega_usd_per_volpt=9.1 * qty,
        )
        for part, strike, qty, expiry, days in (
            ("L1", 15.0, 4, dt.date(2031, 4, 16), 35), ("L2", 25.0, 4, dt.date(2031, 6, 18), 98),
            ("second_engine", 22.0, 1, dt.date(2031, 6, 18), 98), ("second_engine", 25.5, -1, dt.date(2031, 4, 16), 35),
        )
    ]
    return condor_legs + (vix_legs if night.has_vix_chain else [_unpriced(leg) for leg in vix_legs])


def _leg(**given: object) -> dict[str, Any]:
    return {
        "session_date": SESSION, "account": "Main", "multiplier_usd": 100.0, "entry_price_pts": 9.85, "bid_pts": 12.1,
        "ask_pts": 12.5, "mark_pts": 12.3, "mark_quality": "OK", "mark_method": "mid", "is_priced": True,
        "discount_factor_frac": 0.999, "t_years": 0.025, "iv_vol": 0.214, "delta": -0.41, "delta_b76": -0.409,
        "value_usd": 12300.0, "liq_value_usd": 12100.0, "fees_usd": 12.0, "pnl_usd": 2438.0, "delta_usd_per_pt": -31.2,
        "gamma_usd_per_pt2": 0.12, "theta_usd_per_day": -44.0, "extrinsic_usd": 900.0, "is_am_gap_risk": False,
    } | given


def _unpriced(leg: dict[str, Any]) -> dict[str, Any]:
    kept = ("forward_pts", "forward_method", "entry_price_pts", "fees_usd", "multiplier_usd", "strike_pts")
    return {key: value for key, value in leg.items() if not isinstance(value, float) or key in kept} | {
        "is_priced": False, "unpriced_reason": NO_CHAIN, "mark_quality": None, "mark_method": None,
    }


HEDGE_BY_RESPONSE = {"muted": 0.5, "base": 1.0, "severe": 2.0, "inverse": 0.0}
WORST = (0.10, "severe")  # -10,000 of condors, -2,400 of hedge, +60 of the second engine: -12,340


def _scenarios(night: Invention) -> list[dict[str, Any]]:
    return [
        row
        for response, strength in HEDGE_BY_RESPONSE.items()
        for shock in SHOCKS
        for row in _scenario_cell(night, shock, response, strength)
    ]


def _scenario_cell(night: Invention, shock: float, response: str, strength: float) -> list[dict[str, Any]]:
    condor = 60000.0 * shock if shock < 0 else -20000.0 * shock * shock * 50
    parts = {
        "condor": max(condor, -12800.0),
        "hedge": -12000.0 * shock * strength,
        "second_engine": 600.0 * shock,
        "other": 0.0,
    }
    parts["total"] = sum(parts.values())
    rows = []
    for part, pnl in parts.items():
        known = night.has_vix_chain or part in {"condor", "other"}
        rows.append(
            {
                "session_date": SESSION,
                "account": "Main",
                "part": part,
                "spot_shock_frac": shock,
                "vol_response": response,
                "horizon": "now",
                "spx_pts": SPOT * (1 + shock),
                "vix_pts": 24.37 * (1 - 5 * shock) if shock < 0 else 24.37 * (1 - shock),
                "pnl_usd": pnl if known else None,
                "sticky_strike_pnl_usd": 0.9 * pnl if known else None,
                "is_worst": known and part == "total" and (shock, response) == WORST,
                "reason": None if known else f"hedge legs have no mark: {NO_CHAIN}",
            }
        )
    return rows


def _stress(night: Invention) -> list[dict[str, Any]]:
    cells = (("SPX -8.0%", -0.08, -5100.0, 0.0), ("SPX +6.0%", 0.06, -3200.0, -40.0))
    return [
        {
            "session_date": SESSION, "account": "Main", "part": part, "stress_set": "tims", "cell": cell,
            "cell_number": number, "vol_rule": "each option keeps its own vol", "spot_shock_frac": shock,
            "spx_pts": SPOT * (1 + shock), "pnl_usd": pnl if night.has_vix_chain or part == "condor" else None,
            "is_worst": night.has_vix_chain and part == "total" and number == 1,
            "reason": None if night.has_vix_chain or part == "condor" else f"hedge legs have no mark: {NO_CHAIN}",
        }
        for number, (cell, shock, condor, hedge) in enumerate(cells, start=1)
        for part, pnl in (("condor", condor), ("hedge", hedge), ("total", condor + hedge))
    ]


def _break_evens(night: Invention) -> list[dict[str, Any]]:
    made = [("condor", 1, 6143.5, True, None), ("condor", 2, 6406.5, False, None)]
    made += (
        [("total", 1, 5702.25, False, None), ("total", 2, 6131.75, True, None)]
        if night.has_vix_chain
        else [("total", 0, None, None, f"hedge legs have no mark: {NO_CHAIN}")]
    )
    return [
        {
            "session_date": SESSION, "account": "Main", "part": part, "root_number": number, "horizon_days": 9,
            "spot_pts": level, "distance_frac": None if level is None else level / SPOT - 1,
            "is_loss_below": is_below, "reason": reason,
        }
        for part, number, level, is_below, reason in made
    ]


def _lots(night: Invention) -> list[dict[str, Any]]:
    rows = []
    for number, (layer, expiry, days, strike, gain) in enumerate(
        (("L1", dt.date(2031, 4, 16), 35, 15.0, 1.53), ("L2", dt.date(2031, 6, 18), 98, 25.0, 0.41)), start=1
    ):
        known = {
            "forward_pts": 23.61, "forward_method": "future", "iv_vol": 0.93, "spx_delta_usd_per_pt": -73.6,
            "value_usd": 5160.0, "gain_frac": gain, "extrinsic_frac": 0.22, "decay_30d_usd": -510.0,
            "rolldown_30d_usd": 84.0,
        }
        unknown = {"unpriced_reason": NO_CHAIN, "carry_reason": NO_CHAIN}
        sells = {"is_monetise_candidate": True, "monetise_qty": 2, "monetise_proceeds_usd": 2420.0}
        rows.append(
            {
                "session_date": SESSION, "account": "Main", "lot_id": f"F{number}", "structure_id": layer,
                "instrument_id": f"VIXW {expiry} AM C {strike:g}", "entry_layer": layer, "current_layer": layer,
                "root": "VIXW", "expiry_date": expiry, "settlement": "AM", "right": "C", "strike_pts": strike,
                "quantity_qty": 4, "multiplier_usd": 100.0, "dte_days": days, "opened_at": QUOTE_AT,
                "entry_price_pts": 5.1, "cost_usd": 2040.0, "roll_date": expiry - dt.timedelta(days=15),
                "is_roll_due": False, "is_monetise_candidate": False,
                **((known | (sells if layer == "L1" else {})) if night.has_vix_chain else unknown),
            }
        )
    return rows


def _sizing(night: Invention) -> dict[str, Any]:
    known = {
        "unit_premium_usd": 2760.0, "unit_ask_usd": 2840.0, "unit_annual_carry_usd": 12600.0, "net_liq_usd": 420000.0,
        "budget_usd": 6300.0, "shock_loss_usd": 3000.0, "unit_shock_gain_usd": 600.0, "units_by_budget": 0.5,
        "units_by_offset": 2.0, "units_recommended": 0.5, "binding": "budget", "bought_offset_frac": 0.1,
        "is_below_one_unit": True, "units_to_target": 1.0, "units_to_target_usd": 2840.0,
        "says": "budget buys 10% offset, target 40%; budget buys < 1 unit",
    }
    why = f"no unit: {NO_CHAIN}"
    unknown = {"unit_reason": why, "budget_reason": why, "offset_reason": why, "sizing_reason": why, "to_target_reason": why}
    return {
        "session_date": SESSION, "account": "Main", "mode": "hybrid", "sized_by": "condors", "shock_frac": -0.05,
        "target_offset_frac": 0.4, "base_frac": 0.5, **(known if night.has_vix_chain else unknown),
    }


def _costs(night: Invention) -> list[dict[str, Any]]:
    made = (("ALL", 12904.0, 0.317, "AMBER"), (night.label.format(number=0), 6452.0, 0.317, "AMBER"))
    return [
        {
            "session_date": SESSION, "account": "Main", "condor_id": name, "credit_usd": credit, "max_loss_usd": 43500.0,
            "premium_usd": 4080.0, "gross_frac": 0.316,
            **(
                {"amortised_usd": 0.317 * credit, "amortised_frac": share, "net_credit_to_hedge": 2.15, "band": band}
                if night.has_vix_chain
                else {"reason": NO_CHAIN}
            ),
        }
        for name, credit, share, band in made
    ]


def _items() -> list[dict[str, Any]]:
    made = (
        ("arm", "contango", "contango_frac", -0.0121, "<", 0.035, "fraction", True, True, None),
        ("arm", "macd_bull", "is_macd_bull", 1.0, ">=", 1.0, "yes is 1", True, False, None),
        ("arm", "skew_pressure", "skew_change_vol", None, ">=", 0.01, "vol", False, True, "1 of 60 sessions of skew"),
        ("accel", "rsi_vix", "rsi14_vix", 66.4, ">=", 70.0, "RSI points", False, True, None),
    )
    names = ("score", "item", "figure", "value", "comparison", "threshold", "unit", "is_hit", "has_measured_information", "reason")
    return [
        {"session_date": SESSION, "is_available": row[-1] is None, **dict(zip(names, row, strict=True))} for row in made
    ]


FACTORS = (
    "delta_usd", "gamma_usd", "vega_usd", "volvol_usd", "vanna_volga_usd", "theta_usd", "rolldown_usd",
    "curve_shift_usd", "rates_usd", "trades_usd", "fees_usd", "unexplained_usd",
)  # fmt: skip
DAY_OF_CONDORS = (-9800.0, -2100.0, -3400.0, 0.0, 150.0, 412.0, 0.0, 0.0, -12.0, 0.0, -48.0, 98.0)  # -14,700
DAY_OF_HEDGE = (0.0, 240.0, 0.0, 610.0, 30.0, -66.0, -19.0, 5160.0, 0.0, 0.0, 0.0, -57.0)  # +5,898


def _attribution(night: Invention) -> list[dict[str, Any]]:
    """Condors, hedge and their sum (-8,802); the month is three times the day and has three sessions."""
    total = tuple(one + other for one, other in zip(DAY_OF_CONDORS, DAY_OF_HEDGE, strict=True))
    rows = []
    for part, causes in (("condor", DAY_OF_CONDORS), ("hedge", DAY_OF_HEDGE), ("total", total)):
        for period, days in (("day", 1), ("month", 3)):
            row = {
                "session_date": SESSION, "account": "Main", "part": part, "period": period, "sessions_qty": days,
                "from_date": SESSION - dt.timedelta(days=days - 1), "unexplained_limit_usd": 880.2,
            }
            known = night.has_vix_chain or part == "condor"
            figures = {name: cause * days for name, cause in zip(FACTORS, causes, strict=True)}
            figures |= {"actual_usd": sum(causes) * days}
            rows.append(row | (figures if known else {"reason": f"hedge legs have no mark: {NO_CHAIN}"}))
    return rows


def _alerts(night: Invention) -> list[dict[str, Any]]:
    made = [
        ("condor_breached", night.label.format(number=0), "RED", 6120.4, 6143.5, "index points", "vendor rule",
         "SPX is 23.10 points below the put break-even."),
        ("coverage_gap", "L1", "RED", 1.0, 0.0, "hedge units", "house default", "L1 is ACTIVE and 1.00 unit short of its target."),
        ("offset_low", "book", "RED", 0.123, 0.2, "fraction", "house default", "The hedge repays 12.3% of the condor loss at SPX −5%."),
        ("vix_gate", "book", "AMBER", 24.37, 20.0, "index points", "vendor rule", "VIX is above 20: hold new condors."),
        ("carry", "L2", "INFO", 1.0, 1.0, "hedge units", "house default", "L2 is held while its signal only arms."),
    ]
    names = ("rule_id", "subject", "severity", "value", "threshold", "unit", "source_tier", "message")
    return [
        {"session_date": SESSION, "account": "Main", "first_seen_date": BEFORE, **dict(zip(names, row, strict=True))}
        for row in made
    ]


def _checks(night: Invention) -> list[dict[str, Any]]:
    failed = night.is_data_hold
    made = [
        ("spx_chain_end_of_day", "SPX", "critical", not failed, 12.0, 20.0, "minutes between the quote clock's readings",
         "The quotes were taken at 11:40 New York time: not an end of day." if failed else "The chain is an end of day."),
        ("vix_close", "", "critical", True, 24.37, None, "index points", "VIX close known."),
        ("vix_recompute", "", "warning", True, -0.06, 0.25, "index points", "VIX from the chain meets the published close."),
        ("vix_legs_priced", "", "warning", night.has_vix_chain, 0.0 if night.has_vix_chain else 4.0, 0.0, "legs",
         "All VIX legs have a mark." if night.has_vix_chain else f"4 VIX legs have no mark: {NO_CHAIN}."),
        ("one_sided", "SPX", "warning", True, 0.031, 0.1, "fraction", "3.1% of near contracts are quoted on one side."),
    ]
    names = ("check_id", "subject", "severity", "is_passed", "value", "limit_value", "unit", "message")
    return [{"session_date": SESSION, "is_applicable": True, **dict(zip(names, row, strict=True))} for row in made]


def _loads(night: Invention) -> list[dict[str, Any]]:
    files = [("spx_quotedata.csv", "option_chain", "cboe_quote_table", "SPX", 19840, 3)]
    files += [("vix_quotedata.csv", "option_chain", "cboe_quote_table", "VIX", 1420, 0)] if night.has_vix_chain else []
    files += [
        ("VIX_History.csv", "index_levels", "cboe_history", "VIX", 10211, 0),
        ("fills.csv", "fills", "own_fills", "", 12, 0),
    ]
    return [
        {
            "load_id": f"{number:016x}", "kind": kind, "format": form, "series": series, "source_file": name,
            "content_sha256": f"{number:064x}", "size_bytes": 1000, "rows_qty": rows, "rejected_qty": rejected,
            "last_date": SESSION, "is_simulated": night.is_simulated, "loaded_at": QUOTE_AT,
        }
        for number, (name, kind, form, series, rows, rejected) in enumerate(files, start=1)
    ]


def _forwards(night: Invention) -> list[dict[str, Any]]:
    spx = {
        "session_date": SESSION, "root": "SPXW", "expiry_date": EXPIRY, "settlement": "PM", "underlying": "SPX",
        "settle_at": QUOTE_AT, "t_years": 0.025, "dte_days": 9, "forward_pts": 6124.1, "method": "fit",
        "fit_residual_pts": 0.04, "atm_iv_vol": 0.221,
    }
    vix = spx | {
        "root": "VIXW", "expiry_date": dt.date(2031, 4, 16), "settlement": "AM", "underlying": "VIX",
        "forward_pts": 23.61, "method": "future", "future_pts": 23.61, "parity_difference_pts": 0.03, "atm_iv_vol": 0.93,
    }
    return [spx, vix] if night.has_vix_chain else [spx]
