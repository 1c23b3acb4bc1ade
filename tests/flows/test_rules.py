"""Every threshold of the program stands in one list, may be overridden by name, and an override changes the night."""

import datetime as dt
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, fields, is_dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import transforms
from flows.cli import main
from flows.errors import UsageError
from flows.publish import report_inputs
from flows.rules import Rules
from flows.settings import Settings, load_settings
from transforms.report.build import build_report
from transforms.report.models import Threshold
from transforms.simulated.market import FEATURE_SESSION
from transforms.thresholds import described, threshold_rows
from warehouse.store import open_reader
from warehouse.tables.meta import META_THRESHOLDS

TIERS = {"vendor rule", "standard", "house default"}


def rule_sets_of_the_code() -> Iterator[type]:
    """Every class below `transforms` that declares a threshold."""
    for module in pkgutil.walk_packages(transforms.__path__, "transforms."):
        for found in vars(importlib.import_module(module.name)).values():
            is_own = isinstance(found, type) and is_dataclass(found) and found.__module__ == module.name
            if is_own and any("says" in declared.metadata for declared in fields(found)):
                yield found


def rules_of(**overrides: object) -> Rules:
    return Rules.of(Settings(thresholds=overrides))


def test_every_rule_set_of_the_code_is_registered_under_its_name() -> None:
    in_code = {found.NAME: found for found in rule_sets_of_the_code()}
    assert in_code == {name: type(getattr(Rules(), name)) for name in (declared.name for declared in fields(Rules))}
    assert len(in_code) == len(list(rule_sets_of_the_code()))


