"""Seconds to render one report of a published night: HTML, then the PDF from it. Prints JSON."""

import argparse
import datetime as dt
import json
import time
from pathlib import Path

from flows.publish import report_inputs
from flows.settings import load_settings
from templates.render import render_html, render_pdf
from transforms.report.build import build_report
from warehouse.store import open_reader


def main() -> None:
    """Render a few times; the first, which loads fonts, is not counted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--session", type=dt.date.fromisoformat, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with open_reader(asked.home) as reader:
        report = build_report(report_inputs(reader, load_settings(None, home=asked.home), asked.session))
    found: dict[str, list[float]] = {"html": [], "pdf": []}
    for round_number in range(asked.rounds + 1):
        begin = time.perf_counter()
        html = render_html(report)
        middle = time.perf_counter()
        pdf = render_pdf(html)
        end = time.perf_counter()
        if round_number:
            found["html"].append(middle - begin)
            found["pdf"].append(end - middle)
    print(json.dumps(found | {"html_kb": len(html) // 1024, "pdf_kb": len(pdf) // 1024}))


if __name__ == "__main__":
    main()
