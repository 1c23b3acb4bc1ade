"""The book in one row an account: status, deltas, what the hedge covers, P&L (METHODOLOGY 4.5, 6.6)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.accounts import account_figures
from transforms.book.legs import IS_SPX_OPTION, named_reasons, sum_or_null
from transforms.book.payoffs import past_of_held, with_payoffs
from transforms.book.positions import ALL_ACCOUNTS, LAYERS, account_scopes, in_scopes
from transforms.book.states import SETTLED_STATE
from transforms.risk.book_status import (
    DATA_HOLD,
    Cause,
    StatusFacts,
    StatusRules,
    Verdict,
    margin_note,
    verdict,
    with_history,
)
from transforms.risk.book_status import RULES as STATUS_RULES
from transforms.risk.day_pnl import PreviousNight, day_pnl
from transforms.risk.engine_alerts import STRESSED
from transforms.risk.offsets import (
    OFFSET_SHOCKS_FRAC,
    Amount,
    CondorExposure,
    Offset,
    OffsetRules,
    Parts,
    exposure_of,
    local_offset,
    offset_columns,
    shock_offset,
)
from transforms.risk.offsets import RULES as OFFSET_RULES
from warehouse.tables.mart import MART_BOOK_DAILY

if TYPE_CHECKING:
    from transforms.book.condors import SpxNight

GROUPS: Final = ("condor", "hedge", "second_engine", "other")
LEG: Final = ("account", "structure_id", "instrument_id")
CONDOR_RULE: Final = "condor_"
NO_DELTA: Final = "no forward, no smile or no spot"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookInputs:
    """What the summary is made of: tonight's marts, the session's checks, the accounts file, the night before.

    `holdings` of `positions.holdings`; `settlements` of `payoffs.settlement_levels`; `accounts` as core.accounts_daily,
    of which the latest row up to the session counts. `judged` are rows of mart.book_daily of the last night that was
    not on hold, which the status may improve on by one step; none on the first.
    """

    night: SpxNight
    holdings: pl.DataFrame
    legs: pl.DataFrame
    condors: pl.DataFrame
    scenarios: pl.DataFrame
    alerts: pl.DataFrame
    checks: pl.DataFrame
    accounts: pl.DataFrame
    settlements: pl.DataFrame
    previous: PreviousNight | None = None
    judged: pl.DataFrame = field(default_factory=MART_BOOK_DAILY.empty)
    status_rules: StatusRules = STATUS_RULES
    offset_rules: OffsetRules = OFFSET_RULES


def book_summary(inputs: BookInputs) -> pl.DataFrame:
    """Sum the book up: one row per account, and ALL for several, as mart.book_daily declares.

    P&L is of what is held, since entry and net of fees; a condor brings its campaign's past along.
    """
    scopes = account_scopes(inputs.holdings)
    figures = {scope: _figures(inputs, scope) for scope in scopes}
    own = {scope: verdict(facts, inputs.status_rules) for scope, (_, facts) in figures.items()}
    rows = [row | _status(inputs, scope, _of_scope(scope, own), facts) for scope, (row, facts) in figures.items()]
    return MART_BOOK_DAILY.conform(pl.DataFrame(rows, infer_schema_length=None)).sort("account")


def _of_scope(scope: str, own: dict[str, Verdict]) -> Verdict:
    """ALL is as bad as its worst account: one account's cover is no other account's."""
    if scope != ALL_ACCOUNTS or len(own) == 1:
        return own[scope]
    account, worst = max(
        ((account, found) for account, found in own.items() if account != ALL_ACCOUNTS), key=lambda pair: pair[1].rank
    )
    return Verdict(worst.status, f"{account}: {worst.reason}", worst.cause)


def _status(inputs: BookInputs, scope: str, tonight: Verdict, facts: StatusFacts) -> dict[str, Any]:
    failed = inputs.checks.filter(pl.col("severity") == "critical", ~pl.col("is_passed")).sort("check_id", "subject")
    if failed.height:
        reason = f"{failed['check_id'][0]}: {failed['message'][0]}"
        return {"status": DATA_HOLD, "status_reason": reason, "is_data_hold": True}
    before = inputs.judged.filter(account=scope)
    shown = with_history(tonight, before["status"][0] if before.height else None)
    cause = {} if shown.cause is None else {f"status_{name}": told for name, told in asdict(shown.cause).items()}
    return {"status": shown.status, "status_reason": shown.reason + margin_note(facts), "is_data_hold": False, **cause}


def _figures(inputs: BookInputs, scope: str) -> tuple[dict[str, Any], StatusFacts]:
    """Everything of one account's row but its status, and what the status is read from."""
    past = past_of_held(with_payoffs(inputs.holdings, inputs.settlements))
    legs, gone = (_rows_of(frame, scope) for frame in (inputs.legs, past))
    condors = _rows_of(inputs.condors, scope).filter(pl.col("state").ne_missing(SETTLED_STATE))
    exposure = exposure_of(condors)
    delta = {group: _delta(legs, group) for group in GROUPS}
    offsets = {key: _shock_offset(inputs, scope, exposure, shock) for key, shock in OFFSET_SHOCKS_FRAC.items()}
    local = local_offset(_parts(delta), exposure)
    net_liq_usd, margin_used_usd = account_figures(
        inputs.accounts, scope, account_scopes(inputs.holdings), session_date=inputs.night.session_date
    )
    row = {
        "session_date": inputs.night.session_date,
        "account": scope,
        "spot_pts": inputs.night.spot_pts,
        "condors_qty": exposure.condors_qty,
        "condors_itm_qty": condors.filter(pl.col("state").is_in(["ITM", "BREACHED", "WING"])).height,
        "unpriced_legs_qty": legs.filter(~pl.col("is_priced")).height,
        **_deltas(delta, inputs.night.spot_pts),
        "offset_local_frac": local.frac,
        "offset_local_reason": local.reason,
        **offset_columns(offsets),
        **_pnl(legs, gone, condors),
        **day_pnl(inputs.holdings, inputs.legs, inputs.settlements, scope=scope, previous=inputs.previous),
        "max_loss_usd": exposure.max_loss_usd,
        "theta_usd_per_day": _sum(legs, "theta_usd_per_day"),
        "vega_usd_per_volpt": _sum(legs.filter(IS_SPX_OPTION), "vega_usd_per_volpt"),
        "net_liq_usd": net_liq_usd,
        "margin_used_usd": margin_used_usd,
    }
    alerts = _rows_of(inputs.alerts, scope).sort("rule_id", "subject")
    facts = StatusFacts(
        put_states=dict(condors.select("condor_id", "put_state").iter_rows()),
        condor_states=dict(condors.select("condor_id", "state").iter_rows()),
        state_reasons=dict(condors.select("condor_id", "state_reason").iter_rows()),
        offset_m5_frac=offsets["m5"].frac,
        offset_m5_reason=offsets["m5"].reason,
        red=tuple(alerts.filter(severity="RED")["message"]),
        amber=tuple(alerts.filter(severity="AMBER")["message"]),
        stressed=tuple(alerts.filter(rule_id=STRESSED)["message"]),
        net_liq_usd=net_liq_usd,
        margin_used_usd=margin_used_usd,
        causes=_causes(condors, alerts),
    )
    return row, facts


