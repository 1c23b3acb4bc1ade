"""The printed report: the verdict alone on page one, the facts with their units, the banner on every page."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, Destination, DictionaryObject, PdfObject

from templates.render import FetchRefusedError, render_html, render_pdf
from tests.templates.drawn_once import drawn_once
from transforms.report.build import build_report

Pages = tuple[str, ...]
HOSTILE = "<b>\"');}</style><!-- page"  # shorter than the running head cuts names


def _texts(pdf: bytes) -> Pages:
    return tuple(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.fixture(scope="module")
def pdf_of(invented: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    """A night's PDF on Letter, drawn once."""

    @cache
    def drawn(**night: object) -> bytes:
        html = render_html(build_report(invented.invented_inputs(invented.Invention(**night))))
        return drawn_once(tmp_path_factory, html)

    return drawn


@pytest.fixture(scope="module")
def printed(pdf_of: Callable[..., bytes]) -> Callable[..., Pages]:
    """The text of each page of a night's PDF."""

    @cache
    def pages(**night: object) -> Pages:
        return _texts(pdf_of(**night))

    return pages


def test_page_one_answers_with_figures_and_units(printed: Callable[..., Pages]) -> None:
    first = printed()[0]
    for fact in (
        "CRITICAL: act now",
        "+$713.4 per SPX point",
        "+$43,662 per 1% of SPX",
        "SPX −5%: 12.3% condors −$3,000, hedge +$600; VIX 30.46; with second engine 11.8%",
        "−$21,478",
        "Today −$9,120",
        "Month to date −$26,406",
        "window PRE, an event comes before the next close",
        "Held / target, units 1.00 / 2.00",
        "Gap costs, $ $1,180",
        "Gap at the ask of VIXW 2031-04-16 AM C 17",
        "Signal: ACTIVE since the put side is BREACHED",
        "signal since 2031-03-11",
        "SPX 6,120.40 pts (close to close −2.13%)",
        "VIX 24.37 pts (+18.2%)",
        "FOMC decision, 2031-03-19 14:00 ET",
        "put −29.60 pts −0.48%",
        "BREACHED put",
        "P 6,100 / 6,150",
        "Coverage gap",
        "IC-0 TESTED put → BREACHED put",
        "quotes of 2031-03-12 16:15 ET",
        "condor_breached: 6,120.40 pts against 6,143.50 pts (vendor rule)",
    ):
        assert fact in first


def test_a_threatened_condor_is_printed_with_what_can_be_done(printed: Callable[..., Pages]) -> None:
    pages = printed()
    assert "Best feasible roll (chance of profit): IC-0 (Main, 10 condors), R1 SPXW 2031-04-04" in pages[0]
    assert "put the tested side out in time. Net +$310 after fees (a credit), 14 days added; then" in pages[0]
    assert "probability of profit 46.4%." in pages[0]
    assert "Cheapest feasible roll (most cash): IC-0 (Main, 10 condors), R4 SPXW 2031-03-21" in pages[0]
    assert "the tested side stays as it is. Net +$1,240 after fees (a credit)" in pages[0]
    assert "probability of profit 28.8%." in pages[0]
    text = " ".join(pages)
    for fact in (
        "Intrinsic share of the put width 51.7%",
        "Long put covers 0.71×",
        "Call side captured 91.3%",
        "dominated by: best roll",
        "Add hedge to target is not possible: the layers hold their targets.",
        "closing costs $20,200 at the marks against $19,500; it would be hit tonight, and would first have fired on",
        "3 rolls feasible, 1 blocked; BREACHED; EDR 1.34% > 0.94%",
        "$1,540 $2,040 $8 +$508 21 −$11.4",
    ):
        assert fact in text


def test_no_feasible_roll_no_threatened_condor_and_a_hold_are_said(printed: Callable[..., Pages]) -> None:
    assert "No feasible roll: IC-0, R4 SPXW 2031-03-21 6100/6150/6300/6350 is blocked" in printed(rolls="blocked")[0]
    quiet = printed(rolls="none")
    assert "roll:" not in quiet[0]
    assert any("Decisions and rolls: no condor is TESTED or worse tonight." in page for page in quiet)
    held = printed(is_data_hold=True)
    assert any("Decisions and rolls: withheld: data on hold." in page for page in held)
    assert not any("+$310" in page for page in held)


def test_the_verdict_comes_before_everything_else(printed: Callable[..., Pages]) -> None:
    first, second = printed()[:2]
    assert first.index("CRITICAL: act now") < first.index("Net delta of the book") < first.index("L1 hedge")
    assert "The book in three pictures" in second


