"""Lines: payoffs across SPX, the VX curve, and what sessions on record have seen. Each line is named where it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from templates.chart_style import (
    BLACK,
    BLUE,
    FONT,
    HALF_WIDTH,
    HEIGHT,
    VERMILLION,
    WIDTH,
    lets_plot,
    long_table,
    theme,
    titles,
)
from templates.filters import number, pct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transforms.report.chart_models import Chart, Mark, Series

CIRCLE, TRIANGLE, SQUARE = 16, 17, 15
GREY: Final = "#6F6F6F"
SHADE: Final = "#E4E4E4"
LINE_COLOURS: Final = (BLACK, VERMILLION, BLUE)
LINE_TYPES: Final = ("solid", "dashed", "solid")
LINE_WIDTHS: Final = (1.0, 1.1, 1.7)  # in grey, width tells two full lines apart
LINE_SHAPES: Final = (SQUARE, TRIANGLE, CIRCLE)
KNOWN_LINES: Final = {
    "Condors at expiry": 0,
    "Now, without hedge": 1,
    "Now, with hedge": 2,
    "This condor": 0,
    "All condors": 1,
    "With the hedge": 2,
}
MARK_TYPES: Final = {"spot": "solid", "strike": "dotted", "break-even": "dashed"}
STATE_FILLS: Final = {"DORMANT": "#FFFFFF", "ARMED": "#F2C572", "ACTIVE": "#8A3B00"}
DATE_TICKS: Final = 5
WHOLE_FROM: Final = 1000  # figures this large are told without decimals
LABEL_GAP_FRAC: Final = 0.11  # of the height of a panel: two names of lines do not touch


def payoff(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    """P&L of the book across SPX."""
    lp = lets_plot()
    columns = long_table(chart)
    plot = (
        lp.ggplot(columns, lp.aes("x", "y", color="series", linetype="series", shape="series"))
        + lp.geom_hline(yintercept=0, color=GREY, size=0.6)
        + lp.geom_line(size=1.1)
        + lp.geom_point(size=3)
        + _line_scales([series.name for series in chart.series if series.points])
        + titles(chart, x_format=",d")
        + theme()
        + lp.ggsize(WIDTH, HEIGHT)
    )
    if not chart.marks:
        return plot
    (mark,) = chart.marks
    top = max(columns["y"]) + 0.08 * (max(columns["y"]) - min(columns["y"]))  # above every line
    label = {"x": [mark.x], "y": [top], "text": [f" {mark.label} {mark.x:,.0f}"]}
    return (
        plot
        + lp.geom_vline(xintercept=mark.x, color=BLACK, linetype="dotted", size=0.8)
        + lp.geom_text(
            lp.aes("x", "y", label="text"), data=label, hjust=0, family=FONT, size=6, color=BLACK, inherit_aes=False
        )
    )


def condor_payoff(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    """A panel for each time; the expected move shaded, levels as lines."""
    lp = lets_plot()
    columns = long_table(chart)
    names = list(dict.fromkeys(series.name for series in chart.series if series.points))
    low, high = min(columns["x"]), max(columns["x"])
    plot = lp.ggplot(columns, lp.aes("x", "y"))
    if chart.band is not None:
        start, end = max(chart.band[0], low), min(chart.band[1], high)
        plot += lp.geom_band(xmin=start, xmax=end, fill=SHADE, color=SHADE, alpha=1.0)
    for mark in (mark for mark in chart.marks if low <= mark.x <= high):
        plot += _mark_line(mark)
    return (
        plot
        + lp.geom_hline(yintercept=0, color=GREY, size=0.6)
        + lp.geom_line(lp.aes(color="series", linetype="series", size="series"))
        + lp.scale_size_manual([LINE_WIDTHS[KNOWN_LINES[name]] for name in names], breaks=names)
        + lp.scale_color_manual([LINE_COLOURS[KNOWN_LINES[name]] for name in names], breaks=names)
        + lp.scale_linetype_manual([LINE_TYPES[KNOWN_LINES[name]] for name in names], breaks=names)
        + lp.facet_wrap("panel", ncol=3, order=0)
        + titles(chart, x_format=",d")
        + theme()
        + lp.theme(strip_background=lp.element_blank())
        + lp.ggsize(WIDTH, HEIGHT)
    )


def _mark_line(mark: Mark) -> Any:  # noqa: ANN401 - lets-plot has no types
    lp = lets_plot()
    return lp.geom_vline(xintercept=mark.x, color=BLACK, linetype=MARK_TYPES[mark.kind], size=0.6)


def _line_scales(names: list[str]) -> Any:  # noqa: ANN401 - lets-plot has no types
    lp = lets_plot()
    chosen = [KNOWN_LINES[name] for name in names]
    return (
        lp.scale_color_manual([LINE_COLOURS[i] for i in chosen], breaks=names)
        + lp.scale_linetype_manual([LINE_TYPES[i] for i in chosen], breaks=names)
        + lp.scale_shape_manual([LINE_SHAPES[i] for i in chosen], breaks=names)
    )


def describe_payoffs(chart: Chart) -> str:
    """Each line's worst and best level, a sentence a panel."""
    told = []
    for panel in dict.fromkeys(series.panel for series in chart.series):
        lines = [series for series in chart.series if series.panel == panel]
        told.append(f"{panel}: {'; '.join(map(_extremes, lines))}.")
    return " ".join(told)


