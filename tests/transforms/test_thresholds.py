"""A threshold is declared once, read by everyone, and overridden by name."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from transforms.thresholds import VENDOR_RULE, UnknownThresholdError, described, overridden, threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    NAME: ClassVar[str] = "gate"

    closed_above_pts: float = threshold(
        25.0, unit="index points", says="no entries above VIX", source=VENDOR_RULE, ref="V20"
    )
    roll_days: tuple[int, int, int] = threshold((15, 70, 165), unit="calendar days", says="roll from")
    mode: str = threshold("hybrid", unit="", says="mode", choices=("hybrid", "always_on"))


def test_a_rule_set_describes_its_thresholds_with_tier_and_source() -> None:
    assert next(described(GateRules(closed_above_pts=30.0))) == {
        "rule_id": "gate.closed_above_pts",
        "value": 30.0,
        "default": 25.0,
        "unit": "index points",
        "says": "no entries above VIX",
        "source_tier": "vendor rule",
        "source_ref": "V20",
    }


def test_an_override_takes_the_shape_of_its_default() -> None:
    rules = overridden(GateRules(), {"closed_above_pts": 30, "roll_days": [10, 60, 150]})
    assert (rules.closed_above_pts, rules.roll_days, rules.mode) == (30.0, (10, 60, 150), "hybrid")


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"closed_abov_pts": 30.0}, "the nearest is gate.closed_above_pts"),
        ({"closed_above_pts": "high"}, "takes a value like 25.0"),
        ({"roll_days": [1, 2]}, "takes a value like"),
        ({"closed_above_pts": True}, "takes a value like 25.0"),
        ({"closed_above_pts": float("inf")}, "takes a value like 25.0"),
        ({"mode": "hybird"}, "is one of hybrid, always_on, not 'hybird'"),
        ({"mode": ["hybrid"]}, "is one of hybrid, always_on"),
    ],
)
def test_an_override_that_does_not_fit_is_refused_by_name(overrides: dict[str, object], said: str) -> None:
    with pytest.raises(UnknownThresholdError, match=said):
        overridden(GateRules(), overrides)
