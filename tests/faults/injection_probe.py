"""Renders hostile nights as HTML, PDF and e-mail in a process of its own, and writes down what it touches.

Arguments: the address of a listening server, the path of a bait file, how many turns. Prints what was heard as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from weasyprint.css.tokens import InvalidValues

from templates.email_bodies import Enclosure, render_email_html, render_email_text
from templates.render import FetchRefusedError, render_html, render_pdf
from tests.faults.payloads import mark_up
from tests.faults.stuffed_reports import stuffed

HEARD = ("socket.", "urllib.", "http.client.", "ftplib.", "subprocess.", "os.system", "os.exec", "os.posix_spawn")


def main() -> None:
    """Render, listen, tell."""
    at, bait, turns = sys.argv[1], sys.argv[2], int(sys.argv[3])
    payloads = mark_up(at=at, bait=bait)
    render_all(["plain words"], 0)  # every module and font is loaded before anybody listens
    heard: list[str] = []

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(HEARD) or event == "open":
            heard.append(f"{event} {arguments[0]!r}"[:300])

    sys.addaudithook(listen)
    pages = [render_all(payloads, turn) for turn in range(turns)]
    while_rendering = list(heard)
    refused = sum(is_refused(payload) for payload in payloads)
    unescaped = heard[len(while_rendering) :]
    Path(bait).read_bytes()
    with_bait = [event for event in heard if bait in event]
    told = {
        "rendered": while_rendering,
        "unescaped": unescaped,
        "refused_qty": refused,
        "payloads_qty": len(payloads),
        "control": with_bait,
        "pdf_actions": sorted({word for _, pdf in pages for word in ACTIONS if word.encode() in pdf}),
    }
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)  # nothing is torn down while the hook still listens


ACTIONS = ("/URI", "/Launch", "/JavaScript", "/GoToR", "/EmbeddedFile", "/SubmitForm", "/ImportData")


def render_all(texts: list[str] | tuple[str, ...], turn: int) -> tuple[str, bytes]:
    """A night in all its forms."""
    report = stuffed(texts, turn=turn)
    line = texts[turn % len(texts)]
    render_email_html(report, line, Enclosure(line, line))
    render_email_text(report, line, Enclosure(line))
    html = render_html(report)
    return html, render_pdf(html)


def is_refused(payload: str) -> bool:
    """Whether a page that does hold the mark-up is refused; else it is rendered without what it names."""
    try:
        render_pdf(f"<html lang='en'><head><title>x</title></head><body>{payload}</body></html>")
    except FetchRefusedError:
        return True
    except InvalidValues:  # WeasyPrint 70 on an @import of an address without a scheme
        return True
    return False


if __name__ == "__main__":
    main()
