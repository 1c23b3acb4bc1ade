"""A report as HTML, PDF and JSON. The only place that knows WeasyPrint.

Equal reports give equal bytes: the PDF's date is the report's own stamp, chart ids are numbered, nothing is fetched.

    RenderError
    └── FetchRefusedError    the HTML asked for something outside itself
"""

from __future__ import annotations

import gc
import json
import logging
import re
from bisect import bisect_left
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from markupsafe import Markup

from templates.charts import describe, draw
from templates.environment import content_policy, environment, sort_script, style_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weasyprint import CSS, Document
    from weasyprint.text.fonts import FontConfiguration

    from transforms.report.models import Report

Paper: TypeAlias = Literal["Letter", "A4"]

REPORT_SCHEMA_VERSION = 1  # docs/report-schema.json; counts up when a field changes its meaning or goes
PAGE_ONE_ENDS = "<!-- page one ends -->"
# Page one is set in the largest that fits; names and reasons in it are cut to a length, so the last is small enough.
PAGE_ONE_SIZES = ("roomy", "normal", "close", "tight", "tightest")
# What paper does not show anyway; a label cannot look like this, for templates escape it.
SCREEN_ONLY = re.compile(
    r'<(tbody|section) class="screen-only".*?</\1>|<a class="how screen-only".*?</a>|<script\b.*?</script>', re.DOTALL
)
OBJECTS_BETWEEN_COLLECTIONS = 300_000
FONT_FACES = (("DejaVuSans.ttf", "normal"), ("DejaVuSans-Bold.ttf", "bold"))


class RenderError(Exception):
    """A report could not be rendered."""


class FetchRefusedError(RenderError):
    """The HTML asked for something outside itself."""

    def __init__(self, *, what: str) -> None:
        super().__init__(f"{what}: the report carries everything itself. Hint: inline it in the template.")
        self.what = what

    def __reduce__(self) -> tuple[partial[Self], tuple[()]]:
        """As it passes from the process that draws to the one that asked."""
        return partial(type(self), what=self.what), ()


def render_html(report: Report) -> str:
    """The report as one self-contained HTML page, the same that is printed."""
    template = environment().get_template("layout/report.html.j2")
    return template.render(
        report=report,
        verdict=report.verdict,
        draw=draw,
        describe=describe,
        style_sheet=style_sheet(),
        sort_script=sort_script(),
        content_policy=content_policy(),
        machine_json=_for_script(_json(asdict(report.verdict), indent=None)),
    )


def render_pdf(html: str, *, paper: Paper = "Letter") -> bytes:
    """The HTML as PDF/UA-1: tagged for screen readers, in our own fonts, on Letter or A4.

    Raises:
        FetchRefusedError: the HTML refers to something outside itself.
    """
    from weasyprint.urls import FatalURLFetchingError

    # It warns of each screen rule and each style of a chart that paper does not know; errors still speak.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    try:
        with _garbage_collected_seldom():
            printed = SCREEN_ONLY.sub("", html)
            pdf: bytes = _laid_out(_fitted(printed, paper), paper).write_pdf(pdf_variant="pdf/ua-1")
    except FatalURLFetchingError as error:
        raise FetchRefusedError(what=str(error)) from error
    return pdf


def pdf_engine() -> str:
    """Load all that draws the PDF, and say which it is.

    Raises:
        ImportError: WeasyPrint is not installed.
        OSError: a library it draws with is missing.
    """
    import weasyprint

    return f"WeasyPrint {weasyprint.__version__}"


def _fitted(html: str, paper: Paper) -> str:
    """The HTML with page one in the largest size that keeps it to one page; only page one is laid out to try."""
    page_one, ends, _ = html.partition(PAGE_ONE_ENDS)
    if not ends:
        return html

    def fits(size: str) -> bool:
        return len(_laid_out(_sized(page_one, size), paper).pages) == 1

    return _sized(html, PAGE_ONE_SIZES[bisect_left(PAGE_ONE_SIZES[:-1], x=True, key=fits)])


def _sized(html: str, size: str) -> str:
    return html.replace("<body>", f'<body class="{size}">', 1)


def _laid_out(html: str, paper: Paper) -> Document:
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    nothing = URLFetcher(allowed_protocols=(), fail_on_errors=True)
    return HTML(string=html, url_fetcher=nothing).render(
        font_config=_fonts(), stylesheets=[_paper_sheet(paper)], pdf_variant="pdf/ua-1"
    )


@cache
def _fonts() -> FontConfiguration:
    """The fonts of the package under the name the style sheets ask for: not what a machine has."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fonts = FontConfiguration()
    folder = Path(str(resources.files("templates").joinpath("fonts")))
    faces = (
        f'@font-face {{ font-family: "Report Sans"; font-weight: {weight}; src: url("{(folder / name).as_uri()}"); }}'
        for name, weight in FONT_FACES
    )
    CSS(string="".join(faces), font_config=fonts, url_fetcher=URLFetcher(allowed_protocols=("file",)))
    return fonts


@cache
def _paper_sheet(paper: Paper) -> CSS:
    from weasyprint import CSS

    return CSS(string=f"@page {{ size: {paper} }}")


@contextmanager
def _garbage_collected_seldom() -> Iterator[None]:
    """Look for cycles rarely while a document grows, and when it is done with: often would cost a fifth of the whole.

    What was there before is left out of the search, and the document's memory is free for the next one.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *usual[1:])
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()
        gc.set_threshold(*usual)


def render_json(report: Report) -> str:
    """The whole report for machines: each figure with value, unit and reason."""
    return _json({"schema_version": REPORT_SCHEMA_VERSION, **asdict(report)}, indent=2) + "\n"


def _json(value: dict[str, Any], *, indent: int | None) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, default=_iso)


def _iso(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    message = f"{type(value).__name__} has no place in the report's JSON."
    raise TypeError(message)


def _for_script(text: str) -> Markup:
    """JSON that cannot end its script element, whatever a label holds."""
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Markup(safe)  # noqa: S704 - made safe on the line above
