"""Mark-up, addresses, formulas and secrets in every text a file or a person brings: text they stay, or nothing."""

from __future__ import annotations

import csv
import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

from flows.sql_output import encoded
from templates.email_bodies import Enclosure, render_email_html, render_email_text
from templates.render import render_html
from tests.faults.payloads import FORMULAS, mark_up
from tests.faults.stuffed_reports import free_columns, structure_of, stuffed
from tests.transforms.report.invented_night import Invention, invented_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[2]
PAYLOADS: Final = mark_up(at="http://127.0.0.1:9", bait="/tmp/bait.txt")  # noqa: S108 - a name in a text
# As long as the payloads, each another, and in the same order: rows are sorted and grouped by their texts.
_RANK: Final = {payload: rank for rank, payload in enumerate(sorted(PAYLOADS))}
HARMLESS: Final = tuple(f"{_RANK[payload]:03}".ljust(len(payload), "x") for payload in PAYLOADS)
CALCULATES: Final = tuple("=+-@\t\r\n＝＋－＠")


def test_there_are_enough_payloads_and_places() -> None:
    inputs = invented_inputs(Invention())
    places = len(list(free_columns(inputs, is_free=True)))
    print(f"\n{len(PAYLOADS)} payloads in {places} text columns, {len(FORMULAS)} formulas")  # noqa: T201
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 100
    assert len(set(FORMULAS)) == len(FORMULAS) >= 30
    assert places >= 100


def assert_only_words_differ(turn: int, *, is_free: bool) -> None:
    """The page of hostile texts has the elements, attributes, styles and references of a page of plain ones."""
    hostile = stuffed(PAYLOADS, turn=turn, is_free=is_free)
    plain = stuffed(HARMLESS, turn=turn, is_free=is_free)
    line, harmless = PAYLOADS[turn % len(PAYLOADS)], HARMLESS[turn % len(PAYLOADS)]
    for bad, good in (
        (render_html(hostile), render_html(plain)),
        (
            render_email_html(hostile, line, Enclosure(line, line)),
            render_email_html(plain, harmless, Enclosure(harmless, harmless)),
        ),
    ):
        found, expected = structure_of(bad), structure_of(good)
        assert found.elements == expected.elements
        assert found.handlers == expected.handlers == []
        assert found.styles == expected.styles
        assert all(reference.startswith(("#", "data:image/", "data:font/")) for reference in found.references)
    text = render_email_text(hostile, line, Enclosure(line))
    assert len(text.splitlines()) == len(render_email_text(plain, harmless, Enclosure(harmless)).splitlines())


def test_what_others_wrote_stays_text() -> None:
    """Every payload somewhere, another one in each column."""
    assert_only_words_differ(0, is_free=True)


@pytest.mark.soak
def test_every_payload_stays_text_in_every_column_of_free_text() -> None:
    for turn in range(len(PAYLOADS)):
        assert_only_words_differ(turn, is_free=True)
    print(f"\n{len(PAYLOADS)} payloads in every column: 0 unescaped")  # noqa: T201


@pytest.mark.soak
def test_payloads_in_place_of_our_own_words_stay_text_too() -> None:
    """No file brings these; a defect elsewhere might."""
    for turn in range(0, len(PAYLOADS), 14):
        assert_only_words_differ(turn, is_free=False)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


@pytest.mark.soak
def test_nothing_is_fetched_while_hostile_nights_are_rendered(listener: socket.socket, tmp_path: Path) -> None:
    """Heard by an audit hook on every open and socket; and no call came in at a server the payloads name."""
    bait = tmp_path / "bait.txt"
    bait.write_text("secret")
    host, port = listener.getsockname()
    told = probed(f"http://{host}:{port}", bait)
    allowed = (str(ROOT / "templates"), sys.prefix, sys.base_prefix, "/usr/share", "/etc/fonts", "/dev/null")
    opened = [event.removeprefix("open ").strip("'") for event in told["rendered"] if event.startswith("open ")]
    strangers = [path for path in opened if not path.startswith(allowed) and not path.isdigit()]
    assert [event for event in told["rendered"] if not event.startswith("open ")] == []
    assert strangers == []
    assert [event for event in told["unescaped"] if str(bait) in event or event.startswith("socket.")] == []
    assert len(told["control"]) == 1, "the hook hears the control"
    assert told["pdf_actions"] == []
    with pytest.raises(BlockingIOError):
        listener.accept()
    print(  # noqa: T201 - docs/reliability.md quotes it
        f"\n{told['payloads_qty']} payloads: 0 fetches, {len(opened)} opens of our own fonts and modules; "
        f"unescaped, {told['refused_qty']} pages are refused and none fetches"
    )


def probed(at: str, bait: Path) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.injection_probe", at, str(bait), "3"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(bait.parent), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=580,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def test_no_cell_of_the_csv_is_a_formula_for_any_separator() -> None:
    """The texts stand in the middle of a line, where quotation marks help no reader of another separator."""
    texts = {"id": ["a"] * len(FORMULAS), FORMULAS[1]: FORMULAS, "number": range(len(FORMULAS))}
    text = encoded(pl.DataFrame(texts), "csv").decode()
    for separator in (",", ";", "\t", "|"):
        cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]
        assert [cell for cell in cells if cell.startswith(CALCULATES)] == [], separator
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [row[1].replace("'", "") for row in rows[1:]] == [formula.replace("'", "") for formula in FORMULAS]
    assert [row[2] for row in rows[1:]] == [str(number) for number in range(len(FORMULAS))]
