"""The thresholds in force, read from the rules that apply them, and whose they are (METHODOLOGY 0: source tiers)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.book import hedge_layers, states
from transforms.book.alerts import HOUSE_DEFAULT, VENDOR_RULE
from transforms.book.night_facts import LIMITS
from transforms.report.models import FRACTION, INDEX_POINTS, Measure, Threshold
from transforms.risk.book_status import MARGIN_LIMIT_FRAC, SMALLEST_OFFSET_FRAC
from transforms.risk.offsets import SMALLEST_LOSS_FRAC
from transforms.signals.entry_gate import GATE

if TYPE_CHECKING:
    from collections.abc import Iterator

DELTA = "per 1.00 of the forward"
RANGES = "expected daily ranges"


def thresholds_in_force() -> tuple[Threshold, ...]:
    """Every threshold behind tonight's states, gate, status and checks."""
    return (*_condor_states(), *_hedge_and_gate(), *_status_and_data())


def _condor_states() -> Iterator[Threshold]:
    rules = states.RULES
    short_dated = f"with {rules.short_dated_days} days or less"
    for name, value, unit in (
        ("Condor WATCH: short option delta from", rules.watch_delta, DELTA),
        ("Condor WATCH: short strike within", rules.watch_edr, RANGES),
        (f"Condor WATCH: short strike within, {short_dated}", rules.watch_edr_short_dated, RANGES),
        ("Condor WATCH: chance of touching the short strike from", rules.watch_touch_frac, FRACTION),
        ("Condor TESTED: short option delta from", rules.tested_delta, DELTA),
        ("Condor TESTED: short strike within", rules.tested_edr, RANGES),
        (f"Condor TESTED: short strike within, {short_dated}", rules.tested_edr_short_dated, RANGES),
        ("Condor TESTED: short strike within, of SPX", rules.tested_distance_frac, FRACTION),
        ("Condor WATCH, TESTED: eases only past the threshold by", rules.hysteresis_frac, FRACTION),
    ):
        yield Threshold(name=name, value=Measure(value=value, unit=unit), source_tier=HOUSE_DEFAULT)


def _hedge_and_gate() -> Iterator[Threshold]:
    rules = hedge_layers.RULES
    for layer, weight in zip(("L1", "L2", "L3"), rules.weights_contracts, strict=True):
        yield Threshold(f"Hedge unit: VIX calls in {layer}", Measure(weight, "contracts"), VENDOR_RULE)
    yield Threshold("Hedge: option delta at entry", Measure(rules.entry_delta, DELTA), VENDOR_RULE)
    for layer, days in zip(("L1", "L2", "L3"), rules.roll_days, strict=True):
        yield Threshold(f"Hedge {layer}: due for a roll from", Measure(days, "calendar days"), HOUSE_DEFAULT)
    for name, value in (
        ("Entry gate: all entries open below VIX", GATE.open_all_below_vix_pts),
        ("Entry gate: no aggressive entries up to VIX", GATE.no_aggressive_to_vix_pts),
        ("Entry gate: hold new entries up to VIX, none above", GATE.hold_new_to_vix_pts),
    ):
        yield Threshold(name, Measure(value, INDEX_POINTS), VENDOR_RULE)


def _status_and_data() -> Iterator[Threshold]:
    for name, value, unit in (
        ("CRITICAL: put side breached and offset at SPX −5% below", SMALLEST_OFFSET_FRAC, FRACTION),
        ("CRITICAL: margin in use of net liquidation above", MARGIN_LIMIT_FRAC, FRACTION),
        ("Offset is given only for a condor loss of at least, of maximum loss", SMALLEST_LOSS_FRAC, FRACTION),
        ("Data: previous session’s expiries still listed", LIMITS.previous_expiries_frac, FRACTION),
        ("Data: one-sided quotes at most", LIMITS.one_sided_frac, FRACTION),
    ):
        yield Threshold(name=name, value=Measure(value=value, unit=unit), source_tier=HOUSE_DEFAULT)
