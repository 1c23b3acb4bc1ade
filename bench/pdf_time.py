"""Seconds, pages and memory of PDFs of a published night: as it is, six pages with ten charts, and with fifty condors.

Prints JSON. The first rendering of each, which loads fonts, is not counted; the peak is that of the process so far.
"""

import argparse
import datetime as dt
import io
import json
import re
import resource
import time
from dataclasses import fields, replace
from pathlib import Path

import polars as pl
from pypdf import PdfReader

from flows.publish import report_inputs
from flows.settings import load_settings
from templates.render import PAGE_ONE_ENDS as AFTER_PAGE_ONE
from templates.render import render_html, render_pdf
from transforms.report.build import build_report
from transforms.report.inputs import ReportInputs
from warehouse.store import open_reader

CHARTS_QTY = 10
CONDORS_QTY = 50
FIGURE = re.compile(r"<figure>.*?</figure>", re.DOTALL)
LAST_SECTIONS = '<section aria-labelledby="condors"'


def main() -> None:
    """Render each report a few times, the smallest first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--session", type=dt.date.fromisoformat, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with open_reader(asked.home) as reader:
        inputs = report_inputs(reader, load_settings(None, home=asked.home), asked.session)
    report = build_report(inputs)
    seconds: list[float] = []
    for _ in range(asked.rounds + 1):
        begin = time.perf_counter()
        html = render_html(report)
        seconds.append(time.perf_counter() - begin)
    found: dict[str, object] = {"html": seconds[1:], "html_kb": len(html) // 1024}
    many = render_html(build_report(with_condors(inputs, CONDORS_QTY)))
    for name, page in (("ten_charts", with_charts(html)), ("pdf", html), ("fifty_condors", many)):
        found |= measured(name, page, rounds=asked.rounds)
    print(json.dumps(found))


def measured(name: str, html: str, *, rounds: int) -> dict[str, object]:
    """Wall and processor time of each round, the pages, and the peak of the process so far."""
    wall: list[float] = []
    processor: list[float] = []
    for _ in range(rounds + 1):
        begin, begin_cpu = time.perf_counter(), time.process_time()
        pdf = render_pdf(html)
        wall.append(time.perf_counter() - begin)
        processor.append(time.process_time() - begin_cpu)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pages = len(PdfReader(io.BytesIO(pdf)).pages)
    facts = {"cpu": processor[1:], "pages": pages, "kb": len(pdf) // 1024, "peak_mb": peak_mb}
    return {name: wall[1:]} | {f"{name}_{key}": value for key, value in facts.items()}


def with_charts(html: str) -> str:
    """Page one, the first ten charts of the report, then condors, data quality, the method and the legs."""
    head, rest = html.split(AFTER_PAGE_ONE, 1)
    charts = "".join(FIGURE.findall(rest)[:CHARTS_QTY])
    return f"{head}{AFTER_PAGE_ONE}<section>{charts}</section>{LAST_SECTIONS}{rest.split(LAST_SECTIONS, 1)[1]}"


def with_condors(inputs: ReportInputs, quantity: int) -> ReportInputs:
    """The same night with its condors over and over, each with its legs, decisions and rolls."""
    condors = inputs.condors["condor_id"].unique().sort().to_list()
    copies = -(-quantity // max(inputs.condors["account"].ne("ALL").sum(), 1))
    repeated = {}
    for field in fields(inputs):
        frame = getattr(inputs, field.name)
        key = next((name for name in ("condor_id", "structure_id") if name in getattr(frame, "columns", ())), None)
        if key is None or field.name.startswith("previous"):
            continue
        is_theirs = pl.col(key).is_in(condors)
        again = [
            frame.filter(is_theirs).with_columns(pl.concat_str(pl.col(key), pl.lit(f"-{number}")))
            for number in range(1, copies)
        ]
        repeated[field.name] = pl.concat([frame, *again])
    return replace(inputs, **repeated)


if __name__ == "__main__":
    main()