def _causes(condors: pl.DataFrame, alerts: pl.DataFrame) -> dict[str, Cause]:
    """The rules behind condors' states and behind alerts; a condor's rule is that of its own alert."""
    rules = alerts.select("rule_id", "value", "threshold", "unit", "source_tier").to_dicts()
    by_alert = list(zip(alerts.select("subject", "message").iter_rows(), rules, strict=True))
    of_condors = {subject: Cause(**rule) for (subject, _), rule in by_alert if rule["rule_id"].startswith(CONDOR_RULE)}
    known = set(condors["condor_id"])
    return {message: Cause(**rule) for (_, message), rule in by_alert} | {
        condor_id: cause for condor_id, cause in of_condors.items() if condor_id in known
    }


def _rows_of(frame: pl.DataFrame, scope: str) -> pl.DataFrame:
    return (
        in_scopes(frame, [ALL_ACCOUNTS]).filter(account=scope) if scope == ALL_ACCOUNTS else frame.filter(account=scope)
    )


def _group(group: str) -> pl.Expr:
    return pl.col("part").is_in(LAYERS) if group == "hedge" else pl.col("part") == group


def _sum(rows: pl.DataFrame, column: str) -> float | None:
    """Add up in an order of our own: the same legs give the same figure to the last digit, however they arrive."""
    keys = [key for key in (*LEG, "condor_id") if key in rows.columns]
    total: float | None = rows.sort(keys).select(sum_or_null(column)).item()
    return total


