"""Issue the snapshot readers open, and the report, which is read from that snapshot and nothing else."""

from __future__ import annotations

import hashlib
import importlib.metadata
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from flows.errors import UsageError
from flows.issue import page_figures
from flows.manifest import IssuedReport, data_hash, write_manifest
from flows.printing import Printers
from flows.session_rows import SessionRows
from transforms.book.positions import ALL_ACCOUNTS
from transforms.market.calendar import quote_table_instant
from transforms.report.build import build_report
from transforms.report.inputs import ReportInputs, Stamp
from transforms.report.night_index import night_index
from transforms.report.status_line import status_line
from warehouse.files import write_whole
from warehouse.publish import publish
from warehouse.steps import step
from warehouse.store import open_reader
from warehouse.tables import core, mart, meta

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from flows.settings import Paper, Settings
    from warehouse.connection import Connection
    from warehouse.store import Store


_BOOK_AT_A_GLANCE = """
    select account, status, condors_qty, condors_itm_qty, pnl_usd, net_delta_usd_per_pt, offset_m5_frac
    from mart.book_daily
    where session_date = $day
    order by account
"""
LONGEST_NAME = 40  # letters of an account in a file name: file systems take 255 bytes, a letter up to four
MAIN_REPORT = "hedge-status"  # file stem of the report of the whole book
# What the pictures of the past show: a quarter.
HISTORY_DAYS = 91


@dataclass(frozen=True, slots=True)
class Issued:
    """What was issued."""

    status_line: str
    paths: tuple[str, ...]
    is_data_hold: bool


def publish_snapshot(store: Store, settings: Settings) -> None:
    """Copy the warehouse, as it is now, to where readers look."""
    publish(store, settings.home, generations_qty=settings.retention.generations_qty)


def render_from_published(settings: Settings, session_date: dt.date, *, out: Path | None) -> tuple[str, ...]:
    """Render a past session again.

    Raises:
        UsageError: the session is not in the snapshot.
    """
    return write_reports(settings, session_date, out=out).paths


def write_reports(
    settings: Settings,
    session_date: dt.date,
    *,
    out: Path | None = None,
    known_at: dt.datetime | None = None,
    printers: Printers | None = None,
) -> Issued:
    """Render the session for the whole book, and for each account where there are several.

    `known_at` is what is said of a warehouse that was taken back to that instant. `printers` draw the PDFs, where
    whoever asks has some at work.
    """
    with open_reader(settings.home) as reader:
        inputs = report_inputs(reader, settings, session_date)
    stamp = replace(inputs.stamp, known_at=known_at, stamped_at=known_at or inputs.stamp.stamped_at)
    inputs = counted(replace(inputs, stamp=stamp))
    main = main_account(inputs)
    others = inputs.book.filter(pl.col("account") != main)["account"].sort()
    folder = out or report_folder(settings, session_date)
    step("render.begin")
    files: dict[str, bytes] = {}
    issued: list[IssuedReport] = []
    for account, rendered in _rendered(inputs, (main, *others), settings.paper, printers):
        stem = report_stem(account, main=main)
        for suffix, content in rendered.items():
            files[f"{stem}.{suffix}"] = content
            issued.append(_entry(inputs, account, f"{stem}.{suffix}", content))
    write_manifest(folder, issued)  # first: a file that is there is always known
    for name, content in files.items():
        write_whole(folder / name, content, what="render.report")
    if out is None:
        write_index(settings)
    step("render.committed")
    return _issued(inputs, tuple(str(folder / name) for name in files))


def counted(inputs: ReportInputs) -> ReportInputs:
    """The same rows with their hash in the stamp: what a report that is written down says of itself."""
    return replace(inputs, stamp=replace(inputs.stamp, data_hash=data_hash(inputs)))


def book_rows(settings: Settings, session_date: dt.date) -> list[dict[str, object]]:
    """The published book of a session, a row an account: what a person looks at first."""
    with open_reader(settings.home) as reader:
        rows = reader.query(_BOOK_AT_A_GLANCE, {"day": session_date})
    return rows.to_dicts()


