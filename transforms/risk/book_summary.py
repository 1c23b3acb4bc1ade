"""The book in one row an account: status, deltas, what the hedge covers, P&L (METHODOLOGY 4.5, 6.6)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.accounts import latest_statements
from transforms.book.alerts import RED_STATES
from transforms.book.legs import told_reasons, total_or_null
from transforms.book.payoffs import past_of_held, with_payoffs
from transforms.book.positions import ALL_ACCOUNTS, LAYERS, account_scopes, in_scopes
from transforms.book.shapes import SPX_ROOTS
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
    from collections.abc import Mapping

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
    nights = _nights(inputs, scopes)
    figures = {scope: _figures(inputs, scope, night) for scope, night in nights.items()}
    own = {scope: verdict(facts, inputs.status_rules) for scope, (_, facts) in figures.items()}
    failed = inputs.checks.filter(pl.col("severity") == "critical", ~pl.col("is_passed")).sort("check_id", "subject")
    hold_reason = f"{failed['check_id'][0]}: {failed['message'][0]}" if failed.height else None
    before = dict(inputs.judged.select("account", "status").iter_rows())
    rows = [
        row
        | (_status(_of_scope(scope, own), facts, before.get(scope)) if hold_reason is None else _on_hold(hold_reason))
        for scope, (row, facts) in figures.items()
    ]
    return MART_BOOK_DAILY.conform(pl.DataFrame(rows, infer_schema_length=None)).sort("account")


def _of_scope(scope: str, own: dict[str, Verdict]) -> Verdict:
    """ALL is as bad as its worst account: one account's cover is no other account's."""
    if scope != ALL_ACCOUNTS or len(own) == 1:
        return own[scope]
    account, worst = max(
        ((account, found) for account, found in own.items() if account != ALL_ACCOUNTS), key=lambda pair: pair[1].rank
    )
    return Verdict(worst.status, f"{account}: {worst.reason}", worst.cause)


def _on_hold(reason: str) -> dict[str, Any]:
    return {"status": DATA_HOLD, "status_reason": reason, "is_data_hold": True}


def _status(tonight: Verdict, facts: StatusFacts, before: str | None) -> dict[str, Any]:
    """Tonight's verdict after that of the last night that was judged."""
    shown = with_history(tonight, before)
    cause = {} if shown.cause is None else {f"status_{name}": told for name, told in asdict(shown.cause).items()}
    return {"status": shown.status, "status_reason": shown.reason + margin_note(facts), "is_data_hold": False, **cause}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """What one account's row is read from, each frame in an order of our own: equal legs give equal sums.

    `held` are the open legs of each of the `GROUPS`, `gone` what their structures have closed or settled.
    """

    legs: pl.DataFrame
    held: Mapping[str, pl.DataFrame]
    gone: Mapping[str, pl.DataFrame]
    pnl_reason: str | None
    condors: pl.DataFrame
    alerts: pl.DataFrame
    shocked: dict[float, dict[str, Amount]]
    day: dict[str, Any]
    net_liq_usd: float | None
    margin_used_usd: float | None


def _nights(inputs: BookInputs, scopes: list[str]) -> dict[str, _Scope]:
    """Lay the book out by account: what all accounts share is worked out once."""
    past = past_of_held(with_payoffs(inputs.holdings, inputs.settlements)).sort(LEG)
    legs = inputs.legs.sort(LEG)
    condors = inputs.condors.filter(pl.col("state").ne_missing(SETTLED_STATE)).sort("account", "condor_id")
    alerts = inputs.alerts.sort("rule_id", "subject")
    day = day_pnl(inputs.holdings, inputs.legs, inputs.settlements, scopes=scopes, previous=inputs.previous)
    shocked = _shocked(inputs.scenarios)
    statements = latest_statements(inputs.accounts, scopes, session_date=inputs.night.session_date)
    unknown = pl.concat(
        [
            legs.select("account", "instrument_id", reason="unpriced_reason"),
            past.select("account", "instrument_id", reason="payoff_reason"),
        ]
    ).filter(pl.col("reason").is_not_null())
    of_legs, of_condors, of_alerts, of_unknown = (
        _by_scope(frame, scopes) for frame in (legs, condors, alerts, unknown)
    )
    held, gone = (_by_group(frame, scopes) for frame in (legs, past))
    nights = {}
    for scope in scopes:
        nights[scope] = _Scope(
            legs=of_legs[scope],
            held=held[scope],
            gone=gone[scope],
            pnl_reason=told_reasons(of_unknown[scope], reason="reason"),
            condors=of_condors[scope],
            alerts=of_alerts[scope],
            shocked={shock: shocked.get((scope, shock), {}) for shock in OFFSET_SHOCKS_FRAC.values()},
            day=day[scope],
            net_liq_usd=statements[scope].net_liq_usd,
            margin_used_usd=statements[scope].margin_used_usd,
        )
    return nights


