"""The HTML in a real browser: nothing wider than the window, nothing fetched, nothing axe calls serious."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Literal

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from templates.index_page import render_index
from templates.render import render_html
from transforms.report.build import build_report
from transforms.report.night_index import night_index
from warehouse.tables.mart import MART_BOOK_DAILY

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="chromium is not installed (scripts/system-packages chromium)"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def night_page(invented: ModuleType, tmp_path: Path) -> Callable[[str], Path]:
    """Write the report of an invented night."""

    def written(kind: str) -> Path:
        worst = invented.Invention(condors_qty=8, has_vix_chain=False, is_data_hold=True, is_simulated=True)
        night = {"normal": invented.Invention(), "empty": invented.Invention(is_empty=True), "worst": worst}[kind]
        inputs = invented.invented_inputs(night)
        inputs = invented.stretched(inputs, "W" * 600) if kind == "worst" else inputs
        path = tmp_path / "report.html"
        path.write_text(render_html(build_report(inputs)), encoding="utf-8")
        return path

    return written


@pytest.fixture
def index_page(tmp_path: Path) -> Path:
    """Write the index of six invented nights, one of them held, one without a report."""
    first = dt.date(2024, 8, 1)
    days = [first + dt.timedelta(days=days) for days in (0, 1, 4, 5, 6, 7)]
    book = MART_BOOK_DAILY.conform(
        pl.DataFrame(
            {
                "session_date": days,
                "account": ["MAIN"] * 6,
                "status": ["OK", "WATCH", "DATA_HOLD", "CRITICAL", "ALERT", "OK"],
                "status_reason": ["calm", "<script>alert(1)</script>", "held", "engine", "breach", "calm"],
                "is_data_hold": [False, False, True, False, False, False],
                "spot_pts": [5446.68, 5346.56, 5186.33, 5240.03, None, 5319.31],
                "offset_m5_frac": [0.2, 0.3, 0.4, 0.9, 0.5, 1.1],
                "day_pnl_usd": [100.0, -2000.0, None, 30.5, -7.25, 12_500.0],
                **dict.fromkeys(("condors_qty", "condors_itm_qty", "unpriced_legs_qty"), [3] * 6),
                **dict.fromkeys(("fees_usd", "max_loss_usd"), [0.0] * 6),
            }
        )
    )
    hrefs = {day: f"{day}/hedge-status.html" for day in days[1:]}
    index = night_index(book, hrefs, is_simulated=True, code_version="0.1.0")
    path = tmp_path / "index.html"
    path.write_text(render_index(index), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("kind", ["normal", "empty", "worst"])
def test_the_page_fits_the_window_and_is_quiet(
    browser: Browser, night_page: Callable[[str], Path], kind: str, width: int
) -> None:
    _fits_and_is_quiet(browser, night_page(kind), width)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_index_fits_the_window_and_is_quiet(browser: Browser, index_page: Path, width: int) -> None:
    _fits_and_is_quiet(browser, index_page, width)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_report(
    browser: Browser, night_page: Callable[[str], Path], scheme: Literal["light", "dark"]
) -> None:
    assert _serious(browser, night_page("normal"), scheme) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_index(
    browser: Browser, index_page: Path, scheme: Literal["light", "dark"]
) -> None:
    assert _serious(browser, index_page, scheme) == []


def test_axe_is_awake(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    path.write_text("<html><body><img src='data:,'><p style='color:#bbb'>pale</p></body></html>", encoding="utf-8")
    assert {"image-alt", "html-has-lang", "color-contrast"} <= {finding for finding, _ in _serious(browser, path)}


def test_a_click_sorts_by_figures_and_leaves_the_unknown_last(browser: Browser, index_page: Path) -> None:
    page = browser.new_page()
    page.goto(index_page.as_uri())
    head = page.get_by_role("button", name="P&L of the day, $")
    column = "[...document.querySelectorAll('tbody tr td:nth-child(8)')].map(cell => cell.innerText.trim())"
    head.click()
    rising = page.evaluate(column)
    head.click()
    falling = page.evaluate(column)
    page.close()
    assert [text.split()[0] for text in rising] == ["−$2,000", "−$7", "+$30", "+$100", "+$12,500", "—"]
    assert [text.split()[0] for text in falling] == ["+$12,500", "+$100", "+$30", "−$7", "−$2,000", "—"]


def test_the_calendar_leads_to_the_reports_and_names_closed_days(browser: Browser, index_page: Path) -> None:
    page = browser.new_page()
    page.goto(index_page.as_uri())
    days = page.evaluate("[...document.querySelectorAll('.month .day')].map(day => day.innerText.replace('\\n', ' '))")
    links = page.evaluate("[...document.querySelectorAll('.month a')].map(day => day.getAttribute('href'))")
    page.close()
    assert days[:6] == ["1 OK", "2 watch", "5 hold", "6 critical", "7 alert", "8 OK"]
    assert links[0] == "2024-08-02/hedge-status.html"
    assert len(links) == 5


def test_a_script_that_got_in_would_not_run(browser: Browser, index_page: Path, tmp_path: Path) -> None:
    path = tmp_path / "smuggled.html"
    smuggled = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
    path.write_text(index_page.read_text(encoding="utf-8").replace("<main>", f"<main>{smuggled}"), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.title() == "Hedge status: all nights"
    page.close()


def test_a_held_night_shows_no_cover(index_page: Path) -> None:
    rows = index_page.read_text(encoding="utf-8").split("<tr>")
    held = next(row for row in rows if "2024-08-05</a></th>" in row)
    assert "40.0%" not in held
    assert "withheld" in held


def _serious(browser: Browser, path: Path, scheme: Literal["light", "dark"] = "light") -> list[tuple[str, str]]:
    """Findings of impact serious or critical, each with the first place it was found."""
    page = browser.new_page(color_scheme=scheme)
    page.goto(path.as_uri())
    found = Axe().run(page).response["violations"]
    page.close()
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]


def _fits_and_is_quiet(browser: Browser, path: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert said == []
    assert asked == [path.as_uri()]
    page.close()
