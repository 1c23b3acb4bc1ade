"""What can be done about the book: threatened condors with decisions and rolls, hedge rolls due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.report.action_models import (
    ActionSection,
    DecisionRow,
    HedgeRoll,
    KeyFigure,
    NamedRoll,
    RollRow,
    RollVerdict,
    StopReference,
    ThreatenedCondor,
)
from transforms.report.drill import drill_of
from transforms.report.hedge import hold_reason
from transforms.report.mart_rows import MartRow, listed_for, of_session, only_row, rows_of
from transforms.report.payoff_charts import condor_payoff
from transforms.report.positions import nearest_side, worst_first
from warehouse.tables.mart import (
    MART_CONDORS_DAILY,
    MART_DECISIONS_DAILY,
    MART_HEDGE_ROLLS_DAILY,
    MART_ROLL_CANDIDATES_DAILY,
)

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

CONDORS_IN_REPORT = 6  # long tables are slow in the PDF; the rest is in mart.decisions_daily
HEDGE_ROLLS_IN_REPORT = 12
PICTURES_IN_REPORT = 2  # of the worst: payoffs_of_session and itm_drill_of_session have them all
DRILLS_IN_REPORT = 1
DECISIONS = ("HOLD", "CLOSE", "REDUCE", "ROLL", "ROLL_AND_HEDGE", "ADD_HEDGE")
NO_ROLLS = ("R6", "R7")  # closing and holding stand beside the rolls
ONLY_WITH_MARKS = "a leg has no usable quote"


def actions_of(inputs: ReportInputs) -> ActionSection:
    """The threatened condors of the account, worst first. On DATA_HOLD nothing is proposed, whatever a table holds."""
    held = hold_reason(inputs)
    candidates = candidates_of(inputs, inputs.stamp.account)
    keys = candidates.select("account", "condor_id").unique()
    condors = listed_for(of_session(inputs.condors, inputs.stamp.session_date), inputs.stamp.account)
    threatened = worst_first(rows_of(MART_CONDORS_DAILY, condors.join(keys, on=keys.columns, how="semi")))
    due = _hedge_rolls(inputs)
    return ActionSection(
        condors=tuple(
            _threatened(row, candidates, inputs, at) for at, row in enumerate(threatened[:CONDORS_IN_REPORT], start=1)
        ),
        more_qty=max(0, len(threatened) - CONDORS_IN_REPORT),
        hedge_rolls=due[:HEDGE_ROLLS_IN_REPORT],
        more_hedge_rolls_qty=max(0, len(due) - HEDGE_ROLLS_IN_REPORT),
        reason=held or ("" if threatened else "no condor is TESTED or worse tonight"),
    )


def candidates_of(inputs: ReportInputs, account: str) -> pl.DataFrame:
    """Tonight's candidates of an account (for ALL those of every account); none while the data are on hold."""
    if hold_reason(inputs):
        return MART_ROLL_CANDIDATES_DAILY.empty()
    return listed_for(of_session(inputs.roll_candidates, inputs.stamp.session_date), account)


def roll_verdict(inputs: ReportInputs) -> RollVerdict | None:
    """The best and the cheapest feasible roll, or why there is none; None when no condor is threatened."""
    frame = candidates_of(inputs, inputs.stamp.account)
    if frame.is_empty():
        return None
    best, cheapest = first_ranked(frame), _cheapest(frame)
    if best is None or cheapest is None:
        return RollVerdict(best=None, cheapest=None, reason=_why_none(_nearest_miss(frame)))
    is_another = best.text("candidate") != cheapest.text("candidate")
    return RollVerdict(best=_named(best), cheapest=_named(cheapest) if is_another else None, reason="")


def first_ranked(candidates: pl.DataFrame) -> MartRow | None:
    """The best roll: of every condor's first by rank the one that brings most, fees paid."""
    return _dearest(candidates.filter(pl.col("rank") == 1))


def _cheapest(candidates: pl.DataFrame) -> MartRow | None:
    return _dearest(candidates.filter(pl.col("status") == "FEASIBLE"))


def _dearest(feasible: pl.DataFrame) -> MartRow | None:
    """The roll with the greatest net; of equals the one ranked first."""
    order = ("roll_net_usd", "rank", "account", "condor_id")
    rows = rows_of(MART_ROLL_CANDIDATES_DAILY, feasible.sort(order, descending=[True, False, False, False]).head(1))
    return next(iter(rows), None)


