"""The PDF of an HTML page, drawn by the first test that asks: it takes seconds, and several files look at the same."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from templates.render import render_pdf
from tests.built_once import built_once

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def drawn_once(factory: pytest.TempPathFactory, html: str) -> bytes:
    """The page on Letter; equal HTML gives equal bytes, as tests/templates/test_report_pdf proves."""

    def draw(folder: Path) -> None:
        (folder / "page.pdf").write_bytes(render_pdf(html))

    name = f"pdf-{hashlib.sha256(html.encode()).hexdigest()[:16]}"
    return (built_once(factory, name, draw) / "page.pdf").read_bytes()
