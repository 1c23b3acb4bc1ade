"""A threshold is declared once: as the default of a field of the rule set that applies it.

A rule set is a frozen dataclass with a `NAME`. Its fields say what they mean, in which unit, and whose rule they are;
`meta.thresholds`, the overrides of the configuration and the report's list of thresholds are read from there.
"""

from __future__ import annotations

import math
from dataclasses import field, fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, TypeVar

import polars as pl

from warehouse.tables.meta import META_THRESHOLDS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping
    from dataclasses import Field

VENDOR_RULE: Final = "vendor rule"
HOUSE_DEFAULT: Final = "house default"
STANDARD: Final = "standard"
YOUR_SETTING: Final = "your setting"


class RuleSet(Protocol):
    """Thresholds that are applied together, by one module."""

    NAME: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


AnyRuleSet = TypeVar("AnyRuleSet", bound=RuleSet)


class UnknownThresholdError(ValueError):
    """An override names a threshold that does not exist, or gives it a value of another shape."""


def threshold(  # noqa: PLR0913 - one argument a column of meta.thresholds
    default: Any,  # noqa: ANN401 - a field takes any default, as dataclasses.field does
    *,
    unit: str,
    says: str,
    source: str = HOUSE_DEFAULT,
    ref: str = "",
    choices: tuple[str, ...] = (),
) -> Any:  # noqa: ANN401 - as above
    """Declare a threshold: `says` is a phrase a trader reads before the value, `ref` where the rule stands.

    `source` is its tier: the vendor's rule, an external standard, or a default of this house (METHODOLOGY 0). A text
    that names one of several ways lists them as `choices`.
    """
    told = {"unit": unit, "says": says, "source_tier": source, "source_ref": ref}
    return field(default=default, metadata={**told, "choices": choices})


def described(rules: RuleSet) -> Iterator[dict[str, Any]]:
    """Give one row per threshold of a rule set: its id, value in force, default, unit, and whose it is."""
    for declared in fields(rules):
        if not declared.metadata:
            continue
        yield {
            "rule_id": f"{rules.NAME}.{declared.name}",
            "value": getattr(rules, declared.name),
            "default": declared.default,
            **{name: told for name, told in declared.metadata.items() if name != "choices"},
        }


def threshold_rows(rule_sets: Iterable[RuleSet], session_date: dt.date) -> pl.DataFrame:
    """List the thresholds in force: one row per rule of a session, as meta.thresholds declares.

    A number stands in `value`; several numbers, a text or a yes/no in `value_text`.
    """
    rows = [
        {
            "session_date": session_date,
            **{name: told for name, told in row.items() if name not in {"value", "default"}},
            "value": float(row["value"]) if _is_number(row["value"]) else None,
            "value_text": None if _is_number(row["value"]) else as_text(row["value"]),
            "default_text": as_text(row["default"]),
            "is_overridden": row["value"] != row["default"],
        }
        for rules in rule_sets
        for row in described(rules)
    ]
    return META_THRESHOLDS.conform(pl.DataFrame(rows, infer_schema_length=None)).sort("rule_id")


def as_text(value: Any) -> str:  # noqa: ANN401 - a threshold is a number, a text, a yes/no or several numbers
    """Spell a threshold's value as the configuration would: `0.25`, `15, 70, 165`, `hybrid`, `true`."""
    if isinstance(value, tuple):
        return ", ".join(map(as_text, value))
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def overridden(rules: AnyRuleSet, overrides: Mapping[str, Any]) -> AnyRuleSet:
    """Put a user's values in place of defaults; names are those of the rule set's fields.

    Raises:
        UnknownThresholdError: there is no such threshold, or the value is of another shape than the default.
    """
    known = {declared.name: declared for declared in fields(rules) if declared.metadata}
    return replace(rules, **{name: _fitting(rules.NAME, name, value, known) for name, value in overrides.items()})


def tier_in_force(rules: RuleSet, *names: str, tier: str | None = None) -> str:
    """Say whose a rule is tonight: the user's where one of these thresholds of it is overridden, else its own tier.

    `tier` is that of the rule where it differs from the first threshold's.
    """
    known = {declared.name: declared for declared in fields(rules) if declared.metadata}
    if any(getattr(rules, name) != known[name].default for name in names):
        return YOUR_SETTING
    declared: str = known[names[0]].metadata["source_tier"]
    return tier or declared


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Give the known name that looks most like a wrong one."""
    return get_close_matches(name, list(known), n=1, cutoff=0.0)[0]


def _fitting(rule_set: str, name: str, value: Any, known: Mapping[str, Field[Any]]) -> Any:  # noqa: ANN401 - a value as the configuration gave it
    if name not in known:
        message = f"{rule_set}.{name} is no threshold; the nearest is {rule_set}.{nearest_name(name, known)}."
        raise UnknownThresholdError(message)
    default, choices = known[name].default, known[name].metadata["choices"]
    given = tuple(value) if isinstance(value, list) else value
    if choices and given not in choices:
        message = f"{rule_set}.{name} is one of {', '.join(choices)}, not {value!r}."
        raise UnknownThresholdError(message)
    fitted = _in_the_shape_of(default, given)
    if fitted is None:
        message = f"{rule_set}.{name} takes a value like {_as_written(default)}, not {_as_written(given)}."
        raise UnknownThresholdError(message)
    return fitted


def _in_the_shape_of(default: Any, given: Any) -> Any:  # noqa: ANN401 - as above
    """The value as its default's type has it; none where it is of another shape. A whole number is a number too."""
    if isinstance(default, tuple):
        is_as_long = isinstance(given, tuple) and len(given) == len(default)
        fitted = tuple(map(_in_the_shape_of, default, given)) if is_as_long else (None,)
        return None if None in fitted else fitted
    if isinstance(default, float) and _is_number(given):
        return float(given) if math.isfinite(given) else None
    return given if type(given) is type(default) else None


def _is_number(value: Any) -> bool:  # noqa: ANN401 - as above
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_written(value: Any) -> str:  # noqa: ANN401 - as above
    """A value as a TOML file spells it."""
    return f"[{as_text(value)}]" if isinstance(value, tuple) else f'"{value}"' if isinstance(value, str) else str(value)