def _extremes(series: Series) -> str:
    if not series.points:
        return f"{series.name.lower()} not drawn ({series.reason})"
    worst = min(series.points, key=lambda point: point.y)
    best = max(series.points, key=lambda point: point.y)
    return f"{series.name.lower()} {number(worst.y)} at {number(worst.x)} to {number(best.y)} at {number(best.x)}"


def vix_curve(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    """Three curves, tonight's with its figures; the VIX close at day nought."""
    lp = lets_plot()
    tonight, before, week, spot = chart.series
    plot = lp.ggplot() + lp.geom_blank()
    for series, kind in ((week, "dotted"), (before, "dashed")):
        if series.points:
            plot += lp.geom_line(lp.aes("x", "y"), data=_columns(series), color=GREY, linetype=kind, size=0.9)
    points = _columns(tonight)
    plot += lp.geom_line(lp.aes("x", "y"), data=points, color=BLUE, size=1.2)
    plot += lp.geom_point(lp.aes("x", "y"), data=points, color=BLUE, shape=CIRCLE, size=3)
    if spot.points:
        plot += lp.geom_point(lp.aes("x", "y"), data=_columns(spot), color=VERMILLION, shape=SQUARE, size=3.6)
    return (
        plot
        + _end_names([series for series in (tonight, before, week) if series.points], also=[spot])
        + _start_name(spot)
        + titles(chart, x_format="d", room_right=0.36)
        + theme()
        + lp.ggsize(HALF_WIDTH, HEIGHT)
    )


def _columns(series: Series) -> dict[str, list[Any]]:
    return {"x": [point.x for point in series.points], "y": [point.y for point in series.points]}


def _start_name(series: Series) -> Any:  # noqa: ANN401 - lets-plot has no types
    lp = lets_plot()
    if not series.points:
        return lp.geom_blank()
    first = series.points[0]
    data = {"x": [first.x], "y": [first.y], "text": [f"  VIX {number(first.y, 2)}"]}
    return lp.geom_text(lp.aes("x", "y", label="text"), data=data, hjust=0, family=FONT, size=5.4, color=BLACK)


def _end_names(lines: Sequence[Series], *, also: Sequence[Series] = ()) -> Any:  # noqa: ANN401 - lets-plot has no types
    """The name of each line and its last figure beside its end."""
    return _end_texts(lines, [f" {line.name} {number(line.points[-1].y, 2)}" for line in lines], also=also)


def _end_texts(lines: Sequence[Series], texts: Sequence[str], *, also: Sequence[Series] = ()) -> Any:  # noqa: ANN401 - lets-plot has no types
    """Texts beside the ends of lines, a gap apart; `also` stretches the scale they stand on."""
    lp = lets_plot()
    heights = [point.y for line in (*lines, *also) for point in line.points]
    gap = LABEL_GAP_FRAC * ((max(heights) - min(heights)) or 1.0)
    order = sorted(range(len(lines)), key=lambda at: lines[at].points[-1].y)
    placed: list[float] = []
    for at in order:
        wanted = lines[at].points[-1].y
        placed.append(max(wanted, placed[-1] + gap) if placed else wanted)
    right = max(line.points[-1].x for line in lines)
    data = {"x": [right] * len(order), "y": placed, "text": [texts[at] for at in order]}
    return lp.geom_text(lp.aes("x", "y", label="text"), data=data, hjust=0, family=FONT, size=5.4, color=BLACK)


def coverage(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    """Cover and cost as shares, with the target as a hairline."""
    lp = lets_plot()
    drawn = [series for series in chart.series if series.points and not series.panel]
    plot = lp.ggplot() + lp.geom_blank()
    for target in (series for series in chart.series if series.panel == "target"):
        plot += lp.geom_line(lp.aes("x", "y"), data=_columns(target), color=GREY, size=0.5)
    for series, colour, kind in zip(drawn, (BLUE, VERMILLION), ("solid", "dashed"), strict=False):
        plot += lp.geom_line(lp.aes("x", "y"), data=_columns(series), color=colour, linetype=kind, size=1.2)
    texts = [f" {series.name} {pct(series.points[-1].y)}" for series in drawn]
    return (
        plot
        + _end_texts(drawn, texts)
        + lp.scale_y_continuous(format=".0%", expand=[0.12, 0])
        + _dates(chart, room_right=0.36)
        + lp.labs(x="", y="")
        + theme()
        + lp.ggsize(HALF_WIDTH, HEIGHT)
    )


def signals(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    """VIX as a line; beneath it a strip for each layer, filled by its state."""
    lp = lets_plot()
    vix, *layers = chart.series
    low, high = min(point.y for point in vix.points), max(point.y for point in vix.points)
    strip = 0.11 * ((high - low) or 1.0)
    plot = lp.ggplot() + lp.geom_line(lp.aes("x", "y"), data=_columns(vix), color=BLUE, size=1.2)
    names: dict[str, list[Any]] = {"x": [], "y": [], "text": []}
    for row, layer in enumerate(layers):
        top = low - strip * (1.3 + 1.25 * row)
        for state, fill in STATE_FILLS.items():
            stretches = [point for point in layer.points if point.label == state]
            if stretches:
                data = {
                    "xmin": [point.x - 0.5 for point in stretches],
                    "xmax": [point.y - 0.5 for point in stretches],
                    "ymin": [top - strip] * len(stretches),
                    "ymax": [top] * len(stretches),
                }
                plot += lp.geom_rect(
                    lp.aes(xmin="xmin", xmax="xmax", ymin="ymin", ymax="ymax"),
                    data=data,
                    fill=fill,
                    color=BLACK,
                    size=0.4,
                )
        names["x"].append(max((point.y for point in layer.points), default=0.0))
        names["y"].append(top - strip / 2)
        names["text"].append(f" {layer.name} {layer.points[-1].label if layer.points else 'unknown'}")
    ticks = [low, (low + high) / 2, high]
    return (
        plot
        + lp.geom_text(lp.aes("x", "y", label="text"), data=names, hjust=0, family=FONT, size=5.4, color=BLACK)
        + _end_names([vix])
        + lp.scale_y_continuous(breaks=ticks, labels=[number(tick, 1) for tick in ticks], expand=[0.06, 0])
        + _dates(chart, room_right=0.5)
        + lp.labs(x="", y=chart.y_title)
        + theme()
        + lp.ggsize(HALF_WIDTH, HEIGHT)
    )


def _dates(chart: Chart, *, room_right: float) -> Any:  # noqa: ANN401 - lets-plot has no types
    """A few sessions as dates; lines stand at the number of their session."""
    lp = lets_plot()
    labels = {point.x: point.label for series in chart.series if not series.panel for point in series.points}
    places = sorted(labels)
    step = max(1, -(-len(places) // DATE_TICKS))
    ticks = places[::step]
    first = min(point.x for series in chart.series for point in series.points)
    width = (places[-1] - first) or 1.0
    return lp.scale_x_continuous(
        breaks=ticks,
        labels=[labels[tick][5:] for tick in ticks],
        limits=[first - 0.5, places[-1] + room_right * width],
        expand=[0.01, 0],
    )


def two_panels(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    """Two lines one above the other, each with its own scale."""
    lp = lets_plot()
    columns = long_table(chart)
    return (
        lp.ggplot(columns, lp.aes("x", "y"))
        + lp.geom_line(color=BLUE, size=1.2)
        + lp.facet_wrap("series", ncol=1, scales="free_y", order=0)
        + lp.scale_y_continuous(format=",d")
        + _dates(chart, room_right=0.02)
        + lp.labs(x="", y="")
        + theme()
        + lp.theme(strip_background=lp.element_blank())
        + lp.ggsize(HALF_WIDTH, HEIGHT)
    )


def benchmarks(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    """Lines that stood at 100 when they began."""
    lp = lets_plot()
    drawn = [series for series in chart.series if series.points]
    plot = lp.ggplot() + lp.geom_hline(yintercept=100, color=GREY, size=0.5)
    for series, colour, kind in zip(drawn, (BLUE, VERMILLION), ("solid", "dashed"), strict=False):
        plot += lp.geom_line(lp.aes("x", "y"), data=_columns(series), color=colour, linetype=kind, size=1.2)
    return (
        plot
        + _end_names(drawn)
        + lp.scale_y_continuous(format=".1f", expand=[0.1, 0])
        + _dates(chart, room_right=0.36)
        + lp.labs(x="", y=chart.y_title)
        + theme()
        + lp.ggsize(HALF_WIDTH, HEIGHT)
    )


def describe_curves(chart: Chart) -> str:
    """First and last contract of each curve."""
    told = []
    for series in chart.series:
        if not series.points:
            told.append(f"{series.name}: {series.reason or 'not known'}.")
        elif len(series.points) == 1:
            told.append(f"{series.name}: {number(series.points[0].y, 2)}.")
        else:
            first, last = series.points[0], series.points[-1]
            told.append(
                f"{series.name}: {number(first.y, 2)} at {number(first.x)} days to {number(last.y, 2)} at "
                f"{number(last.x)}."
            )
    return " ".join(told)


def describe_history(chart: Chart) -> str:
    """Where each line began and stands, over which sessions."""
    shown = pct if chart.chart_id == "coverage" else lambda value: number(value, 0 if abs(value) >= WHOLE_FROM else 2)
    told = []
    for series in chart.series:
        if not series.points:
            told.append(f"{series.name}: {series.reason or 'nothing on record'}.")
        elif series.panel == "target":
            told.append(f"{series.name}: {shown(series.points[-1].y)}.")
        elif series.panel == "states":
            changes = len(series.points) - 1
            word = "change" if changes == 1 else "changes"
            told.append(f"{series.name}: {series.points[-1].label} tonight, {changes} {word}.")
        else:
            first, last = series.points[0], series.points[-1]
            told.append(f"{series.name}: {shown(first.y)} on {first.label}, {shown(last.y)} on {last.label}.")
    return " ".join(told)