def _named(row: MartRow) -> NamedRoll:
    return NamedRoll(
        account=row.text("account"),
        condor_id=row.text("condor_id"),
        candidate=row.text("candidate"),
        move=row.text("move"),
        quantity=row.measure("quantity_qty", unit="condors"),
        net=row.measure("roll_net_usd"),
        break_even_put=row.measure("break_even_put_pts", reason="no put side left"),
        break_even_call=row.measure("break_even_call_pts", reason="no call side left"),
        max_loss=row.measure("max_loss_after_usd", reason="not known"),
        pop=row.measure("pop_frac", reason=row.text("prob_reason")),
        days_added=row.measure("days_added_days", reason="nothing held"),
    )


def _nearest_miss(candidates: pl.DataFrame) -> MartRow:
    """The blocked roll with the fewest reasons, of these the cheapest; where none was looked for, holding."""
    missed = candidates.filter((pl.col("status") == "BLOCKED") | (pl.col("move") == NO_ROLLS[1])).sort(
        pl.col("status") != "BLOCKED",
        pl.col("reason").str.count_matches(","),
        "roll_net_usd",
        "account",
        "condor_id",
        "candidate",
        descending=[False, False, True, False, False, False],
        nulls_last=True,
    )
    return only_row(MART_ROLL_CANDIDATES_DAILY, missed, absence="no roll was looked for")


def _why_none(row: MartRow) -> str:
    if row.text("status") == "BLOCKED":
        why = row.text("reason_text") or row.text("reason")
        return f"{row.text('condor_id')}, {row.text('candidate')} is blocked: {why}"
    return f"{row.text('condor_id')}: {row.text('eligibility_text') or row.absence}"


def _threatened(condor: MartRow, candidates: pl.DataFrame, inputs: ReportInputs, number: int) -> ThreatenedCondor:
    is_this = (pl.col("account") == condor.text("account")) & (pl.col("condor_id") == condor.text("condor_id"))
    own = candidates.filter(is_this)
    order = pl.col("decision").replace_strict({name: at for at, name in enumerate(DECISIONS)}, default=len(DECISIONS))
    decided = of_session(inputs.decisions, inputs.stamp.session_date).filter(is_this).sort(order, "decision")
    any_decision = only_row(MART_DECISIONS_DAILY, decided, absence="not decided tonight")
    side = nearest_side(condor)
    return ThreatenedCondor(
        account=condor.text("account"),
        condor_id=condor.text("condor_id"),
        state=condor.text("state"),
        side=condor.text("side"),
        dte=condor.measure("dte_days"),
        figures=_figures(condor, side),
        wing_reading=condor.text(f"{side.lower()}_wing_reading"),
        payoff=condor_payoff(inputs, condor, number) if number <= PICTURES_IN_REPORT else None,
        drill=drill_of(inputs, condor, side, number) if number <= DRILLS_IN_REPORT else None,
        stop=StopReference(
            close_cost=any_decision.measure("stop_close_cost_usd", reason=any_decision.text("stop_reason")),
            level=any_decision.measure("stop_level_usd", reason=any_decision.text("stop_reason")),
            is_hit=bool(any_decision.values.get("is_stop_hit")),
            fired_date=any_decision.values.get("stop_fired_date"),
        ),
        decisions=tuple(_decision(row) for row in rows_of(MART_DECISIONS_DAILY, decided)),
        ranking_reason=any_decision.text("ranking_reason"),
        eligibility=only_row(MART_ROLL_CANDIDATES_DAILY, own, absence="").text("eligibility_text"),
        rolls=_rolls(own),
        feasible_qty=own.filter(pl.col("status") == "FEASIBLE").height,
        blocked_qty=own.filter(pl.col("status") == "BLOCKED").height,
    )


def _figures(condor: MartRow, side: str) -> tuple[KeyFigure, ...]:
    """The tested side's share lost, cover and time value; the other side's credit earned; odds and expectation."""
    tested, other = side.lower(), "put" if side == "CALL" else "call"
    sides, odds = condor.text("side_reason"), condor.text("prob_reason")
    made = (
        (f"Intrinsic share of the {tested} width", f"intrinsic_{tested}_spread_frac", sides),
        (f"Long {tested} covers", f"long_{tested}_cover_ratio", sides),
        (f"{other.capitalize()} side captured", f"{other}_side_captured_frac", sides),
        (f"Extrinsic left in the short {tested}", f"short_{tested}_extrinsic_pts", sides),
        ("Range against theta", "gamma_theta_ratio", condor.text("curvature_reason")),
        ("PoP", "pop_frac", odds),
        (f"Short {tested} touched", f"{tested}_touch_frac", odds),
        ("EV_P of the payoff", "ev_p_payoff_usd", odds),
        ("EV_P total", "ev_p_total_usd", odds),
    )
    return tuple(KeyFigure(name, condor.measure(column, reason=why)) for name, column, why in made)


