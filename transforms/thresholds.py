"""A threshold is declared once: as the default of a field of the rule set that applies it.

A rule set is a frozen dataclass with a `NAME`. Its fields say what they mean, in which unit, and whose rule they are;
`meta.thresholds`, the overrides of the configuration and the report's list of thresholds are read from there.
"""

from __future__ import annotations

from dataclasses import field, fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from dataclasses import Field

VENDOR_RULE: Final = "vendor rule"
HOUSE_DEFAULT: Final = "house default"
STANDARD: Final = "standard"


class RuleSet(Protocol):
    """Thresholds that are applied together, by one module."""

    NAME: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


AnyRuleSet = TypeVar("AnyRuleSet", bound=RuleSet)


class UnknownThresholdError(ValueError):
    """An override names a threshold that does not exist, or gives it a value of another shape."""


def threshold(default: Any, *, unit: str, says: str, source: str = HOUSE_DEFAULT, ref: str = "") -> Any:  # noqa: ANN401 - a field takes any default, as dataclasses.field does
    """Declare a threshold: `says` is a phrase a trader reads before the value, `ref` where the rule stands.

    `source` is its tier: the vendor's rule, an external standard, or a default of this house (METHODOLOGY 0).
    """
    return field(default=default, metadata={"unit": unit, "says": says, "source_tier": source, "source_ref": ref})


def described(rules: RuleSet) -> Iterator[dict[str, Any]]:
    """Give one row per threshold of a rule set: its id, value in force, default, unit, and whose it is."""
    for declared in fields(rules):
        if not declared.metadata:
            continue
        yield {
            "rule_id": f"{rules.NAME}.{declared.name}",
            "value": getattr(rules, declared.name),
            "default": declared.default,
            **declared.metadata,
        }


def overridden(rules: AnyRuleSet, overrides: Mapping[str, Any]) -> AnyRuleSet:
    """Put a user's values in place of defaults; names are those of the rule set's fields.

    Raises:
        UnknownThresholdError: there is no such threshold, or the value is of another shape than the default.
    """
    known = {declared.name: declared for declared in fields(rules) if declared.metadata}
    return replace(rules, **{name: _fitting(rules.NAME, name, value, known) for name, value in overrides.items()})


def _fitting(rule_set: str, name: str, value: Any, known: Mapping[str, Field[Any]]) -> Any:  # noqa: ANN401 - a value as the configuration gave it
    if name not in known:
        nearest = get_close_matches(name, known, n=1, cutoff=0.0)
        message = f"{rule_set}.{name} is no threshold; the nearest is {rule_set}.{nearest[0]}."
        raise UnknownThresholdError(message)
    default = known[name].default
    given = tuple(value) if isinstance(value, list) else value
    if isinstance(default, float) and isinstance(given, int) and not isinstance(given, bool):
        return float(given)
    if isinstance(default, tuple) and isinstance(given, tuple) and len(given) == len(default):
        are_numbers = all(isinstance(now, int | float) and not isinstance(now, bool) for now in given)
        if are_numbers:
            return tuple(type(was)(now) for was, now in zip(default, given, strict=True))
    if type(given) is not type(default) or isinstance(default, tuple):
        message = f"{rule_set}.{name} takes a value like {default!r}, not {value!r}."
        raise UnknownThresholdError(message)
    return given
