"""Bars with their figures beside them: deltas by part, the drill's stops, the second engine at its near expiry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from templates.chart_style import BLACK, BLUE, FONT, HALF_WIDTH, HEIGHT, ORANGE, WIDTH, lets_plot, theme
from templates.filters import number

if TYPE_CHECKING:
    from transforms.report.chart_models import Chart, Point, Series

GREY: Final = "#6F6F6F"
BAR_COLOURS: Final = {"Condors": BLUE, "Hedge": ORANGE}
ROOM_FRAC: Final = 0.32  # beside the longest bar, for its figure


def lying_bars(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    """Bars from nought to each side, one below the other, each with its figure; a marked one is white."""
    lp = lets_plot()
    points = [point for series in chart.series for point in series.points]
    places = {float(at): point for at, point in enumerate(points)}
    columns: dict[str, list[Any]] = {
        "xmin": [min(0.0, point.y) for point in points],
        "xmax": [max(0.0, point.y) for point in points],
        "ymin": [-at - 0.36 for at in places],
        "ymax": [-at + 0.36 for at in places],
        "kind": ["net" if point.is_marked else ("gain" if point.y >= 0 else "loss") for point in points],
    }
    kinds = [kind for kind in ("gain", "loss", "net") if kind in columns["kind"]]
    fills = {"gain": BLUE, "loss": ORANGE, "net": "#FFFFFF"}
    several = len(chart.series) > 1
    labels = [_name(series, point, several=several) for series in chart.series for point in series.points]
    return (
        lp.ggplot(columns)
        + lp.geom_rect(lp.aes(xmin="xmin", xmax="xmax", ymin="ymin", ymax="ymax", fill="kind"), color=BLACK, size=0.5)
        + lp.geom_vline(xintercept=0, color=BLACK, size=0.6)
        + _bar_figures(places, digits=1 if chart.chart_id == "deltas" else 0)
        + lp.scale_fill_manual([fills[kind] for kind in kinds], breaks=kinds, guide="none")
        + lp.scale_y_continuous(breaks=[-at for at in places], labels=labels, expand=[0.04, 0])
        + lp.scale_x_continuous(format=",d", expand=[ROOM_FRAC, 0])
        + lp.labs(x=chart.x_title, y="")
        + theme()
        + lp.ggsize(HALF_WIDTH, max(110, 52 + 24 * len(points)))
    )


def _name(series: Series, point: Point, *, several: bool) -> str:
    return f"{series.name[:18]} {point.label}" if several else point.label


def _bar_figures(places: dict[float, Point], *, digits: int) -> Any:  # noqa: ANN401 - lets-plot has no types
    lp = lets_plot()
    layers = lp.geom_blank()
    for is_gain, hjust in ((True, 0), (False, 1)):
        kept = {at: point for at, point in places.items() if (point.y >= 0) == is_gain}
        if kept:  # a layer without a figure is an error to the drawer
            texts = [f" {_signed(point.y, digits)} " for point in kept.values()]
            data = {"x": [point.y for point in kept.values()], "y": [-at for at in kept], "text": texts}
            layers += lp.geom_text(
                lp.aes("x", "y", label="text"), data=data, family=FONT, size=5.6, color=BLACK, hjust=hjust
            )
    return layers


def _signed(value: float, digits: int = 0) -> str:
    text = number(value, digits)
    return f"+{text}" if round(value, digits) > 0 else text


def describe_bars(chart: Chart) -> str:
    """Every bar in words: there are few."""
    digits = 1 if chart.chart_id == "deltas" else 0
    return " ".join(_told(series, digits) for series in chart.series)


def _told(series: Series, digits: int) -> str:
    if not series.points:
        return f"{series.name}: not drawn ({series.reason})."
    return f"{series.name}: {', '.join(f'{point.label} {_signed(point.y, digits)}' for point in series.points)}."


def drill(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    """A panel for each time; at each stop what the condors and the hedge make, and the sum as a figure on a dot."""
    lp = lets_plot()
    rows = [(series, point) for series in chart.series for point in series.points]
    stops = [label for _, label in sorted({(point.x, point.label) for _, point in rows})]
    bars = _stops([row for row in rows if row[0].name in BAR_COLOURS])
    nets = _stops([row for row in rows if row[0].name not in BAR_COLOURS])
    names = [name for name in BAR_COLOURS if name in bars["part"]]
    plot = (
        lp.ggplot(bars, lp.aes("stop", "y"))
        + lp.geom_bar(lp.aes(fill="part"), stat="identity", position="dodge", width=0.7, color=BLACK, size=0.4)
        + lp.geom_hline(yintercept=0, color=BLACK, size=0.6)
        + lp.scale_fill_manual([BAR_COLOURS[name] for name in names], breaks=names)
        + lp.facet_wrap("panel", ncol=2, order=0)
        + lp.scale_x_discrete(limits=stops)
        + lp.scale_y_continuous(format=",d", expand=[0.14, 0])
        + lp.labs(x="", y=chart.y_title)
        + theme()
        + lp.theme(strip_background=lp.element_blank(), axis_text_x=lp.element_text(family=FONT, size=9, angle=0))
        + lp.ggsize(WIDTH, HEIGHT)
    )
    if nets["stop"]:  # a layer without a dot is an error to the drawer
        plot += lp.geom_point(lp.aes("stop", "y"), data=nets, shape=21, size=3.4, fill="#FFFFFF", color=BLACK)
        heights = [point.y for _, point in rows]
        above = max(heights) + 0.12 * ((max(heights) - min(heights)) or 1.0)
        figures = nets | {"y": [above] * len(nets["stop"])}  # in a row above all bars
        plot += lp.geom_text(lp.aes("stop", "y", label="text"), data=figures, family=FONT, size=4.8, color=BLACK)
    return plot


def _stops(rows: list[tuple[Series, Point]]) -> dict[str, list[Any]]:
    """What is made at each stop, as one long table."""
    return {
        "panel": [series.panel for series, _ in rows],
        "stop": [point.label for _, point in rows],
        "y": [point.y for _, point in rows],
        "part": [series.name for series, _ in rows],
        "text": [_signed(point.y) for _, point in rows],
    }


def describe_drill(chart: Chart) -> str:
    """The last stop of each time: what is lost there and what is repaid."""
    told = []
    for panel in dict.fromkeys(series.panel for series in chart.series):
        ends = [(series.name, series.points[-1]) for series in chart.series if series.panel == panel and series.points]
        if ends:
            figures = ", ".join(f"{name.lower()} {_signed(point.y)}" for name, point in ends)
            told.append(f"{panel}, at {ends[0][1].label}: {figures}.")
    return " ".join(told)
