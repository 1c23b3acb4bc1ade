"""The Jinja environment: autoescaped, strict about names, reading templates from the package."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from templates import filters, words

STYLE_SHEETS = ("fonts.css", "variables.css", "page.css", "style.css", "columns.css")


@cache
def environment() -> Environment:
    """The one environment of the report."""
    made = Environment(
        loader=PackageLoader("templates", package_path=""),
        autoescape=True,  # also for .j2 names: labels come from brokers' files
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        shown=filters.shown,
        span=filters.span,
        signed=filters.signed,
        bare=filters.bare,
        bare_signed=filters.bare_signed,
        clipped=filters.clipped,
        day=filters.day,
        eastern=filters.eastern,
        utc=filters.utc,
        strike=filters.strike,
        words=words.in_words,
    )
    return made


@cache
def style_sheet() -> Markup:
    """The style sheets of the report in order: fonts, variables, page rules, style."""
    return _own_files("css", *STYLE_SHEETS)


@cache
def index_style_sheet() -> Markup:
    """The style sheets of the page of all nights: the report's, and its calendar."""
    return _own_files("css", *STYLE_SHEETS, "index.css")


@cache
def sort_script() -> Markup:
    """What makes the tables of a page sortable."""
    return _own_files("js", "sort.js")


@cache
def content_policy() -> str:
    """What a browser lets a page do: show itself and run our one script, whatever a label might smuggle in."""
    digest = base64.b64encode(hashlib.sha256(sort_script().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"


def _own_files(folder: str, *names: str) -> Markup:
    own = resources.files("templates").joinpath(folder)
    return Markup("\n").join(
        Markup(own.joinpath(name).read_text(encoding="utf-8"))  # noqa: S704 - our own files
        for name in names
    )
