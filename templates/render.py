"""A report as HTML, PDF and JSON. The only place that knows WeasyPrint.

Equal reports give equal bytes: the PDF's date is the report's own stamp, chart ids are numbered, nothing is fetched.

    RenderError
    └── FetchRefusedError    the HTML asked for something outside itself
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from templates.charts import describe, draw
from templates.environment import content_policy, environment, sort_script, style_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transforms.report.models import Report

REPORT_SCHEMA_VERSION = 1  # docs/report-schema.json; counts up when a field changes its meaning or goes
AFTER_PAGE_ONE = "pictures"
# Page one is set smaller until it fits; names and reasons in it are cut to a length, so the last size is small enough.
PAGE_ONE_SIZES = ("<body>", '<body class="tight">', '<body class="tightest">')


class RenderError(Exception):
    """A report could not be rendered."""


class FetchRefusedError(RenderError):
    """The HTML asked for something outside itself."""

    def __init__(self, *, what: str) -> None:
        super().__init__(f"{what}: the report carries everything itself. Hint: inline it in the template.")


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


def render_pdf(html: str) -> bytes:
    """The HTML as PDF, Letter size, tagged for screen readers.

    Raises:
        FetchRefusedError: the HTML refers to something outside itself.
    """
    from weasyprint import HTML
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    # It warns of each screen rule and each style of a chart that paper does not know; errors still speak.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    nothing = URLFetcher(allowed_protocols=(), fail_on_errors=True)
    try:
        for body in PAGE_ONE_SIZES:
            document = HTML(string=html.replace("<body>", body, 1), url_fetcher=nothing).render(pdf_tags=True)
            if _is_page_one_one_page(document.pages):
                break
    except FatalURLFetchingError as error:
        raise FetchRefusedError(what=str(error)) from error
    pdf: bytes = document.write_pdf(pdf_tags=True)
    return pdf


def _is_page_one_one_page(pages: Sequence[Any]) -> bool:
    """True when what follows the verdict begins on the second page."""
    starts_on = [number for number, page in enumerate(pages, start=1) if AFTER_PAGE_ONE in page.anchors]
    return starts_on in ([], [2])


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
