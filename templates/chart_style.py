"""What all charts share: colours that colour-blind eyes tell apart, one font, one theme.

Colours are Okabe and Ito's; lines also differ by dash and marker, bars by lightness.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from transforms.report.chart_models import Chart

BLACK, ORANGE, BLUE, VERMILLION = "#000000", "#E69F00", "#0072B2", "#D55E00"
WIDTH: Final = 720
HALF_WIDTH: Final = 420  # of a picture that shares its row: set larger than half, so that its words stay readable
HEIGHT: Final = 184
FONT: Final = "DejaVu Sans"
INDEX_POINTS: Final = "Index points"
FONTS: Final = f"Report Sans, {FONT}, Verdana, sans-serif"  # the first is templates/fonts/, which only the PDF knows


@cache
def lets_plot() -> Any:  # noqa: ANN401 - lets-plot has no types
    """The library, imported with the first chart: compiling 4.11 warns of an escape in one of its docstrings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lets_plot
    return lets_plot


def theme() -> Any:  # noqa: ANN401 - lets-plot has no types
    """The one look of every chart."""
    lp = lets_plot()
    return lp.theme_minimal() + lp.theme(
        text=lp.element_text(family=FONT, color=BLACK, size=11),
        axis_title=lp.element_text(family=FONT, color=BLACK, size=11),
        legend_title=lp.element_blank(),
        legend_position="top",
        panel_grid_minor=lp.element_blank(),
        panel_grid_major=lp.element_line(color="#DDDDDD", size=0.5),
        plot_margin=[4, 16, 4, 4],  # room for the last label of the x axis
        axis_ticks=lp.element_line(color="#777777"),
    )


def long_table(chart: Chart) -> dict[str, list[Any]]:
    """The drawn series as one long table."""
    drawn = [(series, point) for series in chart.series for point in series.points]
    return {
        "x": [point.x for _, point in drawn],
        "y": [point.y for _, point in drawn],
        "label": [point.label for _, point in drawn],
        "series": [series.name for series, _ in drawn],
        "panel": [series.panel for series, _ in drawn],
    }


def titles(chart: Chart, *, x_format: str, room_right: float = 0.04) -> Any:  # noqa: ANN401 - lets-plot has no types
    """The titles of both axes and how their figures are written; room to the right is for names of lines."""
    lp = lets_plot()
    is_points = chart.y_title == INDEX_POINTS
    return (
        lp.labs(x=chart.x_title, y=chart.y_title)
        + lp.scale_y_continuous(format=".1f" if is_points else ",d", expand=[0.12 if is_points else 0.05, 0])
        + _x_scale(chart, x_format, room_right)
    )


def _x_scale(chart: Chart, x_format: str, room_right: float) -> Any:  # noqa: ANN401 - lets-plot has no types
    lp = lets_plot()
    places = [point.x for series in chart.series for point in series.points]
    low, high = min(places), max(places)
    width = (high - low) or 1.0
    return lp.scale_x_continuous(format=x_format, limits=[low - 0.04 * width, high + room_right * width], expand=[0, 0])
