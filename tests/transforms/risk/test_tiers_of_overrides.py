"""A rule by a threshold that the user has set is the user's, whoever the default is from; others keep their tier."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.golden.test_second_engine_golden import CALM
from transforms.book.layer_rules import Close, LayerRules, PutSide, risers
from transforms.book.states import CondorSide, StateRules, side_verdict
from transforms.risk.book_status import StatusFacts, StatusRules, verdict
from transforms.risk.engine_rules import EngineRules
from transforms.risk.engine_states import engine_state
from transforms.risk.steward_checks import checks_of
from transforms.risk.steward_rules import StewardRules, StewardRuleSets
from transforms.thresholds import tier_in_force

YOURS, HOUSE, VENDOR = "your setting", "house default", "vendor rule"


def test_a_threshold_at_its_default_keeps_its_tier() -> None:
    rules = StewardRules(margin_cap_frac=0.4)
    tiers = {name: tier_in_force(rules, name) for name in ("position_cap_frac", "tier_days", "margin_cap_frac")}
    assert tiers == {"position_cap_frac": VENDOR, "tier_days": HOUSE, "margin_cap_frac": YOURS}
    assert tier_in_force(rules, "tier_days", "margin_cap_frac") == YOURS
    assert tier_in_force(rules, "tier_days", tier=VENDOR) == VENDOR


@pytest.mark.parametrize(
    ("rules", "spot_pts", "tier"),
    [
        (StateRules(), 6000.0, HOUSE),
        (StateRules(watch_delta=0.24), 6000.0, YOURS),
        (StateRules(tested_delta=0.5), 6000.0, HOUSE),  # another rule's threshold
        (StateRules(watch_delta=0.24), 5670.0, VENDOR),  # the break-even breach knows none
    ],
)
def test_of_a_condor(rules: StateRules, spot_pts: float, tier: str) -> None:
    side = CondorSide(
        side="PUT",
        spot_pts=spot_pts,
        short_pts=5700.0,
        long_pts=5650.0,
        break_even_pts=5688.0,
        dte_days=30,
        short_delta=-0.30,
    )
    assert side_verdict(side, rules).source_tier == tier


def test_of_the_status() -> None:
    facts = StatusFacts(
        put_states={},
        condor_states={},
        state_reasons={},
        offset_m5_frac=None,
        offset_m5_reason=None,
        red=(),
        amber=(),
        net_liq_usd=100.0,
        margin_used_usd=90.0,
    )
    for rules, tier in ((StatusRules(), HOUSE), (StatusRules(margin_limit_frac=0.7), YOURS)):
        cause = verdict(facts, rules).cause
        assert cause is not None
        assert cause.source_tier == tier


def test_of_the_second_engine() -> None:
    loss = replace(CALM, worst_loss_usd=-300.0)
    assert engine_state(loss)["state_source_tier"] == HOUSE
    assert engine_state(loss, EngineRules(stressed_loss_frac=0.2))["state_source_tier"] == YOURS
    inverted = replace(CALM, contango_frac=-0.01)
    assert engine_state(inverted, EngineRules(stressed_loss_frac=0.2))["state_source_tier"] == HOUSE


def test_of_the_steward() -> None:
    rules = StewardRuleSets(steward=StewardRules(position_cap_frac=0.05))
    tiers = {check.check_id: check.source_tier for check in checks_of(rules)}
    assert (tiers["S1"], tiers["S2"], tiers["S8"]) == (YOURS, VENDOR, HOUSE)


def test_of_a_layer() -> None:
    close = Close(
        arm_score=0,
        accel_score=5,
        vix_pts=20.0,
        contango_frac=0.0,
        vix_mean_5_pts=20.0,
        put=PutSide(),
        upstream={"L1": "ACTIVE"},
        l2_before=None,
    )
    for rules, tier in ((LayerRules(), VENDOR), (LayerRules(l2_accel=5), YOURS)):
        (clause,) = risers("L2", "ARMED", close, rules)
        assert (clause.is_met, clause.source_tier) == (True, tier)