def report_folder(settings: Settings, session_date: dt.date) -> Path:
    """Where a session's report files lie."""
    return settings.home / "reports" / f"{session_date}"


def report_stem(account: str, *, main: str) -> str:
    """What the files of one account's report are called, without their suffix."""
    return MAIN_REPORT if account == main else f"{MAIN_REPORT}-{_file_safe(account)}"


def _entry(inputs: ReportInputs, account: str, name: str, content: bytes) -> IssuedReport:
    return IssuedReport(
        file=name,
        sha256=hashlib.sha256(content).hexdigest(),
        session_date=inputs.stamp.session_date.isoformat(),
        account=account,
        status=str(inputs.book.filter(pl.col("account") == account)["status"][0]),
        data_hash=inputs.stamp.data_hash,
        config_hash=inputs.stamp.config_hash,
        code_version=inputs.stamp.code_version,
    )


def write_index(settings: Settings) -> Path:
    """Write the page of all nights beside their folders, with a link to each report that is there."""
    from templates.index_page import render_index

    folder = settings.home / "reports"
    with open_reader(settings.home) as reader:
        book = reader.read(mart.MART_BOOK_DAILY)
        is_simulated = bool(reader.read(meta.META_LOADS)["is_simulated"].any())
    is_sum = (pl.col("account") == ALL_ACCOUNTS) | (pl.col("account").len().over("session_date") == 1)
    hrefs = {
        day: f"{day}/{MAIN_REPORT}.html"
        for day in book["session_date"].unique()
        if (folder / f"{day}" / f"{MAIN_REPORT}.html").is_file()
    }
    index = night_index(
        book.filter(is_sum),
        hrefs,
        is_simulated=is_simulated,
        code_version=importlib.metadata.version("condorwatch"),
    )
    path = folder / "index.html"
    write_whole(path, render_index(index).encode(), what="render.index")
    return path


def _rendered(
    inputs: ReportInputs, accounts: Sequence[str], paper: Paper, printers: Printers | None
) -> list[tuple[str, dict[str, bytes]]]:
    """Each account with its report in its three forms, by file suffix: PDFs are drawn while the next are written."""
    from templates.render import render_html, render_json

    with nullcontext(printers) if printers else Printers() as at_work:
        begun = []
        for account in accounts:
            report = build_report(replace(inputs, stamp=replace(inputs.stamp, account=account)))
            html = render_html(report)
            begun.append((account, html.encode(), at_work.draw(html, paper), render_json(report).encode()))
        return [(account, {"html": html, "pdf": pdf(), "json": json}) for account, html, pdf, json in begun]


def without_report(store: Store, settings: Settings, session_date: dt.date) -> Issued:
    """What the night has to say, without rendering it: its status line needs five of a report's tables."""
    rows = SessionRows(store, session_date)
    chains, none_used = rows.tonight(core.CORE_OPTION_CHAINS), core.CORE_OPTION_MARKS_DAILY.empty()
    inputs = ReportInputs(
        stamp=_stamp(chains, none_used, settings, session_date),
        book=rows.tonight(mart.MART_BOOK_DAILY),
        hedge_layers=rows.tonight(mart.MART_HEDGE_LAYERS_DAILY),
        signals=rows.tonight(mart.MART_SIGNALS_DAILY),
        roll_candidates=rows.tonight(mart.MART_ROLL_CANDIDATES_DAILY),
        checks=rows.tonight(meta.META_CHECKS),
    )
    return _issued(inputs, ())


def _issued(inputs: ReportInputs, paths: tuple[str, ...]) -> Issued:
    account = main_account(inputs)
    book = inputs.book.filter(pl.col("account") == account)
    return Issued(status_line(inputs, account), paths, bool(book["is_data_hold"][0]))


