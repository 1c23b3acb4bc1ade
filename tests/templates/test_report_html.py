"""The HTML carries everything itself, escapes what others wrote, and can be read by ear."""

import json
import re
from html.parser import HTMLParser
from importlib import resources
from types import ModuleType

import pytest

from templates.environment import sort_script
from templates.render import render_html, render_json
from transforms.report.build import build_report

HOSTILE = '<script>alert("x")</script>{number}'


class _Outline(HTMLParser):
    """Headings, tables and references of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.tables = self.captions = self.scripts = 0
        self.headers_without_scope = 0
        self.ids: list[str] = []
        self.references: list[str] = []
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.tables += tag == "table"
        self.captions += tag == "caption"
        self.scripts += tag == "script" and given.get("type") != "application/json"
        self.headers_without_scope += tag == "th" and "scope" not in given
        self.language = given.get("lang") or self.language if tag == "html" else self.language
        self.ids += [given["id"] or ""] if "id" in given else []
        self.references += [given[name] or "" for name in ("src", "href") if name in given]


def _outline(html: str) -> _Outline:
    outline = _Outline()
    outline.feed(html)
    return outline


@pytest.fixture(scope="module")
def html(invented: ModuleType) -> str:
    return render_html(build_report(invented.invented_inputs(invented.Invention())))


def test_nothing_is_fetched_and_no_script_runs_but_ours(html: str) -> None:
    outline = _outline(html)
    assert outline.scripts == 1
    assert f"<script>{sort_script()}</script>" in html
    assert all(reference.startswith("#") for reference in outline.references)
    assert "url(http" not in html
    assert "@import" not in html


def test_links_lead_somewhere(html: str) -> None:
    outline = _outline(html)
    assert {reference[1:] for reference in outline.references} <= set(outline.ids)
    assert len(outline.ids) == len(set(outline.ids))


def test_headings_are_in_order_and_tables_are_labelled(html: str) -> None:
    outline = _outline(html)
    assert outline.language == "en"
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    steps = zip(outline.headings, outline.headings[1:], strict=False)
    assert all(after <= before + 1 or after == 3 for before, after in steps)
    assert outline.tables == outline.captions > 5
    assert outline.headers_without_scope == 0


def test_what_a_broker_wrote_cannot_become_markup(invented: ModuleType) -> None:
    page = render_html(build_report(invented.invented_inputs(invented.Invention(label=HOSTILE))))
    assert _outline(page).scripts == 1  # the one that sorts
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_page_one_is_there_for_machines(html: str) -> None:
    found = re.search(r'<script type="application/json" id="page-one">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    page_one = json.loads(found[1])
    assert page_one["status"]["status"] == "CRITICAL"
    assert page_one["totals"]["net_delta"] == {"value": 713.4, "unit": "USD per SPX point", "reason": ""}
    assert page_one["header"]["session_date"] == "2031-03-12"


def test_the_json_says_what_the_page_says(invented: ModuleType) -> None:
    report = build_report(invented.invented_inputs(invented.Invention(label=HOSTILE, has_vix_chain=False)))
    whole = json.loads(render_json(report))
    assert whole["verdict"]["condors"]["first_page"][0]["condor_id"] == '<script>alert("x")</script>0'
    assert whole["verdict"]["totals"]["pnl"] == {"value": None, "unit": "USD", "reason": "a leg has no mark"}
    assert whole["unpriced"][0]["instrument_id"] == "VIXW 2031-04-16 AM C 15"


def test_the_method_note_corrects_the_article_and_labels_claims(html: str) -> None:
    for words in ("A short put is <em>long</em> SPX delta", "never claims neutrality", "not convex in a spike"):
        assert words in html
    for words in ("do not protect a breached short call", "break-even lies below the short", "Claim: the hedge costs"):
        assert words in html
    assert "not investment advice" in html
    assert "0123456789abcdef" in html


def test_text_colours_reach_the_contrast_of_wcag_aa() -> None:
    sheet = resources.files("templates").joinpath("css/variables.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", sheet))
    for text in ("ink", "quiet", "good", "watch", "bad", "worst", "link"):
        for background in ("paper", "wash"):
            assert _contrast(colours[text], colours[background]) >= 4.5, (text, background)


def _contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_threshold_is_printed_with_its_tier_and_what_a_user_has_set_is_marked(html: str) -> None:
    rows = {
        row.split("<small>")[1].split("<")[0]: row
        for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", html)
        if row.count("<small>") and "." in row.split("<small>")[1].split("<")[0]
    }
    assert "10, 70, 165 calendar days<small>yours; default 15, 70, 165</small>" in rows["hedge.roll_days"]
    assert ">house default<" in rows["hedge.roll_days"]
    assert ">vendor rule<" in rows["gate.open_below_vix_pts"]
    assert "15.00 pts</td>" in rows["gate.open_below_vix_pts"]
    assert ">standard<" in rows["momentum.rsi_days"]
    assert "yours" not in rows["momentum.rsi_days"]