def _delta(legs: pl.DataFrame, group: str) -> Amount:
    rows = legs.filter(_group(group))
    cause = pl.coalesce("unpriced_reason", pl.lit(NO_DELTA))
    without = rows.with_columns(reason=pl.when(pl.col("delta_usd_per_pt").is_null()).then(cause))
    return Amount(_sum(rows, "delta_usd_per_pt"), without.select(named_reasons(reason="reason")).item())


def _parts(amounts: dict[str, Amount]) -> Parts:
    return Parts(condor=amounts["condor"], hedge=amounts["hedge"], second_engine=amounts["second_engine"])


def _deltas(delta: dict[str, Amount], spot_pts: float | None) -> dict[str, Any]:
    known = [amount.usd for amount in delta.values() if amount.usd is not None]
    net = sum(known) if len(known) == len(delta) else None
    reasons = [amount.reason for amount in delta.values() if amount.reason]
    return {
        **{f"{group}_delta_usd_per_pt": amount.usd for group, amount in delta.items()},
        "net_delta_usd_per_pt": net,
        "net_delta_usd_per_1pct": None if net is None or spot_pts is None else 0.01 * spot_pts * net,
        "net_delta_reason": ", ".join(reasons) or None,
    }


def _shock_offset(inputs: BookInputs, scope: str, exposure: CondorExposure, shock_frac: float) -> Offset:
    cell = inputs.scenarios.filter(spot_shock_frac=shock_frac, account=scope, vol_response="base", horizon="now")
    amounts = {part: Amount(pnl, reason) for part, pnl, reason in cell.select("part", "pnl_usd", "reason").iter_rows()}
    return shock_offset(_parts(amounts), exposure, shock_frac, rules=inputs.offset_rules)


def _pnl(legs: pl.DataFrame, past: pl.DataFrame, condors: pl.DataFrame) -> dict[str, Any]:
    """P&L and fees of the four groups: condors by campaign, the others by leg and what their structures have made."""
    pnl: dict[str, float | None] = {"condor": _sum(condors, "pnl_usd")}
    fees = _sum(condors, "fees_usd") or 0.0
    for group in GROUPS[1:]:
        held, gone = legs.filter(_group(group)), past.filter(_group(group))
        open_usd, past_usd = _sum(held, "pnl_usd"), _sum(gone, "past_pnl_usd")
        pnl[group] = None if open_usd is None or past_usd is None else open_usd + past_usd
        fees += (_sum(gone, "fees_usd") or 0.0) + (_sum(held, "fees_usd") or 0.0)
    known = [usd for usd in pnl.values() if usd is not None]
    total = sum(known) if len(known) == len(pnl) else None
    unknown = pl.concat(
        [legs.select("instrument_id", reason="unpriced_reason"), past.select("instrument_id", reason="payoff_reason")]
    )
    return {
        **{f"{group}_pnl_usd": usd for group, usd in pnl.items()},
        "pnl_usd": total,
        "pnl_reason": unknown.select(named_reasons(reason="reason")).item(),
        "fees_usd": fees,
    }