def test_every_threshold_says_what_it_is_and_whose() -> None:
    rows = [row for rules in Rules().sets for row in described(rules)]
    assert len({row["rule_id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["source_tier"] in TIERS, row["rule_id"]
        assert row["says"], row["rule_id"]
        assert row["unit"] or isinstance(row["value"], str | bool), row["rule_id"]


@pytest.mark.parametrize(
    "text",
    [
        "[thresholds]\ncondor_states.watch_delta = 0.30\nhedge.roll_days = [10, 60, 150]\n",
        "[thresholds.condor_states]\nwatch_delta = 0.30\n[thresholds.hedge]\nroll_days = [10, 60, 150]\n",
        '[thresholds]\n"hedge.roll_days" = [10, 60, 150]\n"condor_states.watch_delta" = 0.30\n',
    ],
    ids=["by rule id", "a table a rule set", "by rule id in quotes"],
)
def test_a_threshold_is_overridden_by_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    settings = load_settings(path)
    rules = Rules.of(settings)
    assert (rules.condor_states.watch_delta, rules.hedge.roll_days) == (0.30, (10, 60, 150))
    assert rules.condor_states.tested_delta == 0.35
    assert settings.fingerprint() != load_settings(None).fingerprint()


def test_the_environment_overrides_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDORWATCH_THRESHOLDS", '{"offsets": {"smallest_loss_frac": 0.1}}')
    assert Rules.of(load_settings(None)).offsets.smallest_loss_frac == 0.1


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"condor_state.watch_delta": 0.3}, "there is no such rule set; the nearest is condor_states"),
        ({"condor_states": {"wach_delta": 0.3}}, "the nearest is condor_states.watch_delta"),
        ({"condor_states.watch_delta": "high"}, 'condor_states.watch_delta takes a value like 0.25, not "high"'),
        ({"condor_states.watch_delta": float("nan")}, "takes a value like 0.25, not nan"),
        ({"condor_states.watch_delta": True}, "takes a value like 0.25"),
        ({"condor_states.short_dated_days": 2.5}, "takes a value like 2, not 2.5"),
        ({"hedge.roll_days": [15, 70]}, "takes a value like [15, 70, 165], not [15, 70]"),
        ({"hedge.roll_days": [15, "70", 165]}, "takes a value like [15, 70, 165]"),
        ({"hedge_sizing.mode": "hybird"}, "hedge_sizing.mode is one of always_on, triggered, hybrid, not 'hybird'"),
        ({"watch_delta": 0.3}, "it has to name rule set and threshold"),
    ],
)
def test_what_is_no_threshold_is_a_usage_error(overrides: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        rules_of(**overrides)
    assert sentence in refused.value.sentence
    assert refused.value.hint
    assert refused.value.exit_code == 2


def test_an_unknown_threshold_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[thresholds]\ncondor_states.watch_dleta = 0.30\n")
    with pytest.raises(UsageError, match=r"condor_states\.watch_delta"):
        load_settings(path, home=tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_numbers_and_texts_are_stored_apart() -> None:
    night = dt.date(2026, 4, 29)
    rules = rules_of(**{"hedge": {"roll_days": [10, 70, 165]}, "condor_states.watch_delta": 0.3})
    rows = {row["rule_id"]: row for row in threshold_rows(rules.sets, night).to_dicts()}
    assert rows["hedge.roll_days"] == {
        "session_date": night,
        "rule_id": "hedge.roll_days",
        "value": None,
        "value_text": "10, 70, 165",
        "default_text": "15, 70, 165",
        "unit": "calendar days",
        "says": "Hedge L1, L2, L3: due for a roll from",
        "source_tier": "house default",
        "source_ref": "METHODOLOGY 4.6",
        "is_overridden": True,
    }
    delta = rows["condor_states.watch_delta"]
    assert (delta["value"], delta["value_text"], delta["default_text"]) == (0.3, None, "0.25")
    assert [rule_id for rule_id, row in rows.items() if row["is_overridden"]] == [
        "condor_states.watch_delta",
        "hedge.roll_days",
    ]


OVERRIDES = """
simulated_size = "small"

[thresholds]
quotes.zero_bid_ask_pts = 0
forwards.fit_strikes_qty = 4
vix_recompute.limit_pts = 3
elasticity.eps_a = -12
edr.regime_multiplier = [2, 2, 2, 2]
entry_gate = { open_all_below_vix_pts = 97, no_aggressive_to_vix_pts = 98, hold_new_to_vix_pts = 99 }
checks.one_sided_frac = 0.25
condor_states.watch_touch_frac = 0.0001
hedge.weights_contracts = [8, 8, 4]
hedge_sizing.target_offset_frac = 0.8
arm.contango_frac = 0.9
offsets.smallest_loss_frac = 0.40
book_status.smallest_offset_frac = 9
"""


@dataclass(frozen=True, slots=True)
class Nights:
    """The same small night before and after an override: figures by query, and the thresholds its report lists."""

    before: dict[str, pl.DataFrame]
    after: dict[str, pl.DataFrame]
    reported: tuple[Threshold, ...]


QUERIES = {
    "one_sided": "select count(*) as n from core.option_marks_daily where mark_quality = 'ONE_SIDED'",
    "fit": "select max(fit_strikes_qty) as n from core.forwards_daily where underlying = 'SPX'",
    "vix": "select limit_pts from mart.vix_checks_daily",
    "signals": "select gate, edr_frac, edr_multiplier from mart.signals_daily",
    "checks": "select limit_value from meta.checks where check_id = 'one_sided_quotes' order by subject",
    "vix_legs": "select delta_usd_per_pt from mart.legs_daily where eps is not null order by account, instrument_id",
    "condors": "select account, condor_id, put_state, call_state from mart.condors_daily order by all",
    "layers": "select units_held from mart.hedge_layers_daily order by account, layer",
    "book": "select account, status, status_reason, offset_m3_reason from mart.book_daily order by account",
    "scenarios": "select pnl_usd from mart.scenarios_daily where part = 'L1' and spot_shock_frac = -0.05 "
    "and account = 'MAIN' and vol_response = 'base' and horizon = 'now'",
    "sizing": "select account, target_offset_frac from mart.hedge_sizing_daily order by account",
    "arming": "select threshold, is_hit from mart.signal_items_daily where score = 'arm' and item = 'contango'",
    "thresholds": "select * from meta.thresholds where is_overridden order by rule_id",
}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    folder = tmp_path_factory.mktemp("overrides")
    home = folder / "home"
    plain, changed = folder / "plain.toml", folder / "changed.toml"
    plain.write_text('simulated_size = "small"\n')
    changed.write_text(OVERRIDES)
    run(home, plain)
    before = figures(home)
    run(home, changed)
    with open_reader(home) as reader:
        report = build_report(report_inputs(reader, load_settings(changed), FEATURE_SESSION))
    return Nights(before, figures(home), report.method.thresholds)


def run(home: Path, config: Path) -> None:
    """Run the night, without its report; 0 says that it ran, so that a changed threshold is a reason to run again."""
    command = ["condorwatch", "backfill", "--last", "1", "--reports", "none", "--home", str(home)]
    command += ["--source", "simulated", "--config", str(config)]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        patch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ending:
            main()
    assert ending.value.code == 0


def figures(home: Path) -> dict[str, pl.DataFrame]:
    with open_reader(home) as reader:
        return {name: reader.query(query) for name, query in QUERIES.items()}


def test_an_override_changes_what_the_night_computes(nights: Nights) -> None:
    before, after = nights.before, nights.after
    assert after["one_sided"]["n"].item() > before["one_sided"]["n"].item()
    assert (before["fit"]["n"].item(), after["fit"]["n"].item()) == (10, 4)
    assert (before["vix"]["limit_pts"].item() < 3.0, after["vix"]["limit_pts"].item()) == (True, 3.0)
    assert before["signals"]["gate"].item() != "OPEN_ALL"
    assert after["signals"]["gate"].item() == "OPEN_ALL"
    per_multiplier = [row["edr_frac"] / row["edr_multiplier"] for row in (one(before), one(after))]
    assert per_multiplier[0] == pytest.approx(per_multiplier[1])
    assert one(after)["edr_multiplier"] == 2.0
    assert set(before["checks"]["limit_value"]) == {0.30}
    assert set(after["checks"]["limit_value"]) == {0.25}
    # A VIX leg's SPX delta is proportional to eps_a (METHODOLOGY 4.4).
    assert after["vix_legs"]["delta_usd_per_pt"].to_list() == pytest.approx(
        (2 * before["vix_legs"]["delta_usd_per_pt"]).to_list()
    )
    assert after["scenarios"]["pnl_usd"].item() > 1.5 * before["scenarios"]["pnl_usd"].item() > 0
    # Units are calls over the layer's weight.
    assert after["layers"]["units_held"].to_list() == pytest.approx((before["layers"]["units_held"] / 2).to_list())
    assert set(before["sizing"]["target_offset_frac"]) == {0.4}
    assert set(after["sizing"]["target_offset_frac"]) == {0.8}
    assert after["arming"].rows() == [(0.9, True)] != before["arming"].rows()
    assert "OK" in {*before["condors"]["put_state"], *before["condors"]["call_state"]}
    assert "OK" not in {*after["condors"]["put_state"], *after["condors"]["call_state"]}


def one(night: dict[str, pl.DataFrame]) -> dict[str, Any]:
    return night["signals"].row(0, named=True)


def test_an_override_changes_the_verdict(nights: Nights) -> None:
    before = nights.before["book"]
    assert "ALERT" in before["status"]  # the account without a diagonal; the other one's is STRESSED
    assert not before["status_reason"].str.contains("of the loss at -5%").any()
    for row in nights.after["book"].to_dicts():
        assert row["status"] == "CRITICAL"
        assert "of the loss at -5%, under 900%" in row["status_reason"]
        assert row["offset_m3_reason"].endswith("of their maximum loss at -3%, under 40%")


def test_the_night_stores_its_thresholds_and_the_report_marks_those_that_are_the_users(nights: Nights) -> None:
    assert nights.before["thresholds"].is_empty()
    stored = nights.after["thresholds"]
    assert stored.schema == META_THRESHOLDS.polars_schema
    assert stored["rule_id"].to_list() == [
        "arm.contango_frac",
        "book_status.smallest_offset_frac",
        "checks.one_sided_frac",
        "condor_states.watch_touch_frac",
        "edr.regime_multiplier",
        "elasticity.eps_a",
        "entry_gate.hold_new_to_vix_pts",
        "entry_gate.no_aggressive_to_vix_pts",
        "entry_gate.open_all_below_vix_pts",
        "forwards.fit_strikes_qty",
        "hedge.weights_contracts",
        "hedge_sizing.target_offset_frac",
        "offsets.smallest_loss_frac",
        "quotes.zero_bid_ask_pts",
        "vix_recompute.limit_pts",
    ]
    listed = nights.reported
    assert len(listed) == sum(1 for rules in Rules().sets for _ in described(rules))
    yours = {row.rule_id: row.default for row in listed if row.default}
    assert yours == dict(stored.select("rule_id", "default_text").iter_rows())
    weights = next(row for row in listed if row.rule_id == "hedge.weights_contracts")
    assert (weights.text, weights.source_tier, weights.default) == (
        "8, 8, 4 contracts",
        "vendor rule",
        "4, 4, 2",
    )
