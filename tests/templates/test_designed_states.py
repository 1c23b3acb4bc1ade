"""Each designed state reads well: one plain sentence in the verdict, no broken section, nothing made up."""

import re
from collections.abc import Callable
from functools import cache

import pytest

from templates.render import render_html
from tests.templates.designed_states import STATES
from transforms.report.build import build_report
from transforms.report.models import Report

SENTENCES = {
    "empty-book": "There are no positions.",
    "one-condor": "Put side of IC-0 is past its break-even",
    "twenty-condors": "Put side of IC-0 is past its break-even",
    "call-side-breach": "IC-0: not hedged by ALVH. VIX calls do not pay on the call side.",
    "data-hold": "Alerts, offsets, hedge targets and scenarios are withheld until the data can be trusted.",
    "no-vix-chain": "4 legs have no mark tonight: totals that need them stay empty.",
}


@pytest.fixture(scope="module")
def made() -> Callable[[str], tuple[Report, str]]:
    @cache
    def of(state: str) -> tuple[Report, str]:
        report = build_report(STATES[state]())
        return report, render_html(report)

    return of


def _verdict(html: str) -> str:
    box = html[html.index('<div class="status') : html.index('<p class="market">')]
    return " ".join(re.sub(r"<[^>]*>", " ", box).split())


@pytest.mark.parametrize("state", STATES)
def test_the_verdict_says_it_in_one_plain_sentence(made: Callable[[str], tuple[Report, str]], state: str) -> None:
    assert SENTENCES[state] in _verdict(made(state)[1])


@pytest.mark.parametrize("state", STATES)
def test_no_section_is_broken_or_bare(made: Callable[[str], tuple[Report, str]], state: str) -> None:
    html = made(state)[1]
    assert not re.findall(r"\b(?:nan|None|NaN|inf)\b", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    assert not re.search(r"not drawn[:,]\s*\.", html)
    for section in re.findall(r"<section.*?</section>", html, re.DOTALL):
        body = re.sub(r"<h2.*?</h2>|<[^>]*>", " ", section, flags=re.DOTALL)
        assert body.strip(), section[:80]


def test_a_call_side_is_never_said_to_be_covered(made: Callable[[str], tuple[Report, str]]) -> None:
    report, html = made("call-side-breach")
    (condor,) = report.actions.condors
    assert condor.drill is not None
    assert not condor.drill.is_hedged
    assert all(stop.offset.value is None for stop in condor.drill.stops)
    assert "The call side is not hedged by ALVH: VIX calls lose while SPX rises to it." in html
    assert "BREACHED</span> call" in html


def test_an_empty_book_has_one_line_where_nothing_is_held(made: Callable[[str], tuple[Report, str]]) -> None:
    report, html = made("empty-book")
    assert report.actions.condors == ()
    for line in ("no condor is TESTED or worse tonight", "No lot of the three layers is held.", "No leg is held."):
        assert line in html


def test_a_hold_draws_nothing_to_act_on(made: Callable[[str], tuple[Report, str]]) -> None:
    report, _ = made("data-hold")
    assert report.charts[0].series == ()
    assert report.actions.condors == ()
    assert report.second_engine.at_near_expiry.series == ()
    assert report.verdict.second_engine.state == ""


def test_twenty_condors_keep_the_pictures_to_the_worst(made: Callable[[str], tuple[Report, str]]) -> None:
    report, html = made("twenty-condors")
    assert len(report.condors) == 20
    assert report.verdict.condors.more_qty == 12
    assert html.count("<svg xmlns") <= 14
