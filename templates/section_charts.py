"""Heat map and waterfall: figures in every cell and beside every bar, so that grey print says the same as colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from templates.chart_style import BLACK, BLUE, FONT, ORANGE, WIDTH, lets_plot, theme
from templates.filters import number, pct

if TYPE_CHECKING:
    from transforms.report.chart_models import Chart, Point, Series

RESPONSES: Final = ("severe", "base", "muted", "inverse")  # top to bottom: the hedge helps less and less
PANEL_HEIGHT: Final = 90
AXIS_HEIGHT: Final = 44
GAP_FRAC: Final = 0.015  # between a bar and its figure
THOUSANDS_FROM_USD: Final = 99_999.5
LOSS, GAIN, NEITHER = "#F2A65A", "#8CC4E8", "#FFFFFF"  # light enough for black figures on them


def heat_map(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    """One tile for each SPX move and vol response; the worst of each part in a frame."""
    lp = lets_plot()
    columns = _cells(chart)
    moves = sorted({point.x for series in chart.series for point in series.points})
    marked = {key: [v for v, m in zip(values, columns["marked"], strict=True) if m] for key, values in columns.items()}
    plot = (
        lp.ggplot(columns, lp.aes("x", "y"))
        + lp.geom_tile(lp.aes(fill="strength"), color="#FFFFFF", size=0.6, show_legend=False)
        + lp.geom_text(lp.aes(label="text"), family=FONT, size=4.6, color=BLACK)
        + lp.scale_fill_gradient2(low=LOSS, mid=NEITHER, high=GAIN, midpoint=0, limits=[-1, 1], guide="none")
        + lp.facet_wrap("part", ncol=1, order=0)
        + lp.scale_x_discrete(limits=[_move(x) for x in moves])
        + lp.scale_y_discrete(limits=list(reversed(RESPONSES)))
        + lp.labs(x=chart.x_title, y="")
        + theme()
        + lp.theme(
            panel_grid_major=lp.element_blank(),
            strip_background=lp.element_blank(),
            axis_text_x=lp.element_text(family=FONT, size=9, angle=0),
        )
        + lp.ggsize(WIDTH, AXIS_HEIGHT + PANEL_HEIGHT * len(set(columns["part"])))
    )
    if marked["x"]:  # a layer without a tile is an error to the drawer
        plot += lp.geom_tile(lp.aes("x", "y"), data=marked, fill="rgba(0,0,0,0)", color=BLACK, size=1.6)
    return plot


def _cells(chart: Chart) -> dict[str, list[Any]]:
    """One row a tile; colour is strongest at the greatest gain or loss of the part."""
    rows = [(series, point) for series in chart.series for point in series.points]
    greatest = {series.name: max((abs(point.y) for point in series.points), default=0.0) for series in chart.series}
    return {
        "part": [series.name for series, _ in rows],
        "x": [_move(point.x) for _, point in rows],
        "y": [point.label for _, point in rows],
        "strength": [point.y / (greatest[series.name] or 1.0) for series, point in rows],
        "text": [_short(point.y) for _, point in rows],
        "marked": [point.is_marked for _, point in rows],
    }


def _move(fraction: float) -> str:
    return f"+{pct(fraction)}" if fraction > 0 else pct(fraction)


def _short(value: float) -> str:
    """Dollars that fit into a tile: thousands from 100,000 on."""
    return f"{number(value / 1000)}k" if abs(value) >= THOUSANDS_FROM_USD else number(value)


def describe_heat_map(series: Series) -> str:
    """The worst and the best tile, in words."""
    if not series.points:
        return f"{series.name}: not drawn ({series.reason})."
    worst = min(series.points, key=lambda point: point.y)
    best = max(series.points, key=lambda point: point.y)
    told = (f"{number(cell.y)} at {_move(cell.x)}, {cell.label}" for cell in (worst, best))
    return f"{series.name}: lowest {', highest '.join(told)}."


def waterfall(chart: Chart) -> Any:  # noqa: ANN401 - lets-plot has no types
    """Bars one below the other, each from where the one above ends; a panel for each period."""
    lp = lets_plot()
    rows = [(series, point) for series in chart.series for point in series.points]
    labels = {point.x: point.label for _, point in rows}
    columns: dict[str, list[Any]] = {
        "period": [series.name for series, _ in rows],
        "xmin": [min(point.base, point.base + point.y) for _, point in rows],
        "xmax": [max(point.base, point.base + point.y) for _, point in rows],
        "ymin": [-point.x - 0.36 for _, point in rows],
        "ymax": [-point.x + 0.36 for _, point in rows],
        "y": [-point.x for _, point in rows],
        "kind": ["sum" if point.label == "P&L" else ("gain" if point.y >= 0 else "loss") for _, point in rows],
    }
    kinds = [kind for kind in ("gain", "loss", "sum") if kind in columns["kind"]]
    colours = {"gain": BLUE, "loss": ORANGE, "sum": "#FFFFFF"}
    return (
        lp.ggplot(columns)
        + lp.geom_vline(xintercept=0, color="#777777", size=0.6)
        + lp.geom_rect(lp.aes(xmin="xmin", xmax="xmax", ymin="ymin", ymax="ymax", fill="kind"), color=BLACK, size=0.5)
        + _figures(rows)
        + lp.scale_fill_manual([colours[kind] for kind in kinds], breaks=kinds, guide="none")
        + lp.facet_wrap("period", ncol=len({series.name for series, _ in rows}), scales="free_x", order=0)
        + lp.scale_y_continuous(breaks=[-place for place in labels], labels=list(labels.values()), expand=[0.02, 0])
        + lp.scale_x_continuous(format=",d", expand=[0.28, 0])
        + lp.labs(x=chart.x_title, y="")
        + theme()
        + lp.theme(strip_background=lp.element_blank())
        + lp.ggsize(WIDTH, 64 + 14 * len(labels))
    )


def _figures(rows: list[tuple[Series, Point]]) -> Any:  # noqa: ANN401 - lets-plot has no types
    """The figure of each bar, just outside the end it grew towards."""
    lp = lets_plot()
    spans: dict[str, list[float]] = {}
    for series, point in rows:
        spans.setdefault(series.name, []).extend((point.base, point.base + point.y))
    gaps = {name: GAP_FRAC * (max(ends) - min(ends)) for name, ends in spans.items()}
    layers = lp.geom_blank()
    for sign, hjust in ((1, 0), (-1, 1)):
        kept = [(series.name, point) for series, point in rows if (point.y >= 0) == (sign > 0)]
        if kept:  # a layer without a figure is an error to the drawer
            data = {
                "period": [name for name, _ in kept],
                "x": [point.base + point.y + sign * gaps[name] for name, point in kept],
                "y": [-point.x for _, point in kept],
                "text": [_signed(point.y) for _, point in kept],
            }
            layers += lp.geom_text(
                lp.aes("x", "y", label="text"), data=data, family=FONT, size=5.4, color=BLACK, hjust=hjust
            )
    return layers


def _signed(value: float) -> str:
    return f"+{number(value)}" if value > 0 else number(value)


def describe_waterfall(series: Series) -> str:
    """Every bar in words: there are few."""
    if not series.points:
        return f"{series.name}: not drawn ({series.reason})."
    return f"{series.name}: {', '.join(f'{point.label} {_signed(point.y)}' for point in series.points)}."
