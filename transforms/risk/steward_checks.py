"""Does the book keep its own limits? Ten checks an account, S1 to S10, and what failed ones raise (METHODOLOGY 4.17).

None of them is about the market: a failed one is AMBER, but a leg without cover (S7), whose loss has no end, is RED.
S9 and S10 raise nothing of their own: a coverage gap and a failed check have alerts already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.layer_rules import ACTIVE
from transforms.book.margin import naked_contracts
from transforms.book.states import SETTLED_STATE
from transforms.risk.hedge_costs import TOTAL
from transforms.risk.roll_ranking import EVENT_WINDOWS
from transforms.risk.steward_rules import RULES, StewardRuleSets
from transforms.risk.steward_sizes import increases_under_loss, tier_of
from transforms.thresholds import HOUSE_DEFAULT, VENDOR_RULE, tier_in_force
from warehouse.tables.mart import MART_STEWARD_CHECKS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

PASS: Final = "PASS"  # noqa: S105 - a verdict
FAIL: Final = "FAIL"
NOT_APPLICABLE: Final = "NA"
PROMOTER_CHECKS: Final = ("S2", "S4", "S5")
RED_CHECKS: Final = ("S7",)
ALERTED_ELSEWHERE: Final = ("S9", "S10")
STEWARD: Final = "steward"
NO_NET_LIQ: Final = "net liquidation value is not supplied"
NO_MARGIN: Final = "margin in use is not supplied"


@dataclass(frozen=True, slots=True, kw_only=True)
class StewardInputs:
    """Tonight's book as the steward looks at it; every frame has all accounts.

    `accounts` maps an account to net liquidation value and margin in use. `condors`, `layers`, `costs`, `legs` as their
    marts, `past` of `campaign_past`, `history` the condors of the nights before that were not on hold. `failed` are the
    failed warnings about what is held (`failed_warnings`), `critical_qty` counts the failed critical checks.
    """

    session_date: dt.date
    accounts: Mapping[str, tuple[float | None, float | None]]
    condors: pl.DataFrame
    history: pl.DataFrame
    past: pl.DataFrame
    legs: pl.DataFrame
    layers: pl.DataFrame
    costs: pl.DataFrame
    failed: pl.DataFrame
    critical_qty: int
    event_state: str | None
    gate: str | None
    hold_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found: the figure, whether it is over the limit, and why it cannot be judged."""

    says: str
    value: float | None = None
    is_over: bool = False
    reason: str | None = None

    @property
    def verdict(self) -> str:
        """PASS, FAIL or NA."""
        if self.reason is not None:
            return NOT_APPLICABLE
        return FAIL if self.is_over else PASS


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its limit, whose limit it is, and how it is measured in one account."""

    check_id: str
    threshold: float
    unit: str
    find: Callable[[AccountNight, StewardRuleSets], Finding]
    source_tier: str = HOUSE_DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNight:
    """What the checks of one account look at: its rows alone, and of `night` what is no account's own.

    `condors` are those held, `entries` what of them was opened tonight (a roll opens one too) with
    `campaign_rolls_qty`, `enlarged` of `increases_under_loss`, `naked` of `naked_contracts`.
    """

    account: str
    net_liq_usd: float | None
    margin_used_usd: float | None
    condors: pl.DataFrame
    entries: pl.DataFrame
    enlarged: pl.DataFrame
    past: pl.DataFrame
    naked: pl.DataFrame
    layers: pl.DataFrame
    costs: pl.DataFrame
    failed: pl.DataFrame
    night: StewardInputs


def steward_checks(inputs: StewardInputs, rules: StewardRuleSets = RULES) -> pl.DataFrame:
    """Judge every account: ten rows each of mart.steward_checks_daily."""
    rows = [_row(own, check, rules) for own in _by_account(inputs) for check in checks_of(rules)]
    return MART_STEWARD_CHECKS_DAILY.conform(pl.DataFrame(rows, infer_schema_length=None))


def _by_account(inputs: StewardInputs) -> Iterator[AccountNight]:
    """Lay the night out by account: what is asked of every account is worked out for all at once."""
    held = inputs.condors.filter(pl.col("state").ne_missing(SETTLED_STATE))
    opened = inputs.past.filter(pl.col("opened_date") == inputs.session_date)
    of_all = {
        "condors": held,
        "entries": held.join(
            opened.select("account", "condor_id", campaign_rolls_qty="rolls_qty"), on=["account", "condor_id"]
        ).sort("condor_id"),
        "enlarged": increases_under_loss(inputs.history, inputs.condors),
        "past": inputs.past,
        "naked": naked_contracts(inputs.legs),
        "layers": inputs.layers,
        "costs": inputs.costs.filter(condor_id=TOTAL),
        "failed": inputs.failed,
    }
    parts = {name: rows.partition_by("account", maintain_order=True, as_dict=True) for name, rows in of_all.items()}
    for account, (net_liq_usd, margin_used_usd) in sorted(inputs.accounts.items()):
        yield AccountNight(
            account=account,
            net_liq_usd=net_liq_usd,
            margin_used_usd=margin_used_usd,
            **{name: parts[name].get((account,), rows.clear()) for name, rows in of_all.items()},
            night=inputs,
        )


def steward_alerts(checks: pl.DataFrame, rules: StewardRuleSets = RULES) -> pl.DataFrame:
    """List what the checks raise: rows of mart.alerts_daily without dates.

    A condor over the advised size, but within the cap, is told for information.
    """
    is_advice = (pl.col("check_id") == "S1") & (pl.col("verdict") == PASS)
    over_advice = is_advice & (pl.col("value") > rules.steward.position_advice_frac)
    failed = (pl.col("verdict") == FAIL) & ~pl.col("check_id").is_in(ALERTED_ELSEWHERE)
    rule_id = pl.format("steward_{}", pl.col("check_id").str.to_lowercase())
    severity = pl.when(pl.col("check_id").is_in(RED_CHECKS)).then(pl.lit("RED")).otherwise(pl.lit("AMBER"))
    advice_tier = tier_in_force(rules.steward, "position_advice_frac")
    raised = checks.filter(failed | over_advice).with_columns(is_advice=is_advice)
    return raised.select(
        "account",
        "value",
        "unit",
        source_tier=pl.when("is_advice").then(pl.lit(advice_tier)).otherwise("source_tier"),
        rule_id=pl.when("is_advice").then(pl.format("{}_advice", rule_id)).otherwise(rule_id),
        subject=pl.lit(STEWARD),
        severity=pl.when("is_advice").then(pl.lit("INFO")).otherwise(severity),
        threshold=pl.when("is_advice").then(pl.lit(rules.steward.position_advice_frac)).otherwise("threshold"),
        message=pl.format("{}: {}", "check_id", "message"),
    )


def checks_of(rules: StewardRuleSets) -> tuple[Check, ...]:
    """The ten checks with the limits in force."""
    steward, limits, cost = rules.steward, rules.limits, rules.cost
    size_tier, margin_tier = (tier_in_force(steward, name) for name in ("position_cap_frac", "margin_cap_frac"))
    return (
        Check("S1", steward.position_cap_frac, "of net liquidation value", _position_size, size_tier),
        Check("S2", 0.0, "contracts", _increase, VENDOR_RULE),
        Check("S3", limits.most_rolls_qty, "rolls", _rolls, tier_in_force(limits, "most_rolls_qty")),
        Check("S4", 0.0, "entries", _entries_in_window, VENDOR_RULE),
        Check("S5", 0.0, "entries", _entries_against_gate, VENDOR_RULE),
        Check("S6", cost.amber_to_frac, "of the credit", _hedge_cost, tier_in_force(cost, "amber_to_frac")),
        Check("S7", 0.0, "contracts", _naked),
        Check("S8", steward.margin_cap_frac, "of net liquidation value", _margin, margin_tier),
        Check("S9", 0.0, "hedge units", _gap),
        Check("S10", 0.0, "failed checks", _data),
    )


def _row(own: AccountNight, check: Check, rules: StewardRuleSets) -> dict[str, Any]:
    found = check.find(own, rules)
    return {
        "session_date": own.night.session_date,
        "account": own.account,
        "check_id": check.check_id,
        "verdict": found.verdict,
        "value": found.value,
        "threshold": float(check.threshold),
        "unit": check.unit,
        "source_tier": check.source_tier,
        "is_promoter_flag": check.check_id in PROMOTER_CHECKS and found.verdict == FAIL,
        "message": found.says,
        "reason": found.reason,
    }


def _unknown(says: str, reason: str | None) -> Finding:
    return Finding(says=f"{says}: not judged, {reason}", reason=reason or "not known")


def _position_size(own: AccountNight, rules: StewardRuleSets) -> Finding:
    says, net_liq_usd = "largest condor", own.net_liq_usd
    held = own.condors.sort("max_loss_usd", "condor_id", descending=[True, False])
    if held.is_empty():
        return Finding(says="no condor is held", value=0.0)
    if net_liq_usd is None:
        return _unknown(says, NO_NET_LIQ)
    condor_id, max_loss_usd = held.select("condor_id", "max_loss_usd").row(0)
    if net_liq_usd <= 0:
        return Finding(says=f"{condor_id} is held with no net liquidation value left", is_over=True)
    value, cap, advice = max_loss_usd / net_liq_usd, *_sizes(rules)
    over = f"over the cap of {cap:.0%}" if value > cap else f"within the cap of {cap:.0%}"
    over += f", over the {advice:.0%} advised" if advice < value <= cap else ""
    return Finding(
        says=f"{condor_id} can lose {value:.1%} of net liquidation value, {over}", value=value, is_over=value > cap
    )


def _sizes(rules: StewardRuleSets) -> tuple[float, float]:
    return rules.steward.position_cap_frac, rules.steward.position_advice_frac


def _increase(own: AccountNight, _rules: StewardRuleSets) -> Finding:
    found = own.enlarged
    if found.is_empty():
        return Finding(says="no campaign was enlarged under a loss", value=0.0)
    campaign, when, added, pnl_usd = found.select("campaign", "session_date", "added_qty", "before_pnl_usd").row(0)
    says = f"{campaign} was enlarged by {added} contracts on {when} with {pnl_usd:,.0f} USD the night before"
    return Finding(says=says, value=float(found["added_qty"].sum()), is_over=True)


def _rolls(own: AccountNight, rules: StewardRuleSets) -> Finding:
    mine = own.past.sort("rolls_qty", "condor_id", descending=[True, False])
    if mine.is_empty():
        return Finding(says="no condor is held", value=0.0)
    condor_id, rolls_qty = mine.select("condor_id", "rolls_qty").row(0)
    most = rules.limits.most_rolls_qty
    says = f"{condor_id}: rolls of its campaign {rolls_qty}, {most} allowed"
    return Finding(says=says, value=float(rolls_qty), is_over=rolls_qty > most)


def _entries_in_window(own: AccountNight, _rules: StewardRuleSets) -> Finding:
    entries = own.entries
    if entries.is_empty():
        return Finding(says="nothing was opened tonight", value=0.0)
    if own.night.event_state is None:
        return _unknown("entries in an event window", "the calendar of events does not say where tonight stands")
    is_over = own.night.event_state in EVENT_WINDOWS
    says = f"{_names(entries)} opened while the event window is {own.night.event_state}"
    return Finding(says=says, value=float(entries.height) if is_over else 0.0, is_over=is_over)


def _entries_against_gate(own: AccountNight, rules: StewardRuleSets) -> Finding:
    entries = own.entries.filter(own.entries["campaign_rolls_qty"] == 0)
    if entries.is_empty():
        return Finding(says="no new campaign was begun tonight", value=0.0)
    if own.night.gate is None:
        return _unknown("entries against the gate", "no VIX tonight, so no gate")
    shut = {"OPEN_ALL": (), "NO_AGGRESSIVE": ("AGGRESSIVE",)}.get(own.night.gate)
    tiers = {row["condor_id"]: tier_of(row, rules.steward) for row in entries.iter_rows(named=True)}
    against = sorted(condor_id for condor_id, tier in tiers.items() if shut is None or tier in shut)
    told = ", ".join(f"{condor_id} ({tier})" if tier else condor_id for condor_id, tier in sorted(tiers.items()))
    return Finding(
        says=f"{told} opened while the gate is {own.night.gate}", value=float(len(against)), is_over=bool(against)
    )


def _hedge_cost(own: AccountNight, rules: StewardRuleSets) -> Finding:
    """Over the condors' life; a hedge that earns its carry costs less than nothing."""
    says, mine = "hedge cost of the credit", own.costs
    cost_usd, credit_usd, reason = (
        mine.select("amortised_usd", "credit_usd", "reason").row(0)
        if mine.height
        else (None, None, "no hedge cost on record")
    )
    if own.night.hold_reason or cost_usd is None or credit_usd is None or credit_usd <= 0:
        return _unknown(says, own.night.hold_reason or reason)
    value, most = cost_usd / credit_usd, rules.cost.amber_to_frac
    return Finding(
        says=f"the hedge costs {value:.0%} of the credit, {most:.0%} allowed", value=value, is_over=value > most
    )


