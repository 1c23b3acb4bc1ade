"""The six designed nights as files a reviewer can read: their HTML, the words of their PDF, small grey pictures of it.

.venv/bin/python -m tests.golden.report_pages --write    makes them again; `git diff` then shows what moved
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageFilter

from templates.render import render_html, render_pdf
from tests.templates.designed_states import STATES
from transforms.report.build import build_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLDER: Final = Path(__file__).parent / "report"
DOTS_PER_INCH: Final = 36  # a line of text is six pixels high: blocks and lines are seen, letters are not
DRAWN_LARGER: Final = 3  # and made smaller afterwards: how a program smooths letters and thin rules counts less
LINE_PIXELS: Final = 6  # 8.4 pt of text, a line of 1.35 of it
GREYS: Final = 16
PAGE_STARTS: Final = "--- page "
LAST_PICTURED: Final = {"twenty-condors": 3}  # its later pages are tables like those before, only longer

# Blurred by 5 x 5 pixels, squares of half an inch are compared by their mean difference; 1 is black against white.
# Measured on all pages: drawn by Cairo instead of Splash they differ by 0.023 at most; a page whose lower part stands
# one line lower differs by 0.101 at least. The same Poppler draws the same picture.
BLUR_PIXELS: Final = 2
SQUARE_PIXELS: Final = 18
TOLERANCE: Final = 0.05

# What is long, the same in every state and tested elsewhere; a hash in the policy would change with it.
_LEFT_OUT: Final = (
    (re.compile(r"<style>.*?</style>", re.DOTALL), "<style>templates/css</style>"),
    (re.compile(r"<script>.*?</script>", re.DOTALL), "<script>templates/js/sort.js</script>"),
    (re.compile(r'(<script type="application/json"[^>]*>).*?</script>', re.DOTALL), r"\1page one as JSON</script>"),
    (re.compile(r"sha256-[\w+/=]+"), "sha256-..."),
    (re.compile(r'<svg [^>]*aria-labelledby="([\w-]+)-title.*?</svg>(?=\s*</div>)', re.DOTALL), r"<svg>\1</svg>"),
    (re.compile(r"[ \t]+$|\n(?=\s*\n)", re.MULTILINE), ""),
)


def page_of(state: str) -> str:
    """The night's HTML, as it is printed."""
    return render_html(build_report(STATES[state]()))


def readable(html: str) -> str:
    """The HTML without style sheet, script and drawings, each named in its place."""
    for pattern, name in _LEFT_OUT:
        html = pattern.sub(name, html)
    return html


def words_of(pdf: bytes) -> str:
    """The text of each page in the order it was written in: the least that Poppler can decide for itself."""
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, check=True, capture_output=True)
    pages = done.stdout.decode().removesuffix("\f").split("\f")
    return "".join(f"{PAGE_STARTS}{number} ---\n{page.strip()}\n" for number, page in enumerate(pages, start=1))


def pictures_of(pdf: bytes, *, last: int | None = None, drawn_by: str = "pdftoppm") -> list[Image.Image]:
    """The pages in grey, at low resolution."""
    until = [] if last is None else ["-l", str(last)]
    with tempfile.TemporaryDirectory() as folder:
        resolution = str(DOTS_PER_INCH * DRAWN_LARGER)
        subprocess.run(
            [drawn_by, "-r", resolution, "-gray", "-png", *until, "-", f"{folder}/page"], input=pdf, check=True
        )
        drawn = [Image.open(path).convert("L") for path in sorted(Path(folder).iterdir())]
    return [picture.reduce(DRAWN_LARGER).point(_as_stored) for picture in drawn]


def _as_stored(grey: int) -> int:
    step = 255 // (GREYS - 1)
    return round(grey / step) * step


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far the two are apart where they differ most: 0 is equal, 1 a black square for a white one."""
    if one.size != other.size:
        return 1.0
    apart = np.abs(_blurred(one) - _blurred(other))
    height, width = apart.shape
    padded = np.pad(apart, ((0, -height % SQUARE_PIXELS), (0, -width % SQUARE_PIXELS)))
    squares = padded.reshape(padded.shape[0] // SQUARE_PIXELS, SQUARE_PIXELS, -1, SQUARE_PIXELS)
    return float(squares.mean(axis=(1, 3)).max())


def _blurred(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.filter(ImageFilter.BoxBlur(BLUR_PIXELS)), dtype=np.float64) / 255


def stored_pictures(state: str) -> list[Image.Image]:
    """The pictures in the repository, page by page."""
    return [Image.open(path).convert("L") for path in sorted((FOLDER / state).glob("page-*.png"))]


def _write(state: str) -> Iterator[Path]:
    folder = FOLDER / state
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    html = page_of(state)
    pdf = render_pdf(html)
    for name, text in (("page.html", readable(html)), ("page.txt", words_of(pdf))):
        (folder / name).write_text(text, encoding="utf-8")
        yield folder / name
    for number, picture in enumerate(pictures_of(pdf, last=LAST_PICTURED.get(state)), start=1):
        path = folder / f"page-{number:02}.png"
        picture.quantize(GREYS, dither=Image.Dither.NONE).save(path, optimize=True)  # four bits a pixel
        yield path


def main(arguments: Sequence[str]) -> int:
    """Write the goldens of all states."""
    if list(arguments) != ["--write"]:
        sys.stderr.write("usage: python -m tests.golden.report_pages --write\n")
        return 2
    for state in STATES:
        sys.stdout.writelines(f"{path}\n" for path in _write(state))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
