"""Every chart as SVG text: readable in grey, by colour-blind eyes and by ear, equal for equal data.

HTML and PDF hold the same SVG.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup, escape

from templates.bar_charts import describe_bars, describe_drill, drill, lying_bars
from templates.chart_style import FONTS, HEIGHT, WIDTH
from templates.filters import number
from templates.lean_svg import lean
from templates.line_charts import (
    benchmarks,
    condor_payoff,
    coverage,
    describe_curves,
    describe_history,
    describe_payoffs,
    payoff,
    signals,
    two_panels,
    vix_curve,
)
from templates.section_charts import describe_heat_map, describe_waterfall, heat_map, waterfall

if TYPE_CHECKING:
    from collections.abc import Callable

    from transforms.report.chart_models import Chart, Series


def draw(chart: Chart) -> Markup:
    """Draw a chart; without data there is nothing to draw.

    Raises:
        KeyError: the chart has an id no drawing is known for.
    """
    svg: str = _DRAWINGS[chart.drawn_as](chart).to_svg()
    return Markup(_accessible(_numbered(lean(svg), chart.chart_id), chart))  # noqa: S704 - texts in it are escaped by lets-plot and below


def describe(chart: Chart) -> str:
    """What the chart shows, in a sentence or two with its main figures: the text alternative."""
    return _WORDS[chart.drawn_as](chart)


def _describe_payoff(chart: Chart) -> str:
    lines = [_describe_series(series) for series in chart.series]
    lines += [f"{mark.label}: {number(mark.x, 1)}." for mark in chart.marks]
    return " ".join(lines)


def _describe_series(series: Series) -> str:
    if not series.points:
        return f"{series.name}: not drawn ({series.reason})."
    lowest = min(series.points, key=lambda point: point.y)
    highest = max(series.points, key=lambda point: point.y)
    return (
        f"{series.name}: lowest {number(lowest.y)} at {number(lowest.x)}, "
        f"highest {number(highest.y)} at {number(highest.x)}."
    )


def _by_series(chart: Chart, told: Callable[[Series], str]) -> str:
    return " ".join(map(told, chart.series))


_DRAWINGS: Final[dict[str, Callable[[Chart], Any]]] = {
    "payoff": payoff,
    "deltas": lying_bars,
    "coverage": coverage,
    "condor-payoff": condor_payoff,
    "drill": drill,
    "near-expiry": lying_bars,
    "vix-curve": vix_curve,
    "signals": signals,
    "breadth": two_panels,
    "benchmarks": benchmarks,
    "heat-map": heat_map,
    "attribution": waterfall,
}
_WORDS: Final[dict[str, Callable[[Chart], str]]] = {
    "payoff": _describe_payoff,
    "deltas": describe_bars,
    "coverage": describe_history,
    "condor-payoff": describe_payoffs,
    "drill": describe_drill,
    "near-expiry": describe_bars,
    "vix-curve": describe_curves,
    "signals": describe_history,
    "breadth": describe_history,
    "benchmarks": describe_history,
    "heat-map": lambda chart: _by_series(chart, describe_heat_map),
    "attribution": lambda chart: _by_series(chart, describe_waterfall),
}
_SIZE: Final = re.compile(r'<svg[^>]*?width="([\d.]+)"[^>]*?height="([\d.]+)"')
_RANDOM_ID: Final = re.compile(r'\bid="([^"]+)"')


def _numbered(svg: str, chart_id: str) -> str:
    """Rename the random ids lets-plot gives its elements: equal data, equal text; and no two charts share one."""
    for position, name in enumerate(dict.fromkeys(_RANDOM_ID.findall(svg)), start=1):
        svg = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", f"{chart_id}-{position}", svg)
    return svg


def _accessible(svg: str, chart: Chart) -> str:
    """Give the drawing a name, a description and a size that follows the page."""
    found = _SIZE.search(svg)
    size = f"{found[1]} {found[2]}" if found else f"{WIDTH} {HEIGHT}"
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" font-family="{FONTS}" '
        f'viewBox="0 0 {size}" role="img" aria-labelledby="{chart.chart_id}-title {chart.chart_id}-desc">'
        f'<title id="{chart.chart_id}-title">{escape(chart.title)}</title>'
        f'<desc id="{chart.chart_id}-desc">{escape(describe(chart))}</desc>'
    )
    return re.sub(r"^\s*<svg[^>]*>", lambda _: opening, svg, count=1)