def _rolls(own: pl.DataFrame) -> tuple[RollRow, ...]:
    """The rolls to show, else the one that is blocked least, then closing and holding."""
    shown = own.filter("is_shown" if own["rank"].is_not_null().any() else pl.col("move").is_in(NO_ROLLS))
    ordered = shown.sort("rank", "move", "candidate", nulls_last=True)
    missed = _nearest_miss(own)
    is_missed = own["rank"].is_null().all() and missed.text("status") == "BLOCKED"
    rows = ((missed,) if is_missed else ()) + rows_of(MART_ROLL_CANDIDATES_DAILY, ordered)
    return tuple(_roll(row) for row in rows)


def _roll(row: MartRow) -> RollRow:
    unpriced = row.text("reason_text") or ONLY_WITH_MARKS
    return RollRow(
        candidate=row.text("candidate"),
        status=row.text("status"),
        reason=row.text("reason_text") or row.text("reason"),
        close_debit=row.measure("close_debit_usd", reason=unpriced),
        open_credit=row.measure("open_credit_usd", reason=unpriced),
        fees=row.measure("fees_usd", reason=unpriced),
        net=row.measure("roll_net_usd", reason=unpriced),
        break_even_put=row.measure("break_even_put_pts", reason="no put side left"),
        break_even_call=row.measure("break_even_call_pts", reason="no call side left"),
        pop=row.measure("pop_frac", reason=row.text("prob_reason")),
        margin_change=row.measure("margin_change_usd", reason=unpriced),
        delta_change=row.measure("delta_change_usd_per_pt", reason=unpriced),
        days_added=row.measure("days_added_days", reason="nothing held"),
        hedge_funded=row.measure("hedge_funded_ratio", reason="a credit needs no funding"),
    )


def _decision(row: MartRow) -> DecisionRow:
    why, odds = row.text("reason"), row.text("reason") or row.text("prob_reason")
    return DecisionRow(
        decision=row.text("decision"),
        candidate=row.text("candidate"),
        reason=why,
        cash=row.measure("cash_today_usd", reason=why),
        realised=row.measure("realised_pnl_usd", reason=why),
        max_loss=row.measure("max_loss_after_usd", reason=why),
        pop=row.measure("pop_frac", reason=odds),
        ev=row.measure("ev_p_usd", reason=odds),
        ev_low=row.measure("ev_p_low_usd", reason=odds),
        ev_high=row.measure("ev_p_high_usd", reason=odds),
        margin=row.measure("margin_usd", reason=why),
        net_delta_1pct=row.measure("net_delta_usd_per_1pct", reason=why or "a leg has no delta"),
        offset_m5=row.measure("offset_m5_frac", reason=why or row.text("offset_m5_reason")),
        pnl_m5=row.measure("pnl_m5_tomorrow_usd", reason=why),
        pnl_p3=row.measure("pnl_p3_tomorrow_usd", reason=why),
        dte=row.measure("dte_days", reason=why or "nothing is left"),
        is_dominated=bool(row.values["is_dominated"]),
        dominated_by=tuple(name.strip() for name in row.text("dominated_by").split(",") if name.strip()),
    )


def _hedge_rolls(inputs: ReportInputs) -> tuple[HedgeRoll, ...]:
    if hold_reason(inputs):
        return ()
    frame = listed_for(of_session(inputs.hedge_rolls, inputs.stamp.session_date), inputs.stamp.account)
    ordered = frame.sort("account", "roll_date", "lot_id", nulls_last=True)
    return tuple(_hedge_roll(row) for row in rows_of(MART_HEDGE_ROLLS_DAILY, ordered))


def _hedge_roll(row: MartRow) -> HedgeRoll:
    why = row.text("reason_text")
    return HedgeRoll(
        account=row.text("account"),
        instrument_id=row.text("instrument_id"),
        layer=row.text("entry_layer") or row.text("current_layer"),
        quantity=row.measure("quantity_qty", unit="contracts"),
        dte=row.measure("dte_days", reason=why),
        roll_date=row.values["roll_date"],
        status=row.text("status"),
        reason=why,
        new_instrument_id=row.text("new_instrument_id"),
        proceeds=row.measure("proceeds_usd", reason=why),
        premium=row.measure("premium_usd", reason=why),
        fees=row.measure("fees_usd", reason=why),
        cost=row.measure("hedge_roll_cost_usd", reason=why),
        days_added=row.measure("days_added_days", reason=why),
        delta_change=row.measure("spx_delta_change_usd_per_pt", reason=why),
    )
