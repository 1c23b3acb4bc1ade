"""An invented night in which every text is somebody's payload, and what a page consists of beside its words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

import polars as pl

from tests.transforms.report.invented_night import Invention, invented_inputs
from transforms.report.build import build_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from transforms.report.inputs import ReportInputs
    from transforms.report.models import Report

# What a file or a person brings; the other texts are words of ours, by which rows are found and sections chosen.
FREE: Final = re.compile(
    r"account|kind|source_file|series|series_from|read_by|subject|message|figure|comparison|says|cell|"
    r"next_event_kind|hedge_is|value_text|default_text|source_ref|claim_text|measured_as|.*(reason|_id|_text|_rule|_reading)"
)
FETCHING: Final = ("href", "xlink:href", "src", "data", "poster", "background", "action", "formaction", "srcset")
# Drawings place words by their length: numbers are not structure.
_NUMBERS: Final = re.compile(r"[-0-9.,e]+")


@dataclass(slots=True)
class Structure(HTMLParser):
    """Every element of a page with the names of its attributes, and what it refers to."""

    elements: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A dataclass does not call it."""
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.references += [value or "" for name, value in attrs if name in FETCHING]
        self.styles += [_NUMBERS.sub("0", value or "") for name, value in attrs if name == "style"]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def structure_of(html: str) -> Structure:
    """Read a page as a browser would."""
    found = Structure()
    found.feed(html)
    found.close()
    return found


def free_columns(inputs: ReportInputs, *, is_free: bool) -> Iterator[tuple[str, str]]:
    """The text columns of the night's frames: those of free text, or the others."""
    for name in (one.name for one in fields(inputs)):
        frame = getattr(inputs, name)
        if isinstance(frame, pl.DataFrame) and frame.height:
            for column, dtype in frame.schema.items():
                if dtype == pl.String and bool(FREE.fullmatch(column)) == is_free:
                    yield name, column


def stuffed(texts: Sequence[str], *, turn: int = 0, is_free: bool = True) -> Report:
    """The night with another payload in each column, `turn` places on; an account is called the same everywhere."""
    inputs = invented_inputs(Invention(is_simulated=True))
    account, changed = texts[turn % len(texts)], {}
    for place, (name, column) in enumerate(free_columns(inputs, is_free=is_free)):
        text = account if column.endswith("account") else texts[(place + turn) % len(texts)]
        frame = changed.get(name, getattr(inputs, name))
        is_all = pl.col(column) == "ALL" if column.endswith("account") else pl.lit(value=False)
        filled = pl.when(pl.col(column).is_null() | is_all).then(pl.col(column)).otherwise(pl.lit(text))
        changed[name] = frame.with_columns(filled.alias(column))
    stamp = replace(inputs.stamp, account=account) if is_free else inputs.stamp
    return build_report(replace(inputs, stamp=stamp, **changed))
