"""Charts read the same every time, have a name and a text, and can be told apart in grey."""

import html
import re
import subprocess
from pathlib import Path
from shutil import which
from types import ModuleType

import pytest
from PIL import Image, ImageChops
from weasyprint import HTML

from templates.charts import _DRAWINGS, describe, draw
from templates.lean_svg import lean
from transforms.report.build import build_report
from transforms.report.models import Chart


@pytest.fixture(scope="module")
def charts(invented: ModuleType) -> dict[str, Chart]:
    report = build_report(invented.invented_inputs(invented.Invention()))
    return {chart.chart_id: chart for chart in (*report.charts, report.risk.heat_map, report.attribution.waterfall)}


@pytest.mark.parametrize("chart_id", ["payoff", "scenarios", "vix-curve", "heat-map", "attribution"])
def test_the_same_data_draw_the_same_svg(charts: dict[str, Chart], chart_id: str) -> None:
    assert draw(charts[chart_id]) == draw(charts[chart_id])


@pytest.mark.parametrize("chart_id", ["payoff", "scenarios", "vix-curve", "heat-map", "attribution"])
def test_a_chart_has_a_title_a_description_and_ids_of_its_own(charts: dict[str, Chart], chart_id: str) -> None:
    svg = draw(charts[chart_id])
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert svg.startswith("<svg")
    assert f'<title id="{chart_id}-title">{html.escape(charts[chart_id].title)}</title>' in svg
    assert f'<desc id="{chart_id}-desc">' in svg
    assert len(ids) == len(set(ids))
    assert all(name.startswith(f"{chart_id}-") for name in ids)
    assert "DejaVu Sans" in svg
    assert "http" not in svg.replace("http://www.w3.org/", "")


@pytest.mark.parametrize("chart_id", ["payoff", "heat-map", "attribution"])
def test_a_lean_drawing_has_every_text_and_half_the_nodes(charts: dict[str, Chart], chart_id: str) -> None:
    raw = _DRAWINGS[chart_id](charts[chart_id]).to_svg()
    small = lean(raw)
    assert re.findall(r">([^<>]*\S[^<>]*)<", small) == re.findall(r"<tspan[^>]*>([^<]*)</tspan>", raw)
    assert small.count("<") < raw.count("<") / 2
    assert len(small) < len(raw) / 2


@pytest.mark.skipif(which("pdftoppm") is None, reason="Poppler draws the comparison")
def test_a_lean_drawing_looks_as_it_was_drawn(charts: dict[str, Chart], tmp_path: Path) -> None:
    raw = _DRAWINGS["payoff"](charts["payoff"]).to_svg()
    was, now = (_raster(svg, tmp_path / name) for svg, name in ((raw, "was"), (lean(raw), "now")))
    different = ImageChops.difference(was, now).point(lambda level: level > 64 and 255)
    assert was.size == now.size
    assert was.histogram()[0] > 100  # something black is drawn
    assert different.histogram()[255] < was.width * was.height / 10_000


def _raster(svg: str, path: Path) -> Image.Image:
    """The drawing in grey, through a PDF."""
    style = "<style>@page { size: 7.6in 2.6in; margin: 0 }</style>"
    framed = svg.replace("<svg", '<svg font-family="DejaVu Sans"', 1)
    HTML(string=style + framed).write_pdf(path)
    subprocess.run(["pdftoppm", "-r", "60", "-gray", "-singlefile", path, path], check=True)
    return Image.open(path.with_suffix(".pgm"))


def test_lines_differ_by_dash_and_not_by_colour_alone(charts: dict[str, Chart]) -> None:
    assert "stroke-dasharray" in draw(charts["payoff"])


def test_bars_are_told_apart_by_lightness(charts: dict[str, Chart]) -> None:
    # Relative luminance by WCAG 2.2: dark blue, middle orange, white.
    svg = draw(charts["scenarios"])
    shares = [_luminance(colour) for colour in ((0, 114, 178), (230, 159, 0), (255, 255, 255))]
    assert all(f"rgb({red},{green},{blue})" in svg for red, green, blue in ((0, 114, 178), (230, 159, 0)))
    assert shares[0] + 0.2 < shares[1]
    assert shares[1] + 0.2 < shares[2]


def test_the_text_alternative_says_the_extremes(charts: dict[str, Chart]) -> None:
    assert "VX settlement: lowest 23.55 at 70, highest 23.90 at 7." in describe(charts["vix-curve"])
    assert "VIX close: 24.37." in describe(charts["vix-curve"])


def test_every_tile_and_bar_carries_its_figure_so_that_grey_says_the_same(charts: dict[str, Chart]) -> None:
    tiles, bars = (re.sub(r"<desc.*?</desc>", "", draw(charts[name])) for name in ("heat-map", "attribution"))
    assert all(figure in tiles for figure in ("−12,340", "−10,000", "−2,400"))
    assert all(figure in bars for figure in ("−9,800", "+5,160", "−8,802"))
    assert "Whole book: lowest −12,340 at +10.0%, severe" in describe(charts["heat-map"])
    assert "Today: Delta −9,800, Gamma −1,860" in describe(charts["attribution"])


def test_a_line_that_cannot_be_drawn_is_left_out_and_named(invented: ModuleType) -> None:
    report = build_report(invented.invented_inputs(invented.Invention(has_vix_chain=False)))
    payoff = report.charts[0]
    assert "Now, with hedge" not in re.sub(r"<desc.*?</desc>", "", draw(payoff))
    assert "Now, with hedge: not drawn (a leg has no mark)." in describe(payoff)


def _luminance(colour: tuple[int, int, int]) -> float:
    shares = [part / 255 for part in colour]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
