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
from transforms.report.chart_models import Chart

CHARTS = (
    *("payoff", "deltas", "coverage", "heat-map", "attribution", "payoff-1", "drill-1", "near-expiry"),
    *("vix-curve", "signals", "breadth", "benchmarks"),
)


@pytest.fixture(scope="module")
def charts(invented: ModuleType) -> dict[str, Chart]:
    report = build_report(invented.invented_inputs(invented.Invention()))
    (worst, _) = report.actions.condors
    assert worst.payoff is not None
    assert worst.drill is not None
    drawn = (
        *report.charts,
        report.risk.heat_map,
        report.attribution.waterfall,
        worst.payoff,
        worst.drill.picture,
        report.second_engine.at_near_expiry,
        report.regime.curve,
        report.regime.history,
        report.breadth.picture,
        report.economics.benchmarks,
    )
    return {chart.chart_id: chart for chart in drawn}


@pytest.mark.parametrize("chart_id", CHARTS)
def test_the_same_data_draw_the_same_svg(charts: dict[str, Chart], chart_id: str) -> None:
    assert draw(charts[chart_id]) == draw(charts[chart_id])


@pytest.mark.parametrize("chart_id", CHARTS)
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


@pytest.mark.parametrize("chart_id", ["payoff", "payoff-1", "coverage", "vix-curve", "benchmarks"])
def test_lines_differ_by_dash_and_not_by_colour_alone(charts: dict[str, Chart], chart_id: str) -> None:
    assert "stroke-dasharray" in draw(charts[chart_id])


def test_bars_are_told_apart_by_lightness(charts: dict[str, Chart]) -> None:
    # Relative luminance by WCAG 2.2: dark blue, middle orange, white.
    svg = draw(charts["drill-1"])
    shares = [_luminance(colour) for colour in ((0, 114, 178), (230, 159, 0), (255, 255, 255))]
    assert all(f"rgb({red},{green},{blue})" in svg for red, green, blue in ((0, 114, 178), (230, 159, 0)))
    assert shares[0] + 0.2 < shares[1]
    assert shares[1] + 0.2 < shares[2]


def test_the_text_alternative_says_the_extremes(charts: dict[str, Chart]) -> None:
    assert "Tonight: 23.90 at 7 days to 23.85 at 126." in describe(charts["vix-curve"])
    assert "VIX close: 24.37." in describe(charts["vix-curve"])
    # 873.1 of the condors; L1 and L2 hold 4 contracts at -18.4 each; second engine -12.4: the book says 713.4.
    assert "Condors +873.1, L1 −73.6, L2 −73.6" in describe(charts["deltas"])
    assert "Net +713.4" in describe(charts["deltas"])
    assert "Repays: 41.0% on 2031-03-03, 12.3% on 2031-03-12." in describe(charts["coverage"])
    assert "L1: ACTIVE tonight, 2 changes." in describe(charts["signals"])
    assert "1.5× −610, 2× −1,980, 3× −5,202" in describe(charts["near-expiry"])


def test_every_tile_and_bar_carries_its_figure_so_that_grey_says_the_same(charts: dict[str, Chart]) -> None:
    tiles, bars = (re.sub(r"<desc.*?</desc>", "", draw(charts[name])) for name in ("heat-map", "attribution"))
    assert all(figure in tiles for figure in ("−12,340", "−10,000", "−2,400"))
    assert all(figure in bars for figure in ("−9,800", "+5,160", "−8,802"))
    assert "Whole book: lowest −12,340 at +10.0%, severe" in describe(charts["heat-map"])
    assert "Today: Delta −9,800, Gamma −1,860" in describe(charts["attribution"])


def test_the_advance_decline_line_is_the_running_sum_of_net_advances(charts: dict[str, Chart]) -> None:
    # 640 - 310 + 120 - 780 + 90 - 905 - 440 - 1378 = -2963
    spx, line = charts["breadth"].series
    assert [point.y for point in line.points[:3]] == [640.0, 330.0, 450.0]
    assert (line.points[-1].y, spx.points[-1].y) == (-2963.0, 6118.75)


def test_a_payoff_counts_from_entry_and_names_every_level(charts: dict[str, Chart]) -> None:
    """Tonight's P&L of the condor, -13,700, and what the invented table adds at 6,100 now: 2,400 - 80 x 50 / 2."""
    payoff = charts["payoff-1"]
    own, _, covered = payoff.series[:3]
    assert {point.x: point.y for point in own.points}[6100.0] == -13700.0 + 2400.0 - 2000.0
    # All condors -27,400 and the hedge 6,240 so far; 2 x 400 and 12 x 20.40 on the way there.
    assert {point.x: point.y for point in covered.points}[6100.0] == pytest.approx(-27400 + 6240 + 800 + 244.8)
    assert payoff.band == pytest.approx((6120.4 - 210, 6120.4 + 210))
    assert [(mark.kind, mark.x) for mark in payoff.marks] == [
        ("spot", 6120.4),
        ("strike", 6150.0),
        ("strike", 6400.0),
        ("break-even", 6143.5),
        ("break-even", 6406.5),
    ]


def test_few_elements_make_a_picture(charts: dict[str, Chart]) -> None:
    """Each element costs time in the PDF."""
    assert all(draw(chart).count("<") < 1500 for chart in charts.values() if chart.chart_id != "heat-map")


def test_a_line_that_cannot_be_drawn_is_left_out_and_named(invented: ModuleType) -> None:
    report = build_report(invented.invented_inputs(invented.Invention(has_vix_chain=False)))
    payoff = report.charts[0]
    assert "Now, with hedge" not in re.sub(r"<desc.*?</desc>", "", draw(payoff))
    assert "Now, with hedge: not drawn (a leg has no mark)." in describe(payoff)


def _luminance(colour: tuple[int, int, int]) -> float:
    shares = [part / 255 for part in colour]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