def test_every_page_is_numbered_and_names_session_and_status(printed: Callable[..., Pages]) -> None:
    pages = printed()
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert "session Wed 2031-03-12" in page
        assert "Status CRITICAL" in page


def test_data_hold_is_on_every_page_and_nothing_to_act_on_is_printed(printed: Callable[..., Pages]) -> None:
    pages = printed(is_data_hold=True)
    assert all("DATA_HOLD – a critical data check failed" in page for page in pages)
    assert "spx_chain_end_of_day (SPX): The quotes were taken at 11:40 New York time" in pages[0]
    assert "withheld: data on hold" in pages[0]
    assert not any("12.3% with second engine" in page or "coverage_gap" in page for page in pages)


def test_a_simulated_night_says_so_on_every_page(printed: Callable[..., Pages]) -> None:
    assert all("SIMULATED – an invented market" in page for page in printed(has_vix_chain=False, is_simulated=True))


def test_without_a_vix_chain_the_layers_say_which_leg_and_why(printed: Callable[..., Pages]) -> None:
    pages = printed(has_vix_chain=False, is_simulated=True)
    assert "1 unpriced: VIXW 2031-04-16 AM C 15: no VIX chain tonight" in pages[0]
    assert "No mark, in no total: VIXW 2031-04-16 AM C 15, VIXW 2031-06-18 AM C 25" in pages[0]
    assert any("Legs without a mark: in no total" in page for page in pages[1:])


def test_an_empty_book_is_said_kindly(printed: Callable[..., Pages]) -> None:
    first = printed(is_empty=True)[0]
    assert "There is no condor in this book tonight." in first
    assert "OK: nothing is threatened" in first


def test_eight_condors_stay_on_page_one(printed: Callable[..., Pages]) -> None:
    first, second = printed(condors_qty=8)[:2]
    assert "IC-7" in first
    assert "L3 hedge" in first
    assert "The book in three pictures" in second


@pytest.mark.parametrize("text", [" and so on and on" * 40, "W" * 600])
@pytest.mark.parametrize("is_data_hold", [True, False])
@pytest.mark.parametrize("condors_qty", [4, 11])
def test_page_one_fits_whatever_names_and_reasons_hold(
    invented: ModuleType, condors_qty: int, text: str, *, is_data_hold: bool
) -> None:
    night = invented.Invention(
        condors_qty=condors_qty, has_vix_chain=is_data_hold, is_data_hold=is_data_hold, is_simulated=True
    )
    html = render_html(build_report(invented.stretched(invented.invented_inputs(night), text)))
    up_to_page_one = html[: html.index('<section aria-labelledby="pictures"')]
    pages = _texts(render_pdf(f'{up_to_page_one}<h2 id="pictures">Next</h2></main></body></html>'))
    assert len(pages) == 2
    assert "Second engine" in pages[0]
    assert "Since Tue 2031-03-11" in pages[0]