def main_account(inputs: ReportInputs) -> str:
    """The sum of all accounts, or the only one."""
    accounts: list[str] = inputs.book["account"].sort().to_list()
    return ALL_ACCOUNTS if ALL_ACCOUNTS in accounts else accounts[0]


def report_inputs(reader: Connection, settings: Settings, session_date: dt.date) -> ReportInputs:
    """Read everything a report of the session prints.

    Raises:
        UsageError: the session is not there.
    """
    rows = SessionRows(reader, session_date)
    book = rows.tonight(mart.MART_BOOK_DAILY)
    if book.is_empty():
        raise UsageError(
            f"Session {session_date} is not in the published snapshot.", hint="Run condorwatch nightly for it."
        )
    used = rows.tonight(core.CORE_OPTION_MARKS_DAILY).select("load_id", "underlying").unique()
    return ReportInputs(
        stamp=_stamp(rows.tonight(core.CORE_OPTION_CHAINS), used, settings, session_date),
        book=book,
        condors=rows.tonight(mart.MART_CONDORS_DAILY),
        hedge_layers=rows.tonight(mart.MART_HEDGE_LAYERS_DAILY),
        second_engine=rows.tonight(mart.MART_SECOND_ENGINE_DAILY),
        engine_states=rows.tonight(mart.MART_SECOND_ENGINE_STATES_DAILY),
        drills=rows.tonight(mart.MART_ITM_DRILLS_DAILY),
        payoffs=rows.tonight(mart.MART_PAYOFFS_DAILY),
        cushions=rows.tonight(mart.MART_CUSHIONS_DAILY),
        condor_economics=rows.tonight(mart.MART_CONDOR_ECONOMICS_DAILY),
        legs=rows.tonight(mart.MART_LEGS_DAILY),
        scenarios=rows.tonight(mart.MART_SCENARIOS_DAILY),
        signals=rows.tonight(mart.MART_SIGNALS_DAILY),
        signal_items=rows.tonight(mart.MART_SIGNAL_ITEMS_DAILY),
        valuations=rows.tonight(mart.MART_VALUATIONS_DAILY),
        upcoming_events=rows.tonight(mart.MART_UPCOMING_EVENTS_DAILY),
        smiles=rows.tonight(mart.MART_SMILES_DAILY),
        hedge_lots=rows.tonight(mart.MART_HEDGE_LOTS_DAILY),
        hedge_sizing=rows.tonight(mart.MART_HEDGE_SIZING_DAILY),
        hedge_costs=rows.tonight(mart.MART_HEDGE_COSTS_DAILY),
        roll_candidates=rows.tonight(mart.MART_ROLL_CANDIDATES_DAILY),
        decisions=rows.tonight(mart.MART_DECISIONS_DAILY),
        hedge_rolls=rows.tonight(mart.MART_HEDGE_ROLLS_DAILY),
        capital=rows.tonight(mart.MART_CAPITAL_DAILY),
        vendor_claims=rows.tonight(mart.MART_VENDOR_CLAIMS_DAILY),
        steward_checks=rows.tonight(mart.MART_STEWARD_CHECKS_DAILY),
        stress_sets=rows.tonight(mart.MART_STRESS_SETS_DAILY),
        break_evens=rows.tonight(mart.MART_BREAK_EVENS_DAILY),
        attribution=rows.tonight(mart.MART_ATTRIBUTION_PERIODS_DAILY),
        state_changes=rows.tonight(mart.MART_STATE_CHANGES_DAILY),
        vx_curve=rows.tonight(mart.MART_VX_CURVE_DAILY),
        vix_checks=rows.tonight(mart.MART_VIX_CHECKS_DAILY),
        alerts=rows.tonight(mart.MART_ALERTS_DAILY),
        checks=rows.tonight(meta.META_CHECKS),
        thresholds=rows.tonight(meta.META_THRESHOLDS),
        loads=loads_used(_loads(reader), used, session_date),
        issued_figures=rows.tonight(meta.META_ISSUED_FIGURES),
        page_figures=page_figures(reader, session_date),
        forwards=rows.tonight(core.CORE_FORWARDS_DAILY),
        previous_book=rows.before(mart.MART_BOOK_DAILY),
        previous_condors=rows.before(mart.MART_CONDORS_DAILY),
        previous_layers=rows.before(mart.MART_HEDGE_LAYERS_DAILY),
        previous_curve=rows.before(mart.MART_VX_CURVE_DAILY),
        week_curve=rows.back(mart.MART_VX_CURVE_DAILY, sessions=5),
        signals_history=rows.up_to(mart.MART_SIGNALS_DAILY, days=HISTORY_DAYS),
        book_history=rows.up_to(mart.MART_BOOK_DAILY, days=HISTORY_DAYS),
        layers_history=rows.up_to(mart.MART_HEDGE_LAYERS_DAILY, days=HISTORY_DAYS),
        costs_history=rows.up_to(mart.MART_HEDGE_COSTS_DAILY, days=HISTORY_DAYS),
        benchmarks_history=rows.up_to(mart.MART_BENCHMARKS_DAILY, days=HISTORY_DAYS),
    )


