"""The HTML in a real browser: nothing wider than the window, nothing fetched, nothing complained about."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser, sync_playwright

from templates.render import render_html
from transforms.report.build import build_report

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


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("kind", ["normal", "empty", "worst"])
def test_the_page_fits_the_window_and_is_quiet(
    browser: Browser, invented: ModuleType, tmp_path: Path, kind: str, width: int
) -> None:
    worst = invented.Invention(condors_qty=8, has_vix_chain=False, is_data_hold=True, is_simulated=True)
    night = {"normal": invented.Invention(), "empty": invented.Invention(is_empty=True), "worst": worst}[kind]
    inputs = invented.invented_inputs(night)
    inputs = invented.stretched(inputs, "W" * 600) if kind == "worst" else inputs
    path = tmp_path / "report.html"
    path.write_text(render_html(build_report(inputs)), encoding="utf-8")
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
