"""What all charts share: colours that colour-blind eyes tell apart, one font, one theme.

Colours are Okabe and Ito's; lines also differ by dash and marker, bars by lightness.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any, Final

BLACK, ORANGE, BLUE, VERMILLION = "#000000", "#E69F00", "#0072B2", "#D55E00"
WIDTH: Final = 720
HEIGHT: Final = 222
FONT: Final = "DejaVu Sans"
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