def _stamp(chains: pl.DataFrame, used: pl.DataFrame, settings: Settings, session_date: dt.date) -> Stamp:
    """What identifies the report; its instant is that of the SPX quotes, never the clock."""
    spx = chains.join(used.filter(pl.col("underlying") == "SPX"), on="load_id", how="semi")
    quote_at = spx["quote_at"][0] if spx.height else None
    return Stamp(
        session_date=session_date,
        account=ALL_ACCOUNTS,
        stamped_at=quote_at or quote_table_instant(session_date),
        quote_at=quote_at,
        config_hash=settings.fingerprint(),
        code_version=importlib.metadata.version("condorwatch"),
    )


def _loads(reader: Connection) -> pl.DataFrame:
    """Every load in force, with all its rejected rows: those the typing stages set aside too."""
    rejected = reader.query("select load_id, count(*) as rejected_qty from meta.rejected_rows group by load_id")
    withdrawn = reader.read(meta.META_WITHDRAWN_LOADS)
    loads = reader.read(meta.META_LOADS).join(withdrawn, on="load_id", how="anti")
    loads = loads.drop("rejected_qty").join(rejected, on="load_id", how="left")
    return meta.META_LOADS.conform(loads.with_columns(pl.col("rejected_qty").fill_null(0))).sort("load_id")


def loads_used(loads: pl.DataFrame, used: pl.DataFrame, session_date: dt.date) -> pl.DataFrame:
    """The files the session was built from: its chains, the series that reach it, and one of each export.

    Fills and accounts are exported again every night, under one name or under one with the date in it: of those that
    end by the session the latest is listed, of a book that was exported later only, the latest there is.
    """
    is_export = pl.col("kind").is_in(["fills", "accounts"])
    is_chain = pl.col("kind") == "option_chain"
    is_of_session = pl.col("load_id").is_in(used["load_id"].implode())
    reaches = (pl.col("first_date") <= session_date) & (pl.col("last_date") >= session_date)
    ends_in_time = (pl.col("last_date") <= session_date).fill_null(value=False)
    rank = pl.struct(ends_in_time.alias("ends_in_time"), "last_date", "loaded_at", "load_id").rank(
        method="ordinal", descending=True
    )
    export = pl.col("source_file").str.replace_all(r"\d+", "")
    is_latest = rank.over("kind", "format", "series", export) == 1
    return loads.filter(pl.when(is_chain).then(is_of_session).when(is_export).then(is_latest).otherwise(reaches))


def _file_safe(account: str) -> str:
    """An account name as part of a file name; where letters had to go, a hash keeps two accounts apart."""
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in account[:LONGEST_NAME])
    return safe if safe == account else f"{safe}-{hashlib.sha256(account.encode()).hexdigest()[:6]}"