def test_equal_reports_give_equal_bytes_in_another_process_too(
    invented: ModuleType, pdf_of: Callable[..., bytes], tmp_path: Path
) -> None:
    """Another folder, time zone, language and hash seed stand for another machine."""
    html = render_html(build_report(invented.invented_inputs(invented.Invention(is_empty=True))))
    page = tmp_path / "report.html"
    page.write_text(html, encoding="utf-8")
    program = (
        "import sys; from pathlib import Path; from templates.render import render_pdf; "
        "sys.stdout.buffer.write(render_pdf(Path(sys.argv[1]).read_text(encoding='utf-8')))"
    )
    other = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "de_DE.UTF-8", "TMPDIR": str(tmp_path)}
    there = subprocess.run(
        [sys.executable, "-c", program, str(page)],
        check=True,
        capture_output=True,
        cwd=tmp_path,
        env=os.environ | other | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert there.stdout == pdf_of(is_empty=True)
    assert render_html(build_report(invented.invented_inputs(invented.Invention(is_empty=True)))) == html


@pytest.fixture(scope="module")
def ten_condors(invented: ModuleType) -> PdfReader:
    """Ten condors in an account whose name is meant to break the page."""
    inputs = invented.invented_inputs(invented.Invention(condors_qty=10))
    renamed = {
        field.name: frame.with_columns(pl.col("account").replace("Main", HOSTILE))
        for field in fields(inputs)
        if isinstance(frame := getattr(inputs, field.name), pl.DataFrame) and "account" in frame.columns
    }
    named = replace(inputs, stamp=replace(inputs.stamp, account=HOSTILE), **renamed)
    return PdfReader(io.BytesIO(render_pdf(render_html(build_report(named)), paper="A4")))


def test_ten_condors_take_twelve_pages_at_most(ten_condors: PdfReader) -> None:
    assert len(ten_condors.pages) <= 12


def test_a_hostile_account_name_is_only_a_name_on_every_page(ten_condors: PdfReader) -> None:
    for page in ten_condors.pages:
        text = " ".join(page.extract_text().split())
        assert f"Account {HOSTILE}" in text
        assert "data fedcba9876543210 · configuration 0123456789abcdef" in text


def test_a4_is_a4_and_letter_is_letter(ten_condors: PdfReader, pdf_of: Callable[..., bytes]) -> None:
    # ISO 216: 210 x 297 mm. 72 points an inch.
    sizes = {tuple(round(float(side) / 72 * 25.4) for side in page.mediabox[2:]) for page in ten_condors.pages}
    assert sizes == {(210, 297)}
    letter = PdfReader(io.BytesIO(pdf_of(is_empty=True)))
    assert {tuple(map(float, page.mediabox[2:])) for page in letter.pages} == {(612.0, 792.0)}


def test_only_the_fonts_of_the_package_are_in_the_pdf(ten_condors: PdfReader) -> None:
    fonts = ten_condors.pages[0]["/Resources"]["/Font"].values()
    names = {font.get_object()["/BaseFont"].split("+")[1] for font in fonts}
    assert names == {"Report-Sans", "Report-Sans-Bold"}


def test_the_pdf_says_that_it_is_pdf_ua_and_its_pictures_have_words(ten_condors: PdfReader) -> None:
    # ISO 14289-1: clauses 5 (identification), 7.1 (tagged, title shown), 7.3 (alternative text of figures).
    root = ten_condors.root_object
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_data()
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    figures = [tag for tag in _tags(root["/StructTreeRoot"]) if tag["/S"] == "/Figure"]
    # Payoff, deltas, cover; heat map; second engine; curve, signals; breadth; benchmarks; attribution.
    assert len(figures) == 10
    assert all(figure.get("/Alt") for figure in figures)


def test_no_heading_stands_alone_at_the_foot_of_a_page(ten_condors: PdfReader) -> None:
    headings = tuple(_headings(ten_condors.outline))
    assert [heading.title for heading in headings][:2] == ["CRITICAL: act now", "The book in three pictures"]
    # The page's margin is 13 mm; a heading has at least a line of text (3 mm) between itself and it.
    assert all(float(heading["/Top"]) > (13 + 8) / 25.4 * 72 for heading in headings)


def test_a_table_over_two_pages_repeats_its_head(ten_condors: PdfReader) -> None:
    texts = [page.extract_text() for page in ten_condors.pages]
    legs = [text for text in texts if "SPXW 2031-03-21 PM C 6400" in text]
    assert len(legs) > 1
    assert all("elasticity" in text for text in legs)


def test_passed_checks_and_default_thresholds_are_counted_not_listed(ten_condors: PdfReader) -> None:
    text = " ".join(" ".join(page.extract_text().split()) for page in ten_condors.pages)
    assert "thresholds are in force:" in text
    assert "Passed: " in text


def _tags(node: PdfObject) -> Iterator[DictionaryObject]:
    """Every structure element below a node, itself first."""
    node = node.get_object()
    if not isinstance(node, DictionaryObject):
        return
    if "/S" in node:
        yield node
    below = node.get("/K", ArrayObject()).get_object()
    for child in below if isinstance(below, ArrayObject) else [below]:
        yield from _tags(child)


def _headings(outline: list[Destination | list[Destination]]) -> Iterator[Destination]:
    for entry in outline:
        if isinstance(entry, list):
            yield from _headings(entry)
        else:
            yield entry


def test_the_pdf_is_dated_by_the_report_and_says_what_it_is(pdf_of: Callable[..., bytes]) -> None:
    reader = PdfReader(io.BytesIO(pdf_of(is_empty=True)))
    assert reader.metadata is not None
    assert reader.metadata["/CreationDate"] == "D:20310312201500Z"
    assert reader.metadata["/Title"] == "Hedge status 2031-03-12: OK"
    assert reader.metadata["/Author"] == "condorwatch"
    assert reader.metadata["/Subject"].endswith("session 2031-03-12, account Main.")
    assert "2031-03-12, OK" in reader.metadata["/Keywords"]
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert reader.root_object["/Lang"] == "en"


@pytest.mark.parametrize("address", ["https://example.org/x.png", "file:///etc/hostname", "data:image/png;base64,AAAA"])
def test_a_page_that_asks_for_something_outside_is_refused(address: str) -> None:
    with pytest.raises(FetchRefusedError, match="carries everything itself"):
        render_pdf(f'<html><body><img src="{address}" alt=""></body></html>')