def _figures(inputs: BookInputs, scope: str, night: _Scope) -> tuple[dict[str, Any], StatusFacts]:
    """Everything of one account's row but its status, and what the status is read from."""
    legs, condors = night.legs, night.condors
    exposure = exposure_of(condors)
    delta = _delta(night.held)
    offsets = {
        key: shock_offset(_parts(night.shocked[shock]), exposure, shock, rules=inputs.offset_rules)
        for key, shock in OFFSET_SHOCKS_FRAC.items()
    }
    local = local_offset(_parts(delta), exposure)
    row = {
        "session_date": inputs.night.session_date,
        "account": scope,
        "spot_pts": inputs.night.spot_pts,
        "condors_qty": exposure.condors_qty,
        "condors_itm_qty": sum(state in RED_STATES for state in condors["state"]),
        "unpriced_legs_qty": legs.height - int(legs["is_priced"].sum()),
        **_deltas(delta, inputs.night.spot_pts),
        "offset_local_frac": local.frac,
        "offset_local_reason": local.reason,
        **offset_columns(offsets),
        **_pnl(night.held, night.gone, condors),
        "pnl_reason": night.pnl_reason,
        **night.day,
        "max_loss_usd": exposure.max_loss_usd,
        "theta_usd_per_day": total_or_null(legs["theta_usd_per_day"]),
        "vega_usd_per_volpt": total_or_null(legs["vega_usd_per_volpt"].filter(legs["root"].is_in(SPX_ROOTS))),
        "net_liq_usd": night.net_liq_usd,
        "margin_used_usd": night.margin_used_usd,
    }
    alerts = night.alerts
    facts = StatusFacts(
        put_states=dict(condors.select("condor_id", "put_state").iter_rows()),
        condor_states=dict(condors.select("condor_id", "state").iter_rows()),
        state_reasons=dict(condors.select("condor_id", "state_reason").iter_rows()),
        offset_m5_frac=offsets["m5"].frac,
        offset_m5_reason=offsets["m5"].reason,
        red=tuple(alerts["message"].filter(alerts["severity"] == "RED")),
        amber=tuple(alerts["message"].filter(alerts["severity"] == "AMBER")),
        stressed=tuple(alerts["message"].filter(alerts["rule_id"] == STRESSED)),
        net_liq_usd=night.net_liq_usd,
        margin_used_usd=night.margin_used_usd,
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


def _by_scope(frame: pl.DataFrame, scopes: list[str]) -> dict[str, pl.DataFrame]:
    """The rows of each account, and all of them under ALL."""
    own = frame.partition_by("account", maintain_order=True, as_dict=True)
    return {scope: frame if scope == ALL_ACCOUNTS else own.get((scope,), frame.clear()) for scope in scopes}


def _by_group(frame: pl.DataFrame, scopes: list[str]) -> dict[str, dict[str, pl.DataFrame]]:
    """The rows of each account's groups."""
    is_layer = pl.col("part").is_in(LAYERS)
    grouped = in_scopes(frame, scopes).with_columns(group=pl.when(is_layer).then(pl.lit("hedge")).otherwise("part"))
    found = grouped.partition_by("account", "group", maintain_order=True, as_dict=True)
    return {scope: {group: found.get((scope, group), grouped.clear()) for group in GROUPS} for scope in scopes}


def _delta(held: Mapping[str, pl.DataFrame]) -> dict[str, Amount]:
    """The delta of each group, and which of its legs have none."""
    cause = pl.coalesce("unpriced_reason", pl.lit(NO_DELTA))
    found = {}
    for group, legs in held.items():
        delta = legs["delta_usd_per_pt"]
        reason = None
        if delta.null_count():
            reason = told_reasons(legs.filter(delta.is_null()).with_columns(reason=cause), reason="reason")
        found[group] = Amount(total_or_null(delta), reason)
    return found


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


def _shocked(scenarios: pl.DataFrame) -> dict[tuple[str, float], dict[str, Amount]]:
    """P&L by part after each shock an offset is given for, by account and shock."""
    cells = scenarios.filter(
        pl.col("spot_shock_frac").is_in(list(OFFSET_SHOCKS_FRAC.values())),
        pl.col("vol_response") == "base",
        pl.col("horizon") == "now",
    ).select("account", "spot_shock_frac", "part", "pnl_usd", "reason")
    found: defaultdict[tuple[str, float], dict[str, Amount]] = defaultdict(dict)
    for account, shock, part, pnl, reason in cells.iter_rows():
        found[account, shock][part] = Amount(pnl, reason)
    return dict(found)


def _pnl(held: Mapping[str, pl.DataFrame], gone: Mapping[str, pl.DataFrame], condors: pl.DataFrame) -> dict[str, Any]:
    """P&L and fees of the four groups: condors by campaign, the others by leg and what their structures have made."""
    pnl: dict[str, float | None] = {"condor": total_or_null(condors["pnl_usd"])}
    fees = total_or_null(condors["fees_usd"]) or 0.0
    for group in GROUPS[1:]:
        open_usd, past_usd = total_or_null(held[group]["pnl_usd"]), total_or_null(gone[group]["past_pnl_usd"])
        pnl[group] = None if open_usd is None or past_usd is None else open_usd + past_usd
        fees += (total_or_null(gone[group]["fees_usd"]) or 0.0) + (total_or_null(held[group]["fees_usd"]) or 0.0)
    known = [usd for usd in pnl.values() if usd is not None]
    total = sum(known) if len(known) == len(pnl) else None
    return {
        **{f"{group}_pnl_usd": usd for group, usd in pnl.items()},
        "pnl_usd": total,
        "fees_usd": fees,
    }
