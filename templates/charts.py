"""Every chart as SVG text: readable in grey, by colour-blind eyes and by ear, equal for equal data.

HTML and PDF hold the same SVG.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup, escape

from templates.chart_style import BLACK, BLUE, FONT, FONTS, HEIGHT, ORANGE, VERMILLION, WIDTH, lets_plot, theme
from templates.filters import number, pct
from templates.lean_svg import lean
from templates.section_charts import describe_heat_map, describe_waterfall, heat_map, waterfall

if TYPE_CHECKING:
    from collections.abc import Callable

    from transforms.report.models import Chart, Series

INDEX_POINTS: Final = "Index points"
CIRCLE, TRIANGLE, SQUARE = 16, 17, 15

LINE_COLOURS: Final = (BLACK, VERMILLION, BLUE)
LINE_TYPES: Final = ("solid", "dashed", "solid")
LINE_SHAPES: Final = (SQUARE, TRIANGLE, CIRCLE)
BAR_COLOURS: Final = (BLUE, ORANGE, "#FFFFFF")


def draw(chart: Chart) -> Markup:
    """Draw a chart; without data there is nothing to draw.

    Raises:
        KeyError: the chart has an id no drawing is known for.
    """
    svg: str = _DRAWINGS[chart.chart_id](chart).to_svg()
    return Markup(_accessible(_numbered(lean(svg), chart.chart_id), chart))  # noqa: S704 - texts in it are escaped by lets-plot and below


def describe(chart: Chart) -> str:
    """What the chart shows, in one line a series: the text alternative."""
    if chart.chart_id in _OWN_WORDS:
        return " ".join(map(_OWN_WORDS[chart.chart_id], chart.series))
    digits = 2 if chart.y_title == INDEX_POINTS else 0
    at = pct if chart.chart_id == "scenarios" else number
    lines = [_describe_series(series, at=at, digits=digits) for series in chart.series]
    if chart.marker_x is not None:
        lines.append(f"{chart.marker_label}: {number(chart.marker_x, 1)}.")
    return " ".join(lines)


def _describe_series(series: Series, *, at: Callable[[float], str], digits: int) -> str:
    if not series.points:
        return f"{series.name}: not drawn ({series.reason})."
    lowest = min(series.points, key=lambda point: point.y)
    highest = max(series.points, key=lambda point: point.y)
    if len(series.points) == 1:
        return f"{series.name}: {number(lowest.y, digits)}."
    return (
        f"{series.name}: lowest {number(lowest.y, digits)} at {at(lowest.x)}, "
        f"highest {number(highest.y, digits)} at {at(highest.x)}."
    )


def _columns(chart: Chart) -> dict[str, list[Any]]:
    """The drawn series as one long table."""
    drawn = [(series.name, point) for series in chart.series for point in series.points]
    return {
        "x": [point.x for _, point in drawn],
        "y": [point.y for _, point in drawn],
        "label": [point.label for _, point in drawn],
        "series": [name for name, _ in drawn],
    }


def _payoff(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    lp = lets_plot()
    columns = _columns(chart)
    plot = (
        lp.ggplot(columns, lp.aes("x", "y", color="series", linetype="series", shape="series"))
        + lp.geom_hline(yintercept=0, color="#777777", size=0.6)
        + lp.geom_line(size=1.1)
        + lp.geom_point(size=3)
        + _line_scales([series.name for series in chart.series if series.points])
        + _titles(chart, x_format=",d")
        + theme()
        + lp.ggsize(WIDTH, HEIGHT)
    )
    if chart.marker_x is None:
        return plot
    top = max(columns["y"]) + 0.08 * (max(columns["y"]) - min(columns["y"]))  # above every line
    label = {"x": [chart.marker_x], "y": [top], "text": [f" {chart.marker_label} {chart.marker_x:,.0f}"]}
    return (
        plot
        + lp.geom_vline(xintercept=chart.marker_x, color=BLACK, linetype="dotted", size=0.8)
        + lp.geom_text(
            lp.aes("x", "y", label="text"), data=label, hjust=0, family=FONT, size=6, color=BLACK, inherit_aes=False
        )
    )


def _line_scales(names: list[str]) -> Any:  # noqa: ANN401 - lets-plot has no types
    lp = lets_plot()
    known = {"Condors at expiry": 0, "Now, without hedge": 1, "Now, with hedge": 2}
    chosen = [known[name] for name in names]
    return (
        lp.scale_color_manual([LINE_COLOURS[i] for i in chosen], breaks=names)
        + lp.scale_linetype_manual([LINE_TYPES[i] for i in chosen], breaks=names)
        + lp.scale_shape_manual([LINE_SHAPES[i] for i in chosen], breaks=names)
    )


def _scenarios(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    lp = lets_plot()
    columns = _columns(chart)
    names = [series.name for series in chart.series if series.points]
    order = [pct(x) if x < 0 else f"+{pct(x)}" for x in sorted(set(columns["x"]))]
    columns["x"] = [pct(x) if x < 0 else f"+{pct(x)}" for x in columns["x"]]
    colours = dict(zip(("Condors", "Hedge", "Total"), BAR_COLOURS, strict=True))
    return (
        lp.ggplot(columns, lp.aes("x", "y", fill="series"))
        + lp.geom_bar(stat="identity", position="dodge", width=0.8, color=BLACK, size=0.5)
        + lp.geom_hline(yintercept=0, color=BLACK, size=0.6)
        + lp.scale_fill_manual([colours[name] for name in names], breaks=names)
        + lp.scale_x_discrete(limits=order)
        + _titles(chart)
        + theme()
        + lp.ggsize(WIDTH, HEIGHT)
    )


def _vix_curve(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    lp = lets_plot()
    columns = _columns(chart)
    columns["text"] = [f"{y:.2f}" for y in columns["y"]]
    names = [series.name for series in chart.series if series.points]
    curve = _of_series(columns, names[:1])
    spot = _of_series(columns, names[1:])
    # Spot VIX lies left of the first future: its label keeps to the side away from the curve.
    is_below = bool(spot["y"]) and spot["y"][0] <= curve["y"][0]
    figures = _values(curve, vjust=-0.9)
    if spot["y"]:  # a layer without a point is an error to the drawer
        figures += _values(spot, vjust=1.9 if is_below else -0.9)
    return (
        lp.ggplot(columns, lp.aes("x", "y", color="series", shape="series"))
        + lp.geom_line(lp.aes("x", "y"), data=curve, color=BLUE, size=1.1, inherit_aes=False)
        + lp.geom_point(size=5)
        + figures
        + lp.scale_color_manual([BLUE, VERMILLION][: len(names)], breaks=names)
        + lp.scale_shape_manual([CIRCLE, SQUARE][: len(names)], breaks=names)
        + _titles(chart, x_format="d")
        + theme()
        + lp.ggsize(WIDTH, HEIGHT)
    )


def _of_series(columns: dict[str, list[Any]], names: list[str]) -> dict[str, list[Any]]:
    """The points of these series only."""
    return {key: [v for v, s in zip(columns[key], columns["series"], strict=True) if s in names] for key in columns}


def _values(points: dict[str, list[Any]], *, vjust: float) -> Any:  # noqa: ANN401 - lets-plot has no types
    """Each point's value in figures, above it (negative) or below."""
    lp = lets_plot()
    return lp.geom_text(
        lp.aes("x", "y", label="text"),
        data=points,
        inherit_aes=False,
        family=FONT,
        size=6,
        vjust=vjust,
        show_legend=False,
        color=BLACK,
    )


def _titles(chart: Chart, *, x_format: str = "") -> Any:  # noqa: ANN401 - lets-plot has no types
    lp = lets_plot()
    is_points = chart.y_title == INDEX_POINTS
    titles = lp.labs(x=chart.x_title, y=chart.y_title) + lp.scale_y_continuous(
        format=".1f" if is_points else ",d", expand=[0.24 if is_points else 0.05, 0]
    )
    return titles + lp.scale_x_continuous(format=x_format, expand=[0.04, 0]) if x_format else titles


_DRAWINGS: Final = {
    "payoff": _payoff,
    "scenarios": _scenarios,
    "vix-curve": _vix_curve,
    "heat-map": heat_map,
    "attribution": waterfall,
}
_OWN_WORDS: Final = {"heat-map": describe_heat_map, "attribution": describe_waterfall}
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
