"""The two bodies of the e-mail: page one as HTML that mail programs can show, and as plain text.

Mail programs drop style sheets, grids and scripts and fetch nothing unasked: the HTML is nested tables with the style
on each cell, and has neither pictures nor links to fetch. Gmail cuts a body off at 102 KB; page one stays far below.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from templates import filters, words
from templates.environment import environment

if TYPE_CHECKING:
    from transforms.report.models import Report


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The PDF that comes with the mail; `place` says where it lies when it is too big to be attached."""

    name: str
    place: str = ""

    @property
    def is_link(self) -> bool:
        """Whether a mail program can open the place."""
        return self.place.startswith(("https://", "http://"))


def render_email_html(report: Report, status_line: str, enclosure: Enclosure) -> str:
    """Page one as an HTML body of less than 100 KB."""
    return environment().get_template("email/verdict.html.j2").render(_context(report, status_line, enclosure))


def render_email_text(report: Report, status_line: str, enclosure: Enclosure) -> str:
    """Page one as plain text."""
    return _text_environment().get_template("email/verdict.txt.j2").render(_context(report, status_line, enclosure))


def _context(report: Report, status_line: str, enclosure: Enclosure) -> dict[str, object]:
    return {
        "verdict": report.verdict,
        "method": report.method,
        "status_line": status_line,
        "enclosure": enclosure,
    }


@cache
def _text_environment() -> Environment:
    """As the report's, but nothing is escaped: plain text has no mark-up. A name cannot break its line."""
    made = Environment(
        loader=PackageLoader("templates", package_path=""),
        autoescape=False,  # noqa: S701 - plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_one_line,
    )
    made.filters.update(
        shown=filters.print_value,
        signed=filters.print_signed,
        clipped=filters.clipped,
        day=filters.day,
        eastern=filters.eastern,
        strike=filters.strike,
        words=words.in_words,
    )
    return made


def _one_line(value: object) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in str(value))