def _naked(own: AccountNight, _rules: StewardRuleSets) -> Finding:
    naked = own.naked
    if naked.is_empty():
        return Finding(says="every short leg is covered", value=0.0)
    named = ", ".join(
        f"{qty} {name} in {place}" for place, name, qty in naked.select("structure_id", "leg", "naked_qty").iter_rows()
    )
    return Finding(says=f"short without cover: {named}", value=float(naked["naked_qty"].sum()), is_over=True)


def _margin(own: AccountNight, rules: StewardRuleSets) -> Finding:
    says, net_liq_usd, used_usd = "margin in use", own.net_liq_usd, own.margin_used_usd
    if net_liq_usd is None or used_usd is None:
        return _unknown(says, NO_NET_LIQ if net_liq_usd is None else NO_MARGIN)
    if net_liq_usd <= 0:
        return Finding(says="no net liquidation value is left to carry margin", is_over=used_usd > 0)
    value, most = used_usd / net_liq_usd, rules.steward.margin_cap_frac
    return Finding(
        says=f"margin in use is {value:.0%} of net liquidation value, {most:.0%} allowed",
        value=value,
        is_over=value > most,
    )


def _gap(own: AccountNight, _rules: StewardRuleSets) -> Finding:
    says, mine = "coverage gap", own.layers.sort("layer")
    if own.night.hold_reason:
        return _unknown(says, own.night.hold_reason)
    unknown = mine.filter(mine["signal_state"].is_null())
    if mine.is_empty() or unknown.height:
        return _unknown(says, unknown["signal_reason"][0] if unknown.height else "no layer on record")
    active = mine.filter(mine["signal_state"] == ACTIVE)
    gapless = active.filter(active["gap_units"].is_null())
    if gapless.height:
        return _unknown(says, f"{gapless['layer'][0]} has no target: {gapless['target_reason'][0]}")
    open_gaps = active.filter(active["gap_units"] > 0)
    if open_gaps.is_empty():
        return Finding(says="no ACTIVE layer lacks units", value=0.0)
    told = ", ".join(f"{layer} {gap:.2f}" for layer, gap in open_gaps.select("layer", "gap_units").iter_rows())
    return Finding(
        says=f"ACTIVE layers lack hedge units: {told}", value=float(open_gaps["gap_units"].sum()), is_over=True
    )


def _data(own: AccountNight, _rules: StewardRuleSets) -> Finding:
    critical_qty, mine = own.night.critical_qty, own.failed
    failed_qty = critical_qty + mine.height
    if not failed_qty:
        return Finding(says="no check about what is held has failed", value=0.0)
    named = ", ".join([*(["a critical one"] if critical_qty else []), *sorted(set(mine["rule_id"]))])
    return Finding(says=f"checks failed: {named}", value=float(failed_qty), is_over=True)


def _names(condors: pl.DataFrame) -> str:
    return ", ".join(condors["condor_id"])
