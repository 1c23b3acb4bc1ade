"""The e-mail says what page one says, in mark-up that mail programs keep, and in plain text."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from templates.email_bodies import Enclosure, render_email_html, render_email_text
from templates.filters import print_value
from transforms.report.build import build_report
from transforms.report.models import Measure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from transforms.report.models import Report

LINE = "[ALERT] 2031-03-12 SPX 6,120 -2.1% | data OK"
ATTACHED = Enclosure("hedge-status-2031-03-12.pdf")
GMAIL_CUTS_AT = 100_000
NIGHTS = {
    "plain": {},
    "twenty condors": {"condors_qty": 20},
    "data hold": {"is_data_hold": True},
    "empty book": {"is_empty": True},
    "no VIX chain": {"has_vix_chain": False, "rolls": "blocked"},
    "first night": {"is_first": True, "is_simulated": True},
}


class _Tags(HTMLParser):
    """Tags, references and text of a body."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.references: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.references += [value or "" for name, value in attrs if name in {"src", "href", "background"}]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def read(html: str) -> _Tags:
    tags = _Tags()
    tags.feed(html)
    return tags


@pytest.fixture(scope="module", params=NIGHTS)
def report(request: pytest.FixtureRequest, invented: ModuleType) -> Report:
    return build_report(invented.invented_inputs(invented.Invention(**NIGHTS[request.param])))


@pytest.fixture(scope="module")
def html(report: Report) -> str:
    return render_email_html(report, LINE, ATTACHED)


@pytest.fixture(scope="module")
def text(report: Report) -> str:
    return render_email_text(report, LINE, ATTACHED)


def test_the_html_is_small_and_uses_nothing_that_mail_programs_drop(html: str) -> None:
    tags = read(html)
    assert len(html.encode()) < GMAIL_CUTS_AT
    assert tags.references == []
    assert tags.tags & {"style", "script", "link", "img", "svg", "form", "iframe", "dl", "section"} == set()
    assert not [name for name in tags.attributes if name.startswith("on")]
    assert not re.search(r"display:\s*(grid|flex)|position:|url\(|var\(|@import|@media", html)


def big_figures(report: Report) -> Iterator[Measure]:
    """What a trader looks for first."""
    totals = report.verdict.totals
    yield from (totals.net_delta, totals.pnl, totals.day_pnl, totals.month_pnl, report.verdict.market.spot)
    yield from (offset.offset for offset in totals.offsets)


def test_both_bodies_say_the_status_the_figures_and_every_condor_of_page_one(
    report: Report, html: str, text: str
) -> None:
    said = " ".join(" ".join(read(html).said).split())
    for place in (said, text):
        assert LINE in place
        assert report.verdict.status.status in place
        for measure in big_figures(report):
            assert measure.value is None or print_value(measure) in place
        for condor in report.verdict.condors.first_page:
            assert condor.condor_id in place
            assert str(condor.expiry_date) in place
        for tile in report.verdict.layers:
            assert f"{tile.layer}" in place
            assert tile.signal_state in place


def test_data_on_hold_and_an_invented_market_stand_above_everything(report: Report, html: str, text: str) -> None:
    head = report.verdict.header
    for place in (" ".join(read(html).said), text):
        assert ("do not trade on these figures" in place.lower()) == head.is_data_hold
        assert ("SIMULATED" in place) == head.is_simulated
    assert "Best roll" not in text or not head.is_data_hold


def test_a_pdf_that_is_too_big_is_named_with_its_place(report: Report) -> None:
    for place, is_link in (("https://desk.example/2031-03-12", True), ("/srv/var/reports/x.pdf", False)):
        elsewhere = Enclosure("hedge-status.pdf", place)
        assert f"It lies at {place}" in render_email_text(report, LINE, elsewhere)
        assert read(render_email_html(report, LINE, elsewhere)).references == ([place] if is_link else [])


def hostile(value: object, text: str) -> object:
    """The same model with every text of it replaced, whatever its depth."""
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(hostile(one, text) for one in value)
    if is_dataclass(value) and not isinstance(value, type | Measure):
        changed = {field.name: hostile(getattr(value, field.name), text) for field in fields(value)}
        return replace(value, **changed)
    return value


MARK_UP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table><a href='https://evil.example'>",
    "{{ 7 * 7 }}",
)


@pytest.mark.parametrize("payload", MARK_UP)
def test_names_that_are_mark_up_stay_text(payload: str, report: Report) -> None:
    bad = replace(report, verdict=hostile(report.verdict, payload))
    tags = read(render_email_html(bad, payload, Enclosure(payload, payload)))
    assert tags.references == []
    assert "script" not in tags.tags
    assert "img" not in tags.tags
    assert payload in "".join(tags.said)


def test_a_name_with_line_breaks_stays_on_its_line_of_the_text(report: Report) -> None:
    plain = render_email_text(replace(report, verdict=hostile(report.verdict, "x")), "x", Enclosure("x"))
    bad = replace(report, verdict=hostile(report.verdict, "x\r\nSTATUS: OK\u2028all is well"))
    broken = render_email_text(bad, "x", Enclosure("x"))
    assert len(broken.splitlines()) == len(plain.splitlines())
    assert not [line for line in broken.splitlines() if line.startswith(("STATUS", "all is well"))]
