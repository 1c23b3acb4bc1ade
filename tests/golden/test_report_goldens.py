"""The six designed nights look, read and are written as they were last accepted."""

from collections.abc import Callable
from difflib import unified_diff
from functools import cache
from itertools import islice
from shutil import which

import pytest

from templates.render import PAGE_ONE_ENDS, render_pdf
from tests.golden.report_pages import (
    FOLDER,
    LAST_PICTURED,
    LINE_PIXELS,
    PAGE_STARTS,
    TOLERANCE,
    difference,
    page_of,
    pictures_of,
    readable,
    stored_pictures,
    words_of,
)
from tests.templates.designed_states import STATES
from tests.templates.drawn_once import drawn_once

HINT = "If this is meant: python -m tests.golden.report_pages --write, and look at every picture that changed."
BELOW_THE_HEAD = 60  # pixels: the running head stays where it is
LAST_LINE = "VIX recomputed from the chain"
needs_poppler = pytest.mark.skipif(which("pdftoppm") is None, reason="Poppler reads and draws the PDF")


@pytest.fixture(scope="module")
def html_of() -> Callable[[str], str]:
    return cache(page_of)


@pytest.fixture(scope="module")
def pdf_of(html_of: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    @cache
    def printed(state: str) -> bytes:
        return drawn_once(tmp_path_factory, html_of(state))

    return printed


@pytest.mark.parametrize("state", STATES)
def test_the_html_is_as_accepted(html_of: Callable[[str], str], state: str) -> None:
    accepted = (FOLDER / state / "page.html").read_text(encoding="utf-8")
    _assert_same_lines(accepted.splitlines(), readable(html_of(state)).splitlines())


@needs_poppler
@pytest.mark.parametrize("state", STATES)
def test_each_page_of_the_pdf_has_the_accepted_words(pdf_of: Callable[[str], bytes], state: str) -> None:
    """Where a line breaks may differ with the machine's Pango, on which page a word stands may not."""
    accepted = (FOLDER / state / "page.txt").read_text(encoding="utf-8")
    _assert_same_lines(accepted.split(), words_of(pdf_of(state)).split())


@needs_poppler
@pytest.mark.parametrize("state", STATES)
def test_the_pages_look_as_accepted(pdf_of: Callable[[str], bytes], state: str) -> None:
    accepted = stored_pictures(state)
    now = pictures_of(pdf_of(state), last=LAST_PICTURED.get(state))
    assert len(now) == len(accepted), HINT
    apart = [difference(one, other) for one, other in zip(now, accepted, strict=True)]
    assert max(apart) < TOLERANCE, f"pages differ by {apart}. {HINT}"


@needs_poppler
@pytest.mark.parametrize("state", STATES)
def test_the_verdict_takes_one_page_and_no_more(pdf_of: Callable[[str], bytes], state: str) -> None:
    first, second = words_of(pdf_of(state)).split(PAGE_STARTS)[1:3]
    assert LAST_LINE in first
    assert "The book in three pictures" not in first
    assert "The book in three pictures" in second
    assert LAST_LINE not in second


@needs_poppler
def test_another_way_to_draw_letters_is_the_same_page(pdf_of: Callable[[str], bytes]) -> None:
    """Cairo sets and smooths letters otherwise than Splash does: more than two versions of Poppler differ."""
    drawn = pictures_of(pdf_of("one-condor"), drawn_by="pdftocairo")
    apart = [difference(one, other) for one, other in zip(drawn, stored_pictures("one-condor"), strict=True)]
    assert 0 < max(apart) < TOLERANCE


@pytest.mark.parametrize("state", STATES)
def test_text_a_line_lower_is_seen_on_every_page(state: str) -> None:
    for picture in stored_pictures(state):
        lowered = picture.copy()
        lowered.paste(
            picture.crop((0, BELOW_THE_HEAD, picture.width, picture.height)), (0, BELOW_THE_HEAD + LINE_PIXELS)
        )
        assert difference(picture, lowered) > TOLERANCE


@needs_poppler
def test_a_tile_that_is_lost_is_seen(html_of: Callable[[str], str]) -> None:
    page_one, ends, _ = html_of("empty-book").partition(PAGE_ONE_ENDS)
    start = page_one.index('<div class="tile">\n<h3>Second engine</h3>')
    lost = page_one[:start] + page_one[page_one.index("</div>", start) + len("</div>") :]
    (picture,) = pictures_of(render_pdf(f"{lost}{ends}</main></body></html>"))
    assert difference(picture, stored_pictures("empty-book")[0]) > TOLERANCE


def _assert_same_lines(accepted: list[str], now: list[str]) -> None:
    moved = list(islice(unified_diff(accepted, now, "accepted", "now", n=1, lineterm=""), 60))
    if moved:
        pytest.fail("\n".join([HINT, *moved]), pytrace=False)
